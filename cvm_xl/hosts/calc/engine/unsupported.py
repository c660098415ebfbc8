"""What the engine does not do says so: no member of xlwings is a silent no-op."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import xlwings as xw

__all__ = ["Unsupported", "declared", "members", "sealed"]

_Class = TypeVar("_Class", bound=type)
_sealed: dict[str, type] = {}


class Unsupported(xw.XlwingsError, NotImplementedError):
    """A member of xlwings, or a value for it, that this engine does not know."""


def sealed(name: str) -> Callable[[_Class], _Class]:
    """Have every member of an xlwings class that ours leaves to its base raise `Unsupported`, with its name.

    What a class only annotates is set on its objects.
    """

    def seal(made: _Class) -> _Class:
        for member in vars(made).get("__annotations__", {}):
            setattr(made, member, None)  # no longer the base's property, which could not be set
        made.unsupported = frozenset(_missing(made))  # type: ignore[attr-defined]
        for member in made.unsupported:  # type: ignore[attr-defined]
            setattr(made, member, _raising(name, member, inspect.getattr_static(made, member)))
        _sealed[name] = made
        return made

    return seal


def declared() -> dict[str, type]:
    """The classes of the engine, by the names that xlwings gives them."""
    return dict(sorted(_sealed.items()))


def members(made: type) -> Iterator[str]:
    """The public members of the xlwings class behind one of ours, those for xlwings Lite aside."""
    base = next(one for one in made.__mro__ if one.__module__ == "xlwings.base_classes")
    for name in sorted(dir(base)):
        if not name.startswith("_") and not inspect.iscoroutinefunction(inspect.getattr_static(base, name)):
            yield name


def _missing(made: type) -> Iterator[str]:
    for name in members(made):
        if all(name not in vars(one) for one in made.__mro__ if one.__module__ != "xlwings.base_classes"):
            yield name


def _raising(owner: str, member: str, base: Any) -> Any:
    message = f"{owner}.{member} is not supported in LibreOffice Calc; see docs/calc-engine.md"

    def fail(*_: Any, **__: Any) -> Any:
        raise Unsupported(message)

    return property(fail, fail) if isinstance(base, property) else fail
