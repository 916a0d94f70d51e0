"""Runs are evaluated: by the command, during a training, and beside one another."""

import json

import numpy as np
import pytest
from runs import one_line, run, scratchgan, trainer

from scratchgan.data import RING_CENTRES, RING_STD, load
from scratchgan.evaluation import Evaluator, Reference, read_evaluations
from scratchgan.evaluation.measures import MEASURES
from scratchgan.evaluation.sets import Seen, Sets, real_samples
from scratchgan.metrics import mixture_modes, sliced_wasserstein
from scratchgan.metrics.meanings import MEANINGS


def points(generated, real, held_out=None, data="ring"):
    others = None if held_out is None else Seen(held_out, None)
    return Sets(Seen(generated, None), Seen(real, None), others, (0, 1), data, 0)


@pytest.fixture(scope="module")
def ring_run(tmp_path_factory):
    """A run of two steps on the ring."""
    path = tmp_path_factory.mktemp("runs") / "ring"
    t = trainer(path, "gan-ring", "ring", steps=2)
    return t, run(t)


def test_figures_are_the_metrics_of_the_sets():
    ring = load("ring")
    x, real = ring.batch(1, 0, 300), ring.batch(2, 0, 300)
    x[:, 0] = np.abs(x[:, 0])  # the left half is missing
    sets = points(x, real)
    found = MEASURES["modes"].compute(sets)
    assert found["modes"].value == mixture_modes(x, RING_CENTRES, RING_STD).covered
    assert found["modes"].value < 8
    assert MEASURES["sliced_w"].compute(sets)["sliced_w"].value == sliced_wasserstein(
        x, real, p=1, seed=0
    )


def test_a_floor_is_the_figure_of_held_out_samples(ring_run):
    t, state = ring_run
    evaluator = Evaluator(t.system, Reference(t.data, None, (0, 1), None))
    found = evaluator.evaluate(state, 200, 0, ("modes", "w1"))
    real, held_out = evaluator.real(200, 0)
    sets = points(held_out.samples, real.samples)
    for name in ("modes", "w1"):
        for key, figure in MEASURES[name].compute(sets).items():
            assert found.figures[key].floor == figure.value
    assert found.figures["modes"].floor == 8
    assert not np.array_equal(real.samples, held_out.samples)


def test_real_samples_are_none_that_a_training_draws():
    ring = load("ring")
    drawn = [ring.batch(0, index, 8) for index in range(20)]
    assert not any(np.array_equal(real_samples(ring, 0, 8), batch) for batch in drawn)


def test_a_set_that_is_small_gives_what_it_has(tmp_path):
    np.save(tmp_path / "few.npy", np.zeros((30, 2), np.float32))
    assert len(real_samples(load(str(tmp_path / "few.npy")), 0, 100)) == 30


def test_every_figure_says_what_it_means():
    ring = load("ring")
    sets = points(*(ring.batch(s, 0, 50) for s in (1, 2, 3)))
    for name, measure in MEASURES.items():
        if measure.fits(sets):
            assert measure.compute(sets).keys() <= MEANINGS.keys(), name


def test_the_command_adds_to_evaluation_json(ring_run):
    t, _ = ring_run
    path = t.folder.path
    first = scratchgan("evaluate", path, "-n", 60)
    assert first.returncode == 0, first.stderr
    assert "60 samples of step 2 against ring" in first.stdout
    assert "higher" in first.stdout
    second = scratchgan("evaluate", path, "-n", 40, "--metrics", "modes")
    assert second.returncode == 0, second.stderr
    found = read_evaluations(path / "evaluation.json")
    assert [each.samples for each in found] == [60, 40]
    assert set(found[0].figures) == {
        "modes", "high_quality", "reverse_kl", "w1", "sliced_w"
    }  # fmt: skip
    assert set(found[1].figures) == {"modes", "high_quality", "reverse_kl"}


def test_equal_seeds_give_equal_figures(ring_run):
    t, state = ring_run
    evaluator = Evaluator(t.system, Reference(t.data, None, (0, 1), None))
    first, second = (evaluator.evaluate(state, 50, 3).figures for _ in range(2))
    assert first == second


def test_bad_input_is_one_line(ring_run, tmp_path):
    path = ring_run[0].folder.path
    one_line(
        scratchgan("evaluate", path, "--metrics", "mode"),
        "mode",
        "did you mean 'modes'",
    )
    one_line(scratchgan("evaluate", path, "--metrics", "fid"), "fid", "cannot be taken")
    one_line(scratchgan("evaluate", tmp_path), "no run here")
    one_line(
        scratchgan("evaluate", path, "--against", "digits"), "--against", "(28, 28, 1)"
    )
    (tmp_path / "evaluation.json").write_text("no list")
    one_line(
        scratchgan(
            "evaluate", path, "-n", 20, "--metrics", "modes",
            "--out", tmp_path / "evaluation.json",
        ),
        "not a list of evaluations",
    )  # fmt: skip


def test_a_training_logs_evaluations_and_resumes_to_the_same(tmp_path):
    options = ("--set", "dim=4", "--set", "batch_size=4", "--set", "log_every=3")
    every = ("--evaluate-every", 2)
    for name, steps in (("whole", 6), ("parts", 4)):
        done = scratchgan(
            "train", "gan-ring", "--out", tmp_path / name, "--steps", steps,
            *options, *every,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    done = scratchgan("train", "--resume", tmp_path / "parts", "--steps", 6)
    assert done.returncode == 0, done.stderr
    whole, parts = (
        (tmp_path / name / "metrics.jsonl").read_text() for name in ("whole", "parts")
    )
    assert whole == parts
    lines = [json.loads(line) for line in whole.splitlines()]
    assert [line["step"] for line in lines] == [0, 2, 3, 4, 6]
    assert [li["step"] for li in lines if "sliced_w" in li] == [0, 2, 4, 6]


def test_runs_are_compared(ring_run, tmp_path):
    t, _ = ring_run
    other = tmp_path / "other"
    scratchgan(
        "train", "wgan-ring", "--out", other, "--steps", 2, "--set", "dim=4",
        "--set", "log_every=1",
    )  # fmt: skip
    twice = scratchgan("compare", other, other, "--out", tmp_path / "c.png")
    one_line(twice, "different runs")
    scratchgan("evaluate", other, "-n", 30, "--metrics", "modes")
    scratchgan("evaluate", t.folder.path, "-n", 40, "--metrics", "modes")
    done = scratchgan("compare", t.folder.path, other, "--out", tmp_path / "c.png")
    assert done.returncode == 0, done.stderr
    assert "take care: evaluations differ in samples (40, 30)" in done.stdout
    assert "high_quality" in done.stdout
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    again = scratchgan("compare", t.folder.path, other, "--out", tmp_path / "c.png")
    one_line(again, "--out", "exists")
    one_line(scratchgan("compare", other), "two runs or more")
