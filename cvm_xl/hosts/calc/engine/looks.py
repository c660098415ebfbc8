"""What cells look like: formats, colours, fonts, alignment, widths and heights."""

from __future__ import annotations

from typing import Any

from xlwings import base_classes

from cvm_xl.hosts.calc.engine.formats import format_key, from_rgb, to_rgb
from cvm_xl.hosts.calc.engine.office import uno
from cvm_xl.hosts.calc.engine.shapes import POINT
from cvm_xl.hosts.calc.engine.unsupported import Unsupported, sealed

__all__ = ["Font", "Looks"]

_CHARACTER, _PADDING = 7, 5  # pixels, at 96 to the inch: a digit of Excel's standard font, and a column's edges
_PIXEL = 2540 / 96
_HORIZONTAL = {
    "general": "STANDARD",
    "left": "LEFT",
    "center": "CENTER",
    "right": "RIGHT",
    "justify": "BLOCK",
    "fill": "REPEAT",
}
_VERTICAL = {"top": 1, "center": 2, "bottom": 3, "justify": 4}  # com.sun.star.table.CellVertJustify2


class Looks:
    """The part of a range that is about looks; `api` are its cells, `_document` where they are."""

    api: Any
    _document: Any

    @property
    def number_format(self) -> str | None:
        formats = self._document.getNumberFormats()
        groups = self.api.getUniqueCellFormatRanges()
        found = {formats.getByKey(groups.getByIndex(i).NumberFormat).FormatString for i in range(groups.Count)}
        return found.pop() if len(found) == 1 else None

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.api.NumberFormat = format_key(self._document.getNumberFormats(), value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        return to_rgb(self.api.CellBackColor)

    @color.setter
    def color(self, value: Any) -> None:
        self.api.CellBackColor = from_rgb(value)

    @property
    def font(self) -> Font:
        return Font(self.api)

    @property
    def wrap_text(self) -> bool:
        return self.api.IsTextWrapped

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self.api.IsTextWrapped = value

    @property
    def horizontal_alignment(self) -> str | None:
        return next((name for name, enum in _HORIZONTAL.items() if enum == self.api.HoriJustify.value), None)

    @horizontal_alignment.setter
    def horizontal_alignment(self, value: str) -> None:
        if value not in _HORIZONTAL:
            raise Unsupported(f"Range.horizontal_alignment is one of {', '.join(_HORIZONTAL)} in LibreOffice Calc")
        self.api.HoriJustify = uno().Enum("com.sun.star.table.CellHoriJustify", _HORIZONTAL[value])

    @property
    def vertical_alignment(self) -> str | None:
        return next((name for name, number in _VERTICAL.items() if number == self.api.VertJustify), "bottom")

    @vertical_alignment.setter
    def vertical_alignment(self, value: str) -> None:
        if value not in _VERTICAL:
            raise Unsupported(f"Range.vertical_alignment is one of {', '.join(_VERTICAL)} in LibreOffice Calc")
        self.api.VertJustify = _VERTICAL[value]

    @property
    def column_width(self) -> float | None:
        widths = {column.Width for column in self._lines("Columns")}
        return round((widths.pop() / _PIXEL - _PADDING) / _CHARACTER, 2) if len(widths) == 1 else None

    @column_width.setter
    def column_width(self, value: float) -> None:
        self.api.Columns.Width = round((value * _CHARACTER + _PADDING) * _PIXEL)

    @property
    def row_height(self) -> float | None:
        heights = {row.Height for row in self._lines("Rows")}
        return round(heights.pop() / POINT, 2) if len(heights) == 1 else None

    @row_height.setter
    def row_height(self, value: float) -> None:
        self.api.Rows.Height = round(value * POINT)

    def _lines(self, which: str) -> list[Any]:
        lines = getattr(self.api, which)
        return [lines.getByIndex(i) for i in range(min(lines.Count, 1000))]

    @property
    def row_hidden(self) -> bool | None:
        return _same(not row.IsVisible for row in self._lines("Rows"))

    @row_hidden.setter
    def row_hidden(self, value: bool) -> None:
        self.api.Rows.IsVisible = not value

    @property
    def column_hidden(self) -> bool | None:
        return _same(not column.IsVisible for column in self._lines("Columns"))

    @column_hidden.setter
    def column_hidden(self, value: bool) -> None:
        self.api.Columns.IsVisible = not value

    def autofit(self, axis: str | None = None) -> None:
        if axis in (None, "columns", "c"):
            self.api.Columns.OptimalWidth = True
        if axis in (None, "rows", "r"):
            self.api.Rows.OptimalHeight = True

    @property
    def left(self) -> float:
        return self.api.Position.X / POINT

    @property
    def top(self) -> float:
        return self.api.Position.Y / POINT

    @property
    def width(self) -> float:
        return self.api.Size.Width / POINT

    @property
    def height(self) -> float:
        return self.api.Size.Height / POINT


@sealed("Font")
class Font(base_classes.Font):
    """The font of some cells."""

    def __init__(self, cells: Any) -> None:
        self._cells = cells

    @property
    def api(self) -> Any:
        return self._cells

    @property
    def bold(self) -> bool:
        return self._cells.CharWeight > 100

    @bold.setter
    def bold(self, value: bool) -> None:
        self._cells.CharWeight = 150.0 if value else 100.0

    @property
    def italic(self) -> bool:
        return self._cells.CharPosture.value != "NONE"

    @italic.setter
    def italic(self, value: bool) -> None:
        self._cells.CharPosture = uno().Enum("com.sun.star.awt.FontSlant", "ITALIC" if value else "NONE")

    @property
    def size(self) -> float:
        return self._cells.CharHeight

    @size.setter
    def size(self, value: float) -> None:
        self._cells.CharHeight = float(value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        return to_rgb(self._cells.CharColor)

    @color.setter
    def color(self, value: Any) -> None:
        self._cells.CharColor = from_rgb(value)

    @property
    def name(self) -> str:
        return self._cells.CharFontName

    @name.setter
    def name(self, value: str) -> None:
        self._cells.CharFontName = value


def _same(values: Any) -> Any:
    found = set(values)
    return found.pop() if len(found) == 1 else None
