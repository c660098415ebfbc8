"""The tables that are written when something asks for them: a setting, a filled table, a pool off the price."""

from __future__ import annotations

import pandas as pd

from cvm_xl.answers.compare import bridge, bridge_steps, migration, periods
from cvm_xl.answers.costs import Costs
from cvm_xl.answers.explain import traces
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.matrix import heat_map, matrix
from cvm_xl.answers.pocket import outliers, pocket, pocket_steps
from cvm_xl.answers.portfolio import portfolio, whale_stats
from cvm_xl.answers.scenarios import scenarios
from cvm_xl.book.schema import normal

__all__ = ["FURTHER", "further", "wanted"]

FURTHER = ("Matrix", "Portfolio", "WhaleStats", "Holdout", "Cohorts")
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
    if any(pool.layer == "pocket" for pool in costs.pools):
        tables["PocketPrice"] = pocket(facts, costs)
        tables["PocketSteps"] = pocket_steps(tables["PocketPrice"])
        tables["PocketOutliers"] = outliers(facts, costs)
    if facts.frame("Scenarios") is not None:
        tables["ScenarioPnL"] = scenarios(facts, costs)
    if wanted(facts, "Matrix"):
        tables["Matrix"] = matrix(facts, costs)
        tables["HeatMap"] = heat_map(tables["Matrix"])
    if wanted(facts, "Portfolio") and len(tiers):
        tables["Portfolio"] = portfolio(facts, tiers)
    if wanted(facts, "WhaleStats") and len(tiers):
        tables["WhaleStats"] = whale_stats(tiers, str(chosen["currency"] or ""))
    if chosen["trace"]:
        tables["Trace"] = traces(facts, costs, chosen["trace"])
    return tables
