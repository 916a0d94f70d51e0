"""Where the code is run, and what is right there."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.conformance.differences import (
    OFFSETS,
    Directions,
    Numbers,
    input_gradients,
    slope,
)
from scratchgan.gradcheck.conformance.functionals import Functional, functionals
from scratchgan.gradcheck.conformance.implementation import Implementation
from scratchgan.types import Array, Tree


@dataclass(frozen=True)
class Setting:
    """The code, its arguments, and how finely the truth is differenced."""

    code: Implementation
    params: Tree
    x_real: Array
    x_fake: Array
    gp_weight: float
    one_sided: bool
    seed: int
    step: float
    tolerance: float

    @cached_property
    def eps(self) -> Array:
        """One ε a sample, all different."""
        rng = np.random.default_rng([self.seed, 1])
        return 0.1 + 0.8 * (rng.permutation(len(self.x_real)) + rng.random()) / len(
            self.x_real
        )

    @cached_property
    def directions(self) -> Directions:
        """Along which the critic's gradients are compared."""
        rng = np.random.default_rng([self.seed, 2])
        return Directions(self.params, rng, self.step)

    @cached_property
    def readings(self) -> list[Functional]:
        """The right penalty, then the wrong ones."""
        return functionals(self.x_real.shape, self.gp_weight, self.one_sided)

    def mixed(self, eps: Array) -> Array:
        """x̂ = ε x_real + (1 − ε) x_fake."""
        each = eps.reshape(-1, *(1,) * (self.x_real.ndim - 1))
        return each * self.x_real + (1 - each) * self.x_fake

    def gradients(self, params: Tree, x: Array) -> Array:
        """∇ₓD by differences of scores."""
        return input_gradients(lambda a: self.code.scores(params, a), x, self.step)

    def adversarial(self, params: Tree, x_real: Array, x_fake: Array) -> float:
        """Mean D(x_fake) − mean D(x_real)."""
        fake, real = (self.code.scores(params, x) for x in (x_fake, x_real))
        return float(fake.mean() - real.mean())


class Truth:
    """Every reading of the penalty and of its gradient, at one x̂."""

    def __init__(self, setting: Setting, x_hat: Array) -> None:
        self.setting, self.x_hat = setting, x_hat
        self.g = setting.gradients(setting.params, x_hat)
        self._slopes: dict[str, Numbers] = {}

    @cached_property
    def _samples(self) -> dict[str, list]:
        return self.setting.directions.samples(
            lambda params: self.setting.gradients(params, self.x_hat)
        )

    def value(self, reading: Functional) -> float:
        """P."""
        return reading.value(self.g)

    def numbers(self, reading: Functional) -> Numbers:
        """∂θ P along every direction."""
        if reading.formula not in self._slopes:
            self._slopes[reading.formula] = self.setting.directions.combine(
                self._samples, reading.value
            )
        return self._slopes[reading.formula]

    def v(self, reading: Functional) -> Array:
        """∂P/∂g, entry by entry."""
        v, step = np.empty_like(self.g), self.setting.step
        for index in np.ndindex(self.g.shape):
            moved = np.zeros_like(self.g)
            moved[index] = step
            v[index] = slope([reading.value(self.g + t * moved) for t in OFFSETS], step)
        return v

    def product(self, reading: Functional) -> float:
        """⟨∂P/∂g, g⟩, the derivative of P in the scale of g."""
        step = self.setting.step
        scales = [reading.value((1 + t * step) * self.g) for t in OFFSETS]
        return float(slope(scales, step))


def straddling(setting: Setting, generated: Array | None = None) -> Tree:
    """The parameters, scaled until input gradients are longer and shorter than one.

    Where all are shorter a one-sided penalty vanishes, and nothing could be seen. The
    topmost leaf that can do it is scaled, as the last weight does in proportion.

    Parameters
    ----------
    setting : Setting
        With the parameters as they came.
    generated : Array, optional
        Samples of the generator, between which and x_real the penalty looks too.

    Raises
    ------
    ValueError
        If no scale of a leaf, or of all, makes some gradients longer than one.
    """
    places = (
        [setting, replace(setting, x_fake=generated)]
        if generated is not None
        else [setting]
    )
    x = [p.mixed(e) for p in places for e in (p.eps, 1 - p.eps)]
    x += [p.x_fake for p in places] + [setting.x_real]

    def gradients(params: Tree) -> list[Array]:
        g = setting.gradients(params, np.concatenate(x))
        return np.split(g, len(x))

    if _visible(setting, g := gradients(setting.params)) and _norms(g).min() < 0.9:
        return setting.params
    names = list(setting.directions.leaves)
    for group in (*({name} for name in reversed(names)), set(names)):
        for scale in np.geomspace(1 / 16, 2**10, 29):
            params = _scaled(setting.params, group, float(scale))
            if _visible(setting, gradients(params)):
                return params
    raise ValueError(
        "params: expected a critic whose input gradients some scale of its parameters "
        f"makes longer than one, received lengths up to {_norms(g).max():.2g}"
    )


def _norms(g: list[Array]) -> Array:
    """‖gₙ‖, (batches, N)."""
    return np.sqrt(np.array([(a * a).reshape(len(a), -1).sum(axis=1) for a in g]))


def _visible(setting: Setting, g: list[Array]) -> bool:
    """Whether every reading of the penalty has a value in every batch."""
    least = min(reading.value(a) for reading in setting.readings for a in g)
    return bool(least > 1e-3 * setting.gp_weight and _norms(g).max(axis=1).min() > 1.1)


def _scaled(params: Tree, group: set[str], scale: float) -> Tree:
    names = iter([name for name, _ in tree.named(tree.learned(params))])
    return tree.map_learned(
        lambda leaf: scale * leaf if next(names) in group else leaf, params
    )
