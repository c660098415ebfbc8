"""The matrix of segments and products: what each sells to each, at what price, and what it leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.dimensions import dimension
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.tiers import names
from cvm_xl.book.schema import UNASSIGNED, normal, table
from cvm_xl.models.money import group_sums

__all__ = ["heat_map", "matrix"]

NO_GOODS = ("fee", "adjustment")
ROWS = 30  # products on the heat map: a page


def matrix(facts: Facts, costs: Costs) -> pd.DataFrame:
    """The table Matrix: one row for each segment and product that has sales or cost, the largest revenue first.

    Revenue, margin, cost to serve and profit sum to those of SegmentPnL by segment, before what belongs to none.
    """
    pair = dimension(facts, "Segment x Product")
    segment, product, customer = (facts.dimensions[name] for name in ("Segment", "Product", "Customer"))
    assert pair.within is not None
    n = len(pair.items)
    size = len(product.items)
    of_product = np.full(n, product.unassigned)
    of_product[pair.codes] = product.codes
    of_segment = np.append(pair.within, segment.unassigned)
    sold = facts.sold & (customer.codes != customer.unassigned) & (facts.quantity > 0)
    buyers = np.unique(pair.codes[sold].astype(np.int64) * len(customer.items) + customer.codes[sold])
    active = np.unique(customer.codes[sold])
    assert segment.of is not None
    of_all = np.bincount(segment.of[active], minlength=len(segment.items))
    sums = {
        name: group_sums(values, pair.codes, n)
        for name, values in (
            ("Quantity", facts.quantity),
            ("List revenue", facts.list_revenue),
            ("Net revenue", facts.net_revenue),
            ("Cost of goods", facts.cost_of_goods),
        )
    }
    serve = costs.of(pair).sum(axis=1)
    found = pd.DataFrame(
        {
            "Segment": [segment.items[i] for i in of_segment],
            "Product": [product.items[i] for i in of_product],
            "Kind": _kinds(facts, of_product, size),
            "Customers": np.bincount(buyers // len(customer.items), minlength=n),
            "Reach": 0.0,
            "Quantity": sums["Quantity"],
            "Net revenue": sums["Net revenue"],
            "Unit price": np.divide(
                sums["Net revenue"], sums["Quantity"], out=np.full(n, np.nan), where=sums["Quantity"] > 0
            ).round(facts.decimals + 2),
            "Price realised": np.divide(
                sums["Net revenue"], sums["List revenue"], out=np.full(n, np.nan), where=sums["List revenue"] > 0
            ),
            "Gross margin": sums["Net revenue"] - sums["Cost of goods"],
            "Cost to serve": serve,
        }
    )
    found["Reach"] = found["Customers"] / np.maximum(of_all[of_segment], 1)
    found["Profit"] = found["Gross margin"] - found["Cost to serve"]
    found["Return"] = np.divide(
        found["Profit"], found["Net revenue"], out=np.full(n, np.nan), where=found["Net revenue"].to_numpy() > 0
    )
    money = ["Gross margin", "Cost to serve", "Profit"]
    found[money] = found[money].round(facts.decimals) + 0.0
    found.insert(2, "Name", names(facts, "Products", "product", list(found["Product"])))
    used = (found[["Quantity", "Net revenue", *money]] != 0).any(axis=1)
    return found[used].sort_values("Net revenue", ascending=False, kind="stable", ignore_index=True)


def _kinds(facts: Facts, of_product: np.ndarray, size: int) -> list[str]:
    kind = facts.dimensions["Kind"]
    assert kind.of is not None
    assert len(kind.of) == size
    return [kind.items[kind.of[i]] for i in of_product]


def heat_map(found: pd.DataFrame) -> pd.DataFrame:
    """The table HeatMap: profit over revenue, products in rows, a column for each segment; the largest products."""
    mine = found[(found["Segment"] != UNASSIGNED) & (found["Product"] != UNASSIGNED) & ~found["Kind"].isin(NO_GOODS)]
    largest = mine.groupby("Product")["Net revenue"].sum().sort_values(ascending=False, kind="stable").head(ROWS)
    order = mine.groupby("Segment")["Net revenue"].sum().sort_values(ascending=False, kind="stable").index
    known = mine.drop_duplicates("Product").set_index("Product")["Name"]
    result = pd.DataFrame({"Product": largest.index, "Name": known.reindex(largest.index).to_list()})
    cells = mine.set_index(["Product", "Segment"])["Return"]
    taken = {normal(column.header) for column in table("HeatMap")}
    for segment in order:
        header = f"{segment} (segment)" if normal(segment) in taken else segment
        result[header] = cells.reindex([(p, segment) for p in largest.index]).to_numpy(dtype=float)
    total = mine.groupby("Product")[["Profit", "Net revenue"]].sum().reindex(largest.index)
    result["All"] = (total["Profit"] / total["Net revenue"].where(total["Net revenue"] > 0)).to_numpy()
    return result
