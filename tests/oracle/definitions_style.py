"""Definitions of reparametrised weights, and of StyleGAN2's convolution."""

import math

import numpy as np

from oracle.definitions_linear import convolution, scattered, taps_of
from scratchgan import layers as nn


def style_affine(ops, layer, params, x, cache, training):
    h, s = x
    channels = h.shape[-1]
    wide = np.arange(math.prod(s.shape)).reshape(s.shape)
    shape = (h.shape[0], *(1,) * (h.ndim - 2), channels)
    g = ops.reshape(ops.gather(s, wide[:, :channels]), shape)
    return g * h + ops.reshape(ops.gather(s, wide[:, channels:]), shape)


def modulated_conv(ops, layer, params, x, cache, training):
    """Sample by sample, with weights of its own (Karras et al. 2020, eqs. 1 and 3)."""
    image, style = x
    n, h, w, c = image.shape
    k, up = layer.kernel, layer.up
    out = [(m - 1) * up + k - 2 * layer.padding for m in (h, w)] if up > 1 else [
        m + 2 * layer.padding - k + 1 for m in (h, w)
    ]  # fmt: skip
    sides = [(layer.padding, layer.padding)] * 2
    large, small = ((h, w), out) if up == 1 else (out, (h, w))
    table = taps_of(large, small, (k, k), (up, up), (1, 1), sides)
    samples = []
    for i in range(n):
        one = np.arange(h * w * c).reshape(1, h, w, c) + i * h * w * c
        s = ops.reshape(ops.gather(style, np.arange(c) + i * c), (1, 1, c, 1))
        W = s * params.W
        if layer.demodulate:
            W = W / (ops.total(W**2, (0, 1, 2), keepdims=True) + layer.eps) ** 0.5
        if up == 1:
            y = convolution(ops, ops.gather(image, one), W, table, out, 1)
        else:
            V = ops.transpose(W, (0, 1, 3, 2))
            y = scattered(ops, ops.gather(image, one), V, table, out, 1)
        samples.append(y)
    return ops.concatenate(samples, 0)


def definitions(define):
    """Those that wrap another layer need its definition."""

    def inner(ops, layer, params, W, b, x, cache, training):
        changed = params._replace(W=W)
        if b is not None:
            changed = changed._replace(b=b)
        return define(ops, layer.layer, changed, x, cache, training)

    def features_last(layer, W):
        """The axis of output features of W."""
        transposed = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
        return W.ndim - (2 if isinstance(layer.layer, transposed) else 1)

    def equalized(ops, layer, params, x, cache, training):
        axis = features_last(layer, params.W)
        fan_in = math.prod(params.W.shape) / params.W.shape[axis]
        W = params.W * (layer.gain * layer.lr_multiplier / math.sqrt(fan_in))
        b = getattr(params, "b", None)
        b = None if b is None else b * layer.lr_multiplier
        return inner(ops, layer, params, W, b, x, cache, training)

    def weight_norm(ops, layer, params, x, cache, training):
        v = params.layer.W
        axis = features_last(layer, v)
        others = tuple(a for a in range(v.ndim) if a != axis)
        length = ops.total(v**2, others, keepdims=True) ** 0.5
        return inner(
            ops, layer, params.layer, params.g * v / length, None, x, cache, training
        )

    def spectral_norm(ops, layer, params, x, cache, training):
        w = params.layer.W
        axis = features_last(layer, w)
        order = [a for a in range(w.ndim) if a != axis] + [axis]
        matrix = ops.reshape(ops.transpose(w, order), (-1, w.shape[axis]))
        u = ops.reshape(params.state["u"], (1, -1))
        v = ops.reshape(params.state["v"], (-1, 1))
        sigma = ops.reshape(u @ matrix @ v, (1,) * w.ndim)
        return inner(ops, layer, params.layer, w / sigma, None, x, cache, training)

    return {
        nn.Equalized: equalized,
        nn.ModulatedConv2d: modulated_conv,
        nn.SpectralNorm: spectral_norm,
        nn.StyleAffine: style_affine,
        nn.WeightNorm: weight_norm,
    }
