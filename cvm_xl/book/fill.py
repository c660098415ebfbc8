"""New rows for a table that is in a workbook, whoever made it; what the analyst did around and inside it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from numpy.typing import NDArray

from cvm_xl.book.addresses import LAST_COLUMN, LAST_ROW, Area, area, letters
from cvm_xl.book.carry import Carried, Lost, carried, follow, key_texts, refuse_shared_outside, row_keys
from cvm_xl.book.cells_xml import CHUNK, as_array, cells, escaped, rows, text_xml
from cvm_xl.book.extent import Extent, follow_in_charts, follow_in_names, follow_in_sheet, named_elsewhere
from cvm_xl.book.formulas import whole_columns
from cvm_xl.book.frame import fit_columns, follow_links, set_dimension, table_xml
from cvm_xl.book.markup import Element, parse, serialized, tag
from cvm_xl.book.package import Package
from cvm_xl.book.parts import Table, date1904, shared_strings, table_named, tables
from cvm_xl.book.recalculate import drop_calc_chain
from cvm_xl.book.sheetdata import Cell, Rows, SheetXml, split_sheet
from cvm_xl.errors import BookError, Place

__all__ = ["Filled", "Lost", "Slot", "fill"]

_SPANS = re.compile(rb'\s*spans="[^"]*"')
_HIDDEN = re.compile(rb'\s*hidden="(?:1|true)"')
_HEIGHT = re.compile(rb'\s(?:ht|customHeight)="[^"]*"')
_FORMULA = re.compile(r"(<f(?![^>]*t=\"shared\")[^>]*>)([^<]+)(</f>)")


@dataclass(frozen=True)
class Filled:
    """What became of a table.

    Attributes
    ----------
    area : Area
        Where it lies now, header and totals included.
    lost : tuple of Lost
        What the analyst had typed beside rows whose key is gone.
    remarks : tuple of str
        What was changed besides the rows, in words for the user.
    """

    area: Area
    lost: tuple[Lost, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Slot:
    """A column of the table: `old` is the sheet's column it stands in, `given` its name among the new columns."""

    header: str
    old: int | None
    given: str | None


def fill(
    package: Package,
    table: str,
    columns: Mapping[str, Any],
    *,
    key: Sequence[str] = (),
    like: Mapping[str, str] | None = None,
    charts_on: Sequence[str] = (),
) -> Filled:
    """Replace the rows of an existing table.

    Parameters
    ----------
    package : Package
    table : str
        The table's name.
    columns : mapping of str to array
        Header -> values, all of one length. What `cells_xml.cells` takes.
    key : sequence of str
        The columns by which what an analyst typed follows its row; all common columns when left out.
    like : mapping of str to str, optional
        For a column that the sheet lacks, the one whose format it takes.
    charts_on : sequence of str
        Other sheets with charts over this table.

    Returns
    -------
    Filled

    Raises
    ------
    BookError
        When there is no such table, something is in the way of a growing one, or it holds merged cells or array
        formulas; nothing is changed then.

    Notes
    -----
    Columns that are in the sheet keep their order, those of the analyst among them; missing ones come after their
    predecessor in `columns`, or last when formulas elsewhere name the cells that would move by their address.
    An empty result leaves one blank row, as Excel's tables must have one.
    """
    found = table_named(package, table)
    arrays = {header: as_array(values) for header, values in columns.items()}
    lengths = {len(values) for values in arrays.values()}
    if len(lengths) != 1:
        raise ValueError(f"the columns of {table} differ in length: {sorted(lengths)}")
    count = lengths.pop()
    place = Place(sheet=found.sheet.name, table=found.name)
    _refuse_shape(found, place)
    sheet = split_sheet(package.part(found.sheet.part), found.sheet.part)
    body = Rows(sheet.body, found.sheet.name)
    frame = sheet.frame(found.sheet.part)
    slots, extent, remarks = _laid_out(package, found, list(arrays), count, tuple(charts_on), sheet)
    _refuse_obstacles(package, found, extent, body, frame, place)
    had_formulas = refuse_shared_outside(
        body, list(range(found.area.left, found.area.right + 1)), found.data, found.sheet.name
    )
    filling = _Filling(package, found, slots, extent, arrays, count, body, frame, dict(like or {}), tuple(key))
    content, lost = filling.body()
    table_root = parse(package.part(found.part), found.part)
    remarks += table_xml(table_root, extent, slots, like or {})
    follow_in_sheet(frame, extent)
    fit_columns(frame, extent, slots, like or {})
    follow_links(frame, extent, filling.pairs, found.data)
    set_dimension(frame, extent)
    package.put(found.sheet.part, sheet.joined(frame, content))
    package.put(found.part, serialized(table_root))
    follow_in_charts(package, extent, tuple(charts_on))
    follow_in_names(package, extent)
    if had_formulas or filling.has_formulas:
        drop_calc_chain(package)
    return Filled(extent.new, tuple(lost), tuple(remarks))


def _refuse_shape(table: Table, place: Place) -> None:
    if table.sheet.kind != "worksheet" or len(table.columns) != table.area.right - table.area.left + 1:
        raise BookError("the table is damaged", place=place, remedy="Save the workbook in Excel again.")
    if table.header_rows != 1:
        raise BookError(
            "the table hides its header row", place=place, remedy="Tick Table Design > Header Row in Excel."
        )


def _plain(header: str) -> str:
    return " ".join(header.split()).casefold()


def _laid_out(
    package: Package, table: Table, given: list[str], count: int, charts_on: tuple[str, ...], sheet: SheetXml
) -> tuple[list[Slot], Extent, list[str]]:
    """The columns in their new order, and where everything goes."""
    wanted = {_plain(header): header for header in given}
    there = [Slot(header, table.area.left + i, wanted.get(_plain(header))) for i, header in enumerate(table.columns)]
    missing = [header for header in given if header not in {slot.given for slot in there}]
    slots = list(there)
    for header in missing:
        position = given.index(header)
        before = given[position - 1] if position else None
        at = next((i + 1 for i, slot in enumerate(slots) if slot.given == before and before is not None), 0)
        slots.insert(at, Slot(header, None, header))
    extent = _extent(table, slots, count)
    if not extent.columns_move:
        return slots, extent, []
    formulas = b" ".join(re.findall(rb"<f[^>]*>([^<]+)</f>", sheet.body)).decode()
    by_address = named_elsewhere(package, table.sheet.name, table.sheet.part, charts_on)
    if not by_address and not whole_columns(formulas):
        return slots, extent, []
    slots = there + [Slot(header, None, header) for header in missing]
    remark = (
        f"{table.name}: new columns ({', '.join(missing)}) stand at the table's end, because formulas elsewhere name "
        "its cells by address"
    )
    return slots, _extent(table, slots, count), [remark]


def _extent(table: Table, slots: list[Slot], count: int) -> Extent:
    top, left = table.area.top, table.area.left
    bottom = top + table.header_rows + max(count, 1) - 1 + table.totals_rows
    moved = {slot.old: left + i for i, slot in enumerate(slots) if slot.old is not None}
    new = Area(top, left, bottom, left + len(slots) - 1)
    return Extent(table.sheet.name, table.area, new, table.header_rows, table.totals_rows, moved)


def _refuse_obstacles(package: Package, table: Table, extent: Extent, body: Rows, frame: Element, place: Place) -> None:
    old, new = extent.old, extent.new
    if new.bottom > LAST_ROW or new.right > LAST_COLUMN:
        raise BookError(
            f"{new.rows:,} rows and {new.right} columns do not fit on a sheet",
            place=place,
            remedy=f"A sheet ends at row {LAST_ROW:,}. Use fewer rows, or keep them outside the workbook.",
        )
    for merged in frame.iter(tag("mergeCell")):
        there = area(merged.get("ref"))
        if there.meets(old) or there.meets(new):
            raise BookError(f"cells {there} are merged", place=place, remedy="Unmerge them (Home > Merge & Center).")
    for other in tables(package):
        if other.sheet.part == table.sheet.part and other.part != table.part and other.area.meets(new):
            raise BookError(
                f"table {other.name} in {other.area} is in the way: the table needs {new}",
                place=place,
                remedy=f"Move {other.name} to another sheet.",
            )
    across = list(range(new.left, new.right + 1))
    below = body.cells_of(across, old.bottom + 1, new.bottom) if new.bottom > old.bottom else ()
    beside = list(range(old.right + 1, new.right + 1))
    right = body.cells_of(beside, old.top, min(old.bottom, new.bottom)) if beside else ()
    filled = [f"{letters(cell.column)}{cell.row}" for cell in (*below, *right) if cell.filled]
    if filled:
        shown = ", ".join(filled[:5]) + (f" and {len(filled) - 5} more" if len(filled) > 5 else "")
        raise BookError(
            f"something stands in {shown}, where the table needs room: it will take {new}",
            place=place,
            remedy="Move it to another sheet, above the table or well to its right, and run this again.",
        )


class _Filling:
    """The new rows of the sheet, put together from new columns, kept cells and the analyst's own columns."""

    def __init__(
        self,
        package: Package,
        table: Table,
        slots: list[Slot],
        extent: Extent,
        arrays: dict[str, NDArray[Any]],
        count: int,
        body: Rows,
        frame: Element,
        like: dict[str, str],
        key: tuple[str, ...],
    ) -> None:
        self.table, self.slots, self.extent, self.arrays = table, slots, extent, arrays
        self.count, self.rows, self.frame, self.like, self.key = count, body, frame, like, key
        self.date1904 = date1904(package)
        self.package = package
        self.pairs: dict[int, int] = {}
        self.has_formulas = False
        self.header = {cell.column: cell for cell in self._row(table.area.top)}
        self.styles = self._styles()

    def _row(self, row: int) -> list[Cell]:
        return [c for c in self.rows.cells(row, row) if self.table.area.left <= c.column <= self.table.area.right]

    def _styles(self) -> dict[int, int | None]:
        """Old column -> the format of its first data cell; where that is missing, the row's or column's."""
        first = self.table.data.top
        attributes = self.rows.attributes(first, first).get(first, b"")
        found = re.search(rb'\ss="(\d+)"', attributes) if b"customFormat" in attributes else None
        styles: dict[int, int | None] = {}
        for column in self.frame.iter(tag("col")):
            for number in range(int(column.get("min")), min(int(column.get("max")), self.table.area.right) + 1):
                styles[number] = int(column.get("style")) if column.get("style") else None
        if found:
            styles = dict.fromkeys(range(self.table.area.left, self.table.area.right + 1), int(found[1]))
        styles |= {cell.column: cell.style for cell in self._row(first)}
        return styles

    def _model(self, slot: Slot) -> int | None:
        """The old column that a slot looks like: itself, or its sibling for a new one."""
        if slot.old is not None:
            return slot.old
        sibling = self.like.get(slot.header)
        return next((s.old for s in self.slots if sibling in (s.given, s.header) and sibling is not None), None)

    def body(self) -> tuple[bytes, list[Lost]]:
        """All rows of the sheet, and what was lost."""
        old, new, data = self.extent.old, self.extent.new, self.table.data
        last = max(old.bottom, new.bottom)
        self.own, lost = self._own_columns(data)
        self.beside = self._beside(last)
        tags = self._opening_tags(last)
        pieces = [self._kept(self.rows.between(1, old.top - 1)), self._header_row(tags)]
        count = max(self.count, 1)
        pieces += [self._data_rows(start, min(start + CHUNK, count), tags) for start in range(0, count, CHUNK)]
        if self.table.totals_rows:
            pieces.append(self._totals_row(tags))
        for row in range(new.bottom + 1, old.bottom + 1):
            left, right = self.beside.get(row, ("", ""))
            if left or right or tags.get(row):
                pieces.append(f'<row r="{row}"{tags.get(row, "")}>{left}{right}</row>'.encode())
        pieces.append(self._kept(self.rows.between(last + 1, LAST_ROW)))
        return b"".join(pieces), lost

    def _own_columns(self, data: Area) -> tuple[dict[int, Carried], list[Lost]]:
        calculated = dict(zip(range(data.left, data.right + 1), self.table.formulas, strict=True))
        own = {s.old: (s.header, calculated[s.old]) for s in self.slots if s.given is None and s.old is not None}
        linked = any(area(link.get("ref")).meets(data) for link in self.frame.iter(tag("hyperlink")))
        typed = any(cell.filled for cell in self.rows.cells_of(list(own), data.top, data.bottom))
        if not typed and not linked:
            if not own:
                return {}, []
            made, _ = carried(self.rows, own, self.styles, data, {}, {}, [])
            self.has_formulas = any(column.formula is not None for column in made.values())
            return made, []
        strings = shared_strings(self.package)
        names = [_plain(name) for name in self.key]
        keyed = [s for s in self.slots if s.given and s.old and (not names or _plain(s.given) in names)]
        old_keys = row_keys(self.rows, [s.old for s in keyed if s.old], data, strings)
        if keyed and (not names or len(keyed) == len(names)):
            texts = [key_texts(self.arrays[s.given], date1904=self.date1904) for s in keyed if s.given]
            self.pairs = follow(old_keys, list(zip(*texts, strict=True)), data.top)
        shown = {data.top + i: ", ".join(key) for i, key in enumerate(old_keys)}
        made, lost = carried(self.rows, own, self.styles, data, self.pairs, shown, strings)
        self.has_formulas = any(c.formula is not None for c in made.values())
        return made, lost

    def _beside(self, last: int) -> dict[int, tuple[str, str]]:
        """The cells left and right of the table, in its rows and those it grows into."""
        left, right = self.extent.new.left, max(self.extent.old.right, self.extent.new.right)
        kept: dict[int, tuple[str, str]] = {}
        for cell in self.rows.cells_outside(left, right, self.extent.old.top, last):
            text = self._followed(cell.xml(cell.column, cell.row))
            before, after = kept.get(cell.row, ("", ""))
            kept[cell.row] = (before + text, after) if cell.column < left else (before, after + text)
        return kept

    def _followed(self, text: str) -> str:
        """Cells of the sheet outside the table, with formulas over whole columns of it put right."""
        if "<f" not in text or not self.extent.changes:
            return text

        def formula(found: re.Match[str]) -> str:
            new = self.extent.of_formula(unescape(found[2]), own=True)
            return f"{found[1]}{escape(new, quote=False)}{found[3]}"

        return _FORMULA.sub(formula, text)

    def _kept(self, rows: bytes) -> bytes:
        return self._followed(rows.decode()).encode() if b"<f" in rows else rows

    def _opening_tags(self, last: int) -> dict[int, str]:
        """What the opening tags of the rows said, but for the extent and what a filter hid."""
        unhide = self._filtered()
        cleaned: dict[bytes, str] = {}
        tags: dict[int, str] = {}
        data = self.table.data
        for row, attributes in self.rows.attributes(self.extent.old.top, last).items():
            if attributes not in cleaned:
                cleaned[attributes] = _SPANS.sub(b"", attributes).rstrip().decode()
            text = cleaned[attributes]
            if unhide and "hidden" in text and data.top <= row <= data.bottom:
                text = _HIDDEN.sub(b"", text.encode()).decode()
            if text:
                tags[row] = text
        first, end = tags.get(data.top, ""), tags.get(data.bottom, "")
        heights = "".join(part.decode() for part in _HEIGHT.findall(first.encode()))
        if 'customHeight="1"' in heights and all(part in end for part in heights.split()):
            pattern = b"".join(m[0] for m in _HEIGHT.finditer(first.encode())).decode()
            for row in range(data.bottom + 1, self.extent.new_end + 1):
                tags.setdefault(row, pattern)
        return tags

    def _filtered(self) -> bool:
        root = parse(self.package.part(self.table.part), self.table.part)
        return any(len(column) for column in root.iter(tag("filterColumn")))

    def _header_row(self, tags: dict[int, str]) -> bytes:
        row = self.extent.old.top
        left, right = self.beside.get(row, ("", ""))
        made = [left]
        style: int | None = None
        for i, slot in enumerate(self.slots):
            column = self.extent.new.left + i
            if slot.old is not None:
                cell = self.header.get(slot.old)
                made.append(cell.xml(column, row) if cell else "")
                style = cell.style if cell else style
            else:
                model = self.header.get(self._model(slot) or 0)
                number = model.style if model else style
                formatted = "" if number is None else f' s="{number}"'
                text = text_xml(slot.header)
                made.append(f'<c r="{letters(column)}{row}"{formatted} t="inlineStr"><is>{text}</is></c>')
        return f'<row r="{row}"{tags.get(row, "")}>{"".join(made)}{right}</row>'.encode()

    def _data_rows(self, start: int, stop: int, tags: dict[int, str]) -> bytes:
        data = Area(self.table.data.top, self.extent.new.left, self.extent.new_end, self.extent.new.right)
        first = data.top + start
        last = data.top + stop - 1
        made: list[list[str]] = []
        for i, slot in enumerate(self.slots):
            column = self.extent.new.left + i
            if slot.given is not None:
                model = self._model(slot)
                style = self.styles.get(model) if model is not None else None
                values = self.arrays[slot.given][start:stop] if self.count else as_array([None])
                made.append(cells(values, column, first, style, slot.header, date1904=self.date1904))
            elif slot.old is not None:
                made.append(self.own[slot.old].cells(column, first, last, data))
        numbers = range(first, last + 1)
        opening = [f'<row r="{row}"{tags.get(row, "")}>' for row in numbers]
        if self.beside:
            nothing = ("", "")
            opening = [f"{text}{self.beside.get(r, nothing)[0]}" for r, text in zip(numbers, opening, strict=True)]
            made.append([self.beside.get(row, nothing)[1] for row in numbers])
        return rows(opening, made)

    def _totals_row(self, tags: dict[int, str]) -> bytes:
        row, new = self.extent.old.bottom, self.extent.new.bottom
        there = {cell.column: cell for cell in self._row(row)}
        made: list[str] = []
        for i, slot in enumerate(self.slots):
            column = self.extent.new.left + i
            cell = there.get(slot.old or 0)
            formula = cell.formula if cell else None
            if cell and formula and formula[1]:
                text = escaped(self.extent.of_formula(formula[1], own=True))
                made.append(cell.with_formula(column, new, f"<f>{text}</f>"))
                self.has_formulas = True
            elif cell:
                made.append(cell.xml(column, new))
            else:
                model = there.get(self._model(slot) or 0)
                if model and model.style is not None:
                    made.append(f'<c r="{letters(column)}{new}" s="{model.style}"/>')
        left, right = self.beside.get(new, ("", ""))
        return f'<row r="{new}"{tags.get(new, "")}>{left}{"".join(made)}{right}</row>'.encode()
