"""How close generated samples are to real ones, in numbers."""

from scratchgan.metrics.classifier import Classifier, train_classifier
from scratchgan.metrics.modes import (
    LabelledModes,
    Modes,
    labelled_modes,
    mixture_modes,
    share_divergence,
    stacked_labels,
)
from scratchgan.metrics.ms_ssim import ms_ssim, pairwise_ms_ssim
from scratchgan.metrics.ngram import jensen_shannon, ngram_divergences
from scratchgan.metrics.path_length import (
    lerp,
    path_lengths,
    perceptual_path_length,
    slerp,
)
from scratchgan.metrics.similarity import mean_l1, psnr, ssim
from scratchgan.metrics.sliced import (
    max_sliced_wasserstein,
    projected_wasserstein,
    random_directions,
    sliced_wasserstein,
)
from scratchgan.metrics.wasserstein import (
    assignment_wasserstein,
    gaussian_wasserstein,
    wasserstein_1d,
)

__all__ = [
    "Classifier",
    "LabelledModes",
    "Modes",
    "assignment_wasserstein",
    "gaussian_wasserstein",
    "jensen_shannon",
    "labelled_modes",
    "lerp",
    "max_sliced_wasserstein",
    "mean_l1",
    "mixture_modes",
    "ms_ssim",
    "ngram_divergences",
    "pairwise_ms_ssim",
    "path_lengths",
    "perceptual_path_length",
    "projected_wasserstein",
    "psnr",
    "random_directions",
    "share_divergence",
    "slerp",
    "sliced_wasserstein",
    "ssim",
    "stacked_labels",
    "train_classifier",
    "wasserstein_1d",
]
