"""torch-fidelity's own functions, whether or not torchvision can be imported.

The package imports torchvision for its data sets and networks. A CPU build of PyTorch
often has no torchvision that fits, so that an import fails. What is compared here takes
plain features and touches none of it: where torchvision is missing or broken, empty
modules stand in for it, and torch-fidelity's code runs as it is.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

STANDING_IN = (
    "torchvision",
    "torchvision.datasets",
    "torchvision.models",
    "torchvision.models.vgg",
    "torchvision.transforms",
    "torchvision.transforms.functional",
)


def fidelity(name: str) -> Any:
    """A module of torch-fidelity; skips where the package is not installed."""
    pytest.importorskip("torch")
    if "torch_fidelity" not in sys.modules and not _has_torchvision():
        for module in STANDING_IN:
            sys.modules[module] = _Empty(module)
        for module in STANDING_IN[1:]:
            parent, _, child = module.rpartition(".")
            setattr(sys.modules[parent], child, sys.modules[module])
    pytest.importorskip("torch_fidelity")
    return import_module(f"torch_fidelity.{name}")


class _Empty(ModuleType):
    """A module of which every name is a class without content."""

    __path__: list[str] = []  # noqa: RUF012  # a package, to the import system

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def _has_torchvision() -> bool:
    try:
        import_module("torchvision")
    except (ImportError, RuntimeError):  # a build for another PyTorch raises the latter
        for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        return False
    return True
