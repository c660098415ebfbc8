"""How a sheet is seen in its window: what stays in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.hosts.calc.engine.unsupported import Unsupported, sealed

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.sheet import Sheet

__all__ = ["FreezePanes"]


def _in_front(sheet: Sheet, what: str) -> Any:
    """The window's controller, with this sheet in front: much of a view is known of that one alone."""
    controller = sheet.book.api.CurrentController
    if controller is None:
        raise Unsupported(f"{what} needs a workbook that is shown")
    controller.setActiveSheet(sheet.api)
    return controller


@sealed("FreezePanes")
class FreezePanes(base_classes.FreezePanes):
    """Rows and columns that stay where they are."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def freeze_at(self, frozen_range: Any) -> None:
        """Keep the rows and columns of a range in view: those of A1:B3, the first two columns and three rows."""
        given = frozen_range if isinstance(frozen_range, str) else frozen_range.address
        area = self._sheet.range(given.rpartition("!")[2])
        rows = 0 if area.shape[0] == self._sheet.api.Rows.Count else area.row + area.shape[0] - 1
        columns = 0 if area.shape[1] == self._sheet.api.Columns.Count else area.column + area.shape[1] - 1
        _in_front(self._sheet, "FreezePanes").freezeAtPosition(columns, rows)

    def unfreeze(self) -> None:
        _in_front(self._sheet, "FreezePanes").freezeAtPosition(0, 0)
