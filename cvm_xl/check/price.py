"""What in the tables on prices would make no sense."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cvm_xl.answers.what_if import offers
from cvm_xl.book.headers import nearest
from cvm_xl.book.read import Book
from cvm_xl.book.settings import setting_place, settings
from cvm_xl.problems import Problem, grouped

__all__ = ["price_problems"]


def price_problems(book: Book) -> Iterator[Problem]:
    """Ranges of value drivers that do not hold their amount; offers to recalculate that are none."""
    yield from _asked(book)
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


def _asked(book: Book) -> Iterator[Problem]:
    text = settings(book)["what_if"]
    asked = offers(str(text or ""))
    table = book.tables.get("ValueDrivers")
    if isinstance(asked, int) or not asked or table is None or not len(table.frame):
        return
    pairs = zip(table.values("segment"), table.values("product"), strict=True)
    known = {f"{segment} / {product}".casefold(): f"{segment} / {product}" for segment, product in pairs}
    for name in asked:
        if name.casefold() not in known:
            meant = nearest(name, known.values())
            remedy = f"Did you mean {meant!r}?" if meant else "Write segment / product, as in ByOffer, or a number"
            place = setting_place(book, "What if")
            yield Problem("error", place, name, "What if names no offer of ValueDrivers", remedy)
