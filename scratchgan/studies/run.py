"""Runs of a study: one process a core, each by the commands that anybody could type.

    scratchgan train RECIPE --data D --seed S --out FOLDER --set KEY=VALUE …
    scratchgan evaluate FOLDER -n N --metrics …

A run that is there already is continued where it stopped, one that is evaluated is left
alone: so a study that was interrupted is resumed by the same command. Each process
trains in one part on one thread, so that runs do not disturb one another's bits;
evaluations spread what they can over the cores.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from scratchgan.studies.origin import keep_origin, origin
from scratchgan.studies.results import evaluation_of, require_same
from scratchgan.studies.study import Job, typed
from scratchgan.training.folder import Folder

#: What keeps a process to one thread, for the libraries that NumPy may be built on.
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)


class JobFailedError(RuntimeError):
    """A command of a study ended with an error; names it, and where its output is."""


@dataclass
class Processes:
    """The processes that run now, so that they can be asked to stop."""

    running: set[subprocess.Popen] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: bool = False

    def run(self, command: list[str], log: Path) -> int:
        """Run `command`, its output appended to `log`; return its exit status."""
        with open(log, "ab") as file:
            with self.lock:
                if self.stopped:
                    return 1
                # a session of its own: Ctrl-C in a terminal would reach it as well,
                # and a training takes a second signal for insistence
                process = subprocess.Popen(
                    command,
                    stdout=file,
                    stderr=file,
                    env=os.environ | ONE_THREAD,
                    start_new_session=True,
                )
                self.running.add(process)
            try:
                return process.wait()
            finally:
                with self.lock:
                    self.running.discard(process)

    def stop(self) -> None:
        """Ask all to finish their step and save; start no more."""
        with self.lock:
            self.stopped = True
            for process in self.running:
                process.terminate()


def run_jobs(
    todo: list[Job], at_once: int, report: Callable[[Job], None]
) -> list[JobFailedError]:
    """Make every run that is not there yet, `at_once` at a time.

    Returns
    -------
    list of JobFailedError
        Of the runs that failed; the others are finished all the same.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C or SIGTERM, when the runs that were under way have saved.
    """
    processes: Processes = Processes()
    failed: list[JobFailedError] = []
    with ThreadPoolExecutor(at_once) as pool:
        futures = {pool.submit(run_job, job, processes): job for job in todo}
        try:
            for future in as_completed(futures):
                try:
                    future.result()
                except JobFailedError as error:
                    failed.append(error)
                else:
                    report(futures[future])
        except KeyboardInterrupt:
            processes.stop()
            raise
    return failed


def run_job(job: Job, processes: Processes) -> None:
    """Train and evaluate one run, as far as that is left to do."""
    log = job.folder.with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    config = Folder(job.folder).config
    begins, where = not config.exists(), origin()
    for command in commands(job):
        status = processes.run([sys.executable, "-m", "scratchgan", *command], log)
        if begins and config.exists():  # whether it has ended or not
            keep_origin(job.folder, where)
            begins = False
        if status:
            raise JobFailedError(
                f"{job.study.name}: scratchgan {' '.join(command)} ended with status "
                f"{status}; see {log}"
            )


def commands(job: Job) -> list[list[str]]:
    """What is left to do, as arguments of scratchgan."""
    if is_done(job):
        return []
    study, path = job.study, str(job.folder)
    train = ["train", "--resume", path]
    if not Folder(job.folder).config.exists():
        train = ["train", job.arm.recipe, "--data", study.data, "--out", path]
        train += ["--seed", str(job.seed), "--set", "shards=1"]
        for key, value in job.settings.items():
            train += ["--set", f"{key}={typed(value)}"]
    evaluate = ["evaluate", path, "-n", str(study.samples), "--seed", str(job.seed)]
    if study.metrics:
        evaluate += ["--metrics", ",".join(study.metrics)]
    return [train, evaluate]


def is_done(job: Job) -> bool:
    """Whether the last step has been evaluated as the study asks for.

    Raises
    ------
    ValueError
        If the folder holds a run with other settings: the study has been changed.
    """
    if not Folder(job.folder).config.exists():
        return False
    require_same(job)
    return evaluation_of(job) is not None
