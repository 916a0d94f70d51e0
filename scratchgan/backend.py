"""Where arrays live: in the host's memory, as NumPy's, or in a device's.

The verbs call what NumPy dispatches to the arrays' own library, so that they need not
know. Three things they do: constants and random numbers that are made on the host go
where an argument is, what only the host can ask (whether a label is in range) is not
asked of a device, since the host would wait for it, and copies are of the array's kind.
"""

from typing import Any

import numpy as np

from scratchgan.types import Array


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
