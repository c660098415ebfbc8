"""What in the tables on spending, loyalty, switching and channels would make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.settings import settings
from cvm_xl.check.cells import cells, header, numbers
from cvm_xl.figures import rounded
from cvm_xl.problems import Problem

__all__ = ["spend_problems"]

JUDGED = ("zero", "current", "plus_50", "saturation")
RISING = (  # shares of SegmentRates that cannot fall from one to the next
    ("won_today", "won_at_most"),
    ("kept_without", "kept_today"),
    ("kept_today", "kept_at_most"),
)


def spend_problems(book: Book) -> Iterator[Problem]:
    """Bounds that leave no room, judgements and shares out of order, shares that do not sum to 100%."""
    budgets = book.tables.get("Budgets")
    if budgets is not None and len(budgets.rows):
        yield from _bounds(book, budgets)
        yield from _judgements(budgets)
        yield from _history(book, budgets)
    rates = book.tables.get("SegmentRates")
    if rates is not None:
        for low, high in RISING:
            yield from _out_of_order(rates, low, high)
    switching = book.tables.get("Switching")
    if switching is not None and switching.has("investment", "from", "now", "after"):
        yield from _switching(switching)


def _out_of_order(table: SheetTable, low: str, high: str) -> list[Problem]:
    if not table.has(low, high):
        return []
    names = header(table, low), header(table, high)
    bad = numbers(table, low) > numbers(table, high)
    return cells(table, low, bad, f"is above {names[1]}", f"{names[0]} <= {names[1]}; correct one")


def _bounds(book: Book, table: SheetTable) -> Iterator[Problem]:
    """Least above most; least spends that do not fit into the budget."""
    yield from _out_of_order(table, "least", "most")
    asked = settings(book)["budget"]
    budget = float(asked) if asked is not None else float(np.nansum(numbers(table, "spend")))
    share = numbers(table, "least_share", 0.0)
    lower = np.maximum(numbers(table, "least", 0.0), share * budget)
    most = numbers(table, "most", np.inf)
    if table.has("least_share"):
        text = "of the budget is more than Most"
        yield from cells(table, "least_share", (share * budget > most) & (share > 0), text, "Lower it, or raise Most")
    if lower.sum() > budget * (1 + 1e-9):
        column = "least" if table.has("least") else "least_share"
        yield Problem(
            "error",
            table.place(column),
            float(lower.sum()),
            f"is what the least spends sum to, more than the budget of {rounded(budget, 15)}",
            "Lower some of them, or raise Budget in Settings",
        )


def _judgements(table: SheetTable) -> Iterator[Problem]:
    """The four judgements must rise; some of them without the others say nothing."""
    given = np.column_stack([numbers(table, name) for name in JUDGED])
    known = ~np.isnan(given)
    for i in np.flatnonzero(known.any(axis=1) & ~known.all(axis=1)):
        missing = [header(table, name) for name, there in zip(JUDGED, known[i], strict=True) if not there]
        place = table.place(JUDGED[int(np.argmin(known[i]))], int(i))
        text = "is empty, so the other judgements of the row say nothing"
        yield Problem("warning", place, None, text, f"Fill in {', '.join(missing)}, or delete the others")
    for low, high in pairwise(JUDGED):
        if table.has(low, high):
            names = header(table, low), header(table, high)
            bad = numbers(table, high) <= numbers(table, low)
            text = f"is not above {names[0]}"
            yield from cells(table, high, bad, text, "They rise: Zero < Current < Plus 50 < Saturation")


def _history(book: Book, budgets: SheetTable) -> Iterator[Problem]:
    """Records of spending that no curve can follow: one spend only, or a response that falls below zero."""
    history = book.tables.get("SpendHistory")
    if history is None or not history.has("unit", "spend", "response"):
        return
    units, spend = history.values("unit"), numbers(history, "spend")
    text = "cannot be followed by a curve that begins at zero or above"
    yield from cells(history, "response", numbers(history, "response") < 0, text, "Enter what was sold or won, >= 0")
    known = set(budgets.values("unit"))
    one = np.zeros(len(units), dtype=bool)
    for unit in dict.fromkeys(units):
        mine = units == unit
        one |= mine & (unit in known) & (len(np.unique(spend[mine])) == 1)
    text = "is the only spend on record of its unit, so nothing tells how it responds"
    yield from cells(history, "spend", one, text, "Add periods with other spends, or fill the judgements", "warning")


def _switching(table: SheetTable) -> Iterator[Problem]:
    """Of each brand, the shares that switch sum to 100%, now and after."""
    keys: dict[tuple[object, object], list[int]] = {}
    for i, key in enumerate(zip(table.values("investment"), table.values("from"), strict=True)):
        if None not in key:
            keys.setdefault(key, []).append(i)
    for (investment, brand), rows in keys.items():
        for column in ("now", "after"):
            total = float(numbers(table, column, 0.0)[rows].sum())
            if abs(total - 1) > 1e-6:
                place = table.place(column, rows[0])
                text = f"is the sum of the shares from {brand} ({investment})"
                yield Problem(
                    "error", place, rounded(total, 4), text, "They sum to 100%; correct them, or add the brand"
                )
