"""The Start sheet: what to do, in a few lines, and how far one is.

The state is formulas over the tables. A refresh or an import stores what they give, so that it is right in programs
that do not calculate when they open a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import style
from cvm_xl.book.addresses import LAST_ROW, letters
from cvm_xl.book.cells_xml import escaped
from cvm_xl.book.package import Package
from cvm_xl.book.parts import sheets
from cvm_xl.book.schema import Column, Table
from cvm_xl.book.sheetdata import Cell, Rows, split_sheet
from cvm_xl.book.sheets import Draft, add_sheet, page

__all__ = ["NAME", "counted", "draw", "follow_tables"]

NAME = "Start"
FIRST_TABLES = ("Sales", "CostPools", "Customers", "Segments", "Products")
"""What the first answers need, in the order in which to fill them."""
NO_MORE = "; refresh after each change"
STATE = 2  # row
ROWS = '[=1]0" row";[=0]"empty";#,##0" rows"'

HEADING = "Customer value management"
TEXT = "Which customers, segments and prices earn money, and what customers will be worth."
STEPS = (
    ("Fill Sales", "One row per invoice line. Paste it, or run: cvm-xl import book.xlsx --table Sales FILE"),
    ("Fill CostPools", "What it costs to serve, from your ledger. Give each pool its amount; delete pools you lack."),
    ("Look at Settings", "Currency, period, tiers. What is there already works for most."),
    ("Check", "cvm-xl check book.xlsx names every problem with its row and its remedy."),
    ("Refresh", "cvm-xl refresh book.xlsx writes the results. Repeat it whenever a table has changed."),
)
RESULTS = (
    ("Dashboard", "The figures to know first, and four charts"),
    ("Tiers, Whale", "Profit of each customer after cost to serve; who carries and who eats it"),
    ("SegmentPnL", "Profit and loss by segment, product, channel, and whatever Settings name: P&L by"),
    ("Bridge, Migration", "Two periods compared, when Settings name them: Compare"),
    ("PocketPrice, PocketCustomers, PocketOutliers", "From list to pocket, when a cost pool has the layer pocket"),
    ("ScenarioPnL", "What if, when Scenarios is filled"),
    ("Matrix, Portfolio, WhaleStats, Holdout, Cohorts", "When Settings name them: Further tables"),
    ("Trace", "Figures traced back to the ledger, when Settings name them: Trace"),
    ("PriceBands, PricePlan", "Prices good for both sides, between full cost and perceived value; the next round"),
    ("ValueEvidence", "What each value driver adds, how we know it, and which to look at again first"),
    ("AcceptanceCurve, TargetEffects", "What all targets at once would bring and risk, when Offers tell"),
    ("TalkFirst, CustomerBands", "Customers to talk to first and their own prices, when Settings ask: Customer bands"),
    ("CostPlusGap, Elasticity, WhatIf", "When Settings ask: Markup, Elasticity by, What if (bands to recalculate)"),
    ("ValueMap, Position", "Against rivals, when Attributes is filled"),
    ("PricePoints, BuyCurve, PartWorths", "When PriceSurvey, PriceTests or Choices is filled"),
    ("ChoiceShares", "Shares of the offers in Profiles, from Choices"),
    ("Lifetime", "What each customer is expected to buy and to be worth"),
    ("Decisions, Adjustments, Actions", "Whom to invest in, keep, adjust or leave to others, why, and how"),
    ("PotentialBySegment", "Value now against potential: who could stay, buy what peers buy, order more"),
    (
        "Potential, WhiteSpace",
        "The same by customer, and the products to propose, when Settings name them: Further tables",
    ),
    ("LookAlikes", "Prospects most like the best customers, when Settings name attributes: Look-alike by"),
    ("Alerts", "Thresholds of Settings that are crossed, and what changed since the last refresh"),
    ("Cycle, Readiness", "What is filled and what to do next; the weakest link, when Capabilities is filled"),
    ("Investment", "Where the budget brings most, today's plan beside it, when Budgets is filled"),
    ("Satisfaction, Dissatisfied", "Who stays and why, from Surveys; whom to call first"),
    ("Lifecycle", "Winning, keeping and equity, when Sources, SegmentRates or Switching is filled"),
    ("Loyalty, ContactList, WinBack", "When LoyaltyTiers, Contacts, SegmentRates, Complaints or Referrals is filled"),
    ("TouchPointValue", "When TouchPoints has potentials, or ChannelFit or Initiatives is filled"),
    ("Expansion, Transitions, ChannelCosts", "When Settings name them: Further tables"),
    ("Checks", "What must agree, to the cent"),
)


def draw(draft: Draft, inputs: Sequence[Table]) -> None:
    """The sheet; `inputs` are the tables to fill that the workbook has."""
    sheet = add_sheet(draft, NAME, "guide", HEADING, TEXT)
    for col, width in enumerate((5, 28, 13, 96)):
        sheet.set_column(col, col, width)
    row = _headed(draft, sheet, 3, "What to do")
    for i, (name, text) in enumerate(STEPS, start=1):
        sheet.write(row, 0, i, draft.paint(align="center", bold=True, font_color=style.ACCENT))
        sheet.write(row, 1, name, draft.paint(bold=True))
        sheet.write(row, 3, text, draft.paint())
        row += 1
    row = _headed(draft, sheet, row + 1, "Tables to fill, in this order", "Rows")
    link = draft.paint(font_color=style.ACCENT, underline=1)
    number = draft.paint(num_format=ROWS, align="right", indent=1)
    cells: dict[str, str] = {}
    for table in inputs:
        if table.name != "Settings":
            sheet.write_formula(row, 2, _count(table), number, 0)
            cells[table.name] = xl_rowcol_to_cell(row, 2)
        sheet.write_url(row, 1, f"internal:{quote_sheetname(table.sheet)}!A5", link, table.name)
        needed = "Needed. " if table.required else ""
        sheet.write(row, 3, needed + table.help.split(". ")[0].rstrip(".") + ".", draft.paint())
        row += 1
    state = _state({name: cells[name] for name in FIRST_TABLES if name in cells})
    said: Any = _said({name: 0 for name in FIRST_TABLES if name in cells})
    sheet.write_formula(STATE, 0, state, draft.paint(bold=True, font_color=style.ACCENT, indent=1), said)
    row = _headed(draft, sheet, row + 1, "Sheets that a refresh writes")
    for name, text in RESULTS:
        sheet.write(row, 1, name, draft.paint())
        sheet.write(row, 3, text, draft.paint())
        row += 1
    row = _headed(draft, sheet, row + 1, "Colours")
    text = Column("", "text", "")
    needed, optional = Column("", "text", "", required=True), text
    legend = (
        ("Header", style.header(needed, "input"), "Column that must be filled"),
        ("Header", style.header(optional, "input"), "Column that may stay empty; select a header to read its help"),
        ("Blue", style.cell(text, "input", 2), "Yours to type"),
        ("Black", style.cell(text, "output", 2), "Computed: the next refresh writes it anew"),
        (
            "Warning",
            {"font_color": style.BAD, "bold": True},
            "Look here: a check that differs, a price below floor",
        ),
    )
    for sample, look, said in legend:
        sheet.write(row, 1, sample, draft.paint(**look | {"valign": "vcenter"}))
        sheet.write(row, 3, said, draft.paint())
        row += 1
    sheet.freeze_panes(STATE + 1, 0)
    page(sheet, header=None, tall=1)
    sheet.set_portrait()


def _headed(draft: Draft, sheet: Worksheet, row: int, text: str, beside: str = "") -> int:
    """A heading with a rule below it; gives the next row."""
    look = draft.paint(bold=True, font_size=11, bottom=1, bottom_color=style.INK)
    right = draft.paint(bottom=1, bottom_color=style.INK, font_color=style.GREY, align="right", indent=1)
    for col, said in enumerate((text, None, beside or None, None)):
        sheet.write(row, col, said, right if col == 2 else look)
    sheet.set_row(row, 20)
    return row + 1


def counted(table: Table) -> list[str]:
    """The columns by which filled rows are counted: the one that a filled row cannot lack, or all."""
    needed = [column.header for column in table if column.required]
    return needed[-1:] or [column.header for column in table]


def _count(table: Table) -> str:
    """How many rows of a table are filled."""
    counts = ",".join(f"COUNTA({table.name}[{header}])" for header in counted(table))
    return f"=IFERROR(MAX({counts}),0)"


def _state(cells: Mapping[str, str]) -> str:
    """The formula that says how many of the first tables are filled, and which is next."""
    if not cells:
        return '=""'
    filled = "+".join(f"({cell}>0)" for cell in cells.values())
    following = f'"{NO_MORE}"'
    for name, cell in reversed(list(cells.items())):
        following = f'IF({cell}=0,", next: {name}",{following})'
    return f'={filled}&" of {len(cells)} tables filled"&{following}'


def _said(counts: Mapping[str, int]) -> str:
    """What that formula gives."""
    if not counts:
        return ""
    following = next((f", next: {name}" for name, count in counts.items() if not count), NO_MORE)
    return f"{sum(map(bool, counts.values()))} of {len(counts)} tables filled{following}"


# --- after the tables changed ----------------------------------------------------------------------------------------

_COUNTED = re.compile(r"IFERROR\(MAX\(COUNTA\((\w+)\[")
_NEXT = re.compile(r"IF\(([A-Z]+\d+)=0,\", next: (\w+)\"")


def follow_tables(package: Package, rows: Mapping[str, int], outside: Mapping[str, int] | None = None) -> None:
    """Store what the formulas on Start give when these tables have so many rows; others stay as they are.

    To a formula that counts a table whose rows lie outside the workbook, their number is added.
    """
    outside = outside or {}
    sheet = next((one for one in sheets(package) if one.name == NAME), None)
    if sheet is None:
        return
    parted = split_sheet(package.part(sheet.part), sheet.part)
    counts: dict[str, int] = {}
    body = parted.body
    for cell in Rows(parted.body, NAME).cells(1, LAST_ROW, re.compile(b"<f")):
        found = _COUNTED.match(cell.formula[1]) if cell.formula else None
        if found:
            more = outside.get(found[1], 0)
            count = more or rows.get(found[1], _rows(cell))
            counts[f"{letters(cell.column)}{cell.row}"] = count
            body = _stored(body, cell, str(count), "", more)
    for cell in Rows(body, NAME).cells(1, STATE + 1, re.compile(b"<f")):
        named = _NEXT.findall(cell.formula[1]) if cell.formula else []
        if named:
            body = _stored(body, cell, _said({name: counts.get(at, 0) for at, name in named}), ' t="str"')
    if body != parted.body:
        package.put(sheet.part, parted.joined(parted.frame(sheet.part), [body]))


def _rows(cell: Cell) -> int:
    """What the cell was stored with; 0 where a program stored nothing, or an error."""
    found = re.search(rb"<v\b[^>]*>(\d+)", cell.inner)
    return int(found[1]) if found and cell.type == "n" else 0


def _stored(body: bytes, cell: Cell, value: str, kind: str, more: int = 0) -> bytes:
    """The rows with this value in a cell with a formula, to which `more` is added."""
    without = re.sub(rb"<v\b[^>]*?(?:/>|>.*?</v>)", b"", cell.inner, flags=re.DOTALL)
    without = re.sub(rb"(?:(?<=,0\))\+\d+)?</f>", f"+{more}</f>".encode() if more else b"</f>", without, count=1)
    inner = without + f"<v>{escaped(value)}</v>".encode()
    typed = Cell(cell.column, cell.row, re.sub(rb'\st="\w+"', b"", cell.attributes) + kind.encode(), inner)
    return body.replace(cell.xml(cell.column, cell.row).encode(), typed.xml(cell.column, cell.row).encode(), 1)
