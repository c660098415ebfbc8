import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.evc import economic_value


def column(*values):
    return np.array(values, dtype=float)


def grid(*rows):
    return np.array(rows, dtype=float)


def test_value_is_reference_plus_gains_less_losses():
    value = economic_value(column(100, 3000), grid([40, 0], [2000, 3000]), grid([10], [0]))
    assert value.tolist() == [130.0, 8000.0]  # the second: Smith & Nagle's commodity


def test_blank_driver_counts_nothing_and_blank_reference_stays_blank():
    value = economic_value(column(100, np.nan), grid([np.nan, 5], [1, 1]), grid([np.nan], [1]))
    assert value[0] == 105.0
    assert np.isnan(value[1])


def test_value_may_fall_below_zero():
    assert economic_value(column(10), grid([0]), grid([25])).tolist() == [-15.0]


def test_negative_driver_is_sent_to_the_other_side():
    with pytest.raises(OutOfRange, match="losses") as caught:
        economic_value(column(100, 100, 100), grid([1, 2], [1, -2], [-3, 1]), grid([0], [0], [0]))
    assert (caught.value.argument, caught.value.rows, caught.value.value) == ("gains", [1, 2], -2.0)
    with pytest.raises(OutOfRange, match="gains"):
        economic_value(column(100), grid([0]), grid([-1]))


def test_negative_reference_and_other_row_counts_are_refused():
    with pytest.raises(OutOfRange):
        economic_value(column(-1), grid([1]), grid([1]))
    with pytest.raises(InvalidInput, match="2 reference prices"):
        economic_value(column(1, 2), grid([1]), grid([1], [1]))


money = st.floats(0, 1e6)


@settings(max_examples=40)
@given(money, st.lists(money, min_size=1, max_size=4), st.lists(money, min_size=1, max_size=4), st.floats(0.01, 100))
def test_scales_with_money(reference, gains, losses, unit):
    value = economic_value(column(reference), grid(gains), grid(losses))
    scaled = economic_value(column(reference * unit), grid(gains) * unit, grid(losses) * unit)
    assert scaled == pytest.approx(value * unit, rel=1e-9, abs=1e-6)
