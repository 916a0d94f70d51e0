"""How critic steps scale with cores, batch and width, beside PyTorch's.

    pip install -e '.[bench]'
    python benchmarks/scaling.py [--json FILE]

MNIST's critic: one core and two (by the process's affinity), batches of 16 to 512 at
width 64, widths of 32 to 256 at a batch of 50; and every case of `critic_step` on one
core and two. Ours in as many parts on one core as on two, so that both compute the same
numbers. See `side_by_side`.
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

import critic_step
from cases import CASES, Case
from side_by_side import (
    Benchmark,
    Worker,
    gemm_rate,
    refuse_existing,
    serve,
    workers,
    write,
)

from scratchgan.networks import mnist_discriminator

CORES = {1: ("taskset", "--cpu-list", "0"), 2: ("taskset", "--cpu-list", "0,1")}
BATCHES, WIDTHS = (16, 64, 128, 512), (32, 128, 256)
THEIRS = "pytorch last apart"


def of_mnist(width: int, batch: int) -> Case:
    """Its critic at another width, or batch."""
    return Case(mnist_discriminator(width), (28, 28, 1), batch)


VARIED = {f"batch {b}": of_mnist(64, b) for b in BATCHES}
VARIED |= {f"width {w}": of_mnist(w, 50) for w in WIDTHS}
BENCHMARK = Benchmark(
    "scaling",
    CASES | VARIED,
    {
        "scratchgan": lambda case: critic_step.ours(case, shards=2),
        THEIRS: critic_step.BENCHMARK.sides[THEIRS],
    },
    critic_step.agree,
    critic_step.ten_units,
)


def by_cores(case: str, turns: int) -> dict[str, Any]:
    """Medians of both sides on one core and two, in turn."""
    started = {
        f"{side}, {cores}": Worker(__file__, case, side, prefix)
        for side in BENCHMARK.sides
        for cores, prefix in CORES.items()
    }
    times: dict[str, list[float]] = {name: [] for name in started}
    for _ in range(turns):
        for name, worker in started.items():
            times[name] += worker.ask("turn")
    for worker in started.values():
        worker.close()
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratios = {
        side: medians[f"{side}, 1"] / medians[f"{side}, 2"] for side in BENCHMARK.sides
    }
    for side, ratio in ratios.items():
        one, two = (medians[f"{side}, {cores}"] for cores in CORES)
        print(f"{case}: {side:20} {one:8.1f} ms, {two:8.1f} ms on two: {ratio:.2f}")
    return {"case": case, "milliseconds": times, "two_over_one": ratios}


def by_size(case: str, turns: int) -> dict[str, Any]:
    """Medians of both sides, in turn."""
    times: dict[str, list[float]] = {side: [] for side in BENCHMARK.sides}
    with workers(__file__, case, list(BENCHMARK.sides)) as started:
        for _ in range(turns):
            for side, worker in started.items():
                times[side] += worker.ask("turn")
    ours, theirs = (statistics.median(taken) for taken in times.values())
    work = critic_step.ten_units(BENCHMARK.cases[case])
    print(
        f"{case}: ours {ours:.1f} ms ({work / ours * 1e3:.0f} GFLOP/s), "
        f"pytorch {theirs:.1f} ms, ratio {theirs / ours:.2f}",
        flush=True,
    )
    return {"case": case, "milliseconds": times, "ratio_of_medians": theirs / ours}


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=4, help="of every side")
    parser.add_argument("--json", type=Path, help="write the result to this new file")
    parser.add_argument("--case", choices=BENCHMARK.cases, help=argparse.SUPPRESS)
    parser.add_argument("--serve", choices=BENCHMARK.sides, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(BENCHMARK, options.case, options.serve)
        return
    refuse_existing(options.json)
    print(f"matrix products: {gemm_rate():.0f} GFLOP/s")
    results = [by_cores(case, options.turns) for case in CASES]
    results += [by_size(case, options.turns) for case in VARIED]
    write(options.json, "scaling", results)


if __name__ == "__main__":
    main()
