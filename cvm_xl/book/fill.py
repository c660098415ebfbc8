"""New rows for a table that is in a workbook, whoever made it; what the analyst did around and inside it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cvm_xl.book.addresses import Area
from cvm_xl.book.carry import refuse_shared_outside
from cvm_xl.book.cells_xml import as_array
from cvm_xl.book.compose import Composer
from cvm_xl.book.extent import follow_in_charts, follow_in_names, follow_in_sheet
from cvm_xl.book.follow import Lost, follow_links, follow_notes
from cvm_xl.book.frame import fit_columns, set_dimension, table_xml
from cvm_xl.book.layout import lay_out, refuse_obstacles, refuse_shape
from cvm_xl.book.markup import parse, serialized
from cvm_xl.book.package import Package
from cvm_xl.book.parts import table_named
from cvm_xl.book.recalculate import drop_calc_chain
from cvm_xl.book.sheetdata import Rows, split_sheet
from cvm_xl.errors import Place

__all__ = ["Filled", "Lost", "fill"]


@dataclass(frozen=True)
class Filled:
    """What became of a table.

    Attributes
    ----------
    area : Area
        Where it lies now, header and totals included.
    lost : tuple of Lost
        What the analyst had attached to rows whose key is gone: values typed beside them, notes, links.
    remarks : tuple of str
        What was changed besides the rows, in words for the user.
    """

    area: Area
    lost: tuple[Lost, ...]
    remarks: tuple[str, ...]


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
        The columns by which what an analyst attached to a row follows it; all common columns when left out.
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
    place = Place(sheet=found.sheet.name, table=found.name)
    refuse_shape(found, place)
    part = found.sheet.part
    sheet = split_sheet(package.part(part), part)
    rows, frame = Rows(sheet.body, found.sheet.name), sheet.frame(part)
    slots, extent, remarks = lay_out(package, found, list(arrays), lengths.pop(), tuple(charts_on), sheet)
    refuse_obstacles(package, found, extent, rows, frame, place)
    had_formulas = refuse_shared_outside(rows, found.data, found.sheet.name)

    composer = Composer(package, found, slots, extent, arrays, rows, frame, like or {}, tuple(key))
    body = composer.body()
    table_root = parse(package.part(found.part), found.part)
    remarks += table_xml(table_root, extent, slots, like or {})
    follow_in_sheet(frame, extent)
    fit_columns(frame, extent, slots, like or {})
    follow_links(frame, composer.mover)
    set_dimension(frame, extent)

    package.put(part, sheet.joined(frame, body))
    package.put(found.part, serialized(table_root))
    follow_notes(package, part, composer.mover)
    follow_in_charts(package, extent, tuple(charts_on))
    follow_in_names(package, extent)
    if had_formulas or composer.has_formulas:
        drop_calc_chain(package)
    return Filled(extent.new, tuple(composer.mover.lost), tuple(remarks))
