"""Latents are drawn from one distribution, in training and for samples."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from scratchgan.gradcheck.noise import Noise
from scratchgan.layers import Dense
from scratchgan.losses import Wasserstein
from scratchgan.rng import Stream
from scratchgan.training.adversarial import Pair
from scratchgan.training.system import Draw


@dataclass(frozen=True)
class Watched(Dense):
    """A dense layer that keeps what it was given."""

    seen: list = field(default_factory=list, compare=False)

    def forward(self, params, x, ctx):
        self.seen.append(x)
        return super().forward(params, x, ctx)


@pytest.mark.parametrize("prior", ["normal", "uniform"])
def test_latents_have_the_moments_of_their_prior(prior):
    """Mean 0; variance 1 or 1/3, and no more than 1 in magnitude."""
    generator, critic = Watched(2), Dense(1)
    pair = Pair(generator, critic, Wasserstein(), 50, 100, prior=prior)
    rng = np.random.default_rng(0)
    params = {
        "generator": generator.init(rng, (50,))[0],
        "discriminator": critic.init(rng, (2,))[0],
    }
    for phase in pair.phases():
        phase.objective(params, Draw(0, phase.name, 0, Noise((2,))))
    drawn = [*generator.seen, pair.latent(Stream(0, "z"), 0, 100)]
    assert len(drawn) == 3
    for z in drawn:
        assert z.shape == (100, 50)
        assert abs(z.mean()) < 0.05
        assert z.var() == pytest.approx(1 / 3 if prior == "uniform" else 1, rel=0.1)
        assert (np.abs(z).max() <= 1) == (prior == "uniform")
