"""Files to import: CSV, Parquet and xlsx as columns, nothing converted yet."""

from __future__ import annotations

import codecs
import csv
import itertools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from python_calamine import CalamineWorkbook

from cvm_xl.book import parts
from cvm_xl.book.addresses import LAST_COLUMN, letters
from cvm_xl.book.calamine import check_reach, reading, rows
from cvm_xl.book.package import Package
from cvm_xl.book.scan import NOT_CALCULATED, hidden_cells
from cvm_xl.book.schema import normal
from cvm_xl.errors import BookError, Place
from cvm_xl.figures import figure
from cvm_xl.progress import Progress

__all__ = ["Source", "read_source"]

CHUNK = 32_768
SAMPLE = 100
LONG = 200  # characters of a row that a message shows
_FORMULA = re.compile(r"[=@\t\r]|[-+](?![\d.,\s]*%?$)")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass
class Source:
    """A file's columns.

    `columns` has one entry per header: arrays of str from CSV ("" is blank), of cells as python-calamine gives them
    from xlsx, pandas Series from Parquet. `broken` says of rows, by position, why they cannot be used at all, and
    `faults` of single cells, by (column, position). `first_row` is the number of the first data row as a spreadsheet
    shows it. `notes` say what was recognised.
    """

    path: Path
    kind: str
    headers: list[str]
    columns: list[Any]
    rows: int
    first_row: int = 2
    notes: list[str] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    faults: dict[tuple[int, int], str] = field(default_factory=dict)
    delimiter: str = ","
    date1904: bool = False


def read_source(
    path: str | os.PathLike[str],
    *,
    table: str | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> Source:
    """Read a file to import.

    Parameters
    ----------
    path : path
        CSV (any delimiter, UTF-8, UTF-16 or Windows' cp1252), Parquet or xlsx.
    table : str, optional
        Of a workbook, the table to read when it has one of that name.
    sheet : str, optional
        Of a workbook, the sheet to read; the first that has cells when left out.

    Raises
    ------
    BookError
        When the file cannot be read, or has no header.
    """
    path = Path(path)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # of a pipe the end may never come
            raise BookError(f"{path} is no file", remedy="Name a CSV, Parquet or Excel file")
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError:
        raise BookError(f"there is no file {path}", remedy="Check the name and the folder") from None
    except OSError as error:
        raise BookError(f"{path} cannot be read: {error.strerror or error}", remedy="Check its permissions") from error
    if start[:4] == b"PAR1":
        return _parquet(path)
    if start[:2] == b"PK":
        return _xlsx(path, table, sheet)
    if start[:4] == b"\xd0\xcf\x11\xe0":
        raise BookError(
            f"{path.name} is protected by a password or an old .xls",
            remedy="Save it as .xlsx without a password, or as CSV",
        )
    if not start:
        raise BookError(f"{path.name} is empty", remedy="Export it again")
    return _csv(path, progress)


def _headers(path: Path, names: Sequence[object], notes: list[str]) -> list[str]:
    """Distinct headers: a missing one is named by its column, a repeated one gets a number."""
    if len(names) > LAST_COLUMN:
        raise BookError(
            f"{path.name} has {figure(len(names))} columns, a sheet {figure(LAST_COLUMN)}",
            remedy="Export the columns that are needed",
        )
    headers: dict[str, None] = {}
    counts: dict[str, int] = {}
    texts = [str(int(name) if isinstance(name, float) and name.is_integer() else name).strip() for name in names]
    for i, text in enumerate(texts):
        header = text or f"column {letters(i + 1)}"
        first = header
        while header in headers:
            counts[first] = counts.get(first, 1) + 1
            header = f"{first} ({counts[first]})"
        if text and header != text:
            notes.append(f"the header {text!r} stands twice; the later one is called {header!r}")
        headers[header] = None
    if len(texts) > 2 and sum(map(bool, texts)) == 1:
        raise BookError(
            f"the first row of {path.name} holds a title, not names of columns",
            value=next(filter(None, texts)),
            remedy="Delete the rows above the names of the columns",
        )
    if not any(re.search(r"[^-+\d.,:/ ]", text) for text in texts):
        raise BookError(
            f"the first row of {path.name} holds data, not names of columns" if any(texts) else f"{path.name} is empty",
            value=", ".join(texts[:4]) or None,
            remedy="Put the names of the columns into its first row",
        )
    return list(headers)


# --- CSV ---------------------------------------------------------------------------------------------------------


def _csv(path: Path, progress: Progress | None) -> Source:
    encoding = _encoding(path)
    notes = [] if encoding == "utf-8-sig" else [f"encoding {encoding}"]
    csv.field_size_limit(10_000_000)
    try:
        with path.open(encoding=encoding, newline="") as file:
            said = re.match(r"sep=(.)\r?\n", file.readline())
            if not said:
                file.seek(0)
            delimiter = said[1] if said else _delimiter(path, encoding)
            notes.insert(0, f"delimiter {DELIMITERS.get(delimiter, repr(delimiter))}")
            reader = csv.reader(file, delimiter=delimiter)
            names = next((row for row in reader if any(map(str.strip, row))), [])
            headers = _headers(path, [*map(_unguarded, names)], notes)
            first_row = reader.line_num + 1
            columns, broken, rows = _collected(reader, len(headers), path.name, progress)
    except csv.Error as error:
        raise BookError(f"{path.name} is no proper CSV: {error}", remedy="Export it again, as CSV UTF-8") from error
    kind = "CSV"
    return Source(path, kind, headers, columns, rows, first_row, notes, broken, delimiter=delimiter)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
        wide = start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        if b"\0" in start and not wide:
            said = f"{path.name} is neither text nor Parquet nor a workbook"
            raise BookError(said, remedy="Export it as CSV, Parquet or xlsx")
        for encoding in ("utf-16",) if wide else ("utf-8", "cp1252"):
            decoder = codecs.getincrementaldecoder(encoding)()
            file.seek(0)
            try:
                while block := file.read(1 << 22):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
            return "utf-8-sig" if encoding == "utf-8" else encoding
    kind = "damaged UTF-16" if wide else "neither UTF-8 nor Windows text"
    raise BookError(f"{path.name} is {kind}", remedy="Export it as CSV UTF-8")


def _delimiter(path: Path, encoding: str) -> str:
    """The delimiter by which most of the first records have as many fields as the header."""
    best, found = (0.0, 0), ","
    for delimiter in DELIMITERS:
        with path.open(encoding=encoding, newline="") as file:
            records = [row for row in itertools.islice(csv.reader(file, delimiter=delimiter), SAMPLE) if row]
        if not records or len(records[0]) < 2:
            continue
        alike = sum(len(row) == len(records[0]) for row in records) / len(records)
        if (alike, len(records[0])) > best:
            best, found = (alike, len(records[0])), delimiter
    return found


def _short(row: Sequence[str]) -> str:
    """A row as a message shows it, however long it is."""
    text = repr([field[:LONG] for field in row[:LONG]])
    return text if len(text) <= LONG else f"{text[:LONG]}..."


def guarded(cell: object) -> object:
    """A cell of a CSV file to write, with an apostrophe before what Excel takes for a formula and is no number."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _unguarded(text: str) -> str:
    """A text without the apostrophe of `guarded`, which others write too."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text, 1) else text


class _Texts(dict[str, str]):
    """The distinct texts of a column, as they were before `guarded`."""

    def __missing__(self, text: str) -> str:
        self[text] = plain = _unguarded(text)
        return plain


def _collected(
    reader: Iterator[list[str]], width: int, name: str, progress: Progress | None
) -> tuple[list[np.ndarray], dict[int, str], int]:
    seen = [_Texts() for _ in range(width)]
    pieces: list[list[np.ndarray]] = [[] for _ in range(width)]
    broken: dict[int, str] = {}
    rows = 0
    while chunk := list(itertools.islice(reader, CHUNK)):
        if set(map(len, chunk)) != {width}:
            for i, row in enumerate(chunk):
                if len(row) != width:
                    if any(row):
                        broken[rows + i] = f"has {len(row)} fields instead of {width}: {_short(row)}"
                    chunk[i] = [*row[:width], *[""] * (width - len(row))]
        for texts, known, column in zip(zip(*chunk, strict=True), seen, pieces, strict=True):
            piece = np.empty(len(chunk), dtype=object)
            piece[:] = [known[text] for text in texts]
            column.append(piece)
        rows += len(chunk)
        if progress:
            progress(f"read {name}", rows, 0)
    empty = np.empty(0, dtype=object)
    return [np.concatenate(column) if column else empty for column in pieces], broken, rows


# --- Parquet -----------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> Source:
    try:
        import pyarrow
        import pyarrow.parquet as pq
    except ImportError:
        raise BookError(
            f"reading {path.name} needs pyarrow, which is not installed", remedy="pip install 'cvm-xl[parquet]'"
        ) from None
    try:
        frame = pq.read_table(path).to_pandas().reset_index(drop=True)
    except (pyarrow.ArrowException, OSError) as error:
        raise BookError(f"{path.name} cannot be read: {error}", remedy="Export it again") from error
    notes: list[str] = []
    headers = _headers(path, list(frame.columns), notes)
    columns = [frame.iloc[:, i] for i in range(len(headers))]
    return Source(path, "Parquet", headers, columns, len(frame), first_row=1, notes=notes)


# --- xlsx --------------------------------------------------------------------------------------------------------


def _xlsx(path: Path, table: str | None, sheet: str | None) -> Source:
    package = Package.open(path)
    sheets = {s.name: s for s in parts.sheets(package) if s.kind == "worksheet"}
    if sheet is not None and sheet not in sheets:
        raise BookError(f"{path.name} has no sheet {sheet!r}", remedy=f"Its sheets: {', '.join(sheets)}")
    named = [t for t in parts.tables(package) if sheet is None and table and normal(t.name) == normal(table)]
    notes: list[str] = []
    with reading(path.name), CalamineWorkbook.from_path(path) as workbook:

        def opened(name: str) -> Any:
            check_reach(package.part(sheets[name].part), name)
            return workbook.get_sheet_by_name(name)

        if named:
            name, area = named[0].sheet.name, named[0].area
            first, last = area.top, area.bottom - named[0].totals_rows
            left, right = area.left, area.right
            found = opened(name)
            cells = list(itertools.islice(rows(found), first - 1, last))
            start = found.start or (0, 0)
            notes.append(f"table {named[0].name} of sheet {name}")
        else:
            tried = [sheet] if sheet else list(sheets)
            found = next((found for found in map(opened, tried) if found.end), None) or opened(tried[0])
            name = found.name
            start, end = found.start or (0, 0), found.end or (0, 0)
            left, right = start[1] + 1, end[1] + 1
            cells = list(itertools.islice(rows(found), start[0], None))
            first = start[0] + 1
            notes.append(f"sheet {name}" + (f" of {len(sheets)}" if len(sheets) > 1 else ""))
    if not cells:
        raise BookError(f"{path.name} holds no data", place=Place(sheet=name), remedy="Name the sheet with the data")
    offset = left - (start[1] + 1)
    width = right - left + 1
    cells = [(*([""] * -offset), *row[max(offset, 0) : max(offset, 0) + width]) for row in cells]
    cells = [(*row, *[""] * (width - len(row))) for row in cells]
    headers = _headers(path, cells[0], notes)
    columns: list[np.ndarray] = []
    for values in zip(*cells[1:], strict=True) if len(cells) > 1 else [()] * width:
        column = np.empty(len(values), dtype=object)
        column[:] = values
        columns.append(column)
    faults: dict[tuple[int, int], str] = {}
    for (row, number), code in hidden_cells(package.part(sheets[name].part)).items():
        if first < row < first + len(cells) and left <= number <= right:
            text = "was never calculated" if code == NOT_CALCULATED else f"holds the error {code}"
            faults[number - left, row - first - 1] = text
    return Source(
        path,
        "xlsx",
        headers,
        columns,
        len(cells) - 1,
        first + 1,
        notes,
        faults=faults,
        date1904=parts.date1904(package),
    )
