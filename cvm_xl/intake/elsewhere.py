"""Tables that lie outside the workbook: what DataSources or the command line say of them, and their rows or columns.

A table of as many rows as a sheet holds is read as if it stood there, so that every question is answered. Sales of more
stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.source_lines import SalesSource
from cvm_xl.book import schema
from cvm_xl.book.columns import array_type
from cvm_xl.book.files import working_folder
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.reading import framed
from cvm_xl.book.synonyms import SYNONYMS
from cvm_xl.data.connect import Connection, Location, connected, locate, opened
from cvm_xl.data.faults import speaking
from cvm_xl.data.typed import Reading
from cvm_xl.errors import BookError, InvalidInput, Place
from cvm_xl.figures import figure
from cvm_xl.intake.convert import common_mark
from cvm_xl.intake.source import Source
from cvm_xl.intake.texts import Dates
from cvm_xl.intake.understand import matched, understand
from cvm_xl.problems import Problem, numbered

__all__ = ["Given", "parse_options", "with_sources"]

Progress = Callable[[str, int, int], object]

SHEET = 1_048_575
"""Rows that a sheet holds below its header."""
SAMPLE = 10_000
ISO = re.compile(r"\s*\d{4}-\d{2}-\d{2}")
NOT_ELSEWHERE = ("Settings", "DataSources")
BYTES_A_LINE = 30  # of CSV, at the least: to tell many lines without counting them


@dataclass(frozen=True)
class Given:
    """What is said of a table that lies elsewhere."""

    table: str
    source: str
    relation: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    place: Place = Place(table="DataSources", column="Source")  # noqa: RUF009  a frozen value


def parse_options(sources: Sequence[str], mappings: Sequence[str]) -> list[Given]:
    """What the options ``--source Sales=...`` and ``--map customer=ClientNo`` (or ``Products.name=Title``) say."""
    found: dict[str, Given] = {}
    for text in sources:
        name, equals, source = text.partition("=")
        if not equals or not source:
            raise InvalidInput(
                "must be TABLE=SOURCE, for example Sales=sales/*.parquet", argument="--source", value=name
            )
        table = _declared(name.strip(), Place(column="--source"))
        found[table.name] = Given(table.name, source, place=Place(table=table.name, column="--source"))
    for pair in mappings:
        name, equals, column = pair.partition("=")
        if not equals:
            raise InvalidInput("must be COLUMN=SOURCE, for example customer=ClientNo", argument="--map", value=pair)
        first, dot, rest = name.partition(".")
        table = _declared(first, Place(column="--map")).name if dot else "Sales"
        if table not in found:
            raise InvalidInput(f"--source gives no {table} that it could map", argument="--map", value=pair)
        one = found[table]
        found[table] = replace(one, mapping={**one.mapping, (rest if dot else name).strip(): column.strip()})
    return list(found.values())


def _declared(name: str, place: Place) -> schema.Table:
    try:
        table = schema.table(name)
    except KeyError:
        table = None
    if table is None or table.role != "input" or table.name in NOT_ELSEWHERE:
        there = ", ".join(t.name for t in schema.inputs() if t.name not in NOT_ELSEWHERE)
        raise BookError("is no table that can lie elsewhere", place=place, value=name, remedy=f"There are: {there}")
    return table


def _listed(book: Book) -> list[Given]:
    """What the table DataSources says."""
    table = book.tables.get("DataSources")
    if table is None or table.frame.empty:
        return []
    found: dict[str, Given] = {}
    for i in range(len(table.rows)):
        name, source, relation, mapping = (table.values(c)[i] for c in ("table", "source", "relation", "mapping"))
        if name is None or source is None:
            continue
        declared = _declared(name, table.place("table", i))
        if declared.name in found:
            raise BookError("stands in several rows", place=table.place("table", i), value=name, remedy="Keep one")
        pairs: dict[str, str] = {}
        for part in filter(None, map(str.strip, str(mapping or "").split(";"))):
            column, equals, header = part.partition("=")
            if not equals:
                raise BookError(
                    "is no mapping", place=table.place("mapping", i), value=part, remedy="Write customer=ClientNo; ..."
                )
            pairs[column.strip()] = header.strip()
        found[declared.name] = Given(declared.name, str(source), str(relation or ""), pairs, table.place("source", i))
    return list(found.values())


@contextmanager
def with_sources(
    book: Book, given: Sequence[Given] = (), progress: Progress | None = None, limit: int | None = None
) -> Iterator[Book]:
    """The book with the tables that lie elsewhere; what it opens is closed at the end.

    Parameters
    ----------
    book : Book
        As it was read.
    given : sequence of Given
        What goes before the table DataSources.
    limit : int, optional
        The most rows of Sales that are read into memory: as many as a sheet holds when left out.

    Raises
    ------
    BookError
        When a source cannot be read.
    """
    wanted = list({one.table: one for one in (*_listed(book), *given)}.values())
    if not wanted:
        yield book
        return
    limit = SHEET if limit is None else limit
    tables, sources, problems = dict(book.tables), dict(book.sources), list(book.problems)
    outside: dict[str, Location] = {}
    backends: dict[tuple[str, str], Any] = {}
    with working_folder() as spill:
        try:
            for one in wanted:
                declared = schema.table(one.table)
                if progress:
                    progress(f"open {one.table}", 0, 0)
                location = outside[declared.name] = locate(one.source, one.relation, book.path.parent, one.place)
                key = (location.kind if location.paths else "", "" if location.paths else location.address)
                key = ("files", "") if location.paths else key
                if key not in backends:
                    backends[key] = connected(location, spill)
                connection = opened(location, backends[key])
                many = _many(connection, limit if declared.name == "Sales" else SHEET)
                if many and declared.name == "Sales":
                    source = SalesSource(connection, _readings(connection, declared, one))
                    sources["Sales"] = source
                    tables["Sales"] = _columns_of(declared, one, source)
                elif many:
                    raise BookError(
                        "has more rows than a sheet holds; only Sales may",
                        place=one.place,
                        value=one.source,
                        remedy="Leave out the rows that Sales does not name: a query under Relation can",
                    )
                else:
                    tables[declared.name] = _read(connection, declared, one)
                problems = [p for p in problems if p.place.table != declared.name]
            yield replace(book, tables=tables, sources=sources, outside=outside, problems=problems)
        finally:
            for source in sources.values():
                source.connection.close()
            for backend in backends.values():
                _close(backend)


def _close(backend: Any) -> None:
    if backend.name == "pyspark":
        return  # a session is the process's
    try:
        backend.disconnect()
    except Exception as error:  # noqa: BLE001  the connection is gone already
        del error


def _many(connection: Connection, limit: int) -> bool:
    """Whether there are more rows than fit into memory like a sheet's."""
    if connection.location.kind == "csv":
        size = sum(Path(path).stat().st_size for path in connection.location.paths)
        if size < BYTES_A_LINE * limit:
            return False
    with speaking(connection.location):
        return int(connection.table.limit(limit + 1).count().to_pyarrow().as_py()) > limit


# --- what stays where it is --------------------------------------------------------------------------------------


def _readings(connection: Connection, declared: schema.Table, one: Given) -> list[Reading]:
    """Which columns feed Sales; texts are understood from a sample."""
    headers = list(connection.table.columns)
    label = connection.location.shown
    pairs = matched(headers, label, declared, one.mapping, _further(headers, declared, one.mapping))
    dtypes = connection.table.schema()
    texts = [headers[i] for _, i in pairs if dtypes[headers[i]].is_string()]
    sample = pd.DataFrame()
    if texts:
        with speaking(connection.location):
            sample = connection.table.select(*texts).limit(SAMPLE).to_pyarrow().to_pandas()
    readings: list[Reading] = []
    numeric = [headers[i] for c, i in pairs if headers[i] in texts and array_type(c.kind) == "float64"]
    source = Source(Path(label), "CSV", numeric, [sample[name].fillna("").to_numpy(object) for name in numeric], 0)
    mark = common_mark(source, list(range(len(numeric))))[0] if numeric else "."
    for column, i in pairs:
        order = "ymd"
        if column.kind == "date" and headers[i] in texts:
            written = [str(text) for text in sample[headers[i]].dropna().unique()]
            dates = Dates([text for text in written if not ISO.match(text)])
            if dates.unclear or dates.clash:
                raise BookError(
                    "day and month cannot be told apart",
                    place=Place(one.place.sheet, one.place.table, one.place.row, headers[i]),
                    value=dates.unclear or dates.clash[0],
                    remedy="Write dates as 2024-12-31 in the source, or give it as Parquet",
                )
            order = "ymd" if all(map(ISO.match, written)) else dates.order or "ymd"
        readings.append(Reading(column, headers[i], mark, order))
    return readings


def _further(headers: Sequence[str], declared: schema.Table, mapping: Mapping[str, str]) -> list[str]:
    """Columns of the source that are the analyst's own: those that are no other spelling of ours."""
    if not declared.extras:
        return []
    used = {schema.normal(name) for name in mapping.values()}
    used |= {word for column in declared for word in SYNONYMS.get(column.name, ())}
    return [name for name in headers if declared.column(name) is None and schema.normal(name) not in used]


def _columns_of(declared: schema.Table, one: Given, source: SalesSource) -> SheetTable:
    """The table as a sheet's without rows."""
    shown = source.connection.location.shown
    return SheetTable(declared, one.place.sheet or "", one.source, source.frame(), np.zeros(0, dtype=int), source=shown)


# --- what is read into memory ------------------------------------------------------------------------------------


def _read(connection: Connection, declared: schema.Table, one: Given) -> SheetTable:
    """A table's rows as if they stood in a sheet; what cannot be taken is an error of the check."""
    location = connection.location
    frame = connection.rows().to_pandas(date_as_object=False)
    headers = list(map(str, frame.columns))
    kind = "CSV" if connection.texts else "Parquet"
    columns = [_plain(frame.iloc[:, i], connection.texts) for i in range(len(headers))]
    source = Source(Path(location.shown), kind, headers, columns, len(frame), first_row=2 if connection.texts else 1)
    extras = _further(headers, declared, one.mapping)
    taken = understand(source, declared, one.mapping, extras=extras)
    names = {column.header: column.name for column in declared}
    columns = {names.get(header, header): values for header, values in taken.values.items()}
    kept = np.setdiff1d(np.arange(source.rows), list(taken.rejected))[: len(next(iter(columns.values())))]
    frame, rows = framed(columns, kept), kept + source.first_row
    problems = [
        Problem(
            "error",
            replace(one.place, column=None),
            None,
            f"row {figure(taken.row(i))} of {location.shown}: {why}",
            "Correct it there, or map another column",
        )
        for i, why in list(taken.rejected.items())[:20]
    ]
    if len(taken.rejected) > 20:
        more = f"{numbered(len(taken.rejected) - 20, 'more [rows|row]')} of {location.shown} cannot be taken"
        problems.append(Problem("error", replace(one.place, column=None), None, more))
    sheet = one.place.sheet or declared.sheet
    shown = location.shown if location.paths else f"{location.shown}, as read"  # a database has no order of rows
    return SheetTable(declared, sheet, one.source, frame, rows, problems, taken.blank_rows, shown)


def _plain(column: pd.Series, texts: bool) -> Any:
    if texts:
        return column.astype(object).where(column.notna(), "").to_numpy(dtype=object)
    if column.dtype == object and len(known := column.dropna()) and type(known.iloc[0]).__name__ == "Decimal":
        return column.astype(float)
    return column
