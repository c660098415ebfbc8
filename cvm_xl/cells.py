"""Cells <-> numpy, once, for every host.

A cell is None (empty), float, int, bool, str, datetime.date(time) or `ExcelError`. A host hands over a scalar or a grid
(list of rows, or a 2-D array) and gets one back.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import EXCEL_ERRORS, CellError, CvmError, InvalidInput, OutOfRange
from cvm_xl.kinds import Value

__all__ = [
    "Bad",
    "Cell",
    "ExcelError",
    "Grid",
    "blank",
    "column",
    "is_date",
    "scalar_or_grid",
    "texts",
    "to_cell",
    "to_cells",
    "to_grid",
]

Cell = Any
Grid = NDArray[np.object_]
Bad = dict[int, CvmError]
"""Errors by zero-based row."""

EXCEL_EPOCH = np.datetime64("1899-12-30", "D")
FIRST_DAY, LAST_DAY = 1, 2_958_465  # Excel's dates: 1900-01-01 to 9999-12-31
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?Z?")


@dataclass(frozen=True)
class ExcelError:
    """An error cell such as #N/A."""

    code: str

    def __str__(self) -> str:
        return self.code


def to_grid(value: Any) -> Grid:
    """A scalar, list of rows or array as a 2-D array of cells; error texts become `ExcelError`."""
    if isinstance(value, np.ndarray):
        array = cast("NDArray[Any]", value)
        array = array.reshape(-1, 1) if array.ndim == 1 else array.reshape(1, 1) if array.ndim == 0 else array
        if array.dtype == object:
            return array
        return np.asarray(array.astype(object))
    if not isinstance(value, list):
        rows: list[list[Cell]] = [[value]]
    else:
        listed = cast("list[Any]", value)
        rows = listed if listed and isinstance(listed[0], list) else [[cell] for cell in listed]
    width = len(rows[0]) if rows else 0
    if not width or any(len(row) != width for row in rows):
        raise InvalidInput("the rows of a grid must have the same number of cells, at least one")
    grid = np.empty((len(rows), width), dtype=object)
    for j in range(width):
        grid[:, j] = [_cell(row[j]) for row in rows]
    return grid


def _cell(cell: Cell) -> Cell:
    if type(cell) is str:
        if cell[:1] == "#" and cell in EXCEL_ERRORS:
            return ExcelError(cell)
        return cell or None
    if type(cell) is float:
        return None if math.isnan(cell) else cell
    return float(cell) if isinstance(cell, decimal.Decimal) else cell  # Excel's cells formatted as currency


def blank(grid: Grid) -> NDArray[np.bool_]:
    """Which cells are empty (None, or '' as LibreOffice and formulas give)."""
    return np.asarray((grid == None) | (grid == ""), dtype=bool)  # noqa: E711  element by element


def texts(grid: Grid) -> NDArray[np.bool_]:
    """Which cells are text or empty."""
    return np.array([[cell is None or isinstance(cell, str) for cell in row] for row in grid], dtype=bool)


def is_date(cell: Cell) -> bool:
    """Whether a cell is a date, or ISO 8601 text."""
    return isinstance(cell, (dt.date, np.datetime64)) or (isinstance(cell, str) and bool(_ISO.fullmatch(cell.strip())))


def column(cells: Sequence[Cell] | Grid, value: Value, argument: str) -> tuple[NDArray[Any], Bad]:
    """One column of cells as an array of the value's type, and what is wrong, by row.

    Numbers and flags give float64 (empty: NaN), dates datetime64[D] (empty: NaT), texts and keys objects (empty: None).
    """
    if value.what == "number":
        return _numbers(cells, value, argument)
    if value.what == "date":
        return _each(cells, np.full(len(cells), np.datetime64("NaT", "D")), _date, argument)
    if value.what == "flag":
        return _each(cells, np.full(len(cells), np.nan), _flag, argument)
    filled = np.empty(len(cells), dtype=object)
    if value.what == "key":
        return _each(cells, filled, _key, argument)
    array, bad = _each(cells, filled, _text, argument)
    if value.choices:
        allowed = {choice.casefold(): choice for choice in value.choices}
        for row, text in enumerate(array):
            if text is not None and row not in bad:
                if str(text).casefold() in allowed:
                    array[row] = allowed[str(text).casefold()]
                else:
                    bad[row] = InvalidInput(f"must be one of {', '.join(value.choices)}", argument=argument, value=text)
    return array, bad


def _numbers(cells: Sequence[Cell] | Grid, value: Value, argument: str) -> tuple[NDArray[Any], Bad]:
    listed: list[Cell] = list(cells)
    if set(map(type, listed)) <= {float, int}:  # the common case, at numpy's speed
        try:
            array, bad = np.array(listed, dtype=float), Bad()
        except OverflowError:
            array, bad = _each(listed, np.full(len(listed), np.nan), _number, argument)
    else:
        array, bad = _each(listed, np.full(len(listed), np.nan), _number, argument)
    for row in np.flatnonzero(value.outside(array)):
        shown = float(array[row])
        bad[int(row)] = OutOfRange(f"must be {value.bounds()}", argument=argument, value=shown)
    return array, bad


def _each(cells: Sequence[Cell] | Grid, into: NDArray[Any], convert: Any, argument: str) -> tuple[NDArray[Any], Bad]:
    bad: Bad = {}
    for row, cell in enumerate(cells):
        if cell is None or cell == "":
            continue
        if isinstance(cell, ExcelError):
            bad[row] = CellError(cell.code, argument=argument)
            continue
        try:
            into[row] = convert(cell)
        except CvmError as error:
            error.argument = argument
            bad[row] = error
    return into, bad


def _is_flag(cell: Cell) -> TypeGuard[bool]:
    return isinstance(cell, (bool, np.bool_))


def _is_number(cell: Cell) -> TypeGuard[float]:
    return isinstance(cell, (int, float, np.integer, np.floating)) and not isinstance(cell, bool)


def _is_day(cell: Cell) -> TypeGuard[np.datetime64]:
    return isinstance(cell, np.datetime64)


def _number(cell: Cell) -> float:
    if _is_flag(cell):
        raise InvalidInput("is TRUE or FALSE; enter a number", value=bool(cell))
    if _is_number(cell):
        try:
            return float(cell)
        except OverflowError:
            raise OutOfRange("is too large for a number", value=str(cell)[:12] + "...") from None
    if isinstance(cell, str):
        raise InvalidInput("is text; enter a number", value=cell[:60])
    raise InvalidInput("is a date; enter a number", value=str(cell))


def _date(cell: Cell) -> np.datetime64:
    if _is_day(cell):
        return cell.astype("datetime64[D]")
    if isinstance(cell, dt.datetime):
        return np.datetime64(cell.date(), "D")
    if isinstance(cell, dt.date):
        return np.datetime64(cell, "D")
    if isinstance(cell, str):
        if not _ISO.fullmatch(cell.strip()):
            raise InvalidInput("is not a date; use real dates or ISO text such as 2011-02-01", value=cell[:60])
        try:
            return np.datetime64(cell.strip()[:10], "D")
        except ValueError:
            raise InvalidInput("is no day of the calendar", value=cell[:60]) from None
    if _is_number(cell):
        if not FIRST_DAY <= cell <= LAST_DAY:
            raise OutOfRange("is no date's serial number", value=float(cell))
        return EXCEL_EPOCH + np.timedelta64(math.floor(cell), "D")
    raise InvalidInput("is not a date", value=cell)


def _flag(cell: Cell) -> float:
    if _is_flag(cell) or (_is_number(cell) and cell in (0, 1)):
        return float(cell)
    if isinstance(cell, str) and cell.strip().casefold() in ("true", "false"):
        return float(cell.strip().casefold() == "true")
    raise InvalidInput("must be TRUE or FALSE, or 1 or 0", value=cell)


def _key(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dt.date) or _is_day(cell):
        return _date(cell)
    if _is_number(cell):
        return float(cell)
    return str(cell)


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if _is_number(cell):
        return f"{cell:.15g}"
    return str(cell)


def to_cell(item: Any) -> Cell:
    """One result as a cell: NaN and NaT are empty, an infinity is #NUM!."""
    if item is None or isinstance(item, (str, bool, ExcelError)):
        return str(item) if isinstance(item, np.str_) else item  # programs know no texts of numpy
    if _is_flag(item):
        return bool(item)
    if isinstance(item, (int, np.integer)):
        return int(cast("int", item))
    if _is_number(item):
        number = float(item)
        return number if math.isfinite(number) else None if math.isnan(number) else ExcelError("#NUM!")
    if _is_day(item):
        return None if np.isnat(item) else item.astype("datetime64[D]").item()
    if isinstance(item, CvmError):
        return ExcelError(item.code)
    return item


def to_cells(array: NDArray[Any]) -> list[list[Cell]]:
    """An n x k array of results as rows of cells."""
    if array.dtype == np.float64 and np.isfinite(array).all():  # the common case, at numpy's speed
        return array.tolist()
    rows = array if array.dtype == object else array.tolist()
    return [list(map(to_cell, row)) for row in rows]


def scalar_or_grid(rows: list[list[Cell]]) -> Cell:
    """A 1 x 1 result is a scalar, everywhere: Excel and Calc cannot tell the two apart."""
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows
