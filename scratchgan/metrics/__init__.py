"""How close generated samples are to real ones, in numbers."""

from scratchgan.metrics.classifier import Classifier, train_classifier
from scratchgan.metrics.ngram import jensen_shannon, ngram_divergences
from scratchgan.metrics.similarity import mean_l1, psnr, ssim
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
    "mean_l1",
    "ngram_divergences",
    "psnr",
    "ssim",
    "train_classifier",
    "wasserstein_1d",
]
