"""The code under test: callables and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scratchgan import tree
from scratchgan.types import Array, Tree

ValueAndGradient = tuple[float, Tree]


@dataclass(frozen=True)
class Implementation:
    """Somebody's WGAN-GP, as pure functions of NumPy arrays in float64.

    Parameters are any tree of arrays (`scratchgan.tree`); a gradient is a tree of the
    same structure, in which ``None`` is zero. No argument may be modified. What is not
    given is not checked.

    Parameters
    ----------
    score : callable
        ``(params, x) -> (N,)``, the critic's scores.
    penalty : callable
        ``(params, x_real, x_fake, eps) -> (value, dparams)``: the penalty, weight
        included, and its gradient in `params`. `eps` is ``(N,)``. Code that draws its
        own ε ignores it and gives `interpolate`.
    interpolate : callable, optional
        ``(x_real, x_fake, rng) -> x_hat``, with ε drawn inside.
    critic_loss : callable, optional
        As `penalty`, for all that the critic minimises.
    critic_step : callable, optional
        ``(params, x_real, x_fake, eps, learning_rate) -> params``: one update of the
        critic with plain gradient descent in the optimiser's place.
    generate : callable, optional
        ``(generator_params, z) -> x_fake``; the next two need it.
    generator_gradient : callable, optional
        ``(generator_params, params, z) -> dgenerator_params``.
    leak_to_generator : callable, optional
        ``(generator_params, params, x_real, z, eps) -> dgenerator_params``: what the
        critic's loss leaves in the generator's gradient; None or zeros if nothing.
    """

    score: Callable[[Tree, Array], Array]
    penalty: Callable[[Tree, Array, Array, Array], ValueAndGradient]
    interpolate: Callable[[Array, Array, np.random.Generator], Array] | None = None
    critic_loss: Callable[[Tree, Array, Array, Array], ValueAndGradient] | None = None
    critic_step: Callable[[Tree, Array, Array, Array, float], Tree] | None = None
    generate: Callable[[Tree, Array], Array] | None = None
    generator_gradient: Callable[[Tree, Tree, Array], Tree] | None = None
    leak_to_generator: Callable[[Tree, Tree, Array, Array, Array], Tree] | None = None

    def scores(self, params: Tree, x: Array) -> Array:
        """Scores in shape (N,), whatever singleton axes the code leaves."""
        with np.errstate(all="ignore"):
            y = np.asarray(self.score(params, x))
        if y.size != len(x):
            raise ValueError(
                f"score: expected one number for each of {len(x)} samples, "
                f"received shape {y.shape}"
            )
        return y.reshape(-1)


def valued(function: Callable[..., ValueAndGradient], *inputs: Tree) -> tuple:
    """Value as a float, and the gradient, of one of the two critic's callables."""
    with np.errstate(all="ignore"):
        value, gradient = function(*inputs)
    return float(value), gradient


def finite(gradient: Tree) -> bool:
    """Whether a gradient has neither NaN nor infinity."""
    return all(np.isfinite(leaf).all() for leaf in tree.leaves(gradient))
