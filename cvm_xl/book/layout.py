"""Where a table's columns and rows will go, and what is in their way."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cvm_xl.book import schema
from cvm_xl.book.addresses import LAST_COLUMN, LAST_ROW, Area, area, letters
from cvm_xl.book.extent import Extent, named_elsewhere
from cvm_xl.book.formulas import whole_columns
from cvm_xl.book.markup import Element, tag
from cvm_xl.book.package import Package
from cvm_xl.book.parts import Table, tables_on
from cvm_xl.book.sheetdata import Rows, SheetXml
from cvm_xl.errors import BookError, Place
from cvm_xl.figures import figure

__all__ = ["Slot", "lay_out", "plain", "refuse_obstacles", "refuse_shape"]


@dataclass(frozen=True)
class Slot:
    """A column of the table: `old` is the sheet's column it stands in, `given` its name among the new columns."""

    header: str
    old: int | None
    given: str | None


def refuse_shape(table: Table, place: Place) -> None:
    """`BookError` for a table without a header row, or one that does not fit its columns."""
    if table.sheet.kind != "worksheet" or len(table.columns) != table.area.right - table.area.left + 1:
        raise BookError("the table is damaged", place=place, remedy="Save the workbook in Excel again.")
    if table.header_rows != 1:
        raise BookError(
            "the table hides its header row", place=place, remedy="Tick Table Design > Header Row in Excel."
        )


def plain(header: str) -> str:
    """A header as it is compared: breaks, blanks and capitals do not matter."""
    return " ".join(header.split()).casefold()


def lay_out(
    package: Package, table: Table, given: list[str], count: int, charts_on: tuple[str, ...], sheet: SheetXml
) -> tuple[list[Slot], Extent, list[str]]:
    """The columns in their new order, and where everything goes."""
    wanted = {plain(header): header for header in given}
    there = [Slot(header, table.area.left + i, wanted.get(plain(header))) for i, header in enumerate(table.columns)]
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


def _too_many(table: Table, extent: Extent, place: Place) -> BookError:
    """What does not fit on the sheet, and where else it can go."""
    if extent.new.right > LAST_COLUMN:
        return BookError(
            f"{figure(extent.new.right)} columns do not fit on a sheet, which has {figure(LAST_COLUMN)}",
            place=place,
            remedy="Move the table to the left, or delete columns.",
        )
    there = table.header_rows + table.totals_rows
    count, room = extent.new.rows - there, LAST_ROW - table.area.top + 1 - there
    known = next((one for one in schema.TABLES if schema.normal(one.name) == schema.normal(table.name)), None)
    remedy = "Use fewer rows, or keep them in a file."
    if known is not None and known.role == "input":
        remedy = (
            f"Keep them outside the workbook: name their file or database in the table DataSources, or give "
            f"--source {known.name}=FILE to refresh and report."
        )
    elif known is not None:
        remedy = (
            "Leave this part out with --only; cvm-xl score values any number of customers into a Parquet file, "
            "from sales given by --source Sales=FILE."
        )
    return BookError(
        f"{figure(count)} rows do not fit: below its header in row {table.area.top} "
        f"the sheet has room for {figure(room)}",
        place=place,
        remedy=remedy,
    )


def refuse_obstacles(package: Package, table: Table, extent: Extent, body: Rows, frame: Element, place: Place) -> None:
    old, new = extent.old, extent.new
    if new.bottom > LAST_ROW or new.right > LAST_COLUMN:
        raise _too_many(table, extent, place)
    for merged in frame.iter(tag("mergeCell")):
        there = area(merged.get("ref"))
        if there.meets(old) or there.meets(new):
            raise BookError(f"cells {there} are merged", place=place, remedy="Unmerge them (Home > Merge & Center).")
    for other in tables_on(package, table.sheet):
        if other.part != table.part and other.area.meets(new):
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
