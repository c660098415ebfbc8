import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.psm import gabor_granger, price_sensitivity


def column(*values):
    return np.array(values, dtype=float)


TOO_CHEAP = column(2, 3, 4, 5, 6, 8, 10, 12)
CHEAP = column(5, 7, 8, 9, 11, 13, 16, 19)
EXPENSIVE = column(9, 11, 14, 15, 18, 20, 24, 28)
TOO_EXPENSIVE = column(11, 15, 17, 21, 23, 26, 30, 36)
INTENTS = column(5, 4, 5, 4, 3, 4, 5, 4), column(3, 2, 3, 2, 2, 3, 3, 2)
FOUR = TOO_CHEAP, CHEAP, EXPENSIVE, TOO_EXPENSIVE


def test_worked_survey():
    points = price_sensitivity(*FOUR, *INTENTS)
    assert (points["model"], points["n"], points["inconsistent"]) == ("psm", 8, 0)
    assert (points["pmc_low"], points["pmc_high"]) == (8.5, 8.5)
    assert (points["pme_low"], points["pme_high"]) == (18, 19)
    assert (points["idp_low"], points["idp_high"], points["idp"]) == (13.5, 13.5, 13.5)
    assert (points["opp_low"], points["opp_high"], points["opp"]) == (11, 12, 11.5)
    assert points["reach_price"] == 9
    assert points["reach"] == pytest.approx(0.2516667, abs=5e-8)
    assert points["revenue_price"] == 19
    assert points["revenue"] == pytest.approx(3.5432738, abs=5e-8)


def test_without_intents_reach_and_revenue_are_blank():
    points = price_sensitivity(*FOUR)
    assert points["opp_high"] == 12
    assert all(np.isnan(points[name]) for name in ("reach_price", "reach", "revenue_price", "revenue"))


def test_inconsistent_and_incomplete_respondents_are_left_out_and_counted():
    extra = [column(5, 5, 5, np.nan), column(5, 7, 6, 7), column(9, 9, 9, 9), column(11, 9, 11, 11)]
    longer = [np.append(a, b) for a, b in zip(FOUR, extra, strict=True)]
    points = price_sensitivity(*longer)
    assert (points["n"], points["inconsistent"], points["incomplete"]) == (9, 2, 1)
    same = price_sensitivity(*(np.delete(a, [8, 9, 11]) for a in longer))
    assert {k: v for k, v in points.items() if "_low" in k} == {k: v for k, v in same.items() if "_low" in k}


def test_three_respondents():
    points = price_sensitivity(column(2, 3, 4), column(5, 6, 7), column(8, 9, 10), column(11, 12, 13))
    assert (points["idp_low"], points["idp_high"]) == (7.5, 7.5)
    assert (points["opp_low"], points["opp_high"]) == (5, 10)  # nobody finds these prices too cheap or too dear


def test_nobody_consistent_and_one_intent():
    with pytest.raises(NotAvailable, match=r"none of 8 respondents.*which column"):
        price_sensitivity(*reversed(FOUR))
    with pytest.raises(InvalidInput, match="together"):
        price_sensitivity(*FOUR, INTENTS[0])
    with pytest.raises(OutOfRange) as caught:
        price_sensitivity(*FOUR, INTENTS[0], column(3, 2, 3, 2, 0, 3, 2.5, 2))
    assert (caught.value.argument, caught.value.rows) == ("intent_expensive", [4, 6])
    with pytest.raises(OutOfRange):
        price_sensitivity(TOO_CHEAP - 3, *FOUR[1:])


@st.composite
def surveys(draw):
    n = draw(st.integers(1, 12))
    steps = [[draw(st.integers(1, 9)) for _ in range(n)] for _ in range(4)]
    return np.cumsum(np.array(steps, dtype=float), axis=0)


@settings(max_examples=60)
@given(surveys())
def test_points_lie_where_the_curves_cross(prices):
    points = price_sensitivity(*prices)
    grid = np.unique(prices)
    share = [(prices[j][:, None] >= grid).mean(axis=0) for j in (0, 1)]
    share += [(prices[j][:, None] <= grid).mean(axis=0) for j in (2, 3)]
    pairs = {
        "pmc": (share[0], 1 - share[1]),
        "pme": (1 - share[2], share[3]),
        "idp": (share[1], share[2]),
        "opp": (share[0], share[3]),
    }
    for name, (falling, rising) in pairs.items():
        low, high = points[f"{name}_low"], points[f"{name}_high"]
        assert low <= high
        for at in (low, high):
            assert np.interp(at, grid, falling) == pytest.approx(np.interp(at, grid, rising), abs=1e-9)
        apart = (grid < low - 1e-9) | (grid > high + 1e-9)
        assert (np.abs(falling - rising)[apart] > 0).all()
    assert points["pmc_low"] <= points["opp_low"] <= points["pme_high"]
    assert points["pmc_low"] <= points["idp_low"] <= points["pme_high"]


@settings(max_examples=20)
@given(surveys(), st.sampled_from([0.25, 0.5, 2, 4]))
def test_scales_with_money(prices, unit):
    intents = np.full(prices.shape[1], 5.0), np.full(prices.shape[1], 3.0)
    points, scaled = price_sensitivity(*prices, *intents), price_sensitivity(*(prices * unit), *intents)
    for name in ("pmc_low", "pme_high", "idp", "opp", "reach_price", "revenue_price", "revenue"):
        assert scaled[name] == pytest.approx(points[name] * unit)
    assert scaled["reach"] == pytest.approx(points["reach"])


def test_gabor_granger():
    table = gabor_granger(column(5, 10, 15), column(1, 0.6, 0.2), column(4, 4, 4))
    assert table["revenue"].tolist() == [5.0, 6.0, 3.0]
    assert table["profit"] == pytest.approx([1.0, 3.6, 2.2])
    assert table["best"].tolist() == [False, True, False]


def test_gabor_granger_without_cost_takes_revenue_and_the_lowest_of_equals():
    table = gabor_granger(column(15, 10, 5), column(0.2, 0.5, 1))
    assert np.isnan(table["profit"]).all()
    assert table["best"].tolist() == [False, False, True]
    with pytest.raises(OutOfRange) as caught:
        gabor_granger(column(5, 10), column(0.5, 50))
    assert (caught.value.argument, caught.value.rows) == ("share", [1])
