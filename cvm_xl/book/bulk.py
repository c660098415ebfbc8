"""A table of a large sheet, column by column: its plain cells as arrays, each other cell once, as calamine reads it.

What a cell means is calamine's to say, here as for small sheets. It is asked only once for each cell format, shared
text or other form of a cell that occurs, in a workbook of one sheet that holds just these.
"""

from __future__ import annotations

import datetime
import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray
from python_calamine import CalamineWorkbook

from cvm_xl.book import calamine, parts
from cvm_xl.book.addresses import Area, column_number, letters
from cvm_xl.book.blocks import ASIDE, BLANK, STRING, Block, Blocks, Unusual
from cvm_xl.book.columns import DAY, NUMBER, Coded
from cvm_xl.book.package import Package
from cvm_xl.book.scan import fault_of

__all__ = ["LARGE", "Bulk", "read_bulk"]

LARGE = 2**22
"""Bytes of a sheet's XML from which on it is read in bulk; below, nothing would be won."""

PIECE = 2**20  # of XML at a time: more than the processor's cache holds takes longer
ASKED_IN_A_ROW = 64
FIRST_DAY, LAST_DAY = 61, 2_958_465  # serial numbers that are days in Excel's calendar and everybody's

_CODING = re.compile(rb'^<\?xml[^>]*encoding="(?!UTF-8")', re.IGNORECASE)
_MERGE = re.compile(rb'<mergeCell\s[^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_END = b"</sheetData"


@dataclass
class Bulk:
    """The cells of a table.

    Attributes
    ----------
    columns : list of Coded
        Its columns from left to right; each row of the data has its place.
    hidden : list of dict
        Of each column, by position, the errors and formulas without a value (`scan.hidden_cells`).
    below : list of list
        The rows right below the table, until one is empty: their cells within its columns.
    merged : list of Area
        Merged cells anywhere in the sheet.
    """

    columns: list[Coded]
    hidden: list[dict[int, str]]
    below: list[list[object]]
    merged: list[Area]


def read_bulk(
    package: Package, part: str, data: Area, whole: Area, progress: Callable[[int], object] | None = None
) -> Bulk | None:
    """Read a table's data; None where its sheet is written in an unusual way, so that calamine must read it all.

    Parameters
    ----------
    package : Package
    part : str
        The sheet's part.
    data, whole : Area
        The rows of data, and with header and totals.
    progress : callable, optional
        Called with the number of rows read so far.

    Raises
    ------
    BookError
        When the part is damaged.
    """
    tail = bytearray()
    blocks = Blocks(data.left, data.right)
    width = data.right - data.left + 1
    kinds, numbers = np.zeros((width, data.rows), dtype=np.uint8), np.zeros((width, data.rows))
    under: list[Block] = []
    try:
        for xml in _bodies(package.pieces(part, PIECE), tail):
            block = blocks.add(xml)
            inside = (block.rows >= data.top) & (block.rows <= data.bottom)
            if not inside.all():
                under.append(_of(block, (block.rows > whole.bottom) & (block.kinds != BLANK)))
                block = _of(block, inside)
            place = (block.columns - data.left, block.rows - data.top)
            kinds[place], numbers[place] = block.kinds, block.numbers
            if progress and len(block.rows):
                progress(int(place[1][-1]) + 1)
        corners = ([part.decode() for part in found] for found in _MERGE.findall(tail))
        merged = [Area(int(c[1]), column_number(c[0]), int(c[3]), column_number(c[2])) for c in corners]
        below = _adjoining(under, whole.bottom + 1)
        if below:
            extra = np.zeros((width, below[-1].rows[-1] - whole.bottom), dtype=np.uint8)
            kinds, numbers = np.hstack([kinds, extra]), np.hstack([numbers, extra.astype(np.float64)])
            for block in below:
                place = (block.columns - data.left, block.rows - whole.bottom - 1 + data.rows)
                kinds[place], numbers[place] = block.kinds, block.numbers
        columns = _coded(package, blocks, kinds, numbers)
    except (Unusual, calamine.Stumbled):
        return None
    faults = {i: fault for cell, i in blocks.aside.items() if (fault := fault_of(b"<c" + cell))}
    hidden = [_hidden(k[: data.rows], n[: data.rows], faults) for k, n in zip(kinds, numbers, strict=True)]
    rows = zip(*(column.cells(data.rows) for column in columns), strict=True) if below else ()
    found = [list(row) for row in itertools.takewhile(lambda row: any(cell != "" for cell in row), rows)]
    return Bulk([column.head(data.rows) for column in columns], hidden, found, merged)


def _of(block: Block, which: NDArray[np.bool_]) -> Block:
    return Block(block.rows[which], block.columns[which], block.kinds[which], block.numbers[which])


def _bodies(pieces: Iterator[bytes], tail: bytearray) -> Iterator[bytes]:
    """Whole rows, about a piece at a time; what follows the rows goes into `tail`."""
    coming = _ahead(pieces)
    head = b""
    for piece in coming:
        head += piece
        if (start := head.find(b"<sheetData")) >= 0 and b">" in head[start:]:
            break
    else:
        raise Unusual
    if not head[start:].startswith(b"<sheetData>") or b"<worksheet" not in head[:start] or _CODING.search(head):
        raise Unusual
    rest = head[start + len(b"<sheetData>") :]
    for piece in itertools.chain([b""], coming):
        at = max(len(rest) - len(_END), 0)
        rest += piece
        end = rest.find(_END, at if piece else 0)
        if end >= 0:
            yield rest[:end]
            tail += rest[end:]
            for after in coming:
                tail += after
            return
        cut = rest.rfind(b"</row>") + len(b"</row>")
        if cut >= len(b"</row>"):
            yield rest[:cut]
            rest = rest[cut:]
    raise Unusual


def _ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the next one in the making: unpacking takes another processor."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, pieces, None)
            yield piece


def _adjoining(under: list[Block], first: int) -> list[Block]:
    """Of cells below a table, those in rows that follow one another without a gap, from `first` on."""
    rows = np.unique(np.concatenate([block.rows for block in under])) if under else np.zeros(0)
    gaps = np.flatnonzero(rows != first + np.arange(len(rows)))
    end = first + (gaps[0] if len(gaps) else len(rows))
    return [found for block in under if len((found := _of(block, block.rows < end)).rows)]


def _hidden(kinds: NDArray[np.uint8], numbers: NDArray[np.float64], faults: dict[int, str]) -> dict[int, str]:
    if not faults:
        return {}
    aside = np.flatnonzero(kinds == ASIDE)
    return {
        i: faults[n] for i, n in zip(aside.tolist(), numbers[aside].astype(int).tolist(), strict=True) if n in faults
    }


# --- what cells mean ---------------------------------------------------------------------------------------------


def _coded(package: Package, blocks: Blocks, kinds: NDArray[np.uint8], numbers: NDArray[np.float64]) -> list[Coded]:
    """Columns of cells, each plain or one of few that calamine was asked for."""
    meanings = _asked(package, [b' s="%d"><v>44562</v></c>' % number for number in blocks.formats])
    days_apart = not parts.date1904(package)  # else they are read one by one
    plain = {
        kind: NUMBER if type(meaning) is float else DAY if days_apart and isinstance(meaning, datetime.date) else 0
        for kind, meaning in enumerate(meanings, 1)
    }
    cells: dict[bytes, int] = {cell: i for i, cell in enumerate(blocks.aside, 1)}
    aside = np.arange(1, len(cells) + 1)
    codes = np.zeros(kinds.shape, dtype=np.int32)
    for mine, kind, number in zip(codes, kinds, numbers, strict=True):
        for one in np.flatnonzero(np.bincount(kind, minlength=256)).tolist():
            where = np.flatnonzero(kind == one)
            if one == BLANK:
                continue
            if one == ASIDE:
                mine[where] = aside[number[where].astype(int)]
            elif one == STRING:
                index = number[where].astype(int)
                used = np.flatnonzero(np.bincount(index))
                code = np.zeros(int(used[-1]) + 1, dtype=np.int32)
                code[used] = [_number_of(cells, b' t="s"><v>%d</v></c>' % i) for i in used.tolist()]
                mine[where] = code[index]
            else:
                mine[where] = plain[one]
                if plain[one] != NUMBER:
                    there = number[where]
                    odd = (there != np.floor(there)) | (there < FIRST_DAY) | (there > LAST_DAY)
                    where = where[odd] if plain[one] == DAY else where
                    each, which = np.unique(number[where], return_inverse=True)
                    form = b' s="%d"><v>' % blocks.formats[one - 1]
                    code = [_number_of(cells, form + repr(v).encode() + b"</v></c>") for v in each.tolist()]
                    mine[where] = np.array(code, dtype=np.int32)[which]
    others = ["", *_asked(package, list(cells))]
    empty = np.array([cell == "" for cell in others])
    if empty[1:].any():
        named = codes > 0
        codes[named] = np.where(empty, 0, np.arange(len(others)))[codes[named]]
    return [Coded(mine, number, others) for mine, number in zip(codes, numbers, strict=True)]


def _number_of(cells: dict[bytes, int], cell: bytes) -> int:
    return cells.setdefault(cell, len(cells) + 1)


def _asked(package: Package, cells: Sequence[bytes]) -> list[object]:
    """What calamine reads in cells, given from the end of their address on, with the workbook's formats and texts."""
    if not cells:
        return []
    links = parts.relationships(package, parts.workbook_part(package)).values()
    given = {link.kind: package.part(link.target) for link in links if link.kind in ("styles", "sharedStrings")}
    columns = [letters(i).encode() for i in range(2, ASKED_IN_A_ROW + 3)]
    rows: list[bytes] = []
    for row, at in enumerate(range(0, len(cells), ASKED_IN_A_ROW), 1):
        # a first and a last cell, so that all rows are equally long
        written = [b'<c r="%s%d"%s' % (columns[i], row, cell) for i, cell in enumerate(cells[at : at + ASKED_IN_A_ROW])]
        rows.append(b'<row r="%d"><c r="A%d"><v>1</v></c>%s' % (row, row, b"".join(written)))
        rows[-1] += b'<c r="%s%d"><v>1</v></c></row>' % (columns[-1], row)
    sheet = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (_MAIN, b"".join(rows))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        for name, content in (*_FRAME.items(), ("xl/worksheets/sheet1.xml", sheet)):
            book.writestr(name, content)
        book.writestr("xl/workbook.xml", _WORKBOOK % (_MAIN, _OFFICE, b"1" if parts.date1904(package) else b"0"))
        for kind, content in given.items():
            book.writestr(f"xl/{kind}.xml", content)
    file.seek(0)
    with calamine.reading("a cell"), CalamineWorkbook.from_filelike(file) as workbook:
        found = calamine.rows(workbook.get_sheet_by_index(0))
        return [*itertools.islice(itertools.chain.from_iterable(row[1:-1] for row in found), len(cells))]


_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORKBOOK = (
    b'<workbook xmlns="%s" xmlns:r="%s"><workbookPr date1904="%s"/>'
    b'<sheets><sheet name="Cells" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def _links(*targets: tuple[str, str]) -> str:
    found = "".join(
        f'<Relationship Id="rId{i}" Type="{escape(_OFFICE.decode())}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_LINKS}">{found}</Relationships>'


_FRAME = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": _links(("officeDocument", "xl/workbook.xml")),
    "xl/_rels/workbook.xml.rels": _links(
        ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
    ),
}
