"""MS-SSIM against SSIM, closed forms, and a definition in PyTorch; pairs of a set."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.data import load
from scratchgan.metrics import ms_ssim, pairwise_ms_ssim, ssim
from scratchgan.metrics.ms_ssim import WEIGHTS, random_pairs, scale_weights
from scratchgan.metrics.similarity import gaussian_window, similarity_terms

RNG = np.random.default_rng(0)
L = 255.0
C1, C2 = (0.01 * L) ** 2, (0.03 * L) ** 2


def smooth(shape, seed=0):
    """Images with structure on all scales, so that no factor is near zero."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=shape)
    for axis in (1, 2):
        noise = np.cumsum(noise, axis=axis)
        noise -= noise.mean(axis=axis, keepdims=True)
    return 127 + 40 * noise / noise.std()


def test_one_scale_is_ssim():
    x, y = RNG.uniform(0, L, (2, 3, 20, 17, 2))
    x = 0.8 * x + 0.2 * y  # alike on average, and not at every place
    places = np.prod(similarity_terms(x, y, L), axis=0)
    assert places.min() < 0 < places.mean(axis=(1, 2)).min()
    np.testing.assert_allclose(ms_ssim(x, y, L, scales=1), ssim(x, y, L), rtol=1e-13)


def test_an_image_is_like_itself_alone():
    x, y = smooth((4, 50, 50, 1)), smooth((4, 50, 50, 1), seed=1)
    np.testing.assert_allclose(ms_ssim(x, x, L), 1, rtol=1e-12)
    found = ms_ssim(x, y, L)
    assert (found < 0.9).all()
    np.testing.assert_allclose(ms_ssim(y, x, L), found, rtol=1e-12)


@pytest.mark.parametrize(
    ("size", "scales"),
    [(11, 1), (21, 1), (22, 2), (28, 2), (32, 2), (43, 2), (44, 3), (64, 3), (88, 4)],
)
def test_as_many_scales_as_the_window_fits_on(size, scales):
    weights = scale_weights((size, 300))
    expected = np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])
    np.testing.assert_allclose(weights, expected, rtol=1e-15)
    assert weights.sum() == pytest.approx(1, rel=1e-15)


def test_five_scales_have_the_published_weights():
    published = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    for size in (176, 1000):
        np.testing.assert_array_equal(scale_weights((size, 300)), published)
    # digits: two scales
    np.testing.assert_allclose(scale_weights((28, 28)), [0.1356, 0.8644], atol=5e-5)


@pytest.mark.parametrize("scales", [1, 2, 3])
def test_constants_differ_in_the_luminance_of_the_last_scale_alone(scales):
    a, b = 50.0, 200.0
    x, y = (np.full((1, 44, 44, 1), v) for v in (a, b))
    luminance = (2 * a * b + C1) / (a * a + b * b + C1)
    expected = luminance ** scale_weights((44, 44), scales)[-1]
    found = ms_ssim(x, y, L, scales=scales)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_pattern_of_single_pixels_is_gone_on_the_second_scale():
    """Means of 2 × 2 of ±d are 0: MS-SSIM is cs₁ to the first weight."""
    d, base = 8.0, 100.0
    sign = (-1.0) ** np.add.outer(np.arange(22), np.arange(22))
    x = np.full((1, 22, 22, 1), base)
    y = x + d * sign[None, :, :, None]
    # under the window: mean ± d s², variance d² − mean²
    s = np.sum(gaussian_window() * (-1.0) ** np.arange(11))
    variance = d * d - (d * s * s) ** 2
    expected = (C2 / (variance + C2)) ** (0.0448 / (0.0448 + 0.2856))
    np.testing.assert_allclose(ms_ssim(x, y, L), expected, rtol=1e-9)
    assert expected < 0.97


def test_a_mirrored_contrast_counts_as_zero():
    x = smooth((1, 28, 28, 1)) - 127
    assert ms_ssim(127 + x, 127 - x, L) == 0


def direct(torch, x, y, weights):
    """The definition on PyTorch's convolutions and pools, images (N, C, H, W)."""
    at = torch.arange(11, dtype=torch.float64) - 5
    line = torch.exp(-(at**2) / (2 * 1.5**2))
    window = torch.outer(line, line)
    channels = x.shape[1]
    kernel = (window / window.sum()).expand(channels, 1, 11, 11)

    def mean(v):
        return torch.nn.functional.conv2d(v, kernel, groups=channels)

    score = 1
    for j, weight in enumerate(weights):
        mx, my = mean(x), mean(y)
        vx, vy, cov = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
        factor = (2 * cov + C2) / (vx + vy + C2)
        if j == len(weights) - 1:
            factor = factor * (2 * mx * my + C1) / (mx**2 + my**2 + C1)
        score = score * factor.mean(dim=(2, 3)) ** weight
        x, y = (torch.nn.functional.avg_pool2d(v, 2) for v in (x, y))
    return score.mean(dim=1).numpy()


@pytest.mark.parametrize("shape", [(3, 28, 28, 1), (2, 47, 93, 3), (1, 176, 180, 1)])
def test_it_is_the_definition_in_pytorch(shape):
    """Even and odd sizes, colours, and all five scales."""
    torch = pytest.importorskip("torch")
    x, noise = smooth(shape), smooth(shape, seed=1)
    y = 0.7 * x + 0.3 * noise + 10
    size = min(shape[1:3])
    m = {28: 2, 47: 3, 176: 5}[size]
    weights = np.array(WEIGHTS[:m]) / (sum(WEIGHTS[:m]) if m < 5 else 1)
    channels_first = (torch.from_numpy(v.transpose(0, 3, 1, 2).copy()) for v in (x, y))
    expected = direct(torch, *channels_first, weights)
    assert (expected > 0.1).all()
    np.testing.assert_allclose(ms_ssim(x, y, L), expected, rtol=1e-10)


@given(st.integers(2, 12), st.integers(0, 99), st.data())
@settings(max_examples=40, deadline=None)
def test_pairs_are_of_two_images_with_one_label(n, seed, data):
    labels = data.draw(
        st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(
            lambda chosen: max(chosen.count(k) for k in chosen) > 1
        )
    )
    labels = np.array(labels)
    one, other = random_pairs(n, 50, seed, labels=labels).T
    assert (one != other).all()
    np.testing.assert_array_equal(labels[one], labels[other])
    again = random_pairs(n, 20, seed, labels=labels)
    np.testing.assert_array_equal(again.T, [one[:20], other[:20]])


def test_every_pair_is_drawn_equally_often():
    """Labels 5 5 5 2 2 9: eight ordered pairs, a first one of five, then a partner."""
    labels, draws = np.array([5, 2, 5, 9, 2, 5]), 20_000
    found = random_pairs(6, draws, 0, labels=labels)
    pairs, counts = np.unique(found, axis=0, return_counts=True)
    assert {tuple(pair) for pair in pairs} == {
        (0, 2), (0, 5), (2, 0), (2, 5), (5, 0), (5, 2), (1, 4), (4, 1)
    }  # fmt: skip
    expected = np.where(labels[pairs[:, 0]] == 5, 0.1, 0.2)
    error = np.sqrt(expected * (1 - expected) / draws)
    assert (np.abs(counts / draws - expected) < 4 * error).all()


def test_the_mean_over_a_set_is_that_of_its_pairs():
    x = smooth((9, 24, 24, 1))
    one, other = random_pairs(9, 130, 4).T  # more than two batches
    expected = ms_ssim(x[one], x[other], L).mean()
    found = pairwise_ms_ssim(x, L, pairs=130, seed=4)
    assert found == pytest.approx(expected, rel=1e-13)
    assert pairwise_ms_ssim(x, L, pairs=130, seed=5) != found


def test_a_collapsed_class_is_found_by_its_labels():
    two = smooth((2, 24, 24, 1))
    x, labels = np.repeat(two, 5, axis=0), np.repeat([0, 1], 5)
    assert pairwise_ms_ssim(x, L, labels=labels) == pytest.approx(1, rel=1e-12)
    # of 90 ordered pairs, 40 are of one image
    between = float(ms_ssim(two[:1], two[1:], L)[0])
    expected = (40 + 50 * between) / 90
    error = (1 - between) * (40 * 50 / 90**2 / 1000) ** 0.5
    assert abs(pairwise_ms_ssim(x, L) - expected) < 4 * error


def test_digits_of_one_class_are_more_alike_than_noise_and_than_any_two():
    data = load("digits")
    images, labels = data.samples[:400], data.labels[:400]
    any_two = pairwise_ms_ssim(images, L)
    one_class = pairwise_ms_ssim(images, L, labels=labels)
    noise = pairwise_ms_ssim(RNG.uniform(0, L, (50, 28, 28, 1)), L)
    assert noise < any_two < one_class < 1


def test_what_does_not_fit_is_named():
    x = np.zeros((3, 28, 28, 1))
    for call, message in [
        (lambda: ms_ssim(x, x[:2], 1), "y: expected images of the shape of x"),
        (lambda: ms_ssim(x, x * np.nan, 1), "y: expected finite values, received 2352"),
        (lambda: ms_ssim(x + np.inf, x, 1), "x: expected finite values, received 2352"),
        (lambda: ms_ssim(x, x, 0), "width: expected a positive number, received 0"),
        (lambda: ms_ssim(x, x, 1, scales=3), "scales: expected 1 to 2 .* received 3"),
        (lambda: ms_ssim(x, x, 1, scales=0), "scales: expected 1 to 2 .* received 0"),
        (lambda: ms_ssim(x[:, :9], x[:, :9], 1), "at least 11 × 11 .* received 9 × 28"),
        (lambda: pairwise_ms_ssim(x[:1], 1), "expected two of one label, received 1"),
        (lambda: pairwise_ms_ssim(x, 1, labels=[0, 1, 2]), "expected two of one label"),
        (lambda: pairwise_ms_ssim(x, 1, labels=[0]), r"labels: expected shape \(3,\)"),
        (
            lambda: pairwise_ms_ssim(x, 1, pairs=0),
            "pairs: expected at least 1, rec.* 0",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
