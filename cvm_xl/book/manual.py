"""The Help sheet: every function of the catalogue in one table."""

from __future__ import annotations

from collections.abc import Mapping

from cvm_xl.book import style
from cvm_xl.book.schema import Column
from cvm_xl.book.sheets import FIRST, HEADER, Draft, add_sheet, page
from cvm_xl.catalogue import Function
from cvm_xl.describe import example_formula, signature

__all__ = ["NAME", "TABLE", "draw"]

NAME = "Help"
TABLE = "Functions"

COLUMNS = (("Function", 24), ("Family", 10), ("What it gives", 48), ("As typed", 48), ("Example", 40), ("Source", 34))


def draw(draft: Draft, functions: Mapping[str, Function]) -> None:
    """The sheet, one row per function in the order of the catalogue."""
    text = "Formulas need the add-in. On the command line: cvm-xl help CVM_TIER explains every argument."
    sheet = add_sheet(draft, NAME, "guide", "Functions for your own formulas", text)
    plain = Column("", "text", "", width=40)
    look = style.cell(plain, "output", draft.decimals) | {"valign": "top", "text_wrap": True}
    cells, name = draft.paint(**look), draft.paint(**look | {"bold": True})
    for col, (_, width) in enumerate(COLUMNS):
        sheet.set_column(col, col, width)
    row = FIRST
    for function in functions.values():
        shown = (
            function.name,
            function.family,
            function.summary,
            signature(function),
            example_formula(function),
            function.source,
        )
        for col, value in enumerate(shown):
            sheet.write_string(row, col, value, name if col == 0 else cells)
        # Programs differ in whether they fit rows to wrapped text by themselves.
        lines = max(-(-len(value) * 10 // (width * 8)) for value, (_, width) in zip(shown, COLUMNS, strict=True))
        sheet.set_row(row, max(15, 13 * lines + 2))
        row += 1
    sheet.set_row(HEADER, 32)
    head = draft.paint(**style.header(plain, "output"))
    heads = [{"header": header, "header_format": head} for header, _ in COLUMNS]
    options = {"name": TABLE, "columns": heads, "style": None}
    sheet.add_table(HEADER, 0, max(row - 1, FIRST), len(COLUMNS) - 1, options)
    sheet.freeze_panes(FIRST, 1)
    page(sheet)
