"""WaveGAN: raw sound of one second (Donahue, McAuley and Puckette 2019).

WGAN-GP on waveforms: 16,384 samples at 16 kHz, z of 100 uniform on [−1, 1), d = 64,
Adam 1e-4 with β = (0.5, 0.9), λ = 10, n_critic = 5, batches of 64, phase shuffle with
n = 2, no normalisation: the defaults of the authors' train_wavegan.py, which trains
until it is stopped. `steps` is ours.

Any folder of WAV files will do; ``sc09`` is the paper's. Paper against code: the code
draws one phase shift a batch, the paper one a sample; ours is the code's. The code can
cut long recordings into overlapping slices; ours crops one at random each time.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from scratchgan.data import Dataset
from scratchgan.data.recordings import Format, read_waves
from scratchgan.losses import Wasserstein
from scratchgan.networks.wavegan import STEP, wavegan_critic, wavegan_generator
from scratchgan.optim import EMA, Adam, falling
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.recipe import Recipe
from scratchgan.training.adversarial import Pair
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.sounds import Sounds, measure
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class WaveGanSettings(Settings):
    """As in the authors' code."""

    steps: int = setting(200_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(64, "samples in one update of one player", low=1)
    n_critic: int = setting(5, "critic updates a step", low=1)
    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    learning_rate: float = setting(1e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    decay_steps: int = setting(
        0, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    ema_decay: float = setting(
        0.0, "of the average samples come from; 0: none", low=0, high=0.99999
    )
    latent_size: int = setting(100, "length of z", low=1)
    dim: int = setting(64, "width of the networks", low=1)
    shuffle: int = setting(2, "n of the phase shuffle; 0: none", low=0, high=3)
    length: int = setting(16384, "samples of a sound, a multiple of 1024", low=STEP)
    rate: int = setting(16000, "samples a second, Hz", low=1)
    resample: bool = setting(False, "bring recordings of other rates to this one")
    normalize: bool = setting(False, "scale each recording to a peak of one")
    placement: str = setting(
        "start", "where a recording that is too short begins: start or random"
    )


def build(settings: WaveGanSettings, shape: Shape) -> System:
    """Players and phases for sounds of `shape`."""
    if len(shape) != 2 or shape[0] < STEP or shape[0] % STEP or shape[1] != 1:
        raise ValueError(
            f"data: WaveGAN takes sounds (length, 1), the length a multiple of {STEP}, "
            f"received {shape}"
        )
    pair = Pair(
        generator=wavegan_generator(settings.dim, shape[0]),
        discriminator=wavegan_critic(settings.dim, settings.shuffle),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=GradientPenalty(settings.gp_weight),
        name="critic",
        prior="uniform",
    )

    def adam(updates_a_step: int) -> Adam:
        rate = falling(settings.learning_rate, settings.decay_steps * updates_a_step)
        return Adam(rate, settings.beta1, settings.beta2)

    ema = EMA(settings.ema_decay) if settings.ema_decay else None
    system = pair.system(
        discriminator=Player(pair.discriminator, shape, adam(settings.n_critic)),
        generator=Player(pair.generator, (settings.latent_size,), adam(1), ema),
        repeats=Times(settings.n_critic),
    )
    return replace(system, show=Sounds(settings.rate), measure=partial(measure, system))


def wave_format(settings: WaveGanSettings) -> Format:
    """What recordings are made into.

    Raises
    ------
    ValueError
        If the networks cannot make sounds of that length.
    """
    if settings.length % STEP:
        raise ValueError(
            f"length: expected a multiple of {STEP}, received {settings.length}"
        )
    return Format(
        settings.length,
        settings.rate,
        settings.resample,
        settings.normalize,
        settings.placement,
    )


def read(source: str, settings: Any) -> Dataset:
    """Recordings of a named set, or of a folder."""
    return read_waves(source, wave_format(settings))


RECIPE = Recipe(
    name="wavegan",
    summary="WaveGAN at the authors' settings (Donahue et al. 2019), on any .wav",
    settings=WaveGanSettings,
    data="sc09",
    build=build,
    read=read,
    value_range=(-1.0, 1.0),
    small_shape=(STEP, 1),
    small={"dim": 1, "latent_size": 3, "batch_size": 2},
    shape=(16384, 1),
    full={"batch_size": 1, "n_critic": 1},
)
