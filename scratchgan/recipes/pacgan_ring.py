"""PacGAN on Gaussians in the plane: Lin et al. 2018, section 4.1, as in their code.

The discriminator judges `packing` samples at a time; 1 is their baseline GAN. Networks:
four batch-normalised ReLU layers of 400, three maxout layers of 200 with five pieces,
weights N(0, 0.02²). Adam 1e-4 with β₁ = 0.8, non-saturating cross-entropy, batches of
100 packs, 400,000 updates (400 epochs of 100,000 packs).

Different: points are those of `ring` and `grid` (``--data grid``), which are the
paper's in another unit (a circle of √2, a grid of 0.707 between neighbours; standard
deviations shrink alike), fresh in every batch; the players take turns, where the code
updates both from one batch; β₂ = 0.999.

Measured as in the paper: of 2,500 samples, the share within three standard deviations
of a mode, how many modes have one, and the reverse KL of the modes they are nearest to.
"""

from dataclasses import dataclass, replace
from functools import partial

from scratchgan.losses import BinaryCrossEntropy
from scratchgan.networks import pacgan_discriminator, pacgan_generator
from scratchgan.optim import Adam, falling
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair
from scratchgan.training.modes import measure_modes
from scratchgan.training.packing import Packing
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class PacganRingSettings(Settings):
    """As in the authors' code."""

    steps: int = setting(400_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(100, "packs in one update of one player", low=2)
    packing: int = setting(2, "samples in a pack", low=1)
    learning_rate: float = setting(1e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.8, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.999, "of Adam", low=0, high=0.99999)
    decay_steps: int = setting(
        0, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    latent_size: int = setting(2, "length of z", low=1)
    dim: int = setting(400, "width of the generator, twice the discriminator's", low=2)


def build(settings: PacganRingSettings, shape: Shape) -> System:
    """Players and phases for points in the plane."""
    require_shape("pacgan-ring", shape, (2,))
    packing = Packing(settings.packing)
    pair = Pair(
        generator=pacgan_generator(settings.dim),
        discriminator=pacgan_discriminator(settings.dim // 2),
        loss=BinaryCrossEntropy(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size * settings.packing,
        packing=packing,
    )
    rate = falling(settings.learning_rate, settings.decay_steps)
    adam = Adam(rate, settings.beta1, settings.beta2)
    system = pair.system(
        discriminator=Player(pair.discriminator, packing.shape(shape), adam),
        generator=Player(pair.generator, (settings.latent_size,), adam),
    )
    return replace(system, measure=partial(measure_modes, system))


RECIPE = Recipe(
    name="pacgan-ring",
    summary="packs of samples on eight Gaussians (Lin et al. 2018)",
    settings=PacganRingSettings,
    data="ring",
    build=build,
    small_shape=(2,),
    small={"dim": 4, "batch_size": 3},
)
