"""The Settings table as typed values, each with the schema's default where nothing is entered."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

from cvm_xl.book.columns import Fault, convert
from cvm_xl.book.headers import nearest
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.schema import SETTINGS, Column, Setting, normal
from cvm_xl.errors import Place
from cvm_xl.figures import rounded, shown
from cvm_xl.problems import Problem

__all__ = ["setting_place", "settings", "settings_problems"]


# Several values in one cell, apart by semicolons.
LISTS = {
    "Tier names": "text",
    "Tier shares": "share",
    "Tier amounts": "amount",
    "P&L by": "text",
    "Trace": "text",
    "Further tables": "text",
    "Look-alike by": "text",
    "What if": "text",
}


def settings(book: Book) -> dict[str, Any]:
    """The settings of a book; defaults where the table, a row or a usable value is missing.

    Returns
    -------
    dict
        Every entry of `schema.SETTINGS` by its name in lower case with underscores ("tier_names", "p_l_by"): dates
        as datetime64[D], shares 0.1 for 10%, lists as text with semicolons, None where there is neither value nor
        default.
    """
    return _read(book)[0]


def settings_problems(book: Book) -> list[Problem]:
    """Values of the wrong kind or out of bounds, unknown and doubled names."""
    return _read(book)[1]


def setting_place(book: Book, name: str) -> Place:
    """Where the value of a setting stands; without a row where the workbook has none for it."""
    table = book.tables.get("Settings")
    if table is None:
        return Place("Settings", "Settings", None, "Value")
    entries = table.values("setting")
    row = next((i for i, entry in enumerate(entries) if entry and normal(entry) == normal(name)), None)
    return table.place("value", row)


def _read(book: Book) -> tuple[dict[str, Any], list[Problem]]:
    table = book.tables.get("Settings")
    entered, problems = _entered(table) if table else ({}, [])
    found: dict[str, Any] = {}
    for setting in SETTINGS:
        value, place = entered.get(setting.name, (setting.default, None))
        typed = _typed(setting, value, book.date1904)
        if isinstance(typed, Fault) and place:
            problems.append(Problem("error", place, value, f"{setting.name} {typed.message}", typed.remedy))
            typed = None
        if typed is None and not (place and setting.optional):
            typed = _typed(setting, setting.default, book.date1904)
        found[_key(setting)] = typed
    return found, problems + (_together(found, book) if table else [])


def _key(setting: Setting) -> str:
    return Column(setting.name, setting.kind, "").name


def _entered(table: SheetTable) -> tuple[dict[str, tuple[object, Place]], list[Problem]]:
    """Value and place of each known setting's row, the first where a name stands twice."""
    known = {normal(setting.name): setting.name for setting in SETTINGS}
    entered: dict[str, tuple[object, Place]] = {}
    problems: list[Problem] = []
    for i, (name, value) in enumerate(zip(table.values("setting"), table.values("value"), strict=True)):
        place = table.place("value", i)
        if name is None:
            continue  # an empty name is reported by the reader
        setting = known.get(normal(name))
        if setting is None:
            meant = nearest(name, known.values())
            remedy = f"Did you mean {meant!r}?" if meant else f"Known are: {', '.join(known.values())}"
            place = replace(place, column="Setting")
            problems.append(Problem("warning", place, name, "is no setting and is not used", remedy))
        elif setting in entered:
            place = replace(place, column="Setting")
            problems.append(
                Problem("error", place, name, "the setting stands here twice; the first counts", "Remove one")
            )
        else:
            entered[setting] = value, place
    return entered, problems


def _typed(setting: Setting, value: object, date1904: bool) -> object:
    """The value of that setting, None where nothing is entered, or what is wrong with it."""
    if value is None:
        return None
    if setting.name in LISTS:
        return _list(LISTS[setting.name], value)
    column = Column(setting.name, setting.kind, "", choices=setting.choices)
    values, faults = convert(column, [value], date1904=date1904, seen={})
    if faults:
        return faults[0][1]
    typed = values[0]
    if setting.kind == "date":
        return typed.astype("datetime64[D]")
    if isinstance(typed, float):
        low = setting.lo is not None and typed < setting.lo
        if low or (setting.hi is not None and typed > setting.hi):
            bounds = f"at least {setting.lo:g}" if setting.hi is None else f"from {setting.lo:g} to {setting.hi:g}"
            hint = "; a share of 5% is 0.05 or 5%" if setting.kind == "share" else ""
            return Fault("is out of bounds", f"Enter a value {bounds}{hint}")
        return int(typed) if setting.kind == "whole" else float(typed)
    return typed


def _list(kind: str, value: object) -> str | Fault:
    """A list as text: its parts trimmed, shares as 20% or 0.2 with a decimal point."""
    if isinstance(value, datetime.date | datetime.time | bool):
        return Fault("is not text", "Enter the values in one cell, separated by semicolons")
    parts = [part.strip() for part in re.split(r"[;\n]", _text(value)) if part.strip()]
    if kind == "share":
        parts = [part.replace(",", ".").replace(" ", "") for part in parts]
        wrong = [part for part in parts if not _SHARE.fullmatch(part)]
        if wrong:
            return Fault(f"contains {wrong[0]!r}, which is no share", "Enter shares such as 20%; 70%; 10%")
    if kind == "amount":
        parts = [part.replace(" ", "") for part in parts]
        wrong = [part for part in parts if not _AMOUNT.fullmatch(part)]
        if wrong:
            return Fault(f"contains {wrong[0]!r}, which is no amount", "Enter plain numbers such as 10000; 0; -500.50")
    return "; ".join(parts)


_AMOUNT = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_SHARE = re.compile(r"(\d+(?:\.\d+)?)(%?)", re.ASCII)


def _text(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else value if isinstance(value, str) else shown(value)


def _together(found: dict[str, Any], book: Book) -> list[Problem]:
    """What must fit together."""
    problems: list[Problem] = []

    def report(name: str, value: object, message: str, remedy: str) -> None:
        problems.append(Problem("error", setting_place(book, name), value, message, remedy))

    names = found["tier_names"].split(";")
    if found["tier_by"] == "amount":
        listed = found["tier_amounts"] or ""
        amounts = [float(part) for part in listed.split(";") if part.strip()]
        if len(amounts) != len(names) - 1:
            text = f"there are {len(amounts)} amounts for {len(names)} names of tiers"
            report(
                "Tier amounts", listed, text, "Enter the least profit of each tier but the last: one fewer than names"
            )
        elif any(low >= high for high, low in pairwise(amounts)):
            report("Tier amounts", listed, "the amounts do not descend", "Enter the best tier's first: 10000; 0")
    else:
        listed = found["tier_shares"]
        shares = [float(number) / (100 if percent else 1) for number, percent in _SHARE.findall(listed)]
        if abs(sum(shares) - 1) > 1e-6:
            text = f"the shares of the tiers sum to {rounded(100 * sum(shares), 6)}%"
            report("Tier shares", listed, text, "Enter shares that sum to 100%, such as 20%; 70%; 10%")
        if len(shares) != len(names):
            text = f"there are {len(shares)} shares for {len(names)} names of tiers"
            report("Tier shares", listed, text, "Enter one share for each name in Tier names")
    if len({name.strip().casefold() for name in names}) < len(names):
        report("Tier names", found["tier_names"], "two tiers have one name", "Give each tier a name of its own")
    start, end = found["period_start"], found["period_end"]
    if start is not None and end is not None and end < start:
        report("Period end", str(end), f"the period ends before it starts ({start})", "Correct one of the two")
    return problems
