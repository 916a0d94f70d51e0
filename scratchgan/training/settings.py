"""Settings: a frozen dataclass whose fields know their range and what they are for.

A recipe lists its settings as fields; the command line sets them as ``key=value``. Both
go through `validate`, so that a wrong value is named before anything is made.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

S = TypeVar("S", bound="Settings")


def setting(default: Any, help: str, low: Any = None, high: Any = None) -> Any:
    """A field with a default, a line of help and an inclusive range."""
    return field(default=default, metadata={"help": help, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """What every recipe can be told.

    With ``shards=0`` the number of parts is chosen from the networks and this machine's
    caches when a run starts, and written down with it, since its bits depend on it.

    Raises
    ------
    TypeError, ValueError
        If a value has the wrong type, or lies outside its range.
    """

    steps: int = setting(1000, "training steps, one generator update each", low=1)
    batch_size: int = setting(64, "samples in one update of one player", low=1)
    shards: int = setting(0, "parts of a batch, a thread each; 0: chosen", low=0)
    log_every: int = setting(10, "steps between lines of metrics.jsonl", low=1)
    sample_every: int = setting(500, "steps between sheets of samples", low=1)
    checkpoint_every: int = setting(500, "steps between checkpoints", low=1)
    evaluate_every: int = setting(0, "steps between evaluations; 0: none", low=0)

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(
                self, each.name, _validate(each, getattr(self, each.name))
            )

    def evaluates(self, step: int) -> bool:
        """Whether the generator is evaluated after `step` steps."""
        return self.evaluate_every > 0 and step % self.evaluate_every == 0

    def logs(self, step: int) -> bool:
        """Whether `step` leaves a line of metrics.jsonl."""
        return step % self.log_every == 0 or self.evaluates(step)


def parse(settings: type[S], assignments: list[str], **given: Any) -> S:
    """Settings from ``key=value`` strings and keyword arguments.

    Raises
    ------
    ValueError, TypeError
        If a string is no assignment, a key is unknown, or a value is wrong.
    """
    values = dict(given)
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--set: expected key=value, received {assignment!r}")
        if key.strip() in given:
            raise ValueError(f"--set: {key.strip()} is given twice, as an option too")
        values[key.strip()] = _read(settings, key.strip(), text.strip())
    return build(settings, values)


def build(settings: type[S], values: Mapping[str, Any]) -> S:
    """Settings from a mapping, such as the one in config.json."""
    for key in values:
        _field(settings, key)
    return settings(**values)


def nearest(name: str, known: list[str]) -> str:
    """``; did you mean …?`` for the known name nearest to `name`, or nothing."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _field(settings: type[Settings], key: str) -> Any:
    known = {each.name: each for each in fields(settings)}
    if key not in known:
        raise ValueError(
            f"--set: unknown key {key!r}{nearest(key, list(known))} "
            f"(known: {', '.join(known)})"
        )
    return known[key]


def _read(settings: type[Settings], key: str, text: str) -> Any:
    """`text` as the type that the field `key` has."""
    kind = type(_field(settings, key).default)
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        return kind(text)
    except (ValueError, KeyError):
        name = "true or false" if kind is bool else _NAMES[kind]
        raise TypeError(f"{key}: expected {name}, received {text!r}") from None


_NAMES = {int: "an integer", float: "a number", bool: "true or false", str: "text"}


def _validate(each: Any, value: Any) -> Any:
    kind = type(each.default)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise TypeError(f"{each.name}: expected {_NAMES[kind]}, received {value!r}")
    low, high = each.metadata.get("low"), each.metadata.get("high")
    finite = kind is not float or math.isfinite(value)
    if (
        not finite
        or (low is not None and value < low)
        or (high is not None and value > high)
    ):
        raise ValueError(f"{each.name}: expected {_range(low, high)}, received {value}")
    return value


def _range(low: Any, high: Any) -> str:
    if low is None and high is None:
        return "a finite number"
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"{low} to {high}"
