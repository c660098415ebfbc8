"""Amounts of groups on their members: every group exact, every member within a unit of its quota."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.models.allocation import allocate
from cvm_xl.models.nested import allocate_within


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1e6)), min_size=1, max_size=40),
    st.lists(st.integers(-(10**9), 10**9), min_size=5, max_size=5),
    st.sampled_from([0, 2, 4]),
)
def test_every_group_sums_to_its_amount_and_members_are_within_a_unit(members, units, decimals):
    group = np.array([g for g, _ in members])
    driver = np.array([d for _, d in members])
    unit = 10.0**-decimals
    amounts = np.array(units) * unit
    shares = allocate_within(amounts, group, driver, decimals)
    assert np.allclose(shares, np.rint(shares / unit) * unit, rtol=0, atol=unit / 1000)
    for g in range(5):
        mine = group == g
        if not mine.any():
            continue
        assert shares[mine].sum() == pytest.approx(amounts[g], abs=unit / 100)
        weight = driver[mine] if driver[mine].sum() > 0 else np.ones(mine.sum())
        assert (np.abs(shares[mine] - amounts[g] * weight / weight.sum()) <= unit * 1.001).all()


@settings(deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any), st.integers(0, 10**7))
def test_one_group_is_what_allocate_gives(driver, cents):
    weights = np.array(driver, dtype=float)
    shares = allocate_within(np.array([cents / 100]), np.zeros(len(driver), dtype=np.int64), weights)
    exact = allocate(cents / 100, weights)
    assert np.abs(shares - exact).max() <= 0.0101
    assert shares.sum() == pytest.approx(exact.sum())


def test_the_textbook_split_in_two_groups():
    shares = allocate_within(
        np.array([182.25, -785.08]), np.array([0, 1, 0, 1, 1]), np.array([98, 33.33, 2, 33.33, 33.34])
    )
    assert shares.tolist() == [178.61, -261.67, 3.64, -261.67, -261.74]


def test_nothing_to_share_and_nobody_to_bear_it():
    assert allocate_within(np.array([5.0]), np.zeros(0, dtype=np.int64), np.zeros(0)).tolist() == []
    assert allocate_within(np.array([0.01, 9.0]), np.array([0, 0]), np.zeros(2)).tolist() == [0.01, 0.0]
