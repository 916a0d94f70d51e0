"""What the small experiments on 10,000 embedded digits share: settings and optimisers.

None of them is published at this size. Networks are those of `wgan-gp-digits`, half as
wide, with a learning rate twice as large and an average that forgets faster, so that
digits appear within a minute on two cores. What each recipe states is its loss, its
penalty, its normalisation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scratchgan.optim import EMA, Adam
from scratchgan.recipes.recipe import Recipe, require_multiple
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class DigitsSettings(Settings):
    """Sized for two cores and a minute."""

    steps: int = setting(2000, "training steps, one generator update each", low=1)
    batch_size: int = setting(32, "samples in one update of one player", low=2)
    learning_rate: float = setting(2e-3, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.999, "of Adam", low=0, high=0.99999)
    ema_decay: float = setting(
        0.99, "of the average samples come from", low=0, high=0.99999
    )
    latent_size: int = setting(32, "length of z", low=1)
    dim: int = setting(16, "width of the networks", low=1)


def system(pair: Pair, settings: DigitsSettings, shape: Any) -> System:
    """Both players with Adam; samples are drawn with an average of the generator's."""
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    z = (settings.latent_size,)
    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(
            pair.generator,
            (z, ()) if pair.classes else z,
            adam,
            EMA(settings.ema_decay),
        ),
    )


def recipe(
    name: str,
    summary: str,
    settings: type[DigitsSettings],
    build: Callable[[Any, Shape], System],
) -> Recipe:
    """A recipe for digits, or any images with sides that can be halved twice."""

    def checked(settings: DigitsSettings, shape: Shape) -> System:
        require_multiple(name, shape, 4)
        return build(settings, shape)

    return Recipe(
        name=name,
        summary=summary,
        settings=settings,
        data="digits",
        build=checked,
        small_shape=(8, 8, 1),
        shape=(28, 28, 1),
        small={"dim": 3, "latent_size": 3, "batch_size": 3},
    )
