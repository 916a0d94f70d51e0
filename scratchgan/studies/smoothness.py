"""What the critic's activation does to a penalty on its gradient."""

from scratchgan.studies.mixtures import COLUMNS, EVALUATED, SHEETS
from scratchgan.studies.study import Arm, Column, Study

STEPS = 2_000

STUDY = Study(
    name="smoothness",
    title="The smoothness of the critic's activation",
    question="""
A gradient penalty is differentiated once more, so that the second derivative of the
critic's activation enters. Gulrajani et al. 2017, appendix D: critics with ELU, whose
second derivative jumps, could not be trained, and with softplus(2x + 2)/2 − 1 they
could. The second derivative of ReLU and of LeakyReLU is zero almost everywhere, and
theirs train.
""",
    data="ring",
    arms=(
        Arm("ReLU", "wgan-gp-ring", {"activation": "relu"}),
        Arm("LeakyReLU", "wgan-gp-ring", {"activation": "leaky_relu"}),
        Arm("ELU", "wgan-gp-ring", {"activation": "elu"}),
        Arm("smoothed ELU", "wgan-gp-ring", {"activation": "smooth_elu"}),
        Arm("tanh", "wgan-gp-ring", {"activation": "tanh"}),
    ),
    columns=(*COLUMNS[:5], Column("input_gradient_norm", "mean ‖∇D(x̂)‖", 2)),
    common={
        "dim": 128,
        "batch_size": 128,
        "learning_rate": 1e-3,
        "steps": STEPS,
        "decay_steps": STEPS,
        "evaluate_every": STEPS // EVALUATED,
        "sample_every": STEPS // SHEETS,
    },
    metrics=("modes", "w1", "sliced_w"),
    curve="sliced_w",
)
