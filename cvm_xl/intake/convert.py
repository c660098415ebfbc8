"""Columns of a source as the schema types them; what cannot be typed is named by row."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.book.columns import EXACT, array_type
from cvm_xl.book.columns import convert as convert_cells
from cvm_xl.book.schema import Column, normal
from cvm_xl.errors import BookError, Place
from cvm_xl.intake.source import Source
from cvm_xl.intake.texts import Dates, decimal_mark, number

__all__ = ["Typed", "common_mark", "typed"]

FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


@dataclass
class Typed:
    """A column's values, the faults by position, and what to know of how it was read."""

    values: np.ndarray
    faults: dict[int, str] = field(default_factory=dict)
    note: str = ""


def typed(source: Source, index: int, column: Column, *, mark: str, dates: str | None) -> Typed:
    """Convert one column.

    Parameters
    ----------
    source : Source
    index : int
        Which of its columns.
    column : Column
        What it becomes.
    mark : {".", ","}
        The decimal mark of numbers as text.
    dates : {"dmy", "mdy", "ymd"}, optional
        The order of day, month and year in dates as text.

    Raises
    ------
    BookError
        When the order of day and month cannot be told, or the whole column is of another kind.
    """
    raw = source.columns[index]
    if source.kind == "xlsx":
        values, faults = convert_cells(column, raw.tolist(), date1904=source.date1904, seen={})
        return Typed(values, {i: _with_value(fault.message, raw[i]) for i, fault in faults})
    place = Place(column=source.headers[index])
    if isinstance(raw, pd.Series):
        numeric = pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw)
        if array_type(column.kind) == "float64" and numeric:
            return _numbers(raw.to_numpy(dtype=float, na_value=np.nan), raw.notna().to_numpy(), column)
        if column.kind == "date" and pd.api.types.is_datetime64_any_dtype(raw):
            local = raw.dt.tz_localize(None) if getattr(raw.dtype, "tz", None) is not None else raw
            return Typed(_seconds(local.to_numpy()))
    codes, distinct = _distinct(raw)
    read, note = _reader(column, distinct, place, source.path.name, mark, dates)
    values, faults = _expanded(codes, distinct, column, read)
    return Typed(values, faults, note)


def common_mark(source: Source, indices: list[int]) -> tuple[str, str]:
    """The decimal mark of the numbers in these columns, and what to say of it."""
    if source.kind != "CSV":
        return ".", ""
    texts = (text for i in indices for text in pd.unique(source.columns[i]))
    return decimal_mark(texts, "," if source.delimiter == ";" else ".")


def _distinct(raw: Any) -> tuple[np.ndarray, list[object]]:
    """Codes of the rows and the distinct values; -1 is blank."""
    if isinstance(raw, pd.Series):
        if isinstance(raw.dtype, pd.CategoricalDtype):
            raw = raw.astype(raw.cat.categories.dtype)
        codes, distinct = pd.factorize(raw)
        return codes, list(distinct)
    codes, distinct = pd.factorize(raw)
    blank = np.flatnonzero(distinct == "")
    if len(blank):
        codes = np.where(codes == blank[0], -1, codes)
    return codes, list(distinct)


Reader = Callable[[object], tuple[object, str]]


def _expanded(
    codes: np.ndarray, distinct: list[object], column: Column, read: Reader
) -> tuple[np.ndarray, dict[int, str]]:
    """Read each distinct value once, then give it to all its rows."""
    kind = array_type(column.kind)
    empty: object = {"float64": np.nan, "datetime64[s]": np.datetime64("NaT", "s")}.get(kind)
    values = np.full(len(distinct) + 1, empty, dtype=kind)  # the last, code -1, is blank
    wrong: dict[int, str] = {}
    for i, value in enumerate(distinct):
        result, fault = (None, "") if isinstance(value, str) and value == "" else read(value)
        if fault:
            wrong[i] = _with_value(fault, value)
        elif result is not None:
            values[i] = result
    faults: dict[int, str] = {}
    if wrong:
        rows = np.flatnonzero(np.isin(codes, list(wrong)))
        faults = {row: wrong[code] for row, code in zip(rows.tolist(), codes[rows].tolist(), strict=True)}
    return values[codes], faults


def _with_value(fault: str, value: object) -> str:
    text = str(value)
    return f"{text[:60]!r} {fault}"


def _numbers(values: np.ndarray, there: np.ndarray, column: Column) -> Typed:
    wrong = there & ~np.isfinite(values)
    if column.kind == "whole":
        wrong |= np.isfinite(values) & (values != np.floor(values))
    text = "is no whole number" if column.kind == "whole" else "is no finite number"
    faults = {i: _with_value(text, values[i]) for i in np.flatnonzero(wrong).tolist()}
    return Typed(np.where(wrong, np.nan, values), faults)


def _seconds(moments: np.ndarray) -> np.ndarray:
    milli = moments.astype("datetime64[ms]")
    return (milli + np.timedelta64(500, "ms")).astype("datetime64[s]")


# --- one value -----------------------------------------------------------------------------------------------------


def _reader(
    column: Column, distinct: list[object], place: Place, name: str, mark: str, dates: str | None
) -> tuple[Reader, str]:
    """What reads one value of a column, and what to say of it."""
    if array_type(column.kind) == "float64":
        return _number_reader(column.kind, mark), ""
    if column.kind == "date":
        return _date_reader(distinct, place, name, dates)
    if column.kind == "choice":
        words = {normal(word): word for word in column.choices}
        fault = f"is none of {', '.join(column.choices)}"
        return lambda value: (words.get(normal(value)), "" if normal(value) in words else fault), ""
    if column.kind == "flag":
        return _flag, ""
    if column.kind == "value":
        return lambda value: (_number_or_text(value, mark), ""), ""
    return _id_reader(column.kind, distinct)


def _number_reader(kind: str, mark: str) -> Reader:
    def read(value: object) -> tuple[object, str]:
        if isinstance(value, bool | np.bool_ | datetime.date):
            return None, "stands where a number belongs"
        if isinstance(value, str):
            if kind != "share" and "%" in value:
                return None, "is a percentage where a number belongs"
            result = number(value, mark)
        else:  # decimal.Decimal
            result = float(value)  # type: ignore[arg-type]
        if result is None:
            return None, "is text where a number belongs"
        if not np.isfinite(result) or (kind == "whole" and not result.is_integer()):
            return None, "is no whole number" if kind == "whole" else "is no finite number"
        return result, ""

    return read


def _date_reader(distinct: list[object], place: Place, name: str, order: str | None) -> tuple[Reader, str]:
    texts = [_date_text(value) for value in distinct]
    dates = Dates([text for text in texts if text], order)
    if dates.unclear or dates.clash:
        if dates.clash:
            said, shown = "the order of day and month differs between rows", " and ".join(dates.clash)
        else:
            said, shown = "the order of day, month and year cannot be told from the dates", dates.unclear
        raise BookError(
            f"{name}: {said}", place=place, value=shown, remedy="Say the order: --dates dmy, --dates mdy or --dates ymd"
        )

    def read(value: object) -> tuple[object, str]:
        moment = dates.read(_date_text(value))
        return moment, "" if moment is not None else "is no date"

    return read, "" if dates.certain or not dates.order else "dates with dots were read as day.month.year"


def _date_text(value: object) -> str:
    """Text of a date; numbers such as 20111231 are read by their digits."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _number_or_text(value: object, mark: str) -> object:
    """What stands in a column of both: 0.25 and 25% are numbers, 007 and Top; Bottom are texts."""
    if not isinstance(value, str) or re.match(r"0\d", value.strip()):
        return value
    result = number(value, mark)
    return value if result is None else result


def _flag(value: object) -> tuple[object, str]:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    result = FLAGS.get(str(value).strip().casefold())
    return result, "" if result is not None else "is neither TRUE nor FALSE"


def _id_reader(kind: str, distinct: list[object]) -> tuple[Reader, str]:
    texts = [value for value in distinct if isinstance(value, str) and value]
    # numbers that went through a table with gaps come out as 17850.0
    cut = kind == "id" and bool(texts) and all(text.endswith(".0") and text[:-2].isdecimal() for text in texts)

    def read(value: object) -> tuple[object, str]:
        if isinstance(value, str):
            if kind == "id" and "\n" in value:
                return None, "holds a line break; a quotation mark may be missing in the file"
            return value[:-2] if cut else value, ""
        if isinstance(value, bool | np.bool_):
            return "TRUE" if value else "FALSE", ""
        if isinstance(value, float | np.floating):
            whole = float(value).is_integer() and abs(value) < EXACT
            return str(int(value)) if whole else repr(float(value)), ""
        if isinstance(value, pd.Timestamp) and value == value.normalize():
            return value.date().isoformat(), ""
        return value.isoformat() if isinstance(value, datetime.date) else str(value), ""

    return read, f"numbers such as {texts[0]} were read as {texts[0][:-2]}" if cut else ""
