import re
from pathlib import Path

import pytest

from scratchgan.explain import formulas
from scratchgan.explain.formulas import displayed, is_block, paragraphs
from scratchgan.explain.pages import COMMAND, differing, main, markdown, pages, write

DERIVATIONS = Path(__file__).parents[2] / "docs" / "derivations"


def test_pages_are_those_that_the_docstrings_make():
    stale = differing(DERIVATIONS)
    assert not stale, f"{stale}: run {COMMAND}"


def test_check_names_what_differs_and_what_to_run(tmp_path, capsys, monkeypatch):
    write(tmp_path)
    assert main([str(tmp_path), "--check"]) == 0
    (tmp_path / "gone.md").write_text("of a family that is no more")
    docstring = formulas.docstring
    monkeypatch.setattr(
        "scratchgan.explain.pages.docstring",
        lambda module: docstring(module).replace("dy Wᵀ", "W dy"),
    )
    assert main([str(tmp_path), "--check"]) == 1
    message = capsys.readouterr().err
    assert message == f"gone.md, linear.md: out of date; run {COMMAND}\n"
    assert main([str(tmp_path)]) == 0
    assert differing(tmp_path) == []
    assert not (tmp_path / "gone.md").exists()


def test_links_lead_somewhere():
    for name, text in pages().items():
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert (DERIVATIONS / target).exists(), f"{name}: {target}"


@pytest.mark.parametrize(
    ("prose", "made"),
    [
        ("x (N, *S, C), W (*K, C)", r"x (N, \*S, C), W (\*K, C)"),
        ("`a * b` and **bold**, i < k", r"`a * b` and **bold**, i \< k"),
        ("* one item\n* another", "* one item\n* another"),
        ("    y  = x\n      + 1", "```text\ny  = x\n  + 1\n```"),
    ],
)
def test_markdown_shows_what_is_written(prose, made):
    assert markdown(prose) == made


def test_every_fence_is_closed_and_holds_its_formulas():
    for text in pages().values():
        assert text.count("```") % 2 == 0
    doc = "Header.\n\n    a = b\n\n    c = d\n"
    (block,) = filter(is_block, paragraphs(doc))
    assert len(displayed(doc)) == 2
    assert markdown(block).count("```") == 2
