"""A run's config.json, and the recipe that it names."""

from typing import Any

from scratchgan import recipes
from scratchgan.data import Dataset
from scratchgan.recipes import Recipe
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.settings import Settings, build

#: What config.json must hold besides its format, and as what.
KEYS = {
    "recipe": str,
    "data": str,
    "data_shape": list,
    "data_digest": str,
    "seed": int,
    "settings": dict,
}


def configure(
    recipe: Recipe, settings: Settings, source: str, data: Dataset, seed: int
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
    content = folder.read_config()
    for key, kind in KEYS.items():
        if type(content.get(key)) is not kind:
            raise ValueError(
                f"{folder.config}: {key}: expected {kind.__name__}, "
                f"received {content.get(key)!r}"
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
    )


def _nested(shape: Any) -> Any:
    """Lists of JSON as tuples."""
    return tuple(map(_nested, shape)) if isinstance(shape, list) else shape
