"""What the studies of mixtures share: six arms, and the settings of their critics.

GAN, WGAN and WGAN-GP have the same two networks, three ReLU layers of 128. PacGAN's
arms keep the networks of its authors, a third as wide, with packs of one (their GAN)
and of two. Arms differ in learning rates and in steps too: a GAN's step is one update a
player and cheap, a WGAN's has five of the critic. The table has the seconds.
"""

from scratchgan.studies.study import Arm, Column, Published, Study

GAN_STEPS, PACGAN_STEPS, WGAN_STEPS = 8_000, 6_000, 5_000
NETWORKS = {"dim": 128, "batch_size": 128}
EVALUATED, SHEETS = 20, 5  # times in a run

COLUMNS = (
    Column("modes", "modes", 1),
    Column("high_quality", "high quality, %", 1, 100.0),
    Column("reverse_kl", "reverse KL", 3),
    Column("w1", "exact W₁", 4),
    Column("wasserstein", "critic's estimate", 4),
    Column("seconds", "seconds", 0),
)


def _steps(steps: int) -> dict[str, int]:
    """So many steps, with rates that fall to zero."""
    return {
        "steps": steps,
        "decay_steps": steps,
        "evaluate_every": steps // EVALUATED,
        "sample_every": steps // SHEETS,
        "checkpoint_every": steps // SHEETS,
    }


GAN = {**NETWORKS, **_steps(GAN_STEPS), "learning_rate": 1e-3}
WGAN = {**NETWORKS, **_steps(WGAN_STEPS)}
PACGAN = {"dim": 128, **_steps(PACGAN_STEPS), "learning_rate": 1e-3}

ARMS = (
    Arm("GAN, minimax", "gan-ring", {**GAN, "saturating": True}),
    Arm("GAN", "gan-ring", GAN),
    Arm("WGAN", "wgan-ring", {**WGAN, "learning_rate": 5e-4}),
    Arm("WGAN-GP", "wgan-gp-ring", {**WGAN, "learning_rate": 1e-3}),
    Arm("PacGAN1", "pacgan-ring", {**PACGAN, "packing": 1}),
    Arm("PacGAN2", "pacgan-ring", {**PACGAN, "packing": 2}),
)


#: Of the studies that vary one thing of WGAN-GP's critic.
CRITICS = {**NETWORKS, **_steps(2_000), "learning_rate": 1e-3}
CRITIC_COLUMNS = (*COLUMNS[:5], Column("input_gradient_norm", "mean ‖∇D(x̂)‖", 2))


def mixture_study(
    name: str, title: str, question: str, published: tuple[Published, ...], reading: str
) -> Study:
    """The study on the mixture called `name`."""
    return Study(
        name=name,
        title=title,
        question=question,
        data=name,
        arms=ARMS,
        columns=COLUMNS,
        metrics=("modes", "w1", "sliced_w"),
        curve="sliced_w",
        published=published,
        reading=reading,
    )


def published(name: str, modes: str, quality: str, kl: str = "") -> Published:
    """A row of a table of Lin et al. 2018 or Srivastava et al. 2017."""
    cells = {"modes": modes, "high_quality": quality}
    return Published(name, cells | ({"reverse_kl": kl} if kl else {}))
