"""`scratchgan evaluate`: what a run's generator has learned, in figures."""

import sys
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from scratchgan.cli.real import real_data
from scratchgan.cli.run import newest_state, read_run
from scratchgan.data import Dataset
from scratchgan.evaluation import (
    Evaluation,
    Evaluator,
    Figure,
    Reference,
    add_evaluation,
    read_evaluations,
    require_known,
)
from scratchgan.metrics import (
    FeatureNetwork,
    digit_features,
    efficientnet_features,
    load_digit_features,
    stacked_digit_features,
)
from scratchgan.metrics.meanings import MEANINGS, Meaning
from scratchgan.recipes import Recipe
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.pictures import MEANING
from scratchgan.training.system import System

#: Data sets of digits, and where there are digits that none of them holds.
DIGITS = {"digits": "mnist-test", "mnist": "mnist-test", "mnist-test": "digits"}
STACKS = {
    "stacked-mnist": "stacked-mnist-test",
    "stacked-mnist-test": "stacked-mnist",
}
HELD_OUT = DIGITS | STACKS


class Request(NamedTuple):
    """What was typed; None where nothing was."""

    run: Path
    n: int
    against: str | None
    metrics: str | None
    features: str | None
    seed: int
    out: Path | None


def evaluate_command(request: Request) -> None:
    """Evaluate the newest checkpoint; print a table and add to evaluation.json.

    Raises
    ------
    FileNotFoundError
        If there is no run, or it has no checkpoint.
    ValueError
        If there is nothing to measure, or a metric cannot be taken.
    """
    names = tuple((request.metrics or "").replace(",", " ").split())
    require_known(names)
    folder = Folder(request.run)
    recipe, config = read_run(folder)
    path = request.out or request.run / "evaluation.json"
    _require_addable(path)
    system = recipe.build(config.settings, config.data_shape)
    state = newest_state(folder, config, system)
    if request.against is None:
        data = real_data(folder, recipe, config)
    else:
        data = _other_data(recipe, config, request.against)
    source = request.against or config.data
    reference = reference_of(recipe, config, data, source, request.features)
    evaluator = Evaluator(system, reference)
    # one thread: its products are thin, and two that wait for each other are slower
    # wherever the machine has other work
    with threadpool_limits(1, "blas"):
        found = evaluator.evaluate(state, request.n, request.seed, names)
    if not found.figures:
        raise ValueError(
            f"RUN: nothing is known to measure of {config.recipe}'s samples"
        )
    add_evaluation(path, found)
    print_table(found, request.run)
    print(f"written: {path}")


def evaluator_of(
    recipe: Recipe, config: RunConfig, system: System, data: Dataset
) -> Evaluator:
    """Evaluates a training by the data that it trains on."""
    return Evaluator(system, reference_of(recipe, config, data, config.data, None))


def reference_of(
    recipe: Recipe, config: RunConfig, data: Dataset, source: str, features: str | None
) -> Reference:
    """Real samples, read from `source`, and the network that sees them."""
    network = _network(features, source)  # first: held-out data may be downloaded
    return Reference(
        data,
        _held_out(recipe, config, source),
        config.value_range,
        network,
        trained_on=source == config.data,
    )


def _other_data(recipe: Recipe, config: RunConfig, source: str) -> Dataset:
    """Samples of the same shape as the run's, that it need not have seen."""
    data = recipe.load(source, config.settings)
    if data.shape != config.data_shape:
        raise ValueError(
            f"--against: expected samples of shape {config.data_shape}, "
            f"received {data.shape}"
        )
    return data


def _require_addable(path: Path) -> None:
    """Raise before anything is measured, if it could not be written down."""
    read_evaluations(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"--out: {path.parent} is not a folder")


def print_table(found: Evaluation, run: Path) -> None:
    """Figures, their floors, and which way is better."""
    many = f"{found.samples:,} samples" if found.samples else "its own measures"
    what = f"{many} of step {found.step} against {found.against}"
    seen = f", seen by {found.features}" if found.features else ""
    print(f"{run}: {what}{seen}; {found.seconds} s")
    table = Table("", "samples", "95 %", "real", "better", "what it is", box=None)
    for column in (1, 2, 3):
        table.columns[column].justify = "right"
    for name, figure in found.figures.items():
        meaning = MEANINGS.get(name, Meaning(MEANING.get(name, "")))
        table.add_row(
            name,
            f"{figure.value:.4g}",
            _interval(figure),
            "" if figure.floor is None else f"{figure.floor:.4g}",
            meaning.better,
            meaning.text,
        )
    Console(highlight=False).print(table)


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.4g} … {figure.high:.4g}"


def _held_out(recipe: Recipe, config: RunConfig, source: str) -> Dataset | None:
    """Real samples like those of `source` that are never trained on, if there are."""
    if source not in HELD_OUT:
        return None
    try:
        return recipe.load(HELD_OUT[source], config.settings)
    except OSError as error:
        print(f"no held-out digits, so no floors: {error}", file=sys.stderr)
        return None


def _network(features: str | None, source: str) -> FeatureNetwork | None:
    """The one that was asked for, or the shipped one for digits."""
    if source in STACKS and features in (None, "digits"):
        return stacked_digit_features()
    if features is None:
        return digit_features(crop=True) if source in DIGITS else None
    if features == "digits":
        return digit_features(crop=True)
    path = Path(features)
    if path.suffix == ".npz":
        return efficientnet_features(path)
    return load_digit_features(path, crop=True)
