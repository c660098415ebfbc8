"""Where rows go that are too many for a sheet: a Parquet file, a table of a DuckDB file, a table of PostgreSQL.

Each is written beside what stands there, which is replaced when all rows are written, in one step; of a failure nothing
remains.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cvm_xl.book.files import check_writable, replacing
from cvm_xl.data.connect import DATABASES, SERVERS, Location, needed, postgres_arguments, server
from cvm_xl.data.faults import speaking
from cvm_xl.errors import BookError, Place

__all__ = ["destination", "writing"]

Write = Callable[[Any], object]
"""Takes an Arrow table; all have the same columns."""


def destination(text: str, place: Place | None = None) -> Location:
    """Understand where rows are to go.

    Parameters
    ----------
    text : str
        ``scored.parquet``, ``warehouse.duckdb#scores``, ``postgresql://user@host/database#schema.scores``.
    place : Place, optional
        Where the text stands, for messages.

    Raises
    ------
    BookError
        When it is none of these, names no table, or a password is written out.
    """
    place = place or Place(column="--out")
    address, _, relation = text.strip().partition("#")
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    kind = SERVERS.get(scheme, "")
    suffix = "" if scheme else Path(address).suffix.lower()
    if suffix in (".parquet", ".pq"):
        return Location(text, "parquet", address, paths=(address,), place=place)
    if suffix in DATABASES:
        kind = "duckdb"
    if kind not in ("duckdb", "postgres"):
        raise BookError(
            "rows can be written to Parquet, a .duckdb file or PostgreSQL",
            place=place,
            value=text if not scheme else f"{scheme}://",
            remedy="Write scored.parquet, warehouse.duckdb#scores or postgresql://user@host/database#schema.scores",
        )
    if not relation.strip():
        remedy = f"Write its name after #: {Path(address).name or 'postgresql://...'}#scores"
        raise BookError("says not which table", place=place, value=scheme or address, remedy=remedy)
    if kind == "postgres":
        return Location(text, kind, server(address, place), relation.strip(), place=place)
    return Location(text, kind, address, relation.strip(), place=place)


@contextmanager
def writing(target: Location) -> Iterator[Write]:
    """Take tables of rows; when all are there, they replace what stood at the target.

    Raises
    ------
    BookError
        When it cannot be written. What stood there is as it was.
    """
    made = {"parquet": _parquet, "duckdb": _duckdb, "postgres": _postgres}[target.kind]
    with made(target) as write:
        yield write


@contextmanager
def _parquet(target: Location) -> Iterator[Write]:
    """Into a file beside, as workbooks are written: flushed to the disk, and removed by a later run when killed."""
    import pyarrow
    import pyarrow.parquet as parquet

    path = Path(target.address)
    check_writable(path)
    writer: Any = None

    def write(table: Any) -> None:
        nonlocal writer
        writer = writer or parquet.ParquetWriter(file, table.schema)
        writer.write_table(table)

    with replacing(path) as file:
        try:
            yield write
            if writer is not None:
                writer.close()
        finally:
            with suppress(OSError, pyarrow.ArrowException):  # what fails has failed before
                if writer is not None:
                    writer.close()


@contextmanager
def _duckdb(target: Location) -> Iterator[Write]:
    """In one transaction of a file; a file that was not there before is gone after a failure."""
    duckdb = needed("duckdb")
    path, name = Path(target.address), _quoted(target.relation)
    new = not path.exists()
    made = done = False

    def write(table: Any) -> None:
        nonlocal made
        with speaking(target):
            connection.register("cvm-xl batch", table)
            start = f"INSERT INTO {name}" if made else f"CREATE OR REPLACE TABLE {name} AS"
            connection.execute(f'{start} SELECT * FROM "cvm-xl batch"')
            connection.unregister("cvm-xl batch")
            made = True

    with speaking(target):
        connection = duckdb.connect(str(path))
    try:
        with speaking(target):
            connection.execute("SET enable_progress_bar = false; BEGIN")
        yield write
        with speaking(target):
            connection.execute("COMMIT")
        done = True
    finally:
        with suppress(Exception):  # the error that brought us here matters more
            if not done:
                connection.execute("ROLLBACK")
        connection.close()
        if new and not (done and made):
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


@contextmanager
def _postgres(target: Location) -> Iterator[Write]:
    """Into a table beside, which takes the other's name at the end: readers of that are not kept waiting."""
    psycopg = needed("psycopg")
    *schema, name = (part.strip('"') for part in target.relation.split("."))
    whole, beside = (".".join(map(_quoted, [*schema, text])) for text in (name, f"{name[:40]} {os.getpid()}"))
    made = False
    given = postgres_arguments(target)
    with speaking(target):
        connection = psycopg.connect(**given)

    def write(table: Any) -> None:
        nonlocal made
        with speaking(target), connection.cursor() as cursor:
            if not made:
                columns = ", ".join(f"{_quoted(field.name)} {_type(field.type)}" for field in table.schema)
                cursor.execute(f"CREATE TABLE {beside} ({columns})")
                made = True
            with cursor.copy(f"COPY {beside} FROM STDIN WITH (FORMAT csv)") as copy:
                copy.write(_csv(table))

    try:
        yield write
        with speaking(target):
            if made:
                connection.execute(f"DROP TABLE IF EXISTS {whole}")
                connection.execute(f"ALTER TABLE {beside} RENAME TO {_quoted(name)}")
            connection.commit()
    finally:
        connection.close()  # what was not committed is not there


def _csv(table: Any) -> bytes:
    import io

    import pyarrow.csv as csv

    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
    return sink.getvalue()


def _type(dtype: Any) -> str:
    import pyarrow

    if pyarrow.types.is_floating(dtype):
        return "double precision"
    return "bigint" if pyarrow.types.is_integer(dtype) else "text"


def _quoted(name: str) -> str:
    """A name as SQL writes it; one with a schema stays in its parts."""
    parts = [part.strip('"') for part in name.split(".")]
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)
