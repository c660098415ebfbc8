"""What a workbook's cost pools count and filter by, as drivers of sales lines that lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cvm_xl.answers.costs import refuse_circle
from cvm_xl.answers.dimensions import CALENDAR, FIXED, TIER, calendar, dimension, names
from cvm_xl.answers.drivers import LEVELS, Term, counted, measured
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.filters import NUMBERS, OPERATORS, chosen, number, parse
from cvm_xl.answers.pools import Rule, pools
from cvm_xl.answers.source_lines import SalesSource
from cvm_xl.answers.splits import CROSS, labels, segment_of
from cvm_xl.book.schema import UNASSIGNED, normal
from cvm_xl.data.lines import Among, Attribute, Compare, Driver
from cvm_xl.errors import BookError, Place

__all__ = ["KEYS", "Vocabulary", "both"]

KEYS = {"Customer": "customer", "Product": "product", "Channel": "channel", "Touch-point": "touch_point"}
COLUMNS = KEYS | {"Segment": "Segment"}


@dataclass(frozen=True)
class Vocabulary:
    """What pools, filters and the P&L of a workbook name, as columns and drivers of the lines."""

    facts: Facts
    source: SalesSource

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """What filters can ask of customers and products, as columns of the lines."""
        known, missing = segment_of(self.facts.book)
        found = {"Segment": _attribute("Segment", "customer", known or {}, missing)}
        for table, key in (("Customers", "customer"), ("Products", "product")):
            frame = self.facts.frame(table)
            for name in [] if frame is None else frame.columns:
                own = self.facts.book.tables[table].schema.column(name) is None
                if own or (table, name) == ("Products", "kind"):
                    rows = frame.drop_duplicates(key)
                    of = dict(zip(rows[key], rows[name], strict=True))
                    shown = "Kind" if name == "kind" else str(name)
                    found.setdefault(shown, _attribute(shown, key, of, "product" if name == "kind" else f"No {shown}"))
        found.setdefault("Kind", _attribute("Kind", "product", {}, "product"))
        return found

    @cached_property
    def own(self) -> list[str]:
        """The analyst's own columns of Sales that filters or the P&L ask for."""
        there = self.source.own
        named = str(self.facts.settings["p_l_by"] or "").replace("×", "x").split(";")
        asked = {normal(piece) for part in named for piece in part.split(CROSS)}
        asked |= {normal(condition.field) for text in self._filters() for condition in parse(text)}
        return [name for name in there if normal(name) in asked]

    def _filters(self) -> list[str]:
        return [
            str(text)
            for table in ("CostPools", "Activities")
            if (frame := self.facts.frame(table)) is not None and "filter" in frame
            for text in frame["filter"].dropna()
        ]

    def drivers(self) -> dict[Term, Driver | None]:
        """What each term of the cost pools counts; None where nothing in the workbook measures it."""
        return {term: self._driver(term) for term in self._terms()}

    def _terms(self) -> Iterator[Term]:
        """All terms of all rules whose drivers are no pools; those of other pools' rules below an outer filter too."""
        rules = [rule for pool in pools(self.facts) for rule in pool.rules if rule.level != "company"]
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
        volumes = None if count == "equal" else measured(self.facts, count)
        if count != "equal" and volumes is None:
            return None
        return Driver("objects", where, COLUMNS[LEVELS[term.level]], volumes, count)

    def _condition(self, condition: Any) -> Compare | Among:
        compared = NUMBERS.get(normal(condition.field))
        if compared is not None:
            return Compare(compared, condition.sign, number(condition))
        spelled = names(self.facts.book).get(normal(condition.field))
        if spelled is None or spelled == TIER:
            dimension(self.facts, condition.field)  # raises what a sheet's refresh would
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
            first, last = (int(day.astype("datetime64[M]").astype(int)) for day in self.facts.days)
            months = np.arange(first, last + 1)
            texts = calendar(
                months.astype("datetime64[M]").astype("datetime64[D]"),
                name,
                int(self.facts.settings["fiscal_year_starts"]),
            )
            return "month", {int(m) + 1970 * 12: text for m, text in zip(months, texts, strict=True)}
        attribute = self.attributes.get(name)
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
                    yield both(plain, term.filter)


def both(term: Term, text: str) -> Term:
    """A term with a further filter."""
    return replace(term, filter="; ".join(filter(None, (term.filter, text))))


def _attribute(name: str, key: str, of: Mapping[str, Any], missing: str) -> Attribute:
    shown = labels(missing, name)
    return Attribute(name, key, {item: shown(value) for item, value in of.items() if item is not None}, shown(missing))
