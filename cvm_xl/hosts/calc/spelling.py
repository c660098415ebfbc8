"""One spelling of our functions in files: CVM_TIER, as Excel has it, whatever LibreOffice makes of it.

Older LibreOffice does not know the functions of an add-in by that name when it reads an .xlsx file, and writes
CVM.TIER. So what it left unknown is entered again when a workbook is opened, and what it wrote is put right when one
was saved; newer ones, which do both themselves, leave nothing to do. Standard library only: this runs on both sides.

The same goes for lines over stacked columns: LibreOffice writes that they, too, stand on each other, and our charts of
price bands and of bridges would show prices and levels that there never were.
"""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

__all__ = ["enter", "spell"]

# As typed, and as Excel stores a function of an add-in: [1]!CVM_TIER, _xldudf_CVM_TIER, _xll.CVM_TIER.
_UNKNOWN = re.compile(r"(?<![\w.])(?:_xldudf_|_xll\.|'[^']*'[!#]\$?|\[\d+\]!)?cvm_(?=[a-z][a-z0-9_]*\()", re.IGNORECASE)
_TEXT = re.compile(r'("(?:[^"]|"")*")')
_FORMULA = re.compile(rb"(<(?:\w+:)?(f|formula1?2?|definedName)\b[^>]*>)([^<]*CVM\.[^<]*)(?=</)")
_OURS = re.compile(rb"\bCVM\.(?=[A-Z][A-Z0-9_]*\()")
_LINES = re.compile(
    rb'(<c:lineChart>\s*<c:grouping val=")stacked("/>(?:(?!</c:lineChart>).)*<c:v>(?:Price today|Connector)</c:v>)',
    re.DOTALL,
)
_FORMULAS = 16  # com.sun.star.sheet.CellFlags.FORMULA


def enter(document: Any) -> int:
    """Enter the formulas again whose functions LibreOffice did not know on loading; the number of formulas changed.

    Parameters
    ----------
    document : com.sun.star.sheet.SpreadsheetDocument
    """
    found: list[tuple[Any, Any]] = []
    for sheet in document.Sheets:
        for address in sheet.queryContentCells(_FORMULAS).getRangeAddresses():
            place = (address.StartColumn, address.StartRow, address.EndColumn, address.EndRow)
            found += _unknown(sheet, sheet.getCellRangeByPosition(*place))
    if not found:
        return 0
    automatic = document.isAutomaticCalculationEnabled()
    modified = document.isModified()
    document.lockControllers()
    document.addActionLock()
    document.UndoManager.lock()
    document.enableAutomaticCalculation(False)
    try:
        for cells, formulas in found:
            if isinstance(formulas, str):
                cells.setArrayFormula(formulas)
            else:
                cells.setFormulaArray(formulas)
    finally:
        document.enableAutomaticCalculation(automatic)
        document.calculateAll()  # what depends on them was calculated while they were unknown
        document.UndoManager.unlock()
        document.removeActionLock()
        document.unlockControllers()
    document.setModified(modified)
    return sum(1 if isinstance(formulas, str) else sum(map(len, formulas)) for _, formulas in found)


def _unknown(sheet: Any, block: Any) -> list[tuple[Any, Any]]:
    """What to enter in a block of formulas: whole columns of cells, or one array formula at a time."""
    rows = block.getFormulaArray()
    if not any(_UNKNOWN.search(text) for row in rows for text in row):
        return []
    if not any(text.startswith("{") for row in rows for text in row):
        return [(block, tuple(tuple(map(_known, row)) for row in rows))]
    found: list[tuple[Any, Any]] = []
    done: set[tuple[int, int]] = set()
    origin = block.RangeAddress
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            cell = block.getCellByPosition(j, i)
            if (origin.StartColumn + j, origin.StartRow + i) in done or not _UNKNOWN.search(text):
                continue
            if not text.startswith("{"):
                found.append((cell, ((_known(text),),)))
                continue
            array = sheet.createCursorByRange(cell)
            array.collapseToCurrentArray()
            a = array.RangeAddress
            done.update((x, y) for x in range(a.StartColumn, a.EndColumn + 1) for y in range(a.StartRow, a.EndRow + 1))
            found.append((array, _known(text[1:-1])))
    return found


def _known(formula: str) -> str:
    """The formula with our functions as LibreOffice knows them; nothing inside a text is touched."""
    return "".join(p if p.startswith('"') else _UNKNOWN.sub("CVM_", p) for p in _TEXT.split(formula))


def spell(path: str | os.PathLike[str]) -> int:
    """Spell our functions in a saved .xlsx as Excel knows them, and unstack our lines; the number of places put right.

    The file is replaced in one step and keeps its time, so that LibreOffice sees its own file.
    """
    path = Path(path)
    with zipfile.ZipFile(path) as archive:
        parts = [(info, archive.read(info)) for info in archive.infolist()]
    changed = 0
    for number, (info, data) in enumerate(parts):
        if info.filename.startswith("xl/charts/"):
            data, count = _LINES.subn(rb"\1standard\2", data)
        elif info.filename.endswith(".xml") and b"CVM." in data:
            data, count = _FORMULA.subn(lambda found: found[1] + _OURS.sub(b"CVM_", found[3]), data)
        else:
            continue
        changed += count
        parts[number] = (info, data)
    if not changed:
        return 0
    stat = path.stat()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for info, data in parts:
                archive.writestr(info, data)
        temporary = Path(name)
        temporary.chmod(stat.st_mode & 0o7777)
        os.utime(name, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        temporary.replace(path)
    except BaseException:
        Path(name).unlink()
        raise
    return changed
