"""What customers are worth: Lifetime, by a model of purchases and Gamma-Gamma."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pnl import RESTS
from cvm_xl.answers.tiers import names, segments
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.errors import CvmError
from cvm_xl.functions.lifetime import CVM_ALIVE, CVM_LIFETIME, CVM_LIFETIME_RANGE, CVM_PURCHASES, CVM_SPEND
from cvm_xl.functions.lifetime_fit import CVM_BGNBD, CVM_GAMMA_GAMMA, CVM_MBGNBD, CVM_PARETO_NBD, CVM_SUMMARY
from cvm_xl.models.summary import days_in

__all__ = ["FITS", "last_day", "lifetime", "purchase_lines"]

FITS = {"bgnbd": CVM_BGNBD, "mbgnbd": CVM_MBGNBD, "pareto_nbd": CVM_PARETO_NBD}
DRAWS = 2_000_000  # of all customers together
RANGED = {"low": "CLV low", "high": "CLV high", "predictability": "Predictability"}


def purchase_lines(facts: Facts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customer's code, day and net revenue of the lines that are purchases or returns of a customer."""
    customer, kind = facts.dimensions["Customer"], facts.dimensions["Kind"]
    bought = facts.sold & (customer.codes != customer.unassigned)
    bought &= np.array([item != "adjustment" for item in kind.items])[kind.codes]
    return customer.codes[bought], facts.dates[bought], facts.net_revenue[bought]


def last_day(facts: Facts) -> np.datetime64:
    """The day on which customers are looked at: the period's last."""
    end = facts.settings["period_end"]
    return facts.dates[facts.sold].max() if end is None else np.datetime64(end, "D")


def lifetime(facts: Facts, pnl: pd.DataFrame, tiers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lifetime, and the fitted models as rows of Model.

    The margin on revenue is the segment's contribution before company level, so that a tier's or a customer's own
    luck does not enter twice.
    """
    unit, horizon = facts.settings["time_unit"], facts.settings["horizon"]
    ahead = horizon if horizon is not None else 365.25 / days_in(unit)  # purchases for ever would be no number
    customer = facts.dimensions["Customer"]
    who, dates, money = purchase_lines(facts)
    found = CVM_SUMMARY(who, dates, money, end=last_day(facts), unit=unit)
    code = np.array(found["customer"], dtype=int)
    x, t_x, age, monetary = (
        np.asarray(found[name], dtype=float) for name in ("frequency", "recency", "age", "monetary")
    )
    bought = FITS[facts.settings["purchase_model"]](x, t_x, age, unit=unit)
    gamma = CVM_GAMMA_GAMMA(x, monetary)
    spend = CVM_SPEND(gamma, x, monetary)
    segment = np.array(segments(facts), dtype=object)[code]
    margin = _margins(pnl, segment)
    buying, history = (bought, gamma), (x, t_x, age, monetary)
    when = {"discount": facts.settings["discount_rate"], "horizon": horizon}
    table = pd.DataFrame(
        {
            "Customer": np.array(customer.items, dtype=object)[code],
            "Segment": segment,
            "Frequency": x.astype(int),
            "Recency": t_x,
            "Age": age,
            "Monetary": np.where(x > 0, monetary, np.nan),
            "Purchases": CVM_PURCHASES(bought, np.full(len(x), ahead), x, t_x, age),
            "P(alive)": CVM_ALIVE(bought, x, t_x, age),
            "Spend": spend,
            "Margin": margin,
            "CLV": CVM_LIFETIME(*buying, *history, margin=margin, **when),
        }
    )
    tier = dict(zip(tiers["Customer"], tiers["Tier"], strict=True))
    table["Name"] = names(facts, "Customers", "customer", list(table["Customer"]))
    table["Tier"] = table["Customer"].map(tier)
    table = table.sort_values(["CLV", "Customer"], ascending=[False, True], kind="stable", ignore_index=True)
    _add_ranges(facts, table, buying, when)
    models: dict[str, dict[str, Any]] = {str(fitted["model"]): fitted for fitted in buying}
    facts.notes.extend(f"Lifetime: {fitted['note']}" for fitted in models.values() if fitted.get("note"))
    rows = [(label, name, value) for label, fitted in models.items() for name, value in fitted.items()]
    return table, pd.DataFrame(rows, columns=["Model", "Name", "Value"])


def _add_ranges(facts: Facts, table: pd.DataFrame, buying: tuple[dict[str, Any], ...], when: dict[str, Any]) -> None:
    """Low, high and predictability: of the rows as they stand, so that a call over them gives the same draws."""
    history = (table[name].fillna(0.0).to_numpy(float) for name in ("Frequency", "Recency", "Age", "Monetary"))
    draws = int(np.clip(DRAWS // len(table), 100, 1000))
    try:
        found = CVM_LIFETIME_RANGE(*buying, *history, margin=table["Margin"].to_numpy(), **when, draws=draws)
    except CvmError as error:  # a fit without standard errors
        facts.notes.append(f"Lifetime: no low, high and predictability: {error}")
        found = dict.fromkeys(RANGED, np.full(len(table) + 1, np.nan))
    for name, header in RANGED.items():
        table[header] = np.asarray(found[name], dtype=float)[:-1]


def _margins(pnl: pd.DataFrame, segment: np.ndarray) -> np.ndarray:
    """Contribution over net revenue of each customer's segment; of all customers where that has no revenue."""
    mine = pnl[(pnl["Dimension"] == "Segment") & ~pnl["Item"].isin(RESTS)]
    net, left = mine["Net revenue"].to_numpy(dtype=float), mine["Contribution"].to_numpy(dtype=float)
    overall = left.sum() / net.sum() if net.sum() > 0 else 0.0
    known = {item: c / n for item, n, c in zip(mine["Item"], net, left, strict=True) if n > 0 and item != UNASSIGNED}
    return np.array([known.get(s, overall) for s in segment])
