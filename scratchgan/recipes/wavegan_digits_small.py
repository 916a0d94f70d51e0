"""WaveGAN on spoken digits, sized for two cores.

Loss, penalty, z and the form of the networks are the paper's (see `wavegan`). What
differs, so that length, loudness and spectrum of speech are met in fifteen minutes:

* sounds of 8,192 samples at 8 kHz: the same second, at half the rate; the networks
  begin at 8 and not at 16
* d = 16, not 64: a sixteenth of the multiplications a sample
* batches of 16, n_critic = 3 and a learning rate that falls from 5e-4 to zero, not 64,
  5 and 1e-4: many small updates
* each recording is scaled to a peak of one; samples are drawn with an exponential
  moving average of the generator

The default data are all of FSDD; `digits` and `speakers` choose parts of it.
"""

from dataclasses import dataclass
from typing import Any

from scratchgan.data import Dataset
from scratchgan.data.recordings import DIGITS, read_waves, spoken_digits
from scratchgan.networks.wavegan import STEP
from scratchgan.recipes import wavegan
from scratchgan.recipes.recipe import Recipe
from scratchgan.training.settings import setting


@dataclass(frozen=True)
class SpokenDigitsSettings(wavegan.WaveGanSettings):
    """Sized for two cores."""

    steps: int = setting(2500, "training steps, one generator update each", low=1)
    batch_size: int = setting(16, "samples in one update of one player", low=1)
    n_critic: int = setting(3, "critic updates a step", low=1)
    learning_rate: float = setting(5e-4, "of Adam, both players", low=0)
    decay_steps: int = setting(
        2500, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    ema_decay: float = setting(
        0.995, "of the average samples come from; 0: none", low=0, high=0.99999
    )
    dim: int = setting(16, "width of the networks", low=1)
    length: int = setting(8192, "samples of a sound, a multiple of 1024", low=STEP)
    rate: int = setting(8000, "samples a second, Hz", low=1)
    normalize: bool = setting(True, "scale each recording to a peak of one")
    digits: str = setting(DIGITS, "which digits of FSDD, such as 07")
    speakers: str = setting("", "whose, with commas between; empty: all")


def read(source: str, settings: Any) -> Dataset:
    """Recordings of a named set, or of a folder, of the digits and speakers chosen."""
    chosen = spoken_digits(settings.digits, settings.speakers)
    return read_waves(source, wavegan.wave_format(settings), chosen)


RECIPE = Recipe(
    name="wavegan-digits-small",
    summary="WaveGAN on spoken digits, in about a quarter of an hour on two cores",
    settings=SpokenDigitsSettings,
    data="fsdd",
    build=wavegan.build,
    read=read,
    value_range=(-1.0, 1.0),
    small_shape=(STEP, 1),
    small={"dim": 1, "latent_size": 3, "batch_size": 2},
    shape=(8192, 1),
)
