"""PyTorch's own functions for the layers that it has, channels moved to where it wants.

`OWN[type](layer, params, x, training)` gives y.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812

from scratchgan import layers as nn


def first(x):
    """(N, *S, C) to (N, C, *S)."""
    return x.movedim(-1, 1)


def last(x):
    """(N, C, *S) to (N, *S, C)."""
    return x.movedim(1, -1)


def each(value, axes):
    return (value,) * axes if isinstance(value, int) else tuple(value)


def sides(layer, size, stride, extent):
    if layer.padding == "same":
        totals = [
            max(0, (math.ceil(n / s) - 1) * s + e - n)
            for n, s, e in zip(size, stride, extent, strict=True)
        ]
        return [(t // 2, t - t // 2) for t in totals]
    return [(p, p) if isinstance(p, int) else p for p in each(layer.padding, len(size))]


def conv(layer, params, x, training):
    axes, size = layer.axes, x.shape[1:-1]
    kernel, stride, dilation = (
        each(v, axes) for v in (layer.kernel, layer.stride, layer.dilation)
    )
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    pads = sides(layer, size, stride, extent)
    padded = F.pad(first(x), [p for pair in reversed(pads) for p in pair])
    W = params.W.movedim((-1, -2), (0, 1))
    f = (F.conv1d, F.conv2d, F.conv3d)[axes - 1]
    return last(f(padded, W, params.b, stride, 0, dilation, layer.groups))


def conv_transpose(layer, params, x, training):
    """Without padding, then cropped (or grown by output padding) to size."""
    axes, size = layer.axes, x.shape[1:-1]
    kernel, stride, dilation = (
        each(v, axes) for v in (layer.kernel, layer.stride, layer.dilation)
    )
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    full = [n * s for n, s in zip(size, stride, strict=True)]
    pads = sides(layer, full, stride, extent)
    out = full if layer.padding == "same" else [
        (n - 1) * s + e - sum(p) + layer.output_padding
        for n, s, e, p in zip(size, stride, extent, pads, strict=True)
    ]  # fmt: skip
    W = params.W.movedim((-1, -2), (0, 1))
    f = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[axes - 1]
    y = f(first(x), W, None, stride, 0, 0, layer.groups, dilation)
    crop = [
        p
        for n, m, (before, _) in reversed(
            list(zip(y.shape[2:], out, pads, strict=True))
        )
        for p in (-before, m + before - n)
    ]
    y = last(F.pad(y, crop))
    return y if params.b is None else y + params.b


def dense(layer, params, x, training):
    return F.linear(x, params.W.T, params.b)


def embedding(layer, params, x, training):
    return F.embedding(torch.as_tensor(x), params.W)


def batch_norm(layer, params, x, training):
    mean, variance = (params.state[k].detach().clone() for k in ("mean", "variance"))
    return last(
        F.batch_norm(
            first(x),
            mean,
            variance,
            params.gamma,
            params.beta,
            training,
            0.1,
            layer.eps,
        )
    )


def layer_norm(layer, params, x, training):
    h = F.layer_norm(x, x.shape[1:], None, None, layer.eps)
    return params.gamma * h + params.beta


def instance_norm(layer, params, x, training):
    return last(
        F.instance_norm(first(x), None, None, params.gamma, params.beta, eps=layer.eps)
    )


def group_norm(layer, params, x, training):
    return last(
        F.group_norm(first(x), layer.groups, params.gamma, params.beta, layer.eps)
    )


def attention(layer, params, x, training):
    q, k, v = (t.flatten(1, -2) for t in x)
    # the C++ kernels for attention have no double backward; this one is plain products
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        y = F.scaled_dot_product_attention(q, k, v, scale=layer.scale)
    return y.reshape(*x[0].shape[:-1], v.shape[-1])


def pad(layer, params, x, training):
    axes = x.ndim - 2
    pairs = [(p, p) if isinstance(p, int) else p for p in each(layer.amount, axes)]
    flat = [p for pair in reversed(pairs) for p in pair]
    mode = "constant" if layer.mode == "zero" else layer.mode
    return last(F.pad(first(x), flat, mode))


def upsample(mode):
    def f(layer, params, x, training):
        if mode == "nearest":
            return last(F.interpolate(first(x), scale_factor=layer.factor))
        linear = ("linear", "bilinear", "trilinear")[x.ndim - 3]
        y = F.interpolate(
            first(x), scale_factor=layer.factor, mode=linear, align_corners=False
        )
        return last(y)

    return f


def pool(*functions):
    def f(layer, params, x, training):
        stride = layer.kernel if layer.stride is None else layer.stride
        return last(functions[x.ndim - 3](first(x), layer.kernel, stride))

    return f


def global_avg_pool(layer, params, x, training):
    return F.adaptive_avg_pool2d(first(x), 1)[:, :, 0, 0]


def in_runs(x, b):
    """Channels (p, q, c) of TensorFlow's order to (c, p, q) of PyTorch's."""
    n, h, w, depth = x.shape
    return x.reshape(n, h, w, b * b, depth // (b * b)).transpose(3, 4).flatten(3)


def depth_to_space(layer, params, x, training):
    return last(F.pixel_shuffle(first(in_runs(x, layer.block)), layer.block))


def space_to_depth(layer, params, x, training):
    y = last(F.pixel_unshuffle(first(x), layer.block))
    n, h, w, depth = y.shape
    b = layer.block
    return y.reshape(n, h, w, depth // (b * b), b * b).transpose(3, 4).flatten(3)


def elementwise(f):
    return lambda layer, params, x, training: f(layer, x)


OWN = {
    nn.Add: lambda layer, params, x, training: sum(x),
    nn.Attention: attention,
    nn.AvgPool: pool(F.avg_pool1d, F.avg_pool2d, F.avg_pool3d),
    nn.BatchNorm: batch_norm,
    nn.Concatenate: lambda layer, params, x, training: torch.cat(x, -1),
    nn.Conv1d: conv,
    nn.Conv2d: conv,
    nn.Conv3d: conv,
    nn.ConvTranspose1d: conv_transpose,
    nn.ConvTranspose2d: conv_transpose,
    nn.ConvTranspose3d: conv_transpose,
    nn.Dense: dense,
    nn.DepthToSpace: depth_to_space,
    nn.ELU: elementwise(lambda layer, x: F.elu(x, layer.alpha)),
    nn.Embedding: embedding,
    nn.Flatten: elementwise(lambda layer, x: x.flatten(1)),
    nn.GELU: elementwise(lambda layer, x: F.gelu(x, approximate=layer.approximate)),
    nn.GlobalAvgPool: global_avg_pool,
    nn.GroupNorm: group_norm,
    nn.InstanceNorm: instance_norm,
    nn.LayerNorm: layer_norm,
    nn.LeakyReLU: elementwise(lambda layer, x: F.leaky_relu(x, layer.alpha)),
    nn.MaxPool: pool(F.max_pool1d, F.max_pool2d, F.max_pool3d),
    nn.Pad: pad,
    nn.ReLU: elementwise(lambda layer, x: F.relu(x)),
    nn.Reshape: elementwise(lambda layer, x: x.reshape(len(x), *layer.shape)),
    nn.SELU: elementwise(lambda layer, x: F.selu(x)),
    nn.SiLU: elementwise(lambda layer, x: F.silu(x)),
    nn.Sigmoid: elementwise(lambda layer, x: torch.sigmoid(x)),
    nn.Softmax: elementwise(lambda layer, x: F.softmax(x, -1)),
    nn.Softplus: elementwise(lambda layer, x: F.softplus(x)),
    nn.SpaceToDepth: space_to_depth,
    nn.Tanh: elementwise(lambda layer, x: torch.tanh(x)),
    nn.UpsampleBilinear: upsample("linear"),
    nn.UpsampleNearest: upsample("nearest"),
}
