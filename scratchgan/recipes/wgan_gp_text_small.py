"""small."""

from dataclasses import dataclass

from scratchgan.recipes.recipe import Recipe
from scratchgan.recipes.wgan_gp_text import TextSettings, build, read
from scratchgan.training.settings import setting


@dataclass(frozen=True)
class SmallTextSettings(TextSettings):
    """Sized for two cores and ten minutes."""

    steps: int = setting(3000, "training steps, one generator update each", low=1)
    n_critic: int = setting(1, "critic updates a step", low=1)
    dim: int = setting(64, "channels of the blocks", low=1)


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
