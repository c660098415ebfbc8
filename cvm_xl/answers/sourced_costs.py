"""Costs of sales that lie outside the workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cvm_xl.answers.costs import Costs, snapped
from cvm_xl.answers.drivers import Term
from cvm_xl.answers.facts import Facts, LinesElsewhere
from cvm_xl.answers.pools import Rule, pools
from cvm_xl.answers.source_drivers import both
from cvm_xl.answers.sourced import SourcedFacts
from cvm_xl.answers.splits import Dimension
from cvm_xl.data.lines import Driver

__all__ = ["SourcedCosts", "sourced_costs"]


@dataclass(frozen=True)
class SourcedCosts(Costs):
    """Costs whose drivers are counted where the lines are."""

    facts: SourcedFacts

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
            if (volumes := self.facts.volumes(plain, dimension)) is not None
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
                        yield term.weight * share * weight, both(plain, term.filter) if term.filter else plain

    def rates(self) -> dict[Driver, float]:
        """What one of each driver costs, by all rules of all pools."""
        found: dict[Driver, float] = {}
        for rule, amount, total in self._charged():
            for term in rule.terms:
                for weight, plain in self._weighted(term):
                    driver = self.facts.drivers[plain]
                    if driver is not None:
                        found[driver] = found.get(driver, 0.0) + amount * weight / total
        return found

    def _charged(self) -> Iterator[tuple[Rule, float, float]]:
        """The rules that share something, how much, and over what quantity."""
        for pool in self.pools:
            for rule in pool.rules:
                amount, total = self.share(rule).shared, self.total(rule) if rule.level != "company" else None
                if amount and total is not None:
                    yield rule, amount, total

    def spent(self, dimension: Dimension, *, bought: bool = False) -> np.ndarray:
        if bought:
            return self.facts.spent_on_bought(dimension, self.rates())
        found = np.zeros(len(dimension.items))
        for rule, amount, total in self._charged():
            volumes = self._volumes(rule, dimension)
            if volumes is not None:
                found += volumes * (amount / total)
        return found

    def total(self, rule: Rule) -> float | None:
        key = ("total", rule.terms)
        if key not in self._kept:
            found = self._volumes(rule, self.facts.dimensions["Channel"])
            self._kept[key] = None if found is None else np.array([found.sum()])
        found = self._kept[key]
        return None if found is None else float(found[0])

    def lines(self, terms: Sequence[Term], asking: tuple[str, ...] = ()) -> np.ndarray | None:  # noqa: ARG002
        raise LinesElsewhere


def sourced_costs(facts: Facts) -> SourcedCosts:
    """The cost pools of a workbook whose sales lie outside it."""
    assert isinstance(facts, SourcedFacts)
    return SourcedCosts(facts, pools(facts))
