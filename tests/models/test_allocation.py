from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.allocation import allocate, allocate_pools


def units(shares, decimals=2):
    return [round(Fraction(share) * 10**decimals) for share in shares]


@pytest.mark.parametrize(
    ("amount", "driver", "shares"),
    [
        (182.25, [98, 2], [178.61, 3.64]),
        (182.25, [0.98, 0.02], [178.61, 3.64]),
        (785.08, [33.33, 33.33, 33.34], [261.67, 261.67, 261.74]),
        (0.01, [95, 5], [0.01, 0.0]),
        (-182.25, [98, 2], [-178.61, -3.64]),
        (100, [1, 1, 1], [33.34, 33.33, 33.33]),
        (100, [1 / 3, 1 / 3, 1 / 3], [33.34, 33.33, 33.33]),
        (100, [3, -1], [150.0, -50.0]),
        (-100, [3, -1], [-150.0, 50.0]),
        (0, [1, 2], [0.0, 0.0]),
        (5, [0, 7, 0], [0.0, 5.0, 0.0]),
    ],
)
def test_published_and_hand_computed_splits(amount, driver, shares):
    assert allocate(amount, np.array(driver, dtype=float)).tolist() == shares


def test_equal_remainders_go_to_the_first_rows_also_when_the_drivers_carry_noise():
    assert allocate(0.03, np.array([0.3, 0.1 + 0.2, 0.3, 0.3])).tolist() == [0.01, 0.01, 0.01, 0.0]


def test_no_decimals_gives_whole_money():
    assert allocate(1000, np.array([1.0, 1.0, 1.0]), 0).tolist() == [334, 333, 333]


def test_more_decimals_than_the_amount_has():
    assert allocate(1, np.array([1.0, 2.0]), 4).tolist() == [0.3333, 0.6667]


def test_zero_drivers_never_receive_a_remainder():
    driver = np.array([0.0, 1.0, 1.0, 1.0, 0.0])
    assert allocate(0.02, driver).tolist() == [0.0, 0.01, 0.01, 0.0, 0.0]


drivers = st.one_of(
    st.lists(st.integers(0, 10**6).map(float), min_size=1, max_size=40),
    st.lists(st.integers(-100, 10**6).map(lambda cents: cents / 100), min_size=1, max_size=40),
    st.lists(st.floats(0, 1e9), min_size=1, max_size=40),
    st.lists(st.floats(-1, 1e3), min_size=1, max_size=40),
).filter(lambda values: sum(values) > 0.1 * sum(map(abs, values)))


@settings(max_examples=200)
@given(st.integers(-(10**14), 10**14), drivers, st.integers(0, 6))
def test_shares_sum_exactly_and_lie_within_one_unit_of_the_quota(total, driver, decimals):
    total = total // 10 if decimals > 2 else total
    shares = units(allocate(total / 10**decimals, np.array(driver), decimals), decimals)
    assert sum(shares) == total
    weight = sum(map(Fraction, driver))
    slack = 1 + Fraction(abs(total), 10**14)  # a driver's own 16 digits
    assert all(abs(share - total * Fraction(d) / weight) < slack for share, d in zip(shares, driver, strict=True))


@settings(max_examples=100)
@given(
    st.integers(0, 10**14),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any),
)
def test_whole_drivers_give_the_largest_remainder_split_of_exact_arithmetic(total, driver):
    weight = sum(driver)
    exact = [total * d // weight for d in driver]
    order = sorted(range(len(driver)), key=lambda row: (-(total * driver[row] % weight), row))
    for row in order[: total - sum(exact)]:
        exact[row] += 1
    assert units(allocate(total / 100, np.array(driver, dtype=float))) == exact


@settings(max_examples=50)
@given(st.integers(-(10**10), 10**10), st.lists(st.integers(1, 10**6), min_size=2, max_size=30, unique=True), st.data())
def test_the_order_of_rows_changes_shares_by_at_most_the_tied_unit(total, driver, data):
    order = data.draw(st.permutations(range(len(driver))))
    shares = units(allocate(total / 100, np.array(driver, dtype=float)))
    moved = units(allocate(total / 100, np.array([driver[row] for row in order], dtype=float)))
    weight = sum(driver)
    remainders = [abs(total) * d % weight for d in driver]
    for place, row in enumerate(order):
        if remainders.count(remainders[row]) == 1:
            assert moved[place] == shares[row]
        else:
            assert abs(moved[place] - shares[row]) <= 1


@settings(max_examples=50)
@given(st.integers(0, 10**8), st.lists(st.integers(1, 10**5), min_size=2, max_size=20), st.integers(1, 99))
def test_splitting_a_customer_in_two_splits_its_cost_to_within_a_cent(total, driver, percent):
    driver = [100 * d for d in driver]
    first = driver[0] * percent // 100
    whole = units(allocate(total / 100, np.array(driver, dtype=float)))
    parts = units(allocate(total / 100, np.array([first, driver[0] - first, *driver[1:]], dtype=float)))
    assert abs(parts[0] + parts[1] - whole[0]) <= 1


def test_a_million_rows_at_a_trillion_conserve_every_cent():
    driver = np.random.default_rng(1).lognormal(3, 2, 1_000_000)
    shares = allocate(999_999_999_999.99, driver)
    assert int(np.rint(shares * 100).sum()) == 99_999_999_999_999


@pytest.mark.parametrize("driver", [[0, 0], [1, -1], [-1, -2], [0.1, 0.2, -0.3]])
def test_no_positive_total_is_refused(driver):
    with pytest.raises(OutOfRange, match="sum to zero or less") as caught:
        allocate(100, np.array(driver, dtype=float))
    assert caught.value.argument == "driver"


def test_nearly_cancelling_drivers_are_refused():
    with pytest.raises(OutOfRange, match="nearly cancel"):
        allocate(1e9, np.array([1e9, 1 - 1e9]))


def test_an_amount_beyond_a_cells_digits_is_refused():
    with pytest.raises(OutOfRange, match="15 digits"):
        allocate(1e15, np.array([1.0, 2.0]))


def test_pools_are_each_split_by_their_own_column():
    drivers = np.array([[98.0, 1.0], [2.0, 1.0]])
    shares = allocate_pools(np.array([182.25, -0.01]), drivers)
    assert shares.tolist() == [[178.61, -0.01], [3.64, 0.0]]


def test_pools_name_the_column_that_cannot_be_shared():
    with pytest.raises(OutOfRange, match="column 2") as caught:
        allocate_pools(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert caught.value.argument == "drivers"
    with pytest.raises(OutOfRange, match="Delivery"):
        allocate_pools(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [1.0, 0.0]]), names=["Orders", "Delivery"])


def test_pools_want_one_amount_a_column():
    with pytest.raises(InvalidInput, match="3 amounts for 2 columns"):
        allocate_pools(np.ones(3), np.ones((4, 2)))
