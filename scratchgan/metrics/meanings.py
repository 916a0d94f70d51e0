"""What every figure means, and which way is better: for tables, curves and pages."""

from typing import Literal, NamedTuple

Better = Literal["lower", "higher", "near 0", "near 1", "as real", ""]


class Meaning(NamedTuple):
    """How a figure is read."""

    text: str
    better: Better = ""  #: "" where neither way is; "as real": as real samples have it


MEANINGS: dict[str, Meaning] = {
    "fid": Meaning("Fréchet distance of features", "lower"),
    "kid": Meaning("kernel distance of features (unbiased MMD²)", "lower"),
    "inception_score": Meaning("exp E KL(p(y|x) ‖ p(y)) by the classifier", "higher"),
    "precision": Meaning("share of samples among real features", "higher"),
    "recall": Meaning("share of real samples among generated features", "higher"),
    "density": Meaning("real neighbourhoods around a sample (1 if real)", "near 1"),
    "coverage": Meaning("share of real neighbourhoods with a sample", "higher"),
    "memorisation": Meaning("z of the three-sample test (below −3: copies)", "near 0"),
    "copy_ratio": Meaning("distance to training images, over held-out's", "near 1"),
    "path_length": Meaning("squared speed of features for a step in z", "lower"),
    "ms_ssim": Meaning("mean MS-SSIM of pairs (higher: less diverse)", "as real"),
    "sliced_w": Meaning("sliced W₁ of samples", "lower"),
    "w1": Meaning("exact W₁ to held-out points", "lower"),
    "modes": Meaning("modes with a sample within three deviations", "higher"),
    "stacked_modes": Meaning("of 1,000 triples of digits, those met", "higher"),
    "stacked_kl": Meaning("KL(triples of samples ‖ uniform), nats", "lower"),
    "high_quality": Meaning("share of samples in a mode", "higher"),
    "reverse_kl": Meaning("KL(modes of samples ‖ modes of the data), nats", "lower"),
}
