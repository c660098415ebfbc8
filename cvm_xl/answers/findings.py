"""What the answers say, as sentences computed from the tables.

Where the tables do not carry a statement, the sentence says that, or is empty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cvm_xl.answers.pnl import RESTS, TOTAL
from cvm_xl.answers.splits import ALL_CUSTOMERS
from cvm_xl.answers.words import Money, counted, listed, losers, lowered, plural, share, short
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.figures import figure
from cvm_xl.functions.value import CVM_WHALE_STATS

__all__ = [
    "LIKELY_GONE",
    "SPECIAL",
    "at_risk",
    "cost_to_serve",
    "customers",
    "heat",
    "lifetime",
    "pnl",
    "price_gain",
    "prices",
    "quality",
    "total_of",
]

SPECIAL = (UNASSIGNED, *RESTS)
LIKELY_GONE = 0.5  # a customer below this probability of being active is rather gone than not
ROUNDING = 0.005
TELLING = 10.0  # times the total, beyond which a share of it tells nothing


def customers(tiers: pd.DataFrame, money: Money, basis: str) -> str:
    """Who earns and who loses.

    Parameters
    ----------
    basis : str
        What profit is here: "after cost to serve", or what it lacks.
    """
    n = len(tiers)
    if not n:
        return "No sales line has a customer, so nothing can be said of customers."
    profit = tiers["Profit"].to_numpy(dtype=float)
    losing, losses = int((profit < 0).sum()), -float(profit[profit < 0].sum())
    gains, total = float(profit[profit > 0].sum()), float(profit.sum())
    if not gains and not losses:
        return f"{counted(n, 'customer')} neither earned nor lost anything {basis}."
    if n == 1:
        return f"The one customer {_earns(total, money)} {basis}."
    stats = CVM_WHALE_STATS(profit)
    if not isinstance(stats["peak"], float):
        if not gains:
            return f"All {counted(losing, 'customer')} lose {money(losses)} together {basis}."
        verb = "lose" if total < 0 else "break even:"
        amount = f" {money(-total)}" if total < 0 else ""
        earning = int((profit > 0).sum())
        earners = f"{figure(earning)} of {figure(n)} {'earns' if earning == 1 else 'earn'} {money(gains)}"
        return (
            f"Customers together {verb}{amount} {basis}: {earners}, "
            f"{figure(losing)} {'loses' if losing == 1 else 'lose'} {money(losses)}."
        )
    if n >= 5 and float(stats["top20"]) > TELLING:  # of next to nothing, any share is large
        best = f"The best 20% of customers earn {money(float(stats['top20']) * total)} {basis}"
        best += f", of which the others leave {money(total)}"
    elif n >= 5:
        best = f"The best 20% of customers earn {share(float(stats['top20']))} of profit {basis}"
    else:
        best = f"The best customer earns {share(float(profit.max() / total))} of profit {basis}"
    if not losing:
        return f"{best}; no customer loses money."
    return f"{best}; {losers(losing, n, 'customers', losses, money)}."


def _earns(amount: float, money: Money) -> str:
    return f"loses {money(-amount)}" if amount < 0 else f"earns {money(amount)}"


def pnl(block: pd.DataFrame, dimension: str, money: Money) -> str:
    """Which items of one dimension of SegmentPnL earn and which lose."""
    mine = block[~block["Item"].isin(SPECIAL)]
    thing, things = lowered(dimension), plural(dimension)
    if mine.empty or list(mine["Item"]) == [ALL_CUSTOMERS]:
        return f"No {thing} is known, so sales cannot be split by {thing}."
    amounts = mine["Contribution"].to_numpy(dtype=float)
    names = [short(name) for name in mine["Item"]]
    best, worst = int(amounts.argmax()), int(amounts.argmin())
    if len(mine) == 1:
        return f"The only {thing}, {names[0]}, {_earns(amounts[0], money)}."
    losing = amounts < 0
    if not losing.any():
        return (
            f"Every {thing} earns: at most {money(amounts[best])}, {names[best]}; "
            f"at least {money(amounts[worst])}, {names[worst]}."
        )
    top = f"the best earns {money(amounts[best])}: {names[best]}" if amounts[best] > 0 else f"no {thing} earns anything"
    if losing.sum() == 1:
        return f"The {thing} {names[worst]} loses {money(-amounts[worst])}; {top}."
    lost = losers(int(losing.sum()), len(mine), things, -float(amounts[losing].sum()), money)
    return f"{lost[0].upper()}{lost[1:]}, at worst {money(-amounts[worst])}: {names[worst]}; {top}."


def cost_to_serve(total: pd.Series, pools: Sequence[str], money: Money) -> str:
    """What is left of list price, and what takes most of it."""
    listed_at, net, left = (float(total[name]) for name in ("List revenue", "Net revenue", "Contribution"))
    discounts, goods = -float(total["Discounts"]), -float(total["Cost of goods"])
    served = -float(total[list(pools)].sum()) if len(pools) else 0.0
    at_list = abs(discounts) >= ROUNDING and listed_at > 0
    base, named = (listed_at, "at list price") if at_list else (net, "of net revenue")
    if base <= 0:
        return f"Net revenue is {money(net)}, so shares of it mean nothing; the contribution is {money(left)}."
    taken = [
        f"{word} of {share(amount / base)}"
        for word, amount in (("discounts", discounts), ("cost of goods", goods), ("cost to serve", served))
        if amount / base >= 0.0005
    ]
    end = f"{money(left)} ({share(left / base)}) is left" if left >= 0 else f"{money(-left)} is lost"
    text = f"Of {money(base)} {named}, {end}" + (f" after {listed(taken)}." if taken else ".")
    if not len(pools):
        return f"{text} No cost pools are given, so this is before any cost to serve."
    largest = min(pools, key=lambda pool: float(total[pool]))
    if abs(float(total[largest])) < ROUNDING:
        return f"{text} Its cost pools come to nothing."
    return f"{text} The largest pool is {short(largest)}, {money(-float(total[largest]))}."


def heat(cells: pd.DataFrame, rows: str, columns: str, money: Money) -> str:
    """The best and the worst cell of a table of contributions with names in its index and columns."""
    values = cells.to_numpy(dtype=float)
    if values.size == 0:
        return ""
    worst, best = (np.unravel_index(at, values.shape) for at in (values.argmin(), values.argmax()))

    def at(cell: Sequence[int | np.intp]) -> str:
        return f"{short(cells.columns[cell[1]])} for {short(cells.index[cell[0]])}"

    lost = int((values < 0).sum())
    where = f"Of {counted(values.size, 'pair')} of {lowered(rows)} and {lowered(columns)} shown"
    top = f"the best earns {money(values[best])}: {at(best)}" if values[best] > 0 else "none earns anything"
    if not lost:
        return f"{where}, none loses money; {top}."
    verb = "all lose" if lost == values.size else f"{figure(lost)} {'loses' if lost == 1 else 'lose'}"
    return f"{where}, {verb} money, at worst {money(-values[worst])}: {at(worst)}; {top}."


def price_gain(bands: pd.DataFrame) -> np.ndarray:
    """What each offer would bring more at its target price and today's volume; 0 where it is not below its target."""
    today, target = (bands[name].to_numpy(dtype=float) for name in ("Price today", "Target"))
    revenue = bands["Net revenue"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = revenue * (target / today - 1)
    return np.where(np.isfinite(gain) & (target > today) & (today > 0) & (revenue > 0), gain, 0.0)


def prices(bands: pd.DataFrame, money: Money, plan: pd.DataFrame | None = None) -> str:
    """Where today's prices stand, and what the next round of the plan brings."""
    if bands.empty:
        return "No price band could be computed."
    n, today = len(bands), int(bands["Price today"].notna().sum())
    offers = counted(n, "offer")
    gain = price_gain(bands)
    below = int((gain > 0).sum())
    none = int((bands["Floor"] > bands["Ceiling"]).sum())
    parts = []
    if below:
        lead = f"{figure(below)} of {offers} {'is' if below == 1 else 'are'} priced below target"
        said = f"{lead}: at today's volumes the target prices would bring {money(float(gain.sum()))} more in the period"
        change = bands["Profit change"].to_numpy(dtype=float)[gain > 0] if "Profit change" in bands else np.array([])
        if change.size and np.isfinite(change).all():
            said += f", {money(float(change.sum()))} a year after the volume that they cost"
        parts.append(said)
    elif today:
        parts.append(f"None of {offers} is priced below its target")
    else:
        parts.append(f"{offers} with a band, none sold in the period, so no price of today can be judged")
    dear = int(((bands["Price today"] > bands["Ceiling"]) & (bands["Floor"] <= bands["Ceiling"])).sum())
    if dear:
        parts.append(f"{figure(dear)} {'is' if dear == 1 else 'are'} dearer than customers' value allows")
    if none:
        parts.append(f"{figure(none)} {'costs' if none == 1 else 'cost'} more to serve than customers' value allows")
    text = "; ".join(parts) + "."
    better = pd.DataFrame() if plan is None else plan[plan["Profit change"] > 0]
    if len(better):
        first = f"The next round, {counted(len(better), 'price')} of the plan,"
        text += f" {first} brings {money(float(better['Profit change'].sum()))} a year."
    return text


def at_risk(life: pd.DataFrame, tiers: pd.DataFrame) -> pd.DataFrame:
    """Customers of the best tier who are rather gone than not, by what they earned, with Profit of the period."""
    known = tiers.set_index("Customer")
    mine = life[(life["P(alive)"] < LIKELY_GONE) & life["Tier"].eq(tiers["Tier"].iloc[0] if len(tiers) else None)]
    mine = mine.assign(Profit=mine["Customer"].map(known["Profit"]))
    mine = mine[mine["Profit"] > 0]
    return mine.sort_values(["Profit", "Customer"], ascending=[False, True], kind="stable", ignore_index=True)


def lifetime(life: pd.DataFrame, by_tier: pd.DataFrame, ahead: str, money: Money) -> str:
    """What customers are worth from now on, and where that lies; `ahead` as "over the next 52 weeks"."""
    worth = float(life["CLV"].sum())
    text = f"{counted(len(life), 'customer')} {'is' if len(life) == 1 else 'are'} worth {money(worth)} {ahead}"
    best = by_tier.dropna(subset=["CLV"])
    if worth > 0 and len(best) > 1:
        top = best.loc[best["CLV"].idxmax()]
        everyone = float(best["Customers"].sum())
        text += f"; the tier {top['Tier']}, {share(top['Customers'] / everyone)} of customers, holds "
        text += f"{share(float(top['CLV']) / worth)} of it"
    if worth <= 0 and len(life):
        text += ": margins after cost to serve are not positive"
    return f"{text}."


def quality(checks: pd.DataFrame, lost_revenue: float, lost_lines: int, net: float, money: Money) -> str:
    """Whether the figures reconcile, and how much of sales is reported under no customer."""
    wrong = int((checks["Status"] != "OK").sum())
    if wrong:
        verb = "differs" if wrong == 1 else "differ"
        text = f"{figure(wrong)} of {counted(len(checks), 'check')} {verb}: see which below."
    else:
        text = f"All {counted(len(checks), 'check')} agree to the last digit."
    if lost_lines:
        of = f" ({share(abs(lost_revenue) / net)} of net revenue)" if net > 0 else ""
        text += f" {counted(lost_lines, 'sales line')} without a customer, {money(lost_revenue)}{of}, "
        text += f"{'is' if lost_lines == 1 else 'are'} reported as {UNASSIGNED}."
    return text


def total_of(table: pd.DataFrame) -> pd.Series:
    """The row Total of SegmentPnL."""
    return table[table["Dimension"] == TOTAL].iloc[0]
