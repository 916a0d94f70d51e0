"""`scratchgan translate --score`: translations against what is known of them.

Aligned sets tell the truth of every image: L1, PSNR and SSIM say how near the
translation comes to it, and how near the untranslated image was already. Sets with
labels do not, but a translation should keep the label: it is asked of a classifier that
was trained on the real training images of the target set alone.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.data.emoji import EMOJI
from scratchgan.data.sides import TESTS, Part, Side, coloured, read_set, sides_of
from scratchgan.metrics import mean_l1, psnr, ssim, train_classifier
from scratchgan.types import Array


class Target(NamedTuple):
    """What images are translated to.

    Parameters
    ----------
    data : str
        Of the run: both sets.
    side : int
        To which of them: 0 for A, 1 for B.
    size, margin : int
        How its images are fitted.
    """

    data: str
    side: int
    size: int
    margin: int = 0

    def read(self, name: str, part: Part) -> Side:
        """The set called `name`, fitted as in the training."""
        return read_set(name, part, self.size, self.margin)


def score_lines(
    to: Target, source: str, before: Array, after: Array, labels: Array | None
) -> list[str]:
    """What is found, as lines to print.

    Parameters
    ----------
    to : Target
        What images were translated to.
    source : str
        Name of the set that was translated.
    before, after : Array
        Held-out images, uint8 (N, H, W, C), and their translations.
    labels : Array or None
        Of the images.

    Raises
    ------
    ValueError
        If nothing is known that translations could be compared with.
    """
    names, side = sides_of(to.data), to.side
    if len(names) != 2 or source != names[1 - side]:
        expected = names[1 - side] if len(names) == 2 else "a named set of this run"
        raise ValueError(
            f"--score: expected INPUT {expected}, what is translated to "
            f"{'AB'[side]}, received {source!r}"
        )
    target = names[side]
    if source in EMOJI and target in EMOJI:
        truth = to.read(target, "test").images
        return paired(source, target, before, after, truth)
    if labels is None or target not in TESTS:
        raise ValueError(
            f"--score: expected sets with labels, or aligned ones "
            f"({', '.join(EMOJI)}), received {source} and {target}"
        )
    return labelled(to, source, target, before, after, labels)


def paired(
    source: str, target: str, before: Array, after: Array, truth: Array
) -> list[str]:
    """Distances from the true partners, and how much nearer translations come."""
    truth = coloured(truth, before.shape[-1])
    lines = [
        f"{len(truth)} held-out images of {source}, against those of {target}:",
        f"{'':14}{'L1, of 255':>11}{'PSNR, dB':>10}{'SSIM':>8}",
    ]
    for name, images in (("untranslated", before), ("translated", after)):
        distance = mean_l1(images, truth).mean()
        decibels = psnr(images, truth, 255)
        similar = ssim(images, truth, 255).mean()
        known = np.isfinite(decibels)  # infinite for an image that is the truth
        finite = decibels[known].mean() if known.any() else np.inf
        lines.append(f"{name:14}{distance:11.2f}{finite:10.2f}{similar:8.4f}")
    gain = ssim(after, truth, 255) - ssim(before, truth, 255)
    error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.nan
    lines.append(
        f"SSIM gained: {gain.mean():+.4f} ± {error:.4f} (standard error), "
        f"by {np.mean(gain > 0):.0%} of the images"
    )
    return lines


def labelled(
    to: Target, source: str, target: str, before: Array, after: Array, labels: Array
) -> list[str]:
    """Labels that a classifier of the target set finds."""
    training, test = to.read(target, "train"), to.read(target, "test")
    assert training.labels is not None  # the named sets with held-out parts have them
    assert test.labels is not None
    judge = train_classifier(centred(training.images), training.labels)
    own = judge.agreement(centred(test.images), test.labels)
    lines = [
        f"{len(labels)} held-out images of {source} as {target}; a classifier trained "
        f"on real {target} images, right on {own:.2%} of the held-out ones, finds the "
        "label of",
    ]
    for name, images in (("untranslated", before), ("translated", after)):
        found = judge.agreement(centred(images), labels)
        lines.append(f"{name:14}{found:8.2%}")
    return lines


def centred(images: Array) -> Array:
    """Pixels 0 … 255 as −1 … 1, float32."""
    return (images / np.float32(127.5) - 1).astype(np.float32)
