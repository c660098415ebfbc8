"""Sheets of growth with pictures beside their tables: actions, potential, look-alikes, alerts, readiness."""

from __future__ import annotations

from collections.abc import Callable

from xlsxwriter.chart import Chart

from cvm_xl.book import beside, charts, style
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import Draft

__all__ = ["DRAWN", "spots"]

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
    return {key: ref for names in SHEETS for key, ref in beside.spots(names).items()}


def _sheet(draft: Draft, first: str, *drawn: Chart) -> None:
    beside.beside(draft, next(names for names in SHEETS if names[0] == first), drawn)


def _money(draft: Draft, heading: str) -> str:
    return f"{heading}, {draft.currency}".rstrip(", ")


def _decided(draft: Draft) -> Chart:
    at = _at(draft, "ByDecision")
    return charts.bars(draft, _money(draft, "What each decision is about"), "At stake", at["Decision"], at["At stake"])


def _actions(draft: Draft) -> None:
    """What acting brings, by decision and by owner."""
    at = _at(draft, "DecisionsByOwner")
    parts = {
        "Invest": (at["Invest gain"], style.ACCENT),
        "Adjust": (at["Adjust gain"], style.MUTED),
        "Award elsewhere": (at["Award gain"], style.BAD),
    }
    made = charts.stacked(draft, _money(draft, "What acting on the decisions brings"), at["Owner"], parts)
    _sheet(draft, "ByDecision", _decided(draft), made)


def _potential(draft: Draft) -> None:
    """Value now, and what could be added, stacked."""
    at = _at(draft, "PotentialBySegment")
    colours = {
        "Value now": style.ACCENT,
        "Retention": style.MUTED,
        "Cross-sell": style.WARM,
        "Up-sell": style.BAD,
    }
    heading = _money(draft, "Value now, and what could be added")
    made = charts.stacked(draft, heading, at["Segment"], {name: (at[name], c) for name, c in colours.items()})
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
    colours = {"New": style.BAD, "Standing": style.WARM, "Over": style.MUTED}
    parts = {name: (at[name], colour) for name, colour in colours.items()}
    made = charts.stacked(draft, "Alerts by kind, since the last refresh", at["Alert"], parts, "#,##0;;")
    _sheet(draft, "Alerts", made)


def _readiness(draft: Draft) -> None:
    at = _at(draft, "Readiness")
    look = {"label": "0.0", "room": 0.22, "low": 0, "high": 5.5, "tall": beside.HIGH}
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
