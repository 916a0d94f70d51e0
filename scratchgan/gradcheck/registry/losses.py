"""Every public loss, with each of its forms."""

from collections.abc import Callable
from functools import partial

from scratchgan.gradcheck.losses import check_classification, check_distance
from scratchgan.losses import (
    L1,
    AdversarialLoss,
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    LeastSquares,
    Wasserstein,
)

LOSSES: tuple[tuple[str, AdversarialLoss], ...] = (
    ("BinaryCrossEntropy non-saturating", BinaryCrossEntropy()),
    ("BinaryCrossEntropy minimax", BinaryCrossEntropy(saturating=True)),
    ("LeastSquares", LeastSquares()),
    ("LeastSquares of three targets", LeastSquares(-1.0, 1.0, 0.0)),
    ("Hinge", Hinge()),
    ("Wasserstein", Wasserstein()),
)

#: Losses of one input, each with the check of its gradient.
OTHER_LOSSES: tuple[tuple[str, Callable[[], float]], ...] = (
    ("L1", partial(check_distance, L1())),
    ("CrossEntropy", partial(check_classification, CrossEntropy())),
)
