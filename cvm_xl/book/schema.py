"""The one declaration of every sheet, table and column that a cvm_xl workbook has.

Templates, help, drop-downs, import, reading, checks and the refresh are all derived from it.
A table's name is its sheet's name too, except where `sheet` says otherwise.
"""

from __future__ import annotations

from functools import cache

from cvm_xl.book.declared import DRIVERS, LAYERS, UNASSIGNED, Column, Setting, Table, normal
from cvm_xl.book.input_tables import INPUT_TABLES
from cvm_xl.book.output_tables import OUTPUT_TABLES
from cvm_xl.book.setting_rows import SETTINGS

__all__ = [
    "DRIVERS",
    "LAYERS",
    "SETTINGS",
    "TABLES",
    "UNASSIGNED",
    "Column",
    "Setting",
    "Table",
    "inputs",
    "normal",
    "outputs",
    "table",
]

TABLES = INPUT_TABLES + OUTPUT_TABLES


def table(name: object) -> Table:
    """The table of that name, by any spelling."""
    return _tables()[normal(name)]


@cache
def _tables() -> dict[str, Table]:
    return {normal(t.name): t for t in TABLES}


def inputs() -> tuple[Table, ...]:
    """Tables that the analyst fills."""
    return INPUT_TABLES


def outputs() -> tuple[Table, ...]:
    """Tables that a refresh writes."""
    return OUTPUT_TABLES
