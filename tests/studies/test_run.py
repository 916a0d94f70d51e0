"""A study is run, interrupted, resumed and written up, by real commands."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from scratchgan import recipes
from scratchgan.evaluation import read_evaluations
from scratchgan.evaluation.measures import MEASURES
from scratchgan.metrics.meanings import MEANINGS
from scratchgan.studies import NAMES, Arm, Column, Study, get, jobs
from scratchgan.studies.origin import UNKNOWN, Origin, keep_origin, origin
from scratchgan.studies.report import write_report
from scratchgan.studies.results import read_result
from scratchgan.studies.run import commands, is_done, run_jobs
from scratchgan.training.pictures import MEANING
from scratchgan.training.settings import build

SMALL = {"dim": 8, "batch_size": 8, "log_every": 1, "evaluate_every": 2}
STUDY = Study(
    name="tiny",
    title="Tiny",
    question="Which of two?",
    data="ring",
    arms=(
        Arm("GAN", "gan-ring", {"steps": 4}),
        Arm("WGAN", "wgan-ring", {"steps": 2}),
    ),
    columns=(Column("modes", "modes", 1), Column("w1", "W₁", 3)),
    common=SMALL,
    seeds=1,
    samples=50,
    metrics=("modes", "w1"),
    curve="sliced_w",
)


def test_a_study_is_run_and_written_up(tmp_path):
    todo, told = jobs(STUDY, tmp_path / "runs"), []
    run_jobs(todo, 2, told.append)
    assert sorted(job.arm.name for job in told) == ["GAN", "WGAN"]
    assert all(is_done(job) and commands(job) == [] for job in todo)
    results = [read_result(job) for job in todo]
    page = write_report(STUDY, results, tmp_path / "results").read_text()
    assert "| GAN | " in page
    assert "| *real samples* | 8.0 | " in page
    assert "tiny-curve.png" in page
    assert "tiny-sheets.png" in page
    assert (tmp_path / "results" / "tiny-curve.png").is_file()
    numbers = json.loads((tmp_path / "results" / "tiny.json").read_text())
    assert numbers["runs"][0]["values"]["w1"] == results[0].values["w1"]
    assert numbers["runs"][0]["commit"] == origin().commit
    assert f"Run on {origin().device}, at commit `{origin().commit}`." in page


def test_a_page_says_where_each_run_was_made(tmp_path):
    """Not where the page was written; and a run goes on being of where it began."""
    gan, wgan = todo = jobs(STUDY, tmp_path / "runs")
    other = Origin("another machine", "0123456789")
    run_jobs(todo, 1, lambda job: None)
    assert read_result(wgan).origin == origin()
    keep_origin(gan.folder, other)
    (wgan.folder / "origin.json").unlink()
    for job in todo:  # neither is of here because it was evaluated here
        (job.folder / "evaluation.json").unlink()
    run_jobs(todo, 1, lambda job: None)
    results = [read_result(job) for job in todo]
    assert [result.origin for result in results] == [other, UNKNOWN]
    page = write_report(STUDY, results, tmp_path / "results").read_text()
    assert "another machine, at commit `0123456789`" in page
    assert UNKNOWN.device in page


def test_what_is_done_is_left_alone_and_what_was_begun_goes_on(tmp_path):
    (gan, wgan) = jobs(STUDY, tmp_path)
    run_jobs([gan], 1, lambda job: None)
    evaluation = (gan.folder / "evaluation.json").read_bytes()
    assert commands(wgan)[0][:2] == ["train", "wgan-ring"]
    train = commands(wgan)[0]
    run = [sys.executable, "-m", "scratchgan", *train]
    subprocess.run(run, check=True, capture_output=True)
    assert commands(wgan)[0] == ["train", "--resume", str(wgan.folder)]
    run_jobs([gan, wgan], 2, lambda job: None)
    assert (gan.folder / "evaluation.json").read_bytes() == evaluation
    assert len(read_evaluations(wgan.folder / "evaluation.json")) == 1


def test_a_failing_run_is_named_with_its_log(tmp_path):
    broken = Study(
        **{**vars(STUDY), "arms": (Arm("bad", "gan-ring", {"dim": 0}), STUDY.arms[1])}
    )
    bad, good = jobs(broken, tmp_path)
    (failed,) = run_jobs([bad, good], 1, lambda job: None)
    assert re.search(r"status 2; see .*bad-seed0\.log", str(failed))
    assert "dim: expected" in bad.folder.with_suffix(".log").read_text()
    assert is_done(good)


def ignore_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.slow
@pytest.mark.parametrize("ignored", [False, True])
def test_ctrl_c_stops_the_runs_with_everything_saved(tmp_path, ignored):
    """In a terminal, and in the background, where shells have Ctrl-C ignored."""
    code = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1])\n"
        "from scratchgan.cli.study import interruptible\n"
        "from studies.test_run import STUDY, jobs, run_jobs\n"
        "import dataclasses\n"
        "arms = tuple(dataclasses.replace(a, settings={'steps': 20000})\n"
        "             for a in STUDY.arms)\n"
        "study = dataclasses.replace(STUDY, arms=arms)\n"
        "with interruptible():\n"
        "    run_jobs(jobs(study, pathlib.Path(sys.argv[2])), 2, print)\n"
    )
    tests = os.path.dirname(os.path.dirname(__file__))
    process = subprocess.Popen(
        [sys.executable, "-c", code, tests, str(tmp_path)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=ignore_interrupts if ignored else None,
    )
    metrics = [job.folder / "metrics.jsonl" for job in jobs(STUDY, tmp_path)]
    deadline = time.monotonic() + 600
    while not all(m.is_file() and m.stat().st_size for m in metrics):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert process.wait(timeout=600) != 0
    for job in jobs(STUDY, tmp_path):
        assert "stopped after step" in job.folder.with_suffix(".log").read_text()
        assert list((job.folder / "checkpoints").iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_every_study_names_what_there_is(name):
    """Recipes take its settings, and its columns and metrics are known."""
    study = get(name)
    assert study.name == name
    assert len({arm.name for arm in study.arms}) == len(study.arms)
    for arm in study.arms:
        recipe = recipes.get(arm.recipe)
        settings = build(recipe.settings, {**study.common, **arm.settings})
        steps = settings.steps
        assert not settings.evaluate_every or steps % settings.evaluate_every == 0
    assert set(study.metrics) <= set(MEASURES)
    known = MEANINGS.keys() | MEANING.keys() | {"seconds"}
    assert {column.key for column in study.columns} <= known
    assert not study.curve or study.curve in MEANINGS
    keys = {column.key for column in study.columns}
    assert all(set(row.cells) <= keys for row in study.published)


def test_a_run_of_another_study_is_refused(tmp_path):
    gan, _ = jobs(STUDY, tmp_path)
    run_jobs([gan], 1, lambda job: None)
    wider = Arm("GAN", "gan-ring", {"steps": 4, "dim": 9})
    changed = Study(**{**vars(STUDY), "arms": (wider,)})
    with pytest.raises(ValueError, match=r"--runs: .* has dim = 8, the study 9"):
        is_done(jobs(changed, tmp_path)[0])


def test_another_evaluation_of_a_run_is_not_the_studys(tmp_path):
    gan, _ = jobs(STUDY, tmp_path)
    run_jobs([gan], 1, lambda job: None)
    before = read_result(gan)
    other = ["evaluate", str(gan.folder), "-n", "30", "--metrics", "modes"]
    subprocess.run([sys.executable, "-m", "scratchgan", *other], check=True)
    assert read_result(gan) == before
    assert is_done(gan)


def test_an_unknown_study_is_named():
    with pytest.raises(ValueError, match="study: unknown name 'rings'; did you mean"):
        get("rings")
