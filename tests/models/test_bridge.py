import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput
from cvm_xl.models.bridge import profit_bridge


def bridge(*rows):
    columns = np.array([row[1:] for row in rows], dtype=float).T
    keys = np.array([row[0] for row in rows], dtype=object)
    return {name: column.tolist() for name, column in profit_bridge(keys, *columns).items()}


def test_effects_by_hand():
    # A grows from 100 to 150, B from 100 to 50: the volume of both stays, the mix moves to A.
    table = bridge(
        ("A", 10, 100, 6, 11, 150, 6.5),
        ("B", 20, 100, 18, 20, 50, 18),
        ("New", 0, 0, 0, 5, 10, 3),
        ("Lost", 4, 10, 5, 0, 0, 0),
    )
    assert table == {
        "key": ["A", "B", "New", "Lost", "Total"],
        "price": [150, 0, 0, 0, 150],
        "volume": [0, 0, 0, 0, 0],
        "mix": [200, -100, 0, 0, 100],
        "cost": [-75, 0, 0, 0, -75],
        "new_lost": [0, 0, 20, 10, 30],
        "change": [275, -100, 20, 10, 205],
    }


def test_volume_without_mix():
    table = bridge(("A", 10, 100, 6, 10, 130, 6), ("B", 20, 10, 18, 20, 13, 18))
    assert table["volume"] == pytest.approx([120, 6, 126])
    assert table["mix"] == [0, 0, 0]


def test_a_single_key_has_no_mix():
    assert bridge(("A", 10.1, 7, 3.3, 9.9, 11, 3.1))["mix"] == [0, 0]


def test_prices_may_be_empty_where_nothing_was_sold():
    table = bridge(("New", np.nan, 0, np.nan, 5, 10, 3), ("Lost", 5, 10, 3, np.nan, 0, np.nan))
    assert table["new_lost"] == [20, -20, 0]


def test_an_empty_price_beside_a_volume_is_named():
    with pytest.raises(InvalidInput, match="beside a volume") as caught:
        bridge(("A", 1, 1, 1, 1, 1, 1), ("B", 1, 1, 1, np.nan, 5, 1))
    assert (caught.value.argument, caught.value.rows) == ("price1", [1])


money = st.integers(0, 10**5).map(lambda cents: cents / 100)
volumes = st.integers(-5, 10**4).map(float)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.just("k"), money, volumes, money, money, volumes, money), min_size=1, max_size=15))
def test_effects_sum_to_the_change_of_profit_by_key_and_in_total(rows):
    table = bridge(*rows)
    effects = ("price", "volume", "mix", "cost", "new_lost")
    scale = sum(
        abs(p * v) + abs(c * v) for _, p0, v0, c0, p1, v1, c1 in rows for p, v, c in ((p0, v0, c0), (p1, v1, c1))
    )
    total = 0.0
    for place, (_, p0, v0, c0, p1, v1, c1) in enumerate(rows):
        change = (p1 - c1) * v1 - (p0 - c0) * v0
        total += change
        assert table["change"][place] == pytest.approx(change, rel=1e-9, abs=1e-9 + 1e-12 * scale)
        assert sum(table[name][place] for name in effects) == pytest.approx(change, abs=1e-9 + 1e-9 * scale)
    assert table["change"][-1] == pytest.approx(total, abs=1e-9 + 1e-12 * scale)
