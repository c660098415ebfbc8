"""What an analyst attached to a row of a table - notes, links, a colour - follows the row's key to its new place."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.book.addresses import Area, area, letters
from cvm_xl.book.cells_xml import serials
from cvm_xl.book.extent import Extent
from cvm_xl.book.markup import Element, parse, serialized, tag
from cvm_xl.book.package import Package
from cvm_xl.book.parts import relationships
from cvm_xl.book.sheetdata import Rows, number_text

__all__ = [
    "Lost",
    "Mover",
    "base_styles",
    "follow_links",
    "follow_notes",
    "has_attachments",
    "key_texts",
    "odd_styles",
    "pair",
    "row_keys",
]

_SAMPLE = 25
_SHAPE = re.compile(rb"<v:shape\s.*?</v:shape>", re.DOTALL)
_SHAPE_ROW = re.compile(rb"(<x:Row>\s*)(\d+)(\s*</x:Row>)")
_SHAPE_COLUMN = re.compile(rb"(<x:Column>\s*)(\d+)(\s*</x:Column>)")
_ANCHOR = re.compile(rb"(<x:Anchor>\s*)((?:\d+\s*,\s*){7}\d+)(\s*</x:Anchor>)")

Cell = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True)
class Lost:
    """Something the analyst typed beside a row that is no longer there."""

    key: str
    column: str
    value: str


# --- keys ----------------------------------------------------------------------------------------------------------


def key_texts(values: NDArray[Any], *, date1904: bool) -> list[str]:
    """A column as texts to compare with what stands in cells: 17 and "17" are the same key, "007" is another."""
    if values.dtype.kind == "M":
        values = serials(values, date1904=date1904)
    if values.dtype.kind == "f":
        return ["" if value != value else number_text(value) for value in values.tolist()]
    if values.dtype.kind in "iu":
        return [str(value) for value in values.tolist()]
    return [_key_text(value, date1904) for value in values.tolist()]


def _key_text(value: Any, date1904: bool) -> str:
    if value is None or type(value).__name__ == "NAType":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, np.number)):
        return "" if value != value else number_text(float(value))
    if hasattr(value, "isoformat"):
        moment = np.array([value], dtype="datetime64[us]")
        return "" if np.isnat(moment[0]) else number_text(float(serials(moment, date1904=date1904)[0]))
    return str(value)


def row_keys(rows: Rows, columns: Sequence[int], data: Area, strings: list[str]) -> list[tuple[str, ...]]:
    """The key of each old data row, from its cells."""
    values: dict[int, dict[int, str]] = {column: {} for column in columns}
    for cell in rows.cells_of(list(columns), data.top, data.bottom):
        values[cell.column][cell.row] = cell.value(strings)
    return [tuple(values[c].get(row, "") for c in columns) for row in range(data.top, data.bottom + 1)]


def pair(old: list[tuple[str, ...]], new: Iterable[tuple[str, ...]], top: int) -> dict[int, int]:
    """Old row -> new row with the same key; of equal keys the first goes to the first."""
    waiting: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, key in enumerate(new, top):
        waiting[key].append(row)
    for rows in waiting.values():
        rows.reverse()
    pairs: dict[int, int] = {}
    for row, key in enumerate(old, top):
        if any(key) and waiting.get(key):
            pairs[row] = waiting[key].pop()
    return pairs


# --- places ----------------------------------------------------------------------------------------------------------


@dataclass
class Mover:
    """Where each cell of the old table is now; what hangs on it goes there, or is lost aloud."""

    extent: Extent
    pairs: Mapping[int, int]
    names: Mapping[int, str]
    headers: Mapping[int, str]
    lost: list[Lost]

    def place(self, cell: Cell) -> Cell | None:
        """The new place of a cell, the same for cells outside the table; None when its row is gone."""
        row, column = cell
        old, first = self.extent.old, self.extent.old.top + self.extent.header
        if not (old.top <= row <= old.bottom and old.left <= column <= old.right):
            return cell
        if row < first:
            return row, self.extent.columns[column]
        if row > self.extent.old_end:
            return row + self.extent.new_end - self.extent.old_end, self.extent.columns[column]
        return (self.pairs[row], self.extent.columns[column]) if row in self.pairs else None

    def lose(self, cell: Cell, value: str) -> None:
        row, column = cell
        self.lost.append(Lost(self.names.get(row, ""), self.headers.get(column, ""), value))


def _note_parts(package: Package, part: str, *kinds: str) -> list[str]:
    return [link.target for link in relationships(package, part).values() if link.kind in kinds and link.is_part]


def has_attachments(package: Package, part: str, frame: Element, extent: Extent) -> bool:
    """Whether links or notes hang on cells of the old data rows."""
    old = extent.old
    data = Area(old.top + extent.header, old.left, extent.old_end, old.right)
    places = [link.get("ref") for link in frame.iter(tag("hyperlink"))]
    for name in _note_parts(package, part, "comments"):
        places += [note.get("ref") for note in parse(package.part(name), name).iter(tag("comment"))]
    return any(area(place).meets(data) for place in places if place)


def follow_links(frame: Element, mover: Mover) -> None:
    """Hyperlinks on single cells of the table."""
    for link in list(frame.iter(tag("hyperlink"))):
        there = area(link.get("ref"))
        if there.top != there.bottom or there.left != there.right:
            continue
        cell = (there.top, there.left)
        new = mover.place(cell)
        if new is not None:
            link.set("ref", str(Area(*new, *new)))
            continue
        mover.lose(cell, link.get("location") or link.get("display") or "link")
        section = link.getparent()
        section.remove(link)
        if not len(section):
            section.getparent().remove(section)


def follow_notes(package: Package, part: str, mover: Mover) -> None:
    """Notes and threaded comments, with the boxes that show them."""
    moved: dict[Cell, Cell | None] = {}
    for name in _note_parts(package, part, "comments", "threadedComment"):
        root = parse(package.part(name), name)
        changed = False
        for note in [e for e in root.iter() if isinstance(e.tag, str) and e.get("ref")]:
            there = area(note.get("ref"))
            cell = (there.top, there.left)
            new = mover.place(cell)
            if new == cell:
                continue
            changed = True
            if new is not None:
                note.set("ref", str(Area(*new, *new)))
            else:
                if note.tag == tag("comment"):
                    mover.lose(cell, "".join(note.itertext()).strip())
                note.getparent().remove(note)
            moved[cell] = new
        if changed:
            package.put(name, serialized(root))
    if moved:
        for name in _note_parts(package, part, "vmlDrawing"):
            content = package.part(name)
            package.put(name, _SHAPE.sub(lambda shape: _shape(shape[0], moved), content))


def _shape(shape: bytes, moved: Mapping[Cell, Cell | None]) -> bytes:
    """One note's box at its new place; nothing for one whose note is gone. Office's VML is not always XML: text."""
    row, column = _SHAPE_ROW.search(shape), _SHAPE_COLUMN.search(shape)
    if b'ObjectType="Note"' not in shape or row is None or column is None:
        return shape
    cell = (int(row[2]) + 1, int(column[2]) + 1)
    if cell not in moved:
        return shape
    new = moved[cell]
    if new is None:
        return b""
    down, across = new[0] - cell[0], new[1] - cell[1]

    def numbered(number: int) -> Callable[[re.Match[bytes]], bytes]:
        return lambda found: b"%b%d%b" % (found[1], number, found[3])

    def anchored(found: re.Match[bytes]) -> bytes:
        numbers = [int(number) for number in found[2].split(b",")]  # column, offset, row, offset; of both corners
        for i, by in zip((0, 2, 4, 6), (across, down, across, down), strict=True):
            numbers[i] = max(numbers[i] + by, 0)
        return found[1] + b", ".join(b"%d" % number for number in numbers) + found[3]

    shape = _SHAPE_ROW.sub(numbered(new[0] - 1), shape)
    return _ANCHOR.sub(anchored, _SHAPE_COLUMN.sub(numbered(new[1] - 1), shape))


# --- formats of single cells ---------------------------------------------------------------------------------------


def base_styles(rows: Rows, data: Area, missing: Mapping[int, int | None]) -> dict[int, int | None]:
    """The format of each column: that of most of its first cells, so that one coloured cell colours no column.

    `missing` is what Excel shows where a cell is not in the file.
    """
    last = min(data.bottom, data.top + _SAMPLE - 1)
    columns = range(data.left, data.right + 1)
    styles = {(cell.row, cell.column): cell.style for cell in rows.cells_of(list(columns), data.top, last)}
    used = sorted({row for row, _ in styles})
    seen = {column: Counter(styles.get((row, column), missing.get(column)) for row in used) for column in columns}
    return {column: (found.most_common(1)[0][0] if found else missing.get(column)) for column, found in seen.items()}


def odd_styles(rows: Rows, data: Area, styles: Mapping[int, int | None]) -> dict[Cell, int | None]:
    """The cells with another format than their column."""
    alternatives: list[bytes] = []
    for column in range(data.left, data.right + 1):
        style = styles.get(column)
        name = letters(column).encode()
        same = rb'(?! s="%d")' % style if style is not None else rb'(?= s="[1-9])'
        alternatives.append(name + rb'\d+"' + same)
    odd = re.compile(rb'<c r="(?:' + b"|".join(alternatives) + rb")")
    body = rows.between(data.top, data.bottom)
    if not odd.search(body):
        return {}
    return {
        (cell.row, cell.column): cell.style
        for cell in rows.cells(data.top, data.bottom, odd)
        if data.left <= cell.column <= data.right and (cell.style or 0) != (styles.get(cell.column) or 0)
    }
