"""Means, standard errors and tables of a study."""

import math

import numpy as np
import pytest

from scratchgan import recipes
from scratchgan.cli.run import configure
from scratchgan.data import load
from scratchgan.evaluation import Evaluation, Figure, add_evaluation
from scratchgan.studies import Arm, Column, Published, Study, jobs
from scratchgan.studies.figures import band
from scratchgan.studies.results import (
    Summary,
    read_result,
    summarise,
    training_seconds,
)
from scratchgan.studies.tables import NOTHING, cell, table
from scratchgan.training.folder import Folder
from scratchgan.training.settings import build

STUDY = Study(
    name="tiny",
    title="Tiny",
    question="Which?",
    data="ring",
    arms=(Arm("a", "gan-ring"), Arm("b", "wgan-ring", {"clip": 0.1})),
    columns=(
        Column("modes", "modes", 1),
        Column("high_quality", "quality, %", 0, 100.0),
        Column("wasserstein", "critic's W₁", 2),
    ),
    common={"steps": 3},
    seeds=3,
    published=(Published("Author 2018", {"modes": "6.3 ± 0.5"}),),
)


def configured(job):
    """The job's folder, with the configuration that it asks for."""
    folder = Folder(job.folder)
    recipe = recipes.get(job.arm.recipe)
    settings = build(recipe.settings, job.settings)
    folder.create(configure(recipe, settings, "ring", load("ring"), job.seed))
    return folder


@pytest.fixture
def results(tmp_path):
    """Arm a with 6, 7 and 8 modes, arm b with one run."""
    made = []
    for job in jobs(STUDY, tmp_path):
        if job.arm.name == "b" and job.seed > 0:
            continue
        figures = {
            "modes": Figure(6.0 + job.seed, floor=8.0),
            "high_quality": Figure(0.5),
        }
        folder = configured(job)
        for step in range(1, 21):
            folder.log(step, {"wasserstein": float(step)}, 2.0 * step)
        evaluation = Evaluation(3, 2500, "ring", "", job.seed, 0.5, figures)
        add_evaluation(job.folder / "evaluation.json", evaluation)
        made.append(read_result(job))
    return made


def test_mean_and_standard_error(results):
    found = summarise([r for r in results if r.job.arm.name == "a"], "modes")
    assert found.mean == 7.0
    assert found.error == pytest.approx(1 / math.sqrt(3))
    assert found.runs == 3


def test_one_run_has_no_error(results):
    found = summarise([r for r in results if r.job.arm.name == "b"], "modes")
    assert math.isnan(found.error)
    assert cell(found, STUDY.columns[0]) == "6.0"


def test_a_small_number_is_not_printed_as_zero():
    column = Column("wasserstein", "estimate", 4)
    assert cell(Summary(8.154e-6, 1.2e-7, 2), column) == "8.2e-06 ± 1.2e-07"
    assert cell(Summary(-3e-5, math.nan, 1), column) == "-3.0e-05"
    assert cell(Summary(0.00006, 0.00001, 2), column) == "0.0001 ± 0.0000"
    assert cell(Summary(0.0, 0.0, 2), column) == "0.0000 ± 0.0000"


def test_a_logged_quantity_is_the_mean_of_its_last_tenth(results):
    assert results[0].values["wasserstein"] == 19.5


def test_sittings_are_added():
    seconds = (1.0, 5.0, 0.5, 2.0, 1.0)
    sittings = [{"step": i, "seconds": s} for i, s in enumerate(seconds)]
    expected = {0: 1.0, 1: 5.0, 2: 5.5, 3: 7.0, 4: 5 + 2 + 1}
    assert training_seconds(sittings) == expected


def test_the_table_has_arms_floor_and_what_was_published(results):
    lines = table(STUDY, results).splitlines()
    assert lines[0] == "|  | modes ↑ | quality, % ↑ | critic's W₁ |"
    assert lines[2] == "| a | 7.0 ± 0.6 | 50 ± 0 | 19.50 ± 0.00 |"
    assert lines[3] == "| b | 6.0 | 50 | 19.50 |"
    assert lines[4] == f"| *real samples* | 8.0 | {NOTHING} | {NOTHING} |"
    assert lines[5] == f"| *Author 2018* | 6.3 ± 0.5 | {NOTHING} | {NOTHING} |"


def test_a_run_that_is_not_evaluated_has_no_result(tmp_path):
    assert read_result(jobs(STUDY, tmp_path)[0]) is None


def test_a_band_is_over_the_steps_that_all_runs_have(results):
    own = [r for r in results if r.job.arm.name == "a"]
    own[0].curves.append({"step": 99, "wasserstein": 0.0})
    steps, mean, error = band(own, "wasserstein")
    np.testing.assert_array_equal(steps, np.arange(1, 21))
    np.testing.assert_array_equal(mean, np.arange(1.0, 21.0))
    np.testing.assert_array_equal(error, 0)


def test_a_band_over_time_stands_at_the_mean_of_the_seconds(results):
    own = [r for r in results if r.job.arm.name == "a"]
    for slower, result in enumerate(own):
        for line in result.curves:
            line["seconds"] = (1 + slower) * line["step"]
    when, mean, _ = band(own, "wasserstein", "seconds")
    np.testing.assert_allclose(when, 2 * np.arange(1, 21))  # of 1, 2 and 3 seconds
    np.testing.assert_array_equal(mean, np.arange(1.0, 21.0))


def test_jobs_are_every_arm_with_every_seed(tmp_path):
    found = jobs(STUDY, tmp_path, seeds=2)
    assert [(j.arm.name, j.seed) for j in found] == [
        ("a", 0), ("b", 0), ("a", 1), ("b", 1)
    ]  # fmt: skip
    assert len({j.folder for j in found}) == 4
    assert found[1].settings == {"steps": 3, "clip": 0.1}
