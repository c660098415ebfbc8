"""Titles and units that follow the table Settings: formulas over it, each stored with the value that it gives.

Such a text is written with `COMPANY` and `CURRENCY` in it. A refresh stores anew what the formulas give; what stands
there instead of one, the analyst's own title, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from cvm_xl.book import schema
from cvm_xl.book.addresses import letters
from cvm_xl.book.cells_xml import escaped
from cvm_xl.book.extent import chart_parts
from cvm_xl.book.markup import Element, etree, parse, serialized
from cvm_xl.book.package import Package
from cvm_xl.book.parts import Sheet, Table, tables
from cvm_xl.book.sheetdata import Cell, Rows, split_sheet

__all__ = ["COMPANY", "CURRENCY", "follow_settings", "formula", "lookups", "plain"]

COMPANY, CURRENCY = "{company}", "{currency}"
AFTER_COMMA = f", {COMPANY}"  # the comma goes with it: companies need not be named
_VARIABLE = re.compile(f"({re.escape(AFTER_COMMA)}|{re.escape(CURRENCY)})")
_SPECIAL = re.compile(r"(['\[\]#])")  # in a header, as a structured reference spells it
LARGE = 2**22  # bytes
_TEXT = r'"(?:[^"]|"")*"'
_VALUE = re.compile(rb"<v\b[^>]*?(?:/>|>.*?</v>)", re.DOTALL)
_TYPE = re.compile(rb'\st="\w+"')
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def plain(text: str, company: str, currency: str) -> str:
    """The text with company and currency put in."""
    given = {AFTER_COMMA: f", {company}" if company else "", CURRENCY: currency}
    return _VARIABLE.sub(lambda found: given[found[0]], text)


def formula(text: str, found: Mapping[str, str]) -> str:
    """The text as a formula that looks company and currency up; `found` is what `lookups` gave."""
    pieces = [piece for piece in _VARIABLE.split(text) if piece]
    return "=" + "&".join(found[piece] if piece in found else _quoted(piece) for piece in pieces)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def lookups(settings: Table) -> dict[str, str]:
    """What stands in a formula for company and currency, with the headers of a workbook's own table Settings.

    As in `settings.settings`, an empty value and a missing row take the default. Nothing for a table of another kind.
    """
    declared = schema.table("Settings")
    spelled = {
        column.name: _SPECIAL.sub(r"'\1", header) for header in settings.columns if (column := declared.column(header))
    }
    if not {"setting", "value"} <= spelled.keys():
        return {}
    names, values = (f"{settings.name}[{spelled[name]}]" for name in ("setting", "value"))
    defaults = {setting.name: setting.default or "" for setting in schema.SETTINGS}

    def shown(name: str, before: str) -> str:
        cell = f'INDEX({values},MATCH("{name}",{names},0))'
        return f"IF(IFERROR(LEN({cell}),0),{before}{cell},{_quoted(str(defaults[name]))})"

    return {AFTER_COMMA: shown("Company", '", "&'), CURRENCY: shown("Currency", "")}


# --- after the settings changed ----------------------------------------------------------------------------------


def follow_settings(package: Package, company: str, currency: str) -> None:
    """Store what our formulas above the output tables give now, and the chart titles that show their cells.

    Nothing else changes: neither formulas nor texts, and no part in which every value is right already.
    """
    there = tables(package)
    settings = next((table for table in there if schema.normal(table.name) == "settings"), None)
    found = lookups(settings) if settings else {}
    if not found:
        return
    values = {expression: plain(variable, company, currency) for variable, expression in found.items()}
    ours = {schema.normal(table.name) for table in schema.outputs()}
    below: dict[Sheet, int] = {}
    for table in there:
        if schema.normal(table.name) in ours:
            below[table.sheet] = max(table.area.top, below.get(table.sheet, 0))
    said: dict[str, str] = {}
    for sheet, top in below.items():
        said |= _cells(package, sheet, top, values)
    for part in chart_parts(package, [sheet.part for sheet in below]):
        _chart_titles(package, part, said)


def _value(text: str, values: Mapping[str, str]) -> str | None:
    """What a formula of ours gives; None for any other."""
    piece = "|".join([*map(re.escape, values), _TEXT])
    if not re.fullmatch(f"(?:{piece})(?:&(?:{piece}))*", text):
        return None
    return "".join(values.get(one, one[1:-1].replace('""', '"')) for one in re.findall(piece, text))


def _cells(package: Package, sheet: Sheet, top: int, values: Mapping[str, str]) -> dict[str, str]:
    """Store the values of our formulas above row `top`; all of them by their cell's address."""
    said: dict[str, str] = {}
    changes: list[tuple[bytes, bytes]] = []
    for cell in Rows(_above(package, sheet, top), sheet.name).cells(1, top - 1, re.compile(b"<f")):
        value = _value(cell.formula[1], values) if cell.formula else None
        if value is None:
            continue
        said[_address(f"{sheet.name}!{letters(cell.column)}{cell.row}")] = value
        if cell.type != "str" or cell.value([]) != value:
            changes.append((cell.xml(cell.column, cell.row).encode(), _with_value(cell, value).encode()))
    if changes:
        parted = split_sheet(package.part(sheet.part), sheet.part)
        body = parted.body
        for old, new in changes:
            body = body.replace(old, new, 1)
        package.put(sheet.part, parted.joined(parted.frame(sheet.part), [body]))
    return said


def _above(package: Package, sheet: Sheet, top: int) -> bytes:
    """The rows before row `top`. Of a large sheet no more is unpacked, if it is written as usual."""
    begin, row = b"<sheetData>", b'<row r="%d"' % top
    if package.size(sheet.part) >= LARGE:
        found = b""
        for piece in package.pieces(sheet.part, 2**16):
            found += piece
            if row in found and begin in found:
                return found[found.index(begin) + len(begin) : found.index(row)]
            if len(found) > LARGE:
                break
    return split_sheet(package.part(sheet.part), sheet.part).body.partition(row)[0]


def _with_value(cell: Cell, value: str) -> str:
    inner = _VALUE.sub(b"", cell.inner) + f"<v>{escaped(value)}</v>".encode()
    typed = Cell(cell.column, cell.row, _TYPE.sub(b"", cell.attributes) + b' t="str"', inner)
    return typed.xml(cell.column, cell.row)


def _address(reference: str) -> str:
    """A reference to a cell as it is compared, however it is quoted and fixed."""
    return re.sub(r"[$']", "", reference).lower()


def _chart_titles(package: Package, part: str, said: Mapping[str, str]) -> None:
    root = parse(package.part(part), part)
    changed = False
    for reference in root.iterfind(f".//{_CHART}title/{_CHART}tx/{_CHART}strRef"):
        value = said.get(_address(reference.findtext(f"{_CHART}f") or ""))
        if value is not None and reference.findtext(f"{_CHART}strCache/{_CHART}pt/{_CHART}v") != value:
            _remember(reference, value)
            changed = True
    if changed:
        package.put(part, serialized(root))


def _remember(reference: Element, value: str) -> None:
    for cache in reference.findall(f"{_CHART}strCache"):
        reference.remove(cache)
    cache = etree.Element(f"{_CHART}strCache")
    reference.insert(1, cache)
    etree.SubElement(cache, f"{_CHART}ptCount", val="1")
    etree.SubElement(etree.SubElement(cache, f"{_CHART}pt", idx="0"), f"{_CHART}v").text = unescape(escaped(value))
