import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.tiers import boundaries, tier, tier_by_amount, tier_by_profit, tier_by_rank

SHARES = np.array([0.2, 0.7, 0.1])
LABELS = ["Top", "Middle", "Bottom"]


def ranks(*profit, shares=SHARES):
    return tier_by_rank(np.array(profit, dtype=float), np.array(shares)).tolist()


@pytest.mark.parametrize(
    ("n", "ends"),
    [(10, [2, 9, 10]), (5, [1, 5, 5]), (3, [1, 3, 3]), (1, [0, 1, 1]), (15, [3, 14, 15]), (1000, [200, 900, 1000])],
)
def test_tiers_end_at_the_cumulative_share_rounded_half_up(n, ends):
    assert boundaries(n, SHARES).tolist() == ends


def test_twenty_seventy_ten_of_ten_customers():
    assert ranks(3, 9, 1, 10, 2, 8, 7, 6, 5, 4) == [1, 0, 2, 0, 1, 1, 1, 1, 1, 1]


def test_equal_profits_share_the_tier_of_their_middle_rank():
    # Ranks 2 to 4 are equal: their middle, 3, is beyond the first boundary of 2.
    assert ranks(10, 5, 5, 5, 4, 3, 2, 1, 0, -1) == [0, 1, 1, 1, 1, 1, 1, 1, 1, 2]
    # Ranks 1 to 3: their middle, 2, is within.
    assert ranks(5, 5, 5, 4, 3, 2, 1, 0, -1, -2) == [0, 0, 0, 1, 1, 1, 1, 1, 1, 2]
    assert ranks(*[7] * 10) == [1] * 10


def test_equal_means_equal_to_the_cent():
    assert ranks(5.001, 4.999, shares=[0.5, 0.5]) == [1, 1]
    assert ranks(5.01, 5.0, shares=[0.5, 0.5]) == [0, 1]
    assert ranks(0.1 + 0.2, 0.3, shares=[0.5, 0.5]) == [1, 1]


def test_profits_beyond_the_cent_are_ranked_all_the_same():
    assert ranks(1e15, 2e15, 5, shares=[0.34, 0.66]) == [1, 0, 1]


@settings(max_examples=100)
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60))
def test_a_better_profit_is_never_in_a_worse_tier_and_order_does_not_matter(profit):
    values = np.array(profit) / 100
    for places in (tier_by_rank(values, SHARES), tier_by_profit(values, SHARES)):
        best_first = places[np.argsort(-values, kind="stable")]
        assert (np.diff(best_first) >= 0).all()
    assert tier_by_rank(values[::-1], SHARES)[::-1].tolist() == tier_by_rank(values, SHARES).tolist()


def test_a_single_customer_and_none():
    assert ranks(5) == [1]
    assert ranks() == []
    assert tier_by_profit(np.array([]), SHARES).tolist() == []


def test_by_profit_counts_what_customers_before_have_made():
    # Made before, of 100: nothing, 50, 80, 90; the loss is in the last tier.
    profit = np.array([50.0, 30, 10, 10, -40, 0])
    assert tier_by_profit(profit, np.array([0.5, 0.4, 0.1])).tolist() == [0, 1, 1, 1, 2, 2]
    assert tier_by_profit(np.array([70.0, 20, 10]), SHARES).tolist() == [0, 1, 2]


def test_by_profit_equal_profits_stay_together():
    # Before the middle one of three equal customers a third is made.
    assert tier_by_profit(np.array([1.0, 1, 1]), np.array([0.3, 0.7])).tolist() == [1, 1, 1]
    assert tier_by_profit(np.array([1.0, 1, 1]), np.array([0.34, 0.66])).tolist() == [0, 0, 0]


def test_by_profit_without_any_profit_all_are_last():
    assert tier_by_profit(np.array([0.0, -5]), SHARES).tolist() == [2, 2]


def test_by_amount_reaches_the_cut_off():
    assert tier_by_amount(np.array([100.0, 99.99, 0, -1, 500]), np.array([100.0, 0.0])).tolist() == [0, 1, 1, 2, 0]


def test_labels():
    assert tier(np.array([1.0, 2, 3]), SHARES, LABELS).tolist() == ["Middle", "Middle", "Top"]
    assert tier(np.array([1.0, 2]), np.array([2.0]), ["A", "B"], "amount").tolist() == ["B", "A"]


def test_bad_shares_and_labels_say_what_is_meant():
    profit = np.array([1.0, 2, 3])
    with pytest.raises(OutOfRange, match="write 20%"):
        tier(profit, np.array([20.0, 70, 10]), LABELS)
    with pytest.raises(OutOfRange, match="not negative") as caught:
        tier(profit, np.array([1.2, -0.2]), ["A", "B"])
    assert caught.value.rows == [1]
    with pytest.raises(InvalidInput, match="2 labels for 3 shares"):
        tier(profit, SHARES, ["A", "B"])
    with pytest.raises(InvalidInput, match="2 labels for 3 tiers"):
        tier(profit, np.array([10.0, 0]), ["A", "B"], "amount")
    with pytest.raises(OutOfRange, match="cut-offs"):
        tier(profit, np.array([1.0, 5]), LABELS, "amount")
    with pytest.raises(InvalidInput, match="rank"):
        tier(profit, SHARES, LABELS, "size")
