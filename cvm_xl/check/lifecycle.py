"""What in the tables on winning, keeping and serving customers cannot be as it stands."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cvm_xl.answers.cycle import DATA
from cvm_xl.book.headers import nearest
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.schema import normal
from cvm_xl.book.settings import settings
from cvm_xl.check.cells import cells, header, numbers
from cvm_xl.problems import Problem

__all__ = ["lifecycle_problems"]

CLASSES = ("attractive", "one_dimensional", "must_be", "indifferent")


def lifecycle_problems(book: Book) -> Iterator[Problem]:
    """Counts, shares, names and days that contradict each other, table by table."""
    alone = {
        "Sources": _sources,
        "Referrals": _referrals,
        "LoyaltyTiers": _loyalty,
        "Complaints": _complaints,
        "Kano": _kano,
        "Initiatives": _initiatives,
        "Capabilities": _capabilities,
        "TouchPoints": _touch_points,
    }
    beside = {"Contacts": _contacts, "ChannelFit": _channels, "Prospects": _prospects}
    for name, table in book.tables.items():
        if len(table.rows) and name in alone:
            yield from alone[name](table)
        elif len(table.rows) and name in beside:
            yield from beside[name](book, table)


def _sources(table: SheetTable) -> Iterator[Problem]:
    leads, won = numbers(table, "leads"), numbers(table, "customers")
    text = f"is more than the {header(table, 'leads')} of the row; every customer was a lead first"
    yield from cells(table, "customers", (leads > 0) & (won > leads), text, "Correct one of the two")
    free = (leads > 0) & np.isnan(numbers(table, "spend"))
    yield from cells(table, "spend", free, "is empty and counts as nothing spent", "Enter the spend, or 0", "warning")
    if table.has("period"):
        some = np.isnan(numbers(table, "period"))
        if not some.all():
            text = "is empty while other rows have a period, so the row counts in no period"
            yield from cells(table, "period", some, text, "Enter the period", "warning")


def _referrals(table: SheetTable) -> Iterator[Problem]:
    if not table.has("customer", "referred"):
        return
    who, whom = table.values("customer"), table.values("referred")
    there = pd.notna(whom)
    yield from cells(table, "referred", there & (who == whom), "recommended us to itself", "Name who joined")
    twice = there & pd.Series(whom).duplicated(keep=False).to_numpy()
    text = "joined several times, so its value counts as often"
    yield from cells(table, "referred", twice, text, "Keep the row of the one who won it", "warning")


def _loyalty(table: SheetTable) -> Iterator[Problem]:
    begin = numbers(table, "from")
    same = ~np.isnan(begin) & pd.Series(begin).duplicated(keep=False).to_numpy()
    yield from cells(table, "from", same, "is where several tiers begin", "Give each tier a beginning of its own")


def _contacts(book: Book, table: SheetTable) -> Iterator[Problem]:
    if not table.has("customer", "date", "responded"):
        return
    day, last = table.values("date"), _last_sale(book)
    if last is not None:
        text = f"is after the last day of Sales, {last}: no response can be known"
        yield from cells(table, "date", day.astype("datetime64[D]") > last, text, "Correct the day", "warning")
    keys = pd.MultiIndex.from_arrays([table.values("customer"), day])
    twice = keys.duplicated(keep=False) & ~np.isnat(day)
    yield from cells(table, "customer", twice, "was contacted twice on one day", "Keep one of the rows", "warning")
    answered = np.array([mark is True or mark == 1 for mark in table.values("responded")])
    cost = ~answered & (numbers(table, "margin") != 0) & ~np.isnan(numbers(table, "margin"))
    text = "stands where nobody responded, and counts for nothing"
    yield from cells(table, "margin", cost, text, "Delete it, or set Responded to TRUE", "warning")


def _complaints(table: SheetTable) -> Iterator[Problem]:
    back, lost = numbers(table, "value_recovered"), numbers(table, "value_lost", 0.0)
    text = f"is above {header(table, 'value_recovered')}: making good would bring a loss"
    yield from cells(table, "value_lost", lost > back, text, "Exchange the two, or correct one", "warning")


def _kano(table: SheetTable) -> Iterator[Problem]:
    answers = np.column_stack([numbers(table, name, 0.0) for name in CLASSES])
    nobody = answers.sum(axis=1) <= 0
    text = "has no answer in any class"
    yield from cells(
        table, "feature", nobody & (answers >= 0).all(axis=1), text, "Enter the answers, or delete the row"
    )


def _channels(book: Book, table: SheetTable) -> Iterator[Problem]:
    if not table.has("tier", "channel", "effect"):
        return
    tier = table.values("tier")
    known = [name.strip() for name in str(settings(book)["tier_names"]).split(";")]
    for name in dict.fromkeys(tier[pd.notna(tier) & ~np.isin(tier, known)]):
        meant = nearest(str(name), known)
        remedy = f"Did you mean {meant!r}?" if meant else f"There are {', '.join(known)} (Tier names in Settings)"
        yield from cells(table, "tier", tier == name, "is no tier", remedy)
    effect, need = numbers(table, "effect", 0.0), numbers(table, "need")
    best = pd.Series(effect).groupby(pd.Series(tier)).transform("max").to_numpy(dtype=float)
    text = f"is above the {header(table, 'effect')} of every channel of the tier, so nothing can serve it"
    yield from cells(table, "need", need > best, text, "Lower it, or add a channel that does")
    for column in ("orders", "need"):
        given = pd.Series(numbers(table, column))
        several = (given.groupby(pd.Series(tier)).transform("nunique") > 1).to_numpy() & given.notna().to_numpy()
        text = "stands for a tier that has other values of it, too; the highest counts"
        yield from cells(table, column, several, text, "Keep one row's", "warning")


def _initiatives(table: SheetTable) -> Iterator[Problem]:
    start, target = numbers(table, "start", 0.0), numbers(table, "target")
    text = f"is where {header(table, 'start')} is already, so there is no way to measure"
    yield from cells(table, "target", start == target, text, "Correct Start or Target", "warning")
    for column, text, remedy in (
        ("owner", "is empty: nobody sees to it", "Name an owner"),
        ("due", "is empty: it will never be overdue", "Enter a day"),
    ):
        values = table.values(column) if table.has(column) else np.full(len(table.rows), None, dtype=object)
        yield from cells(table, column, pd.isna(values), text, remedy, "warning")


def _prospects(book: Book, table: SheetTable) -> Iterator[Problem]:
    customers = book.tables.get("Customers")
    if customers is None or not customers.has("customer") or not table.has("prospect"):
        return
    who = table.values("prospect")
    already = pd.notna(who) & np.isin(who, customers.values("customer"))
    yield from cells(table, "prospect", already, "is a customer already", "Delete the row", "warning")


def _capabilities(table: SheetTable) -> Iterator[Problem]:
    if not table.has("dimension"):
        return
    dimension = table.values("dimension")
    scored = np.array([normal(str(name or "")) == normal(DATA) for name in dimension])
    text = "is measured from the workbook, and the row does not count"
    yield from cells(table, "dimension", scored, text, "Delete the row, or give it another name", "warning")
    weight = pd.Series(numbers(table, "weight"))
    several = weight.groupby(pd.Series(dimension)).transform("nunique") > 1
    text = "is one of several weights of its dimension; the first counts"
    yield from cells(table, "weight", (several & weight.notna()).to_numpy(), text, "Keep one", "warning")


def _touch_points(table: SheetTable) -> Iterator[Problem]:
    """A touch-point of which only a part is known says nothing."""
    names = ("potential", "reach", "capture")
    known = ~np.isnan(np.column_stack([numbers(table, name) for name in names]))
    for i in np.flatnonzero(known.any(axis=1) & ~known.all(axis=1)):
        missing = [name for name, there in zip(names, known[i], strict=True) if not there]
        place = table.place(missing[0], int(i))
        remedy = f"Fill in {', '.join(header(table, name) for name in missing)}"
        yield Problem("warning", place, None, "is empty, so the touch-point has no value", remedy)


def _last_sale(book: Book) -> np.datetime64 | None:
    sales = book.tables.get("Sales")
    if sales is None or not sales.has("date"):
        return None
    days = sales.values("date")
    days = days[~np.isnat(days)]
    return days.max().astype("datetime64[D]") if days.size else None
