"""A thousand modes: three digits in three channels."""

from scratchgan.studies.study import Arm, Column, Published, Study

IMAGES, BATCH, N_CRITIC = 512_000, 64, 5
EVALUATED = 8


def _turns(images_a_step: int) -> dict[str, int]:
    """Steps in which the discriminator sees as many images, whatever the arm."""
    steps = IMAGES // images_a_step
    every = steps // EVALUATED
    return {"steps": steps, "evaluate_every": every, "sample_every": every}


STUDY = Study(
    name="stacked-mnist",
    title="Stacked MNIST: a thousand modes",
    question="""
Three random digits in the three channels of an image make 1,000 kinds (Metz et al.
2017). How many does a generator make, and how evenly? Networks and protocol of Lin et
al. 2018, section 4.2, a quarter as wide and a twelfth as long: 26,000 samples, a digit
classifier on every channel, and the divergence of the kinds' shares from equal ones.
The classifier is the one that ships with scratchgan. Every discriminator sees the same
number of real images. Images are drawn anew in every batch, theirs once. The curve is
of 2,000 samples, of which a perfect generator has a divergence of 0.29 by chance; the
table's floor is of 26,000.
""",
    data="stacked-mnist",
    arms=(
        Arm("DCGAN", "dcgan-stacked-mnist", _turns(BATCH)),
        Arm(
            "PacDCGAN2",
            "dcgan-stacked-mnist",
            {**_turns(2 * BATCH), "packing": 2},
        ),
        Arm("WGAN-GP", "wgan-gp-stacked-mnist", _turns(N_CRITIC * BATCH)),
    ),
    columns=(
        Column("stacked_modes", "modes of 1,000", 1),
        Column("stacked_kl", "KL to uniform", 3),
        Column("fid", "digit FID", 1),
        Column("seconds", "seconds", 0),
    ),
    common={"dim": 16, "batch_size": BATCH},
    seeds=3,
    samples=26_000,
    metrics=("stacked_modes", "fid"),
    curve="stacked_kl",
    published=(
        Published(
            "DCGAN, Lin et al. 2018, table 2",
            {"stacked_modes": "78.9 ± 6.5", "stacked_kl": "4.50 ± 0.13"},
        ),
        Published(
            "PacDCGAN2, Lin et al. 2018",
            {"stacked_modes": "1000.0 ± 0.0", "stacked_kl": "0.06 ± 0.003"},
        ),
        Published(
            "VEEGAN, Srivastava et al. 2017",
            {"stacked_modes": "150.0", "stacked_kl": "2.95"},
        ),
    ),
)
