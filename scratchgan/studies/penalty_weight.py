"""How much gradient penalty: λ from 0 to 100, one- and two-sided."""

from scratchgan.studies.mixtures import CRITIC_COLUMNS, CRITICS
from scratchgan.studies.study import Arm, Study

WEIGHTS = (0.1, 1.0, 10.0, 100.0)

STUDY = Study(
    name="penalty-weight",
    title="The weight of the gradient penalty",
    question="""
λ (‖∇D(x̂)‖ − 1)² pulls norms to one from both sides, max(0, ‖∇D(x̂)‖ − 1)² from above
alone. Gulrajani et al. 2017 take λ = 10 in all experiments of the paper and 0.1 in the
code of their toy ones, report that values from 0.1 to 100 work, and found the two-sided
form to train slightly better. Without any penalty (λ = 0) nothing bounds the critic.
""",
    data="ring",
    arms=(
        *(
            Arm(f"two-sided, λ = {weight:g}", "wgan-gp-ring", {"gp_weight": weight})
            for weight in WEIGHTS
        ),
        *(
            Arm(
                f"one-sided, λ = {weight:g}",
                "wgan-gp-ring",
                {"gp_weight": weight, "one_sided": True},
            )
            for weight in WEIGHTS
        ),
        Arm("no penalty", "wgan-gp-ring", {"gp_weight": 0.0}),
    ),
    columns=CRITIC_COLUMNS,
    common=CRITICS,
    seeds=3,
    metrics=("modes", "w1", "sliced_w"),
    curve="sliced_w",
)
