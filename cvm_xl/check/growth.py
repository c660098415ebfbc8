"""What growth is asked for and cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from cvm_xl.answers.lookalikes import wanted_columns
from cvm_xl.book.headers import nearest
from cvm_xl.book.read import Book
from cvm_xl.book.schema import normal
from cvm_xl.book.settings import setting_place, settings
from cvm_xl.problems import Problem

__all__ = ["growth_problems"]


def growth_problems(book: Book) -> Iterator[Problem]:
    """Attributes for look-alikes that Customers, or Prospects where that is filled, do not have."""
    place = setting_place(book, "Look-alike by")
    for wanted in wanted_columns(settings(book)["look_alike_by"]):
        for name in ("Customers", "Prospects"):
            table = book.tables.get(name)
            if table is None or table.frame.empty:
                continue
            known = {normal(str(column)): str(column) for column in table.frame}
            if normal(wanted) not in known:
                meant = nearest(wanted, known.values())
                remedy = f"Did you mean {meant!r}?" if meant else f"There are {', '.join(known.values())}"
                yield Problem("error", place, wanted, f"Look-alike by names no column of {name}", remedy)
