"""Hyper-parameters that make no sense are refused when a layer is made."""

from numbers import Integral
from typing import Any


def at_least_one(**values: Any) -> None:
    """Raise ValueError unless every value is an integer of at least 1."""
    for name, value in values.items():
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or value < 1:
            raise ValueError(f"{name}: expected an integer >= 1, received {value!r}")


def not_negative(**values: Any) -> None:
    """Raise ValueError unless every value is a finite number of at least 0."""
    for name, value in values.items():
        if not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"{name}: expected a number >= 0, received {value!r}")


def share(**values: Any) -> None:
    """Raise ValueError unless every value is a number from 0 to 1."""
    for name, value in values.items():
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ValueError(f"{name}: expected 0 to 1, received {value!r}")
