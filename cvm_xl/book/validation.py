"""What a cell accepts when it is typed into: drop-downs, bounds, and the help shown on a header."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from typing import Any

from cvm_xl.book.schema import Column, Setting, table

__all__ = ["HUGE", "hint", "list_name", "rule", "setting_rule"]

HUGE = 1e15
"""Bound of numbers that have none: it is text that the rule keeps out."""

FIRST_DAY, LAST_DAY = date(1920, 1, 1), date(2199, 12, 31)


def list_name(name: str) -> str:
    """The defined name that holds a table's keys, for drop-downs: "Customers" -> "Customers_list"."""
    return f"{table(name).name}_list"


def rule(column: Column, lists: Container[str]) -> dict[str, Any] | None:
    """The validation of a column's cells, as XlsxWriter takes it; None where anything goes.

    `lists` names the tables whose keys can be offered. What `check` would call an error is refused; an unknown key
    is only warned of, since tables are filled in any order.
    """
    if column.refers in lists:
        said = f"This is not in the table {column.refers} yet. Keep it, and add it there?"
        return _rule(column.header, said, "warning", validate="list", source=f"={list_name(column.refers)}")
    if column.choices and column.kind != "choice":
        return {"validate": "list", "source": list(column.choices), "show_error": False}
    return _typed(column.header, column.kind, column.help, column.lo, column.hi, column.choices)


def setting_rule(setting: Setting) -> dict[str, Any] | None:
    """The validation of the value of one row of Settings."""
    return _typed(setting.name, setting.kind, setting.help, setting.lo, setting.hi, setting.choices)


def hint(column: Column) -> dict[str, Any]:
    """A validation that refuses nothing and shows the column's help when its header is selected."""
    said = f"{column.help}." if not column.required else f"Required. {column.help}."
    return {"validate": "any", "input_title": column.header[:32], "input_message": said[:255]}


def _typed(
    name: str, kind: str, text: str, lo: float | None, hi: float | None, choices: tuple[str, ...]
) -> dict[str, Any] | None:
    if kind == "choice":
        return _rule(name, f"Choose one of: {', '.join(choices)}.", "stop", validate="list", source=list(choices))
    if kind == "flag":
        # Excel in other languages has its own words for TRUE and FALSE; do not stand in their way.
        return _rule(name, "Type TRUE or FALSE.", "warning", validate="list", source=["TRUE", "FALSE"])
    if kind == "date":
        said = f"Type a date, such as 2025-01-31. {text}."
        return _rule(name, said, "stop", validate="date", criteria="between", minimum=FIRST_DAY, maximum=LAST_DAY)
    if kind not in ("number", "money", "share", "whole"):
        return None
    low, high = -HUGE if lo is None else lo, HUGE if hi is None else hi
    validate = "integer" if kind == "whole" else "decimal"
    if kind == "whole":
        low, high = int(low), int(high)
    said = f"Type {_in_words(kind, lo, hi)}. {text}."
    return _rule(name, said, "stop", validate=validate, criteria="between", minimum=low, maximum=high)


def _in_words(kind: str, lo: float | None, hi: float | None) -> str:
    what = {"whole": "a whole number", "share": "a share (0.05 or 5%)"}.get(kind, "a number")
    if lo is not None and hi is not None:
        return f"{what} from {lo:g} to {hi:g}"
    if lo is not None:
        return f"{what}, {lo:g} or more"
    return what if hi is None else f"{what} of at most {hi:g}"


def _rule(title: str, said: str, style: str, **rule: Any) -> dict[str, Any]:
    return rule | {"error_title": title[:32], "error_message": said[:255], "error_type": style}
