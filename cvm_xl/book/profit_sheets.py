"""Sheets of profit that show a picture beside their table: bridge, migration, pocket price, scenarios, heat map."""

from __future__ import annotations

from collections.abc import Callable

from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import charts, style
from cvm_xl.book.schema import Table, table
from cvm_xl.book.sheets import (
    FIRST,
    HEADER,
    LAST,
    Draft,
    add_sheet,
    columns_of,
    page,
    place,
    shown_by,
    title,
    write_table,
)
from cvm_xl.book.titles import COMPANY, CURRENCY

__all__ = ["DRAWN", "spots"]

WIDE, HIGH, COLUMNS_OF_A_CHART = 760, 400, 12
HEATED = 60  # columns of segments that are coloured
ROWS = 200


def spots() -> dict[tuple[str, str], str]:
    """Where the columns that charts draw stand in new sheets."""
    return {key: ref for name in _STEPS for key, ref in place(table(name), HEADER, _beside(_STEPS[name])).items()}


_STEPS = {
    "BridgeSteps": "Bridge",
    "PocketSteps": "PocketPrice",
    "TierMoves": "Migration",
    "ScenarioTotals": "ScenarioPnL",
    "ByQuadrant": "Portfolio",
}
"""The table that each chart draws, and the sheet's own table that it stands beside."""


def _beside(name: str) -> int:
    """The first column after a table and its chart."""
    return len(table(name).columns) + 1 + COLUMNS_OF_A_CHART + 1


def _begun(draft: Draft, one: Table) -> Worksheet:
    """The sheet of a table, with that table."""
    sheet = add_sheet(draft, one.sheet, one.role, title(one, CURRENCY, COMPANY), one.help)
    for i, column in enumerate(columns_of(one, draft.spread)):
        sheet.set_column(i, i, column.width)
    write_table(draft, sheet, one, HEADER, 0)
    sheet.freeze_panes(FIRST, 0)
    return sheet


def _with_chart(draft: Draft, steps: str, made: Chart) -> None:
    name = _STEPS[steps]
    one = table(name)
    sheet = _begun(draft, one)
    col = _beside(name)
    for i, column in enumerate(table(steps)):
        sheet.set_column(col + i, col + i, column.width)
    write_table(draft, sheet, table(steps), HEADER, col, autofilter=False)
    sheet.set_row(HEADER, 32)
    made.set_size({"width": WIDE, "height": HIGH})
    charts.place(sheet, FIRST, len(one.columns) + 1, made)
    page(sheet)
    # Whole columns: every row is printed, and what the chart draws is not.
    sheet.print_area(0, 0, LAST, len(one.columns) + COLUMNS_OF_A_CHART + 1)


def waterfall(draft: Draft, heading: str, steps: str) -> Chart:
    """Columns that stand on what is not seen: what it was, what raised and lowered it, what it is."""
    at = draft.places
    made = charts.chart(draft, "column", heading, subtype="stacked")
    shown = at[steps, "Shown"]
    made.add_series({"name": "Base", "categories": shown, "values": at[steps, "Base"], "gap": 40, **charts.NOTHING})
    for name, colour in (("Level", style.GREY), ("Better", style.ACCENT), ("Worse", style.BAD)):
        for part in (name, f"{name} below"):
            look = {"fill": {"color": colour}, "gap": 40}
            made.add_series({"name": part, "categories": shown, "values": at[steps, part], **look})
    made.set_x_axis(charts.axis())
    made.set_y_axis(charts.axis(visible=False))
    return made


def _in_money(draft: Draft, heading: str) -> str:
    return f"{heading}, {draft.currency}".rstrip(", ")


def _bridge(draft: Draft) -> None:
    _with_chart(draft, "BridgeSteps", waterfall(draft, _in_money(draft, "What changed contribution"), "BridgeSteps"))


def _pocket(draft: Draft) -> None:
    _with_chart(draft, "PocketSteps", waterfall(draft, _in_money(draft, "From list to pocket"), "PocketSteps"))


def _scenarios(draft: Draft) -> None:
    heading = _in_money(draft, "What each scenario changes in contribution")
    at = draft.places
    made = charts.bars(draft, heading, "Change", at["ScenarioTotals", "Scenario"], at["ScenarioTotals", "Change"])
    _with_chart(draft, "ScenarioTotals", made)


def _portfolio(draft: Draft) -> None:
    heading, at = _in_money(draft, "Profit by quadrant"), draft.places
    made = charts.bars(draft, heading, "Profit", at["ByQuadrant", "Quadrant"], at["ByQuadrant", "Profit"])
    _with_chart(draft, "ByQuadrant", made)


def _migration(draft: Draft) -> None:
    """Stacked bars: of each tier's customers, who rose, stayed, fell and left."""
    at = draft.places
    made = charts.chart(draft, "bar", "What became of each tier, customers", subtype="stacked")
    colours = {"Up": style.ACCENT, "Same": style.MUTED, "Down": "#F2B48A", "No more": style.BAD}
    for name, colour in colours.items():
        made.add_series(
            {
                "name": name,
                "categories": at["TierMoves", "Tier"],
                "values": at["TierMoves", name],
                "fill": {"color": colour},
                "gap": 60,
                "data_labels": {"value": True, "num_format": "#,##0;;", "font": charts.font()},
            }
        )
    made.set_legend({"position": "bottom", "font": charts.font()})
    # In a bar chart the y axis is the one with the categories.
    made.set_y_axis(charts.axis(reverse=True))
    made.set_x_axis(charts.axis(visible=False))
    _with_chart(draft, "TierMoves", made)


def _heat_map(draft: Draft) -> None:
    """Pale vermilion for losses, white for nothing, the accent's pale for what earns; figures stay readable."""
    one = table("HeatMap")
    sheet = _begun(draft, one)
    first = len(one.columns) - 1
    scale = {
        "type": "3_color_scale",
        "min_type": "num",
        "min_value": -0.25,
        "mid_type": "num",
        "mid_value": 0,
        "max_type": "num",
        "max_value": 0.25,
        "min_color": "#F2B48A",
        "mid_color": "#FFFFFF",
        "max_color": style.MUTED,
    }
    sheet.conditional_format(FIRST, first, FIRST + ROWS, first + HEATED, scale)
    page(sheet)


def _whale_stats(draft: Draft) -> None:
    sheet = _begun(draft, table("WhaleStats"))
    value, unit = (xl_rowcol_to_cell(FIRST, col, col_abs=True) for col in (1, 2))
    number = f"ISNUMBER({value})"
    rules = ((f'AND({number},{unit}="share")', "0.0%"), (f'AND({number},{unit}<>"")', "#,##0"), (number, "0.00"))
    shown_by(draft, sheet, 1, rules)
    page(sheet)


DRAWN: dict[str, Callable[[Draft], None]] = {
    "Bridge": _bridge,
    "Migration": _migration,
    "PocketPrice": _pocket,
    "ScenarioPnL": _scenarios,
    "HeatMap": _heat_map,
    "Portfolio": _portfolio,
    "WhaleStats": _whale_stats,
}
