"""Profit and loss by everything, and the cost to serve of each customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Dimension, Facts
from cvm_xl.answers.pools import Pool, pools, weights
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.functions.profit import CVM_ALLOCATE, CVM_PNL
from cvm_xl.kinds import Named

__all__ = ["COMPANY", "TOTAL", "UNALLOCATED", "Costs", "costs", "segment_pnl"]

TOTAL, COMPANY, UNALLOCATED = "Total", "Company level", "Unallocated"
SUMS = ["List revenue", "Discounts", "Net revenue", "Cost of goods"]


@dataclass(frozen=True)
class Costs:
    """Cost pools on customers and on the other things sales are split by, each pool exact in its currency's units.

    `by` has, for each of the dimensions Customer, Product, Channel and Touch-point, items x pools; what is known of
    customers or products (segments, kinds) is summed from these. `company` and `unallocated` are per pool. `per_line`
    is the unrounded cost of each sales line, for unit costs.
    """

    pools: list[Pool]
    by: dict[str, np.ndarray]
    company: np.ndarray
    unallocated: np.ndarray
    per_line: np.ndarray

    def of(self, dimension: Dimension) -> np.ndarray:
        """Items x pools of any dimension."""
        if dimension.of is None:
            return self.by[dimension.name]
        summed = np.zeros((len(dimension.items), len(self.pools)))
        np.add.at(summed, dimension.of, self.by[dimension.parent])
        return summed


def costs(facts: Facts) -> Costs:
    """Allocate each pool (CVM_ALLOCATE) by the volumes of its driver."""
    found = pools(facts)
    base = {name: d for name, d in facts.dimensions.items() if d.of is None}
    by = {name: np.zeros((len(d.items), len(found))) for name, d in base.items()}
    company, unallocated = np.zeros(len(found)), np.zeros(len(found))
    per_line = np.zeros(len(facts.sold))
    for j, pool in enumerate(found):
        for rule in pool.rules:
            if not rule.amount:
                continue
            taken = weights(facts, rule)
            if taken is None:
                (company if rule.level == "company" else unallocated)[j] += rule.amount
                continue
            for name, dimension in base.items():
                volume = np.bincount(dimension.codes, taken, minlength=len(dimension.items))
                by[name][:, j] += CVM_ALLOCATE(rule.amount, volume, facts.decimals)
            per_line += rule.amount * (taken / taken.sum())
    for table in (*by.values(), company, unallocated):
        np.round(table, facts.decimals, out=table)
    return Costs(found, by, company, unallocated, per_line)


def segment_pnl(facts: Facts, costs: Costs) -> pd.DataFrame:
    """The table SegmentPnL: a block of rows per dimension, each summing to the same total."""
    names = ["Segment", "Product", "Kind", "Channel", "Touch-point", *facts.attributes]
    amounts = np.column_stack(
        [facts.list_revenue, facts.net_revenue - facts.list_revenue, facts.net_revenue, -facts.cost_of_goods]
    ).round(facts.decimals)
    blocks = [_block(facts, costs, facts.dimensions[name], amounts) for name in names if _split(facts.dimensions[name])]
    total = blocks[0].drop(columns=["Dimension", "Item"]).sum().round(facts.decimals).to_frame().T
    total.insert(0, "Item", TOTAL)
    total.insert(0, "Dimension", TOTAL)
    table = pd.concat([total, *blocks], ignore_index=True)
    table["Lines"] = table["Lines"].astype(int)
    return table


def _split(dimension: Dimension) -> bool:
    return dimension.name == "Segment" or len(dimension.items) > 1


def _block(facts: Facts, costs: Costs, dimension: Dimension, amounts: np.ndarray) -> pd.DataFrame:
    """One dimension's rows, the highest contribution first, then what belongs to no item."""
    sums = CVM_PNL(Named(dimension.codes.reshape(-1, 1), ["item"]), Named(amounts, SUMS))
    place = np.array(sums["item"][:-1], dtype=int)
    block = pd.DataFrame(0.0, index=range(len(dimension.items)), columns=SUMS)
    for name in SUMS:
        block.loc[place, name] = np.asarray(sums[name][:-1], dtype=float)
    block.insert(0, "Lines", np.bincount(dimension.codes, facts.sold, minlength=len(dimension.items)))
    block.insert(0, "Item", dimension.items)
    block["Gross margin"] = block["Net revenue"] + block["Cost of goods"]
    shares = costs.of(dimension)
    labels = [pool.name for pool in costs.pools]
    rest = [(COMPANY, costs.company), (UNALLOCATED, costs.unallocated)]
    extra = pd.DataFrame([{"Item": label} for label, amount in rest if amount.any()], columns=["Item"])
    block = pd.concat([block, extra], ignore_index=True).fillna(0.0) if len(extra) else block
    taken = np.vstack([shares, *(amount.reshape(1, -1) for _, amount in rest if amount.any())])
    block = pd.concat([block, pd.DataFrame(-taken + 0.0, columns=labels)], axis=1)
    block["Contribution"] = block["Gross margin"] + block[labels].sum(axis=1)
    numbers = ["Gross margin", "Contribution", *SUMS, *labels]
    block[numbers] = block[numbers].round(facts.decimals) + 0.0
    last = block["Item"].isin([UNASSIGNED, COMPANY, UNALLOCATED])
    used = (block[numbers] != 0).any(axis=1) | (block["Lines"] > 0)
    block = pd.concat(
        [block[~last & used].sort_values("Contribution", ascending=False, kind="stable"), block[last & used]]
    )
    block.insert(0, "Dimension", dimension.name)
    columns = ["Dimension", "Item", "Lines", *SUMS, "Gross margin", *labels, "Contribution"]
    return block[columns]
