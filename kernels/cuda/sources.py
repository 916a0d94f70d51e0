"""Every CUDA source, and what is compiled of it."""

from scratchgan.kernels.cuda import (
    activation,
    demodulation,
    implicit_gemm,
    minibatch_stddev,
    modulation,
    norm_sweeps,
    norms,
    optimizers,
    patches,
    penalty,
    philox,
    pixel_norm,
    reductions,
    softmax,
    tensors,
    upfirdn2d,
)
from scratchgan.kernels.cuda.launch import FOLDER

__all__ = ["FOLDER", "INSTANCES", "LAUNCHERS"]

LAUNCHERS = (
    activation,
    demodulation,
    implicit_gemm,
    minibatch_stddev,
    modulation,
    norm_sweeps,
    norms,
    optimizers,
    patches,
    penalty,
    philox,
    pixel_norm,
    reductions,
    softmax,
    tensors,
    upfirdn2d,
)

#: The kernels of each source, by its stem, as C++ expressions.
INSTANCES: dict[str, tuple[str, ...]] = {
    launcher.SOURCE: launcher.INSTANCES for launcher in LAUNCHERS
}
