"""What python-calamine stumbles over, as errors of ours."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from python_calamine import CalamineError

from cvm_xl.book.addresses import column_number
from cvm_xl.errors import BookError, Place

__all__ = ["Cells", "Guarded", "Stumbled", "check_reach", "reading", "rows"]

MEND = "Open the workbook in Excel and save it under a new name."
MOST = 60_000_000  # cells from a sheet's first to its last, which take 36 bytes each, empty or not
CHUNK = 4096  # rows
# These begin with letters, not with a word's boundary: so they take a quarter of the time.
_WIDE = re.compile(rb"""r=["'](?:[A-Z]{3}|[C-Z][A-Z]|B[F-Z])\d""")  # of BE and what is before it all rows are less
_COLUMN = re.compile(rb"""r=["']([A-Z]{2,3})\d""")
_FILLED = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]+)(\d+)["'][^>]*(?<!/)>""")


class Stumbled(BookError):
    """python-calamine cannot read something."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """A `Stumbled` that says what cannot be read, whatever the reader stumbles over in the block."""
    try:
        yield
    except (CalamineError, OSError) as error:
        raise Stumbled(f"{what} cannot be read: {error}", remedy=MEND) from error
    except BaseException as error:
        # numbers that no calendar has, in cells of a date or time format
        if not (isinstance(error, OverflowError) or type(error).__name__ == "PanicException"):
            raise
        raise Stumbled(
            f"{what} cannot be read: a cell with a date or time format holds a number that is no date",
            remedy="In Excel such a cell shows #####; give it a number format, or correct it.",
        ) from None


def check_reach(xml: bytes, sheet: str) -> None:
    """Raise `BookError` where a cell lies so far away that all those in between, which the reader keeps, fit no memory.

    It would not fail then, but end this process.
    """
    if not _WIDE.search(xml):
        return
    columns = _columns({found[1] for found in _COLUMN.finditer(xml)})
    if not _from_about(MOST // columns).search(xml):
        return
    filled: dict[bytes, int] = {}  # of each column the last row
    for found in _FILLED.finditer(xml):
        filled[found[1]] = max(int(found[2]), filled.get(found[1], 0))
    if _columns(filled) * max(filled.values(), default=0) > MOST:
        column, row = max(filled.items(), key=lambda last: column_number(last[0].decode()) * last[1])
        raise BookError(
            f"its cells reach as far as {column.decode()}{row}, which is more than can be read",
            place=Place(sheet=sheet),
            remedy="Delete the columns and rows outside your data (Ctrl+End shows the last cell) and save it.",
        )


def _from_about(row: int) -> re.Pattern[bytes]:
    """What finds a row or a cell from this row on, and perhaps one a little before."""
    first, more = str(row)[:1].encode(), len(str(row)) - 1
    return re.compile(rb"""r=["'][A-Z]*(?:[%b-9]\d{%d}|\d{%d})""" % (first, more, more + 2))


def _columns(found: Iterable[bytes]) -> int:
    return max((column_number(column.decode()) for column in found), default=26)


def rows(sheet: Any) -> Iterator[Sequence[Any]]:
    """A sheet's rows as the reader gives them."""
    coming = sheet.iter_rows()
    while chunk := _silently(coming):
        yield from chunk


def _silently(coming: Iterator[Sequence[Any]]) -> list[Sequence[Any]]:
    """The next rows. `reading` makes a message of a panic; what Rust itself says of it nobody is to see."""
    try:
        kept = os.dup(2)
    except OSError:  # a program without a window's standard streams
        return list(itertools.islice(coming, CHUNK))
    nobody = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nobody, 2)
        return list(itertools.islice(coming, CHUNK))
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nobody)


class Cells(Protocol):
    """A sheet's used cells, as calamine gives them: numbers, texts, dates, truth values, '' where there is nothing.

    `start` and `end` are the first and the last used cell, (row, column) from 0; None in an empty sheet.
    """

    @property
    def name(self) -> str: ...
    @property
    def start(self) -> tuple[int, int] | None: ...
    @property
    def end(self) -> tuple[int, int] | None: ...
    @property
    def merged_cell_ranges(self) -> Sequence[tuple[tuple[int, int], tuple[int, int]]] | None: ...

    def iter_rows(self) -> Iterator[Sequence[Any]]:
        """The rows from the sheet's first to `end`, each from the column of `start` on."""
        ...


class Guarded:
    """A sheet whose rows are read under `reading`."""

    def __init__(self, sheet: Any, what: str) -> None:
        self._sheet, self._what = sheet, what
        self.name: str = sheet.name
        self.start: tuple[int, int] | None = sheet.start
        self.end: tuple[int, int] | None = sheet.end
        self.merged_cell_ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]] | None = sheet.merged_cell_ranges

    def iter_rows(self) -> Iterator[Sequence[Any]]:
        """The sheet's rows."""
        with reading(self._what):
            yield from rows(self._sheet)
