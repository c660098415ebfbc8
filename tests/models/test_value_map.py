import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.value_map import position, value_map


def column(*values):
    return np.array(values, dtype=float)


def grid(*rows):
    return np.array(rows, dtype=float)


def test_relative_quality_price_and_fair_price():
    table = value_map(
        column(50, 30, 20),
        column(9, 8, 6),
        grid([6, 9], [8, 4], [8, 6]),
        12,
        column(10, 14),
        ["A", "B"],
        ["x", "y", "z"],
    )
    assert table["rival"].tolist() == ["A", "B"]
    assert table["relative_quality"] == pytest.approx([0.5 * 1.5 + 0.3 * 1 + 0.2 * 0.75, 0.5 * 1 + 0.3 * 2 + 0.2 * 1])
    assert table["relative_price"] == pytest.approx([1.2, 12 / 14])
    assert table["fair_price"] == pytest.approx(12 * table["relative_quality"])  # the rivals' mean price is 12
    assert table["ratio_x"] == pytest.approx([1.5, 1.0])
    assert table["ratio_z"] == pytest.approx([0.75, 1.0])


def test_prices_and_names_may_be_missing():
    table = value_map(column(1, 1), column(5, 5), grid([5], [5]))
    assert table["rival"].tolist() == ["rival_1"]
    assert table["relative_quality"].tolist() == [1.0]
    assert np.isnan(table["relative_price"]).all()
    assert np.isnan(table["fair_price"]).all()
    assert {"ratio_1", "ratio_2"} < set(table)
    without_own = value_map(column(1, 1), column(5, 5), grid([5], [5]), None, column(20))
    assert without_own["fair_price"].tolist() == [20.0]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(*[st.floats(1, 10)] * 4), min_size=1, max_size=6),
    st.floats(0.1, 50),
    st.floats(0.1, 50),
)
def test_unit_of_weights_scores_and_money_does_not_matter(rows, weight_unit, unit):
    weights, own, *rivals = np.array(rows).T
    rivals = np.column_stack(rivals)
    plain = value_map(weights, own, rivals, 8, column(5, 10))
    scaled = value_map(weights * weight_unit, own * unit, rivals * unit, 8 * unit, column(5, 10) * unit)
    assert scaled["relative_quality"] == pytest.approx(plain["relative_quality"])
    assert scaled["relative_price"] == pytest.approx(plain["relative_price"])
    assert scaled["fair_price"] == pytest.approx(plain["fair_price"] * unit)
    ratios = np.array([plain[name] for name in plain if name.startswith("ratio_")])
    assert (plain["relative_quality"] <= ratios.max(axis=0) + 1e-9).all()
    assert (plain["relative_quality"] >= ratios.min(axis=0) - 1e-9).all()


def test_value_map_refuses_what_does_not_fit():
    scores = column(5, 5), grid([5, 4], [5, 4])
    with pytest.raises(InvalidInput, match="one value per attribute, 2; it has 3"):
        value_map(column(1, 1, 1), *scores)
    with pytest.raises(InvalidInput, match="one value per rival, 2; it has 1"):
        value_map(column(1, 1), *scores, 5, column(5))
    with pytest.raises(InvalidInput, match="rivals in columns"):
        value_map(column(1, 1), column(5, 5), grid([5, 5]))
    with pytest.raises(InvalidInput, match="every rival"):
        value_map(column(1, 1), column(5, 5), grid([5], [np.nan]))
    with pytest.raises(OutOfRange, match="ratio") as caught:
        value_map(column(1, 1), column(5, 5), grid([5, 1], [5, 0]))
    assert (caught.value.argument, caught.value.rows, caught.value.value) == ("rivals", [1], 0.0)
    with pytest.raises(OutOfRange, match="not all be 0"):
        value_map(column(0, 0), *scores)
    with pytest.raises(OutOfRange):
        value_map(column(1, -1), *scores)
    with pytest.raises(OutOfRange):
        value_map(column(1, 1), *scores, 5, column(5, 0))


def test_position_per_segment():
    table = position(
        grid([50, 20], [30, 30], [10, 50]),
        column(9, 6, 6),
        grid([6, 8], [8, 6], [4, 5]),
        ["Premium", "Basic"],
        ["speed", "price", "care"],
    )
    assert table["segment"].tolist() == ["Premium"] * 3 + ["Basic"] * 3
    assert table["attribute"].tolist() == ["speed", "price", "care"] * 2
    # Means 30 and 33.3; own over best rival 1.125, 0.75, 1.2. Importance at the mean is not above it.
    assert table["role"].tolist() == ["lead", "leave", "leave", "leave", "leave", "lead"]
    assert table["advantage"] == pytest.approx([6.25, -7.5, 2, 2.5, -7.5, 10])


def test_position_matches_where_a_rival_is_as_good():
    table = position(grid([80], [20]), column(5, 9), grid([5], [3]))
    assert table["role"].tolist() == ["match", "leave"]
    assert table["segment"][0] == "segment_1"
    assert table["attribute"].tolist() == ["attribute_1", "attribute_2"]


def test_equal_importance_leaves_everything():
    table = position(grid([0.1], [0.1], [0.1]), column(5, 5, 5), grid([1], [1], [1]))
    assert set(table["role"]) == {"leave"}


def test_position_refuses_what_does_not_fit():
    with pytest.raises(InvalidInput, match="3 attributes"):
        position(grid([1], [1], [1]), column(5, 5), grid([1], [1]))
    with pytest.raises(InvalidInput, match="empty"):
        position(grid([1], [np.nan]), column(5, 5), grid([1], [1]))
    with pytest.raises(OutOfRange) as caught:
        position(grid([1], [-1]), column(5, 5), grid([1], [1]))
    assert (caught.value.argument, caught.value.rows) == ("importance", [1])
