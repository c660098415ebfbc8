"""The rows of a sheet with a table filled anew: new columns, the analyst's own, and the cells around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape
from typing import Any, TypeVar

from numpy.typing import NDArray

from cvm_xl.book import fields
from cvm_xl.book.addresses import LAST_ROW, Area, letters
from cvm_xl.book.carry import Carried, carried
from cvm_xl.book.cells_xml import CHUNK, as_array, cells, rows, text_xml
from cvm_xl.book.extent import Extent
from cvm_xl.book.follow import Mover, base_styles, has_attachments, key_texts, odd_styles, pair, row_keys
from cvm_xl.book.layout import Slot, plain
from cvm_xl.book.markup import Element, parse, tag, whole
from cvm_xl.book.package import Package
from cvm_xl.book.parts import Table, date1904, shared_strings
from cvm_xl.book.sheetdata import Cell, Rows

__all__ = ["Composer"]

T = TypeVar("T")

_SPANS = re.compile(rb'\s*spans="[^"]*"')
_HIDDEN = re.compile(r'\s*hidden="(?:1|true)"')
_HEIGHT = re.compile(r'\s(?:ht|customHeight)="[^"]*"')
_FORMULA = re.compile(r"(<f(?![^>]*t=\"shared\")[^>]*>)([^<]+)(</f>)")
_BEGIN = re.compile(r'(<c r="[A-Z]+\d+")(?: s="\d+")?')


class Composer:
    """Puts together the rows of one sheet in which one table gets new rows.

    `mover` tells afterwards where the cells of the old table went.
    """

    def __init__(
        self,
        package: Package,
        table: Table,
        slots: list[Slot],
        extent: Extent,
        arrays: Mapping[str, NDArray[Any]],
        body: Rows,
        frame: Element,
        like: Mapping[str, str],
        key: tuple[str, ...],
    ) -> None:
        self.package, self.table, self.slots, self.extent = package, table, slots, extent
        self.arrays, self.rows, self.frame, self.like = arrays, body, frame, like
        self.count = len(next(iter(arrays.values())))
        self.date1904 = date1904(package)
        self.header = {cell.column: cell for cell in self._row(table.area.top)}
        self.styles = base_styles(body, table.data, self._default_styles())
        self.odd = odd_styles(body, table.data, self.styles)
        self.mover = Mover(extent, {}, {}, dict(zip(sorted(extent.columns), table.columns, strict=True)), [])
        self.own = self._own_columns(key)
        self.has_formulas = any(column.formula is not None for column in self.own.values())
        self.last = max(extent.old.bottom, extent.new.bottom)
        self.beside = self._beside()
        self.tags = self._opening_tags()

    def body(self) -> Iterator[bytes]:
        """All rows of the sheet, piece by piece."""
        old, new, count = self.extent.old, self.extent.new, max(self.count, 1)
        yield self._kept(self.rows.between(1, old.top - 1))
        yield self._header_row()
        for start in range(0, count, CHUNK):
            yield self._data_rows(start, min(start + CHUNK, count))
        if self.table.totals_rows:
            yield self._totals_row()
        for row in range(new.bottom + 1, old.bottom + 1):
            if row in self.beside or row in self.tags:
                yield self._row_xml(row, [])
        yield self._kept(self.rows.between(self.last + 1, LAST_ROW))

    # --- what is there -------------------------------------------------------------------------------------------

    def _row(self, row: int) -> list[Cell]:
        return [c for c in self.rows.cells(row, row) if self.table.area.left <= c.column <= self.table.area.right]

    def _default_styles(self) -> dict[int, int | None]:
        """Column -> the format that Excel shows where a cell is not in the file: its row's or its column's."""
        first, area = self.table.data.top, self.table.area
        attributes = self.rows.attributes(first, first).get(first, b"")
        found = re.search(rb'\ss="(\d+)"', attributes) if b"customFormat" in attributes else None
        if found:
            return dict.fromkeys(range(area.left, area.right + 1), int(found[1]))
        styles: dict[int, int | None] = {}
        for column in self.frame.iter(tag("col")):
            if column.get("style"):
                last = min(whole(column, "max"), area.right)
                styles |= dict.fromkeys(range(whole(column, "min"), last + 1), whole(column, "style"))
        return styles

    def _own_columns(self, key: tuple[str, ...]) -> dict[int, Carried]:
        """The analyst's columns; when anything hangs on rows, first where each row has gone."""
        data = self.table.data
        formulas = dict(zip(range(data.left, data.right + 1), self.table.formulas, strict=True))
        own = {s.old: (s.header, formulas[s.old]) for s in self.slots if s.given is None and s.old is not None}
        strings: list[str] = []
        if (
            self.odd
            or any(cell.filled for cell in self.rows.cells_of(list(own), data.top, data.bottom))
            or has_attachments(self.package, self.table.sheet.part, self.frame, self.extent)
        ):
            strings = shared_strings(self.package)
            self._pair_rows(key, strings)
        if not own:
            return {}
        made, lost = carried(self.rows, own, self.styles, self.extent, self.mover.pairs, self.mover.names, strings)
        self.mover.lost += lost
        return made

    def _pair_rows(self, key: tuple[str, ...], strings: list[str]) -> None:
        data = self.table.data
        names = {plain(name) for name in key}
        keyed = [(s.old, s.given) for s in self.slots if s.given and s.old and (not key or plain(s.given) in names)]
        old = row_keys(self.rows, [column for column, _ in keyed], data, strings)
        self.mover.names = {row: ", ".join(values) for row, values in enumerate(old, data.top)}
        if keyed and (not key or len(keyed) == len(names)):
            texts = [key_texts(self.arrays[given], date1904=self.date1904) for _, given in keyed]
            self.mover.pairs = pair(old, zip(*texts, strict=True), data.top)

    def _beside(self) -> dict[int, tuple[str, str]]:
        """The cells left and right of the table, in its rows and those it grows into."""
        left, right = self.extent.new.left, max(self.extent.old.right, self.extent.new.right)
        kept: dict[int, tuple[str, str]] = {}
        for cell in self.rows.cells_outside(left, right, self.extent.old.top, self.last):
            text = self._followed(cell.xml(cell.column, cell.row))
            before, after = kept.get(cell.row, ("", ""))
            kept[cell.row] = (before + text, after) if cell.column < left else (before, after + text)
        return kept

    def _kept(self, body: bytes) -> bytes:
        return self._followed(body.decode()).encode() if b"<f" in body else body

    def _followed(self, text: str) -> str:
        """Cells outside the table, with formulas over whole columns of it put right."""
        if "<f" not in text or not self.extent.changes:
            return text

        def formula(found: re.Match[str]) -> str:
            new = self.extent.of_formula(unescape(found[2]), own=True)
            return f"{found[1]}{escape(new, quote=False)}{found[3]}"

        return _FORMULA.sub(formula, text)

    def _opening_tags(self) -> dict[int, str]:
        """What the opening tags of the rows said, but for the extent and what a filter hid."""
        root = parse(self.package.part(self.table.part), self.table.part)
        filtered = any(len(column) for column in root.iter(tag("filterColumn")))
        cleaned: dict[bytes, str] = {}
        tags: dict[int, str] = {}
        data = self.table.data
        for row, attributes in self.rows.attributes(self.extent.old.top, self.last).items():
            if attributes not in cleaned:
                cleaned[attributes] = _SPANS.sub(b"", attributes).rstrip().decode()
            text = cleaned[attributes]
            if filtered and "hidden" in text and data.top <= row <= data.bottom:
                text = _HIDDEN.sub("", text)
            if text:
                tags[row] = text
        height = "".join(_HEIGHT.findall(tags.get(data.top, "")))
        if "customHeight" in height and height == "".join(_HEIGHT.findall(tags.get(data.bottom, ""))):
            for row in range(data.bottom + 1, self.extent.new_end + 1):
                tags.setdefault(row, height)
        return tags

    # --- what comes ----------------------------------------------------------------------------------------------

    def _row_xml(self, row: int, made: list[str]) -> bytes:
        left, right = self.beside.get(row, ("", ""))
        return f'<row r="{row}"{self.tags.get(row, "")}>{left}{"".join(made)}{right}</row>'.encode()

    def _model(self, slot: Slot) -> int | None:
        """The old column that a slot looks like: itself, or its sibling for a new one."""
        if slot.old is not None:
            return slot.old
        sibling = self.like.get(slot.header)
        return next((s.old for s in self.slots if sibling is not None and sibling in (s.given, s.header)), None)

    def _header_row(self) -> bytes:
        row = self.extent.old.top
        made: list[str] = []
        style: int | None = None
        for column, slot in enumerate(self.slots, self.extent.new.left):
            cell = self.header.get(self._model(slot) or 0)
            if slot.old is not None:
                made.append(cell.xml(column, row) if cell else "")
                style = cell.style if cell else style
            else:
                number = cell.style if cell else style
                formatted = "" if number is None else f' s="{number}"'
                text = text_xml(slot.header)
                made.append(f'<c r="{letters(column)}{row}"{formatted} t="inlineStr"><is>{text}</is></c>')
        return self._row_xml(row, made)

    def _data_rows(self, start: int, stop: int) -> bytes:
        first = self.table.data.top + start
        numbers = range(first, first + stop - start)
        opening: list[str] | None = None
        after: list[str] | None = None
        if self.beside or not self.tags.keys().isdisjoint(numbers):
            sides = [self.beside.get(row, ("", "")) for row in numbers]
            tagged = (f'<row r="{row}"{self.tags.get(row, "")}>' for row in numbers)
            opening = [tag + left for tag, (left, _) in zip(tagged, sides, strict=True)]
            after = [right for _, right in sides] if self.beside else None
        if len(numbers) >= fields.MANY:
            made = self._columns(start, numbers, fields.field)
            found = fields.rows(first, opening, made if after is None else [*made, after])
            if found is not None:
                return found
        made = self._columns(start, numbers, cells)
        opening = opening or [f'<row r="{row}">' for row in numbers]
        return rows(opening, made if after is None else [*made, after])

    def _columns(self, start: int, numbers: range, make: Callable[..., T]) -> list[T | list[str]]:
        """The cells of rows from `start` on, column by column; those with a format of their own as texts."""
        data = Area(self.table.data.top, self.extent.new.left, self.extent.new_end, self.extent.new.right)
        odd: dict[int, list[tuple[int, int | None]]] = {}
        for old, style in self.odd.items():
            new = self.mover.place(old)
            if new is not None and new[0] in numbers:
                odd.setdefault(new[1], []).append((new[0], style))
        made: list[T | list[str]] = []
        for column, slot in enumerate(self.slots, data.left):
            texts: list[str] | None = None
            if slot.given is not None:
                style = self.styles.get(self._model(slot) or 0)
                values = self.arrays[slot.given][start : start + len(numbers)] if self.count else as_array([None])
                given = (values, column, numbers[0], style, slot.header)
                if column not in odd:
                    made.append(make(*given, date1904=self.date1904))
                    continue
                texts = cells(*given, date1904=self.date1904)
            elif slot.old is not None:
                texts = self.own[slot.old].cells(column, numbers[0], numbers[-1], data)
            assert texts is not None
            for row, style in odd.get(column, ()):
                texts[row - numbers[0]] = _restyled(texts[row - numbers[0]], (row, column), style)
            made.append(texts)
        return made

    def _totals_row(self) -> bytes:
        row, new = self.extent.old.bottom, self.extent.new.bottom
        there = {cell.column: cell for cell in self._row(row)}
        made: list[str] = []
        for column, slot in enumerate(self.slots, self.extent.new.left):
            cell = there.get(self._model(slot) or 0)
            formula = cell.formula if cell else None
            if cell is None:
                continue
            if slot.old is None:
                made.append(cell.xml(column, new, inner=b""))
            elif formula and formula[1]:
                text = escape(self.extent.of_formula(formula[1], own=True), quote=False)
                made.append(cell.with_formula(column, new, f"<f>{text}</f>"))
                self.has_formulas = True
            else:
                made.append(cell.xml(column, new))
        return self._row_xml(new, made)


def _restyled(cell: str, place: tuple[int, int], style: int | None) -> str:
    """A cell with another format."""
    formatted = f' s="{style}"' if style else ""
    if not cell:
        return f'<c r="{letters(place[1])}{place[0]}"{formatted}/>' if formatted else ""
    return _BEGIN.sub(rf"\1{formatted}", cell, count=1)
