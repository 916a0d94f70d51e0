"""How close generated samples are to real ones, in numbers."""

from scratchgan.metrics.classifier import Classifier, train_classifier
from scratchgan.metrics.digit_features import digit_features, load_digit_features
from scratchgan.metrics.feature_network import FeatureNetwork
from scratchgan.metrics.natural_features import efficientnet_features
from scratchgan.metrics.ngram import jensen_shannon, ngram_divergences
from scratchgan.metrics.similarity import mean_l1, psnr, ssim

__all__ = [
    "Classifier",
    "FeatureNetwork",
    "digit_features",
    "efficientnet_features",
    "jensen_shannon",
    "load_digit_features",
    "mean_l1",
    "ngram_divergences",
    "psnr",
    "ssim",
    "train_classifier",
]
