"""What one line of the registry says."""

from typing import Any, NamedTuple

from scratchgan.layers import TRAINING, Context, Layer
from scratchgan.rng import Stream

#: Training, with random numbers for the layers that draw some.
RANDOM = Context(training=True, stream=Stream(0, "gradcheck"))


class LayerCase(NamedTuple):
    """A layer with hyper-parameters, and the shape of one sample.

    Parameters
    ----------
    name : str
        Unique; begins with the layer's class.
    layer : Layer
        With its hyper-parameters.
    in_shape : tuple
        Shape of one sample, or the tuple of the shapes of several inputs.
    ctx : Context
        Training or inference, with or without random numbers.
    labels : int
        Number of classes where the last (or only) input is labels; 0 where none is.
    bilinear : bool
        Whether y is at most quadratic in inputs and parameters, so that central
        differences are exact for any step.
    """

    name: str
    layer: Layer
    in_shape: Any
    ctx: Context = TRAINING
    labels: int = 0
    bilinear: bool = False
