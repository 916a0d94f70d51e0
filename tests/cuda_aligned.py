"""A `Run` that sees that arrays start where a GPU reads them in packs."""

from dataclasses import dataclass

import numpy as np
from cuda_on_cpu import Emulated

from scratchgan.kernels.cuda.launch import ALIGNMENT, Launch, address


@dataclass(frozen=True)
class Aligned:
    """Runs launches on the CPU, which itself reads packs from anywhere.

    Parameters
    ----------
    run : Emulated
        Who runs them.
    size : int
        Arrays of so many numbers have to start at a multiple of 16 bytes.
    """

    run: Emulated
    size: int

    def __call__(self, launch: Launch) -> None:
        for argument in launch.args:
            if isinstance(argument, np.ndarray) and argument.size == self.size:
                assert address(argument) % ALIGNMENT == 0
        self.run(launch)
