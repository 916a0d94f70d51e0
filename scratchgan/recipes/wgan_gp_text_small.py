"""WGAN-GP on characters, in ten to thirty minutes on two cores.

Loss, penalty, and the form of data and networks are those of `wgan_gp_text` (Gulrajani
et al. 2017). What differs from the published settings:

* two residual blocks of 64 channels a player, not five of 512, and batches of 32
* five critic updates a step, not ten ("5 should work fine as well", say the authors in
  their code), and learning rates that fall from 3e-3 to zero, not 1e-4 throughout
* samples are drawn with an exponential moving average of the generator
"""

from dataclasses import dataclass

from scratchgan.recipes.recipe import Recipe
from scratchgan.recipes.wgan_gp_text import TextSettings, build, read
from scratchgan.training.settings import setting


@dataclass(frozen=True)
class SmallTextSettings(TextSettings):
    """Sized for two cores."""

    steps: int = setting(6000, "training steps, one generator update each", low=1)
    batch_size: int = setting(32, "samples in one update of one player", low=1)
    n_critic: int = setting(5, "critic updates a step", low=1)
    critic_learning_rate: float = setting(3e-3, "of Adam, critic", low=0)
    generator_learning_rate: float = setting(3e-3, "of Adam, generator", low=0)
    decay_steps: int = setting(
        6000, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    ema_decay: float = setting(
        0.995, "of the average samples come from; 0: no average", low=0, high=0.99999
    )
    dim: int = setting(64, "channels of the blocks", low=1)
    blocks: int = setting(2, "residual blocks of either player", low=0)


RECIPE = Recipe(
    name="wgan-gp-text-small",
    summary="WGAN-GP on characters, in ten to thirty minutes on two cores",
    settings=SmallTextSettings,
    data="war-and-peace",
    build=build,
    read=read,
    small_shape=(6, 4),
    shape=(32, 82),
    small={"dim": 3, "blocks": 2, "latent_size": 3, "batch_size": 3, "n_critic": 2},
)
