"""Everything in a workbook's input tables that would make figures wrong, or that a person should look at."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from cvm_xl.answers.dimensions import CROSS, names, own_columns
from cvm_xl.book.headers import alike, nearest
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.schema import Column, normal
from cvm_xl.book.schema import table as schema_table
from cvm_xl.book.settings import setting_place, settings, settings_problems
from cvm_xl.check.costs import cost_problems
from cvm_xl.check.growth import growth_problems
from cvm_xl.check.lifecycle import lifecycle_problems
from cvm_xl.check.price import price_problems
from cvm_xl.check.rules import asked_problems
from cvm_xl.check.sales import rate_problems, sales_problems, sourced_problems
from cvm_xl.check.spend import spend_problems
from cvm_xl.errors import Place
from cvm_xl.problems import Level, Problem, grouped

__all__ = ["Problem", "check"]

EARLIEST = np.datetime64("1980-01-01", "s")
YEARS_AHEAD = 2
REFUSED_TWICE = (
    "Customers", "Products", "Segments", "Budgets", "SegmentRates", "LoyaltyTiers", "Kano", "ChannelFit", "TouchPoints",
    "Initiatives",
)  # fmt: skip
"""Tables with one row for each key; elsewhere rows with the same key add up."""


def check(book: Book) -> list[Problem]:
    """All problems of a book, errors first, in the order of its tables.

    An error means that a refresh would give wrong figures or none, a warning that a person should look.
    """
    problems = [*book.problems, *settings_problems(book)]
    for table in book.tables.values():
        problems += table.problems
        problems += _keys(table)
        for column in table.schema:
            if column.name in table.frame:
                problems += _bounds(table, column)
                problems += _days(table, column)
                problems += _references(book, table, column)
    problems += _attributes(book)
    problems += sales_problems(book)
    problems += sourced_problems(book)
    problems += rate_problems(book)
    problems += cost_problems(book)
    problems += asked_problems(book)
    problems += _values(book)
    problems += price_problems(book)
    problems += spend_problems(book)
    problems += lifecycle_problems(book)
    problems += growth_problems(book)
    return sorted(problems, key=lambda problem: problem.level != "error")


def _found(
    table: SheetTable,
    column: str,
    bad: np.ndarray,
    level: Level,
    message: str,
    remedy: str | Callable[[object], str] = "",
) -> list[Problem]:
    """A problem per distinct value of a column in the rows where `bad` holds."""
    where = np.flatnonzero(bad)
    values = pd.Series(table.values(column)[where]).tolist()
    rows = table.rows[where].tolist()
    fixed = remedy if isinstance(remedy, str) else ""
    found = grouped(level, table.place(column), zip(rows, values, strict=True), message, fixed)
    return found if isinstance(remedy, str) else [replace(p, remedy=remedy(p.value)) for p in found]


# --- what the schema says of columns -----------------------------------------------------------------------------


def _keys(table: SheetTable) -> list[Problem]:
    """Rows with the same key. An empty part of a key is a value like others; a key without its last part is none."""
    key = [name for name in table.schema.key if name in table.frame]
    if not key or table.schema.name == "Settings" or key[-1] != table.schema.key[-1]:
        return []
    codes = pd.DataFrame({name: table.coded(name)[0] for name in key})
    doubled = np.flatnonzero(codes.duplicated(keep=False) & (codes[key[-1]] >= 0))
    refused = table.schema.name in REFUSED_TWICE
    headers = " and ".join(column.header for column in table.schema if column.name in key)
    remedy = (
        "Keep one of the rows; the first counts" if refused else "All of them count; keep one if they mean the same"
    )
    parts = [table.values(name)[doubled] for name in key]
    names = [" / ".join("" if part is None else str(part) for part in each) for each in zip(*parts, strict=True)]
    cells = zip(table.rows[doubled].tolist(), names, strict=True)
    place = Place(table.sheet, table.schema.name, None, headers)
    return grouped("error" if refused else "warning", place, cells, "stands in several rows", remedy)


def _bounds(table: SheetTable, column: Column) -> list[Problem]:
    if column.lo is None and column.hi is None:
        return []
    values = table.values(column.name)
    low = values < (-np.inf if column.lo is None else column.lo)
    high = values > (np.inf if column.hi is None else column.hi)
    share = column.kind == "share"
    above = "Enter a share: 5% or 0.05, not 5" if share else f"Enter at most {column.hi:g}" if column.hi else ""
    below = "Enter a share from 0 to 100%" if share else "Enter a positive amount" if column.kind == "money" else ""
    return [
        *_found(table, column.name, low, "error", f"is below {column.lo or 0:g}", below or "Correct it"),
        *_found(table, column.name, high, "error", f"is above {column.hi or 0:g}", above),
    ]


def _days(table: SheetTable, column: Column) -> list[Problem]:
    if column.kind != "date":
        return []
    values = table.values(column.name)
    latest = np.datetime64(datetime.date.today(), "s") + np.timedelta64(round(YEARS_AHEAD * 365.25), "D")
    remedy = "Correct the year, or check that the cell holds a date"
    return [
        *_found(table, column.name, values < EARLIEST, "warning", "is a day before 1980", remedy),
        *_found(table, column.name, values > latest, "warning", f"is more than {YEARS_AHEAD} years ahead", remedy),
    ]


def _references(book: Book, table: SheetTable, column: Column) -> list[Problem]:
    """Names that the table they point to does not have; nothing to say where that table is not filled."""
    target = book.tables.get(column.refers)
    if target is None or not target.has(key := schema_table(column.refers).key[-1]):
        return []
    known = target.coded(key)[1]
    codes, names = table.coded(column.name)
    unknown = ~pd.Index(names).isin(known)
    if not unknown.any():
        return []
    meant = alike(known)

    def remedy(value: object) -> str:
        return _unknown(str(value), meant(str(value)), column.refers)

    level: Level = "error" if table.schema.name == "ServiceUsage" else "warning"  # a cost would be lost
    # the last place of `unknown` is for blanks, which factorize codes as -1
    bad = np.append(unknown, False)[codes]
    return _found(table, column.name, bad, level, f"is not in {column.refers}", remedy)


def _unknown(value: str, meant: str | None, target: str) -> str:
    """What to do about a name that the table it points to does not have."""
    unseen = next((sign for sign in value if unicodedata.category(sign) in ("Cf", "Cc") or sign == "\xa0"), None)
    foreign = next(
        (sign for sign in value if not sign.isascii() and sign.isalnum() and sign not in (meant or "")), None
    )
    said = ""
    if unseen is not None:
        said = f"It holds a sign that is not seen ({_called(unseen)}). "
    elif foreign is not None and meant and not unicodedata.name(foreign, "").startswith("LATIN"):
        said = f"It holds a sign that looks like another ({_called(foreign)}). "
    elif re.fullmatch(r"\d+\.\d+", value):
        said = "It is a number with decimals, which no code has. "
    return (
        f"{said}Did you mean {meant!r}? Else add it to {target}"
        if meant
        else f"{said}Correct it, or add it to {target}"
    )


def _called(sign: str) -> str:
    return f"{unicodedata.name(sign, 'control character').lower()}, U+{ord(sign):04X}"


# --- tables together ---------------------------------------------------------------------------------------------


def _attributes(book: Book) -> Iterator[Problem]:
    """What Settings want the P&L split by, and lifetime models fitted by."""
    chosen = settings(book)
    known = names(book)
    for wanted in filter(None, map(str.strip, (chosen["p_l_by"] or "").split(";"))):
        for name in wanted.replace("×", "x").split(CROSS):
            if normal(name) not in known:
                text = f"nothing is called {name} by which sales could be split"
                yield _unnamed(book, "P&L by", wanted, f"P&L by: {text}", name, known.values())
    parts = ["Segment", *own_columns(book, "Customers")]
    name = (chosen["fit_by"] or "").strip()
    if name and normal(name) not in map(normal, parts):
        yield _unnamed(
            book, "Fit by", name, f"Fit by: customers have nothing called {name} to fit models to", name, parts
        )


def _unnamed(book: Book, setting: str, value: str, text: str, name: str, known: Iterable[str]) -> Problem:
    there = list(dict.fromkeys(known))
    meant = nearest(name, there)
    remedy = f"Did you mean {meant!r}?" if meant else f"There are {', '.join(there)}"
    return Problem("error", setting_place(book, setting), value, text, remedy)


def _values(book: Book) -> list[Problem]:
    """Value drivers of a segment and product without the price of an alternative to start from."""
    table = book.tables.get("ValueDrivers")
    if table is None or not table.has("segment", "product", "kind"):
        return []
    pairs = list(zip(table.values("segment"), table.values("product"), strict=True))
    priced = {pair for pair, kind in zip(pairs, table.values("kind"), strict=True) if kind == "reference"}
    cells = [
        (row, " / ".join(pair))
        for row, pair in zip(table.rows.tolist(), pairs, strict=True)
        if pair not in priced and None not in pair
    ]
    text = "has no row of kind reference, so its price band cannot be computed"
    remedy = "Add a row with the price of the next best alternative, kind reference"
    place = Place(table.sheet, "ValueDrivers", None, "Segment and Product")
    return grouped("error", place, cells, text, remedy)
