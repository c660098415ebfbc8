"""Sheets of growth with a picture beside their table: the decisions by account owner."""

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

ACTIONS = ("ByDecision", "DecisionsByOwner")

_AT = {"ByDecision": 0, "DecisionsByOwner": len(table("ByDecision").columns) + 1}


def spots() -> dict[tuple[str, str], str]:
    """Where the columns that charts draw stand in new sheets."""
    return {key: ref for name, col in _AT.items() for key, ref in place(table(name), HEADER, col).items()}


def _sheet(draft: Draft, names: tuple[str, ...], *drawn: Chart) -> None:
    """A sheet of tables side by side, charts to their right, one below the other."""
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
        sheet.insert_chart(HEADER + ROWS_OF_A_CHART * i, col, made, {"object_position": 3})
    sheet.freeze_panes(FIRST, 0)
    page(sheet)


def _money(draft: Draft, heading: str) -> str:
    return f"{heading}, {draft.currency}".rstrip(", ")


def _decided(draft: Draft) -> Chart:
    at = {header: draft.places["ByDecision", header] for header in ("Decision", "At stake")}
    return charts.bars(draft, _money(draft, "What each decision is about"), "At stake", at["Decision"], at["At stake"])


def _actions(draft: Draft) -> None:
    """What acting brings, by decision and by owner."""
    at = {column.header: draft.places["DecisionsByOwner", column.header] for column in table("DecisionsByOwner")}
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
    _sheet(draft, ACTIONS, _decided(draft), made)


DRAWN: dict[str, Callable[[Draft], None]] = {"Actions": _actions}
