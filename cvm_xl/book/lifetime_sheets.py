"""Sheets of lifetime value with pictures above or beside their tables: the holdout, cohorts."""

from __future__ import annotations

from collections.abc import Callable

from xlsxwriter.chart import Chart

from cvm_xl.book import beside, charts, style
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import FIRST, HEADER, Draft

__all__ = ["DRAWN", "spots"]

WIDE, HIGH = 640, 400
ROWS_BELOW = 7  # from the header of the models to their charts: the models and the rule fit between
LINE = 2.25
COLOURED = (100, 12)  # rows and columns of the triangle

HOLDOUT = ("HoldoutModels", "Holdout", "HoldoutDeciles")


def spots() -> dict[tuple[str, str], str]:
    """Where the columns that charts draw stand in new sheets."""
    return beside.spots(HOLDOUT) | beside.spots(("Cohorts",))


def _holdout(draft: Draft) -> None:
    """The verdicts on top, the pictures below them, what they draw to the right."""
    sheet = beside.begun(draft, HOLDOUT, "Holdout")
    for made, left in ((_tracking(draft), 0), (_deciles(draft), WIDE + 10)):
        made.set_size({"width": WIDE, "height": HIGH})
        charts.place(sheet, HEADER + ROWS_BELOW, 0, made, x_offset=left)
    sheet.print_area(0, 0, HEADER + ROWS_BELOW + 22, len(table(HOLDOUT[0]).columns) - 1)


def _tracking(draft: Draft) -> Chart:
    at = {column.header: draft.places["Holdout", column.header] for column in table("Holdout")}
    made = charts.chart(draft, "scatter", "Repeat purchases since the split, cumulative: do they come as expected?")
    for name, header, colour, width, dash in (
        ("Actual", "Cumulative actual", style.INK, LINE, "solid"),
        ("Expected by the model", "Cumulative expected", style.ACCENT, LINE, "solid"),
        ("Naive: all go on as before", "Cumulative naive", style.GREY, 1.25, "dash"),
    ):
        charts.line(made, name, at["Period"], at[header], colour=colour, width=width, dash=dash)
    made.set_legend({"position": "top", "font": charts.font(colour=style.GREY)})
    made.set_x_axis(charts.axis(name="Time units since the split", num_format="0", min=0))
    made.set_y_axis(charts.axis(num_format="#,##0", min=0))
    return made


def _deciles(draft: Draft) -> Chart:
    at = {column.header: draft.places["HoldoutDeciles", column.header] for column in table("HoldoutDeciles")}
    made = charts.chart(draft, "column", "Purchases made by decile: 1 is expected to buy most")
    for name, header, colour in (
        ("Deciles by the model", "Actual", style.ACCENT),
        ("Deciles by the naive rule", "Naive actual", style.MUTED),
    ):
        made.add_series(
            {
                "name": name,
                "categories": at["Decile"],
                "values": at[header],
                "fill": {"color": colour},
                "gap": 60,
                "overlap": 0,
                "data_labels": {"value": True, "num_format": "#,##0", "font": charts.font(8)},
            }
        )
    made.set_legend({"position": "top", "font": charts.font(colour=style.GREY)})
    made.set_x_axis(charts.axis())
    made.set_y_axis(charts.axis(visible=False, min=0))
    return made


def _cohorts(draft: Draft) -> None:
    """What a customer of each cohort is worth, and how many came back, beside the table."""
    sheet = beside.begun(draft, ("Cohorts",), frozen=2)
    at = {column.header: draft.places["Cohorts", column.header] for column in table("Cohorts")}
    worth = f"Lifetime value a customer by cohort, {draft.currency}".rstrip(", ")
    first = len(table("Cohorts").columns) + 1
    for i, (heading, header, label) in enumerate(
        (
            (worth, "CLV a customer", charts.LABEL),
            ("Customers who bought again by cohort, share", "Bought again", "0%"),
        )
    ):
        look = {"label": label, "room": 0.2, "low": None, "high": None, "tall": HIGH}
        made = charts.named_bars(draft, heading, at["Cohort"], {header: (at[header], style.ACCENT)}, **look)
        made.set_size({"width": WIDE, "height": HIGH})
        charts.place(sheet, FIRST + 21 * i, first, made)
    sheet.print_area(0, 0, HEADER + 60, first + 10)


def _retention(draft: Draft) -> None:
    """The triangle, the darker the more bought again."""
    sheet = beside.begun(draft, ("CohortRetention",), frozen=2)
    first = len(table("CohortRetention").columns) - 1
    scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": style.MUTED}
    sheet.conditional_format(FIRST, first, FIRST + COLOURED[0], first + COLOURED[1], scale)


DRAWN: dict[str, Callable[[Draft], None]] = {"Holdout": _holdout, "Cohorts": _cohorts, "CohortRetention": _retention}
