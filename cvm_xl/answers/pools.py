"""Cost pools: the ledger's rows as rules, each with what it has to share after services moved to their users."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cvm_xl.answers.drivers import Term
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.rates import sign
from cvm_xl.book.schema import LAYERS, normal, table
from cvm_xl.functions.profit import CVM_ALLOCATE, CVM_SERVICE_COST
from cvm_xl.kinds import Named
from cvm_xl.models.money import minor_units

__all__ = ["SUBTOTALS", "Pool", "Rule", "Source", "ledger", "pools"]

SUBTOTALS = {
    "pocket": "Pocket margin",
    "serve": "After cost to serve",
    "relationship": "After acquisition and retention",
}
"""What is left after the pools of each layer, as the P&L calls it; after the last it is Contribution."""


@dataclass(frozen=True)
class Source:
    """Where a rule's money comes from: a row of the ledger, and how much of it the rule shares out."""

    account: str
    pool: str
    ledger: float
    amount: float


@dataclass(frozen=True)
class Rule:
    """One row of CostPools: an amount, and how it is shared.

    `amount` is what is to be shared after services moved, the sum of its sources. A rule with a `capacity` is
    time-driven: its terms are times, and what is left of the capacity stays unused.
    """

    row: int
    account: str
    pool: str
    amount: float
    level: str
    terms: tuple[Term, ...]
    layer: str
    sources: tuple[Source, ...]
    capacity: float | None = None


@dataclass(frozen=True)
class Pool:
    """A line of the P&L: the rules that bear its name."""

    name: str
    rules: tuple[Rule, ...]

    @property
    def amount(self) -> float:
        return float(np.round(sum(rule.amount for rule in self.rules), 10))

    @property
    def layer(self) -> str:
        """Where the pool stands in the P&L: what its first row says."""
        return self.rules[0].layer


def pools(facts: Facts) -> list[Pool]:
    """The pools by layer, then in the order of CostPools; those that only serve others have moved to their users."""
    frame = facts.frame("CostPools")
    if frame is None:
        return []
    rules = _time_driven(facts, _rules(frame, ledger(facts, frame)))
    usage = facts.frame("ServiceUsage")
    services = set() if usage is None else {str(s).casefold() for s in usage["service"]}
    rules = _after_services(facts, rules)
    names = list(dict.fromkeys(rule.pool for rule in rules if rule.pool.casefold() not in services))
    taken = {normal(column.header) for column in table("SegmentPnL")} | {normal(s) for s in SUBTOTALS.values()}
    found: list[Pool] = []
    for name in names:
        label = name
        while normal(label) in taken:
            label = f"{label} (pool)"
        taken.add(normal(label))
        found.append(Pool(label, tuple(rule for rule in rules if rule.pool == name)))
    return sorted(found, key=lambda pool: LAYERS.index(pool.layer))


def ledger(facts: Facts, frame: pd.DataFrame) -> np.ndarray:
    """The amount of each row of CostPools, cost positive, to the smallest unit; nothing where it is empty."""
    entered = np.nan_to_num(frame["amount"].to_numpy(dtype=float)) * sign(facts.settings, "cost")
    return minor_units(entered, facts.decimals) / 10.0**facts.decimals


def _text(frame: pd.DataFrame, name: str, default: str) -> list[str]:
    column = frame[name] if name in frame else [None] * len(frame)
    return [default if value is None or value != value else str(value).strip() for value in column]


def _numbers(frame: pd.DataFrame, name: str, default: float) -> list[float]:
    if name not in frame:
        return [default] * len(frame)
    return frame[name].astype(float).fillna(default).tolist()


def _rules(frame: pd.DataFrame, amounts: np.ndarray) -> list[Rule]:
    """One rule for each row with an amount; rows below it without one are further terms of its driver."""
    spelled: dict[str, str] = {}  # Excel's headers know no case: Delivery and delivery are one pool
    found: dict[tuple[str, str], int] = {}
    rules: list[Rule] = []
    for i, (account, pool, level, driver, limits, weight, layer, empty) in enumerate(
        zip(
            _text(frame, "account", ""),
            _text(frame, "pool", ""),
            _text(frame, "level", "line"),
            _text(frame, "driver", "lines"),
            _text(frame, "filter", ""),
            _numbers(frame, "weight", 1.0),
            _text(frame, "layer", "serve"),
            frame["amount"].isna(),
            strict=True,
        )
    ):
        pool = spelled.setdefault(pool.casefold(), pool)
        term = Term(level.lower(), driver, limits, weight)
        above = found.get((account, pool))
        if empty and above is not None:
            rules[above] = replace(rules[above], terms=(*rules[above].terms, term))
            continue
        found[account, pool] = len(rules)
        amount = float(amounts[i])
        source = Source(account, pool, amount, amount)
        rules.append(Rule(i, account, pool, amount, level.lower(), (term,), layer.lower(), (source,)))
    return rules


def _time_driven(facts: Facts, rules: list[Rule]) -> list[Rule]:
    """Rules of pools with rows in Activities: their terms are the pool's time equation."""
    frame = facts.frame("Activities")
    if frame is None:
        return rules
    terms: dict[str, list[Term]] = {}
    capacity: dict[str, float] = {}
    for pool, level, driver, limits, time, room in zip(
        _text(frame, "pool", ""),
        _text(frame, "level", "line"),
        _text(frame, "driver", "lines"),
        _text(frame, "filter", ""),
        _numbers(frame, "unit_time", 0.0),
        _numbers(frame, "capacity", 0.0),
        strict=True,
    ):
        key = pool.casefold()
        terms.setdefault(key, []).append(Term(level.lower(), driver, limits, time))
        capacity[key] = capacity.get(key, 0.0) + room
    return [
        replace(
            rule,
            level="time",
            terms=tuple(terms[rule.pool.casefold()]),
            capacity=capacity[rule.pool.casefold()] or None,
        )
        if rule.pool.casefold() in terms
        else rule
        for rule in rules
    ]


def _after_services(facts: Facts, rules: list[Rule]) -> list[Rule]:
    """Costs of pools that serve others, on their users (CVM_SERVICE_COST), each ledger row followed on its way."""
    usage = facts.frame("ServiceUsage")
    if usage is None:
        return rules
    unit, method = facts.decimals, facts.settings["service_method"]
    spelled = {rule.pool.casefold(): rule.pool for rule in rules}
    usage = usage.assign(**{c: [spelled.get(str(v).casefold(), str(v)) for v in usage[c]] for c in ("service", "user")})
    services = list(dict.fromkeys(usage["service"]))
    users = list(dict.fromkeys(rule.pool for rule in rules if rule.pool not in services))
    matrix = usage.pivot_table(index="service", columns="user", values="share", aggfunc="sum", fill_value=0.0)
    matrix = Named(matrix.reindex(index=services, columns=[*services, *users], fill_value=0.0).to_numpy())

    def arrives(costs: Iterable[float]) -> np.ndarray:
        given = np.array([*costs, *[0.0] * len(users)])
        return np.asarray(CVM_SERVICE_COST(Named(given.reshape(-1, 1)), matrix, method)).ravel()

    serving = [rule for rule in rules if rule.pool in services and rule.amount]
    total = np.array([sum(rule.amount for rule in serving if rule.pool == service) for service in services])
    if not serving:
        return rules
    shares = {s: arrives(float(s == other) for other in services) for s in {rule.pool for rule in serving}}
    parts = np.array([CVM_ALLOCATE(rule.amount, shares[rule.pool], unit) for rule in serving])
    if total.sum() > 0 and (moved := arrives(total)).min() >= 0:
        _settle(parts, CVM_ALLOCATE(float(total.sum()), moved, unit), np.array([shares[r.pool] for r in serving]), unit)
    after = {rule.row: [] if rule.pool in services else list(rule.sources) for rule in rules}
    for k, rule in enumerate(serving):
        for pool, part in zip(users, parts[k].tolist(), strict=True):
            at = [r for r in rules if r.pool == pool]
            by = np.array([r.amount for r in at])
            split = CVM_ALLOCATE(part, by if by.sum() > 0 and by.min() >= 0 else np.ones(len(at)), unit)
            for user, amount in zip(at, split.tolist(), strict=True):
                if amount:
                    after[user.row].append(Source(rule.account, rule.pool, rule.amount, amount))
    return [
        replace(rule, sources=tuple(after[rule.row]), amount=round(sum(s.amount for s in after[rule.row]), unit))
        for rule in rules
    ]


def _settle(parts: np.ndarray, wanted: np.ndarray, shares: np.ndarray, decimals: int) -> None:
    """Move single cents within rows, so that columns sum to what is wanted and rows to what they did."""
    cent = 10.0**-decimals
    for _ in range(parts.shape[1] * len(parts)):
        off = ((wanted - parts.sum(axis=0)) / cent).round()
        short, over = int(off.argmax()), int(off.argmin())
        able = np.flatnonzero((shares[:, short] > 0) & (parts[:, over] >= cent / 2))
        if not off[short] or not len(able):
            return
        parts[able[0], short] = round(parts[able[0], short] + cent, decimals)
        parts[able[0], over] = round(parts[able[0], over] - cent, decimals)
