"""Recipes: one file for each published experiment, found by name."""

from importlib import import_module

from scratchgan.recipes.recipe import Recipe
from scratchgan.training.settings import nearest

#: In the order of `scratchgan recipes`; the first is the default.
NAMES = (
    "wgan-gp-digits",
    "wgan-gp-mnist",
    "gan-mnist",
    "wgan-mnist",
    "gan-ring",
    "wgan-ring",
    "wgan-gp-ring",
    "lsgan-digits",
    "hinge-digits",
    "dragan-digits",
    "r1-digits",
    "projection-digits",
    "pacgan-ring",
    "dcgan-stacked-mnist",
    "wgan-gp-stacked-mnist",
    "dcgan-cifar10",
    "dcgan-cifar10-small",
    "wgan-gp-cifar10-resnet",
    "wgan-gp-cifar10-resnet-small",
    "wgan-gp-text",
    "wgan-gp-text-small",
    "tgan-moving-mnist",
    "tgan-moving-mnist-small",
    "wavegan",
    "wavegan-digits-small",
    "cyclegan",
    "cyclegan-digits-small",
    "cyclegan-emoji-small",
    "ada-faces-small",
    "stylegan2",
    "stylegan2-digits-small",
)


def get(name: str) -> Recipe:
    """The recipe called `name`; its module is imported on demand.

    Raises
    ------
    ValueError
        If there is none; names the nearest.
    """
    if name not in NAMES:
        raise ValueError(
            f"recipe: unknown name {name!r}{nearest(name, list(NAMES))} "
            f"(known: {', '.join(NAMES)})"
        )
    return import_module(f"scratchgan.recipes.{name.replace('-', '_')}").RECIPE


__all__ = ["NAMES", "Recipe", "get"]
