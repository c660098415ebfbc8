"""What to do with each customer: Decisions, the steps of Adjustments, and what they ask of account owners."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cvm_xl.answers.acceptance import curves
from cvm_xl.answers.costs import Costs
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.potential import Grown
from cvm_xl.answers.price import period
from cvm_xl.answers.price_plan import bound_until
from cvm_xl.figures import figure
from cvm_xl.functions.growth import CVM_ACTION

__all__ = ["AWARD", "ORDER", "Decided", "adjustments", "by_decision", "by_owner", "decisions"]

AWARD = "Award elsewhere"
ORDER = ("Invest", "Adjust", AWARD, "Keep")
NOBODY = "No owner"
EFFORT = 0.1  # of a year's cost to serve: what developing a customer takes where Settings say nothing
ACCEPTANCE = "acceptance "  # how Model names the acceptance of a product
LEVERS = {"Retention": "staying", "Cross-sell": "products that peers buy", "Up-sell": "larger orders"}


class Decided(NamedTuple):
    """The table Decisions, and every step that prices (up to the ceiling) and costs allow, the largest first."""

    table: pd.DataFrame
    steps: pd.DataFrame


def decisions(facts: Facts, costs: Costs, grown: Grown, bands: pd.DataFrame | None) -> Decided:
    """The decision on each customer (CVM_ACTION), the money at stake and why.

    Leaving a customer saves its losses but for the cost that stays, so CVM_ACTION takes Stranded with Cost cut: nobody
    is left to others whose leaving would strand more than it saves. Nobody is named to invest in where it is not known
    what more sales would leave or what they would take; Potential is then the value now.
    """
    table = grown.table.copy()
    n = len(table)
    unknown = _unknown(facts, table)
    if unknown:
        facts.notes.append(f"Decisions: {unknown}, so that nobody is named to invest in")
        table["Potential"] = table["Value now"]
    steps, bound = _steps(facts, costs, table, bands)
    gained = steps.pivot_table(index="row", columns="Change", values="Gain", aggfunc="sum")
    for name, change in (("Price room", "Price"), ("Cost cut", "Cost to serve")):
        column = gained[change] if change in gained else pd.Series(dtype=float)
        table[name] = column.reindex(range(n)).fillna(0.0).to_numpy()
    table["Stranded"] = float(facts.settings["stranded_cost"]) * np.maximum(table["Serve ahead"], 0.0)
    table["Cost"] = _development(facts, table)
    for name in ("Price room", "Cost cut", "Stranded", "Cost"):
        table[name] = table[name].round(facts.decimals)
    success = float(facts.settings["development_success"])
    now, to, cost, room, cut, stays = (
        table[name].to_numpy(dtype=float)
        for name in ("Value now", "Potential", "Cost", "Price room", "Cost cut", "Stranded")
    )
    gain = success * (to - now) - cost
    table["Return"] = np.divide(gain, cost, out=np.full(n, np.nan), where=(cost > 0) & (not unknown))
    found = CVM_ACTION(now, to, cost, np.full(n, success), room, cut + stays)
    unreached = (found == "Invest") & ~_funded(facts, found == "Invest", gain, cost)
    if unreached.any():  # what they are without a chance of being developed
        found = CVM_ACTION(now, to, cost, np.where(unreached, 0.0, success), room, cut + stays)
    decision = np.where(found == "Award", AWARD, found)
    table["Decision"] = decision
    table["At stake"] = np.select(
        [decision == "Invest", decision == "Adjust", decision == AWARD],
        [gain, np.minimum(-now, room + cut), -now - stays],
        now,
    ).round(facts.decimals)
    words = _Words(success, unknown, unreached, bound)
    table["Why"] = _why(facts, table, grown, steps, words)
    order = np.lexsort([-table["At stake"], pd.Categorical(decision, ORDER).codes])
    steps["row"] = np.argsort(order)[steps["row"].to_numpy()]
    return Decided(table.iloc[order].reset_index(drop=True), steps.sort_values("row", kind="stable"))


def _unknown(facts: Facts, table: pd.DataFrame) -> str:
    """What is missing to say where money for developing customers would pay; "" if nothing is."""
    if not facts.total.cost_of_goods.any():
        return "what more sales would leave is not known without cost of goods (Unit cost in Products)"
    if facts.settings["development_cost"] is None and not (table["Cost to serve"] > 0).any():
        return "what developing a customer costs is not known (Development cost in Settings)"
    return ""


def _development(facts: Facts, table: pd.DataFrame) -> np.ndarray:
    """Cost of developing each customer: that of Settings, or a share of what serving it costs in a year.

    A small customer takes no less than the median one: it must be called on and understood as any other.
    """
    given = facts.settings["development_cost"]
    if given is not None:
        return np.full(len(table), float(given))
    served = np.maximum(table["Cost to serve"].to_numpy(dtype=float), 0.0)
    return EFFORT * np.maximum(served, np.median(served)) / period(facts)


def _funded(facts: Facts, pays: np.ndarray, gain: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Whom of those who pay the budget for development reaches: those who return most on their cost."""
    budget = facts.settings["development_budget"]
    if budget is None:
        return pays
    rate = np.divide(gain, cost, out=np.full(len(gain), np.inf), where=cost > 0)
    order = np.lexsort([-gain, -np.where(pays, rate, -np.inf)])
    reached = np.zeros(len(gain), dtype=bool)
    reached[order] = np.cumsum(np.where(pays, cost, 0.0)[order]) <= float(budget)
    return reached & pays


def _steps(
    facts: Facts, costs: Costs, table: pd.DataFrame, bands: pd.DataFrame | None
) -> tuple[pd.DataFrame, dict[int, str]]:
    """What prices and cost to serve can gain for each customer at most, a row per product or pool, the largest first.

    `row` is the customer's in `table`. Values are those of Sales ahead and Serve ahead, divided as they were so far.
    With the steps, by row, until when contracts bind prices that could rise: those give nothing.
    """
    customer = facts.dimensions["Customer"]
    row = np.full(len(customer.items), -1)
    place = pd.Series(range(len(customer.items)), index=customer.items)
    code = table["Customer"].map(place).to_numpy(dtype=int)
    row[code] = np.arange(len(table))
    prices = _prices(facts, table, bands, row)
    until = bound_until(facts, list(table["Customer"].to_numpy()[prices["row"]]), list(prices["Object"]))
    held = ~np.isnat(until)
    last = pd.Series(until[held]).groupby(prices["row"].to_numpy()[held]).max()
    bound = {int(at): f"{day:%Y-%m-%d}" for at, day in last.items()}
    found = [prices[~held], _costs(facts, costs, table, code)]
    steps = pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)
    return steps.sort_values(["row", "Gain"], ascending=[True, False], kind="stable", ignore_index=True), bound


STEP = {"row": int, "Change": object, "Object": object, "Today": float, "Most": float, "Gain": float}


def _prices(facts: Facts, table: pd.DataFrame, bands: pd.DataFrame | None, row: np.ndarray) -> pd.DataFrame:
    """Products that a customer pays less for than the ceiling of its segment's band."""
    if bands is None or not len(bands):
        return pd.DataFrame(columns=list(STEP)).astype(STEP)
    product = facts.dimensions["Product"]
    able = bands.loc[bands["Ceiling"].astype(float) >= bands["Floor"].astype(float), ["Segment", "Product", "Ceiling"]]
    held = facts.paid_prices(set(able["Product"]))
    held = held.assign(row=row[held["customer"]])
    held = held[(held["row"] >= 0) & (held["net"] > 0)]
    held["Product"] = np.array(product.items, dtype=object)[held["product"]]
    held["Segment"] = table["Segment"].to_numpy()[held["row"]]
    held = held.merge(able, on=["Segment", "Product"])
    held["Today"] = held["net"] / held["units"]
    held = held[held["Ceiling"].astype(float) > held["Today"]]
    ahead = table["Sales ahead"].to_numpy(dtype=float)[held["row"]]
    held["Gain"] = ahead * held["share"] * (held["Ceiling"].astype(float) / held["Today"] - 1)
    held = held.assign(Change="Price", Object=held["Product"], Most=held["Ceiling"].astype(float))
    return held.loc[held["Gain"] > 0, list(STEP)]


def _costs(facts: Facts, costs: Costs, table: pd.DataFrame, code: np.ndarray) -> pd.DataFrame:
    """Cost pools that a customer bears, each less by the share that Settings allow."""
    cut = float(facts.settings["cost_cut"])
    if not costs.pools or not cut:
        return pd.DataFrame(columns=list(STEP)).astype(STEP)
    borne = np.maximum(costs.of(facts.dimensions["Customer"])[code], 0.0)
    total = borne.sum(axis=1, keepdims=True)
    ahead = np.maximum(table["Serve ahead"].to_numpy(dtype=float), 0.0)
    gain = cut * ahead[:, None] * np.divide(borne, total, out=np.zeros_like(borne), where=total > 0)
    row, pool = np.nonzero(gain)
    names = np.array([one.name for one in costs.pools], dtype=object)
    today = borne[row, pool] / period(facts)
    return pd.DataFrame(
        {"row": row, "Change": "Cost to serve", "Object": names[pool], "Today": today, "Most": today * (1 - cut),
         "Gain": gain[row, pool]}
    )  # fmt: skip


def _taken(table: pd.DataFrame, steps: pd.DataFrame, customers: np.ndarray) -> pd.DataFrame:
    """The steps that bring these customers to a value of zero, the last only as far as it is needed.

    Prices and costs move evenly between today's and the most that is possible.
    """
    mine = steps[np.isin(steps["row"], customers)].copy()
    short = -table["Value now"].to_numpy(dtype=float)[mine["row"]]
    before = mine.groupby("row")["Gain"].cumsum() - mine["Gain"]
    mine["before"], mine["share"] = before, np.clip((short - before) / mine["Gain"], 0.0, 1.0)
    mine = mine[mine["share"] > 0]
    mine["Proposed"] = mine["Today"] + mine["share"] * (mine["Most"] - mine["Today"])
    mine["Gain"] = mine["Gain"] * mine["share"]
    mine["Value after"] = table["Value now"].to_numpy(dtype=float)[mine["row"]] + mine["before"] + mine["Gain"]
    mine["Step"] = mine.groupby("row").cumcount() + 1
    return mine


def adjustments(facts: Facts, decided: Decided, model: pd.DataFrame | None = None) -> pd.DataFrame:
    """The table Adjustments: the steps of every customer to be adjusted.

    `model` is the table Model: of products whose acceptance it has, how many will accept the price is said.
    """
    table = decided.table
    taken = _taken(table, decided.steps, np.flatnonzero(table["Decision"] == "Adjust"))
    for name in ("Customer", "Name", "Owner"):
        taken[name] = table[name].to_numpy()[taken["row"]]
    taken["By"] = taken["Proposed"] / taken["Today"] - 1
    taken["Accepted"] = _accepted(facts, taken, table, model)
    taken["Gain"], taken["Value after"] = (taken[name].round(facts.decimals) + 0.0 for name in ("Gain", "Value after"))
    columns = ["Customer", "Name", "Owner", "Step", "Change", "Object", "Today", "Proposed", "By", "Accepted", "Gain"]
    return taken[[*columns, "Value after"]].reset_index(drop=True)


def _accepted(facts: Facts, taken: pd.DataFrame, table: pd.DataFrame, model: pd.DataFrame | None) -> np.ndarray:
    """Of those who accept today's price, the share that accepts the proposed one; NaN where no offers tell."""
    kept, price = np.full(len(taken), np.nan), np.flatnonzero(taken["Change"] == "Price")
    if model is None or not len(price):
        return kept
    fitted = {
        str(name).removeprefix(ACCEPTANCE): dict(zip(rows["Name"], rows["Value"], strict=True))
        for name, rows in model[model["Model"].str.startswith(ACCEPTANCE, na=False)].groupby("Model", sort=False)
    }
    mine = taken.iloc[price]
    found = curves(facts, list(table["Segment"].to_numpy()[mine["row"]]), list(mine["Object"]), fitted)
    kept[price] = found.kept(*(mine[name].to_numpy(dtype=float) for name in ("Today", "Proposed")))
    return kept


def by_decision(facts: Facts, table: pd.DataFrame) -> pd.DataFrame:
    """The table ByDecision: customers and money of each decision."""
    found = pd.DataFrame({"Decision": ORDER})
    grouped = table.groupby("Decision")
    found["Customers"] = found["Decision"].map(grouped.size()).fillna(0).astype(int)
    for name in ("At stake", "Value now", "Stranded"):
        found[name] = found["Decision"].map(grouped[name].sum()).fillna(0.0).round(facts.decimals)
    return found


def by_owner(facts: Facts, table: pd.DataFrame) -> pd.DataFrame:
    """The table DecisionsByOwner, the most money first; one row for all where nobody owns accounts."""
    owner = table["Owner"].fillna(NOBODY)
    counts = pd.crosstab(owner, table["Decision"]).reindex(columns=ORDER, fill_value=0)
    money = table.pivot_table(index=owner, columns="Decision", values="At stake", aggfunc="sum")
    money = money.reindex(columns=ORDER).fillna(0.0)
    found = counts.assign(Customers=counts.sum(axis=1), **{"Value now": table.groupby(owner)["Value now"].sum()})
    for name, decision in (("Invest gain", "Invest"), ("Adjust gain", "Adjust"), ("Award gain", AWARD)):
        found[name] = money[decision]
    for name in ("Invest gain", "Adjust gain", "Award gain", "Value now"):
        found[name] = found[name].round(facts.decimals)
    acting = found[["Invest gain", "Adjust gain", "Award gain"]].sum(axis=1)
    found = found.loc[acting.sort_values(ascending=False, kind="stable").index]
    return found.rename_axis("Owner").reset_index()


class _Words(NamedTuple):
    """What the reasons speak of, beside the figures of the table."""

    success: float
    unknown: str
    unreached: np.ndarray
    """Whether developing the customer would pay and the budget goes to others."""
    bound: dict[int, str]
    """By row, until when contracts bind prices that could rise."""


def _why(facts: Facts, table: pd.DataFrame, grown: Grown, steps: pd.DataFrame, words: _Words) -> list[str]:
    """The reason of each decision in words."""
    first = _first_steps(table, steps)
    product = grown.white_space.drop_duplicates("Customer").set_index("Customer")["Product"].to_dict()
    cut = float(facts.settings["cost_cut"])
    success = words.success
    texts = []
    levers = table[list(LEVERS)].to_numpy(dtype=float)
    most = levers.argmax(axis=1)
    names = list(LEVERS)
    rows = table[["Customer", "Decision", "Value now", "Potential", "Cost", "Price room", "Cost cut", "Stranded"]]
    for i, (who, what, now, to, cost, room, less, stays) in enumerate(rows.itertuples(index=False, name=None)):
        lever = names[most[i]]
        if what == "Invest":
            said = (
                f"{success:.0%} of {figure(to - now)} more is above its cost of {figure(cost)}; most by {LEVERS[lever]}"
            )
            if lever == "Cross-sell" and who in product:
                said += f": {product[who]}"
        elif what == "Keep" and words.unknown:
            said = f"Worth {figure(now)}; {words.unknown}"
        elif what == "Keep" and to - now <= 0:
            said = f"Worth {figure(now)}; nothing to develop is seen"
        elif what == "Keep" and words.unreached[i]:
            said = (
                f"Worth {figure(now)}; {success:.0%} of {figure(to - now)} more would pay its cost of {figure(cost)}, "
            )
            said += "but others return more and take the Development budget"
        elif what == "Keep":
            said = (
                f"Worth {figure(now)}; {success:.0%} of {figure(to - now)} more is not above its cost of {figure(cost)}"
            )
        elif what == "Adjust" and i not in first:
            said = (
                f"Loses {figure(-now)}; leaving would strand {figure(stays)}"
                if now
                else "Worth nothing: it hardly buys any more"
            )
        elif what == "Adjust":
            said = f"Loses {figure(-now)}: {first[i]}"
            if now + room + less < 0:
                said += f"; {figure(-(now + room + less))} remain lost, but leaving would strand {figure(stays)}"
        else:
            ways = " and ".join(
                [*(["prices at the ceiling"] if room else []), *([f"{cut:.0%} less cost to serve"] if less else [])]
            )
            said = (
                f"Loses {figure(-now)}, {figure(-(now + room + less))} even with {ways}"
                if ways
                else f"Loses {figure(-now)}"
            )
            said += f"; {figure(stays)} of its cost would stay"
        if what in ("Adjust", AWARD) and i in words.bound:
            said += f"; a contract binds its prices until {words.bound[i]}"
        texts.append(said)
    return texts


def _first_steps(table: pd.DataFrame, steps: pd.DataFrame) -> dict[int, str]:
    """The first step of each customer to be adjusted, in words."""
    taken = _taken(table, steps, np.flatnonzero(table["Decision"] == "Adjust"))
    many = taken["row"].value_counts()
    said: dict[int, str] = {}
    columns = taken.loc[taken["Step"] == 1, ["row", "Change", "Object", "Today", "Proposed"]]
    for row, change, what, today, proposed in columns.itertuples(index=False, name=None):
        how = (
            f"{figure(today, 2)} to {figure(proposed, 2)}" if change == "Price" else f"{1 - proposed / today:.0%} less"
        )
        more = many[row] - 1
        said[row] = f"{what} {how}" + (f", and {more} step{'s' if more > 1 else ''} more" if more else "")
    return said
