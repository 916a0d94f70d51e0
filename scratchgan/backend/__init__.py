"""Where arrays live: in the host's memory, as NumPy's, or in a device's, as CuPy's.

The only package that knows that CuPy exists; `on_cupy` alone imports it. The verbs call
what NumPy dispatches to the arrays' own library, so that they need not know. What is
left is here: constants and random numbers that are made on the host go where an
argument is; what only the host can ask, such as whether a label is in range, is not
asked of a device, for which the host would have to wait; a number for the log stays on
the device until the step is over.
"""

from typing import Any

import numpy as np

from scratchgan.backend import on_cupy
from scratchgan.backend.base import Backend, CaptureError, UnusableError, on_host
from scratchgan.types import Array

__all__ = [
    "NAMES",
    "NUMPY",
    "Backend",
    "CaptureError",
    "UnusableError",
    "choose",
    "contiguous",
    "fetched",
    "like",
    "number",
    "on_cupy",
    "on_host",
]

#: What `choose` may be asked for.
NAMES = ("auto", "numpy", "cupy")


def _as_it_is(x: Array) -> Array:
    return x


NUMPY = Backend("numpy", _as_it_is, _as_it_is)


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
        return on_cupy.usable(), ""
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


def like(values: Any, x: Array, dtype: Any = None) -> Array:
    """`values`, from the host's memory, in that of `x`; as they are if they are there.

    Parameters
    ----------
    values : array_like
        In host memory, or that of `x`.
    x : Array
        Whose kind of array the result has.
    dtype : data type, optional
        Of the result.
    """
    if type(values) is type(x):
        return values if dtype is None else values.astype(dtype, copy=False)
    values = np.asarray(values, dtype=dtype)
    return on_cupy.copied(values) if on_cupy.is_cupy(x) else np.asarray(values, like=x)


def fetched(x: Array) -> Array:
    """`x` in host memory, for which the host waits if it lies elsewhere."""
    return x if on_host(x) else x.get()  # type: ignore[attr-defined]


def number(x: Any) -> Any:
    """A single number on the host as a float; on a device it stays there, in float64.

    What is logged of a step is then fetched once, at its end.
    """
    return float(x) if on_host(x) else x.astype(np.float64)


def contiguous(x: Array) -> Array:
    """`x` with its numbers in the order of its axes; copied if they are not."""
    return x if x.flags.c_contiguous else x.copy()
