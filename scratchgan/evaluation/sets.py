"""The three sets of an evaluation: generated, real, and real but held out.

What a figure of generated samples should be compared with is the same figure of real
samples in their place: its floor, which is rarely zero. So every measure is a function
of `Sets`, and the floor is that function of the sets with the held-out samples put
where the generated ones were.
"""

from collections.abc import Callable, Sized
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from scratchgan.data import MIXTURES, STACKED, Dataset
from scratchgan.metrics import FeatureNetwork
from scratchgan.metrics.digit_features import EACH_CHANNEL
from scratchgan.metrics.feature_network import Measured
from scratchgan.training.shows import is_image, is_labelled_image
from scratchgan.types import Array

#: Batches of generated data that no training reaches, for real and held-out points.
REAL, HELD_OUT = 2**40, 2**40 + 1


class Seen(NamedTuple):
    """Samples, and what the feature network makes of them."""

    samples: Array
    measured: Measured | None
    network: str = ""  #: its name

    @property
    def features(self) -> Array:
        """Features (N, D); there must be a network."""
        assert self.measured is not None  # measures that need one are not asked else
        return self.measured.features

    @property
    def probabilities(self) -> Array:
        """Probabilities of classes (N, K); there must be a network."""
        assert self.measured is not None
        return self.measured.probabilities


class Walk(NamedTuple):
    """A generator, and where to walk in its latents."""

    features: Callable[[Array], Array]  #: of the images made from latents (n, D)
    starts: Array  #: latents (M, D)
    ends: Array  #: as many


@dataclass(frozen=True)
class Sets:
    """What is compared.

    Parameters
    ----------
    generated, real : Seen
        As many of each, where there are enough real ones.
    held_out : Seen, optional
        Real samples that were not trained on, as many if there are.
    value_range : (float, float)
        Values of black and white pixels.
    data : str
        Name of the real samples.
    seed : int
        Of what measures draw.
    whole : bool
        Whether the real samples are all that the generator was trained on: only then
        can a copy be told.
    walk : Walk, optional
        The generator itself, where its latents are points.
    """

    generated: Seen
    real: Seen
    held_out: Seen | None
    value_range: tuple[float, float]
    data: str
    seed: int
    whole: bool = False
    walk: Walk | None = None

    @property
    def is_images(self) -> bool:
        """Whether samples are images (N, H, W, C)."""
        return self.generated.samples.ndim == 4

    @property
    def is_points(self) -> bool:
        """Whether samples are points (N, D)."""
        return self.generated.samples.ndim == 2

    @property
    def is_mixture(self) -> bool:
        """Whether the modes of the data are known."""
        return self.is_points and self.data in MIXTURES

    @property
    def is_stacked(self) -> bool:
        """Whether samples are stacked digits, and a network named those."""
        return self.data in STACKED and self.generated.network.endswith(EACH_CHANNEL)

    @property
    def has_features(self) -> bool:
        """Whether a feature network saw them."""
        return self.generated.measured is not None

    def floor(self) -> "Sets | None":
        """The same with held-out samples in place of generated ones."""
        if self.held_out is None:
            return None
        return replace(self, generated=self.held_out)


def is_measurable(shape: Any) -> bool:
    """Whether measures are known of samples of this shape: points and images."""
    return len(shape) == 1 or is_image(shape) or is_labelled_image(shape)


def seen(
    samples: Array, network: FeatureNetwork | None, value_range: tuple[float, float]
) -> Seen:
    """Samples with their features, if there is a network."""
    if network is None:
        return Seen(samples, None)
    return Seen(samples, network.measure(samples, value_range), network.name)


def real_samples(data: Dataset, seed: int, n: int, index: int = REAL) -> Array:
    """`n` real samples, or as many as there are, without their labels.

    Batch number `index` of data that are made anew, the first of data that are held.
    """
    if not isinstance(data, Sized):
        return data.batch(seed, index, n)
    batch = data.batch(seed, 0, min(n, len(data)))
    return batch[0] if isinstance(batch, tuple) else batch
