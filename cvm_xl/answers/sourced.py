"""Facts and costs of sales that lie outside the workbook: what is asked for is summed where the lines are.

Amounts, volumes of drivers and purchase histories come back by customer, product, channel ...; the same functions then
allocate, rank and value as for a sheet. Objects that cost something without a sales line (`facts.idle`) are no lines of
the source; they are counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs, refuse_circle, snapped
from cvm_xl.answers.dimensions import CALENDAR, COHORT, CROSS, FIXED, TIER, calendar, dimension, names
from cvm_xl.answers.drivers import LEVELS, Term, counted, measured
from cvm_xl.answers.facts import Dimension, Facts, LinesElsewhere, Sums, idle, label, segment_of, through
from cvm_xl.answers.filters import NUMBERS, OPERATORS, chosen, mask, number, parse
from cvm_xl.answers.pools import Rule, pools
from cvm_xl.answers.source_lines import SalesSource
from cvm_xl.book.read import Book
from cvm_xl.book.schema import UNASSIGNED, normal
from cvm_xl.data.derived import HANDLED
from cvm_xl.data.lines import Among, Attribute, Compare, Driver, Lines
from cvm_xl.data.summaries import customer_summary, day_nets
from cvm_xl.errors import BookError, Place
from cvm_xl.models.summary import days_in

__all__ = ["SourcedCosts", "SourcedFacts"]

KEYS = {"Customer": "customer", "Product": "product", "Channel": "channel", "Touch-point": "touch_point"}
COLUMNS = KEYS | {"Segment": "Segment"}
FIELDS = ("dates", "quantity", "list_revenue", "net_revenue", "cost_of_goods", "sold", "goods", "orders", "lines")


@dataclass(frozen=True)
class Split(Dimension):
    """A dimension of lines elsewhere: the columns that it groups by, and which item a group is.

    `unsold` are the items of the objects without a sales line.
    """

    columns: tuple[str, ...] = ()
    at: Callable[[pd.DataFrame], np.ndarray] | None = None
    unsold: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))

    def __getattribute__(self, name: str) -> Any:
        if name == "codes":
            raise LinesElsewhere
        return super().__getattribute__(name)

    def through(self, name: str, items: list[str], of: np.ndarray) -> Dimension:
        at = self.at
        assert at is not None
        return Split(
            name, items, NONE, of, self.name, columns=self.columns, at=lambda t: of[at(t)], unsold=of[self.unsold]
        )


NONE = np.zeros(0, dtype=int)


class SourcedFacts:
    """What `Facts` says, of lines that stay where they are. What needs the lines themselves raises `LinesElsewhere`."""

    sourced = True

    def __init__(self, book: Book, settings: Mapping[str, Any], *, costing: bool = True) -> None:
        self.book, self.settings = book, settings
        self.source: SalesSource = book.sources["Sales"]
        self.notes: list[str] = []
        self.entered = None
        self.dimensions: dict[str, Dimension] = {}
        survey = self.source.survey(book, settings)
        survey.refuse()
        self.notes += survey.notes()
        self.days = (np.datetime64(survey["first"], "D"), np.datetime64(survey["last"], "D"))
        unit = 10.0**self.decimals
        sums = (survey["list_units"] / unit, survey["net_units"] / unit, survey["cost_units"] / unit)
        self.total = Sums(np.array([float(survey["inside"])]), *(np.array([value]) for value in sums))
        self._attributes = self._known_attributes()
        self.drivers = {term: self._driver(term) for term in self._terms()} if costing else {}
        table = self.source.within(book, settings)
        used = [driver for driver in self.drivers.values() if driver is not None]
        kinds = set(self._attributes["Kind"].known.values())
        self.lines_of = Lines(
            self.source.connection, table, list(self._attributes.values()), self._own(), used, self.decimals,
            all_goods=kinds <= set(HANDLED),
            all_bought="adjustment" not in kinds,
        )  # fmt: skip
        if costing:
            self._make_dimensions()

    def __getattr__(self, name: str) -> Any:
        if name in FIELDS:
            raise LinesElsewhere
        raise AttributeError(name)

    frame = Facts.frame

    @property
    def decimals(self) -> int:
        return int(self.settings["decimals"])

    # --- dimensions ------------------------------------------------------------------------------------------------

    def _known_attributes(self) -> dict[str, Attribute]:
        """What filters can ask of customers and products, as columns of the lines."""
        known, missing = segment_of(self.book)
        found = {"Segment": _attribute("Segment", "customer", known or {}, missing)}
        for table, key in (("Customers", "customer"), ("Products", "product")):
            frame = self.frame(table)
            for name in [] if frame is None else frame.columns:
                own = self.book.tables[table].schema.column(name) is None
                if own or (table, name) == ("Products", "kind"):
                    rows = frame.drop_duplicates(key)
                    of = dict(zip(rows[key], rows[name], strict=True))
                    shown = "Kind" if name == "kind" else str(name)
                    found.setdefault(shown, _attribute(shown, key, of, "product" if name == "kind" else f"No {shown}"))
        found.setdefault("Kind", _attribute("Kind", "product", {}, "product"))
        return found

    def _own(self) -> list[str]:
        """The analyst's own columns of Sales that filters or the P&L ask for."""
        there = self.source.own
        named = str(self.settings["p_l_by"] or "").replace("×", "x").split(";")
        asked = {normal(piece) for part in named for piece in part.split(CROSS)}
        asked |= {normal(condition.field) for text in self._filters() for condition in parse(text)}
        return [name for name in there if normal(name) in asked]

    def _filters(self) -> list[str]:
        return [
            str(text)
            for table in ("CostPools", "Activities")
            if (frame := self.frame(table)) is not None and "filter" in frame
            for text in frame["filter"].dropna()
        ]

    def _make_dimensions(self) -> None:
        found: dict[str, list[str]] = {}
        for name, key in KEYS.items():
            values = self.lines_of.by(key)[key].dropna()
            found[name] = sorted(map(str, values))
        there = {KEYS[name]: np.array(items, dtype=object) for name, items in found.items()}
        unsold = idle(self.book, there)
        for name, key in KEYS.items():
            items = sorted({*found[name], *(item for column, item in unsold if column == key)})
            position = {item: i for i, item in enumerate(items)}
            codes = np.array([position[item] if column == key else len(items) for column, item in unsold])
            self.dimensions[name] = _coded(name, key, [*items, UNASSIGNED], position, codes)
        known = self._attributes["Kind"].known
        self.dimensions["Kind"] = through(self.dimensions["Product"], known, "product", "Kind")
        self.dimensions["Segment"] = through(self.dimensions["Customer"], *segment_of(self.book), "Segment")
        self._idle = self._of_idle(len(unsold))

    def _of_idle(self, many: int) -> Facts:
        """The objects without a line as facts of their own, to see which filters they fulfil."""
        zeros, never = np.zeros(many), np.zeros(many, dtype=bool)
        dimensions = {
            name: Dimension(name, split.items, split.unsold, split.of, split.parent)
            for name, split in self.dimensions.items()
        }
        dates = np.full(many, self.days[1])
        return Facts(
            self.settings, self.book, dates, zeros, zeros, zeros, zeros, never, never, np.full(many, -1), NONE,
            dimensions, None,
        )  # fmt: skip

    def made(self, name: str) -> Dimension:
        """A dimension of the lines: calendar, cohort, a column of the analyst's own."""
        many = len(self._idle.dates)
        if name in CALENDAR:
            first, last = (int(day.astype("datetime64[M]").astype(int)) for day in self.days)
            months = np.arange(first, last + 1)
            texts = calendar(months.astype("datetime64[M]").astype("datetime64[D]"), name, self._start)
            sold = set(self.lines_of.by("month")["month"] - 1970 * 12)
            items = [text for text in dict.fromkeys(texts) if any(texts[m - first] == text for m in sold)]
            place = {text: i for i, text in enumerate(items)}
            position = {int(m) + 1970 * 12: place[texts[m - first]] for m in months if texts[m - first] in place}
            return _coded(name, "month", [*items, UNASSIGNED], position, np.full(many, len(items)))
        if name == COHORT:
            first = self.source.first_days(self.book, self.settings)
            quarter = calendar(first.to_numpy().astype("datetime64[D]"), "Quarter", self._start)
            known = dict(zip(first.index, quarter, strict=True))
            return through(self.dimensions["Customer"], known, f"No {COHORT}", COHORT)
        if name in self.lines_of.own:
            items = sorted(map(str, self.lines_of.counts(name)[name].dropna()))
            position = {item: i for i, item in enumerate(items)}
            return _coded(name, name, [*items, UNASSIGNED], position, np.full(many, len(items)))
        raise LinesElsewhere

    @property
    def _start(self) -> int:
        return int(self.settings["fiscal_year_starts"])

    def crossed(self, first: Dimension, second: Dimension) -> Dimension:
        """Two dimensions at once, as `dimensions.crossed` makes them."""
        assert isinstance(first, Split)
        assert isinstance(second, Split)
        size = len(second.items)
        columns = tuple(dict.fromkeys((*self._columns(first), *self._columns(second))))

        def pair(rows: pd.DataFrame) -> np.ndarray:
            left, right = self._at(first), self._at(second)
            return left(rows).astype(np.int64) * size + right(rows)

        unsold = first.unsold.astype(np.int64) * size + second.unsold
        there = np.unique(np.concatenate([pair(self.lines_of.by(*columns)), unsold]))
        items = [f"{first.items[p // size]}{CROSS}{second.items[p % size]}" for p in there]
        return Split(
            f"{first.name}{CROSS}{second.name}",
            [*items, UNASSIGNED],
            NONE,
            first=first,
            within=there // size,
            columns=columns,
            at=lambda rows: np.searchsorted(there, pair(rows)),
            unsold=np.searchsorted(there, unsold),
        )

    def _columns(self, split: Split) -> tuple[str, ...]:
        """What to group by for a dimension: of what is known of customers or products not these, but the attribute."""
        if split.of is None or len(split.columns) > 1:
            return split.columns
        name = f"of {split.name}"
        if name not in self.lines_of.attributes:
            parent = self.dimensions[split.parent]
            known = {item: split.items[i] for item, i in zip(parent.items[:-1], split.of[:-1], strict=True)}
            self.lines_of.attributes[name] = Attribute(name, split.columns[0], known)
        return (name,)

    def _at(self, split: Split) -> Callable[[pd.DataFrame], np.ndarray]:
        if split.of is None or len(split.columns) > 1:
            assert split.at is not None
            return split.at
        position = {item: i for i, item in enumerate(split.items)}
        name = f"of {split.name}"
        return lambda rows: rows[name].map(position).fillna(split.unassigned).to_numpy(dtype=int)

    # --- sums ------------------------------------------------------------------------------------------------------

    def sums(self, dimension: Dimension) -> Sums:
        """What the lines of each item of a dimension sum to."""
        names = ("lines", "list_units", "net_units", "cost_units")
        lines, *money = (self._summed(dimension, name) for name in names)
        return Sums(lines, *(units / 10.0**self.decimals for units in money))

    def _summed(self, dimension: Dimension, name: str) -> np.ndarray:
        assert isinstance(dimension, Split)
        assert dimension.at is not None
        rows = self.lines_of.by(*dimension.columns)
        return np.bincount(dimension.at(rows), rows[name].to_numpy(dtype=float), minlength=len(dimension.items))

    def volumes(self, term: Term, dimension: Dimension) -> np.ndarray | None:
        """Quantity of a driver at each item of a dimension, not weighted; None where nothing measures it."""
        driver = self.drivers[term]
        if driver is None:
            return None
        assert isinstance(dimension, Split)
        found = self._summed(dimension, f"v{self.lines_of.drivers.index(driver)}")
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
        sold = self._summed(level, "lines") > 0
        count = np.bincount(level.unsold, minlength=len(level.items))
        taken = np.where(sold, 0.0, volumes / np.maximum(count, 1))[level.unsold]
        taken[-1] += lost + float(volumes[~sold & (count == 0)].sum())
        return taken * mask(self._idle, term.filter) if term.filter else taken

    # --- purchases -------------------------------------------------------------------------------------------------

    def purchases(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Customer's code, day and money: a row for what was bought and one for what was returned on a day."""
        found = self.lines_of.execute(day_nets(self.lines_of.baskets))
        codes = self._customers(found["customer"])
        days = found["date"].to_numpy().astype("datetime64[D]")
        return codes, days, found["net"].to_numpy(dtype=float) / 10.0**self.decimals

    def history(self, end: np.datetime64, unit: str) -> dict[str, np.ndarray]:
        """What CVM_SUMMARY says of the customers who bought until a day; `customer` are their codes."""
        found = self.lines_of.execute(customer_summary(self.lines_of.baskets, end.item()))
        codes = self._customers(found["customer"])
        order = np.argsort(codes)
        table = {name: found[name].to_numpy(dtype=float)[order] for name in ("frequency", "recency", "age", "monetary")}
        table["recency"], table["age"] = (table[name] / days_in(unit) for name in ("recency", "age"))
        table["monetary"] = table["monetary"] / 10.0**self.decimals
        return {"customer": codes[order], **table}

    def people(self) -> Any:
        """The customers who bought, as a relation kept in the source: `customer_summary`, and their segment."""
        from cvm_xl.answers.lifetime import last_day

        found = customer_summary(self.lines_of.baskets, last_day(self).item())  # type: ignore[arg-type]
        found = self.lines_of.with_attributes(found, ["Segment"]).rename(segment="Segment")
        return self.source.connection.keep(found)

    def _customers(self, ids: pd.Series) -> np.ndarray:
        return pd.Index(self.dimensions["Customer"].items[:-1]).get_indexer(ids)

    # --- drivers ---------------------------------------------------------------------------------------------------

    def _terms(self) -> Iterator[Term]:
        """All terms of all rules whose drivers are no pools; those of other pools' rules below an outer filter too."""
        found = pools(self)  # type: ignore[arg-type]
        rules = [rule for pool in found for rule in pool.rules if rule.level != "company"]
        for rule in rules:
            for term in rule.terms:
                yield from _plain(term, rules)

    def _driver(self, term: Term) -> Driver | None:
        count = counted(term)
        where = tuple(self._condition(condition) for condition in parse(term.filter))
        if count in ("lines", "orders", "returns", "quantity", "list revenue", "net revenue", "cost of goods"):
            return Driver(count.replace(" ", "_"), where)
        if term.level not in LEVELS:
            return None
        volumes = None if count == "equal" else measured(self, count)  # type: ignore[arg-type]
        if count != "equal" and volumes is None:
            return None
        return Driver("objects", where, COLUMNS[LEVELS[term.level]], volumes, count)

    def _condition(self, condition: Any) -> Compare | Among:
        compared = NUMBERS.get(normal(condition.field))
        if compared is not None:
            return Compare(compared, condition.sign, number(condition))
        spelled = names(self.book).get(normal(condition.field))
        if spelled is None or spelled == TIER:
            dimension(self, condition.field)  # type: ignore[arg-type]  raises what a sheet's refresh would
        assert spelled is not None
        column, items = self._possible(spelled)
        compare = OPERATORS[condition.sign]
        if condition.sign in ("=", "<>"):
            wanted = chosen(condition.value, [*items.values(), UNASSIGNED])
            held = {key for key, item in items.items() if (item.casefold() in wanted) == (condition.sign == "=")}
            empty = (UNASSIGNED.casefold() in wanted) == (condition.sign == "=")
        else:
            held = {key for key, item in items.items() if compare(item, condition.value)}
            empty = False
        return Among(column, tuple(sorted(held)), empty)

    def _possible(self, name: str) -> tuple[str, dict[Any, str]]:
        """The column of the lines that a dimension is, and what its values are called."""
        if name in KEYS or name in self.source.own:
            column = KEYS.get(name, name)
            return column, {value: value for value in sorted(self.source.named(column))}
        if name in CALENDAR:
            first, last = (int(day.astype("datetime64[M]").astype(int)) for day in self.days)
            months = np.arange(first, last + 1)
            texts = calendar(months.astype("datetime64[M]").astype("datetime64[D]"), name, self._start)
            return "month", {int(m) + 1970 * 12: text for m, text in zip(months, texts, strict=True)}
        attribute = self._attributes.get(name)
        if attribute is None:
            raise BookError(
                f"{name} cannot filter sales that lie outside the workbook",
                place=Place(table="CostPools", column="Filter"),
                value=name,
                remedy=f"Filter by one of: {', '.join([*FIXED[:6], *CALENDAR])}",
            )
        return name, {text: text for text in {*attribute.known.values(), attribute.missing}}


def _plain(term: Term, rules: Sequence[Rule], asking: tuple[str, ...] = ()) -> Iterator[Term]:
    """The terms behind one whose driver may be another pool's result."""
    if term.other_pool is None:
        yield replace(term, weight=1.0)
        return
    name = term.other_pool.casefold()
    refuse_circle(asking, name)
    for rule in rules:
        if rule.pool.casefold() == name:
            for inner in rule.terms:
                for plain in _plain(inner, rules, (*asking, name)):
                    yield plain
                    yield _both(plain, term.filter)


def _both(term: Term, text: str) -> Term:
    return replace(term, filter="; ".join(filter(None, (term.filter, text))))


def _attribute(name: str, key: str, of: Mapping[str, Any], missing: str) -> Attribute:
    known = {item: label(value, missing, name) for item, value in of.items() if item is not None}
    return Attribute(name, key, known, label(missing, missing, name))


def _coded(name: str, column: str, items: list[str], position: Mapping[Any, int], unsold: np.ndarray) -> Split:
    def at(rows: pd.DataFrame) -> np.ndarray:
        return rows[column].map(position).fillna(len(items) - 1).to_numpy(dtype=int)

    return Split(name, items, NONE, columns=(column,), at=at, unsold=unsold)


class SourcedCosts(Costs):
    """Costs whose drivers are counted where the lines are."""

    def volumes(self, rule: Rule, dimension: Dimension) -> np.ndarray:
        key = (rule.terms, dimension.name)
        if key not in self._kept:
            found = self._volumes(rule, dimension)
            self._kept[key] = snapped(np.zeros(len(dimension.items)) if found is None else found)
        found = self._kept[key]
        assert found is not None
        return found

    def _volumes(self, rule: Rule, dimension: Dimension) -> np.ndarray | None:
        known = [
            weight * volumes
            for term in rule.terms
            for weight, plain in self._weighted(term)
            if (volumes := self.facts.volumes(plain, dimension)) is not None  # type: ignore[attr-defined]
        ]
        total = sum(known[1:], known[0]) if known else None
        return total if total is not None and total.sum() > 0 else None

    def _weighted(self, term: Term) -> Iterator[tuple[float, Term]]:
        """A term as a weighted sum of terms whose drivers are no pools."""
        if term.other_pool is None:
            yield term.weight, replace(term, weight=1.0)
            return
        name = term.other_pool.casefold()
        for pool in self.pools:
            for rule in pool.rules:
                if rule.pool.casefold() != name or rule.level == "company":
                    continue
                total = self.total(rule)
                if total is None:
                    continue
                share = self.share(rule).shared / total
                for inner in rule.terms:
                    for weight, plain in self._weighted(inner):
                        yield term.weight * share * weight, _both(plain, term.filter) if term.filter else plain

    def total(self, rule: Rule) -> float | None:
        key = ("total", rule.terms)
        if key not in self._kept:
            found = self._volumes(rule, self.facts.dimensions["Channel"])
            self._kept[key] = None if found is None else np.array([found.sum()])
        found = self._kept[key]
        return None if found is None else float(found[0])

    def lines(self, terms: Sequence[Term], asking: tuple[str, ...] = ()) -> np.ndarray | None:  # noqa: ARG002
        raise LinesElsewhere
