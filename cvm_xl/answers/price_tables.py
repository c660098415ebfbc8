"""All tables on price and value, and why those are left out that lack their inputs."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.evidence import choices, elasticity, price_survey, price_tests
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.further import Asked, gathered
from cvm_xl.answers.price import Bands, price_bands
from cvm_xl.answers.price_effects import effect_bars, target_effects
from cvm_xl.answers.price_plan import acceptance_curve, cost_plus, customer_bands, gap_bars, price_plan, talk_first
from cvm_xl.answers.rivals import rivals
from cvm_xl.answers.value_evidence import value_evidence
from cvm_xl.answers.what_if import what_if

__all__ = ["price_tables"]


def price_tables(facts: Facts, costs: Costs) -> tuple[dict[str, pd.DataFrame], dict[str, str], list[pd.DataFrame]]:
    """Tables by name; what was left out although it is always asked for, and why; rows of Model."""
    tables: dict[str, pd.DataFrame] = {}
    left_out: dict[str, str] = {}
    models: list[pd.DataFrame] = []
    bands = None
    if facts.frame("ValueDrivers") is None:
        left_out["PriceBands"] = "the table ValueDrivers is empty"
    else:
        bands = price_bands(facts, costs)
        if bands is None:
            left_out["PriceBands"] = "ValueDrivers has no row of kind reference"
    if bands is not None:
        tables["PriceBands"] = bands.table
        models.append(bands.model_rows)
        tables["ValueEvidence"] = value_evidence(facts, bands)
        tables |= what_if(facts, bands)
        tables["PricePlan"] = price_plan(facts, bands)
        tables["AcceptanceCurve"] = acceptance_curve(bands)
        tables["TargetEffects"] = target_effects(facts, bands)
        if len(tables["TargetEffects"]):
            tables["EffectBars"] = effect_bars(tables["TargetEffects"])
        found, missing = gathered(_asked(facts, costs, bands))
        tables |= found
        left_out |= missing
    tables |= rivals(facts)
    tables |= price_survey(facts)
    tables |= price_tests(facts, bands)
    worths, model = choices(facts)
    tables |= worths
    if model is not None:
        models.append(model)
    return {name: table for name, table in tables.items() if len(table)}, left_out, models


def _asked(facts: Facts, costs: Costs, bands: Bands) -> Iterator[Asked]:
    """What Settings ask for, by the name of its first table."""
    if facts.settings["customer_bands"]:
        yield "CustomerBands", lambda: _talks(facts, costs, bands)
    if facts.settings["markup"] is not None:
        yield "CostPlusGap", lambda: _gaps(facts, bands)
    if facts.settings["elasticity_by"]:
        yield "Elasticity", lambda: {"Elasticity": elasticity(facts, bands)}


def _talks(facts: Facts, costs: Costs, bands: Bands) -> dict[str, pd.DataFrame]:
    table = customer_bands(facts, costs, bands)
    return {"CustomerBands": table, **({"TalkFirst": talk_first(facts, table)} if len(table) else {})}


def _gaps(facts: Facts, bands: Bands) -> dict[str, pd.DataFrame]:
    table = cost_plus(facts, bands)
    return {"CostPlusGap": table, **({"GapBars": gap_bars(table)} if len(table) else {})}
