"""What every measure of features asks of its input: finite float64 arrays (N, D)."""

import numpy as np

from scratchgan.types import Array


def features(name: str, x: Array, at_least: int = 1, why: str = "") -> Array:
    """`x` as float64 (N, D).

    Parameters
    ----------
    name : str
        What error messages call it.
    x : Array
        Features, one sample a row.
    at_least : int
        How many samples there must be.
    why : str
        What so many are needed for, as in ``" for a covariance"``.

    Raises
    ------
    ValueError
        If it has other axes, too few samples, or a value that is not finite.
    """
    x = np.asarray(x)
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError(f"{name}: expected an array (N, D), received {x.shape}")
    if len(x) < at_least:
        raise ValueError(
            f"{name}: expected at least {at_least} samples{why}, received {len(x)}"
        )
    x = x.astype(np.float64, copy=False)
    bad = int((~np.isfinite(x)).any(axis=1).sum())
    if bad:
        raise ValueError(
            f"{name}: expected finite values, received NaN or infinity in {bad} of "
            f"{len(x)} samples"
        )
    return x


def require_dimensions(name: str, received: int, other: str, expected: int) -> None:
    """Two sets of features have one D.

    Raises
    ------
    ValueError
        If they have not.
    """
    if received != expected:
        raise ValueError(
            f"{name}: expected the {expected} dimensions of {other}, "
            f"received {received}"
        )
