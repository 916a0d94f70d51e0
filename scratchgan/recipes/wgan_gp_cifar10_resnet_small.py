"""WGAN-GP with residual networks on CIFAR-10, an eighth as wide, for two cores.

Different from `wgan-gp-cifar10-resnet`: width, batches, number of steps and with it the
decay; one critic update a step, not five, and a learning rate five times as large.
"""

from dataclasses import dataclass, replace

from scratchgan.recipes import wgan_gp_cifar10_resnet
from scratchgan.recipes.wgan_gp_cifar10_resnet import WganGpCifar10ResnetSettings
from scratchgan.training.settings import setting


@dataclass(frozen=True)
class WganGpCifar10ResnetSmallSettings(WganGpCifar10ResnetSettings):
    """Sized for two cores."""

    steps: int = setting(3000, "training steps, one generator update each", low=1)
    batch_size: int = setting(32, "samples in one update of the critic", low=1)
    generator_batch: int = setting(32, "samples in one generator update", low=2)
    n_critic: int = setting(1, "critic updates a step", low=1)
    learning_rate: float = setting(1e-3, "of Adam at the start, both players", low=0)
    decay_steps: int = setting(3000, "steps until the rate is zero", low=1)
    dim: int = setting(16, "width of the networks", low=1)


RECIPE = replace(
    wgan_gp_cifar10_resnet.RECIPE,
    name="wgan-gp-cifar10-resnet-small",
    summary="WGAN-GP with residual networks, sized for two cores",
    settings=WganGpCifar10ResnetSmallSettings,
)
