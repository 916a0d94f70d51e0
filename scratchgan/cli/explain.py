"""`scratchgan explain`: a derivation, the code that computes it, and its errors now."""

import os
import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from scratchgan.cli.gradcheck import Row, print_tables
from scratchgan.explain.code import Pane, panes
from scratchgan.explain.families import FAMILIES
from scratchgan.explain.formulas import (
    RELATION,
    docstring,
    is_block,
    paragraphs,
    spans,
)
from scratchgan.explain.subjects import Subject, checks, find, in_family

GAP = 3  # between panes that stand side by side
STYLES = re.compile(r"\*\*(?P<bold>.+?)\*\*|``(?P<cyan>.+?)``|`(?P<name>.+?)`", re.S)


def explain_command(name: str | None) -> bool:
    """Print what is known of `name`, or all names; whether its checks pass.

    Raises
    ------
    ValueError
        If nothing has that name.
    """
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=100)
    if name is None:
        print_names(console)
        return True
    subject = find(name)
    print_derivation(console, subject)
    print_code(console, subject)
    return print_checks(console, subject)


def print_names(console: Console) -> None:
    """Every name that can be explained, by family."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for family in FAMILIES:
        names = [subject.name for subject in in_family(family)]
        table.add_row(family.title, ", ".join(names))
    console.print(table)
    console.print("\nscratchgan explain NAME: derivation, code, errors measured now")


def print_derivation(console: Console, subject: Subject) -> None:
    """The module's docstring: prose filled, blocks kept, folded where they are wide."""
    where = f"scratchgan/{subject.module.replace('.', '/')}.py"
    console.print(Rule(f"[bold]{subject.name}[/]  {where}", align="left"))
    for part in paragraphs(docstring(subject.module)):
        console.print()
        if is_block(part):
            for line in part.split("\n"):
                for folded in fold(line, console.width):
                    console.print(folded, markup=False, soft_wrap=True)
        else:
            console.print(_prose(part, console), width=min(console.width, 88))


def fold(line: str, width: int) -> Iterator[str]:
    """A line of a block, cut between its cells where it is wider than `width`.

    What does not fit goes below the line's first formula.
    """
    if cell_len(line) <= width:
        yield line
        return
    first, *others = spans(line)
    is_label = others and not RELATION.search(first)
    indent = len(first) if is_label else len(first) - len(first.lstrip())
    row = first
    for span in others:
        if cell_len(row + span.rstrip()) > width:
            yield row.rstrip()
            row = " " * indent
        row += span
    yield row.rstrip()


def _prose(paragraph: str, console: Console) -> Text:
    """A paragraph as it stands if that fits, else filled; emphasis on a terminal."""
    lines = paragraph.split("\n")
    fits = max(map(cell_len, lines)) <= console.width
    text = paragraph if fits else " ".join(paragraph.split()).replace(" * ", "\n* ")
    if not console.is_terminal:
        return Text(text)
    shown, end = Text(), 0
    for match in STYLES.finditer(text):
        shown.append(text[end : match.start()])
        style = "bold" if match["bold"] else "cyan"
        shown.append(match["bold"] or match["cyan"] or match["name"], style)
        end = match.end()
    return shown + Text(text[end:])


def print_code(console: Console, subject: Subject) -> None:
    """Every method of every class: own ones first, then those of each base."""
    for each in subject.objects:
        shown = panes(each)
        for owner in dict.fromkeys(pane.owner for pane in shown):
            inherited = owner and owner != each.__name__
            note = f", inherited from {owner}" if inherited else ""
            console.print()
            console.print(Rule(f"[bold]{each.__name__}[/]{note}", align="left"))
            group = [pane for pane in shown if pane.owner == owner]
            for row in rows(group, console.width):
                console.print(_row(row))


def rows(shown: Iterable[Pane], width: int) -> Iterator[list[Pane]]:
    """Panes in rows, as many side by side as `width` holds."""
    row: list[Pane] = []
    for pane in shown:
        if row and sum(_width(p) + GAP for p in (*row, pane)) - GAP > width:
            yield row
            row = []
        row.append(pane)
    if row:
        yield row


def _width(pane: Pane) -> int:
    lines = (pane.signature, _line(pane), *pane.body.split("\n"))
    return max(cell_len(line) for line in lines)


def _line(pane: Pane) -> str:
    return pane.place.rsplit("/", 1)[1]


def _row(row: list[Pane]) -> RenderableType:
    grid = Table.grid(padding=(0, GAP))
    for pane in row:
        grid.add_column(width=_width(pane) if len(row) > 1 else None)
    grid.add_row(*map(_shown, row))
    return Padding(grid, (1, 0, 0, 0))


def _shown(pane: Pane) -> Group:
    code = Syntax(
        pane.body, "python", theme="ansi_dark", background_color="default",
        word_wrap=True,
    )  # fmt: skip
    return Group(Text(pane.signature, "bold"), Text(_line(pane), "dim"), code)


def print_checks(console: Console, subject: Subject) -> bool:
    """Run the checks of `subject`, print their errors; whether all pass."""
    measured: list[Row] = []
    for case in checks(subject):
        errors = case.run()
        measured.append((case, errors, case.passes(errors)))
    if measured:
        console.print()
        console.print(Rule("[bold]Against finite differences, now[/]", align="left"))
        print_tables(measured, console)
    return all(passed for _, _, passed in measured)
