import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import OutOfRange
from cvm_xl.models.money import group_sums, minor_units, row_sums, running_sums, whole_units


@pytest.mark.parametrize(
    ("amount", "decimals", "units"),
    [
        (1.005, 2, 101),
        (-1.005, 2, -101),
        (2.675, 2, 268),
        (0.125, 2, 13),
        (1.1 * 1.05, 2, 116),
        (2.5, 0, 3),
        (-2.5, 0, -3),
        (1e12 + 0.01, 2, 10**14 + 1),
        (0.0, 2, 0),
        (0.0049, 2, 0),
        (1.2345, 3, 1235),
    ],
)
def test_minor_units_round_half_away_from_zero_as_written(amount, decimals, units):
    assert minor_units(np.array([amount]), decimals)[0] == units


def test_minor_units_refuse_what_a_cell_cannot_keep():
    with pytest.raises(OutOfRange) as caught:
        minor_units(np.array([1.0, 1e14, 2.0, -1e15]))
    assert caught.value.rows == [1, 3]
    assert caught.value.value == 1e14


def test_whole_units_finds_the_smallest_common_decimal_unit():
    units, decimals = whole_units(np.array([1.5, -0.25, 3.0]))
    assert decimals == 2
    assert units.tolist() == [150, -25, 300]
    assert whole_units(np.array([1 / 3, math.pi])) is None
    assert whole_units(np.array([1e16, 0.1])) is None


def test_whole_units_looks_past_the_first_rows():
    values = np.ones(5000)
    values[-1] = 0.01
    assert whole_units(values)[1] == 2


cents = st.integers(-(10**9), 10**9)


@settings(max_examples=50)
@given(st.lists(st.tuples(cents, st.integers(0, 3)), min_size=1, max_size=200), st.integers(0, 4))
def test_group_sums_of_decimals_are_exact(rows, decimals):
    values = np.array([unit for unit, _ in rows]) / 10.0**decimals
    group = np.array([key for _, key in rows])
    exact = [sum(unit for unit, key in rows if key == k) for k in range(4)]
    assert group_sums(values, group, 4).tolist() == [total / 10**decimals for total in exact]


@settings(max_examples=50)
@given(st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=200))
def test_group_sums_of_any_numbers_are_those_of_fsum_but_for_the_last_digit_of_the_numbers(values):
    total = group_sums(np.array(values), np.zeros(len(values), dtype=int), 1)[0]
    assert abs(total - math.fsum(values)) <= 1e-15 * sum(map(abs, values))


def test_group_sums_say_when_a_sum_overflows():
    with pytest.raises(OutOfRange):
        group_sums(np.array([1.7e308, 1.7e308]), np.zeros(2, dtype=int), 1)


def test_row_sums():
    assert row_sums(np.array([[0.1, 0.2, -0.3], [1.0, 2.0, 3.0]])).tolist() == [0.0, 6.0]


def test_running_sums():
    assert running_sums(np.array([0.1, 0.2, -0.3, 1.0])).tolist() == [0.1, 0.3, 0.0, 1.0]
    assert running_sums(np.array([1 / 3, 1 / 3])) == pytest.approx([1 / 3, 2 / 3])
