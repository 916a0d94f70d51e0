"""`scratchgan sample`: pictures, or numbers, from a generator or from its data."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np

from scratchgan.cli.real import (
    draw_real,
    images_to_compare,
    real_data,
    real_samples,
    require_drawable,
    require_images,
)
from scratchgan.cli.run import newest_state, read_run
from scratchgan.recipes import Recipe
from scratchgan.training.checkpoint import write_atomically
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.neighbour_sheet import K, save_neighbours, with_neighbours
from scratchgan.training.samples import between, generate, latents
from scratchgan.training.shows import show_of
from scratchgan.training.state import TrainingState
from scratchgan.training.styled_samples import (
    between_w,
    mixing_sheet,
    trained,
    truncated,
    truncation_sheet,
)
from scratchgan.training.system import System
from scratchgan.types import Array

COLUMNS = 10  # of an interpolation
PSIS = 11  # of a row from the mean to a sample: 0, 0.1, …, 1


class Request(NamedTuple):
    """What was asked for."""

    run: Path
    n: int
    out: Path | None
    seed: int
    interpolate: bool
    psi: float | None = None  # truncation, of style-based generators alone
    mix: bool = False
    truncation: bool = False
    neighbours: bool = False
    real: bool = False

    @property
    def kind(self) -> str:
        """What the file is called, where no name was given."""
        names = {
            "mixing": self.mix,
            "truncation": self.truncation,
            "interpolation": self.interpolate,
            "neighbours": self.neighbours,
            "real": self.real,
        }
        return next((name for name, asked in names.items() if asked), "sample")

    @property
    def columns(self) -> int:
        """Of the sheet."""
        if self.mix:
            return self.n + 1
        if self.truncation:
            return PSIS
        return COLUMNS if self.interpolate else max(1, round(np.sqrt(self.n)))


def sample_command(request: Request) -> str:
    """Write samples of the run's newest checkpoint; return a line that says where.

    Raises
    ------
    FileNotFoundError
        If there is no run, or it has no checkpoint.
    FileExistsError
        If `out` exists.
    ValueError
        If `out` has no suffix that samples are written as, the checkpoint cannot be
        used, or the run is not of the kind that is asked for.
    """
    _require_one_kind(request)
    folder = Folder(request.run)
    recipe, config = read_run(folder)
    system = recipe.build(config.settings, config.data_shape)
    show = show_of(system, config)
    out = request.out or request.run / f"{request.kind}-{request.seed}{show.suffix}"
    require_new(out, show.suffix)
    if request.neighbours:
        require_images(config)
    if request.real:
        require_drawable(show, config)
        return _write_real(request, out, recipe, config, system)
    state = newest_state(folder, config, system)
    samples = _samples(request, system, state)
    if request.neighbours:
        data = images_to_compare(real_data(folder, recipe, config))
        samples = with_neighbours(samples, data)
    if out.suffix == ".npy":
        save_numbers(out, samples)
    elif request.neighbours:
        save_neighbours(out, samples, K, config.value_range)
    else:
        show.write(out, samples, request.columns, config, int(state.step))
    made = f"{len(samples)} samples"
    if request.neighbours:
        made = f"{request.n} rows of a sample and its {K} nearest training images,"
    return f"{made} of step {int(state.step)}: {out}"


def _write_real(
    request: Request, out: Path, recipe: Recipe, config: RunConfig, system: System
) -> str:
    data = real_data(Folder(request.run), recipe, config)
    z = latents(system, request.seed, request.n)
    labels = z[1] if isinstance(z, tuple) else None
    samples = real_samples(data, request.seed, labels, request.n)
    if out.suffix == ".npy":
        save_numbers(out, samples)
    else:
        draw_real(show_of(system, config), out, samples, request.columns, config)
    return f"{len(samples)} real samples of {Path(data.name).name}: {out}"


def _samples(request: Request, system: System, state: TrainingState) -> Array:
    n, seed = request.n, request.seed
    styled = request.mix or request.truncation or request.psi is not None
    if styled or (request.interpolate and system.styles is not None):
        option = "--mix" if request.mix else "--psi"
        option = "--truncation" if request.truncation else option
        psi = 1.0 if request.psi is None else request.psi
        generator = trained(system, state, option)
        if request.truncation:
            return truncation_sheet(generator, system, seed, n, PSIS)
        if request.mix:
            return mixing_sheet(generator, system, seed, n, psi)
        if request.interpolate:
            return between_w(generator, system, seed, n, COLUMNS, psi)
        return truncated(generator, latents(system, seed, n), psi)
    if request.interpolate:
        return generate(system, state, between(system, seed, n, COLUMNS))
    return generate(system, state, latents(system, seed, n))


def _require_one_kind(request: Request) -> None:
    kinds = {
        "--mix": request.mix,
        "--interpolate": request.interpolate,
        "--truncation": request.truncation,
        "--neighbours": request.neighbours,
        "--real": request.real,
    }
    asked = [option for option, is_asked in kinds.items() if is_asked]
    if len(asked) > 1:
        raise ValueError(f"{asked[0]}: expected without {asked[1]}, received both")
    if request.psi is not None and not np.isfinite(request.psi):
        raise ValueError(f"--psi: expected a finite number, received {request.psi}")
    for option in ("--truncation", "--real"):
        if kinds[option] and request.psi is not None:
            raise ValueError(f"--psi: expected without {option}, received both")


def require_new(out: Path, suffix: str) -> None:
    """Raise unless `out` is a new file of samples in a folder that exists."""
    if out.suffix not in (suffix, ".npy"):
        raise ValueError(f"--out: expected a {suffix} or .npy file, received {out}")
    if out.exists():
        raise FileExistsError(f"--out: {out} exists; choose another file")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out: {out.parent} is not a folder")


def save_numbers(out: Path, samples: Array) -> None:
    """Write a .npy, whole or not at all."""
    buffer = io.BytesIO()
    np.save(buffer, samples, allow_pickle=False)
    write_atomically(out, buffer.getvalue())
