"""The process of a part: measures its items and reports each as a line of JSON."""

import gc
import importlib
import json
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from on_gpu import place
from on_gpu.setting import Setting

#: Which of a part's items a process takes.
Chosen = Callable[[list[str]], list[str]]


class Report(NamedTuple):
    """What the lines of a worker say so far.

    Parameters
    ----------
    missing : str
        Why the part cannot run; empty if it can.
    asked : list of str
        Its items; empty until it has said so.
    results, errors : dict
        By item, in the order of the reports.
    begun : str
        The item in progress; empty between items.
    """

    missing: str
    asked: list[str]
    results: dict[str, Any]
    errors: dict[str, str]
    begun: str

    @property
    def left(self) -> list[str]:
        """Items without a result or an error."""
        return [i for i in self.asked if i not in {**self.results, **self.errors}]


def work(module: str, setting: Setting, lines: Path, chosen: Chosen) -> None:
    """Measure the chosen items of a part, and append what was found to `lines`.

    After a failure the device is asked whether it still answers: an illegal address
    spoils a process for good, and whoever started this one starts another.
    """
    part: Any = importlib.import_module(f"on_gpu.{module}")

    def say(**what: Any) -> None:
        with lines.open("a") as file:
            file.write(json.dumps(what) + "\n")

    if why := part.missing(setting):
        say(missing=why)
        return
    asked = chosen(part.items(setting))
    say(asked=asked)
    for item in asked:
        say(begun=item)
        try:
            say(item=item, result=part.measure(item, setting))
        except Exception as error:
            print(traceback.format_exc(), file=sys.stderr, flush=True)
            say(item=item, error=first_line(error))
            if not place.answers(setting):
                sys.exit(3)
        gc.collect()
        place.free()


def first_line(error: BaseException) -> str:
    """Kind and first line of an error."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}".rstrip(": ")[:300]


def read(files: Iterable[Path]) -> Report:
    """What workers have reported; a line that was cut off is passed over."""
    missing, begun = "", ""
    asked: list[str] = []
    results: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for file in files:
        for line in file.read_text().splitlines() if file.exists() else []:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            missing = said.get("missing", missing)
            asked += [i for i in said.get("asked", ()) if i not in asked]
            begun = said.get("begun", "")
            if "result" in said:
                results[said["item"]] = said["result"]
            if "error" in said:
                errors[said["item"]] = said["error"]
    return Report(missing, asked, results, errors, begun)
