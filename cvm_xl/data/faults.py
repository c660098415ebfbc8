"""Errors of drivers and servers as errors that an analyst can read. Passwords are never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from cvm_xl.errors import BookError

if TYPE_CHECKING:
    from cvm_xl.data.connect import Location

__all__ = ["VARIABLE", "masked", "speaking", "split_url"]

BACKENDS = {"duckdb", "psycopg", "pyspark", "py4j", "ibis", "pyarrow", "sqlglot", "grpc"}
"""Whose errors are about the data or the server, not about this program."""
VARIABLE = re.compile(r"\$\{(\w+)\}")


def split_url(address: str) -> SplitResult:
    """The parts of a URL; local[2] is no IPv6 address."""
    return urlsplit(address.replace("local[", "local").replace("]", "") if "local[" in address else address)


def masked(text: str) -> str:
    """A text without the passwords in its URLs."""
    text = re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", text)
    return re.sub(r"((?:password|pwd|token)=)[^&;\s]+", r"\1***", text, flags=re.IGNORECASE)


@contextmanager
def speaking(location: Location) -> Iterator[None]:
    """Turn errors of drivers and servers into errors that an analyst can read, without any password."""
    try:
        yield
    except BookError:
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0].lstrip("_") not in BACKENDS and not isinstance(error, OSError):
            raise
        told = _told(error, location)
        message, remedy = _meaning(f"{type(error).__name__}: {told}")
        raise BookError(
            f"{message}: {told}" if message else told, place=location.place, value=location.shown, remedy=remedy
        ) from None  # a chained error would show what was passed to the driver


def _told(error: BaseException, location: Location) -> str:
    """The first lines of a driver's message, without secrets."""
    text = " ".join(line.strip() for line in str(error).splitlines()[:4] if line.strip()) or type(error).__name__
    parts = split_url(location.address) if "://" in location.address else None
    secrets = [parts.password if parts else None, unquote(parts.password) if parts and parts.password else None]
    secrets += [os.environ.get("PGPASSWORD"), *(os.environ.get(name) for name in VARIABLE.findall(location.text))]
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return masked(text)[:400]


MEANINGS = (
    (r"disabled (by|through) configuration", "a query may read its own database alone, no file and nothing of the web",
     "Name other files under Source, or make tables of them in the database"),
    (r"password authentication failed|no password supplied", "the server does not accept user or password",
     "Set PGPASSWORD (it is never written down), or correct the user"),
    (r"connection refused|could not connect|connection failed|could not translate host|connection timed out|"
     r"no route to host", "the server cannot be reached", "Is it running, and are host and port right?"),
    (r"server closed the connection|terminating connection|connection is (lost|closed)|SSL connection has been closed|"
     r"the connection is closed|consuming input failed|Answer from Java side is empty|Py4JNetwork|shutting down",
     "the database went away", "Nothing was written; run it again when it is back"),
    (r"no space left|disk (is )?full|failed to offload|max_temp_directory|could not write",
     "there is no room on the disk", "Free some, or write elsewhere; nothing was written"),
    (r"out of memory", "there is not enough memory", "Close other programs, or use a larger machine"),
    (r"no magic bytes|invalid parquet|file too small|corrupt|snappy|thrift|TProtocol|decompress|metadata",
     "a file is damaged", "Write that file again"),
    (r"schema mismatch|cannot cast|could not convert|conversion error|type mismatch|mismatch in",
     "a column has another type in one of the files", "Write that file again with the type of the others"),
    (r"does not exist|not ?found|TABLE_OR_VIEW_NOT_FOUND|catalog error", "there is no such table or column",
     "Correct Relation or Mapping"),
    (r"permission denied|access denied", "the user may not read it", "Ask for the right to read it"),
    (r"invalid unicode|not utf-?8|encoding", "a file is not UTF-8", "Write it again as UTF-8, or as Parquet"),
    (r"error when sniffing|csv error", "a file is no proper CSV", "Write it again, as CSV UTF-8 with a header"),
)  # fmt: skip


def _meaning(text: str) -> tuple[str, str]:
    for pattern, message, remedy in MEANINGS:
        if re.search(pattern, text, re.IGNORECASE):
            return message, remedy
    return "the source cannot be read", "Nothing was written"
