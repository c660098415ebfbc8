import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvm_xl.errors import NotAvailable
from cvm_xl.models.levers import break_even_volume, profit_levers


def test_published_break_even():
    change = break_even_volume(np.array([-0.5, 0.5, 0.0]), np.array([4.5, 4.5, 4.5]))
    assert change.tolist() == [0.125, -0.1, 0.0]


@given(st.floats(-0.9, 5), st.floats(1, 100))
def test_profit_is_kept(change, margin):
    volume = 1 + break_even_volume(np.array([change]), np.array([margin]))[0]
    assert volume * (margin + change) == pytest.approx(margin)


def test_a_cut_of_the_whole_margin_has_no_break_even():
    with pytest.raises(NotAvailable, match="whole margin") as caught:
        break_even_volume(np.array([-1.0, -4.5, -5.0]), np.full(3, 4.5))
    assert caught.value.rows == [1, 2]


def test_published_levers():
    table = profit_levers(100, 1, 70.2, 20.8)
    assert table["lever"].tolist() == ["Price", "Unit cost", "Volume", "Fixed cost"]
    assert np.round(100 * table["profit_change"], 1).tolist() == [11.1, 7.8, 3.3, 2.3]


def test_levers_do_not_depend_on_the_unit():
    one, thousand = profit_levers(100, 1, 70.2, 20.8), profit_levers(100, 1000, 70.2, 20_800)
    assert one["profit_change"] == pytest.approx(thousand["profit_change"])


@pytest.mark.parametrize("fixed_cost", [30, 40])
def test_without_a_profit_there_are_no_levers(fixed_cost):
    with pytest.raises(NotAvailable, match="no profit"):
        profit_levers(100, 1, 70, fixed_cost)
