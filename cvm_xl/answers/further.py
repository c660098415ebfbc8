"""The tables that are written when something asks for them: a setting, a filled table, a pool off the price."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

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
from cvm_xl.errors import NotAvailable

__all__ = ["FURTHER", "Asked", "further", "gathered", "wanted"]

Asked = tuple[str, Callable[[], dict[str, pd.DataFrame]]]
"""The name of the first of some tables, and what makes them."""

FURTHER = (
    "Matrix", "Portfolio", "WhaleStats", "Holdout", "Cohorts", "Potential", "WhiteSpace", "Expansion", "Transitions",
    "ChannelCosts",
)  # fmt: skip
"""What the setting Further tables can name."""


def wanted(facts: Facts, name: str) -> bool:
    """Whether the setting Further tables names this one."""
    return normal(name) in {normal(text) for text in str(facts.settings["further_tables"] or "").split(";")}


def further(facts: Facts, costs: Costs, tiers: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Output tables by name, in the order of the schema; what was asked for and left out, and why."""
    return gathered(_asked(facts, costs, tiers))


def gathered(asked: Iterable[Asked]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """The tables that are asked for; those that cannot be made are left out and say why, and the others are there."""
    tables: dict[str, pd.DataFrame] = {}
    left_out: dict[str, str] = {}
    for name, make in asked:
        try:
            tables |= make()
        except NotAvailable as error:
            left_out[name] = str(error)
    return tables, left_out


def _asked(facts: Facts, costs: Costs, tiers: pd.DataFrame) -> Iterator[Asked]:
    """What something asks for, by the name of its first table."""
    chosen = facts.settings
    if chosen["compare"]:
        yield "Bridge", lambda: _compared(facts, costs, tiers)
    if any(pool.layer == "pocket" for pool in costs.pools):
        yield "PocketPrice", lambda: _pocket(facts, costs)
    if facts.frame("Scenarios") is not None:
        yield "ScenarioPnL", lambda: _scenarios(facts, costs)
    if wanted(facts, "Matrix"):
        yield "Matrix", lambda: _matrix(facts, costs)
    if wanted(facts, "Portfolio") and len(tiers):
        yield "Portfolio", lambda: _portfolio(facts, tiers)
    if wanted(facts, "WhaleStats") and len(tiers):
        yield "WhaleStats", lambda: {"WhaleStats": whale_stats(tiers, str(chosen["currency"] or ""))}
    if chosen["trace"]:
        yield "Trace", lambda: {"Trace": traces(facts, costs, chosen["trace"])}


def _compared(facts: Facts, costs: Costs, tiers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    period = periods(facts, facts.settings["compare"])
    tables = {"Bridge": bridge(facts, costs, period)}
    tables["BridgeSteps"] = bridge_steps(tables["Bridge"], period)
    if len(tiers):
        tables["Migration"] = migration(facts, costs, period)
        tables["TierMoves"] = moves(tables["Migration"], tier_names(facts))
    return tables


def _pocket(facts: Facts, costs: Costs) -> dict[str, pd.DataFrame]:
    table = pocket(facts, costs)
    customers = by_customer(facts, costs)
    return {
        "PocketPrice": table,
        "PocketSteps": pocket_steps(table),
        "PocketCustomers": customers,
        "PocketOutliers": outliers(facts, customers),
    }


def _scenarios(facts: Facts, costs: Costs) -> dict[str, pd.DataFrame]:
    table = scenarios(facts, costs)
    return {"ScenarioPnL": table, "ScenarioTotals": totals(table)}


def _matrix(facts: Facts, costs: Costs) -> dict[str, pd.DataFrame]:
    table = matrix(facts, costs)
    return {"Matrix": table, "HeatMap": heat_map(table)}


def _portfolio(facts: Facts, tiers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    table = portfolio(facts, tiers)
    return {"Portfolio": table, "ByQuadrant": by_quadrant(table)}
