"""What moved: every step is accounted for, and the bridge ends at today's contribution to the cent."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.answers.change import Basis, changed, said, steps, unlike
from cvm_xl.answers.words import Money

EUR = Money("EUR", 2)
COLUMNS = ["Dimension", "Item", "Net revenue", "Cost of goods", "Gross margin"]


def basis(year, products, pools, segments=None, tiers=None, days=365):
    """`products`: code -> (units, net revenue, cost of goods); `pools`: name -> amount, negative."""
    volumes = pd.DataFrame(
        [(code, *amounts) for code, amounts in products.items()],
        columns=["Product", "Units", "Net revenue", "Cost of goods"],
    ).astype({"Units": float, "Net revenue": float, "Cost of goods": float})
    net, cost = volumes["Net revenue"].sum(), volumes["Cost of goods"].sum()
    row = ["Total", "Total", net, -cost, net - cost, *pools.values(), net - cost + sum(pools.values())]
    rows = [
        row,
        *(
            ["Segment", name, 0.0, 0.0, margin, *([0.0] * len(pools)), left]
            for name, (margin, left) in (segments or {}).items()
        ),
    ]
    pnl = pd.DataFrame(rows, columns=[*COLUMNS, *pools, "Contribution"])
    start = datetime.date(year, 1, 1)
    end = start + datetime.timedelta(days=days - 1)
    ranked = None if tiers is None else pd.DataFrame({"Customer": list(tiers), "Profit": list(tiers.values())})
    return Basis(start, end, "EUR", 2, pnl, list(pools), volumes, ranked, None, "for ever")


def test_a_higher_price_is_told_as_price_and_dearer_service_as_its_pool():
    before = basis(2024, {"A": (10, 100.0, 60.0)}, {"Delivery": -10.0})
    now = basis(2025, {"A": (10, 120.0, 60.0)}, {"Delivery": -15.0})
    found = steps(before, now).set_index("Step")["Amount"]
    assert found.to_dict() == {"Contribution before": 30.0, "Prices": 20.0, "Delivery": -5.0, "Contribution now": 45.0}
    assert said(before, now, EUR) == (
        "Contribution rose by EUR 15 to EUR 45, by prices (+EUR 20), in spite of delivery (-EUR 5.00)."
    )


def test_what_is_sold_in_one_year_only_is_new_or_lost():
    before = basis(2024, {"A": (10, 100.0, 60.0)}, {})
    now = basis(2025, {"B": (5, 80.0, 50.0)}, {})
    found = steps(before, now).set_index("Step")["Amount"]
    assert found["New and lost products"] == -10.0


def test_nothing_moved():
    same = basis(2024, {"A": (10, 100.0, 60.0)}, {"Delivery": -10.0})
    assert said(same, same, EUR) == "Contribution is unchanged at EUR 30."
    assert steps(same, same)["Step"].tolist() == ["Contribution before", "Contribution now"]


def test_segments_and_customers_say_why():
    before = basis(2024, {"A": (1, 9.0, 0.0)}, {"D": -1.0}, {"X": (50, 30), "Y": (20, 10)}, {"a": 5.0, "b": -1.0})
    now = basis(2025, {"A": (1, 9.0, 0.0)}, {"D": -1.0}, {"X": (60, 20), "Z": (9, 9)}, {"b": -2.0, "c": -3.0, "d": 1.0})
    table = changed(before, now, EUR).set_index("What")
    assert table.loc["Contribution of X", "Why"] == "cost to serve -EUR 20; gross margin +EUR 10"
    assert table.loc["Contribution of Y", "Why"] == "no sales any more"
    assert table.loc["Contribution of Z", "Why"] == "new"
    assert table.loc["Customers", ["Before", "Now", "Change", "Why"]].tolist() == [
        2,
        3,
        1,
        "2 new, 1 bought nothing any more",
    ]
    assert table.loc["Customers who lose money", "Why"] == "1 of them lost money before, too"
    assert table.loc["Contribution of Y", "Change"] == -10


@pytest.mark.parametrize(("days", "alike"), [(365, True), (366, True), (350, True), (31, False), (731, False)])
def test_periods_of_like_length_are_compared_without_a_word(days, alike):
    one, other = basis(2024, {"A": (1, 1.0, 0.0)}, {}, days=days), basis(2025, {"A": (1, 1.0, 0.0)}, {})
    assert (unlike(one, other) == "") == alike


AMOUNTS = st.tuples(st.integers(-5, 50), st.integers(-900, 90_000), st.integers(0, 50_000)).map(
    lambda t: (float(t[0]), t[1] / 100, t[2] / 100)
)
PRODUCTS = st.dictionaries(st.sampled_from("ABCDEF"), AMOUNTS, min_size=1)
POOLS = st.dictionaries(st.sampled_from([f"P{i}" for i in range(9)]), st.integers(-9000, 0).map(lambda n: n / 100))


@settings(max_examples=60)
@given(PRODUCTS, POOLS, PRODUCTS, POOLS)
def test_the_bridge_leads_from_before_to_now(old, pools, new, pools_now):
    before, now = basis(2024, old, pools), basis(2025, new, pools_now)
    found = steps(before, now)
    assert found["Amount"].iloc[:-1].sum() == pytest.approx(found["Amount"].iloc[-1], abs=0.006)
    assert found["End"].iloc[-2] == pytest.approx(now.pnl["Contribution"].iloc[0], abs=0.006)
    table = changed(before, now, EUR).set_index("What")
    moved = table.loc[["Gross margin", "Cost to serve"], "Change"].sum()
    assert table.loc["Contribution", "Change"] == pytest.approx(moved, abs=0.011)
    assert len(found) <= 13
