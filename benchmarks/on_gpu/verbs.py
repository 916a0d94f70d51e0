"""The five verbs of every layer in float32 on the device, beside NumPy in float64.

Every case of the registry that each layer must enter. Inputs, parameters and directions
are float32 numbers, the same on both sides; an error is the largest difference of a
result, over the largest number of it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from layer_cases import CASES

from on_gpu import place
from on_gpu.setting import LIMITS, Setting
from scratchgan import tree
from scratchgan.backend import Backend
from scratchgan.gradcheck import Subject
from scratchgan.gradcheck.numeric import random_like
from scratchgan.gradcheck.registry import LayerCase
from scratchgan.gradcheck.sweeps import distance
from scratchgan.kernels.cuda.device import computing_in
from scratchgan.types import Tree

BY_NAME = {case.name: case for case in CASES}
VERBS = {
    "y": "forward",
    "dx": "backward",
    "dparams": "backward",
    "ty": "jvp",
    "tdx": "backward_jvp",
    "tdparams": "backward_jvp",
}


def missing(setting: Setting) -> str:
    """A GPU, but for a rehearsal: NumPy in float32 then."""
    return place.without_gpu(setting)


def items(setting: Setting) -> list[str]:
    """Names of the cases."""
    return list(BY_NAME)


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """The layer of a case, its largest error and where it was, and all errors."""
    case = BY_NAME[item]
    with computing_in(setting.precision):
        found = errors(case, place.backend(setting))
    worst = max(found, key=lambda result: found[result], default="")
    return {
        "layer": type(case.layer).__name__,
        "error": found.get(worst, 0.0),
        "verb": VERBS.get(worst, ""),
        "passes": all(e <= LIMITS[setting.precision] for e in found.values()),
        "errors": found,
    }


def errors(case: LayerCase, backend: Backend) -> dict[str, float]:
    """Relative error of every result of the five verbs, by its name.

    Parameters
    ----------
    case : LayerCase
        Of the registry.
    backend : Backend
        Where float32 is computed.

    Raises
    ------
    AssertionError
        If a result has not the shape of NumPy's, or is not a number.
    """
    subject = Subject(case.layer, case.in_shape, case.ctx, case.labels)
    params, x = (single(part) for part in subject.point())
    y, _ = case.layer.forward(double(params), double(x), case.ctx)
    rng = np.random.default_rng(1)
    given = (params, x, *(single(random_like(like, rng)) for like in (y, x, y)))
    exact = swept(case, *map(double, given))
    moved = swept(case, *(tree.map(backend.to_device, part) for part in given))
    found = {}
    for name, there in moved.items():
        here = exact[name]
        host = tree.map(backend.to_host, there)
        shapes = [[leaf.shape for leaf in tree.leaves(each)] for each in (host, here)]
        assert shapes[0] == shapes[1], f"{name}: expected {shapes[1]}, not {shapes[0]}"
        found[name] = distance(double(host), here)
        assert np.isfinite(found[name]), f"{name}: not a number"
    return found


def swept(
    case: LayerCase, params: Tree, x: Tree, dy: Tree, tx: Tree, tdy: Tree
) -> dict[str, Tree]:
    """Results of the five verbs in these directions."""
    layer = case.layer
    y, cache = layer.forward(params, x, case.ctx)
    dx, dparams, dcache = layer.backward(params, cache, dy)
    ty, tcache = layer.jvp(params, cache, tx)
    tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache, tdy)
    return dict(zip(VERBS, (y, dx, dparams, ty, tdx, tdparams), strict=True))


def by_layer(results: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of each layer its worst case, as `measure` found it, the worst layer first."""
    worst: dict[str, dict[str, Any]] = {}
    for name, found in results.items():
        before = worst.get(found["layer"])
        if before is None or found["error"] > before["error"]:
            worst[found["layer"]] = {**found, "case": name}
    return dict(sorted(worst.items(), key=lambda pair: -pair[1]["error"]))


def _as(dtype: Any) -> Callable[[Tree], Tree]:
    return lambda values: tree.floats_astype(values, dtype)


single, double = _as(np.float32), _as(np.float64)
