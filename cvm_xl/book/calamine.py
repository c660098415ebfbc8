"""What python-calamine stumbles over, as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from python_calamine import CalamineError

from cvm_xl.errors import BookError

__all__ = ["Cells", "Guarded", "Stumbled", "reading"]

MEND = "Open the workbook in Excel and save it under a new name."


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
            yield from self._sheet.iter_rows()
