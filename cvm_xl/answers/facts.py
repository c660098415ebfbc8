"""The sales lines of a workbook as arrays: complete, in whole minor units, coded by everything they are split by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.amounts import amounts, products, rounded
from cvm_xl.answers.amounts import ids as id_column
from cvm_xl.answers.rates import in_one_currency
from cvm_xl.book.read import Book
from cvm_xl.book.schema import UNASSIGNED, normal
from cvm_xl.errors import BookError, NotAvailable, Place
from cvm_xl.figures import figure
from cvm_xl.functions.lifetime_fit import CVM_SUMMARY
from cvm_xl.models.money import group_sums

__all__ = [
    "ALL_CUSTOMERS",
    "CROSS",
    "NO_SEGMENT",
    "RESTS",
    "Dimension",
    "Facts",
    "LinesElsewhere",
    "Sums",
    "facts",
    "idle",
    "label",
    "segment_of",
    "through",
]

CROSS = " x "
ALL_CUSTOMERS = "All customers"
NO_SEGMENT = "No segment"
RESTS = ("Company level", "Unused capacity", "Unallocated")
"""Rows for costs that belong to no item: no one causes them, no one used them, no driver was found."""
GOODS = ("product", "service")


class LinesElsewhere(NotAvailable):
    """An answer that needs the sales lines one by one, of sales that lie outside the workbook."""

    def __init__(self) -> None:
        super().__init__(
            "it needs the sales lines one by one, and these lie outside the workbook: more than a sheet holds"
        )


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


@dataclass(frozen=True)
class Sums:
    """What the sales lines of each item sum to: their number, and money in whole minor units."""

    lines: np.ndarray
    list_revenue: np.ndarray
    net_revenue: np.ndarray
    cost_of_goods: np.ndarray


@dataclass(frozen=True)
class Facts:
    """Sales lines of the period, and objects without sales that cost something (`sold` is False there).

    Amounts are money rounded to the currency's smallest unit, line by line, as an invoice is. Of lines that lie outside
    the workbook (`answers.sourced`) the methods say the same; the columns of lines raise `LinesElsewhere`.
    """

    settings: Mapping[str, Any]
    book: Book
    dates: np.ndarray
    quantity: np.ndarray
    list_revenue: np.ndarray
    net_revenue: np.ndarray
    cost_of_goods: np.ndarray
    sold: np.ndarray
    goods: np.ndarray
    """Lines of products and services: what is picked, delivered and bought; fees and adjustments are not."""
    orders: np.ndarray
    lines: np.ndarray
    """Rows of Sales that the lines are, without the objects that follow them."""
    dimensions: dict[str, Dimension]
    """What is split by so far; `dimensions.dimension` makes more by name."""
    entered: float | None
    """Sum of Net revenue as the analyst entered it; None where some lines leave it to be computed."""
    notes: list[str] = field(default_factory=list)

    def frame(self, table: str) -> pd.DataFrame | None:
        """An input table with rows, or None."""
        found = self.book.tables.get(table)
        return None if found is None or found.frame.empty else found.frame

    @property
    def decimals(self) -> int:
        return int(self.settings["decimals"])

    def sums(self, dimension: Dimension) -> Sums:
        """What the lines of each item of a dimension sum to."""
        n = len(dimension.items)
        money = (self.list_revenue, self.net_revenue, self.cost_of_goods)
        lines = np.bincount(dimension.codes, self.sold, minlength=n)
        return Sums(lines, *(group_sums(values, dimension.codes, n) for values in money))

    @cached_property
    def total(self) -> Sums:
        """The sums of all lines, of one item."""
        money = (self.list_revenue, self.net_revenue, self.cost_of_goods)
        return Sums(np.array([float(self.sold.sum())]), *(np.array([values.sum()]) for values in money))

    @cached_property
    def days(self) -> tuple[np.datetime64, np.datetime64]:
        """The first and the last day with a line."""
        sold = self.dates[self.sold]
        return sold.min(), sold.max()

    def quantities(self, dimension: Dimension) -> np.ndarray:
        """The quantity of each item of a dimension, returns taken off."""
        return group_sums(self.quantity, dimension.codes, len(dimension.items))

    def made(self, name: str) -> Dimension | None:
        """A dimension that is not made of the lines here; None where it is."""
        del name
        return None

    def during(self, names: Sequence[str], days: Sequence[tuple[np.datetime64, np.datetime64]]) -> Dimension:
        """The dimension Period: each item a first and a last day; other lines are Unassigned."""
        codes = np.full(len(self.sold), len(names))
        for i, (first, last) in enumerate(days):
            codes[self.sold & (self.dates >= first) & (self.dates <= last)] = i
        return Dimension("Period", [*names, UNASSIGNED], codes)

    def before(self) -> set[str]:
        """The customers who have a line before the period of Settings."""
        sales = self.book.tables["Sales"].frame
        start = self.settings["period_start"]
        if "customer" not in sales or start is None:
            return set()
        early = sales["date"].to_numpy().astype("datetime64[D]") < np.datetime64(start, "D")
        return set(sales.loc[early, "customer"].dropna().astype(str))

    def buyers(self, dimension: Dimension) -> tuple[np.ndarray, np.ndarray]:
        """How many customers bought in each item of a dimension, and what the median of them spent there."""
        customer = self.dimensions["Customer"]
        sold = self.sold & (customer.codes != customer.unassigned) & (self.quantity > 0)
        spent = pd.DataFrame({"item": dimension.codes[sold], "who": customer.codes[sold]})
        spent["money"] = self.net_revenue[sold]
        each = spent.groupby(["item", "who"])["money"].sum().groupby("item").agg(["size", "median"])
        each = each.reindex(range(len(dimension.items))).fillna(0.0)
        return each["size"].to_numpy(dtype=int), each["median"].to_numpy()

    def visits(self) -> pd.DataFrame:
        """By the code of each customer who paid for something: `first` and `last` day of it, and `orders`."""
        customer = self.dimensions["Customer"]
        paid = self.sold & (self.net_revenue > 0) & (customer.codes != customer.unassigned)
        lines = pd.DataFrame({"who": customer.codes[paid], "day": self.dates[paid], "order": self.orders[paid]})
        found = lines.groupby("who").agg(first=("day", "min"), last=("day", "max"))
        found["orders"] = lines.drop_duplicates(["who", "order"]).groupby("who").size()
        return found

    def purchases(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Customer's code, day and net revenue of the lines that are purchases or returns of a customer."""
        customer, kind = self.dimensions["Customer"], self.dimensions["Kind"]
        bought = self.sold & (customer.codes != customer.unassigned)
        bought &= np.array([item != "adjustment" for item in kind.items])[kind.codes]
        return customer.codes[bought], self.dates[bought], self.net_revenue[bought]

    def history(self, end: np.datetime64, unit: str) -> dict[str, np.ndarray]:
        """What CVM_SUMMARY says of the customers who bought until a day; `customer` are their codes."""
        return CVM_SUMMARY(*self.purchases(), end=end, unit=unit)


def facts(book: Book, settings: Mapping[str, Any]) -> Facts:
    """Sales with what is absent derived: list price, net revenue, cost of goods, customers, products.

    Raises
    ------
    BookError
        When Sales is absent, or empty within the period.
    """
    if "Sales" in book.sources:
        from cvm_xl.answers.sourced import sourced_facts

        return sourced_facts(book, settings)
    if "Sales" not in book.tables:
        raise BookError("the workbook has no table Sales", place=Place(table="Sales"), remedy="cvm-xl new adds it")
    sales = book.tables["Sales"].frame
    place = Place(book.tables["Sales"].sheet, "Sales")
    if sales.empty:
        raise BookError("the table is empty", place=place, remedy="Enter sales, or: cvm-xl import --table Sales FILE")
    notes: list[str] = []
    dates = sales["date"].to_numpy().astype("datetime64[D]")
    inside = np.ones(len(sales), dtype=bool)
    if settings["period_start"] is not None:
        inside &= dates >= np.datetime64(settings["period_start"], "D")
    if settings["period_end"] is not None:
        inside &= dates <= np.datetime64(settings["period_end"], "D")
    if not inside.any():
        raise BookError(
            "no sales line lies within the period of Settings",
            place=place,
            remedy=f"Sales run from {dates.min()} to {dates.max()}; correct Period start and Period end",
        )
    if not inside.all():
        notes.append(f"{figure(int((~inside).sum()))} sales lines outside the period were left out")
        sales, dates = sales[inside], dates[inside]

    sales = in_one_currency(book, sales, dates, settings)
    known = products(book)
    ids = {name: id_column(sales, name) for name in ("customer", "product", "channel", "touch_point", "order")}
    quantity, *exact = amounts(sales, book.tables["Sales"].coded("product"), inside, known, notes)
    listed, net, cost = rounded(book.tables["Sales"], sales, exact, int(settings["decimals"]), notes)
    unsold = idle(book, ids)  # objects with cost but without a sales line
    n, m = len(sales), len(unsold)
    zeros = np.zeros(m)
    dimensions = {}
    for name, column in (
        ("Customer", "customer"),
        ("Product", "product"),
        ("Channel", "channel"),
        ("Touch-point", "touch_point"),
    ):
        extra = np.array([key if where == column else None for where, key in unsold], dtype=object)
        # in the order of names, so that the order of rows does not decide who bears an odd cent
        codes, items = _in_order(*book.tables["Sales"].coded(column), inside, extra)
        dimensions[name] = Dimension(name, [*map(str, items), UNASSIGNED], codes)
    kinds = through(dimensions["Product"], known.get("kind"), "product", "Kind")
    dimensions["Kind"] = kinds
    dimensions["Segment"] = through(dimensions["Customer"], *segment_of(book), "Segment")
    goods = np.isin(kinds.items, [*GOODS, UNASSIGNED])[kinds.codes]
    order_codes, _ = pd.factorize(ids["order"], use_na_sentinel=True)
    if (order_codes < 0).any():  # without order numbers, what a customer buys on a day is an order
        days = pd.factorize(dates)[0]
        alone = pd.factorize(dimensions["Customer"].codes[:n] * (int(days.max()) + 2) + days)[0]
        order_codes = np.where(order_codes < 0, order_codes.max() + 1 + alone, order_codes)
    return Facts(
        settings=settings,
        book=book,
        dates=np.concatenate([dates, np.full(m, dates.max())]),
        quantity=np.concatenate([quantity, zeros]),
        list_revenue=np.concatenate([listed, zeros]),
        net_revenue=np.concatenate([net, zeros]),
        cost_of_goods=np.concatenate([cost, zeros]),
        sold=np.concatenate([np.ones(n, dtype=bool), np.zeros(m, dtype=bool)]),
        goods=goods & np.concatenate([np.ones(n, dtype=bool), np.zeros(m, dtype=bool)]),
        orders=np.concatenate([order_codes, np.full(m, -1)]),
        lines=np.flatnonzero(inside),
        dimensions=dimensions,
        entered=_entered(sales),
        notes=notes,
    )


def _entered(sales: pd.DataFrame) -> float | None:
    if "net_revenue" not in sales or sales["net_revenue"].isna().any():
        return None
    return math.fsum(sales["net_revenue"])


def segment_of(book: Book) -> tuple[dict[str, Any] | None, str]:
    """The segment of each customer, where any is given; and what those without are called."""
    customers = book.tables["Customers"].frame.drop_duplicates("customer") if "Customers" in book.tables else None
    if customers is None or "segment" not in customers or not customers["segment"].notna().any():
        return None, ALL_CUSTOMERS
    return dict(zip(customers["customer"], customers["segment"], strict=True)), NO_SEGMENT


def _in_order(
    codes: np.ndarray, names: np.ndarray, inside: np.ndarray, extra: np.ndarray
) -> tuple[np.ndarray, list[object]]:
    """Codes of the lines inside and of further names, and the names that occur, in their order; of blanks, the last."""
    codes = codes if inside.all() else codes[inside]
    used = np.bincount(codes + 1, minlength=len(names) + 1)[1:] > 0
    items = sorted({*names[used], *(key for key in extra if key is not None)})
    position = {item: i for i, item in enumerate(items)}
    place = np.array([*(position.get(name, -1) for name in names), len(items)])  # blanks have the code -1
    return np.concatenate([place[codes], [position.get(key, len(items)) for key in extra]]), items


_LEVEL_COLUMNS = {"customer": "customer", "product": "product", "channel": "channel", "touch-point": "touch_point"}


def idle(book: Book, ids: Mapping[str, np.ndarray]) -> list[tuple[str, str]]:
    """Objects of the table Drivers without a sales line, at the level of the rules that use the driver.

    The last stands for what cannot be told at all: everything about it is Unassigned.
    """
    drivers = book.tables.get("Drivers")
    rules = [book.tables[name].frame for name in ("CostPools", "Activities") if name in book.tables]
    if drivers is None or not rules or drivers.frame.empty:
        return [("", "")]
    names = drivers.frame["driver"].map(normal)
    found: dict[tuple[str, str], None] = {}
    used = [pair for frame in rules for pair in zip(frame.get("level", []), frame.get("driver", []), strict=False)]
    for level, driver in dict.fromkeys(used):
        column = _LEVEL_COLUMNS.get(level or "")
        if column is None:
            continue
        mine = drivers.frame[(names == normal(driver)) & (drivers.frame["volume"] > 0)]
        there = set(ids[column])
        found |= {(column, str(key)): None for key in mine["object"] if key is not None and key not in there}
    return [*found, ("", "")]


def label(value: Any, missing: str, name: str) -> str:
    """What an item is called in a dimension; a word of ours that the analyst uses is told apart from ours."""
    blank = value is None or (isinstance(value, float) and np.isnan(value))
    text = missing if blank else str(value)
    return f"{text} ({name})" if text in (UNASSIGNED, *RESTS) else text


def through(parent: Dimension, known: Mapping[str, Any] | None, missing: str, name: str) -> Dimension:
    """A dimension known through another: the segment of each customer, the kind of each product."""
    texts = [label(known.get(item) if known else None, missing, name) for item in parent.items[:-1]] + [UNASSIGNED]
    items = list(dict.fromkeys(texts[:-1]))
    items.append(UNASSIGNED)
    position = {item: i for i, item in enumerate(items)}
    return parent.through(name, items, np.array([position[text] for text in texts]))
