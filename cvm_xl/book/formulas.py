"""Cell addresses inside formulas: moved along with a row, or to where a table's cells have gone."""

from __future__ import annotations

import re
from collections.abc import Callable

from cvm_xl.book.addresses import LAST_COLUMN, LAST_ROW, Area, area, column_number, letters

__all__ = ["mentions", "moved", "relative", "remapped", "whole_columns"]

# Text, structured references, then addresses with or without a sheet, then any other word: each read as one piece, so
# that nothing inside a text, a header or a function's name is taken for an address.
_PIECES = re.compile(
    r"""
    "(?:[^"]|"")*"
    | \[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\]
    | (?P<sheet>'(?:[^']|'')+'!|[\w.]+!)?
      (?P<ref>\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6}(?::\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6})?)(?![\w(.!\[])
    | '(?:[^']|'')+'!?
    | [\w.$\\?]+!?
    """,
    re.VERBOSE,
)
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)(\d+)")
_WHOLE = re.compile(r"(?<![\w$])\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w(])")


def _sheet_name(prefix: str) -> str:
    name = prefix[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def relative(formula: str) -> bool:
    """Whether the formula has an address that changes when it is copied to another row."""
    return any(
        cell[3] == "" for found in _PIECES.finditer(formula) if found["ref"] for cell in _CELL.finditer(found["ref"])
    )


def moved(formula: str, rows: int, columns: int = 0) -> str:
    """The formula as it reads when its cell is copied by so many rows and columns: what has no $ moves along."""
    if not rows and not columns:
        return formula

    def cell(found: re.Match[str]) -> str:
        column, row = column_number(found[2]), int(found[4])
        column += 0 if found[1] else columns
        row += 0 if found[3] else rows
        if not (1 <= column <= LAST_COLUMN and 1 <= row <= LAST_ROW):
            return "#REF!"
        return f"{found[1]}{letters(column)}{found[3]}{row}"

    def piece(found: re.Match[str]) -> str:
        if not found["ref"]:
            return found[0]
        text = _CELL.sub(cell, found["ref"])
        return (found["sheet"] or "") + ("#REF!" if "#REF!" in text else text)

    return _PIECES.sub(piece, formula)


def remapped(formula: str, sheet: str, new_place: Callable[[Area, str], Area | None], *, own: bool) -> str:
    """The formula with each address on `sheet` put where `new_place` says; None leaves it.

    `new_place` is asked with the area and how it is spelled.
    `own` tells that the formula stands on that sheet, so that addresses without a sheet's name are its own.
    """

    def piece(found: re.Match[str]) -> str:
        if not found["ref"]:
            return found[0]
        prefix = found["sheet"] or ""
        if (_sheet_name(prefix).lower() != sheet.lower()) if prefix else not own:
            return found[0]
        old = area(found["ref"])
        new = new_place(old, found["ref"])
        return found[0] if new is None or new == old else prefix + _like(found["ref"], new)

    return _PIECES.sub(piece, formula)


def _like(ref: str, new: Area) -> str:
    """The new area with the dollar signs of the old reference."""
    cells = _CELL.findall(ref)
    first = f"{cells[0][0]}{letters(new.left)}{cells[0][2]}{new.top}"
    if len(cells) == 1 and new.top == new.bottom and new.left == new.right:
        return first
    last = cells[-1]
    return f"{first}:{last[0]}{letters(new.right)}{last[2]}{new.bottom}"


def mentions(text: str, sheet: str) -> bool:
    """Whether a formula, or any XML with formulas in it, names cells of the sheet."""
    quoted = sheet.replace("'", "''").lower()
    lowered = text.lower()
    if f"'{quoted}'!" in lowered:
        return True
    plain = f"{sheet.lower()}!"  # looked for as it is first: the sheet of a million rows is searched in a moment
    return plain in lowered and re.search(rf"(?<![\w.']){re.escape(plain)}", lowered) is not None


def whole_columns(formula: str) -> bool:
    """Whether it names whole columns, as in C:C."""
    return _WHOLE.search(re.sub(r'"[^"]*"|\[[^\]]*\]', "", formula)) is not None
