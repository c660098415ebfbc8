"""Pages on who earns and who costs: the whale curve, customers, P&L by anything, the waterfall, the heat map."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.chart import Chart

from cvm_xl.book import charts, style
from cvm_xl.book.report.content import About, Page
from cvm_xl.book.report.page import GAP, PAGE, WIDE, Canvas, Col, fitted, start
from cvm_xl.book.sheets import Draft

__all__ = ["bars", "change", "customers", "heat", "pnl", "steps", "waterfall", "whale"]

NAMES = 30  # characters of a name beside a bar
RESTS = ("All others", "Total")
LARGEST = 0.2  # of customers: how much of revenue they hold is marked
ROOM, DIGIT = 0.17, 0.036  # of a bar chart's range, for the figure at a bar's end: at least, and for each character


def whale(draft: Draft, about: About, page: Page) -> Canvas:
    """The whale curve with its peak and what is given back, concentration of revenue, tiers."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [136, *[110] * 8])
    wide = WIDE - GAP - 380 if len(page.frames["concentration"]) else WIDE
    both = [(_curve(canvas, page.frames["whale"], page.frames["marks"]), wide)]
    if len(page.frames["concentration"]):
        both.append((_lorenz(canvas, page.frames["concentration"]), 380))
    canvas.place(both, 360)
    columns = [
        Col("Tier"),
        Col("Customers", "whole"),
        Col("Share of customers", "share"),
        Col("Who lose money", "whole"),
        Col("Revenue", "money"),
        Col("Share of revenue", "share"),
        Col("Profit", "result"),
        Col("Share of profit", "share"),
        Col("Profit per customer", "units"),
    ]
    table = page.frames["tiers"]
    canvas.table([one for one in columns if table[one.name].notna().any()], table, total=True)
    canvas.notes(page.notes)
    return canvas


def _curve(canvas: Canvas, curve: pd.DataFrame, marks: pd.DataFrame) -> Chart:
    """`curve`: Customers share, and Cumulative share or profit; `marks`: what to say (Text) at its Peak and End."""
    name = str(curve.columns[1])
    x, y = (curve[column].to_numpy(dtype=float) for column in curve)
    share, peak = name == "Cumulative share", int(y.argmax())
    refs = canvas.behind(curve)
    unit = "% of total" if share else canvas.about.currency
    made = charts.chart(canvas.draft, "scatter", f"Whale curve: cumulative profit, {unit}", subtype="straight")
    charts.line(made, "Profit so far", refs["Customers share"], refs[name], colour=style.ACCENT, width=2.25)
    if len(marks):
        across = {"Across x": [x[peak], 1.0], "Across y": [y[peak], y[peak]]}
        down = {"Down x": [1.0, 1.0], "Down y": [y[peak], y[-1]]}
        ends = canvas.behind(pd.DataFrame(across | down))
        charts.line(made, "Peak", ends["Across x"], ends["Across y"], colour=style.GREY, width=1, dash="dash")
        charts.line(made, "Given back", ends["Down x"], ends["Down y"], colour=style.BAD, width=4)
        beside = 0.985 if y[-1] > 0 else 0.92  # under the curve, which falls to its end
        at = {"Top x": [x[peak]], "Top y": [y[peak]], "Peak x": [min(x[peak], 0.86)], "Peak y": [y[peak]]}
        spots = canvas.behind(pd.DataFrame(at | {"End x": [beside], "End y": [0.45 * y[peak]]}))
        said = dict(zip(marks["At"], marks["Text"], strict=True))
        charts.point(made, "", spots["Top x"], spots["Top y"], colour=style.INK, position="above", size=8)
        charts.point(made, said["Peak"], spots["Peak x"], spots["Peak y"], colour=style.INK, position="above")
        charts.point(made, said["End"], spots["End x"], spots["End y"], colour=style.BAD, position="left")
    format_ = "0%" if share else style.scaled(float(np.abs(y).max()), canvas.about.decimals)[0]
    ranked = "Customers, the most profitable first"
    made.set_x_axis(charts.axis(name=ranked, num_format="0%", min=0, max=1, major_unit=0.2))
    step, low, high = _ticks(min(float(y.min()), 0.0), float(y.max()))
    made.set_y_axis(charts.axis(num_format=format_, min=low, max=high, major_unit=step))
    return made


def _ticks(low: float, high: float) -> tuple[float, float, float]:
    """Step and ends of an axis, in round numbers, with room above for the peak's remark."""
    span = (high - low) * 1.2 or 1.0
    size = 10 ** math.floor(math.log10(span / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if span / (size * factor) <= 6)
    return step, math.floor(low / step) * step, math.ceil((low + span) / step) * step


def _lorenz(canvas: Canvas, shares: pd.DataFrame) -> Chart:
    refs = canvas.behind(shares)
    even = canvas.behind(pd.DataFrame({"Even x": [0.0, 1.0], "Even y": [0.0, 1.0]}))
    made = charts.chart(canvas.draft, "scatter", "Concentration: revenue, % of total", subtype="straight")
    charts.line(made, "Revenue", refs["Customers share"], refs["Revenue share"], colour=style.ACCENT, width=2.25)
    charts.line(made, "If all were alike", even["Even x"], even["Even y"], colour=style.GREY, width=1, dash="dash")
    x, y = (shares[name].to_numpy(dtype=float) for name in ("Customers share", "Revenue share"))
    at = int(np.abs(x - LARGEST).argmin())
    if abs(x[at] - LARGEST) < 0.005:  # a few customers have no fifth
        spots = canvas.behind(
            pd.DataFrame({"Fifth x": [x[at]], "Fifth y": [y[at]], "Text x": [0.98], "Text y": [0.16]})
        )
        text = f"The largest {LARGEST:.0%} of customers: {y[at]:.0%} of revenue"
        charts.point(made, "", spots["Fifth x"], spots["Fifth y"], colour=style.INK, position="right", size=8)
        charts.point(made, text, spots["Text x"], spots["Text y"], colour=style.INK, position="left")
    made.set_x_axis(charts.axis(name="Customers, the largest first", num_format="0%", min=0, max=1, major_unit=0.2))
    top = {"max": 1} if shares["Revenue share"].max() <= 1 else {}  # returns may bring it above
    made.set_y_axis(charts.axis(num_format="0%", min=0, **top))
    return made


def customers(draft: Draft, about: About, page: Page) -> Canvas:
    """The best and the worst customers; what is known of none of them has no column."""
    table = page.frames["customers"]
    every = {
        "Rank": (Col("Rank", "whole"), 54),
        "Customer": (Col("Customer"), 128),
        "Name": (Col("Name"), 228),
        "Segment": (Col("Segment"), 140),
        "Revenue": (Col("Revenue", "money"), 94),
        "Gross margin": (Col("Gross margin", "money"), 94),
        "Cost to serve": (Col("Cost to serve", "money"), 94),
        "Profit": (Col("Profit", "result"), 94),
        "Tier": (Col("Tier"), 90),
    }
    columns, widths = zip(*(every[str(name)] for name in table), strict=True)
    rest = PAGE - sum(widths)
    wide = "Name" if "Name" in table else "Customer"
    widths = [width + rest * (column.name == wide) for column, width in zip(columns, widths, strict=True)]
    canvas = start(draft, about, page.name, page.headline, page.subject, widths)
    named = table[table["Rank"].notna()]
    largest = float(named[["Revenue", "Gross margin", "Profit"]].astype(float).abs().max().max())
    canvas.table(columns, table, total=True, largest=largest)
    canvas.notes(page.notes)
    return canvas


def pnl(draft: Draft, about: About, page: Page) -> Canvas:
    """Net revenue and contribution of each item as bars side by side; the items in numbers; their cost to serve."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [216, *[100] * 8])
    table, chart = page.frames["items"], page.frames["bars"]
    thing = str(table.columns[0])
    largest = float(table[["Net revenue", "Gross margin", "Contribution"]].astype(float).abs().max().max())
    largest = style.telling(largest, chart["Contribution"].agg(["min", "max"]).astype(float), about.decimals)
    if len(chart) > 1:
        wide = round((WIDE - GAP) * 0.56)
        tall = 50 + len(chart) * (40 if len(chart) < 4 else 26 if len(chart) < 9 else 19)
        look = {"largest": largest, "tall": tall}
        left = bars(canvas, chart, "Net revenue", "Net revenue", **look, colour=style.GREY, room=0.36)
        right = bars(canvas, chart, "Contribution", "Contribution", **look, colour=style.ACCENT, room=0.0)
        canvas.place([(left, wide), (right, WIDE - GAP - wide)], tall)
    columns = [
        Col(thing),
        Col("Net revenue", "money"),
        Col("Gross margin", "money"),
        Col("Margin share", "share", "% of net revenue"),
        Col("Cost to serve", "money"),
        Col("Contribution", "result"),
        Col("Contribution share", "share", "% of net revenue"),
    ]
    known = [one for one in columns if one.kind != "share" or table[one.name].notna().any()]
    canvas.table(known, table, total=True, largest=largest)
    served = page.frames["served"]
    if len(served):
        canvas.title("Cost to serve, % of net revenue")
        first = canvas.row + 2
        pools = [str(name) for name in served.columns[1:]]
        named = len(pools) - (pools[-1].endswith(" others"))
        canvas.table([Col(thing), *[Col(name, "share") for name in pools]], served, total=True)
        shades = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": style.WARM}
        canvas.sheet.conditional_format(first, 1, first + len(served) - 2, named, shades)
    canvas.notes(page.notes)
    return canvas


def bars(canvas: Canvas, table: pd.DataFrame, name: str, title: str, *, largest: float, **look: Any) -> Chart:
    """Bars of one column of a table with names in its first.

    `largest` sets the scale of figures, which is the one of the table below. `look`: room for names, as a share of the
    width; colour; tall, in pixels.
    """
    values = table[name].to_numpy(dtype=float)
    shown, unit = canvas.scale(largest)
    low, high = min(values.min(initial=0.0), 0.0), max(values.max(initial=0.0), 0.0)
    span = high - low or 1.0
    drawn = pd.DataFrame({"Name": [fitted(str(item), NAMES) for item in table[table.columns[0]]]})
    drawn["Gain"] = np.where(values > 0, values, np.nan)
    drawn["Loss"] = np.where(values < 0, values, np.nan)
    refs = canvas.behind(drawn)
    parts = {name: (refs["Gain"], look["colour"]), f"{name}, negative": (refs["Loss"], style.BAD)}
    room = max(ROOM, DIGIT * max(len(style.as_text(value, shown)) for value in (low, high)))
    ends = {"low": low - (room * span if low < 0 else 0.0), "high": high + room * span}
    said = ", ".join(part for part in (title, unit) if part)
    return charts.named_bars(
        canvas.draft, said, refs["Name"], parts, label=shown, room=look["room"], tall=look["tall"], **ends
    )


def waterfall(draft: Draft, about: About, page: Page) -> Canvas:
    """From list price to contribution."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [250, 130, 130, PAGE - 510])
    table = page.frames["steps"]
    colours = {"Level": style.ACCENT, "Loss": style.BAD, "Gain": style.MUTED, "Cost": style.MUTED}
    level, negative = (table["Kind"] == "level").to_numpy(), (table["Amount"] < 0).to_numpy()
    kinds = np.select([level & negative, level, negative], ["Loss", "Level", "Cost"], "Gain")
    canvas.place([(steps(canvas, table, kinds, colours, page.subject), WIDE)], 300)
    of = f"% of {str(table['Step'].iloc[0]).lower()}"
    columns = [Col("Step"), Col("Amount", "money"), Col("Share", "share", of)]
    canvas.table(columns if table["Share"].notna().any() else columns[:2], table)
    canvas.notes(page.notes)
    return canvas


def change(draft: Draft, about: About, page: Page) -> Canvas:
    """The bridge of contribution since the previous report, and what moved and why in one table."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [250, 96, 96, 96, PAGE - 538])
    table = page.frames["steps"]
    colours = {"Level": style.GREY, "Gain": style.ACCENT, "Loss": style.BAD}
    level, negative = (table["Kind"] == "level").to_numpy(), (table["Amount"] < 0).to_numpy()
    kinds = np.select([level, negative], ["Level", "Loss"], "Gain")
    canvas.place([(steps(canvas, table, kinds, colours, "From contribution before to now"), WIDE)], 280)
    columns = [Col("What"), Col("Before", "money"), Col("Now", "money"), Col("Change", "result"), Col("Why")]
    frame = page.frames["changed"]
    canvas.table(columns, frame, counts=int(frame["What"].str.startswith("Customers").sum()))
    canvas.notes(page.notes)
    return canvas


def steps(canvas: Canvas, table: pd.DataFrame, kinds: np.ndarray, colours: dict[str, str], title: str) -> Chart:
    """A waterfall of Step, Amount, Start and End; the kind of each step says its colour."""
    begin, end, amount = (table[name].to_numpy(dtype=float) for name in ("Start", "End", "Amount"))
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    drawn = pd.DataFrame({"Step": [fitted(step, 24) for step in table["Step"]]})
    drawn["Base"] = np.maximum(low, 0) + np.minimum(high, 0)
    for name in colours:
        mine = kinds == name
        drawn[name] = np.where(mine, np.maximum(high, 0) - np.maximum(low, 0), np.nan)
        drawn[f"{name} below"] = np.where(mine, np.minimum(low, 0) - np.minimum(high, 0), np.nan)
    drawn["Top"] = np.maximum(high, 0)
    joins = pd.DataFrame(np.nan, index=drawn.index, columns=[f"Join {i}" for i in range(1, len(table))])
    for i, name in enumerate(joins):
        joins.loc[joins.index[i : i + 2], name] = end[i]
    refs = canvas.behind(drawn)
    levels = list(canvas.behind(joins).values())
    shown, unit = canvas.scale(float(np.abs(amount).max()))
    labels = [style.as_text(value, shown) for value in amount]
    said = ", ".join(part for part in (title, unit) if part)
    top, bottom = max(high.max(), 0.0), min(low.min(), 0.0)
    ends = {"high": top + 0.1 * (top - bottom), "low": bottom * 1.05}
    return charts.steps(canvas.draft, said, refs, labels, levels, colours=colours, **ends)


def heat(draft: Draft, about: About, page: Page) -> Canvas:
    """Tables of contributions of two things at once: vermilion for losses, blue for gains, the deeper the larger."""
    most = max(len(table.columns) for table in page.frames.values()) - 1
    canvas = start(draft, about, page.name, page.headline, page.subject, [186, *[(PAGE - 186) // most] * most])
    for title, table in page.frames.items():
        across = [str(name) for name in table.columns[1:]]
        canvas.title(title)
        first = canvas.row + 2
        canvas.table([Col(str(table.columns[0])), *[Col(name, "money") for name in across]], table, total=True)
        # Shaded is what is shown by name, not what is left of each and the totals.
        rows = int((~table[table.columns[0]].isin(RESTS)).sum())
        named = [name for name in across if name not in RESTS]
        cells = table[named].iloc[:rows].astype(float)
        largest = float(cells.abs().max().max()) or 1.0
        scale = {"type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num"}
        values = {"min_value": -largest, "mid_value": 0, "max_value": largest}
        colours = {"min_color": style.WARM, "mid_color": "#FFFFFF", "max_color": style.MUTED}
        canvas.sheet.conditional_format(first, 1, first + rows - 1, len(named), scale | values | colours)
    canvas.notes(page.notes)
    return canvas
