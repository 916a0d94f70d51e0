"""What every feature network does with images, on a network of one line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import FeatureNetwork

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (7, 3, 4, 2), np.uint8)


def sums(x):
    """Sums of every channel, and of those above each as logits."""
    features = x.sum(axis=(1, 2))
    return features, np.cumsum(features, axis=1)


def network(batch_size=3, prepare=lambda unit: unit):
    return FeatureNetwork("sums", 2, 2, prepare, sums, batch_size)


def test_bytes_and_floats_of_any_range_are_pixels_from_0_to_1():
    expected = (BYTES / 255).sum(axis=(1, 2))
    found = network().features(BYTES)
    assert found.dtype == np.float32
    assert found.shape == (7, 2)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_array_equal(network().features(BYTES, (0, 255)), found)
    for low, high in ((0, 1), (-1, 1), (-3.5, 2)):
        floats = low + (high - low) * (BYTES / 255)
        again = network().features(floats, (low, high))
        np.testing.assert_allclose(again, expected, rtol=1e-6)


def test_half_precision_is_mapped_in_double():
    images = np.full((1, 1, 1, 2), 333, np.float16)
    found = network().features(images, (0, 1000))
    np.testing.assert_allclose(found, 0.333, rtol=1e-6)


def test_pixels_out_of_range_are_clipped():
    images = np.array([-7.0, -1, 0, 1, 9]).reshape(5, 1, 1, 1).repeat(2, axis=3)
    found = network().features(images, (-1, 1))
    assert found[:, 0].tolist() == [0, 0, 0.5, 1, 1]


def test_probabilities_are_the_softmax_of_logits():
    features, found = network().measure(BYTES)
    logits = np.cumsum(features.astype(np.float64), axis=1)
    odds = np.exp(logits[:, 1] - logits[:, 0])
    assert found.dtype == np.float64
    np.testing.assert_allclose(found[:, 1] / found[:, 0], odds, rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_array_equal(network().probabilities(BYTES), found)


@given(st.integers(0, 12), st.integers(1, 12))
@settings(deadline=None)
def test_batches_are_put_together_in_their_order(n, batch_size):
    images = np.arange(2.0 * n).reshape(n, 1, 1, 2)
    seen = []
    few = network(batch_size, lambda unit: (seen.append(len(unit)), unit)[1])
    found = few.features(images, (0, 32))
    np.testing.assert_array_equal(32 * found, images[:, 0, 0])
    assert sum(seen) == n
    assert max(seen) <= batch_size


@pytest.mark.parametrize(
    ("images", "value_range", "message"),
    [
        (BYTES[0], None, r"images: expected \(N, H, W, C\), received \(3, 4, 2\)"),
        (BYTES.astype(int), (0, 255), "images: expected uint8 or floating point, rec"),
        (BYTES, (0, 1), r"value_range: expected \(0, 255\) or none .* received \(0, 1"),
        (BYTES / 255, None, "value_range: expected the values of black and white"),
        (BYTES / 255, (1, 0), r"value_range: expected low < high.* received \(1, 0\)"),
        (BYTES / 255, (0, np.inf), "value_range: expected low < high, both finite"),
        (np.full((1, 2, 2, 2), np.nan), (0, 1), "images: expected finite numbers"),
        (np.full((1, 2, 2, 2), np.inf), (0, 1), "images: expected finite numbers"),
    ],
)
def test_images_that_are_none_are_refused(images, value_range, message):
    with pytest.raises(ValueError, match=message):
        network().features(images, value_range)


def test_an_error_of_any_batch_is_raised():
    bad = np.zeros((7, 2, 2, 2))
    bad[6, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        network().features(bad, (0, 1))
