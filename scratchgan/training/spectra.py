"""What sounds are like on average: their spectrum, their envelope, their variety.

Sounds x (N, L) are cut into frames of `WIDTH` samples. With w the Hann window and X the
Fourier transform of a frame times w,

    P[n, m, k] = |X[n, m, k]|² / Σ w²                    white noise of variance σ²: σ²
    S[k]       = 10 log₁₀ mean_{n,m} P[n, m, k]          the set's mean spectrum, dB
    E[m]       = √ mean_n mean_{t in frame m} x[n, t]²   the set's mean envelope

and between two sets, the second of them real,

    spectrum   √ mean_k (S[k] − S′[k])²                  dB; a gain g: |20 log₁₀ g|
    envelope   ‖E − E′‖ / ‖E′‖                           a gain g: |g − 1|

Both are functions of averages, which a generator of one sound could meet. So there is
also how far sounds are from their own set's mean, with s[n, k] = 10 log₁₀ mean_m P,

    variety    √ mean_{n,k} (s[n, k] − mean_n s[n, k])²  dB; one sound alone: 0

Powers are no lower than `FLOOR`, about the rounding noise of 16 bits.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.types import Array

WIDTH, HOP = 256, 128
FLOOR = 1e-10


class Likeness(NamedTuple):
    """How far one set of sounds is from another."""

    spectrum: float  #: dB
    envelope: float  #: relative
    variety: float  #: of the first set, dB


def power(x: Array, hop: int = HOP) -> Array:
    """P, (N, frames, WIDTH/2 + 1), of sounds (N, L)."""
    window = np.hanning(WIDTH + 1)[:-1]  # periodic
    frames = np.lib.stride_tricks.sliding_window_view(x, WIDTH, axis=1)[:, ::hop]
    spectra = np.fft.rfft(frames * window)
    return (spectra.real**2 + spectra.imag**2) / (window @ window)


def decibels(p: Array) -> Array:
    """10 log₁₀ of a power, no lower than the floor."""
    return 10 * np.log10(np.maximum(p, FLOOR))


def mean_spectrum(x: Array) -> Array:
    """S, (WIDTH/2 + 1,), of sounds (N, L)."""
    return decibels(power(x).mean(axis=(0, 1)))


def mean_envelope(x: Array) -> Array:
    """E, (L // WIDTH,), of sounds (N, L); what is left after whole frames is not."""
    whole = x.shape[1] // WIDTH * WIDTH
    frames = x[:, :whole].astype(float).reshape(len(x), -1, WIDTH)
    return np.sqrt((frames**2).mean(axis=(0, 2)))


def variety(x: Array) -> float:
    """Distance of sounds (N, L) from their mean in dB."""
    each = decibels(power(x).mean(axis=1))
    return float(np.sqrt(((each - each.mean(axis=0)) ** 2).mean()))


def likeness(x: Array, real: Array) -> Likeness:
    """How far sounds `x` are from `real` ones, both (·, L)."""
    spectrum = mean_spectrum(x) - mean_spectrum(real)
    envelope, expected = mean_envelope(x), mean_envelope(real)
    return Likeness(
        float(np.sqrt((spectrum**2).mean())),
        float(np.linalg.norm(envelope - expected) / np.linalg.norm(expected)),
        variety(x),
    )
