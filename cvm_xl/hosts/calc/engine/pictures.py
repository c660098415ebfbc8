"""Pictures on a sheet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.hosts.calc.engine.collection import Collected
from cvm_xl.hosts.calc.engine.office import uno
from cvm_xl.hosts.calc.engine.shapes import Placed, shapes, size
from cvm_xl.hosts.calc.engine.unsupported import Unsupported, sealed

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.sheet import Sheet

__all__ = ["Picture", "Pictures"]

_KIND = "com.sun.star.drawing.GraphicObjectShape"


@sealed("Pictures")
class Pictures(Collected, base_classes.Pictures):
    """The pictures of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @property
    def api(self) -> Any:
        return self._sheet.api.DrawPage

    @property
    def parent(self) -> Sheet:
        return self._sheet

    def __iter__(self) -> Iterator[Picture]:
        for shape in shapes(self._sheet, _KIND):
            yield Picture(self._sheet, shape)

    def add(
        self,
        filename: str,
        link_to_file: bool = False,
        save_with_document: bool = True,
        left: float | None = None,
        top: float | None = None,
        width: float | None = None,
        height: float | None = None,
        anchor: Any = None,
    ) -> Picture:
        if link_to_file or not save_with_document:
            raise Unsupported("Pictures.add puts the picture into the workbook in LibreOffice Calc")
        document = self._sheet.book.api
        provider = self._sheet.book.app.office.service("com.sun.star.graphic.GraphicProvider")
        url = uno().createUnoStruct("com.sun.star.beans.PropertyValue")
        url.Name, url.Value = "URL", uno().systemPathToFileUrl(os.path.realpath(filename))
        graphic = provider.queryGraphic((url,))
        if graphic is None:
            raise OSError(f"{filename} is no picture that LibreOffice knows")
        shape = document.createInstance(_KIND)
        self.api.add(shape)
        shape.Graphic = graphic
        pixels = graphic.SizePixel
        given = (width or -1) > 0, (height or -1) > 0
        wide = width if given[0] else pixels.Width * 0.75
        high = height if given[1] else pixels.Height * 0.75
        shape.Size = size(wide, high)  # type: ignore[arg-type]
        picture = Picture(self._sheet, shape)
        if anchor is not None:
            left, top = anchor.left, anchor.top
        picture.left, picture.top = left or 0, top or 0
        taken = {other.name for other in self}
        shape.Name = next(f"Picture {i}" for i in range(1, len(taken) + 2) if f"Picture {i}" not in taken)
        return picture


@sealed("Picture")
class Picture(Placed, base_classes.Picture):
    """A picture."""

    shape: Any

    def __init__(self, sheet: Sheet, shape: Any) -> None:
        self._sheet, self.shape = sheet, shape

    @property
    def api(self) -> Any:
        return self.shape

    @property
    def parent(self) -> Sheet:
        return self._sheet

    @property
    def name(self) -> str:
        return self.shape.Name

    @name.setter
    def name(self, value: str) -> None:
        self.shape.Name = value

    def index(self) -> int:
        return 1 + [picture.name for picture in self._sheet.pictures].index(self.name)

    def delete(self) -> None:
        self._sheet.api.DrawPage.remove(self.shape)
