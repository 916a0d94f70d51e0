"""What `jax_twin.py` lacks of StyleGAN2's discriminator, as functions of JAX."""

from typing import Any

import jax
import jax.numpy as jnp
import jax_twin
import numpy as np

from scratchgan import layers as ours


def register() -> None:
    """Teach `jax_twin.apply` these layers."""
    jax_twin.LAYERS.update(
        {
            ours.Equalized: equalized,
            ours.MinibatchStddev: stddev,
            ours.Scale: lambda layer, _, x: layer.factor * x,
            ours.UpFirDn2d: upfirdn2d,
        }
    )


def equalized(layer: Any, params: Any, x: Any) -> Any:
    """The layer with its scaled weights."""
    return jax_twin.apply(layer.layer, layer.effective(params), x)


def stddev(layer: Any, _: Any, x: Any) -> Any:
    """MinibatchStddev with one feature."""
    n, *size, channels = x.shape
    grouped = x.reshape(min(layer.group, n), -1, *size, channels)
    spread = jnp.sqrt(grouped.var(0) + layer.eps).mean((1, 2, 3))
    each = jnp.tile(spread, n // len(spread)).reshape(n, 1, 1, 1)
    return jnp.concatenate([x, jnp.broadcast_to(each, (n, *size, 1))], -1)


def upfirdn2d(layer: Any, _: Any, x: Any) -> Any:
    """A depthwise convolution of the upsampled image, one filter for both axes."""
    taps = np.outer(layer.filter, layer.filter).astype(x.dtype)
    taps *= layer.gain / taps.sum()
    sides = np.broadcast_to(np.asarray(layer.padding), (2, 2)).tolist()
    return jax.lax.conv_general_dilated(
        x,
        jnp.tile(taps[::-1, ::-1, None, None], (1, 1, 1, x.shape[-1])),
        window_strides=(layer.down,) * 2,
        padding=[(before, after + layer.up - 1) for before, after in sides],
        lhs_dilation=(layer.up,) * 2,
        feature_group_count=x.shape[-1],
        dimension_numbers=jax_twin.IMAGES,
    )
