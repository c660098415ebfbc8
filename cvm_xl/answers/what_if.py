"""What the sheet WhatIf starts from: the assumptions behind the bands of a few offers, each in a row of its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cvm_xl.answers.acceptance import satisfaction, worth
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.price import Bands
from cvm_xl.book.what_if_declared import MOST

__all__ = ["offers", "what_if"]

FURTHER = ("A further gain", "gain"), ("A further loss", "loss")
"""Rows without an amount, for value that no driver speaks of yet."""
COLUMNS = ["Assumption", "Kind", "As it is", "Low", "High", "Confidence", "Evidence"]

Row = tuple[str, str, float, float, float, float, str | None]


def what_if(facts: Facts, bands: Bands) -> dict[str, pd.DataFrame]:
    """WhatIf and WhatIfBands, but for what is typed and what formulas say; nothing where no offer is asked for."""
    rows = _chosen(facts, bands.table)
    if not rows:
        return {}
    table = bands.table
    parts = []
    for row in rows:
        mine = pd.DataFrame(_assumptions(facts, bands, row), columns=COLUMNS)
        parts.append(mine.assign(Offer=_offer(table.iloc[row])))
    results = table.iloc[rows][["Target", "Units a year"]].rename(columns={"Target": "Target before"})
    results["Offer"] = [_offer(table.iloc[row]) for row in rows]
    return {"WhatIf": pd.concat(parts, ignore_index=True), "WhatIfBands": results.reset_index(drop=True)}


def offers(text: str) -> list[str] | int:
    """The offers that the setting What if names, or how many."""
    names = [name.strip() for name in text.split(";") if name.strip()]
    return int(names[0]) if len(names) == 1 and names[0].isdigit() else names


def _offer(row: pd.Series) -> str:
    return f"{row['Segment']} / {row['Product']}"


def _chosen(facts: Facts, table: pd.DataFrame) -> list[int]:
    """Rows of PriceBands that Settings ask for; those that cannot be recalculated are named."""
    asked = offers(str(facts.settings["what_if"] or ""))
    able = table["Unit cost"].notna().to_numpy()
    names = [_offer(row) for _, row in table.iterrows()]
    if isinstance(asked, int):
        rows = np.flatnonzero(able).tolist()[:asked]
    else:
        place = {name.casefold(): i for i, name in enumerate(names)}
        rows = [place[name.casefold()] for name in dict.fromkeys(asked) if name.casefold() in place]
        lacking = [names[row] for row in rows if not able[row]]
        if lacking:
            facts.notes.append(f"WhatIf: no unit cost is known of {', '.join(lacking)}")
        rows = [row for row in rows if able[row]]
    if len(rows) > MOST:
        facts.notes.append(f"WhatIf: {len(rows)} offers are asked for; it has the first {MOST}")
    return rows[:MOST]


def _assumptions(facts: Facts, bands: Bands, row: int) -> Iterator[Row]:
    """Everything that the row's band is computed from."""
    offer = bands.table.iloc[row]
    for driver in bands.drivers[row].to_dict("records"):
        low, high, sure = (driver.get(name, np.nan) for name in ("low", "high", "confidence"))
        evidence = driver.get("evidence")
        yield driver["driver"], driver["kind"], driver["amount"], low, high, sure, _text(evidence)
    for name, kind in FURTHER:
        yield _row(name, kind, 0.0, "Not in ValueDrivers yet")
    ours = "Segments, else Settings"
    yield _row("Unit cost", "unit cost", offer["Unit cost"], "Cost of goods and cost to serve, from the P&L")
    yield _row("Required margin", "required margin", bands.margin[row], ours)
    yield _row("Incentive share", "incentive share", bands.incentive[row], ours)
    yield _row("Fair share", "fair share", float(facts.settings["fair_share"]), "Settings")
    yield _row("Future value", "future value", bands.future[row], "Segments: share of the reference price")
    yield _row("Price today", "price", offer["Price today"], "Sales: net revenue per unit")
    fitted = bands.models.get(offer["Product"])
    if fitted is None:
        return
    known = satisfaction(facts)
    score = known.get(offer["Segment"], known.get("", 0.0))
    weights = worth(fitted, offer["Segment"], score)
    effect = fitted["satisfaction"] if "satisfaction" in weights else 0.0
    base = sum(fitted[name] * weight for name, weight in weights.items() if name != "satisfaction")
    yield _row("Acceptance: slope", "slope", fitted["slope"], offer["Evidence"])
    yield _row("Acceptance: intercept", "intercept", base, "Offers; without satisfaction")
    if effect:
        yield _row("Acceptance: effect of satisfaction", "satisfaction effect", effect, "Offers; negative: more accept")
        yield _row("Satisfaction", "satisfaction", score, "Customers: mean of the segment")


def _row(name: str, kind: str, value: float, evidence: str) -> Row:
    return name, kind, float(value), np.nan, np.nan, np.nan, evidence


def _text(value: object) -> str | None:
    return None if value is None or value != value else str(value)
