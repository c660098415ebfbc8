"""Sales lines in a source: what is absent is derived there, and money is whole minor units."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.models.money import LARGEST_UNITS

__all__ = ["AMOUNTS", "HANDLED", "SUMMED", "Money", "day", "derived", "minor", "one"]

AMOUNTS = ("quantity", "list_price", "discount", "net_revenue", "cost_of_goods")
IDS = ("customer", "product", "channel", "touch_point", "order", "currency")
SUMMED = ("list_units", "net_units", "cost_units")
STANDS_FOR = {"list_price": "list_price", "unit_cost": "cost_of_goods"}
HANDLED = ("product", "service")
HALF_STEP = 2.0**-53  # of a float: see models.money.minor_units
ALONE = "\x1f"  # before the key of what has no order number


@dataclass(frozen=True)
class Money:
    """How amounts are entered: decimals, signs, the products' prices, and currencies.

    `products` has the columns product, list_price, unit_cost and kind, where they are known; `rates` gives of each
    foreign currency, in lower case, the first days it holds from (None: always) and its rates, in order.
    """

    decimals: int = 2
    revenue_sign: float = 1.0
    cost_sign: float = 1.0
    products: pd.DataFrame | None = None
    currency: str = ""
    rates: Mapping[str, Sequence[tuple[Any, float]]] = field(default_factory=dict)


def day(value: Any) -> Any:
    """A day to compare dates with."""
    import ibis

    return ibis.literal(np.datetime64(value, "D").item())


def one(condition: Any) -> Any:
    """1 where a condition holds, else 0."""
    return condition.ifelse(1, 0).cast("int64")


def minor(value: Any, decimals: int) -> Any:
    """Whole minor units, rounded half away from zero: `models.money.minor_units` as an expression.

    As float64, which sums twice as fast as integers, and as exactly up to 2**53 (`survey` sees to it).
    """
    scaled = value.abs() * 10.0**decimals
    return value.sign() * (scaled + scaled * HALF_STEP + 0.5).floor().cast("float64")


def derived(
    table: Any, money: Money, filled: Collection[str] = (), *, surveyed: bool = False, small: bool = False
) -> Any:
    """Lines with quantity, and list, net and cost in minor units; `goods`, `bought`, `order_key`.

    As `answers.facts` derives them, in the same order of operations. `filled` are columns without a null, for which
    nothing need be derived: that is most of the time. With `surveyed` there are also `discount`, `lost` (lines whose
    revenue cannot be told), `finer` than a unit, `mass` (the largest amount), and, unless all amounts are known to be
    `small`, `large`: amounts that have too many digits, which count as 0.
    """
    import ibis

    absent = {name: ibis.null("float64") for name in AMOUNTS if name not in table.columns}
    absent |= {name: ibis.null("string") for name in IDS if name not in table.columns}
    table = table.mutate(**absent) if absent else table
    table = _in_one_currency(table, money)
    table, known = _with_products(table, money, filled)
    price, net, quantity, cost = table.list_price, table.net_revenue, table.quantity, table.cost_of_goods
    discount = table.discount if "discount" in filled else table.discount.fill_null(0.0)
    if "known_price" in known:
        price = ibis.coalesce(price, table.known_price)
    if "quantity" not in filled:
        sign = net.sign().cast("float64")
        quantity = ibis.coalesce(quantity, sign if "net_revenue" in filled else sign.fill_null(1.0))
    listed = quantity * price
    if "net_revenue" not in filled:
        net = ibis.coalesce(net, listed * (1 - discount))
    if not {"quantity", "list_price"} <= set(filled):
        listed = ibis.coalesce(listed, net / (discount < 1).ifelse(1 - discount, 1.0))
    if "known_cost" in known:
        cost = ibis.coalesce(cost, quantity * table.known_cost)
    if "cost_of_goods" not in filled:
        cost = cost.fill_null(0.0)
    # the kind of what is sold; what has no product is handled like goods
    kind = ibis.coalesce(table.known_kind, "product") if "known_kind" in known else None
    alone = ibis.literal(ALONE) + table.customer.fill_null("") + ALONE + table.date.cast("string")
    made = {
        "quantity": quantity,
        "goods": ibis.literal(True) if kind is None else kind.isin(HANDLED),
        "bought": ibis.literal(True) if kind is None else kind != "adjustment",
        "order_key": ibis.coalesce(table.order, alone),
    }
    amounts = dict(zip(SUMMED, (listed, net, cost), strict=True))
    if surveyed and not small:
        top = ibis.greatest(listed.abs(), net.abs(), cost.abs())
        large = (top * 10.0**money.decimals > LARGEST_UNITS).fill_null(False)
        amounts = {name: large.ifelse(0.0, amount).fill_null(0.0) for name, amount in amounts.items()}
        made["large"] = large
    made |= {name: minor(amount, money.decimals) for name, amount in amounts.items()}
    if surveyed:
        exact = table.net_revenue * 10.0**money.decimals
        made |= {"discount": table.discount, "lost": net.isnull()}
        made["finer"] = (exact - made["net_units"]).abs() > 0.01
        if not small:
            made["mass"] = ibis.greatest(*(made[name].abs() for name in SUMMED))
    dropped = (*AMOUNTS, "order", "currency", *known)
    keep = [name for name in table.columns if name not in dropped and not name.startswith("raw ")]
    keep = keep if surveyed else [name for name in keep if not name.startswith("fault ")]
    return table.select(*keep, **made)


def _with_products(table: Any, money: Money, filled: Collection[str]) -> tuple[Any, set[str]]:
    """The products' own list price, unit cost and kind beside each line, where they matter."""
    import ibis

    if money.products is None or "product" not in table.columns:
        return table, set()
    wanted = {"list_price": "known_price", "unit_cost": "known_cost", "kind": "known_kind"}
    used = {old: new for old, new in wanted.items() if old in money.products and money.products[old].notna().any()}
    used = {old: new for old, new in used.items() if STANDS_FOR.get(old) not in filled}
    if "kind" in used and money.products["kind"].fillna("product").isin(HANDLED).all():
        del used["kind"]
    if not used:
        return table, set()
    known = money.products[["product", *used]].drop_duplicates("product").rename(columns={"product": "known_product"})
    known = known[known["known_product"].notna()].rename(columns=used)
    for name in ("known_price", "known_cost"):
        if name in known:
            known[name] = known[name].astype(float)
    schema = {name: "string" if name in ("known_product", "known_kind") else "float64" for name in known}
    right = ibis.memtable(known.astype(object).where(known.notna(), None), schema=schema)
    return table.left_join(right, table.product == right.known_product), {*used.values(), "known_product"}


def _in_one_currency(table: Any, money: Money) -> Any:
    """Revenue and cost positive and in the currency of Settings: `answers.rates.in_one_currency` as an expression."""
    import ibis

    factors = {"net_revenue": money.revenue_sign, "list_price": 1.0, "cost_of_goods": money.cost_sign}
    if not money.rates and all(factor == 1 for factor in factors.values()):
        return table
    named = table.currency.strip().lower().fill_null("")
    cases = [
        (named == currency if start is None else (named == currency) & (table.date >= ibis.literal(start)), rate)
        for currency, since in money.rates.items()
        for start, rate in reversed(since)
    ]
    rate = ibis.cases(*cases, else_=1.0) if cases else ibis.literal(1.0)
    foreign = named.isin(list(money.rates)) if cases else ibis.literal(False)
    changed = {}
    for name, factor in factors.items():
        amount = table[name] * factor * rate
        if name != "list_price":
            amount = foreign.ifelse(minor(amount, money.decimals) / 10.0**money.decimals, amount)
        changed[name] = amount
    return table.mutate(**changed)
