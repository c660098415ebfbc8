"""Columns of a source as the schema types them, in the source; what cannot be typed is counted, not dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cvm_xl.book.columns import array_type
from cvm_xl.book.schema import Column
from cvm_xl.data.connect import Connection

__all__ = ["Reading", "typed"]

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


def typed(connection: Connection, readings: Sequence[Reading]) -> tuple[Any, dict[str, Any]]:
    """The table by `Column.name` (an own column by its header), and of each column whether a row's value is unusable.

    Beside each column X of numbers or dates stand `fault X`, and `raw X`, what stands in the source as text. Ids and
    texts become text, empty ones null, those of CSV without blanks around them; numbers float64; dates the day, of a
    moment with a zone that in UTC.
    """
    table = connection.table
    columns: dict[str, Any] = {}
    faults: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for reading in readings:
        name = reading.column.name if reading.column.help else reading.column.header
        value, raw = _read(connection, table[reading.source], reading)
        columns[name] = value
        if array_type(reading.column.kind) == "object":
            continue  # anything is a text
        written[f"raw {name}"] = table[reading.source].cast("string")
        faults[name] = raw.notnull() & value.isnull()
    # as one select, so that every backend sees plain columns
    flags = {f"fault {name}": fault for name, fault in faults.items()}
    made = table.select(**columns, **flags, **written)
    return made, {name: made[f"fault {name}"] for name in faults}


def _read(connection: Connection, raw: Any, reading: Reading) -> tuple[Any, Any]:
    """The typed value, and what is null only where nothing stands there."""
    kind, dtype = array_type(reading.column.kind), raw.type()
    if dtype.is_string():
        text = raw.strip().nullif("") if connection.texts else raw.nullif("")
        if kind == "float64":
            return _number(connection, text, reading.mark), text
        if kind == "datetime64[s]":
            return _day(connection, text, reading.order), text
        return text, text
    if dtype.is_floating():
        raw = raw.isnan().ifelse(None, raw.cast("float64"))
    if kind == "float64":
        value = raw.cast("float64") if dtype.is_numeric() and not dtype.is_boolean() else _nothing(raw, "float64")
        return (value.abs() < float("inf")).ifelse(value, None), raw
    if kind == "datetime64[s]":
        return (raw.cast("date") if dtype.is_temporal() and not dtype.is_time() else _nothing(raw, "date")), raw
    if dtype.is_boolean():
        return raw.ifelse("TRUE", "FALSE"), raw
    if dtype.is_decimal() or dtype.is_floating():
        number = raw.cast("float64")
        whole = (number == number.floor()) & (number.abs() < 1e15)
        return whole.ifelse(whole.ifelse(number, 0.0).cast("int64").cast("string"), number.cast("string")), raw
    return raw.cast("string"), raw


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
