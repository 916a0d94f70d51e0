"""The harness of the benchmarks: sides in turn, each in a process of its own.

A benchmark is a few *cases* (networks, shapes and batch sizes) and a few *sides*, each
a way to make one step of a case. First all sides must agree on the gradient, in
float64. Then each side is a process that makes steps when told to: the thread pools of
two libraries disturb each other in one. They take turns, A B C A B C …, and a turn is

    a pause of 50 ms        threads of the side before may still be spinning
    two steps, not timed    caches fill, and memory that lay idle is mapped again
    steps for 0.3 s         at least two, timed one by one

After the first turn, forms that take 1.3 times as long as the best of their library
have no more, and neither has a library that is slower than 3 s a step.

What counts is the median of a side's steps, and the ratio of two medians. Every process
keeps freed memory, as our command line does (`scratchgan.cli.memory`): PyTorch and JAX
gain from that as well. The rate of this machine's matrix products is measured before
and after, with BLAS on all cores.

Run nothing else beside, and leave OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE unset: kernels
for another processor than yours can take twice the time. Which kernels OpenBLAS took is
printed and recorded.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import threadpoolctl

from scratchgan.cli.memory import keep_freed_memory

keep_freed_memory()  # as the command line does

ROOT = Path(__file__).parents[1]
PAUSE, TURN, FEWEST = 0.05, 0.3, 2  # seconds, seconds, steps
WARM = 2  # steps that are not timed
SLOW = 3000  # milliseconds
BEHIND = 1.3
LIBRARIES = ("numpy", "torch", "jax")
PACKAGES = {"pytorch": "torch", "jax": "jax"}

Step = Callable[[], None]
#: A case, and threads or parts where that is a choice, to a step that can be repeated.
Side = Callable[[Any], AbstractContextManager[Step]]


class Benchmark(NamedTuple):
    """What is compared.

    `sides` are named by library first, ``"pytorch last joint"``; of the forms of one
    library the fastest counts. `agree` raises unless all sides compute the same
    gradients, and returns the largest relative difference. `work` is the model of a
    step: multiplications and additions in GFLOP.
    """

    name: str
    cases: Mapping[str, Any]
    sides: Mapping[str, Side]
    agree: Callable[[Any], float]
    work: Callable[[Any], float]


class Worker:
    """A process that makes steps of one side."""

    def __init__(self, script: str, case: str, side: str, prefix: tuple[str, ...] = ()):
        own = ["--case", case, "--serve", side]
        self.process = subprocess.Popen(
            [*prefix, sys.executable, script, *own],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str) -> Any:
        """One line to it, one line of JSON back."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(what, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.process.args}: ended with no answer")
        return json.loads(answer)

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@contextmanager
def workers(script: str, case: str, sides: list[str]) -> Iterator[dict[str, Worker]]:
    """One for each side, until the block ends."""
    with ExitStack() as stack:
        started = {}
        for side in sides:
            started[side] = Worker(script, case, side)
            stack.callback(started[side].close)
        yield started


def serve(benchmark: Benchmark, case: str, side: str) -> None:
    """Answer ``turn`` with milliseconds of steps, and ``peak`` with MiB of memory.

    Of the latter, what the process took once its library was there, and its most.
    """
    package = PACKAGES.get(side.split()[0])
    if package is not None:
        importlib.import_module(package)
    before = peak_memory()
    with benchmark.sides[side](benchmark.cases[case]) as step:
        for line in sys.stdin:
            peak = line.strip() == "peak"
            answer = [before, peak_memory()] if peak else take_turn(step)
            print(json.dumps(answer), flush=True)


def take_turn(step: Step) -> list[float]:
    """Milliseconds of each timed step."""
    time.sleep(PAUSE)
    for _ in range(WARM):
        step()
    taken: list[float] = []
    while len(taken) < FEWEST or sum(taken) < 1e3 * TURN:
        start = time.perf_counter()
        step()
        taken.append(1e3 * (time.perf_counter() - start))
    return taken


def peak_memory() -> float:
    """Largest resident size of this process so far, in MiB."""
    status = Path("/proc/self/status").read_text()
    line = next(text for text in status.splitlines() if text.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def gemm_rate() -> float:
    """GFLOP/s of a float32 product of 1536² matrices, BLAS on all cores."""
    a = np.random.default_rng(0).random((1536, 1536), np.float32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return 2 * 1536**3 / min(times) / 1e9


def compare(benchmark: Benchmark, name: str, sides: list[str], turns: int) -> Any:
    """Assert, time, print; what was found for one case."""
    case = benchmark.cases[name]
    gap = benchmark.agree(case)
    print(f"{name}: gradients agree in float64 to {gap:.1e}", flush=True)
    rates = [gemm_rate()]
    times: dict[str, list[float]] = {side: [] for side in sides}
    with workers(sys.argv[0], name, sides) as started:
        for _ in range(turns):
            for side in contenders(times):
                times[side] += started[side].ask("turn")
    rates.append(gemm_rate())
    return report(name, times, benchmark.work(case), max(rates), gap)


def contenders(times: dict[str, list[float]]) -> list[str]:
    """The sides that have another turn."""
    medians = {side: statistics.median(taken or [0]) for side, taken in times.items()}

    def contends(side: str) -> bool:
        library = side.split()[0]
        forms = [m for name, m in medians.items() if name.split()[0] == library]
        return medians[side] <= min(BEHIND * min(forms), SLOW)

    return [side for side in times if side == "scratchgan" or contends(side)]


def report(
    name: str, times: dict[str, list[float]], work: float, rate: float, gap: float
) -> Any:
    """Print one case; the same as a dictionary."""
    medians = {side: statistics.median(taken) for side, taken in times.items()}
    for side, taken in times.items():
        low, _, high = statistics.quantiles(taken, n=4, method="inclusive")
        print(f"  {side:20} median {medians[side]:8.1f} ms  ({low:.1f} to {high:.1f})")
    ours = medians["scratchgan"]
    ratios = {}
    for library in dict.fromkeys(side.split()[0] for side in times):
        if library != "scratchgan":
            forms = [m for side, m in medians.items() if side.startswith(library)]
            ratios[library] = min(forms) / ours
            print(f"  best of {library} / scratchgan: {ratios[library]:.2f}")
    speed = work / (ours / 1e3)
    print(
        f"  model: {work:.1f} GFLOP; ours {speed:.0f} GFLOP/s, "
        f"{speed / rate:.0%} of the {rate:.0f} that matrix products reach here",
        flush=True,
    )
    return {
        "case": name,
        "gap": gap,
        "milliseconds": times,
        "ratios_of_medians": ratios,
        "model_gflop": work,
        "gemm_gflops": rate,
        "share_of_gemm": speed / rate,
    }


def main(benchmark: Benchmark, description: str) -> None:
    """Command line of a benchmark."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--case", choices=benchmark.cases, help="one case, not all")
    parser.add_argument("--sides", default="", help="such as scratchgan,pytorch; all")
    parser.add_argument("--turns", type=int, default=5, help="of every side")
    parser.add_argument("--json", type=Path, help="write the result to this new file")
    parser.add_argument("--serve", choices=benchmark.sides, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(benchmark, options.case, options.serve)
        return
    refuse_existing(options.json)
    sides = chosen_sides(benchmark, options.sides)
    print(f"{processor()}; {blas()}")
    names = [options.case] if options.case else list(benchmark.cases)
    results = [compare(benchmark, name, sides, options.turns) for name in names]
    write(options.json, benchmark.name, results)


def chosen_sides(benchmark: Benchmark, asked: str) -> list[str]:
    """Ours, and the forms of the libraries that were asked for and are installed."""
    libraries = asked.split(",") if asked else ["pytorch", "jax"]
    found = [name for name in libraries if installed(PACKAGES.get(name, name))]
    known = [side for side in benchmark.sides if side.split()[0] in found]
    return ["scratchgan", *known]


def refuse_existing(path: Path | None) -> None:
    """Raise FileExistsError before anything is measured."""
    if path is not None and path.exists():
        raise FileExistsError(f"--json: expected a new file, received {path}")


def write(path: Path | None, name: str, results: list[Any]) -> None:
    """What was measured, with where and what with."""
    if path is None:
        return
    record = {
        "benchmark": name,
        "date": time.strftime("%Y-%m-%d"),
        "commit": git("rev-parse", "HEAD"),
        "processor": processor(),
        "cores": os.cpu_count(),
        "blas": blas(),
        "versions": {lib: installed(lib) for lib in LIBRARIES if installed(lib)},
        "results": results,
    }
    with open(path, "x") as file:
        file.write(json.dumps(record, indent=1) + "\n")


def installed(library: str) -> str:
    """Its version, or nothing."""
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def processor() -> str:
    """Its name, and the widest vectors it has."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = info.read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    wide = "AVX-512" if "avx512f" in fields.get("flags", "") else "no AVX-512"
    return f"{fields.get('model name', platform.machine())}, {wide}"


def blas() -> str:
    """Library and kernels that NumPy's products take."""
    found = [each for each in threadpoolctl.threadpool_info() if "architecture" in each]
    return ", ".join(f"{each['internal_api']} {each['architecture']}" for each in found)


def git(*arguments: str) -> str:
    """What git prints in this checkout."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
