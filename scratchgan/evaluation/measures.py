"""What can be measured of a run's samples, by the name that is typed.

A measure takes `Sets` and returns figures by the names of `metrics.meanings`. It says
itself which sets it can be taken of; the cheap ones are logged during a training.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scratchgan.data import MIXTURES
from scratchgan.evaluation.records import Figure
from scratchgan.evaluation.sets import Sets
from scratchgan.metrics import (
    Moments,
    assignment_wasserstein,
    density_coverage,
    frechet_distance,
    inception_score,
    kernel_distance,
    labelled_modes,
    memorisation,
    mixture_modes,
    pairwise_ms_ssim,
    perceptual_path_length,
    precision_recall,
    sliced_wasserstein,
    subsample_interval,
)

#: Points of the exact distance: its time grows with their cube.
ASSIGNED = 2000
DRAWS = 200  # of half of the samples
SUBSETS = 50  # of the kernel distance
Figures = dict[str, Figure]


@dataclass(frozen=True)
class Measure:
    """One entry of ``--metrics``.

    Parameters
    ----------
    compute : callable
        Sets to figures.
    fits : callable
        Whether it can be taken of these sets.
    cheap : bool
        Whether it is logged by ``--evaluate-every``.
    floor : bool
        Whether real samples in place of generated ones tell something.
    """

    compute: Callable[[Sets], Figures]
    fits: Callable[[Sets], bool]
    cheap: bool = True
    floor: bool = True


def fid(sets: Sets) -> Figures:
    """Fréchet distance, with an interval for the draw of the generated samples."""
    real = Moments.of(sets.real.features)

    def distance(features: np.ndarray) -> float:
        return frechet_distance(features, real)

    # not the bootstrap: repeated samples make covariances too small
    found = subsample_interval(
        distance, sets.generated.features, draws=DRAWS, seed=sets.seed
    )
    return {"fid": Figure(found.value, low=found.low, high=found.high)}


def fid_alone(sets: Sets) -> Figures:
    """Fréchet distance without an interval."""
    distance = frechet_distance(sets.generated.features, sets.real.features)
    return {"fid": Figure(distance)}


def kid(sets: Sets) -> Figures:
    """Kernel distance, its mean over subsets."""
    size = min(1000, len(sets.generated.samples), len(sets.real.samples))
    found = kernel_distance(
        sets.generated.features,
        sets.real.features,
        subsets=SUBSETS,
        subset_size=size,
        seed=sets.seed,
    )
    return {"kid": Figure(found.mean)}


def score(sets: Sets) -> Figures:
    """Inception Score of the network's classes, its mean over ten parts."""
    found = inception_score(sets.generated.probabilities)
    return {"inception_score": Figure(found.mean)}


def prdc(sets: Sets) -> Figures:
    """Precision, recall, density and coverage."""
    pair = sets.real.features, sets.generated.features
    near, dense = precision_recall(*pair), density_coverage(*pair)
    return {
        "precision": Figure(near.precision),
        "recall": Figure(near.recall),
        "density": Figure(dense.density),
        "coverage": Figure(dense.coverage),
    }


def copies(sets: Sets) -> Figures:
    """Whether samples are nearer to training images than held-out images are."""
    assert sets.held_out is not None  # asked only where there are some
    found = memorisation(
        sets.generated.features, sets.real.features, sets.held_out.features
    )
    return {
        "memorisation": Figure(found.z),
        "copy_ratio": Figure(found.median_ratio),
    }


def path_length(sets: Sets) -> Figures:
    """Perceptual path length in Z, from latents as they are drawn."""
    assert sets.walk is not None  # asked only where there is one
    features, starts, ends = sets.walk
    found = perceptual_path_length(
        features, starts, ends, sampling="end", seed=sets.seed
    )
    return {"path_length": Figure(found)}


def diversity(sets: Sets) -> Figures:
    """Mean MS-SSIM of pairs of samples."""
    low, high = sets.value_range
    images = sets.generated.samples
    return {"ms_ssim": Figure(pairwise_ms_ssim(images, high - low, seed=sets.seed))}


def sliced(sets: Sets) -> Figures:
    """Sliced W₁ of the samples themselves."""
    x, y = (s.samples.reshape(len(s.samples), -1) for s in (sets.generated, sets.real))
    return {"sliced_w": Figure(sliced_wasserstein(x, y, p=1, seed=sets.seed))}


def exact_w1(sets: Sets) -> Figures:
    """W₁ by assignment, of 2,000 points a side at most."""
    size = min(ASSIGNED, len(sets.generated.samples), len(sets.real.samples))
    x, y = (s.samples[:size] for s in (sets.generated, sets.real))
    return {"w1": Figure(assignment_wasserstein(x, y))}


def modes(sets: Sets) -> Figures:
    """Modes met, share of good points and reverse KL."""
    found = mixture_modes(sets.generated.samples, *MIXTURES[sets.data])
    return {
        "modes": Figure(float(found.covered)),
        "high_quality": Figure(found.quality),
        "reverse_kl": Figure(found.reverse_kl),
    }


def stacked(sets: Sets) -> Figures:
    """Triples of digits met, and KL to equal shares, as published."""
    kinds = sets.generated.probabilities.shape[1]
    found = labelled_modes(sets.generated.probabilities.argmax(axis=1), kinds)
    return {
        "stacked_modes": Figure(float(found.covered)),
        "stacked_kl": Figure(found.kl),
    }


def _featured(sets: Sets) -> bool:
    return sets.has_features


def _whole_and_held_out(sets: Sets) -> bool:
    return sets.has_features and sets.whole and sets.held_out is not None


def _images(sets: Sets) -> bool:
    return sets.is_images


MEASURES: dict[str, Measure] = {
    "modes": Measure(modes, lambda sets: sets.is_mixture),
    "stacked_modes": Measure(stacked, lambda sets: sets.is_stacked),
    "w1": Measure(exact_w1, lambda sets: sets.is_points, cheap=False),
    "fid": Measure(fid, _featured, cheap=False),
    "kid": Measure(kid, _featured, cheap=False),
    "inception_score": Measure(score, _featured),
    "prdc": Measure(prdc, _featured, cheap=False),
    "memorisation": Measure(copies, _whole_and_held_out, cheap=False, floor=False),
    "path_length": Measure(
        path_length, lambda sets: sets.walk is not None, cheap=False, floor=False
    ),
    "ms_ssim": Measure(diversity, _images, cheap=False),
    "sliced_w": Measure(sliced, lambda sets: sets.is_points or sets.is_images),
}
#: In place of the dear ones, while a training runs.
CHEAP = {
    **{name: each.compute for name, each in MEASURES.items() if each.cheap},
    "fid": fid_alone,
}
