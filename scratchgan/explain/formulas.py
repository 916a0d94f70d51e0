"""The displayed formulas of a derivation: what its indented blocks say.

    backward       dx  = dy Wᵀ          dW  = xᵀ dy       with sums over samples
    th = r (tx − m(tx)) + (x − m(x)) tr
       = r (tx − m(tx) − h m(h tx))

Three spaces or more separate the cells of a line. A cell with a relation (=, ← or +=)
is a formula; one that begins with a relation continues the cell before it, or at the
beginning of a line the formula before it. Cells without a relation are labels on the
left of the first formula, and remarks elsewhere.
"""

import re
from importlib import import_module
from itertools import pairwise
from typing import NamedTuple

RELATION = re.compile(r"(?:^| )(?:=|←|\+=) ")
CONTINUES = re.compile(r"(?:=:?|←|\+=|\+|−|·) ")
INDENT = "    "


class Formula(NamedTuple):
    """One displayed formula, with one space between its words."""

    text: str
    label: str  #: such as ``"backward"``, or empty


def docstring(module: str) -> str:
    """The derivation of a module below scratchgan, such as ``"layers.dense"``."""
    return (import_module(f"scratchgan.{module}").__doc__ or "").strip("\n")


def paragraphs(text: str) -> list[str]:
    """Prose and blocks of a docstring, in turn; a block is indented by four spaces.

    Parts of a block that blank lines separate stay together.
    """
    parts: list[str] = []
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        if parts and is_block(part) and is_block(parts[-1]):
            parts[-1] += "\n\n" + part
        else:
            parts.append(part)
    return parts


def is_block(paragraph: str) -> bool:
    """Whether a paragraph is displayed, rather than prose."""
    return paragraph.startswith(INDENT)


def spans(line: str) -> list[str]:
    """`line` cut before each of its cells; joined, the parts give it again."""
    gaps = re.finditer(r"(?<=\S) {3,}", line)
    cuts = [g.end() for g in gaps if not CONTINUES.match(line, g.end())]
    return [line[a:b] for a, b in pairwise([0, *cuts, len(line)])]


def cells(line: str) -> list[str]:
    """Labels, formulas and remarks of one line of a block, with single spaces."""
    return [" ".join(span.split()).rstrip(",;") for span in spans(line)]


def displayed(text: str) -> list[Formula]:
    """All formulas of the blocks of a docstring, in order."""
    found: list[Formula] = []
    for block in filter(is_block, paragraphs(text)):
        for line in filter(str.strip, block.split("\n")):
            label = ""
            for i, cell in enumerate(cells(line)):
                if i == 0 and found and CONTINUES.match(cell):
                    found[-1] = found[-1]._replace(text=f"{found[-1].text} {cell}")
                elif RELATION.search(cell):
                    found.append(Formula(cell, label))
                elif i == 0:
                    label = cell
    return found
