"""The contract: five verbs.

A layer is a frozen dataclass of hyper-parameters. It holds no arrays: those live in
`params` and in the trace that each sweep leaves for the later ones.

    params, out_shape = layer.init(rng, in_shape)          shapes exclude the batch axis
    y, cache            = layer.forward(params, x)             y  = f(x; θ)
    dx, dparams, dcache = layer.backward(params, cache, dy)    dx = Jᵀ dy, ∂⟨dy, y⟩/∂θ
    ty, tcache          = layer.jvp(params, cache, tx)         ty = J tx
    tdx, tdparams       = layer.backward_jvp(params, cache, dcache, tcache, tdy)

The last is the derivative of `backward` along the direction (tx, tdy), parameters held:

    (tdx, tdparams) = d/dε backward(x + ε tx, dy + ε tdy)  at ε = 0

Rules that every layer keeps:

* ``None`` is an exact zero. ``tdy=None`` says that dy does not change along the
  direction; a layer whose second derivative vanishes then answers ``tdx=None``.
* Several inputs or outputs are a tuple, and so are their cotangents and tangents, with
  ``None`` for those that are zero. Integer inputs (labels) have no derivative: their
  dx and tdx are ``None``, and so is their tx.
* ``wrt="inputs"`` leaves out the parameter gradients (they come back as ``None``),
  ``wrt="params"`` leaves out the input gradient. `dcache` is made in every case.
* No argument is modified, and equal arguments give equal bits.
* Every array in a cache has the batch axis first, unless the layer couples the batch.
  So the cache of a batch can be cut into caches of its parts (`tree.rows`).
* A layer that couples the batch keeps `Context.group` in its cache, and in every sweep
  takes what it needs of the other samples through it (see `group`): the batch may be
  computed in parts.
* Only functions that NumPy dispatches are called, so that CuPy arrays can take the
  same path.
"""

from typing import Any, NamedTuple

import numpy as np

from scratchgan.backend import on_host
from scratchgan.layers.context import INFERENCE, TRAINING, Context
from scratchgan.types import Array, Shape, Tree, Wrt

__all__ = [
    "INFERENCE",
    "TRAINING",
    "Context",
    "DoubleBackward",
    "Layer",
    "require_input",
    "require_inputs",
    "require_labels",
    "require_rank",
]


class DoubleBackward(NamedTuple):
    """Gradients of ⟨ddx, dx⟩, where dx = backward(dy)."""

    ddy: Tree  #: with respect to dy, shape of y
    dx: Tree  #: with respect to the layer's input x, shape of x
    dparams: Tree  #: with respect to the parameters


class Layer:
    """Base of every layer: the contract, and what follows from it."""

    @property
    def couples_batch(self) -> bool:
        """Whether one sample's output depends on the other samples in training."""
        return False

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[Tree, Shape]:
        """Draw float64 parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of the initial values.
        in_shape : tuple of int
            Shape of one sample, without the batch axis.

        Returns
        -------
        params : Tree
            ``()`` for a layer without parameters. `tree.astype` makes them float32.
        out_shape : tuple of int
            Shape of one output sample.

        Raises
        ------
        ValueError
            If the layer cannot take samples of `in_shape`.
        """
        raise NotImplementedError

    def forward(self, params: Any, x: Any, ctx: Context = TRAINING) -> tuple[Any, Any]:
        """Return y = f(x; θ) and the cache that the other sweeps read."""
        raise NotImplementedError

    def backward(
        self, params: Any, cache: Any, dy: Any, wrt: Wrt = "all"
    ) -> tuple[Any, Any, Any]:
        """Return dx = Jᵀ dy, dparams = ∂⟨dy, y⟩/∂θ and the trace for `backward_jvp`."""
        raise NotImplementedError

    def jvp(self, params: Any, cache: Any, tx: Any) -> tuple[Any, Any]:
        """Return ty = J tx, parameters held, and the trace for `backward_jvp`."""
        raise NotImplementedError

    def backward_jvp(
        self,
        params: Any,
        cache: Any,
        dcache: Any,
        tcache: Any,
        tdy: Any = None,
        wrt: Wrt = "all",
    ) -> tuple[Any, Any]:
        """Return (tdx, tdparams), the derivative of `backward` along (tx, tdy)."""
        raise NotImplementedError

    def advance(self, params: Any, cache: Any) -> Any:
        """`params` with its `tree.State` moved on by the batch that left `cache`."""
        return params

    def double_backward(
        self, params: Any, cache: Any, dcache: Any, ddx: Any
    ) -> DoubleBackward:
        """Reverse over reverse, from the forward-over-reverse sweeps.

        The gradient of ⟨ddx, backward(x, dy)⟩ with respect to dy is J ddx. With respect
        to x and θ it is the derivative of backward along tx = ddx, since

            ∂/∂(x, θ) ⟨ddx, Jᵀ dy⟩ = ∂/∂(x, θ) ⟨J ddx, dy⟩
                                   = ∂/∂(x, θ) d/dε ⟨dy, f(x + ε ddx; θ)⟩
                                   = d/dε backward(x + ε ddx, dy).
        """
        ddy, tcache = self.jvp(params, cache, ddx)
        dx, dparams = self.backward_jvp(params, cache, dcache, tcache)
        return DoubleBackward(ddy, dx, dparams)


def require_rank(layer: Layer, in_shape: Shape, letters: str) -> None:
    """Raise ValueError unless `in_shape` has one axis per letter, such as ``"HWC"``."""
    if len(in_shape) != len(letters) or any(n < 1 for n in in_shape):
        raise ValueError(
            f"{type(layer).__name__}: in_shape: expected positive "
            f"({', '.join(letters)}), received {in_shape}"
        )


def require_input(layer: Layer, x: Array, letters: str, channels: int = 0) -> None:
    """Raise unless `x` is floating point, with a batch axis and one axis a letter.

    Parameters
    ----------
    layer : Layer
        For the message.
    x : Array
        What `forward` received.
    letters : str
        Such as ``"HWC"``; empty for any shape.
    channels : int
        What the last axis must have; 0 for any number.

    Raises
    ------
    TypeError
        If `x` has another dtype: pixels in uint8 would wrap around in silence.
    ValueError
        If `x` has another shape.
    """
    name = type(layer).__name__
    if x.dtype.kind != "f":
        raise TypeError(f"{name}: x: expected floating point, received {x.dtype}")
    fits = not letters or x.ndim == 1 + len(letters)
    if not fits or (channels and x.shape[-1] != channels):
        axes = ["N", *(letters or "C")]
        if channels:
            axes[-1] = str(channels)
        raise ValueError(
            f"{name}: x: expected shape ({', '.join(axes)}), received {x.shape}"
        )


def require_inputs(layer: Layer, x: Any, count: int, names: str) -> None:
    """Raise ValueError unless `x` is a tuple of `count` inputs, called `names`."""
    if not isinstance(x, tuple) or len(x) != count:
        received = f"{len(x)}" if isinstance(x, tuple) else type(x).__name__
        raise ValueError(
            f"{type(layer).__name__}: x: expected a tuple ({names}), "
            f"received {received}"
        )


def require_labels(layer: Layer, labels: Array, classes: int) -> None:
    """Raise unless `labels` are integers in [0, classes).

    Of labels on a device only the type is asked: the host does not wait for numbers.

    Raises
    ------
    TypeError
        If they are not integers.
    ValueError
        If one is out of range: a negative one would count from the end in silence.
    """
    name = type(layer).__name__
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{name}: labels: expected integers, received {labels.dtype}")
    if not on_host(labels) or not labels.size:
        return
    if not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"{name}: labels: expected 0 to {classes - 1}, "
            f"received {labels.min()} to {labels.max()}"
        )
