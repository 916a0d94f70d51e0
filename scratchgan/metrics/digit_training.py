"""How the feature network of digits is trained.

Softmax cross-entropy, Adam with a rate that is constant for a third of the updates and
falls to zero in the rest, and an exponential moving average of the weights, which is
what is kept. Every image is moved by up to two pixels, whatever is new to it black.

A batch is computed in two halves, on two threads with one BLAS thread each, and their
gradients are added. So the bits depend on the images and the seed and on how NumPy
multiplies matrices on this machine, not on how many cores it has.

The weights are rounded to float16 at the end: half the bytes, and an accuracy that is
measured on the weights that are kept.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.data.dataset import epoch_indices
from scratchgan.layers import Context, Sequential
from scratchgan.losses import CrossEntropy
from scratchgan.metrics.classifier import shifted
from scratchgan.networks.digit_classifier import digit_classifier
from scratchgan.optim import EMA, Adam, LinearDecay
from scratchgan.rng import Stream
from scratchgan.types import Array, Tree

PARTS = 2  # of a batch

#: ``(updates made, updates in all, mean loss of the epoch)``, once an epoch.
Report = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Training:
    """What a training depends on besides its images.

    Parameters
    ----------
    epochs : int
        Passes over the images.
    batch_size : int
        Images an update, even.
    shift : int
        Images are moved by up to so many pixels, up or down and to the side.
    learning_rate : float
        Of Adam, before it falls.
    decay : float
        Of the moving average.
    seed : int
        Of initial weights, batches, shifts and dropout.
    """

    epochs: int = 10
    batch_size: int = 128
    shift: int = 2
    learning_rate: float = 1e-3
    decay: float = 0.999
    seed: int = 0


def train_digit_classifier(
    images: Array,
    labels: Array,
    training: Training = Training(),
    report: Report = lambda *_: None,
) -> Tree:
    """Parameters of `digit_classifier`, float16.

    Parameters
    ----------
    images : Array
        Standardised as the network takes them, float32 (N, 28, 28, 1).
    labels : Array
        Integers (N,).
    training : Training
        Settings.
    report : callable
        Called once an epoch.

    Raises
    ------
    ValueError
        If there are fewer images than in a batch.
    """
    from threadpoolctl import threadpool_limits

    network, (size, seed) = digit_classifier(), (training.batch_size, training.seed)
    if len(images) < size:
        raise ValueError(
            f"images: expected at least a batch of {size}, received {len(images)}"
        )
    params, _ = network.init(np.random.default_rng(seed), images.shape[1:])
    params = average = tree.astype(params, np.float32)
    epoch = len(images) // size
    steps = training.epochs * epoch
    optimizer = Adam(_rate(training, steps))
    state, ema, losses = optimizer.init(params), EMA(training.decay), 0.0
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(PARTS) as pool:
        for step in range(steps):
            parts = _parts(images, labels, training, step)
            found = pool.map(partial(_gradient, network, params), parts)
            loss, dparams = _sum(*found)
            params, state = optimizer.update(params, dparams, state)
            average = ema.update(average, params, step)
            losses += loss
            if (step + 1) % epoch == 0:
                report(step + 1, steps, losses / epoch)
                losses = 0.0
    return tree.astype(average, np.float16)


def _rate(training: Training, steps: int) -> LinearDecay:
    return LinearDecay(training.learning_rate, steps, steps // 3)


class _Part(NamedTuple):
    """A share of a batch, and the context of its pass."""

    images: Array
    labels: Array
    ctx: Context


def _parts(
    images: Array, labels: Array, training: Training, step: int
) -> Iterator[_Part]:
    """The parts of batch number `step`; dropout depends on the place in the batch."""
    size, seed, reach = training.batch_size, training.seed, training.shift
    chosen = epoch_indices("images", len(images), seed, step, size)
    moves = Stream(seed, "features/shift").integers(step, 2 * reach + 1, (size, 2))
    stream = Stream(seed, "features/dropout")
    for first in range(0, size, size // PARTS):
        part = slice(first, first + size // PARTS)
        x = shifted(images[chosen[part]], moves[part] - reach)
        ctx = Context(stream=stream, tick=step, first=first)
        yield _Part(x, labels[chosen[part]], ctx)


def _gradient(network: Sequential, params: Tree, part: _Part) -> tuple[float, Tree]:
    """A part's share of the batch's loss and gradient."""
    logits, cache = network.forward(params, part.images, part.ctx)
    loss, dlogits = CrossEntropy()(logits, part.labels)
    share = logits.dtype.type(1 / PARTS)
    _, dparams, _ = network.backward(params, cache, share * dlogits, wrt="params")
    return loss / PARTS, dparams


def _sum(a: tuple[float, Tree], b: tuple[float, Tree]) -> tuple[float, Tree]:
    return a[0] + b[0], tree.add(a[1], b[1])
