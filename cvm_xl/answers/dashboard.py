"""The Dashboard: headline figures, and the small tables behind its charts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pnl import RESTS, TOTAL
from cvm_xl.answers.rivals import ON_LINE
from cvm_xl.answers.splits import ALL_CUSTOMERS
from cvm_xl.answers.tiers import tier_names
from cvm_xl.answers.words import counted, short
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.figures import figure
from cvm_xl.functions.value import CVM_WHALE_STATS

__all__ = ["by_offer", "by_segment", "by_tier", "headlines"]

BARS = 12  # a chart of more bars is not read
LABEL = 18  # letters of a segment or product below a chart, which longer ones would push out of sight
VALUE = 22  # letters that a value has room for
NO_BANDS = "No price bands: fill ValueDrivers"


def by_segment(pnl: pd.DataFrame) -> pd.DataFrame:
    """What the chart of segments shows: rows of SegmentPnL, cost pools in one column."""
    mine = pnl[(pnl["Dimension"] == "Segment") & ~pnl["Item"].isin(RESTS)]
    table = mine[["Item", "Net revenue", "Gross margin", "Contribution"]].rename(columns={"Item": "Segment"})
    table.insert(3, "Cost to serve", (mine["Contribution"] - mine["Gross margin"]).round(6))
    return table.head(BARS).reset_index(drop=True)


def by_tier(facts: Facts, tiers: pd.DataFrame, lifetime: pd.DataFrame | None) -> pd.DataFrame:
    """Sums of Tiers and Lifetime by tier, the best tier first."""
    table = pd.DataFrame({"Tier": tier_names(facts)})
    grouped = tiers.groupby("Tier")
    table["Customers"] = table["Tier"].map(grouped.size()).fillna(0).astype(int)
    for name in ("Revenue", "Profit"):
        table[name] = table["Tier"].map(grouped[name].sum()).fillna(0.0).round(facts.decimals)
    table["CLV"] = np.nan
    if lifetime is not None:
        table["CLV"] = table["Tier"].map(lifetime.groupby("Tier")["CLV"].sum()).round(facts.decimals)
    return table


def by_offer(bands: pd.DataFrame | None) -> pd.DataFrame:
    """Price bands for the chart, in shares of the reference price: the offers that sell most.

    Where there are none a row says so: an empty chart would leave the reader guessing.
    """
    if bands is None:
        # Bands of no height, which are not seen, keep the axis to 100%.
        return pd.DataFrame({"Offer": [NO_BANDS], "Floor": 0.0, "Band": 0.0, "Target": np.nan, "Price today": np.nan})
    mine = bands[bands["Reference"] > 0].sort_values("Net revenue", ascending=False, kind="stable").head(BARS)
    full = mine["Segment"] + " / " + mine["Product"]
    brief = (
        mine["Segment"].map(lambda name: short(name, LABEL)) + " / " + mine["Product"].map(lambda n: short(n, LABEL))
    )
    table = pd.DataFrame({"Offer": brief.where(~brief.duplicated(keep=False), full)})  # each has a name of its own
    table["Floor"] = mine["Floor"] / mine["Reference"]
    table["Band"] = np.maximum((mine["Ceiling"] - mine["Floor"]) / mine["Reference"], 0.0)
    table["Target"] = mine["Target"] / mine["Reference"]
    table["Price today"] = mine["Price today"] / mine["Reference"]
    return table.reset_index(drop=True)


def headlines(facts: Facts, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The figures to know first, each with what it says."""
    currency = str(facts.settings["currency"] or "")
    rows: list[tuple[str, Any, str, str]] = []
    first, last = facts.days
    lines = int(facts.total.lines[0])
    rows.append(("Sales lines", lines, "line" if lines == 1 else "lines", f"From {first} to {last}"))
    pnl = tables.get("SegmentPnL")
    if pnl is not None:
        total = pnl[pnl["Dimension"] == TOTAL].iloc[0]
        rows.append(("Net revenue", total["Net revenue"], currency, "Invoiced, returns taken off"))
        share = total["Gross margin"] / total["Net revenue"] if total["Net revenue"] > 0 else None
        said = "" if share is None else f"{share:.1%} of net revenue"
        rows.append(("Gross margin", total["Gross margin"], currency, said))
        serve = total["Contribution"] - total["Gross margin"]
        rows.append(("Cost pools", round(serve, facts.decimals), currency, "Cost to serve and company level"))
        rows.append(("Contribution", total["Contribution"], currency, "What is left"))
        lost = pnl[(pnl["Dimension"] == "Segment") & (pnl["Item"] == UNASSIGNED)]
        if len(lost) and lost["Net revenue"].iloc[0]:
            rows.append(
                ("Without customer", lost["Net revenue"].iloc[0], currency, "Net revenue reported as Unassigned")
            )
        segments = pnl[(pnl["Dimension"] == "Segment") & ~pnl["Item"].isin([UNASSIGNED, *RESTS, ALL_CUSTOMERS])]
        if len(segments) > 1:
            worst = segments.iloc[-1]
            left = float(worst["Contribution"])
            does = f"earns {_amount(left, facts)}" if left > 0 else f"loses {_amount(left, facts)}"
            does = does if left else "earns nothing"
            said = f"{does} after all its costs"
            name = short(worst["Item"], VALUE)
            rows.append(("Weakest segment", name, "", said if name == worst["Item"] else f"{worst['Item']} {said}"))
    tiers = tables.get("Tiers")
    if tiers is not None and len(tiers):
        profit = tiers["Profit"].to_numpy(dtype=float)
        stats = CVM_WHALE_STATS(profit)
        losing = int((profit < 0).sum())
        lost = "None loses money"
        if losing:
            lost = f"{figure(losing)} {'loses' if losing == 1 else 'lose'} {_amount(profit[profit < 0].sum(), facts)}"
            lost += " together" if losing > 1 else ""
        rest = "; the others take the rest away" if losing else ""
        rows.append(("Customers", len(tiers), "", lost))
        if isinstance(stats["peak"], float):
            said = f"of profit are earned by the best {stats['peak_at']:.0%} of customers{rest}"
            rows.append(("Whale peak", stats["peak"], "share", said))
            rows.append(("Top 20% of customers", stats["top20"], "share", "of profit"))
            rows.append(("Bottom 10% of customers", stats["bottom10"], "share", "of profit"))
        else:
            rows.append(("Whale curve", "none", "", "Customers earn nothing together that shares could be of"))
    bands = tables.get("PriceBands")
    if bands is not None and len(bands):
        most = bands["Verdict"].astype(str).str.partition(":")[0].str.lower().value_counts()
        unit = "offer" if len(bands) == 1 else "offers"
        rows.append(("Price bands", len(bands), unit, "; ".join(f"{n} {v}" for v, n in most.items())))
    plan = tables.get("PricePlan")
    if plan is not None and plan["Profit change"].notna().any():
        mine = plan[plan["Profit change"] > 0]
        low, high = mine["Profit low"].sum(), mine["Profit high"].sum()
        said = f"a year from {counted(len(mine), 'price')} of PricePlan; likely {figure(low)} to {figure(high)}"
        rows.append(("Next round of prices", round(float(mine["Profit change"].sum()), facts.decimals), currency, said))
    effects = tables.get("TargetEffects")
    if effects is not None and len(effects):
        total = effects.iloc[0]
        risk = total["Units at risk"] / total["Units a year"]
        said = f"a year if all prices moved to target at once; it risks {risk:.0%} of the units sold today"
        rows.append(("All prices at target", total["Profit change"], currency, said))
    gap = tables.get("CostPlusGap")
    if gap is not None:
        given, lost = gap["Given away"].iloc[0], gap["Lost"].iloc[0]
        said = f"a year at cost plus {facts.settings['markup']:.0%}: {figure(given)} given away, "
        said += f"{figure(lost)} priced away"
        rows.append(("Cost-plus gap", round(given + lost, facts.decimals), currency, said))
    rivals = tables.get("ValueMap")
    if rivals is not None and rivals["Relative price"].notna().any():
        worth = (rivals["Relative quality"] / rivals["Relative price"]).groupby(rivals["Segment"], sort=False).min()
        better = list(worth.index[worth > 1 + ON_LINE])
        names = ", ".join(better[:3]) + (f" and {len(better) - 3} more" if len(better) > 3 else "")
        said = f"more value for money than every rival in {names or 'none'}"
        rows.append(("Value against rivals", len(better), f"of {counted(len(worth), 'segment')}", said))
    life = tables.get("Lifetime")
    if life is not None and len(life):
        worth = round(float(life["CLV"].sum()), facts.decimals)
        horizon = facts.settings["horizon"]
        unit = str(facts.settings["time_unit"])
        ahead = "for ever" if horizon is None else f"over {horizon:g} {unit if horizon == 1 else f'{unit}s'}"
        rows.append(("Customer lifetime value", worth, currency, f"of {counted(len(life), 'customer')} {ahead}"))
        active = round(float(life["P(alive)"].sum()))
        unit = "customer" if active == 1 else "customers"
        rows.append(("Expected to be active", active, unit, "Sum of P(alive)"))
    else:
        rows.append(("Customer lifetime value", "none", "", "Not computed, so its chart is empty"))
    decided = tables.get("ByDecision")
    if decided is not None and len(decided):
        many, money = (dict(zip(decided["Decision"], decided[name], strict=True)) for name in ("Customers", "At stake"))
        acting = {name: int(many[name]) for name in many if name != "Keep"}
        named = list(acting.items())
        said = ", ".join(f"{name.lower()} {figure(count)}" for name, count in named)
        said += f" customer{'' if named and named[-1][1] == 1 else 's'} (Decisions)"
        rows.append(("Acting on decisions", round(sum(money[name] for name in acting), facts.decimals), currency, said))
    checks = tables.get("Checks")
    if checks is not None:
        wrong = int((checks["Status"] != "OK").sum())
        said = "Everything reconciles" if not wrong else "See Checks"
        rows.append(("Checks that differ", wrong, f"of {len(checks)}", said))
    return pd.DataFrame(rows, columns=["Figure", "Value", "Unit", "Meaning"])


def _amount(money: float, facts: Facts) -> str:
    """Money without its sign, in whole units where it has several: 95 EUR; 0.50 EUR."""
    shown = figure(abs(money), facts.decimals if abs(money) < 10 else 0)
    return f"{shown} {facts.settings['currency'] or ''}".strip()
