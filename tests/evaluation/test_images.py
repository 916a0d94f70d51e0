"""Evaluations of images: by the network that ships, and by what is known of digits."""

from dataclasses import replace

import numpy as np
import pytest
from runs import one_line, run, scratchgan, trainer

from scratchgan.data import ArrayDataset, load
from scratchgan.evaluation import Evaluator, Reference, read_evaluations
from scratchgan.evaluation.measures import CHEAP, MEASURES
from scratchgan.evaluation.sets import Sets, Walk, seen
from scratchgan.metrics import digit_features, frechet_distance

DIGITS = load("digits", value_range=(-1, 1))


@pytest.fixture(scope="module")
def sets():
    """120 real digits against 120 others, and 120 more that are held out."""
    network = digit_features()
    images = DIGITS.scaled(DIGITS.samples[:360])
    parts = (seen(part, network, (-1.0, 1.0)) for part in np.split(images, 3))
    return Sets(*parts, (-1.0, 1.0), "digits", 0)


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory):
    """A run of two steps on digits."""
    path = tmp_path_factory.mktemp("runs") / "digits"
    t = trainer(path, "wgan-gp-digits", "digits", steps=2)
    run(t)
    return path


def test_figures_are_those_of_the_features(sets):
    expected = frechet_distance(sets.generated.features, sets.real.features)
    for compute in (MEASURES["fid"].compute, CHEAP["fid"]):
        assert compute(sets)["fid"].value == expected
    found = MEASURES["fid"].compute(sets)["fid"]
    assert found.low < found.value < found.high


def test_real_digits_in_place_of_generated_ones_are_good(sets):
    """Precision and coverage near one, a score near ten, no copies."""
    found = {
        key: figure.value
        for name in ("inception_score", "prdc", "memorisation")
        for key, figure in MEASURES[name].compute(sets).items()
    }
    assert found["inception_score"] > 5  # at most 10; parts of 12 have few classes
    assert found["precision"] > 0.6
    assert found["coverage"] > 0.9
    assert abs(found["memorisation"]) < 4


def test_copies_of_training_images_are_noticed(sets):
    copied = Sets(sets.real, sets.real, sets.held_out, (-1.0, 1.0), "digits", 0)
    found = MEASURES["memorisation"].compute(copied)
    assert found["memorisation"].value < -10
    assert found["copy_ratio"].value == 0


def test_copies_are_only_looked_for_among_all_training_images(sets):
    """Among some, copies of the others would pass for new."""
    memorisation = MEASURES["memorisation"]
    assert not memorisation.fits(sets)
    assert memorisation.fits(replace(sets, whole=True))
    assert not memorisation.fits(replace(sets, whole=True, held_out=None))


def test_a_path_length_is_that_of_the_walk(sets):
    """Of the map z ↦ 3 z on a unit circle: the square of 3 Ω, the angle walked."""
    angles = np.linspace(0.1, 3.0, 50)
    ends = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    starts = np.tile([1.0, 0.0], (50, 1))
    walked = replace(sets, walk=Walk(lambda z: 3 * z, starts, ends))
    found = MEASURES["path_length"].compute(walked)["path_length"]
    assert found.value == pytest.approx((9 * angles**2).mean(), rel=1e-6)
    assert not MEASURES["path_length"].fits(sets)


@pytest.mark.parametrize(("n", "trained_on"), [(30, True), (31, True), (30, False)])
def test_real_samples_are_whole_when_all_are_drawn(n, trained_on):
    few = ArrayDataset("few", DIGITS.samples[:30])
    t = Reference(few, None, (0.0, 1.0), None, trained_on)
    evaluator = Evaluator(None, t)  # nothing is generated
    real, _ = evaluator.real(n, 0)
    assert len(real.samples) == 30
    assert evaluator.sets_of(real, real, None, 0).whole == trained_on
    fewer, _ = evaluator.real(29, 0)
    assert not evaluator.sets_of(fewer, fewer, None, 0).whole


def test_the_command_names_the_network(digits_run):
    done = scratchgan("evaluate", digits_run, "-n", 40)
    assert done.returncode == 0, done.stderr
    (found,) = read_evaluations(digits_run / "evaluation.json")
    assert found.features == digit_features().name
    assert f"seen by {found.features}" in done.stdout
    assert {"fid", "kid", "inception_score", "precision", "ms_ssim"} <= set(
        found.figures
    )
    assert found.figures["path_length"].value > 0


def test_a_network_that_is_not_there_is_one_line(digits_run, tmp_path):
    missing = tmp_path / "missing.npz"
    one_line(scratchgan("evaluate", digits_run, "--features", missing), "missing.npz")
