import numpy as np
import pytest

from cvm_xl.models.pocket_price import pocket_price_waterfall

NAMES = ["Cash", "Order size", "Co-op", "Competitive", "Rebate", "Promotion", "Freight"]
DEDUCTIONS = np.array([0.30, 0.10, 0.12, 0.37, 0.35, 0.20, 0.09])
ON_INVOICE = np.array([False, True, True, False, False, False, False])


def test_published_case():
    table = pocket_price_waterfall(6.00, NAMES, DEDUCTIONS, ON_INVOICE)
    steps = table["step"].tolist()
    assert steps[:5] == ["List price", "Order size", "Co-op", "Invoice price", "Cash"]
    assert steps[-1] == "Pocket price"
    price = dict(zip(steps, table["price"].tolist(), strict=True))
    assert price["List price"] == 6.00
    assert price["Invoice price"] == 5.78
    assert price["Pocket price"] == 4.47
    assert table["share_of_list"][-1] == pytest.approx(0.745)


def test_amounts_sum_to_the_pocket_price():
    table = pocket_price_waterfall(6.00, NAMES, DEDUCTIONS, ON_INVOICE)
    assert np.nansum(table["amount"]) == pytest.approx(4.47)
    assert np.flatnonzero(np.isnan(table["amount"])).tolist() == [3, 9]
    assert table["amount"][[1, 2]].tolist() == [-0.10, -0.12]


def test_all_on_or_all_off_the_invoice():
    on = pocket_price_waterfall(10, ["a"], np.array([1.0]), np.array([True]))
    assert on["step"].tolist() == ["List price", "a", "Invoice price", "Pocket price"]
    assert on["price"].tolist() == [10, 9, 9, 9]
    off = pocket_price_waterfall(10, ["a"], np.array([1.0]), np.array([False]))
    assert off["price"].tolist() == [10, 10, 9, 9]


def test_a_price_given_away_is_shown_as_negative():
    assert pocket_price_waterfall(1, ["a"], np.array([1.5]), np.array([True]))["price"][-1] == -0.5
