"""All tables on growth, and why those are left out that lack their inputs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cvm_xl.answers.alerts import alert_summary, alerts
from cvm_xl.answers.costs import Costs
from cvm_xl.answers.cycle import cycle, data_quality, readiness
from cvm_xl.answers.decisions import adjustments, by_decision, by_owner, decisions
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.further import wanted
from cvm_xl.answers.lookalikes import look_alikes
from cvm_xl.answers.potential import Grown, by_segment, owners, potential
from cvm_xl.answers.spend_tables import spend_tables
from cvm_xl.answers.tiers import names
from cvm_xl.errors import NotAvailable

__all__ = ["growth_tables"]

ASKED = ("Potential", "WhiteSpace")


def growth_tables(
    facts: Facts, costs: Costs, tables: Mapping[str, pd.DataFrame], former: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, pd.DataFrame], dict[str, str], list[pd.DataFrame]]:
    """Tables by name; what was left out although it is asked for, and why; rows of Model.

    `tables` are those of the other questions, `former` those of the last refresh.
    """
    found: dict[str, pd.DataFrame] = {}
    left_out: dict[str, str] = {}
    models: list[pd.DataFrame] = []
    tiers, lifetime = tables.get("Tiers"), tables.get("Lifetime")
    if tiers is None or lifetime is None:
        left_out["Decisions"] = "they rest on Lifetime, which is not there"
        left_out |= {name: "it rests on Lifetime, which is not there" for name in ASKED if wanted(facts, name)}
    else:
        grown = potential(facts, tiers, lifetime)
        made = decisions(facts, costs, grown, tables.get("PriceBands"))
        found["Decisions"] = made.table
        found["Adjustments"] = adjustments(facts, made, tables.get("Model"))
        found["ByDecision"] = by_decision(facts, made.table)
        found["DecisionsByOwner"] = by_owner(facts, made.table)
        found["PotentialBySegment"] = by_segment(facts, grown.table)
        found |= _asked(facts, grown)
        if "WhiteSpace" in found and found["WhiteSpace"].empty:
            left_out["WhiteSpace"] = "customers hold, returned or exclude what goes with what they have"
        if facts.settings["look_alike_by"] and facts.frame("Customers") is not None:
            try:
                alike, model = look_alikes(facts, tiers, lifetime)
            except NotAvailable as error:
                left_out["LookAlikes"] = error.reason
            else:
                found |= alike
                models.append(model)
    if tiers is not None:
        found["Alerts"] = alerts(facts, tables, former)
        found["AlertSummary"] = alert_summary(found["Alerts"])
    spent, missing, fitted = spend_tables(facts, costs, tiers, lifetime)
    found |= spent
    left_out |= missing
    models += fitted
    quality = data_quality(facts, costs, tables)
    found["Readiness"] = readiness(facts, quality)
    if len(found["Readiness"]):
        found["DataQuality"] = quality
    found["Cycle"] = cycle(facts, {**tables, **found}, former)
    return {name: table for name, table in found.items() if len(table)}, left_out, models


def _asked(facts: Facts, grown: Grown) -> dict[str, pd.DataFrame]:
    """Potential and WhiteSpace, where Settings name them among Further tables."""
    found: dict[str, pd.DataFrame] = {}
    if wanted(facts, "Potential"):
        more = grown.table["Potential"] - grown.table["Value now"]
        found["Potential"] = grown.table.loc[more.sort_values(ascending=False, kind="stable").index].reset_index(
            drop=True
        )
    if wanted(facts, "WhiteSpace"):
        space = grown.white_space.sort_values("Expected margin", ascending=False, kind="stable", ignore_index=True)
        who, what = list(space["Customer"]), list(space["Product"])
        space["Name"] = names(facts, "Customers", "customer", who)
        space["Owner"] = owners(facts, who)
        space["Product name"] = names(facts, "Products", "product", what)
        found["WhiteSpace"] = space
    return found
