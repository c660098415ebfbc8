import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvm_xl.models.rows import distinct, levels, order


def test_distinct_rows_give_the_rows_back():
    rng = np.random.default_rng(2)
    columns = rng.integers(0, 4, 5000).astype(float), rng.choice([0.0, -0.0, 1e300, 1e-300, np.pi], 5000)
    rows, index = distinct(*columns)
    for column, row in zip(columns, rows, strict=True):
        np.testing.assert_array_equal(row[index], column)
    assert rows[0].size == len(set(zip(*columns, strict=True)))


@pytest.mark.parametrize("values", [[3, 0, 3, 7, 0], [3, 0.5, 3, 7], [1e9, 2, 1e9], [-1, 4, -1], [0], []])
def test_levels_are_the_sorted_distinct_values(values):
    found, index = levels(np.array(values, dtype=float))
    assert found.tolist() == sorted(set(values))
    assert found[index].tolist() == values


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=60), st.sampled_from([41, 62]))
def test_rows_come_in_the_order_of_their_keys_though_both_fit_into_no_word(keys, bits):
    given_keys = np.array(keys)
    assert order(given_keys, bits).tolist() == np.argsort(given_keys, kind="stable").tolist()


@pytest.mark.parametrize("days", [1.0, 7.0, 30.4375])
def test_levels_of_days_in_any_unit_need_no_sort(days, monkeypatch):
    values = np.random.default_rng(1).integers(0, 900, 5_000) / days
    expected = np.unique(values, return_inverse=True)
    calls = []
    unique = np.unique
    monkeypatch.setattr(np, "unique", lambda *a, **k: calls.append(k) or unique(*a, **k))
    for got, wanted in zip(levels(values), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert calls == [{}]  # the sample alone
