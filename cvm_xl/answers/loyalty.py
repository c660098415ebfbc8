"""The loyalty programme by tier, moves between tiers over a year, and what changing one of their rates is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.lifecycle import two_years
from cvm_xl.answers.price import period
from cvm_xl.answers.segment_rates import listed
from cvm_xl.answers.tiers import tier_names, tier_of
from cvm_xl.errors import CvmError
from cvm_xl.functions.growth_lifecycle import CVM_LOYALTY_LIFT, CVM_LOYALTY_TIER
from cvm_xl.functions.retention import CVM_MARKOV_CLV, CVM_MIGRATION

__all__ = ["GONE", "loyalty", "transitions"]

BELOW = "Below the first"
GONE = "Gone"
POINT = 0.01
YES = ("true", "yes", "y", "1", "x", "ja", "wahr")


def loyalty(facts: Facts, ranked: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """LoyaltyProgramme from LoyaltyTiers; `ranked` is the table Tiers."""
    frame = facts.frame("LoyaltyTiers")
    if frame is None or not len(ranked):
        return {}
    frame = frame.sort_values("from", kind="stable")
    years = period(facts)
    members = ranked[["Customer", "Revenue", "Gross margin"]]
    marks = listed(facts, "Member")
    if marks:
        yes = {customer for customer, mark in marks.items() if str(mark).strip().casefold() in YES}
        members = members[members["Customer"].isin(yes)]
    if not len(members):
        facts.notes.append("LoyaltyProgramme: no customer has TRUE in the column Member")
        return {}
    yearly = (members["Revenue"] / years).round(facts.decimals).to_numpy()
    labels = frame["tier"].to_numpy(dtype=object)
    try:
        tier = CVM_LOYALTY_TIER(yearly, frame["from"].to_numpy(dtype=float), labels)
    except CvmError as error:
        facts.notes.append(f"LoyaltyProgramme: {error}")
        return {}
    groups = pd.DataFrame(
        {
            "Tier": [BELOW if t is None else t for t in tier],
            "Members": 1,
            "Revenue": yearly,
            "margin": members["Gross margin"].to_numpy() / years,
        }
    ).groupby("Tier")
    sums = groups.sum().reindex([*labels[::-1], BELOW]).fillna(0.0).reset_index()
    sums = sums[(sums["Tier"] != BELOW) | (sums["Members"] > 0)].reset_index(drop=True)
    rules = frame.set_index("tier").reindex(sums["Tier"])
    reward, redemption = (rules[name].fillna(0.0).to_numpy(dtype=float) for name in ("reward", "redemption"))
    redeemed = rules["redeemed"].fillna(0.0).to_numpy(dtype=float) if "redeemed" in rules else 0.0
    revenue = sums["Revenue"].to_numpy()
    margin = np.divide(sums["margin"].to_numpy(), revenue, out=np.full(len(sums), np.nan), where=revenue > 0)
    lift = np.full(len(sums), np.nan)
    able = np.flatnonzero(margin > reward * redemption)  # else no rise in sales pays for the rewards
    if able.size:
        lift[able] = CVM_LOYALTY_LIFT(reward[able], redemption[able], np.minimum(margin[able], 1.0))
    table = pd.DataFrame(
        {
            "Tier": sums["Tier"],
            "Members": sums["Members"].astype(int),
            "Revenue": revenue.round(facts.decimals),
            "Share of sales": revenue / (ranked["Revenue"].sum() / years),
            "Margin": margin,
            "Rewards": (revenue * reward).round(facts.decimals),
            "Lift to break even": lift,
            "Liability": np.maximum(revenue * reward * redemption - redeemed, 0.0).round(facts.decimals),
        }
    )
    return {"LoyaltyProgramme": table}


def transitions(facts: Facts, costs: Costs) -> dict[str, pd.DataFrame]:
    """Transitions and RateChanges: tiers of the last two years, each ranked in its own, and away.

    Who is gone stays away and brings nothing; customers who are new in the second year come from no state.
    """
    years = two_years(facts)
    if years is None:
        facts.notes.append("Transitions: Sales does not reach back two years")
        return {}
    sums = facts.sums(years.each)
    earned = sums.net_revenue - sums.cost_of_goods - costs.spent(years.each)
    states, profits = [], []
    for lines, profit in zip(years.of(sums.lines), years.of(earned), strict=True):
        bought, profit = lines > 0, profit.round(facts.decimals)
        state = np.full(len(bought), GONE, dtype=object)
        if bought.any():
            state[bought] = tier_of(facts, profit[bought])
        states.append(state)
        profits.append(profit)
    there = states[0] != GONE
    labels = [*(name for name in tier_names(facts) if (states[0] == name).any()), GONE]
    if len(labels) < 2:
        return {}
    moved = np.where(np.isin(states[1], labels), states[1], GONE)
    found = CVM_MIGRATION(states[0][there], moved[there], np.array(labels, dtype=object))
    shares = np.column_stack([np.asarray(found[label], dtype=float) for label in labels])
    shares[-1] = np.eye(len(labels))[-1]
    rewards = np.array([profits[0][states[0] == label].mean() for label in labels[:-1]] + [0.0]).round(facts.decimals)
    discount = float(facts.settings["discount_rate"])
    worth = CVM_MARKOV_CLV(shares, rewards, discount)
    many = np.array([int((states[1] == label).sum()) for label in labels[:-1]] + [0])  # customers of today
    table = pd.DataFrame(
        {
            "From": labels,
            "Customers": np.append(np.asarray(found["n"], dtype=int)[:-1], 0),
            "Profit a year": rewards,
            "Worth": worth.round(facts.decimals) + 0.0,
        }
    )
    for j, label in enumerate(labels):
        table[f"To {label}"] = shares[:, j]
    table["Stays"] = np.diag(shares)
    return {"Transitions": table[:-1], "RateChanges": _changes(facts, labels, shares, rewards, worth, many)}


def _changes(
    facts: Facts, labels: list[str], shares: np.ndarray, rewards: np.ndarray, worth: np.ndarray, many: np.ndarray
) -> pd.DataFrame:
    """For each state, one point fewer of those who fall or leave: what it adds to all customers of today."""
    discount = float(facts.settings["discount_rate"])
    # who falls or leaves stays instead; who stays rises to the next better state
    falls = [(i, j, i) for i in range(len(labels) - 1) for j in range(i + 1, len(labels))]
    rises = [(i, i, i - 1) for i in range(1, len(labels) - 1)]
    rows = []
    for i, less, more in falls + rises:
        if shares[i, less] < POINT:
            continue
        changed = shares.copy()
        changed[i, less] -= POINT
        changed[i, more] += POINT
        gain = float(many @ (CVM_MARKOV_CLV(changed, rewards, discount) - worth))
        instead = "staying" if less == i else "leaving" if labels[less] == GONE else f"falling to {labels[less]}"
        does = "stays" if more == i else f"rises to {labels[more]}"
        move = f"One in a hundred of {labels[i]} {does} instead of {instead}"
        rows.append((labels[i], labels[less], labels[more], shares[i, less], round(gain, facts.decimals), move))
    columns = ["From", "Less to", "More to", "Now", "Worth of a point", "Move"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("Worth of a point", ascending=False, kind="stable", ignore_index=True)
