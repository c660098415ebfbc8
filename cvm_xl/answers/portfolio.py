"""The customer base as a portfolio: quadrants, RFM scores, and the figures of the whale curve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.functions.value import CVM_QUADRANT, CVM_RFM_SCORE, CVM_WHALE_STATS

__all__ = ["by_quadrant", "portfolio", "whale_stats"]

QUADRANTS = ("true friends", "butterflies", "barnacles", "strangers")

FIGURES = {  # name: what it says, the pattern often quoted
    "total": ("Profit of all customers", ""),
    "peak": ("Highest point of the curve, of total profit", "150% to 300%"),
    "peak_at": ("Share of customers at the peak", "20%"),
    "share_profitable": ("Customers with a profit", ""),
    "subsidy_rate": ("Losses, of the profit of those who have one", ""),
    "top20": ("Profit of the best 20% of customers, of total", "150% to 300%"),
    "middle70": ("Profit of the next 70%", "about 0"),
    "bottom10": ("Profit of the last 10%", "-50% to -200%"),
    "gini": ("Gini coefficient; above 1 where there are losses", ""),
    "gini_normalised": ("Gini coefficient with losses, from 0 to 1", ""),
    "stobachoff": ("Stobachoff index: 0 is even, 1 depends on few", ""),
}
PLAIN = ("gini", "gini_normalised", "stobachoff")


def portfolio(facts: Facts, tiers: pd.DataFrame) -> pd.DataFrame:
    """The table Portfolio: each customer with its quadrant (CVM_QUADRANT) and its scores (CVM_RFM_SCORE)."""
    visits = facts.visits()
    end = facts.settings["period_end"]
    end = facts.days[1] if end is None else np.datetime64(end, "D")
    place = pd.Series(range(len(facts.dimensions["Customer"].items)), index=facts.dimensions["Customer"].items)
    table = tiers[["Customer", "Name", "Segment", "Tier", "Revenue", "Profit"]].copy()
    at = table["Customer"].map(place).to_numpy()
    there = np.isin(at, visits.index)
    table, visits = table[there].reset_index(drop=True), visits.reindex(at[there])
    first, last = (visits[name].to_numpy().astype("datetime64[D]") for name in ("first", "last"))
    table["Days with us"] = (last - first).astype(int)
    table["Days since"] = (end - last).astype(int)
    table["Orders"] = visits["orders"].to_numpy(dtype=int)
    if table.empty:
        return table.assign(R=[], F=[], M=[], RFM=[], Quadrant=[])
    scores = CVM_RFM_SCORE(
        *(table[name].to_numpy(dtype=float) for name in ("Days since", "Orders", "Revenue")),
    )
    for name, header in (("R", "R"), ("F", "F"), ("M", "M"), ("score", "RFM")):
        table[header] = np.asarray(scores[name], dtype=float).astype(int)
    table["Quadrant"] = CVM_QUADRANT(table["Profit"].to_numpy(dtype=float), table["Days with us"].to_numpy(dtype=float))
    return table


def by_quadrant(table: pd.DataFrame) -> pd.DataFrame:
    """The table ByQuadrant: customers and profit of each quadrant, in the order of CVM_QUADRANT."""
    found = pd.DataFrame({"Quadrant": QUADRANTS})
    grouped = table.groupby("Quadrant")["Profit"]
    found["Customers"] = found["Quadrant"].map(grouped.size()).fillna(0).astype(int)
    found["Profit"] = found["Quadrant"].map(grouped.sum()).fillna(0.0).round(6) + 0.0
    return found


def whale_stats(tiers: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The table WhaleStats: figures of the curve (CVM_WHALE_STATS) beside the pattern that is often quoted.

    The pattern is one to compare with, not a law; its source is Kaplan & Narayanan 2001.
    """
    found = CVM_WHALE_STATS(tiers["Profit"].to_numpy(dtype=float))
    rows = []
    for name, (meaning, quoted) in FIGURES.items():
        value = found[name]
        unit = currency if name == "total" else "" if name in PLAIN else "share"
        rows.append((name, value if isinstance(value, float | int) else None, unit, quoted or None, meaning))
    return pd.DataFrame(rows, columns=["Figure", "Value", "Unit", "Often quoted", "Meaning"])
