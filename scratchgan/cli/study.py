"""`scratchgan study`: from a name to runs, a table and figures."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from scratchgan.cli.errors import FAILED
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


def study_command(request: Request) -> int:
    """Run what is left of the study, and write its page; return the exit status.

    1 when a run has failed, which the page then lacks.

    Raises
    ------
    ValueError
        If there is no such study, or a folder holds a run of another one.
    """
    study = get(request.name)
    if request.out.exists() and not request.out.is_dir():
        raise NotADirectoryError(f"--out: expected a folder, received {request.out}")
    folder = request.runs / study.name
    todo = jobs(study, folder, request.seeds)
    done = sum(is_done(job) for job in todo)
    at_once = request.jobs or os.cpu_count() or 1
    print(
        f"{study.name}: {len(todo)} runs, {done} of them done; {at_once} at a time, "
        f"below {folder}",
        flush=True,
    )
    with interruptible():
        failed = run_jobs([job for job in todo if not is_done(job)], at_once, _report)
    for error in failed:
        print(f"scratchgan: {error}", file=sys.stderr)
    # of the runs that there are, and not only of those that were asked for now
    every = jobs(study, folder, max(len(todo) // len(study.arms), study.seeds))
    results = [found for job in every if (found := read_result(job)) is not None]
    if results:
        print(f"table: {write_report(study, results, request.out)}")
    return FAILED if failed else 0


@contextmanager
def interruptible() -> Iterator[None]:
    """Within the block, Ctrl-C and SIGTERM interrupt, so that runs stop and save.

    A shell has its background jobs ignore Ctrl-C; a study that is sent it stops all the
    same, as a training does.
    """
    watched = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, signal.default_int_handler) for each in watched]
    try:
        yield
    finally:
        for each, handler in zip(watched, before, strict=True):
            signal.signal(each, handler)


def _report(job: Job) -> None:
    found = read_result(job)
    values = {} if found is None else found.values
    keys = [column.key for column in job.study.columns if column.key in values]
    text = "  ".join(f"{key} {values[key]:.4g}" for key in keys)
    print(f"{job.arm.name}, seed {job.seed}: {text}", flush=True)
