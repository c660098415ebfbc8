"""Parts of the company: the answers for one segment's, owner's or region's customers alone.

A part bears the cost to serve that its customers bear in the whole. What no customer causes (company level, unused,
unallocated, lines without a customer) belongs to no part, so that the parts and these sum to the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cvm_xl.answers import Answers, answer_from
from cvm_xl.answers.costs import Costs, part_of
from cvm_xl.answers.dimensions import dimension
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.splits import Dimension

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
    split = dimension(facts, by)
    assert split.of is not None, by
    assert split.parent == "Customer", by
    for value, name in enumerate(split.items[:-1]):
        customers = np.flatnonzero(split.of == value)
        lines = np.isin(facts.dimensions["Customer"].codes, customers)
        if not (lines & facts.sold).any():
            continue
        mine = _facts(facts, lines)
        shares = part_of(costs, mine, lines, customers)
        mine = replace(mine, book=_book(mine, shares))
        made = answer_from(mine, replace(shares, facts=mine), whole=whole)
        yield name, replace(made, tables=made.tables | {"Checks": _checked(made, whole)})


def _facts(facts: Facts, lines: np.ndarray) -> Facts:
    """Some lines, and of every dimension the items that they have."""
    kept = {name: np.append(np.unique(d.codes[lines]), d.unassigned) for name, d in facts.dimensions.items()}
    kept = {name: np.unique(codes) for name, codes in kept.items()}
    dimensions: dict[str, Dimension] = {}
    for name, d in facts.dimensions.items():
        if d.first is not None:  # two at once are made anew
            continue
        place = np.full(len(d.items), -1)
        place[kept[name]] = np.arange(len(kept[name]))
        of = None if d.of is None else place[d.of[kept[d.parent]]]
        dimensions[name] = replace(d, items=[d.items[i] for i in kept[name]], codes=place[d.codes[lines]], of=of)
    arrays = ("dates", "quantity", "list_revenue", "net_revenue", "cost_of_goods", "sold", "goods", "orders")
    taken = {name: getattr(facts, name)[lines] for name in arrays}
    rows = facts.lines[lines[: len(facts.lines)]]
    return replace(facts, **taken, lines=rows, dimensions=dimensions, entered=None, notes=[])


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
