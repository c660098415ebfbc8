"""Parts of the company: the answers for one segment's, owner's or region's customers alone.

A part bears the cost to serve that its customers bear in the whole. What no customer causes (company level, unallocated,
lines without a customer) belongs to no part, so that the parts and these sum to the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cvm_xl.answers import Answers, answer_from
from cvm_xl.answers.facts import Dimension, Facts
from cvm_xl.answers.pnl import Costs
from cvm_xl.answers.pools import Pool, Rule, weights
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.functions.profit import CVM_ALLOCATE

if TYPE_CHECKING:
    from cvm_xl.book.read import Book

__all__ = ["parts"]


def parts(whole: Answers, by: str) -> Iterator[tuple[str, Answers]]:
    """The answers for the customers of each value of a dimension, in order of appearance.

    Parameters
    ----------
    whole : Answers
        Of all questions.
    by : str
        Segment, or a further column of Customers that the P&L is split by.

    Yields
    ------
    (str, Answers)
        Customers keep their tier and lifetime value; everything else is computed on the part's sales.
    """
    facts, costs = whole.facts, whole.costs
    dimension = facts.dimensions[by]
    assert dimension.of is not None, by
    per_pool = [_per_line(facts, pool) for pool in costs.pools]
    for value, name in enumerate(dimension.items[:-1]):
        customers = np.flatnonzero(dimension.of == value)
        lines = np.isin(facts.dimensions["Customer"].codes, customers)
        if not (lines & facts.sold).any():
            continue
        mine = _facts(facts, lines)
        amounts = costs.by["Customer"][customers].sum(axis=0).round(facts.decimals)
        shares = _costs(mine, costs, amounts, costs.by["Customer"][customers], [line[lines] for line in per_pool])
        mine = replace(mine, book=_book(mine, shares))
        made = answer_from(mine, replace(shares, per_line=costs.per_line[lines]), whole=whole)
        yield name, replace(made, tables=made.tables | {"Checks": _checked(made, whole)})


def _per_line(facts: Facts, pool: Pool) -> np.ndarray:
    """What each sales line bears of a pool, before rounding."""
    lines = np.zeros(len(facts.sold))
    for rule in pool.rules:
        taken = weights(facts, rule) if rule.amount else None
        if taken is not None:
            lines += rule.amount * (taken / taken.sum())
    return lines


def _facts(facts: Facts, lines: np.ndarray) -> Facts:
    """Some lines, and of every dimension the items that they have."""
    kept = {name: np.append(np.unique(d.codes[lines]), d.unassigned) for name, d in facts.dimensions.items()}
    kept = {name: np.unique(codes) for name, codes in kept.items()}
    dimensions: dict[str, Dimension] = {}
    for name, d in facts.dimensions.items():
        place = np.full(len(d.items), -1)
        place[kept[name]] = np.arange(len(kept[name]))
        of = None if d.of is None else place[d.of[kept[d.parent]]]
        dimensions[name] = replace(d, items=[d.items[i] for i in kept[name]], codes=place[d.codes[lines]], of=of)
    arrays = ("dates", "quantity", "list_revenue", "net_revenue", "cost_of_goods", "sold", "goods", "orders")
    taken = {name: getattr(facts, name)[lines] for name in arrays}
    return replace(facts, **taken, dimensions=dimensions, entered=None, notes=[])


def _costs(mine: Facts, whole: Costs, amounts: np.ndarray, by_customer: np.ndarray, lines: list[np.ndarray]) -> Costs:
    """The pools' amounts that the part's customers bear, on everything else by what the part's lines bear."""
    pools: list[Pool] = []
    by = {name: np.zeros((len(d.items), len(amounts))) for name, d in mine.dimensions.items() if d.of is None}
    by["Customer"][: len(by_customer)] = by_customer
    for j, (pool, amount, taken) in enumerate(zip(whole.pools, amounts.tolist(), lines, strict=True)):
        first = pool.rules[0]
        pools.append(Pool(pool.name, (Rule(first.account, pool.name, amount, amount, first.level, first.driver),)))
        for name, table in by.items():
            if name != "Customer" and amount:
                volume = np.bincount(mine.dimensions[name].codes, taken, minlength=len(table))
                table[:, j] = CVM_ALLOCATE(amount, volume, mine.decimals)
    nothing = np.zeros(len(amounts))
    return Costs(pools, by, nothing, nothing, np.zeros(0))


def _book(mine: Facts, shares: Costs) -> Book:
    """The inputs that speak of the part alone: its customers, its segments' value, its share of the pools."""
    tables = dict(mine.book.tables)

    def keep(name: str, column: str, items: list[str]) -> None:
        if name in tables and column in tables[name].frame:
            table = tables[name]
            rows = table.frame[column].isin(items).to_numpy()
            tables[name] = replace(
                table, frame=table.frame[rows].reset_index(drop=True), rows=table.rows[rows], problems=[]
            )

    keep("Customers", "customer", mine.dimensions["Customer"].items)
    keep("ValueDrivers", "segment", mine.dimensions["Segment"].items)
    if "CostPools" in tables:
        frame = pd.DataFrame({"pool": [p.name for p in shares.pools], "amount": [p.amount for p in shares.pools]})
        tables["CostPools"] = replace(tables["CostPools"], frame=frame, rows=np.arange(len(frame)), problems=[])
    return replace(mine.book, tables=tables, problems=[])


def _checked(made: Answers, whole: Answers) -> pd.DataFrame:
    """The part's checks, and its customers against the same customers in the whole."""
    mine, every = made.tables["Tiers"], whole.tables["Tiers"]
    there = every[every["Customer"].isin(set(mine["Customer"]))]
    rows = []
    for name in ("Revenue", "Cost to serve", "Profit"):
        left, right = (round(float(t[name].sum()), made.facts.decimals) for t in (mine, there))
        difference = round(left - right, made.facts.decimals) + 0.0
        status = "OK" if difference == 0 else "look here"
        rows.append((f"{name}: these customers = the same in the whole company", left, right, difference, status))
    checks = made.tables["Checks"]
    return pd.concat([checks, pd.DataFrame(rows, columns=checks.columns)], ignore_index=True)
