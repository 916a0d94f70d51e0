"""What a generator has learned, measured on a run's samples against real ones."""

from scratchgan.evaluation.evaluate import Evaluator, Reference, require_known
from scratchgan.evaluation.records import (
    Evaluation,
    Figure,
    add_evaluation,
    read_evaluations,
)

__all__ = [
    "Evaluation",
    "Evaluator",
    "Figure",
    "Reference",
    "add_evaluation",
    "read_evaluations",
    "require_known",
]
