"""How close generated samples are to real ones, in numbers."""

from scratchgan.metrics.bootstrap import (
    Interval,
    bootstrap_interval,
    subsample_interval,
)
from scratchgan.metrics.classifier import Classifier, train_classifier
from scratchgan.metrics.frechet import Moments, frechet_distance
from scratchgan.metrics.gram import RBF, Kernel, Polynomial, median_bandwidth
from scratchgan.metrics.inception_score import inception_score
from scratchgan.metrics.kernel_distance import kernel_distance, mmd2
from scratchgan.metrics.memorisation import Memorisation, memorisation
from scratchgan.metrics.neighbours import (
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    nearest_distances,
    neighbour_radii,
    precision_recall,
)
from scratchgan.metrics.ngram import jensen_shannon, ngram_divergences
from scratchgan.metrics.similarity import mean_l1, psnr, ssim
from scratchgan.metrics.spread import Spread

__all__ = [
    "RBF",
    "Classifier",
    "DensityCoverage",
    "Interval",
    "Kernel",
    "Memorisation",
    "Moments",
    "Polynomial",
    "PrecisionRecall",
    "Spread",
    "bootstrap_interval",
    "density_coverage",
    "frechet_distance",
    "inception_score",
    "jensen_shannon",
    "kernel_distance",
    "mean_l1",
    "median_bandwidth",
    "memorisation",
    "mmd2",
    "nearest_distances",
    "neighbour_radii",
    "ngram_divergences",
    "precision_recall",
    "psnr",
    "ssim",
    "subsample_interval",
    "train_classifier",
]
