"""Scenarios: named sets of changes, computed beside the base and compared line by line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.drivers import Term
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.filters import mask
from cvm_xl.answers.pnl import RESTS, TOTAL, block
from cvm_xl.answers.pools import Pool, Rule
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.errors import BookError, Place
from cvm_xl.models.money import minor_units

__all__ = ["scenarios", "totals"]

GOODS = "cost of goods"
ARROW = "->"


def scenarios(facts: Facts, costs: Costs) -> pd.DataFrame:
    """The table ScenarioPnL: each line of the P&L, and each segment's contribution, as it is and in each scenario.

    The changes of one scenario apply one after the other, in the order of their rows.

    Raises
    ------
    BookError
        When a change names what there is not.
    """
    frame = facts.frame("Scenarios")
    assert frame is not None
    base = block(facts, costs, facts.dimensions["Segment"])
    tables = []
    for name, rows in frame.groupby("scenario", sort=False):
        changed, found = facts, costs
        for change, what, value in zip(
            rows["change"], rows.get("object", [None] * len(rows)), rows["value"], strict=True
        ):
            amount = 0.0 if value is None or value != value else float(value)
            changed, found = _applied(
                changed, found, str(change), "" if what is None or what != what else str(what), amount
            )
        tables.append(_compared(str(name), base, block(changed, found, changed.dimensions["Segment"]), facts.decimals))
    return pd.concat(tables, ignore_index=True)


def totals(table: pd.DataFrame) -> pd.DataFrame:
    """The table ScenarioTotals: what each scenario changes in contribution."""
    mine = table[(table["Segment"] == TOTAL) & (table["Line"] == "Contribution")]
    return mine[["Scenario", "Change"]].reset_index(drop=True)


def _compared(name: str, base: pd.DataFrame, other: pd.DataFrame, decimals: int) -> pd.DataFrame:
    lines = [column for column in base if column not in ("Dimension", "Item", "Lines")]
    rows = [(TOTAL, line, base[line].sum(), other[line].sum()) for line in lines]
    left, right = (table.set_index("Item")["Contribution"] for table in (base, other))
    items = [item for item in dict.fromkeys([*left.index, *right.index]) if item not in (*RESTS, UNASSIGNED)]
    items += [item for item in (UNASSIGNED, *RESTS) if item in left.index or item in right.index]
    rows += [(item, "Contribution", left.get(item, 0.0), right.get(item, 0.0)) for item in items]
    table = pd.DataFrame(rows, columns=["Segment", "Line", "Base", "With"])
    table.insert(0, "Scenario", name)
    table["Change"] = table["With"] - table["Base"]
    numbers = ["Base", "With", "Change"]
    table[numbers] = table[numbers].round(decimals) + 0.0
    return table


def _applied(facts: Facts, costs: Costs, change: str, what: str, value: float) -> tuple[Facts, Costs]:
    """Sales and costs after one change; those given stay as they are."""
    if change == "price":
        factor = np.where(_lines(facts, what), 1 + value, 1.0)
        return _held(facts, costs, net_revenue=facts.net_revenue * factor, list_revenue=facts.list_revenue * factor)
    if change == "discount cap":
        least = facts.list_revenue * (1 - value)
        capped = _lines(facts, what) & (np.abs(facts.net_revenue) < np.abs(least)) & (facts.list_revenue != 0)
        return _held(facts, costs, net_revenue=np.where(capped, least, facts.net_revenue))
    if change == "cost rate":
        if what.casefold() == GOODS or not any(what.casefold() == pool.name.casefold() for pool in costs.pools):
            limits = "" if what.casefold() == GOODS else what
            factor = np.where(_lines(facts, limits), 1 + value, 1.0)
            return _held(facts, costs, cost_of_goods=facts.cost_of_goods * factor)
        pools = [_scaled(p, 1 + value, facts) if p.name.casefold() == what.casefold() else p for p in costs.pools]
        return facts, Costs(facts, pools, _taken(costs))
    if change == "channel shift":
        return _shifted(facts, costs, what, value)
    return _dropped(facts, costs, what, value)


def _lines(facts: Facts, what: str) -> np.ndarray:
    return mask(facts, what) if what else facts.sold


def _taken(costs: Costs) -> dict[object, np.ndarray | None]:
    """What each line takes of each driver: held as it is when prices or amounts change."""
    for pool in costs.pools:
        for rule in pool.rules:
            costs.lines(rule.terms)
    return {rule.terms: costs.lines(rule.terms) for pool in costs.pools for rule in pool.rules}


def _held(facts: Facts, costs: Costs, **amounts: np.ndarray) -> tuple[Facts, Costs]:
    """Other amounts of money on the same lines. Pools stay where they were: a price causes no work."""
    unit = 10.0**facts.decimals
    changed = replace(facts, **{name: minor_units(v, facts.decimals) / unit for name, v in amounts.items()})
    return changed, Costs(changed, costs.pools, _taken(costs))


def _scaled(pool: Pool, factor: float, facts: Facts) -> Pool:
    """A pool at another rate."""
    unit = 10.0**facts.decimals

    def amount(value: float) -> float:
        return float(minor_units(np.array([value * factor]), facts.decimals)[0] / unit)

    rules: list[Rule] = []
    for rule in pool.rules:
        sources = tuple(replace(source, amount=amount(source.amount)) for source in rule.sources)
        rules.append(replace(rule, amount=round(sum(s.amount for s in sources), facts.decimals), sources=sources))
    return Pool(pool.name, tuple(rules))


def _shifted(facts: Facts, costs: Costs, what: str, value: float) -> tuple[Facts, Costs]:
    """A share of one channel's orders made in another: they cost there what orders of that channel cost.

    Every so many of the orders, as they come, are shifted whole; prices stay as they are.
    """
    channel = facts.dimensions["Channel"]
    names = [part.strip().casefold() for part in what.split(ARROW)]
    spelled = {item.casefold(): i for i, item in enumerate(channel.items)}
    if len(names) != 2 or any(name not in spelled for name in names):
        raise BookError(
            "does not name two channels",
            place=Place(table="Scenarios", column="Object"),
            value=what,
            remedy=f"Write Field sales -> Web shop; channels are {', '.join(channel.items[:-1])}",
        )
    source, target = (spelled[name] for name in names)
    here = (channel.codes == source) & facts.sold
    orders = pd.unique(facts.orders[here])
    steps = np.floor(np.arange(1, len(orders) + 1) * value + 1e-9)
    moved = here & np.isin(facts.orders, orders[np.diff(steps, prepend=0.0) > 0])
    codes = np.where(moved, target, channel.codes)
    kept = {name: d for name, d in facts.dimensions.items() if d.first is None}
    changed = replace(facts, dimensions=kept | {"Channel": replace(channel, codes=codes)})
    taken: dict[object, np.ndarray | None] = {}
    pools: list[Pool] = []
    for pool in costs.pools:
        rules: list[Rule] = []
        for rule in pool.rules:
            lines = costs.lines(rule.terms)
            after = lines
            if lines is not None and any(_by_channel(term) for term in rule.terms):
                after = lines.copy()
                there = facts.goods & (channel.codes == target)
                after[moved & facts.goods] = lines[there].mean() if there.any() else 0.0
            # One and the same key would mix up rules whose lines moved with those of the base.
            terms = (*rule.terms, _marked(f"row {rule.row}"))
            taken[terms] = after if after is not None and after.sum() > 0 else None
            factor = 1.0 if lines is None or after is None else float(after.sum() / lines.sum())
            mine = _scaled(Pool(pool.name, (replace(rule, terms=terms),)), factor, facts).rules[0]
            rules.append(mine if rule.capacity is None else replace(rule, terms=terms))
        pools.append(Pool(pool.name, tuple(rules)))
    return changed, Costs(changed, pools, taken)


def _marked(text: str) -> Term:
    """A term that counts nothing and makes a rule's terms its own."""
    return Term("", text, weight=0.0)


def _by_channel(term: Term) -> bool:
    return term.level == "channel" or "channel" in term.filter.casefold()


def _dropped(facts: Facts, costs: Costs, what: str, value: float) -> tuple[Facts, Costs]:
    """Without some customers. Of the cost to serve them `value` is saved; the rest is stranded: nobody bears it."""
    chosen = _lines(facts, what) if what else np.zeros(len(facts.sold), dtype=bool)
    customer = facts.dimensions["Customer"]
    gone = np.unique(customer.codes[chosen & (customer.codes != customer.unassigned)])
    lines = np.isin(customer.codes, gone)
    amounts = {
        name: np.where(lines, 0.0, getattr(facts, name))
        for name in ("quantity", "list_revenue", "net_revenue", "cost_of_goods")
    }
    changed = replace(facts, **amounts, sold=facts.sold & ~lines, goods=facts.goods & ~lines)
    taken: dict[object, np.ndarray | None] = {}
    pools: list[Pool] = []
    row = 0
    for pool in costs.pools:
        rules: list[Rule] = []
        for rule in pool.rules:
            whole = costs.share(rule)
            borne = float(costs.shares(rule, customer)[gone].sum())
            terms, nothing = (*rule.terms, _marked(f"row {rule.row}")), (_marked("nothing"),)
            before = costs.lines(rule.terms)
            after = None if before is None else np.where(lines, 0.0, before)
            taken[terms] = after if after is not None and after.sum() > 0 else None
            taken[nothing] = None
            for amount, level, kept, capacity in (
                (whole.shared - borne, rule.level, terms, None),
                (whole.company + borne * (1 - value), "company", nothing, None),
                (whole.unused, "time", nothing, 1.0),
                (whole.unallocated, "line", nothing, None),
            ):
                part = float(minor_units(np.array([amount]), facts.decimals)[0] / 10.0**facts.decimals)
                sources = tuple(replace(s, amount=part) for s in rule.sources[:1])
                made = replace(rule, row=-1 - row, amount=part, level=level, terms=kept, capacity=capacity)
                rules.append(replace(made, sources=sources))
                row += 1
        pools.append(Pool(pool.name, tuple(rules)))
    return changed, Costs(changed, pools, taken)
