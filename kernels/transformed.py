"""Transformed weights: threads that share them share the work of making them.

U = G W (`winograd`) takes about as long to make as a product with it, and the parts of
a batch ask for the same U at the same time. So it is made block by block: everyone who
asks takes blocks until none is left, and then waits for those that others took. A block
is the same numbers whoever makes it, and so is U.
"""

from collections import deque
from itertools import product
from threading import Condition

import numpy as np

from scratchgan.kernels.cook_toom import along_both
from scratchgan.kernels.tiles import Plan
from scratchgan.types import Array

BLOCK = 1 << 21  # bytes of U at a time: a core's second-level cache


class TransformedWeights:
    """U (P², s²C, O) of one convolution.

    Parameters
    ----------
    plan : Plan
        How the convolution is cut into tiles.
    W : Array
        Weights ``(K, K, C, O)``.
    """

    def __init__(self, plan: Plan, W: Array):
        s, (*_, C, features) = plan.stride, W.shape
        self.plan, self.W = plan, W
        self._U = np.empty_like(W, shape=(plan.filtering.side**2, s, s, C, features))
        step = max(1, BLOCK // max(1, self._U[:, 0, 0, :1].nbytes))
        self._left = deque(product(range(s), range(s), range(0, C, step)))
        self._step, self._pending = step, len(self._left)
        self._changed = Condition()

    def array(self) -> Array:
        """U, once all of it is made."""
        while self._left:
            try:
                block = self._left.popleft()
            except IndexError:  # somebody took the last one
                break
            try:
                self._make(*block)
            finally:  # nobody waits for one that failed: that step fails as a whole
                with self._changed:
                    self._pending -= 1
                    self._changed.notify_all()
        with self._changed:
            self._changed.wait_for(lambda: not self._pending)
        return self._U.reshape(len(self._U), -1, self._U.shape[-1])

    def _make(self, i: int, j: int, start: int) -> None:
        """The block that pixel (i, j) of s × s and some channels of x see."""
        s, r = self.plan.stride, self.plan.filtering.taps
        channels = slice(start, start + self._step)
        taps = self.W[i::s, j::s, channels]
        if taps.shape[:2] != (r, r):  # K is odd: a last row and column of zeros
            whole = np.zeros_like(taps, shape=(r, r, *taps.shape[2:]))
            whole[: taps.shape[0], : taps.shape[1]] = taps
            taps = whole
        U = self._U[:, i, j, channels]
        G = self.plan.filtering.weights
        along_both(G, taps.reshape(r * r, -1), U.reshape(len(U), -1))
