"""Adaptive augmentation: its strength p follows how sure the discriminator is.

Karras et al. 2020, section 3 ("Training generative adversarial networks with limited
data"). A discriminator that knows its few images by heart gives all of them a positive
score, while new real images would get those of generated ones. So overfitting shows in

    r_t = E sign D(x_real)             eq. 1, over the last minibatches

which is 0 where D cannot tell, and 1 where it knows every image. Every four minibatches

    p ← max(0, p + sign(r_t − target) · step),     step = 4 · batch size / images

with the target 0.6, so that p gets from 0 to 1 in `images` = 500,000 real images at the
earliest. p is not held below 1, above which it means 1, as in the authors' code.

r_t is remembered as one mean sign a minibatch, since parts of a batch average what they
remember. So p moves by the signs of the minibatches *before* this one; the authors'
code counts the newest too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from scratchgan.layers.augment import strength, with_strength
from scratchgan.training.adversarial import Pair
from scratchgan.training.system import Draw, Outcome, Player, System, once
from scratchgan.types import Array, Tree

#: Under which name a system remembers the signs.
SIGNS = "real_signs"


@dataclass(frozen=True)
class Adaptation:
    """How p is moved; pure functions of what is remembered.

    Parameters
    ----------
    batch_size : int
        Real images in one update of the discriminator.
    target : float
        What r_t is driven to.
    interval : int
        Minibatches between two moves of p, and in the mean of r_t.
    images : int
        In how many real images p can get from 0 to 1.
    """

    batch_size: int
    target: float = 0.6
    interval: int = 4
    images: int = 500_000

    @property
    def memory(self) -> dict[str, Tree]:
        """What is remembered at the start: signs of no preference."""
        return {SIGNS: np.zeros(self.interval)}

    def moved(self, p: float, signs: Array) -> float:
        """P after one move, given the mean signs of the last minibatches."""
        step = self.interval * self.batch_size / self.images
        return max(0.0, p + float(np.sign(signs.mean() - self.target)) * step)

    def after(self, outcome: Outcome, draw: Draw) -> Outcome:
        """`outcome` of a discriminator's phase, with p moved and its sign remembered.

        The discriminator is a sequence whose first layer is `Augment`, and
        ``outcome.values["real_sign"]`` the mean sign of its scores of real images.
        """
        first, *rest = outcome.params
        signs, p = draw.memory[SIGNS], strength(first)
        if draw.count and draw.count % self.interval == 0:
            p = self.moved(p, signs)
        newest = np.full_like(signs[:1], outcome.values["real_sign"])
        return outcome._replace(
            values=outcome.values | {"augment_p": p},
            params=[with_strength(first, p), *rest],
            memory={**outcome.memory, SIGNS: np.concatenate([signs[1:], newest])},
        )


@dataclass(frozen=True)
class AdaptivePair(Pair):
    """A pair whose discriminator begins with `Augment`.

    Parameters
    ----------
    adaptation : Adaptation
        How its strength is moved.
    """

    adaptation: Adaptation = Adaptation(batch_size=64)

    def discriminator_objective(
        self, params: Mapping[str, Tree], draw: Draw
    ) -> Outcome:
        """The pair's, and then p is moved."""
        outcome = super().discriminator_objective(params, draw)
        return self.adaptation.after(outcome, draw)

    def system(
        self,
        discriminator: Player,
        generator: Player,
        repeats: Callable[[int], int] = once,
    ) -> System:
        """The pair's, which remembers the signs."""
        system = super().system(discriminator, generator, repeats)
        return replace(system, memory=self.adaptation.memory)
