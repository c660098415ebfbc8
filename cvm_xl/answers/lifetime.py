"""What customers are worth: Lifetime, by a model of purchases and Gamma-Gamma."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.fits import Fit, fit
from cvm_xl.answers.pnl import RESTS
from cvm_xl.answers.tiers import names, segments
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.errors import CvmError
from cvm_xl.functions.lifetime import CVM_ALIVE, CVM_LIFETIME, CVM_PREDICTABILITY, CVM_PURCHASES, CVM_SPEND
from cvm_xl.models.summary import days_in

__all__ = ["last_day", "lifetime"]

DRAWS = 2_000_000  # of all customers together
HISTORY = ["Frequency", "Recency", "Age", "Monetary"]
RANGED = {"low": "CLV low", "high": "CLV high", "predictability": "Predictability"}


def last_day(facts: Facts) -> np.datetime64:
    """The day on which customers are looked at: the period's last."""
    end = facts.settings["period_end"]
    return facts.days[1] if end is None else np.datetime64(end, "D")


def lifetime(facts: Facts, pnl: pd.DataFrame, tiers: pd.DataFrame, model: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lifetime by a model of purchases, and the fitted models as rows of Model.

    The margin on revenue is the segment's contribution before company level, so that a tier's or a customer's own
    luck does not enter twice.
    """
    unit, horizon = facts.settings["time_unit"], facts.settings["horizon"]
    ahead = horizon if horizon is not None else 365.25 / days_in(unit)  # purchases for ever would be no number
    customer = facts.dimensions["Customer"]
    found = facts.history(last_day(facts), unit)
    code = np.array(found["customer"], dtype=int)
    history = pd.DataFrame({name: np.asarray(found[name.lower()], dtype=float) for name in HISTORY})
    fits, which = fit(facts, model, history, code)
    used = [fits[i] for i in np.unique(which)]
    segment = np.array(segments(facts), dtype=object)[code]
    table = pd.DataFrame({"Customer": np.array(customer.items, dtype=object)[code], "Segment": segment})
    table = pd.concat([table, history], axis=1)
    table["Margin"] = _margins(pnl, segment)
    table["Fitted to"] = np.array([one.label for one in fits], dtype=object)[which]
    when = {"discount": facts.settings["discount_rate"], "horizon": horizon}
    table = pd.concat([_valued(one, table, ahead, when) for one in used])
    tier = dict(zip(tiers["Customer"], tiers["Tier"], strict=True))
    table["Name"] = names(facts, "Customers", "customer", list(table["Customer"]))
    table["Tier"] = table["Customer"].map(tier)
    table = table.sort_values(["CLV", "Customer"], ascending=[False, True], kind="stable", ignore_index=True)
    table = pd.concat([_ranged(facts, one, table, when) for one in used]).sort_index()
    table["Monetary"] = table["Monetary"].where(table["Frequency"] > 0)
    table["Frequency"] = table["Frequency"].astype(int)
    models = {one.named(str(fitted["model"])): fitted for one in fits for fitted in one.models}
    facts.notes.extend(f"Lifetime: {fitted['note']}" for fitted in models.values() if fitted.get("note"))
    rows = [(label, name, value) for label, fitted in models.items() for name, value in fitted.items()]
    return table, pd.DataFrame(rows, columns=["Model", "Name", "Value"])


def _valued(one: Fit, everybody: pd.DataFrame, ahead: float, when: dict[str, Any]) -> pd.DataFrame:
    """The customers that a fit is for, with what it expects of them."""
    mine = everybody[everybody["Fitted to"] == one.label].copy()
    x, t_x, age, monetary = history = [mine[name].to_numpy() for name in HISTORY]
    bought, spend = one.models
    mine["Purchases"] = CVM_PURCHASES(bought, np.full(len(mine), ahead), x, t_x, age)
    mine["P(alive)"] = CVM_ALIVE(bought, x, t_x, age)
    mine["Spend"] = CVM_SPEND(spend, x, monetary)
    mine["CLV"] = CVM_LIFETIME(bought, spend, *history, margin=mine["Margin"].to_numpy(), **when)
    return mine


def _ranged(facts: Facts, one: Fit, everybody: pd.DataFrame, when: dict[str, Any]) -> pd.DataFrame:
    """The same customers with low, high and predictability: in the sheet's order, so that a call gives the same."""
    mine = everybody[everybody["Fitted to"] == one.label].copy()
    history = (mine[name].to_numpy() for name in HISTORY)
    draws = int(np.clip(DRAWS // len(mine), 100, 1000))
    try:
        found = CVM_PREDICTABILITY(*one.models, *history, margin=mine["Margin"].to_numpy(), **when, draws=draws)
    except CvmError as error:  # a fit without standard errors
        facts.notes.append(f"Lifetime: no low, high and predictability: {error}")
        found = dict.fromkeys(RANGED, np.full(len(mine) + 1, np.nan))
    for name, header in RANGED.items():
        mine[header] = np.asarray(found[name], dtype=float)[:-1]
    return mine


def _margins(pnl: pd.DataFrame, segment: np.ndarray) -> np.ndarray:
    """Contribution over net revenue of each customer's segment; of all customers where that has no revenue."""
    mine = pnl[(pnl["Dimension"] == "Segment") & ~pnl["Item"].isin(RESTS)]
    net, left = mine["Net revenue"].to_numpy(dtype=float), mine["Contribution"].to_numpy(dtype=float)
    overall = left.sum() / net.sum() if net.sum() > 0 else 0.0
    known = {item: c / n for item, n, c in zip(mine["Item"], net, left, strict=True) if n > 0 and item != UNASSIGNED}
    return np.array([known.get(s, overall) for s in segment])
