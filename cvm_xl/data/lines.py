"""Sales lines in a source: what is absent is derived there, money is whole minor units, sums come by whatever is asked.

Lines collapse once to baskets, the lines of an order on a day by a customer: everything but products is summed from
these. What an allocation needs is a column of each: how much of a driver the line or basket takes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.data.connect import Connection, speaking
from cvm_xl.models.money import LARGEST_UNITS

__all__ = ["AMOUNTS", "Among", "Attribute", "Compare", "Driver", "Lines", "Money", "day", "derived", "one"]

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


@dataclass(frozen=True)
class Compare:
    """A number of the line against another: quantity, discount, list_revenue, net_revenue or cost_of_goods."""

    column: str
    sign: str
    value: float


@dataclass(frozen=True)
class Among:
    """A column is one of these, or, with `empty`, null."""

    column: str
    items: tuple[Any, ...]
    empty: bool = False


@dataclass(frozen=True)
class Attribute:
    """What is known of each customer or product: a column of the lines through another, `missing` where unknown."""

    name: str
    key: str
    known: Mapping[str, str] = field(hash=False)
    missing: str = ""


@dataclass(frozen=True)
class Driver:
    """What causes a cost, counted on the lines that fulfil all conditions.

    `count` is lines, orders, returns, quantity, list_revenue, net_revenue, cost_of_goods, or objects: then each object
    of the column `key` has a volume (1 where `volumes` is None) that its lines of goods share equally.
    """

    count: str
    where: tuple[Compare | Among, ...] = ()
    key: str = ""
    volumes: Mapping[str, float] | None = field(default=None, hash=False)
    name: str = ""
    """Of the volumes: two drivers with one name have the same."""


def day(value: Any) -> Any:
    """A day to compare dates with."""
    import ibis

    return ibis.literal(np.datetime64(value, "D").item())


def one(condition: Any) -> Any:
    """1 where a condition holds, else 0."""
    return condition.ifelse(1, 0).cast("int64")


def minor(value: Any, decimals: int) -> Any:
    """Whole minor units, rounded half away from zero: `models.money.minor_units` as an expression."""
    scaled = value.abs() * 10.0**decimals
    whole = (scaled + scaled * HALF_STEP + 0.5).floor()
    return (value < 0).ifelse(-whole, whole).cast("int64")


def derived(table: Any, money: Money, filled: Collection[str] = (), *, guarded: bool = False) -> Any:
    """Lines with quantity, and list, net and cost in minor units; `goods`, `bought`, `order_key`.

    As `answers.facts` derives them, in the same order of operations. `filled` are columns without a null, for which
    nothing need be derived: that is most of the time. With `guarded` there are also `discount`, `lost` (lines whose
    revenue cannot be told), `large` (amounts that have too many digits, which count as 0) and `finer` than a unit.
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
        alone = 1.0 if "net_revenue" not in filled else net.sign().cast("float64")
        alone = net.isnull().ifelse(1.0, net.sign().cast("float64")) if "net_revenue" not in filled else alone
        quantity = ibis.coalesce(quantity, alone)
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
    if guarded:
        top = ibis.greatest(listed.abs(), net.abs(), cost.abs())
        large = (top * 10.0**money.decimals > LARGEST_UNITS).fill_null(False)
        amounts = {name: large.ifelse(0.0, amount).fill_null(0.0) for name, amount in amounts.items()}
        exact = table.net_revenue * 10.0**money.decimals
        finer = (exact - minor(amounts["net_units"], money.decimals).cast("float64")).abs() > 0.01
        made |= {"discount": table.discount, "lost": net.isnull(), "large": large, "finer": finer}
    made |= {name: minor(amount, money.decimals) for name, amount in amounts.items()}
    dropped = (*AMOUNTS, "order", "currency", *known)
    keep = [name for name in table.columns if name not in dropped and not name.startswith("raw ")]
    keep = keep if guarded else [name for name in keep if not name.startswith("fault ")]
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


class Lines:
    """The sales lines of a source within the period, as `derived` gives them.

    Parameters
    ----------
    connection : Connection
    table : Ibis table
        From `derived`, filtered.
    attributes : sequence of Attribute
        What lines can further be split and filtered by.
    own : sequence of str
        The analyst's own columns of Sales that are split by.
    drivers : sequence of Driver
        What `by` gives volumes of.
    decimals : int
    all_bought : bool
        Whether no line is of a kind that is not bought (adjustments).
    """

    def __init__(
        self,
        connection: Connection,
        table: Any,
        attributes: Sequence[Attribute] = (),
        own: Sequence[str] = (),
        drivers: Sequence[Driver] = (),
        decimals: int = 2,
        all_bought: bool = False,
    ) -> None:
        self.connection, self.table, self.decimals, self.all_bought = connection, table, decimals, all_bought
        self.attributes = {attribute.name: attribute for attribute in attributes}
        self.own, self.drivers = list(own), list(dict.fromkeys(drivers))
        self._found: dict[tuple[str, ...], pd.DataFrame] = {}
        self._counts: dict[str, pd.DataFrame] = {}

    # --- what is asked for -----------------------------------------------------------------------------------------

    def by(self, *columns: str) -> pd.DataFrame:
        """Sums of the lines by columns: lines, list_units, net_units, cost_units, and v0, v1 ... of the drivers."""
        if columns not in self._found:
            whole = any(self._of_products(column) for column in columns)
            found = self._expression(self.detailed if whole else self.weighed, columns)
            self._found[columns] = self.execute(found)
        return self._found[columns]

    def execute(self, expression: Any) -> pd.DataFrame:
        """The rows of an expression; errors of the source as `BookError`."""
        with speaking(self.connection.location):
            return expression.to_pyarrow().to_pandas()

    def _expression(self, table: Any, columns: Sequence[str]) -> Any:
        table = self.with_attributes(table, columns)
        sums = {name: table[name].sum().cast("int64") for name in ("lines", *SUMMED)}
        volumes = {f"v{i}": table[f"v{i}"].sum().cast("float64") for i in range(len(self.drivers))}
        return table.group_by(list(columns)).agg(**sums, **volumes)

    def _of_products(self, column: str) -> bool:
        attribute = self.attributes.get(column)
        return (attribute.key if attribute else column) == "product"

    def with_attributes(self, table: Any, columns: Sequence[str]) -> Any:
        """A relation with the attributes among these columns."""
        import ibis

        for name in dict.fromkeys(columns):
            attribute = self.attributes.get(name)
            if attribute is None or name in table.columns:
                continue
            known = pd.DataFrame({"known_key": list(attribute.known), "known_item": list(attribute.known.values())})
            right = ibis.memtable(known, schema={"known_key": "string", "known_item": "string"})
            joined = table.left_join(right, table[attribute.key] == right.known_key)
            item = joined[attribute.key].isnull().ifelse(None, joined.known_item.fill_null(attribute.missing))
            table = joined.mutate(**{name: item}).drop("known_key", "known_item")
        return table

    # --- lines with what each takes of the drivers -----------------------------------------------------------------

    @cached_property
    def filtered(self) -> Any:
        """Lines with the attributes that conditions ask for."""
        asked = [c.column for d in self.drivers for c in d.where if isinstance(c, Among)]
        return self.with_attributes(_with_month(self.table), asked)

    def _counted(self, table: Any, driver: Driver) -> tuple[Any, Any]:
        """1 for each line on which all conditions of a driver hold; and the same for lines of goods alone."""
        goods = one(table.goods)
        holds = None
        for condition in driver.where:
            met = _among(table, condition) if isinstance(condition, Among) else self._compared(table, condition)
            holds = met if holds is None else holds & met
        lines = one(table.goods | ~table.goods if holds is None else holds)
        return lines, goods if holds is None else goods * lines

    def _compared(self, table: Any, condition: Compare) -> Any:
        unit = 10.0**self.decimals
        money = {"list_revenue": "list_units", "net_revenue": "net_units", "cost_of_goods": "cost_units"}
        if condition.column == "discount":  # what is off the list, whatever the column says
            listed = table.list_units.nullif(0) / unit
            value = 1 - (table.net_units / unit) / listed
            if condition.sign == "<>":  # in numbers, nothing differs from everything
                return (value != condition.value).fill_null(True)
        else:
            name = money.get(condition.column)
            value = table[name] / unit if name else table[condition.column]
        compared = {
            "=": value == condition.value,
            "<>": value != condition.value,
            "<": value < condition.value,
            "<=": value <= condition.value,
            ">": value > condition.value,
            ">=": value >= condition.value,
        }[condition.sign]
        return compared.fill_null(False)

    def _taken(self, table: Any, driver: Driver, goods: Any) -> Any:
        """What a driver counts on a line by itself: of orders and objects the lines of goods."""
        unit = 10.0**self.decimals
        if driver.count == "returns":
            return goods * one(table.quantity < 0)
        if driver.count == "quantity":
            return goods * _positive(table.quantity)
        if driver.count in ("list_revenue", "net_revenue", "cost_of_goods"):
            units = {"list_revenue": "list_units", "net_revenue": "net_units", "cost_of_goods": "cost_units"}
            return goods * _positive(table[units[driver.count]]) / unit
        return goods

    @cached_property
    def baskets(self) -> Any:
        """The lines collapsed to order, customer, channel, touch-point, day and own columns, kept in the source.

        `size` are the lines of goods of the whole order.
        """
        import ibis

        table = self.filtered
        for i, driver in enumerate(self.drivers):
            if driver.count == "objects" and self._of_products(driver.key):
                table = self._joined(table, driver, f"r{i}")
        counted: dict[str, Any] = {}
        for i, driver in enumerate(self.drivers):
            lines, goods = self._counted(table, driver)
            if driver.count == "objects" and self._of_products(driver.key):
                counted[f"s{i}"] = _rated(table, f"r{i}", goods, lines).sum()
                continue
            counted[f"s{i}"] = self._taken(table, driver, goods).sum()
            if driver.count == "objects":
                counted[f"n{i}"] = lines.sum().cast("int64")
        keys = ["customer", "channel", "touch_point", "date", *self.own]
        keys += ["order_key"] if any(driver.count == "orders" for driver in self.drivers) else []
        net = table.net_units if self.all_bought else table.bought.ifelse(table.net_units, None)
        collapsed = table.group_by(keys).agg(
            lines=table.count(),
            goods=one(table.goods).sum().cast("int64"),
            **{name: table[name].sum().cast("int64") for name in SUMMED},
            gained=(net > 0).ifelse(net, 0).sum().cast("int64"),
            returned=(net < 0).ifelse(net, 0).sum().cast("int64"),
            **counted,
        )
        if "order_key" in keys:
            size = collapsed.goods.sum().over(ibis.window(group_by=collapsed.order_key))
            collapsed = collapsed.mutate(size=size.cast("int64"))
        return self.connection.keep(_with_month(collapsed))

    def counts(self, key: str) -> pd.DataFrame:
        """By the items of a column: all lines, and those of goods."""
        if key not in self._counts:
            whole = self._of_products(key)
            table = self.table.mutate(goods=one(self.table.goods)) if whole else self.baskets
            table = self.with_attributes(table, [key])
            lines = table.count() if whole else table["lines"].sum().cast("int64")
            found = table.group_by(key).agg(lines=lines, goods=table.goods.sum().cast("int64"))
            self._counts[key] = self.execute(found)
        return self._counts[key]

    def _joined(self, table: Any, driver: Driver, name: str) -> Any:
        """A relation with the rate of each line's object, and whether its goods alone bear it."""
        import ibis

        table = self.with_attributes(table, [driver.key])
        counts = self.counts(driver.key).dropna(subset=[driver.key])
        volumes = pd.Series(1.0, index=counts.index)
        if driver.volumes is not None:
            volumes = counts[driver.key].map(driver.volumes).astype(float).fillna(0.0)
        goods = counts["goods"] > 0
        rate = volumes / counts["goods"].where(goods, counts["lines"]).astype(float)
        frame = pd.DataFrame({f"{name}_key": counts[driver.key], name: rate, f"{name}_goods": goods})
        frame = frame[frame[name] > 0]
        right = ibis.memtable(frame, schema={f"{name}_key": "string", name: "float64", f"{name}_goods": "boolean"})
        return table.left_join(right, table[driver.key] == right[f"{name}_key"]).drop(f"{name}_key")

    @cached_property
    def weighed(self) -> Any:
        """Baskets with what each takes of every driver."""
        table = self.baskets
        for i, driver in enumerate(self.drivers):
            if driver.count == "objects" and not self._of_products(driver.key):
                table = self._joined(table, driver, f"r{i}")
        taken: dict[str, Any] = {}
        for i, driver in enumerate(self.drivers):
            value = table[f"s{i}"]
            if driver.count == "orders":
                value = (table["size"] > 0).ifelse(value / table["size"].nullif(0).cast("float64"), 0.0)
            elif driver.count == "objects" and not self._of_products(driver.key):
                value = _rated(table, f"r{i}", value, table[f"n{i}"])
            taken[f"v{i}"] = value
        return table.mutate(**taken)

    @cached_property
    def detailed(self) -> Any:
        """Lines with what each takes of every driver: for what is split by product."""
        table = self.filtered
        if any(driver.count == "orders" for driver in self.drivers):
            baskets = self.baskets
            sizes = baskets.group_by(basket=baskets.order_key).agg(size=baskets["size"].max())
            table = table.left_join(sizes, table.order_key == sizes.basket).drop("basket")
        for i, driver in enumerate(self.drivers):
            if driver.count == "objects":
                table = self._joined(table, driver, f"r{i}")
        taken: dict[str, Any] = {}
        for i, driver in enumerate(self.drivers):
            lines, goods = self._counted(table, driver)
            value = self._taken(table, driver, goods)
            if driver.count == "orders":
                value = (table["size"] > 0).ifelse(goods / table["size"].nullif(0).cast("float64"), 0.0)
            elif driver.count == "objects":
                value = _rated(table, f"r{i}", goods, lines)
            taken[f"v{i}"] = value
        return table.mutate(lines=1, **taken)


def _with_month(table: Any) -> Any:
    """`month`: the months since the year 0."""
    return table.mutate(month=table.date.year() * 12 + table.date.month() - 1)


def _positive(value: Any) -> Any:
    return (value > 0).ifelse(value, 0)


def _among(table: Any, condition: Among) -> Any:
    column = table[condition.column]
    held = column.isin(list(condition.items)).fill_null(False) if condition.items else column.isnull() & False
    return held | column.isnull() if condition.empty else held & column.notnull()


def _rated(table: Any, name: str, goods: Any, lines: Any) -> Any:
    """An object's rate on the goods, or on all lines of what has no goods."""
    return (table[name] * table[f"{name}_goods"].ifelse(goods, lines)).fill_null(0.0)
