"""New sheets: a title, a line of help, and an empty styled Excel table below, as every table of the schema looks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import style, titles
from cvm_xl.book.schema import SETTINGS, Column, Setting, Table
from cvm_xl.book.validation import hint, rule, setting_rule
from cvm_xl.figures import rounded

__all__ = [
    "FIRST",
    "HEADER",
    "LAST",
    "POOLS",
    "Draft",
    "add_sheet",
    "columns_of",
    "page",
    "place",
    "say",
    "title",
    "write_sheet",
    "write_table",
]

# Rows, counted from 0: title in A1, help in A2, units in small print, header in row 4, data from row 5.
TITLE, HELP, UNITS, HEADER, FIRST = range(5)
LAST = 1_048_575
LETTERS = 100  # of a meaning of Settings on one line
MARGIN_LEFT = "&8&K6E7781"

POOLS: tuple[tuple[str, str, str], ...] = (
    ("Picking", "line", "lines"),
    ("Delivery", "order", "orders"),
    ("Customer service", "customer", "equal"),
    ("Selling", "customer", "net revenue"),
    ("Returns", "line", "returns"),
)
"""Pools that nearly every company has, to start from: name, level, driver."""

SPREAD_HELP = dict.fromkeys(("SegmentPnL", "PocketCustomers", "ScenarioPnL"), "Cost of this pool, negative") | {
    "ResponseCurves": "Worth of this unit's response",
    "Transitions": "Share that moves there in a year",
}
"""What is said of the columns that a table is spread over."""

WARNINGS = {
    ("Checks", "Status"): ("look here",),
    ("PriceBands", "Verdict"): ("No band", "Below", "Too dear"),
    ("WhatIfBands", "Verdict"): ("No band", "Below", "Too dear"),
}
"""Verdicts that are to catch the eye, by how they begin."""

CURRENCY_OF_SETTINGS = "money in the currency named in Settings"


@dataclass(frozen=True)
class Draft:
    """A workbook being written, and what its sheets have in common.

    `lists` names the tables whose keys can be offered in drop-downs; `places` says where the data of a column
    stands, by table and header. `lookups` are those of `titles`: where there are any, titles and units are formulas.
    """

    book: Workbook
    paint: style.Paint
    currency: str
    decimals: int
    company: str
    spread: Mapping[str, Sequence[str]]
    lists: Collection[str]
    places: Mapping[tuple[str, str], str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    lookups: Mapping[str, str] = field(default_factory=dict)


def columns_of(table: Table, spread: Mapping[str, Sequence[str]] | None = None) -> tuple[Column, ...]:
    """The columns of a new table: those of the schema; before the last one, and of its kind, what it is spread over."""
    last = table.columns[-1]
    given = (spread or {}).get(table.name, ())
    said = SPREAD_HELP.get(table.name, "Of this segment")
    return (*table.columns[:-1], *(Column(name, last.kind, said, width=17) for name in given), last)


def title(table: Table, currency: str, company: str = "") -> str:
    """What stands in A1: what the sheet shows, for whom, in which unit."""
    named = {"SegmentPnL": "Segment P&L", "ScenarioPnL": "Scenario P&L", "WhaleStats": "The whale in figures"}
    name = named.get(table.name) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", table.name).capitalize()
    if not any(column.kind == "money" for column in table):
        money = ""
    else:
        money = CURRENCY_OF_SETTINGS if table.role == "input" else currency
    return ", ".join(part for part in (name, company if table.role == "output" else "", money) if part)


def place(table: Table, row: int = HEADER, col: int = 0) -> dict[tuple[str, str], str]:
    """Where the one empty row of each column of a new table stands, as charts refer to it."""
    spots: dict[tuple[str, str], str] = {}
    for i, column in enumerate(table):
        cell = xl_rowcol_to_cell(row + 1, col + i, row_abs=True, col_abs=True)
        spots[table.name, column.header] = f"={quote_sheetname(table.sheet)}!{cell}:{cell}"
    return spots


def say(draft: Draft, sheet: Worksheet, row: int, col: int, text: str, look: Format) -> None:
    """Write a text that may have `titles.COMPANY` and `titles.CURRENCY` in it."""
    shown = titles.plain(text, draft.company, draft.currency)
    if draft.lookups and shown != text:
        sheet.write_formula(row, col, titles.formula(text, draft.lookups), look, shown)  # pyright: ignore[reportArgumentType]
    elif shown:
        sheet.write_string(row, col, shown, look)
    else:
        sheet.write_blank(row, col, None, look)


# --- one sheet ---------------------------------------------------------------------------------------------------


def add_sheet(draft: Draft, name: str, kind: str, heading: str, text: str) -> Worksheet:
    """A sheet with its title and its line of help; the kind is "input", "output" or "guide"."""
    sheet = draft.book.add_worksheet(name)
    sheet.set_tab_color(style.TAB[kind])
    sheet.hide_gridlines(2)
    plain = draft.paint()
    for row in (TITLE, HELP, UNITS):  # rows of their own: the columns of inputs are tinted all the way down
        sheet.set_row(row, (26, 16, 15)[row], plain)
    say(draft, sheet, TITLE, 0, heading, draft.paint(bold=True, font_size=15, indent=1))
    sheet.write_string(HELP, 0, text, draft.paint(font_color=style.GREY, indent=1))
    return sheet


def page(sheet: Worksheet, *, header: int | None = HEADER, tall: int = 0) -> None:
    """Printing: A4 landscape, one page wide, the header on each page, page numbers."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, tall)
    sheet.set_footer(f"&L{MARGIN_LEFT}&F, &A&R{MARGIN_LEFT}&P of &N")
    if header is not None:
        sheet.repeat_rows(header)


def write_sheet(draft: Draft, table: Table) -> None:
    """The sheet of one table."""
    columns = columns_of(table, draft.spread)
    heading = title(table, titles.CURRENCY, titles.COMPANY)
    sheet = add_sheet(draft, table.sheet, table.role, heading, table.help)
    for i, column in enumerate(columns):
        look = style.cell(column, table.role, draft.decimals)
        tinted = table.role == "input" and table.name != "Settings"  # Settings has a fixed set of rows
        sheet.set_column(i, i, column.width, draft.paint(**look) if tinted else None)
    write_table(draft, sheet, table, HEADER, 0)
    if table.name == "Settings":
        _settings(draft, sheet)
    sheet.freeze_panes(FIRST, _frozen(table))
    sheet.set_selection(FIRST, 1 if table.name == "Settings" else 0, FIRST, 1 if table.name == "Settings" else 0)
    page(sheet)


def shown_by(draft: Draft, sheet: Worksheet, col: int, rules: Iterable[tuple[str, str]]) -> None:
    """Number formats of a column whose values differ in kind from row to row: conditions, and the format of each."""
    for criteria, shown in rules:
        look = draft.book.add_format({"num_format": shown})
        rule = {"type": "formula", "criteria": f"={criteria}", "format": look, "stop_if_true": True}
        sheet.conditional_format(FIRST, col, LAST, col, rule)


def _warned(draft: Draft, sheet: Worksheet, row: int, col: int, words: Sequence[str]) -> None:
    """Verdicts that begin with these words in the colour of warnings, and bold: colour alone is not seen by all."""
    look = draft.book.add_format({"font_color": style.BAD, "bold": True})
    rule = {"type": "formula", "criteria": f"={style.warning(words, xl_rowcol_to_cell(row, col))}", "format": look}
    sheet.conditional_format(row, col, LAST, col, rule)


def _frozen(table: Table) -> int:
    """Columns that stay in sight: those up to the key, where the table is wide and the key stands in front."""
    names = [column.name for column in table]
    last = max((names.index(key) + 1 for key in table.key), default=0)
    return last if len(names) > 6 and last <= 2 else 0


def write_table(
    draft: Draft, sheet: Worksheet, table: Table, row: int, col: int, *, rows: Sequence[Sequence[Any]] = (), **more: Any
) -> None:
    """One table with its header in `row` and its units above; without `rows` it has one empty row."""
    columns = columns_of(table, draft.spread)
    rows = rows or _given(table) or [[None] * len(columns)]
    small = draft.paint(font_size=8, font_color=style.GREY, valign="bottom", align="left", indent=1)
    right = draft.paint(font_size=8, font_color=style.GREY, valign="bottom", align="right")
    heads: list[dict[str, Any]] = []
    for i, column in enumerate(columns):
        role = _role(table, column)
        look = style.cell(column, role, draft.decimals)
        said = style.unit(column, role, titles.CURRENCY)
        say(draft, sheet, row - 1, col + i, said, right if look["align"] == "right" else small)
        heads.append({"header": column.header, "header_format": draft.paint(**style.header(column, role))})
        if column.formula:
            heads[-1] |= {"formula": column.formula, "format": draft.paint(**look)}
        for j, cells in enumerate(rows):
            sheet.write(row + 1 + j, col + i, cells[i], draft.paint(**look))
        sheet.data_validation(row, col + i, row, col + i, hint(column))
        words = WARNINGS.get((table.name, column.header))
        if words:
            _warned(draft, sheet, row + 1, col + i, words)
        if table.role == "input" or column.typed:
            _rules(sheet, table, column, draft.lists, row + 1, col + i)
    # Two lines of text, or one above the button that filters.
    sheet.set_row(row, 32 if more.get("autofilter", True) else 20)
    options = {"name": table.name, "columns": heads, "style": None} | more
    if sheet.add_table(row, col, row + len(rows), col + len(columns) - 1, options):
        raise ValueError(f"the table {table.name} cannot be written; are two of its columns named alike?")


def _role(table: Table, column: Column) -> str:
    """Whether a column is typed into; of Settings only the values are."""
    if column.typed:
        return "input"
    return table.role if table.name != "Settings" or column.name == "value" else "output"


def _rules(sheet: Worksheet, table: Table, column: Column, lists: Collection[str], row: int, col: int) -> None:
    accepted = rule(column, lists)
    if accepted:
        sheet.data_validation(row, col, LAST, col, accepted)
    if column.kind == "id" and table.name != "Settings":  # codes of digits are text on purpose
        first, last = xl_rowcol_to_cell(row, col), xl_rowcol_to_cell(LAST, col)
        ignored = sheet.ignored_errors or {}
        known = f"{ignored['number_stored_as_text']} " if ignored else ""
        sheet.ignore_errors({"number_stored_as_text": f"{known}{first}:{last}"})


def _given(table: Table) -> list[list[Any]]:
    """Rows that a new table starts with."""
    if table.name == "Settings":
        return [[setting.name, None, _meaning(setting)] for setting in SETTINGS]
    if table.name == "CostPools":
        return [[None, pool, None, level, driver, *[None] * (len(table.columns) - 5)] for pool, level, driver in POOLS]
    return []


def _meaning(setting: Setting) -> str:
    if setting.default is None:
        return setting.help
    default = rounded(setting.default, 6) if isinstance(setting.default, float | int) else setting.default
    if setting.kind == "share":
        default = f"{setting.default:.0%}"
    return f"{setting.help}. Default: {default}"


def _settings(draft: Draft, sheet: Worksheet) -> None:
    """Each setting's value with the format and the rule of its own kind; names and meanings are not typed."""
    label = style.cell(Column("", "text", ""), "output", draft.decimals)
    for i, setting in enumerate(SETTINGS):
        row = FIRST + i
        look = style.cell(Column("", setting.kind, ""), "input", draft.decimals)
        look |= {"align": "left", "indent": 1}
        meaning = _meaning(setting)
        default = draft.currency if setting.name == "Currency" else setting.default
        default = draft.decimals if setting.name == "Decimals" else default
        default = draft.company or None if setting.name == "Company" else default
        default = draft.settings.get(setting.name, default)
        sheet.write(row, 0, setting.name, draft.paint(**label))
        sheet.write(row, 1, default, draft.paint(**look))
        sheet.write(row, 2, meaning, draft.paint(**label | {"font_color": style.GREY, "text_wrap": True}))
        if len(meaning) > LETTERS:
            sheet.set_row(row, 28)
        accepted = setting_rule(setting)
        if accepted:
            sheet.data_validation(row, 1, row, 1, accepted)
