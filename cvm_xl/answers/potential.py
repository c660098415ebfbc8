"""What customers are worth now by their own margin, and what they could be worth: retained, sold more, sold more of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.price import period
from cvm_xl.book.schema import normal
from cvm_xl.errors import NotAvailable
from cvm_xl.functions.growth import CVM_WALLET
from cvm_xl.functions.growth_lifecycle import CVM_REFERRAL
from cvm_xl.functions.retention import CVM_CLV
from cvm_xl.models.summary import days_in
from cvm_xl.problems import numbered

__all__ = ["Grown", "by_segment", "owners", "potential", "white_space"]

YEARS = 5  # beyond which nothing is expected of a development, whatever the horizon
QUIET = np.timedelta64(91, "D")  # without a sale to anybody: out of the range, or out of season
TOP = 3  # products proposed to a customer
WAYS = ["Retention", "Cross-sell", "Up-sell"]
PROMOTER = 9  # of 10: who recommends
GOING = 0.5  # P(alive) from which a customer can be retained; below, it would have to be won back


class Grown(NamedTuple):
    """Customers with a purchase, a row each, and the products proposed to them."""

    table: pd.DataFrame
    white_space: pd.DataFrame


def potential(facts: Facts, tiers: pd.DataFrame, lifetime: pd.DataFrame) -> Grown:
    """Value now and potential of each customer of Lifetime, with what the difference is made of.

    Value now is that of Lifetime at the customer's own margin: gross margin on what it buys less its cost to serve a
    purchase. What it could buy more is valued at what its segment leaves of sales, or of gross margin, and only as far
    as the customer is alive.
    """
    columns = ["Customer", "Revenue", "Gross margin", "Cost to serve", "Profit"]
    table = lifetime.merge(tiers[columns], on="Customer", how="inner")
    revenue, gross = (table[name].to_numpy(dtype=float) for name in ("Revenue", "Gross margin"))
    table["Spend"] = table["Spend"].astype(float)
    clv, margin, spend, alive = (table[n].to_numpy(dtype=float) for n in ("CLV", "Margin", "Spend", "P(alive)"))
    purchases = table["Frequency"].to_numpy(dtype=float) + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        sales = np.where(margin != 0, clv / margin, table["Purchases"].to_numpy(dtype=float) * spend)
        rate = np.where(revenue > 0, gross / revenue, gross.sum() / revenue.sum() if revenue.sum() > 0 else 0.0)
        serve = np.where(spend > 0, table["Cost to serve"].to_numpy(dtype=float) / (purchases * spend), 0.0)
    table["Sales ahead"], table["Serve ahead"] = sales, sales * serve
    table["Own margin"] = rate - serve
    table["Value now"] = sales * (rate - serve)
    table["Ahead"] = alive * _annuity(facts)
    table["Retention"] = np.where(alive >= GOING, np.maximum(table["Value now"], 0.0) * (1 / alive - 1), 0.0)
    left = np.maximum(margin, 0.0)
    usual = table.groupby("Segment")["Spend"].transform("median").to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        more = np.where(spend > 0, sales * (np.maximum(usual / spend, 1.0) - 1), 0.0)
    table["Up-sell"] = more * left
    space = white_space(facts)
    a_year = space.groupby("Customer")["Expected margin"].sum()
    after = _after_serving(table)
    table["Cross-sell"] = table["Customer"].map(a_year).fillna(0.0).to_numpy() * after * table["Ahead"]
    table = _within_wallet(facts, table, left)
    for name in ("Value now", *WAYS):
        table[name] = table[name].round(facts.decimals) + 0.0
    table["Potential"] = table[["Value now", *WAYS]].sum(axis=1).round(facts.decimals)
    table["Owner"] = owners(facts, list(table["Customer"]))
    table["Referral value"] = _referrals(facts, table)
    return Grown(table, space)


def by_segment(facts: Facts, table: pd.DataFrame) -> pd.DataFrame:
    """The table PotentialBySegment: value now and what could be added to it, the most to add first."""
    sums = table.groupby("Segment")[["Value now", *WAYS, "Potential"]].sum()
    sums.insert(0, "Customers", table.groupby("Segment").size())
    known = table[table["Wallet"].notna()]
    ours = (known["Wallet"] * known["Share of wallet"]).groupby(known["Segment"]).sum()
    sums["Share of wallet"] = ours / known.groupby("Segment")["Wallet"].sum()
    sums["Referral value"] = table.groupby("Segment")["Referral value"].sum(min_count=1)
    order = (sums["Potential"] - sums["Value now"]).sort_values(ascending=False, kind="stable").index
    found = sums.loc[order].rename_axis("Segment").reset_index()
    money = ["Value now", *WAYS, "Potential", "Referral value"]
    found[money] = found[money].astype(float).round(facts.decimals)
    return found


def _referrals(facts: Facts, table: pd.DataFrame) -> np.ndarray:
    """What customers who recommend us may bring: those they win in a year, at the mean value of their segment.

    Nobody has bought yet, so it is no part of the potential (CVM_REFERRAL without costs and savings).
    """
    many, surveys = facts.settings["referrals"], facts.frame("Surveys")
    if many is None or surveys is None or "recommend" not in surveys:
        return np.full(len(table), np.nan)
    last = (
        surveys[surveys["recommend"].notna()].sort_values("date", kind="stable").groupby("customer")["recommend"].last()
    )
    loyal = table["Customer"].map(last).to_numpy(dtype=float) >= PROMOTER
    worth = table.groupby("Segment")["Value now"].transform("mean").to_numpy(dtype=float)
    nothing, rate = np.zeros(len(table)), float(facts.settings["discount_rate"])
    joins = (np.zeros(len(table), dtype=bool), worth, nothing, nothing, nothing, nothing + 0.5, nothing + rate)
    value = np.maximum(CVM_REFERRAL(*joins), 0.0)
    return np.where(loyal, float(many) * value, 0.0).round(facts.decimals)


def _annuity(facts: Facts) -> float:
    """What one unit of money a year is worth over the horizon (CVM_CLV with a retention of 1)."""
    unit = days_in(facts.settings["time_unit"])
    most = int(YEARS * 365.25 / unit)
    horizon = facts.settings["horizon"]
    periods = np.array([most if horizon is None else min(max(round(horizon), 1), most)], dtype=float)
    rate = (1 + float(facts.settings["discount_rate"])) ** (unit / 365.25) - 1
    return float(CVM_CLV(np.array([unit / 365.25]), np.ones(1), np.array([rate]), periods, np.zeros(1), np.zeros(1))[0])


def _after_serving(table: pd.DataFrame) -> np.ndarray:
    """Of each customer's segment, the share of gross margin that cost to serve leaves."""
    sums = table.groupby("Segment")[["Gross margin", "Profit"]].transform("sum")
    gross, profit = (sums[name].to_numpy(dtype=float) for name in ("Gross margin", "Profit"))
    return np.clip(np.divide(profit, gross, out=np.zeros(len(gross)), where=gross > 0), 0.0, 1.0)


def _within_wallet(facts: Facts, table: pd.DataFrame, left: np.ndarray) -> pd.DataFrame:
    """The table with share of wallet and headroom (CVM_WALLET); nobody is sold more than the headroom."""
    table = table.copy()
    table["Wallet"] = table["Share of wallet"] = table["Headroom"] = np.nan
    frame = facts.frame("Customers")
    if frame is None or "wallet" not in frame:
        return table
    known = frame.drop_duplicates("customer").set_index("customer")["wallet"]
    wallet = table["Customer"].map(known).to_numpy(dtype=float)
    rows = np.flatnonzero(wallet > 0)
    if not len(rows):
        return table
    ours = np.maximum(table["Revenue"].to_numpy(dtype=float)[rows] / period(facts), 0.0)
    above = int((ours > wallet[rows]).sum())
    if above:
        facts.notes.append(
            numbered(above, "[customers buy|customer buys] more from us in a year than [their|its] Wallet says; ")
            + "it counts as all"
        )
    total = np.maximum(wallet[rows], ours)
    target = np.full(len(rows), float(facts.settings["wallet_target"]))
    found = CVM_WALLET(ours, total, target)
    at = table.index[rows]
    table.loc[at, "Wallet"], table.loc[at, "Share of wallet"] = total, found["share"]
    table.loc[at, "Headroom"] = found["headroom"]
    most = table["Headroom"].to_numpy(dtype=float) * left * table["Ahead"].to_numpy()
    more = (table["Cross-sell"] + table["Up-sell"]).to_numpy()
    scale = np.where(more > most, np.divide(most, more, out=np.ones(len(more)), where=more > 0), 1.0)
    for name in ("Cross-sell", "Up-sell"):
        table[name] = table[name] * scale
    return table


def white_space(facts: Facts) -> pd.DataFrame:
    """Products that customers do not have and peers do (CVM_WHITESPACE), with the gross margin to expect in a year.

    Of products and services; nothing that the customer returned, nor what ended: Ended in Products, or not sold to
    anybody for a quarter. By customer, the best first.
    """
    columns = ["Customer", "Product", "Propensity", "Support", "Lift", "Expected margin"]
    try:
        found = facts.white_space(TOP, _ended(facts))
    except NotAvailable:
        return pd.DataFrame(columns=columns).astype({"Expected margin": float})
    table = pd.DataFrame({name: found[name.lower().replace(" ", "_")] for name in columns})
    table = table.sort_values("Customer", kind="stable", ignore_index=True)
    table["Expected margin"] = (table["Expected margin"].astype(float) / period(facts)).round(facts.decimals)
    return table


def _ended(facts: Facts) -> np.ndarray:
    """Products that are sold no more."""
    items = np.array(facts.dimensions["Product"].items, dtype=object)
    _, last = facts.line_days(facts.dimensions["Product"], bought=True)
    first, end = facts.days
    over = (np.isnat(last) | (last < end - QUIET)) & (end - first > 4 * QUIET)
    frame = facts.frame("Products")
    if frame is not None and "ended" in frame:
        given = frame.loc[frame["ended"].to_numpy() <= np.datetime64(end, "s"), "product"]
        over |= np.isin(items, given.to_numpy())
    return items[over]


def owners(facts: Facts, customers: list[str]) -> list[str | None]:
    """The account owner of each customer, where Customers has a column Owner."""
    frame = facts.frame("Customers")
    column = None if frame is None else next((name for name in frame if normal(name) == "owner"), None)
    if frame is None or column is None:
        return [None] * len(customers)
    known = dict(zip(frame["customer"], frame[column], strict=True))
    return [known.get(one) for one in customers]
