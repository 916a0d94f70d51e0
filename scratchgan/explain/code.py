"""The code of each verb, as it stands in its file: the body below a short signature."""

import ast
import inspect
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

from scratchgan.layers import Layer

#: Class whose methods belong to every layer and are shown for itself alone.
COMMON = Layer
VERBS = ("forward", "backward", "jvp", "backward_jvp")
ROOT = Path(inspect.getfile(Layer)).parents[2]


class Pane(NamedTuple):
    """One function, to be laid beside others."""

    signature: str  #: ``"backward(params, cache, dy, wrt)"``
    place: str  #: ``"scratchgan/layers/dense.py:70"``
    owner: str  #: class that defines it; empty for a function
    body: str


def panes(subject: Any) -> list[Pane]:
    """The methods of a class, its own before inherited ones, verbs before helpers.

    Of a function, the function.
    """
    if inspect.isfunction(subject):
        return [_pane(subject, "")]
    found: dict[str, Pane] = {}
    for owner in subject.__mro__:
        if owner is object or (owner is COMMON and subject is not COMMON):
            break
        for name, method in sorted(vars(owner).items(), key=_order):
            if _is_shown(owner, name, method) and name not in found:
                found[name] = _pane(method, owner.__name__)
    abstract = ("raise NotImplementedError", "...")
    return [pane for pane in found.values() if not pane.body.startswith(abstract)]


def _order(named: tuple[str, Any]) -> int:
    """Verbs in the order of their equations, then the rest as it stands."""
    return VERBS.index(named[0]) if named[0] in VERBS else len(VERBS)


def _is_shown(owner: type, name: str, method: Any) -> bool:
    """Whether `method` is written in `owner`, and no constructor of anything."""
    own = f"{owner.__qualname__}.{name}"
    if not inspect.isfunction(method) or method.__qualname__ != own:
        return False  # a property, or a function that is a field's default
    return name == "__call__" or (name != "init" and not name.startswith("__"))


def _pane(function: Any, owner: str) -> Pane:
    lines, first = inspect.getsourcelines(function)
    source = textwrap.dedent("".join(lines))
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    arguments = [a.arg for a in (*node.args.args, *node.args.kwonlyargs)]
    named = ", ".join(a for a in arguments if a != "self")
    path = Path(inspect.getfile(function)).relative_to(ROOT).as_posix()
    place = f"{path}:{first + node.lineno - 1}"
    return Pane(f"{node.name}({named})", place, owner, _body(node, source))


def _body(node: ast.FunctionDef, source: str) -> str:
    """The lines of a function below its signature and docstring."""
    lines = source.split("\n")
    start = node.body[ast.get_docstring(node) is not None].lineno - 1
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return textwrap.dedent("\n".join(lines[start : node.end_lineno]))
