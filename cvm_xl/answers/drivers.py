"""Drivers: how much of what causes a cost each sales line takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.filters import mask
from cvm_xl.book.schema import DRIVERS, normal

__all__ = ["LEVELS", "OTHER_POOL", "Term", "counted", "measured", "quantity"]

LEVELS = {
    "customer": "Customer",
    "segment": "Segment",
    "product": "Product",
    "channel": "Channel",
    "touch-point": "Touch-point",
}
OTHER_POOL = "pool:"
_OF_SALES = {normal(name): name for name in DRIVERS}


@dataclass(frozen=True)
class Term:
    """One driver of a rule: what is counted, at which level, on which lines, and what one of it weighs.

    In time-driven costing the weight is the time that one takes: the terms of a rule are its time equation.
    """

    level: str
    driver: str
    filter: str = ""
    weight: float = 1.0

    @property
    def other_pool(self) -> str | None:
        """The pool whose result is the driver, or None."""
        return self.driver[len(OTHER_POOL) :].strip() if self.driver.lower().startswith(OTHER_POOL) else None


def quantity(facts: Facts, term: Term) -> np.ndarray | None:
    """How much of the driver each line takes, not weighted; None when nothing in the workbook measures it.

    Only lines of products and services cause handling: fees and adjustments take nothing of lines, orders, quantity
    or revenue. Returns count as zero in quantity and money: they cost, they do not save; driver `returns` counts them.
    """
    taken = _taken(facts, term)
    return taken * mask(facts, term.filter) if taken is not None and term.filter else taken


def measured(facts: Facts, driver: str) -> dict[str, float] | None:
    """The volumes of a driver in the table Drivers, by object; None where it is not measured."""
    frame = facts.frame("Drivers")
    mine = None if frame is None else frame[frame["driver"].map(normal) == driver]
    if mine is None or mine.empty:
        return None
    volumes: dict[str, float] = {}
    for key, volume in zip(mine["object"], mine["volume"], strict=True):
        volumes[key] = volumes.get(key, 0.0) + volume
    return volumes


def counted(term: Term) -> str:
    """What a term counts, as drivers of Sales are called, or the normal name of one that is measured."""
    driver = _OF_SALES.get(normal(term.driver), normal(term.driver))
    if driver == "equal" and term.level not in LEVELS:
        return "orders" if term.level == "order" else "lines"
    return driver


def _taken(facts: Facts, term: Term) -> np.ndarray | None:
    driver = counted(term)
    goods = facts.goods.astype(float)
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
    if term.level not in LEVELS:
        return None
    dimension = facts.dimensions[LEVELS[term.level]]
    if driver == "equal":
        volumes = np.ones(len(dimension.items))
        volumes[dimension.unassigned] = 0.0
        lost = 0.0
    else:
        mine = measured(facts, driver)
        if mine is None:
            return None
        position = {item: i for i, item in enumerate(dimension.items)}
        volumes = np.zeros(len(dimension.items))
        lost = 0.0
        for key, volume in mine.items():
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
