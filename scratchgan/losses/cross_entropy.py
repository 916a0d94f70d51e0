"""Cross-entropy of a classifier's logits s (N, K) with labels c (N,).

With p = softmax(s) and the one-hot rows e of the labels, −log p of the label is the
log of a sum less one logit, and its gradient is what p puts elsewhere:

    L = Σ (log Σₖ exp(sₖ) − s_c) / N
    ∂L/∂s = (p − e) / N

The largest logit of a row is taken off before exp, so that nothing overflows.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.backend import like
from scratchgan.layers.softmax import softmax
from scratchgan.losses.base import mean
from scratchgan.types import Array


class ClassLoss(NamedTuple):
    """Value and gradient of a classifier's loss."""

    loss: float
    dlogits: Array  #: ∂loss/∂s, (N, K)


@dataclass(frozen=True)
class CrossEntropy:
    """Mean of −log p(label)."""

    def __call__(self, logits: Array, labels: Array) -> ClassLoss:
        """Loss of logits (N, K) at integer labels (N,)."""
        rows = like(np.arange(len(logits)), labels)
        top = logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
        dlogits = softmax(logits)
        dlogits[rows, labels] -= 1
        loss = mean(log_sum - logits[rows, labels])
        return ClassLoss(loss, dlogits / max(1, len(logits)))
