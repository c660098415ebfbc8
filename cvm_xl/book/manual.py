"""The Help sheet: every function of the catalogue in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cvm_xl.book import style
from cvm_xl.book.schema import Column
from cvm_xl.book.sheets import FIRST, HEADER, UNITS, Draft, add_sheet, page
from cvm_xl.catalogue import Function
from cvm_xl.describe import example_formula, signature, to_json

__all__ = ["NAME", "TABLE", "draw"]

NAME = "Help"
TABLE = "Functions"

COLUMNS = (
    ("Function", 24),
    ("Family", 10),
    ("What it gives", 48),
    ("As typed", 48),
    ("Example", 40),
    ("Its first figure", 16),
    ("Source", 34),
)
LIVE = 5
SWITCH = "$B$3"
"""Until it is TRUE no example is calculated: a workbook opens without waiting for 80 functions, or for the add-in."""
SHOWN = '"TRUE";"TRUE";"FALSE"'  # LibreOffice shows a truth value as 1 or 0
WITHOUT = "needs the add-in"


def draw(draft: Draft, functions: Mapping[str, Function]) -> None:
    """The sheet, one row per function in the order of the catalogue."""
    text = "Formulas need the add-in. On the command line: cvm-xl help CVM_TIER explains every argument."
    sheet = add_sheet(draft, NAME, "guide", "Functions for your own formulas", text)
    sheet.write_string(UNITS, 0, "Calculate examples", draft.paint(bold=True, indent=1))
    flag = Column("Calculate examples", "flag", "TRUE: each example is calculated by the add-in, in its row")
    look = style.cell(flag, "input", draft.decimals) | {"num_format": SHOWN}
    sheet.write_boolean(UNITS, 1, False, draft.paint(**look))
    sheet.data_validation(UNITS, 1, UNITS, 1, {"validate": "list", "source": ["TRUE", "FALSE"]})
    sheet.write_string(UNITS, 2, f"{flag.help}. FALSE: what they should give.", draft.paint(font_color=style.GREY))
    plain = Column("", "text", "", width=40)
    look = style.cell(plain, "output", draft.decimals) | {"valign": "top", "text_wrap": True}
    figures = draft.paint(**look | {"align": "right", "num_format": "General", "text_wrap": False})
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
            "",
            function.source,
        )
        for col, value in enumerate(shown):
            if col != LIVE:
                sheet.write_string(row, col, value, name if col == 0 else cells)
        formula, figure = _live(function)
        sheet.write_array_formula(row, LIVE, row, LIVE, formula, figures, figure)
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


def _live(function: Function) -> tuple[str, Any]:
    """The example's first figure as a formula, and what it should be.

    An array formula, so that Excel does not cut the function's result to one cell before INDEX sees it.
    """
    given = to_json(function.example.gives)
    rows = [row if isinstance(row, list) else [row] for row in given] if isinstance(given, list) else [[given]]
    spots = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    numbers = [(i, j) for i, j in spots if isinstance(rows[i][j], int | float) and not isinstance(rows[i][j], bool)]
    i, j = next((spot for spot in numbers if rows[spot[0]][spot[1]]), spots[-1])
    call = example_formula(function).removeprefix("=")
    at = f"INDEX({call},{i + 1},{j + 1})" if isinstance(given, list) else call
    figure = rows[i][j]
    shown = f'"{figure}"' if isinstance(figure, str) else f"{figure:.15g}"
    return f'{{=IF({SWITCH},IFERROR({at},"{WITHOUT}"),{shown})}}', figure
