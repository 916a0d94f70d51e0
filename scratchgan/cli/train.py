"""`scratchgan train`: from what was typed to a run."""

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from scratchgan import recipes
from scratchgan.backend import NUMPY, Backend, choose
from scratchgan.cli.display import display
from scratchgan.cli.evaluate import evaluator_of
from scratchgan.cli.real import real_data
from scratchgan.cli.run import configure, read_run
from scratchgan.data import Dataset, absolute
from scratchgan.kernels.cuda.device import computing_in
from scratchgan.parallel import choose_shards, shard_system
from scratchgan.recipes import Recipe
from scratchgan.training.finite import NonFiniteError
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.precision import (
    PRECISIONS,
    in_precision,
    require_precision,
    rounds,
)
from scratchgan.training.settings import parse
from scratchgan.training.shows import is_image, show_of
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.training.trainer import Trainer, stop_on_signals


class Request(NamedTuple):
    """What was typed; None where nothing was."""

    recipe: str | None
    data: str | None
    out: Path | None
    steps: int | None
    seed: int | None
    assignments: list[str]
    resume: Path | None
    evaluate_every: int | None = None
    backend: str = "numpy"
    graph: bool = True
    precision: str | None = None


def train_command(request: Request) -> int:
    """Run it; return the exit status.

    0 when the last step was made, 1 when a value stopped being finite, 128 + number
    after a signal, as a shell counts.

    Raises
    ------
    ValueError, TypeError, OSError
        On bad input, before anything is written.
    """
    backend, remark = choose(request.backend)
    if remark:
        _tell(remark)
    if request.resume is not None:
        return _resume(request, Folder(request.resume), backend)
    return _start(request, backend)


def _start(request: Request, backend: Backend) -> int:
    name = recipes.NAMES[0] if request.recipe is None else request.recipe
    recipe = recipes.get(name)
    asked = {"steps": request.steps, "evaluate_every": request.evaluate_every}
    given = {key: value for key, value in asked.items() if value is not None}
    settings = parse(recipe.settings, request.assignments, **given)
    precision = "float32" if request.precision is None else request.precision
    require_precision(precision, backend)
    seed = 0 if request.seed is None else request.seed
    if seed < 0:
        raise ValueError(f"--seed: expected a non-negative integer, received {seed}")
    source = recipe.data if request.data is None else request.data
    source = absolute(source)  # the run may be resumed from elsewhere
    data = recipe.load(source, settings)
    config = configure(recipe, settings, source, data, seed, precision)
    system = _prepare(recipe, config, data)
    if config.settings.shards == 0:
        chosen = replace(config.settings, shards=choose_shards(system))
        config = replace(config, settings=chosen)
    folder = Folder(Path("runs") / recipe.name if request.out is None else request.out)
    trainer = _trainer(recipe, config, system, data, folder)
    state = trainer.start()
    folder.create(config)
    return _train(_on(trainer, backend, request), state)


def _resume(request: Request, folder: Folder, backend: Backend) -> int:
    recipe, config = read_run(folder)
    _require_same(request, config)
    if not rounds(config.precision, backend):
        _tell(f"{config.precision} is a GPU's: going on in float32")
    if request.steps is not None:
        config = replace(config, settings=replace(config.settings, steps=request.steps))
    data = real_data(folder, recipe, config)
    system = _prepare(recipe, config, data)
    trainer = _trainer(recipe, config, system, data, folder)
    state, errors = trainer.resume()
    for error in errors:
        print(f"passed over {error}", file=sys.stderr)
    step = int(state.step)
    origin = f"checkpoint of step {step}" if step else "the start: no checkpoint yet"
    print(f"resuming {folder.path} from {origin}", flush=True)
    if step == config.settings.steps:
        trainer.finish(state)  # again, since a kill may have cut it short
        print(f"nothing to do: all {step} steps are made")
        return 0
    folder.write_config(config)
    return _train(_on(trainer, backend, request), state)


def _on(trainer: Trainer, backend: Backend, request: Request) -> Trainer:
    """The trainer, with steps on the backend."""
    return replace(trainer, backend=backend, graph=request.graph, tell=_tell)


def _tell(remark: str) -> None:
    print(f"scratchgan: {remark}", file=sys.stderr)


def _trainer(
    recipe: Recipe, config: RunConfig, system: System, data: Dataset, folder: Folder
) -> Trainer:
    """With what evaluates the generator, if that was asked for."""
    if not config.settings.evaluate_every:
        return Trainer(config, system, data, folder)
    log = evaluator_of(recipe, config, system, data).logger(config.seed)
    return Trainer(config, system, data, folder, log)


def _prepare(recipe: Recipe, config: RunConfig, data: Dataset) -> System:
    """The system, after a look whether the data can feed it."""
    system = recipe.build(config.settings, data.shape)
    if is_image(data.shape) and data.shape[2] not in (1, 3):
        raise ValueError(
            f"data: expected images with 1 or 3 channels, received shape {data.shape}"
        )
    data.batch(config.seed, 0, config.settings.batch_size)
    return system


def _require_same(request: Request, config: RunConfig) -> None:
    """A resumed run keeps what it was started with."""
    data = None if request.data is None else absolute(request.data)
    typed = {
        "RECIPE": (request.recipe, config.recipe),
        "--data": (data, config.data),
        "--seed": (request.seed, config.seed),
        "--out": (request.out, request.resume),
        "--precision": (request.precision, config.precision),
    }
    for name, (asked, kept) in typed.items():
        if asked is not None and asked != kept:
            raise ValueError(
                f"{name}: a resumed run keeps {kept}, received {asked}; leave it out"
            )
    if request.assignments:
        raise ValueError(
            "--set: a resumed run keeps its settings; only --steps can change"
        )
    if request.evaluate_every is not None:
        raise ValueError("--evaluate-every: a resumed run keeps its own; leave it out")


def _sharded(trainer: Trainer) -> AbstractContextManager[System]:
    """The system in its precision and in parts; a GPU computes a batch as a whole."""
    system = in_precision(trainer.system, trainer.config.precision)
    if trainer.backend.name != NUMPY.name:
        return nullcontext(system)
    return shard_system(system, trainer.config.settings.shards)


def _train(trainer: Trainer, state: TrainingState) -> int:
    folder = trainer.folder.path
    first, last = int(state.step), trainer.config.settings.steps
    with (
        computing_in(PRECISIONS[trainer.config.precision]),
        _sharded(trainer) as system,
        stop_on_signals() as stop,
        display(trainer.config, folder, first) as report,
    ):
        try:
            state = replace(trainer, system=system).run(state, report, stop)
        except NonFiniteError as error:
            problem = str(error)
        else:
            problem = ""
    if problem:
        print(
            f"scratchgan: stopped at {problem}; the last checkpoint is untouched",
            file=sys.stderr,
        )
        return 1
    step = int(state.step)
    if stop.signal is not None and step < last:
        print(
            f"stopped after step {step}; continue: scratchgan train --resume {folder}"
        )
        return 128 + stop.signal
    suffix = show_of(trainer.system, trainer.config).suffix
    print(f"samples: {trainer.folder.sheet(step, suffix)}")
    print(f"losses:  {trainer.folder.losses}")
    return 0
