"""What batch statistics in the critic do to its gradient penalty."""

from scratchgan.studies.mixtures import COLUMNS, EVALUATED, SHEETS
from scratchgan.studies.study import Arm, Column, Study

STEPS = 2_000

STUDY = Study(
    name="batch-norm",
    title="Batch normalisation in the critic",
    question="""
The gradient penalty is stated for one sample: ‖∇D(x̂)‖ of each x̂. With batch
normalisation the score of a sample depends on all others of its batch, and the norm
that is penalised is no longer that of a function of one x̂. Gulrajani et al. 2017,
section 4, therefore leave it out of the critic and recommend layer normalisation, which
keeps samples apart.
""",
    data="ring",
    arms=(
        Arm("none", "wgan-gp-ring", {"critic_norm": "none"}),
        Arm("batch normalisation", "wgan-gp-ring", {"critic_norm": "batch"}),
        Arm("layer normalisation", "wgan-gp-ring", {"critic_norm": "layer"}),
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
