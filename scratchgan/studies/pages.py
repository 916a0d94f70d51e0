"""docs/results.md, from the pages of the studies that have run.

python -m scratchgan.studies.pages docs
"""

import re
import sys
from pathlib import Path

from scratchgan.studies import NAMES
from scratchgan.training.checkpoint import write_atomically

INTRODUCTION = """# Results

What the studies found. Every table is made from its runs by `scratchgan study NAME`,
with the mean and the standard error over seeds, and what was published beside it.
Budgets are those of two cores, far below the published ones: a row of ours and a
published row have the same protocol of counting, not the same number of updates, unless
the page says so. Scores of images name the network that saw them; none is Inception
FID.
"""


def results_page(folder: Path) -> str:
    """All pages in ``folder``/results as one, in the order of the studies."""
    pages = {name: folder / "results" / f"{name}.md" for name in NAMES}
    there = {name: page for name, page in pages.items() if page.is_file()}
    parts = [INTRODUCTION, *(_section(page.read_text()) for page in there.values())]
    missing = [f"`{name}`" for name in NAMES if name not in there]
    if missing:
        parts.append(f"Not run yet: {', '.join(missing)}.\n")
    return "\n".join(parts)


def _section(page: str) -> str:
    """A page with its headings one level down, and its pictures in results/."""
    page = re.sub(r"^#", "##", page, flags=re.MULTILINE)
    return re.sub(r"!\[(.*?)\]\(", r"![\1](results/", page)


if __name__ == "__main__":
    docs = Path(sys.argv[1])
    write_atomically(docs / "results.md", results_page(docs).encode())
