"""Where a table lies: files by DuckDB, a DuckDB file, PostgreSQL, Spark. Passwords are never shown.

A password comes from the environment (PGPASSWORD, PGPASSFILE, or a `${VARIABLE}` in the URL) or from a keyring. One
that is written out in a URL is refused: workbooks are mailed and logs are kept.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cvm_xl.data.faults import VARIABLE, masked, speaking, split_url
from cvm_xl.errors import BookError, Place

__all__ = [
    "DATABASES",
    "SERVERS",
    "Connection",
    "Location",
    "connected",
    "locate",
    "needed",
    "opened",
    "postgres_arguments",
    "server",
]

FILES = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet"}
DATABASES = (".duckdb", ".ddb", ".db")
SERVERS = {"postgresql": "postgres", "postgres": "postgres", "spark": "pyspark", "sc": "pyspark"}
MEMORY = (1, 4)  # GB for DuckDB, at the least and at the most; what needs more it writes to the disk
WITH_EXTRA = {
    "ibis": "pip install 'cvm-xl[scale]'",
    "duckdb": "pip install 'cvm-xl[scale]'",
    "psycopg": "pip install 'cvm-xl[postgres]'",
    "pyspark": "pip install 'cvm-xl[spark]' (it needs Java 17)",
}


@dataclass(frozen=True)
class Location:
    """Where a table is. `text` is as the analyst wrote it, with its `${VARIABLES}`; `relation` a table or a query."""

    text: str
    kind: str
    address: str
    relation: str = ""
    paths: tuple[str, ...] = ()
    place: Place = Place(table="DataSources", column="Source")  # noqa: RUF009  a frozen value

    @property
    def shown(self) -> str:
        """The location as messages show it."""
        return f"{self.text} ({self.relation})" if self.relation and len(self.relation) < 60 else self.text

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its file; of several, of their digests by name. Empty for a server, which has no files."""
        if self.kind not in (*FILES.values(), "duckdb"):
            return ""
        digests: list[bytes] = []
        for path in self.paths or (self.address,):
            try:
                with Path(path).open("rb") as file:
                    digests.append(hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                said = f"{Path(path).name} cannot be read again: {error.strerror or error}"
                raise BookError(
                    said, place=self.place, remedy="See whether it is still there, and run this again"
                ) from error
        whole = digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(digests)).digest()
        return whole.hex()


@dataclass(frozen=True)
class Connection:
    """An open table: `table` is an Ibis table. `texts` says that all its columns are texts, as in CSV."""

    location: Location
    backend: Any
    table: Any
    texts: bool = False
    kept: list[Any] = field(default_factory=list)
    """Relations that are kept in the source while it is open."""

    @property
    def distributed(self) -> bool:
        """Whether the source may have many machines."""
        return self.backend.name == "pyspark"

    def keep(self, expression: Any) -> Any:
        """Compute an expression once, and keep its rows in the source."""
        with speaking(self.location):
            if self.distributed:  # its cache() of Ibis 12 forgets the frames that an expression joins
                self.backend._run_pre_execute_hooks(expression)
            found = expression.cache()
        self.kept.append(found)
        return found

    def rows(self) -> Any:
        """All rows as an Arrow table, those of files in their order."""
        with speaking(self.location):
            if self.backend.name != "duckdb":
                return self.table.to_pyarrow()
            self.backend.raw_sql("SET preserve_insertion_order = true")
            try:
                return self.table.to_pyarrow()
            finally:
                self.backend.raw_sql("SET preserve_insertion_order = false")

    def batches(self, kept: Any, size: int) -> Iterator[Any]:
        """The rows of a kept relation as Arrow batches, so that memory does not grow with their number."""
        with speaking(self.location):
            if self.backend.name == "duckdb":  # Ibis 12 asks for a method that DuckDB 2 has no more
                reader = self.backend.con.sql(self.backend.compile(kept)).to_arrow_reader(size)
            else:
                reader = kept.to_pyarrow_batches(chunk_size=size)
            while True:
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    return
                if batch.num_rows:
                    yield batch

    def close(self) -> None:
        """Give up what is kept; afterwards the backend can be closed."""
        for found in self.kept:
            with contextlib.suppress(Exception):  # the database may be gone
                found.release()
        self.kept.clear()


def locate(text: str, relation: str = "", folder: Path | None = None, place: Place | None = None) -> Location:
    """Understand a location.

    Parameters
    ----------
    text : str
        A file, a folder, a pattern such as ``sales/*.parquet``; a ``.duckdb`` file;
        ``postgresql://user@host/database``; ``spark://host:7077`` or ``spark://local[*]``; ``sc://host`` (Spark
        Connect). ``#name`` after it is the relation.
    relation : str
        A table, schema.table, or a query that starts with SELECT or WITH.
    folder : path, optional
        What relative paths start from.
    place : Place, optional
        Where the text stands, for messages.

    Raises
    ------
    BookError
        When there is nothing there, a variable is not set, or a password is written out.
    """
    place = place or Place(table="DataSources", column="Source")
    text = text.strip()
    address, _, after = text.partition("#")
    relation = relation.strip() or after.strip()
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme in SERVERS:
        return Location(text, SERVERS[scheme], server(address, place), relation, place=place)
    if scheme and scheme != "duckdb":
        raise BookError(
            f"nothing is known of {scheme}://",
            place=place,
            value=masked(text),
            remedy="Give files (sales/*.parquet), a .duckdb file, postgresql://user@host/database or spark://host:7077",
        )
    plain = _expanded(address.removeprefix("duckdb://"), place)
    path = Path(plain).expanduser()
    path = path if path.is_absolute() or folder is None else folder / path
    if scheme == "duckdb" or path.suffix.lower() in DATABASES:
        if not path.is_file():
            raise BookError(f"there is no file {path.name}", place=place, value=text, remedy="Correct the path")
        return Location(text, "duckdb", str(path), relation, place=place)
    paths = _files(path, text, place)
    kinds = {FILES.get(Path(name).suffix.lower(), "") for name in paths}
    if kinds not in ({"csv"}, {"parquet"}):
        raise BookError(
            "the files are of different kinds" if len(kinds) > 1 else "the file is neither CSV nor Parquet",
            place=place,
            value=text,
            remedy="Name files of one kind: sales/*.parquet; bring a workbook's table in with cvm-xl import",
        )
    return Location(text, kinds.pop(), str(path), relation, tuple(paths), place)


def server(address: str, place: Place) -> str:
    """The URL of a server with the values of its variables; one with a password written out is refused."""
    _refuse_password(address, place)
    return _expanded(address, place)


def _files(path: Path, text: str, place: Place) -> list[str]:
    if path.is_dir():
        found = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in FILES and file.is_file())
    elif any(sign in path.name or sign in str(path) for sign in "*?["):
        found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  patterns may be absolute
    else:
        found = [str(path)] if path.is_file() else []
    if not found:
        raise BookError(
            "there is no such file, and no file that fits",
            place=place,
            value=text,
            remedy="Correct the path; a relative one starts from the workbook's folder",
        )
    return found


def _expanded(text: str, place: Place) -> str:
    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise BookError(
                f"the variable {match[1]} is not set", place=place, remedy=f"Set it before: export {match[1]}=..."
            )
        return found

    return VARIABLE.sub(value, text)


def _refuse_password(address: str, place: Place) -> None:
    parts = split_url(address)
    given = [parts.password or "", *(v for k, v in parse_qsl(parts.query) if k.lower() in ("password", "pwd", "token"))]
    given += re.findall(r";\s*(?:token|password)=([^;]+)", address)
    if any(text and not VARIABLE.fullmatch(text) for text in given):
        raise BookError(
            "a password is written out in the URL",
            place=place,
            value=masked(address),
            remedy="Take it out (and change it: it was readable); set PGPASSWORD, or write ${VARIABLE} in its place",
        )


# --- opening -----------------------------------------------------------------------------------------------------


def needed(module: str) -> Any:
    """A module that only tables outside the workbook need."""
    try:
        return __import__(module)
    except ImportError:
        raise BookError(
            f"tables outside the workbook need {module}, which is not installed", remedy=WITH_EXTRA[module]
        ) from None


def connected(location: Location, spill: Path | None = None) -> Any:
    """The Ibis backend of a location: DuckDB in this process, or a connection to the server."""
    ibis = needed("ibis")
    with speaking(location):
        if location.kind in ("csv", "parquet", "duckdb"):
            needed("duckdb")
            database = location.address if location.kind == "duckdb" else ":memory:"
            backend = ibis.duckdb.connect(database, read_only=location.kind == "duckdb")
            if spill is not None:
                beside = spill.as_posix().replace("'", "''")
                backend.raw_sql(f"SET temp_directory = '{beside}'")
            if location.kind == "duckdb":  # what a query in a workbook says reads this database, and nothing else
                backend.raw_sql("SET enable_external_access = false")
            backend.raw_sql("SET autoinstall_known_extensions = false")  # from the web
            backend.raw_sql(f"SET memory_limit = '{_memory():.1f}GB'")
            backend.raw_sql("SET preserve_insertion_order = false")
            backend.raw_sql("SET TimeZone = 'UTC'")
            backend.raw_sql("SET enable_progress_bar = false")
            return backend
        if location.kind == "postgres":
            needed("psycopg")
            return _postgres(ibis, location)
        needed("pyspark")
        return _spark(ibis, location)


def _memory() -> float:
    """Gigabytes for DuckDB: a quarter of what the machine has, within limits."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):  # Windows
        there = 0.0
    return min(max(there / 4, MEMORY[0]), MEMORY[1])


def _postgres(ibis: Any, location: Location) -> Any:
    given = postgres_arguments(location)
    backend = ibis.postgres.connect(**{"database" if k == "dbname" else k: v for k, v in given.items()})
    for setting in ("SET TIME ZONE 'UTC'", "SET jit = off"):  # compiling takes longer than what it would save
        backend.raw_sql(setting).close()
    return backend


def postgres_arguments(location: Location) -> dict[str, Any]:
    """What psycopg connects with: of the URL, then of the environment; the password never from a workbook."""
    parts = urlsplit(location.address)
    query = dict(parse_qsl(parts.query))
    user = unquote(parts.username) if parts.username else os.environ.get("PGUSER")
    host = query.pop("host", None) or parts.hostname or os.environ.get("PGHOST")
    password = query.pop("password", None) or (unquote(parts.password) if parts.password else _kept(host, user))
    given = {
        "host": host,
        "port": int(parts.port or os.environ.get("PGPORT") or 5432),
        "user": user,
        "password": password,
        "dbname": parts.path.lstrip("/") or os.environ.get("PGDATABASE"),
    }
    return {k: v for k, v in given.items() if v is not None} | query


def _kept(host: str | None, user: str | None) -> str | None:
    """The password from the environment or the keyring; None leaves it to libpq (PGPASSFILE)."""
    given = os.environ.get("PGPASSWORD")
    if given or not host or not user:
        return given
    try:
        import keyring
    except ImportError:
        return None
    return keyring.get_password(f"cvm-xl {host}", user)


def _spark(ibis: Any, location: Location) -> Any:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("cvm-xl")
    if location.address.startswith("sc://"):
        session = builder.remote(location.address).getOrCreate()
    else:
        master = location.address.removeprefix("spark://")
        session = SparkSession.getActiveSession() or (
            builder.master(master if master.startswith("local") else location.address)
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", str(4 if master.startswith("local") else 200))
            .getOrCreate()
        )
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return ibis.pyspark.connect(session)


def opened(location: Location, backend: Any) -> Connection:
    """The table of a location.

    Raises
    ------
    BookError
        When there is no such relation, or the files cannot be read.
    """
    with speaking(location):
        if location.kind == "parquet":
            return Connection(location, backend, backend.read_parquet(list(location.paths)))
        if location.kind == "csv":
            table = backend.read_csv(list(location.paths), all_varchar=True, header=True, null_padding=False)
            return Connection(location, backend, table, texts=True)
        if not location.relation:
            raise BookError(
                "says not which table",
                place=location.place,
                value=location.text,
                remedy="Write its name, as schema.table, or a query under Relation",
            )
        if re.match(r"\s*(select|with)\b", location.relation, re.IGNORECASE):
            if location.kind != "duckdb":
                return Connection(location, backend, backend.sql(location.relation))
            # Ibis 12 asks DuckDB 2 for a query's columns by a method that it has no more
            name = f"cvm-xl source {id(location)}"
            if len(backend.con.extract_statements(location.relation)) > 1:
                raise BookError(
                    "holds several statements",
                    place=replace(location.place, column="Relation"),
                    remedy="Write one query",
                )
            backend.con.execute(f'CREATE TEMP VIEW "{name}" AS {location.relation.rstrip().rstrip(";")}')
            return Connection(location, backend, backend.table(name))
        *schema, name = (part.strip('"`') for part in location.relation.split("."))
        found = backend.table(name, database=tuple(schema) if len(schema) > 1 else schema[0] if schema else None)
        return Connection(location, backend, found)
