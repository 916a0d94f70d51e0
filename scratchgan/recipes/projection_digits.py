"""Digits on demand: Miyato and Koyama 2018's projection discriminator, on two cores.

Both players are told the class: the generator by the gain and bias of its batch
normalisations, the discriminator by the inner product ⟨V[l], φ(x)⟩ that is added to its
score (eq. 4). Hinge loss, spectral normalisation and Adam with (0, 0.9), as in the
paper; generated samples are of classes drawn uniformly.

Different from the paper: networks and learning rate (`recipes.digits`), one
discriminator update a step, not five, and a head without spectral normalisation. With
every sheet, `label_agreement` is logged: how often the nearest real digit is of the
class that was asked for.
"""

from dataclasses import dataclass, replace
from functools import partial

from scratchgan.data import LabelledDataset, load_array
from scratchgan.losses import Hinge
from scratchgan.networks import (
    small_conditional_generator,
    small_projection_discriminator,
)
from scratchgan.recipes import digits
from scratchgan.recipes.recipe import Recipe, require_multiple
from scratchgan.training.adversarial import Pair
from scratchgan.training.agreement import measure_agreement
from scratchgan.training.settings import setting
from scratchgan.training.system import System

CLASSES = 10


@dataclass(frozen=True)
class ProjectionDigitsSettings(digits.DigitsSettings):
    """Adam as in the paper."""

    beta1: float = setting(0.0, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)


def read(source: str, settings: ProjectionDigitsSettings) -> LabelledDataset:
    """Images with labels of ten classes."""
    return LabelledDataset(load_array(source), CLASSES)


def build(s: ProjectionDigitsSettings, shape: tuple) -> System:
    """Players and phases for labelled images, multiples of 4 high and wide."""
    image, _ = shape
    require_multiple("projection-digits", image, 4)
    pair = Pair(
        generator=small_conditional_generator(s.dim, image, CLASSES),
        discriminator=small_projection_discriminator(s.dim, CLASSES),
        loss=Hinge(),
        latent_size=s.latent_size,
        batch_size=s.batch_size,
        classes=CLASSES,
    )
    system = digits.system(pair, s, shape)
    return replace(system, measure=partial(measure_agreement, system))


RECIPE = Recipe(
    name="projection-digits",
    summary="conditional: projection discriminator on digits (Miyato and Koyama 2018)",
    settings=ProjectionDigitsSettings,
    data="digits",
    build=build,
    small_shape=((8, 8, 1), ()),
    shape=((28, 28, 1), ()),
    small={"dim": 3, "latent_size": 3, "batch_size": 3},
    labels=CLASSES,
    read=read,
)
