"""The scripts of xlwings Lite. What they write goes to Excel when a script ends, so nothing written is read again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import xlwings as xw

from cvm_xl.answers import QUESTIONS
from cvm_xl.book import schema
from cvm_xl.cells import to_cell
from cvm_xl.errors import BookError, CvmError, Place
from cvm_xl.filling import plan, to_write
from cvm_xl.hosts.ribbon.macros import selected, traced
from cvm_xl.hosts.ribbon.reading import OpenTable, read, tables
from cvm_xl.hosts.ribbon.writing import as_typed
from cvm_xl.problems import numbered
from cvm_xl.refresh import Computed, compute, to_read

__all__ = ["cvm_check", "cvm_refresh", "cvm_why", "refresh"]

SHOWN = 15
TOP = 4
"""Where a table's headers stand on a sheet that is added: below a title and its note."""


@xw.script
def cvm_check(book: xw.Book) -> None:
    """List what is wrong with the inputs, each with its remedy."""
    from cvm_xl.check import check

    try:
        lines = [str(problem) for problem in check(read(book))]
    except CvmError as error:
        lines = [str(error)]
    more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    book.app.alert("\n".join([*lines[:SHOWN], *more]) or "The inputs are in order.", title="CVM")


@xw.script
def cvm_refresh(book: xw.Book) -> None:
    """Compute every answer and write it into the workbook."""
    try:
        done, said = refresh(book)
        said += done.answers.notes
    except CvmError as error:
        said = [str(error)]
    book.app.alert("\n".join(said[:SHOWN]), title="CVM")


@xw.script
def cvm_why(book: xw.Book) -> None:
    """Trace the figure in the selected cell back to the ledger's accounts, on the sheet Trace."""
    try:
        wanted, pool = selected(book)
        done, _ = refresh(book, ["pnl"], wanted)
        said = traced(done.answers.tables["Trace"], wanted, pool)
    except CvmError as error:
        said = [str(error)]
    book.app.alert("\n".join(said), title="CVM")


def refresh(book: xw.Book, only: Collection[str] = QUESTIONS, trace: str | None = None) -> tuple[Computed, list[str]]:
    """Compute the answers and write their tables; what was computed, and what to tell the user.

    Parameters
    ----------
    book : xlwings Book
    only : collection of str
        Which questions' tables to write.
    trace : str, optional
        What to trace back to the ledger, instead of the setting Trace.

    Raises
    ------
    BookError
        When the inputs have errors, or a table cannot be written without harm: nothing is written then.
    """
    there = tables(book)
    done = compute(read(book, there, to_read(only)), trace=trace, only=only)
    names = [name for name in to_write(only) if name in done.answers.tables]
    # Formulas go on downwards where rows can be put in; here tables are written whole.
    names = [name for name in names if not any(column.live for column in schema.table(name))]
    every = {schema.normal(name): () for name in names} | {n: one.described.columns for n, one in there.items()}
    planned, remarks = plan(done.answers, names, every, done.former)
    sheets = {schema.normal(sheet.name): sheet for sheet in book.sheets}
    blocks = {name: _block(columns) for name, columns in planned.items()}
    for name, rows in blocks.items():
        _check_room(name, rows, there.get(schema.normal(name)), sheets)
    for name, rows in blocks.items():
        found = there.get(schema.normal(name))
        if found is None:
            _add(book, name, rows, sheets)
        else:
            _replace(found, rows)
    return done, [f"{numbered(len(blocks), '[tables are|table is]')} up to date.", *remarks]


def _block(columns: dict[str, Any]) -> list[list[Any]]:
    """Header and rows; a table keeps at least one row, empty."""
    rows = [[as_typed(to_cell(cell)) for cell in row] for row in zip(*columns.values(), strict=True)]
    return [list(columns), *(rows or [[None] * len(columns)])]


def _check_room(name: str, rows: list[list[Any]], found: OpenTable | None, sheets: dict[str, xw.Sheet]) -> None:
    """Refuse what would lose something: columns of the analyst's own, cells below, a sheet of that name."""
    declared = schema.table(name)
    if found is None:
        taken = sheets.get(schema.normal(declared.sheet))
        if taken is not None and any(schema.normal(t.name) != schema.normal(name) for t in taken.tables):
            return  # a sheet of ours with several tables
        if taken is not None:
            raise BookError(
                f"the sheet {declared.sheet} has no table {name}",
                place=Place(declared.sheet, name),
                remedy="Rename or delete the sheet, and the refresh adds its own",
            )
        return
    described = found.described
    ours = {schema.normal(head) for head in rows[0]}
    own = [head for head in described.columns if schema.normal(head) not in ours]
    place = Place(described.sheet.name, name)
    if own:
        raise BookError(
            f"the column {own[0]} is not ours, and would lose its row",
            place=place,
            remedy="Move it to a sheet of yours, or refresh in Excel for Windows, LibreOffice or on the command line",
        )
    bottom = described.area.top + len(rows) - 1
    if bottom > described.area.bottom:
        below = found.table.parent.range(
            (described.area.bottom + 1, described.area.left), (bottom, described.area.right)
        )
        if any(cell is not None for row in below.options(ndim=2).value for cell in row):
            raise BookError("there are cells below the table, which has to grow", place=place, remedy="Move them away")


def _replace(found: OpenTable, rows: list[list[Any]]) -> None:
    area, sheet = found.described.area, found.table.parent
    width = len(rows[0])
    gone = area.bottom - (area.top + len(rows) - 1)
    if gone > 0:
        rest = sheet.range((area.bottom - gone + 1, area.left), (area.bottom, area.right))
        rest.clear_contents()
    found.table.resize(sheet.range((area.top, area.left), (area.top + len(rows) - 1, area.left + width - 1)))
    sheet.range((area.top, area.left)).value = rows


def _add(book: xw.Book, name: str, rows: list[list[Any]], sheets: dict[str, xw.Sheet]) -> None:
    """A sheet with the table, or a place beside the tables that a sheet added by this run has."""
    declared = schema.table(name)
    sheet = sheets.get(schema.normal(declared.sheet))
    left = 1
    if sheet is None:
        sheet = book.sheets.add(declared.sheet, after=book.sheets[-1])
        sheets[schema.normal(declared.sheet)] = sheet
        sheet.range((1, 1)).value = declared.sheet
    else:
        left = max(table.range.column + table.range.shape[1] for table in sheet.tables) + 1
    area = sheet.range((TOP, left), (TOP + len(rows) - 1, left + len(rows[0]) - 1))
    area.value = rows
    sheet.tables.add(area, name=name, has_headers=True)
