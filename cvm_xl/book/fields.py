"""Many rows of cells at once: fields of equal width in an array of bytes, their padding taken out at last.

What comes out is what `cells_xml` makes cell by cell, byte for byte. It is worth its while from some hundred rows on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.book.addresses import letters
from cvm_xl.book.cells_xml import Endings, cells, refuse, refuse_below, serials
from cvm_xl.errors import BookError

__all__ = ["MANY", "Field", "field", "rows"]

MANY = 512
"""Rows from which on fields are faster than texts."""

BLOCK = 16_384  # rows at a time: what the processor's cache holds
WIDEST = 256  # bytes of a cell's end: a column with longer texts is written cell by cell
EXACT = 1e15  # below, no two numbers of that many digits are the same float

_FOUR = np.array([b"%04d" % i for i in range(10_000)])  # digits within a number
_LEADING = np.array([(b"%d" % i if i else b"").rjust(4, b"\0") for i in range(10_000)])
_DECIMALS = {k: np.array([b"." + (b"%0*d" % (k, i)).rstrip(b"0") for i in range(10**k)]) for k in (2, 4)}
for _one in _DECIMALS.values():
    _one[0] = b".0"  # as Python writes it


@dataclass(frozen=True)
class Field:
    """Cells of a column: what stands before the row's number, and the padded rest of each; NUL is padding."""

    before: bytes
    ends: NDArray[np.uint8]
    nothing: NDArray[np.bool_] | None = None
    """Rows without a cell."""


def field(
    values: NDArray[Any], column: int, first: int, style: int | None, header: str = "", *, date1904: bool = False
) -> Field | list[str]:
    """What `cells_xml.cells` makes of the same, as a field; its texts where they are too long for one."""
    refuse_below(first, len(values))
    before = f'<c r="{letters(column)}'.encode()
    formatted = "" if style is None else f' s="{style}"'
    kind = values.dtype.kind
    if kind == "M":
        days = serials(values, date1904=date1904)
        refuse(np.isinf(days), first, header, "the date is outside Excel's calendar", values)
        values, kind = days, "f"
    if kind in "iuf":
        return _numbers(values, before, first, formatted, header)
    if kind == "O" and set(map(type, values.tolist())) <= {str, type(None)}:
        made = _texts(values.tolist(), before, formatted, date1904)
        if made is not None:
            return made
    return cells(values, column, first, style, header, date1904=date1904)


def rows(first: int, opening: Sequence[str] | None, columns: Sequence[Field | Sequence[str]]) -> bytes | None:
    """Rows from number `first` on; None when a text is too long for a field.

    Parameters
    ----------
    first : int
    opening : sequence of str or None
        Each row's opening tag and what precedes the columns; a plain tag when None.
    columns : sequence
        The columns from left to right.
    """
    count = len(columns[0].ends) if isinstance(columns[0], Field) else len(columns[0])
    tag = Field(b'<row r="', _padded([b'">']).repeat(count, axis=0))
    fields = [tag if opening is None else _plain(opening), *(c if isinstance(c, Field) else _plain(c) for c in columns)]
    if any(one is None for one in fields):
        return None
    number = _digits(np.arange(first, first + count), 2)
    return b"".join(
        _squeezed(number[at : at + BLOCK], [one for one in fields if one], slice(at, at + BLOCK))
        for at in range(0, count, BLOCK)
    )


def _squeezed(number: NDArray[np.uint8], fields: list[Field], part: slice) -> bytes:
    end = b"</row>"
    width = sum(len(one.before) + one.ends.shape[1] + (number.shape[1] if one.before else 0) for one in fields)
    out = np.empty((len(number), width + len(end)), dtype=np.uint8)
    at = 0
    for one in fields:
        start = at
        if one.before:
            out[:, at : at + len(one.before)] = np.frombuffer(one.before, dtype=np.uint8)
            at += len(one.before)
            out[:, at : at + number.shape[1]] = number
            at += number.shape[1]
        ends = one.ends[part]
        out[:, at : at + ends.shape[1]] = ends
        at += ends.shape[1]
        if one.nothing is not None:
            out[one.nothing[part], start:at] = 0
    out[:, at:] = np.frombuffer(end, dtype=np.uint8)
    return out.tobytes().translate(None, b"\0")


def _padded(texts: Sequence[bytes]) -> NDArray[np.uint8]:
    array = np.array(texts, dtype=np.bytes_)
    return array.view(np.uint8).reshape(len(texts), array.dtype.itemsize)


def _plain(texts: Sequence[str]) -> Field | None:
    """Whole cells as they are, with their addresses; None where one is too long."""
    encoded = [text.encode() for text in texts]
    return Field(b"", _padded(encoded)) if max(map(len, encoded), default=0) <= WIDEST else None


# --- numbers ---------------------------------------------------------------------------------------------------


def _numbers(values: NDArray[Any], before: bytes, first: int, formatted: str, header: str) -> Field:
    blank = None
    if values.dtype.kind == "f":
        refuse(np.isinf(values), first, header, "infinity cannot be written", values)
        nan = np.isnan(values)
        if nan.any():
            blank, values = nan, np.where(nan, 0, values)
        values = values.astype(np.float64, copy=False)
        whole = bool(np.all((values == np.floor(values)) & (np.abs(values) < EXACT)))
        texts = _whole(values.astype(np.int64)) if whole else _fractions(values, blank)
    else:
        texts = _whole(values)
    opening, closing = f'"{formatted}><v>'.encode(), b"</v></c>"
    ends = np.empty((len(values), len(opening) + texts.shape[1] + len(closing)), dtype=np.uint8)
    ends[:, : len(opening)] = np.frombuffer(opening, dtype=np.uint8)
    ends[:, len(opening) : -len(closing)] = texts
    ends[:, -len(closing) :] = np.frombuffer(closing, dtype=np.uint8)
    if blank is None:
        return Field(before, ends)
    if not formatted:
        return Field(before, ends, blank)
    empty = f'"{formatted}/>'.encode()
    ends[blank] = 0
    ends[blank, : len(empty)] = np.frombuffer(empty, dtype=np.uint8)
    return Field(before, ends)


def _whole(values: NDArray[Any]) -> NDArray[np.uint8]:
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    largest = max(-least, most)
    if largest >= 10**16:
        return _padded([b"%d" % value for value in values.tolist()])
    values = values.astype(np.int64, copy=False)
    digits = _digits(np.abs(values) if least < 0 else values, -(-len(str(largest)) // 4))
    return _signed(digits, values < 0) if least < 0 else digits


def _fractions(values: NDArray[np.float64], blank: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """Numbers as Python writes them, some of them not whole.

    A decimal number of at most 15 digits is what Python writes of the float next to it, and this is the quotient of
    its digits and a power of ten, rounded once.
    """
    size = np.abs(values)
    for places, decimals in _DECIMALS.items():
        with np.errstate(over="ignore"):
            units = np.rint(size * 10**places)
        if bool(np.all((units < EXACT) & (units / 10**places == size))):
            before, after = np.divmod(units.astype(np.int64), 10**places)
            left = _digits(before, -(-len(str(int(before.max()))) // 4))
            right = decimals[after].view(np.uint8).reshape(len(values), places + 1)
            texts = np.hstack([left, right])
            negative = np.signbit(values)
            return _signed(texts, negative) if negative.any() else texts
    if blank is not None:
        return _padded([b"" if no else repr(v).encode() for v, no in zip(values.tolist(), blank.tolist(), strict=True)])
    return np.array(list(map(repr, values.tolist())), dtype=np.bytes_).view(np.uint8).reshape(len(values), -1)


def _signed(texts: NDArray[np.uint8], negative: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.hstack([(negative * np.uint8(ord("-")))[:, None], texts])


def _digits(values: NDArray[Any], groups: int) -> NDArray[np.uint8]:
    """Whole numbers from 0 on, with at most four digits a group; to the right."""
    out = np.empty((len(values), groups), dtype="S4")
    parts: list[NDArray[Any]] = []
    rest = values
    for _ in range(groups - 1):
        rest, low = np.divmod(rest, 10_000)
        parts.append(low)
    parts.append(rest)
    begun = np.zeros(len(values), dtype=bool)
    for i, part in enumerate(reversed(parts)):
        if i == 0:
            out[:, 0] = _LEADING[part]
        elif begun.all():
            out[:, i] = _FOUR[part]
        else:
            out[:, i] = np.where(begun, _FOUR[part], _LEADING[part])
        begun |= part > 0
    text = out.view(np.uint8).reshape(len(values), 4 * groups)
    text[~begun, -1] = ord("0")
    return text


# --- texts -----------------------------------------------------------------------------------------------------


def _texts(listed: list[Any], before: bytes, formatted: str, date1904: bool) -> Field | None:
    """Texts and blanks; None where one is too long, or cannot be written at all."""
    endings = Endings(formatted, date1904)
    number = {text: i for i, text in enumerate(dict.fromkeys(listed))}
    try:
        each = [endings[text].encode() for text in number]
    except BookError:
        return None
    if max(map(len, each)) > WIDEST:
        return None
    distinct = np.array(each, dtype=np.bytes_)
    codes = np.fromiter(map(number.__getitem__, listed), dtype=np.intp, count=len(listed))
    empty = distinct == b""
    nothing = empty[codes] if empty.any() else None
    return Field(before, distinct[codes].view(np.uint8).reshape(len(listed), distinct.dtype.itemsize), nothing)
