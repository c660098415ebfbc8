"""What a page can hold of the tables: the rows to know, what is left out summed into one row, so that totals stay.

Amounts are those of the tables; nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cvm_xl.answers import Answers
from cvm_xl.answers.dimensions import CROSS, dimension
from cvm_xl.answers.findings import SPECIAL, price_gain
from cvm_xl.answers.pnl import TOTAL
from cvm_xl.answers.words import Money, counted, share
from cvm_xl.figures import figure
from cvm_xl.functions.value import CVM_WHALE

__all__ = [
    "CHANGE",
    "LEVEL",
    "OTHERS",
    "bands",
    "by_tier",
    "concentration",
    "cross",
    "customers",
    "floated",
    "items",
    "offers",
    "served",
    "shortened",
    "waterfall",
    "whale",
]

LEVEL, CHANGE = "level", "change"
OTHERS = "All others"
POINTS = 101
MONEY = ("Net revenue", "Gross margin", "Cost to serve", "Contribution")


def shortened(table: pd.DataFrame, most: int, label: str, sums: Sequence[str], things: str) -> pd.DataFrame:
    """A table's first and last rows, and between them one with the sums of the others where it has more than `most`."""
    if len(table) <= most:
        return table.reset_index(drop=True)
    last = max((most - 1) // 3, 1)
    first = most - 1 - last
    middle = table.iloc[first : len(table) - last]
    row = {name: float(middle[name].sum()) for name in sums} | {label: f"{figure(len(middle))} other {things}"}
    others = pd.DataFrame([row]).reindex(columns=table.columns)
    parts = [table.iloc[:first], others, table.iloc[len(table) - last :]]
    return pd.concat([part.astype(object) for part in parts], ignore_index=True)


def items(
    block: pd.DataFrame, pools: Sequence[str], most: int, things: str, names: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The rows of one dimension of SegmentPnL, best first, cost pools in one column; items by their names if given."""
    table = block[["Item", "Net revenue", "Gross margin", "Contribution"]].copy()
    table.insert(3, "Cost to serve", block[list(pools)].sum(axis=1).round(6) + 0.0 if len(pools) else 0.0)
    special = table["Item"].isin(SPECIAL)
    if names:
        table["Item"] = [names.get(item, item) for item in table["Item"]]
    mine = shortened(table[~special], most, "Item", MONEY, things)
    return pd.concat([mine.astype(object), table[special].astype(object)], ignore_index=True)


def served(
    block: pd.DataFrame, pools: Sequence[str], items: Sequence[str], dimension: str, most: int = 8
) -> pd.DataFrame:
    """Cost pools as shares of net revenue: items in rows, the largest pools in columns, last all of the dimension."""
    if not len(pools):
        return pd.DataFrame()
    by_size = sorted(pools, key=lambda pool: float(block[pool].sum()))
    first = by_size if len(pools) <= most else by_size[: most - 1]
    rest = [pool for pool in pools if pool not in first]
    table = block.assign(**{f"{len(rest)} others": block[rest].sum(axis=1)} if rest else {})
    names = [*first, *([f"{len(rest)} others"] if rest else [])]
    rows = table[table["Item"].isin(set(items))]
    rows = pd.concat([rows, pd.DataFrame([table[[*names, "Net revenue"]].sum().to_dict() | {"Item": TOTAL}])])
    shares = rows[names].div(rows["Net revenue"].where(rows["Net revenue"] > 0), axis=0)
    found = -shares.astype(float) + 0.0
    found.insert(0, dimension, rows["Item"])
    return found.reset_index(drop=True)


def cross(answers: Answers, down: str, across: str, rows: int = 10, columns: int = 8) -> pd.DataFrame:
    """Contribution of two dimensions at once: those with most revenue, and what is left of each in a last one.

    The totals are those of SegmentPnL, so that what is left includes what belongs to no item. Where nothing is left,
    the cells miss the totals by what rounding each pair to cents takes.
    """
    facts, table = answers.facts, answers.tables["SegmentPnL"]
    first, both = dimension(facts, down), dimension(facts, f"{down}{CROSS}{across}")
    assert both.within is not None
    sold = facts.sums(both)
    left = sold.net_revenue - sold.cost_of_goods - answers.costs.of(both).sum(axis=1)
    at_row = [first.items[i] for i in both.within]
    at_column = [item[len(row) + len(CROSS) :] for row, item in zip(at_row, both.items, strict=False)]
    cells = pd.DataFrame({"row": at_row, "column": at_column, "left": left[:-1]})
    grid = cells.pivot_table(index="row", columns="column", values="left", aggfunc="sum", fill_value=0.0)
    totals: list[pd.Series] = []
    shown: list[list[str]] = []
    others: list[bool] = []
    for name, most in ((down, rows), (across, columns)):
        block = table[table["Dimension"] == name]
        mine = block[~block["Item"].isin(SPECIAL)].sort_values("Net revenue", ascending=False, kind="stable")
        shown.append(mine["Item"].head(most).tolist())
        totals.append(block.set_index("Item")["Contribution"])
        others.append(len(mine) > most or bool(block.loc[block["Item"].isin(SPECIAL), "Contribution"].any()))
    grid = grid.reindex(index=shown[0], columns=shown[1], fill_value=0.0).round(facts.decimals)
    every = float(totals[0].sum())
    right = totals[0].reindex(shown[0])
    grid[OTHERS] = right - grid.sum(axis=1)
    grid["Total"] = right
    bottom = totals[1].reindex(shown[1])
    bottom[OTHERS], bottom["Total"] = every - bottom.sum(), every
    grid.loc[OTHERS] = bottom - grid.sum(axis=0)
    grid.loc["Total"] = bottom
    grid = grid.round(facts.decimals) + 0.0
    if not others[0]:  # what is there is the rounding of pairs
        grid = grid.drop(index=OTHERS)
    if not others[1]:
        grid = grid.drop(columns=OTHERS)
    return grid.rename_axis(down).rename_axis(None, axis=1).reset_index()


def waterfall(total: pd.Series, pools: Sequence[str], most: int = 9) -> pd.DataFrame:
    """From list price to contribution: Step, Amount, Kind (a level, or the change to the next), Start and End."""
    by_size = sorted(pools, key=lambda pool: float(total[pool]))
    shown = list(pools) if len(pools) <= most else by_size[: most - 1]
    others = [pool for pool in pools if pool not in shown]
    steps: list[tuple[str, float, str]] = []
    if total["Discounts"]:
        steps += [
            ("List revenue", float(total["List revenue"]), LEVEL),
            ("Discounts", float(total["Discounts"]), CHANGE),
        ]
    steps.append(("Net revenue", float(total["Net revenue"]), LEVEL))
    if total["Cost of goods"]:
        steps.append(("Cost of goods", float(total["Cost of goods"]), CHANGE))
        steps.append(("Gross margin", float(total["Gross margin"]), LEVEL))
    steps += [(pool, float(total[pool]), CHANGE) for pool in shown if total[pool]]
    if others:
        steps.append((counted(len(others), "other pool"), float(total[others].sum()), CHANGE))
    if steps[-1][0] != "Net revenue" and steps[-1][0] != "Gross margin":
        steps.append(("Contribution", float(total["Contribution"]), LEVEL))
    table = pd.DataFrame(steps, columns=["Step", "Amount", "Kind"])
    return floated(table)


def floated(table: pd.DataFrame) -> pd.DataFrame:
    """Where each step starts and ends: a level stands on zero, a change on what was before."""
    start, end, now = [], [], 0.0
    for amount, kind in zip(table["Amount"], table["Kind"], strict=True):
        start.append(0.0 if kind == LEVEL else now)
        now = amount if kind == LEVEL else now + amount
        end.append(now)
    return table.assign(Start=start, End=end)


def whale(curve: pd.DataFrame, tiers: pd.DataFrame, money: Money) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The curve in shares of the total, or in money where that is not positive; what to say at its peak and its end."""
    shares = curve["Cumulative share"].notna().all()
    shown = curve[["Customers share", "Cumulative share" if shares else "Cumulative profit"]]
    profit = tiers["Profit"]
    gains, losses, total = (float(p.sum()) for p in (profit[profit > 0], -profit[profit < 0], profit))
    earning, losing = int((profit > 0).sum()), int((profit < 0).sum())
    texts: list[tuple[str, str]] = []
    if losing and gains:
        top, off = (f" ({share(part / total)})" if shares else "" for part in (gains, losses))
        texts.append(("Peak", f"{counted(earning, 'customer')} {_verb(earning, 'earn')} {money(gains)}{top}"))
        left = f"{money(total)} is left" if total >= 0 else f"{money(-total)} is lost"
        texts.append(("End", f"{counted(losing, 'customer')} {_verb(losing, 'lose')} {money(losses)}{off}: {left}"))
    return shown, pd.DataFrame(texts, columns=["At", "Text"])


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb


def concentration(tiers: pd.DataFrame) -> pd.DataFrame:
    """Share of revenue over customers, the largest first; empty where they have no revenue together."""
    revenue = tiers["Revenue"].to_numpy(dtype=float)
    if not len(revenue) or revenue.sum() <= 0:
        return pd.DataFrame({"Customers share": [], "Revenue share": []})
    curve = CVM_WHALE(revenue, POINTS)
    return pd.DataFrame({"Customers share": curve["customers_share"], "Revenue share": curve["cumulative_share"]})


def customers(tiers: pd.DataFrame, most: int) -> pd.DataFrame:
    """The best and the worst customers, the others in one row; without names or segments where there are none."""
    sums = ["Revenue", "Gross margin", "Cost to serve", "Profit"]
    named, grouped = tiers["Name"].notna().any(), tiers["Segment"].nunique() > 1
    known = ["Rank", "Customer", *(["Name"] if named else []), *(["Segment"] if grouped else [])]
    return shortened(tiers[[*known, *sums, "Tier"]], most, "Name" if named else "Customer", sums, "customers")


def by_tier(tiers: pd.DataFrame, summed: pd.DataFrame) -> pd.DataFrame:
    """ByTier with shares of all customers, revenue and profit."""
    table = summed[["Tier", "Customers", "Revenue", "Profit"]].copy()
    for name in ("Customers", "Revenue", "Profit"):
        total = float(summed[name].sum())
        table[f"Share of {name.lower()}"] = summed[name] / total if total > 0 else np.nan
    table["Profit per customer"] = (summed["Profit"] / summed["Customers"]).where(summed["Customers"] > 0)
    losing = tiers[tiers["Profit"] < 0].groupby("Tier").size()
    table.insert(2, "Who lose money", table["Tier"].map(losing).fillna(0).astype(int))
    return table


def bands(table: pd.DataFrame) -> pd.DataFrame:
    """Bands in shares of the reference price: the offers that sell most and have a band."""
    mine = table[(table["Reference"] > 0) & (table["Floor"] <= table["Ceiling"])]
    mine = mine.sort_values("Net revenue", ascending=False, kind="stable")
    named = mine["Name"].where(mine["Name"].notna() & (mine["Name"] != ""), mine["Product"])
    shown = pd.DataFrame({"Segment": mine["Segment"], "Product": named, "Floor": mine["Floor"] / mine["Reference"]})
    shown["Band"] = (mine["Ceiling"] - mine["Floor"]) / mine["Reference"]
    for name in ("Target", "Price today"):
        shown[name] = mine[name] / mine["Reference"]
    return shown.reset_index(drop=True)


def offers(bands: pd.DataFrame, most: int) -> pd.DataFrame:
    """The offers with most revenue: names for codes, and what the target price would bring at today's volume."""
    table = bands.assign(Gain=price_gain(bands))
    table["Product"] = table["Name"].where(table["Name"].notna() & (table["Name"] != ""), table["Product"])
    table["Verdict"] = table["Verdict"].astype(str).str.partition(":")[0]
    columns = ["Segment", "Product", "Floor", "Target", "Ceiling", "Price today", "Net revenue", "Gain", "Verdict"]
    table["Gain"] = table["Gain"].where(table["Gain"] > 0)
    ordered = table.sort_values(["Net revenue"], ascending=False, kind="stable")[columns]
    if len(ordered) <= most:
        return ordered.reset_index(drop=True)
    rest = ordered.iloc[most - 1 :]
    row = {
        "Segment": f"{figure(len(rest))} others",
        "Net revenue": rest["Net revenue"].sum(),
        "Gain": rest["Gain"].sum(),
    }
    return pd.concat([ordered.iloc[: most - 1], pd.DataFrame([row])], ignore_index=True)
