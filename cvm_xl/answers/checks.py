"""Checks: what must agree between the inputs and the answers, each difference 0.00."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pandas as pd

from cvm_xl.answers.compare import STEPS
from cvm_xl.answers.costs import divided
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pnl import RESTS, TOTAL, Costs
from cvm_xl.answers.pools import ledger
from cvm_xl.book.schema import UNASSIGNED

__all__ = ["checks"]


def checks(facts: Facts, costs: Costs | None, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The table Checks: one row per comparison."""
    rows: list[tuple[str, float, float]] = []
    pnl = tables.get("SegmentPnL")
    if pnl is not None and costs is not None:
        rows += _sales(facts, pnl) + _pools(facts, costs, pnl)
        if "Tiers" in tables:
            rows += _customers(costs, pnl, tables["Tiers"])
    rows += _further(tables)
    if "Whale" in tables and "Tiers" in tables and len(tables["Tiers"]):
        end = float(tables["Whale"]["Cumulative profit"].iloc[-1])
        rows.append(("Profit: Tiers = end of the whale curve", float(tables["Tiers"]["Profit"].sum()), end))
    if "Lifetime" in tables and "Tiers" in tables:
        known = set(tables["Tiers"]["Customer"])
        found = sum(customer in known for customer in tables["Lifetime"]["Customer"])
        rows.append(("Customers: Lifetime = of these in Tiers", float(len(tables["Lifetime"])), float(found)))
    table = pd.DataFrame(rows, columns=["Check", "Left", "Right"])
    table[["Left", "Right"]] = table[["Left", "Right"]].round(facts.decimals) + 0.0
    table["Difference"] = (table["Left"] - table["Right"]).round(facts.decimals) + 0.0
    table["Status"] = np.where(table["Difference"] == 0, "OK", "look here")
    return table


def _sales(facts: Facts, pnl: pd.DataFrame) -> list[tuple[str, float, float]]:
    """Sales as the analyst entered them against each dimension of the P&L."""
    rows: list[tuple[str, float, float]] = []
    lines, _, net, cost = (float(values[0]) for values in astuple(facts.total))
    for dimension, mine in pnl.groupby("Dimension", sort=False):
        label = "P&L in total" if dimension == TOTAL else f"P&L by {dimension}"
        entered = net if facts.entered is None else facts.entered
        rows.append((f"Net revenue: Sales = {label}", entered, float(mine["Net revenue"].sum())))
        rows.append((f"Sales lines: Sales = {label}", lines, float(mine["Lines"].sum())))
        rows.append((f"Cost of goods: Sales = {label}", -cost, float(mine["Cost of goods"].sum())))
    return rows


def _pools(facts: Facts, costs: Costs, pnl: pd.DataFrame) -> list[tuple[str, float, float]]:
    """The ledger against pools, and each pool against what reached items, the company, or no one."""
    frame = facts.frame("CostPools")
    if frame is None:
        return []
    entered = float(ledger(facts, frame).sum())
    rows = [("Cost pools: ledger = pools after services", entered, sum(pool.amount for pool in costs.pools))]
    by_segment = pnl[pnl["Dimension"] == "Segment"]
    rows += [
        (
            f"Pool {pool.name} = allocated + unused + company + unallocated",
            pool.amount,
            -float(by_segment[pool.name].sum()),
        )
        for pool in costs.pools
    ]
    rows += _accounts(facts, costs, frame)
    names = [pool.name for pool in costs.pools]
    for dimension, mine in pnl.groupby("Dimension", sort=False):
        label = "in total" if dimension == TOTAL else f"by {dimension}"
        rows.append((f"Cost pools: ledger = P&L {label}", entered, -float(mine[names].to_numpy().sum())))
    return rows


def _accounts(facts: Facts, costs: Costs, frame: pd.DataFrame) -> list[tuple[str, float, float]]:
    """Each account of the ledger against what became of its money: what customers bear, and what no one does."""
    if "account" not in frame or not frame["account"].notna().any():
        return []
    named = frame["account"].fillna("").astype(str).str.strip()
    entered = pd.Series(ledger(facts, frame)).groupby(named.to_numpy(), sort=False).sum()
    reached = dict.fromkeys(entered.index, 0.0)
    customer = facts.dimensions["Customer"]
    for pool in costs.pools:
        for rule in pool.rules:
            share = costs.share(rule)
            borne = float(costs.shares(rule, customer).sum()) + share.unused + share.company + share.unallocated
            for source in divided(rule, round(borne, facts.decimals), facts.decimals):
                reached[source.account] += source.amount
    return [
        (f"Account {account or '(none)'} = allocated + unused + company + unallocated", float(entered[account]), found)
        for account, found in reached.items()
    ]


def _further(tables: dict[str, pd.DataFrame]) -> list[tuple[str, float, float]]:
    """The tables that were asked for against those that they split or follow."""
    rows: list[tuple[str, float, float]] = []
    pnl = tables.get("SegmentPnL")
    if "Bridge" in tables:
        bridge = tables["Bridge"]
        for dimension, mine in bridge.groupby("Dimension", sort=False):
            left = float(mine["Before"].sum() + mine[STEPS].to_numpy().sum())
            rows.append((f"Bridge by {dimension}: before + effects = after", left, float(mine["After"].sum())))
    if pnl is None:
        return rows
    total = float(pnl.loc[pnl["Dimension"] == TOTAL, "Contribution"].iloc[0])
    if "Matrix" in tables:
        mine = pnl[(pnl["Dimension"] == "Segment") & ~pnl["Item"].isin(RESTS)]
        left = float(tables["Matrix"]["Profit"].sum())
        rows.append(("Profit: Matrix = P&L by Segment before company level", left, float(mine["Contribution"].sum())))
    if "ScenarioPnL" in tables:
        table = tables["ScenarioPnL"]
        for name, mine in table[table["Line"] == "Contribution"].groupby("Scenario", sort=False):
            whole = mine["Segment"] == TOTAL
            rows.append((f"Scenario {name}: base = P&L in total", float(mine.loc[whole, "Base"].sum()), total))
            left = float(mine.loc[whole, "With"].sum())
            rows.append((f"Scenario {name}: total = sum of segments", left, float(mine.loc[~whole, "With"].sum())))
    return rows


def _customers(costs: Costs, pnl: pd.DataFrame, tiers: pd.DataFrame) -> list[tuple[str, float, float]]:
    """Profit of customers, and what belongs to none, against the P&L."""
    mine = pnl[pnl["Dimension"] == "Segment"]
    rest = mine[mine["Item"].isin([UNASSIGNED, *RESTS])]
    total = float(pnl.loc[pnl["Dimension"] == TOTAL, "Contribution"].sum())
    rows = [
        (
            "Profit: Tiers + Unassigned + company + unallocated = P&L in total",
            float(tiers["Profit"].sum() + rest["Contribution"].sum()),
            total,
        )
    ]
    if costs.pools:
        served = -float(mine.loc[~mine.index.isin(rest.index), [pool.name for pool in costs.pools]].to_numpy().sum())
        rows.append(("Cost to serve: Tiers = P&L by Segment", float(tiers["Cost to serve"].sum()), served))
    return rows
