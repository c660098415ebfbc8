"""Why this number: amounts of a trace sum to the cell of the P&L that they explain."""

from __future__ import annotations

import json

import numpy as np
import pytest
from answers.books import book, read, rows
from answers.test_costs import CUSTOMERS, SALES, SERVICES, USAGE

from cvm_xl.answers.dimensions import with_tiers
from cvm_xl.answers.explain import explain, traces
from cvm_xl.answers.pnl import segment_pnl
from cvm_xl.cli import main
from cvm_xl.errors import BookError
from cvm_xl.new import demo

POOLS = rows(
    "account pool amount level driver filter weight layer",
    ("100", "Picking", 333.33, "line", "lines", None, None, None),
    ("101", "Picking", 66.67, "line", "quantity", "Channel = Web", None, None),
    ("200", "Delivery", 100.01, "order", "orders", None, None, None),
    ("300", "Campaign", 77.77, "line", "pool: Delivery", None, None, "relationship"),
    ("400", "Board", 50.0, "company", None, None, None, "company"),
    ("500", "Desk", 90.0, None, None, None, None, None),
    ("600", "IT", 41.0, None, None, None, None, None),
)
ACTIVITIES = rows("pool activity driver unit_time capacity", ("Desk", "Order", "orders", 7, 40))
IT = rows("service user share", ("IT", "Picking", 0.31), ("IT", "Desk", 0.69))


@pytest.fixture
def company():
    found, shared = read(
        book(Sales=SALES, Customers=CUSTOMERS, CostPools=POOLS, Activities=ACTIVITIES, ServiceUsage=IT),
        p_l_by="Region; Tier; Segment x Channel; Customer; Month",
    )
    with_tiers(found, ["a", "b", "c"], ["Top", "Top", "Bottom"], ["Top", "Bottom"])
    return found, shared


def test_every_cell_of_the_pnl_is_explained_to_the_cent(company):
    found, shared = company
    pnl = segment_pnl(found, shared)
    cells = pnl[~pnl["Item"].isin(["Company level", "Unused capacity", "Unallocated", "Unassigned"])]
    assert len(cells) > 15
    for _, row in cells.iterrows():
        names, items = row["Dimension"].split(" x "), row["Item"].split(" x ")
        cell = {} if names == ["Total"] else dict(zip(names, items, strict=True))
        trace = explain(found, shared, cell)
        assert trace["Amount"].sum() == pytest.approx(row["Contribution"], abs=1e-6)
        for pool in shared.pools:
            mine = trace[trace["Line"] == pool.name]
            assert mine["Amount"].sum() == pytest.approx(row[pool.name], abs=1e-6)


def test_ratios_sum_to_one_and_ledger_accounts_add_up(company):
    found, shared = company
    trace = traces(found, shared, "a; b; c")
    mine = trace[(trace["Line"] == "Delivery") & (trace["Account"] == "200")]
    assert mine["Ratio"].sum() == pytest.approx(1)
    assert mine["Amount"].sum() == pytest.approx(-100.01)
    whole = explain(found, shared, {})
    ledger = whole.groupby("Account")["Amount"].sum()
    assert {a: round(-v, 2) for a, v in ledger.items()} == {
        "100": 333.33, "101": 66.67, "200": 100.01, "300": 77.77, "400": 50.0, "500": 90.0, "600": 41.0,
    }  # fmt: skip


def test_a_service_is_followed_to_where_it_stands_in_the_ledger():
    found, shared = read(book(Sales=SALES, CostPools=SERVICES, ServiceUsage=USAGE))
    trace = explain(found, shared, {"Customer": "a"}, "Mach")
    assert dict(zip(trace["Account"], trace["Ledger pool"], strict=True)) == {
        "1": "HR", "2": "DP", "3": "RM", "4": "Mach",
    }  # fmt: skip
    assert trace["Shared"].sum() == pytest.approx(107_276.42)
    assert trace["Amount"].sum() == pytest.approx(-round(107_276.42 * 0.4, 2), abs=0.011)


@pytest.mark.parametrize(
    ("cell", "pool", "words"),
    [
        ({"Customer": "zz"}, None, "there is no Customer of this name"),
        ({"Channel": "Phon"}, None, "Did you mean 'Phone'"),
        ({"Galaxy": "x"}, None, "nothing is called Galaxy"),
        ({"Customer": "a"}, "Deliverys", "Did you mean 'Delivery'"),
        ({"Customer": "a", "Channel": "Phone"}, None, "nothing was sold in this cell"),
    ],
)
def test_what_there_is_not_is_said(company, cell, pool, words):
    with pytest.raises(BookError) as raised:
        explain(*company, cell, pool)
    assert words in str(raised.value)


def test_the_command_explains_the_demo(tmp_path, capsys):
    path = demo(tmp_path)
    assert main(["explain", str(path), "--customer", "C10001", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert list(rows[0])[:5] == ["Cell", "Line", "Account", "Ledger pool", "Ledger amount"]
    assert np.isfinite([row["Amount"] for row in rows]).all()
    assert main(["explain", str(path), "--item", "Tier=Bottom", "--channel", "Dealers", "--pool", "Delivery"]) == 0
    shown = capsys.readouterr().out
    assert "6120" in shown
    assert "Amounts sum to" in shown
    assert main(["explain", str(path), "--customer", "C9"]) == 1
    assert "there is no Customer of this name" in capsys.readouterr().err
