"""Every kernel on small arrays of the device beside its NumPy twin.

Once where packs of 16 bytes fit, and once where they do not. Arrays come straight from
the driver, not from CuPy's pool, so that compute-sanitizer sees where each one ends.
"""

from typing import Any

from on_gpu import place
from on_gpu.problem import SIZES, Numbers, errors, prepared
from on_gpu.problems import BY_NAME
from on_gpu.setting import Setting
from scratchgan.kernels.cuda.device import runner


def missing(setting: Setting) -> str:
    """A GPU."""
    return place.needs_gpu(setting)


def items(setting: Setting) -> list[str]:
    """Problems."""
    return list(BY_NAME)


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """The largest error of each size."""
    place.without_pool()
    backend = place.backend(setting)
    return checked(item, backend, runner(backend.to_device(Numbers.host(1))))


def checked(item: str, backend: Any, run: Any) -> dict[str, Any]:
    """Errors of both sizes, of launches by `run` on arrays of `backend`."""
    problem, numbers = BY_NAME[item], Numbers(backend)
    found = {}
    for size in SIZES[1:]:
        given = prepared(problem, numbers, size, backend)
        found[size] = max(errors(problem, run, given, backend))
    passes = all(e <= problem.tolerance for e in found.values())
    return {"errors": found, "tolerance": problem.tolerance, "passes": passes}
