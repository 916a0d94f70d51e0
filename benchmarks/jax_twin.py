"""A network of ours as a function of JAX, with the same parameters and layouts."""

from typing import Any

import jax
import jax.numpy as jnp

from scratchgan import layers as ours

IMAGES = ("NHWC", "HWIO", "NHWC")


def apply(layer: Any, params: Any, x: Any) -> Any:
    """What `layer` computes."""
    if isinstance(layer, ours.Sequential):
        for part, p in zip(layer.layers, params, strict=True):
            x = apply(part, p, x)
        return x
    if isinstance(layer, ours.Residual):
        along = x if layer.shortcut is None else apply(layer.shortcut, params[0], x)
        return along + layer.scale * apply(layer.body, params[1], x)
    return LAYERS[type(layer)](layer, params, x)


def convolve(layer: Any, params: Any, x: Any) -> Any:
    """Convolution, channels last."""
    geometry = layer.geometry(x.shape[1:-1])
    y = jax.lax.conv_general_dilated(
        x, params[0], geometry.stride, geometry.padding, dimension_numbers=IMAGES
    )
    return y if params[1] is None else y + params[1]


def normalise(layer: Any, params: Any, x: Any) -> Any:
    """LayerNorm over a sample."""
    axes = tuple(range(1, x.ndim))
    centred = x - x.mean(axes, keepdims=True)
    r = jax.lax.rsqrt((centred**2).mean(axes, keepdims=True) + layer.eps)
    return params[0] * centred * r + params[1]


def pool(layer: Any, _: Any, x: Any) -> Any:
    """Means of k × k pixels."""
    k = layer.kernel
    n, h, w, c = x.shape
    return x.reshape(n, h // k, k, w // k, k, c).mean((2, 4))


LAYERS: dict[type, Any] = {
    ours.Dense: lambda _, p, x: x @ p[0] + p[1],
    ours.Conv2d: convolve,
    ours.LayerNorm: normalise,
    ours.AvgPool: pool,
    ours.GlobalAvgPool: lambda _, p, x: x.mean((1, 2)),
    ours.Flatten: lambda _, p, x: x.reshape(len(x), -1),
    ours.ReLU: lambda _, p, x: jnp.maximum(x, 0),
    ours.LeakyReLU: lambda layer, p, x: jnp.where(x >= 0, x, layer.alpha * x),
    ours.Softplus: lambda _, p, x: jax.nn.softplus(x),
    ours.Tanh: lambda _, p, x: jnp.tanh(x),
}
