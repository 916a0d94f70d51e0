"""Twenty-five Gaussians on a grid: the same six arms as on the ring."""

from scratchgan.studies.mixtures import mixture_study, published

STUDY = mixture_study(
    name="grid",
    title="Twenty-five Gaussians on a grid",
    question="""
The same arms as in the study `ring`, on the second mixture of Srivastava et al. 2017
and Lin et al. 2018: more modes, with paths between them that samples can be left on.
""",
    published=(
        published(
            "GAN, Lin et al. 2018, table 1", "17.3 ± 0.8", "94.8 ± 0.7", "0.70 ± 0.07"
        ),
        published(
            "PacGAN2, Lin et al. 2018", "23.8 ± 0.7", "91.3 ± 0.8", "0.13 ± 0.04"
        ),
        published("VEEGAN, Srivastava et al. 2017", "24.6", "40"),
    ),
    reading="",
)
