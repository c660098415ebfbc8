"""Notes on cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.hosts.calc.engine.unsupported import sealed

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.sheet import Range, Sheet

__all__ = ["Note"]


@sealed("Note")
class Note(base_classes.Note):
    """A note on a cell."""

    def __init__(self, sheet: Sheet, note: Any) -> None:
        self._sheet, self._note = sheet, note

    @property
    def api(self) -> Any:
        return self._note

    @property
    def text(self) -> str:
        return self._note.getString()

    @text.setter
    def text(self, value: str) -> None:
        self._note.setString(value)

    @property
    def author(self) -> str:
        return self._note.getAuthor()

    @property
    def location(self) -> Range:
        place = self._note.getPosition()
        return self._sheet.range((place.Row + 1, place.Column + 1))

    def delete(self) -> None:
        place = self._note.getPosition()
        notes = self._sheet.api.Annotations
        for i in range(notes.Count):
            at = notes.getByIndex(i).getPosition()
            if (at.Row, at.Column) == (place.Row, place.Column):
                notes.removeByIndex(i)
                return
