"""A kernel's problem: arrays, the launcher's call, the NumPy twin, bytes, operations.

A problem has three sizes: large enough for a rate, small, and odd, where packs of 16
bytes do not fit and other instances of the kernels run.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.backend import Backend
from scratchgan.kernels.cuda.launch import Launch, Run
from scratchgan.types import Array, Tree

SIZES = ("large", "small", "odd")
BLOCK = 2**20 + 7  # random numbers that are repeated; no power of two


class Problem(NamedTuple):
    """One row of the table.

    Parameters
    ----------
    source : str
        Of the launcher.
    name : str
        What is computed, and on what.
    arrays : callable
        Of `Numbers` and a size: the arguments, a tuple of trees; what lies in the
        host's memory is moved.
    call : callable
        Of a `Run` and those: the launcher, whose results are compared.
    twin : callable
        Of the arguments in float64 on the host: the same results by NumPy.
    tolerance : float
        Largest relative error of a result.
    moved : callable or None
        Of the arguments: bytes that have to be read and written, where that is not
        each array of a launch once.
    flop : callable or None
        Of the arguments: multiplications and additions, where those bound it.
    bound : str
        By what: "memory", "products", or "" where neither is claimed.
    """

    source: str
    name: str
    arrays: Callable[["Numbers", str], tuple]
    call: Callable[..., Tree]
    twin: Callable[..., Tree]
    tolerance: float = 1e-5
    moved: Callable[..., int] | None = None
    flop: Callable[..., float] | None = None
    bound: str = "memory"


class Numbers:
    """Random float32 arrays of a backend, quickly: one block of them, again and again.

    Parameters
    ----------
    backend : Backend
        Where.
    """

    def __init__(self, backend: Backend) -> None:
        self.block = backend.to_device(self.host(BLOCK))
        self.made = 0

    @staticmethod
    def host(size: int) -> np.ndarray:
        """So many, in the host's memory."""
        return np.random.default_rng(0).standard_normal(size, np.float32)

    def __call__(self, *shape: int) -> Array:
        """Standard normal numbers, other ones each time."""
        size = int(np.prod(shape))
        start = 1013 * self.made % BLOCK
        self.made += 1
        copies = -(-(start + size) // BLOCK)
        many = np.tile(self.block, copies) if copies > 1 else self.block
        return many[start : start + size].reshape(shape).copy()


class Recorder:
    """A `Run` that keeps the launches that it passes on, so that they can be repeated.

    Parameters
    ----------
    run : Run
        Who runs them.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.launches: list[Launch] = []

    def __call__(self, launch: Launch) -> None:
        """Run it and keep it, with its arrays."""
        self.launches.append(launch)
        self.run(launch)

    def product(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """No launch of ours."""
        return self.run.product(a, b, out=out)


def prepared(problem: Problem, numbers: Numbers, size: str, backend: Backend) -> tuple:
    """The arguments of a problem, all of them on the backend."""
    return tree.map(
        lambda a: backend.to_device(a) if isinstance(a, np.ndarray) else a,
        problem.arrays(numbers, size),
    )


def errors(problem: Problem, run: Run, given: tuple, backend: Backend) -> list[float]:
    """Relative error of each result beside the twin's, over its largest number."""
    host = tree.map(lambda a: np.array(backend.to_host(a)), given)
    exact = problem.twin(*tree.floats_astype(host, np.float64))
    found = tree.map(backend.to_host, problem.call(run, *given))
    pairs = zip(tree.leaves(found), tree.leaves(exact), strict=True)
    return [_error(a, np.asarray(b)) for a, b in pairs]


def _error(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape != b.shape:
        raise ValueError(f"result: expected {b.shape}, received {a.shape}")
    if not a.size:
        return 0.0
    gap = float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max())
    most = float(np.abs(b).max())
    return gap / most if most else gap


def bytes_of(launch: Launch) -> int:
    """Of each array that a launch is given, once."""
    arrays = {id(a): a.nbytes for a in launch.args if getattr(a, "ndim", 0)}
    return sum(arrays.values())
