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
    reading="""
The gradient penalty makes 919 to 927 of the thousand kinds in its three runs, a DCGAN
144 to 231 of them. The latter is more than the 79 of Lin et al., whose
networks are four times as wide and see twelve times the images; their classifier is
another, too. A divergence of about 1 says that WGAN-GP's kinds are far from equally
frequent: packs of two have 0.06 in the paper.

Our packs are not what they are there. One run makes 888 kinds, after a thousand updates
in which it made one. In the other two the discriminator tells all samples apart within
five hundred updates, its loss falls to 0.0002, and the generator makes one kind to the
end, so that the mean over the three says little. Lin et al. print 1,000 kinds in all of
ten runs. Which it takes, their width, their 50 epochs, or only a slower discriminator,
was not looked into.

No arm reaches 990 kinds. At these widths two cores see 512,000 images in the two hours
that the study may take; the protocol has 6.4 million. Seconds are with evaluations, and
of runs beside other work, two or three at a time on two cores.
""",
)
