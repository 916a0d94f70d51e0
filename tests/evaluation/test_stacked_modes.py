"""Stacked digits: a classifier names each channel, and 1,000 kinds are counted."""

import numpy as np
import pytest
from runs import scratchgan, trainer

from scratchgan.data import StackedDigits, load
from scratchgan.evaluation import Evaluator, Reference, read_evaluations
from scratchgan.evaluation.measures import MEASURES
from scratchgan.evaluation.sets import Sets, seen
from scratchgan.metrics import (
    digit_features,
    labelled_modes,
    stacked_digit_features,
    stacked_labels,
)

RANGE = (-1.0, 1.0)
STACKS = load("stacked-mnist", value_range=RANGE)
NETWORK = stacked_digit_features()


@pytest.fixture(scope="module")
def images():
    return STACKS.batch(0, 0, 200)


def test_every_channel_is_seen_by_the_digit_network(images):
    found = NETWORK.measure(images, RANGE)
    alone = [
        digit_features().measure(images[..., [c]], RANGE)
        for c in range(images.shape[3])
    ]
    features = np.concatenate([part.features for part in alone], axis=1)
    np.testing.assert_allclose(found.features, features, rtol=1e-4, atol=1e-4)
    first, second, third = (part.probabilities for part in alone)
    joint = np.einsum("na,nb,nc->nabc", first, second, third).reshape(len(images), -1)
    # logits are float32, at most some tens: their sums are off by a few 1e-6
    np.testing.assert_allclose(found.probabilities, joint, atol=1e-5)


def test_a_class_is_the_number_that_three_digits_write(images):
    probabilities = NETWORK.probabilities(images, RANGE)
    digits = np.stack(
        [
            digit_features().probabilities(images[..., [c]], RANGE).argmax(axis=1)
            for c in range(3)
        ],
        axis=1,
    )
    np.testing.assert_array_equal(probabilities.argmax(axis=1), stacked_labels(digits))


def test_real_stacks_are_labelled_as_their_digits_are(images):
    """97 % of stacks, if a digit in a hundred is misread; four deviations below."""
    if STACKS.images.shape[0] == 10_000:
        from scratchgan.data.named import read_digits as read
    else:
        from scratchgan.data.named import read_mnist as read
    truth = stacked_labels(read().labels[STACKS.chosen(0, 0, len(images))])
    found = NETWORK.probabilities(images, RANGE).argmax(axis=1)
    share = 0.97 - 4 * np.sqrt(0.97 * 0.03 / len(images))
    assert (found == truth).mean() > share


def test_other_images_are_refused():
    with pytest.raises(ValueError, match=r"expected stacked digits \(N, 28, 28, 3\)"):
        NETWORK.features(np.zeros((2, 28, 28, 1), np.uint8))


def test_the_figures_are_those_of_the_labels(images):
    one = np.repeat(images[:1], 200, axis=0)  # a generator that makes one stack
    parts = (seen(x, NETWORK, RANGE) for x in (one, images))
    sets = Sets(*parts, None, RANGE, "stacked-mnist", 0)
    found = MEASURES["stacked_modes"].compute(sets)
    assert found["stacked_modes"].value == 1
    assert found["stacked_kl"].value == pytest.approx(np.log(1000))
    labels = sets.real.probabilities.argmax(axis=1)
    real = MEASURES["stacked_modes"].compute(
        Sets(sets.real, sets.real, None, RANGE, "stacked-mnist", 0)
    )
    assert real["stacked_modes"].value == labelled_modes(labels, 1000).covered > 150


def test_only_stacks_are_counted(images):
    part = seen(images, NETWORK, RANGE)
    for name, fits in (("stacked-mnist", True), ("somewhere/images", False)):
        sets = Sets(part, part, None, RANGE, name, 0)
        assert MEASURES["stacked_modes"].fits(sets) is fits
    other = part._replace(network="another-network-of-1000-classes")
    sets = Sets(other, other, None, RANGE, "stacked-mnist", 0)
    assert not MEASURES["stacked_modes"].fits(sets)


def test_held_out_stacks_are_of_other_digits(tmp_path):
    """Where a set of others is given; or else, of the same digits, another batch."""
    t = trainer(tmp_path / "run", "dcgan-stacked-mnist", "stacked-mnist", steps=1)
    others = StackedDigits("others", 255 - STACKS.images, RANGE)
    for held_out, source in ((others, others), (None, STACKS)):
        reference = Reference(STACKS, held_out, RANGE, None)
        real, found = Evaluator(t.system, reference).real(20, 0)
        assert not np.array_equal(real.samples, found.samples)
        digits = found.samples[..., 0]
        lightest = 1.0 if source is others else -1.0
        assert np.median(digits) == lightest


def test_the_command_counts_them(tmp_path):
    path = tmp_path / "run"
    options = ["--steps", 2, "--set", "dim=2", "--set", "batch_size=4"]
    done = scratchgan("train", "wgan-gp-stacked-mnist", "--out", path, *options)
    assert done.returncode == 0, done.stderr
    done = scratchgan("evaluate", path, "-n", 40, "--metrics", "stacked_modes")
    assert done.returncode == 0, done.stderr
    (found,) = read_evaluations(path / "evaluation.json")
    assert found.features == NETWORK.name
    assert set(found.figures) == {"stacked_modes", "stacked_kl"}
