"""What can be explained: every public name with a derivation, and every module."""

import inspect
from importlib import import_module
from typing import Any, NamedTuple

from scratchgan.explain.families import CHECKED_BY, FAMILIES, Family
from scratchgan.gradcheck.cases import Case, cases
from scratchgan.training.settings import nearest


class Subject(NamedTuple):
    """A name that somebody may ask for, and where its derivation stands."""

    name: str
    module: str  #: below scratchgan, such as ``"layers.dense"``
    objects: tuple[Any, ...]  #: classes and functions whose code is shown
    family: Family


def exported(module: str) -> dict[str, Any]:
    """Public classes and functions of a module that its package exports."""
    package = import_module(f"scratchgan.{module.split('.')[0]}")
    everything = {name: getattr(package, name) for name in package.__all__}
    return {n: o for n, o in everything.items() if _is_explained(o, module)}


def in_family(family: Family) -> list[Subject]:
    """What one family explains: exported names, and modules that export none."""
    found = []
    for module in family.modules:
        public = exported(module)
        found += [Subject(n, module, (o,), family) for n, o in public.items()]
        if not public:
            found.append(_whole(module, family))
    return found


def find(name: str) -> Subject:
    """The subject called `name`; neither case nor ``_`` and ``-`` matter.

    Raises
    ------
    ValueError
        If nothing has that name.
    """
    subjects = [s for family in FAMILIES for s in in_family(family)]
    modules = [_whole(m, family) for family in FAMILIES for m in family.modules]
    for subject in (*subjects, *modules):
        if _plain(subject.name) == _plain(name):
            return subject
    known = [subject.name for subject in subjects]
    hint = nearest(name, known) or nearest(name.capitalize(), known)
    raise ValueError(f"NAME: unknown {name!r}{hint}")


def checks(subject: Subject) -> list[Case]:
    """The rows of `scratchgan gradcheck` that prove `subject`."""
    names = {each.__name__ for each in subject.objects}
    known = list(cases())
    own = [case for case in known if case.name.split()[0] in names]
    others = CHECKED_BY.get(subject.module, ())
    return own or [case for case in known if case.name.split()[0] in others]


def _whole(module: str, family: Family) -> Subject:
    """A module as a subject, with all that is public in it."""
    found = import_module(f"scratchgan.{module}")
    objects = [
        each
        for name, each in vars(found).items()
        if not name.startswith("_") and _is_explained(each, module)
    ]
    return Subject(module.split(".")[1], module, tuple(objects), family)


def _is_explained(each: Any, module: str) -> bool:
    """Whether `each` is a function or a class with behaviour, defined in `module`."""
    if getattr(each, "__module__", "") != f"scratchgan.{module}":
        return False
    if not inspect.isclass(each):
        return inspect.isfunction(each)
    names = ["__call__", *(n for n in vars(each) if not n.startswith("_"))]
    inherits = any(base.__module__ != "builtins" for base in each.__bases__)
    return inherits or any(inspect.isfunction(getattr(each, n)) for n in names)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
