"""Inception Score: how sure a classifier is of each sample, and how unsure of all.

For a classifier's probabilities p(y|x) and their mean p(y) over the samples (Salimans
et al. 2016, "Improved techniques for training GANs"),

    IS = exp E_x KL(p(y|x) ‖ p(y))
       = exp (H(p(y)) − E_x H(p(y|x)))

the exponential of the mutual information between sample and label: from 1, where all
samples look alike to the classifier, to K, where each class has its share of samples
and every sample is certain. 0 log 0 = 0.

The score is that of parts, ten as a rule, and its mean and standard deviation over them
are reported.

TRAPS. Each part's p(y) is its own, so that more and smaller parts score lower; the
custom is ten parts of 5,000. Parts are taken in the order of the samples: if that order
says anything about classes, shuffle first, or every part has few of them. The score has
never seen a real sample; a model that draws one perfect image a class has the highest
score there is. Its scale is the classifier's: compare scores of one classifier, and
call them by its name. Logits are not probabilities, and are refused.
"""

from itertools import pairwise

import numpy as np

from scratchgan.metrics.samples import features
from scratchgan.metrics.spread import Spread
from scratchgan.types import Array

SUM_TO_ONE = 1e-3  # float16 probabilities of a thousand classes do


def inception_score(probabilities: Array, splits: int = 10) -> Spread:
    """Mean and standard deviation of the score over parts, each from 1 to K.

    Parameters
    ----------
    probabilities : Array
        p(y|x), ``(N, K)``: not negative, rows that sum to one.
    splits : int
        Parts: of N / splits samples each, to within one, in order.

    Raises
    ------
    ValueError
        If rows are no probabilities, or there are fewer samples than parts.
    """
    if splits < 1:
        raise ValueError(f"splits: expected 1 or more, received {splits}")
    p = features("probabilities", probabilities, splits, f" for {splits} parts")
    total = p.sum(axis=1, keepdims=True)
    if p.min() < 0 or np.abs(total - 1).max() > SUM_TO_ONE:
        raise ValueError(
            "probabilities: expected rows of non-negative numbers that sum to 1, "
            f"received a least value of {p.min():.4g} and sums from {total.min():.4g} "
            f"to {total.max():.4g}"
        )
    p = p / total
    ends = [i * len(p) // splits for i in range(splits + 1)]
    return Spread.of([_score(p[i:j]) for i, j in pairwise(ends)])


def _score(p: Array) -> float:
    information = _entropy(p.mean(axis=0)) - _entropy(p).mean()
    return float(np.exp(max(0.0, information)))  # not negative, but for rounding


def _entropy(p: Array) -> Array:
    """−Σ p log p over the last axis, in nats."""
    return -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=-1)
