"""What sales lines are split by: an item for each line, by itself, through another, or two at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from cvm_xl.book.read import Book
from cvm_xl.book.schema import UNASSIGNED

__all__ = [
    "ALL_CUSTOMERS",
    "CROSS",
    "NO_SEGMENT",
    "NO_SEGMENTS",
    "RESTS",
    "Dimension",
    "labels",
    "segment_of",
    "through",
]

CROSS = " x "
ALL_CUSTOMERS = "All customers"
NO_SEGMENT = "No segment"
NO_SEGMENTS = (NO_SEGMENT, ALL_CUSTOMERS)
RESTS = ("Company level", "Unused capacity", "Unallocated")
"""Rows for costs that belong to no item: no one causes them, no one used them, no driver was found."""


@dataclass(frozen=True)
class Dimension:
    """What lines are split by: an item for each line. The last item is Unassigned.

    `of` maps the items of a finer dimension to those of this one (customers to segments): what is known of
    each customer, product ... holds for all its lines and costs. Of two dimensions at once, `first` is the first and
    `within` says which of its items each item (but Unassigned, which is empty) lies in.
    """

    name: str
    items: list[str]
    codes: np.ndarray
    of: np.ndarray | None = None
    parent: str = ""
    first: Dimension | None = None
    within: np.ndarray | None = None

    @property
    def unassigned(self) -> int:
        return len(self.items) - 1

    def through(self, name: str, items: list[str], of: np.ndarray) -> Dimension:
        """A coarser dimension, to whose items `of` maps those of this one."""
        return Dimension(name, items, of[self.codes], of, self.name)

    def crossed(self, second: Dimension) -> Dimension:
        """Two dimensions at once. Its items within one of the first sum to what that has, to the cent."""
        size = len(second.items)
        pair = self.codes.astype(np.int64) * size + second.codes
        found, codes = np.unique(pair, return_inverse=True)
        items = [f"{self.items[p // size]}{CROSS}{second.items[p % size]}" for p in found]
        name = f"{self.name}{CROSS}{second.name}"
        return Dimension(name, [*items, UNASSIGNED], codes, None, "", self, found // size)

    def parts(self, other: Dimension) -> np.ndarray:
        """Which item of another dimension each item lies in, of one that this is crossed from."""
        found = np.full(len(self.items), other.unassigned)
        found[self.codes] = other.codes
        return found


def segment_of(book: Book) -> tuple[dict[str, Any] | None, str]:
    """The segment of each customer, where any is given; and what those without are called."""
    customers = book.tables["Customers"].frame.drop_duplicates("customer") if "Customers" in book.tables else None
    if customers is None or "segment" not in customers or not customers["segment"].notna().any():
        return None, ALL_CUSTOMERS
    # as arrays of objects: a column of texts is slow to walk through
    names, segments = (customers[name].to_numpy(dtype=object) for name in ("customer", "segment"))
    return dict(zip(names, segments, strict=True)), NO_SEGMENT


def label(value: Any, missing: str, name: str) -> str:
    """What an item is called in a dimension; a word of ours that the analyst uses is told apart from ours."""
    blank = value is None or (isinstance(value, float) and np.isnan(value))
    text = missing if blank else str(value)
    return f"{text} ({name})" if text in (UNASSIGNED, *RESTS) else text


def labels(missing: str, name: str) -> Callable[[Any], str]:
    """`label` of many values of which few are distinct."""
    return lru_cache(maxsize=None, typed=True)(partial(label, missing=missing, name=name))


def through(parent: Dimension, known: Mapping[str, Any] | None, missing: str, name: str) -> Dimension:
    """A dimension known through another: the segment of each customer, the kind of each product."""
    shown = labels(missing, name)
    texts = [shown(known.get(item) if known else None) for item in parent.items[:-1]] + [UNASSIGNED]
    items = list(dict.fromkeys(texts[:-1]))
    items.append(UNASSIGNED)
    position = {item: i for i, item in enumerate(items)}
    return parent.through(name, items, np.array([position[text] for text in texts]))
