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
    reading="""
With batch normalisation the critic is of no use: 0.2 modes of 8, no run above one. Its
mean slope on the segments is 10 where one is asked for, and its estimates (10 to 112)
exceed any distance that there is (1.4), so that the penalty holds neither. Layer
normalisation is as good as none in every column, within the standard errors.

Real, generated and mixed samples are batches of their own here, each with its own
statistics. 2,000 steps are fewer than in the study `ring`, whose WGAN-GP has 91 %.
""",
)
