"""Philox4x32-10: random bits as a pure function of a counter and a key.

Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
section 3.3. Ten rounds of two 32 × 32 → 64 bit products on a counter (c0, c1, c2, c3):

    (hi0, lo0) = M0 · c0            (hi1, lo1) = M1 · c2
    (c0, c1, c2, c3) ← (hi1 ⊕ c1 ⊕ k0, lo1, hi0 ⊕ c3 ⊕ k1, lo0)
    (k0, k1) ← (k0 + W0, k1 + W1)

There is no state: any block of any stream is computed on its own, in any order, so that
a resumed run draws exactly the numbers that it would have drawn.
"""

import numpy as np

from scratchgan.types import Array

M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)  # multipliers
W0, W1 = 0x9E3779B9, 0xBB67AE85  # Weyl increments of the key: golden ratio, √3 − 1
MASK = 0xFFFFFFFF
ROUNDS = 10


def philox4x32(counter: Array, key: tuple[int, int]) -> Array:
    """Four random 32-bit words for every counter.

    Parameters
    ----------
    counter : Array
        uint32 ``(4, N)``: word c0 first.
    key : tuple of int
        ``(k0, k1)``, each below 2³².

    Returns
    -------
    Array
        uint32 ``(N, 4)``.
    """
    low, shift = np.uint64(MASK), np.uint64(32)
    c0, c1, c2, c3 = (word.astype(np.uint64) for word in counter)
    k0, k1 = key
    for _ in range(ROUNDS):
        p0, p1 = M0 * c0, M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> shift) ^ c1 ^ np.uint64(k0),
            p1 & low,
            (p0 >> shift) ^ c3 ^ np.uint64(k1),
            p0 & low,
        )
        k0, k1 = (k0 + W0) & MASK, (k1 + W1) & MASK
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)
