"""The device of tests: a stand-in, or with SCRATCHGAN_TEST_BACKEND=cupy a GPU.

On the stand-in without kernels the numbers are NumPy's own, bit for bit; with kernels
they come from CUDA sources on emulated threads, and on a GPU from the GPU.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import device_array
import numpy as np
from device_array import with_kernels, wrapped
from device_graph import capture, capturing

from scratchgan import tree
from scratchgan.backend import Backend, CaptureError, choose

ON_GPU = os.environ.get("SCRATCHGAN_TEST_BACKEND") == "cupy"

#: Of sums in another order on a GPU, relative to the largest number of an array.
TOLERANCE = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-11}


def _to_stand_in(x: Any) -> Any:
    if not isinstance(x, np.ndarray):
        return x
    if capturing():  # every launch would copy again what then lies there
        raise CaptureError("a captured step: expected no copy from the host")
    return wrapped(x.copy())


def _memory(size: int) -> Any:
    return wrapped(np.zeros(size, np.uint8))


def _from_stand_in(x: Any) -> Any:
    return x.get()


#: With kernels, where `kernels` lets them run, and capture.
BACKEND = (
    choose("cupy")[0]
    if ON_GPU
    else Backend("device", _to_stand_in, _from_stand_in, True, capture, _memory)
)
ARRAY = type(BACKEND.to_device(np.ones(1)))


def to_device(values: Any) -> Any:
    """The arrays of a tree, copied."""
    return tree.map(BACKEND.to_device, values)


def kernels(run: Any) -> AbstractContextManager:
    """Within, CUDA kernels run on the device: by `run` on the stand-in."""
    return nullcontext() if ON_GPU else with_kernels(run)


def waiting_allowed() -> AbstractContextManager:
    """Within, numbers may be fetched from the stand-in; from a GPU they may always."""
    return nullcontext() if ON_GPU else device_array.waiting_allowed()


def require_close(there: Any, here: np.ndarray, message: str = "") -> None:
    """The numbers of the device are these: to the last bit, or on a GPU nearly."""
    assert isinstance(there, ARRAY)
    assert there.dtype == here.dtype
    found = BACKEND.to_host(there)
    if not ON_GPU or here.dtype.name not in TOLERANCE:
        np.testing.assert_array_equal(found, here, err_msg=message)
        return
    limit = TOLERANCE[here.dtype.name] * max(1.0, float(np.abs(here).max(initial=0)))
    np.testing.assert_allclose(found, here, rtol=0, atol=limit, err_msg=message)


__all__ = [
    "ARRAY",
    "BACKEND",
    "ON_GPU",
    "kernels",
    "require_close",
    "to_device",
    "waiting_allowed",
]
