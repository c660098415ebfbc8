"""What charts and pictures share: their place on the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvm_xl.hosts.calc.engine.office import uno

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.sheet import Sheet

__all__ = ["POINT", "Placed", "shapes", "size"]

POINT = 2540 / 72  # hundredths of a millimetre


def shapes(sheet: Sheet, kind: str) -> list[Any]:
    """The drawing objects of a kind on a sheet."""
    page = sheet.api.DrawPage
    return [shape for shape in (page.getByIndex(i) for i in range(page.Count)) if shape.ShapeType == kind]


class Placed:
    """Left, top, width and height in points."""

    shape: Any

    @property
    def left(self) -> float:
        return self.shape.Position.X / POINT

    @left.setter
    def left(self, value: float) -> None:
        self._put(X=value)

    @property
    def top(self) -> float:
        return self.shape.Position.Y / POINT

    @top.setter
    def top(self, value: float) -> None:
        self._put(Y=value)

    def _put(self, **given: float) -> None:
        place = self.shape.Position
        for name, value in given.items():
            setattr(place, name, round(value * POINT))
        self.shape.Position = place

    @property
    def width(self) -> float:
        return self.shape.Size.Width / POINT

    @width.setter
    def width(self, value: float) -> None:
        self.shape.Size = size(value, self.height)

    @property
    def height(self) -> float:
        return self.shape.Size.Height / POINT

    @height.setter
    def height(self, value: float) -> None:
        self.shape.Size = size(self.width, value)


def size(width: float, height: float) -> Any:
    """Width and height in points, as UNO takes them."""
    made = uno().createUnoStruct("com.sun.star.awt.Size")
    made.Width, made.Height = round(width * POINT), round(height * POINT)
    return made
