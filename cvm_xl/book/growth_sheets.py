"""Sheets of growth with pictures beside their tables: actions, potential, look-alikes, alerts, readiness."""

from __future__ import annotations

from collections.abc import Callable

from xlsxwriter.chart import Chart

from cvm_xl.book import charts, style
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import FIRST, HEADER, Draft, add_sheet, page, place, title, write_table
from cvm_xl.book.titles import COMPANY, CURRENCY

__all__ = ["DRAWN", "spots"]

WIDE, HIGH = 700, 400
ROWS_OF_A_CHART = 21

SHEETS = (
    ("ByDecision", "DecisionsByOwner"),
    ("PotentialBySegment",),
    ("LookAlikes", "LookAlikeLift"),
    ("Alerts", "AlertSummary"),
    ("Readiness", "DataQuality"),
)
"""Tables that stand side by side, with charts to their right."""


def spots() -> dict[tuple[str, str], str]:
    """Where the columns that charts draw stand in new sheets."""
    found: dict[tuple[str, str], str] = {}
    for names in SHEETS:
        col = 0
        for name in names:
            found |= place(table(name), HEADER, col)
            col += len(table(name).columns) + 1
    return found


def _sheet(draft: Draft, first: str, *drawn: Chart) -> None:
    """A sheet of tables side by side, charts to their right, one below the other."""
    names = next(names for names in SHEETS if names[0] == first)
    one = table(names[0])
    sheet = add_sheet(draft, one.sheet, one.role, title(one, CURRENCY, COMPANY), one.help)
    col = 0
    for name in names:
        for i, column in enumerate(table(name)):
            sheet.set_column(col + i, col + i, column.width)
        write_table(draft, sheet, table(name), HEADER, col, autofilter=name == names[0])
        col += len(table(name).columns) + 1
    sheet.set_row(HEADER, 32)
    for i, made in enumerate(drawn):
        made.set_size({"width": WIDE, "height": HIGH})
        charts.place(sheet, HEADER + ROWS_OF_A_CHART * i, col, made)
    sheet.freeze_panes(FIRST, 0)
    page(sheet)


def _money(draft: Draft, heading: str) -> str:
    return f"{heading}, {draft.currency}".rstrip(", ")


def _decided(draft: Draft) -> Chart:
    at = _at(draft, "ByDecision")
    return charts.bars(draft, _money(draft, "What each decision is about"), "At stake", at["Decision"], at["At stake"])


def _actions(draft: Draft) -> None:
    """What acting brings, by decision and by owner."""
    at = _at(draft, "DecisionsByOwner")
    made = charts.chart(draft, "bar", _money(draft, "What acting on the decisions brings"), subtype="stacked")
    for name, header, colour in (
        ("Invest", "Invest gain", style.ACCENT),
        ("Adjust", "Adjust gain", style.MUTED),
        ("Award elsewhere", "Award gain", style.BAD),
    ):
        made.add_series(
            {"name": name, "categories": at["Owner"], "values": at[header], "fill": {"color": colour}, "gap": 45}
        )
    made.set_legend({"position": "bottom", "font": charts.font(colour=style.GREY)})
    made.set_y_axis(charts.axis(reverse=True))
    made.set_x_axis(charts.axis(num_format="#,##0"))
    _sheet(draft, "ByDecision", _decided(draft), made)


def _potential(draft: Draft) -> None:
    """Value now, and what could be added, stacked."""
    at = _at(draft, "PotentialBySegment")
    made = charts.chart(draft, "bar", _money(draft, "Value now, and what could be added"), subtype="stacked")
    for name, colour in (
        ("Value now", style.ACCENT),
        ("Retention", style.MUTED),
        ("Cross-sell", style.WARM),
        ("Up-sell", style.BAD),
    ):
        made.add_series(
            {"name": name, "categories": at["Segment"], "values": at[name], "fill": {"color": colour}, "gap": 45}
        )
    made.set_legend({"position": "bottom", "font": charts.font(colour=style.GREY)})
    made.set_y_axis(charts.axis(reverse=True))
    made.set_x_axis(charts.axis(num_format="#,##0"))
    _sheet(draft, "PotentialBySegment", made)


def _look_alikes(draft: Draft) -> None:
    at = _at(draft, "LookAlikeLift")
    made = charts.chart(
        draft, "column", "Lift by decile of likeness, on customers not fitted to: 1 is no better than chance"
    )
    made.add_series(
        {
            "name": "Lift",
            "categories": at["Decile"],
            "values": at["Lift"],
            "fill": {"color": style.ACCENT},
            "gap": 60,
            "data_labels": {"value": True, "num_format": "0.0", "font": charts.font()},
        }
    )
    made.set_x_axis(charts.axis())
    made.set_y_axis(charts.axis(visible=False, min=0))
    _sheet(draft, "LookAlikes", made)


def _alerts(draft: Draft) -> None:
    at = _at(draft, "AlertSummary")
    made = charts.chart(draft, "bar", "Alerts by kind, since the last refresh", subtype="stacked")
    for name, colour in (("New", style.BAD), ("Standing", style.WARM), ("Over", style.MUTED)):
        made.add_series(
            {
                "name": name,
                "categories": at["Alert"],
                "values": at[name],
                "fill": {"color": colour},
                "gap": 60,
                "data_labels": {"value": True, "num_format": "#,##0;;", "font": charts.font()},
            }
        )
    made.set_legend({"position": "bottom", "font": charts.font(colour=style.GREY)})
    made.set_y_axis(charts.axis(reverse=True))
    made.set_x_axis(charts.axis(visible=False))
    _sheet(draft, "Alerts", made)


def _readiness(draft: Draft) -> None:
    at = _at(draft, "Readiness")
    look = {"label": "0.0", "room": 0.22, "low": 0, "high": 5.5, "tall": HIGH}
    heading = "Readiness, 1 (not begun) to 5 (mastered)"
    made = charts.named_bars(draft, heading, at["Dimension"], {"Score": (at["Score"], style.ACCENT)}, **look)
    _sheet(draft, "Readiness", made)


def _at(draft: Draft, name: str) -> dict[str, str]:
    return {column.header: draft.places[name, column.header] for column in table(name)}


DRAWN: dict[str, Callable[[Draft], None]] = {
    "Actions": _actions,
    "PotentialBySegment": _potential,
    "LookAlikes": _look_alikes,
    "Alerts": _alerts,
    "Readiness": _readiness,
}
