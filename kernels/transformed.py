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

BLOCK = 1 << 21  # bytes of U at a time, at most (measured: no better with less)


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
        most = max(1, BLOCK // max(1, self._U[:, 0, 0, :1].nbytes))
        step = -(-C // -(-C // most))  # as many blocks, of nearly one size
        self._left = deque(product(range(s), range(s), range(0, C, step)))
        self._step, self._pending = step, len(self._left)
        self._changed = Condition()
        self._failure: BaseException | None = None

    def array(self) -> Array:
        """U, once all of it is made.

        Raises
        ------
        RuntimeError
            If whoever made a part of it failed, then or earlier.
        """
        try:
            self._make_what_is_left()
        except BaseException as error:  # so that nobody waits for that part
            with self._changed:
                self._failure = error
                self._changed.notify_all()
            raise
        with self._changed:
            self._changed.wait_for(lambda: self._failure or not self._pending)
        if self._failure is not None:
            raise RuntimeError("transformed weights: not all made") from self._failure
        return self._U.reshape(len(self._U), -1, self._U.shape[-1])

    def _make_what_is_left(self) -> None:
        """Blocks that nobody has taken."""
        while True:
            try:
                block = self._left.popleft()
            except IndexError:
                return
            self._make(*block)
            with self._changed:
                self._pending -= 1
                self._changed.notify_all()

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
