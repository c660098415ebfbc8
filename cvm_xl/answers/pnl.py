"""Profit and loss by everything that sales are split by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs, costs
from cvm_xl.answers.dimensions import CALENDAR, dimension
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pools import SUBTOTALS
from cvm_xl.answers.splits import RESTS, Dimension
from cvm_xl.book.schema import LAYERS, UNASSIGNED
from cvm_xl.functions.profit import CVM_PNL
from cvm_xl.kinds import Named

__all__ = ["RESTS", "TOTAL", "Costs", "block", "costs", "dimensions_wanted", "segment_pnl"]

TOTAL = "Total"
SUMS = ["List revenue", "Discounts", "Net revenue", "Cost of goods"]
ALWAYS = ("Segment", "Product", "Kind", "Channel", "Touch-point")


def dimensions_wanted(facts: Facts) -> list[Dimension]:
    """What the P&L is split by: segment, product ..., and what `P&L by` of Settings names."""
    named = [part.strip() for part in str(facts.settings["p_l_by"] or "").split(";") if part.strip()]
    given = [facts.dimensions[name] for name in ALWAYS if _split(facts.dimensions[name])]
    return list({d.name: d for d in [*given, *(dimension(facts, name) for name in named)]}.values())


def segment_pnl(facts: Facts, costs: Costs) -> pd.DataFrame:
    """The table SegmentPnL: a block of rows per dimension, each summing to the same total."""
    blocks = [block(facts, costs, dimension) for dimension in dimensions_wanted(facts)]
    total = blocks[0].drop(columns=["Dimension", "Item"]).sum().round(facts.decimals).to_frame().T
    total.insert(0, "Item", TOTAL)
    total.insert(0, "Dimension", TOTAL)
    table = pd.concat([total, *blocks], ignore_index=True)
    table["Lines"] = table["Lines"].astype(int)
    return table


def _split(dimension: Dimension) -> bool:
    return dimension.name == "Segment" or len(dimension.items) > 1


def block(facts: Facts, costs: Costs, dimension: Dimension) -> pd.DataFrame:
    """One dimension's rows, the highest contribution first (months in order), then what belongs to no item."""
    sold = facts.sums(dimension)
    amounts = np.column_stack(
        [sold.list_revenue, sold.net_revenue - sold.list_revenue, sold.net_revenue, -sold.cost_of_goods]
    ).round(facts.decimals)
    sums = CVM_PNL(Named(np.arange(len(amounts)).reshape(-1, 1), ["item"]), Named(amounts, SUMS))
    table = pd.DataFrame({name: np.asarray(sums[name][:-1], dtype=float) for name in SUMS})
    table.insert(0, "Lines", sold.lines)
    table.insert(0, "Item", dimension.items)
    table["Gross margin"] = table["Net revenue"] + table["Cost of goods"]
    rest = [(label, of) for label, of in _rest(costs) if of.any()]
    extra = pd.DataFrame([{"Item": label} for label, _ in rest], columns=["Item"])
    table = pd.concat([table, extra], ignore_index=True).fillna(0.0) if len(extra) else table
    taken = np.vstack([costs.of(dimension), *(of.reshape(1, -1) for _, of in rest)])
    labels = [pool.name for pool in costs.pools]
    table = pd.concat([table, pd.DataFrame(-taken + 0.0, columns=labels)], axis=1)
    table, ordered = _layered(table, costs)
    numbers = [*SUMS, "Gross margin", *ordered, "Contribution"]
    table = pd.concat([table[["Item", "Lines"]], table[numbers].round(facts.decimals) + 0.0], axis=1)
    last = table["Item"].isin([UNASSIGNED, *RESTS])
    used = (table[numbers] != 0).any(axis=1) | (table["Lines"] > 0)
    items = table[~last & used]
    if dimension.name not in CALENDAR:
        items = items.sort_values("Contribution", ascending=False, kind="stable")
    table = pd.concat([items, table[last & used]])
    table.insert(0, "Dimension", dimension.name)
    return table[["Dimension", "Item", "Lines", *numbers]]


def _rest(costs: Costs) -> list[tuple[str, np.ndarray]]:
    return list(zip(RESTS, (costs.company, costs.unused, costs.unallocated), strict=True))


def _layered(table: pd.DataFrame, costs: Costs) -> tuple[pd.DataFrame, list[str]]:
    """Contribution, and a subtotal after each layer of pools where there are several."""
    layers = [layer for layer in LAYERS if any(pool.layer == layer for pool in costs.pools)]
    running, ordered = table["Gross margin"].copy(), []
    for layer in layers:
        mine = [pool.name for pool in costs.pools if pool.layer == layer]
        running = running + table[mine].sum(axis=1)
        ordered += mine
        if layer != layers[-1]:
            table[SUBTOTALS[layer]] = running
            ordered.append(SUBTOTALS[layer])
    return table.assign(Contribution=running), ordered
