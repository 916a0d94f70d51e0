"""Arrays that behave as CuPy's do where they differ from NumPy's, on the host.

They stand in for arrays of a GPU in tests of code that has to run on both. Much of what
CuPy refuses they refuse: to become a NumPy array unasked, to be mixed with one in an
operation, NumPy functions that CuPy has not. And what would make the host wait for the
device, as a number or a condition does, is an error unless it is allowed.
"""

from contextlib import contextmanager
from typing import Any

import device_graph
import numpy as np
from device_graph import effect, memory, result
from numpy.lib.mixins import NDArrayOperatorsMixin

from scratchgan.backend import CaptureError

#: NumPy functions that `cupy` has under the same name.
FUNCTIONS = {
    *("all", "any", "argmax", "argsort", "around", "broadcast_arrays", "broadcast_to"),
    *("clip", "concatenate", "copy", "copyto", "cumsum", "diff", "dot", "einsum"),
    *("empty_like", "expand_dims", "flip", "full_like", "matmul", "mean", "moveaxis"),
    *("ones_like", "outer", "pad", "prod", "ravel", "repeat", "reshape", "roll"),
    *("round", "sliding_window_view", "sort", "split", "squeeze", "stack", "std"),
    *("sum", "swapaxes", "take", "take_along_axis", "tensordot", "tile", "transpose"),
    *("var", "where", "zeros_like", "bincount", "amax", "amin", "max", "min"),
    *("atleast_1d", "array_equal", "shape", "ndim", "size", "diagonal", "trace"),
}
#: Those of them for which CuPy waits: for a size, or a condition.
WAITING = {"array_equal", "bincount"}
METHODS = (
    *("all", "any", "argmax", "argsort", "astype", "clip", "copy", "cumsum", "dot"),
    *("fill", "max", "mean", "min", "prod", "ravel", "repeat", "reshape", "round"),
    *("squeeze", "std", "sum", "swapaxes", "take", "transpose", "var", "view"),
)
PROPERTIES = (
    "dtype",
    "flags",
    "itemsize",
    "nbytes",
    "ndim",
    "shape",
    "size",
    "strides",
)

_waiting = False


@contextmanager
def waiting_allowed():
    """Within, numbers may be fetched from the device."""
    global _waiting
    before, _waiting = _waiting, True
    try:
        yield
    finally:
        _waiting = before


@contextmanager
def with_kernels(run: Any):
    """Within, CUDA kernels run on these arrays, by `run` on the arrays inside."""
    DeviceArray.kernels = _Inside(run)
    try:
        yield
    finally:
        DeviceArray.kernels = None


class _Inside:
    """A `Run` for arrays of this device, by one for those of the host inside."""

    def __init__(self, run: Any) -> None:
        self.run = run

    def __call__(self, launch: Any) -> None:
        inside = (a.values if isinstance(a, DeviceArray) else a for a in launch.args)
        effect(self.run, launch._replace(args=tuple(inside)))

    def compute(self, dtype: Any) -> str:
        return self.run.compute(dtype)

    def fastest(self, problem: Any, ways: Any) -> Any:
        return self.run.fastest(problem, ways)

    def product(self, a: Any, b: Any, out: Any = None) -> Any:
        if out is None:
            return wrapped(result(self.run.product, a.values, b.values))
        effect(self.run.product, a.values, b.values, out=out.values)
        return out


class DeviceArray(NDArrayOperatorsMixin):
    """An array that only its own kind may touch."""

    kernels: Any = None  # who runs them on these arrays; see `with_kernels`

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        device_graph.ALIVE[id(self)] = self

    @property
    def __cuda_array_interface__(self) -> dict:
        return self.values.__array_interface__

    def get(self) -> np.ndarray:
        """On the host, as `cupy.ndarray.get` gives it."""
        return self.values.copy()

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if method != "__call__":
            raise NotImplementedError(f"ufunc.{method} of {ufunc.__name__}")
        if set(kwargs) - {"dtype", "casting"}:
            raise TypeError(f"Wrong arguments {kwargs}")  # `where` among them
        kwargs = unwrapped(kwargs)
        inside = [unwrapped(i) for i in inputs]
        if out is None:
            return wrapped(result(ufunc, *inside, **kwargs))
        effect(ufunc, *inside, out=tuple(unwrapped(o) for o in out), **kwargs)
        return out[0]

    def __array_function__(self, func, types, args, kwargs):
        if func is np.asarray:  # what `like=self` asks for: a copy to the device
            assert isinstance(args[0], np.ndarray)
            return DeviceArray(_constant(np.array(*args, **kwargs)))
        if func.__name__ not in FUNCTIONS:
            return NotImplemented
        if func.__name__ in WAITING:
            self._number()
        many = func in (np.concatenate, np.stack) and len(args[0]) > 8
        if many and device_graph.capturing():  # CuPy sends it their addresses
            raise CaptureError("a captured step: more than eight arrays at once")
        do = {np.copyto: effect, np.empty_like: memory}.get(func, result)
        return wrapped(do(func, *unwrapped(args), **unwrapped(kwargs)))

    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(p, DeviceArray) and p.dtype == bool for p in parts):
            self._number()  # how many there are
        return wrapped(result(np.ndarray.__getitem__, self.values, unwrapped(key)))

    def __setitem__(self, key, value):
        inside = unwrapped(key), unwrapped(value)
        effect(np.ndarray.__setitem__, self.values, *inside)

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        return bool(self._number())

    def __float__(self):
        return float(self._number())

    def __int__(self):
        return int(self._number())

    __index__ = __int__

    def item(self):
        return self._number().item()

    def _number(self):
        if device_graph.capturing():
            raise CaptureError("a captured step: the host would wait for the device")
        if not _waiting:
            raise AssertionError("the host would wait for the device here")
        return self.values

    @property
    def T(self):  # noqa: N802
        return wrapped(self.values.T)


def _method(name):
    def call(self, *args, **kwargs):
        do = effect if name == "fill" else result
        method = getattr(np.ndarray, name)
        return wrapped(do(method, self.values, *unwrapped(args), **unwrapped(kwargs)))

    return call


def _property(name):
    return property(lambda self: getattr(self.values, name))


for _name in METHODS:
    setattr(DeviceArray, _name, _method(_name))
for _name in PROPERTIES:
    setattr(DeviceArray, _name, _property(_name))


_constants: set[tuple] = set()


def _constant(values: np.ndarray) -> np.ndarray:
    """Constants are kept on the device; a captured step cannot bring new ones."""
    known = (values.tobytes(), values.dtype, values.shape)
    if device_graph.capturing() and known not in _constants:
        raise CaptureError(f"a captured step: expected no new constants: {values!r}")
    _constants.add(known)
    return values


def wrapped(value: Any) -> Any:
    """Arrays, and the numbers that reductions give, as arrays of the device."""
    if isinstance(value, np.ndarray):
        return DeviceArray(value)
    if isinstance(value, np.generic):
        return DeviceArray(np.asarray(value))
    if isinstance(value, list | tuple):
        return type(value)(wrapped(v) for v in value)
    return value


def unwrapped(value: Any) -> Any:
    """Arrays of the device as NumPy's; arrays of the host are refused."""
    if isinstance(value, DeviceArray):
        return value.values
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if type(value) in (list, tuple):
        return type(value)(unwrapped(v) for v in value)
    if isinstance(value, dict):
        return {name: unwrapped(v) for name, v in value.items()}
    return value
