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
)
