"""The few types that every module names."""

from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

#: A NumPy array, or a CuPy array: layers only call what NumPy's protocols dispatch.
Array: TypeAlias = NDArray[Any]

#: A shape without its batch axis, for example ``(H, W, C)``.
Shape: TypeAlias = tuple[int, ...]

#: Dicts, lists, tuples and named tuples with arrays at the leaves (see `tree`).
Tree: TypeAlias = Any

#: What a backward sweep is asked for: nobody pays for a gradient that is dropped.
Wrt: TypeAlias = Literal["all", "inputs", "params"]
