"""Which derivation belongs to which page: one table, that all of `explain` reads.

A test fails when a module of layers, losses or penalties displays a formula and stands
in no row.
"""

from typing import NamedTuple


class Family(NamedTuple):
    """One page of derivations."""

    name: str  #: stem of the page's file
    title: str
    summary: str
    modules: tuple[str, ...]  #: below scratchgan, such as ``"layers.dense"``


FAMILIES = (
    Family(
        "contract",
        "The contract",
        "What the five verbs are, and that they fit together.",
        ("layers.base",),
    ),
    Family(
        "linear",
        "Linear layers",
        "Linear in x, and linear in the weights: every sweep is the same map or its "
        "adjoint, with one factor exchanged for its tangent.",
        ("layers.dense", "layers.conv2d", "layers.conv_transpose2d"),
    ),
    Family(
        "activations",
        "Activations",
        "Elementwise functions: a diagonal Jacobian, so that f′ and f″ say everything.",
        ("layers.activations", "layers.leaky_relu"),
    ),
    Family(
        "normalisation",
        "Normalisation",
        "Statistics of x divide x: the second derivative lives in them.",
        ("layers.standardize", "layers.batch_norm", "layers.layer_norm"),
    ),
    Family(
        "composites",
        "Composites",
        "Layers made of layers: the chain rule, up and down.",
        ("layers.sequential", "layers.residual"),
    ),
    Family(
        "shaping",
        "Shaping and random layers",
        "What moves numbers, drops them, or adds to them.",
        ("layers.shaping",),
    ),
    Family(
        "losses",
        "Losses",
        "Scores to values and gradients, for both players.",
        ("losses.bce", "losses.wasserstein"),
    ),
    Family(
        "penalties",
        "Penalties",
        "Functions P of the critic's input gradient, their gradients v = ∂P/∂g, and "
        "how v becomes a gradient in the parameters.",
        ("penalties.four_sweeps", "penalties.wgan_gp"),
    ),
)

#: Rows of `scratchgan gradcheck` that prove a module without a public layer of its own.
CHECKED_BY = {
    "layers.base": ("Dense", "Tanh", "Sequential"),
    "layers.standardize": ("BatchNorm", "LayerNorm"),
    "penalties.four_sweeps": ("GradientPenalty",),
    "penalties.wgan_gp": ("GradientPenalty",),
}
