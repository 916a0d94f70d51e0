"""Modulation: every pixel times one number a sample and channel.

x (N, …, C), s (N, C). A modulated convolution does it twice, with its input and the
style, and with its output and the demodulation:

    u   = s x

    dx  = s du                   ds  = Σ x du
    tu  = s tx + ts x
    tdx = ts du + s tdu          tds = Σ (tx du + x tdu)

with sums over pixels. None for a tangent is zero.
"""

from scratchgan import tree
from scratchgan.kernels.accumulate import inner
from scratchgan.kernels.cuda import modulation as on_device
from scratchgan.kernels.cuda.device import runner
from scratchgan.types import Array


def modulate(s: Array, x: Array) -> Array:
    """U."""
    if run := runner(x):
        return on_device.forward(run, x, s)
    return _each(s, x) * x


def pull(s: Array, x: Array, du: Array) -> tuple[Array, Array]:
    """Ds and dx."""
    if run := runner(x):
        dx, ds = on_device.backward(run, x, s, du)
        return ds, dx
    return _over_pixels(x, du), _each(s, du) * du


def push(s: Array, x: Array, ts: Array, tx: Array | None) -> Array:
    """Tu."""
    if run := runner(x):
        return on_device.jvp(run, x, s, tx, ts)
    tu = _each(ts, x) * x
    return tu if tx is None else tu + _each(s, tx) * tx


def pull_tangent(
    s: Array,
    x: Array,
    du: Array,
    ts: Array,
    tx: Array | None,
    tdu: Array | None,
) -> tuple[Array | None, Array]:
    """Tds and tdx."""
    run = runner(x)
    if run and tx is None and tdu is None:
        return None, on_device.forward(run, du, ts)
    if run:
        tdx, tds = on_device.backward_jvp(run, x, s, du, tx, ts, tdu)
        return tds, tdx
    tdx, tds = _each(ts, du) * du, None
    if tx is not None:
        tds = _over_pixels(tx, du)
    if tdu is not None:
        tdx += _each(s, tdu) * tdu
        tds = tree.add(tds, _over_pixels(x, tdu))
    return tds, tdx


def _each(s: Array, x: Array) -> Array:
    """S, shaped to scale every pixel of x."""
    return s.reshape(len(s), *(1,) * (x.ndim - 2), s.shape[-1])


def _over_pixels(a: Array, b: Array) -> Array:
    """Σ a b, (N, C)."""
    return inner(a, b, tuple(range(1, a.ndim - 1)))
