"""How a check of the contract fails: one line, with what was expected and what came."""

from typing import Any

from scratchgan.gradcheck.sweeps import Subject


class ContractError(AssertionError):
    """A layer does not do what the contract says."""


def demand(holds: Any, subject: Subject, what: str, expected: Any, got: Any) -> None:
    """Raise ContractError unless `holds`."""
    if not holds:
        raise ContractError(f"{subject.name}: {what}: expected {expected}, got {got}")
