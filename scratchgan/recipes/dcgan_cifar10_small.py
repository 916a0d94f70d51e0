"""DCGAN on CIFAR-10, a quarter as wide: colours and places in three minutes.

Everything but width, batch and number of steps is that of `dcgan-cifar10`.
"""

from dataclasses import dataclass, replace

from scratchgan.recipes import dcgan_cifar10
from scratchgan.recipes.dcgan_cifar10 import DcganCifar10Settings
from scratchgan.training.settings import setting


@dataclass(frozen=True)
class DcganCifar10SmallSettings(DcganCifar10Settings):
    """Sized for two cores."""

    steps: int = setting(4000, "training steps, one generator update each", low=1)
    batch_size: int = setting(32, "samples in one update of one player", low=2)
    dim: int = setting(32, "width of the networks", low=1)


RECIPE = replace(
    dcgan_cifar10.RECIPE,
    name="dcgan-cifar10-small",
    summary="DCGAN at 32 × 32, sized for two cores",
    settings=DcganCifar10SmallSettings,
)
