"""TGAN on Moving-MNIST: Saito, Matsumoto and Saito 2017, with a gradient penalty.

The networks, batches of 32 and latents are the authors' (their configuration
mnist_wgan_svd_zdim-100): z uniform on (−1, 1) with 100 numbers, as many in each frame's
latent, 16 frames of 64 × 64, two digits. What makes the critic Lipschitz is a setting:

* ``penalty`` (the default) is WGAN-GP's (Gulrajani et al. 2017, algorithm 1, with their
  Adam and n_critic = 5), which came out the same year; the critic has no normalisation
* ``clipping`` is the published one: singular values clipped at every fifth update,
  RMSProp 5e-5, one critic update a step, a critic with batch normalisation

Their code against ours: theirs updates the generator first, and both players on one
batch of generated videos; here the critic comes first, on a batch of its own. Theirs
reads the 10,000 videos of mnist_test_seq.npy, as ``--data mnist_test_seq.npy`` does
here, and scales pixels by (x − 128)/128; by default videos are made anew in every
batch, and pixels scaled to [−1, 1].
"""

from dataclasses import dataclass, replace
from functools import partial

from scratchgan.data import Dataset
from scratchgan.data.moving_mnist import NAME, moving_mnist
from scratchgan.data.videos import read_videos
from scratchgan.losses import Wasserstein
from scratchgan.networks import tgan_critic, tgan_generator
from scratchgan.networks.tgan import FRAMES, tgan_uniform
from scratchgan.optim import Adam, RMSProp
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.recipe import Recipe
from scratchgan.training.adversarial import Pair
from scratchgan.training.films import Films
from scratchgan.training.motion import measure_motion
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.singular_values import SingularValueClipping
from scratchgan.training.system import Player, System
from scratchgan.types import Shape

RANGE = (-1.0, 1.0)
#: Critic updates from one clipping of singular values to the next.
CLIP_EVERY = 5


@dataclass(frozen=True)
class TganSettings(Settings):
    """As in the authors' code; those of the penalty as in WGAN-GP's."""

    steps: int = setting(312_500, "training steps, one generator update each", low=1)
    batch_size: int = setting(32, "videos in one update of one player", low=2)
    lipschitz: str = setting("penalty", "how: penalty or clipping")
    n_critic: int = setting(5, "critic updates a step; with clipping, 1", low=1)
    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    learning_rate: float = setting(1e-4, "of Adam, with the penalty", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    rmsprop_rate: float = setting(
        5e-5, "learning rate of RMSProp, with clipping", low=0
    )
    latent_size: int = setting(100, "length of z, which says what stays", low=1)
    fast_size: int = setting(100, "length of each frame's latent", low=1)
    dim: int = setting(512, "channels of the frame generator's 4 × 4 image", low=2)
    time_dim: int = setting(512, "channels of the temporal generator", low=4)
    critic_dim: int = setting(64, "channels of the critic's first layer", low=1)
    digits: int = setting(2, "digits a video of moving-mnist", low=1)
    digit_size: int = setting(
        0, "pixels of a digit's middle; 0: whole, shrunk with the frame", low=0
    )
    size: int = setting(64, "height and width of moving-mnist's frames", low=16)


def build(settings: TganSettings, shape: Shape) -> System:
    """Players and phases for videos of 16 square frames."""
    require_videos("tgan-moving-mnist", shape)
    clipping = {"penalty": False, "clipping": True}.get(settings.lipschitz)
    if clipping is None:
        raise ValueError(
            f"lipschitz: expected penalty or clipping, received {settings.lipschitz!r}"
        )
    pair = Pair(
        generator=tgan_generator(
            shape,
            settings.dim,
            settings.time_dim,
            settings.latent_size,
            settings.fast_size,
        ),
        discriminator=(
            tgan_critic(settings.critic_dim, batch_norm=True, initializer=tgan_uniform)
            if clipping
            else tgan_critic(settings.critic_dim)
        ),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=None if clipping else GradientPenalty(settings.gp_weight),
        name="critic",
        prior="uniform",
    )
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    optimizer = RMSProp(settings.rmsprop_rate) if clipping else adam
    critic = Player(pair.discriminator, shape, optimizer)
    if clipping:
        clip = SingularValueClipping()
        critic = replace(critic, constrain=clip, constrain_every=CLIP_EVERY)
    generator = Player(pair.generator, (settings.latent_size,), optimizer)
    repeats = Times(1 if clipping else settings.n_critic)
    return shown_and_measured(pair.system(critic, generator, repeats))


def shown_and_measured(system: System) -> System:
    """`system`, whose samples are films and whose motion is measured."""
    return replace(system, show=Films(), measure=partial(measure_motion, system, RANGE))


def require_videos(recipe: str, shape: Shape) -> None:
    """Raise ValueError unless samples are 16 square frames that doublings make."""
    side = shape[1] if len(shape) == 4 else 0
    powers = side >= 16 and not side & (side - 1)
    if not powers or shape != (FRAMES, side, side, shape[-1]):
        raise ValueError(
            f"data: {recipe} takes videos ({FRAMES}, S, S, C) with S a power of two "
            f"from 16, received {shape}"
        )


def read(source: str, settings: TganSettings) -> Dataset:
    """Moving-MNIST, or clips of the videos of a .npy."""
    if source == NAME:
        return moving_mnist(
            settings.size, settings.digits, FRAMES, RANGE, settings.digit_size
        )
    return read_videos(source, FRAMES, RANGE)


RECIPE = Recipe(
    name="tgan-moving-mnist",
    summary="TGAN: videos of two moving digits (Saito et al. 2017)",
    settings=TganSettings,
    data=NAME,
    build=build,
    value_range=RANGE,
    small_shape=(16, 16, 16, 1),
    small={
        "dim": 2,
        "time_dim": 4,
        "critic_dim": 1,
        "latent_size": 3,
        "fast_size": 2,
        "batch_size": 3,
        "n_critic": 1,
    },
    shape=(FRAMES, 64, 64, 1),
    full={"batch_size": 2, "n_critic": 1},
    read=read,
)
