"""Images against true ones: mean L1 distance, PSNR and SSIM.

x and y (N, H, W, C), pixel values in a range of width L. PSNR is a logarithm of the
mean squared error, in decibels:

    PSNR = 10 log₁₀(L² / E (x − y)²)

SSIM (Wang, Bovik, Sheikh and Simoncelli 2004, eq. 13) compares local means μ, variances
σ² and the covariance σ_xy under a Gaussian window of 11 × 11 pixels, standard deviation
1.5, weights that sum to one:

    SSIM = (2 μ_x μ_y + C₁)(2 σ_xy + C₂) / ((μ_x² + μ_y² + C₁)(σ_x² + σ_y² + C₂))

with C₁ = (0.01 L)² and C₂ = (0.03 L)². It is 1 for equal windows and nowhere larger.
The mean is taken over the places where the window fits, as in the authors' code, and
over channels; theirs is for grey images.
"""

import numpy as np

from scratchgan.types import Array

WINDOW, DEVIATION = 11, 1.5
K1, K2 = 0.01, 0.03


def mean_l1(x: Array, y: Array) -> Array:
    """Mean absolute difference of every image, (N,)."""
    require_alike(x, y)
    return np.abs(_wide(x) - _wide(y)).mean(axis=(1, 2, 3))


def psnr(x: Array, y: Array, width: float) -> Array:
    """Peak signal-to-noise ratio of every image in decibels, (N,); inf where equal.

    Parameters
    ----------
    x, y : Array
        Images, ``(N, H, W, C)``.
    width : float
        L: the largest pixel value less the smallest one.
    """
    require_alike(x, y)
    error = ((_wide(x) - _wide(y)) ** 2).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return 10 * np.log10(width**2 / error)


def ssim(x: Array, y: Array, width: float) -> Array:
    """Structural similarity of every image, (N,), from −1 to 1.

    Parameters
    ----------
    x, y : Array
        Images, ``(N, H, W, C)``, at least as large as the window.
    width : float
        L: the largest pixel value less the smallest one.

    Raises
    ------
    ValueError
        If the shapes differ, or the window does not fit.
    """
    require_alike(x, y)
    if min(x.shape[1:3]) < WINDOW:
        raise ValueError(
            f"x: expected images of at least {WINDOW} × {WINDOW} pixels, "
            f"received {x.shape}"
        )
    luminance, structure = similarity_terms(x, y, width)
    return (luminance * structure).mean(axis=(1, 2, 3))


def similarity_terms(x: Array, y: Array, width: float) -> tuple[Array, Array]:
    """Both factors of SSIM at every place where the window fits, (N, H′, W′, C).

    Returns
    -------
    luminance : Array
        ``(2 μ_x μ_y + C₁) / (μ_x² + μ_y² + C₁)``.
    structure : Array
        Contrast and structure in one, ``(2 σ_xy + C₂) / (σ_x² + σ_y² + C₂)``.
    """
    x, y = _wide(x), _wide(y)
    mx, my = _local_mean(x), _local_mean(y)
    vx, vy = _local_mean(x * x) - mx * mx, _local_mean(y * y) - my * my
    cov = _local_mean(x * y) - mx * my
    c1, c2 = (K1 * width) ** 2, (K2 * width) ** 2
    luminance = (2 * mx * my + c1) / (mx * mx + my * my + c1)
    structure = (2 * cov + c2) / (vx + vy + c2)
    return luminance, structure


def gaussian_window() -> Array:
    """Weights of the window along one axis, (11,); their sum is one."""
    at = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-(at**2) / (2 * DEVIATION**2))
    return weights / weights.sum()


def _local_mean(x: Array) -> Array:
    """Means under the window, where it fits: the window is a product of two."""
    for axis in (1, 2):
        views = np.lib.stride_tricks.sliding_window_view(x, WINDOW, axis=axis)
        x = views @ gaussian_window()
    return x


def _wide(x: Array) -> Array:
    return x.astype(np.float64)


def require_alike(x: Array, y: Array) -> None:
    """Raise ValueError unless x and y are images of one shape (N, H, W, C)."""
    if x.shape != y.shape or x.ndim != 4:
        raise ValueError(
            f"y: expected images of the shape of x (N, H, W, C), received {x.shape} "
            f"and {y.shape}"
        )
