"""The two phases of every GAN with one generator and one discriminator.

What differs from one such GAN to the next is here by name: the loss, a penalty and
where it looks, how many samples the discriminator judges at a time, and whether both
networks are told a class. A conditional generator takes (z, labels) and returns
(x, labels): its samples carry their labels to the discriminator as real ones do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scratchgan import tree
from scratchgan.layers import INFERENCE, Layer
from scratchgan.losses import AdversarialLoss
from scratchgan.penalties import Penalty
from scratchgan.rng import Stream
from scratchgan.training.packing import ONE_BY_ONE, Packing
from scratchgan.training.steps import discriminator_step, generator_step
from scratchgan.training.system import (
    Draw,
    Outcome,
    Phase,
    Player,
    System,
    once,
)
from scratchgan.training.where import Where, between
from scratchgan.types import Array, Tree


@dataclass(frozen=True)
class Pair:
    """Two networks, what they play for, and how many samples they see at a time.

    Parameters
    ----------
    generator, discriminator : Layer
        The networks.
    loss : AdversarialLoss
        What each minimises.
    latent_size : int
        Length of the latent z.
    batch_size : int
        Samples in one update.
    penalty : Penalty, optional
        On the discriminator's input gradient.
    where : callable
        Where the penalty looks: a function of `training.where`.
    name : str
        Of the discriminator: ``"critic"`` where it estimates a Wasserstein distance.
    packing : Packing
        How many samples the discriminator sees at a time.
    classes : int
        Number of classes that both networks are told; 0 for none.
    generator_batch : int, optional
        Samples in one update of the generator, if they are not `batch_size`.
    prior : {"normal", "uniform"}
        What z is drawn from: N(0, 1), or uniform on [−1, 1).

    Raises
    ------
    ValueError
        If a batch is no whole number of packs.
    """

    generator: Layer
    discriminator: Layer
    loss: AdversarialLoss
    latent_size: int
    batch_size: int
    penalty: Penalty | None = None
    where: Where = between
    name: str = "discriminator"
    packing: Packing = ONE_BY_ONE
    classes: int = 0
    generator_batch: int | None = None
    prior: Literal["normal", "uniform"] = "normal"

    def __post_init__(self) -> None:
        for name, size in (
            ("batch_size", self.batch_size),
            ("generator_batch", self.other),
        ):
            if size % self.packing.size:
                raise ValueError(
                    f"{name}: expected a multiple of packing = {self.packing.size}, "
                    f"received {size}"
                )

    @property
    def other(self) -> int:
        """Samples in one update of the generator."""
        return self.generator_batch or self.batch_size

    def discriminator_objective(
        self, params: Mapping[str, Tree], draw: Draw
    ) -> Outcome:
        """Loss and penalty on one batch of real and one of generated samples."""
        x_real = self.packing.pack(draw.real(self.batch_size))
        z = self.noise(draw, self.batch_size)
        ctx = draw.context("generator", self.packing.size)
        x_fake = self.generator.forward(params["generator"], z, ctx)[0]
        x_fake = self.packing.pack(x_fake)
        x_hat = None
        if self.penalty is not None:
            packs = self.batch_size // self.packing.size
            x_hat = self.where(x_real, x_fake, draw, packs)
        step = discriminator_step(
            self.discriminator,
            params[self.name],
            x_real,
            x_fake,
            self.loss,
            self.penalty,
            x_hat,
            draw.context(self.name),
        )
        values = {f"{self.name}_loss": step.loss + step.penalty}
        if self.penalty is not None:
            values |= {"penalty": step.penalty, "input_gradient_norm": step.norm}
        if self.name == "critic":
            values["wasserstein"] = step.real_score - step.fake_score
        else:
            values |= {"real_score": step.real_score, "fake_score": step.fake_score}
            values["real_sign"] = step.real_sign
        return Outcome(step.loss + step.penalty, values, step.dparams, step.params)

    def generator_objective(self, params: Mapping[str, Tree], draw: Draw) -> Outcome:
        """Loss on one batch of generated samples."""
        z = self.noise(draw, self.other)
        step = generator_step(
            self.generator,
            params["generator"],
            self.discriminator,
            params[self.name],
            z,
            self.loss,
            draw.context("generator", self.packing.size),
            draw.context(self.name),
            self.packing,
        )
        values = {"generator_loss": step.loss}
        return Outcome(step.loss, values, step.dparams, step.params)

    def noise(self, draw: Draw, size: int) -> Tree:
        """What the generator makes samples of: z, and labels if it is told classes."""
        shape = (size, self.latent_size)
        if self.prior == "uniform":
            z = 2 * draw.uniform("z", shape) - 1
        else:
            z = draw.normal("z", shape)
        if not self.classes:
            return z
        return z, draw.integers("labels", self.classes, (size,))

    def system(
        self,
        discriminator: Player,
        generator: Player,
        repeats: Callable[[int], int] = once,
    ) -> System:
        """The discriminator's phase, `repeats` times a step, then the generator's."""

        def make_phases(networks: Mapping[str, Layer]) -> tuple[Phase, ...]:
            pair = replace(
                self,
                generator=networks["generator"],
                discriminator=networks[self.name],
            )
            return pair.phases(repeats)

        return System(
            players={self.name: discriminator, "generator": generator},
            phases=self.phases(repeats),
            generator="generator",
            latent=self.latent,
            make_phases=make_phases,
            make=self.make if self.classes else None,
        )

    def phases(self, repeats: Callable[[int], int] = once) -> tuple[Phase, Phase]:
        """The discriminator's, `repeats` times a step, and the generator's."""
        packs, other = (n // self.packing.size for n in (self.batch_size, self.other))
        first, second = self.discriminator_objective, self.generator_objective
        return (
            Phase(self.name, self.name, first, repeats, batch_size=packs),
            Phase("generator", "generator", second, batch_size=other),
        )

    def latent(self, stream: Stream, tick: int, n: int) -> Tree:
        """`n` latents, ``(n, latent_size)``, and their labels, the classes in order.

        A sheet of them has one class a row, if its rows are as many as the classes.
        """
        shape = (n, self.latent_size)
        if self.prior == "uniform":
            z = 2 * stream.uniform(tick, shape) - 1
        else:
            z = stream.normal(tick, shape)
        return (z, np.arange(n) * self.classes // n) if self.classes else z

    def make(self, params: Tree, memory: Mapping[str, Tree], z: Tree) -> Array:
        """Samples of a conditional generator, without their labels."""
        (x, _), _ = self.generator.forward(params, z, INFERENCE)
        return x


@dataclass(frozen=True)
class WeightClipping:
    """Clip every learned parameter into a box (Arjovsky et al. 2017, algorithm 1).

    Parameters
    ----------
    limit : float
        c: parameters stay in [−c, c].
    """

    limit: float

    def __call__(self, params: Tree) -> Tree:
        """`params`, clipped; running statistics are left alone."""
        return tree.map_learned(lambda p: p.clip(-self.limit, self.limit), params)
