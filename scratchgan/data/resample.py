"""Sound at another sample rate: interpolation by a windowed sinc.

With rates in the ratio p / q (in lowest terms), output j stands at the time t = j q / p
of the input, in input samples, and is

    y[j] = Σ_i x[i] h(t − i)        h(u) ∝ c sinc(c u) w(u)        c = min(1, p / q)

c lowers the cutoff to the new rate's Nyquist frequency where that is the lower one, and
w is a Kaiser window that ends after `ZEROS` zeros of the sinc. t has p different
fractional parts, and as many sets of weights are enough (a polyphase filter). Each set
adds to one, so that a constant stays what it is; outside, x is zero.
"""

from math import ceil, gcd

import numpy as np

from scratchgan.types import Array

#: Zeros of the sinc on each side, and the window's shape: 80 dB below the passband.
ZEROS = 32
BETA = 8.0


def resample(x: Array, rate: int, to: int) -> Array:
    """Samples (L,) taken `rate` times a second, `to` times a second: (⌈L·to/rate⌉,)."""
    if rate == to:
        return x
    p, q = to // gcd(rate, to), rate // gcd(rate, to)
    cutoff = min(1.0, p / q)
    half = ceil(ZEROS / cutoff)
    nearby = np.arange(1 - half, half + 1)  # i − ⌊t⌋
    u = np.arange(p)[:, None] / p - nearby
    weights = np.sinc(cutoff * u) * _kaiser(u / half)
    weights /= weights.sum(axis=1, keepdims=True)
    whole, phase = np.divmod(np.arange(ceil(len(x) * p / q)) * q, p)
    padded = np.pad(x.astype(float), half)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)
    # window n begins at input n − half, and ⌊t⌋'s at ⌊t⌋ + 1 − half
    y = np.einsum("jk,jk->j", windows[whole + 1], weights[phase])
    return y.astype(x.dtype)


def _kaiser(r: Array) -> Array:
    """The Kaiser window at r in [−1, 1]."""
    return np.i0(BETA * np.sqrt(np.clip(1 - r * r, 0, 1))) / np.i0(BETA)
