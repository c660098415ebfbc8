"""Which customers make us money: Tiers and Whale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pnl import Costs
from cvm_xl.book.settings import setting_place
from cvm_xl.errors import BookError, CvmError
from cvm_xl.functions.value import CVM_TIER, CVM_WHALE

__all__ = ["names", "segments", "tier_names", "tier_of", "tiers", "whale"]

POINTS = 200  # of the whale curve: more than a chart can show


def tiers(facts: Facts, costs: Costs) -> pd.DataFrame:
    """One row per customer, the most profitable first."""
    customer = facts.dimensions["Customer"]
    n = len(customer.items)
    sold = facts.sums(customer)
    revenue, margin = sold.net_revenue, sold.net_revenue - sold.cost_of_goods
    serve = costs.of(customer).sum(axis=1) if costs.pools else np.zeros(n)
    table = pd.DataFrame(
        {
            "Customer": customer.items,
            "Name": names(facts, "Customers", "customer", customer.items),
            "Segment": segments(facts),
            "Revenue": revenue,
            "Gross margin": margin.round(facts.decimals),
            "Cost to serve": serve.round(facts.decimals) + 0.0,
            "Profit": (margin - serve).round(facts.decimals) + 0.0,
        }
    )[:-1]
    if table.empty:
        return table.assign(**{"Rank": [], "Cumulative share": [], "Tier": []})
    table["Tier"] = tier_of(facts, table["Profit"].to_numpy())
    table = table.sort_values(["Profit", "Customer"], ascending=[False, True], kind="stable", ignore_index=True)
    table.insert(0, "Rank", np.arange(1, len(table) + 1))
    total = table["Profit"].sum()
    cumulative = table["Profit"].cumsum().round(facts.decimals)
    table["Cumulative share"] = cumulative / total if round(total, facts.decimals) > 0 else np.nan
    return table


def whale(tiers: pd.DataFrame) -> pd.DataFrame:
    """The whale curve, thinned to what a chart can show, its peak marked."""
    curve = CVM_WHALE(tiers["Profit"].to_numpy(dtype=float), POINTS)
    table = pd.DataFrame({name.replace("_", " ").capitalize(): values for name, values in curve.items()})
    share = table["Cumulative share"].to_numpy(dtype=float)
    table["Peak"] = np.nan
    if np.isfinite(share).any():
        top = int(np.nanargmax(share))
        table.loc[top, "Peak"] = share[top]
    return table


def tier_names(facts: Facts) -> list[str]:
    """The names of the tiers from Settings, the best first: a text such as "Top; Middle; Bottom"."""
    return [part.strip() for part in str(facts.settings["tier_names"]).split(";") if part.strip()]


def tier_of(facts: Facts, profit: np.ndarray) -> np.ndarray:
    """The tier of each customer, as Settings cut them: by shares of customers, by shares of profit, or at amounts."""
    labels, by = tier_names(facts), str(facts.settings["tier_by"])
    listed = str(facts.settings["tier_amounts" if by == "amount" else "tier_shares"] or "")
    texts = [part.strip() for part in listed.split(";") if part.strip()]
    try:
        cuts = np.array([float(t[:-1]) / 100 if t.endswith("%") else float(t) for t in texts])
        return np.asarray(CVM_TIER(profit, cuts, np.array(labels, dtype=object), by))
    except (ValueError, CvmError) as error:
        raise BookError(
            "Tier names and the tiers' sizes do not fit together",
            place=setting_place(facts.book, "Tier names"),
            value=f"{'; '.join(labels)} | {'; '.join(texts)}",
            remedy="For example Top; Middle; Bottom and 20%; 70%; 10%, or by amount 10000; 0",
        ) from error


def names(facts: Facts, table: str, key: str, items: list[str]) -> list[str | None]:
    """The names of items, where their table gives one."""
    frame = facts.frame(table)
    if frame is None or "name" not in frame:
        return [None] * len(items)
    known = dict(zip(frame[key], frame["name"], strict=True))
    return [known.get(item) for item in items]


def segments(facts: Facts) -> list[str]:
    """The segment of each customer, in the order of the dimension Customer."""
    segment = facts.dimensions["Segment"]
    assert segment.of is not None
    return [segment.items[i] for i in segment.of]
