"""Defined names of a book or a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.hosts.calc.engine.collection import Collected
from cvm_xl.hosts.calc.engine.formulas import from_calc, to_calc
from cvm_xl.hosts.calc.engine.office import uno
from cvm_xl.hosts.calc.engine.unsupported import sealed

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.app import Book
    from cvm_xl.hosts.calc.engine.sheet import Range

__all__ = ["Name", "Names"]


@sealed("Names")
class Names(Collected, base_classes.Names):
    """The names of a book, or those local to a sheet."""

    def __init__(self, book: Book, names: Any) -> None:
        self._book, self._names = book, names

    @property
    def api(self) -> Any:
        return self._names

    def snapshot(self) -> list[tuple[str, Name]]:
        return [(name, Name(self, self._names.getByName(name))) for name in self._names.ElementNames]

    def __iter__(self) -> Iterator[Name]:
        return iter([name for _, name in self.snapshot()])

    def contains(self, name_or_index: str | int) -> bool:
        return name_or_index in self

    def add(self, name: str, refers_to: str) -> Name:
        if self.contains(name):
            self(name).delete()
        origin = uno().createUnoStruct("com.sun.star.table.CellAddress")
        self._names.addNewByName(name, to_calc(refers_to).removeprefix("="), origin, 0)
        return self(name)

    @property
    def book(self) -> Book:
        return self._book


@sealed("Name")
class Name(base_classes.Name):
    """A defined name."""

    def __init__(self, names: Names, name: Any) -> None:
        self._names, self._name = names, name

    @property
    def api(self) -> Any:
        return self._name

    @property
    def name(self) -> str:
        return self._name.Name

    @name.setter
    def name(self, value: str) -> None:
        self._name.Name = value

    @property
    def refers_to(self) -> str:
        return from_calc(f"={self._name.Content}")

    @refers_to.setter
    def refers_to(self, value: str) -> None:
        self._name.Content = to_calc(value).removeprefix("=")

    @property
    def refers_to_range(self) -> Range | None:
        cells = self._name.getReferredCells()
        if cells is None:
            return None
        area = cells.RangeAddress
        place = (area.StartRow + 1, area.StartColumn + 1)
        return self._names.book.sheets(area.Sheet + 1).range(place, (area.EndRow + 1, area.EndColumn + 1))

    def delete(self) -> None:
        self._names.api.removeByName(self.name)
