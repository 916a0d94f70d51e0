"""Every CUDA source, and what is compiled of it."""

from pathlib import Path

from scratchgan.kernels.cuda import activation

LAUNCHERS = (activation,)

#: Of the `.cu` files and of `common.cuh`.
FOLDER = Path(__file__).parent

#: The kernels of each source, by its stem, as C++ expressions.
INSTANCES: dict[str, tuple[str, ...]] = {
    launcher.SOURCE: launcher.INSTANCES for launcher in LAUNCHERS
}
