import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.lifecycle import loyalty_lift, loyalty_tier, recovery, referral, win_back


def column(*values):
    return np.array(values, dtype=float)


def test_published_win_back():
    table = win_back(column(300), column(0.2), column(15), column(0))
    assert table["highest_incentive"].tolist() == [225]
    assert table["expected_value"].tolist() == [45]


@given(st.floats(1, 1e4), st.floats(0.01, 1), st.floats(0, 100))
def test_the_highest_incentive_leaves_nothing(value, probability, contact):
    highest = win_back(column(value), column(probability), column(contact), column(0))["highest_incentive"]
    if highest[0] >= 0:
        left = win_back(column(value), column(probability), column(contact), highest)["expected_value"]
        assert left == pytest.approx([0], abs=1e-8 * value)


def test_an_offer_nobody_takes():
    table = win_back(column(300), column(0), column(15), column(0))
    assert table["expected_value"].tolist() == [-15]
    assert np.isnan(table["highest_incentive"][0])


def test_win_back_arguments():
    with pytest.raises(OutOfRange, match="from 0 to 1"):
        win_back(column(1), column(1.1), column(1), column(0))
    with pytest.raises(OutOfRange, match="negative") as caught:
        win_back(column(1, 1), column(1, 1), column(1, 1), column(0, -1))
    assert (caught.value.argument, caught.value.rows) == ("incentive", [1])


def test_loyalty_tiers_are_reached_at_their_threshold():
    spend, steps = column(99.99, 100, 499.99, 500, 1e9, -5), column(100, 500)
    low, high = "Bronze", "Silver"
    assert loyalty_tier(spend, steps, [low, high]).tolist() == [None, low, low, high, high, None]
    assert loyalty_tier(spend, steps, ["None", low, high]).tolist() == ["None", low, low, high, high, "None"]


def test_loyalty_tiers_that_do_not_fit():
    with pytest.raises(OutOfRange, match="ascend; number 3"):
        loyalty_tier(column(1), column(1, 5, 5), ["a", "b", "c"])
    with pytest.raises(InvalidInput, match="4 labels for 2 thresholds"):
        loyalty_tier(column(1), column(1, 5), ["a", "b", "c", "d"])


def test_published_loyalty_lift():
    assert loyalty_lift(column(0.05), column(0.8), column(0.3)) == pytest.approx([0.153846], abs=5e-7)


@given(st.floats(0, 0.2), st.floats(0, 1), st.floats(0.25, 0.9))
def test_the_lift_keeps_the_margin(reward, redemption, margin):
    lift = loyalty_lift(column(reward), column(redemption), column(margin))[0]
    assert (1 + lift) * (margin - reward * redemption) == pytest.approx(margin)


def test_a_programme_that_gives_away_the_margin():
    with pytest.raises(NotAvailable, match="whole margin") as caught:
        loyalty_lift(column(0.05, 0.3), column(1, 1), column(0.3, 0.3))
    assert caught.value.rows == [1]


def test_referral_of_those_who_would_and_would_not_have_joined():
    tens = column(10, 10)
    value = referral(column(0, 1), column(100, 100), column(20, 20), column(5, 5), tens, column(0, 0), column(0.1, 0.1))
    assert value.tolist() == [105, 20]
    later = referral(column(0, 1), column(100, 100), column(20, 20), column(5, 5), tens, column(2, 1), column(0.1, 0.1))
    assert later == pytest.approx([105 / 1.21, 20 / 1.1])
    with pytest.raises(OutOfRange, match="negative"):
        referral(column(0), column(1), column(1), column(1), column(1), column(-1), column(0.1))


def test_recovery():
    table = recovery(column(500, 200), column(100, 150), column(0.6, 0.6), column(80, 80))
    assert table["expected_value"] == pytest.approx([160, -50])
    assert table["highest_spend"] == pytest.approx([240, 30])
    with pytest.raises(OutOfRange, match="from 0 to 1"):
        recovery(column(1), column(1), column(2), column(1))
