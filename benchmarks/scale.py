"""Sales of millions of Parquet lines, refreshed into a workbook, beside hand-written DuckDB SQL.

``python -m benchmarks.scale`` measures 10^5 to 10^7 lines; ``python -m benchmarks.scale 100000000`` one size once;
``python -m benchmarks.scale score 10000000`` the scores of so many customers. Data are written once, by DuckDB itself,
to benchmarks/out.

By hand means: the checks that a figure rests on, the sums by customer, channel, touch-point and product with what each
takes of the drivers, and the purchase history of each customer after returns, in DuckDB SQL for these very files and
pools (an order has one customer, nothing is empty but touch-points): all that a refresh asks of the source, to the same
cent. The sums are timed from the open connection to the last row in Python; of ours that holds the understanding of
filters, the check, the Ibis expressions and the dimensions. The whole by hand starts Python, sums so, shares five pools
(CVM_ALLOCATE) over customers, products, channels, touch-points and segments, ranks (CVM_TIER), fits and values
(CVM_BGNBD, CVM_GAMMA_GAMMA, CVM_LIFETIME, CVM_PREDICTABILITY) and writes Tiers, SegmentPnL and Lifetime into a new
workbook with pandas and XlsxWriter. It knows no other table, no formats, and no workbook that it must leave as it was.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
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

BASKETS = """
CREATE TEMP TABLE baskets AS
WITH grouped AS MATERIALIZED (
  SELECT "Order" AS o, "Customer" AS customer, "Channel" AS channel, "Touch-point" AS touch_point, "Date" AS day,
    count(*) AS goods, sum(round("Quantity" * "List price" * 100)) AS listed,
    sum(round("Net revenue" * 100)) AS net, sum(round("Cost of goods" * 100)) AS cost,
    count(*) FILTER ("Quantity" < 0) AS returns,
    sum(greatest(round("Net revenue" * 100), 0)) AS gained, sum(least(round("Net revenue" * 100), 0)) AS returned
  FROM sales GROUP BY ALL
)
SELECT * FROM grouped JOIN (SELECT o, sum(goods) AS size FROM grouped GROUP BY o) USING (o)
  LEFT JOIN (SELECT "Customer" AS customer, "Segment" AS segment FROM customers) USING (customer)
"""
SUMS = """sum(goods) AS lines, sum(listed) AS listed, sum(net) AS net, sum(cost) AS cost, sum(goods / size) AS orders,
  sum(returns) AS returns, sum(gained) FILTER (segment = 'Industry') AS key_net,
  sum(goods / size) FILTER (channel = 'Phone') AS phone"""
BY_PRODUCT = """
SELECT "Product" AS product, count(*) AS lines, sum(round("Quantity" * "List price" * 100)) AS listed,
  sum(round("Net revenue" * 100)) AS net, sum(round("Cost of goods" * 100)) AS cost, sum(1 / size) AS orders,
  count(*) FILTER ("Quantity" < 0) AS returns,
  sum(greatest(round("Net revenue" * 100), 0)) FILTER (segment = 'Industry') AS key_net,
  sum(1 / size) FILTER ("Channel" = 'Phone') AS phone
FROM sales JOIN (SELECT o, max(size) AS size, any_value(segment) AS segment FROM baskets GROUP BY o) ON "Order" = o
GROUP BY 1
"""
TOTALS = """
SELECT count(*), min("Date"), max("Date"), sum(round("Net revenue" * 100)), sum(round("Cost of goods" * 100)),
  sum(round("Quantity" * "List price" * 100)), count("Date"), count("Customer"), count("Net revenue"),
  max("Discount"), count(*) FILTER ("Quantity" < 0), sum("Net revenue") FILTER ("Quantity" < 0),
  count(*) FILTER (abs("Net revenue" * 100 - round("Net revenue" * 100)) > 0.01), max(abs("Net revenue")),
  max(abs("Quantity" * "List price")), max(abs("Cost of goods"))
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


def hand_sums(book: Path) -> dict[str, Any]:
    """The sums that a refresh needs, as one would write them in SQL."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false; SET preserve_insertion_order = false")
    connection.execute(f"SET memory_limit = '4GB'; SET temp_directory = '{book.parent / 'spill'}'")
    for name in ("sales", "customers"):
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{book.parent / name}.parquet')")
    clock = Clock()
    total = connection.execute(TOTALS).fetchone()
    connection.execute(BASKETS)
    found: dict[str, Any] = {"total": total}
    for column in ("customer", "channel", "touch_point"):
        found[column] = connection.sql(f"SELECT {column}, {SUMS} FROM baskets GROUP BY 1").to_arrow_table()
    found["product"] = connection.sql(BY_PRODUCT).to_arrow_table()
    found["summary"] = connection.sql(SUMMARY).to_arrow_table()
    found |= clock.taken()
    found["segment"] = connection.sql('SELECT "Customer", "Segment" FROM customers').to_arrow_table()
    return found


class Clock:
    """Seconds on the clock and of the processor since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def taken(self) -> dict[str, float]:
        return {"wall": time.perf_counter() - self.wall, "cpu": time.process_time() - self.cpu}


def said(found: dict[str, Any], lines: int, net: float, customers: int, again: float) -> dict[str, float]:
    """What two ways to the same figures must agree in."""
    return {
        **{name: found[name] for name in ("wall", "cpu") if name in found},
        "lines": float(lines), "net": round(net, 2), "customers": float(customers), "again": round(again, 2),
    }  # fmt: skip


def by_hand(book: Path) -> dict[str, float]:
    """The sums by hand."""
    found = hand_sums(book)
    return said(found, found["total"][0], found["total"][3] / 100, len(found["summary"]), _again(found["summary"]))


def _again(summary: Any) -> float:
    """What customers spent after their first purchases."""
    return sum(map(float, summary.column(4).to_pylist())) / 100


def sums_of_ours(book: Path) -> dict[str, float]:
    """The same sums by our expressions."""
    from cvm_xl.answers.facts import facts as read_facts
    from cvm_xl.answers.lifetime import last_day
    from cvm_xl.book.read import read_book
    from cvm_xl.book.settings import settings
    from cvm_xl.check import check
    from cvm_xl.intake.elsewhere import with_sources

    with with_sources(read_book(book), limit=0) as whole:
        clock = Clock()
        check(whole)
        facts: Any = read_facts(whole, settings(whole))
        for name in ("Customer", "Channel", "Touch-point", "Product"):
            facts.sums(facts.dimensions[name])
        history = facts.history(last_day(facts), "week")
        taken = clock.taken()
        again = float((history["monetary"] * history["frequency"]).sum())
        return said(taken, facts.total.lines[0], facts.total.net_revenue[0], len(history["customer"]), again)


def whole_by_hand(book: Path) -> dict[str, float]:
    """The whole as a script of one's own: the sums by hand, our functions on them, written by pandas."""
    import numpy as np
    import pandas as pd

    from cvm_xl.functions.lifetime import CVM_ALIVE, CVM_LIFETIME, CVM_PREDICTABILITY, CVM_PURCHASES, CVM_SPEND
    from cvm_xl.functions.lifetime_fit import CVM_BGNBD, CVM_GAMMA_GAMMA
    from cvm_xl.functions.profit import CVM_ALLOCATE
    from cvm_xl.functions.value import CVM_TIER, CVM_WHALE

    found = hand_sums(book)
    segment = found["segment"].to_pandas().set_index("Customer")["Segment"]
    blocks = []
    for column in ("customer", "product", "channel", "touch_point"):
        table = found[column].to_pandas().fillna({column: "Unassigned"}).set_index(column).astype(float).fillna(0.0)
        served = {
            "Delivery": table["orders"], "Warehouse": table["lines"], "Returns": table["returns"],
            "Key accounts": table["key_net"], "Phone desk": table["phone"],
        }  # fmt: skip
        amounts = {name: amount for name, amount, *_ in POOLS}
        for name, volumes in served.items():
            table[name] = CVM_ALLOCATE(amounts[name], volumes.to_numpy(), 2)
        table["Contribution"] = (table["net"] - table["cost"]) / 100 - table[list(served)].sum(axis=1)
        blocks.append(table)
    people = blocks[0].sort_values("Contribution", ascending=False)
    people["Tier"] = CVM_TIER(people["Contribution"].to_numpy(), np.array([0.2, 0.7, 0.1]))
    CVM_WHALE(people["Contribution"].to_numpy(), 200)
    blocks[0] = blocks[0].groupby(blocks[0].index.map(segment)).sum(numeric_only=True)
    margin = (blocks[0]["Contribution"] / (blocks[0]["net"] / 100)).reindex(segment)
    margin.index = segment.index

    summary = found["summary"].to_pandas()
    summary.columns = ["Customer", "Frequency", "Recency", "First", "Again"]
    summary = summary.set_index("Customer").sort_index()
    end = pd.Timestamp(found["total"][2])
    x, recency = (summary[name].to_numpy(dtype=float) for name in ("Frequency", "Recency"))
    age = (end - pd.to_datetime(summary["First"])).dt.days.to_numpy(dtype=float)
    t_x, age = recency / 7, age / 7
    spent = np.where(x > 0, summary["Again"].to_numpy(dtype=float) / 100 / np.maximum(x, 1), 0.0)
    bought, spend = CVM_BGNBD(x, t_x, age, unit="week"), CVM_GAMMA_GAMMA(x, spent)
    kept = margin.reindex(summary.index).to_numpy(dtype=float)
    life = summary.assign(Spent=spent, Margin=kept)
    ahead = np.full(len(x), 365.25 / 7)
    life["Purchases"], life["P(alive)"] = CVM_PURCHASES(bought, ahead, x, t_x, age), CVM_ALIVE(bought, x, t_x, age)
    life["Spend"] = CVM_SPEND(spend, x, spent)
    life["CLV"] = CVM_LIFETIME(bought, spend, x, t_x, age, spent, margin=kept, discount=0.1)
    draws = int(np.clip(2_000_000 // len(x), 100, 1000))
    ranged = CVM_PREDICTABILITY(bought, spend, x, t_x, age, spent, margin=kept, discount=0.1, draws=draws)
    for name in ("low", "high", "predictability"):
        life[name] = np.asarray(ranged[name], dtype=float)[:-1]
    with pd.ExcelWriter(book.with_name("by-hand.xlsx"), engine="xlsxwriter") as writer:
        people.reset_index().to_excel(writer, sheet_name="Tiers", index=False)
        pd.concat(blocks).reset_index().to_excel(writer, sheet_name="SegmentPnL", index=False)
        life.sort_values("CLV", ascending=False).reset_index().to_excel(writer, sheet_name="Lifetime", index=False)
    again = _again(found["summary"])
    return said({}, found["total"][0], found["total"][3] / 100, len(summary), again)


def refreshed(book: Path) -> dict[str, float]:
    """The whole: read, check, allocate, rank, value, write into the workbook."""
    from cvm_xl.refresh import refresh

    done = refresh(book, book.with_name("refreshed.xlsx"), progress=_timed())
    tables = done.answers.tables
    wrong = tables["Checks"]["Status"] != "OK"
    if wrong.any() or "Lifetime" not in tables:
        raise SystemExit(f"{book} does not reconcile, or lacks Lifetime: {done.answers.left_out}")
    life = tables["Lifetime"]
    again = float((life["Monetary"].fillna(0.0) * life["Frequency"]).sum())
    return said({}, done.answers.facts.total.lines[0], tables["SegmentPnL"]["Net revenue"].iloc[0], len(life), again)


def _timed() -> Callable[[str, int, int], None]:
    start, last = time.perf_counter(), ""

    def say(what: str, _done: int, _total: int) -> None:
        nonlocal last
        if what != last:
            print(f"  {time.perf_counter() - start:7.1f} s  {what}", file=sys.stderr, flush=True)
        last = what

    return say


WHATS: dict[str, Callable[[Path], dict[str, float]]] = {
    "hand": by_hand, "sums": sums_of_ours, "whole": whole_by_hand, "refresh": refreshed,
}  # fmt: skip


def main(sizes: tuple[int, ...] = SIZES, runs: int = RUNS) -> None:
    """Measure and print rows of RESULTS.md."""
    print("\n## Sales outside the workbook: Parquet lines, refreshed into a workbook\n")
    print("| lines | | seconds | processor | peak MB | times by hand | by processor |\n|--:|---|--:|--:|--:|--:|--:|")
    taken: list[tuple[int, Measured]] = []
    for lines in sizes:
        book = company(lines)
        found = measured([("-m", "benchmarks.scale", what, str(book)) for what in WHATS], runs, 900)
        results = [[json.loads(text) for text in one.said] for one in found]
        agreed = {tuple(one[name] for name in ("lines", "net", "customers", "again")) for of in results for one in of}
        if len(agreed) > 1:
            raise SystemExit(f"by hand and by cvm_xl there are other figures: {agreed}")
        sums = [{name: median(one[name] for one in of) for name in ("wall", "cpu")} for of in results[:2]]
        said = ("the sums, hand-written DuckDB SQL", "the sums, cvm_xl")
        for text, mine, one in zip(said, sums, found, strict=False):
            times = [mine[name] / sums[0][name] for name in ("wall", "cpu")]
            _row(lines, text, mine["wall"], mine["cpu"], one.peak, times)
        for text, one in zip(("the whole by hand", "cvm-xl refresh, all of it"), found[2:], strict=True):
            _row(lines, text, one.wall, one.cpu, one.peak, [one.wall / found[2].wall, one.cpu / found[2].cpu])
        taken.append((lines, found[3]))
    for (few, small), (many, large) in itertools.pairwise(taken):
        over = math.log10(many / few)
        pairs = ((small.wall, large.wall), (small.cpu, large.cpu), (small.peak, large.peak))
        slopes = [math.log10(b / a) / over for a, b in pairs]
        print(
            f"\nFrom {few:,} to {many:,} lines time grows with the power {slopes[0]:.2f}, of the processor "
            f"{slopes[1]:.2f}, memory {slopes[2]:.2f}."
        )


def _row(lines: int, text: str, wall: float, cpu: float, peak: float, times: list[float]) -> None:
    ratios = " | ".join(f"{ratio:.2f}" for ratio in times)
    print(f"| {lines:,} | {text} | {wall:.1f} | {cpu:.1f} | {peak:,.0f} | {ratios} |", flush=True)


# --- scores ------------------------------------------------------------------------------------------------------

BUYERS = """
COPY (
  SELECT DATE '2022-01-01' + CAST(1094 * (f + (1 - f) * l * j / n) AS INT) AS "Date",
    'C' || lpad(CAST(i AS VARCHAR), 9, '0') AS "Customer", 'P1' AS "Product", 1.0 AS "Quantity",
    CAST(5 + hash(i * 41 + j) % 2000 / 10.0 AS DOUBLE) AS "List price", "List price" AS "Net revenue",
    CAST(round("List price" * 0.6, 2) AS DOUBLE) AS "Cost of goods", 'A' || i || '-' || j AS "Order"
  FROM (
    SELECT i, (hash(i * 37) % 1000) / 2000.0 AS f, (hash(i * 31) % 1000) / 1000.0 AS l,
      CAST(1 + floor(pow((hash(i * 3) % 1000) / 1000.0, 3) * 7) AS BIGINT) AS n, unnest(range(n)) AS j
    FROM range({customers}) r(i)
  )
) TO '{path}' (FORMAT parquet)
"""


def scores(customers: int) -> None:
    """Measure `cvm-xl score` of so many customers, once."""
    import duckdb
    import pandas as pd

    from cvm_xl.book.build import new_book
    from cvm_xl.book.package import Package
    from cvm_xl.new import fill_inputs

    folder = OUT / f"score-{customers}"
    book = folder / "book.xlsx"
    if not book.exists():
        folder.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect()
        connection.execute("SET enable_progress_bar = false; SET preserve_insertion_order = false")
        connection.execute(BUYERS.format(customers=customers, path=folder / "sales.parquet"))
        package = Package(new_book("full", {}))
        pools = pd.DataFrame(POOLS[:3], columns=["pool", "amount", "level", "driver", "filter"])
        sources = pd.DataFrame({"table": ["Sales"], "source": ["sales.parquet"]})
        fill_inputs(package, {"DataSources": sources, "CostPools": pools})
        package.save(book)
    command = (
        "-c",
        "import sys; from cvm_xl.cli import main; sys.exit(main(sys.argv[1:]))",
        "score",
        str(book),
        "-o",
        str(folder / "scored.parquet"),
    )
    one = measured([command], 1, 600)[0]
    print(f"| {customers:,} customers | {one.wall:,.0f} | {one.cpu:,.0f} | {one.peak:,.0f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        scores(int(sys.argv[2]))
    elif len(sys.argv) > 2:
        print(json.dumps(WHATS[sys.argv[1]](Path(sys.argv[2]))))
    elif len(sys.argv) > 1:
        main((int(sys.argv[1]),), 1)
    else:
        main()
