"""Sales of millions of Parquet lines, refreshed into a workbook, beside hand-written DuckDB SQL for the same sums.

``python -m benchmarks.scale`` measures 10^7 lines and the growth from 10^5; ``python -m benchmarks.scale 100000000``
one size. Data are written once, by DuckDB itself, to benchmarks/out.
"""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, measured

OUT = Path(__file__).parent / "out"
LINES = 10_000_000
SIZES = (100_000, 1_000_000, LINES)
RUNS = 3

SALES = """
COPY (
  SELECT 'A' || o AS "Order",
    DATE '2022-01-01' + CAST(1094 * (f + (1 - f) * l * (hash(o * 7) % 1000) / 1000.0) AS INT) AS "Date",
    'C' || lpad(CAST(c AS VARCHAR), 7, '0') AS "Customer",
    'P' || lpad(CAST(p AS VARCHAR), 4, '0') AS "Product",
    ['Web shop', 'Phone', 'Field sales', 'Partner', 'Store'][CAST(1 + hash(o * 11) % 5 AS INT)] AS "Channel",
    ['Fair', 'Visit', 'Mail', 'Search', 'Call', NULL][CAST(1 + hash(o * 13) % 6 AS INT)] AS "Touch-point",
    CAST(s * q AS DOUBLE) AS "Quantity", 5 + p / 10.0 AS "List price", d AS "Discount",
    CAST(round(s * q * (5 + p / 10.0) * (1 - d), 2) AS DOUBLE) AS "Net revenue",
    CAST(round(s * q * (5 + p / 10.0) * 0.6, 2) AS DOUBLE) AS "Cost of goods"
  FROM (
    -- customers differ in how often they buy, when they begin and for how long they stay
    SELECT *, (hash(c * 37) % 1000) / 2000.0 AS f, (hash(c * 31) % 1000) / 1000.0 AS l FROM (
    SELECT i // 4 AS o, CAST(floor(pow((hash(i // 4 * 3) % 1000000) / 1e6, 2) * {customers}) AS BIGINT) AS c,
      hash(i * 5) % 2000 AS p, CASE WHEN hash(i * 17) % 50 = 0 THEN -1 ELSE 1 END AS s, 1 + hash(i * 19) % 10 AS q,
      (hash(i * 23) % 4) * 0.05 AS d
    FROM range({lines}) r(i))
  )
) TO '{path}' (FORMAT parquet)
"""
CUSTOMERS = """
COPY (
  SELECT 'C' || lpad(CAST(i AS VARCHAR), 7, '0') AS "Customer",
    ['Retail', 'Trade', 'Public', 'Industry'][CAST(1 + hash(i * 29) % 4 AS INT)] AS "Segment"
  FROM range({customers}) r(i)
) TO '{path}' (FORMAT parquet)
"""
POOLS = (
    ("Delivery", 9e5, "order", "orders", None),
    ("Warehouse", 6e5, "line", "lines", None),
    ("Returns", 2e5, "line", "returns", None),
    ("Key accounts", 4e5, "customer", "net revenue", "Segment = Industry"),
    ("Phone desk", 3e5, "order", "orders", "Channel = Phone"),
    ("Overhead", 5e5, "company", "lines", None),
)


def company(lines: int) -> Path:
    """A workbook whose Sales and Customers lie in Parquet files beside it; made once."""
    import duckdb
    import pandas as pd

    from cvm_xl.book.build import new_book
    from cvm_xl.book.package import Package
    from cvm_xl.new import fill_inputs

    folder = OUT / f"scale-{lines}"
    book = folder / "book.xlsx"
    if book.exists():
        return book
    folder.mkdir(parents=True, exist_ok=True)
    customers = max(lines // 100, 1)
    for sql, name in ((SALES, "sales"), (CUSTOMERS, "customers")):
        connection = duckdb.connect()
        connection.execute("SET enable_progress_bar = false")
        connection.execute(sql.format(lines=lines, customers=customers, path=folder / f"{name}.parquet"))
    package = Package(new_book("full", {}))
    sources = pd.DataFrame({"table": ["Sales", "Customers"], "source": ["sales.parquet", "customers.parquet"]})
    pools = pd.DataFrame(POOLS, columns=["pool", "amount", "level", "driver", "filter"])
    fill_inputs(package, {"DataSources": sources, "CostPools": pools})
    package.save(book)
    return book


# --- by hand -----------------------------------------------------------------------------------------------------

CENTS = 'CAST(round("{0}" * 100) AS BIGINT)'
BASKETS = f"""
CREATE TEMP TABLE baskets AS
SELECT *, sum(goods) OVER (PARTITION BY o) AS size FROM (
  SELECT "Order" AS o, "Customer" AS customer, "Channel" AS channel, "Touch-point" AS touch_point, "Date" AS day,
    count(*) AS goods, sum(CAST(round("Quantity" * "List price" * 100) AS BIGINT)) AS listed,
    sum({CENTS.format("Net revenue")}) AS net, sum({CENTS.format("Cost of goods")}) AS cost,
    sum(CASE WHEN "Quantity" < 0 THEN 1 ELSE 0 END) AS returns,
    sum(greatest({CENTS.format("Net revenue")}, 0)) FILTER (segment = 'Industry') AS key_net,
    sum(greatest({CENTS.format("Net revenue")}, 0)) AS gained,
    sum(least({CENTS.format("Net revenue")}, 0)) AS returned
  FROM sales LEFT JOIN (SELECT "Customer" AS c, "Segment" AS segment FROM customers) ON "Customer" = c
  GROUP BY ALL
)
"""
SUMS = """sum(goods), sum(listed), sum(net), sum(cost), sum(goods / size), sum(returns), sum(key_net),
  sum(CASE WHEN channel = 'Phone' THEN goods / size END)"""
BY_PRODUCT = f"""
SELECT "Product", count(*), sum(CAST(round("Quantity" * "List price" * 100) AS BIGINT)),
  sum({CENTS.format("Net revenue")}), sum({CENTS.format("Cost of goods")}), sum(1 / size),
  sum(CASE WHEN "Quantity" < 0 THEN 1 ELSE 0 END),
  sum(greatest({CENTS.format("Net revenue")}, 0)) FILTER (segment = 'Industry'),
  sum(CASE WHEN "Channel" = 'Phone' THEN 1 / size END)
FROM sales JOIN (SELECT o, max(size) AS size FROM baskets GROUP BY o) ON "Order" = o
  LEFT JOIN (SELECT "Customer" AS c, "Segment" AS segment FROM customers) ON "Customer" = c
GROUP BY 1
"""
TOTALS = f"""
SELECT count(*), min("Date"), max("Date"), sum({CENTS.format("Net revenue")}), sum({CENTS.format("Cost of goods")}),
  sum(CAST(round("Quantity" * "List price" * 100) AS BIGINT)), count(*) FILTER ("Customer" IS NULL),
  count(*) FILTER ("Quantity" < 0)
FROM sales
"""
SUMMARY = """
WITH days AS (
  SELECT customer, day, sum(gained) AS gained, sum(returned) AS returned, sum(gained + returned) AS net
  FROM baskets WHERE customer IS NOT NULL GROUP BY ALL
), back AS (SELECT DISTINCT customer FROM days WHERE net < 0
), running AS (
  SELECT *, sum(net) OVER (PARTITION BY customer ORDER BY day) AS c FROM days WHERE customer IN (SELECT * FROM back)
), heights AS (
  SELECT *, c - least(0, min(c) OVER (PARTITION BY customer ORDER BY day)) AS s FROM running
), remains AS (
  SELECT *, min(s) OVER (PARTITION BY customer ORDER BY day ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
    - coalesce(lag(s) OVER (PARTITION BY customer ORDER BY day), 0) AS r FROM heights
), bought AS (
  SELECT customer, day, net AS amount FROM days
  WHERE customer NOT IN (SELECT * FROM back) AND (net > 0 OR returned = 0)
  UNION ALL
  SELECT customer, day, greatest(least(r, greatest(net, 0)), 0) AS amount FROM remains
  WHERE least(r, net) > 0 OR (net = 0 AND returned = 0)
)
SELECT customer, count(*) - 1, max(day) - min(day), min(day), sum(amount) - arg_min(amount, day)
FROM bought GROUP BY customer
"""


def by_hand(book: Path) -> dict[str, float]:
    """The sums that a refresh needs, as one would write them in SQL."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET memory_limit = '2GB'; SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{book.parent / 'spill'}'")
    for name in ("sales", "customers"):
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{book.parent / name}.parquet')")
    total = connection.execute(TOTALS).fetchone()
    connection.execute(BASKETS)
    for column in ("customer", "channel", "touch_point"):
        connection.sql(f"SELECT {column}, {SUMS} FROM baskets GROUP BY 1").to_arrow_table()
    connection.sql(BY_PRODUCT).to_arrow_table()
    summary = connection.sql(SUMMARY).to_arrow_table()
    assert total is not None
    return {"lines": float(total[0]), "net": float(total[3]) / 100, "customers": float(len(summary))}


def sums_of_ours(book: Path) -> dict[str, float]:
    """The same sums by our expressions."""
    from cvm_xl.answers.facts import facts as read_facts
    from cvm_xl.answers.lifetime import last_day
    from cvm_xl.book.read import read_book
    from cvm_xl.book.settings import settings
    from cvm_xl.intake.elsewhere import with_sources

    with with_sources(read_book(book), limit=0) as whole:
        facts: Any = read_facts(whole, settings(whole))
        for name in ("Customer", "Channel", "Touch-point", "Product"):
            facts.sums(facts.dimensions[name])
        history = facts.history(last_day(facts), "week")
        return {
            "lines": float(facts.total.lines[0]),
            "net": float(facts.total.net_revenue[0]),
            "customers": float(len(history["customer"])),
        }


def refreshed(book: Path) -> dict[str, float]:
    """The whole: read, check, allocate, rank, value, write into the workbook."""
    from cvm_xl.refresh import refresh

    done = refresh(book, book.with_name("refreshed.xlsx"), progress=_timed())
    tables = done.answers.tables
    wrong = tables["Checks"]["Status"] != "OK"
    if wrong.any() or "Lifetime" not in tables:
        raise SystemExit(f"{book} does not reconcile, or lacks Lifetime: {done.answers.left_out}")
    return {
        "lines": float(done.answers.facts.total.lines[0]),
        "net": float(tables["SegmentPnL"]["Net revenue"].iloc[0]),
        "customers": float(len(tables["Lifetime"])),
    }


def _timed() -> Callable[[str, int, int], None]:
    start, last = time.perf_counter(), ""

    def say(what: str, _done: int, _total: int) -> None:
        nonlocal last
        if what != last:
            print(f"  {time.perf_counter() - start:7.1f} s  {what}", file=sys.stderr, flush=True)
        last = what

    return say


WHATS: dict[str, Callable[[Path], dict[str, float]]] = {"hand": by_hand, "sums": sums_of_ours, "refresh": refreshed}


def main(sizes: tuple[int, ...] = SIZES, runs: int = RUNS) -> None:
    """Measure and print rows of RESULTS.md."""
    print("\n## Sales outside the workbook: Parquet lines, refreshed into a workbook\n")
    print("| lines | | seconds | processor | peak MB | times by hand |\n|--:|---|--:|--:|--:|--:|")
    taken: list[tuple[int, Measured]] = []
    for lines in sizes:
        book = company(lines)
        found = measured([("-m", "benchmarks.scale", what, str(book)) for what in WHATS], runs, 600)
        hand = found[0]
        said = ("the sums, hand-written DuckDB SQL", "the sums, cvm_xl", "cvm-xl refresh, all of it")
        for text, one in zip(said, found, strict=True):
            cells = f"{one.wall:.1f} | {one.cpu:.1f} | {one.peak:,.0f} | {one.wall / hand.wall:.2f}"
            print(f"| {lines:,} | {text} | {cells} |", flush=True)
        taken.append((lines, found[2]))
    for (few, small), (many, large) in itertools.pairwise(taken):
        over = math.log10(many / few)
        slopes = [math.log10(b / a) / over for a, b in ((small.wall, large.wall), (small.peak, large.peak))]
        print(f"\nFrom {few:,} to {many:,} lines time grows with the power {slopes[0]:.2f}, memory {slopes[1]:.2f}.")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(WHATS[sys.argv[1]](Path(sys.argv[2])))
    elif len(sys.argv) > 1:
        main((int(sys.argv[1]),), 1)
    else:
        main()
