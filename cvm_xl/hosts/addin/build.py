"""The add-in as a file: `cvm_xl.xlam`, written from the catalogue on any system."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from cvm_xl import __version__, functions
from cvm_xl.describe import signature
from cvm_xl.hosts.addin.ovba import Module, project
from cvm_xl.hosts.addin.ribbon import tab
from cvm_xl.hosts.addin.source import modules, plain
from cvm_xl.hosts.archive import packed

__all__ = ["IDENTITY", "assembled", "build"]

IDENTITY = "{6C1B5A52-0E57-4C0B-9C0F-6B1D5C6E2A91}"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOOK = {"xlam": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
         "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}  # fmt: skip


def build(python: str | None = None) -> bytes:
    """The add-in as the bytes of an .xlam file.

    Parameters
    ----------
    python : str, optional
        The interpreter for users who have no settings of their own (`cvm-xl install` writes them).
    """
    return assembled(modules(functions.load(), python), "xlam")


def assembled(sources: Sequence[Module], kind: str) -> bytes:
    """A workbook with these modules: an add-in (xlam), or one that shows itself (xlsm)."""
    parts = {
        "[Content_Types].xml": _types(kind),
        "_rels/.rels": _relations(
            (f"{_OFFICE}/officeDocument", "xl/workbook.xml"),
            ("http://schemas.microsoft.com/office/2007/relationships/ui/extensibility", "customUI/customUI14.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": _properties(),
        "customUI/customUI14.xml": tab(),
        "xl/workbook.xml": _workbook(),
        "xl/_rels/workbook.xml.rels": _relations(
            (f"{_OFFICE}/worksheet", "worksheets/sheet1.xml"),
            (f"{_OFFICE}/styles", "styles.xml"),
            ("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin"),
        ),
        "xl/worksheets/sheet1.xml": _help(),
        "xl/styles.xml": _styles(),
        "xl/vbaProject.bin": project("CvmXl", IDENTITY, sources),
    }
    return packed(parts)


def _types(kind: str) -> str:
    parts = {
        "/xl/workbook.xml": _BOOK[kind],
        "/xl/worksheets/sheet1.xml": f"{_SHEETS}.worksheet+xml",
        "/xl/styles.xml": f"{_SHEETS}.styles+xml",
        "/xl/vbaProject.bin": "application/vnd.ms-office.vbaProject",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    rows = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in parts.items())
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{rows}</Types>'
    )


def _relations(*links: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{i}" Type="{kind}" Target="{target}"/>' for i, (kind, target) in enumerate(links, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _properties() -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>cvm_xl {__version__}</dc:title>"
        "<dc:description>Customer value management: functions and the tab CVM</dc:description></cp:coreProperties>"
    )


def _workbook() -> str:
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr codeName="ThisWorkbook"/>'
        '<sheets><sheet name="Help" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _styles() -> str:
    return (
        f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
        '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="1"><xf/></cellXfs></styleSheet>'
    )


def _help() -> str:
    """What the function wizard shows: name, help, and help of each argument, a function a row."""
    rows = ""
    for number, (name, function) in enumerate(functions.load().items(), 1):
        texts = [name, f"{function.summary} {signature(function)}"[:255]]
        texts += [f"{a.shape.help}{'' if a.required else ' (optional)'}"[:255] for a in function.args]
        cells = "".join(
            f'<c r="{chr(65 + i)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(plain(text))}</t></is></c>'
            for i, text in enumerate(texts)
        )
        rows += f'<row r="{number}">{cells}</row>'
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetPr codeName="Help"/><sheetData>{rows}</sheetData></worksheet>'
