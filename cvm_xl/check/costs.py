"""What to look at in cost pools, their drivers and the services among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from cvm_xl.answers.drivers import OTHER_POOL
from cvm_xl.book.headers import nearest
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.schema import DRIVERS, table
from cvm_xl.book.settings import settings
from cvm_xl.check.rules import rule_problems, time_driven
from cvm_xl.check.sales import DIGITS
from cvm_xl.figures import rounded
from cvm_xl.problems import Problem, grouped

__all__ = ["cost_problems"]

LONGEST_HEADER = 255

OBJECTS = {  # at which level a driver's objects are, the column of Sales and the table they are in
    "customer": ("customer", "Customers"),
    "product": ("product", "Products"),
    "channel": ("channel", "Channels"),
    "touch-point": ("touch_point", "TouchPoints"),
    "segment": ("", "Segments"),
}


def cost_problems(book: Book) -> Iterator[Problem]:
    """Pools that would stay unallocated or look wrong, and services whose costs do not resolve."""
    pools = book.tables.get("CostPools")
    if pools is None or not len(pools.rows):
        return
    word = settings(book)["cost_sign"]
    yield from grouped(
        "warning",
        pools.place("amount"),
        _cells(pools, "amount", pools.values("amount") * (1 if word == "positive" else -1) < 0),
        f"is {'negative' if word == 'positive' else 'positive'}: the pool would be income",
        f"Enter costs as {word} numbers; leave it if it is a refund",
    )
    yield from grouped(
        "error",
        pools.place("amount"),
        _cells(pools, "amount", np.abs(pools.values("amount")) > DIGITS * 10.0 ** -settings(book)["decimals"]),
        "is too large for its decimals, since a cell keeps 15 digits",
        "Correct it, or use fewer decimals or a larger unit",
    )
    yield from _total(pools)
    long = np.array([name is not None and len(name) > LONGEST_HEADER for name in pools.values("pool")])
    yield from grouped(
        "error",
        pools.place("pool"),
        _cells(pools, "pool", long),
        f"is longer than {LONGEST_HEADER} characters, more than Excel allows for the column it becomes in the P&L",
        "Give the pool a shorter name",
    )
    yield from _drivers(book, pools)
    yield from rule_problems(book, pools)
    usage = book.tables.get("ServiceUsage")
    if usage is not None and usage.has("service", "user"):
        yield from _services(usage)


def _total(pools: SheetTable) -> Iterator[Problem]:
    """A last row that is the sum of those above it and has no driver, as ledgers have one."""
    amounts = np.nan_to_num(pools.values("amount"))
    above = amounts[:-1]
    if pools.values("driver")[-1]:
        return
    if np.count_nonzero(above) > 1 and amounts[-1] and np.isclose(amounts[-1], above.sum(), rtol=1e-12, atol=0.005):
        text = "is the sum of all pools above it, and counts as a pool of its own"
        place = pools.place("amount", len(amounts) - 1)
        yield Problem("warning", place, float(amounts[-1]), text, "Delete the row if it is the ledger's total")


def _cells(table: SheetTable, column: str, bad: np.ndarray) -> list[tuple[int, object]]:
    return [(int(table.rows[i]), table.frame[column].iloc[i]) for i in np.flatnonzero(bad)]


# --- drivers -----------------------------------------------------------------------------------------------------


def _drivers(book: Book, pools: SheetTable) -> Iterator[Problem]:
    drivers = book.tables.get("Drivers")
    measured: dict[str, float] = {}
    if drivers is not None:
        volumes = np.nan_to_num(drivers.values("volume")).tolist()
        for name, volume in zip(drivers.values("driver"), volumes, strict=True):
            if name is not None:
                measured[name.casefold()] = measured.get(name.casefold(), 0.0) + volume
    own = _own_volumes(book)
    used: dict[str, set[str]] = {}
    timed = time_driven(book)
    rules = [
        (source, i, level or "line", driver or "lines")
        for source in (pools, book.tables.get("Activities"))
        if source is not None
        for i, (pool, level, driver) in enumerate(
            zip(source.values("pool"), source.values("level"), source.values("driver"), strict=True)
        )
        if source is not pools or str(pool).strip().casefold() not in timed
    ]
    for source, i, level, name in rules:
        key = name.strip().casefold()
        place = source.place("driver", i)
        if level == "company" or key.startswith(OTHER_POOL):
            continue
        if key in own:
            if not own[key]:
                text = f"the driver {key} is zero in Sales, so the pool stays unallocated"
                yield Problem("warning", place, name, text, "Choose another driver, or complete Sales")
        elif key not in measured:
            meant = nearest(
                name, [*DRIVERS, *map(str, dict.fromkeys(drivers.values("driver")))] if drivers else DRIVERS
            )
            remedy = (
                f"Did you mean {meant!r}?" if meant else f"Add it to the table Drivers, or use {', '.join(DRIVERS)}"
            )
            yield Problem("error", place, name, "the driver is unknown, so the pool stays unallocated", remedy)
        elif not measured[key] > 0:
            text = "the driver's volumes are zero, so the pool stays unallocated"
            yield Problem("warning", place, name, text, "Enter its volumes in the table Drivers")
        elif level not in OBJECTS:
            text = f"the driver is measured per object, which level {level} has not, so the pool stays unallocated"
            remedy = f"Set Level to what the driver is measured for: {', '.join(OBJECTS)}"
            yield Problem("error", replace(place, column="Level"), level, text, remedy)
        else:
            used.setdefault(key, set()).add(level)
    if drivers is not None and drivers.has("driver", "object"):
        yield from _objects(book, drivers, used, {name.strip().casefold() for _, _, _, name in rules})


def _own_volumes(book: Book) -> dict[str, bool]:
    """Whether each driver that Sales supplies is above zero somewhere."""
    own: dict[str, bool] = dict.fromkeys(DRIVERS, True)
    sales, products = book.tables.get("Sales"), book.tables.get("Products")
    if sales is not None and len(sales.rows):
        own["returns"] = bool((sales.values("quantity") < 0).any())
        unit_costs = products is not None and products.has("unit_cost")
        own["cost of goods"] = bool((sales.values("cost_of_goods") > 0).any()) or unit_costs
    return own


def _objects(book: Book, drivers: SheetTable, used: dict[str, set[str]], named: set[str]) -> Iterator[Problem]:
    """Drivers that no pool uses, and objects that neither Sales nor their table knows."""
    names = pd.Series(
        [None if name is None else str(name).casefold() for name in drivers.values("driver")], dtype=object
    )
    objects = drivers.values("object")
    idle = (names.notna() & ~names.isin(list(named))).to_numpy()
    cells = _cells(drivers, "driver", idle)
    yield from grouped("warning", drivers.place("driver"), cells, "no pool uses the driver", "Name it in CostPools")
    for level in sorted(set().union(*used.values())):
        known = _known(book, level)
        if not known:
            continue
        mine = names.isin([name for name, levels in used.items() if levels == {level}]).to_numpy()
        unknown = mine & ~pd.Series(objects).isin(list(known)).to_numpy() & pd.notna(objects)
        text = f"is no {level} known; its share of the cost is reported as Unassigned"
        yield from grouped(
            "warning",
            drivers.place("object"),
            _cells(drivers, "object", unknown),
            text,
            f"Correct it, or add the {level}",
        )


def _known(book: Book, level: str) -> set[object]:
    column, name = OBJECTS[level]
    places = [("Sales", column), (name, table(name).key[-1]), ("Customers", "segment" if level == "segment" else "")]
    known: set[object] = set()
    for where, key in places:
        found = book.tables.get(where)
        if found is not None and key in found.frame:
            known |= set(pd.unique(found.values(key)))
    return known - {None}


# --- services ----------------------------------------------------------------------------------------------------


def _services(usage: SheetTable) -> Iterator[Problem]:
    """Shares of a service that do not sum to 100%, and services that only serve one another."""
    rows: dict[str, list[int]] = {}
    users: dict[str, set[str]] = {}
    total: dict[str, float] = {}
    for row, service, user, share in zip(
        usage.rows.tolist(), usage.values("service"), usage.values("user"), usage.values("share"), strict=True
    ):
        if service is None or user is None:
            continue
        rows.setdefault(service, []).append(row)
        total[service] = total.get(service, 0.0) + np.nan_to_num(share)
        users.setdefault(service, set()).update([user] if share > 0 else [])

    def report(service: str, column: str, message: str, remedy: str) -> Problem:
        place = replace(usage.place(column), row=rows[service][0])
        return Problem("error", place, service, message, remedy, tuple(rows[service]))

    for service, share in total.items():
        if abs(share - 1) > 1e-6:
            remedy = "Enter who uses the rest; the shares of a service sum to 100%"
            yield report(service, "share", f"the shares of this service sum to {rounded(100 * share, 6)}%", remedy)
    reaching = {service for service, its in users.items() if its - users.keys()}
    while more := {s for s, its in users.items() if s not in reaching and its & reaching}:
        reaching |= more
    text = "the service is used only by services that serve one another, so its cost reaches no other pool"
    for service in users.keys() - reaching:
        yield report(service, "user", text, "Add a user that is no service")
