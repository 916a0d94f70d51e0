"""What the studies of mixtures share: five ways to play, on the same data.

GAN, WGAN and WGAN-GP have the same two networks, three ReLU layers of 128, and make the
same number of discriminator updates, on as many real samples. PacGAN's arms keep the
networks of its authors, with packs of one (their GAN) and of two.
"""

from scratchgan.studies.study import Arm, Column, Published, Study

UPDATES = 15_000  # of the discriminator
N_CRITIC = 5
NETWORKS = {"dim": 128, "batch_size": 128}
EVALUATED = 20  # times in a run

COLUMNS = (
    Column("modes", "modes", 1),
    Column("high_quality", "high quality, %", 1, 100.0),
    Column("reverse_kl", "reverse KL", 3),
    Column("w1", "exact W₁", 4),
    Column("wasserstein", "critic's W₁", 4),
    Column("seconds", "seconds", 0),
)


def _turns(n_critic: int) -> dict[str, int]:
    """Steps of which each has `n_critic` updates, with rates that fall to zero."""
    steps = UPDATES // n_critic
    return {
        "steps": steps,
        "decay_steps": steps,
        "evaluate_every": steps // EVALUATED,
        "sample_every": steps // EVALUATED,
        "checkpoint_every": steps // 4,
    }


ARMS = (
    Arm(
        "GAN, minimax",
        "gan-ring",
        {**NETWORKS, **_turns(1), "learning_rate": 1e-3, "saturating": True},
    ),
    Arm("GAN", "gan-ring", {**NETWORKS, **_turns(1), "learning_rate": 1e-3}),
    Arm("WGAN", "wgan-ring", {**NETWORKS, **_turns(N_CRITIC), "learning_rate": 5e-4}),
    Arm(
        "WGAN-GP",
        "wgan-gp-ring",
        {**NETWORKS, **_turns(N_CRITIC), "learning_rate": 1e-3},
    ),
    Arm("PacGAN1", "pacgan-ring", {**_turns(1), "packing": 1, "learning_rate": 1e-3}),
    Arm("PacGAN2", "pacgan-ring", {**_turns(1), "packing": 2, "learning_rate": 1e-3}),
)


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
