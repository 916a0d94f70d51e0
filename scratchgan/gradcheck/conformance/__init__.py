"""A conformance suite for gradient penalties: it finds known defects in anyone's code.

The code under test is a handful of callables on NumPy arrays. The truth is made of
differences of its scores, so that nothing of ours takes part: what a known defect would
give is computed from the scores too, and the code is compared with that, leaf by leaf.

Two of the thirteen defects concern second derivatives. Let δ be the cotangents that
come down a critic, t the tangents that go up along v = ∂P/∂g, and for layer l

    ∂θ P   = txₗᵀ δₗ + xₗᵀ tδₗ     (weight),     tδₗ     (bias)
    tδₗ    = f″ₗ tzₗ dyₗ + f′ₗ tdyₗ,             tdyₗ = tδₗ₊₁ Wₗ₊₁ᵀ

**f″ sweep missing**: no tδ anywhere. Weights have txᵀ δ, biases exactly zero. It is the
gradient that one gets by holding every slope f′ fixed: right for a ReLU critic.

**reverse sweep missing**: the first term of tδ is made, and used in the layer where it
arises (in its bias, or in its bias and weight), but it is not carried on: tdy is taken
as zero. The bias of the last hidden layer is right, those below are wrong.

`docs/conformance.md` lists all thirteen, and what cannot be told apart.
"""

from scratchgan.gradcheck.conformance.check import check_gradient_penalty
from scratchgan.gradcheck.conformance.implementation import Implementation
from scratchgan.gradcheck.conformance.report import (
    DEFECTS,
    UNKNOWN,
    Conformance,
    Finding,
)

__all__ = [
    "DEFECTS",
    "UNKNOWN",
    "Conformance",
    "Finding",
    "Implementation",
    "check_gradient_penalty",
]
