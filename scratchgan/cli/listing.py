"""`scratchgan recipes`: names, summaries and settings."""

from dataclasses import fields

from rich.console import Console

from scratchgan import recipes


def print_recipes() -> None:
    """Print every recipe with the settings that `--set` can change."""
    console = Console(highlight=False)
    for i, name in enumerate(recipes.NAMES):
        recipe = recipes.get(name)
        default = " (default)" if i == 0 else ""
        console.print(f"[bold]{name}[/]{default}: {recipe.summary}")
        console.print(f"  data: {recipe.data}")
        for each in fields(recipe.settings):
            setting = f"{each.name}={each.default}"
            console.print(f"  {setting:26} {each.metadata['help']}", style="dim")
