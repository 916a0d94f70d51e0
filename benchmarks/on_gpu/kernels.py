"""Rates of every kernel on large arrays, launch by launch.

The launches that a launcher describes are kept and repeated by themselves, so that
neither the launcher nor the making of its results counts. What must be moved is each
array of a launch once, or what the problem says.
"""

import statistics
from typing import Any

from on_gpu import clock, place
from on_gpu.clock import Timed
from on_gpu.problem import Numbers, Problem, Recorder, bytes_of, prepared
from on_gpu.problems import BY_NAME
from on_gpu.setting import Setting
from scratchgan import tree
from scratchgan.backend import Backend
from scratchgan.kernels.cuda.device import runner
from scratchgan.kernels.cuda.launch import Launch

#: Launches that read only a part of an array that they are given.
PARTIAL = {("minibatch_stddev", "features<float>")}
ROUNDS, REGION, WARM = 3, 0.03, 0.02  # regions, seconds, seconds


def missing(setting: Setting) -> str:
    """A GPU."""
    return place.needs_gpu(setting)


def items(setting: Setting) -> list[str]:
    """Problems, those that products bound first."""
    return sorted(BY_NAME, key=lambda name: BY_NAME[name].bound != "products")


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """Milliseconds and bytes of each launch, operations of all together."""
    backend, problem = place.backend(setting), BY_NAME[item]
    run = runner(backend.to_device(Numbers.host(1)))
    assert run is not None, "CuPy's arrays have a runner"
    recorder = Recorder(run)
    given = prepared(problem, Numbers(backend), "large", backend)
    results = problem.call(recorder, *given)
    launches = recorder.launches
    again = repeated(problem, run, given, results, backend)
    region = clock.of_cupy(setting)
    return {
        "bound": problem.bound,
        "flop": problem.flop(*given) if problem.flop else None,
        "same_bits": again,
        "launches": [rate(each, run, region) for each in launches],
        "bytes": problem.moved(*given) if problem.moved else None,
    }


def rate(launch: Launch, run: Any, region: Any) -> dict[str, Any]:
    """Of one launch."""
    timed, known = Timed(lambda: run(launch), region), (launch.source, launch.kernel)
    seconds = clock.alone(timed, ROUNDS, REGION, WARM)
    return {
        "kernel": launch.kernel,
        "grid": launch.grid,
        "block": launch.block,
        "bytes": None if known in PARTIAL else bytes_of(launch),
        "ms": 1e3 * statistics.median(seconds),
        "rounds_ms": [1e3 * s for s in seconds],
    }


def repeated(
    problem: Problem, run: Any, given: tuple, results: Any, backend: Backend
) -> bool | None:
    """Whether a second call gives the same bits; None where it works in place."""
    arguments = {id(leaf) for leaf in tree.leaves(given)}
    if any(id(leaf) in arguments for leaf in tree.leaves(results)):
        return None
    again = tree.leaves(problem.call(run, *given))
    pairs = zip(tree.leaves(results), again, strict=True)
    return all(bool(backend.to_host((a == b).all())) for a, b in pairs)
