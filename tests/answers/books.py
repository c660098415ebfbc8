"""Books without a file, for tests of answers: frames in, what the answers read out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import costs
from cvm_xl.answers.facts import facts
from cvm_xl.book.columns import array_type
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.schema import table
from cvm_xl.book.settings import settings

EMPTY = {"float64": np.nan, "datetime64[s]": np.datetime64("NaT", "s"), "object": None}


def rows(columns: str, *given: tuple) -> pd.DataFrame:
    """A frame of these rows; columns by the schema's names, apart by blanks."""
    return pd.DataFrame(list(given), columns=columns.split())


def book(**frames: pd.DataFrame) -> Book:
    """A book of these tables, typed as the reader types them."""
    tables = {}
    for name, frame in frames.items():
        declared = table(name)
        kinds = {column.name: array_type(column.kind) for column in declared}
        typed = {c: pd.Series(list(frame[c]), dtype=object) for c in frame}
        typed = {
            c: v.where(v.notna(), EMPTY[kinds.get(c, "object")]).astype(kinds.get(c, "object"))
            for c, v in typed.items()
        }
        tables[declared.name] = SheetTable(
            declared, declared.sheet, "A4", pd.DataFrame(typed), np.arange(5, 5 + len(frame))
        )
    return Book(Path("book.xlsx"), tables)


def read(given: Book, **chosen: object) -> tuple:
    """Facts and costs of a book, with these settings."""
    found = facts(given, settings(given) | chosen)
    return found, costs(found)


def by(found, shared, dimension) -> pd.DataFrame:
    """What each item of a dimension bears of each pool."""
    return pd.DataFrame(shared.of(dimension), index=dimension.items, columns=[p.name for p in shared.pools])
