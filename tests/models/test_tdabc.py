import numpy as np
import pytest

from cvm_xl.errors import InvalidInput
from cvm_xl.models.tdabc import activity_time, time_driven_costs


def test_published_case():
    table = time_driven_costs(
        560_000, 700_000, np.array([8.0, 44, 50]), np.array([49_000.0, 1_400, 2_500]), ["Orders", "Inquiries", "Credit"]
    )
    assert table["activity"].tolist() == ["Orders", "Inquiries", "Credit", "Unused", "Total"]
    assert table["time"].tolist() == [392_000, 61_600, 125_000, 121_400, 700_000]
    assert table["cost"].tolist() == [313_600, 49_280, 100_000, 97_120, 560_000]


def test_use_above_capacity_is_negative_unused_and_said():
    table = time_driven_costs(100, 10, np.array([1.0]), np.array([12.0]), ["Calls"])
    assert table["time"].tolist() == [12, -2, 10]
    assert table["cost"].tolist() == [120, -20, 100]
    assert "more time used" in table["activity"][-2]


def test_nothing_done_leaves_all_unused():
    table = time_driven_costs(100, 10, np.array([5.0]), np.array([0.0]), ["Calls"])
    assert table["cost"].tolist() == [0, 100, 100]


def test_decimal_times_use_the_capacity_up_exactly():
    table = time_driven_costs(9, 0.3, np.array([0.1, 0.2]), np.array([1.0, 1.0]), ["a", "b"])
    assert table["time"][-2] == 0
    assert table["activity"][-2] == "Unused"


def test_time_equation():
    quantities = np.array([[1.0, 0, 3], [0, 0, 0], [2, 1, 0]])
    assert activity_time(5.0, np.array([2.0, 10, 0.5]), quantities).tolist() == [8.5, 5, 19]


def test_time_equation_wants_one_coefficient_a_column():
    with pytest.raises(InvalidInput, match="2 coefficients for 3 columns"):
        activity_time(5.0, np.array([2.0, 10]), np.ones((4, 3)))
