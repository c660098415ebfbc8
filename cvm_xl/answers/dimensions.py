"""What sales can be split by beyond the columns of Sales: attributes, calendar, cohort, basket, tier, two at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.splits import CROSS, Dimension, through
from cvm_xl.book.schema import UNASSIGNED, normal
from cvm_xl.errors import BookError, Place

if TYPE_CHECKING:
    from cvm_xl.book.read import Book

__all__ = [
    "COHORT",
    "CROSS",
    "CROSS_SELL",
    "TIER",
    "calendar",
    "dimension",
    "names",
    "own_columns",
    "with_tiers",
]

COHORT, CROSS_SELL, TIER = "Cohort", "Cross-sell", "Tier"
CALENDAR = ("Month", "Quarter", "Year")
FIXED = ("Segment", "Customer", "Product", "Kind", "Channel", "Touch-point", *CALENDAR, COHORT, CROSS_SELL, TIER)
FIRST_PRODUCT, BASKET, NEITHER = "First product", "Rest of the basket", "Fees and returns"
ALIASES = {"productkind": "Kind", "touchpoint": "Touch-point", "crosssell": CROSS_SELL}


def names(book: Book) -> dict[str, str]:
    """Every name that a dimension of this book can have, by its normal form: fixed ones, then columns of one's own."""
    known = {normal(name): name for name in FIXED} | ALIASES
    for table in ("Customers", "Products", "Sales"):
        for column in own_columns(book, table):
            known.setdefault(normal(column), column)
    return known


def own_columns(book: Book, table: str) -> list[str]:
    """The columns of a table that are the analyst's own."""
    found = book.tables.get(table)
    return [] if found is None else [str(c) for c in found.frame if found.schema.column(c) is None]


def dimension(facts: Facts, name: str) -> Dimension:
    """The dimension of that name, by any spelling; two at once as "Segment x Channel". Made once, then kept.

    Raises
    ------
    BookError
        When nothing in the workbook is called so.
    """
    if name in facts.dimensions:
        return facts.dimensions[name]
    parts = [part.strip() for part in name.replace("×", "x").split(CROSS)]
    if len(parts) > 1:
        made = dimension(facts, parts[0])
        for part in parts[1:]:
            made = made.crossed(dimension(facts, part))
        return facts.dimensions.setdefault(made.name, made)
    known = names(facts.book)
    spelled = known.get(normal(name))
    if spelled is None:
        raise BookError(
            f"nothing is called {name} by which sales could be split",
            remedy=f"There are: {', '.join(dict.fromkeys(known.values()))}; two at once as Segment x Channel",
        )
    if spelled not in facts.dimensions:
        facts.dimensions[spelled] = _made(facts, spelled)
    return facts.dimensions[spelled]


def _made(facts: Facts, name: str) -> Dimension:
    if (made := facts.made(name)) is not None:
        return made
    if name in CALENDAR:
        return _coded(facts, name, calendar(facts.dates[facts.sold], name, _start(facts)))
    if name == COHORT:
        return through(facts.dimensions["Customer"], _cohorts(facts), f"No {COHORT}", COHORT)
    if name == CROSS_SELL:
        return _coded(facts, name, _baskets(facts))
    if name == TIER:
        raise BookError(
            "tiers follow from costs, so no rule of a cost can ask for them",
            place=Place(table="CostPools"),
            remedy="Filter by another attribute of customers",
        )
    for table, key, parent in (("Customers", "customer", "Customer"), ("Products", "product", "Product")):
        frame = facts.frame(table)
        if frame is not None and name in frame:
            frame = frame.drop_duplicates(key)
            known = dict(zip(frame[key], frame[name], strict=True))
            return through(facts.dimensions[parent], known, f"No {name}", name)
    values = facts.book.tables["Sales"].frame[name].to_numpy(dtype=object)[facts.lines]
    return _coded(facts, name, values)


def _start(facts: Facts) -> int:
    return int(facts.settings["fiscal_year_starts"])


def _coded(facts: Facts, name: str, values: np.ndarray) -> Dimension:
    """A dimension of the lines themselves; what has no line is Unassigned. Calendars stand in order."""
    codes, items = pd.factorize(values, use_na_sentinel=True, sort=name in CALENDAR)
    texts = list(map(str, items))
    full = np.full(len(facts.sold), len(texts))
    full[facts.sold] = np.where(codes < 0, len(texts), codes)
    return Dimension(name, [*texts, UNASSIGNED], full)


def calendar(dates: np.ndarray, unit: str, first_month: int = 1) -> np.ndarray:
    """The month, quarter or year of each day, as text that sorts: 2024-03, 2024 Q1, 2024.

    A fiscal year that starts in another month bears the year in which it ends: FY2025 Q1.
    """
    days, inverse = np.unique(dates.astype("datetime64[M]"), return_inverse=True)
    month = days.astype(int) % 12
    year = days.astype(int) // 12 + 1970
    if unit == "Month":
        texts = days.astype(str)
    else:
        into = (month - (first_month - 1)) % 12
        ends = year + (month >= first_month - 1) * (first_month > 1)
        label = [f"{'FY' if first_month > 1 else ''}{y}" for y in ends]
        texts = label if unit == "Year" else [f"{y} Q{q}" for y, q in zip(label, into // 3 + 1, strict=True)]
    return np.array(texts, dtype=object)[inverse]


def _cohorts(facts: Facts) -> dict[str, str]:
    """The quarter of each customer's first purchase, before the period too."""
    sales = facts.book.tables["Sales"].frame
    if "customer" not in sales:
        return {}
    bought = sales["customer"].notna() & sales["date"].notna()
    if "quantity" in sales:
        bought &= ~(sales["quantity"] < 0)
    first = sales[bought].groupby("customer")["date"].min()
    quarter = calendar(first.to_numpy().astype("datetime64[D]"), "Quarter", _start(facts))
    return dict(zip(map(str, first.index), quarter, strict=True))


def _baskets(facts: Facts) -> np.ndarray:
    """Whether a line is of the first product of its order or of the rest of the basket."""
    bought = (facts.goods & (facts.quantity > 0))[facts.sold]
    orders = facts.orders[facts.sold]
    product = facts.dimensions["Product"].codes[facts.sold]
    rows = np.flatnonzero(bought)
    _, first = np.unique(orders[rows], return_index=True)
    lead = np.full(int(orders.max(initial=0)) + 1, -1)
    lead[orders[rows[first]]] = product[rows[first]]
    return np.where(bought, np.where(product == lead[orders], FIRST_PRODUCT, BASKET), NEITHER)


def with_tiers(facts: Facts, customers: Sequence[str], tiers: Sequence[str], labels: Sequence[str]) -> None:
    """Make the dimension Tier of what customers turned out to be, the best tier first."""
    known = dict(zip(customers, tiers, strict=True))
    customer = facts.dimensions["Customer"]
    items = [*labels, UNASSIGNED]
    place = {item: i for i, item in enumerate(items)}
    of = np.array([place.get(known.get(item, UNASSIGNED), len(labels)) for item in customer.items])
    facts.dimensions[TIER] = customer.through(TIER, items, of)
