"""Demodulation: what gives each output of a modulated convolution unit scale.

Style s (N, C), weights W (K, K, C, O), d (N, O). Karras et al. 2020 (StyleGAN2), eq. 3:

    Q   = Σ W²               p   = s² Q + eps            d   = p^(−½)

with the sum over taps, Q (C, O). For a cotangent dd, and a tangent ts with W held,

    dp  = −½ d³ dd           ds  = 2 s (dp Qᵀ)           dW  = 2 W dQ
    dQ  = (s²)ᵀ dp
    tp  = 2 (s ts) Q         td  = −½ d³ tp

and the product rule differentiates the first of these two blocks along (ts, tdd):

    tdp = −½ (3 d² td dd + d³ tdd)
    tds = 2 ts (dp Qᵀ) + 2 s (tdp Qᵀ)
    tdQ = (2 s ts)ᵀ dp + (s²)ᵀ tdp                       tdW = 2 W tdQ

All of it in float32 where s is float16: d³ would overflow.
"""

import numpy as np

from scratchgan.kernels.accumulate import inner, wide
from scratchgan.kernels.cuda import demodulation as on_device
from scratchgan.kernels.cuda.device import runner
from scratchgan.types import Array


def demodulation(s: Array, W: Array, eps: float) -> Array:
    """D = (s² Q + eps)^(−½)."""
    if run := runner(s):
        return on_device.forward(run, s, on_device.squares(run, W), eps)
    p = wide(s * s) @ wide(_squares(W)) + wide(s).dtype.type(eps)
    return (1 / np.sqrt(p)).astype(s.dtype, copy=False)


def pull(s: Array, W: Array, d: Array, dd: Array) -> tuple[Array, Array]:
    """Ds and dW."""
    if run := runner(s):
        ds = on_device.style(run, s, on_device.squares(run, W), d, dd)
        return ds, on_device.weights(run, s, W, d, dd)
    dtype, (s, W, d, dd) = s.dtype, map(wide, (s, W, d, dd))
    dp = _dp(d, dd)
    ds, dW = 2 * s * (dp @ _squares(W).T), 2 * W * ((s * s).T @ dp)
    return ds.astype(dtype, copy=False), dW.astype(dtype, copy=False)


def push(s: Array, W: Array, d: Array, ts: Array) -> Array:
    """Td = −½ d³ tp."""
    if run := runner(s):
        return on_device.jvp(run, s, on_device.squares(run, W), d, ts)
    dtype, (s, W, d, ts) = s.dtype, map(wide, (s, W, d, ts))
    return _dp(d, (2 * s * ts) @ _squares(W)).astype(dtype, copy=False)


def pull_tangent(
    s: Array, W: Array, d: Array, dd: Array, ts: Array, td: Array, tdd: Array
) -> tuple[Array, Array]:
    """Tds and tdW."""
    if run := runner(s):
        along = on_device.Tangents(ts, td, tdd)
        tds = on_device.style(run, s, on_device.squares(run, W), d, dd, along)
        return tds, on_device.weights(run, s, W, d, dd, along)
    dtype = s.dtype
    s, W, d, dd, ts, td, tdd = map(wide, (s, W, d, dd, ts, td, tdd))
    dp, Qt = _dp(d, dd), _squares(W).T
    tdp = -(3 * d * d * td * dd + d * d * d * tdd) / 2
    tdQ = (2 * s * ts).T @ dp + (s * s).T @ tdp
    tds, tdW = 2 * ts * (dp @ Qt) + 2 * s * (tdp @ Qt), 2 * W * tdQ
    return tds.astype(dtype, copy=False), tdW.astype(dtype, copy=False)


def _dp(d: Array, dd: Array) -> Array:
    return -(d * d * d) * dd / 2


def _squares(W: Array) -> Array:
    return inner(W, W, (0, 1))
