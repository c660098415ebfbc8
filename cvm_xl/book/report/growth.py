"""Pages on where the next euro goes: the plan of spending, decisions, satisfaction, alerts."""

from __future__ import annotations

import pandas as pd

from cvm_xl.book import charts, style
from cvm_xl.book.report.content import About, Page
from cvm_xl.book.report.page import GAP, PAGE, WIDE, Canvas, Col, fitted, start
from cvm_xl.book.report.profit import bars
from cvm_xl.book.sheets import Draft

__all__ = ["alerts", "decisions", "investment", "satisfaction"]

NAMES = 26  # characters of a name beside a bar


def investment(draft: Draft, about: About, page: Page) -> Canvas:
    """Spend today and where it brings most, as bars; each row of the plan with its reason."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [166, *[80] * 5, PAGE - 566])
    table = page.frames["plan"]
    units = table.iloc[:-1]
    tall = 60 + 30 * len(units)
    refs = _behind(canvas, units, "Unit", "Spend today", "Best")
    parts = {"Spend today": (refs["Spend today"], style.MUTED), "Best plan": (refs["Best"], style.ACCENT)}
    largest = float(table[["Spend today", "Best", "Worth best"]].astype(float).abs().max().max())
    shown, unit = canvas.scale(largest)
    heading = ", ".join(part for part in ("Spend today (pale) and in the best plan", unit) if part)
    canvas.place([(charts.pair(draft, heading, refs["Name"], parts, shown), WIDE)], min(tall, 420))
    columns = [
        Col("Unit"),
        Col("Spend today", "money"),
        Col("Best", "money"),
        Col("Change", "money"),
        Col("Worth best", "money", "Brings"),
        Col("Next unit best", "number", "Next unit"),
        Col("Why"),
    ]
    canvas.table(columns, table, total=True, largest=largest)
    canvas.notes(page.notes)
    return canvas


def decisions(draft: Draft, about: About, page: Page) -> Canvas:
    """Money at stake by decision; the decisions in numbers; whom to begin with."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [124, 190, 124, 90, 90, PAGE - 618])
    kinds = page.frames["kinds"]
    largest = float(kinds[["At stake", "Value now"]].astype(float).abs().max().max())
    acting = kinds[kinds["Decision"] != "Keep"]
    largest = style.telling(largest, acting["At stake"].agg(["min", "max"]).astype(float), about.decimals)
    look = {"largest": largest, "tall": 170, "colour": style.ACCENT, "room": 0.2}
    canvas.place([(bars(canvas, acting, "At stake", "Money at stake, by decision", **look), WIDE)], 170)
    columns = [
        Col("Decision"),
        Col("Customers", "whole"),
        Col("At stake", "result"),
        Col("Value now", "result"),
    ]
    canvas.table(columns, kinds, largest=largest)
    if len(page.frames["first"]):
        canvas.title("Begin with")
        columns = [Col("Customer"), Col("Name"), Col("Decision"), Col("At stake", "units"), Col("Why", room=PAGE - 528)]
        canvas.table(columns, page.frames["first"])
    canvas.notes(page.notes)
    return canvas


def satisfaction(draft: Draft, about: About, page: Page) -> Canvas:
    """Who stays by satisfaction; spend today and best by segment; whom to call."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [130, 346, 140, *[80] * 5])
    spend, curve = page.frames["spend"], page.frames["curve"]
    both = []
    if len(curve):
        refs = canvas.behind(curve[["Satisfaction", "Kept", "Fitted"]])
        heading = "Share kept, by satisfaction"
        made = charts.seen_and_fitted(
            draft, heading, refs["Satisfaction"], refs["Kept"], refs["Fitted"], "Satisfaction"
        )
        both.append((made, 440))
    refs = _behind(canvas, spend, "Segment", "Spend today", "Best spend")
    parts = {"Spend today": (refs["Spend today"], style.MUTED), "Best spend": (refs["Best spend"], style.ACCENT)}
    heading = ", ".join(part for part in ("Spend on satisfaction a customer", about.currency) if part)
    made = charts.pair(draft, heading, refs["Name"], parts)
    both.append((made, WIDE - (440 + GAP if both else 0)))
    canvas.place(both, 250)
    columns = [
        Col("Segment"),
        Col("Verdict"),
        Col("Spend today", "units"),
        Col("Best spend", "units"),
        Col("Kept there", "percent"),
        Col("Net today", "units"),
        Col("Net best", "units"),
    ]
    canvas.table(columns, spend)
    if len(page.frames["call"]):
        canvas.title("Dissatisfied and profitable: whom to call first")
        columns = [
            Col("Customer"),
            Col("Name"),
            Col("Segment"),
            Col("Satisfaction", "whole"),
            Col("Profit", "units"),
            Col("CLV", "units", "Lifetime value"),
        ]
        canvas.table(columns, page.frames["call"])
    canvas.notes(page.notes)
    return canvas


def alerts(draft: Draft, about: About, page: Page) -> Canvas:
    """Alerts by kind, new, standing and over; the first of the new ones."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [150, 220, 220, 100, 100, 110, PAGE - 900])
    kinds = page.frames["kinds"]
    refs = _behind(canvas, kinds.iloc[:-1], "Alert", "New", "Standing", "Over")
    colours = {"New": style.BAD, "Standing": style.WARM, "Over": style.MUTED}
    parts = {name: (refs[name], colour) for name, colour in colours.items()}
    canvas.place([(charts.stacked(draft, "Alerts by kind", refs["Name"], parts, "#,##0;;"), WIDE)], 230)
    columns = [Col("Alert"), *[Col(name, "whole") for name in colours], Col("At stake", "money", "At stake a year")]
    canvas.table(columns, kinds, total=True)
    first = page.frames["first"]
    if len(first):
        canvas.title("Of each kind those about most money")
        columns = [
            Col("Alert"),
            Col("Object"),
            Col("Name"),
            Col("Before"),
            Col("Now"),
            Col("Threshold"),
            Col("At stake", "units"),
        ]
        named = [one for one in columns if one.name not in ("Name", "Before") or first[one.name].notna().any()]
        canvas.table(named, first)
    canvas.notes(page.notes)
    return canvas


def _behind(canvas: Canvas, table: pd.DataFrame, names: str, *columns: str) -> dict[str, str]:
    """References to what a chart draws of a table: its names, as Name, and some columns."""
    drawn = table[list(columns)]
    drawn.insert(0, "Name", [fitted(str(name), NAMES) for name in table[names]])
    return canvas.behind(drawn)
