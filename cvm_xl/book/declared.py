"""What a workbook's tables, columns and settings are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

__all__ = ["DRIVERS", "LAYERS", "LEVELS", "UNASSIGNED", "Column", "Setting", "Table", "column", "normal"]

UNASSIGNED = "Unassigned"
"""What a sales line without a customer, product, channel ... is reported under."""

KINDS = ("id", "text", "number", "money", "share", "whole", "date", "flag", "choice", "value")


@lru_cache(4096, typed=True)
def normal(name: object) -> str:
    """A header as it is compared: without case, spaces and punctuation ("Net revenue" = "net_revenue")."""
    return re.sub(r"[\W_]+", "", str(name)).casefold()


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `kind` is one of `KINDS`; "value" holds a number or a text (Settings). `refers` names the table whose key
    (its last column) the column points to; `lo` and `hi` bound numbers (inclusive); `choices` are the allowed words
    of "choice", and for other kinds words to suggest. Two kinds of columns of an output table a refresh leaves as they
    are: with a `formula` every row has this one; in one that is `typed` an analyst enters what follows the row's key.
    """

    header: str
    kind: str
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    refers: str = ""
    lo: float | None = None
    hi: float | None = None
    width: int = 14
    formula: str = ""
    typed: bool = False

    @property
    def live(self) -> bool:
        """Whether what stands there is not a refresh's to write."""
        return self.typed or bool(self.formula)

    @property
    def name(self) -> str:
        """The column's name in Python: "Net revenue" -> "net_revenue"."""
        return re.sub(r"\W+", "_", self.header.lower()).strip("_")


@dataclass(frozen=True)
class Table:
    """One table. `extras` says that further columns are kept as attributes (Customers: Region, Owner ...)."""

    name: str
    help: str
    columns: tuple[Column, ...]
    role: str = "input"
    key: tuple[str, ...] = ()
    extras: bool = False
    starter: bool = False
    required: bool = False
    sheet_name: str = ""

    @property
    def sheet(self) -> str:
        return self.sheet_name or self.name

    def column(self, header: object) -> Column | None:
        """The column a header means, by any spelling, or None."""
        return self._by_name().get(normal(header))

    @cache  # noqa: B019  tables live as long as the program
    def _by_name(self) -> dict[str, Column]:
        return {normal(c.header): c for c in self.columns}

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)


@dataclass(frozen=True)
class Setting:
    """One row of Settings: its name as the user sees it, its kind, default and help.

    An empty value takes the default; of one that is `optional` it means none.
    """

    name: str
    kind: str
    default: float | str | None
    help: str
    lo: float | None = None
    hi: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False


DRIVERS = ("lines", "orders", "returns", "quantity", "list revenue", "net revenue", "cost of goods", "equal")
"""Drivers of cost pools that Sales itself supplies."""

LAYERS = ("pocket", "serve", "relationship", "company")
"""Where a pool stands in the P&L: off the price, cost to serve, acquisition and retention, company."""

LEVELS = ("line", "order", "customer", "segment", "product", "channel", "touch-point", "company")


def column(header: str, kind: str, text: str, **more: object) -> Column:
    """A column of a table."""
    return Column(header, kind, text, **more)  # type: ignore[arg-type]
