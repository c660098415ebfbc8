"""The `value` family as cells see it; the mathematics is tested in tests/models."""

import datetime as dt

import numpy as np
import pytest

from cvm_xl import functions
from cvm_xl.cells import ExcelError
from cvm_xl.errors import CvmError, InvalidInput, OutOfRange


def cells(name, *args, **named):
    return functions.get(name).cells(*args, **named).value


def test_tier_keeps_the_place_of_each_customer():
    profit = [["profit"], [30], [None], [900], [-50], [10], [20]]
    assert cells("CVM_TIER", profit) == [[None], ["Middle"], [None], ["Top"], ["Middle"], ["Middle"], ["Middle"]]


def test_tier_with_own_shares_and_labels_in_a_row_or_a_column():
    profit = [[4], [3], [2], [1]]
    expected = [["A"], ["A"], ["B"], ["B"]]
    assert cells("CVM_TIER", profit, [[0.5, 0.5]], [["A", "B"]]) == expected
    assert cells("CVM_TIER", profit, [[0.5], [0.5]], [["A"], ["B"]], "Rank") == expected


def test_tier_by_amount_in_a_cell():
    assert cells("CVM_TIER", 120, [[100, 0]], by="amount") == "Top"
    assert cells("CVM_TIER", [[100], [0], [-1]], [[100, 0]], by="amount") == [["Top"], ["Middle"], ["Bottom"]]


def test_tier_of_a_bad_row_is_no_tier_at_all():
    with pytest.raises(InvalidInput, match="row 3"):
        cells("CVM_TIER", [["profit"], [1], ["n/a"], [2]])
    with pytest.raises(CvmError, match="row 2") as caught:
        cells("CVM_TIER", [[1], ["#DIV/0!"], [2]])
    assert caught.value.code == "#DIV/0!"


def test_tier_says_what_is_wrong_with_shares():
    with pytest.raises(OutOfRange, match=r"shares \(100\): the shares sum to 1"):
        cells("CVM_TIER", [[1], [2]], [[20, 70, 10]])
    with pytest.raises(InvalidInput, match="must be one of rank, profit, amount"):
        cells("CVM_TIER", [[1], [2]], by="size")


def test_whale_leaves_blank_customers_out():
    table = cells("CVM_WHALE", [[1], [None], [-1.5], [2]])
    assert [row[1:3] for row in table[1:]] == [[0, 0], [2, 2], [1, 3], [-1.5, 1.5]]
    assert table[-1] == [1, -1.5, 1.5, 1]


def test_whale_without_a_positive_total_shows_money_only():
    assert cells("CVM_WHALE", [[1], [-1.5]])[-1] == [1, -1.5, -0.5, None]
    figures = dict(cells("CVM_WHALE_STATS", [[1], [-1.5]]))
    assert figures["total"] == -0.5
    assert {name for name, value in figures.items() if value == ExcelError("#N/A")} == {
        "peak",
        "top20",
        "middle70",
        "bottom10",
        "gini",
        "stobachoff",
    }


def test_whale_thinned_for_a_chart():
    table = cells("CVM_WHALE", [[x] for x in range(50, -51, -1)], 7)
    assert len(table) == 8
    assert [table[1][0], table[-1][0]] == [0, 1]
    assert max(row[2] for row in table[1:]) == 50 * 51 / 2


def test_rfm_rows_stay_beside_their_customers():
    table = cells(
        "CVM_RFM_SCORE",
        [[3], [None], [200], ["x"], [10]],
        [[3], [None], [1], [4], [2]],
        [[9], [None], [1], [4], [5]],
        3,
    )
    error = ExcelError("#VALUE!")
    assert table == [
        ["R", "F", "M", "score"],
        [3, 3, 3, 333],
        [None] * 4,
        [1, 1, 1, 111],
        [error] * 4,
        [2, 2, 2, 222],
    ]


def test_rfm_wants_two_to_nine_bins():
    with pytest.raises(OutOfRange, match="from 2 to 9"):
        cells("CVM_RFM_SCORE", 1, 1, 1, 10)


def test_quadrant_with_own_cuts_and_labels():
    result = cells("CVM_QUADRANT", [[5], [4]], [[1], [9]], 5, 2, [["a"], ["b"], ["c"], ["d"]])
    assert result == [["b"], ["c"]]


def test_a_date_is_no_profit():
    with pytest.raises(InvalidInput, match="is a date"):
        cells("CVM_WHALE_STATS", [[1], [dt.date(2025, 1, 1)]])


def test_defaults_hold_in_python_too():
    tiers = functions.get("CVM_TIER")(np.array([3.0, 2, 1]))
    assert tiers.tolist() == ["Top", "Middle", "Middle"]
    assert functions.get("CVM_QUADRANT")(np.array([3.0]), np.array([1.0])).tolist() == ["true friends"]
