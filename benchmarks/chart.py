"""Results as a bar chart: how many times faster than each library's best form.

    python benchmarks/chart.py FOLDER OUT.png

Reads the JSON files that `all.py` wrote. A bar beyond one is a step that is faster than
the other library's; JAX's bars are cut off at the edge and carry their number.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

STEPS = ("critic", "generator", "training", "r1", "path_length")
COLOURS = {"pytorch": "#d1603d", "jax": "#5b7db1"}
EDGE = 2.5


def bars(folder: Path) -> list[tuple[str, dict[str, float]]]:
    """Labels and ratios by library, in the order of `STEPS`."""
    found = []
    for step in STEPS:
        file = folder / f"{step}_step.json"
        if file.exists():
            for result in json.loads(file.read_text())["results"]:
                label = f"{step.replace('_', ' ')}: {result['case']}"
                found.append((label, result["ratios_of_medians"]))
    return found


def draw(rows: list[tuple[str, dict[str, float]]]) -> Any:
    """The figure."""
    figure, axes = plt.subplots(figsize=(7.5, 0.36 * len(rows) + 1.2))
    for y, (_, ratios) in enumerate(rows):
        height = 0.8 / len(ratios)
        for i, (library, ratio) in enumerate(ratios.items()):
            at = y + (i - (len(ratios) - 1) / 2) * height
            axes.barh(at, min(ratio, EDGE), 0.9 * height, color=COLOURS[library])
            inside = ratio > 0.9 * EDGE
            axes.text(
                min(ratio, EDGE) + (-0.03 if inside else 0.03),
                at,
                f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}",
                va="center",
                ha="right" if inside else "left",
                fontsize=8,
                color="white" if inside else "black",
                bbox=None if inside else {"color": "white", "pad": 0.4},
            )
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows], fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, EDGE)
    axes.set_xlabel("times faster than the library's best form (right is better)")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in COLOURS.values()]
    axes.legend(handles, ["against PyTorch", "against JAX"], loc="lower right")
    figure.tight_layout()
    return figure


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the results")
    parser.add_argument("out", type=Path, help="a new PNG file")
    options = parser.parse_args()
    if options.out.exists():
        raise FileExistsError(f"OUT.png: expected a new file, received {options.out}")
    draw(bars(options.folder)).savefig(options.out, dpi=130)


if __name__ == "__main__":
    main()
