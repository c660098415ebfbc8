"""A real retailer's year with a cost ledger: every table of profit, every check 0.00, best and worst customer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from answers.books import rows

from cvm_xl.answers import answer
from cvm_xl.answers.explain import explain
from cvm_xl.book.read import Book, SheetTable
from cvm_xl.book.schema import table
from cvm_xl.book.settings import settings

FEES = {"POST": "fee", "DOT": "fee", "C2": "fee", "M": "adjustment", "B": "adjustment", "AMAZONFEE": "adjustment"}
LEDGER = rows(
    "account pool amount level driver filter weight layer",
    ("6010", "Card fees", 98_765.43, "line", "net revenue", None, None, "pocket"),
    ("6100", "Picking", 703_451.17, None, None, None, None, None),
    ("6200", "Delivery", 350_000.01, "order", "orders", "Country = United Kingdom", 1, None),
    ("6200", "Delivery", None, "order", "orders", "Country <> United Kingdom", 3.5, None),
    ("6300", "Customer service", 200_000.99, "customer", "equal", None, None, None),
    ("6310", "Returns", 120_000.00, "line", "returns", None, None, None),
    ("6320", "Packaging", 80_000.00, "line", "pool: Delivery", None, None, None),
    ("6500", "Catalogue", 90_000.00, "customer", "equal", None, None, "relationship"),
    ("6700", "IT", 61_234.56, None, None, None, None, None),
    ("6900", "Management", 300_000.00, "company", None, None, None, "company"),
)
TIME = rows(
    "pool activity driver filter unit_time capacity",
    ("Picking", "Walk", "orders", None, 6, 1_100_000),
    ("Picking", "Pick a line", "lines", None, 1.2, None),
    ("Picking", "Pack much", "lines", "Quantity > 100", 5, None),
)
SERVES = rows(
    "service user share", ("IT", "Picking", 0.4), ("IT", "Customer service", 0.35), ("IT", "Management", 0.25)
)
WHAT_IF = rows(
    "scenario change object value",
    ("Prices up by 1%", "price", None, 0.01),
    ("Cheaper parcels abroad", "cost rate", "Delivery", -0.1),
    ("Without the bottom tier", "drop customers", "Tier = Bottom", 0.3),
)


@pytest.fixture(scope="module")
def answers(data):
    lines = pd.read_parquet(data / "online_retail.parquet")
    customer = lines["CustomerID"].astype(object).where(lines["CustomerID"].notna(), None)
    net = (lines["Quantity"] * lines["UnitPrice"]).round(2)
    sales = pd.DataFrame(
        {
            "date": lines["InvoiceDate"].to_numpy().astype("datetime64[s]"),
            "customer": customer.map(lambda v: None if v is None else str(v)).astype(object),
            "product": lines["StockCode"].astype(str).astype(object),
            "quantity": lines["Quantity"].astype(float),
            "list_price": lines["UnitPrice"].astype(float),
            "net_revenue": net.astype(float),
            "cost_of_goods": (net * 0.55).round(2).astype(float),
            "order": lines["InvoiceNo"].astype(str).astype(object),
            "Country": lines["Country"].astype(str).astype(object),
        }
    )
    products = pd.DataFrame({"product": sales["product"].unique().astype(object)})
    products["kind"] = products["product"].map(FEES).fillna("product").astype(object)
    frames = {
        "Sales": sales, "Products": products, "CostPools": LEDGER, "Activities": TIME, "ServiceUsage": SERVES,
        "Scenarios": WHAT_IF,
    }  # fmt: skip
    book = Book(data, {n: SheetTable(table(n), n, "A4", f, np.arange(5, 5 + len(f))) for n, f in frames.items()})
    chosen = settings(book) | {
        "p_l_by": "Country; Month; Quarter; Customer; Tier; Cohort; Cross-sell; Country x Quarter",
        "compare": "2010-12-01..2011-06-05; 2011-06-06..2011-12-09",
        "further_tables": "Matrix; Portfolio; WhaleStats",
        "currency": "GBP",
    }
    return answer(book, chosen, ["tiers", "pnl"])


def test_every_check_is_zero(answers):
    checks = answers.tables["Checks"]
    assert len(checks) > 50
    assert (checks["Difference"] == 0).all()
    assert any(name.startswith("Account 6200") for name in checks["Check"])


def test_every_dimension_has_the_same_total(answers):
    pnl = answers.tables["SegmentPnL"]
    totals = pnl.groupby("Dimension").sum(numeric_only=True)
    assert {"Country", "Month", "Customer", "Cohort", "Cross-sell", "Country x Quarter"} <= set(totals.index)
    assert np.allclose(totals, totals.loc["Total"], rtol=0, atol=0.005)
    assert totals.loc["Total", "Net revenue"] == pytest.approx(9_747_747.93)


def test_the_bridge_between_the_halves_sums(answers):
    bridge = answers.tables["Bridge"]
    effects = ["Price", "Volume", "Mix", "Cost of goods", "New and lost", "Cost to serve"]
    assert np.allclose(bridge["Before"] + bridge[effects].sum(axis=1), bridge["After"], rtol=0, atol=0.005)
    blocks = bridge.groupby("Dimension")[["Before", "After", "Change"]].sum()
    assert np.allclose(blocks, blocks.loc["Total"], rtol=0, atol=0.005)


def test_three_scenarios_stand_beside_the_base(answers):
    table = answers.tables["ScenarioPnL"]
    total = table[(table["Segment"] == "Total") & (table["Line"] == "Contribution")].set_index("Scenario")
    pnl = answers.tables["SegmentPnL"]
    assert (total["Base"] == pnl.loc[pnl["Dimension"] == "Total", "Contribution"].iloc[0]).all()
    assert total.loc["Prices up by 1%", "Change"] == pytest.approx(97_477.48, rel=0.005)  # line by line, in pence
    assert total.loc["Cheaper parcels abroad", "Change"] == pytest.approx(35_000.0, abs=0.01)
    lost = table[(table["Scenario"] == "Without the bottom tier") & (table["Line"] == "Contribution")]
    assert lost.loc[lost["Segment"] == "Company level", "Change"].item() < 0


def test_the_best_and_the_worst_customer_are_explained(answers):
    tiers = answers.tables["Tiers"]
    for row in (tiers.iloc[0], tiers.iloc[-1]):
        trace = explain(answers.facts, answers.costs, {"Customer": row["Customer"]})
        assert trace["Amount"].sum() == pytest.approx(row["Profit"], abs=0.005)
        costs = trace[trace["Ledger pool"] != "Sales"]
        assert -costs["Amount"].sum() == pytest.approx(row["Cost to serve"], abs=0.005)
        assert {"IT", "Customer service"} <= set(costs["Ledger pool"])
