"""Facts of sales that lie outside the workbook: what is asked for is summed where the lines are.

Amounts, volumes of drivers and purchase histories come back by customer, product, channel ...; the same functions then
allocate, rank and value as for a sheet. Objects that cost something without a sales line (`facts.idle`) are no lines of
the source; they are counted here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.dimensions import CALENDAR, COHORT, CROSS_SELL, calendar
from cvm_xl.answers.drivers import LEVELS, Term
from cvm_xl.answers.facts import NOT_PROMOTED, PROMOTION, Bought, Facts, LinesElsewhere, Sums, idle
from cvm_xl.answers.filters import mask
from cvm_xl.answers.source_drivers import KEYS, Vocabulary
from cvm_xl.answers.source_lines import SalesSource
from cvm_xl.answers.source_space import white_space
from cvm_xl.answers.source_splits import NONE, Split, coded
from cvm_xl.answers.splits import NO_SEGMENTS, Dimension, through
from cvm_xl.book.read import Book
from cvm_xl.book.schema import UNASSIGNED, normal
from cvm_xl.data.derived import HANDLED, minor
from cvm_xl.data.lines import Driver, Lines
from cvm_xl.data.summaries import (
    allocated,
    bought_by,
    covered,
    customer_summary,
    day_nets,
    orders_by,
    paid_by,
    paid_prices,
    prices_over_time,
)
from cvm_xl.errors import BookError, NotAvailable
from cvm_xl.models.summary import days_in

__all__ = ["SourcedFacts", "sourced_facts"]

REFRESHED = "cvm-xl score values any number of customers"
MEASURED = (
    "Have no pool use a driver of the table Drivers: what lines tell (orders, lines, net revenue) has no such limit"
)
OF_LINES = ("dates", "quantity", "list_revenue", "net_revenue", "cost_of_goods", "sold", "goods", "orders", "lines")


@dataclass(frozen=True, kw_only=True)
class SourcedFacts(Facts):
    """Facts of lines that stay where they are. What needs the lines themselves raises `LinesElsewhere`."""

    source: SalesSource

    def __getattribute__(self, name: str) -> Any:
        if name in OF_LINES:
            raise LinesElsewhere
        return super().__getattribute__(name)

    @cached_property
    def total(self) -> Sums:
        survey, unit = self.source.survey(self.book, self.settings), 10.0**self.decimals
        money = (np.array([survey[name] / unit]) for name in ("list_units", "net_units", "cost_units"))
        return Sums(np.array([float(survey["inside"])]), *money)

    @cached_property
    def days(self) -> tuple[np.datetime64, np.datetime64]:
        survey = self.source.survey(self.book, self.settings)
        return np.datetime64(survey["first"], "D"), np.datetime64(survey["last"], "D")

    def rows(self, table: str) -> int:
        return self.source.survey(self.book, self.settings)["lines"] if table == "Sales" else super().rows(table)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self, self.source)

    @cached_property
    def drivers(self) -> dict[Term, Driver | None]:
        """What the cost pools count."""
        return self.vocabulary.drivers()

    @cached_property
    def lines_of(self) -> Lines:
        """The lines, where they are."""
        attributes = self.vocabulary.attributes
        kinds = set(attributes["Kind"].known.values())
        return Lines(
            self.source.connection,
            self.source.within(self.book, self.settings),
            list(attributes.values()),
            self.vocabulary.own,
            [driver for driver in self.drivers.values() if driver is not None],
            self.decimals,
            all_goods=kinds <= set(HANDLED),
            all_bought="adjustment" not in kinds,
        )

    # --- dimensions ------------------------------------------------------------------------------------------------

    @cached_property
    def _idle(self) -> Facts:
        """The objects without a line as facts of their own, to see which filters they fulfil."""
        splits = {name: split for name, split in self.dimensions.items() if isinstance(split, Split)}
        many = len(splits["Channel"].unsold)
        zeros, never = np.zeros(many), np.zeros(many, dtype=bool)
        dimensions = {
            name: Dimension(name, split.items, split.unsold, split.of, split.parent) for name, split in splits.items()
        }
        dates = np.full(many, self.days[1])
        return Facts(
            self.settings, self.book, dates, zeros, zeros, zeros, zeros, never, never, np.full(many, -1), NONE,
            dimensions, None,
        )  # fmt: skip

    def made(self, name: str) -> Dimension | None:
        """Calendar, cohort, a column of the analyst's own; None for what is known of customers and products."""
        many = len(self._idle.dates)
        if name in CALENDAR:
            first, last = (int(day.astype("datetime64[M]").astype(int)) for day in self.days)
            months = np.arange(first, last + 1)
            texts = calendar(months.astype("datetime64[M]").astype("datetime64[D]"), name, self._start)
            sold = set(self.lines_of.by("month")["month"] - 1970 * 12)
            items = [text for text in dict.fromkeys(texts) if any(texts[m - first] == text for m in sold)]
            place = {text: i for i, text in enumerate(items)}
            position = {int(m) + 1970 * 12: place[texts[m - first]] for m in months if texts[m - first] in place}
            return coded(self.lines_of, name, "month", items, np.full(many, len(items)), position)
        if name == COHORT:
            first = self.source.first_days(self.book, self.settings)
            quarter = calendar(first.to_numpy().astype("datetime64[D]"), "Quarter", self._start)
            known = dict(zip(first.index, quarter, strict=True))
            return through(self.dimensions["Customer"], known, f"No {COHORT}", COHORT)
        if name in self.lines_of.own:
            items = sorted(map(str, self.lines_of.counts(name)[name].dropna()))
            return coded(self.lines_of, name, name, items, np.full(many, len(items)))
        if name == CROSS_SELL or name in self.source.own:
            raise LinesElsewhere
        return None

    def during(
        self, names: Sequence[str], days: Sequence[tuple[np.datetime64, np.datetime64]], called: str = "Period"
    ) -> Dimension:
        self.lines_of.spans[called] = days
        unsold = np.full(len(self._idle.dates), len(names))
        return coded(self.lines_of, called, called, list(names), unsold, {i: i for i in range(len(names))})

    @property
    def _start(self) -> int:
        return int(self.settings["fiscal_year_starts"])

    # --- sums ------------------------------------------------------------------------------------------------------

    def sums(self, dimension: Dimension) -> Sums:
        assert isinstance(dimension, Split)
        names = ("lines", "list_units", "net_units", "cost_units")
        lines, *money = (dimension.summed(name) for name in names)
        return Sums(lines, *(units / 10.0**self.decimals for units in money))

    def quantities(self, dimension: Dimension) -> np.ndarray:
        assert isinstance(dimension, Split)
        return dimension.summed("quantity")

    def bought(self, dimension: Dimension) -> Bought:
        assert isinstance(dimension, Split)
        quantity, net, cost = (dimension.summed(name, bought=True) for name in ("quantity", "net_units", "cost_units"))
        return Bought(quantity, net / 10.0**self.decimals, cost / 10.0**self.decimals)

    def spent_on_bought(self, dimension: Dimension, rates: Mapping[Driver, float]) -> np.ndarray:
        """What lines with a quantity above 0 cost, by item; `rates` are what one of each driver costs."""
        assert isinstance(dimension, Split)
        drivers = self.lines_of.drivers
        parts = (dimension.summed(f"v{drivers.index(d)}", bought=True) * rate for d, rate in rates.items())
        return sum(parts, np.zeros(len(dimension.items)))

    def line_days(self, dimension: Dimension, *, bought: bool = False) -> tuple[np.ndarray, np.ndarray]:
        assert isinstance(dimension, Split)
        assert dimension.of is None  # its items are those of columns
        found = self.lines_of.days(*dimension.columns, bought=bought)
        days = np.full((2, len(dimension.items)), np.datetime64("NaT"), dtype="datetime64[D]")
        days[:, dimension.at(found)] = [found[name].to_numpy().astype("datetime64[D]") for name in ("first", "last")]
        return days[0], days[1]

    def orders_of(self, dimension: Dimension) -> np.ndarray:
        assert isinstance(dimension, Split)
        split, lines = dimension.apart, self.lines_of
        found = lines.execute(orders_by(lines.with_attributes(lines.table, split.columns), split.columns))
        return np.bincount(split.at(found), found["orders"], minlength=len(dimension.items)).astype(int)

    def coverage(self) -> dict[str, float]:
        found = self.lines_of.execute(covered(self.lines_of.table))
        money = found["revenue"].to_numpy(dtype=float)
        who = self._customers(found["customer"])
        segment = self.dimensions["Segment"]
        assert segment.of is not None
        named = np.isin(np.array(segment.items, dtype=object), [*NO_SEGMENTS, UNASSIGNED], invert=True)[segment.of][who]
        parts = {name: found[name].sum() for name in ("revenue", "product", "goods", "known")}
        parts |= {"customer": money[who >= 0].sum(), "segment": money[named].sum()}
        return {name: float(units) / 10.0**self.decimals for name, units in parts.items()}

    def paid_prices(self, products: Collection[str]) -> pd.DataFrame:
        lines = self.lines_of
        found = lines.execute(paid_prices(lines.table, list(products)))
        found["net"] = found["net"] / 10.0**self.decimals
        product = pd.Index(self.dimensions["Product"].items[:-1])
        found = found.assign(
            customer=self._customers(found["customer"]), product=product.get_indexer(pd.Index(found["product"]))
        )
        return found.sort_values(["customer", "product"], ignore_index=True)

    def prices_over_time(self, products: Collection[str], months: int) -> pd.DataFrame:
        lines = self.lines_of
        column = next((name for name in self.source.own if normal(name) == PROMOTION), None)
        promoted = None if column is None else ~lines.table[column].strip().lower().isin(NOT_PROMOTED)
        found = lines.execute(prices_over_time(lines.table, list(products), months, promoted))
        found["net"] = found["net"] / 10.0**self.decimals
        return found.sort_values(["product", "period"], ignore_index=True)

    def white_space(self, top: int, never: np.ndarray) -> Mapping[str, np.ndarray]:
        return white_space(self.lines_of, top, never)

    def volumes(self, term: Term, dimension: Dimension) -> np.ndarray | None:
        """Quantity of a driver at each item of a dimension, not weighted; None where nothing measures it."""
        driver = self.drivers[term]
        if driver is None:
            return None
        assert isinstance(dimension, Split)
        found = dimension.summed(f"v{self.lines_of.drivers.index(driver)}")
        if driver.count == "objects":
            taken = self._unsold(term, driver)
            found = found + np.bincount(dimension.unsold, taken, minlength=len(dimension.items))
        return found

    def _unsold(self, term: Term, driver: Driver) -> np.ndarray:
        """What the objects without a line take of a driver; the last what no object that is known takes."""
        level = self.dimensions[LEVELS[term.level]]
        assert isinstance(level, Split)
        volumes = np.ones(len(level.items))
        volumes[level.unassigned] = 0.0
        lost = 0.0
        if driver.volumes is not None:
            known = pd.Series(driver.volumes, dtype=float)
            volumes = known.reindex(level.items).fillna(0.0).to_numpy()
            lost = float(known[~known.index.isin(level.items)].sum())
        sold = level.summed("lines") > 0
        count = np.bincount(level.unsold, minlength=len(level.items))
        taken = np.where(sold, 0.0, volumes / np.maximum(count, 1))[level.unsold]
        taken[-1] += lost + float(volumes[~sold & (count == 0)].sum())
        return taken * mask(self._idle, term.filter) if term.filter else taken

    # --- customers -------------------------------------------------------------------------------------------------

    def before(self) -> set[str]:
        return self.source.customers_before(self.book, self.settings)

    def buyers(self, dimension: Dimension) -> tuple[np.ndarray, np.ndarray]:
        assert isinstance(dimension, Split)
        split, lines = dimension.apart, self.lines_of
        found = lines.execute(bought_by(lines.with_attributes(lines.table, split.columns), split.columns))
        at, size = split.at(found), len(dimension.items)
        median = np.zeros(size)
        median[at] = found["median"].to_numpy(dtype=float) / 10.0**self.decimals
        return np.bincount(at, found["buyers"], minlength=size).astype(int), median

    def visits(self) -> pd.DataFrame:
        found = self.lines_of.execute(paid_by(self.lines_of.table))
        return found.set_index(self._customers(found["customer"])).drop(columns="customer").sort_index()

    def purchases(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Customer's code, day and money: a row for what was bought and one for what was returned on a day."""
        found = self.lines_of.execute(day_nets(self.lines_of.baskets))
        codes = self._customers(found["customer"])
        days = found["date"].to_numpy().astype("datetime64[D]")
        return codes, days, found["net"].to_numpy(dtype=float) / 10.0**self.decimals

    def history(self, end: np.datetime64, unit: str) -> dict[str, np.ndarray]:
        found = self.lines_of.execute(customer_summary(self.lines_of.baskets, end.item()))
        codes = self._customers(found["customer"])
        order = np.argsort(codes)
        table = {name: found[name].to_numpy(dtype=float)[order] for name in ("frequency", "recency", "age", "monetary")}
        table["recency"], table["age"] = (table[name] / days_in(unit) for name in ("recency", "age"))
        table["monetary"] = table["monetary"] / 10.0**self.decimals
        return {"customer": codes[order], **table}

    def worth(self, rates: Mapping[Driver, float]) -> Any:
        """Each customer's revenue and profit in whole minor units, kept in the source.

        `rates` are what one of each driver costs: CVM_ALLOCATE's shares before they are rounded to the cent.
        """
        lines = self.lines_of
        table = lines.weighed.filter(lines.weighed.customer.notnull())
        margin = table.group_by("customer").agg(
            revenue=table.net_units.sum().cast("float64"), cost_of_goods=table.cost_units.sum().cast("float64")
        )
        borne = allocated(table, ["customer"], {f"v{lines.drivers.index(d)}": rate for d, rate in rates.items()})
        found = margin.join(borne, "customer")
        cost = minor(found.cost, self.decimals)
        kept = found.select("customer", "revenue", profit=found.revenue - found.cost_of_goods - cost)
        return self.source.connection.keep(kept)

    def people(self, worth: Any) -> Any:
        """The customers who bought, kept in the source: `customer_summary`, their segment, and their `worth`."""
        from cvm_xl.answers.lifetime import last_day

        found = customer_summary(self.lines_of.baskets, last_day(self).item()).join(worth, "customer")
        found = self.lines_of.with_attributes(found, ["Segment"]).rename(segment="Segment")
        return self.source.connection.keep(found)

    def _customers(self, ids: pd.Series) -> np.ndarray:
        return self._items_of_customers.get_indexer(pd.Index(ids.to_numpy(dtype=object), dtype=object))

    @cached_property
    def _items_of_customers(self) -> pd.Index:
        return pd.Index(self.dimensions["Customer"].items[:-1], dtype=object)


def sourced_facts(book: Book, settings: Mapping[str, Any], *, customers: bool = True) -> SourcedFacts:
    """What `facts` gives, of sales that lie outside the workbook.

    Without `customers`, channels alone are known, unless costs are shared by what the table Drivers measures: so that
    memory does not grow with the customers.

    Raises
    ------
    BookError
        When the lines have errors, or none lies within the period.
    """
    source: SalesSource = book.sources["Sales"]
    survey = source.survey(book, settings)
    survey.refuse()
    never = np.zeros(0, dtype=bool)
    found = SourcedFacts(
        settings, book, NONE, NONE, NONE, NONE, NONE, never, never, NONE, NONE, {}, None, survey.notes(),
        source=source,
    )  # fmt: skip
    measured = any(driver is not None and driver.count == "objects" for driver in found.drivers.values())
    if customers or measured:
        _split(found, KEYS, REFRESHED if customers else MEASURED)
        kind, of = (found.vocabulary.attributes[name] for name in ("Kind", "Segment"))
        through_product = through(found.dimensions["Product"], kind.known, kind.missing, "Kind")
        segment = through(found.dimensions["Customer"], of.known, of.missing, "Segment")
        found.dimensions.update(Kind=through_product, Segment=segment)
    else:
        _split(found, {"Channel": "channel"}, MEASURED)
    return found


def _split(facts: SourcedFacts, by: Mapping[str, str], remedy: str) -> None:
    """Make dimensions of columns; `remedy` is for too many items."""
    lines = facts.lines_of
    try:
        found = {name: lines.by(key)[key].dropna().to_numpy(dtype=object) for name, key in by.items()}
    except NotAvailable as error:
        raise BookError(error.message, place=facts.source.place(), remedy=remedy) from None
    there = {key: found.get(name, np.zeros(0, dtype=object)) for name, key in KEYS.items()}
    unsold = idle(facts.book, there) if len(by) > 1 else [("", "")]
    for name, key in by.items():
        items = sorted({*found[name], *(item for column, item in unsold if column == key)})
        position = {item: i for i, item in enumerate(items)}
        codes = np.array([position[item] if column == key else len(items) for column, item in unsold])
        facts.dimensions[name] = coded(lines, name, key, items, codes, position)
