"""What in the tables on prices would make no sense."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cvm_xl.book.read import Book
from cvm_xl.problems import Problem, grouped

__all__ = ["price_problems"]


def price_problems(book: Book) -> Iterator[Problem]:
    """Ranges of value drivers that do not hold their amount."""
    table = book.tables.get("ValueDrivers")
    if table is None or not table.has("amount"):
        return
    amount = table.values("amount")
    for column, wrong in (("low", np.greater), ("high", np.less)):
        if table.has(column):
            values = table.values(column)
            bad = np.flatnonzero(wrong(values, amount))
            cells = zip(table.rows[bad].tolist(), values[bad].tolist(), strict=True)
            word = "above" if column == "low" else "below"
            yield from grouped(
                "error", table.place(column), cells, f"is {word} the amount", "Low <= Amount <= High; correct one"
            )
