"""Cost to serve: every pool on anything that sales are split by, each exact in its currency's smallest unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from cvm_xl.answers.drivers import Term, quantity
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.filters import mask
from cvm_xl.answers.pools import Pool, Rule, Source, pools
from cvm_xl.answers.splits import Dimension
from cvm_xl.errors import BookError, Place
from cvm_xl.functions.profit import CVM_ALLOCATE
from cvm_xl.models.money import group_sums
from cvm_xl.models.nested import allocate_within

__all__ = ["Costs", "Share", "costs", "divided", "part_of", "refuse_circle", "snapped"]


@dataclass(frozen=True)
class Share:
    """What became of a rule's amount: shared out, left as unused capacity, kept by the company, or unallocated."""

    shared: float = 0.0
    unused: float = 0.0
    company: float = 0.0
    unallocated: float = 0.0


@dataclass(frozen=True)
class Costs:
    """Cost pools, and their shares on whatever is asked for: computed once, then kept.

    A pool reaches customers, products, channels ... each exactly; what is known of customers or products (segments,
    kinds) is summed from these, and of two dimensions at once each item of the first is split by the second.
    """

    facts: Facts
    pools: Sequence[Pool]
    _kept: dict[object, np.ndarray | None] = field(default_factory=dict, repr=False)

    def of(self, dimension: Dimension) -> np.ndarray:
        """Items x pools of any dimension."""
        key = ("of", dimension.name)
        if key not in self._kept:
            table = np.zeros((len(dimension.items), len(self.pools)), order="F")
            for j, pool in enumerate(self.pools):
                shares = [self.shares(rule, dimension) for rule in pool.rules]
                # sums of money in cents; a single rule's are so already
                table[:, j] = np.round(sum(shares), self.facts.decimals) if len(shares) > 1 else shares[0]
            self._kept[key] = table
        found = self._kept[key]
        assert found is not None
        return found

    def shares(self, rule: Rule, dimension: Dimension) -> np.ndarray:
        """What each item bears of a rule (CVM_ALLOCATE by the item's quantity of the driver)."""
        key = (rule.row, dimension.name)
        if key not in self._kept:
            self._kept[key] = self._shares(rule, dimension)
        found = self._kept[key]
        assert found is not None
        return found

    def _shares(self, rule: Rule, dimension: Dimension) -> np.ndarray:
        amount = self.share(rule).shared
        if not amount:
            return np.zeros(len(dimension.items))
        decimals = self.facts.decimals
        if dimension.of is not None:
            parent = self.shares(rule, self.facts.dimensions[dimension.parent])
            return group_sums(parent, dimension.of, len(dimension.items)).round(decimals)
        volumes = self.volumes(rule, dimension)
        if dimension.first is not None and dimension.within is not None:
            inside = allocate_within(self.shares(rule, dimension.first), dimension.within, volumes[:-1], decimals)
            return np.append(inside, 0.0)
        return CVM_ALLOCATE(amount, volumes, decimals)

    def volumes(self, rule: Rule, dimension: Dimension) -> np.ndarray:
        """Quantity of a rule's driver at each item, weighted."""
        key = (rule.terms, dimension.name)
        if key not in self._kept:
            taken = self.lines(rule.terms)
            weights = np.zeros(len(self.facts.sold)) if taken is None else taken
            self._kept[key] = snapped(np.bincount(dimension.codes, weights, minlength=len(dimension.items)))
        found = self._kept[key]
        assert found is not None
        return found

    def total(self, rule: Rule) -> float | None:
        """Quantity of a rule's driver in all, weighted; None where no line takes any."""
        taken = self.lines(rule.terms)
        return None if taken is None else float(taken.sum())

    def lines(self, terms: Sequence[Term], asking: tuple[str, ...] = ()) -> np.ndarray | None:
        """Quantity of the driver at each sales line, weighted; None where no line takes any."""
        terms = tuple(terms)
        if terms not in self._kept:
            taken = [(term.weight, self._quantity(term, asking)) for term in terms]
            known = [lines if weight == 1 else weight * lines for weight, lines in taken if lines is not None]
            total = sum(known[1:], known[0]) if known else None
            self._kept[terms] = total if total is not None and total.sum() > 0 else None
        return self._kept[terms]

    def _quantity(self, term: Term, asking: tuple[str, ...]) -> np.ndarray | None:
        """A term's quantity; of another pool's result its cost on each line, however that was shared."""
        if term.filter:
            every = self._quantity(replace(term, filter=""), asking)
            return None if every is None else every * self._mask(term.filter)
        if term.other_pool is None:
            key = (term.level, term.driver)
            if key not in self._kept:
                self._kept[key] = quantity(self.facts, term)
            return self._kept[key]
        name = term.other_pool.casefold()
        refuse_circle(asking, name)
        total = np.zeros(len(self.facts.sold))
        for pool in self.pools:
            for rule in pool.rules:
                if rule.pool.casefold() == name and rule.level != "company":
                    taken = self.lines(rule.terms, (*asking, name))
                    if taken is not None:
                        total += self.share(rule).shared * (taken / taken.sum())
        return total

    def _mask(self, text: str) -> np.ndarray:
        key = ("filter", text)
        if key not in self._kept:
            self._kept[key] = mask(self.facts, text)
        found = self._kept[key]
        assert found is not None
        return found

    def share(self, rule: Rule) -> Share:
        """How a rule's amount divides between what is shared and what is not."""
        if not rule.amount:
            return Share()
        if rule.level == "company":
            return Share(company=rule.amount)
        time = self.total(rule)
        if time is None:
            if rule.capacity is not None:
                return Share(unused=rule.amount)
            return Share(unallocated=rule.amount)
        if rule.capacity is None:
            return Share(shared=rule.amount)
        used, unused = CVM_ALLOCATE(rule.amount, np.array([time, rule.capacity - time]), self.facts.decimals).tolist()
        return Share(shared=used, unused=unused)

    def spent(self, dimension: Dimension, *, bought: bool = False) -> np.ndarray:
        """What the lines of each item cost, not rounded, for unit costs; if `bought`, those with a quantity above 0."""
        spent = np.where(self.facts.sold & (self.facts.quantity > 0), self.per_line, 0.0) if bought else self.per_line
        return np.bincount(dimension.codes, spent, minlength=len(dimension.items))

    @cached_property
    def by(self) -> Mapping[str, np.ndarray]:
        """Items x pools of customers, products, channels and touch-points."""
        names = ("Customer", "Product", "Channel", "Touch-point")
        return {name: self.of(self.facts.dimensions[name]) for name in names}

    @cached_property
    def company(self) -> np.ndarray:
        """What no one causes, per pool."""
        return self._rest("company")

    @cached_property
    def unused(self) -> np.ndarray:
        """Capacity paid for and not used, per pool; negative where more was used than there is."""
        return self._rest("unused")

    @cached_property
    def unallocated(self) -> np.ndarray:
        """What found no driver, per pool."""
        return self._rest("unallocated")

    def _rest(self, part: str) -> np.ndarray:
        found = [sum(getattr(self.share(rule), part) for rule in pool.rules) for pool in self.pools]
        return np.array(found, dtype=float).round(self.facts.decimals)

    @cached_property
    def per_line(self) -> np.ndarray:
        """The cost of each sales line, not rounded, for unit costs."""
        total = np.zeros(len(self.facts.sold))
        for pool in self.pools:
            for rule in pool.rules:
                amount = self.share(rule).shared
                taken = self.lines(rule.terms) if amount else None
                if taken is not None:
                    total += taken * (amount / taken.sum())
        return total


def part_of(whole: Costs, facts: Facts, lines: np.ndarray, customers: np.ndarray) -> Costs:
    """The costs that some customers bear: each bears what it does in the whole, on everything else by their lines.

    Parameters
    ----------
    whole : Costs
    facts : Facts
        Of these customers alone; its dimension Customer has them in the order of the whole, then Unassigned.
    lines : (n,) array of bool
        Which lines of the whole these are.
    customers : (k,) array of int
        Their codes in the whole.
    """
    kept: dict[object, np.ndarray | None] = {}
    found: list[Pool] = []
    for pool in whole.pools:
        rules: list[Rule] = []
        for rule in pool.rules:
            borne = whole.shares(rule, whole.facts.dimensions["Customer"])[customers]
            amount = float(borne.sum().round(facts.decimals))
            taken = whole.lines(rule.terms)
            kept[rule.terms] = None if taken is None else taken[lines]
            kept[rule.row, "Customer"] = np.append(borne, 0.0)
            rules.append(replace(rule, amount=amount, capacity=None, sources=divided(rule, amount, facts.decimals)))
        found.append(Pool(pool.name, tuple(rules)))
    return Costs(facts, found, kept)


def refuse_circle(asking: Sequence[str], name: str) -> None:
    """Refuse a pool whose driver is, by way of the pools that ask for it, the pool itself."""
    if name in asking:
        raise BookError(
            f"pools are drivers of one another: {' -> '.join((*asking, name))}",
            place=Place(table="CostPools", column="Driver"),
            remedy="Give one of them a driver that is no pool",
        )


def divided(rule: Rule, amount: float, decimals: int) -> tuple[Source, ...]:
    """A part of a rule's amount on the rows of the ledger that it comes from, to the cent."""
    if not amount:
        return ()
    given = np.array([source.amount for source in rule.sources]) * np.sign(rule.amount)
    parts = CVM_ALLOCATE(amount, given, decimals).tolist()
    return tuple(replace(source, amount=part) for source, part in zip(rule.sources, parts, strict=True))


def snapped(volumes: np.ndarray) -> np.ndarray:
    """Volumes without the last digits, so that three thirds of an order are one, in whatever order they were added."""
    scale = 2.0 ** (40 - np.frexp(volumes.max(initial=0.0))[1])
    return np.rint(volumes * scale) / scale


def costs(facts: Facts) -> Costs:
    """The cost pools of a workbook, ready to be shared."""
    if facts.book.sources:
        from cvm_xl.answers.sourced_costs import sourced_costs

        found = sourced_costs(facts)
    else:
        found = Costs(facts, pools(facts))
    for pool, unused in zip(found.pools, found.unused, strict=True):
        if unused < 0:
            facts.notes.append(f"{pool.name}: its activities take more time than its capacity has; unused is negative")
    return found
