"""WGAN-GP on characters: Gulrajani et al. 2017, as in their gan_language.py.

Windows of 32 characters, as one-hot vectors; the generator's softmax goes to the critic
as it is, without sampling or argmax. Adam 1e-4 (0.5, 0.9), n_critic = 10, λ = 10,
batches of 64, z of 128, 200,000 generator updates; five residual blocks of 512 channels
in either player. 640 samples are compared with real text, from n-grams of 1 to 4
characters there, of 1 to 6 here, as Heusel et al. 2017 do with the same code.

Their TTUR is `n_critic=1 critic_learning_rate=3e-4`.

Different here: any text instead of the Google Billion Word sentences, and windows that
begin anywhere (`data.text`). The authors measure against all lines, trained on or not;
we against a held-out tenth.
"""

from dataclasses import dataclass, replace

from scratchgan.data import TextDataset, load_text
from scratchgan.losses import Wasserstein
from scratchgan.networks import text_critic, text_generator
from scratchgan.optim import EMA, Adam, falling
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.recipe import Recipe
from scratchgan.training.adversarial import Pair
from scratchgan.training.folder import RunConfig
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.training.text import LONGEST, Lines, NgramDivergence
from scratchgan.types import Shape


@dataclass(frozen=True)
class TextSettings(Settings):
    """As in the authors' code."""

    steps: int = setting(200_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(64, "samples in one update of one player", low=1)
    sample_every: int = setting(100, "steps between samples and measurements", low=1)
    n_critic: int = setting(10, "critic updates a step", low=1)
    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    one_sided: bool = setting(False, "punish only norms above one")
    critic_learning_rate: float = setting(1e-4, "of Adam, critic", low=0)
    generator_learning_rate: float = setting(1e-4, "of Adam, generator", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    decay_steps: int = setting(
        0, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    ema_decay: float = setting(
        0.0, "of the average samples come from; 0: no average", low=0, high=0.99999
    )
    latent_size: int = setting(128, "length of z", low=1)
    dim: int = setting(512, "channels of the blocks", low=1)
    blocks: int = setting(5, "residual blocks of either player", low=0)
    length: int = setting(32, "characters in a window", low=LONGEST)
    alphabet_size: int = setting(
        2048, "symbols at most, one of them for all rare characters", low=2
    )
    measured: int = setting(640, "samples whose n-grams are compared", low=1)


def read(source: str, settings: TextSettings) -> TextDataset:
    """Windows of the text that `source` names."""
    return load_text(source, settings.length, settings.alphabet_size)


def read_again(config: RunConfig) -> TextDataset:
    """The text of a run."""
    assert isinstance(config.settings, TextSettings)
    return read(config.data, config.settings)


def build(settings: TextSettings, shape: Shape) -> System:
    """Players and phases for windows of `shape` (L, V)."""
    if len(shape) != 2:
        raise ValueError(f"data: expected text of shape (L, V), received {shape}")
    pair = Pair(
        generator=text_generator(settings.dim, settings.blocks, shape),
        discriminator=text_critic(settings.dim, settings.blocks),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=GradientPenalty(settings.gp_weight, settings.one_sided),
        name="critic",
    )

    def adam(learning_rate: float, updates_a_step: int) -> Adam:
        rate = falling(learning_rate, settings.decay_steps * updates_a_step)
        return Adam(rate, settings.beta1, settings.beta2)

    average = EMA(settings.ema_decay) if settings.ema_decay else None
    system = pair.system(
        discriminator=Player(
            pair.discriminator,
            shape,
            adam(settings.critic_learning_rate, settings.n_critic),
        ),
        generator=Player(
            pair.generator,
            (settings.latent_size,),
            adam(settings.generator_learning_rate, 1),
            average,
        ),
        repeats=Times(settings.n_critic),
    )
    measure = NgramDivergence(system, settings.measured)
    return replace(system, show=Lines(read_again), measure=measure)


RECIPE = Recipe(
    name="wgan-gp-text",
    summary="WGAN-GP on characters, a residual network over 32 of them",
    settings=TextSettings,
    data="war-and-peace",
    build=build,
    read=read,
    small_shape=(6, 4),
    shape=(32, 82),
    small={"dim": 3, "blocks": 2, "latent_size": 3, "batch_size": 3, "n_critic": 2},
    full={"batch_size": 4, "n_critic": 1},
)
