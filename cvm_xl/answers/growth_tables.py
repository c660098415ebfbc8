"""All tables on growth, and why those are left out that lack their inputs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.decisions import adjustments, by_decision, by_owner, decisions
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.potential import potential

__all__ = ["growth_tables"]


def growth_tables(
    facts: Facts, costs: Costs, tables: Mapping[str, pd.DataFrame], former: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Tables by name, and what was left out although it is always asked for, and why.

    `tables` are those of the other questions, `former` those of the last refresh.
    """
    found: dict[str, pd.DataFrame] = {}
    left_out: dict[str, str] = {}
    if "Lifetime" not in tables or "Tiers" not in tables:
        left_out["Decisions"] = "they rest on Lifetime, which is not there"
    else:
        grown = potential(facts, tables["Tiers"], tables["Lifetime"])
        made = decisions(facts, costs, grown, tables.get("PriceBands"))
        found["Decisions"] = made.table
        found["Adjustments"] = adjustments(facts, made)
        found["ByDecision"] = by_decision(facts, made.table)
        found["DecisionsByOwner"] = by_owner(facts, made.table)
    return {name: table for name, table in found.items() if len(table)}, left_out
