"""The page of a study, docs/results/NAME.md, and its figures.

A page is a function of the study and of what its runs left: no figure on it is typed.
NAME.json has the figures of every run, the machine that made it and the commit it was
made from. `studies.pages` puts the pages together as docs/results.md.
"""

import json
from dataclasses import asdict
from pathlib import Path

from scratchgan import __version__
from scratchgan.studies.figures import save_curves, save_sheets
from scratchgan.studies.results import Result, summarise
from scratchgan.studies.study import Study, typed
from scratchgan.studies.tables import markdown, table
from scratchgan.training.checkpoint import write_atomically


def write_report(study: Study, results: list[Result], folder: Path) -> Path:
    """Write page, numbers and figures of `study` into `folder`; return the page.

    Its own files are made anew, from the results that are given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / study.name
    numbers = {
        "study": study.name,
        "scratchgan": __version__,
        "runs": [
            {"arm": r.job.arm.name, "seed": r.job.seed}
            | asdict(r.origin)
            | {"values": r.values}
            for r in results
        ],
    }
    drawn = {
        "curve": save_curves(Path(f"{stem}-curve.png"), study, results),
        "time": study.timed
        and save_curves(Path(f"{stem}-time.png"), study, results, "seconds"),
        "sheets": save_sheets(Path(f"{stem}-sheets.png"), study, results),
    }
    pictures = [name for name, saved in drawn.items() if saved]
    write_atomically(
        stem.with_suffix(".json"), (json.dumps(numbers, indent=1) + "\n").encode()
    )
    page = stem.with_suffix(".md")
    write_atomically(page, render(study, results, pictures).encode())
    return page


def render(study: Study, results: list[Result], pictures: list[str]) -> str:
    """The page as Markdown."""
    captions = {
        "curve": "Mean over the seeds, with its standard error",
        "time": "The same over the time that training took",
        "sheets": "The last samples of seed 0",
    }
    parts = [
        f"# {study.title}\n",
        study.question.strip() + "\n",
        table(study, results),
        _under_the_table(study, results),
        *(f"![{captions[p]}]({study.name}-{p}.png)\n" for p in pictures),
    ]
    if study.reading:
        parts.append(f"## What the figures say\n\n{study.reading.strip()}\n")
    parts.append(_how(study, results))
    return "\n".join(parts)


def _under_the_table(study: Study, results: list[Result]) -> str:
    seeds = sorted({r.job.seed for r in results})
    origins = sorted({r.origin for r in results})
    places = "; ".join(f"{o.device}, at commit `{o.commit}`" for o in origins)
    which = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    return (
        f"Mean ± standard error over {which}; {study.samples:,} samples a run, data: "
        f"`{study.data}`. Rows in italics are not ours: real samples in place of "
        "generated ones, and what was published. A critic's estimate is of training "
        "batches, and W₁ times a slope: near one where a penalty asks for it, unknown "
        f"where nothing does.\n\nRun on {places}.\n"
    )


def _how(study: Study, results: list[Result]) -> str:
    rows = []
    for arm in study.arms:
        own = [r for r in results if r.job.arm.name == arm.name]
        seconds = summarise(own, "seconds")
        settings = {**study.common, **arm.settings}
        text = " ".join(f"{key}={typed(value)}" for key, value in settings.items())
        time = "–" if seconds is None else f"{seconds.mean:.0f}"
        rows.append([arm.name, f"`{arm.recipe}`", f"`{text}`", time])
    header = ["arm", "recipe", "settings besides its own", "seconds a run"]
    return (
        "## How it was run\n\n```sh\nscratchgan study "
        f"{study.name}\n```\n\n{markdown(header, rows)}"
    )
