"""Fifty cost pools over a million sales lines and a hundred thousand customers: ours to the cent, and the bare sums.

`python -m benchmarks.allocate` measures in turn within one process, imports not counted, and prints JSON:
[[title, [[name, seconds], ...]], ...].
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.drivers import Term, quantity
from cvm_xl.answers.facts import Facts, facts
from cvm_xl.answers.pools import pools
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.schema import table
from cvm_xl.book.settings import settings

LINES, CUSTOMERS, POOLS, RUNS = 1_000_000, 100_000, 50, 5
DRIVERS = ("lines", "orders", "quantity", "net revenue", "cost of goods")
FILTERS = ("", "Channel = Web", "Channel = Phone", "Quantity > 5", "Channel = Web; Quantity > 2")


def company(lines: int = LINES, customers: int = CUSTOMERS) -> Facts:
    """Sales and pools in memory: every driver with every filter, twice."""
    rng = np.random.default_rng(1)
    order = np.sort(rng.integers(0, lines // 3, lines))
    codes = rng.integers(0, customers, lines // 3)[order]
    sales = pd.DataFrame(
        {
            "date": np.datetime64("2024-01-01", "s") + (order % 365 * 86400).astype("timedelta64[s]"),
            "customer": np.array([f"C{i:06d}" for i in range(customers)], dtype=object)[codes],
            "channel": np.array(["Web", "Phone", "Field"], dtype=object)[rng.integers(0, 3, lines)],
            "quantity": rng.integers(1, 12, lines).astype(float),
            "net_revenue": rng.integers(100, 100_000, lines) / 100,
            "cost_of_goods": rng.integers(50, 50_000, lines) / 100,
            "order": np.char.mod("%d", order).astype(object),
        }
    )
    rules = [(d, f) for d in DRIVERS for f in FILTERS] * 2
    frame = pd.DataFrame(
        {
            "pool": [f"Pool {i}" for i in range(POOLS)],
            "amount": [10_000.01 * (i + 1) for i in range(POOLS)],
            "driver": [d for d, _ in rules[:POOLS]],
            "filter": [f or None for _, f in rules[:POOLS]],
        }
    )
    book = Book(Path("bench.xlsx"), {n: _table(n, f) for n, f in (("Sales", sales), ("CostPools", frame))})
    return facts(book, settings(book))


def _table(name: str, frame: pd.DataFrame) -> SheetTable:
    return SheetTable(table(name), name, "A4", frame, np.arange(5, 5 + len(frame)))


def ours(given: Facts) -> np.ndarray:
    """Customers x pools, from the rules: drivers, filters, shares to the cent."""
    return Costs(given, pools(given)).of(given.dimensions["Customer"])


def bare(codes: np.ndarray, drivers: list[np.ndarray], amounts: list[float], groups: int) -> np.ndarray:
    """Customers x pools by numpy: group-by and multiply, drivers given, nothing rounded."""
    result = np.empty((groups, len(drivers)))
    for j, (driver, amount) in enumerate(zip(drivers, amounts, strict=True)):
        volume = np.bincount(codes, driver, minlength=groups)
        result[:, j] = volume * (amount / volume.sum())
    return result


def duckdb_bare(frame: pd.DataFrame, amounts: list[float]) -> np.ndarray:
    """The same in one query of DuckDB."""
    import duckdb

    names = [c for c in frame if c != "customer"]
    sums = ", ".join(f"sum({n}) AS {n}" for n in names)
    shares = ", ".join(f"{n} * {a} / sum({n}) OVER () AS {n}" for n, a in zip(names, amounts, strict=True))
    query = f"WITH g AS (SELECT customer, {sums} FROM frame GROUP BY customer) SELECT customer, {shares} FROM g"
    return np.column_stack(list(duckdb.sql(query).fetchnumpy().values()))


def main() -> None:
    given = company()
    customer = given.dimensions["Customer"]
    found = pools(given)
    drivers = [quantity(given, Term("line", r.terms[0].driver, r.terms[0].filter)) for p in found for r in p.rules]
    arrays = [d for d in drivers if d is not None]
    amounts = [p.amount for p in found]
    frame = pd.DataFrame({"customer": customer.codes} | {f"d{j}": d for j, d in enumerate(arrays)})
    works: dict[str, Callable[[], np.ndarray]] = {
        "cvm_xl: rules, drivers, filters, to the cent": lambda: ours(given),
        "DuckDB: one query": lambda: duckdb_bare(frame, amounts),
        "numpy: 50 group-bys and multiplications": lambda: bare(customer.codes, arrays, amounts, len(customer.items)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    mine, theirs = ours(given), bare(customer.codes, arrays, amounts, len(customer.items))
    if np.abs(mine - theirs).max() > 0.0101 or np.abs(mine.sum(axis=0) - amounts).max() > 1e-6:
        raise SystemExit("the shares differ by more than a cent, or do not sum")
    title = f"{POOLS} cost pools over {LINES:,} sales lines and {CUSTOMERS:,} customers"
    json.dump([(title, [(name, statistics.median(times)) for name, times in seconds.items()])], sys.stdout)


if __name__ == "__main__":
    main()
