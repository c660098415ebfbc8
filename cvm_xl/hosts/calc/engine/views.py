"""How a sheet is seen in its window: grid lines, and what stays in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.hosts.calc.engine.office import uno
from cvm_xl.hosts.calc.engine.unsupported import Unsupported, sealed

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.sheet import Sheet

__all__ = ["FreezePanes", "in_front", "set_gridlines", "shows_gridlines"]

_GRID_LINES = ".uno:ToggleSheetGrid"


def in_front(sheet: Sheet, what: str) -> Any:
    """The window's controller, with this sheet in front: much of a view is known of that one alone."""
    controller = sheet.book.api.CurrentController
    if controller is None:
        raise Unsupported(f"{what} needs a workbook that is shown")
    controller.setActiveSheet(sheet.api)
    return controller


def shows_gridlines(sheet: Sheet) -> bool:
    """LibreOffice says so only to who listens to the command that changes it."""
    frame = in_front(sheet, "Sheet.show_gridlines").Frame
    office = sheet.book.app.office
    command = uno().createUnoStruct("com.sun.star.util.URL")
    command.Complete = _GRID_LINES
    command = office.service("com.sun.star.util.URLTransformer").parseStrict(command)[1]
    listener = _listener()
    dispatch = frame.queryDispatch(command, "", 0)
    dispatch.addStatusListener(listener, command)
    dispatch.removeStatusListener(listener, command)
    return bool(listener.state)


def set_gridlines(sheet: Sheet, shown: bool) -> None:
    """Show grid lines, or not."""
    if shown != shows_gridlines(sheet):
        frame = sheet.book.api.CurrentController.Frame
        sheet.book.app.office.service("com.sun.star.frame.DispatchHelper").executeDispatch(
            frame, _GRID_LINES, "", 0, ()
        )


def _listener() -> Any:
    import unohelper  # type: ignore[import-not-found]  # there as soon as an office is
    from com.sun.star.frame import XStatusListener  # type: ignore[import-not-found]

    class Listener(unohelper.Base, XStatusListener):
        state = None

        def statusChanged(self, event: Any) -> None:
            self.state = event.State

        def disposing(self, source: Any) -> None:
            pass

    return Listener()


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
        in_front(self._sheet, "FreezePanes").freezeAtPosition(columns, rows)

    def unfreeze(self) -> None:
        in_front(self._sheet, "FreezePanes").freezeAtPosition(0, 0)
