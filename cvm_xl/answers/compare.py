"""One period against another: the bridge of profit, and customers who moved between tiers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.dimensions import CALENDAR, calendar
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pnl import TOTAL
from cvm_xl.answers.splits import Dimension
from cvm_xl.answers.tiers import tier_names, tier_of
from cvm_xl.book.settings import setting_place
from cvm_xl.errors import BookError
from cvm_xl.figures import figure, signed
from cvm_xl.functions.profit import CVM_BRIDGE
from cvm_xl.models.money import group_sums

__all__ = ["STEPS", "bridge", "bridge_steps", "migration", "moves", "periods", "waterfall"]

EFFECTS = {"price": "Price", "volume": "Volume", "mix": "Mix", "cost": "Cost of goods", "new_lost": "New and lost"}
STEPS = [*EFFECTS.values(), "Cost to serve"]
NOT_YET, NO_MORE = "Not yet", "No more"
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\s*\.\.\s*(\d{4}-\d{2}-\d{2})")


def periods(facts: Facts, text: str) -> Dimension:
    """The two periods that Settings compare, as a dimension of two items: 2024; 2025, or days apart by "..".

    Raises
    ------
    BookError
        When they are not two, or no line lies in one of them.
    """
    names = [part.strip() for part in text.split(";") if part.strip()]
    place = setting_place(facts.book, "Compare")
    first, last = (day.astype("datetime64[M]") for day in facts.days)
    months = np.arange(first, last + 1)
    starts = int(facts.settings["fiscal_year_starts"])
    known = {unit: calendar(months.astype("datetime64[D]"), unit, starts) for unit in CALENDAR}
    if len(names) != 2:
        remedy = "For example 2024; 2025 or 2024 Q1; 2025 Q1 or 2024-01-01..2024-06-30; 2024-07-01..2024-12-31"
        raise BookError("Compare names two periods, apart by a semicolon", place=place, value=text, remedy=remedy)
    spans = [_span(name, months, list(known.values())) for name in names]
    period = facts.during(names, spans)
    for name, lines in zip(names, facts.sums(period).lines, strict=False):
        if not lines:
            there = ", ".join(map(str, dict.fromkeys(known["Year"])))
            remedy = f"Write a year ({there}), quarter or month as the P&L shows them, or days"
            raise BookError("no sales line lies in this period", place=place, value=name, remedy=remedy)
    return period


def _span(name: str, months: np.ndarray, known: list[np.ndarray]) -> tuple[np.datetime64, np.datetime64]:
    """The first and the last day of a period; of a name that no period has, no day."""
    if days := _DAYS.fullmatch(name):
        return np.datetime64(days[1], "D"), np.datetime64(days[2], "D")
    mine = months[np.any([labels == name for labels in known], axis=0)]
    if not len(mine):
        return np.datetime64("0001-01-02", "D"), np.datetime64("0001-01-01", "D")
    return mine[0].astype("datetime64[D]"), (mine[-1] + 1).astype("datetime64[D]") - 1


def bridge(facts: Facts, costs: Costs, period: Dimension) -> pd.DataFrame:
    """The table Bridge: from one period's profit to the next by what changed it, by segment and by product.

    Price, volume, mix and cost of goods by CVM_BRIDGE, of each product in each segment or of each product; every row
    and every column sums to the cent. What the effects leave (returns, fees, what has no units) is new or lost.
    """
    product = facts.dimensions["Product"]
    blocks = [_block(facts, costs, period, facts.dimensions["Segment"], product), _block(facts, costs, period, product)]
    total = blocks[0].drop(columns=["Dimension", "Item"]).sum().to_frame().T
    total.insert(0, "Item", TOTAL)
    total.insert(0, "Dimension", TOTAL)
    table = pd.concat([total, *blocks], ignore_index=True)
    numbers = list(table.columns[2:])
    table[numbers] = table[numbers].astype(float).round(facts.decimals) + 0.0
    return table


def _block(
    facts: Facts, costs: Costs, period: Dimension, split: Dimension, product: Dimension | None = None
) -> pd.DataFrame:
    cell = period.crossed(split)
    cell = cell if product is None else cell.crossed(product)
    when, item = cell.parts(period), cell.parts(split)
    of = item if product is None else item * len(product.items) + cell.parts(product)
    found, key = np.unique(of, return_inverse=True)
    sold = facts.sums(cell)
    sums = {
        name: [group_sums(np.where(when == i, values, 0.0), key, len(found)) for i in (0, 1)]
        for name, values in (("q", facts.quantities(cell)), ("net", sold.net_revenue), ("cost", sold.cost_of_goods))
    }
    units = [np.maximum(q, 0.0) for q in sums["q"]]
    per_unit = {
        name: [np.divide(v, u, out=np.zeros(len(u)), where=u > 0) for v, u in zip(sums[name], units, strict=True)]
        for name in ("net", "cost")
    }
    given = [np.arange(len(found)).astype(object)]
    for i in (0, 1):
        given += [per_unit["net"][i], units[i], per_unit["cost"][i]]
    effects = CVM_BRIDGE(*given)
    item = found if product is None else found // len(product.items)
    n = len(split.items)
    margin = [group_sums(net - cost, item, n) for net, cost in zip(sums["net"], sums["cost"], strict=True)]
    serve = _per_period(costs, period, split)
    profit = [(m - s).round(facts.decimals) for m, s in zip(margin, serve, strict=True)]
    change = profit[1] - profit[0]
    parts = {
        name: np.bincount(item, np.asarray(effects[key][:-1], dtype=float), minlength=n)
        for key, name in EFFECTS.items()
    }
    parts["Cost to serve"] = serve[0] - serve[1]
    parts["New and lost"] += change - sum(parts.values())
    steps = np.column_stack([parts[name] for name in STEPS]).round(facts.decimals)
    largest = np.abs(steps[:, :-1]).argmax(axis=1)  # bears what rounding leaves
    steps[np.arange(n), largest] += change - steps.sum(axis=1)
    table = pd.DataFrame({"Dimension": split.name, "Item": split.items, "Before": profit[0]})
    table[STEPS] = steps
    table["After"], table["Change"] = profit[1], change
    numbers = list(table.columns[2:])
    table[numbers] = table[numbers].round(facts.decimals) + 0.0
    used = (table.drop(columns=["Dimension", "Item"]) != 0).any(axis=1)
    table = table[used]
    return table.reindex(table["Change"].abs().sort_values(ascending=False, kind="stable").index)


def _per_period(costs: Costs, period: Dimension, split: Dimension) -> list[np.ndarray]:
    """What each item bears in each of the two periods; the items of a period sum to the same by any dimension."""
    pair = period.crossed(split)
    when, item = pair.parts(period), pair.parts(split)
    borne = costs.of(pair).sum(axis=1)
    return [np.bincount(item[when == i], borne[when == i], minlength=len(split.items)) for i in (0, 1)]


def bridge_steps(table: pd.DataFrame, period: Dimension) -> pd.DataFrame:
    """What the chart of the bridge draws: columns standing on what is not seen, ups and downs apart."""
    total = table[table["Dimension"] == TOTAL].iloc[0]
    names = [f"Profit {period.items[0]}", *STEPS, f"Profit {period.items[1]}"]
    values = [total["Before"], *(total[name] for name in STEPS), total["After"]]
    return waterfall(names, values)


def waterfall(names: list[str], values: list[float]) -> pd.DataFrame:
    """Steps of a waterfall: the first and the last stand on the ground, the others on what was reached before.

    What lies above and below zero is apart, since stacked columns grow away from it on either side.
    """
    rows = []
    level = 0.0
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        ends = i in (0, len(names) - 1)
        start, end = (0.0, value) if ends else (level, level + value)
        low, high = min(start, end), max(start, end)
        base = low if low > 0 else min(high, 0.0)
        drawn = [max(high, 0.0) - max(low, 0.0), min(low, 0.0) - min(high, 0.0)]
        kind = 0 if ends else 1 if value >= 0 else 2
        parts = [part if k == kind else 0.0 for k in range(3) for part in drawn]
        shown = f"{name}\n{figure(value)}" if ends else f"{name}\n{signed(value)}"
        rows.append((name, value, shown, base, *parts))
        level = end
    columns = ["Level", "Level below", "Better", "Better below", "Worse", "Worse below"]
    return pd.DataFrame(rows, columns=["Step", "Amount", "Shown", "Base", *columns])


def migration(facts: Facts, costs: Costs, period: Dimension) -> pd.DataFrame:
    """The table Migration: customers by their tier in the first period and in the second, each ranked in its own."""
    customer = facts.dimensions["Customer"]
    n = customer.unassigned
    borne = _per_period(costs, period, customer)
    pair = period.crossed(customer)
    when, item, sold = pair.parts(period), pair.parts(customer), facts.sums(pair)
    states, profits = [], []
    for i, absent in ((0, NOT_YET), (1, NO_MORE)):
        bought = np.bincount(item, np.where(when == i, sold.lines, 0.0), minlength=n + 1)[:n] > 0
        margin = group_sums(np.where(when == i, sold.net_revenue - sold.cost_of_goods, 0.0), item, n + 1)
        profit = (margin - borne[i])[:n].round(facts.decimals)
        state = np.full(n, absent, dtype=object)
        if bought.any():
            state[bought] = tier_of(facts, profit[bought])
        states.append(state)
        profits.append(np.where(bought, profit, 0.0))
    table = pd.DataFrame({"From": states[0], "To": states[1], "Before": profits[0], "After": profits[1]})
    table = table[(table["From"] != NOT_YET) | (table["To"] != NO_MORE)]
    order = {label: i for i, label in enumerate([*tier_names(facts), NOT_YET, NO_MORE])}
    found = table.groupby(["From", "To"], sort=False).agg(
        **{"Customers": ("Before", "size"), "Profit before": ("Before", "sum"), "Profit after": ("After", "sum")}
    )
    found = found.reset_index().sort_values(["From", "To"], key=lambda c: c.map(order), ignore_index=True)
    found.insert(3, "Share", found["Customers"] / found.groupby("From")["Customers"].transform("sum"))
    for name in ("Profit before", "Profit after"):
        found[name] = found[name].round(facts.decimals) + 0.0
    return found


def moves(table: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """The table TierMoves: of each tier's customers, how many rose, stayed, fell, or bought nothing any more."""
    rank = {label: i for i, label in enumerate(labels)}
    counts = {label: dict.fromkeys(("Up", "Same", "Down", NO_MORE), 0) for label in labels}
    for first, second, many in zip(table["From"], table["To"], table["Customers"], strict=True):
        if first in rank:
            gone = second not in rank
            way = 0 if gone else int(np.sign(rank[second] - rank[first]))
            counts[first][NO_MORE if gone else ("Same", "Down", "Up")[way]] += int(many)
    return pd.DataFrame([{"Tier": label, **found} for label, found in counts.items()])
