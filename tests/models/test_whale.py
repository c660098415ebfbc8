import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import NotAvailable
from cvm_xl.models.whale import whale_curve, whale_statistics

CASE = np.array([0.0, 150, 0, 0, -125, 0, 75, 0, 0, 0])


def test_statistics_of_the_published_case():
    figures = whale_statistics(CASE)
    expected = {
        "n": 10,
        "total": 100,
        "peak": 2.25,
        "peak_at": 0.2,
        "share_profitable": 0.2,
        "subsidy_rate": 125 / 225,
        "top20": 2.25,
        "middle70": 0.0,
        "bottom10": -1.25,
        "gini": 3.0,
        "gini_normalised": 6 / 7,
        "stobachoff": 0.75,
    }
    assert list(figures) == list(expected)
    assert figures == pytest.approx(expected, abs=1e-12)


def test_gini_of_one_to_five():
    assert whale_statistics(np.array([5.0, 4, 3, 2, 1]))["gini"] == pytest.approx(4 / 15)


def test_equal_profits_are_without_concentration():
    figures = whale_statistics(np.full(10, 7.0))
    assert figures["gini"] == pytest.approx(0)
    assert figures["gini_normalised"] == 0
    assert figures["stobachoff"] == pytest.approx(0)
    assert figures["peak"] == 1


@pytest.mark.parametrize(
    "profit", [[5.0, -10.0], [-1.0, -2.0], [1.0, -1.0], [0.1, 0.2, -0.3], [0.0], [1 / 3, 2 / 3, -1]]
)
def test_shares_of_a_total_that_is_not_positive_do_not_exist(profit):
    figures = whale_statistics(np.array(profit))
    for name in ("peak", "top20", "middle70", "bottom10", "gini", "stobachoff"):
        assert math.isnan(figures[name])
    assert figures["n"] == len(profit)
    assert figures["total"] == pytest.approx(sum(profit))
    assert figures["share_profitable"] == sum(value > 0 for value in profit) / len(profit)
    curve = whale_curve(np.array(profit))
    assert np.isnan(curve["cumulative_share"]).all()
    assert curve["cumulative_profit"][-1] == pytest.approx(sum(profit))


def test_subsidy_without_profits_does_not_exist():
    assert math.isnan(whale_statistics(np.array([-1.0, 0.0]))["subsidy_rate"])


def test_no_customers():
    with pytest.raises(NotAvailable):
        whale_statistics(np.array([]))


profits = st.lists(st.integers(-(10**6), 10**6).map(lambda cents: cents / 100), min_size=1, max_size=60)


@settings(max_examples=100)
@given(profits)
def test_statistics_agree_with_their_definitions(profit):
    figures = whale_statistics(np.array(profit))
    n, total = len(profit), round(sum(profit), 2)
    pairs = sum(abs(a - b) for a in profit for b in profit)
    if any(profit):
        assert figures["gini_normalised"] == pytest.approx(pairs / (2 * n * sum(map(abs, profit))))
        assert -1e-12 <= figures["gini_normalised"] <= 1
    if total > 0:
        assert figures["gini"] == pytest.approx(pairs / (2 * n * total), rel=1e-9, abs=1e-9)
        assert figures["top20"] + figures["middle70"] + figures["bottom10"] == pytest.approx(1)
        assert figures["peak"] >= 1
        assert figures["stobachoff"] > -1e-12
        assert figures["stobachoff"] < 1


def test_curve_starts_from_nothing_and_ends_at_the_total():
    curve = whale_curve(np.array([-1.25, 2.0, 0.5]))
    assert list(curve) == ["customers_share", "profit", "cumulative_profit", "cumulative_share"]
    assert curve["customers_share"].tolist() == [0, 1 / 3, 2 / 3, 1]
    assert curve["profit"].tolist() == [0, 2.0, 0.5, -1.25]
    assert curve["cumulative_profit"].tolist() == [0, 2.0, 2.5, 1.25]
    assert curve["cumulative_share"].tolist() == [0, 1.6, 2.0, 1.0]


def test_cumulative_cents_are_exact():
    assert whale_curve(np.full(1000, 0.1))["cumulative_profit"][-1] == 100


@settings(max_examples=100)
@given(profits, st.integers(3, 20))
def test_thinning_keeps_both_ends_and_the_peak(profit, points):
    full, thin = whale_curve(np.array(profit)), whale_curve(np.array(profit), points)
    assert thin["customers_share"].size == min(points, len(profit) + 1)
    assert (np.diff(thin["customers_share"]) > 0).all()
    assert thin["customers_share"][[0, -1]].tolist() == [0, 1]
    assert thin["cumulative_profit"][-1] == full["cumulative_profit"][-1]
    assert thin["cumulative_profit"].max() == full["cumulative_profit"].max()
    rows = set(zip(full["customers_share"], full["cumulative_profit"], strict=True))
    assert set(zip(thin["customers_share"], thin["cumulative_profit"], strict=True)) <= rows
