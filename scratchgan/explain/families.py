"""Which derivation belongs to which page: one table, that all of `explain` reads.

A test fails when a module of layers, losses, penalties or optim displays a formula and
stands in no row.
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
        ("layers.base", "layers.sweep"),
    ),
    Family(
        "linear",
        "Linear layers",
        "Linear in x, and linear in the weights: every sweep is the same map or its "
        "adjoint, with one factor exchanged for its tangent. Attention is products of "
        "three inputs, with a softmax between.",
        (
            "layers.dense",
            "layers.conv",
            "layers.conv_transpose",
            "layers.embedding",
            "layers.projection_head",
            "layers.affine",
            "layers.attention",
        ),
    ),
    Family(
        "activations",
        "Activations",
        "Elementwise functions: a diagonal Jacobian, so that f′ and f″ say everything.",
        (
            "layers.activations",
            "layers.leaky_relu",
            "layers.elu",
            "layers.gelu",
            "layers.softmax",
            "layers.maxout",
        ),
    ),
    Family(
        "normalisation",
        "Normalisation",
        "Statistics of x divide x: the second derivative lives in them.",
        (
            "layers.standardize",
            "layers.gain_and_bias",
            "layers.batch_norm",
            "layers.sample_norm",
            "layers.pixel_norm",
            "layers.label_affine",
            "layers.style_affine",
            "layers.conditional_norm",
        ),
    ),
    Family(
        "parametrisations",
        "Parametrisations",
        "Weights that are functions of others: derivatives in x are those of the "
        "layer within, derivatives in θ are pulled back through the function.",
        (
            "layers.reparametrized",
            "layers.equalized",
            "layers.weight_norm",
            "layers.spectral_norm",
        ),
    ),
    Family(
        "resampling",
        "Resampling",
        "Linear maps between images of different sizes; what goes up is the adjoint of "
        "what comes down.",
        (
            "layers.upsample",
            "layers.pool",
            "layers.space_to_depth",
            "layers.upfirdn2d",
        ),
    ),
    Family(
        "stylegan2",
        "StyleGAN2",
        "Weights scaled by a style, a statistic of the batch, and what synthesis "
        "starts from.",
        (
            "layers.modulated_conv",
            "layers.modulation",
            "layers.demodulation",
            "layers.minibatch_stddev",
            "layers.constant",
            "layers.select",
        ),
    ),
    Family(
        "composites",
        "Composites",
        "Layers made of layers: the chain rule, up and down.",
        (
            "layers.sequential",
            "layers.residual",
            "layers.graph",
            "layers.joining",
            "layers.each_frame",
            "layers.mixed_precision",
        ),
    ),
    Family(
        "shaping",
        "Shaping, random and batch layers",
        "What moves numbers, drops them, adds noise to them, or compares samples.",
        (
            "layers.shaping",
            "layers.pad",
            "layers.noise",
            "layers.phase_shuffle",
            "layers.minibatch_discrimination",
            "layers.augment",
            "layers.lots",
            "layers.places",
            "layers.colours",
        ),
    ),
    Family(
        "losses",
        "Losses",
        "Scores, images or logits to values and gradients.",
        (
            "losses.bce",
            "losses.least_squares",
            "losses.hinge",
            "losses.wasserstein",
            "losses.l1",
            "losses.cross_entropy",
        ),
    ),
    Family(
        "penalties",
        "Penalties",
        "Functions P of the critic's input gradient, their gradients v = ∂P/∂g, and "
        "how v becomes a gradient in the parameters.",
        (
            "penalties.four_sweeps",
            "penalties.wgan_gp",
            "penalties.r1",
            "penalties.path_length",
        ),
    ),
    Family(
        "optimisers",
        "Optimisers",
        "Gradients to new parameters: no derivative of their own.",
        ("optim.sgd", "optim.rmsprop", "optim.adam", "optim.ema"),
    ),
)

#: Rows of `scratchgan gradcheck` that prove a module without a public layer of its own.
CHECKED_BY: dict[str, tuple[str, ...]] = {
    "layers.base": ("Dense", "Tanh", "Sequential"),
    "layers.sweep": ("Sequential", "Graph", "Residual"),
    "layers.standardize": ("BatchNorm", "LayerNorm"),
    "layers.gain_and_bias": ("BatchNorm", "LayerNorm"),
    "layers.reparametrized": ("Equalized", "WeightNorm", "SpectralNorm"),
    "layers.graph": ("Graph", "Parallel", "SelfAttention"),
    "layers.demodulation": ("ModulatedConv2d",),
    "layers.modulation": ("ModulatedConv2d",),
    "layers.lots": ("Augment",),
    "layers.places": ("Augment",),
    "layers.colours": ("Augment",),
    "penalties.four_sweeps": ("GradientPenalty", "R1", "PathLength"),
    "penalties.wgan_gp": ("GradientPenalty",),
    "penalties.path_length": ("PathLength",),
    **dict.fromkeys(("optim.sgd", "optim.rmsprop", "optim.adam", "optim.ema"), ()),
}
