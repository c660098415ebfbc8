"""The tables that are written when something asks for them: a setting, a filled table, a pool off the price."""

from __future__ import annotations

import pandas as pd

from cvm_xl.answers.compare import bridge, bridge_steps, migration, moves, periods
from cvm_xl.answers.costs import Costs
from cvm_xl.answers.explain import traces
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.matrix import heat_map, matrix
from cvm_xl.answers.pocket import by_customer, outliers, pocket, pocket_steps
from cvm_xl.answers.portfolio import by_quadrant, portfolio, whale_stats
from cvm_xl.answers.scenarios import scenarios, totals
from cvm_xl.answers.tiers import tier_names
from cvm_xl.book.schema import normal

__all__ = ["FURTHER", "further", "wanted"]

FURTHER = (
    "Matrix", "Portfolio", "WhaleStats", "Holdout", "Cohorts", "Potential", "WhiteSpace", "Expansion", "Transitions",
    "ChannelCosts",
)  # fmt: skip
"""What the setting Further tables can name."""


def wanted(facts: Facts, name: str) -> bool:
    """Whether the setting Further tables names this one."""
    return normal(name) in {normal(text) for text in str(facts.settings["further_tables"] or "").split(";")}


def further(facts: Facts, costs: Costs, tiers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Output tables by name, in the order of the schema."""
    chosen = facts.settings
    tables: dict[str, pd.DataFrame] = {}
    if chosen["compare"]:
        period = periods(facts, chosen["compare"])
        tables["Bridge"] = bridge(facts, costs, period)
        tables["BridgeSteps"] = bridge_steps(tables["Bridge"], period)
        if len(tiers):
            tables["Migration"] = migration(facts, costs, period)
            tables["TierMoves"] = moves(tables["Migration"], tier_names(facts))
    if any(pool.layer == "pocket" for pool in costs.pools):
        tables["PocketPrice"] = pocket(facts, costs)
        tables["PocketSteps"] = pocket_steps(tables["PocketPrice"])
        tables["PocketCustomers"] = by_customer(facts, costs)
        tables["PocketOutliers"] = outliers(facts, tables["PocketCustomers"])
    if facts.frame("Scenarios") is not None:
        tables["ScenarioPnL"] = scenarios(facts, costs)
        tables["ScenarioTotals"] = totals(tables["ScenarioPnL"])
    if wanted(facts, "Matrix"):
        tables["Matrix"] = matrix(facts, costs)
        tables["HeatMap"] = heat_map(tables["Matrix"])
    if wanted(facts, "Portfolio") and len(tiers):
        tables["Portfolio"] = portfolio(facts, tiers)
        tables["ByQuadrant"] = by_quadrant(tables["Portfolio"])
    if wanted(facts, "WhaleStats") and len(tiers):
        tables["WhaleStats"] = whale_stats(tiers, str(chosen["currency"] or ""))
    if chosen["trace"]:
        tables["Trace"] = traces(facts, costs, chosen["trace"])
    return tables
