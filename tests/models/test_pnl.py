from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput
from cvm_xl.models.pnl import profit_and_loss


def keys(*rows):
    grid = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        grid[i] = row
    return grid


RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail.parquet"
DAY = np.datetime64("2025-03-01", "D")
KEYS = keys(["B", 1.0], ["A", DAY], ["B", 1.0], [None, 2.0], ["A", None], ["A", DAY])
AMOUNTS = np.array([[100, -40.1], [50, -20], [0.1, 0], [7, 0], [1, -1], [2, -0.2]])


def pnl(sort_by=None):
    return {
        name: list(column)
        for name, column in profit_and_loss(KEYS, AMOUNTS, ["segment", "key"], ["revenue", "cost"], sort_by).items()
    }


def test_combinations_in_order_of_appearance_with_totals():
    assert pnl() == {
        "segment": ["B", "A", None, "A", "Total"],
        "key": [1.0, DAY, 2.0, None, None],
        "revenue": [100.1, 52, 7, 1, 160.1],
        "cost": [-40.1, -20.2, 0, -1, -61.3],
        "total": [60, 31.8, 7, 0, 98.8],
    }


@pytest.mark.parametrize(
    ("sort_by", "segments"),
    [
        ("revenue", ["A", None, "A", "B", "Total"]),
        ("-total", ["B", "A", None, "A", "Total"]),
        ("segment", ["A", "A", "B", None, "Total"]),
        ("-Segment", ["B", "A", "A", None, "Total"]),
        ("key", ["B", None, "A", "A", "Total"]),
    ],
)
def test_sorting_keeps_the_total_last_and_empty_keys_behind(sort_by, segments):
    assert pnl(sort_by)["segment"] == segments


def test_texts_and_numbers_that_look_alike_stay_apart():
    table = profit_and_loss(keys(["007"], ["7"], [7.0], ["007"]), np.ones((4, 1)), ["id"], ["amount"])
    assert table["id"].tolist() == ["007", "7", 7.0, "Total"]
    assert table["amount"].tolist() == [2, 1, 1, 4]


def test_a_name_that_begins_with_a_minus_is_found():
    table = profit_and_loss(keys(["a"], ["b"]), np.array([[2.0], [1.0]]), ["k"], ["-fees"], "-fees")
    assert table["k"].tolist() == ["b", "a", "Total"]


def test_unknown_and_double_columns():
    with pytest.raises(InvalidInput, match="segment, key, revenue, cost, total"):
        pnl("margin")
    with pytest.raises(InvalidInput, match="rename"):
        profit_and_loss(KEYS, AMOUNTS, ["a", "b"], ["x", "X"])
    with pytest.raises(InvalidInput, match="total is computed"):
        profit_and_loss(KEYS, AMOUNTS, ["a", "b"], ["x", "Total"])


cents = st.integers(-(10**8), 10**8)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([1.0, None]), cents, cents), min_size=1, max_size=80))
def test_every_cent_is_in_every_view(rows):
    grid = keys(*[row[:2] for row in rows])
    amounts = np.array([row[2:] for row in rows]) / 100
    for chosen in ([0], [1], [0, 1], [1, 0]):
        table = profit_and_loss(grid[:, chosen], amounts, [f"k{j}" for j in chosen], ["x", "y"])
        for name, j in (("x", 2), ("y", 3)):
            exact = sum(row[j] for row in rows)
            assert table[name][-1] == exact / 100
            assert sum(round(Fraction(value) * 100) for value in table[name][:-1]) == exact
        assert table["total"][-1] == sum(row[2] + row[3] for row in rows) / 100


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), cents), min_size=1, max_size=40), st.data())
def test_the_order_of_rows_changes_only_the_order_of_the_result(rows, data):
    moved = data.draw(st.permutations(rows))
    tables = [
        profit_and_loss(keys(*[row[:1] for row in each]), np.array([[row[1] / 7] for row in each]), ["k"], ["x"], "k")
        for each in (rows, moved)
    ]
    assert tables[0]["k"].tolist() == tables[1]["k"].tolist()
    assert tables[0]["x"] == pytest.approx(tables[1]["x"], rel=1e-15, abs=1e-6)


@pytest.mark.skipif(not RETAIL.exists(), reason="the shared data is absent")
def test_online_retail_gives_its_revenue_to_the_cent_by_any_key():
    sales = pandas.read_parquet(RETAIL, columns=["Country", "CustomerID", "Quantity", "UnitPrice"])
    revenue = (sales["Quantity"] * sales["UnitPrice"]).to_numpy()[:, np.newaxis]
    customers = sales["CustomerID"].astype(object).where(sales["CustomerID"].notna(), None).to_numpy()
    by_customer = profit_and_loss(customers[:, np.newaxis], revenue, ["customer"], ["revenue"])
    by_country = profit_and_loss(sales[["Country"]].to_numpy(dtype=object), revenue, ["country"], ["revenue"])
    assert by_customer["revenue"][-1] == by_country["revenue"][-1] == 9_747_747.934
    unassigned = by_customer["customer"].tolist().index(None)
    assert round(by_customer["revenue"][unassigned], 2) == 1_447_682.12
    assert len(by_customer["customer"]) == 4_372 + 2
    # A sum of floats finds 42: it leaves -5e-15 with customer 18072, whose lines cancel exactly.
    assert (by_customer["revenue"] < 0).sum() == 41
    assert by_customer["revenue"][by_customer["customer"].tolist().index(18072)] == 0
