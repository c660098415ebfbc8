"""A table's old and new place, and everything that points at its cells: formats, validations, charts, names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cvm_xl.book.addresses import Area, area, letters
from cvm_xl.book.formulas import mentions, remapped
from cvm_xl.book.markup import Element, parse, serialized, tag
from cvm_xl.book.package import Package
from cvm_xl.book.parts import relationships, sheets, workbook_part
from cvm_xl.errors import BookError

__all__ = ["Extent", "chart_parts", "follow_in_charts", "follow_in_names", "follow_in_sheet", "named_elsewhere"]

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_CHART_2016 = "http://schemas.microsoft.com/office/drawing/2014/chartex"
_EXTENSION = "http://schemas.microsoft.com/office/excel/2006/main"
_CACHES = {f"{{{_CHART}}}{name}" for name in ("numCache", "strCache", "multiLvlStrCache")} | {f"{{{_CHART_2016}}}lvl"}
_ANCHORED = re.compile(r"\$?[A-Za-z]+\$\d+:\$?[A-Za-z]+\$\d+")
_POINTS_ELSEWHERE = re.compile(r"xl/(worksheets|charts|chartsheets|pivotCache|dialogsheets)/[^/]+\.xml", re.IGNORECASE)


@dataclass(frozen=True)
class Extent:
    """Where a table's cells were and where they go. Areas span header, data and totals; `columns` maps old to new."""

    sheet: str
    old: Area
    new: Area
    header: int
    totals: int
    columns: dict[int, int]

    @property
    def columns_move(self) -> bool:
        return any(old != new for old, new in self.columns.items())

    @property
    def changes(self) -> bool:
        return self.old != self.new or self.columns_move

    @property
    def old_end(self) -> int:
        """Last old data row."""
        return self.old.bottom - self.totals

    @property
    def new_end(self) -> int:
        """Last new data row."""
        return self.new.bottom - self.totals

    def of_reference(self, old: Area, ranged: bool = True) -> Area | None:
        """Where a formula or chart points now that covers exactly some columns' data, with or without their header.

        Other cells of the table keep their row; None for what lies elsewhere. `ranged` is False for an address of one
        cell: in a table of one row nobody knows whether the column was meant, so it stays.
        """
        if not (self.old.left <= old.left and old.right <= self.old.right):
            return None
        if old.top < self.old.top or old.bottom > self.old.bottom:
            return None
        first, grown = self.old.top + self.header, self.new_end - self.old_end
        top, bottom = old.top, old.bottom
        if self.totals and top > self.old_end:
            top, bottom = top + grown, bottom + grown
        elif ranged and top <= first and bottom >= max(first, self.old_end):
            bottom += grown
        return Area(top, self.columns[old.left], bottom, self.columns[old.right])

    def of_range(self, old: Area) -> Area:
        """Where a format or validation applies now: one that reached the table's last row still does."""
        if not (old.left <= self.old.right and self.old.left <= old.right):
            return old
        top, bottom = old.top, old.bottom
        one_cell_of_many = old.rows == 1 and self.old_end > self.old.top + self.header
        if (bottom == self.old_end and not one_cell_of_many) or (self.totals and top < bottom == self.old.bottom):
            bottom += self.new_end - self.old_end
            top = min(top, bottom)
        if old.left <= self.old.left and old.right == self.old.right:  # the whole width stays the whole width
            return Area(top, old.left, bottom, self.new.right)
        if self.old.left <= old.left and old.right <= self.old.right and top >= self.old.top:
            return Area(top, self.columns[old.left], bottom, self.columns[old.right])
        return Area(top, old.left, bottom, old.right)

    def of_ranges(self, text: str) -> str:
        """The same for a list of ranges as sqref holds."""
        return " ".join(str(self.of_range(area(part))) for part in text.split())

    def of_formula(self, formula: str, *, own: bool) -> str:
        """A formula with the addresses of whole columns of the table put right."""
        return remapped(formula, self.sheet, lambda old, ref: self.of_reference(old, ":" in ref), own=own)

    def of_inner_formula(self, formula: str) -> str:
        """The same inside the table, where an address without $ means the formula's own row, not the column."""
        if not self.changes:
            return formula
        return remapped(
            formula, self.sheet, lambda old, ref: self.of_reference(old, bool(_ANCHORED.fullmatch(ref))), own=True
        )


def follow_in_sheet(frame: Element, extent: Extent) -> None:
    """Conditional formats, validations, sparklines and the like on the table's own sheet."""
    if not extent.changes:
        return
    formulas = {tag(name) for name in ("formula", "formula1", "formula2")} | {f"{{{_EXTENSION}}}f"}
    for element in frame.iter():
        if element.tag == tag("selection"):
            continue
        if element.get("sqref"):
            element.set("sqref", extent.of_ranges(element.get("sqref")))
        elif element.tag == f"{{{_EXTENSION}}}sqref" and element.text:
            element.text = extent.of_ranges(element.text)
        elif element.tag in formulas and element.text:
            element.text = extent.of_formula(element.text, own=True)


def follow_in_names(package: Package, extent: Extent) -> None:
    """Defined names, print areas among them."""
    if not extent.changes:
        return
    book = workbook_part(package)
    root = parse(package.part(book), book)
    changed = False
    for name in root.iter(tag("definedName")):
        if name.get("name") == "_xlnm.Print_Area":
            text = remapped(name.text or "", extent.sheet, lambda old, _: extent.of_range(old), own=False)
        else:
            text = extent.of_formula(name.text or "", own=False)
        if text != (name.text or ""):
            name.text, changed = text, True
    if changed:
        package.put(book, serialized(root))


def chart_parts(package: Package, sheet_parts: Iterable[str]) -> list[str]:
    """The parts of all charts on these sheets."""
    found: list[str] = []
    for part in sheet_parts:
        for drawing in relationships(package, part).values():
            if drawing.kind == "drawing" and drawing.is_part:
                links = relationships(package, drawing.target).values()
                found += [link.target for link in links if link.kind in ("chart", "chartEx") and link.is_part]
    return list(dict.fromkeys(found))


def drawn(package: Package, sheet_part: str, data: Area) -> bool:
    """Whether a chart on the sheet draws a column of these rows."""
    columns = "|".join(letters(column) for column in range(data.left, data.right + 1))
    named = re.compile(rf"\$(?:{columns})\${data.top}\b")
    charts = [package.part(part).decode("utf-8", "replace") for part in chart_parts(package, [sheet_part])]
    return any(named.search(text) for text in charts)


def _reached(package: Package, sheet: str, others: tuple[str, ...]) -> list[str]:
    wanted = {name.lower() for name in (sheet, *others)}
    return chart_parts(package, [there.part for there in sheets(package) if there.name.lower() in wanted])


def follow_in_charts(package: Package, extent: Extent, others: tuple[str, ...] = ()) -> None:
    """Charts on the table's sheet and on the `others`: new extent, and no values remembered from the old data."""
    for part in _reached(package, extent.sheet, others):
        content = package.part(part)
        if not mentions(content.decode("utf-8", "replace"), extent.sheet):
            continue
        root = parse(content, part)
        changed = False
        for formula in root.iter(f"{{{_CHART}}}f", f"{{{_CHART_2016}}}f"):
            hits: list[Area] = []

            def place(old: Area, _: str, hits: list[Area] = hits) -> Area | None:
                new = extent.of_reference(old)
                if new is not None and old.bottom >= extent.old.top + extent.header:
                    hits.append(new)
                elif new is None and old.meets(extent.new):  # a cell that the table has grown over
                    hits.append(old)
                return new

            formula.text = remapped(formula.text or "", extent.sheet, place, own=False)
            if hits:
                parent = formula.getparent()
                for cache in [child for child in parent if child.tag in _CACHES]:
                    parent.remove(cache)
                changed = True
        if changed or extent.columns_move:
            package.put(part, serialized(root))


def named_elsewhere(package: Package, sheet: str, part: str, others: tuple[str, ...] = ()) -> str | None:
    """A part that names cells of the sheet by their address and that `fill` does not put right; None when none does."""
    ours = {name.lower() for name in (part, *_reached(package, sheet, others))}
    source = f'sheet="{sheet}"'.lower()
    for name in package.names:
        if _POINTS_ELSEWHERE.fullmatch(name) and name.lower() not in ours:
            try:
                text = package.part(name).decode("utf-8", "replace")
            except BookError:
                continue
            if mentions(text, sheet) or source in text.lower():
                return name
    return None
