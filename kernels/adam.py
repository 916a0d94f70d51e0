"""One update of Adam for one array, block by block.

Written out array by array, an update reads and writes memory a dozen times. Here all of
its steps are taken for a block that stays in cache before the next block is touched, so
that each array passes once.
"""

import numpy as np

from scratchgan.types import Array

BLOCK = 1 << 16  # numbers: a fifth less time than 1 << 14 (measured)


def adam(
    p: Array,
    g: Array,
    m: Array | None,
    s: Array,
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    correction: float,
) -> tuple[Array, Array | None, Array]:
    """Parameters and both moments after one update.

    Parameters
    ----------
    p, g : Array
        Parameters and gradient, of one shape.
    m, s : Array
        First and second moment; the former None where β₁ = 0.
    lr : float
        lr / (1 − β₁ᵗ).
    beta1, beta2, eps : float
        As in `optim.Adam`.
    correction : float
        1 / √(1 − β₂ᵗ).
    """
    new_p, new_s = np.empty_like(p, order="C"), np.empty_like(s, order="C")
    new_m = None if m is None else np.empty_like(m, order="C")
    arrays = [None if a is None else a.reshape(-1) for a in (p, g, m, s)]
    found = [None if a is None else a.reshape(-1) for a in (new_p, new_m, new_s)]
    for start in range(0, p.size, BLOCK):
        part = slice(start, start + BLOCK)
        p0, g0, m0, s0 = (None if a is None else a[part] for a in arrays)
        p1, m1, s1 = (None if a is None else a[part] for a in found)
        work = np.square(g0)
        work *= 1 - beta2
        np.multiply(s0, beta2, out=s1)
        s1 += work
        if m1 is not None:
            np.multiply(m0, beta1, out=m1)
            m1 += np.multiply(g0, 1 - beta1, out=work)
        np.sqrt(s1, out=work)
        work *= correction
        work += eps
        np.divide(g0 if m1 is None else m1, work, out=work)
        work *= lr
        np.subtract(p0, work, out=p1)
    return new_p, new_m, new_s
