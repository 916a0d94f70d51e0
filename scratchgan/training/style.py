"""StyleGAN2's four phases (Karras et al. 2020), on any style-based generator.

    discriminator    non-saturating logistic loss on real and generated images
    r1               k γ/2 E‖∇ₓD(x)‖² at real images, once in k = 16 steps
    path_length      k λ E(‖J_wᵀ y‖ − a)² on half a batch, once in k = 4 steps
    generator        the loss again; its update alone moves the average of parameters

Lazy regularisation (appendix B): both penalties are updates of their own, multiplied by
their interval k; `optim.lazy` corrects Adam, whose one state a player serves both.

The path length is taken of the synthesis network in ws. Its gradient reaches the
mapping network too: `four_sweeps` gives the penalty's gradient in ws, tdx, which goes
down through the mixing and the mapping by an ordinary backward.

Remembered are the mean of w, to truncate samples with, and the target a. The penalty of
a step is taken around the target that earlier steps left, a constant of the step for
every part of the batch; the authors' code moves a by this batch's mean first, a
difference of β = 0.01 of their gap. They run the generator's phases first, and lazy
phases in the first of k steps; here those run in the last.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scratchgan.backend import number, on_host
from scratchgan.layers import Graph, Layer
from scratchgan.losses import AdversarialLoss, BinaryCrossEntropy
from scratchgan.networks.style_generator import part
from scratchgan.penalties import (
    R1,
    PathLength,
    penalty_gradient,
    penalty_sweeps,
    random_images,
    running_target,
)
from scratchgan.training.ada import Adaptation
from scratchgan.training.steps import discriminator_step
from scratchgan.training.style_mixing import Mixed, StyleMixing
from scratchgan.training.system import Draw, Outcome
from scratchgan.types import Array, Tree


@dataclass(frozen=True)
class StyleGAN:
    """Two networks, and how they are trained.

    Parameters
    ----------
    generator : Graph
        From `networks.style_generator`: mapping and synthesis.
    discriminator : Layer
        Image to score. All phases see images through it, so that augmentation is its
        first layer.
    mixing : StyleMixing
        How latents are drawn.
    batch_size : int
        Samples in an update.
    r1_gamma, r1_every : float, int
        γ, and steps between two updates by R1.
    pl_weight, pl_every : float, int
        λ, and steps between two updates by the path length.
    pl_shrink : int
        Part of a batch that the path length is taken of.
    pl_decay : float
        β, how fast the target follows.
    w_decay : float
        Share of the mean of w that a step leaves.
    adaptation : Adaptation, optional
        How the strength of augmentation follows, where the discriminator begins with
        `Augment`.
    loss : AdversarialLoss
        What both play for.
    """

    generator: Graph
    discriminator: Layer
    mixing: StyleMixing
    batch_size: int
    r1_gamma: float = 10.0
    r1_every: int = 16
    pl_weight: float = 2.0
    pl_every: int = 4
    pl_shrink: int = 2
    pl_decay: float = 0.01
    w_decay: float = 0.995
    adaptation: Adaptation | None = None
    loss: AdversarialLoss = BinaryCrossEntropy()  # noqa: RUF009

    @property
    def mapping(self) -> Layer:
        """Z to w."""
        return part(self.generator, "mapping")

    @property
    def synthesis(self) -> Layer:
        """Ws to images."""
        return part(self.generator, "synthesis")

    def discriminator_objective(
        self, params: Mapping[str, Tree], draw: Draw
    ) -> Outcome:
        """Loss on real images and generated ones."""
        own = params["generator"]
        ws = self.mixing.up(self.mapping, own["mapping"], draw, self.batch_size).ws
        x_fake, _ = self.synthesis.forward(
            own["synthesis"], ws, draw.context("synthesis")
        )
        step = discriminator_step(
            self.discriminator,
            params["discriminator"],
            draw.real(self.batch_size),
            x_fake,
            self.loss,
            ctx=draw.context("discriminator"),
        )
        values = {
            "discriminator_loss": step.loss,
            "real_score": step.real_score,
            "fake_score": step.fake_score,
        }
        outcome = Outcome(step.loss, values, step.dparams, step.params)
        if self.adaptation is None:
            return outcome
        values["real_sign"] = step.real_sign
        return self.adaptation.after(outcome, draw)

    def r1_objective(self, params: Mapping[str, Tree], draw: Draw) -> Outcome:
        """R1 at real images, times its interval."""
        found = penalty_gradient(
            self.discriminator,
            params["discriminator"],
            draw.real(self.batch_size),
            R1(self.r1_gamma * self.r1_every),
            ctx=draw.context("discriminator"),
        )
        loss = found.value.loss
        values = {"r1_penalty": loss / self.r1_every}
        return Outcome(loss, values, found.dparams, params["discriminator"])

    def generator_objective(self, params: Mapping[str, Tree], draw: Draw) -> Outcome:
        """Loss on generated images; the mean of w follows."""
        own = params["generator"]
        mixed = self.mixing.up(self.mapping, own["mapping"], draw, self.batch_size)
        x_fake, cache = self.synthesis.forward(
            own["synthesis"], mixed.ws, draw.context("synthesis")
        )
        scores, above = self.discriminator.forward(
            params["discriminator"], x_fake, draw.context("discriminator")
        )
        value = self.loss.generator(scores)
        dx, _, _ = self.discriminator.backward(
            params["discriminator"], above, value.d_fake, wrt="inputs"
        )
        del above  # as large as the generator's, and of no more use
        dws, dsynthesis, _ = self.synthesis.backward(own["synthesis"], cache, dx)
        keep = self.w_decay
        mean = keep * draw.memory["w_mean"] + (1 - keep) * mixed.mean
        return Outcome(
            value.loss,
            {"generator_loss": value.loss},
            self._gradient(own, mixed, dws, dsynthesis),
            own,
            {"w_mean": mean},
        )

    def path_length_objective(self, params: Mapping[str, Tree], draw: Draw) -> Outcome:
        """Spread of path lengths around their target, times its interval."""
        own, size = params["generator"], self.path_length_batch
        mixed = self.mixing.up(self.mapping, own["mapping"], draw, size)
        x_fake, cache = self.synthesis.forward(
            own["synthesis"], mixed.ws, draw.context("synthesis")
        )
        shape = (size, *x_fake.shape[1:])
        noise = draw.normal("y", shape)
        y = random_images(noise.shape, noise)
        target = draw.memory["path_length"][0]
        if on_host(target):
            target = float(target)
        penalty = PathLength(target, self.pl_weight * self.pl_every)
        found = penalty_sweeps(
            self.synthesis, own["synthesis"], cache, y, penalty, wrt="all"
        )
        (loss, _, lengths), every = found.value, self.pl_every
        moved = running_target(target, lengths, self.pl_decay)
        return Outcome(
            loss,
            {
                "path_length": number(lengths.mean()),
                "path_length_penalty": loss / every,
            },
            self._gradient(own, mixed, found.dx, found.dparams),
            own,
            {"path_length": np.full_like(draw.memory["path_length"], moved)},
        )

    @property
    def path_length_batch(self) -> int:
        """Samples that the path length is taken of."""
        return max(1, self.batch_size // self.pl_shrink)

    def _gradient(self, own: Tree, mixed: Mixed, dws: Array, dsynthesis: Tree) -> Tree:
        """Of the whole generator, given that of its synthesis and in ws."""
        dmapping = self.mixing.down(self.mapping, own["mapping"], mixed, dws)
        return {"mapping": dmapping, "ws": (), "synthesis": dsynthesis}
