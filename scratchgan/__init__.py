"""GANs from scratch on NumPy: every derivative by hand, second order included."""

import os
from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = [
    "backend",
    "data",
    "evaluation",
    "gradcheck",
    "kernels",
    "layers",
    "losses",
    "metrics",
    "networks",
    "optim",
    "parallel",
    "penalties",
    "recipes",
    "rng",
    "studies",
    "training",
    "tree",
]

# In a plain checkout kernels/ lies beside this folder; an installed package has it
# inside. One more place to look lets `scratchgan.kernels` import from both.
if not os.path.isdir(os.path.join(os.path.dirname(__file__), "kernels")):
    __path__.append(os.path.dirname(os.path.dirname(__file__)))


def __getattr__(name: str) -> Any:
    """Import a subpackage when it is first asked for: `import scratchgan` is light."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
