"""Projection: the latent whose image comes nearest to a given one.

Gradient descent on w through a trained synthesis network, whose parameters are held
(Abdal et al. 2019; Karras et al. 2020, appendix D). With x(w) the image and t the
target, the loss compares them at s scales, P the mean over 2 × 2 pixels:

    E(w) = Σₖ mean (Pᵏ (x(w) − t))²                      k = 0 … s − 1

and its gradient in w is the synthesis network's `backward`, inputs only. Adam starts at
the mean w̄, with a learning rate that falls linearly to zero. With one w a layer (the
space W⁺) images are reached that no single w makes.

Differs from the appendix: distances of pixels in place of a network's features, and no
noise, neither in w nor in the image.
"""

from typing import Any, NamedTuple

import numpy as np

from scratchgan.layers import INFERENCE, AvgPool
from scratchgan.optim import Adam, LinearDecay
from scratchgan.training.styled_samples import Trained
from scratchgan.types import Array

LEARNING_RATE, SCALES = 0.1, 3


class Projection(NamedTuple):
    """What was found."""

    ws: Array  #: (L, W); rows are equal where one w was sought
    image: Array  #: (H, W, C)
    losses: list[
        float
    ]  #: mean square difference of pixels, at the start and at the end


def project(
    generator: Trained, target: Array, steps: int, per_layer: bool = False
) -> Projection:
    """Descend from the mean w to the image `target`.

    Parameters
    ----------
    generator : Trained
        Whose synthesis network to search.
    target : Array
        ``(H, W, C)``, in the range of its images.
    steps : int
        Of Adam, at least one.
    per_layer : bool
        Whether every layer has a latent of its own.

    Raises
    ------
    ValueError
        If the target has another shape than the generator's images.
    """
    styles, params = generator.styles, generator.params["synthesis"]
    mean = generator.memory["w_mean"][None]
    found = styles.ws(mean) if per_layer else mean
    first = generator.images(styles.ws(mean))[0]
    if target.shape != first.shape:
        raise ValueError(
            f"image: expected shape {first.shape}, as the generator makes, "
            f"received {target.shape}"
        )
    target = target.astype(first.dtype)
    adam = Adam(LinearDecay(LEARNING_RATE, steps), 0.9, 0.999)
    state: Any = adam.init(found)
    for _ in range(steps):
        ws = found if per_layer else styles.ws(found)
        x, cache = styles.synthesis.forward(params, ws, INFERENCE)
        _, dx = distance(x - target, SCALES)
        dws, _, _ = styles.synthesis.backward(params, cache, dx, wrt="inputs")
        dw = dws if per_layer else dws.sum(axis=1)
        found, state = adam.update(found, dw, state)
    ws = found if per_layer else styles.ws(found)
    last = generator.images(ws)[0]
    losses = [float(np.mean((x - target) ** 2)) for x in (first, last)]
    return Projection(ws[0], last, losses)


def distance(gap: Array, scales: int) -> tuple[float, Array]:
    """E for the difference `gap` (N, H, W, C) of images, and its gradient in it."""
    loss, gradient = float(np.mean(gap * gap)), 2 / gap.size * gap
    if scales > 1 and min(gap.shape[1:3]) > 1:
        pool = AvgPool(2)
        small, cache = pool.forward((), gap)
        below, dsmall = distance(small, scales - 1)
        dgap, _, _ = pool.backward((), cache, dsmall)
        loss, gradient = loss + below, gradient + dgap
    return loss, gradient
