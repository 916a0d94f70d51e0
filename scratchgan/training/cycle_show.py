"""How a translation between two sets is shown: there and back, both ways."""

from collections.abc import Sized
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scratchgan.data import Dataset
from scratchgan.layers import INFERENCE
from scratchgan.training.folder import RunConfig
from scratchgan.training.pictures import save_sheet
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array


@dataclass(frozen=True)
class Translations:
    """Rows a, G(a), F(G(a)) and b, F(b), G(F(b)).

    Parameters
    ----------
    count : int
        Images of each set: the first ones that the run's seed draws.
    """

    count: int = 12
    suffix: str = ".png"

    def draw(
        self,
        path: Path,
        config: RunConfig,
        system: System,
        state: TrainingState,
        data: Dataset,
    ) -> None:
        """Write the sheet of one step."""
        count = min(self.count, len(data)) if isinstance(data, Sized) else self.count
        x = data.batch(config.seed, 0, count)
        network = system.players[system.generator].network
        params = state.players[system.generator].params
        y, _ = network.forward(params, x, INFERENCE)
        back, _ = network.forward(params, y, INFERENCE)
        rows = (x[0], y[1], back[0], x[1], y[0], back[1])
        save_sheet(path, np.concatenate(rows), count, config.value_range)

    def write(
        self, path: Path, samples: Array, columns: int, config: RunConfig, step: int
    ) -> None:
        """Write images that were asked for."""
        save_sheet(path, samples, columns, config.value_range)
