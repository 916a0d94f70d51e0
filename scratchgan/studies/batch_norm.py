"""What batch statistics in the critic do to its gradient penalty."""

from scratchgan.studies.mixtures import CRITIC_COLUMNS, CRITICS
from scratchgan.studies.study import Arm, Study

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
    columns=CRITIC_COLUMNS,
    common=CRITICS,
    metrics=("modes", "w1", "sliced_w"),
    curve="sliced_w",
)
