"""Pages on what customers may be charged and what they are worth."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from xlsxwriter.chart import Chart

from cvm_xl.book import charts, style
from cvm_xl.book.report.content import About, Page
from cvm_xl.book.report.page import GAP, WIDE, Canvas, Col, fitted, start
from cvm_xl.book.report.profit import bars
from cvm_xl.book.sheets import Draft

__all__ = ["lifetime", "prices"]

CHARTED = 9  # offers: more bands are not read


def prices(draft: Draft, about: About, page: Page) -> Canvas:
    """Bands of the offers that sell most, with target and today's price; the offers in numbers."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [140, 216, 78, 78, 78, 86, 110, 110, 120])
    table = page.frames["offers"]
    bands = page.frames["bands"].head(CHARTED)
    if len(bands):
        pairs = zip(bands["Segment"], bands["Product"], strict=True)
        drawn = bands.assign(Offer=[f"{fitted(segment, 15)}, {fitted(product, 28)}" for segment, product in pairs])
        drawn = drawn[["Offer", "Floor", "Band", "Target", "Price today"]]
        refs = canvas.behind(drawn)
        title = "Price bands, floor to ceiling, % of the next best alternative's price"
        made = charts.bands(draft, title, *refs.values())
        lowest = float(drawn[["Floor", "Price today"]].min().min())
        made.set_y_axis(charts.axis(num_format="0%", min=math.floor(lowest * 4.5) / 5))
        canvas.place([(made, WIDE)], 280)
    columns = [
        Col("Segment"),
        Col("Product"),
        Col("Floor", "price"),
        Col("Target", "price"),
        Col("Ceiling", "price"),
        Col("Price today", "price"),
        Col("Net revenue", "money"),
        Col("Gain", "money", "Gain at target"),
        Col("Verdict"),
    ]
    canvas.table(columns, table, total=True)
    canvas.notes(page.notes)
    return canvas


def lifetime(draft: Draft, about: About, page: Page) -> Canvas:
    """Lifetime value by tier with its range, by segment; who is likely to leave."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [100, 216, 150, 110, 110, 110, 110, 110])
    tiers = page.frames["tiers"].iloc[:-1]
    largest = float(page.frames["tiers"]["CLV"].abs().max())
    both = [(_ranges(canvas, tiers, largest), 400)]
    segments = page.frames["segments"]
    tall = max(50 + 19 * len(segments), 250)
    if len(segments) > 1:
        look = {"largest": largest, "tall": tall, "colour": style.ACCENT, "room": 0.36}
        both.append((bars(canvas, segments, "CLV", "Lifetime value by segment", **look), WIDE - GAP - 400))
    canvas.place(both, tall)
    columns = [
        Col("Tier"),
        Col("Customers", "whole"),
        Col("Active", "whole", "Expected to be active"),
        Col("CLV", "money", "Lifetime value"),
        Col("Low", "money"),
        Col("High", "money"),
        Col("Each", "units", "Per customer"),
    ]
    canvas.table(columns, page.frames["tiers"], total=True)
    risk = page.frames["risk"]
    if len(risk):
        canvas.title("Earned most in the period and are more likely gone than not")
        columns = [
            Col("Customer"),
            Col("Name"),
            Col("Segment"),
            Col("Profit", "units", "Profit of the period"),
            Col("Frequency", "whole", "Repeat purchases"),
            Col("P(alive)", "percent", "Chance still active"),
            Col("CLV", "units", "Lifetime value"),
        ]
        canvas.table(columns, risk)
    canvas.notes(page.notes)
    return canvas


def _ranges(canvas: Canvas, tiers: pd.DataFrame, largest: float) -> Chart:
    """Columns by tier, with the interval as a whisker where there is one; figures beside the tiers' names."""
    value, low, high = (tiers[name].to_numpy(dtype=float) for name in ("CLV", "Low", "High"))
    low, high = np.where(np.isnan(low), value, low), np.where(np.isnan(high), value, high)
    shown, unit = canvas.scale(largest)
    names = []
    for tier, *figures in zip(tiers["Tier"], value, low, high, strict=True):
        worth, least, most = (style.as_text(figure, shown) for figure in figures)
        span = f"\n{least} to {most}" if tiers["Low"].notna().any() else ""
        names.append(f"{fitted(str(tier), 16)}: {worth}{span}")
    drawn = pd.DataFrame({"Name": names, "Value": value, "Down": value - low, "Up": high - value})
    span = float(max(high.max(), 0.0) - min(low.min(), 0.0)) or 1.0
    ends = min(low.min() - 0.05 * span, 0.0) if low.min() < 0 else 0.0, max(high.max() + 0.05 * span, 0.0)
    title = ", ".join(part for part in ("Lifetime value by tier", unit) if part)
    return charts.ranges(canvas.draft, title, canvas.behind(drawn), value < 0, *ends)
