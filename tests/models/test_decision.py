import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import OutOfRange
from cvm_xl.models.decision import action


def decide(now, potential, cost, probability, room=0.0, cut=0.0):
    return action(*(np.array([x], dtype=float) for x in (now, potential, cost, probability, room, cut)))[0]


@pytest.mark.parametrize(
    ("case", "word"),
    [
        ((100, 400, 50, 0.5), "Invest"),
        ((100, 200, 50, 0.5), "Keep"),  # gain 50 is not above the cost of 50
        ((100, 200.01, 50, 0.5), "Invest"),
        ((-100, 200, 20, 0.5), "Invest"),  # -100 + 150 - 20 > 0
        ((-100, 100, 20, 0.5, 60, 40), "Adjust"),  # the gain of 100 pays, but the customer still loses 20
        ((-100, -10, 5, 1.0, 60, 40), "Adjust"),  # no potential above 0
        ((-100, -10, 5, 1.0, 60, 39.99), "Award"),
        ((0, 0, 0, 0), "Adjust"),
        ((-0.3, 0, 1, 0, 0.1, 0.2), "Adjust"),
        ((0, 3, 0.3, 0.1), "Adjust"),  # 0.1 x 3 is not above 0.3
        ((50, 20, 0, 1), "Keep"),
    ],
)
def test_rule_by_case(case, word):
    assert decide(*case) == word


money = st.floats(-1e4, 1e4)
gains = st.floats(0, 1e4)


@settings(max_examples=200)
@given(money, money, gains, st.floats(0, 1), gains, gains)
def test_never_invests_where_the_expected_gain_is_below_the_cost(now, potential, cost, probability, room, cut):
    word = decide(now, potential, cost, probability, room, cut)
    gain = probability * (potential - now)
    if word == "Invest":
        assert potential > 0
        assert gain > cost
        assert now + gain - cost > 0
    elif now > 0:
        assert word == "Keep"
    else:
        assert word in ("Adjust", "Award")


def test_bad_rows_are_all_named():
    ones = np.ones(3)
    with pytest.raises(OutOfRange, match="from 0 to 1") as caught:
        action(ones, ones, ones, np.array([0.5, 1.5, -0.1]), ones, ones)
    assert (caught.value.argument, caught.value.rows) == ("probability", [1, 2])
    with pytest.raises(OutOfRange, match="positive money"):
        action(ones, ones, ones, ones, ones, -ones)
