"""An evaluation: samples of a run's newest state, measured against real ones."""

import os
import time
from collections.abc import Callable, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np

from scratchgan.data import Dataset
from scratchgan.evaluation.measures import CHEAP, MEASURES
from scratchgan.evaluation.records import Evaluation, Figure
from scratchgan.evaluation.sets import (
    HELD_OUT,
    Seen,
    Sets,
    Walk,
    is_measurable,
    real_samples,
    seen,
)
from scratchgan.metrics import FeatureNetwork
from scratchgan.training.finite import NonFiniteError
from scratchgan.training.samples import generate, latents
from scratchgan.training.settings import nearest
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

#: Samples of each evaluation that a training logs.
LOGGED = 2000
CORES = os.cpu_count()
WALKS = 1000  # paths in the latents


@dataclass(frozen=True)
class Reference:
    """What samples are compared with.

    Parameters
    ----------
    data : Dataset
        Real samples.
    held_out : Dataset, optional
        Real samples that were not trained on. Data that are made anew need none.
    value_range : (float, float)
        Values of black and white pixels.
    network : FeatureNetwork, optional
        What sees images.
    trained_on : bool
        Whether `data` is what the generator was trained on.
    """

    data: Dataset
    held_out: Dataset | None
    value_range: tuple[float, float]
    network: FeatureNetwork | None
    trained_on: bool = True


@dataclass(frozen=True)
class Evaluator:
    """Evaluates the states of one system.

    Parameters
    ----------
    system : System
        Who generates.
    reference : Reference
        What samples are compared with.
    """

    system: System
    reference: Reference

    def real(self, n: int, seed: int) -> tuple[Seen, Seen | None]:
        """`n` real samples and `n` held-out ones, or as many as there are."""
        data, held_out = self.reference.data, self.reference.held_out
        others = data if held_out is None and not isinstance(data, Sized) else held_out
        real = self._seen(real_samples(data, seed, n))
        if others is None:
            return real, None
        return real, self._seen(real_samples(others, seed, n, HELD_OUT))

    def generated(self, state: TrainingState, n: int, seed: int) -> Seen:
        """`n` samples of the state's generator."""
        return self._seen(generate(self.system, state, latents(self.system, seed, n)))

    def walk(self, state: TrainingState, seed: int) -> Walk | None:
        """A thousand pairs of latents; None without features, or points for latents."""
        ends = latents(self.system, seed, 2 * WALKS)
        network = self.reference.network
        if network is None or not isinstance(ends, np.ndarray):
            return None

        def features(z: Array) -> Array:
            images = generate(self.system, state, z)
            return network.features(images, self.reference.value_range)

        return Walk(features, ends[:WALKS], ends[WALKS:])

    def evaluate(
        self, state: TrainingState, n: int, seed: int, names: tuple[str, ...] = ()
    ) -> Evaluation:
        """The measures called `names`, or all that fit.

        Raises
        ------
        ValueError
            If a name is unknown, or its measure cannot be taken of these samples.
        """
        from threadpoolctl import threadpool_limits

        require_known(names)
        began = time.perf_counter()
        sets, fitting = None, []
        if is_measurable(self.reference.data.shape):
            sets = self.sets_of(
                self.generated(state, n, seed), *self.real(n, seed), seed
            )
            sets = replace(sets, walk=self.walk(state, seed))
            fitting = [name for name in MEASURES if MEASURES[name].fits(sets)]
        for name in names:
            if name not in fitting:
                raise ValueError(
                    f"--metrics: {name} cannot be taken of these samples without "
                    f"more (can be: {', '.join(fitting) or 'nothing'}; see --features)"
                )
        figures = {} if names else self._own(state, seed)
        if sets is not None:
            # side by side, each on one core
            with threadpool_limits(1, "blas"), ThreadPoolExecutor(CORES) as pool:
                found = pool.map(partial(_with_floor, sets), names or fitting)
                figures |= dict(chain.from_iterable(each.items() for each in found))
        network = self.reference.network
        return Evaluation(
            step=int(state.step),
            samples=0 if sets is None else n,
            against=self.reference.data.name,
            features="" if network is None else network.name,
            seed=seed,
            seconds=round(time.perf_counter() - began, 1),
            figures=figures,
        )

    def logger(self, seed: int) -> Callable[[TrainingState], dict[str, float]]:
        """What a training logs: state to the cheap figures of 2,000 samples.

        Raises
        ------
        ValueError
            If nothing is known to measure of such samples.
        """
        shape = self.reference.data.shape
        if not is_measurable(shape):
            raise ValueError(
                "--evaluate-every: expected points or images, received samples of "
                f"shape {shape}"
            )
        real, held_out = self.real(LOGGED, seed)

        def log(state: TrainingState) -> dict[str, float]:
            samples = generate(self.system, state, latents(self.system, seed, LOGGED))
            if not np.isfinite(samples).all():
                where = f"step {int(state.step)}"
                raise NonFiniteError(f"{where}: a generated sample is not finite")
            sets = self.sets_of(self._seen(samples), real, held_out, seed)
            values: dict[str, float] = {}
            for name, compute in CHEAP.items():
                if MEASURES[name].fits(sets):
                    found = compute(sets)
                    values |= {key: figure.value for key, figure in found.items()}
            return values

        return log

    def _own(self, state: TrainingState, seed: int) -> dict[str, Figure]:
        """What the system measures itself: n-grams, spectra, motion."""
        if self.system.measure is None:
            return {}
        found = self.system.measure(state, self.reference.data, seed)
        return {name: Figure(value) for name, value in found.items()}

    def _seen(self, samples: Array) -> Seen:
        return seen(samples, self.reference.network, self.reference.value_range)

    def sets_of(
        self, generated: Seen, real: Seen, held_out: Seen | None, seed: int
    ) -> Sets:
        """What is compared with what."""
        ref = self.reference
        size = len(ref.data) if isinstance(ref.data, Sized) else None
        whole = ref.trained_on and len(real.samples) == size
        return Sets(
            generated, real, held_out, ref.value_range, ref.data.name, seed, whole
        )


def require_known(names: tuple[str, ...]) -> None:
    """Raise ValueError unless every name is a measure's."""
    for name in names:
        if name not in MEASURES:
            raise ValueError(
                f"--metrics: unknown name {name!r}{nearest(name, list(MEASURES))} "
                f"(known: {', '.join(MEASURES)})"
            )


def _with_floor(sets: Sets, name: str) -> dict[str, Figure]:
    measure = MEASURES[name]
    found, floor = measure.compute(sets), sets.floor()
    if floor is None or not measure.floor:
        return found
    below = CHEAP.get(name, measure.compute)(floor)  # no interval is shown of a floor
    return {
        key: replace(figure, floor=below[key].value) for key, figure in found.items()
    }
