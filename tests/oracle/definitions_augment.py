"""What Augment computes: four reflected pixels a place, then a map of colours."""

import math

import numpy as np

from scratchgan import layers as nn


def mirrored(i, n):
    """Steps back from both ends until inside."""
    while n > 1 and not 0 <= i < n:
        i = -i if i < 0 else 2 * (n - 1) - i
    return i if n > 1 else 0


def read(place, height, width):
    """A (HW, HW) for one sample, pixel by pixel."""
    A = np.zeros((height, width, height, width))
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    for i in range(height):
        for j in range(width):
            r, c = place @ [i - middle[0], j - middle[1], 1] + middle
            for a, u in ((math.floor(r), 1 - r % 1), (math.floor(r) + 1, r % 1)):
                for b, v in ((math.floor(c), 1 - c % 1), (math.floor(c) + 1, c % 1)):
                    A[i, j, mirrored(a, height), mirrored(b, width)] += u * v
    return A.reshape(height * width, -1)


def augment(ops, layer, params, x, cache, training):
    n, height, width, channels = x.shape
    y = ops.reshape(x, (n, height * width, channels))
    if cache.place is not None:
        y = ops.constant(np.stack([read(k, height, width) for k in cache.place])) @ y
    if cache.colour is not None:
        M, b = cache.colour[..., :channels], cache.colour[:, None, :, channels]
        y = y @ ops.constant(M.swapaxes(1, 2)) + ops.constant(b)
    return ops.reshape(y, x.shape)


DEFINITIONS = {nn.Augment: augment}
