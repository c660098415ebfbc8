"""All tables on where money goes and what becomes of customers, each where its input is there."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cvm_xl.answers.contacts import contacts
from cvm_xl.answers.costs import Costs
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.further import Asked, gathered, wanted
from cvm_xl.answers.investment import investment
from cvm_xl.answers.lifecycle import expansion, lifecycle
from cvm_xl.answers.loyalty import loyalty, transitions
from cvm_xl.answers.satisfaction import satisfaction
from cvm_xl.answers.touchpoints import channel_costs, touchpoints
from cvm_xl.book.schema import table as declared
from cvm_xl.errors import CvmError

__all__ = ["spend_tables"]


def spend_tables(
    facts: Facts, costs: Costs, ranked: pd.DataFrame | None, life: pd.DataFrame | None
) -> tuple[dict[str, pd.DataFrame], dict[str, str], list[pd.DataFrame]]:
    """Tables by name; what was asked for and left out, and why; rows of Model.

    Parameters
    ----------
    ranked, life : DataFrame
        Tiers where a sales line has a customer, and Lifetime where it could be computed.
    """
    if ranked is None:
        ranked = pd.DataFrame(columns=[column.header for column in declared("Tiers")])
    tables: dict[str, pd.DataFrame] = {}
    left_out: dict[str, str] = {}
    try:
        tables |= investment(facts)
    except CvmError as error:
        left_out["Investment"] = error.reason
    tables |= satisfaction(facts, ranked, life)
    tables |= lifecycle(facts, ranked, life)
    tables |= loyalty(facts, ranked)
    found, model = contacts(facts)
    tables |= found
    found, missing = gathered(_asked(facts, costs))
    tables |= found
    left_out |= missing
    tables |= touchpoints(facts, costs)
    models = [] if model is None else [model]
    return {name: table for name, table in tables.items() if len(table)}, left_out, models


def _asked(facts: Facts, costs: Costs) -> Iterator[Asked]:
    """What the setting Further tables names, by the name of its first table."""
    if wanted(facts, "Expansion"):
        yield "Expansion", lambda: {"Expansion": expansion(facts)}
    if wanted(facts, "Transitions"):
        yield "Transitions", lambda: transitions(facts, costs)
    if wanted(facts, "ChannelCosts"):
        yield "ChannelCosts", lambda: {"ChannelCosts": channel_costs(facts, costs)}
