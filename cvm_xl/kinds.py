"""Kinds of arguments: what a cell may hold and which shape an argument has.

A function is annotated `Annotated[Floats, Column(MONEY, "help")]`; hosts, help, checks and derived tests read the
annotation. `Value` speaks of one cell, the shapes (`Scalar`, `Column` ...) of a whole argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COUNT",
    "DATE",
    "FLAG",
    "KEY",
    "MARGIN",
    "MONEY",
    "NUMBER",
    "POSITIVE",
    "RATE",
    "SHARE",
    "TEXT",
    "UNSIGNED",
    "WHOLE",
    "Column",
    "Columns",
    "Floats",
    "Keys",
    "Matrix",
    "Named",
    "Params",
    "ParamsDict",
    "Scalar",
    "Series",
    "Shape",
    "Value",
]

Floats = NDArray[np.float64]
Keys = NDArray[np.object_]
ParamsDict = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """What one cell may hold.

    `what` is "number", "text", "date", "flag" (TRUE/FALSE, 1/0), or "key" (any of text, number, date: an identity).
    Bounds are inclusive unless `above` or `below` says otherwise.
    """

    what: Literal["number", "text", "date", "flag", "key"] = "number"
    lo: float | None = None
    hi: float | None = None
    above: float | None = None
    below: float | None = None
    whole: bool = False
    choices: tuple[str, ...] = ()

    def outside(self, numbers: Floats) -> NDArray[np.bool_]:
        """Where numbers break a bound; NaN (an empty cell) breaks none."""
        bad = np.isinf(numbers)
        if self.lo is not None:
            bad |= numbers < self.lo
        if self.hi is not None:
            bad |= numbers > self.hi
        if self.above is not None:
            bad |= numbers <= self.above
        if self.below is not None:
            bad |= numbers >= self.below
        if self.whole:
            with np.errstate(invalid="ignore"):
                bad |= np.isfinite(numbers) & (numbers != np.floor(numbers))
        return bad

    def bounds(self) -> str:
        """The bounds in words: "from 0 to 1", "above 0"."""
        parts: list[str] = []
        if self.whole:
            parts.append("a whole number")
        if self.lo is not None and self.hi is not None:
            parts.append(f"from {self.lo:g} to {self.hi:g}")
        elif self.lo is not None:
            parts.append(f"{self.lo:g} or more")
        elif self.hi is not None:
            parts.append(f"at most {self.hi:g}")
        if self.above is not None:
            parts.append(f"above {self.above:g}")
        if self.below is not None:
            parts.append(f"below {self.below:g}")
        return " and ".join(parts) if parts else "a finite number"


NUMBER = Value()
MONEY = Value()
UNSIGNED = Value(lo=0)
POSITIVE = Value(above=0)
SHARE = Value(lo=0, hi=1)
MARGIN = Value(lo=0, below=1)
RATE = Value(above=-1)
WHOLE = Value(whole=True)
COUNT = Value(lo=0, whole=True)
TEXT = Value("text")
DATE = Value("date")
FLAG = Value("flag")
KEY = Value("key")

Blank = Literal["error", "zero", "keep"]


@dataclass(frozen=True)
class Shape:
    """A whole argument: what its cells hold and its help (at most 255 characters)."""

    value: Value
    help: str


@dataclass(frozen=True)
class Scalar(Shape):
    """One cell. Arrives as float, str, bool or numpy.datetime64 (day); None when omitted without a default."""


@dataclass(frozen=True)
class Aligned(Shape):
    """One row per object; all aligned arguments have the same height, one row serves all.

    `blank` says what an empty cell in a row that is not wholly empty means: "error", "zero", or "keep" (NaN, or None
    in keys and texts). In an optional argument an empty cell always takes the default.
    """

    blank: Blank = field(default="error", kw_only=True)


@dataclass(frozen=True)
class Column(Aligned):
    """One column: arrives as an array of n values.

    `table` makes the argument accept a whole table: each column whose header is the name of an argument goes there.
    """

    table: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Columns(Aligned):
    """One or more columns: arrives as an n x k array, with `named` as `Named`."""

    named: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Series(Shape):
    """A vector with a length of its own, in a row or a column; empty cells are left out."""


@dataclass(frozen=True)
class Matrix(Shape):
    """A grid with a shape of its own: r x c array; with `named` as `Named`. Empty cells are NaN (None in texts)."""

    named: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Params(Shape):
    """A fitted model: two columns, name and value. `models` are the models it may be (the row `model`)."""

    models: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Named:
    """A grid with the names it came with.

    Attributes
    ----------
    values : array, r x c
    names : list of str or None
        Header of each column.
    labels : list of str or None
        Texts of a first column of labels (the column is not part of `values`).
    """

    values: NDArray[Any]
    names: list[str] | None = None
    labels: list[str] | None = None
