"""Columns that the analyst added to a table of ours: formulas filled down, what was typed follows its row by key."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from cvm_xl.book.addresses import LAST_ROW, Area, letters
from cvm_xl.book.extent import Extent
from cvm_xl.book.follow import Lost
from cvm_xl.book.formulas import moved, relative
from cvm_xl.book.sheetdata import Cell, Rows
from cvm_xl.errors import BookError, Place

__all__ = ["Carried", "carried", "refuse_shared_outside"]

_MASTER = re.compile(rb'<f\b[^>]*t="shared"[^>]*ref="|<f\b[^>]*ref="[^>]*t="shared"')
_SHARE = re.compile(rb'\bsi="(\d+)"')
_REF = re.compile(rb'\bref="([^"]+)"')


@dataclass
class Carried:
    """One column of the analyst's, ready for the new rows: a formula for all of them, and cells of single rows."""

    style: int | None
    formula: str | None = None
    like: Cell | None = None
    array: bool = False
    share: int | None = None
    by_row: dict[int, tuple[Cell, str | None]] = field(default_factory=dict)
    """New row -> the cell, and its formula if it has one (already moved)."""

    def cells(self, column: int, first: int, last: int, data: Area) -> list[str]:
        """The cells of rows `first` to `last`; `data` are all data rows of the table."""
        formatted = "" if self.style is None else f' s="{self.style}"'
        blank = f'"{formatted}/>' if formatted else None
        begin = f'<c r="{letters(column)}'
        made: list[str] = []
        master = next((row for row in range(data.top, data.bottom + 1) if row not in self.by_row), 0)
        for row in range(first, last + 1):
            if row in self.by_row:
                cell, formula = self.by_row[row]
                made.append(
                    cell.xml(column, row)
                    if formula is None
                    else cell.with_formula(column, row, self._element(formula, column, row, cell))
                )
            elif self.formula is not None:
                made.append(self._filled(column, row, master, begin, formatted, data))
            else:
                made.append(f"{begin}{row}{blank}" if blank else "")
        return made

    def _filled(self, column: int, row: int, master: int, begin: str, formatted: str, data: Area) -> str:
        assert self.formula is not None
        if self.array and self.like:
            formula = moved(self.formula, row - data.top)
            return self.like.with_formula(column, row, self._element(formula, column, row, self.like))
        if self.share is None:
            return f'{begin}{row}"{formatted}><f>{escape(self.formula, quote=False)}</f></c>'
        if row != master:
            return f'{begin}{row}"{formatted}><f t="shared" si="{self.share}"/></c>'
        formula = escape(moved(self.formula, row - data.top), quote=False)
        span = Area(row, column, data.bottom, column)
        return f'{begin}{row}"{formatted}><f t="shared" ref="{span}" si="{self.share}">{formula}</f></c>'

    def _element(self, formula: str, column: int, row: int, cell: Cell) -> str:
        text = escape(formula, quote=False)
        if cell.formula and b't="array"' in cell.formula[0]:
            return f'<f t="array" ref="{letters(column)}{row}">{text}</f>'
        return f"<f>{text}</f>"


def refuse_shared_outside(rows: Rows, data: Area, sheet: str) -> bool:
    """Whether the data rows hold formulas; `BookError` for those that also belong to cells outside of them."""
    body = rows.between(data.top, data.bottom)
    if not any(kind in body for kind in (b't="shared"', b't="array"', b't="dataTable"')):
        return b"<f" in body
    columns = list(range(data.left, data.right + 1))
    names = "|".join(letters(column) for column in columns).encode()
    special = rb'<c r="((?:' + names + rb')\d+)"[^>]*><f\b([^>]*\bt="(?:shared|array|dataTable)"[^>]*)>'
    inside: defaultdict[bytes, int] = defaultdict(int)
    for address, attributes in re.findall(special, body):
        span, share = _REF.search(attributes), _SHARE.search(attributes)
        if b't="dataTable"' in attributes or (b't="array"' in attributes and span and b":" in span[1]):
            raise BookError(
                f"cell {address.decode()} is part of an array formula or data table, which cannot be filled",
                place=Place(sheet=sheet),
                remedy="Replace that formula by one without an array, or move it out of the table.",
            )
        if share:
            inside[share[1]] += 1
    for share, count in inside.items():
        if len(re.findall(rb'<f\b[^>]*\bsi="' + share + rb'"', rows.body)) > count and _master_inside(
            rows, columns, data, share
        ):
            raise BookError(
                "a formula in the table was filled on to cells beside it",
                place=Place(sheet=sheet),
                remedy="Enter the formula in the cells outside the table once more.",
            )
    return True


def _master_inside(rows: Rows, columns: list[int], data: Area, share: bytes) -> bool:
    for cell in rows.cells(data.top, data.bottom, _MASTER):
        formula = cell.formula
        if cell.column in columns and formula and _REF.search(formula[0]):
            found = _SHARE.search(formula[0])
            if found and found[1] == share:
                return True
    return False


def _masters(rows: Rows) -> dict[bytes, tuple[str, Cell]]:
    found: dict[bytes, tuple[str, Cell]] = {}
    for cell in rows.cells(1, LAST_ROW, _MASTER):
        formula = cell.formula
        share = _SHARE.search(formula[0]) if formula else None
        if formula and share and formula[1]:
            found[share[1]] = (formula[1], cell)
    return found


def _explicit(cells: list[Cell], masters: Mapping[bytes, tuple[str, Cell]]) -> dict[int, str | None]:
    """Row -> the cell's formula, that of its group when it shares one; None for what was typed."""
    found: dict[int, str | None] = {}
    for cell in cells:
        formula = cell.formula
        share = _SHARE.search(formula[0]) if formula else None
        if formula is None or formula[1] or share is None or share[1] not in masters:
            found[cell.row] = formula[1] if formula else None
        else:
            text, master = masters[share[1]]
            found[cell.row] = moved(text, cell.row - master.row, cell.column - master.column)
    return found


def carried(
    rows: Rows,
    columns: Mapping[int, tuple[str, str | None]],
    styles: Mapping[int, int | None],
    extent: Extent,
    pairs: Mapping[int, int],
    names: Mapping[int, str],
    strings: list[str],
) -> tuple[dict[int, Carried], list[Lost]]:
    """What goes into the analyst's columns.

    Parameters
    ----------
    columns : mapping
        Old column -> (header, the table's own formula for the column or None).
    styles : mapping
        Old column -> cell format.
    extent : Extent
        The table's old and new place.
    pairs : mapping
        Old row -> new row.
    names : mapping
        Old row -> its key, to name what is lost.
    """
    data = Area(extent.old.top + extent.header, extent.old.left, extent.old_end, extent.old.right)
    masters = _masters(rows) if b'"shared"' in rows.body else {}
    shares = [int(share) for share in set(re.findall(rb'<f\b[^>]*\bsi="(\d+)"', rows.body))]
    next_share = max(shares, default=-1) + 1
    found: dict[int, list[Cell]] = {column: [] for column in columns}
    for cell in rows.cells_of(list(columns), data.top, data.bottom):
        if cell.filled:
            found[cell.column].append(cell)
    result: dict[int, Carried] = {}
    lost: list[Lost] = []
    for column, (header, calculated) in columns.items():
        into = Carried(styles.get(column))
        shared = _shared_by_all(found[column], masters, data)
        formulas = dict.fromkeys(range(data.top, data.bottom + 1), shared)
        if shared is None:
            formulas = _explicit(found[column], masters)
        typed = [cell for cell in found[column] if formulas[cell.row] is None]
        default = shared if shared is not None else _default(formulas, data, calculated)
        if default is not None:
            into.formula = extent.of_inner_formula(default)
            into.like = next((cell for cell in found[column] if formulas[cell.row] is not None), None)
            into.array = bool(into.like and into.like.formula and b't="array"' in into.like.formula[0])
            if relative(default) and not into.array:
                into.share, next_share = next_share, next_share + 1
        for cell in typed if default is not None else found[column]:
            formula = formulas[cell.row]
            if cell.row in pairs:
                new = pairs[cell.row]
                there = None if formula is None else moved(extent.of_inner_formula(formula), new - cell.row)
                into.by_row[new] = (cell, there)
            else:
                shown = cell.value(strings) if formula is None else f"={formula}"
                lost.append(Lost(names.get(cell.row, ""), header, shown))
        result[column] = into
    return result, lost


def _default(formulas: Mapping[int, str | None], data: Area, calculated: str | None) -> str | None:
    """The formula of the whole column as its first data row has it: declared, or the same in every row."""
    there = {row: formula for row, formula in formulas.items() if formula is not None}
    if calculated is not None:
        first = min(there, default=data.top)
        return moved(there.get(first, calculated), data.top - first)
    if len(there) < data.rows:
        return None
    texts = set(there.values())
    if len(texts) > 1 or relative(there[data.top]):
        texts = {moved(formula, data.top - row) for row, formula in there.items()}
    return texts.pop() if len(texts) == 1 else None


def _shared_by_all(cells: list[Cell], masters: Mapping[bytes, tuple[str, Cell]], data: Area) -> str | None:
    """The formula of the first data row when all rows share one: no need to write out each, nor to compare them."""
    if not masters or len(cells) < data.rows:
        return None
    groups = {_share(cell) for cell in cells}
    text, master = masters.get(groups.pop(), ("", cells[0])) if len(groups) == 1 else ("", cells[0])
    return moved(text, data.top - master.row) if text and master.column == cells[0].column else None


def _share(cell: Cell) -> bytes:
    found = _SHARE.search(cell.inner) if b't="shared"' in cell.inner else None
    return found[1] if found else b""
