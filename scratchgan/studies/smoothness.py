"""What the critic's activation does to a penalty on its gradient."""

from scratchgan.studies.mixtures import CRITIC_COLUMNS, CRITICS
from scratchgan.studies.study import Arm, Study

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
    columns=CRITIC_COLUMNS,
    common=CRITICS,
    metrics=("modes", "w1", "sliced_w"),
    curve="sliced_w",
    reading="""
On the ring a jump in the second derivative does no harm that could be seen. All five
critics cover all eight modes in every run, and what differs between them, 72 to 75 % of
high quality and an exact W₁ of 0.085 to 0.098, is within a standard error or two of
each. ELU is last in both, behind its smoothed form by 2 % of high quality: in four of
five runs, and 0.6 % ahead in the fifth.

So what the authors of WGAN-GP met with ELU is not reproduced here. Theirs were deep
critics of images, in which second derivatives of many layers are multiplied; these have
three layers and two inputs, and 2,000 steps. The derivative of the penalty itself is
right for all five: `scratchgan gradcheck` compares it with differences.
""",
)
