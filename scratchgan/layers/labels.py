"""Class labels: how gradients come back to the rows that labels chose."""

from typing import NamedTuple

import numpy as np

from scratchgan.backend import like
from scratchgan.kernels.accumulate import matmul
from scratchgan.types import Array


class Labelled(NamedTuple):
    """An input with its labels."""

    x: Array
    labels: Array


def to_classes(labels: Array, values: Array, classes: int) -> Array:
    """Eᵀ values, for one-hot rows E of `labels`: a sum for each class, in fixed order.

    Parameters
    ----------
    labels : Array
        ``(N, …)`` integers in [0, classes).
    values : Array
        ``(N, …, C)``.
    classes : int
        K, number of rows of the result.
    """
    flat = labels.reshape(-1)
    kinds = like(np.arange(classes), flat)
    E = (flat[:, None] == kinds).astype(values.dtype)
    return matmul(E.T, values.reshape(flat.size, values.shape[-1]))
