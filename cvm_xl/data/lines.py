"""Sales lines in a source: their sums by whatever is asked, and how much of each driver is taken there.

Lines collapse once to baskets, the lines of an order on a day by a customer: everything but products is summed from
these. What an allocation needs is a column of each: how much of a driver the line or basket takes.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import compress
from operator import and_, not_
from typing import Any

import pandas as pd

from cvm_xl.data.connect import Connection
from cvm_xl.data.derived import SUMMED, day
from cvm_xl.data.faults import speaking
from cvm_xl.errors import NotAvailable
from cvm_xl.figures import figure

__all__ = ["Among", "Attribute", "Compare", "Driver", "Lines"]

MOST = 5_000_000
"""Groups that come back at once: some times what a sheet holds."""
COMPARED = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


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


Condition = Compare | Among


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
    where: tuple[Condition, ...] = ()
    key: str = ""
    volumes: Mapping[str, float] | None = field(default=None, hash=False)
    name: str = ""
    """Of the volumes: two drivers with one name have the same."""


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
    all_goods, all_bought : bool
        Whether all lines are of products and services; whether none is of a kind that is not bought (adjustments).
    """

    def __init__(
        self,
        connection: Connection,
        table: Any,
        attributes: Sequence[Attribute] = (),
        own: Sequence[str] = (),
        drivers: Sequence[Driver] = (),
        decimals: int = 2,
        *,
        all_goods: bool = False,
        all_bought: bool = False,
    ) -> None:
        self.connection, self.table, self.decimals = connection, table, decimals
        self.all_goods, self.all_bought = all_goods, all_bought
        self.attributes = {attribute.name: attribute for attribute in attributes}
        self.own, self.drivers = list(own), list(dict.fromkeys(drivers))
        self.by_order = any(driver.count == "orders" for driver in self.drivers)
        self._found: dict[tuple[tuple[str, ...], bool], pd.DataFrame] = {}
        self._counts: dict[str, pd.DataFrame] = {}
        self.spans: dict[str, Sequence[tuple[Any, Any]]] = {}
        """Periods by the name of their column: the number of the last that a day lies in, null where in none."""

    # --- what is asked for -----------------------------------------------------------------------------------------

    def by(self, *columns: str, bought: bool = False) -> pd.DataFrame:
        """Sums of the lines by columns: lines, list_units, net_units, cost_units, and v0, v1 ... of the drivers.

        By what includes products, or is known of them, also quantity; so do the lines `bought`, those with a quantity
        above 0.

        Raises
        ------
        NotAvailable
            When these are more groups than should be held in memory.
        """
        asked = (columns, bought)
        if asked not in self._found:
            whole = bought or any(self._of_products(column) for column in columns)
            table = self.detailed if whole else self.weighed
            found = self._expression(table.filter(table.quantity > 0) if bought else table, columns)
            self._found[asked] = self.execute(found.limit(MOST + 1))
            if len(self._found[asked]) > MOST:
                named = " x ".join(name.removeprefix("of ") for name in columns)
                raise NotAvailable(f"{named} has more than {figure(MOST)} items with sales")
        return self._found[asked]

    def days(self, *columns: str, bought: bool = False) -> pd.DataFrame:
        """The first and the last day with a line by columns; where they are `bought`, of goods, quantities above 0."""
        table = self.table if bought or any(self._of_products(column) for column in columns) else self.baskets
        table = self.with_attributes(table, columns)
        if bought:
            table = table.filter(table.goods, table.quantity > 0)
        return self.execute(table.group_by(list(columns)).agg(first=table.date.min(), last=table.date.max()))

    def execute(self, expression: Any) -> pd.DataFrame:
        """The rows of an expression; errors of the source as `BookError`."""
        with speaking(self.connection.location):
            return expression.to_pyarrow().to_pandas()

    def _expression(self, table: Any, columns: Sequence[str]) -> Any:
        table = self.with_attributes(table, columns)
        lines = table["lines"].sum() if "lines" in table.columns else table.count()
        sums = {name: table[name].sum().cast("int64") for name in SUMMED}
        if "quantity" in table.columns:
            sums["quantity"] = table.quantity.sum()
        volumes = {f"v{i}": table[f"v{i}"].sum().cast("float64") for i in range(len(self.drivers))}
        return table.group_by(list(columns)).agg(lines=lines.cast("int64"), **sums, **volumes)

    def _of_products(self, column: str) -> bool:
        attribute = self.attributes.get(column)
        return (attribute.key if attribute else column) == "product"

    def with_attributes(self, table: Any, columns: Sequence[str]) -> Any:
        """A relation with the attributes among these columns."""
        import ibis

        for name in dict.fromkeys(columns):
            if name in self.spans and name not in table.columns:
                spans = list(enumerate(self.spans[name]))
                cases = [((table.date >= day(a)) & (table.date <= day(b)), i) for i, (a, b) in reversed(spans)]
                table = table.mutate(**{name: ibis.cases(*cases)})
            attribute = self.attributes.get(name)
            if attribute is None or name in table.columns:
                continue
            known = pd.DataFrame({"known_key": list(attribute.known), "known_item": list(attribute.known.values())})
            right = ibis.memtable(known, schema={"known_key": "string", "known_item": "string"})
            joined = table.left_join(right, table[attribute.key] == right.known_key)
            item = joined[attribute.key].isnull().ifelse(None, joined.known_item.fill_null(attribute.missing))
            table = joined.mutate(**{name: item}).drop("known_key", "known_item")
        return table

    # --- drivers ---------------------------------------------------------------------------------------------------

    def _split(self, driver: Driver) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
        """The conditions of a driver that only a line can answer, and those that hold for a basket as a whole."""
        own = [isinstance(c, Compare) or self._of_products(c.column) for c in driver.where]
        return tuple(compress(driver.where, own)), tuple(compress(driver.where, map(not_, own)))

    def _asked(self, conditions: Iterable[Condition]) -> list[str]:
        return [condition.column for condition in conditions if isinstance(condition, Among)]

    def _holds(self, table: Any, conditions: Sequence[Condition]) -> Any:
        """Whether all of some conditions hold; None for no conditions."""
        met = [_among(table, c) if isinstance(c, Among) else self._compared(table, c) for c in conditions]
        return reduce(and_, met) if met else None

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
        return COMPARED[condition.sign](value, condition.value).fill_null(False)

    def _goods(self, table: Any) -> Any:
        """1 for a line of goods, else 0; a plain number where all are."""
        return 1.0 if self.all_goods else _one(table.goods)

    def _taken(self, table: Any, driver: Driver) -> Any:
        """What a driver counts on a line of goods, without its conditions, money in minor units; of others the line."""
        if driver.count == "returns":
            return _one(table.quantity < 0)
        if driver.count == "quantity":
            return _positive(table.quantity)
        if driver.count in ("list_revenue", "net_revenue", "cost_of_goods"):
            units = {"list_revenue": "list_units", "net_revenue": "net_units", "cost_of_goods": "cost_units"}
            return _positive(table[units[driver.count]])
        return 1.0

    def _unit(self, driver: Driver) -> float:
        """What a driver's sums are divided by: money is counted in minor units."""
        return 10.0**self.decimals if driver.count in ("list_revenue", "net_revenue", "cost_of_goods") else 1.0

    # --- baskets ---------------------------------------------------------------------------------------------------

    @cached_property
    def baskets(self) -> Any:
        """The lines collapsed to order, customer, channel, touch-point, day and own columns, kept in the source.

        Beside the sums, of each driver s0, s1 ...: what lines of goods take of it, as far as lines must tell.
        """
        table = self.table
        for i, driver in enumerate(self.drivers):
            table = self.with_attributes(table, self._asked(self._split(driver)[0]))
            if driver.count == "objects" and self._of_products(driver.key):
                table = self._joined(table, driver, f"r{i}")
        summed: dict[str, Any] = {"lines": table.count()}
        if not self.all_goods:
            summed["goods"] = _one(table.goods).sum()
        net = table.net_units if self.all_bought else table.bought.ifelse(table.net_units, None)
        summed |= {name: table[name].sum() for name in SUMMED}
        if self.all_bought:
            summed["gained"] = _positive(net).sum()
        else:  # null where nothing is bought
            summed["gained"] = _positive(net).sum(where=table.bought)
            summed["returned"] = (net < 0).ifelse(net, 0.0).sum(where=table.bought)
        whole = list(summed)
        for i, driver in enumerate(self.drivers):
            if (name := self._summed_as(i)) in ("goods", *summed):
                continue
            holds = self._holds(table, self._split(driver)[0])
            goods, lines = self._goods(table), 1.0
            if holds is not None:
                goods, lines = (holds.ifelse(of, 0.0) for of in (goods, lines))
            if driver.count == "objects" and self._of_products(driver.key):
                summed[name] = _rated(table, f"r{i}", goods, lines).sum()
            else:
                summed[name] = (goods * self._taken(table, driver)).sum()
            if driver.count == "objects" and not self._of_products(driver.key) and holds is not None:
                summed[f"n{i}"] = lines.sum()
        keys = ["customer", "channel", "touch_point", "date", *self.own, *(["order_key"] if self.by_order else [])]
        found = _with_month(table.group_by(keys).agg(**summed))
        found = self.with_attributes(found, [name for d in self.drivers for name in self._asked(self._split(d)[1])])
        held = {name: self._holds(found, self._split(self.drivers[i])[1]) for i, name in self._held.items()}
        others = [name for name in found.columns if name not in (*whole, *self.attributes, "month")]
        found = self.connection.keep(
            found.select(*others, **{name: found[name].cast("int64") for name in whole}, **held)
        )
        if self.all_bought:
            found = found.mutate(returned=found.net_units - found.gained)
        if self.all_goods:
            found = found.mutate(goods=found["lines"])
        return _with_month(found)

    @cached_property
    def _held(self) -> dict[int, str]:
        """The columns of the baskets that say where a driver's conditions on baskets hold, by its number."""
        return {i: f"h{i}" for i, driver in enumerate(self.drivers) if self._split(driver)[1]}

    def _summed_as(self, i: int) -> str:
        """The column of the baskets that says what their lines take of a driver: most count goods, on any line."""
        driver = self.drivers[i]
        only, _ = self._split(driver)
        if driver.count in ("lines", "orders") and not only:
            return "goods"
        if driver.count == "objects" and not only and not self._of_products(driver.key):
            return "goods"
        if driver.count == "net_revenue" and not only and self.all_goods:
            return "gained"
        same = (j for j, other in enumerate(self.drivers) if other.count == driver.count != "objects")
        return next(f"s{j}" for j in (*same, i) if j == i or self._split(self.drivers[j])[0] == only)

    @cached_property
    def _divided(self) -> Any:
        """The orders that stand in several baskets, and their lines of goods, kept in the source; mostly None."""
        found = self._orders.agg(size=self.baskets.goods.sum().cast("float64"), several=self.baskets.count() > 1)
        kept = self.connection.keep(found.filter(found.several).select("order", "size"))
        return kept if self.execute(kept.aggregate(n=kept.count()))["n"].iloc[0] else None

    @cached_property
    def _sizes(self) -> Any:
        """The lines of goods of each order: those of its basket, which then also tells `_held`, or of several."""
        baskets = self.baskets
        if self._divided is not None:
            return self.connection.keep(self._orders.agg(size=baskets.goods.sum().cast("float64")))
        return baskets.select(*self._held.values(), order="order_key", size=baskets.goods.cast("float64"))

    @property
    def _orders(self) -> Any:
        return self.baskets.group_by(order=self.baskets.order_key)

    @cached_property
    def weighed(self) -> Any:
        """Baskets with what each takes of every driver."""
        table = self.baskets
        size = table.goods.cast("float64")
        if self.by_order and (divided := self._divided) is not None:
            table = table.left_join(divided, table.order_key == divided.order).drop("order")
            size = table["size"].fill_null(table.goods.cast("float64"))
        for i, driver in enumerate(self.drivers):
            if driver.count == "objects" and not self._of_products(driver.key):
                table = self._joined(table, driver, f"r{i}")
        taken: dict[str, Any] = {}
        for i, driver in enumerate(self.drivers):
            value = table[self._summed_as(i)].cast("float64") / self._unit(driver)
            if driver.count == "orders":
                value = (size > 0).ifelse(value / size.nullif(0.0), 0.0)
            elif driver.count == "objects" and not self._of_products(driver.key):
                value = _rated(table, f"r{i}", value, table[f"n{i}" if f"n{i}" in table.columns else "lines"])
            taken[f"v{i}"] = table[self._held[i]].ifelse(value, 0.0) if i in self._held else value
        return table.mutate(**taken)

    # --- lines -----------------------------------------------------------------------------------------------------

    @cached_property
    def detailed(self) -> Any:
        """Lines with what each takes of every driver: for what is split by product."""
        table = _with_month(self.table)
        told = self.by_order and self._divided is None  # by the one basket of their order, where it asks for conditions
        if self.by_order:
            table = table.left_join(self._sizes, table.order_key == self._sizes.order).drop("order")
        for i, driver in enumerate(self.drivers):
            table = self.with_attributes(table, self._asked(self._split(driver)[0] if told else driver.where))
            if driver.count == "objects":
                table = self._joined(table, driver, f"r{i}")
        taken: dict[str, Any] = {}
        for i, driver in enumerate(self.drivers):
            goods = self._goods(table)
            value = goods * self._taken(table, driver) / self._unit(driver)
            if driver.count == "orders":
                value = (table["size"] > 0).ifelse(goods / table["size"].nullif(0.0), 0.0)
            elif driver.count == "objects":
                value = _rated(table, f"r{i}", goods, 1.0)
            holds = self._holds(table, self._split(driver)[0] if told else driver.where)
            if told and i in self._held:
                holds = table[self._held[i]] if holds is None else holds & table[self._held[i]]
            taken[f"v{i}"] = value if holds is None else holds.ifelse(value, 0.0)
        return table.mutate(**taken)

    # --- objects ---------------------------------------------------------------------------------------------------

    def counts(self, key: str) -> pd.DataFrame:
        """By the items of a column: all lines, and those of goods."""
        if key not in self._counts:
            whole = self._of_products(key)
            table = self.with_attributes(self.table if whole else self.baskets, [key])
            if whole:
                lines, goods = table.count(), table.count() if self.all_goods else _one(table.goods).sum()
            else:
                lines, goods = table["lines"].sum(), table.goods.sum()
            found = table.group_by(key).agg(lines=lines.cast("int64"), goods=goods.cast("int64"))
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


def _with_month(table: Any) -> Any:
    """`month`: the months since the year 0."""
    return table.mutate(month=table.date.year() * 12 + table.date.month() - 1)


def _one(condition: Any) -> Any:
    return condition.ifelse(1.0, 0.0)


def _positive(value: Any) -> Any:
    return (value > 0).ifelse(value, 0.0)


def _among(table: Any, condition: Among) -> Any:
    column = table[condition.column]
    held = column.isin(list(condition.items)).fill_null(False) if condition.items else column.isnull() & False
    return held | column.isnull() if condition.empty else held & column.notnull()


def _rated(table: Any, name: str, goods: Any, lines: Any) -> Any:
    """An object's rate on the goods, or on all lines of what has no goods."""
    return (table[name] * table[f"{name}_goods"].ifelse(goods, lines)).fill_null(0.0)
