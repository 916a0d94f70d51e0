"""`scratchgan study`: from a name to runs, a table and figures."""

import os
from pathlib import Path
from typing import NamedTuple

from scratchgan.studies import get
from scratchgan.studies.report import write_report
from scratchgan.studies.results import read_result
from scratchgan.studies.run import is_done, run_jobs
from scratchgan.studies.study import Job, jobs


class Request(NamedTuple):
    """What was typed; None where nothing was."""

    name: str
    out: Path
    runs: Path
    seeds: int | None
    jobs: int | None


def study_command(request: Request) -> None:
    """Run what is left of the study, and write its pages.

    Raises
    ------
    ValueError
        If there is no such study, or the numbers are not positive.
    RuntimeError
        If a run fails.
    """
    study = get(request.name)
    todo = jobs(study, request.runs / study.name, request.seeds)
    done = sum(is_done(job) for job in todo)
    at_once = request.jobs or os.cpu_count() or 1
    print(
        f"{study.name}: {len(todo)} runs, {done} of them done; {at_once} at a time, "
        f"below {request.runs / study.name}",
        flush=True,
    )
    run_jobs([job for job in todo if not is_done(job)], at_once, _report)
    results = [found for job in todo if (found := read_result(job)) is not None]
    print(f"table: {write_report(study, results, request.out)}")


def _report(job: Job) -> None:
    found = read_result(job)
    values = {} if found is None else found.values
    keys = [column.key for column in job.study.columns if column.key in values]
    text = "  ".join(f"{key} {values[key]:.4g}" for key in keys)
    print(f"{job.arm.name}, seed {job.seed}: {text}", flush=True)
