"""The feature network of digits: the shipped weights, their file, and its input."""

import os
import re
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from scratchgan import tree
from scratchgan.data import load
from scratchgan.data.named import read_mnist_test
from scratchgan.metrics import digit_features, load_digit_features
from scratchgan.metrics.digit_features import DigitWeights, shipped, to_bytes

LOCAL = Path(os.environ.get("SCRATCHGAN_DATA", "nowhere"))
WEIGHTS = resources.files("scratchgan.metrics") / "weights" / "mnist.safetensors"


@pytest.fixture(scope="module")
def digits():
    return load("digits").samples[:300]


def test_the_shipped_file_is_small_and_says_how_it_was_made():
    assert len(WEIGHTS.read_bytes()) <= 2e6
    assert {leaf.dtype for leaf in tree.leaves(shipped().params)} == {np.dtype("f2")}
    info = shipped().info
    assert info["command"] == f"scratchgan features train mnist --seed {info['seed']}"
    assert (info["training_images"], info["test_images"]) == (60_000, 10_000)
    assert info["accuracy"] >= 0.992
    assert "CC BY-SA 3.0" in info["data"]


@pytest.mark.skipif(not (LOCAL / "mnist").is_dir(), reason="needs SCRATCHGAN_DATA")
def test_the_shipped_weights_are_right_on_as_many_test_images_as_they_say():
    images, labels = read_mnist_test()
    found = digit_features().probabilities(images).argmax(axis=1)
    accuracy = (found == labels).mean()
    assert accuracy >= 0.992
    # a digit on the border of two classes may fall on either side elsewhere
    assert accuracy == pytest.approx(shipped().info["accuracy"], abs=3e-4)


def test_embedded_digits_are_recognised(digits):
    network = digit_features()
    features, probabilities = network.measure(digits)
    assert re.fullmatch(r"scratchgan-mnist-[0-9a-f]{8}", network.name)
    assert features.shape == (300, network.dimensions) == (300, 128)
    assert features.dtype == np.float32
    assert probabilities.shape == (300, network.classes) == (300, 10)
    labels = load("digits").labels
    assert labels is not None
    assert (probabilities.argmax(axis=1) == labels[:300]).mean() >= 0.98


def test_features_are_the_last_hidden_layer_behind_its_relu(digits):
    features, probabilities = digit_features().measure(digits)
    assert features.min() == 0
    assert 0.1 < (features == 0).mean() < 0.9
    dense = tree.astype(shipped().params[1][1], np.float64)
    logits = features @ dense.W + dense.b
    odds = np.log(probabilities) - np.log(probabilities[:, :1])
    np.testing.assert_allclose(odds, logits - logits[:, :1], atol=1e-4)


def test_features_do_not_depend_on_the_other_images(digits):
    network = digit_features()
    together, alone = network.features(digits), network.features(digits[250:253])
    np.testing.assert_allclose(together[250:253], alone, rtol=1e-4, atol=1e-5)


def test_the_middle_of_larger_digits_is_taken_where_it_is_asked_for(digits):
    framed = np.full((300, 32, 32, 1), 77, np.uint8)
    framed[:, 2:30, 2:30] = digits
    with pytest.raises(
        ValueError, match=r"expected digits \(N, 28, 28, 1\), received "
    ):
        digit_features().features(framed)
    np.testing.assert_array_equal(
        digit_features(crop=True).features(framed), digit_features().features(digits)
    )
    assert digit_features(crop=True).name == digit_features().name


@pytest.mark.parametrize(
    ("shape", "crop", "message"),
    [
        ((2, 28, 28, 3), False, r"received \(2, 28, 28, 3\)$"),
        ((2, 28, 28, 3), True, r"1\) or larger, received \(2, 28, 28, 3\)$"),
        ((2, 27, 28, 1), False, r"received \(2, 27, 28, 1\)$"),
        ((2, 27, 32, 1), True, r"received \(2, 27, 32, 1\)$"),
        ((2, 28, 29, 1), False, r"\(2, 28, 29, 1\) \(crop=True takes the middle\)$"),
    ],
)
def test_other_sizes_are_refused(shape, crop, message):
    with pytest.raises(ValueError, match=message):
        digit_features(crop).features(np.zeros(shape, np.uint8))


def test_a_file_is_read_as_it_was_written(tmp_path, digits):
    path = tmp_path / "one.safetensors"
    path.write_bytes(to_bytes(shipped()))
    assert path.read_bytes() == WEIGHTS.read_bytes()
    again = load_digit_features(path)
    assert again.name == digit_features().name
    expected = digit_features().features(digits)
    np.testing.assert_array_equal(again.features(digits), expected)
    half = tree.map(lambda leaf: leaf / np.float16(2), shipped().params)
    path.write_bytes(to_bytes(DigitWeights(half, {})))
    other = load_digit_features(str(path), crop=True)
    assert other.name != again.name
    assert not np.array_equal(other.features(digits), expected)


def test_files_of_something_else_are_named(tmp_path):
    path = tmp_path / "x.safetensors"
    with pytest.raises(FileNotFoundError, match=r"features: .*x\.safetensors: no such"):
        load_digit_features(path)
    contents = [b"", b"something else", WEIGHTS.read_bytes()[:-1]]
    contents.append(to_bytes(DigitWeights({"W": np.zeros(3, np.float16)}, {})))
    wide = tree.astype(shipped().params, np.float32)
    contents.append(to_bytes(DigitWeights(wide, {})))
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"expected a file of `scratchgan feat"):
            load_digit_features(path)
