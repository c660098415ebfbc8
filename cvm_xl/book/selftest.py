"""The self-test: every function's example as a formula, beside its declared value and whether the two agree.

Nothing is computed beforehand: until a program with the add-in has calculated the sheet, results are empty and the
verdicts say so. A value put there by us would pass off as a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import style
from cvm_xl.book.schema import Column
from cvm_xl.book.sheets import FIRST, HEADER, Draft, add_sheet, page
from cvm_xl.catalogue import Function
from cvm_xl.describe import example_formula, to_json
from cvm_xl.errors import EXCEL_ERRORS

__all__ = ["NAME", "TOLERANCE", "draw"]

NAME = "Selftest"
TOLERANCE = "0.000001"
"""Relative above 1, absolute below; as formulas spell it."""
NOTHING: Any = ""  # XlsxWriter declares the values of formulas as numbers and takes texts and errors, too
PENDING: Any = "not calculated"
VERDICT = '"TRUE";;"FALSE"'  # LibreOffice shows what an array formula says as 1 and 0
LONGEST = 8192  # characters of a formula in Excel

RESULT = 3
"""The column in which results begin; the declared values stand to their right."""


def draw(draft: Draft, functions: Mapping[str, Function]) -> None:
    """The sheet: one block of rows per function."""
    text = (
        "Each example of the catalogue, calculated here and compared with its declared value. #NAME? everywhere: the "
    )
    sheet = add_sheet(draft, NAME, "guide", "Does the add-in calculate as it should?", text + "add-in is not loaded.")
    grids = {name: _grid(function.example.gives) for name, function in functions.items()}
    declared = RESULT + max((len(grid[0]) for grid in grids.values()), default=1) + 1
    for col, width in enumerate((24, 15, 46)):
        sheet.set_column(col, col, width)
    sheet.set_column(RESULT, declared - 2, 14)
    sheet.set_column(declared - 1, declared - 1, 2)
    sheet.set_column(declared, 2 * declared - RESULT - 2, 14)
    head = draft.paint(**style.header(Column("", "text", ""), "output"))
    headers = {0: "Function", 1: "Agrees", 2: "Example", RESULT: "Result", declared: "Declared"}
    for col in range(2 * declared - RESULT - 1):
        sheet.write(HEADER, col, headers.get(col), head)
    sheet.set_row(HEADER, 20)
    row, agree = FIRST, list[str]()
    for name, function in functions.items():
        agree.append(_block(draft, sheet, row, declared, name, example_formula(function), grids[name]))
        row += len(grids[name]) + 1
    framed = draft.paint(bold=True, align="center", border=1, border_color=style.INK)
    sheet.write(2, 0, "All agree", draft.paint(bold=True, indent=1))
    sheet.write_formula(2, 1, f"=SUMPRODUCT(--(B{FIRST + 1}:B{row}=TRUE))={len(agree)}", framed, PENDING)
    book = draft.book
    for verdict, colour in (("$B3", style.ACCENT), ("NOT($B3)", style.BAD)):
        look = book.add_format({"bg_color": colour, "font_color": "#FFFFFF", "bold": True})
        rule = {"type": "formula", "criteria": f"=IF(OR(ISTEXT($B3),ISBLANK($B3)),FALSE,{verdict})", "format": look}
        sheet.conditional_format(2, 1, row, 1, rule)
    sheet.set_row(2, 20)
    sheet.freeze_panes(FIRST, 1)
    page(sheet)


def _block(
    draft: Draft, sheet: Worksheet, row: int, declared: int, name: str, formula: str, grid: list[list[Any]]
) -> str:
    """One function; gives the address of the cell that says whether it agrees."""
    if len(formula) > LONGEST:
        raise ValueError(f"the example of {name} is too long for a formula; shorten it")
    top = {"valign": "top"}
    sheet.write_string(row, 0, name, draft.paint(bold=True, indent=1, **top))
    sheet.write_string(row, 2, formula, draft.paint(font_color=style.GREY, indent=1, **top))
    last, width = row + len(grid) - 1, len(grid[0])
    cells = draft.paint(**top)
    if last == row and width == 1:
        sheet.write_formula(row, RESULT, formula, cells, NOTHING)
    else:
        # An array formula over exactly the declared cells: it works where there are no dynamic arrays, too.
        sheet.write_array_formula(row, RESULT, last, RESULT + width - 1, f"{{{formula}}}", cells, NOTHING)
        for i in range(len(grid)):
            for j in range(width):
                if i or j:
                    sheet.write_blank(row + i, RESULT + j, None, cells)
    for i, values in enumerate(grid):
        for j, value in enumerate(values):
            _declare(sheet, row + i, declared + j, value, cells)
    result = xl_range(row, RESULT, last, RESULT + width - 1)
    wanted = xl_range(row, declared, last, declared + width - 1)
    cell = xl_rowcol_to_cell(row, 1)
    sheet.write_array_formula(
        row, 1, row, 1, _agrees(result, wanted), draft.paint(align="center", num_format=VERDICT, **top), PENDING
    )
    return cell


def _declare(sheet: Worksheet, row: int, col: int, value: Any, look: Any) -> None:
    if value in EXCEL_ERRORS:
        error: Any = value
        sheet.write_formula(row, col, f"={value}", look, error)
    elif isinstance(value, str):
        sheet.write_string(row, col, value, look)
    else:
        sheet.write(row, col, value, look)


def _agrees(result: str, wanted: str) -> str:
    """A formula that is TRUE when every cell agrees: numbers within the tolerance, errors of one kind, texts alike.

    A blank cell of the result arrives as an empty text, or as 0 where the host knows no blank results.
    """
    number = f"IFERROR(ABS({result}-{wanted})<={TOLERANCE}*(1+ABS({wanted})),FALSE)*ISNUMBER({result})"
    error = f"IFERROR(ERROR.TYPE({result})=ERROR.TYPE({wanted}),FALSE)"
    empty = f'IFERROR(({result}&""="")+({result}&""="0")>0,FALSE)'
    # LibreOffice compares the texts of an add-in's table only once they have been joined to something.
    text = f'IFERROR({result}&""={wanted}&"",FALSE)'
    kinds = f'IF(ISERROR({wanted}),{error},IF(ISNUMBER({wanted}),{number},IF({wanted}="",{empty},{text})))'
    return f"{{=AND({kinds})}}"


def _grid(value: Any) -> list[list[Any]]:
    """A declared value as rows of cells."""
    cells = to_json(value)
    if not isinstance(cells, list):
        return [[cells]]
    return [row if isinstance(row, list) else [row] for row in cells]
