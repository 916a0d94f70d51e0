"""Problems of kernels with sums: normalisations, rows, reductions, batch statistics."""

from typing import Any

import numpy as np

from on_gpu.problem import Numbers, Problem
from on_gpu.problems_elementwise import IMAGE, images
from scratchgan import layers as nn
from scratchgan.kernels.cuda import (
    minibatch_stddev,
    norm_sweeps,
    norms,
    pixel_norm,
    reductions,
    softmax,
)
from scratchgan.layers.softmax import jacobian, jacobian_tangent
from scratchgan.layers.softmax import softmax as softmax_twin
from scratchgan.layers.standardize import Standardized, project, project_tangent

EPS = 1e-5
#: What MinibatchStddev sees, for so many samples that they fill a device.
LAST = {"large": (8192, 4, 4, 512), "small": (8, 3, 3, 8), "odd": (8, 3, 3, 5)}
#: Scores of self-attention, by rows.
SCORES = {"large": (131072, 1024), "small": (6, 12), "odd": (5, 7)}
GROUP = 4


class Kind:
    """Which numbers share a statistic: those of a channel, or those of a sample.

    Parameters
    ----------
    batch : bool
        BatchNorm; else LayerNorm.
    """

    def __init__(self, batch: bool) -> None:
        self.batch = batch
        self.axes = (0, 1, 2) if batch else (1, 2, 3)

    def sizes(self, x: Any) -> tuple[int, int]:
        """Groups and channels of the statistics."""
        return (1, x.shape[-1]) if self.batch else (len(x), 1)

    def forward(self, run: Any, x: Any, gamma: Any, beta: Any) -> Any:
        """Moments, then y."""
        s = norms.moments(run, x, *self.sizes(x), EPS)
        return norms.normalize(run, x, s, gamma, beta)[0], s.mean

    def forward_twin(self, x: Any, gamma: Any, beta: Any) -> Any:
        """By NumPy."""
        mean = x.mean(self.axes, keepdims=True)
        r = 1 / np.sqrt(x.var(self.axes, keepdims=True) + EPS)
        return gamma * (x - mean) * r + beta, mean.reshape(self.sizes(x))

    def sweeps(self, run: Any, h: Any, dy: Any, tx: Any, tdy: Any, gamma: Any) -> Any:
        """The cotangent, the tangent, and the tangent of the cotangent."""
        norm = norm_sweeps.Norm(h, self.scale(h), gamma)
        dx, sums = norm_sweeps.backward(run, norm, dy)
        ty, th, tsums = norm_sweeps.jvp(run, norm, tx)
        tdx, _ = norm_sweeps.backward_jvp(run, norm, dy, sums, th, tsums, tdy)
        return dx, ty, tdx

    def sweeps_twin(self, h: Any, dy: Any, tx: Any, tdy: Any, gamma: Any) -> Any:
        """By NumPy."""
        r = self.scale(h)
        s = Standardized(h, r.reshape((1, 1, 1, -1) if self.batch else (-1, 1, 1, 1)))
        th, axes = project(s, tx, self.axes), self.axes
        tdx = project_tangent(s, gamma * dy, tx, th, axes)
        tdx = tdx + project(s, gamma * tdy, axes)
        return project(s, gamma * dy, axes), gamma * th, tdx

    def scale(self, h: Any) -> Any:
        """Some r: 1½, ½, 1½ and so on."""
        shape = self.sizes(h)
        r = np.ones_like(h, shape=int(np.prod(shape)))
        r[::2] += r.dtype.type(0.5)
        r[1::2] -= r.dtype.type(0.5)
        return r.reshape(shape)


BATCH, LAYER = Kind(batch=True), Kind(batch=False)


def affine(numbers: Numbers, size: str) -> tuple:
    """x, γ and β."""
    shape = IMAGE[size]
    return numbers(*shape), numbers(shape[-1]), numbers(shape[-1])


def rows_of(count: int) -> Any:
    """So many arrays of scores."""
    return lambda numbers, size: tuple(numbers(*SCORES[size]) for _ in range(count))


def last(count: int) -> Any:
    """x, and cotangents with a channel more."""

    def arrays(numbers: Numbers, size: str) -> tuple:
        *axes, channels = LAST[size]
        found = [numbers(*axes, channels)]
        found += [numbers(*axes, channels)] * (count > 2)
        return (*found, *(numbers(*axes, channels + 1) for _ in range(count // 2)))

    return arrays


def spread(run: Any, x: Any, tx: Any, dy: Any, tdy: Any) -> Any:
    """All verbs of MinibatchStddev."""
    y, kept = minibatch_stddev.forward(run, x, GROUP, 1, 1e-8)
    dx, ds = minibatch_stddev.backward(run, kept, dy, 1)
    ty, moved = minibatch_stddev.jvp(run, kept, tx, 1)
    tdx = minibatch_stddev.backward_jvp(run, kept, ds, moved, tdy, 1)
    return y, dx, ty, tdx


def spread_twin(x: Any, tx: Any, dy: Any, tdy: Any) -> Any:
    """The layer."""
    return verbs(nn.MinibatchStddev(GROUP), x, tx, dy, tdy)


def verbs(layer: nn.Layer, x: Any, tx: Any, dy: Any, tdy: Any) -> Any:
    """Of a layer without parameters: y, dx, ty and tdx."""
    y, cache = layer.forward((), x)
    dx, _, dcache = layer.backward((), cache, dy)
    ty, tcache = layer.jvp((), cache, tx)
    return y, dx, ty, layer.backward_jvp((), cache, dcache, tcache, tdy)[0]


def pixels(run: Any, x: Any, tx: Any, dy: Any, tdy: Any) -> Any:
    """All verbs of PixelNorm."""
    h, r = pixel_norm.forward(run, x, 1e-8)
    dx, th = (pixel_norm.backward(run, h, r, u) for u in (dy, tx))
    return h, dx, th, pixel_norm.backward_jvp(run, h, r, dy, tx, th, tdy)


def attention(run: Any, x: Any, dy: Any, tx: Any) -> Any:
    """All verbs of Softmax."""
    y = softmax.forward(run, x)
    dx, ty = (softmax.backward(run, y, u) for u in (dy, tx))
    return y, dx, softmax.backward_jvp(run, y, dy, ty)


def attention_twin(x: Any, dy: Any, tx: Any) -> Any:
    """The layer's."""
    y = softmax_twin(x)
    return y, jacobian(y, dy), jacobian_tangent(y, jacobian(y, tx), dy)


PROBLEMS = (
    Problem("norms", "BatchNorm, forward", affine, BATCH.forward, BATCH.forward_twin),
    Problem("norms", "LayerNorm, forward", affine, LAYER.forward, LAYER.forward_twin),
    Problem(
        "norm_sweeps",
        "BatchNorm, sweeps",
        images(4, channels=True),
        BATCH.sweeps,
        BATCH.sweeps_twin,
    ),
    Problem(
        "norm_sweeps",
        "LayerNorm, sweeps",
        images(4, channels=True),
        LAYER.sweeps,
        LAYER.sweeps_twin,
    ),
    Problem(
        "pixel_norm",
        "all verbs",
        images(4),
        pixels,
        lambda *four: verbs(nn.PixelNorm(), *four),
    ),
    Problem("softmax", "all verbs", rows_of(3), attention, attention_twin),
    Problem(
        "reductions",
        "gradient of a bias",
        images(1),
        reductions.columns,
        lambda x: x.sum((0, 1, 2)),
    ),
    Problem(
        "reductions",
        "inner products of rows",
        rows_of(2),
        reductions.inner_rows,
        lambda a, b: (a * b).sum(-1),
    ),
    Problem("minibatch_stddev", "all verbs", last(4), spread, spread_twin),
)
