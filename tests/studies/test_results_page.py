"""docs/results.md is what the pages of the studies say."""

from pathlib import Path

import pytest

from scratchgan.studies import NAMES, get
from scratchgan.studies.pages import results_page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_results_is_up_to_date():
    assert (DOCS / "results.md").read_text() == results_page(DOCS)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_holds_what_its_study_says(name):
    """Question and reading are those of the study, so that neither goes stale."""
    page = DOCS / "results" / f"{name}.md"
    if not page.is_file():
        pytest.skip("not run yet")
    study = get(name)
    text = page.read_text()
    assert study.question.strip() in text
    assert study.reading.strip() in text
    for arm in study.arms:
        assert f"| {arm.name} |" in text
