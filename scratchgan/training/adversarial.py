"""The two phases of every GAN with one generator and one discriminator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from scratchgan import tree
from scratchgan.layers import Layer
from scratchgan.losses import AdversarialLoss
from scratchgan.penalties import Penalty, interpolate
from scratchgan.rng import Stream
from scratchgan.training.steps import discriminator_step, generator_step
from scratchgan.training.system import (
    Draw,
    Outcome,
    Phase,
    Player,
    System,
    once,
)
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
        On the discriminator's input gradient between real and generated samples.
    name : str
        Of the discriminator: ``"critic"`` where its score is no probability.
    prior : {"normal", "uniform"}
        What z is drawn from: N(0, 1), or uniform on [−1, 1).
    """

    generator: Layer
    discriminator: Layer
    loss: AdversarialLoss
    latent_size: int
    batch_size: int
    penalty: Penalty | None = None
    name: str = "discriminator"
    prior: Literal["normal", "uniform"] = "normal"

    def discriminator_objective(
        self, params: Mapping[str, Tree], draw: Draw
    ) -> Outcome:
        """Loss and penalty on one batch of real and one of generated samples."""
        x_real = draw.real(self.batch_size)
        z = self._z(draw)
        ctx = draw.context("generator")
        x_fake, _ = self.generator.forward(params["generator"], z, ctx)
        x_hat = None
        if self.penalty is not None:
            eps = draw.uniform("eps", (self.batch_size,))
            x_hat = interpolate(x_real, x_fake, eps)
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
        return Outcome(step.loss + step.penalty, values, step.dparams, step.params)

    def generator_objective(self, params: Mapping[str, Tree], draw: Draw) -> Outcome:
        """Loss on one batch of generated samples."""
        z = self._z(draw)
        step = generator_step(
            self.generator,
            params["generator"],
            self.discriminator,
            params[self.name],
            z,
            self.loss,
            draw.context("generator"),
            draw.context(self.name),
        )
        values = {"generator_loss": step.loss}
        return Outcome(step.loss, values, step.dparams, step.params)

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
        )

    def phases(self, repeats: Callable[[int], int] = once) -> tuple[Phase, Phase]:
        """The discriminator's, `repeats` times a step, and the generator's."""
        size = self.batch_size
        first, second = self.discriminator_objective, self.generator_objective
        return (
            Phase(self.name, self.name, first, repeats, batch_size=size),
            Phase("generator", "generator", second, batch_size=size),
        )

    def latent(self, stream: Stream, tick: int, n: int) -> Array:
        """`n` latents, ``(n, latent_size)``."""
        shape = (n, self.latent_size)
        if self.prior == "uniform":
            return 2 * stream.uniform(tick, shape) - 1
        return stream.normal(tick, shape)

    def _z(self, draw: Draw) -> Array:
        """The latents of one batch."""
        shape = (self.batch_size, self.latent_size)
        if self.prior == "uniform":
            return 2 * draw.uniform("z", shape) - 1
        return draw.normal("z", shape)


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
