"""What the small experiments on 10,000 embedded digits share: settings and optimisers.

None of them is published at this size. Networks (`networks.small_dcgan`), batches of 32
and averaged samples are those of `wgan-gp-digits`, so that digits appear within two
minutes on two cores; what each recipe states is its loss, its penalty, its
normalisation.
"""

from dataclasses import dataclass

from scratchgan.optim import EMA, Adam
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape

SHAPE = (28, 28, 1)
#: For gradient checks.
SMALL = {"dim": 3, "latent_size": 3, "batch_size": 3}
SMALL_SHAPE = (8, 8, 1)


@dataclass(frozen=True)
class DigitsSettings(Settings):
    """Sized for two cores and two minutes."""

    steps: int = setting(4000, "training steps, one generator update each", low=1)
    batch_size: int = setting(32, "samples in one update of one player", low=2)
    learning_rate: float = setting(5e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.999, "of Adam", low=0, high=0.99999)
    ema_decay: float = setting(
        0.998, "of the average samples come from", low=0, high=0.99999
    )
    latent_size: int = setting(32, "length of z", low=1)
    dim: int = setting(32, "width of the networks", low=1)


def digits_system(pair: Pair, settings: DigitsSettings, shape: Shape) -> System:
    """Both players with Adam; samples are drawn with an average of the generator's."""
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(
            pair.generator, (settings.latent_size,), adam, EMA(settings.ema_decay)
        ),
    )
