"""Values between Python and the cells of Calc, in whole blocks."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from cvm_xl.hosts.calc.wire import code_of

__all__ = ["ErrorCell", "cleaned", "prepared", "values", "write"]

EPOCH = dt.datetime(1899, 12, 30)
_DATE, _TIME, _LOGICAL = 2, 4, 1024  # com.sun.star.util.NumberFormat
_ERRORS = 4  # com.sun.star.sheet.FormulaResult.ERROR
DAY, MOMENT, SPAN = "YYYY-MM-DD", "YYYY-MM-DD HH:MM:SS", "[HH]:MM:SS"


class ErrorCell(str):
    """An error such as #N/A where a value would be."""

    __slots__ = ()


# --- what xlwings asks of an engine --------------------------------------------------------------------------------


def prepared(value: Any, options: Any) -> Any:  # noqa: ARG001  xlwings' signature
    """One value on its way into a cell: what numpy and pandas have become plain; NaN and NaT are empty."""
    if value is None or isinstance(value, (str, bool, float, dt.datetime)):
        if isinstance(value, float):
            return _finite(value)
        if isinstance(value, dt.datetime):
            # pandas' NaT is a datetime, and equal to nothing
            return None if value != value else _moment(value)
        return value
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.astype("datetime64[us]").item()
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, np.integer, np.floating)):
        return _finite(float(value))
    if type(value).__name__ == "NAType":
        return None
    return value


def _finite(number: float) -> float | None:
    if math.isfinite(number):
        return number
    if math.isnan(number):
        return None
    raise ValueError("a cell cannot hold an infinite number")


def _moment(value: dt.datetime) -> dt.datetime:
    if hasattr(value, "to_pydatetime"):  # pandas' Timestamp
        value = value.to_pydatetime(warn=False)
    return value.replace(tzinfo=None)


def cleaned(
    data: Any,
    datetime_builder: Callable[..., Any],
    empty_as: Any,
    number_builder: Callable[[float], Any] | None,
    err_to_str: bool,
) -> list[list[Any]]:
    """Values from cells as the options of xlwings want them."""
    plain = datetime_builder is dt.datetime

    def clean(cell: Any) -> Any:
        if cell is None:
            return empty_as
        if type(cell) is ErrorCell:
            return str(cell) if err_to_str else None
        if type(cell) is dt.datetime and not plain:
            parts = {name: getattr(cell, name) for name in ("year", "month", "day", "hour", "minute", "second")}
            return datetime_builder(**parts, microsecond=cell.microsecond, tzinfo=None)
        return number_builder(cell) if number_builder is not None and type(cell) is float else cell

    return [list(map(clean, row)) for row in data]


# --- reading ---------------------------------------------------------------------------------------------------------


def values(document: Any, cells: Any) -> list[list[Any]]:
    """The values of a range: float, str, bool, datetime, None, `ErrorCell`."""
    rows = [[None if cell == "" else cell for cell in row] for row in cells.getDataArray()]
    area = cells.RangeAddress
    top, left = area.StartRow, area.StartColumn
    for where, kind in _formatted(document, cells):
        for i in range(where.StartRow - top, where.EndRow - top + 1):
            row = rows[i]
            for j in range(where.StartColumn - left, where.EndColumn - left + 1):
                if type(row[j]) is float:
                    row[j] = bool(row[j]) if kind == _LOGICAL else _date(row[j])
    for where in _addresses(cells.queryFormulaCells(_ERRORS)):
        for i in range(where.StartRow, where.EndRow + 1):
            for j in range(where.StartColumn, where.EndColumn + 1):
                code = code_of(cells.getCellByPosition(j - left, i - top).getError())
                rows[i - top][j - left] = ErrorCell(code)
    return rows


def _addresses(ranges: Any) -> Sequence[Any]:
    return ranges.getRangeAddresses() if ranges is not None else ()


def _formatted(document: Any, cells: Any) -> Iterator[tuple[Any, int]]:
    """Where numbers mean dates or truth values: (address, kind)."""
    formats = document.getNumberFormats()
    kinds: dict[int, int] = {}
    groups = cells.getUniqueCellFormatRanges()
    for i in range(groups.Count):
        group = groups.getByIndex(i)
        key = group.NumberFormat
        if key not in kinds:
            kinds[key] = formats.getByKey(key).Type
        kind = kinds[key]
        if kind & _LOGICAL:
            yield from ((address, _LOGICAL) for address in group.getRangeAddresses())
        elif kind & _DATE:
            yield from ((address, _DATE) for address in group.getRangeAddresses())


def _date(serial: float) -> Any:
    try:
        # To the millisecond: a serial number holds no more.
        return EPOCH + dt.timedelta(milliseconds=round(serial * 86_400_000))
    except OverflowError:
        return serial


# --- writing ---------------------------------------------------------------------------------------------------------


class _Block:
    """Rows on their way into a range, and what a block of numbers and texts cannot say."""

    def __init__(self) -> None:
        self.days: list[tuple[int, int]] = []
        self.moments: list[tuple[int, int]] = []
        self.times: list[tuple[int, int]] = []
        self.flags: list[tuple[int, int]] = []
        self.formulas: list[tuple[int, int, str]] = []

    def cell(self, value: Any, i: int, j: int) -> Any:
        if value is None:
            return ""
        if isinstance(value, bool):
            self.flags.append((i, j))
            return float(value)
        if isinstance(value, (int, float)):
            return float(value)
        if isinstance(value, str):
            if value[:1] == "'":  # as in Excel, it says that a text follows
                return value[1:]
            if value[:1] == "=" and len(value) > 1:
                self.formulas.append((i, j, value))
                return ""
            return value
        if isinstance(value, dt.datetime):
            whole = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
            (self.days if whole else self.moments).append((i, j))
            return (value - EPOCH) / dt.timedelta(days=1)
        if isinstance(value, dt.date):
            self.days.append((i, j))
            return float((value - EPOCH.date()).days)
        if isinstance(value, dt.timedelta):
            self.times.append((i, j))
            return value / dt.timedelta(days=1)
        raise TypeError(f"a cell cannot hold a {type(value).__name__}: {value!r}")


_PLAIN = {str, float}


def write(document: Any, cells: Any, rows: Sequence[Sequence[Any]], enter: Callable[[Any, Any], None]) -> None:
    """Put rows into a range of just their shape; `enter` puts formulas, in Excel's spelling, into a column of cells."""
    block = _Block()
    data = tuple(
        tuple(row)
        if set(map(type, row)) <= _PLAIN and not any(type(c) is str and c[:1] in ("=", "'") for c in row)
        else tuple(block.cell(value, i, j) for j, value in enumerate(row))
        for i, row in enumerate(rows)
    )
    cells.setDataArray(data)
    formats = document.getNumberFormats()
    for where, kind in list(_formatted(document, cells)):
        if kind == _LOGICAL:  # what was a truth value is one no more
            sheet = cells.Spreadsheet
            place = (where.StartColumn, where.StartRow, where.EndColumn, where.EndRow)
            sheet.getCellRangeByPosition(*place).NumberFormat = _key(formats, "General")
    kinds = (
        (block.days, DAY, _DATE),
        (block.moments, MOMENT, _DATE),
        (block.times, SPAN, _TIME),
        (block.flags, None, _LOGICAL),
    )
    for places, text, kind in kinds:
        for i, j, count in _runs(places):
            target = cells.getCellRangeByPosition(j, i, j, i + count - 1)
            known = target.NumberFormat
            if known and formats.getByKey(known).Type & kind:
                continue  # a date in the analyst's own format stays in it
            target.NumberFormat = _key(formats, text)
    texts = {(i, j): text for i, j, text in block.formulas}
    for i, j, count in _runs(list(texts)):
        rows_ = tuple((texts[i + k, j],) for k in range(count))
        enter(cells.getCellRangeByPosition(j, i, j, i + count - 1), rows_)


def _runs(places: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Cells one below the other: row, column and number of each run."""
    run: tuple[int, int, int] | None = None
    for j, i in sorted((j, i) for i, j in places):
        if run is not None and run[1] == j and run[0] + run[2] == i:
            run = (run[0], j, run[2] + 1)
        else:
            if run is not None:
                yield run
            run = (i, j, 1)
    if run is not None:
        yield run


def _key(formats: Any, text: str | None) -> int:
    """The number of a format; of the one for truth values without a text."""
    from cvm_xl.hosts.calc.engine.formats import format_key, locale

    return formats.getStandardFormat(_LOGICAL, locale()) if text is None else format_key(formats, text)
