"""A small classifier of images, the judge of a translation that it never saw.

Three convolutions and two dense layers, softmax cross-entropy, Adam with a rate that
falls to zero, images shifted by up to a pixel or two: enough for digits, in about a
minute. A function of its training images, their labels and a seed.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan import tree
from scratchgan.layers import (
    INFERENCE,
    Context,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Layer,
    ReLU,
    Sequential,
)
from scratchgan.losses import CrossEntropy
from scratchgan.optim import Adam
from scratchgan.optim.schedules import LinearDecay
from scratchgan.rng import Stream
from scratchgan.types import Array, Tree

BATCH = 64
PREDICTED = 500  # images at a time


@dataclass(frozen=True)
class Classifier:
    """A network and what it has learned.

    Parameters
    ----------
    network : Layer
        Images to logits.
    params : Tree
        Its parameters.
    """

    network: Layer
    params: Tree

    def labels(self, images: Array) -> Array:
        """The likeliest label of every image, int64 (N,)."""
        parts = [
            self.network.forward(self.params, images[i : i + PREDICTED], INFERENCE)[0]
            for i in range(0, len(images), PREDICTED)
        ]
        return np.concatenate(parts).argmax(axis=1)

    def agreement(self, images: Array, labels: Array) -> float:
        """Share of images whose label it finds."""
        return float((self.labels(images) == labels).mean())


def train_classifier(
    images: Array, labels: Array, *, steps: int = 3000, shift: int = 1, seed: int = 0
) -> Classifier:
    """A classifier of `images`, float32 (N, H, W, C) with values around zero.

    Parameters
    ----------
    images, labels : Array
        Training images, and their integer labels (N,).
    steps : int
        Updates, of batches of 64 images.
    shift : int
        Images are moved by up to so many pixels, up or down and to the side.
    seed : int
        Of initial weights, batches and shifts.
    """
    from threadpoolctl import threadpool_limits

    # one thread: its products are small, and its bits should not depend on the cores
    with threadpool_limits(1, "blas"):
        return _train(images, labels, steps, shift, seed)


def _train(
    images: Array, labels: Array, steps: int, shift: int, seed: int
) -> Classifier:
    network = digit_network(int(labels.max()) + 1)
    params, _ = network.init(np.random.default_rng(seed), images.shape[1:])
    params = tree.astype(params, np.float32)
    optimizer = Adam(LinearDecay(1e-3, steps, steps // 3))
    state, loss = optimizer.init(params), CrossEntropy()
    stream = Stream(seed, "classifier")
    for step in range(steps):
        chosen = stream.integers(2 * step, len(images), (BATCH,))
        moves = stream.integers(2 * step + 1, 2 * shift + 1, (BATCH, 2)) - shift
        x = shifted(images[chosen], moves)
        ctx = Context(stream=Stream(seed, "classifier/dropout"), tick=step)
        logits, cache = network.forward(params, x, ctx)
        dlogits = loss(logits, labels[chosen]).dlogits
        _, dparams, _ = network.backward(params, cache, dlogits, wrt="params")
        params, state = optimizer.update(params, dparams, state)
    return Classifier(network, params)


def digit_network(classes: int) -> Sequential:
    """Images (N, H, W, C) to logits (N, classes), by two halvings."""
    return Sequential(
        [
            Conv2d(16, 3, 1, 1),
            ReLU(),
            Conv2d(32, 4, 2, 1),
            ReLU(),
            Conv2d(64, 4, 2, 1),
            ReLU(),
            Flatten(),
            Dense(128),
            ReLU(),
            Dropout(0.5),
            Dense(classes),
        ]
    )


def shifted(images: Array, moves: Array) -> Array:
    """Every image moved by its (down, right) pixels; its edge is repeated behind it."""
    n, height, width, _ = images.shape
    rows = np.clip(np.arange(height) - moves[:, :1], 0, height - 1)
    columns = np.clip(np.arange(width) - moves[:, 1:], 0, width - 1)
    return images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None]]
