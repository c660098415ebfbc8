"""The dashboard: headline figures, four native charts, and the small tables that three of them draw.

Charts name whole columns of tables, so that filling a table stretches them. Titles say what and in which unit, bars
carry labels instead of grid lines, one accent colour, vermilion for what is below zero.
"""

from __future__ import annotations

from xlsxwriter.chart import Chart
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import charts
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import (
    FIRST,
    HEADER,
    HELP,
    UNITS,
    Draft,
    add_sheet,
    page,
    place,
    say,
    shown_by,
    write_table,
)
from cvm_xl.book.titles import COMPANY, CURRENCY, plain

__all__ = ["COLUMNS", "NAME", "draw"]

NAME = table("Headlines").sheet

# The headlines stand left, two by two charts beside them; what the charts draw grows downwards to their right.
CHART_COLUMN, CHART_COLUMNS, WIDE, HIGH = 5, 8, 516, 395
AFTER = CHART_COLUMN + 2 * CHART_COLUMNS + 2
COLUMNS = {"Headlines": 0, "BySegment": AFTER, "ByTier": AFTER + 6, "ByOffer": AFTER + 12}
ROWS_A_CHART = 20
SEGMENTS, TIERS = "Contribution by segment", "Lifetime value of customers by tier"


def draw(draft: Draft) -> None:
    """The sheet with its tables and charts."""
    text = "Written by each refresh. The charts are native: restyle them as you like."
    sheet = add_sheet(draft, NAME, "output", f"Customer value, {COMPANY}, {CURRENCY}", text)
    for name, col in COLUMNS.items():
        one = table(name)
        for i, column in enumerate(one):
            sheet.set_column(col + i, col + i, column.width)
        write_table(draft, sheet, one, HEADER, col, autofilter=False)
    _value_formats(draft, sheet)
    sheet.set_column(CHART_COLUMN - 1, CHART_COLUMN - 1, 2)
    sheet.set_column(CHART_COLUMN, AFTER - 1, 8.57)  # 65 pixels
    for i, (said, chart) in enumerate(_charts(draft, sheet).items()):
        chart.set_size({"width": WIDE, "height": HIGH})
        row, col = HEADER + i // 2 * ROWS_A_CHART, CHART_COLUMN + i % 2 * CHART_COLUMNS
        charts.place(sheet, row, col, chart, said, x_offset=4 * (i % 2))
    sheet.set_zoom(85)
    page(sheet, header=None, tall=1)
    sheet.print_area(0, 0, HEADER + 2 * ROWS_A_CHART, AFTER - 2)


def spots() -> dict[tuple[str, str], str]:
    """Where the columns of the dashboard's own tables stand in a new sheet."""
    return {key: ref for name, col in COLUMNS.items() for key, ref in place(table(name), HEADER, col).items()}


def _value_formats(draft: Draft, sheet: Worksheet) -> None:
    """The headlines' values differ in kind from row to row: the unit beside them says how to show them."""
    value, unit = (xl_rowcol_to_cell(FIRST, col, col_abs=True) for col in (1, 2))
    money = xl_rowcol_to_cell(UNITS, _money("BySegment"), row_abs=True, col_abs=True)
    number = f"ISNUMBER({value})"
    rules = (
        (f'AND({number},OR({unit}="share",{unit}="%"))', "0.0%"),
        (f"AND({number},OR({unit}={money},{value}=INT({value})))", "#,##0"),
        (number, "#,##0.00"),
    )
    shown_by(draft, sheet, 1, rules)


def _money(name: str) -> int:
    """The sheet's column with the amounts of one of its tables."""
    return COLUMNS[name] + next(i for i, column in enumerate(table(name)) if column.kind == "money")


def _caption(draft: Draft, sheet: Worksheet, name: str, text: str) -> str:
    """The title of the chart of a table: where it follows Settings, the address of a caption above the table."""
    said = f"{text}, {CURRENCY}"
    if not draft.lookups:
        return plain(said, draft.company, draft.currency)
    say(draft, sheet, HELP, COLUMNS[name], said, draft.paint(bold=True, indent=1))
    return f"={quote_sheetname(NAME)}!{xl_rowcol_to_cell(HELP, COLUMNS[name], row_abs=True, col_abs=True)}"


def _charts(draft: Draft, sheet: Worksheet) -> dict[str, Chart]:
    """The charts by what they show."""
    at = draft.places
    whale = [at["Whale", name] for name in ("Customers share", "Cumulative share", "Peak")]
    segments, tiers = at["BySegment", "Segment"], at["ByTier", "Tier"]
    offers = [at["ByOffer", name] for name in ("Offer", "Floor", "Band", "Target", "Price today")]
    segment_title = _caption(draft, sheet, "BySegment", SEGMENTS)
    tier_title = _caption(draft, sheet, "ByTier", TIERS)
    curve, bands = (
        "Whale curve: cumulative profit, % of total",
        "Price bands, floor to ceiling, % of the next best alternative",
    )
    return {
        curve: charts.whale(draft, curve, *whale),
        SEGMENTS: charts.bars(draft, segment_title, "Contribution", segments, at["BySegment", "Contribution"]),
        bands: charts.bands(draft, bands, *offers),
        TIERS: charts.bars(draft, tier_title, "CLV", tiers, at["ByTier", "CLV"]),
    }
