"""Systems in which the samples of a batch meet in every way that a layer offers."""

import numpy as np

from scratchgan import layers as nn
from scratchgan.losses import BinaryCrossEntropy, Wasserstein
from scratchgan.optim import SGD
from scratchgan.penalties import R1, GradientPenalty, OnInput, penalty_gradient
from scratchgan.training.adversarial import Pair
from scratchgan.training.packing import Packing
from scratchgan.training.system import Outcome, Phase, Player, System
from scratchgan.training.where import Around, at_real, between

SHAPE = (4, 4, 2)


def pair(generator, discriminator, loss, penalty=None, packing=1, where=between):
    """Players of two networks: latents of 3, images of `SHAPE`, batches of 8 packs."""
    both = Pair(
        generator=nn.Sequential([nn.Dense(32), nn.Reshape(SHAPE), *generator]),
        discriminator=nn.Sequential([*discriminator, nn.Flatten(), nn.Dense(1)]),
        loss=loss,
        latent_size=3,
        batch_size=8 * packing,
        penalty=penalty,
        where=where,
        packing=Packing(packing),
    )
    packs = both.packing.shape(SHAPE)
    return both.system(
        discriminator=Player(both.discriminator, packs, SGD(0.1)),
        generator=Player(both.generator, (3,), SGD(0.1)),
    )


def conditional():
    """A critic of images and labels that is penalised through its batch statistics."""
    net = nn.Sequential(
        [
            nn.ConditionalBatchNorm(3),
            nn.Conv2d(3, 3, 1, "same"),
            nn.Softplus(),
            nn.Flatten(),
            nn.Dense(1),
        ]
    )
    penalty = OnInput(0, R1())

    def objective(params, draw):
        x = draw.real(8)
        labels = (3 * draw.uniform("labels", (8,))).astype(np.int64)
        ctx = draw.context("critic")
        found = penalty_gradient(net, params["critic"], (x, labels), penalty, ctx=ctx)
        _, cache = net.forward(params["critic"], (x, labels), ctx)
        moved = net.advance(params["critic"], cache)
        return Outcome(found.value.loss, {}, found.dparams, moved)

    return System(
        players={"critic": Player(net, (SHAPE, ()), SGD(0.1))},
        phases=(Phase("critic", "critic", objective, batch_size=8),),
        generator="critic",
        latent=lambda *_: None,
    )


def smooth(*layers):
    """A convolution, a layer under test, and a second derivative all the way down."""
    return [nn.Conv2d(3, 3, 1, "same"), *layers, nn.Softplus()]


SYSTEMS = {
    "BatchNorm under WGAN-GP": pair(
        [nn.BatchNorm(), nn.Tanh()],
        smooth(nn.BatchNorm(), nn.Tanh(), nn.Conv2d(3, 3), nn.BatchNorm()),
        Wasserstein(),
        GradientPenalty(),
    ),
    "BatchNorm of the generator alone": pair(
        [nn.BatchNorm()], smooth(), Wasserstein(), GradientPenalty()
    ),
    "MinibatchStddev under R1": pair(
        [nn.Tanh()],
        smooth(nn.MinibatchStddev(4)),
        BinaryCrossEntropy(),
        R1(),
    ),
    "MinibatchStddev of two, and two features": pair(
        [nn.Tanh()],
        [nn.Conv2d(4, 3), nn.Tanh(), nn.MinibatchStddev(2, 2), nn.Conv2d(3, 2)],
        BinaryCrossEntropy(),
        R1(),
    ),
    "MinibatchDiscrimination under R1": pair(
        [nn.Tanh()],
        [*smooth(), nn.Flatten(), nn.Dense(5), nn.MinibatchDiscrimination(4, 3)],
        BinaryCrossEntropy(),
        R1(),
    ),
    "Dropout and noise, apart": pair(
        [nn.NoiseInjection(0.5), nn.Dropout(0.3)],
        smooth(nn.BatchNorm(), nn.Dropout(0.4)),
        BinaryCrossEntropy(),
        GradientPenalty(),
    ),
    "Dropout and noise, joint": pair(
        [nn.NoiseInjection(0.5), nn.Dropout(0.3)],
        smooth(nn.NoiseInjection(0.5), nn.Dropout(0.4)),
        BinaryCrossEntropy(),
        GradientPenalty(),
    ),
    "ConditionalBatchNorm under R1": conditional(),
    "Dropout and noise, in packs of three": pair(
        [nn.NoiseInjection(0.5), nn.Dropout(0.3)],
        smooth(nn.NoiseInjection(0.5), nn.Dropout(0.4)),
        BinaryCrossEntropy(),
        GradientPenalty(),
        packing=3,
        where=Around(0.5),
    ),
    "BatchNorm under R1 in packs of two": pair(
        [nn.BatchNorm()],
        smooth(nn.BatchNorm()),
        BinaryCrossEntropy(),
        R1(),
        packing=2,
        where=at_real,
    ),
}
