"""Every public loss, with each of its forms."""

from scratchgan.losses import (
    AdversarialLoss,
    BinaryCrossEntropy,
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
