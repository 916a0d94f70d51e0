"""The pages of docs/derivations/, made of the modules' docstrings.

    python -m scratchgan.explain.pages docs/derivations
    python -m scratchgan.explain.pages docs/derivations --check

writes them, or says which differ and exits with 1. Blocks become ``text`` blocks, since
their columns and Unicode mathematics read alike in an editor and on a page.
"""

import argparse
import inspect
import re
import sys
import textwrap
from pathlib import Path

from scratchgan.explain.families import CHECKED_BY, FAMILIES, Family
from scratchgan.explain.formulas import displayed, docstring, is_block, paragraphs
from scratchgan.explain.subjects import exported

COMMAND = "python -m scratchgan.explain.pages docs/derivations"
NOTE = f"<!-- Made of the modules' docstrings by `{COMMAND}`; edit those. -->"


def pages() -> dict[str, str]:
    """Name and text of every file of docs/derivations/."""
    made = {f"{family.name}.md": page(family) for family in FAMILIES}
    return {"README.md": index(), **made}


def index() -> str:
    """The list of pages, and what is promised of them."""
    rows = [
        f"| [{each.title}]({each.name}.md) | {_modules(each)} | {_count(each)} |"
        for each in FAMILIES
    ]
    return "\n".join(
        [
            "# Derivations",
            "",
            NOTE,
            "",
            "Every module's docstring is its derivation, and these pages are those",
            "docstrings. Two things are proved of them:",
            "",
            "* every verb against central differences: `scratchgan gradcheck`",
            "* every displayed formula, both sides evaluated and compared:",
            "  `pytest tests/derivations`",
            "",
            "`scratchgan explain NAME` prints one derivation with its code and its",
            "errors, measured then.",
            "",
            "| page | modules | formulas |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def page(family: Family) -> str:
    """One family: every module's derivation, then the checks that prove it."""
    head = [f"# {family.title}", NOTE, textwrap.fill(family.summary, 88)]
    body = [part for module in family.modules for part in _section(module)]
    return "\n\n".join([*head, *body, *_proof(family)]) + "\n"


def _section(module: str) -> list[str]:
    public = exported(module)
    title = ", ".join(public) or module.split(".")[1]
    path = f"{module.replace('.', '/')}.py"
    parts = [f"## {title}", f"[`{path}`](../../scratchgan/{path})"]
    if public:
        parts.append("\n".join(_summary(*each) for each in public.items()))
    return parts + [markdown(part) for part in paragraphs(docstring(module))]


def _summary(name: str, each: object) -> str:
    first, *_ = (inspect.getdoc(each) or "").split("\n")
    return f"* `{name}`: {_escape(first)}"


def markdown(paragraph: str) -> str:
    """Prose with its special characters escaped, a block as a code block."""
    if is_block(paragraph):
        return f"```text\n{textwrap.dedent(paragraph)}\n```"
    return _escape(paragraph)


def _escape(prose: str) -> str:
    """Escape what Markdown would take for its own, outside of `names` and **bold**."""
    parts = re.split(r"(`[^`]+`|\*\*|^\* )", prose, flags=re.M)
    parts[::2] = [re.sub(r"[*<]", r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def _proof(family: Family) -> list[str]:
    """The commands that check what the page says."""
    names = dict.fromkeys(
        name
        for module in family.modules
        for name in CHECKED_BY.get(module, tuple(exported(module)))
        if name[0].isupper()
    )
    stems = " or ".join(module.split(".")[1] for module in family.modules)
    evaluated = f"each of the {_count(family)} formulas above, evaluated on both sides"
    commands = f'pytest tests/derivations -k "{stems}"'
    if names:
        evaluated = f"every verb against central differences, and {evaluated}"
        gradcheck = f"scratchgan gradcheck {' '.join(names)}"
        lines = textwrap.wrap(gradcheck, 86, subsequent_indent="    ")
        commands = " \\\n".join(lines) + f"\n{commands}"
    promise = f"{evaluated[0].upper()}{evaluated[1:]} in float64:"
    return ["## Checks", textwrap.fill(promise, 88), f"```sh\n{commands}\n```"]


def _modules(family: Family) -> str:
    return ", ".join(f"`{module.split('.')[1]}`" for module in family.modules)


def _count(family: Family) -> int:
    """How many different formulas the family's modules display."""
    shown = ({f.text for f in displayed(docstring(m))} for m in family.modules)
    return sum(map(len, shown))


def differing(folder: Path) -> list[str]:
    """Names of files in `folder` that are missing, differ, or are no longer made."""
    made = pages()
    found = {file.name: file.read_bytes() for file in folder.glob("*.md")}
    names = made.keys() | found.keys()
    return sorted(n for n in names if made.get(n, "").encode() != found.get(n))


def write(folder: Path) -> None:
    """Write all pages, and remove what is no longer made."""
    made = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.md"):
        if file.name not in made:
            file.unlink()
    for name, text in made.items():
        (folder / name).write_bytes(text.encode())


def main(arguments: list[str] | None = None) -> int:
    """Write or check; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scratchgan.explain.pages")
    parser.add_argument("folder", type=Path, help="docs/derivations of a checkout")
    parser.add_argument("--check", action="store_true", help="write nothing")
    asked = parser.parse_args(arguments)
    if not asked.check:
        write(asked.folder)
        return 0
    stale = differing(asked.folder)
    if stale:
        print(f"{', '.join(stale)}: out of date; run {COMMAND}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
