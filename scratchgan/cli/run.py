"""A run's config.json, the recipe that it names, and its newest state."""

from typing import Any

from scratchgan import recipes, tree
from scratchgan.data import Dataset
from scratchgan.recipes import Recipe
from scratchgan.training.checkpoint import newest_checkpoint
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.precision import PRECISIONS
from scratchgan.training.settings import Settings, build
from scratchgan.training.state import TrainingState, initial_state
from scratchgan.training.system import System

#: What config.json must hold besides its format, and as what.
KEYS = {
    "recipe": str,
    "data": str,
    "data_shape": list,
    "data_digest": str,
    "seed": int,
    "settings": dict,
    "precision": str,
}


def configure(
    recipe: Recipe,
    settings: Settings,
    source: str,
    data: Dataset,
    seed: int,
    precision: str = "float32",
) -> RunConfig:
    """What a new run of `recipe` is asked to do."""
    return RunConfig(
        recipe.name,
        settings,
        source,
        data.shape,
        data.digest,
        seed,
        recipe.value_range,
        precision,
    )


def read_run(folder: Folder) -> tuple[Recipe, RunConfig]:
    """The recipe and the configuration of the run in `folder`.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If its config.json cannot be used.
    """
    content = {"precision": "float32"} | folder.read_config()  # older ones have none
    for key, kind in KEYS.items():
        if type(content.get(key)) is not kind:
            raise ValueError(
                f"{folder.config}: {key}: expected {kind.__name__}, "
                f"received {content.get(key)!r}"
            )
    if content["precision"] not in PRECISIONS:
        raise ValueError(
            f"{folder.config}: precision: expected {', '.join(PRECISIONS)}, "
            f"received {content['precision']!r}"
        )
    try:
        recipe = recipes.get(content["recipe"])
        settings = build(recipe.settings, content["settings"])
    except (ValueError, TypeError) as error:
        raise ValueError(f"{folder.config}: {error}") from None
    return recipe, RunConfig(
        recipe.name,
        settings,
        content["data"],
        _nested(content["data_shape"]),
        content["data_digest"],
        content["seed"],
        recipe.value_range,
        content["precision"],
    )


def newest_state(folder: Folder, config: RunConfig, system: System) -> TrainingState:
    """The state in the newest whole checkpoint of the run in `folder`.

    Raises
    ------
    FileNotFoundError
        If it has no checkpoint.
    ValueError
        If there are only damaged ones, or of another system.
    """
    found, errors = newest_checkpoint(folder.checkpoints)
    if found is None and errors:
        raise errors[0]
    if found is None:
        raise FileNotFoundError(f"{folder.path}: no checkpoint yet")
    return tree.rebuild(initial_state(system, config.seed), found.arrays)


def _nested(shape: Any) -> Any:
    """Lists of JSON as tuples."""
    return tuple(map(_nested, shape)) if isinstance(shape, list) else shape
