import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput
from cvm_xl.models.portfolio import quadrant, rfm_scores

LABELS = ["true friends", "butterflies", "barnacles", "strangers"]


def test_quintiles_of_ten_customers():
    days = np.array([3.0, 200, 10, 40, 90, 5, 300, 20, 60, 150])
    up = np.arange(1.0, 11)
    scores = rfm_scores(days, up, up[::-1])
    assert scores["R"].tolist() == [5, 1, 4, 3, 2, 5, 1, 4, 3, 2]
    assert scores["F"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert scores["M"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scores["score"].tolist() == [515, 115, 424, 324, 233, 533, 142, 442, 351, 251]


def test_equal_values_share_a_score():
    frequency = np.array([1.0] * 6 + [2, 3, 4, 5])
    # The middle rank of the six is 3.5, in the second fifth.
    assert rfm_scores(np.zeros(10), frequency, frequency)["F"].tolist() == [2] * 6 + [4, 4, 5, 5]
    assert set(rfm_scores(np.zeros(10), frequency, frequency)["R"]) == {3}


def test_nested_scores_are_taken_within_the_bin_before():
    days = np.array([1.0, 1, 1, 1, 9, 9, 9, 9])
    frequency = np.array([1.0, 2, 1, 2, 10, 20, 10, 20])
    monetary = np.array([1.0, 1, 2, 2, 1, 1, 2, 2])
    plain = rfm_scores(days, frequency, monetary, bins=2)
    assert plain["F"].tolist() == [1, 1, 1, 1, 2, 2, 2, 2]
    nested = rfm_scores(days, frequency, monetary, bins=2, nested=True)
    assert nested["score"].tolist() == [211, 221, 212, 222, 111, 121, 112, 122]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=60), st.integers(2, 9))
def test_more_is_never_scored_lower_and_bins_are_even_as_far_as_ties_allow(values, bins):
    column = np.array(values, dtype=float)
    scores = rfm_scores(column, column, column, bins)
    order = np.argsort(column, kind="stable")
    assert (np.diff(scores["F"][order]) >= 0).all()
    assert (np.diff(scores["R"][order]) <= 0).all()
    distinct = np.arange(float(len(values)))
    sizes = np.bincount(rfm_scores(distinct, distinct, distinct, bins)["M"].astype(int), minlength=bins + 1)[1:]
    assert sizes.sum() == len(values)
    assert sizes.max() - sizes.min() <= 1


def test_quadrants_split_at_the_medians():
    profit = np.array([100.0, 90, 10, 5])
    duration = np.array([36.0, 2, 40, 1])
    assert quadrant(profit, duration, None, None, LABELS).tolist() == LABELS


def test_on_the_cut_is_high_and_long():
    assert quadrant(np.array([5.0]), np.array([1.0]), 5, 1, LABELS).tolist() == ["true friends"]
    assert quadrant(np.array([4.99, 5]), np.array([1, 0.99]), 5, 1, LABELS).tolist() == ["barnacles", "butterflies"]


def test_four_labels_are_wanted():
    with pytest.raises(InvalidInput, match="give four"):
        quadrant(np.array([5.0]), np.array([1.0]), None, None, ["a", "b"])
