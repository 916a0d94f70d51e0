"""WGAN-GP on characters in about ten minutes on two cores.

Data, loss, penalty, batches and the form of the networks are those of `wgan_gp_text`
(Gulrajani et al. 2017). What differs from the published settings:

* three residual blocks of 64 channels a player, not five of 512
* one critic update a step, not ten, and rates of 1e-3 for the critic and 3e-4 for the
  generator, β₁ = 0: two time scales (Heusel et al. 2017) with larger rates than theirs,
  3e-4 and 1e-4. With 1e-3 for both the generator lost a third of the letters by step
  900, seed 0: its softmax had given them no probability, and hence no gradient
* samples are drawn with an exponential moving average of the generator
"""

from dataclasses import dataclass

from scratchgan.recipes.recipe import Recipe
from scratchgan.recipes.wgan_gp_text import TextSettings, build, read
from scratchgan.training.settings import setting


@dataclass(frozen=True)
class SmallTextSettings(TextSettings):
    """Sized for two cores and ten minutes."""

    steps: int = setting(6000, "training steps, one generator update each", low=1)
    sample_every: int = setting(200, "steps between samples and measurements", low=1)
    n_critic: int = setting(1, "critic updates a step", low=1)
    critic_learning_rate: float = setting(1e-3, "of Adam, critic", low=0)
    generator_learning_rate: float = setting(3e-4, "of Adam, generator", low=0)
    beta1: float = setting(0.0, "of Adam", low=0, high=0.999)
    ema_decay: float = setting(
        0.99, "of the average samples come from; 0: no average", low=0, high=0.99999
    )
    dim: int = setting(64, "channels of the blocks", low=1)
    blocks: int = setting(3, "residual blocks of either player", low=0)


RECIPE = Recipe(
    name="wgan-gp-text-small",
    summary="WGAN-GP on characters, in about ten minutes on two cores",
    settings=SmallTextSettings,
    data="tinyshakespeare",
    build=build,
    read=read,
    small_shape=(6, 4),
    shape=(32, 65),
    small={"dim": 3, "blocks": 2, "latent_size": 3, "batch_size": 3},
)
