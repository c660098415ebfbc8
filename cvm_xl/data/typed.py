"""Columns of a source as the schema types them, in the source; what cannot be typed is counted, not dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from cvm_xl.book.columns import array_type
from cvm_xl.book.schema import Column
from cvm_xl.data.connect import Connection
from cvm_xl.data.faults import speaking

__all__ = ["Reading", "Seen", "seen", "typed"]

NUMBER = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$"
PARTS = r"^([0-9]{1,4})[./-] ?([0-9]{1,2})[./-] ?([0-9]{1,4})([T ,].*)?$"


@dataclass(frozen=True)
class Reading:
    """A column of the table, the source's column that feeds it, and how its texts are written."""

    column: Column
    source: str
    mark: str = "."
    order: str = "ymd"


@dataclass(frozen=True)
class Seen:
    """What columns hold, by `Column.name`: what need not be asked of every line again.

    `filled` have a value in every row; `finite` are floats without NaN and infinity; `low` and `high` are the least
    and the largest number or day where there is any.
    """

    rows: int
    filled: frozenset[str]
    finite: frozenset[str]
    low: dict[str, Any]
    high: dict[str, Any]


def seen(connection: Connection, readings: Sequence[Reading], names: Sequence[str]) -> Seen:
    """Look at some columns; of Parquet files DuckDB reads no more than what stands in their footers."""
    table = connection.table
    mine = {reading.column.name: reading for reading in readings if reading.column.name in names}
    asked: dict[str, Any] = {"rows": table.count()}
    for name, reading in mine.items():
        raw = table[reading.source]
        if not raw.type().is_numeric() or raw.type().is_boolean():
            raw = _read(connection, raw, reading)[0]
        asked[f"n {name}"] = raw.count()
        if not raw.type().is_string():
            asked |= {f"low {name}": raw.min(), f"high {name}": raw.max()}
        if raw.type().is_floating():  # the least and the largest in a Parquet footer know nothing of NaN
            asked[f"sum {name}"] = raw.sum()
    with speaking(connection.location):
        found = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    rows = int(found["rows"])
    floats = {name for name in mine if f"sum {name}" in found and found[f"sum {name}"] is not None}
    unsure = {name for name in floats if not isfinite(found[f"sum {name}"])}
    ends = [{name: found.get(f"{end} {name}") for name in mine} for end in ("low", "high")]
    low, high = ({name: value for name, value in of.items() if value is not None} for of in ends)
    low |= dict.fromkeys(unsure, -inf)
    high |= dict.fromkeys(unsure, inf)
    filled = {name for name in mine if rows and found[f"n {name}"] == rows} - unsure
    finite = {name for name in floats - unsure if table[mine[name].source].type().is_floating()}
    return Seen(rows, frozenset(filled), frozenset(finite), low, high)


def typed(
    connection: Connection, readings: Sequence[Reading], finite: Collection[str] = ()
) -> tuple[Any, dict[str, Any]]:
    """The table by `Column.name` (an own column by its header), and of each column whether a row's value is unusable.

    Beside each column X that can have unusable values stand `fault X`, and `raw X`, what stands in the source as text.
    Ids and texts become text, empty ones null, those of CSV without blanks around them; numbers float64; dates the day,
    of a moment with a zone that in UTC. `finite` are columns of floats without NaN and infinity (`seen`).
    """
    table = connection.table
    columns: dict[str, Any] = {}
    faults: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for reading in readings:
        name = reading.column.name if reading.column.help else reading.column.header
        raw = table[reading.source]
        if name in finite:
            columns[name] = raw.cast("float64")
            continue
        columns[name], given = _read(connection, raw, reading)
        if given is None:
            continue
        written[f"raw {name}"] = raw.cast("string")
        faults[name] = given.notnull() & columns[name].isnull()
    # as one select, so that every backend sees plain columns
    flags = {f"fault {name}": fault for name, fault in faults.items()}
    made = table.select(**columns, **flags, **written)
    return made, {name: made[f"fault {name}"] for name in faults}


def _read(connection: Connection, raw: Any, reading: Reading) -> tuple[Any, Any]:
    """The typed value, and what is null only where nothing stands there; None where any value can be typed."""
    kind, dtype = array_type(reading.column.kind), raw.type()
    if dtype.is_string():
        text = raw.strip().nullif("") if connection.texts else raw.nullif("")
        if kind == "float64":
            return _number(connection, text, reading.mark), text
        if kind == "datetime64[s]":
            return _day(connection, text, reading.order), text
        return text, None
    written = raw.cast("string").lower()
    if (
        dtype.is_floating()
    ):  # told by their text: of Parquet, DuckDB 2 takes isnan to be false where the footer is silent
        raw = (written == "nan").ifelse(None, raw.cast("float64"))
    if kind == "float64":
        if not dtype.is_numeric() or dtype.is_boolean():
            return _nothing(raw, "float64"), raw
        value = raw.cast("float64")
        if not dtype.is_floating():
            return value, None
        return written.contains("inf").ifelse(None, value), raw
    if kind == "datetime64[s]":
        if dtype.is_temporal() and not dtype.is_time():
            return raw.cast("date"), None
        return _nothing(raw, "date"), raw
    if dtype.is_boolean():
        return raw.ifelse("TRUE", "FALSE"), None
    if dtype.is_decimal() or dtype.is_floating():
        number = raw.cast("float64")
        whole = (number == number.floor()) & (number.abs() < 1e15)
        return whole.ifelse(whole.ifelse(number, 0.0).cast("int64").cast("string"), number.cast("string")), None
    return raw.cast("string"), None


def _nothing(raw: Any, dtype: str) -> Any:
    """Null in every row: a value of a kind that can be none of these."""
    return raw.isnull().ifelse(None, None).cast(dtype)


def _cast(connection: Connection, text: Any, dtype: str, pattern: str) -> Any:
    if connection.backend.name == "duckdb":
        return text.try_cast(dtype)
    return text.re_search(pattern).ifelse(text, None).cast(dtype)  # a cast of a proper text never fails


def _number(connection: Connection, text: Any, mark: str) -> Any:
    plain = text.re_replace("[ '’\u00a0\u202f$€£]", "")
    plain = plain.replace(".", "").replace(",", ".") if mark == "," else plain.replace(",", "")
    percent = plain.endswith("%")
    plain = percent.ifelse(plain.replace("%", ""), plain)
    value = _cast(connection, plain, "float64", NUMBER)
    value = percent.ifelse(value / 100, value)
    return (value.abs() < float("inf")).ifelse(value, None)


def _day(connection: Connection, text: Any, order: str) -> Any:
    if order == "ymd":
        return _cast(connection, text.re_search(ISO).ifelse(text.substr(0, 10), None), "date", ISO)
    at = {letter: i + 1 for i, letter in enumerate(order)}
    day, month, year = (text.re_extract(PARTS, at[letter]) for letter in "dmy")
    iso = year + "-" + month.lpad(2, "0") + "-" + day.lpad(2, "0")
    return _cast(connection, iso, "date", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
