"""The errors that users meet, each with the Excel error it shows as in a cell.

A message says what is wrong, where (argument and row, or sheet, table, row and column), with which
value, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cvm_xl.figures import shown

__all__ = [
    "EXCEL_ERRORS",
    "BookError",
    "CellError",
    "CvmError",
    "InvalidInput",
    "NotAvailable",
    "OutOfRange",
    "Place",
]

EXCEL_ERRORS = (
    "#NULL!",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NAME?",
    "#NUM!",
    "#N/A",
    "#GETTING_DATA",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#BUSY!",
    "#UNKNOWN!",
)


class CvmError(Exception):
    """Base of all errors a user is meant to read.

    Parameters
    ----------
    message : str
        What is wrong and what to do.
    argument : str, optional
        The function's argument concerned.
    rows : sequence of int, optional
        Zero-based data rows concerned. A row-wise function gives the error in these rows only;
        a function that pools rows names the first.
    value : object, optional
        The offending value, shown in the message.
    """

    code = "#VALUE!"

    def __init__(
        self,
        message: str,
        *,
        argument: str | None = None,
        rows: Sequence[int] | None = None,
        value: object = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.rows = None if rows is None else [int(row) for row in rows]
        self.value = value

    def text(self, first_row: int = 1, row: int | None = None) -> str:
        """The message with its place; `first_row` is the number shown for data row 0."""
        if row is None and self.rows:
            row = self.rows[0]
        where = [self.argument] if self.argument else []
        if row is not None:
            where.append(f"row {row + first_row}")
        found = "" if self.value is None else f" ({shown(self.value)})"
        return f"{', '.join(where)}{found}: {self.message}" if where else self.message

    @property
    def reason(self) -> str:
        """The message for readers of a workbook, who gave no arguments: without an argument's name on the whole."""
        return self.message if self.argument and self.rows is None and self.value is None else str(self)

    def __str__(self) -> str:
        return self.text()


class InvalidInput(CvmError):
    """The input is of the wrong kind: text for a number, shapes that do not fit (#VALUE!)."""

    code = "#VALUE!"


class OutOfRange(CvmError):
    """A number outside what the method allows, or a method that does not converge (#NUM!)."""

    code = "#NUM!"


class NotAvailable(CvmError):
    """The answer does not exist for this input: no band, no optimum, too little data (#N/A)."""

    code = "#N/A"


class CellError(CvmError):
    """An error cell in the input, handed on as it came."""

    def __init__(self, code: str, *, argument: str | None = None, rows: Sequence[int] | None = None) -> None:
        super().__init__(f"holds the error {code}; mend that cell first", argument=argument, rows=rows)
        self.code = code


@dataclass(frozen=True)
class Place:
    """Where in a workbook, or in what lies outside it (`source`): any part may be unknown. `row` is the row there."""

    sheet: str | None = None
    table: str | None = None
    row: int | None = None
    column: str | None = None
    source: str = ""

    def __str__(self) -> str:
        parts = [
            self.source or (f"sheet {self.sheet}" if self.sheet else ""),
            f"table {self.table}" if self.table and self.table != self.sheet else "",
            f"row {self.row}" if self.row is not None else "",
            f"column {self.column}" if self.column else "",
        ]
        return ", ".join(part for part in parts if part)


class BookError(CvmError):
    """A workbook, or a file to import, that cannot be used as it is. Nothing was written."""

    def __init__(self, message: str, *, place: Place | None = None, value: object = None, remedy: str = "") -> None:
        super().__init__(message, value=value)
        self.place = place or Place()
        self.remedy = remedy

    def text(self, first_row: int = 1, row: int | None = None) -> str:  # noqa: ARG002  the place says the row
        where = str(self.place)
        found = "" if self.value is None else f" (found {shown(self.value)})"
        body = f"{where}: {self.message}{found}" if where else f"{self.message}{found}"
        return f"{body}. {self.remedy}" if self.remedy else body
