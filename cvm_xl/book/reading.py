"""One column of a table while its cells come in, and the columns as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cvm_xl.book import schema
from cvm_xl.book.columns import Coded, Fault, array_type, convert, convert_coded
from cvm_xl.book.scan import NOT_CALCULATED
from cvm_xl.errors import Place
from cvm_xl.problems import Problem, grouped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EMPTY", "Reading", "framed"]


class Reading:
    """One column while its cells come in, chunk by chunk."""

    def __init__(self, key: str, column: schema.Column, number: int, rows: int) -> None:
        self.key, self.column, self.number = key, column, number
        self.hidden: dict[int, str] = {}
        self.values = np.full(rows, EMPTY[array_type(column.kind)], dtype=array_type(column.kind))
        self.empty: list[int] = []
        self.faults: dict[Fault, list[tuple[int, object]]] = {}
        self.seen: dict[object, object] = {}

    def add(self, cells: Sequence[object], start: int, date1904: bool, blank: np.ndarray) -> None:
        """Convert cells from position `start` on, and clear `blank` where there is anything."""
        values, faults = convert(self.column, cells, date1904=date1904, seen=self.seen)
        end = start + len(cells)
        self.values[start:end] = values
        for i, fault in faults:
            self.faults.setdefault(fault, []).append((start + i, cells[i]))
        if "" not in cells:
            blank[start:end] = False
            return
        empty = np.fromiter((cell == "" for cell in cells), dtype=bool, count=len(cells))
        self.note_empty(empty, start, blank)

    def take(self, cells: Coded, date1904: bool, blank: np.ndarray) -> None:
        """Convert all cells at once."""
        self.values, faults = convert_coded(self.column, cells, date1904=date1904)
        for i, fault, cell in sorted(faults, key=lambda found: found[0]):
            self.faults.setdefault(fault, []).append((i, cell))
        self.note_empty(cells.codes == 0, 0, blank)

    def note_empty(self, empty: np.ndarray, start: int, blank: np.ndarray) -> None:
        """Note which cells from `start` on are empty and which only look so."""
        end = start + len(empty)
        for position, code in sorted(self.hidden.items()):
            if start <= position < end and empty[position - start]:
                empty[position - start] = False
                fault = _hidden_fault(self.column, code)
                self.faults.setdefault(fault, []).append((position, None if code == NOT_CALCULATED else code))
        blank[start:end] &= empty
        if self.column.required:
            self.empty += (np.flatnonzero(empty) + start).tolist()

    def problems(self, place: Place, top: int, blank: np.ndarray) -> list[Problem]:
        place = replace(place, column=self.column.header)
        found: list[Problem] = []
        for fault, cells in self.faults.items():
            there = sorted(((top + i, value) for i, value in cells), key=lambda cell: cell[0])
            found += grouped(fault.level, place, there, fault.message, fault.remedy)
        empty = tuple(top + i for i in self.empty if not blank[i])
        if empty:
            level, text = "error", "is empty"
            if array_type(self.column.kind) == "float64":  # a pool without an amount, a driver without a volume
                level, text = "warning", "is empty, so the row counts for nothing"
            remedy = f"Fill it in: {self.column.help[0].lower()}{self.column.help[1:]}"
            found.append(Problem(level, replace(place, row=empty[0]), None, text, remedy, empty))
        return found


EMPTY: dict[str, object] = {"float64": np.nan, "datetime64[s]": np.datetime64("NaT", "s"), "object": None}


def _hidden_fault(column: schema.Column, code: str) -> Fault:
    level = "warning" if column.kind == "text" else "error"
    if code == NOT_CALCULATED:
        return Fault("the formula was never calculated", "Open the workbook in Excel, let it calculate, save it", level)
    return Fault(f"holds the error {code}", "Mend the formula, or clear the cell", level)


def framed(columns: dict[str, np.ndarray], kept: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    series: dict[str, pd.Series] = {}
    for key in list(columns):
        values = columns.pop(key)
        values = values if len(kept) == len(values) else values[kept]
        # without a dtype pandas would turn texts into its own string type
        series[key] = pd.Series(values, dtype=values.dtype, copy=False)
    return pd.DataFrame(series, index=pd.RangeIndex(len(kept)), copy=False)
