"""The gradients of one discriminator step and one generator step.

**Discriminator.** Loss on real and generated samples, and a penalty on x̂ if there is
one. Real, generated and interpolated samples go up as one batch of 3B; the cache is
then cut in two, and each part is asked only for what is used. In units of one
convolution-sized sweep over B samples, for a piecewise-linear network:

    forward         [x_real; x_fake; x̂]                              3
    backward        real and generated: parameters                   2 + 2
    backward        x̂: inputs only                                   1
    jvp             x̂, along v                                       1
    backward_jvp    x̂: parameters only                               1
                                                               total 10, a tape 12

The first layer's input gradient is formed for x̂ alone. Where x̂ is the real or the
generated samples themselves (R1, R2), their pass serves it too: 9 units. A network that
couples the batch (batch normalisation) sees each of the three as a batch of its own, as
is usual. So do random layers in every network: the three kinds of samples, named in
`KINDS`, have random numbers of their own, whether they go up as one or not.

**Generator.** Its samples go up through both networks; the cotangent comes down through
the discriminator for inputs only, and through the generator for parameters only.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.backend import number
from scratchgan.layers import TRAINING, Context, Layer
from scratchgan.losses import AdversarialLoss, DiscriminatorLoss
from scratchgan.losses.base import mean
from scratchgan.penalties import Penalty, penalty_sweeps
from scratchgan.training.packing import ONE_BY_ONE, Packing
from scratchgan.types import Array, Tree

#: What the discriminator sees, and under which names its random layers draw.
KINDS = ("real", "fake", "hat")


class DiscriminatorStep(NamedTuple):
    """Values and parameter gradient of one discriminator step."""

    loss: float  #: adversarial loss, without the penalty
    penalty: float  #: 0 where there is none
    real_score: float  #: mean score of real samples
    fake_score: float  #: mean score of generated samples
    norm: float  #: mean ‖∇ₓD(x̂)‖; 0 without a penalty
    dparams: Tree  #: gradient of loss + penalty
    params: Tree  #: the parameters, their running statistics moved on
    real_sign: float  #: mean sign of the scores of real samples


class GeneratorStep(NamedTuple):
    """Value and parameter gradient of one generator step."""

    loss: float
    dparams: Tree
    params: Tree  #: the parameters, their running statistics moved on


def discriminator_step(
    discriminator: Layer,
    params: Tree,
    x_real: Tree,
    x_fake: Tree,
    loss: AdversarialLoss,
    penalty: Penalty | None = None,
    x_hat: Tree = None,
    ctx: Context = TRAINING,
) -> DiscriminatorStep:
    """Gradient of the discriminator's loss and penalty in its parameters.

    Parameters
    ----------
    discriminator : Layer
        Network with one score a sample, (N, 1).
    params : Tree
        Its parameters.
    x_real, x_fake : Tree
        Real and generated samples, ``(B, …)``, or tuples of their parts.
    loss : AdversarialLoss
        Scores to values and gradients.
    penalty : Penalty, optional
        Function of the input gradients at `x_hat`.
    x_hat : Tree, optional
        Where the penalty looks, ``(B, …)``; a constant. If it is `x_real` or `x_fake`
        itself, their pass through the network serves it too.
    ctx : Context
        Random numbers, and who computes the rest of the batch.

    Raises
    ------
    ValueError
        If only one of `penalty` and `x_hat` is given, or their shapes differ.
    """
    _require_samples(x_real, x_fake, penalty, x_hat)
    batches = [x_real, x_fake]
    if x_hat is not None and x_hat is not x_real and x_hat is not x_fake:
        batches.append(x_hat)
    passes = _forward(discriminator, params, batches, ctx)
    value = loss.discriminator(passes.scores[0], passes.scores[1])
    dparams = _loss_gradient(discriminator, params, passes, value)
    amount, norm = 0.0, 0.0
    if penalty is not None:
        at = next(i for i, x in enumerate(batches) if x is x_hat)
        ones = np.ones_like(passes.scores[at])
        found = penalty_sweeps(discriminator, params, passes.apart[at], ones, penalty)
        amount, norm = found.value.loss, number(found.value.norm.mean())
        dparams = tree.add(dparams, found.dparams)
    for cache in passes.players:
        params = discriminator.advance(params, cache)
    real, fake = (mean(s) for s in passes.scores[:2])
    sign = mean(np.sign(passes.scores[0]))
    return DiscriminatorStep(
        value.loss, amount, real, fake, norm, dparams, params, sign
    )


def generator_step(
    generator: Layer,
    params: Tree,
    discriminator: Layer,
    discriminator_params: Tree,
    z: Tree,
    loss: AdversarialLoss,
    ctx: Context = TRAINING,
    discriminator_ctx: Context = TRAINING,
    packing: Packing = ONE_BY_ONE,
) -> GeneratorStep:
    """Gradient of the generator's loss in its parameters, through the discriminator.

    Parameters
    ----------
    generator, discriminator : Layer
        The two networks.
    params, discriminator_params : Tree
        Their parameters; the discriminator's are constants here.
    z : Tree
        Latents, ``(B, …)``, or the tuple of latents and labels.
    loss : AdversarialLoss
        Scores to values and gradients.
    ctx, discriminator_ctx : Context
        Random numbers of each network, and who computes the rest of the batch.
    packing : Packing
        How many samples the discriminator sees at a time.
    """
    x_fake, cache = generator.forward(params, z, ctx)
    scores, above = discriminator.forward(
        discriminator_params, packing.pack(x_fake), discriminator_ctx
    )
    value = loss.generator(scores)
    dx, _, _ = discriminator.backward(
        discriminator_params, above, value.d_fake, wrt="inputs"
    )
    del above  # as large as the generator's, and of no more use
    _, dparams, _ = generator.backward(params, cache, packing.unpack(dx), wrt="params")
    return GeneratorStep(value.loss, dparams, generator.advance(params, cache))


class _Passes(NamedTuple):
    """What the way up leaves: scores by batch, and caches to come down through."""

    scores: list[Array]
    players: list[Any]  # of real and generated samples: joint, or one each
    apart: list[Any]  # of every batch by itself


def _forward(net: Layer, params: Tree, batches: list[Tree], ctx: Context) -> _Passes:
    kinds = KINDS[: len(batches)]
    if net.couples_batch:
        apart = [
            net.forward(params, x, replace(ctx, kinds=(kind,)))
            for x, kind in zip(batches, kinds, strict=True)
        ]
        caches = [cache for _, cache in apart]
        return _Passes([y for y, _ in apart], caches[:2], caches)
    size = tree.count(batches[0])
    scores, cache = net.forward(params, tree.join(batches), replace(ctx, kinds=kinds))
    cuts = [(i * size, (i + 1) * size) for i in range(len(batches))]
    return _Passes(
        [scores[start:stop] for start, stop in cuts],
        [tree.rows(cache, 0, 2 * size)],
        [tree.rows(cache, start, stop) for start, stop in cuts],
    )


def _loss_gradient(
    net: Layer, params: Tree, passes: _Passes, value: DiscriminatorLoss
) -> Tree:
    cotangents = [value.d_real, value.d_fake]
    if len(passes.players) == 1:
        cotangents = [np.concatenate(cotangents)]
    dparams = None
    for cache, dy in zip(passes.players, cotangents, strict=True):
        dparams = tree.add(dparams, net.backward(params, cache, dy, wrt="params")[1])
    return dparams


def _require_samples(
    x_real: Tree, x_fake: Tree, penalty: Penalty | None, x_hat: Tree
) -> None:
    if (penalty is None) != (x_hat is None):
        raise ValueError("x_hat: expected together with penalty, received one of them")
    for name, x in (("x_fake", x_fake), ("x_hat", x_hat)):
        if x is not None and _shape(x) != _shape(x_real):
            raise ValueError(
                f"{name}: expected the shape of x_real {_shape(x_real)}, "
                f"received {_shape(x)}"
            )


def _shape(x: Tree) -> tuple:
    """Of an array; of several, the tuple of their shapes."""
    return tuple(map(_shape, x)) if isinstance(x, tuple) else x.shape
