"""Tables: database ranges of LibreOffice, which is how it keeps Excel's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.hosts.calc.engine.collection import Collected
from cvm_xl.hosts.calc.engine.unsupported import Unsupported, sealed

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.app import Book
    from cvm_xl.hosts.calc.engine.sheet import Range, Sheet

__all__ = ["Table", "Tables", "structured"]

_STRUCTURED = re.compile(r"(\w+)(?:\[\s*(?:#(All|Data|Headers|Totals)|([^\[\]#]+))?\s*\])?")
_STYLE = "TableStyleMedium2"  # what xlwings asks for when nobody does
_HIDDEN = "__Anonymous_Sheet_DB__"  # a sheet's own filter


@sealed("Tables")
class Tables(Collected, base_classes.Tables):
    """The tables of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @property
    def api(self) -> Any:
        return self._sheet.book.api.DatabaseRanges

    @property
    def parent(self) -> Sheet:
        return self._sheet

    def __iter__(self) -> Iterator[Table]:
        number = self._sheet.index - 1
        ranges, known = self.api, self._sheet.book.database_ranges
        for name in ranges.ElementNames:
            if name.startswith(_HIDDEN):
                continue
            if name not in known:
                known[name] = ranges.getByName(name)
            if known[name].DataArea.Sheet == number:
                yield Table(self._sheet, known[name])

    def add(
        self,
        source_type: Any = None,
        source: Any = None,
        link_source: Any = None,
        has_headers: bool = True,
        destination: Any = None,
        table_style_name: str | None = None,
        name: str | None = None,
    ) -> Table:
        if table_style_name not in (None, _STYLE):
            raise Unsupported("Tables.add has no styles in LibreOffice Calc: format the cells")
        if any(value is not None for value in (source_type, link_source, destination)):
            raise Unsupported("Tables.add makes tables of ranges alone in LibreOffice Calc")
        if not has_headers:
            raise Unsupported("Tables.add needs a row of headers in LibreOffice Calc")
        taken = {known.lower() for known in self.api.ElementNames}
        free = next(f"Table{i}" for i in range(1, len(taken) + 2) if f"table{i}" not in taken)
        if name and name.lower() in taken:
            raise ValueError(f"there is a table {name} already")
        area = source.impl.api.RangeAddress
        self.api.addNewByName(name or free, area)
        table = self(name or free)
        table.api.ContainsHeader = True
        table.api.AutoFilter = True
        return table


@sealed("Table")
class Table(base_classes.Table):
    """A table with a row of headers."""

    parent: Sheet

    def __init__(self, sheet: Sheet, table: Any) -> None:
        self.parent = sheet
        self._table = table

    @property
    def api(self) -> Any:
        return self._table

    @property
    def name(self) -> str:
        return self._table.Name

    @name.setter
    def name(self, value: str) -> None:
        self._table.Name = value
        self.parent.book.database_ranges.clear()

    display_name = name

    @property
    def range(self) -> Range:
        area = self._table.DataArea
        return self.parent.range((area.StartRow + 1, area.StartColumn + 1), (area.EndRow + 1, area.EndColumn + 1))

    @property
    def show_headers(self) -> bool:
        return self._table.ContainsHeader

    @property
    def show_totals(self) -> bool:
        return bool(self._table.TotalsRow)

    @property
    def header_row_range(self) -> Range | None:
        return self._rows(0, 1) if self.show_headers else None

    @property
    def totals_row_range(self) -> Range | None:
        return self._rows(self.range.shape[0] - 1, 1) if self.show_totals else None

    @property
    def data_body_range(self) -> Range | None:
        first = int(self.show_headers)
        count = self.range.shape[0] - first - int(self.show_totals)
        return self._rows(first, count) if count > 0 else None

    def _rows(self, first: int, count: int) -> Range:
        row, column, _, columns = self.range.coords
        return self.parent.range((row + first, column, count, columns))

    @property
    def show_autofilter(self) -> bool:
        return self._table.AutoFilter

    @show_autofilter.setter
    def show_autofilter(self, value: bool) -> None:
        self._table.AutoFilter = value

    @property
    def insert_row_range(self) -> None:
        """LibreOffice has none."""
        return None

    def resize(self, range: Any) -> None:
        self._table.setDataArea(range.impl.api.RangeAddress)


def structured(book: Book, text: str) -> Range | None:
    """The cells of Sales, Sales[Amount], Sales[#All] ...; None where that is no table."""
    found = _STRUCTURED.fullmatch(text)
    if not found:
        return None
    ranges = book.api.DatabaseRanges
    name = next((known for known in ranges.ElementNames if known.lower() == found[1].lower()), None)
    if name is None:
        return None
    raw = ranges.getByName(name)
    table = Table(book.sheets(raw.DataArea.Sheet + 1), raw)
    part, header = (found[2] or "").title(), found[3]
    if header is None:
        ranges_ = {"All": table.range, "Headers": table.header_row_range, "Totals": table.totals_row_range}
        return ranges_.get(part, table.data_body_range)
    heads = table.header_row_range
    body = table.data_body_range
    if heads is None or body is None:
        return None
    texts = [str(cell).lower() for cell in heads.raw_value[0]]
    if header.strip().lower() not in texts:
        return None
    column = heads.column + texts.index(header.strip().lower())
    return table.parent.range((body.row, column, body.shape[0], 1))
