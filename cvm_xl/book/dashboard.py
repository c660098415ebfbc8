"""The dashboard: headline figures, four native charts, and the small tables that three of them draw.

Charts name whole columns of tables, so that filling a table stretches them. Titles say what and in which unit, bars
carry labels instead of grid lines, one accent colour, vermilion for what is below zero.
"""

from __future__ import annotations

from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import style
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import FIRST, HEADER, LAST, Draft, add_sheet, page, place, write_table

__all__ = ["COLUMNS", "NAME", "draw"]

NAME = table("Headlines").sheet

# The headlines stand left, two by two charts beside them; what the charts draw grows downwards to their right.
CHART_COLUMN, CHART_COLUMNS, WIDE, HIGH = 5, 8, 516, 395
AFTER = CHART_COLUMN + 2 * CHART_COLUMNS + 2
COLUMNS = {"Headlines": 0, "BySegment": AFTER, "ByTier": AFTER + 6, "ByOffer": AFTER + 12}
ROWS_A_CHART = 20
LABEL = "#,##0;-#,##0"


def draw(draft: Draft) -> None:
    """The sheet with its tables and charts."""
    who = f"{draft.company}, " if draft.company else ""
    text = "Written by each refresh. The charts are Excel's own: restyle them as you like."
    sheet = add_sheet(draft, NAME, "output", f"Customer value, {who}{draft.currency}", text)
    for name, col in COLUMNS.items():
        one = table(name)
        for i, column in enumerate(one):
            sheet.set_column(col + i, col + i, column.width)
        write_table(draft, sheet, one, HEADER, col, autofilter=False)
    _value_formats(draft, sheet)
    sheet.set_column(CHART_COLUMN - 1, CHART_COLUMN - 1, 2)
    sheet.set_column(CHART_COLUMN, AFTER - 1, 8.57)  # 65 pixels
    charts = (_whale(draft), _segments(draft), _offers(draft), _tiers(draft))
    for i, chart in enumerate(charts):
        row, col = HEADER + i // 2 * ROWS_A_CHART, CHART_COLUMN + i % 2 * CHART_COLUMNS
        sheet.insert_chart(row, col, chart, {"object_position": 3, "x_offset": 4 * (i % 2)})
    sheet.set_zoom(85)
    page(sheet, header=None, tall=1)
    sheet.print_area(0, 0, HEADER + 2 * ROWS_A_CHART, AFTER - 2)


def spots() -> dict[tuple[str, str], str]:
    """Where the columns of the dashboard's own tables stand in a new sheet."""
    return {key: ref for name, col in COLUMNS.items() for key, ref in place(table(name), HEADER, col).items()}


def _value_formats(draft: Draft, sheet: Worksheet) -> None:
    """The headlines' values differ in kind from row to row: the unit beside them says how to show them."""
    value, unit = (xl_rowcol_to_cell(FIRST, col, col_abs=True) for col in (1, 2))
    number = f"ISNUMBER({value})"
    rules = (
        (f'AND({number},OR({unit}="share",{unit}="%"))', "0.0%"),
        (f'AND({number},OR({unit}="{draft.currency}",{value}=INT({value})))', "#,##0"),
        (number, "#,##0.00"),
    )
    for criteria, shown in rules:
        look = draft.book.add_format({"num_format": shown})
        rule = {"type": "formula", "criteria": f"={criteria}", "format": look, "stop_if_true": True}
        sheet.conditional_format(FIRST, 1, LAST, 1, rule)


# --- charts ------------------------------------------------------------------------------------------------------


def _font(size: float = 9, *, colour: str = style.INK, bold: bool = False) -> dict[str, Any]:
    return {"name": style.FONT, "size": size, "color": colour, "bold": bold}


def _chart(draft: Draft, kind: str, title: str, **more: str) -> Chart:
    """A chart with our title and frame, without legend."""
    chart = _added(draft, kind, **more)
    chart.set_title(
        {"name": title, "name_font": _font(11, bold=True), "overlay": False, "layout": {"x": 0.015, "y": 0.025}}
    )
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": style.RULE, "width": 0.75}, "fill": {"color": "#FFFFFF"}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.set_size({"width": WIDE, "height": HIGH})
    chart.show_blanks_as("gap")
    return chart


def _added(draft: Draft, kind: str, **more: str) -> Chart:
    chart = draft.book.add_chart({"type": kind, **more})
    assert chart is not None, kind  # XlsxWriter gives None for a kind it does not know
    return chart


def _axis(**more: Any) -> dict[str, Any]:
    return {
        "num_font": _font(colour=style.GREY),
        "name_font": _font(colour=style.GREY),
        "line": {"color": style.GREY, "width": 0.75},
        "major_gridlines": {"visible": False},
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
        "label_position": "low",
    } | more


def _whale(draft: Draft) -> Chart:
    chart = _chart(draft, "scatter", "Whale curve: cumulative profit, % of total", subtype="straight")
    shares = draft.places["Whale", "Customers share"]
    chart.add_series(
        {
            "name": "Cumulative profit",
            "categories": shares,
            "values": draft.places["Whale", "Cumulative share"],
            "line": {"color": style.ACCENT, "width": 2.25},
            "marker": {"type": "none"},
        }
    )
    chart.add_series(
        {
            "name": "Peak",
            "categories": shares,
            "values": draft.places["Whale", "Peak"],
            "line": {"none": True},
            "marker": {"type": "circle", "size": 8, "fill": {"color": style.BAD}, "border": {"color": style.BAD}},
            "data_labels": {
                "value": True,
                "num_format": '"peak "0%',
                "position": "above",
                "font": _font(10, bold=True),
            },
        }
    )
    customers = "Customers, the most profitable first"
    chart.set_x_axis(_axis(name=customers, num_format="0%", min=0, max=1, major_unit=0.2))
    chart.set_y_axis(_axis(num_format="0%"))
    return chart


def _bars(draft: Draft, title: str, name: str, category: str, value: str) -> Chart:
    """Horizontal bars in the table's order from the top, with name and figure at their ends.

    Names along an axis would collide with the figures of negative bars.
    """
    chart = _chart(draft, "bar", title)
    chart.add_series(
        {
            "name": value,
            "categories": draft.places[name, category],
            "values": draft.places[name, value],
            "fill": {"color": style.ACCENT},
            "invert_if_negative": True,
            "invert_if_negative_color": style.BAD,
            "gap": 60,
            "data_labels": {
                "value": True,
                "category": True,
                "separator": "\n",
                "num_format": LABEL,
                "position": "outside_end",
                "font": _font(),
            },
        }
    )
    # In a bar chart the y axis is the one with the categories; they run from the top only in reverse.
    chart.set_y_axis(_axis(reverse=True, label_position="none"))
    chart.set_x_axis(_axis(visible=False))
    # Room for names and figures on both sides.
    chart.set_plotarea({"fill": {"none": True}, "layout": {"x": 0.25, "y": 0.13, "width": 0.5, "height": 0.82}})
    return chart


def _segments(draft: Draft) -> Chart:
    return _bars(draft, f"Contribution by segment, {draft.currency}", "BySegment", "Segment", "Contribution")


def _tiers(draft: Draft) -> Chart:
    return _bars(draft, f"Lifetime value of customers by tier, {draft.currency}", "ByTier", "Tier", "CLV")


def _offers(draft: Draft) -> Chart:
    """Floor to ceiling as bars that stand on the invisible floor; the prices are marks on them."""
    chart = _chart(draft, "column", "Price bands, floor to ceiling, % of the next best alternative", subtype="stacked")
    offers = draft.places["ByOffer", "Offer"]
    invisible = {"fill": {"none": True}, "border": {"none": True}}
    for name, look in (("Floor", invisible), ("Band", {"fill": {"color": style.MUTED}})):
        chart.add_series(
            {"name": name, "categories": offers, "values": draft.places["ByOffer", name], "gap": 60, **look}
        )
    marks = _added(draft, "line")
    for name, marker, size, colour in (
        ("Target", "diamond", 7, style.ACCENT),
        ("Price today", "long_dash", 12, style.INK),
    ):
        marks.add_series(
            {
                "name": name,
                "categories": offers,
                "values": draft.places["ByOffer", name],
                "line": {"none": True},
                "marker": {"type": marker, "size": size, "fill": {"color": colour}, "border": {"color": colour}},
            }
        )
    chart.combine(marks)
    chart.set_legend({"position": "top", "delete_series": [0], "font": _font(colour=style.GREY)})
    chart.set_x_axis(_axis(num_font=_font(8, colour=style.GREY)))
    chart.set_y_axis(_axis(num_format="0%", min=0))
    return chart
