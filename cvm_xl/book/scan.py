"""Cells that a reader of values takes for empty: errors, and formulas that were never calculated.

They are found in the bytes of the sheet's XML by a few literal strings; a clean sheet costs little more than
unpacking it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cvm_xl.book.addresses import column_number

__all__ = ["NOT_CALCULATED", "fault_of", "hidden_cells"]

NOT_CALCULATED = "formula without a value"
LONGEST = 200_000  # bytes of a cell: formulas have up to 8,192 characters, texts 32,767


def hidden_cells(xml: bytes) -> dict[tuple[int, int], str]:
    """Error cells and formulas without a value, by (row, column) counted from 1.

    Parameters
    ----------
    xml : bytes
        The content of a worksheet part.

    Returns
    -------
    dict
        The error as Excel shows it ("#DIV/0!"), or `NOT_CALCULATED`.
    """
    root = re.search(rb"<(\w+:)?worksheet\b", xml[:4096])
    prefix = (root and root[1]) or b""
    marks = [b't="e"']
    formula = b"<" + prefix + b"f"
    if formula + b">" in xml or formula + b" " in xml:
        # no <v> after the formula, or an empty one
        value = prefix + b"v>"
        marks += [b"/></" + prefix + b"c>", b"</" + prefix + b"f></" + prefix + b"c>", b"<" + value + b"</" + value]
    found: dict[tuple[int, int], str] = {}
    for mark in marks:
        for start, cell in _cells_with(xml, mark, prefix):
            fault = fault_of(cell)
            if fault:
                found[_address(xml, start, cell, prefix)] = fault
    return found


def _cells_with(xml: bytes, mark: bytes, prefix: bytes) -> Iterator[tuple[int, bytes]]:
    cell, closing = b"<" + prefix + b"c", b"</" + prefix + b"c>"
    at = xml.find(mark)
    while at >= 0:
        start = xml.rfind(cell + b" ", max(at - LONGEST, 0), at)
        start = max(start, xml.rfind(cell + b">", max(start, at - LONGEST, 0), at))
        end = xml.find(closing, at)
        if start < 0 or end < 0:
            return
        if closing not in xml[start:at]:  # the mark stands inside the cell
            yield start, xml[start:end]
        at = xml.find(mark, max(end, at + 1))


_TYPE = re.compile(rb'^<[^>]*\st="(\w+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALUE = re.compile(rb"<(?:\w+:)?v[^>/]*>([^<]*)<")
_CELL = re.compile(rb'^<[^>]*\sr="([A-Z]+)(\d+)"')
_ROW = re.compile(rb'^<[^>]*\sr="(\d+)"')


def fault_of(cell: bytes) -> str:
    """What a cell's XML, from its opening tag on, hides from a reader of values; '' when that is nothing."""
    kind = _TYPE.match(cell)
    value = _VALUE.search(cell)
    text = value[1].decode() if value else ""
    if kind and kind[1] == b"e":
        return text or "#VALUE!"
    # t="str" with nothing in it is a formula that gave an empty text: =IF(A2="","",...)
    if not text and not (kind and kind[1] == b"str" and value) and _FORMULA.search(cell):
        return NOT_CALCULATED
    return ""


def _address(xml: bytes, start: int, cell: bytes, prefix: bytes) -> tuple[int, int]:
    place = _CELL.match(cell)
    if place:
        return int(place[2]), column_number(place[1].decode())
    # Excel can do without addresses: rows and cells then follow one another
    row_start = xml.rfind(b"<" + prefix + b"row", 0, start)
    number = _ROW.match(xml[row_start:start].partition(b">")[0])
    row = int(number[1]) if number else xml.count(b"<" + prefix + b"row", 0, start)
    cells = re.findall(b"<" + prefix + rb"c[\s/>]", xml[row_start:start])
    return row, len(cells) + 1
