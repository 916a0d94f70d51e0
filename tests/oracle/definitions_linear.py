"""Definitions of products: dense, convolutions, embeddings, attention."""

import math

import numpy as np

from scratchgan import layers as nn


def dense(ops, layer, params, x, cache, training):
    y = x @ params.W
    return y if params.b is None else y + params.b


def _each(value, axes):
    return (value,) * axes if isinstance(value, int) else tuple(value)


def _sides(layer, size, stride, extent):
    """(before, after) an axis, for a convolution of an input of `size`."""
    if layer.padding == "same":
        totals = [
            max(0, (math.ceil(n / s) - 1) * s + e - n)
            for n, s, e in zip(size, stride, extent, strict=True)
        ]
        return [(t // 2, t - t // 2) for t in totals]
    return [
        (p, p) if isinstance(p, int) else tuple(p)
        for p in _each(layer.padding, len(size))
    ]


def taps_of(size, out, kernel, stride, dilation, sides):
    """For every output pixel and tap, the input pixel as a flat number, or −1."""
    table = np.full((math.prod(out), math.prod(kernel)), -1)
    for row, i in enumerate(np.ndindex(*out)):
        for column, a in enumerate(np.ndindex(*kernel)):
            axes = zip(i, a, stride, dilation, sides, strict=True)
            place = [s * at + d * tap - before for at, tap, s, d, (before, _) in axes]
            if all(0 <= p < n for p, n in zip(place, size, strict=True)):
                table[row, column] = np.ravel_multi_index(place, size)
    return table


def convolution(ops, x, W, table, out, groups):
    """Σ_{a,c} x[n, place(i, a), c] W[a, c, o], one product a sample and group."""
    n, channels, taps = x.shape[0], x.shape[-1], table.shape[1]
    width, features = W.shape[-2], W.shape[-1] // groups
    pixels = math.prod(x.shape[1:-1])
    flat = ops.reshape(W, (taps, width, groups * features))
    parts = []
    for g in range(groups):
        c = g * width + np.arange(width)
        index = table[None, :, :, None] * channels + c
        index = index + np.arange(n)[:, None, None, None] * pixels * channels
        index = np.where(table[None, :, :, None] < 0, n * pixels * channels, index)
        rows = ops.gather(x, index.reshape(n * len(table), taps * width))
        o = np.arange(taps * width)[:, None] * groups * features
        mine = o + g * features + np.arange(features)
        parts.append(rows @ ops.gather(flat, mine))
    y = parts[0] if groups == 1 else ops.concatenate(parts, 1)
    return ops.reshape(y, (n, *out, groups * features))


def conv(ops, layer, params, x, cache, training):
    size, axes = x.shape[1:-1], layer.axes
    kernel, stride, dilation = (
        _each(v, axes) for v in (layer.kernel, layer.stride, layer.dilation)
    )
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    sides = _sides(layer, size, stride, extent)
    out = [
        (n + sum(p) - e) // s + 1
        for n, p, e, s in zip(size, sides, extent, stride, strict=True)
    ]
    table = taps_of(size, out, kernel, stride, dilation, sides)
    y = convolution(ops, x, params.W, table, out, layer.groups)
    return y if params.b is None else y + params.b


def conv_transpose(ops, layer, params, x, cache, training):
    """Every pixel of x, times W, added where a convolution would have read it."""
    size, axes = x.shape[1:-1], layer.axes
    kernel, stride, dilation = (
        _each(v, axes) for v in (layer.kernel, layer.stride, layer.dilation)
    )
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    full = [n * s for n, s in zip(size, stride, strict=True)]
    sides = _sides(layer, full, stride, extent)
    out = full if layer.padding == "same" else [
        (n - 1) * s + e - sum(p) + layer.output_padding
        for n, s, e, p in zip(size, stride, extent, sides, strict=True)
    ]  # fmt: skip
    table = taps_of(out, size, kernel, stride, dilation, sides)
    y = scattered(ops, x, params.W, table, out, layer.groups)
    return y if params.b is None else y + params.b


def scattered(ops, x, W, table, out, groups):
    """The adjoint of `convolution` in x, by adding: W (*K, O/G, C)."""
    n, channels, taps = x.shape[0], x.shape[-1], table.shape[1]
    features, width = W.shape[-2], channels // groups
    total = groups * features
    size = n * math.prod(out) * total
    whole = None
    for g in range(groups):
        pixels = len(table)
        rows = np.arange(n * pixels)[:, None] * channels + g * width + np.arange(width)
        weights = np.arange(taps * features)[:, None] * channels
        weights = weights + g * width + np.arange(width)
        W_t = ops.transpose(ops.gather(W, weights), (1, 0))
        patches = ops.gather(x, rows) @ W_t  # (n·pixels, taps·features)
        o = g * features + np.arange(features)
        place = table[None, :, :, None] * total + o
        place = place + np.arange(n)[:, None, None, None] * math.prod(out) * total
        place = np.where(table[None, :, :, None] < 0, size, place)
        index = place.reshape(n * pixels, taps * features)
        part = ops.scatter(patches, index, size, (n, *out, total))
        whole = part if whole is None else whole + part
    return whole


def rows_of(ops, table, labels):
    """table[labels]."""
    width = table.shape[-1]
    return ops.gather(table, labels[..., None] * width + np.arange(width))


def embedding(ops, layer, params, x, cache, training):
    return rows_of(ops, params.W, x)


def projection_head(ops, layer, params, x, cache, training):
    phi, labels = x
    a = params.w + rows_of(ops, params.V, labels)
    return ops.total(a * phi, -1, keepdims=True) + params.b


def label_affine(ops, layer, params, x, cache, training):
    h, labels = x
    shape = (h.shape[0], *(1,) * (h.ndim - 2), h.shape[-1])
    gamma = ops.reshape(rows_of(ops, params.gamma, labels), shape)
    return gamma * h + ops.reshape(rows_of(ops, params.beta, labels), shape)


def attention(ops, layer, params, x, cache, training):
    """For every query the mean of the values, weighted by exp⟨q, k⟩."""
    q, k, v = (
        ops.reshape(t, (t.shape[0], math.prod(t.shape[1:-1]), t.shape[-1])) for t in x
    )
    weights = ops.exp(layer.scale * (q @ ops.transpose(k, (0, 2, 1))))
    y = (weights @ v) / ops.total(weights, -1, keepdims=True)
    return ops.reshape(y, (*x[0].shape[:-1], v.shape[-1]))


DEFINITIONS = {
    nn.Attention: attention,
    nn.Conv1d: conv,
    nn.Conv2d: conv,
    nn.Conv3d: conv,
    nn.ConvTranspose1d: conv_transpose,
    nn.ConvTranspose2d: conv_transpose,
    nn.ConvTranspose3d: conv_transpose,
    nn.Dense: dense,
    nn.Embedding: embedding,
    nn.LabelAffine: label_affine,
    nn.ProjectionHead: projection_head,
}
