import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan.explain.formulas import cells, displayed, paragraphs, spans

DOC = """A layer, y = f(x).

Prose with z = 1 displays nothing.

    forward        y   = x W + b           a remark
    backward       dx  = dy Wᵀ             dW  = xᵀ dy,    then words

    th = r (tx − m(tx))
       = r tx                              so that both are
    v ← wᵀ u / ‖wᵀ u‖                      dv_a += Jᵀ dv

and more prose.
"""


def test_blocks_give_formulas_labels_and_nothing_else():
    assert [(f.label, f.text) for f in displayed(DOC)] == [
        ("forward", "y = x W + b"),
        ("backward", "dx = dy Wᵀ"),
        ("backward", "dW = xᵀ dy"),
        ("", "th = r (tx − m(tx)) = r tx"),
        ("", "v ← wᵀ u / ‖wᵀ u‖"),
        ("", "dv_a += Jᵀ dv"),
    ]


def test_a_block_with_a_gap_is_one_paragraph():
    kinds = [part.startswith("    ") for part in paragraphs(DOC)]
    assert kinds == [False, False, True, False]


def test_a_sign_at_the_beginning_of_a_line_continues():
    found = displayed("Header.\n\n    y = a\n      + b\n    z = −c   − d\n")
    assert [f.text for f in found] == ["y = a + b", "z = −c − d"]


@given(st.text(alphabet="ab=+ ", max_size=60))
def test_spans_lose_nothing(line):
    assert "".join(spans(line)) == line
    assert [part for cell in cells(line) for part in cell.split()] == line.split()


@pytest.mark.parametrize("text", ["", "One line.", "One.\n\nTwo."])
def test_without_a_block_nothing_is_displayed(text):
    assert displayed(text) == []
