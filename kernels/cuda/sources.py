"""Every CUDA source, and what is compiled of it."""

from pathlib import Path

from scratchgan.kernels.cuda import (
    activation,
    demodulation,
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
    upfirdn2d,
)

LAUNCHERS = (
    activation,
    demodulation,
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
    upfirdn2d,
)

#: Of the `.cu` files and of `common.cuh`.
FOLDER = Path(__file__).parent

#: The kernels of each source, by its stem, as C++ expressions.
INSTANCES: dict[str, tuple[str, ...]] = {
    launcher.SOURCE: launcher.INSTANCES for launcher in LAUNCHERS
}
