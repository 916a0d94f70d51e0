"""What every layer computes, restated from its source, in the tape's operations.

`define(ops, layer, params, x, cache, training)` is y; `ops` is `tape` or `torch_ops`.
Nothing here calls a layer's own code, but for hyper-parameters and the random numbers
that a random layer's `cache` holds. A test fails when a public layer has no definition.
"""

import itertools
import math

import numpy as np

from oracle import definitions_augment as augment
from oracle import definitions_linear as linear
from oracle import definitions_spatial as spatial
from oracle import definitions_style as style
from scratchgan import layers as nn
from scratchgan import tree


def define(ops, layer, params, x, cache, training=True):
    """The output of `layer`, by its definition."""
    return DEFINITIONS[type(layer)](ops, layer, params, x, cache, training)


def elementwise(f):
    return lambda ops, layer, params, x, cache, training: f(ops, layer, x)


def sigmoid(ops, x):
    return 1 / (1 + ops.exp(-x))


def softplus(ops, x):
    return ops.log(1 + ops.exp(x))


def leaky(ops, x, alpha):
    return ops.where(ops.values(x) >= 0, x, x * alpha)


def elu(ops, x, alpha):
    return ops.where(ops.values(x) > 0, x, alpha * (ops.exp(x) - 1))


def gelu(ops, layer, x):
    if layer.approximate == "none":
        return x * 0.5 * (1 + ops.erf(x / math.sqrt(2)))
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + ops.tanh(inner))


def selu(ops, x):
    return 1.0507009873554805 * elu(ops, x, 1.6732632423543772)


def softmax(ops, x):
    e = ops.exp(x)
    return e / ops.total(e, -1, keepdims=True)


def maxout(ops, layer, x):
    v = ops.values(x).reshape(*x.shape[:-1], -1, layer.pieces)
    return ops.gather(
        x, np.take_along_axis(
            np.arange(v.size).reshape(v.shape), v.argmax(-1)[..., None], -1
        )[..., 0],
    )  # fmt: skip


def rearranged(move):
    """A layer that only moves or drops numbers: the same move on their indices."""

    def definition(ops, layer, params, x, cache, training):
        index = np.arange(math.prod(x.shape)).reshape(x.shape)
        return ops.gather(x, move(layer, index))

    return definition


def mean(ops, x, axes):
    count = math.prod(x.shape[a] for a in axes)
    return ops.total(x, axes, keepdims=True) / count


def standardized(ops, x, axes, eps):
    centred = x - mean(ops, x, axes)
    return centred / (mean(ops, centred**2, axes) + eps) ** 0.5


def affine(params, h):
    return h if params.gamma is None else params.gamma * h + params.beta


def batch_norm(ops, layer, params, x, cache, training):
    if training:
        return affine(params, standardized(ops, x, tuple(range(x.ndim - 1)), layer.eps))
    s = params.state
    return affine(params, (x - s["mean"]) / (s["variance"] + layer.eps) ** 0.5)


def layer_norm(ops, layer, params, x, cache, training):
    return affine(params, standardized(ops, x, tuple(range(1, x.ndim)), layer.eps))


def instance_norm(ops, layer, params, x, cache, training):
    return affine(params, standardized(ops, x, tuple(range(1, x.ndim - 1)), layer.eps))


def group_norm(ops, layer, params, x, cache, training):
    split = ops.reshape(x, (*x.shape[:-1], layer.groups, x.shape[-1] // layer.groups))
    h = standardized(ops, split, (*range(1, x.ndim - 1), x.ndim), layer.eps)
    return affine(params, ops.reshape(h, x.shape))


def pixel_norm(ops, layer, params, x, cache, training):
    return x / (mean(ops, x**2, (x.ndim - 1,)) + layer.eps) ** 0.5


def sequential(ops, layer, params, x, cache, training):
    for part, p, c in zip(layer.layers, params, cache, strict=True):
        x = define(ops, part, p, x, c, training)
    return x


def residual(ops, layer, params, x, cache, training):
    body = define(ops, layer.body, params.body, x, cache.body, training)
    if layer.shortcut is None:
        return x + layer.scale * body
    along = define(ops, layer.shortcut, params.shortcut, x, cache.shortcut, training)
    return along + layer.scale * body


def mixed_precision(ops, layer, params, x, cache, training):
    """The layer itself: cases compute in float64, where nothing is rounded."""
    assert layer.dtype == "float64"
    return define(ops, layer.layer, params, x, cache.inside, training)


def graph(ops, layer, params, x, cache, training):
    layer = getattr(layer, "graph", layer)
    inputs = x if isinstance(x, tuple) else (x,)
    values = dict(zip(layer.inputs, inputs, strict=True))
    for name, part, reads in layer.nodes:
        given = tuple(values[r] for r in reads)
        given = given[0] if len(given) == 1 else given
        values[name] = define(ops, part, params[name], given, cache[name], training)
    out = tuple(values[name] for name in layer.outputs)
    return out[0] if len(out) == 1 else out


def each_frame(ops, layer, params, x, cache, training):
    """Frame by frame where frames do not meet, otherwise all frames as one batch."""
    n, frames, *_ = x.shape
    if layer.couples_batch:
        folded = ops.reshape(x, (n * frames, *x.shape[2:]))
        y = define(ops, layer.layer, params, folded, cache.inner, training)
        return ops.reshape(y, (n, frames, *y.shape[1:]))
    index = np.arange(math.prod(x.shape)).reshape(x.shape)
    parts = []
    for t in range(frames):
        kept = tree.map(
            lambda a, t=t: a[:, t] if hasattr(a, "ndim") else a, cache.inner
        )
        y = define(ops, layer.layer, params, ops.gather(x, index[:, t]), kept, training)
        parts.append(ops.reshape(y, (n, 1, *y.shape[1:])))
    return ops.concatenate(parts, 1)


def parallel(ops, layer, params, x, cache, training):
    return tuple(
        define(ops, branch, params[str(i)], x, cache[str(i)], training)
        for i, branch in enumerate(layer.branches)
    )


def added(ops, layer, params, x, cache, training):
    return sum(x[1:], x[0])


def concatenated(ops, layer, params, x, cache, training):
    return ops.concatenate(x, x[0].ndim - 1)


def random_mask(ops, layer, params, x, cache, training):
    return x * ops.constant(cache) if training else x


def noise(ops, layer, params, x, cache, training):
    return x if cache is None else x + params.strength * ops.constant(cache)


def phase_shuffle(ops, layer, params, x, cache, training):
    if not training:
        return x
    n, length, channels = x.shape
    index = np.arange(n * length * channels).reshape(x.shape)
    moved = np.abs(np.arange(length) - cache[:, None])
    place = np.where(moved < length, moved, 2 * (length - 1) - moved)
    return ops.gather(x, np.take_along_axis(index, place[:, :, None], axis=1))


def discrimination(ops, layer, params, x, cache, training):
    n, (_, B, D) = x.shape[0], params.T.shape
    M = ops.reshape(x @ ops.reshape(params.T, (-1, B * D)), (n, B, D))
    o = []
    for i in range(n):
        one = ops.gather(M, np.arange(n * B * D).reshape(n, B, D)[i : i + 1])
        d = ops.total(ops.absolute(one - M), -1)  # (n, B)
        o.append(ops.total(ops.exp(-d), 0, keepdims=True))
    return ops.concatenate((x, ops.concatenate(o, 0)), 1)


def constant(ops, layer, params, x, cache, training):
    c = ops.reshape(params.c, (1, *params.c.shape))
    return c * ops.constant(np.ones((len(ops.values(x)), *(1,) * len(layer.shape))))


def stddev(ops, layer, params, x, cache, training):
    n, *size, channels = x.shape
    group = min(layer.group, n)
    index = np.arange(math.prod(x.shape)).reshape(x.shape)
    run, columns = channels // layer.features, []
    per_sample = [[] for _ in range(n)]
    for m, f in itertools.product(range(n // group), range(layer.features)):
        members = list(range(m, n, n // group))
        block = index[members][..., f * run : (f + 1) * run]
        v = ops.gather(x, block)
        sigma = (mean(ops, (v - mean(ops, v, (0,))) ** 2, (0,)) + layer.eps) ** 0.5
        s = ops.reshape(mean(ops, sigma, tuple(range(sigma.ndim))), (1,) * x.ndim)
        for member in members:
            per_sample[member].append(s * ops.constant(np.ones((1, *size, 1))))
    columns = [ops.concatenate(parts, x.ndim - 1) for parts in per_sample]
    return ops.concatenate((x, ops.concatenate(columns, 0)), x.ndim - 1)


DEFINITIONS = {
    **augment.DEFINITIONS,
    **linear.DEFINITIONS,
    **spatial.DEFINITIONS,
    **style.definitions(define),
    nn.AdaIN: graph,
    nn.Add: added,
    nn.BatchNorm: batch_norm,
    nn.Bias: lambda ops, layer, params, x, cache, training: x + params.b,
    nn.Concatenate: concatenated,
    nn.ConditionalBatchNorm: graph,
    nn.Constant: constant,
    nn.Crop: rearranged(lambda layer, i: i[:, : layer.height, : layer.width]),
    nn.Dropout: random_mask,
    nn.EachFrame: each_frame,
    nn.ELU: elementwise(lambda ops, layer, x: elu(ops, x, layer.alpha)),
    nn.Flatten: rearranged(lambda layer, i: i.reshape(len(i), -1)),
    nn.GELU: elementwise(gelu),
    nn.Gain: lambda ops, layer, params, x, cache, training: x * params.gamma,
    nn.Graph: graph,
    nn.GroupNorm: group_norm,
    nn.InstanceNorm: instance_norm,
    nn.LayerNorm: layer_norm,
    nn.LeakyReLU: elementwise(lambda ops, layer, x: leaky(ops, x, layer.alpha)),
    nn.Maxout: elementwise(maxout),
    nn.MinibatchDiscrimination: discrimination,
    nn.MinibatchStddev: stddev,
    nn.MixedPrecision: mixed_precision,
    nn.NoiseInjection: noise,
    nn.Parallel: parallel,
    nn.PhaseShuffle: phase_shuffle,
    nn.PixelNorm: pixel_norm,
    nn.ReLU: elementwise(lambda ops, layer, x: leaky(ops, x, 0.0)),
    nn.Repeat: rearranged(lambda layer, i: np.stack([i] * layer.frames, axis=1)),
    nn.Reshape: rearranged(lambda layer, i: i.reshape(len(i), *layer.shape)),
    nn.Residual: residual,
    nn.SELU: elementwise(lambda ops, layer, x: selu(ops, x)),
    nn.Scale: elementwise(lambda ops, layer, x: x * layer.factor),
    nn.Select: rearranged(lambda layer, i: i[:, layer.index]),
    nn.SelfAttention: graph,
    nn.Sequential: sequential,
    nn.SiLU: elementwise(lambda ops, layer, x: x * sigmoid(ops, x)),
    nn.Sigmoid: elementwise(lambda ops, layer, x: sigmoid(ops, x)),
    nn.SmoothELU: elementwise(lambda ops, layer, x: softplus(ops, 2 * x + 2) / 2 - 1),
    nn.Softmax: elementwise(lambda ops, layer, x: softmax(ops, x)),
    nn.Softplus: elementwise(lambda ops, layer, x: softplus(ops, x)),
    nn.Tanh: elementwise(lambda ops, layer, x: ops.tanh(x)),
}
