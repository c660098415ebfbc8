"""What to look at in the rules by which costs are shared: filters, other pools as drivers, activities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cvm_xl.answers.drivers import OTHER_POOL
from cvm_xl.answers.filters import what_is_wrong
from cvm_xl.answers.further import FURTHER
from cvm_xl.answers.rates import in_one_currency
from cvm_xl.answers.scenarios import ARROW, GOODS
from cvm_xl.book.headers import nearest
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.schema import normal
from cvm_xl.book.settings import setting_place, settings
from cvm_xl.errors import BookError
from cvm_xl.problems import Problem

__all__ = ["asked_problems", "rule_problems", "time_driven"]


def time_driven(book: Book) -> set[str]:
    """Pools with rows in Activities, in lower case."""
    activities = book.tables.get("Activities")
    return set() if activities is None else _named(activities)


def _named(table: SheetTable) -> set[str]:
    return {str(name).strip().casefold() for name in table.values("pool") if name is not None}


def rule_problems(book: Book, pools: SheetTable) -> Iterator[Problem]:
    """Rules that cannot be understood, or share nothing."""
    for table in (pools, book.tables.get("Activities")):
        if table is None:
            continue
        for i, text in enumerate(table.values("filter")):
            wrong = what_is_wrong(book, text) if text else None
            if wrong:
                yield Problem("error", table.place("filter", i), text, wrong[0], wrong[1])
    yield from _other_pools(pools)
    activities = book.tables.get("Activities")
    if activities is not None:
        yield from _capacity(activities)


def _other_pools(pools: SheetTable) -> Iterator[Problem]:
    """Drivers that are another pool's result: the pool must be there, and not in turn follow this one."""
    names = {str(name).strip().casefold(): str(name).strip() for name in pools.values("pool") if name is not None}
    follows: dict[str, set[str]] = {}
    for i, (pool, driver) in enumerate(zip(pools.values("pool"), pools.values("driver"), strict=True)):
        if pool is None or driver is None or not str(driver).casefold().startswith(OTHER_POOL):
            continue
        other = str(driver)[len(OTHER_POOL) :].strip()
        if other.casefold() not in names:
            meant = nearest(other, names.values())
            remedy = f"Did you mean {OTHER_POOL} {meant}?" if meant else f"Pools are: {', '.join(names.values())}"
            yield Problem("error", pools.place("driver", i), driver, "there is no pool of this name", remedy)
            continue
        mine = str(pool).strip().casefold()
        follows.setdefault(mine, set()).add(other.casefold())
        if mine in _reached(follows, other.casefold()):
            text = "the pools are drivers of one another, so neither can be shared first"
            yield Problem("error", pools.place("driver", i), driver, text, "Give one of them a driver that is no pool")


def _reached(follows: dict[str, set[str]], start: str) -> set[str]:
    found = {start}
    while more := set().union(*(follows.get(name, set()) for name in found)) - found:
        found |= more
    return found


def _capacity(activities: SheetTable) -> Iterator[Problem]:
    """Pools whose time has no capacity to be compared with."""
    room: dict[str, float] = {}
    first: dict[str, int] = {}
    capacity = np.nan_to_num(activities.values("capacity"))
    for i, (pool, amount) in enumerate(zip(activities.values("pool"), capacity.tolist(), strict=True)):
        if pool is not None:
            room[pool] = room.get(pool, 0.0) + amount
            first.setdefault(pool, i)
    for pool, total in room.items():
        if not total:
            text = "the pool has no capacity, so all of its cost is shared and none is shown as unused"
            yield Problem(
                "warning", activities.place("capacity", first[pool]), pool, text, "Enter its practical capacity"
            )


def asked_problems(book: Book) -> Iterator[Problem]:
    """What Settings and Scenarios ask for and cannot have; currencies without a rate."""
    chosen = settings(book)
    place = setting_place(book, "Further tables")
    known = set(map(normal, FURTHER))
    for name in filter(None, map(str.strip, (chosen["further_tables"] or "").split(";"))):
        if normal(name) not in known:
            meant = nearest(name, FURTHER)
            remedy = f"Did you mean {meant!r}?" if meant else f"There are {', '.join(FURTHER)}"
            if {normal(part) for part in name.split(",")} <= known:
                remedy = f"Put semicolons between them: {name.replace(',', ';')}"
            yield Problem("error", place, name, "Further tables names no table that could be written", remedy)
    if chosen["compare"] and len([part for part in chosen["compare"].split(";") if part.strip()]) != 2:
        place = setting_place(book, "Compare")
        yield Problem("error", place, chosen["compare"], "Compare does not name two periods", "For example 2024; 2025")
    sales = book.tables.get("Sales")
    if sales is not None and len(sales.rows) and not any(p.level == "error" for p in sales.problems):
        try:
            in_one_currency(book, sales.frame, sales.values("date").astype("datetime64[D]"), chosen)
        except BookError as error:
            yield Problem("error", error.place, error.value, error.message, error.remedy or "")
    changes = book.tables.get("Scenarios")
    if changes is not None:
        yield from _changes(book, changes)


def _changes(book: Book, changes: SheetTable) -> Iterator[Problem]:
    pools = book.tables.get("CostPools")
    names = set() if pools is None else _named(pools)
    for i, (change, what) in enumerate(zip(changes.values("change"), changes.values("object"), strict=True)):
        place = changes.place("object", i)
        if change == "channel shift":
            if len([part for part in str(what or "").split(ARROW) if part.strip()]) != 2:
                yield Problem("error", place, what, "does not name two channels", "Write Field sales -> Web shop")
        elif change == "drop customers" and not what:
            yield Problem("error", place, None, "does not say which customers", "Write a filter: Tier = Bottom")
        elif change == "cost rate" and what and "=" not in what and what.strip().casefold() not in {*names, GOODS}:
            meant = None if pools is None else nearest(what, [str(name) for name in pools.values("pool") if name])
            remedy = f"Did you mean {meant!r}?" if meant else "Write a pool of CostPools, or Cost of goods"
            yield Problem("error", place, what, "is no cost pool", remedy)
        elif what and not (change == "cost rate" and what.strip().casefold() in {*names, GOODS}):
            wrong = what_is_wrong(book, what, tiers=True)
            if wrong:
                yield Problem("error", place, what, wrong[0], wrong[1])
