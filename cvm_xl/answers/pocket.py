"""From the list price to what stays in the pocket, by segment, and the customers who fall out of line."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.compare import waterfall
from cvm_xl.answers.costs import Costs
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pnl import TOTAL
from cvm_xl.answers.tiers import names, segments
from cvm_xl.models.pocket_price import pocket_price_waterfall

__all__ = ["by_customer", "outliers", "pocket", "pocket_steps"]

FENCE, FEWEST = 1.5, 8  # Tukey's fences, and customers of a segment below which they say nothing


def pocket(facts: Facts, costs: Costs) -> pd.DataFrame:
    """The table PocketPrice: list, discounts, invoice, then the pools of the layer pocket, of all and by segment."""
    segment = facts.dimensions["Segment"]
    chosen = [j for j, pool in enumerate(costs.pools) if pool.layer == "pocket"]
    labels = [costs.pools[j].name for j in chosen]
    sold = facts.sums(segment)
    listed, net = sold.list_revenue, sold.net_revenue
    taken = costs.of(segment)[:, chosen]
    rest = (costs.company + costs.unused + costs.unallocated)[chosen]
    given = [(TOTAL, listed.sum(), net.sum(), taken.sum(axis=0) + rest)]
    order = sorted(range(len(segment.items)), key=lambda i: -listed[i])
    given += [(segment.items[i], listed[i], net[i], taken[i]) for i in order if listed[i] > 0]
    blocks = []
    for item, gross, invoiced, pools in given:
        deductions = np.array([gross - invoiced, *pools]).round(facts.decimals)
        steps = pocket_price_waterfall(
            float(gross), ["Discounts", *labels], deductions, np.arange(len(deductions)) == 0
        )
        block = pd.DataFrame(
            {
                "Segment": item,
                "Step": steps["step"],
                "Amount": steps["amount"],
                "Left": steps["price"],
                "Share of list": steps["share_of_list"],
            }
        )
        blocks.append(block)
    table = pd.concat(blocks, ignore_index=True)
    table[["Amount", "Left"]] = table[["Amount", "Left"]].round(facts.decimals) + 0.0
    return table


def pocket_steps(table: pd.DataFrame) -> pd.DataFrame:
    """What the chart draws: list to pocket in total."""
    mine = table[(table["Segment"] == TOTAL) & (table["Step"] != "Invoice price")]
    names, values = list(mine["Step"]), mine["Amount"].to_list()
    return waterfall(names, [*values[:-1], float(mine["Left"].iloc[-1])])


def by_customer(facts: Facts, costs: Costs) -> pd.DataFrame:
    """The table PocketCustomers: the way from list to pocket of each customer who was charged a list price."""
    customer = facts.dimensions["Customer"]
    sold = facts.sums(customer)
    listed, net = sold.list_revenue, sold.net_revenue
    borne = costs.of(customer)
    table = pd.DataFrame(
        {
            "Customer": customer.items,
            "Name": names(facts, "Customers", "customer", customer.items),
            "Segment": segments(facts),
            "List revenue": listed,
            "Discounts": net - listed,
            "Invoice revenue": net,
        }
    )
    chosen = [j for j, pool in enumerate(costs.pools) if pool.layer == "pocket"]
    for j in chosen:
        table[costs.pools[j].name] = -borne[:, j] + 0.0
    table["Pocket revenue"] = net - borne[:, chosen].sum(axis=1)
    table = table[:-1][listed[:-1] > 0]
    table["Pocket share"] = table["Pocket revenue"] / table["List revenue"]
    money = ["Discounts", *(costs.pools[j].name for j in chosen), "Pocket revenue"]
    table[money] = table[money].round(facts.decimals) + 0.0
    return table.sort_values(["List revenue", "Customer"], ascending=[False, True], kind="stable", ignore_index=True)


def outliers(facts: Facts, customers: pd.DataFrame) -> pd.DataFrame:
    """The table PocketOutliers: customers whose pocket share of list lies beyond the fences of their segment.

    Fences are Tukey's: one and a half times the middle half's width below its lower and above its upper end.
    """
    table = customers[["Customer", "Name", "Segment", "List revenue", "Pocket revenue", "Pocket share"]].copy()
    if table.empty:
        return table.assign(Median=[], Gap=[])
    grouped = table.groupby("Segment")["Pocket share"]
    low, high = (table["Segment"].map(grouped.quantile(q)) for q in (0.25, 0.75))
    table["Median"] = table["Segment"].map(grouped.median())
    width = FENCE * (high - low)
    out = (table["Pocket share"] < low - width) | (table["Pocket share"] > high + width)
    out &= table["Segment"].map(grouped.size()) >= FEWEST
    table["Gap"] = ((table["Pocket share"] - table["Median"]) * table["List revenue"]).round(facts.decimals) + 0.0
    return table[out].sort_values(["Gap", "Customer"], kind="stable", ignore_index=True)
