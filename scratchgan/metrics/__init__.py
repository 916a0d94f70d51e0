"""How close generated samples are to real ones, in numbers."""

from scratchgan.metrics.bootstrap import (
    Interval,
    bootstrap_interval,
    subsample_interval,
)
from scratchgan.metrics.classifier import (
    Classifier,
    train_classifier,
)
from scratchgan.metrics.digit_features import (
    digit_features,
    load_digit_features,
    stacked_digit_features,
)
from scratchgan.metrics.feature_network import (
    FeatureNetwork,
)
from scratchgan.metrics.frechet import (
    Moments,
    frechet_distance,
)
from scratchgan.metrics.gram import (
    RBF,
    Kernel,
    Polynomial,
    median_bandwidth,
)
from scratchgan.metrics.inception_score import (
    inception_score,
)
from scratchgan.metrics.kernel_distance import (
    kernel_distance,
    mmd2,
)
from scratchgan.metrics.memorisation import (
    Memorisation,
    memorisation,
)
from scratchgan.metrics.modes import (
    LabelledModes,
    Modes,
    labelled_modes,
    mixture_modes,
    share_divergence,
    stacked_labels,
)
from scratchgan.metrics.ms_ssim import (
    ms_ssim,
    pairwise_ms_ssim,
)
from scratchgan.metrics.natural_features import (
    efficientnet_features,
)
from scratchgan.metrics.neighbours import (
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    nearest_distances,
    neighbour_radii,
    precision_recall,
)
from scratchgan.metrics.ngram import (
    jensen_shannon,
    ngram_divergences,
)
from scratchgan.metrics.path_length import (
    lerp,
    path_lengths,
    perceptual_path_length,
    slerp,
)
from scratchgan.metrics.similarity import (
    mean_l1,
    psnr,
    ssim,
)
from scratchgan.metrics.sliced import (
    max_sliced_wasserstein,
    projected_wasserstein,
    random_directions,
    sliced_wasserstein,
)
from scratchgan.metrics.spread import (
    Spread,
)
from scratchgan.metrics.wasserstein import (
    assignment_wasserstein,
    gaussian_wasserstein,
    wasserstein_1d,
)

__all__ = [
    "RBF",
    "Classifier",
    "DensityCoverage",
    "FeatureNetwork",
    "Interval",
    "Kernel",
    "LabelledModes",
    "Memorisation",
    "Modes",
    "Moments",
    "Polynomial",
    "PrecisionRecall",
    "Spread",
    "assignment_wasserstein",
    "bootstrap_interval",
    "density_coverage",
    "digit_features",
    "efficientnet_features",
    "frechet_distance",
    "gaussian_wasserstein",
    "inception_score",
    "jensen_shannon",
    "kernel_distance",
    "labelled_modes",
    "lerp",
    "load_digit_features",
    "max_sliced_wasserstein",
    "mean_l1",
    "median_bandwidth",
    "memorisation",
    "mixture_modes",
    "mmd2",
    "ms_ssim",
    "nearest_distances",
    "neighbour_radii",
    "ngram_divergences",
    "pairwise_ms_ssim",
    "path_lengths",
    "perceptual_path_length",
    "precision_recall",
    "projected_wasserstein",
    "psnr",
    "random_directions",
    "share_divergence",
    "slerp",
    "sliced_wasserstein",
    "ssim",
    "stacked_digit_features",
    "stacked_labels",
    "subsample_interval",
    "train_classifier",
    "wasserstein_1d",
]
