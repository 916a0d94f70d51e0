"""Peak resident memory of critic and generator steps, each side in its own process.

    pip install -e '.[bench]'
    python benchmarks/memory.py [--case mnist] [--json FILE]

The most that a process ever held (VmHWM), after some steps, less what it held when its
library was loaded and nothing made: PyTorch alone is twenty times larger than NumPy.
Both numbers are printed. JAX compiles, and is left out. Beside them stands the model of
`scratchgan`'s side: parameters with gradient and moments, and what the sweeps of the
parts that run at a time keep. See `side_by_side`.
"""

import argparse
import os
from pathlib import Path
from typing import Any

import critic_step
import generator_step
import numpy as np
from cases import Case, adam, parameters, samples
from side_by_side import Worker, refuse_existing, write

from scratchgan import tree
from scratchgan.parallel import choose_shards
from scratchgan.training.system import Phase, Player, System

STEPS = 2  # turns of several steps
BENCHMARKS = {
    "critic_step": (
        critic_step.BENCHMARK,
        ("pytorch last apart", "pytorch last joint"),
    ),
    "generator_step": (generator_step.BENCHMARK, ("pytorch last",)),
}


def measure(script: str, case: str, side: str) -> dict[str, float]:
    """MiB: in use before, at most, and the difference."""
    worker = Worker(str(Path(__file__).with_name(f"{script}.py")), case, side)
    for _ in range(STEPS):
        worker.ask("turn")
    before, peak = worker.ask("peak")
    worker.close()
    return {"before": before, "peak": peak, "step": peak - before}


def model(case: Case) -> float:
    """MiB of a critic step: four times the parameters, and the sweeps' traces."""
    params = parameters(case.critic, case.shape, np.float32)
    player = Player(case.critic, case.shape, adam())
    phase = Phase("player", "player", lambda *_: None, batch_size=case.batch)
    system = System({"player": player}, (phase,), "player", lambda *_: np.zeros(0))
    share = min(1.0, (os.cpu_count() or 1) / choose_shards(system))
    x = samples(case._replace(batch=4), np.float32)[0]
    y, cache = case.critic.forward(params, x)
    _, _, dcache = case.critic.backward(params, cache, np.ones_like(y))
    kept = [a for a in tree.leaves((cache, dcache)) if isinstance(a, np.ndarray)]
    distinct = {id(a if a.base is None else a.base): a.nbytes for a in kept}
    held = sum(distinct.values()) / len(x) * 3 * case.batch * share
    return (4 * sum(p.nbytes for p in tree.leaves(params)) + held) / 2**20


def main() -> None:
    """Measure the chosen cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", help="one case; all when left out")
    parser.add_argument("--json", type=Path, help="write the result to this new file")
    options = parser.parse_args()
    refuse_existing(options.json)
    results: list[Any] = []
    for name, (benchmark, theirs) in BENCHMARKS.items():
        for case in benchmark.cases:
            if options.case not in (None, case):
                continue
            found = {
                side: measure(name, case, side) for side in ("scratchgan", *theirs)
            }
            results.append({"benchmark": name, "case": case, "mebibytes": found})
            print(f"{name}, {case}:")
            for side, mib in found.items():
                print(
                    f"  {side:20} {mib['step']:7.0f} MiB  "
                    f"({mib['before']:.0f} before, {mib['peak']:.0f} at most)"
                )
            if name == "critic_step":
                expected = model(benchmark.cases[case])
                results[-1]["model"] = expected
                print(f"  model                {expected:7.0f} MiB", flush=True)
    write(options.json, "memory", results)


if __name__ == "__main__":
    main()
