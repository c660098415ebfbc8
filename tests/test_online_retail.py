"""Real data: a year of a UK online retailer, 541,909 invoice lines with returns, missing ids and odd codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvm_xl.answers import answer
from cvm_xl.book import schema
from cvm_xl.book.read import Book, SheetTable, read_book
from cvm_xl.book.settings import settings
from cvm_xl.cli import main

KINDS = {
    "POST": "fee", "DOT": "fee", "C2": "fee", "M": "adjustment", "m": "adjustment", "B": "adjustment",
    "D": "adjustment",
    "S": "adjustment", "CRUK": "adjustment", "AMAZONFEE": "adjustment", "BANK CHARGES": "adjustment",
}  # fmt: skip
LEDGER = """account,pool,amount,level,driver
6100,Picking,903451.17,line,lines
6200,Delivery,650000,order,orders
6300,Customer service,300000.99,customer,orders
6310,Returns,120000,line,returns
6400,Card fees,98765.43,line,net revenue
6900,Management,400000,company,
"""


@pytest.fixture(scope="module")
def source(data):
    return data / "online_retail.parquet"


@pytest.fixture(scope="module")
def lines(source):
    return pd.read_parquet(source)


@pytest.fixture(scope="module")
def products(lines):
    codes = pd.unique(lines["StockCode"])
    return pd.DataFrame({"product": codes, "kind": [KINDS.get(code, "product") for code in codes]})


@pytest.fixture(scope="module")
def customers(lines):
    known = lines[lines["CustomerID"].notna()].drop_duplicates("CustomerID")
    return pd.DataFrame({"customer": known["CustomerID"].astype(str), "Country": known["Country"]})


@pytest.fixture(scope="module")
def tables(source, products, customers, tmp_path_factory):
    """Imported, checked and refreshed by the commands a user types."""
    folder = tmp_path_factory.mktemp("retail")
    book = folder / "retail.xlsx"
    (folder / "ledger.csv").write_text(LEDGER, encoding="utf-8")
    products.to_csv(folder / "products.csv", index=False)
    customers.to_csv(folder / "customers.csv", index=False)
    (folder / "settings.csv").write_text("setting,value\nCurrency,GBP\nP&L by,Country\n", encoding="utf-8")
    assert main(["new", str(book), "--full"]) == 0
    for table, file in (
        ("CostPools", folder / "ledger.csv"),
        ("Products", folder / "products.csv"),
        ("Customers", folder / "customers.csv"),
        ("Settings", folder / "settings.csv"),
        ("Sales", source),  # last, as each import writes the workbook
    ):
        mapping = ["--map", "Country=Country"] if table == "Customers" else []
        assert main(["import", str(book), "--table", table, str(file), *mapping]) == 0
    assert main(["check", str(book)]) == 0
    assert main(["refresh", str(book)]) == 0
    read = read_book(book, [t.name for t in schema.TABLES])
    return {name: table.frame for name, table in read.tables.items()}


def test_every_line_arrives(tables):
    sales = tables["Sales"]
    assert len(sales) == 541_909
    assert sales["customer"].isna().sum() == 135_080
    assert sales["quantity"].sum() == 5_176_450


def test_profit_and_loss_to_the_cent(tables):
    pnl = tables["SegmentPnL"]
    total = pnl[pnl["dimension"] == "Total"].iloc[0]
    assert total["net_revenue"] == 9_747_747.93
    assert total["lines"] == 541_909
    lost = pnl[pnl["item"] == "Unassigned"].set_index("dimension")["net_revenue"]
    assert lost["Segment"] == 1_447_682.12
    assert lost["Country"] == 1_447_682.12
    ledger = 903451.17 + 650000 + 300000.99 + 120000 + 98765.43 + 400000
    assert total["contribution"] == pytest.approx(9_747_747.93 - ledger, abs=0.005)
    assert (tables["Checks"]["difference"] == 0).all()


def test_customers(tables):
    """41 customers lose revenue; 42 in binary floats, where 18072's returns leave -0.000000000000005 of nothing."""
    tiers = tables["Tiers"].set_index("customer")
    assert len(tiers) == 4_372
    assert (tiers["revenue"] < 0).sum() == 41
    assert tiers.loc["18072", "revenue"] == 0
    assert tiers["revenue"].sum() == pytest.approx(9_747_747.93 - 1_447_682.12, abs=0.005)


def test_services_and_adjustments_are_told_by_the_products_table(tables):
    pnl = tables["SegmentPnL"]
    kinds = pnl[pnl["dimension"] == "Kind"].set_index("item")
    assert set(kinds.index) >= {"product", "fee", "adjustment"}
    assert (kinds.loc[["fee", "adjustment"], ["Picking", "Delivery", "Returns"]].astype(float) == 0).all(axis=None)


def test_lifetime(tables):
    """Adjustments are no purchases: 4,324 customers remain with one, where all lines leave 4,322."""
    life = tables["Lifetime"]
    assert len(life) == 4_324
    assert life["p_alive"].between(0, 1).all()
    assert life["clv"].notna().all()


def book_of(**frames):
    tables = {
        name: SheetTable(schema.table(name), name, "A4", frame.reset_index(drop=True), np.arange(len(frame)) + 5)
        for name, frame in frames.items()
    }
    return Book(None, tables)


def test_codes_may_be_renamed(lines, products):
    """Nothing in the code knows POST or M: renamed in both tables, every figure stays."""
    part = lines.iloc[:120_000]

    def answers(rename):
        sales = pd.DataFrame(
            {
                "date": part["InvoiceDate"].to_numpy().astype("datetime64[s]"),
                "customer": [None if v is pd.NA else str(v) for v in part["CustomerID"]],
                "product": part["StockCode"].map(lambda code: rename.get(code, code)).astype(object),
                "quantity": part["Quantity"].astype(float),
                "list_price": part["UnitPrice"],
                "order": part["InvoiceNo"].astype(object),
            }
        )
        pools = pd.DataFrame({"pool": ["Picking"], "amount": [1000.0], "level": ["line"], "driver": ["lines"]})
        known = products.assign(product=products["product"].map(lambda code: rename.get(code, code)))
        book = book_of(Sales=sales, Products=known, CostPools=pools)
        return answer(book, settings(book), only=["tiers", "pnl"]).tables

    before, after = answers({}), answers({"POST": "Porto", "M": "Ä 1", "AMAZONFEE": "=x", "DOT": "007"})
    assert before["Tiers"].equals(after["Tiers"])
    kinds = [t["SegmentPnL"][t["SegmentPnL"]["Dimension"] == "Kind"] for t in (before, after)]
    assert kinds[0].reset_index(drop=True).equals(kinds[1].reset_index(drop=True))
