"""Eight Gaussians on a circle: who drops modes, and what each sample is worth."""

from scratchgan.studies.mixtures import mixture_study, published

STUDY = mixture_study(
    name="ring",
    title="Eight Gaussians on a ring",
    question="""
The binary cross-entropy GAN is said to drop modes (Goodfellow et al. 2014 call the
minimax form's weak gradients and "the Helvetica scenario"; Srivastava et al. 2017 and
Lin et al. 2018 count them), weight clipping to train but slowly and too simply, and the
gradient penalty to mend both (Gulrajani et al. 2017, section 3.1). A mode is met if a
sample lies within three of its standard deviations, and such samples are of high
quality.
""",
    published=(
        published(
            "GAN, Lin et al. 2018, table 1", "6.3 ± 0.5", "98.2 ± 0.2", "0.45 ± 0.09"
        ),
        published("PacGAN2, Lin et al. 2018", "7.9 ± 0.1", "95.6 ± 2.0", "0.07 ± 0.03"),
        published("VEEGAN, Srivastava et al. 2017", "8", "52.9"),
    ),
    reading="",
)
