"""A run's config.json, and the recipe that it names."""

from scratchgan import recipes
from scratchgan.data import Dataset
from scratchgan.recipes import Recipe
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.settings import Settings, build


def configure(
    recipe: Recipe, settings: Settings, source: str, data: Dataset, seed: int
) -> RunConfig:
    """What a new run of `recipe` is asked to do."""
    return RunConfig(
        recipe.name, settings, source, data.shape, seed, recipe.value_range
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
    try:
        recipe = recipes.get(content["recipe"])
        return recipe, RunConfig(
            recipe.name,
            build(recipe.settings, content["settings"]),
            content["data"],
            tuple(content["data_shape"]),
            content["seed"],
            recipe.value_range,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder.config}: not a run's config ({error})") from None
