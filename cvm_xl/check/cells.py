"""Columns of a table as the checks read them, and the problems of some of their cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.book.read import SheetTable
from cvm_xl.problems import Level, Problem, grouped

__all__ = ["cells", "header", "numbers"]


def numbers(table: SheetTable, name: str, empty: float = np.nan) -> np.ndarray:
    """A column of numbers, `empty` where nothing stands."""
    values = table.values(name).astype(float) if table.has(name) else np.full(len(table.rows), np.nan)
    return np.where(np.isnan(values), empty, values)


def header(table: SheetTable, name: str) -> str:
    """How the sheet calls a column."""
    return next(column.header for column in table.schema if column.name == name)


def cells(
    table: SheetTable, column: str, bad: np.ndarray, text: str, remedy: str, level: Level = "error"
) -> list[Problem]:
    """A problem per distinct value of a column in the rows where `bad` holds."""
    rows = np.flatnonzero(bad)
    if not rows.size:
        return []
    values = pd.Series(table.values(column)[rows])
    found = values.astype(object).where(values.notna(), None).tolist()
    return grouped(level, table.place(column), zip(table.rows[rows].tolist(), found, strict=True), text, remedy)
