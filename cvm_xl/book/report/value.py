"""Pages on what customers may be charged and what they are worth."""

from __future__ import annotations

import numpy as np

from cvm_xl.book import charts, style
from cvm_xl.book.report.content import About, Page
from cvm_xl.book.report.page import GAP, PAGE, Canvas, Col, fitted, start
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
        refs = canvas.behind(drawn[["Offer", "Floor", "Band", "Target", "Price today"]])
        title = "Price bands, floor to ceiling, % of the next best alternative's price"
        made = charts.bands(draft, title, *refs.values())
        canvas.place([(made, PAGE)], 300)
    columns = [
        Col("Segment"),
        Col("Product"),
        Col("Floor", "price"),
        Col("Target", "price"),
        Col("Ceiling", "price"),
        Col("Price today", "price"),
        Col("Net revenue", "money"),
        Col("Gain", "money", "Gain at target, volume as today"),
        Col("Verdict"),
    ]
    canvas.table(columns, table, total=True)
    canvas.notes(page.notes)
    return canvas


def lifetime(draft: Draft, about: About, page: Page) -> Canvas:
    """Lifetime value by tier with its range, by segment; who is likely to leave."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [100, 216, 150, 110, 110, 110, 110, 110])
    tiers = page.frames["tiers"].iloc[:-1]
    drawn = tiers.assign(Down=tiers["CLV"] - tiers["Low"], Up=tiers["High"] - tiers["CLV"])
    refs = canvas.behind(drawn.rename(columns={"Tier": "Name", "CLV": "Value"})[["Name", "Value", "Down", "Up"]])
    shown, unit = style.scaled(float(np.nanmax(tiers["High"].abs(), initial=0.0)), about.decimals)
    said = f"Lifetime value by tier, {about.currency} {unit}".rstrip()
    both = [(charts.ranges(draft, said, refs, shown), 400)]
    segments = page.frames["segments"]
    if len(segments) > 1:
        names = [fitted(str(name), 30) for name in segments["Segment"]]
        drawn = canvas.behind(segments[["CLV"]].assign(Item=names))
        both.append((bars(canvas, segments, drawn, "CLV", style.ACCENT, 0.36), PAGE - GAP - 400))
    canvas.place(both, 280)
    columns = [
        Col("Tier"),
        Col("Customers", "whole"),
        Col("Active", "whole", "Expected to be active"),
        Col("CLV", "money", "Lifetime value"),
        Col("Low", "money"),
        Col("High", "money"),
        Col("Each", "price", "Per customer"),
    ]
    canvas.table(columns, page.frames["tiers"], total=True)
    risk = page.frames["risk"]
    if len(risk):
        canvas.title("Earned most in the period and are more likely gone than not")
        columns = [
            Col("Customer"),
            Col("Name"),
            Col("Segment"),
            Col("Profit", "price", "Profit of the period"),
            Col("Frequency", "whole", "Repeat purchases"),
            Col("P(alive)", "share", "Active with probability"),
            Col("CLV", "price", "Lifetime value"),
        ]
        canvas.table(columns, risk)
    canvas.notes(page.notes)
    return canvas
