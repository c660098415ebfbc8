"""Cell addresses: letters, numbers and ranges."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from cvm_xl.errors import BookError

__all__ = ["LAST_COLUMN", "LAST_ROW", "Area", "area", "column_number", "letters"]

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384


@functools.cache
def letters(column: int) -> str:
    """Letters of a column counted from 1: 1 is A, 28 is AB."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@functools.cache
def column_number(text: str) -> int:
    """Number of a column's letters, from 1."""
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(frozen=True)
class Area:
    """A rectangle of cells; rows and columns count from 1 and both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        first = f"{letters(self.left)}{self.top}"
        last = f"{letters(self.right)}{self.bottom}"
        return first if first == last else f"{first}:{last}"

    def meets(self, other: Area) -> bool:
        """Whether the two share a cell."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    @property
    def rows(self) -> int:
        return self.bottom - self.top + 1


_AREA = re.compile(
    r"\$?(?P<l>[A-Za-z]{1,3})\$?(?P<t>\d+)(?::\$?(?P<r>[A-Za-z]{1,3})\$?(?P<b>\d+))?"
    r"|\$?(?P<lc>[A-Za-z]{1,3}):\$?(?P<rc>[A-Za-z]{1,3})|\$?(?P<tr>\d+):\$?(?P<br>\d+)"
)


def area(text: str | None) -> Area:
    """The rectangle of "B2:D9", "B2", "B:D" or "2:9", dollar signs allowed. `BookError` for anything else."""
    found = _AREA.fullmatch(text.strip()) if text else None
    if not found:
        raise BookError(f"{text!r} is no cell address", remedy="Open the workbook in Excel and save it again.")
    part = found.groupdict()
    if part["lc"]:
        return Area(1, column_number(part["lc"]), LAST_ROW, column_number(part["rc"]))
    if part["tr"]:
        return Area(int(part["tr"]), 1, int(part["br"]), LAST_COLUMN)
    top, left = int(part["t"]), column_number(part["l"])
    bottom, right = int(part["b"] or top), column_number(part["r"] or part["l"])
    return Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
