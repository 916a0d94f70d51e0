"""Where arrays live: in the host's memory, as NumPy's, or in a device's, as CuPy's.

The only module that knows that CuPy exists. The verbs call what NumPy dispatches to the
arrays' own library, so that they need not know. What is left is here: constants and
random numbers that are made on the host go where an argument is; what only the host can
ask, such as whether a label is in range, is not asked of a device, for which the host
would have to wait; a number for the log stays on the device until the step is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from scratchgan.types import Array

#: What `choose` may be asked for.
NAMES = ("auto", "numpy", "cupy")


@dataclass(frozen=True)
class Backend:
    """A library of arrays, and the way to its memory and back.

    Parameters
    ----------
    name : str
        "numpy" or "cupy".
    to_device : callable
        An array of the host's memory to one of the library.
    to_host : callable
        An array of the library to one of the host's memory.
    """

    name: str
    to_device: Callable[[Array], Array]
    to_host: Callable[[Array], Array]


def _as_it_is(x: Array) -> Array:
    return x


NUMPY = Backend("numpy", _as_it_is, _as_it_is)


class UnusableError(ValueError):
    """CuPy was asked for and cannot be used; says why."""


def choose(name: str) -> tuple[Backend, str]:
    """The backend called `name`, and a remark for the user, empty as a rule.

    Parameters
    ----------
    name : str
        "numpy", "cupy", or "auto" for CuPy where it can be used. Where it is installed
        and cannot be used, the remark says why not.

    Raises
    ------
    UnusableError
        If CuPy is asked for and cannot be used.
    ValueError
        If there is no such backend.
    """
    if name not in NAMES:
        raise ValueError(f"backend: expected {', '.join(NAMES)}, received {name!r}")
    if name == "numpy":
        return NUMPY, ""
    try:
        return _cupy(), ""
    except ModuleNotFoundError:
        if name == "cupy":
            raise UnusableError(
                "backend: CuPy is not installed: pip install 'scratchgan[gpu]'"
            ) from None
        return NUMPY, ""
    except UnusableError as reason:
        if name == "cupy":
            raise
        return NUMPY, f"{reason}; using NumPy"


def _cupy() -> Backend:
    """CuPy, after a launch on its device that gave the right number."""
    try:
        import cupy

        if not cupy.cuda.is_available():
            raise UnusableError("backend: CuPy finds no GPU")
        x = cupy.arange(4, dtype=cupy.float32).reshape(2, 2)
        right = int((x @ x).sum()) == 22  # the library of products is loaded, too
    except UnusableError:
        raise
    except Exception as error:  # whatever a driver, a compiler or a library says
        if isinstance(error, ModuleNotFoundError) and error.name == "cupy":
            raise
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnusableError(f"backend: CuPy cannot use the GPU: {first}") from None
    if not right:
        raise UnusableError("backend: CuPy's GPU gave a wrong number")
    return Backend("cupy", cupy.asarray, cupy.asnumpy)


def is_cupy(x: Any) -> bool:
    """Whether `x` is an array of CuPy's."""
    return type(x).__module__.partition(".")[0] == "cupy"


@cache
def cuda_function(source: Path, kernel: str) -> Any:
    """A kernel of a CUDA source, compiled by CuPy when it is first launched.

    Parameters
    ----------
    source : Path
        The `.cu` file; its headers lie beside it.
    kernel : str
        As a C++ expression.
    """
    import cupy

    options = ("-std=c++17", f"-I{source.parent}")
    code = source.read_text()
    module = cupy.RawModule(code=code, options=options, name_expressions=(kernel,))
    return module.get_function(kernel)


def on_host(x: Any) -> bool:
    """Whether the numbers of `x` can be looked at without waiting for a device."""
    return isinstance(x, np.ndarray | np.generic)


def like(values: Any, x: Array, dtype: Any = None) -> Array:
    """`values`, from the host's memory, in that of `x`.

    Parameters
    ----------
    values : array_like
        In host memory.
    x : Array
        Whose kind of array the result has.
    dtype : data type, optional
        Of the result.
    """
    return np.asarray(values, dtype=dtype, like=x)


def number(x: Any) -> Any:
    """A single number on the host as a float; on a device it stays there, in float64.

    What is logged of a step is then fetched once, at its end.
    """
    return float(x) if on_host(x) else x.astype(np.float64)


def contiguous(x: Array) -> Array:
    """`x` with its numbers in the order of its axes; copied if they are not."""
    return x if x.flags.c_contiguous else x.copy()
