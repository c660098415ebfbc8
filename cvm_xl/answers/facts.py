"""The sales lines of a workbook as arrays: complete, in whole minor units, coded by everything they are split by."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cvm_xl.answers.amounts import amounts, products, rounded
from cvm_xl.answers.amounts import ids as id_column
from cvm_xl.answers.rates import in_one_currency
from cvm_xl.answers.splits import NO_SEGMENTS, Dimension, segment_of, through
from cvm_xl.book.read import Book
from cvm_xl.book.schema import UNASSIGNED, normal
from cvm_xl.errors import BookError, NotAvailable, Place
from cvm_xl.functions.growth import CVM_WHITESPACE
from cvm_xl.functions.lifetime_fit import CVM_SUMMARY
from cvm_xl.models.money import group_sums
from cvm_xl.problems import numbered

__all__ = ["NOT_PROMOTED", "PROMOTION", "Bought", "Facts", "LinesElsewhere", "Sums", "facts", "idle"]

GOODS = ("product", "service")
PROMOTION, NOT_PROMOTED = "promotion", ("", "0", "0.0", "false", "no")


class LinesElsewhere(NotAvailable):
    """An answer that needs the sales lines one by one, of sales that lie outside the workbook."""

    def __init__(self) -> None:
        super().__init__(
            "it needs the sales lines one by one, and these lie outside the workbook: more than a sheet holds"
        )


@dataclass(frozen=True)
class Sums:
    """What the sales lines of each item sum to: their number, and money in whole minor units."""

    lines: np.ndarray
    list_revenue: np.ndarray
    net_revenue: np.ndarray
    cost_of_goods: np.ndarray


class Bought(NamedTuple):
    """What lines with a quantity above 0 sum to, by item: units, and money."""

    quantity: np.ndarray
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

    def rows(self, table: str) -> int:
        """How many rows an input table has."""
        found = self.frame(table)
        return 0 if found is None else len(found)

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

    def during(
        self, names: Sequence[str], days: Sequence[tuple[np.datetime64, np.datetime64]], called: str = "Period"
    ) -> Dimension:
        """A dimension of periods, each with a first and a last day; other lines are Unassigned."""
        codes = np.full(len(self.sold), len(names))
        for i, (first, last) in enumerate(days):
            codes[self.sold & (self.dates >= first) & (self.dates <= last)] = i
        return Dimension(called, [*names, UNASSIGNED], codes)

    def bought(self, dimension: Dimension) -> Bought:
        """What was bought of each item of a dimension: lines with a quantity above 0."""
        sold = self.sold & (self.quantity > 0)
        amounts = (self.quantity, self.net_revenue, self.cost_of_goods)
        return Bought(*(np.bincount(dimension.codes[sold], a[sold], minlength=len(dimension.items)) for a in amounts))

    def line_days(self, dimension: Dimension, *, bought: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """The first and the last day with a line of each item, NaT without; of goods that were `bought`."""
        mine = self.goods & (self.quantity > 0) if bought else self.sold
        codes, days = dimension.codes[mine], self.dates[mine].astype("datetime64[D]")
        first = np.full(len(dimension.items), np.datetime64("9999-12-31", "D"))
        last = np.full(len(dimension.items), np.datetime64("0001-01-01", "D"))
        np.minimum.at(first, codes, days)
        np.maximum.at(last, codes, days)
        never = first > last
        first[never] = last[never] = np.datetime64("NaT")
        return first, last

    def orders_of(self, dimension: Dimension) -> np.ndarray:
        """How many orders have bought something of each item."""
        bought = self.sold & (self.quantity > 0)
        size = int(self.orders.max()) + 1
        pairs = np.unique(dimension.codes[bought].astype(np.int64) * size + self.orders[bought])
        return np.bincount(pairs // size, minlength=len(dimension.items))

    def coverage(self) -> dict[str, float]:
        """Net revenue without its sign: `revenue` in all, and with a `customer`, `product`, `segment`; of `goods`, and
        of those whose cost is `known`.
        """
        money, parts = np.abs(self.net_revenue), {"goods": self.goods, "known": self.goods & (self.cost_of_goods != 0)}
        for name in ("Customer", "Product", "Segment"):
            dimension = self.dimensions[name]
            named = np.isin(np.array(dimension.items, dtype=object), [*NO_SEGMENTS, UNASSIGNED], invert=True)
            parts[name.lower()] = named[dimension.codes]
        return {"revenue": float(money.sum()), **{name: float(money[part].sum()) for name, part in parts.items()}}

    def paid_prices(self, products: Collection[str]) -> pd.DataFrame:
        """What customers bought of some products: codes of customer and product, units, net, and share.

        `share` is that of the customer's revenue, without products given away.
        """
        customer, product = self.dimensions["Customer"], self.dimensions["Product"]
        sold = self.sold & (self.quantity > 0) & (customer.codes != customer.unassigned)
        columns = {
            "customer": customer.codes,
            "product": product.codes,
            "units": self.quantity,
            "net": self.net_revenue,
        }
        lines = pd.DataFrame({name: values[sold] for name, values in columns.items()})
        found = lines.groupby(["customer", "product"], as_index=False)[["units", "net"]].sum()
        paid = found["net"].clip(lower=0.0).groupby(found["customer"]).transform("sum")
        found["share"] = found["net"] / paid.where(paid > 0)
        return found[np.isin(np.array(product.items, dtype=object), list(products))[found["product"]]]

    def _promoted(self) -> np.ndarray:
        """1 for each line that a column Promotion of the analyst's own in Sales marks, by whatever but a no."""
        marked = np.zeros(len(self.sold))
        frame = self.book.tables["Sales"].frame
        column = next((name for name in frame if normal(name) == PROMOTION), None)
        if column is not None:
            texts = [
                "" if x is None or x != x else str(x).strip().casefold() for x in frame[column].to_numpy(dtype=object)
            ]
            marked[self.sold] = np.isin(texts, NOT_PROMOTED, invert=True)[self.lines]
        return marked

    def prices_over_time(self, products: Collection[str], months: int) -> pd.DataFrame:
        """What was bought of some products in each period of so many months since 1970: a row each, in their order.

        `product`, `period`, `units`, `net`, and `promotion`, the share of its lines that a column Promotion marks.
        """
        product = self.dimensions["Product"]
        mine = np.isin(np.array(product.items, dtype=object), list(products))[product.codes]
        sold = self.sold & (self.quantity > 0) & mine
        lines = pd.DataFrame({"product": np.array(product.items, dtype=object)[product.codes[sold]]})
        lines["period"] = self.dates[sold].astype("datetime64[M]").astype(int) // months
        lines["units"], lines["net"], lines["promotion"] = (
            self.quantity[sold],
            self.net_revenue[sold],
            self._promoted()[sold],
        )
        return lines.groupby(["product", "period"], as_index=False).agg(
            units=("units", "sum"), net=("net", "sum"), promotion=("promotion", "mean")
        )

    def white_space(self, top: int, never: np.ndarray) -> Mapping[str, np.ndarray]:
        """CVM_WHITESPACE of goods: at most `top` products for each customer, and `never` some.

        Raises
        ------
        NotAvailable
            When there is nothing to propose.
        """
        customer, product = self.dimensions["Customer"], self.dimensions["Product"]
        lines = np.flatnonzero(
            self.goods & (customer.codes != customer.unassigned) & (product.codes != product.unassigned)
        )
        # By names, so that the order of rows does not decide between products that promise the same.
        lines = lines[np.argsort(product.codes[lines], kind="stable")]
        who, what = (np.array(d.items, dtype=object)[d.codes[lines]] for d in (customer, product))
        margin = (self.net_revenue - self.cost_of_goods)[lines]
        return CVM_WHITESPACE(who, what, margin, top, never.reshape(-1, 1) if len(never) else None)

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
        unit = 10.0**self.decimals  # whole units, so that a median between two is the same on every machine
        spent["money"] = np.round(self.net_revenue[sold] * unit)
        each = spent.groupby(["item", "who"])["money"].sum().groupby("item").agg(["size", "median"])
        each = each.reindex(range(len(dimension.items))).fillna(0.0)
        return each["size"].to_numpy(dtype=int), each["median"].to_numpy() / unit

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
        notes.append(numbered(int((~inside).sum()), "sales [lines|line] outside the period [were|was] left out"))
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
