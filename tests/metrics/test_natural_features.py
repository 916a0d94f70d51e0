"""EfficientNet's features: the preparation of images, its file, zebras and horses."""

import os
from pathlib import Path

import numpy as np
import pytest

from scratchgan.data.sides import read_side
from scratchgan.metrics import efficientnet_features
from scratchgan.metrics.natural_features import DEVIATION, MEAN, prepared

DATA = Path(os.environ.get("SCRATCHGAN_DATA", "nowhere"))
WEIGHTS = DATA / "features" / "efficientnet_lite0_imagenet.npz"
ZEBRA = 340
RNG = np.random.default_rng(0)

needs_data = pytest.mark.skipif(
    not (WEIGHTS.is_file() and (DATA / "horse2zebra").is_dir()),
    reason="needs SCRATCHGAN_DATA",
)


def test_an_image_of_the_right_size_is_standardised_alone():
    unit = RNG.uniform(size=(2, 224, 224, 3)).astype(np.float32)
    np.testing.assert_array_equal(prepared(unit), (unit - MEAN) / DEVIATION)


def test_the_standard_is_that_of_imagenet():
    found = prepared(np.full((1, 224, 224, 3), 0.5, np.float32))[0, 0, 0]
    expected = [0.015 / 0.229, 0.044 / 0.224, 0.094 / 0.225]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def cubic(x):
    """The kernel of cubic convolution, a = −½ (Keys 1981)."""
    x = np.abs(x)
    outer = np.where(x < 2, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2, 0)
    return np.where(x < 1, 1.5 * x**3 - 2.5 * x**2 + 1, outer)


def test_a_point_becomes_the_cubic_kernel():
    """From 112 to 224: pixel i lies at (i + ½)/2 − ½ of the old ones."""
    unit = np.full((1, 112, 112, 1), 0.5, np.float32)
    unit[0, 40, 60] = 0.75
    found = prepared(unit)[0, ..., 0] * DEVIATION[0] + MEAN[0]
    at = (np.arange(224) + 0.5) / 2 - 0.5
    expected = 0.5 + 0.25 * np.outer(cubic(at - 40), cubic(at - 60))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(5, 5), (128, 128), (300, 300), (64, 200), (90, 1)])
def test_a_constant_stays_one_at_any_size(shape):
    colour = np.array([0.2, 0.5, 0.9], np.float32)
    found = prepared(np.broadcast_to(colour, (1, *shape, 3)))
    assert found.shape == (1, 224, 224, 3)
    expected = np.broadcast_to((colour - MEAN) / DEVIATION, found.shape)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_ramp_stays_a_ramp_but_for_its_ends():
    """Cubic convolution is exact on straight lines; pixel centres are at i + ½."""
    ramp = np.broadcast_to((np.arange(56) + 0.5)[:, None] / 56, (56, 56))
    for unit in (ramp, ramp.T):
        found = prepared(np.repeat(unit[None, ..., None], 3, axis=3).astype(np.float32))
        found = found[0, ..., 1] * DEVIATION[1] + MEAN[1]
        found = found if unit is ramp else found.T
        inner = slice(12, -12)
        expected = ((np.arange(224) + 0.5) / 224)[inner, None]
        np.testing.assert_allclose(
            found[inner], np.broadcast_to(expected, (200, 224)), atol=1e-5
        )


def test_stripes_of_a_pixel_become_grey_and_not_other_stripes():
    """What a filter that does not widen would alias."""
    stripes = np.zeros((1, 4, 1001, 1), np.float32)
    stripes[:, :, ::2] = 1
    wide = np.repeat(stripes, 250, axis=1)  # (1, 1000, 1001, 1)
    found = prepared(wide)[..., 1] * DEVIATION[1] + MEAN[1]
    assert np.abs(found - 0.5).max() < 0.05


def test_the_middle_is_what_is_kept():
    unit = np.zeros((1, 40, 80, 3), np.float32)
    unit[:, :, 20:60] = 1
    for image in (unit, unit.swapaxes(1, 2)):
        found = prepared(image)[..., 0] * DEVIATION[0] + MEAN[0]
        assert found[:, 12:-12, 12:-12].min() > 0.999
    unit = 1 - unit
    found = prepared(unit)[..., 0] * DEVIATION[0] + MEAN[0]
    assert found[:, 12:-12, 12:-12].max() < 1e-3


def test_what_the_filter_overshoots_is_clipped():
    unit = np.zeros((1, 8, 8, 3), np.float32)
    unit[:, :4] = 1
    found = prepared(unit) * DEVIATION + MEAN
    assert found.min() > -1e-6
    assert found.max() < 1 + 1e-6


def test_grey_images_are_three_equal_channels():
    grey = RNG.uniform(size=(2, 9, 9, 1)).astype(np.float32)
    np.testing.assert_array_equal(prepared(grey), prepared(np.repeat(grey, 3, axis=3)))


@pytest.mark.parametrize("shape", [(1, 8, 8, 2), (1, 8, 8, 4), (1, 0, 8, 3)])
def test_images_of_other_channels_are_refused(shape):
    with pytest.raises(ValueError, match=r"images: expected \(N, H, W, 1\) or \(N, H"):
        prepared(np.zeros(shape, np.float32))


def test_no_images_are_no_trouble():
    assert prepared(np.zeros((0, 8, 8, 3), np.float32)).shape == (0, 224, 224, 3)


def test_files_of_something_else_are_named(tmp_path):
    path = tmp_path / "weights.npz"
    with pytest.raises(FileNotFoundError):
        efficientnet_features(path)
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"weights\.npz: expected a \.npz of arrays"):
        efficientnet_features(path)
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match=r"weights\.npz: expected a \.npz of arrays"):
        efficientnet_features(path)
    np.savez(path, W=np.zeros(3))
    with pytest.raises(
        ValueError, match=r"weights\.npz: array '_conv_stem\.weight' is"
    ):
        efficientnet_features(path)


@needs_data
def test_some_zebras_are_zebras_and_some_horses_are_not():
    network = efficientnet_features(WEIGHTS)
    assert network.name == "efficientnet-lite0-imagenet"
    zebras = read_side("horse2zebra", 1, "test", 128).images[::10]
    horses = read_side("horse2zebra", 0, "test", 128).images[::10]
    features, probabilities = network.measure(zebras)
    assert features.shape == (14, network.dimensions) == (14, 1280)
    assert probabilities.shape == (14, network.classes) == (14, 1000)
    assert 0 <= features.min() < features.max() <= 6
    assert (probabilities.argmax(axis=1) == ZEBRA).mean() >= 0.8
    assert not (network.probabilities(horses).argmax(axis=1) == ZEBRA).any()


@pytest.mark.slow
@needs_data
def test_most_zebras_are_zebras_and_no_horse_is():
    network = efficientnet_features(WEIGHTS)
    zebras, horses = (
        network.probabilities(read_side("horse2zebra", side, "test", 128).images)
        for side in (1, 0)
    )
    assert (len(zebras), len(horses)) == (140, 120)
    assert (zebras.argmax(axis=1) == ZEBRA).mean() >= 0.8
    assert not (horses.argmax(axis=1) == ZEBRA).any()
