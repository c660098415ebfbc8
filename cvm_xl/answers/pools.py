"""Cost pools: what each is after services moved to their users, and how much of its driver each sales line takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.book.schema import DRIVERS, normal, table
from cvm_xl.functions.profit import CVM_ALLOCATE, CVM_SERVICE_COST
from cvm_xl.kinds import Named

__all__ = ["Pool", "Rule", "pools", "weights"]

LEVELS = {
    "customer": "Customer",
    "segment": "Segment",
    "product": "Product",
    "channel": "Channel",
    "touch-point": "Touch-point",
}
_SALES_DRIVERS = {normal(name): name for name in DRIVERS}


@dataclass(frozen=True)
class Rule:
    """One row of CostPools: an amount, and how it is shared. `ledger` is the amount before services moved."""

    account: str
    pool: str
    ledger: float
    amount: float
    level: str
    driver: str


@dataclass(frozen=True)
class Pool:
    """A line of the P&L: the rules that bear its name."""

    name: str
    rules: tuple[Rule, ...]

    @property
    def amount(self) -> float:
        return float(np.round(sum(rule.amount for rule in self.rules), 10))


def pools(facts: Facts) -> list[Pool]:
    """The pools in the order of CostPools; those that only serve others have moved to their users."""
    frame = facts.frame("CostPools")
    if frame is None:
        return []

    def text(name: str, default: str) -> list[str]:
        column = frame[name] if name in frame else [None] * len(frame)
        return [default if value is None or value != value else str(value).strip() for value in column]

    spelled: dict[str, str] = {}  # Excel's headers know no case: Delivery and delivery are one pool
    names = [spelled.setdefault(name.casefold(), name) for name in text("pool", "")]
    amounts = np.nan_to_num(frame["amount"].to_numpy(dtype=float)).round(facts.decimals)
    rules = [
        Rule(account, pool, amount, amount, level.lower(), driver)
        for account, pool, amount, level, driver in zip(
            text("account", ""),
            names,
            amounts.tolist(),
            text("level", "line"),
            text("driver", "lines"),
            strict=True,
        )
    ]
    rules = _after_services(facts, rules)
    usage = facts.frame("ServiceUsage")
    services = set() if usage is None else set(usage["service"])
    names = dict.fromkeys(rule.pool for rule in rules if rule.pool not in services)
    taken = {normal(column.header) for column in table("SegmentPnL")}
    return [
        Pool(f"{name} (pool)" if normal(name) in taken else name, tuple(r for r in rules if r.pool == name))
        for name in names
    ]


def _after_services(facts: Facts, rules: list[Rule]) -> list[Rule]:
    """Costs of pools that serve others, on their users (CVM_SERVICE_COST, reciprocal)."""
    usage = facts.frame("ServiceUsage")
    if usage is None:
        return rules
    services = list(dict.fromkeys(usage["service"]))
    users = list(dict.fromkeys(r.pool for r in rules if r.pool not in services))
    own = pd.Series([r.amount for r in rules]).groupby([r.pool for r in rules]).sum()
    matrix = usage.pivot_table(index="service", columns="user", values="share", aggfunc="sum", fill_value=0.0)
    matrix = matrix.reindex(index=services, columns=[*services, *users], fill_value=0.0)
    costs = own.reindex([*services, *users], fill_value=0.0).to_numpy()
    moved = CVM_SERVICE_COST(Named(costs.reshape(-1, 1)), Named(matrix.to_numpy()), "reciprocal")
    after = dict(zip(users, CVM_ALLOCATE(float(costs.sum()), moved, facts.decimals), strict=True))
    moved_rules = [replace(rule, amount=0.0) for rule in rules]
    for pool in users:
        at = [i for i, rule in enumerate(rules) if rule.pool == pool]
        by = np.array([rules[i].amount for i in at])
        shares = CVM_ALLOCATE(after[pool], by if by.sum() > 0 else np.ones(len(at)), facts.decimals)
        for i, share in zip(at, shares.tolist(), strict=True):
            moved_rules[i] = replace(rules[i], amount=share)
    return moved_rules


def weights(facts: Facts, rule: Rule) -> np.ndarray | None:
    """How much of the rule's driver each line takes; None when no line takes any, or the cost is the company's.

    Only lines of products and services cause handling: fees and adjustments take nothing of lines, orders, quantity
    or revenue. Returns count as zero in quantity and money: they cost, they do not save; driver `returns` counts them.
    """
    if rule.level == "company":
        return None
    taken = _taken(facts, rule)
    return taken if taken is not None and taken.sum() > 0 else None


def _taken(facts: Facts, rule: Rule) -> np.ndarray | None:
    driver = _SALES_DRIVERS.get(normal(rule.driver), normal(rule.driver))
    goods = facts.goods.astype(float)
    if driver == "equal" and rule.level not in LEVELS:
        driver = "orders" if rule.level == "order" else "lines"
    if driver == "lines":
        return goods
    if driver == "orders":
        orders = np.where(facts.goods, facts.orders, -1)
        size = np.bincount(orders[orders >= 0], minlength=int(orders.max(initial=0)) + 1)
        return np.where(orders >= 0, 1 / np.maximum(size[orders], 1), 0.0)
    if driver == "returns":
        return goods * (facts.quantity < 0)
    if driver in ("quantity", "list revenue", "net revenue", "cost of goods"):
        return goods * np.maximum(getattr(facts, driver.replace(" ", "_")), 0.0)
    if rule.level not in LEVELS:
        return None
    dimension = facts.dimensions[LEVELS[rule.level]]
    if driver == "equal":
        volumes = np.ones(len(dimension.items))
        volumes[dimension.unassigned] = 0.0
        lost = 0.0
    else:
        frame = facts.frame("Drivers")
        mine = None if frame is None else frame[frame["driver"].map(normal) == driver]
        if mine is None or mine.empty:
            return None
        position = {item: i for i, item in enumerate(dimension.items)}
        volumes = np.zeros(len(dimension.items))
        lost = 0.0
        for key, volume in zip(mine["object"], mine["volume"], strict=True):
            if key in position:
                volumes[position[key]] += volume
            else:
                lost += volume
    # An object's volume is shared equally by its lines; by its fees and adjustments only if it has no others.
    codes = dimension.codes
    count = np.bincount(codes, goods, minlength=len(dimension.items))
    every = np.bincount(codes, minlength=len(dimension.items))
    takes = np.where(count[codes] > 0, goods, 1.0)
    per_line = volumes / np.maximum(np.where(count > 0, count, every), 1)
    taken = takes * per_line[codes]
    taken[-1] += lost + float(volumes[every == 0].sum())
    return taken
