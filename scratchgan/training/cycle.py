"""CycleGAN's two phases: translations between two sets that nobody paired.

Zhu, Park, Isola and Efros 2017. G makes images of set B from those of set A, F the
other way; D_A and D_B score patches. Written for pairs x = (a, b), where what belongs
to A stands first, with

    N(a, b) = (F(b), G(a))        D(a, b) = (D_A(a), D_B(b))

so that a pass through N translates both ways, and two passes are the cycle. The two
generators are one player with one optimiser, and so are the two discriminators.

**Generators.** With |·| the L1 distance (eq. 1 to 3; the identity loss is section
5.2's), and sums over the two sets:

    x̂ = N(a, b)        translations                up, in one batch with i
    i = N(b, a)        what should not change      up
    r = N(x̂)           back again                  up
    s = D(x̂)           scores                      up

    L = E (s − 1)² + λ |r − x| + λ_i |i − x|

and down, each line one vector-Jacobian product by hand:

    dr = λ ∂|r − x|        ds = ∂E (s − 1)²        di = λ_i ∂|i − x|
    dx̂, dθ  = backward of N at x̂, from dr      inputs and parameters
    dx̂     += backward of D at x̂, from ds      inputs alone
    dθ     += backward of N at (a, b) and (b, a), from dx̂ and di     parameters alone

The cycle's two passes share their parameters, so that both lines add to dθ. x̂ collects
from the discriminators and from the way back.

**Discriminators.** Least squares (Mao et al. 2017), ½ E (s_real − 1)² + ½ E s_fake², on
real images and on those that a pool of older translations shows (`image_pool`); real
and generated ones go up as one batch. The half is in the authors' code for this player
alone, so that the generators take twice what `LeastSquares` gives.

The generators' phase leaves its translations in the memory; the discriminators' phase,
which follows it, takes them from there, as the authors' code does: before the update of
that step, and without a pass more. Both phases draw the same real images, since both
have run equally often.

All of this is a mean over samples, every row of the batch has a pool of its own, and
nothing couples the batch: both phases can be computed in parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scratchgan import tree
from scratchgan.layers import Layer
from scratchgan.losses import L1, LeastSquares
from scratchgan.rng import Stream
from scratchgan.training.cycle_show import Translations
from scratchgan.training.image_pool import empty_pool, exchange
from scratchgan.training.system import Draw, Outcome, Phase, Player, Rows, System
from scratchgan.types import Array, Shape, Tree

#: A tuple of what belongs to A and what belongs to B.
Both = tuple[Array, Array]

GENERATORS, DISCRIMINATORS = "generators", "discriminators"
ADVERSARIAL, DISTANCE = LeastSquares(), L1()


@dataclass(frozen=True)
class Cycle:
    """Two pairs of networks, and what they play for.

    Parameters
    ----------
    generators : Layer
        N: a pair of images to the pair of their translations.
    discriminators : Layer
        D: a pair of images to a pair of images of scores.
    batch_size : int
        Images of each set in one update.
    cycle_weight, identity_weight : float
        λ and λ_i.
    pool_size : int
        Older translations kept for each row of the batch and each set.
    """

    generators: Layer
    discriminators: Layer
    batch_size: int
    cycle_weight: float = 10.0
    identity_weight: float = 5.0
    pool_size: int = 50

    def generators_objective(self, params: Mapping[str, Tree], draw: Draw) -> Outcome:
        """Adversarial, cycle and identity losses of one batch of each set."""
        x = draw.real(self.batch_size)
        N, θ = self.generators, params[GENERATORS]
        D, φ = self.discriminators, params[DISCRIMINATORS]
        size = len(x[0])
        y, below = N.forward(θ, joined(x, x[::-1]), draw.context("translate"))
        x_fake, same = tree.rows(y, 0, size), tree.rows(y, size, 2 * size)
        back, cycle = N.forward(θ, x_fake, draw.context("cycle"))
        scores, above = D.forward(φ, x_fake, draw.context("scores"))

        fooled, ds = adversarial(scores)
        returned, dr = distance(back, x, self.cycle_weight)
        kept, di = distance(same, x, self.identity_weight)

        dx, dθ, _ = N.backward(θ, cycle, dr)
        dx = tree.add(dx, D.backward(φ, above, ds, wrt="inputs")[0])
        more = N.backward(θ, below, joined(dx, di), wrt="params")[1]
        loss = fooled + self.cycle_weight * returned + self.identity_weight * kept
        return Outcome(
            loss,
            {"generators_loss": fooled, "cycle_loss": returned, "identity_loss": kept},
            tree.add(dθ, more),
            N.advance(θ, below),
            {"fakes": named(x_fake)},
        )

    def discriminators_objective(
        self, params: Mapping[str, Tree], draw: Draw
    ) -> Outcome:
        """Least squares loss on real images and on some of the pool."""
        x = draw.real(self.batch_size)
        D, φ, size = self.discriminators, params[DISCRIMINATORS], len(x[0])
        shown, pool = self.from_pool(draw)
        y, cache = D.forward(φ, joined(x, shown), draw.context("scores"))
        real, fake = tree.rows(y, 0, size), tree.rows(y, size, 2 * size)
        loss, d_real, d_fake = 0.0, [], []
        for of_real, of_fake in zip(real, fake, strict=True):
            found = ADVERSARIAL.discriminator(of_real, of_fake)
            loss += found.loss
            d_real.append(found.d_real)
            d_fake.append(found.d_fake)
        dφ = D.backward(φ, cache, joined(d_real, d_fake), wrt="params")[1]
        values = {"discriminators_loss": loss}
        return Outcome(loss, values, dφ, D.advance(φ, cache), {"pool": named(pool)})

    def from_pool(self, draw: Draw) -> tuple[Both, Both]:
        """Translations to show, and the pools after them."""
        found = [
            exchange(
                draw.memory["pool"][side],
                draw.memory["fakes"][side],
                draw.count,
                draw.uniform(f"pool/{side}", (self.batch_size,)),
            )
            for side in ("a", "b")
        ]
        (shown_a, pool_a), (shown_b, pool_b) = found
        return (shown_a, shown_b), (pool_a, pool_b)

    def phases(self) -> tuple[Phase, Phase]:
        """The generators' first: its translations are what the other one judges."""
        size, first, second = (
            self.batch_size,
            self.generators_objective,
            self.discriminators_objective,
        )
        return (
            Phase(GENERATORS, GENERATORS, first, batch_size=size),
            Phase(DISCRIMINATORS, DISCRIMINATORS, second, batch_size=size),
        )

    def memory(self, shape: Shape) -> dict[str, Rows]:
        """An empty pool; and noise, for a discriminator that is checked by itself."""
        noise = np.random.default_rng(0).uniform(-1, 1, (2, self.batch_size, *shape))
        pool = empty_pool(self.batch_size, self.pool_size, shape)
        return {"fakes": named((noise[0], noise[1])), "pool": named((pool, pool))}

    def system(self, generators: Player, discriminators: Player) -> System:
        """Both phases, in the order of a step."""

        def make_phases(networks: Mapping[str, Layer]) -> tuple[Phase, ...]:
            timed = replace(
                self,
                generators=networks[GENERATORS],
                discriminators=networks[DISCRIMINATORS],
            )
            return timed.phases()

        shape: Shape = generators.in_shape[0]
        return System(
            players={GENERATORS: generators, DISCRIMINATORS: discriminators},
            phases=self.phases(),
            generator=GENERATORS,
            latent=no_latent,
            make_phases=make_phases,
            memory=self.memory(shape),
            show=Translations(),
        )


def adversarial(scores: Both) -> tuple[float, Both]:
    """Σ E (s − 1)² over the two sets, and its gradient in the scores s."""
    a, b = (ADVERSARIAL.generator(each) for each in scores)
    return 2 * (a.loss + b.loss), (2 * a.d_fake, 2 * b.d_fake)


def distance(y: Both, target: Both, weight: float) -> tuple[float, Both]:
    """Σ |y − target| over the two sets, and the gradient of `weight` times that."""
    a, b = (DISTANCE(each, t) for each, t in zip(y, target, strict=True))
    return a.loss + b.loss, (weight * a.dy, weight * b.dy)


def joined(first: Tree, second: Tree) -> Both:
    """Two pairs of batches as one pair of batches of twice the size."""
    a, b = (np.concatenate(both) for both in zip(first, second, strict=True))
    return a, b


def named(pair: Both) -> Rows:
    """A pair as it is remembered."""
    return Rows(a=pair[0], b=pair[1])


def no_latent(stream: Stream, tick: int, n: int) -> Array:
    """Say that there is nothing to draw samples from."""
    raise ValueError(
        "RUN: expected a run that draws samples from latents, received one that "
        "translates images; use scratchgan translate"
    )
