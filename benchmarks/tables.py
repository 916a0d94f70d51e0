"""Results as Markdown tables, as docs/performance.md shows them.

    python benchmarks/tables.py FOLDER

Reads the JSON files that `all.py` wrote, and prints one table a benchmark.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

STEPS = ("critic", "generator", "training", "r1", "path_length")


def step_table(results: list[Any]) -> list[str]:
    """Medians of ours and of the best forms, ratios, and the share of the model."""
    libraries = list(dict.fromkeys(k for r in results for k in r["ratios_of_medians"]))
    head = ["case", "scratchgan", *libraries, *(f"ratio, {k}" for k in libraries)]
    lines = [row([*head, "GFLOP", "of the GEMM rate"]), row(["---"] * (len(head) + 2))]
    for r in results:
        medians = {s: statistics.median(t) for s, t in r["milliseconds"].items()}
        cells = [r["case"], milliseconds(medians["scratchgan"])]
        for library in libraries:
            forms = [m for s, m in medians.items() if s.split()[0] == library]
            cells.append(milliseconds(min(forms)) if forms else "")
        ratios = r["ratios_of_medians"]
        cells += [f"{ratios[k]:.2f}" if k in ratios else "" for k in libraries]
        lines.append(
            row([*cells, f"{r['model_gflop']:.1f}", f"{r['share_of_gemm']:.0%}"])
        )
    return lines


def memory_table(results: list[Any]) -> list[str]:
    """MiB of a step, each side's."""
    lines = [row(["step", "scratchgan", "PyTorch"]), row(["---"] * 3)]
    for r in results:
        found = {side: mib["step"] for side, mib in r["mebibytes"].items()}
        ours = found.pop("scratchgan")
        theirs = ", ".join(f"{mib:.0f} ({side[8:]})" for side, mib in found.items())
        name = f"{r['benchmark'].removesuffix('_step')}, {r['case']}"
        lines.append(row([name, f"{ours:.0f} MiB", theirs]))
    return lines


def scaling_tables(results: list[Any]) -> list[str]:
    """Two cores over one, then ratios by batch and width."""
    cores = [r for r in results if "two_over_one" in r]
    sizes = [r for r in results if "ratio_of_medians" in r]
    lines = [row(["case", "scratchgan", "PyTorch"]), row(["---"] * 3)]
    for r in cores:
        ours, theirs = r["two_over_one"].values()
        lines.append(row([r["case"], f"{ours:.2f}", f"{theirs:.2f}"]))
    lines += ["", row(["MNIST's critic", "scratchgan", "ratio"]), row(["---"] * 3)]
    for r in sizes:
        ours = statistics.median(r["milliseconds"]["scratchgan"])
        lines.append(
            row([r["case"], milliseconds(ours), f"{r['ratio_of_medians']:.2f}"])
        )
    return lines


def layer_tables(results: list[Any]) -> list[str]:
    """Rates by layer and verb; then why some are low."""
    from layers import LOW, REASONS

    verbs = results[1:]
    names = list(dict.fromkeys(r["verb"] for r in verbs))
    lines = [row(["layer", "sample", *names]), row(["---"] * (len(names) + 2))]
    cases = dict.fromkeys((r["layer"], str(r["shape"])) for r in verbs)
    for layer, shape in cases:
        rates = {
            r["verb"]: rate(r["rate"])
            for r in verbs
            if (r["layer"], str(r["shape"])) == (layer, shape)
        }
        shown = shape.replace("[", "(").replace("]", ")")
        lines.append(row([layer, shown, *rates.values()]))
    low = dict.fromkeys(r["layer"] for r in verbs if r["rate"] < LOW)
    lines += ["", f"Below {LOW:.0%}, and why:", ""]
    reasons = dict.fromkeys(REASONS[layer] for layer in low)
    for reason in reasons:
        layers = ", ".join(layer for layer in low if REASONS[layer] == reason)
        lines.append(f"* {layers}: {reason}.")
    return lines


def rate(value: float) -> str:
    """A share; nothing beside a verb that moves nothing."""
    return f"{value:.0%}" if value < 10 else ""


def row(cells: list[str]) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |"


def milliseconds(value: float) -> str:
    """With a digit behind the point where it is small."""
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


def main() -> None:
    """Print what is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the results")
    folder = parser.parse_args().folder
    kinds = {f"{step}_step": step_table for step in STEPS}
    for name, table in (
        kinds
        | {"layers": layer_tables, "memory": memory_table, "scaling": scaling_tables}
    ).items():
        file = folder / f"{name}.json"
        if file.exists():
            record = json.loads(file.read_text())
            print(f"### `{name}.py`\n")
            print("\n".join(table(record["results"])), end="\n\n")


if __name__ == "__main__":
    main()
