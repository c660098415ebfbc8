"""Files brought into a workbook's tables: nothing dropped silently, nothing turned into blanks or numbers."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cvm_xl.book import parts, schema
from cvm_xl.book.columns import array_type
from cvm_xl.book.files import check_writable, replacing, stamp_of
from cvm_xl.book.fill import fill
from cvm_xl.book.package import Package
from cvm_xl.book.read import SheetTable, read_book
from cvm_xl.book.reading import EMPTY
from cvm_xl.book.recalculate import set_recalculate
from cvm_xl.book.start import counted, follow_tables
from cvm_xl.errors import BookError, Place
from cvm_xl.intake.source import Source, guarded, read_source
from cvm_xl.intake.understand import Fed, Understood, understand
from cvm_xl.problems import numbered
from cvm_xl.progress import Progress, plan
from cvm_xl.steps import importing

__all__ = [
    "SETTINGS",
    "Fed",
    "Imported",
    "Source",
    "Taken",
    "Understood",
    "import_table",
    "read_source",
    "set_by_name",
    "take",
    "understand",
]


SETTINGS = "Settings"
"""The one table whose rows are set by their names instead of being replaced."""


@dataclass(frozen=True)
class Imported:
    """What an import did.

    `rows` is what the table has now, `kept` how many of them it had before. `rejected_path` is where the rejected rows
    are, each with its reason; None when there are none. `remarks` say what else changed in the workbook.
    """

    path: Path
    understood: Understood
    rows: int
    kept: int
    rejected_path: Path | None
    remarks: tuple[str, ...]

    def preview(self) -> str:
        """What was understood and done, as text of a few lines."""
        lines = [self.understood.preview(), *self.remarks]
        if self.rejected_path:
            lines.append(f"rejected rows, with their reasons: {self.rejected_path}")
        return "\n".join(lines)


def import_table(
    book_path: str | os.PathLike[str],
    table: str,
    source_path: str | os.PathLike[str],
    mapping: Mapping[str, str] | None = None,
    *,
    append: bool = False,
    dates: str | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Bring a file into a table of a workbook and save it; what stood there is kept as ``NAME.previous``.

    Parameters
    ----------
    book_path : path
        The workbook.
    table : str
        The table to fill, by any spelling.
    source_path : path
        CSV, Parquet or xlsx.
    mapping : mapping of str to str, optional
        Column of the table -> column of the file, where names do not tell.
    append : bool
        Add the rows below those that are there; else they are replaced. Settings are set by their names.
    dates, sheet
        See `understand` and `read_source`.
    progress : callable, optional
        Called with what is being done, rows done and in all.

    Raises
    ------
    BookError
        When a file cannot be read or written, the table does not exist, no row can be taken, or, appending, the rows
        that are there have errors. The workbook is as it was.
    """
    path = Path(book_path)
    try:
        declared = schema.table(table)
    except KeyError:
        names = ", ".join(t.name for t in schema.inputs())
        raise BookError(f"there is no table {table!r}", remedy=f"Tables to fill are {names}") from None
    if declared.role != "input":
        raise BookError(f"{declared.name} is filled by a refresh", remedy="Import into the tables that it is made from")
    check_writable(path)
    package = Package.open(path)
    found = next((t for t in parts.tables(package) if schema.normal(t.name) == schema.normal(declared.name)), None)
    if found is None:
        raise BookError(
            f"{path.name} has no table {declared.name}", remedy=f"Add it with: cvm-xl new {path.name} --full"
        )
    plan(progress, importing(Path(source_path)))
    taken = take(declared, found.columns, source_path, mapping, dates=dates, sheet=sheet, progress=progress)
    columns = taken.columns
    kept = 0
    if append or declared.name == SETTINGS:
        there = read_book(path, [declared.name], progress, package).tables[declared.name]
        kept = len(there.rows)
        if kept and declared.name == SETTINGS:
            columns = _named(declared, found.columns, set_by_name(there, taken.understood.values))
        elif kept:
            columns = _named(declared, found.columns, _appended(there, found, dict(taken.understood.values)))
    if progress:
        progress(f"write {declared.name}", 0, taken.understood.rows)
    filled = fill(package, found.name, columns)
    keys = {schema.normal(header) for header in counted(declared)}
    there = [int(pd.notna(values).sum()) for header, values in columns.items() if schema.normal(header) in keys]
    follow_tables(package, {declared.name: max(there, default=0)})
    set_recalculate(package)
    stamp = stamp_of(path)
    rejected = taken.rejected_path
    former = stamp_of(rejected) if rejected.exists() else None
    try:
        rejected_path = taken.write_rejected()
        if progress:
            progress("save", 0, 0)
        package.save(keep=True)
    except BaseException:
        with suppress(OSError):  # a folder that is gone: the error itself says so
            if stamp_of(path) == stamp and rejected.exists() and stamp_of(rejected) != former:
                rejected.unlink()  # nothing was imported, so nothing was rejected
        raise
    lost = [numbered(len(filled.lost), "[cells|cell] beside rows that are gone [were|was] lost")] if filled.lost else []
    remarks = (*filled.remarks, *lost)
    rows = len(next(iter(columns.values())))
    return Imported(path, taken.understood, rows, kept, rejected_path, remarks)


@dataclass(frozen=True)
class Taken:
    """A file as the columns of a table: header, as the workbook spells it, -> values."""

    understood: Understood
    columns: dict[str, np.ndarray]

    @property
    def rejected_path(self) -> Path:
        """Where rejected rows are written: beside the file."""
        source = self.understood.source.path
        return source.with_name(f"{source.name}.rejected.csv")

    def write_rejected(self) -> Path | None:
        """Write the rejected rows beside the file; where they are, None when there are none."""
        return _write_rejected(self.understood, self.rejected_path) if self.understood.rejected else None


def take(
    declared: schema.Table,
    headers: Sequence[str],
    source_path: str | os.PathLike[str],
    mapping: Mapping[str, str] | None = None,
    *,
    dates: str | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> Taken:
    """Read a file for an input table whose headers in the workbook are `headers`; see `import_table`.

    Raises
    ------
    BookError
        When the file cannot be read, or no row can be taken.
    """
    source = read_source(source_path, table=declared.name, sheet=sheet, progress=progress)
    extras = [header for header in headers if declared.column(header) is None] if declared.extras else []
    if progress:
        progress("understand", 0, 0)
    understood = understand(source, declared, mapping, dates=dates, extras=extras)
    if not understood.rows:
        raise BookError(
            f"no row of {source.path.name} can be taken into {declared.name}",
            remedy=next(
                (f"Row {understood.row(i)}: {why}" for i, why in understood.rejected.items()), "The file has no rows"
            ),
        )
    return Taken(understood, _named(declared, headers, understood.values))


def _named(declared: schema.Table, headers: Sequence[str], columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns under the headers that the workbook's table has for them."""
    spelled = {column.name: header for header in headers if (column := declared.column(header))}
    return {spelled.get(_name(declared, header), header): values for header, values in columns.items()}


def _name(declared: schema.Table, header: str) -> str:
    column = declared.column(header)
    return column.name if column else header


def _appended(there: SheetTable, found: parts.Table, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The rows that are there, then the new ones. Columns with a formula of their own are left to it."""
    errors = [problem for problem in there.problems if problem.level == "error"]
    if errors:
        raise BookError(
            f"the rows that are there have errors, such as: {errors[0]}",
            place=Place(there.sheet, there.schema.name),
            remedy="Mend them first (cvm-xl check lists them), or import without --append",
        )
    count = len(next(iter(columns.values())))
    calculated = {schema.normal(h) for h, formula in zip(found.columns, found.formulas, strict=True) if formula}
    headers = {column.name: column.header for column in there.schema}
    merged: dict[str, np.ndarray] = {}
    for name in there.frame:
        header = headers.get(str(name), str(name))
        if header not in columns and schema.normal(header) in calculated:
            continue
        old = there.values(str(name))
        new = columns.get(header)
        if new is None:
            new = np.full(count, EMPTY[str(old.dtype)], dtype=old.dtype)
        merged[header] = np.concatenate([old, new])
    for header, new in columns.items():
        if header not in merged:
            column = there.schema.column(header)
            kind = array_type(column.kind) if column else "object"
            merged[header] = np.concatenate([np.full(len(there.rows), EMPTY[kind], dtype=kind), new])
    return merged


def set_by_name(there: SheetTable, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Settings with new values for those that are named; the others stay, and what is new comes below."""
    names, values, meanings = (list(there.values(name)) for name in ("setting", "value", "meaning"))
    place = {schema.normal(str(name)): i for i, name in enumerate(names) if name}
    for name, value in zip(columns["Setting"], columns.get("Value", []), strict=True):
        at = place.get(schema.normal(str(name)))
        if at is None:
            names.append(name)
            values.append(value)
            meanings.append(None)
        else:
            values[at] = value
    given = {"Setting": names, "Value": values, "Meaning": meanings}
    return {header: np.array([*cells, None], dtype=object)[:-1] for header, cells in given.items()}


def _write_rejected(understood: Understood, path: Path) -> Path:
    """The rejected rows as they stand in the source, with their row and the reason, in a file beside it.

    They will be opened in Excel: what it would run as a formula gets an apostrophe, which an import takes off again.
    """
    source = understood.source
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=source.delimiter)
    writer.writerow(map(guarded, [*source.headers, "row", "reason"]))
    for i, reason in understood.rejected.items():
        cells = [column.iloc[i] if hasattr(column, "iloc") else column[i] for column in source.columns]
        texts = ["" if _blank(cell) else guarded(cell) for cell in cells]
        writer.writerow([*texts, understood.row(i), guarded(reason)])
    try:
        with replacing(path) as file:
            file.write(text.getvalue().encode("utf-8-sig", "surrogatepass"))
    except BookError as error:
        raise BookError(
            f"{numbered(len(understood.rejected), '[rows are|row is]')} rejected, and {path} cannot be written: "
            f"{error.message}",
            remedy="Copy the file to a folder of yours and import it from there",
        ) from error
    return path


def _blank(cell: object) -> bool:
    return cell is None or cell != cell or str(cell) == "<NA>"
