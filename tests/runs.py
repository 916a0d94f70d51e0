"""Small runs, in this process and in others."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import forked
import numpy as np

from scratchgan import recipes
from scratchgan.cli.run import configure
from scratchgan.training.folder import Folder
from scratchgan.training.settings import build
from scratchgan.training.trainer import StopRequest, Trainer

TINY = {"dim": 4, "batch_size": 4, "log_every": 1, "checkpoint_every": 2,
        "sample_every": 3}  # fmt: skip


def images(path: Path, n: int = 12, side: int = 28) -> str:
    """A .npy of random images; its path as text."""
    pixels = np.random.default_rng(0).integers(0, 256, (n, side, side), np.uint8)
    np.save(path, pixels)
    return str(path)


def trainer(path: Path, recipe: str, data: str, **settings) -> Trainer:
    """A trainer on a new folder."""
    found = recipes.get(recipe)
    known = {each.name for each in fields(found.settings)}
    tiny = {key: value for key, value in TINY.items() if key in known}
    chosen = build(found.settings, tiny | settings)
    samples = found.load(data, chosen)
    config = configure(found, chosen, data, samples, seed=3)
    system = found.build(chosen, samples.shape)
    folder = Folder(path)
    folder.create(config)
    return Trainer(config, system, samples, folder)


def run(t: Trainer, report=lambda progress: None, stop: StopRequest | None = None):
    """Train `t` from its start to its end."""
    return t.run(t.start(), report, stop or StopRequest())


def command(*arguments: str) -> list[str]:
    """A command line of scratchgan."""
    return [sys.executable, "-m", "scratchgan", *arguments]


def scratchgan(
    *arguments: object, cwd: Path | None = None
) -> subprocess.CompletedProcess:
    """Run a command to its end, in a process of its own, and return what it printed."""
    return forked.run([str(a) for a in arguments], cwd)


def contents(path: Path) -> dict[str, bytes]:
    """Every file of a run but its timings."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.name != "timings.jsonl"
    }


def assert_same_run(a: Path, b: Path) -> None:
    """Equal names, equal bytes."""
    left, right = contents(a), contents(b)
    assert list(left) == list(right)
    different = [name for name in left if left[name] != right[name]]
    assert not different


def one_line(done: subprocess.CompletedProcess, *words: str) -> None:
    """Exit status 2, and one line on stderr with all the words."""
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("scratchgan: ")
    for word in words:
        assert word in done.stderr
