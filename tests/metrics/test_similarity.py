"""L1, PSNR and SSIM against closed forms, and SSIM against its definition."""

import numpy as np
import pytest

from scratchgan.metrics import mean_l1, psnr, ssim
from scratchgan.metrics.similarity import gaussian_window

RNG = np.random.default_rng(0)
L = 255.0
C1, C2 = (0.01 * L) ** 2, (0.03 * L) ** 2
IMAGES = RNG.uniform(0, L, (3, 16, 14, 2))


def test_distance_and_noise_ratio_of_images_a_constant_apart():
    x = np.full((2, 5, 5, 1), 100, np.uint8)
    y = x - np.array([10, 20], np.uint8)[:, None, None, None]
    np.testing.assert_allclose(mean_l1(x, y), [10, 20])
    # 20 dB for each factor of 10, and 255 / 10
    np.testing.assert_allclose(psnr(x, y, L), 20 * np.log10(L / np.array([10, 20])))
    assert np.isinf(psnr(x, x, L)).all()


def test_similarity_is_one_of_an_image_to_itself_alone():
    np.testing.assert_allclose(ssim(IMAGES, IMAGES, L), 1, rtol=1e-12)
    other = RNG.uniform(0, L, IMAGES.shape)
    found = ssim(IMAGES, other, L)
    assert (found < 0.5).all()
    np.testing.assert_allclose(ssim(other, IMAGES, L), found, rtol=1e-12)


def test_similarity_of_constants_is_that_of_their_luminance():
    a, b = 50.0, 200.0
    x, y = (np.full((1, 11, 11, 1), v) for v in (a, b))
    expected = (2 * a * b + C1) / (a * a + b * b + C1)
    np.testing.assert_allclose(ssim(x, y, L), expected, rtol=1e-9)


def test_similarity_to_a_shifted_image_is_that_of_its_local_means():
    """A constant more leaves variances and covariance: σ_xy = σ_x² = σ_y²."""
    x = RNG.uniform(0, 100, (1, 11, 11, 1))
    w = gaussian_window()
    mean = np.einsum("i,j,ij", w, w, x[0, :, :, 0])
    both = mean + 60.0
    expected = (2 * mean * both + C1) / (mean**2 + both**2 + C1)
    np.testing.assert_allclose(ssim(x, x + 60, L), expected, rtol=1e-9)


def test_similarity_to_a_mirrored_contrast_is_negative():
    """Around one local mean, −σ² in place of σ²: (C₂ − 2σ²) / (C₂ + 2σ²)."""
    x = RNG.uniform(-50, 50, (1, 11, 11, 1))
    w = gaussian_window()
    x -= np.einsum("i,j,ij", w, w, x[0, :, :, 0])
    variance = np.einsum("i,j,ij", w, w, x[0, :, :, 0] ** 2)
    expected = (C2 - 2 * variance) / (C2 + 2 * variance)
    np.testing.assert_allclose(ssim(100 + x, 100 - x, L), expected, rtol=1e-9)
    assert expected < -0.5


def test_similarity_is_the_mean_of_its_definition_over_windows():
    x, y = IMAGES[:1, :, :, :1], RNG.uniform(0, L, (1, 16, 14, 1))
    w = np.outer(gaussian_window(), gaussian_window())
    assert w.sum() == pytest.approx(1)
    found = []
    for i in range(16 - 10):
        for j in range(14 - 10):
            p, q = x[0, i : i + 11, j : j + 11, 0], y[0, i : i + 11, j : j + 11, 0]
            mp, mq = (w * p).sum(), (w * q).sum()
            vp, vq = (w * (p - mp) ** 2).sum(), (w * (q - mq) ** 2).sum()
            cov = (w * (p - mp) * (q - mq)).sum()
            found.append(
                (2 * mp * mq + C1) * (2 * cov + C2)
                / ((mp**2 + mq**2 + C1) * (vp + vq + C2))
            )  # fmt: skip
    np.testing.assert_allclose(ssim(x, y, L), np.mean(found), rtol=1e-10)


def test_what_cannot_be_compared_is_named():
    with pytest.raises(ValueError, match=r"at least 11 × 11 pixels, received"):
        ssim(np.zeros((1, 10, 20, 1)), np.zeros((1, 10, 20, 1)), 1)
    for compare in (mean_l1, lambda x, y: psnr(x, y, 1), lambda x, y: ssim(x, y, 1)):
        with pytest.raises(ValueError, match="shape of x"):
            compare(np.zeros((1, 12, 12, 1)), np.zeros((1, 12, 12, 3)))
