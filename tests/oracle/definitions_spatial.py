"""Definitions of padding, pooling and resampling, by the indices of pixels."""

import math

import numpy as np

from scratchgan import layers as nn


def indices(x):
    return np.arange(math.prod(x.shape)).reshape(x.shape)


def pad(ops, layer, params, x, cache, training):
    amount = layer.amount
    axes = x.ndim - 2
    each = (amount,) * axes if isinstance(amount, int) else amount
    sides = [(0, 0), *((p, p) if isinstance(p, int) else p for p in each), (0, 0)]
    if layer.mode == "zero":
        beyond = math.prod(x.shape)  # where `gather` reads a zero
        return ops.gather(x, np.pad(indices(x), sides, constant_values=beyond))
    mode = {"reflect": "reflect", "replicate": "edge"}[layer.mode]
    return ops.gather(x, np.pad(indices(x), sides, mode=mode))


def nearest(ops, layer, params, x, cache, training):
    index = indices(x)
    for axis in range(1, x.ndim - 1):
        places = np.arange(index.shape[axis] * layer.factor) // layer.factor
        index = index.take(places, axis=axis)
    return ops.gather(x, index)


def bilinear(ops, layer, params, x, cache, training):
    r = layer.factor
    for axis in range(1, x.ndim - 1):
        n = x.shape[axis]
        place = np.clip((np.arange(n * r) + 0.5) / r - 0.5, 0, n - 1)
        low = np.minimum(np.floor(place).astype(int), n - 1)
        phi = (place - low).reshape(-1, *(1,) * (x.ndim - 1 - axis))
        index = indices(x)
        a = ops.gather(x, index.take(low, axis=axis))
        b = ops.gather(x, index.take(np.minimum(low + 1, n - 1), axis=axis))
        x = a * ops.constant(1 - phi) + b * ops.constant(phi)
    return x


def windows(layer, x):
    """Flat indices of every window's pixels, (N, *S′, C, K)."""
    axes = x.ndim - 2
    kernel, stride = (
        (v,) * axes if isinstance(v, int) else v
        for v in (layer.kernel, layer.kernel if layer.stride is None else layer.stride)
    )
    view = np.lib.stride_tricks.sliding_window_view(
        indices(x), kernel, axis=tuple(range(1, axes + 1))
    )
    view = view[:, *(slice(None, None, s) for s in stride)]
    return view.reshape(*view.shape[: axes + 2], -1)


def avg_pool(ops, layer, params, x, cache, training):
    index = windows(layer, x)
    return ops.total(ops.gather(x, index), -1) / index.shape[-1]


def max_pool(ops, layer, params, x, cache, training):
    index = windows(layer, x)
    best = ops.values(x).reshape(-1)[index].argmax(-1)
    return ops.gather(x, np.take_along_axis(index, best[..., None], -1)[..., 0])


def global_avg_pool(ops, layer, params, x, cache, training):
    axes = tuple(range(1, x.ndim - 1))
    return ops.total(x, axes) / math.prod(x.shape[1:-1])


def space_to_depth(ops, layer, params, x, cache, training):
    b, index = layer.block, indices(x)
    parts = [index[:, p::b, q::b] for p in range(b) for q in range(b)]
    return ops.gather(x, np.concatenate(parts, axis=-1))


def depth_to_space(ops, layer, params, x, cache, training):
    b, index = layer.block, indices(x)
    n, h, w, depth = index.shape
    c = depth // (b * b)
    out = np.empty((n, h * b, w * b, c), int)
    for p in range(b):
        for q in range(b):
            run = p * b + q
            out[:, p::b, q::b] = index[..., run * c : (run + 1) * c]
    return ops.gather(x, out)


def upfirdn(ops, layer, params, x, cache, training):
    """Zeros between, zeros around (or cropped), convolve, keep every down-th."""
    f = np.asarray(layer.filter, float)
    f = f if f.ndim == 2 else np.outer(f, f)
    f = f * layer.gain / f.sum()
    (u, v), (d, e) = (
        (a, a) if isinstance(a, int) else a for a in (layer.up, layer.down)
    )
    padding = layer.padding
    each = (padding, padding) if isinstance(padding, int) else padding
    (top, bottom), (left, right) = ((p, p) if isinstance(p, int) else p for p in each)
    n, h, w, c = x.shape
    beyond = math.prod(x.shape)
    frame = 50  # more than any padding of a test
    z = np.full((n, h * u + 2 * frame, w * v + 2 * frame, c), beyond)
    z[:, frame : frame + h * u : u, frame : frame + w * v : v] = indices(x)
    z = z[
        :,
        frame - top : frame + h * u + bottom,
        frame - left : frame + w * v + right,
    ]
    kh, kw = f.shape
    rows, cols = z.shape[1] - kh + 1, z.shape[2] - kw + 1
    y = 0.0
    for a in range(kh):
        for b in range(kw):
            y = y + ops.gather(x, z[:, a : a + rows, b : b + cols]) * float(
                f[kh - 1 - a, kw - 1 - b]
            )
    index = np.arange(n * rows * cols * c).reshape(n, rows, cols, c)
    return ops.gather(y, index[:, ::d, ::e])


DEFINITIONS = {
    nn.AvgPool: avg_pool,
    nn.DepthToSpace: depth_to_space,
    nn.GlobalAvgPool: global_avg_pool,
    nn.MaxPool: max_pool,
    nn.Pad: pad,
    nn.SpaceToDepth: space_to_depth,
    nn.UpFirDn2d: upfirdn,
    nn.UpsampleBilinear: bilinear,
    nn.UpsampleNearest: nearest,
}
