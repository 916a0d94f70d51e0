"""README is what a new user types: its code runs, and its names exist."""

import re
from pathlib import Path

from runs import scratchgan

from scratchgan import recipes
from scratchgan.data import NAMES
from scratchgan.training.settings import parse

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_python_blocks_run_one_after_the_other(capsys):
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    names: dict = {}
    for block in blocks:
        exec(block, names)
    assert "LayerErrors" in capsys.readouterr().out
    assert names["tdx"].shape == (5, 3)


def test_every_recipe_and_data_set_is_named():
    for name in (*recipes.NAMES, *NAMES):
        assert f"`{name}`" in README


def test_every_link_and_picture_is_there():
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_system_has_a_row_in_the_index():
    systems = ROOT / "docs" / "systems"
    index = (systems / "README.md").read_text()
    for page in systems.glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name


def test_every_command_of_a_system_names_a_recipe_and_its_settings():
    shown = []
    for page in (ROOT / "docs" / "systems").glob("*.md"):
        text = page.read_text()
        shown += re.findall(r"scratchgan train ([a-z0-9-]+)([^`\n#]*)", text)
    assert len(shown) >= 10
    for name, rest in shown:
        settings = recipes.get(name).settings
        parse(settings, re.findall(r"--set (\S+)", rest))


def test_every_option_that_is_shown_exists():
    shown = re.findall(r"^scratchgan (\w+)(.*?)(?:#|$)", README, re.MULTILINE)
    assert len(shown) >= 6
    commands = {command for command, _ in shown}
    helped = {command: scratchgan(command, "--help").stdout for command in commands}
    for command, rest in shown:
        text = helped[command]
        for option in re.findall(r"(?<=\s)--?[a-z]+", rest):
            assert option in text, f"{command} {option}"


def test_ci_runs_the_commands_that_are_printed():
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert [".venv/bin/" + c.split(".venv/bin/")[-1] for c in commands] == [
        ".venv/bin/scratchgan train",
        ".venv/bin/pytest -n auto --dist worksteal",
    ]
    assert ".venv/bin/pytest" in (ROOT / ".ci" / "run").read_text()
