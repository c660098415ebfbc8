"""The input tables of a workbook as typed frames, with everything that could not be read as it should."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from python_calamine import CalamineWorkbook

from cvm_xl.book import calamine, parts, schema
from cvm_xl.book.addresses import Area
from cvm_xl.book.bulk import LARGE, Bulk, read_bulk
from cvm_xl.book.calamine import Cells
from cvm_xl.book.columns import array_type, convert
from cvm_xl.book.headers import match
from cvm_xl.book.package import Package
from cvm_xl.book.reading import EMPTY, Reading, framed
from cvm_xl.book.scan import hidden_cells
from cvm_xl.book.whereabouts import Whereabouts, found_by_header, whereabouts
from cvm_xl.errors import Place
from cvm_xl.problems import Problem, numbered
from cvm_xl.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Book", "SheetTable", "read_book", "read_tables"]


CHUNK = 32_768


@dataclass
class SheetTable:
    """One table as it was read.

    `frame` has a column per column of the sheet's table, by `Column.name` of the schema (further columns of a table
    with extras by their header): float64 for numbers, money and shares; datetime64[s] for dates; else objects, str,
    bool or None. Blank rows are left out; `rows` are the sheet rows of those kept, or those of the `source` where the
    rows lie outside the workbook.
    """

    schema: schema.Table
    sheet: str
    ref: str
    frame: pd.DataFrame
    rows: np.ndarray
    problems: list[Problem] = field(default_factory=list)
    blank_rows: int = 0
    source: str = ""
    _coded: dict[str, tuple[np.ndarray, np.ndarray]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def place(self, column: str | None = None, position: int | None = None) -> Place:
        """Where a column, by its name, and a row of the frame, by its position, are in the workbook."""
        known = {c.name: c.header for c in self.schema}
        row = None if position is None else int(self.rows[position])
        sheet = None if self.source else self.sheet
        return Place(sheet, self.schema.name, row, known.get(column, column) if column else None, self.source)

    def values(self, column: str) -> np.ndarray:
        """The values of a column by its name; all blank when the sheet's table has no such column."""
        if column in self.frame:
            return self.frame[column].to_numpy()
        kind = next((array_type(c.kind) for c in self.schema if c.name == column), "object")
        return np.full(len(self.rows), EMPTY[kind], dtype=kind)

    def coded(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """Texts of a column by number, -1 for blanks, and each text once; for a frame that stays as it is."""
        if column not in self._coded:
            import pandas as pd

            codes, texts = pd.factorize(self.values(column))
            self._coded[column] = codes, np.asarray(texts)
        return self._coded[column]

    def by_header(self) -> pd.DataFrame:
        """The frame as the sheet heads it; columns of the schema that the sheet lacks are blank."""
        lacking = {c.name: self.values(c.name) for c in self.schema if c.name not in self.frame}
        return self.frame.assign(**lacking).rename(columns={c.name: c.header for c in self.schema})

    def has(self, *columns: str) -> bool:
        """Whether the table has all these columns, with a value in each."""
        return all(name in self.frame and bool(self.frame[name].notna().any()) for name in columns)


@dataclass
class Book:
    """The tables found, by the schema's names, and what concerns no single table's cells."""

    path: Path
    tables: dict[str, SheetTable]
    problems: list[Problem] = field(default_factory=list)
    date1904: bool = False
    sources: dict[str, Any] = field(default_factory=dict)
    """Tables whose rows lie outside the workbook and stay there; `tables` has their columns, without rows."""
    outside: dict[str, Any] = field(default_factory=dict)
    """Where each table outside the workbook lies, read in or not: a `data.connect.Location`."""


def read_book(
    path: str | os.PathLike[str],
    tables: Iterable[str | schema.Table] | None = None,
    progress: Progress | None = None,
    package: Package | None = None,
) -> Book:
    """Read tables of a workbook.

    Parameters
    ----------
    path : path
        The workbook.
    tables : iterable of str or Table, optional
        The schema's tables to read, by their names, or others that are declared alike; all input tables when left out.
    progress : callable, optional
        Called with the table that is being read, and its rows done and in all.
    package : Package, optional
        The same file, opened already.

    Returns
    -------
    Book
        Tables that the workbook does not have are absent; of those only Sales is a problem.

    Raises
    ------
    BookError
        When the file cannot be read at all.
    """
    package = package or Package.open(path)
    sheets = {s.name: s for s in parts.sheets(package) if s.kind == "worksheet"}
    with calamine.reading(Path(path).name):
        workbook = CalamineWorkbook.from_path(path)

    def opened(name: str) -> Cells:
        calamine.check_reach(package.part(sheets[name].part), name)
        with calamine.reading(f"sheet {name}"):
            return calamine.Guarded(workbook.get_sheet_by_name(name), f"sheet {name}")

    def hidden(name: str) -> Mapping[tuple[int, int], str]:
        return hidden_cells(package.part(sheets[name].part))

    def bulk(name: str, data: Area, whole: Area, say: Callable[[int], object]) -> Bulk | None:
        part = sheets[name].part
        return read_bulk(package, part, data, whole, say) if package.size(part) >= LARGE else None

    book = Book(Path(path), {}, date1904=parts.date1904(package))
    with workbook:
        return read_tables(book, parts.tables(package), list(sheets), opened, hidden, tables, progress, bulk)


def read_tables(
    book: Book,
    there: Sequence[parts.Table],
    sheets: Sequence[str],
    opened: Callable[[str], Cells],
    hidden: Callable[[str], Mapping[tuple[int, int], str]],
    tables: Iterable[str | schema.Table] | None = None,
    progress: Progress | None = None,
    bulk: Callable[[str, Area, Area, Callable[[int], object]], Bulk | None] | None = None,
) -> Book:
    """Read tables into a `Book`, wherever its cells are: in a file, or in a spreadsheet program.

    Parameters
    ----------
    book : Book
        To be filled, and given back.
    there : sequence of parts.Table
        The tables of the workbook.
    sheets : sequence of str
        Its worksheets.
    opened : callable
        A sheet's cells by its name; asked for only where there is something to read.
    hidden : callable
        What `opened` cannot show of a sheet: (row, column) -> the error there, or `NOT_CALCULATED`.
    tables, progress
        See `read_book`.
    bulk : callable, optional
        The cells of a sheet in an area of data, given with header and totals and whom to tell the rows done; None
        where they are to be had from `opened` and `hidden` only.
    """
    wanted = list(schema.inputs() if tables is None else map(_declared, tables))
    sources = {t.name: whereabouts(t, there, sheets) for t in wanted}
    for name in sheets:
        on_sheet = [(t, source) for t in wanted if (source := sources[t.name]) and source.sheet == name]
        if not on_sheet:
            continue
        cells: Cells | None = None
        faults: Mapping[tuple[int, int], str] = {}
        for table, source in on_sheet:
            many = None
            if bulk and source.data and source.whole:
                many = bulk(name, source.data, source.whole, _rows_done(progress, table.name, source.data.rows))
            if many:
                read = _read_bulk(table, source, many, book.date1904)
            else:
                if cells is None:
                    faults, cells = hidden(name), opened(name)
                read = _read(table, source, cells, faults, book.date1904, progress)
            if read is None:
                book.problems.append(_no_header(table, name))
            else:
                book.tables[table.name] = read
    absent = [t for t in wanted if t.required and not sources[t.name]]
    book.problems += [_absent(table) for table in absent]
    return book


def _declared(table: str | schema.Table) -> schema.Table:
    return table if isinstance(table, schema.Table) else schema.table(table)


def _absent(table: schema.Table) -> Problem:
    return Problem(
        "error",
        Place(None, table.name),
        None,
        f"the workbook has no table {table.name}",
        f"Name your table {table.name} (Table Design > Table Name), or add our sheets with: cvm-xl new",
    )


def _no_header(table: schema.Table, sheet: str) -> Problem:
    needed = ", ".join(column.header for column in table if column.required) or table.columns[0].header
    return Problem(
        "error" if table.required else "warning",
        Place(sheet, table.name),
        None,
        f"the sheet has no Excel table named {table.name}, and no row could be told to be its header",
        f"Put the headers ({needed} ...) into one row, select the data, press Ctrl+T and name the table {table.name}",
    )


def _rows_done(progress: Progress | None, table: str, rows: int) -> Callable[[int], object]:
    return lambda done: progress(table, done, rows) if progress else None


# --- cells -------------------------------------------------------------------------------------------------------


def _read(
    table: schema.Table,
    source: Whereabouts | None,
    cells: Cells,
    hidden: Mapping[tuple[int, int], str],
    date1904: bool,
    progress: Progress | None,
) -> SheetTable | None:
    if source is None or source.data is None:
        source = found_by_header(table, cells.name, cells)
    if source is None or source.data is None or source.whole is None:
        return None
    place, data = Place(source.sheet, table.name), source.data
    columns, header_problems = match(table, place, source.headers)
    reading = [Reading(key, column, data.left + i, data.rows) for i, (key, column) in columns.items()]
    for (row, number), fault in hidden.items():
        for one in reading:
            if one.number == number and data.top <= row <= data.bottom:
                one.hidden[row - data.top] = fault

    rest = cells.iter_rows()
    skipped = sum(1 for _ in itertools.islice(rest, data.top - 1))
    left = (cells.start or (0, 0))[1] + 1
    blank = np.ones(data.rows, dtype=bool)
    done = 0
    while skipped == data.top - 1 and done < data.rows:
        chunk = list(itertools.islice(rest, min(CHUNK, data.rows - done)))
        if not chunk:
            break
        by_column = list(zip(*chunk, strict=True))
        for one in reading:
            inside = 0 <= one.number - left < len(by_column)
            one.add(by_column[one.number - left] if inside else ("",) * len(chunk), done, date1904, blank)
        done += len(chunk)
        if progress:
            progress(table.name, done, data.rows)

    if done < data.rows:  # calamine's rows end with the last value that it sees
        for one in reading:
            one.note_empty(np.ones(data.rows - done, dtype=bool), done, blank)
    totals = source.whole.bottom - data.bottom
    below = itertools.takewhile(
        lambda row: any(cell != "" for cell in row),
        (_between(row, left, data) for row in itertools.islice(rest, totals, None)),
    )
    found = [*header_problems, *_merged(_areas(cells), source.whole, place)]
    return _table(table, source, reading, blank, found, below)


def _read_bulk(table: schema.Table, source: Whereabouts, bulk: Bulk, date1904: bool) -> SheetTable:
    data, whole = source.data, source.whole
    assert data is not None
    assert whole is not None
    place = Place(source.sheet, table.name)
    columns, header_problems = match(table, place, source.headers)
    reading: list[Reading] = []
    blank = np.ones(data.rows, dtype=bool)
    for i, (key, column) in columns.items():
        one = Reading(key, column, data.left + i, 0)
        one.hidden = bulk.hidden[i]
        one.take(bulk.columns[i], date1904, blank)
        reading.append(one)
    found = [*header_problems, *_merged(bulk.merged, whole, place)]
    return _table(table, source, reading, blank, found, bulk.below)


def _table(
    table: schema.Table,
    source: Whereabouts,
    reading: list[Reading],
    blank: np.ndarray,
    problems: list[Problem],
    below: Iterable[Sequence[object]],
) -> SheetTable:
    """What was read, as a frame with its problems."""
    data, whole, place = source.data, source.whole, Place(source.sheet, table.name)
    assert data is not None
    assert whole is not None
    kept = np.flatnonzero(~blank)
    rows = kept + data.top
    problems = [*source.problems, *problems]
    for one in reading:
        problems += one.problems(place, data.top, blank)
    problems += _below(reading, list(below), whole, place)
    if not len(rows) and table.required:
        text = f"the table {table.name} is empty"
        remedy = f"Enter its rows, or: cvm-xl import --table {table.name}, in the menu Import"
        problems.append(Problem("error", place, None, text, remedy))
    frame = framed({one.key: one.values for one in reading}, kept)
    return SheetTable(table, source.sheet, str(whole), frame, rows, problems, data.rows - len(rows))


def _areas(cells: Cells) -> list[Area]:
    return [Area(a[0] + 1, a[1] + 1, b[0] + 1, b[1] + 1) for a, b in cells.merged_cell_ranges or ()]


def _merged(found: Sequence[Area], whole: Area, place: Place) -> list[Problem]:
    """Excel does not merge cells in tables, but other programs do; only the first cell of a merge has a value."""
    return [
        Problem(
            "error",
            replace(place, row=max(area.top, whole.top)),
            str(area),
            "merged cells in the table: all but the first of them are empty",
            "Unmerge them and fill in the value in each cell",
        )
        for area in found
        if area.meets(whole)
    ]


def _between(row: Sequence[object], left: int, data: Area) -> Sequence[object]:
    """The cells of a sheet's row, which begins in column `left`, that lie under the table."""
    return [""] * (left - data.left) + list(row[max(data.left - left, 0) : max(data.right + 1 - left, 0)])


def _below(reading: list[Reading], below: list[Sequence[object]], whole: Area, place: Place) -> list[Problem]:
    """Rows right below the table, which Excel did not take in: wrong figures when they are data, maybe a total."""
    if not below:
        return []
    first = whole.bottom + 1
    data_like = any(
        all(
            convert(one.column, [row[one.number - whole.left]], date1904=False, seen={}).faults == []
            and row[one.number - whole.left] != ""
            for one in reading
            if one.column.required and one.number - whole.left < len(row)
        )
        for row in below
    )
    extended = replace(whole, bottom=first + len(below) - 1)
    return [
        Problem(
            "error" if data_like else "warning",
            replace(place, row=first),
            next(cell for cell in below[0] if cell != ""),
            numbered(
                len(below),
                "[rows|row] right below the table [are|is] not part of it and [are|is] not counted",
            ),
            f"Drag the table's lower right corner to make it {extended}, or leave an empty row between",
            tuple(range(first, first + len(below))),
        )
    ]
