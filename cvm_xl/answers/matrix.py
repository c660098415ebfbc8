"""The matrix of segments or customers, products and touch-points: what sells, at what price, what it leaves, and what
it might bring.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.dimensions import dimension
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.splits import Dimension
from cvm_xl.answers.tiers import names
from cvm_xl.book.schema import UNASSIGNED, normal, table

__all__ = ["heat_map", "matrix"]

NO_GOODS = ("fee", "adjustment")
ROWS = 30  # products on the heat map: a page


def matrix(facts: Facts, costs: Costs) -> pd.DataFrame:
    """The table Matrix: one row for each cell of the setting Matrix by that has sales or cost, the largest first.

    Revenue, margin, cost to serve and profit sum to those of SegmentPnL by segment, before what belongs to none.
    """
    by = str(facts.settings["matrix_by"])
    cell = dimension(facts, by)
    apart = by.startswith("Customer")
    segment, product, customer = (facts.dimensions[name] for name in ("Segment", "Product", "Customer"))
    of_segment, of_product = cell.parts(segment), cell.parts(product)
    sold, quantity = facts.sums(cell), facts.quantities(cell)
    buyers, white, median = _buyers(facts, cell, of_segment, of_product, apart=apart)
    found = pd.DataFrame(
        {
            "Segment": [segment.items[i] for i in of_segment],
            "Customer": [customer.items[i] for i in cell.parts(customer)] if apart else None,
            "Product": [product.items[i] for i in of_product],
            "Kind": _kinds(facts, of_product, len(product.items)),
            "Touch-point": _touch_points(facts, cell) if by.endswith("Touch-point") else None,
            "Customers": buyers,
            "Reach": buyers / np.maximum(buyers + white, 1),
            "White space": np.nan if apart else white,
            "Quantity": quantity,
            "Net revenue": sold.net_revenue,
            "Unit price": _ratio(sold.net_revenue, quantity).round(facts.decimals + 2),
            "Price realised": _ratio(sold.net_revenue, sold.list_revenue),
            "Gross margin": sold.net_revenue - sold.cost_of_goods,
            "Cost to serve": costs.of(cell).sum(axis=1),
        }
    )
    if apart:
        found["Reach"] = np.nan
    found["Profit"] = found["Gross margin"] - found["Cost to serve"]
    found["Return"] = _ratio(found["Profit"].to_numpy(), sold.net_revenue)
    potential = np.maximum(median - sold.net_revenue, 0.0) if apart else white * median
    counts = ~found["Kind"].isin(NO_GOODS) & (found["Segment"] != UNASSIGNED) & (found["Product"] != UNASSIGNED)
    found["Potential"] = np.where(counts, potential, np.nan)
    found.loc[~counts, "White space"] = np.nan
    money = ["Gross margin", "Cost to serve", "Profit", "Potential"]
    found[money] = found[money].round(facts.decimals) + 0.0
    found.insert(3, "Name", names(facts, "Products", "product", list(found["Product"])))
    used = (found[["Quantity", "Net revenue", *money[:-1]]] != 0).any(axis=1)
    return found[used].sort_values("Net revenue", ascending=False, kind="stable", ignore_index=True)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _touch_points(facts: Facts, cell: Dimension) -> list[str]:
    place = facts.dimensions["Touch-point"]
    return [place.items[i] for i in cell.parts(place)]


def _buyers(
    facts: Facts, cell: Dimension, of_segment: np.ndarray, of_product: np.ndarray, *, apart: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each cell: who bought there, who of the segment did not, and what the median buyer of the segment spent.

    Where customers are `apart`, each in cells of its own, the median is that of the segment's buyers of the product,
    wherever they bought it.
    """
    segment = facts.dimensions["Segment"]
    active, _ = facts.buyers(segment)
    buyers, median = facts.buyers(cell)
    if apart:
        _, spent = facts.buyers(market := segment.crossed(facts.dimensions["Product"]))
        pair = market.parts(segment) * np.int64(len(facts.dimensions["Product"].items))
        known = pd.Series(spent[:-1], (pair + market.parts(facts.dimensions["Product"]))[:-1])
        own = of_segment * np.int64(len(facts.dimensions["Product"].items)) + of_product
        median = known.reindex(own).fillna(0.0).to_numpy()
    return buyers, np.maximum(active[of_segment] - buyers, 0), np.maximum(median, 0.0)


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
    sums = mine.groupby(["Product", "Segment"])[["Profit", "Net revenue"]].sum()
    cells = sums["Profit"] / sums["Net revenue"].where(sums["Net revenue"] > 0)
    taken = {normal(column.header) for column in table("HeatMap")}
    for segment in order:
        header = f"{segment} (segment)" if normal(segment) in taken else segment
        result[header] = cells.reindex([(p, segment) for p in largest.index]).to_numpy(dtype=float)
    total = mine.groupby("Product")[["Profit", "Net revenue"]].sum().reindex(largest.index)
    result["All"] = (total["Profit"] / total["Net revenue"].where(total["Net revenue"] > 0)).to_numpy()
    return result
