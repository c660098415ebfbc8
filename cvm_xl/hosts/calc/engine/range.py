"""Ranges of cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.book.addresses import letters
from cvm_xl.book.formulas import moved
from cvm_xl.hosts.calc.engine import cells as c
from cvm_xl.hosts.calc.engine.formulas import from_calc, to_calc
from cvm_xl.hosts.calc.engine.looks import Looks
from cvm_xl.hosts.calc.engine.notes import Note
from cvm_xl.hosts.calc.engine.office import uno
from cvm_xl.hosts.calc.engine.unsupported import Unsupported, sealed

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.sheet import Sheet

__all__ = ["Range"]

_VALUES, _NOTES, _FORMATS = 1 | 2 | 4 | 16, 8, 32 | 64  # com.sun.star.sheet.CellFlags
_PLAIN = re.compile(r"[\w.\[\]]+")
_CORNERS = {"down": (1, 0), "up": (-1, 0), "right": (0, 1), "left": (0, -1)}


@sealed("Range")
class Range(Looks, base_classes.Range):
    """Some cells of a sheet: a rectangle, counted from 1."""

    sheet: Sheet
    row: int
    column: int
    shape: tuple[int, int]

    def __init__(self, sheet: Sheet, row: int, column: int, rows: int, columns: int) -> None:
        self.sheet = sheet
        self.options: Any = None  # set by xlwings
        self.row, self.column, self.shape = row, column, (rows, columns)
        self._cells: Any = None

    @property
    def coords(self) -> tuple[int, int, int, int]:
        return (self.row, self.column, *self.shape)

    @property
    def api(self) -> Any:
        """The cells, a UNO object; None where there are none."""
        if self._cells is None and all(self.shape):
            right, bottom = self.column + self.shape[1] - 2, self.row + self.shape[0] - 2
            self._cells = self.sheet.api.getCellRangeByPosition(self.column - 1, self.row - 1, right, bottom)
        return self._cells

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, arg1: int, arg2: int | None = None) -> Range:
        if arg2 is None:
            row, column = divmod(arg1 - 1, self.shape[1])
            return self(row + 1, column + 1)
        return Range(self.sheet, self.row + arg1 - 1, self.column + arg2 - 1, 1, 1)

    @property
    def _document(self) -> Any:
        return self.sheet.book.api

    # Values and formulas

    @property
    def max_cells_per_read(self) -> int:
        return 10_000_000

    @property
    def max_cells_per_write(self) -> int:
        return 10_000_000

    @property
    def raw_value(self) -> Any:
        return c.values(self._document, self.api) if self.api is not None else None

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        if self.api is None:
            return
        if not isinstance(value, (list, tuple)):
            if isinstance(value, str) and value[:1] == "=" and len(self) > 1:
                self.formula = value
                return
            rows: Sequence[Sequence[Any]] = [[value] * self.shape[1]] * self.shape[0]
        else:
            rows = value if isinstance(value[0], (list, tuple)) else [value]
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise ValueError("All elements of a 2d list or tuple must be of the same length")
        target = (
            self if self.shape == (len(rows), width) else self.sheet.range((self.row, self.column, len(rows), width))
        )
        c.write(self._document, target.api, rows, _enter)

    @property
    def formula(self) -> Any:
        rows = tuple(tuple(map(_shown, row)) for row in self.api.getFormulaArray())
        return rows[0][0] if self.shape == (1, 1) else rows

    @formula.setter
    def formula(self, value: Any) -> None:
        if isinstance(value, (list, tuple)):
            rows = value if isinstance(value[0], (list, tuple)) else [value]
        else:
            text = str(value)
            rows = [[moved(text, i, j) for j in range(self.shape[1])] for i in range(self.shape[0])]
        target = self.sheet.range((self.row, self.column, len(rows), len(rows[0])))
        target.api.setFormulaArray(tuple(tuple(to_calc(_entered(cell)) for cell in row) for row in rows))

    @property
    def formula_array(self) -> str | None:
        # `getArrayFormula` has separators of its own.
        return _shown(self.api.getFormulaArray()[0][0]) if self.api.getArrayFormula() else None

    @formula_array.setter
    def formula_array(self, value: str) -> None:
        self.api.setArrayFormula(to_calc(value))

    @property
    def has_array(self) -> bool:
        return bool(self(1, 1).api.getArrayFormula())

    def clear_contents(self) -> None:
        self.api.clearContents(_VALUES)

    def clear_formats(self) -> None:
        self.api.clearContents(_FORMATS)

    def clear(self) -> None:
        self.api.clearContents(_VALUES | _NOTES | _FORMATS)

    # Places

    def get_address(self, row_absolute: bool, col_absolute: bool, external: bool) -> str:
        row, column = "$" if row_absolute else "", "$" if col_absolute else ""
        first = f"{column}{letters(self.column)}{row}{self.row}"
        right, bottom = self.column + self.shape[1] - 1, self.row + self.shape[0] - 1
        text = first if len(self) == 1 else f"{first}:{column}{letters(right)}{row}{bottom}"
        if not external:
            return text
        name = f"[{self.sheet.book.name}]{self.sheet.name}"
        return f"{name}!{text}" if _PLAIN.fullmatch(name) else f"{_quoted(name)}!{text}"

    @property
    def address(self) -> str:
        return self.get_address(True, True, False)

    def end(self, direction: str) -> Range:
        """Where Ctrl and an arrow lead: the last filled cell of a run, else the next filled one, else the edge."""
        if direction not in _CORNERS:
            raise ValueError(f"direction is one of {', '.join(_CORNERS)}, not {direction}")
        down, right = _CORNERS[direction]
        rows, columns = self.sheet.api.Rows.Count, self.sheet.api.Columns.Count
        used = self.sheet.used_range
        # As formulas, since one that gives an empty text fills its cell.
        if down:
            line = self.sheet.range((1, self.column, used.row + used.shape[0] - 1, 1)).api.getFormulaArray()
            filled, place, size = [row[0] != "" for row in line], self.row - 1, rows
        else:
            line = self.sheet.range((self.row, 1, 1, used.column + used.shape[1] - 1)).api.getFormulaArray()
            filled, place, size = [cell != "" for cell in line[0]], self.column - 1, columns
        found = _end(filled, place, down or right, size) + 1
        return Range(self.sheet, found, self.column, 1, 1) if down else Range(self.sheet, self.row, found, 1, 1)

    def expand(self, mode: str = "table") -> Range:
        from xlwings import Range as Public
        from xlwings.expansion import expanders

        return expanders.get(mode, mode).expand(Public(impl=self)).impl

    @property
    def current_region(self) -> Range:
        cursor = self.sheet.api.createCursorByRange(self.api)
        cursor.collapseToCurrentRegion()
        return self._at(cursor.RangeAddress)

    def _at(self, area: Any) -> Range:
        rows, columns = area.EndRow - area.StartRow + 1, area.EndColumn - area.StartColumn + 1
        return Range(self.sheet, area.StartRow + 1, area.StartColumn + 1, rows, columns)

    @property
    def merge_area(self) -> Range:
        cursor = self.sheet.api.createCursorByRange(self.api)
        cursor.collapseToMergedArea()
        return self._at(cursor.RangeAddress)

    @property
    def merge_cells(self) -> bool:
        return self.merge_area.shape != (1, 1) if len(self) == 1 else bool(self.api.IsMerged)

    def merge(self, across: bool = False) -> None:
        if not across:
            self.api.merge(True)
            return
        for i in range(self.shape[0]):
            Range(self.sheet, self.row + i, self.column, 1, self.shape[1]).api.merge(True)

    def unmerge(self) -> None:
        self.api.merge(False)

    def insert(self, shift: str | None = None, copy_origin: str = "format_from_left_or_above") -> None:
        if copy_origin != "format_from_left_or_above":
            raise Unsupported("Range.insert takes its formats from the left or above in LibreOffice Calc")
        self.sheet.api.insertCells(
            self.api.RangeAddress, _mode("Insert", {"down": "DOWN", "right": "RIGHT"}, shift, self)
        )

    def delete(self, shift: str | None = None) -> None:
        self.sheet.api.removeRange(self.api.RangeAddress, _mode("Delete", {"up": "UP", "left": "LEFT"}, shift, self))

    def copy(self, destination: Any = None) -> None:
        if destination is None:
            raise Unsupported("Range.copy needs a destination in LibreOffice Calc: the clipboard is left alone")
        target = getattr(destination, "impl", destination)
        if target.sheet.book.api != self.sheet.book.api:
            raise Unsupported("Range.copy stays within a workbook in LibreOffice Calc")
        cell = target.api.getCellByPosition(0, 0).CellAddress
        target.sheet.api.copyRange(cell, self.api.RangeAddress)

    def move(self, destination: Any) -> None:
        target = getattr(destination, "impl", destination)
        self.sheet.api.moveRange(target.api.getCellByPosition(0, 0).CellAddress, self.api.RangeAddress)

    def select(self) -> None:
        self.sheet.activate()
        controller = self.sheet.book.api.CurrentController
        if controller is not None:
            controller.select(self.api)

    @property
    def name(self) -> Any:
        wanted = f"={_quoted(self.sheet.name)}!{self.address}", f"={self.sheet.name}!{self.address}"
        return next((name for _, name in self.sheet.book.names.snapshot() if name.refers_to in wanted), None)

    @name.setter
    def name(self, value: str) -> None:
        self.sheet.book.names.add(value, f"={_quoted(self.sheet.name)}!{self.address}")

    @property
    def table(self) -> Any:
        return next((t for t in self.sheet.tables if t.range.touches(self)), None)

    def touches(self, other: Range) -> bool:
        """Whether the two have a cell in common."""
        rows = self.row < other.row + other.shape[0] and other.row < self.row + self.shape[0]
        columns = self.column < other.column + other.shape[1] and other.column < self.column + self.shape[1]
        return rows and columns

    # What hangs on a cell

    @property
    def note(self) -> Note | None:
        found = self(1, 1).api.getCellByPosition(0, 0).getAnnotation()
        return Note(self.sheet, found) if found.getString() else None

    def add_note(self, text: str) -> Note:
        if self.note is not None:
            raise ValueError(f"{self.address} has a note already")
        cell = self(1, 1).api.getCellByPosition(0, 0)
        self.sheet.api.Annotations.insertNew(cell.CellAddress, text)
        return Note(self.sheet, cell.getAnnotation())

    @property
    def hyperlink(self) -> str:
        cell = self.api.getCellByPosition(0, 0)
        fields = cell.TextFields
        if fields.Count:
            return fields.getByIndex(0).URL
        raise ValueError("The cell doesn't seem to contain a hyperlink!")

    def add_hyperlink(self, address: str, text_to_display: str | None = None, screen_tip: str | None = None) -> None:
        if screen_tip is not None and not screen_tip.startswith(f"{address} - Click once"):  # xlwings' own
            raise Unsupported("Range.add_hyperlink has no screen_tip in LibreOffice Calc")
        cell = self.api.getCellByPosition(0, 0)
        link = self._document.createInstance("com.sun.star.text.TextField.URL")
        link.URL, link.Representation = address, text_to_display or address
        cell.setString("")
        cell.insertTextContent(cell.createTextCursor(), link, False)


def _enter(cells: Any, formulas: Sequence[Sequence[str]]) -> None:
    """Put formulas in Excel's spelling into cells, in one block."""
    cells.setFormulaArray(tuple(tuple(map(to_calc, row)) for row in formulas))


def _shown(text: str) -> str:
    """A formula of Calc in Excel's spelling, without the braces around an array formula."""
    return from_calc(text[1:-1] if text[:2] == "{=" else text)


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _entered(cell: Any) -> str:
    return "" if cell is None else str(cell).upper() if isinstance(cell, bool) else str(cell)


def _end(filled: list[bool], place: int, step: int, size: int) -> int:
    """Where to go on a line, counted from 0; behind `filled` there is nothing."""

    def at(i: int) -> bool:
        return 0 <= i < len(filled) and filled[i]

    edge = size - 1 if step > 0 else 0
    if place == edge:
        return place
    i = place + step
    if at(place) and at(i):
        while at(i + step):
            i += step
        return i
    i = min(i, len(filled) - 1) if step < 0 else i
    while 0 <= i < len(filled):
        if filled[i]:
            return i
        i += step
    return edge


def _mode(what: str, names: dict[str, str], shift: str | None, cells: Range) -> Any:
    """Where the other cells go; left open, as Excel decides it: along the shorter side."""
    first, second = names
    chosen = shift or (first if cells.shape[0] <= cells.shape[1] else second)
    if chosen not in names:
        raise ValueError(f"shift is {first} or {second}, not {chosen}")
    return uno().Enum(f"com.sun.star.sheet.Cell{what}Mode", names[chosen])
