"""What every part is told."""

from typing import NamedTuple

DEVICES = ("gpu", "cpu")

#: Largest relative error of a verb, by the precision of its products.
LIMITS = {"float32": 1e-5, "tf32": 2e-3}


class Setting(NamedTuple):
    """Where a part runs, and how large.

    Parameters
    ----------
    device : str
        "gpu"; or "cpu" for a rehearsal at tiny sizes, whose times mean nothing.
    precision : str
        "float32", or "tf32" for products on tensor cores.
    seconds : float
        What the part may take, for those that start processes of their own.
    """

    device: str = "gpu"
    precision: str = "float32"
    seconds: float = 60.0

    @property
    def tiny(self) -> bool:
        """Whether this is a rehearsal."""
        return self.device == "cpu"
