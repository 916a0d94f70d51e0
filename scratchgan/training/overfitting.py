"""How much of its images a discriminator knows by heart, from images held out.

Karras et al. 2020, "Training generative adversarial networks with limited data", eq. 1:

    r_v = (E D(x_train) − E D(x_held_out)) / (E D(x_train) − E D(x_fake))

which is 0 where images that D never saw get the scores of those it trains on, and 1
where it takes them for generated ones. The paper adapts augmentation to r_t instead
(`ada`), which needs no images to be held out. Here scores are of images that are not
augmented, and generated ones come from the averaged generator.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.data import ArrayDataset, Dataset
from scratchgan.layers import INFERENCE
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array


@dataclass(frozen=True, eq=False)
class HeldOut(ArrayDataset):
    """Samples held in memory, and others of their kind that no batch contains.

    Parameters
    ----------
    held_out : Array
        Those, as `samples` are.
    """

    held_out: Array | None = None


def hold_out(data: ArrayDataset, every: int) -> HeldOut:
    """`data` without its samples number `every`, 2 `every`, …, which are kept beside.

    Raises
    ------
    ValueError
        If none would be held out, or none left.
    """
    if not 1 < every <= len(data):
        raise ValueError(
            f"hold_out: expected 2 to {len(data)}, the number of samples in "
            f"{data.name}, received {every}"
        )
    out = np.arange(1, len(data) + 1) % every == 0
    labels = None if data.labels is None else data.labels[~out]
    return HeldOut(
        data.name, data.samples[~out], data.value_range, labels, data.samples[out]
    )


def overfitting(
    system: System, state: TrainingState, data: Dataset, seed: int
) -> dict[str, float]:
    """Mean scores of train, held-out and generated images, and r_v."""
    assert isinstance(data, HeldOut)
    assert data.held_out is not None
    network = system.players["discriminator"].network
    params = state.players["discriminator"].params

    def mean_score(x: Array) -> float:
        return float(network.forward(params, x, INFERENCE)[0].mean(dtype="float64"))

    count = min(len(data.held_out), len(data))
    train = mean_score(data.batch(seed, 0, count))
    held_out = mean_score(data.scaled(data.held_out))
    fake = mean_score(generate(system, state, latents(system, seed, count)))
    return {
        "train_score": train,
        "held_out_score": held_out,
        "sample_score": fake,
        "r_v": r_v(train, held_out, fake),
    }


def r_v(train: float, held_out: float, fake: float) -> float:
    """The paper's ratio; 0 where D tells nothing from nothing."""
    gap = train - fake
    return (train - held_out) / gap if gap else 0.0
