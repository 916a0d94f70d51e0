"""Our verbs at one point, and how they are compared with an oracle's."""

import numpy as np
from layer_cases import sample

from scratchgan import tree
from scratchgan.gradcheck.numeric import random_like
from scratchgan.gradcheck.sweeps import distance, filled


class Found:
    """Our verbs at one point."""

    def __init__(self, case):
        rng = np.random.default_rng(3)
        self.params, self.x = sample(case)
        layer = case.layer
        self.y, self.cache = layer.forward(self.params, self.x, case.ctx)
        self.dy, self.ddx = random_like(self.y, rng), random_like(self.x, rng)
        self.dx, self.dparams, dcache = layer.backward(self.params, self.cache, self.dy)
        self.second = layer.double_backward(self.params, self.cache, dcache, self.ddx)


def floats(values):
    return [a for a in tree.leaves(values) if a.dtype.kind == "f"]


def results_of(found):
    """Ours, as lists in the order of the oracle's, zeros for None."""
    learned = tree.learned(found.params)
    first = floats(filled_floats(found.x, found.dx)) + floats(
        filled(learned, found.dparams)
    )
    second = [
        *filled_floats(found.y, found.second.ddy),
        *filled_floats(found.x, found.second.dx),
        *floats(filled(learned, found.second.dparams)),
    ]
    return floats(found.y), first, second


def filled_floats(like, values):
    return [
        np.zeros(a.shape) if v is None else v
        for a, v in zip(
            tree.leaves(like), tree.leaves(filled(like, values)), strict=True
        )
        if a.dtype.kind == "f"
    ]


def assert_agree(found, oracle, tolerance):
    """y, backward and double_backward, each on the scale of its largest number."""
    for name, ours, theirs in zip(
        ("y", "backward", "double_backward"), results_of(found), oracle, strict=True
    ):
        theirs = [
            np.zeros(a.shape) if b is None else b
            for a, b in zip(ours, theirs, strict=True)
        ]
        gap = distance(ours, theirs)
        assert gap <= tolerance, f"{name}: {gap}"
