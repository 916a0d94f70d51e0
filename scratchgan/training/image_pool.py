"""A pool of generated images (Shrivastava et al. 2017, section 2.3, as in CycleGAN).

A discriminator that only sees the newest images forgets what the generators made
before, and lets them go round in circles. So half of what it sees is older: a pool
holds P images; while it fills, an image is kept and shown; once it is full, by a fair
coin, either the new image is shown and forgotten, or one of the pool, drawn uniformly,
is shown and the new image takes its place.

The authors have one pool for all samples, and batches of one. Here every row of the
batch has a pool of its own, arrays (N, P, *S) with the batch first: rows do not meet, a
part of a batch can be computed by itself, and for a batch of one this is the published
pool. Batches are shuffled, so that a row's past is a sample of all rows' past; and an
image stays 2P updates in the mean, whatever the batch.
"""

import numpy as np

from scratchgan.backend import like
from scratchgan.types import Array, Shape


def empty_pool(batch_size: int, size: int, shape: Shape) -> Array:
    """A pool of `size` images of `shape` for every row, (N, P, *S); nothing in it."""
    return np.zeros((batch_size, size, *shape))


def exchange(pool: Array, x: Array, count: int, u: Array) -> tuple[Array, Array]:
    """Images to show, and the pool afterwards.

    Parameters
    ----------
    pool : Array
        (N, P, *S); nothing is written to it.
    x : Array
        New images, (N, *S).
    count : int
        How often the pool was used before: so many places are filled, at most P.
    u : Array
        Uniform numbers in [0, 1), (N,): the coin, and then which image.

    Returns
    -------
    shown : Array
        (N, *S).
    pool : Array
        (N, P, *S).
    """
    size = pool.shape[1]
    if size == 0:
        return x, pool
    rows, after = like(np.arange(len(x)), x), pool.copy()
    if count < size:
        after[:, count] = x
        return x, after
    stored = (u >= 0.5).reshape(-1, *(1,) * (x.ndim - 1))
    place = ((2 * u - 1) * size).astype(np.int64).clip(0)
    old = pool[rows, place].astype(x.dtype, copy=False)
    after[rows, place] = np.where(stored, x, old)
    return np.where(stored, old, x), after
