"""How close generated samples are to real ones, in numbers."""

from scratchgan.metrics.classifier import Classifier, train_classifier
from scratchgan.metrics.ms_ssim import ms_ssim, pairwise_ms_ssim
from scratchgan.metrics.ngram import jensen_shannon, ngram_divergences
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
    "assignment_wasserstein",
    "gaussian_wasserstein",
    "jensen_shannon",
    "max_sliced_wasserstein",
    "mean_l1",
    "ms_ssim",
    "ngram_divergences",
    "pairwise_ms_ssim",
    "projected_wasserstein",
    "psnr",
    "random_directions",
    "sliced_wasserstein",
    "ssim",
    "train_classifier",
    "wasserstein_1d",
]
