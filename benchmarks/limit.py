"""A workbook near what a sheet holds: its refresh, ours and by pandas with openpyxl, beside reading and writing alone."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ("date", "customer", "product", "channel", "quantity", "list_price", "discount", "net_revenue")
PARTS = ("tiers", "pnl", "clv")
LINES_EACH = 50  # sales lines of a customer, on average


def tables(lines: int, customers: int = 0) -> dict[str, pd.DataFrame]:
    """Sales of eight columns, and what else a P&L needs. Customers come and go, and buy by their own habits."""
    draw = np.random.default_rng(lines)
    n = customers or max(lines // LINES_EACH, 20)
    who = np.concatenate([np.arange(n), draw.choice(n, lines - n, p=draw.dirichlet(np.ones(n)))])
    begin, end = np.sort(draw.integers(0, 1096, (2, n)), axis=0)
    days = begin[who] + np.floor(draw.random(lines) * (end - begin + 1)[who]).astype(int)
    product = draw.integers(0, 500, lines)
    price = np.round(draw.gamma(3, 12, 500) + 1, 2)
    quantity = draw.integers(1, 25, lines) * np.where(draw.random(lines) < 0.02, -1, 1)
    discount = draw.choice([0, 0.02, 0.05, 0.1, 0.125], lines)
    order = np.argsort(days, kind="stable")
    sales = pd.DataFrame(
        {
            "date": np.datetime64("2022-01-01", "s") + days.astype("timedelta64[D]"),
            "customer": np.array([f"C{i:06d}" for i in range(n)], dtype=object)[who],
            "product": np.array([f"P{i:03d}" for i in range(500)], dtype=object)[product],
            "channel": np.array(["Direct", "Dealer", "Online", "Phone"], dtype=object)[draw.integers(0, 4, lines)],
            "quantity": quantity.astype(float),
            "list_price": price[product],
            "discount": discount,
            "net_revenue": np.round(quantity * price[product] * (1 - discount), 2),
        }
    )
    names = sales["customer"].unique()
    pools = [("Delivery", 0.04, "order", "orders"), ("Picking", 0.03, "order", "lines")]
    pools += [("Sales force", 0.05, "customer", "net revenue"), ("Returns", 0.01, "order", "returns")]
    pools += [("Administration", 0.03, "company", "equal")]
    total = float(sales["net_revenue"].sum())
    return {
        "Sales": sales.iloc[order].reset_index(drop=True),
        "Customers": pd.DataFrame(
            {"customer": names, "segment": np.array(["Small", "Middle", "Large"], dtype=object)[np.arange(n) % 3]}
        ),
        "Products": pd.DataFrame({"product": [f"P{i:03d}" for i in range(500)], "unit_cost": np.round(price * 0.6, 2)}),
        "CostPools": pd.DataFrame(
            [(name, round(share * total, 2), level, driver) for name, share, level, driver in pools],
            columns=["pool", "amount", "level", "driver"],
        ),
    }


def write(path: Path, lines: int, customers: int = 0, parts: tuple[str, ...] = PARTS) -> None:
    """The workbook, refreshed once and with its texts shared, as Excel saves it."""
    import xlsxwriter

    from benchmarks.company import share_texts
    from cvm_xl.book.fill import fill
    from cvm_xl.book.package import Package
    from cvm_xl.book.schema import table
    from cvm_xl.refresh import refresh

    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    day, cents = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0.00"})
    frames = tables(lines, customers)
    for name, frame in frames.items():
        headers = {column.name: column.header for column in table(name)}
        sheet = book.add_worksheet(name)
        columns = [
            {"header": headers[c], "format": day if c == "date" else cents if frame[c].dtype == float else None}
            for c in frame
        ]
        sheet.add_table(3, 0, 4, len(columns) - 1, {"name": name, "columns": columns})
        for i, column in enumerate(columns):
            sheet.write_blank(4, i, None, column["format"])
    book.close()
    package = Package(file.getvalue())
    for name, frame in frames.items():
        headers = {column.name: column.header for column in table(name)}
        fill(package, name, {headers[c]: frame[c].to_numpy() for c in frame})
    package.save(path)
    refresh(path, only=parts)
    path.with_name(f"{path.name}.previous").unlink()
    package = Package.open(path)
    share_texts(package)
    package.save(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
