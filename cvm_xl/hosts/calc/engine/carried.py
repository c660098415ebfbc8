"""What LibreOffice leaves behind when it copies a sheet into another document: how it prints, and its conditions.

The view, grid lines and frozen headers, stays behind: where copied sheets are shown to set it, LibreOffice 7.4 crashes
now and then when the document is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvm_xl.hosts.calc.engine.office import uno

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.sheet import Sheet

__all__ = ["carry"]

_READ_ONLY = 16  # com.sun.star.beans.PropertyAttribute.READONLY
_STYLE = "com.sun.star.style.PageStyle"


def carry(source: Sheet, made: Sheet) -> None:
    """Have a sheet that was copied from another document print and mark its cells as it did there."""
    _page(source, made)
    _conditions(made)


def _page(source: Sheet, made: Sheet) -> None:
    """Paper, margins, scale, what is printed and what repeats on each page; texts of header and footer stay behind.

    These are objects of the other document, which is closed soon.
    """
    theirs = source.book.api.StyleFamilies.getByName("PageStyles").getByName(source.api.PageStyle)
    document = made.book.api
    styles = document.StyleFamilies.getByName("PageStyles")
    name = f"PageStyle_{made.name}"
    if not styles.hasByName(name):
        styles.insertByName(name, document.createInstance(_STYLE))
    style = styles.getByName(name)
    for known in theirs.PropertySetInfo.Properties:
        value = None if known.Attributes & _READ_ONLY else theirs.getPropertyValue(known.Name)
        if isinstance(value, bool | int | float | str):
            style.setPropertyValue(known.Name, value)
    made.api.PageStyle = name
    made.api.setPrintAreas(tuple(_here(area, made) for area in source.api.getPrintAreas()))
    if source.api.getPrintTitleRows():
        made.api.setTitleRows(_here(source.api.getTitleRows(), made))
        made.api.setPrintTitleRows(True)
    if source.api.getPrintTitleColumns():
        made.api.setTitleColumns(_here(source.api.getTitleColumns(), made))
        made.api.setPrintTitleColumns(True)


def _here(area: Any, sheet: Sheet) -> Any:
    area.Sheet = sheet.index - 1
    return area


def _conditions(made: Sheet) -> None:
    """Enter conditions anew: a text in a copied one belongs to the other document, and no cell here equals it."""
    direct = uno().getConstantByName("com.sun.star.sheet.ConditionEntryType.CONDITION")
    for conditions in made.api.ConditionalFormats.getConditionalFormats():
        for entry in (conditions.getByIndex(i) for i in range(conditions.Count)):
            if entry.Type == direct:
                entry.Formula1, entry.Formula2 = entry.Formula1, entry.Formula2
