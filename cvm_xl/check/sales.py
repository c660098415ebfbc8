"""What to look at in the sales lines: returns, money that does not add up, gaps, lines that count for nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cvm_xl.answers.rates import sign
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.settings import settings
from cvm_xl.figures import figure, signed
from cvm_xl.problems import Level, Problem, grouped, numbered

__all__ = ["DIGITS", "net_revenue", "rate_problems", "sales_problems", "sourced_problems"]

MONTHS_LISTED = 12
NEEDED = ("quantity", "net_revenue")
DIGITS = 1e15
"""What a cell counts exactly, in units of the last decimal."""


def sales_problems(book: Book) -> Iterator[Problem]:
    """Problems of the sales lines as a whole, each named once with its lines and money."""
    sales = book.tables.get("Sales")
    if sales is None or not len(sales.rows):
        return
    chosen = settings(book)
    net = net_revenue(book)
    yield from _amounts(book, sales, net, 10.0 ** -chosen["decimals"])
    yield from _too_large(sales, 10.0 ** -chosen["decimals"])
    yield from _without_customer(sales, net)
    returned = (sales.values("quantity") < 0) | (np.isnan(sales.values("quantity")) & (net < 0))
    yield from _lines(
        sales,
        "quantity",
        returned,
        net,
        "warning",
        "[are returns|is a return]",
        "Nothing to do if so: returns reduce revenue",
    )
    days = sales.values("date").astype("datetime64[D]")
    outside = np.zeros(len(days), dtype=bool)
    if chosen["period_start"] is not None:
        outside |= days < chosen["period_start"]
    if chosen["period_end"] is not None:
        outside |= days > chosen["period_end"]
    if outside.all():
        remedy = f"Sales run from {days.min()} to {days.max()}; correct Period start and Period end"
        yield Problem("error", sales.place("date", 0), None, "no sales line lies within the period of Settings", remedy)
        return
    text = "[lie|lies] outside the period of Settings and [are|is] not counted"
    yield from _lines(sales, "date", outside, net, "warning", text, "Correct Period start or Period end if they should")
    yield from _gaps(sales, days[~outside & ~np.isnat(days)])


def sourced_problems(book: Book) -> Iterator[Problem]:
    """Problems of sales that lie outside the workbook, found where they are."""
    source = book.sources.get("Sales")
    if source is not None:
        yield from source.survey(book, settings(book)).problems()


def net_revenue(book: Book) -> np.ndarray:
    """Net revenue of each line: as entered, else quantity x list price (from Products if empty) x (1 - discount)."""
    sales = book.tables["Sales"]
    net = sales.values("net_revenue") * sign(settings(book), "revenue")
    return np.where(np.isnan(net), _expected(book, sales), net)


def _expected(book: Book, sales: SheetTable) -> np.ndarray:
    price, quantity = sales.values("list_price"), sales.values("quantity")
    products = book.tables.get("Products")
    if products is not None and products.has("product", "list_price") and np.isnan(price).any():
        listed = dict(zip(products.values("product"), products.values("list_price"), strict=True))
        price = np.where(np.isnan(price), pd.Series(sales.values("product")).map(listed).to_numpy(dtype=float), price)
    with np.errstate(over="ignore"):  # such a line is named as too large
        return quantity * price * (1 - np.nan_to_num(sales.values("discount")))


def _lines(
    sales: SheetTable, column: str, bad: np.ndarray, net: np.ndarray, level: Level, message: str, remedy: str
) -> Iterator[Problem]:
    """One problem for all lines where `bad` holds, with their number and net revenue."""
    where = np.flatnonzero(bad)
    if len(where):
        money = net[where]
        total = figure(float(money[np.isfinite(money)].sum()), 2)
        text = numbered(len(where), f"[lines|line] with net revenue of {total} {message}")
        yield Problem(level, sales.place(column, where[0]), None, text, remedy, tuple(sales.rows[where].tolist()))


def _amounts(book: Book, sales: SheetTable, net: np.ndarray, unit: float) -> Iterator[Problem]:
    lost = np.flatnonzero(np.isnan(net))
    if len(lost):
        text = numbered(len(lost), "[lines have|line has] neither net revenue nor quantity and list price")
        absent = [column.header for column in sales.schema if column.name in NEEDED and not sales.has(column.name)]
        remedy = "Fill in Net revenue, or Quantity and List price (in Sales or in Products)"
        if absent:
            remedy = f"There is no column {' and none '.join(absent)}. {remedy}"
        rows = tuple(sales.rows[lost].tolist())
        yield Problem("error", sales.place("net_revenue", lost[0]), None, text, remedy, rows)
    if sales.has("net_revenue") and sales.has("quantity"):
        entered, expected = sales.values("net_revenue") * sign(settings(book), "revenue"), _expected(book, sales)
        # a cent for each rounding of the line, and what a discount rounded to a hundredth of a percent may hide
        allowed = unit * (1 + 1e-9) + np.where(np.nan_to_num(sales.values("discount")) != 0, 5e-5, 0) * np.abs(entered)
        differs = np.flatnonzero(np.abs(entered - expected) > allowed)
        if len(differs):
            first = differs[0]
            total = float((entered - expected)[differs].sum())
            text = (
                numbered(len(differs), "[lines have|line has] a net revenue other than quantity x list price x ")
                + f"(1 - discount), {figure(expected[first], 2)} in the first; {signed(total, 2)} in sum"
            )
            remedy = "The net revenue entered counts; correct it, or the quantity, price or discount"
            rows = tuple(sales.rows[differs].tolist())
            yield Problem("warning", sales.place("net_revenue", first), float(entered[first]), text, remedy, rows)
    cost, products = sales.values("cost_of_goods"), book.tables.get("Products")
    if sales.has("cost_of_goods") and np.isnan(cost).any() and not (products and products.has("unit_cost")):
        text = "[lack|lacks] a cost of goods; it counts as zero"
        remedy = "Fill in Cost of goods, or Unit cost in Products"
        yield from _lines(sales, "cost_of_goods", np.isnan(cost), net, "warning", text, remedy)


def rate_problems(book: Book) -> Iterator[Problem]:
    """Exchange rates that would make nothing of what was sold."""
    rates = book.tables.get("Rates")
    if rates is not None and rates.has("rate"):
        nothing = [(int(rates.rows[i]), 0.0) for i in np.flatnonzero(rates.values("rate") == 0)]
        text, remedy = "would make every amount in this currency 0", "Enter what one unit is worth, above 0"
        yield from grouped("error", rates.place("rate"), nothing, text, remedy)


def _too_large(sales: SheetTable, unit: float) -> Iterator[Problem]:
    """Prices and quantities that give an amount that no cell can count to the cent."""
    price, quantity = sales.values("list_price"), sales.values("quantity")
    with np.errstate(over="ignore"):
        listed = np.abs(price) * np.maximum(np.abs(np.nan_to_num(quantity, nan=1.0)), 1.0)
    for place in np.flatnonzero(listed > DIGITS * unit):
        text = "is too large for its decimals, since a cell keeps 15 digits"
        remedy = "Correct it, or use fewer decimals or a larger unit"
        name, found = ("list_price", price) if np.abs(price[place]) > DIGITS * unit else ("quantity", quantity)
        if name == "quantity":
            text = f"times the list price of {figure(price[place], 2)} is too large, since a cell keeps 15 digits"
        yield Problem("error", sales.place(name, place), float(found[place]), text, remedy)


def _without_customer(sales: SheetTable, net: np.ndarray) -> Iterator[Problem]:
    nobody = pd.isna(sales.values("customer"))
    if nobody.all():
        text, remedy = "no line has a customer, so tiers and lifetime value are left out", "Fill in Customer"
        yield Problem("warning", sales.place("customer"), None, text, remedy)
        return
    text = "[have|has] no customer and [are|is] reported as Unassigned"
    yield from _lines(sales, "customer", nobody, net, "warning", text, "Fill in Customer where it is known")


def _gaps(sales: SheetTable, days: np.ndarray) -> Iterator[Problem]:
    """Months without a sale between the first and the last."""
    months = np.unique(days.astype("datetime64[M]"))
    if len(months) < 2:
        return
    missing = np.setdiff1d(np.arange(months[0], months[-1]), months)
    if not len(missing):
        return
    listed = ", ".join(map(str, missing[:MONTHS_LISTED]))
    more = f" and {figure(len(missing) - MONTHS_LISTED)} more" if len(missing) > MONTHS_LISTED else ""
    many = numbered(len(missing), "[months|month]")
    text = f"no sales in {many} between {months[0]} and {months[-1]}: {listed}{more}"
    yield Problem("warning", sales.place("date"), None, text, "Import the missing months, or correct the dates")
