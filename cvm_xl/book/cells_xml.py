"""Whole columns as the XML of cells.

Text goes in as inline strings, so that the workbook's shared strings stay as they are; what begins with = + - @ is
text like any other, because only an <f> element is a formula.
"""

from __future__ import annotations

import datetime as dt
import decimal
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.book.addresses import LAST_ROW, letters
from cvm_xl.cells import ExcelError
from cvm_xl.errors import BookError, Place
from cvm_xl.figures import figure

__all__ = ["CHUNK", "Endings", "as_array", "cells", "escaped", "refuse", "refuse_below", "rows", "serials", "text_xml"]

LONGEST_TEXT = 32_767
CHUNK = 65_536
"""Rows to turn into XML at a time: more costs memory and saves no time."""

_DAY = 86_400_000_000  # microseconds
_EPOCH_1900, _EPOCH_1904 = np.datetime64("1899-12-30", "us"), np.datetime64("1904-01-01", "us")
_MARCH_1900, _YEAR_10000 = np.datetime64("1900-03-01", "us"), np.datetime64("10000-01-01", "us")

# What XML cannot hold, and lone halves of surrogate pairs.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NEEDS_CARE = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def as_array(values: Any) -> NDArray[Any]:
    """A column as a numpy array: of numbers, flags or dates where it is one of these throughout, else of objects."""
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "to_numpy"):
        plain = isinstance(values.dtype, np.dtype)
        return values.to_numpy() if plain else values.to_numpy(dtype=object, na_value=None)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def escaped(text: str) -> str:
    """Text for the inside of an element.

    Control characters are dropped, line ends become a line feed, and text that looks like one of Excel's escapes
    (_x000D_) is guarded so that it is not taken for one.
    """
    if not _SPECIAL.search(text):
        return text
    text = _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LOOKS_ESCAPED.sub("_x005F_", text)


def text_xml(text: str) -> str:
    """A <t> element, with outer blanks kept."""
    inner = escaped(text)
    return f'<t xml:space="preserve">{inner}</t>' if inner != inner.strip() or "\n" in inner else f"<t>{inner}</t>"


def serials(dates: NDArray[np.datetime64], *, date1904: bool = False) -> NDArray[np.float64]:
    """Dates as Excel's serial numbers; NaT is NaN. Dates that Excel does not know are infinite.

    Excel's 1900 has a 29 February: before 1 March 1900 its numbers are one less than the days since 1899-12-30.
    """
    moments = dates.astype("datetime64[us]")
    epoch = _EPOCH_1904 if date1904 else _EPOCH_1900
    days = (moments - epoch).astype(np.int64) / _DAY
    if not date1904:
        days = np.where(moments < _MARCH_1900, days - 1.0, days)
    outside = (days < (0 if date1904 else 1)) | (moments >= _YEAR_10000)
    return np.where(np.isnat(moments), np.nan, np.where(outside, np.inf, days))


def cells(
    values: NDArray[Any], column: int, first: int, style: int | None, header: str = "", *, date1904: bool = False
) -> list[str]:
    """One column of cells as XML, a string a row.

    Parameters
    ----------
    values : array
        Numbers, flags, datetime64 or objects (None, str, bool, numbers, dates, `ExcelError`). NaN, NaT, None and ''
        give an empty cell that keeps the style.
    column : int
        Column of the sheet, from 1.
    first : int
        The sheet's row of the first value.
    style : int or None
        Index of the cell format.
    header : str
        The column's name, for messages.

    Raises
    ------
    BookError
        For infinity, text above 32,767 characters, dates outside Excel's calendar, rows below the sheet's end;
        it names row and column.
    """
    refuse_below(first, count := len(values))
    begin, formatted = f'<c r="{letters(column)}', "" if style is None else f' s="{style}"'
    numbers = range(first, first + count)
    kind = values.dtype.kind
    if kind == "M":
        days = serials(values, date1904=date1904)
        refuse(np.isinf(days), first, header, "the date is outside Excel's calendar", values)
        values, kind = days, "f"
    if kind == "b":
        choices = [f'"{formatted} t="b"><v>0</v></c>', f'"{formatted} t="b"><v>1</v></c>']
        return [f"{begin}{row}{choices[value]}" for row, value in zip(numbers, values.tolist(), strict=True)]
    if kind in "iu":
        return [
            f'{begin}{row}"{formatted}><v>{value}</v></c>' for row, value in zip(numbers, values.tolist(), strict=True)
        ]
    if kind == "f":
        return _floats(values, begin, numbers, formatted, header)
    return _objects(values.tolist(), begin, numbers, formatted, header, date1904)


def _floats(values: NDArray[Any], begin: str, numbers: range, formatted: str, header: str) -> list[str]:
    refuse(np.isinf(values), numbers.start, header, "infinity cannot be written", values)
    blank = np.isnan(values)
    empty = f'"{formatted}/>' if formatted else None
    if blank.all():
        return [f"{begin}{row}{empty}" if empty else "" for row in numbers]
    whole = bool(np.all(blank | ((values == np.floor(values)) & (np.abs(values) < 1e15))))
    if not blank.any():
        listed = values.astype(np.int64).tolist() if whole else values.astype(np.float64).tolist()
        return [f'{begin}{row}"{formatted}><v>{value!r}</v></c>' for row, value in zip(numbers, listed, strict=True)]
    listed = np.where(blank, 0, values)
    listed = listed.astype(np.int64).tolist() if whole else listed.astype(np.float64).tolist()
    return [
        (f"{begin}{row}{empty}" if empty else "") if nothing else f'{begin}{row}"{formatted}><v>{value!r}</v></c>'
        for row, value, nothing in zip(numbers, listed, blank.tolist(), strict=True)
    ]


def refuse_below(first: int, count: int) -> None:
    """Raise `BookError` for rows below the sheet's end."""
    if first + count - 1 > LAST_ROW:
        raise BookError(
            f"{figure(count)} rows do not fit: a sheet ends at row {figure(LAST_ROW)}",
            remedy="Use fewer rows, or keep them outside the workbook (Parquet, a database).",
        )


def refuse(bad: NDArray[np.bool_], first: int, header: str, message: str, values: NDArray[Any]) -> None:
    """Raise `BookError` for the first bad value of a column."""
    if bad.any():
        row = int(np.argmax(bad))
        raise BookError(message, place=Place(row=first + row, column=header or None), value=str(values[row]))


class Endings(dict[Any, str]):
    """What follows a cell's address, made once for each distinct text."""

    def __init__(self, formatted: str, date1904: bool) -> None:
        super().__init__({None: f'"{formatted}/>' if formatted else "", "": f'"{formatted}/>' if formatted else ""})
        self.formatted = formatted
        self.date1904 = date1904

    def __missing__(self, text: str) -> str:
        if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST_TEXT:
            raise BookError(
                f"text of {figure(len(text))} characters; a cell takes {figure(LONGEST_TEXT)}", value=text[:40]
            )
        inner = text_xml(text)
        ending = f'"{self.formatted} t="inlineStr"><is>{inner}</is></c>'
        self[text] = ending
        return ending

    def of(self, value: Any) -> str:
        """The ending for a value of any kind; only texts are remembered."""
        if value is None or type(value) is str:
            return self[value]
        if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
            value = value.item()
        if isinstance(value, str):
            return self[str(value)]
        if isinstance(value, bool):
            return f'"{self.formatted} t="b"><v>{int(value)}</v></c>'
        if isinstance(value, ExcelError):
            return f'"{self.formatted} t="e"><v>{escaped(value.code)}</v></c>'
        if type(value).__name__ == "NAType" or value != value:  # NaN and NaT differ from themselves
            return self[None]
        if isinstance(value, (dt.date, np.datetime64)):
            value = _serial(value, self.date1904)
        elif isinstance(value, dt.time):
            value = (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6) / 86_400
        elif isinstance(value, decimal.Decimal):
            value = float(value)
        if not isinstance(value, (int, float)):
            raise BookError(f"a value of type {type(value).__name__} cannot be written to a cell", value=str(value))
        if isinstance(value, float):
            if abs(value) == float("inf"):
                raise BookError("infinity cannot be written", value=value)
            if value.is_integer() and abs(value) < 1e15:
                value = int(value)
        return f'"{self.formatted}><v>{value!r}</v></c>'


def _serial(date: dt.date | np.datetime64, date1904: bool) -> float:
    if isinstance(date, dt.datetime) and date.tzinfo is not None:
        date = date.replace(tzinfo=None)
    serial = float(serials(np.array([date], dtype="datetime64[us]"), date1904=date1904)[0])
    if serial == float("inf"):
        raise BookError("the date is outside Excel's calendar", value=str(date))
    return serial


def _objects(listed: list[Any], begin: str, numbers: range, formatted: str, header: str, date1904: bool) -> list[str]:
    kinds = set(map(type, listed))
    if kinds == {str} and _plain(listed):
        text = f'"{formatted} t="inlineStr"><is><t>'
        return [f"{begin}{row}{text}{value}</t></is></c>" for row, value in zip(numbers, listed, strict=True)]
    endings = Endings(formatted, date1904)
    try:
        if kinds <= {str, type(None)} and (formatted or all(listed)):
            return [f"{begin}{row}{endings[value]}" for row, value in zip(numbers, listed, strict=True)]
        made = [endings.of(value) for value in listed]
    except BookError as error:
        raise _placed(error, listed, endings, numbers.start, header) from None
    return [f"{begin}{row}{ending}" if ending else "" for row, ending in zip(numbers, made, strict=True)]


def _plain(texts: list[str]) -> bool:
    """Whether none of the texts is empty, long or needs escaping: asked of all at once, which is many times faster."""
    joined = "\n".join(texts)
    return (
        joined.count("\n") == len(texts) - 1
        and all(texts)
        and "_x" not in joined
        and not _NEEDS_CARE.search(joined)
        and "\n".join(map(str.strip, texts)) == joined
        and len(max(texts, key=len)) <= LONGEST_TEXT // 2
    )


def _placed(error: BookError, listed: list[Any], endings: Endings, first: int, header: str) -> BookError:
    """The same error with the row it arose in, found by trying again one by one."""
    for row, value in enumerate(listed):
        try:
            endings.of(value)
        except BookError as found:
            return BookError(found.message, place=Place(row=first + row, column=header or None), value=found.value)
    return error


def rows(opening: list[str], columns: list[list[str]]) -> bytes:
    """Rows from their opening tags (<row r="2">) and the cells of each column, from left to right."""
    if not opening:
        return b""
    return ("</row>".join(map("".join, zip(opening, *columns, strict=True))) + "</row>").encode()
