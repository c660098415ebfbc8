"""The `profit` family as cells see it; the mathematics is tested in tests/models."""

import datetime as dt

import pytest

from cvm_xl import functions
from cvm_xl.cells import ExcelError
from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange


def cells(name, *args, **named):
    return functions.get(name).cells(*args, **named).value


def test_allocate_keeps_blank_rows_blank_and_zero_drivers_at_zero():
    assert cells("CVM_ALLOCATE", 100, [["orders"], [1], [None], [0], [2]]) == [[None], [33.33], [None], [0], [66.67]]


def test_allocate_says_when_there_is_no_driver():
    with pytest.raises(OutOfRange, match="sum to zero or less"):
        cells("CVM_ALLOCATE", 100, [[0], [0]])
    with pytest.raises(OutOfRange, match="a whole number"):
        cells("CVM_ALLOCATE", 100, [[1], [1]], 1.5)


def test_allocate_with_other_decimals():
    assert cells("CVM_ALLOCATE", 100, [[1], [1], [1]], 0) == [[34], [33], [33]]
    assert cells("CVM_ALLOCATE", -1, [[1], [2]], decimals=4) == [[-0.3333], [-0.6667]]


def test_pools_take_amounts_in_a_row_or_a_column_and_empty_drivers_as_none():
    drivers = [["orders", "visits"], [1, None], [2, 4], [None, None]]
    expected = [[None, None], [3.33, 0], [6.67, 5], [None, None]]
    assert cells("CVM_ALLOCATE_POOLS", [[10, 5]], drivers) == expected
    assert cells("CVM_ALLOCATE_POOLS", [[10], [5]], drivers) == expected


def test_pools_name_the_driver_that_is_zero():
    with pytest.raises(OutOfRange, match=r"column 2 \(visits\)"):
        cells("CVM_ALLOCATE_POOLS", [[10, 5]], [["orders", "visits"], [1, 0], [2, 0]])
    with pytest.raises(InvalidInput, match="1 amounts for 2 columns"):
        cells("CVM_ALLOCATE_POOLS", 10, [[1, 0], [2, 0]])


def test_service_cost_takes_labelled_ranges():
    usage = [
        ["", "HR", "DP", "Mach", "Assy"],
        ["HR", None, 0.2, 0.8, None],
        ["DP", 0.3, None, None, 0.7],
    ]
    result = cells("CVM_SERVICE_COST", [["HR", 7260], ["DP", 4000]], usage)
    assert [round(row[0], 6) for row in result] == [7200, 4060]
    assert cells("CVM_SERVICE_COST", [[7260, 4000]], usage, "Direct") == [[7260], [4000]]


def test_service_cost_names_the_row_that_does_not_sum_to_one():
    with pytest.raises(OutOfRange, match=r"usage, row 2 \(0.9\): the shares of this department sum to 1"):
        cells("CVM_SERVICE_COST", [[1], [2]], [[0, 0.2, 0.8], [0.3, 0, 0.6]])


def test_tdabc_names_activities_that_have_no_name():
    table = cells("CVM_TDABC", 100, 10, [["minutes"], [1], [2]], [["times"], [2], [3]], [["what"], ["Calls"], [None]])
    assert table == [
        ["activity", "time", "cost"],
        ["Calls", 2, 20],
        ["Activity 2", 6, 60],
        ["Unused", 2, 20],
        ["Total", 10, 100],
    ]


def test_time_marks_the_row_that_is_wrong():
    result = cells("CVM_TIME", 5, [[2, 10]], [[1, None], ["two", 1], [None, None], [0, 1]])
    assert result == [[7], [ExcelError("#VALUE!")], [None], [15]]


def test_pnl_keeps_what_has_no_key_and_shows_dates_as_dates():
    day = dt.date(2025, 3, 1)
    keys = [["segment", "day"], ["A", day], [None, day], ["A", dt.datetime(2025, 3, 1, 12)], [None, None]]
    amounts = [["revenue", "cost"], [10.1, -5], [5, None], [0.2, -0.1], [None, None]]
    assert cells("CVM_PNL", keys, amounts) == [
        ["segment", "day", "revenue", "cost", "total"],
        ["A", day, 10.3, -5.1, 5.2],
        [None, day, 5, 0, 5],
        ["Total", None, 15.3, -5.1, 10.2],
    ]


def test_pnl_without_headers_names_the_columns_itself():
    table = cells("CVM_PNL", [["a"], ["b"], ["a"]], [[1], [2], [4]], "-amount1")
    assert table == [["key1", "amount1", "total"], ["a", 5, 5], ["b", 2, 2], ["Total", 7, 7]]


def test_pnl_names_the_row_of_a_bad_amount():
    with pytest.raises(InvalidInput, match="amounts, row 3"):
        cells("CVM_PNL", [["k"], ["a"], ["b"]], [["x"], [1], ["two"]])
    with pytest.raises(InvalidInput, match="it has k, x, total"):
        cells("CVM_PNL", [["k"], ["a"], ["b"]], [["x"], [1], [2]], "margin")


def test_pocket_price_of_the_published_case():
    table = cells(
        "CVM_POCKET",
        6,
        [["Order size"], ["Competitive"], ["Terms"], ["Volume"], ["Co-op"], ["Promotion"], ["Freight"]],
        [[0.1], [0.12], [0.3], [0.37], [0.35], [0.2], [0.09]],
        [[True], [True], [None], [False], [0], ["FALSE"], [None]],
    )
    prices = {row[0]: row[2] for row in table[1:]}
    assert prices["Invoice price"] == 5.78
    assert prices["Pocket price"] == 4.47


def test_pocket_price_wants_deductions_as_positive_money():
    with pytest.raises(OutOfRange, match="deductions, row 1"):
        cells("CVM_POCKET", 6, [["Cash"], ["Rebate"]], [[-0.1], [0.2]], False)


def test_bridge_with_a_product_sold_in_one_period_only():
    table = cells(
        "CVM_BRIDGE",
        [["product"], ["A"], ["New"], [None]],
        [["p0"], [10], [None], [None]],
        [["v0"], [5], [None], [None]],
        [["c0"], [4], [None], [None]],
        [["p1"], [11], [3], [None]],
        [["v1"], [5], [2], [None]],
        [["c1"], [4], [1], [None]],
    )
    assert table[1:] == [
        ["A", 5, 0, 0, 0, 0, 5],
        ["New", 0, 0, 0, 0, 4, 4],
        ["Total", 5, 0, 0, 0, 4, 9],
    ]


def test_break_even_marks_the_rows_without_an_answer():
    result = cells("CVM_BREAKEVEN", [[-0.5], [-5], [None], [0.5]], 4.5)
    assert result == [[0.125], [ExcelError("#N/A")], [None], [-0.1]]


def test_levers_without_a_profit():
    with pytest.raises(NotAvailable, match="no profit"):
        cells("CVM_LEVERS", 100, 1, 90, 10)
