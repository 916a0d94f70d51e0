"""Losses, penalties and whole training objectives against central differences."""

from collections.abc import Mapping

import numpy as np

from scratchgan.gradcheck.numeric import STEP, gradient_error
from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.losses import L1, AdversarialLoss, CrossEntropy
from scratchgan.penalties import Penalty, PenaltyGradient, penalty_gradient
from scratchgan.training.system import Draw, Phase
from scratchgan.types import Shape, Tree


def check_loss(
    loss: AdversarialLoss, *, batch: int = 5, shape: Shape = (1,), seed: int = 0
) -> float:
    """Largest relative error of the gradients of both players' losses.

    Parameters
    ----------
    loss : AdversarialLoss
        The loss.
    batch : int
        Number of samples of each kind.
    shape : tuple of int
        Of a sample's scores: one, or a map of them.
    seed : int
        Of scores and directions.
    """
    rng = np.random.default_rng(seed)
    real, fake = 2 * rng.normal(size=(2, batch, *shape))
    found = loss.discriminator(real, fake)
    return max(
        gradient_error(
            lambda both: loss.discriminator(*both).loss,
            (real, fake),
            (found.d_real, found.d_fake),
            rng,
        ),
        gradient_error(
            lambda scores: loss.generator(scores).loss,
            fake,
            loss.generator(fake).d_fake,
            rng,
        ),
    )


def check_distance(loss: L1, *, shape: Shape = (4, 3), seed: int = 0) -> float:
    """Relative error of the gradient of a distance to a target."""
    rng = np.random.default_rng(seed)
    y, target = rng.normal(size=(2, *shape))
    return gradient_error(lambda a: loss(a, target).loss, y, loss(y, target).dy, rng)


def check_classification(
    loss: CrossEntropy, *, batch: int = 5, classes: int = 4, seed: int = 0
) -> float:
    """Relative error of the gradient in a classifier's logits."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(batch, classes))
    labels = rng.integers(classes, size=batch)
    return gradient_error(
        lambda s: loss(s, labels).loss, logits, loss(logits, labels).dlogits, rng
    )


def check_penalty(
    penalty: Penalty, shape: Shape, *, batch: int = 4, seed: int = 0
) -> float:
    """Relative error of v = ∂P/∂g at random input gradients of `shape`."""
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(batch, *shape))
    return gradient_error(lambda a: penalty(a).loss, g, penalty(g).v, rng)


def check_penalty_gradient(
    network: Layer,
    params: Tree,
    x: Tree,
    penalty: Penalty,
    *,
    dy: Tree = None,
    ctx: Context = TRAINING,
    seed: int = 0,
    steps: tuple[float, ...] = (STEP,),
) -> float:
    """Relative error of the penalty's gradient in every parameter, and in x.

    Parameters
    ----------
    network : Layer
        For example a critic with one score a sample.
    params : Tree
        Its parameters, in float64.
    x : Tree
        Where the penalty looks, ``(N, …)`` or the tuple of several inputs.
    penalty : Penalty
        Of the input gradients.
    dy : Tree, optional
        What is pulled back to the inputs; ones when left out.
    ctx : Context
        Training or inference, and random numbers.
    seed : int
        Of the directions.
    steps : tuple of float
        Of the central differences; each comparison takes the one that suits it best.
    """

    def gradient(both: tuple[Tree, Tree]) -> PenaltyGradient:
        return penalty_gradient(
            network, both[0], both[1], penalty, dy=dy, ctx=ctx, wrt="all"
        )

    found = gradient((params, x))
    return gradient_error(
        lambda both: gradient(both).value.loss,
        (params, x),
        (found.dparams, found.dx),
        np.random.default_rng(seed),
        steps,
    )


def check_phase(
    phase: Phase,
    params: Mapping[str, Tree],
    draw: Draw,
    *,
    seed: int = 0,
    steps: tuple[float, ...] = (STEP,),
) -> float:
    """Relative error of what `phase` gives its player's optimiser, every parameter.

    The loss is differenced in the parameters of the player that is updated, those of
    the others held, with the same data and random numbers.

    Parameters
    ----------
    phase : Phase
        One kind of update.
    params : mapping of str to Tree
        Parameters of all players, in float64.
    draw : Draw
        Data and random numbers, in float64.
    seed : int
        Of the directions.
    steps : tuple of float
        Of the central differences; each comparison takes the one that suits it best.
    """

    def loss(own: Tree) -> float:
        return phase.objective({**params, phase.player: own}, draw).loss

    return gradient_error(
        loss,
        params[phase.player],
        phase.objective(params, draw).dparams,
        np.random.default_rng(seed),
        steps,
    )
