"""Dimensions of sales lines that lie elsewhere: what to group by there, and which item each group is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import LinesElsewhere
from cvm_xl.answers.splits import CROSS, Dimension
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.data.lines import Attribute, Lines

__all__ = ["Split", "coded"]

NONE = np.zeros(0, dtype=int)


@dataclass(frozen=True, kw_only=True)
class Split(Dimension):
    """A dimension of lines elsewhere: the columns that it groups by, and which item a group is.

    `unsold` are the items of the objects without a sales line; `finer` is the dimension that this one is known through.
    """

    lines: Lines
    columns: tuple[str, ...]
    at: Callable[[pd.DataFrame], np.ndarray]
    unsold: np.ndarray = field(default_factory=lambda: NONE)
    finer: Split | None = None

    def __getattribute__(self, name: str) -> Any:
        if name == "codes":
            raise LinesElsewhere
        return super().__getattribute__(name)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """The sums of the lines by the columns."""
        return self.lines.by(*self.columns)

    @cached_property
    def items_of_groups(self) -> np.ndarray:
        return self.at(self.groups)

    def summed(self, name: str, *, bought: bool = False) -> np.ndarray:
        """What the lines of each item sum to, or those with a quantity above 0 (`bought`)."""
        groups = self.lines.by(*self.columns, bought=True) if bought else self.groups
        at = self.at(groups) if bought else self.items_of_groups
        if name not in groups:
            raise LinesElsewhere
        return np.bincount(at, groups[name].to_numpy(dtype=float), minlength=len(self.items))

    def through(self, name: str, items: list[str], of: np.ndarray) -> Split:
        at = self.at
        return Split(
            name, items, NONE, of, self.name, lines=self.lines, columns=self.columns, at=lambda rows: of[at(rows)],
            unsold=of[self.unsold], finer=self,
        )  # fmt: skip

    @cached_property
    def apart(self) -> Split:
        """The same, grouped for itself: what is known of customers or products not by these, but as an attribute."""
        if self.of is None or self.finer is None or self.finer.of is not None:
            return self
        name = f"of {self.name}"
        if name not in self.lines.attributes:
            pairs = zip(self.finer.items[:-1], self.of[:-1], strict=True)
            known = {item: self.items[i] for item, i in pairs}
            self.lines.attributes[name] = Attribute(name, self.columns[0], known)
        found = coded(self.lines, self.name, name, self.items[:-1], self.unsold)
        return found

    def crossed(self, second: Dimension) -> Split:
        assert isinstance(second, Split)
        left, right = self.apart, second.apart
        size = len(second.items)
        columns = tuple(dict.fromkeys((*left.columns, *right.columns)))

        def pair(rows: pd.DataFrame) -> np.ndarray:
            return left.at(rows).astype(np.int64) * size + right.at(rows)

        unsold = self.unsold.astype(np.int64) * size + second.unsold
        there = np.unique(np.concatenate([pair(self.lines.by(*columns)), unsold]))
        items = [f"{self.items[p // size]}{CROSS}{second.items[p % size]}" for p in there]
        return Split(
            f"{self.name}{CROSS}{second.name}",
            [*items, UNASSIGNED],
            NONE,
            first=self,
            within=there // size,
            lines=self.lines,
            columns=columns,
            at=lambda rows: np.searchsorted(there, pair(rows)),
            unsold=np.searchsorted(there, unsold),
        )

    def parts(self, other: Dimension) -> np.ndarray:
        assert isinstance(other, Split)
        found = np.full(len(self.items), other.unassigned)
        found[self.items_of_groups] = other.apart.at(self.groups)
        found[self.unsold] = other.unsold
        return found


def coded(
    lines: Lines,
    name: str,
    column: str,
    items: list[str],
    unsold: np.ndarray,
    position: Mapping[Any, int] | None = None,
) -> Split:
    """The dimension that a column is: by its values, or where `position` says which item a value is."""
    place = {item: i for i, item in enumerate(items)} if position is None else position

    def at(rows: pd.DataFrame) -> np.ndarray:
        values = rows[column].to_numpy(dtype=object)  # a column of texts is slow to walk through
        return np.fromiter((place.get(value, len(items)) for value in values), int, len(values))

    return Split(name, [*items, UNASSIGNED], NONE, lines=lines, columns=(column,), at=at, unsold=unsold)
