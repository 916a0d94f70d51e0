"""Feature networks: images to the vectors that distances are measured between.

A Fréchet distance, a kernel distance or precision and recall compare two sets of
features, and an Inception Score reads probabilities; the network that makes them is
part of the measure. A score is comparable with another one only if both come from the
same network, weights and preparation of images, which is why every network has a
name, and every score should state it. None of them is Inception-v3, and no distance on
their features is "FID" as published.

TRAPS

* **The range of pixels.** Images in (−1, 1) that are taken for (0, 1) give features of
  something else, and nothing fails. Floats therefore need their `value_range` said;
  bytes are pixels from 0 to 255.
* **Clipping and rounding.** Pixels outside of the range are clipped to it, as when an
  image is saved, but not rounded to 256 levels. Real images were rounded once. To
  compare as published protocols do, round generated ones too, by giving them as bytes.
* **Resizing** is part of the network: see the `prepare` of each.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.layers.softmax import softmax
from scratchgan.types import Array

Range = tuple[float, float]


class Measured(NamedTuple):
    """What one pass gives for N images."""

    features: Array  #: float32 (N, D)
    probabilities: Array  #: float64 (N, K), rows that sum to one


@dataclass(frozen=True)
class FeatureNetwork:
    """A trained classifier, of which the last hidden layer serves as features.

    Parameters
    ----------
    name : str
        Of network and weights; scores state it.
    dimensions : int
        D.
    classes : int
        K.
    prepare : callable
        Images (n, H, W, C) with pixels from 0 to 1, float32, to what the network takes.
        Raises ValueError where it cannot take them.
    network : callable
        What `prepare` gives to features (n, D) and logits (n, K).
    batch_size : int
        Images at a time, on each thread.
    """

    name: str
    dimensions: int
    classes: int
    prepare: Callable[[Array], Array]
    network: Callable[[Array], tuple[Array, Array]]
    batch_size: int

    def features(self, images: Array, value_range: Range | None = None) -> Array:
        """Features (N, D) of images, float32; see `measure`."""
        return self.measure(images, value_range).features

    def probabilities(self, images: Array, value_range: Range | None = None) -> Array:
        """Probabilities of the classes (N, K), float64; see `measure`."""
        return self.measure(images, value_range).probabilities

    def measure(self, images: Array, value_range: Range | None = None) -> Measured:
        """Features and probabilities of images, in one pass.

        Batches are spread over the cores, one BLAS thread each.

        Parameters
        ----------
        images : Array
            ``(N, H, W, C)``: uint8, or floating point.
        value_range : (float, float), optional
            Values of black and white pixels, required of floats: ``(-1, 1)`` behind a
            tanh. Bytes are from 0 to 255.

        Raises
        ------
        ValueError
            If the shape is none that the network takes, a value is not finite, or the
            range is missing or no range.
        """
        from threadpoolctl import threadpool_limits

        low, high = _range(images, value_range)
        starts = range(0, max(1, len(images)), self.batch_size)

        def part(start: int) -> tuple[Array, Array]:
            batch = images[start : start + self.batch_size]
            return self.network(self.prepare(_unit(batch, low, high)))

        with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
            features, logits = zip(*pool.map(part, starts), strict=True)
        probabilities = softmax(np.concatenate(logits).astype(np.float64))
        return Measured(np.concatenate(features), probabilities)


def _range(images: Array, value_range: Range | None) -> Range:
    """Values of black and white."""
    if images.ndim != 4:
        raise ValueError(f"images: expected (N, H, W, C), received {images.shape}")
    if images.dtype == np.uint8:
        if value_range not in (None, (0, 255)):
            raise ValueError(
                "value_range: expected (0, 255) or none for images of uint8, "
                f"received {value_range}"
            )
        return 0.0, 255.0
    if images.dtype.kind != "f":
        raise ValueError(
            f"images: expected uint8 or floating point, received {images.dtype}"
        )
    if value_range is None:
        raise ValueError(
            "value_range: expected the values of black and white pixels for images of "
            f"{images.dtype}, received None"
        )
    low, high = value_range
    if not -np.inf < low < high < np.inf:
        raise ValueError(
            f"value_range: expected low < high, both finite, received {value_range}"
        )
    return low, high


def _unit(batch: Array, low: float, high: float) -> Array:
    """Pixels from 0 to 1, float32."""
    if batch.dtype.kind == "f" and not np.isfinite(batch).all():
        raise ValueError("images: expected finite numbers, received NaN or infinity")
    unit = (batch.astype(np.float64) - low) / (high - low)
    return np.clip(unit, 0, 1).astype(np.float32)
