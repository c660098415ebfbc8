"""The page a board reads if it reads one: a finding, five figures, up to three things to do, each with its amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvm_xl.answers.findings import SPECIAL, at_risk, price_gain, total_of
from cvm_xl.answers.splits import ALL_CUSTOMERS
from cvm_xl.answers.words import Money, counted, losers, lowered, share, short
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.figures import figure

__all__ = ["Action", "Figure", "actions", "basis", "figures", "headline"]

FIGURES, ACTIONS = 5, 3
TELLING = 0.005  # of net revenue: what is about less is no matter for a board


@dataclass(frozen=True)
class Figure:
    """A number to know: its value as it stands in the tables, its unit ("" for a count), what it says."""

    name: str
    value: float
    unit: str
    said: str


@dataclass(frozen=True)
class Action:
    """Something to do, why, and the money of the period that it is about."""

    what: str
    why: str
    amount: float
    page: str


Tables = Mapping[str, pd.DataFrame]


def basis(total: pd.Series, pools: Sequence[str]) -> str:
    """What costs profit is after, and which are not known."""
    goods = bool(total["Cost of goods"])
    if len(pools):
        return "after cost to serve" + ("" if goods else " (cost of goods is not given)")
    return "before cost to serve (no cost pools are given)" if goods else "before any costs (none are given)"


def headline(tables: Tables, company: str, after: str, money: Money) -> str:
    """The finding of the whole report in a sentence; `after` is the basis of profit."""
    total = total_of(tables["SegmentPnL"])
    net, left = float(total["Net revenue"]), float(total["Contribution"])
    who = company or "The company"
    if left < 0:
        text = f"{who} loses {money(-left)} on net revenue of {money(net)} {after}"
    elif net > 0:
        text = f"{who} keeps {money(left)} of {money(net)} net revenue ({share(left / net)}) {after}"
    else:
        text = f"{who} has a contribution of {money(left)} on net revenue of {money(net)} {after}"
    tiers = tables.get("Tiers")
    if tiers is not None and len(tiers):
        losing = tiers.loc[tiers["Profit"] < 0, "Profit"]
        if len(losing) and len(tiers) > 1:
            text += f"; {losers(len(losing), len(tiers), 'customers', -float(losing.sum()), money)}"
        elif len(tiers) > 1:
            text += "; no customer loses money"
    return f"{text}."


def figures(tables: Tables, pools: Sequence[str], ahead: str, currency: str, money: Money) -> list[Figure]:
    """Five figures, the first that there are of a list from the most to the least telling."""
    total = total_of(tables["SegmentPnL"])
    net, margin, left = (float(total[name]) for name in ("Net revenue", "Gross margin", "Contribution"))
    found = [Figure("Net revenue", net, currency, f"{counted(int(total['Lines']), 'sales line')}, returns taken off")]

    def of_net(amount: float) -> str:
        return f"{share(amount / net)} of net revenue" if net > 0 and amount >= 0 else ""

    goods = bool(total["Cost of goods"])
    if len(pools):
        found.append(Figure("Contribution", left, currency, of_net(left) or "after all cost pools"))
    elif goods:
        found.append(Figure("Gross margin", margin, currency, of_net(margin)))
    tiers = tables.get("Tiers")
    if tiers is not None and len(tiers):
        losses = tiers.loc[tiers["Profit"] < 0, "Profit"]
        said = (
            f"of {figure(len(tiers))}; they lose {money(-float(losses.sum()))}"
            if len(losses)
            else f"of {figure(len(tiers))}"
        )
        found.append(Figure("Customers who lose money", float(len(losses)), "", said))
    bands = tables.get("PriceBands")
    if bands is not None and len(bands) and bands["Price today"].notna().any():
        gain = price_gain(bands)
        said = f"{counted(int((gain > 0).sum()), 'price')} below target, at today's volumes"
        found.append(Figure("To gain by price", float(gain.sum()), currency, said))
    life = tables.get("Lifetime")
    if life is not None and len(life):
        said = f"of {counted(len(life), 'customer')} {ahead}"
        found.append(Figure("Lifetime value", float(life["CLV"].sum()), currency, said))
    if len(pools):
        served = -float(total[list(pools)].sum())
        found.append(Figure("Cost to serve", served, currency, of_net(served)))
        found += [Figure("Gross margin", margin, currency, of_net(margin))] if goods else []
    if tiers is not None and len(tiers):
        revenue = np.sort(tiers["Revenue"].to_numpy(dtype=float))[::-1]
        best = max(round(0.2 * len(revenue)), 1)
        if revenue.sum() > 0 and len(revenue) >= FIGURES:
            top = float(revenue[:best].sum() / revenue.sum())
            found.append(Figure("Revenue of the largest 20%", top, "share", f"{counted(best, 'customer')}"))
    if total["Discounts"]:
        found.append(Figure("Discounts", -float(total["Discounts"]), currency, "off list price"))
    days = {"Sales lines": float(total["Lines"]), "Customers": float(0 if tiers is None else len(tiers))}
    found += [Figure(name, value, "", "in the period") for name, value in days.items()]
    return found[:FIGURES]


def actions(tables: Tables, pools: Sequence[str], money: Money) -> tuple[list[Action], list[str]]:
    """Up to three things to do, those about most money first; and why there are no more, where something is missing."""
    found: list[Action] = []
    missing: list[str] = []
    tiers = tables.get("Tiers")
    found += _service(tiers, money) if tiers is not None and len(pools) else []
    if not total_of(tables["SegmentPnL"])["Cost of goods"]:
        missing.append("Without cost of goods nothing can be said about which sales earn what they cost.")
    if not len(pools):
        missing.append("Without cost pools nothing can be said about how customers should be served.")
    bands = tables.get("PriceBands")
    if bands is None or bands.empty:
        missing.append("Without value drivers nothing can be said about prices.")
    else:
        found += _prices(bands, money)
    found += _segment(tables["SegmentPnL"], pools, money)
    life = tables.get("Lifetime")
    if life is None or tiers is None:
        missing.append("Without lifetime values nothing can be said about who is leaving.")
    else:
        found += _leaving(life, tiers, money)
    wrong = int((tables["Checks"]["Status"] != "OK").sum())
    least = TELLING * abs(float(total_of(tables["SegmentPnL"])["Net revenue"]))
    found = sorted((action for action in found if action.amount >= least), key=lambda action: -action.amount)
    found += [action for action in _unknown(tables["SegmentPnL"], money) if action.amount >= least]
    if wrong:
        what = f"First find out why {counted(wrong, 'check')} {'differs' if wrong == 1 else 'differ'}"
        found.insert(0, Action(what, "Until then every figure here is in doubt", 0.0, "Quality"))
    if len(found) < ACTIONS:
        missing.append(f"Nothing {'else ' if found else ''}found is about more than {TELLING:.1%} of net revenue.")
    return found[:ACTIONS], missing if len(found) < ACTIONS else []


def _service(tiers: pd.DataFrame, money: Money) -> list[Action]:
    margin, profit = (tiers[name].to_numpy(dtype=float) for name in ("Gross margin", "Profit"))
    over = (profit < 0) & (margin >= 0)
    found: list[Action] = []
    under = margin < 0
    if under.any():
        lost = -float(margin[under].sum())
        what = f"Find out why sales to {counted(int(under.sum()), 'customer')} bring less than their goods cost"
        why = f"Their gross margin is {money(-lost)} before any cost to serve: prices, returns or cost of goods"
        found.append(Action(what, why, lost, "Customers"))
    if not over.any():
        return found
    loss = -float(profit[over].sum())
    what = f"Serve {counted(int(over.sum()), 'customer')} at less cost, or charge for it"
    why = (
        f"They bring {money(float(margin[over].sum()))} of gross margin but cost {money(loss)} more than that to serve"
    )
    return [*found, Action(what, why, loss, "Customers")]


def _prices(bands: pd.DataFrame, money: Money) -> list[Action]:
    gain = price_gain(bands)
    if not gain.any():
        return []
    top = bands.iloc[int(gain.argmax())]
    name = top["Name"] if isinstance(top["Name"], str) else top["Product"]
    what = f"Raise {counted(int((gain > 0).sum()), 'price')} towards target"
    why = (
        f"Worth {money(float(gain.sum()))} at today's volumes; most in {short(name)} for {short(top['Segment'])}, "
        f"{money.unit_price(top['Price today'])} today, target {money.unit_price(top['Target'])}"
    )
    return [Action(what, why, float(gain.sum()), "Prices")]


def _segment(table: pd.DataFrame, pools: Sequence[str], money: Money) -> list[Action]:
    mine = table[(table["Dimension"] == "Segment") & ~table["Item"].isin([*SPECIAL, ALL_CUSTOMERS])]
    if len(mine) < 2 or mine["Contribution"].min() >= 0:
        return []
    worst = mine.loc[mine["Contribution"].idxmin()]
    loss = -float(worst["Contribution"])
    why = f"It loses {money(loss)}"
    if len(pools):
        largest = min(pools, key=lambda pool: float(worst[pool]))
        why += f"; its largest cost to serve is {lowered(short(largest))}, {money(-float(worst[largest]))}"
    return [Action(f"Decide what becomes of the segment {short(worst['Item'])}", why, loss, "P&L by Segment")]


def _unknown(table: pd.DataFrame, money: Money) -> list[Action]:
    """Sales of nobody: revenue that no statement on customers reaches, so it comes after what loses or brings money."""
    total = total_of(table)
    mine = table[(table["Dimension"] == "Segment") & (table["Item"] == UNASSIGNED)]
    if mine.empty:
        return []
    amount, lines = float(mine["Net revenue"].iloc[0]), int(mine["Lines"].iloc[0])
    net = float(total["Net revenue"])
    of = f" ({share(amount / net)} of net revenue)" if 0 < amount <= net else ""
    why = f"{counted(lines, 'sales line')} with {money(amount)}{of} cannot be laid to any customer"
    return [Action("Record with every sale who buys", why, abs(amount), "Quality")]


def _leaving(life: pd.DataFrame, tiers: pd.DataFrame, money: Money) -> list[Action]:
    mine = at_risk(life, tiers)
    if mine.empty:
        return []
    earned = float(mine["Profit"].sum())
    what = f"Ask {counted(len(mine), 'customer')} of the tier {mine['Tier'].iloc[0]} why they stopped buying"
    why = f"They earned {money(earned)} in the period and are more likely gone than not"
    return [Action(what, why, earned, "Lifetime value")]
