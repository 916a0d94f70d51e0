"""`scratchgan sample`: pictures, or numbers, from a trained generator."""

import io
from pathlib import Path

import numpy as np

from scratchgan.cli.run import newest_state, read_run
from scratchgan.training.checkpoint import write_atomically
from scratchgan.training.folder import Folder
from scratchgan.training.samples import between, generate, latents
from scratchgan.training.shows import show_of
from scratchgan.types import Array

COLUMNS = 10  # of an interpolation


def sample_command(
    run: Path, n: int, out: Path | None, seed: int, interpolate: bool
) -> str:
    """Write samples of the run's newest checkpoint; return a line that says where.

    Raises
    ------
    FileNotFoundError
        If there is no run, or it has no checkpoint.
    FileExistsError
        If `out` exists.
    ValueError
        If `out` has no suffix that samples are written as, or the checkpoint cannot be
        used.
    """
    folder = Folder(run)
    recipe, config = read_run(folder)
    system = recipe.build(config.settings, config.data_shape)
    show = show_of(system, config)
    kind = "interpolation" if interpolate else "sample"
    out = out or run / f"{kind}-{seed}{show.suffix}"
    _require_new(out, show.suffix)
    state = newest_state(folder, config, system)
    if interpolate:
        samples = generate(system, state, between(system, seed, n, COLUMNS))
    else:
        samples = generate(system, state, latents(system, seed, n))
    columns = COLUMNS if interpolate else max(1, round(np.sqrt(n)))
    if out.suffix == ".npy":
        _save_numbers(out, samples)
    else:
        show.write(out, samples, columns, config, int(state.step))
    return f"{len(samples)} samples of step {int(state.step)}: {out}"


def _require_new(out: Path, suffix: str) -> None:
    if out.suffix not in (suffix, ".npy"):
        raise ValueError(f"--out: expected a {suffix} or .npy file, received {out}")
    if out.exists():
        raise FileExistsError(f"--out: {out} exists; choose another file")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out: {out.parent} is not a folder")


def _save_numbers(out: Path, samples: Array) -> None:
    buffer = io.BytesIO()
    np.save(buffer, samples, allow_pickle=False)
    write_atomically(out, buffer.getvalue())
