import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.evc import economic_value, economic_value_range


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


def ranged(rows, seed=1):
    """The range of one offer from rows of kind, amount, low, high, confidence."""
    kind, amount, low, high, confidence = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    numbers = (column.astype(float) for column in (amount, low, high, confidence))
    found = economic_value_range(np.array(["A"] * len(rows), dtype=object), kind, *numbers, seed=seed)
    return tuple(float(found[name][0]) for name in ("low", "likely", "high"))


def test_one_uncertain_driver_has_its_own_range():
    low, likely, high = ranged([("reference", 100, 100, 100, 0.9), ("gain", 40, 30, 60, 0.9)])
    assert likely == 140
    assert (low, high) == pytest.approx((130, 160), abs=0.5)


def test_independent_drivers_add_in_squares():
    low, likely, high = ranged([("reference", 100, 97, 103, 0.9), ("gain", 40, 36, 44, 0.9)])
    assert (low, high) == pytest.approx((likely - 5, likely + 5), abs=0.25)  # 3 and 4 make 5


def test_less_confidence_is_a_wider_range():
    widths = []
    for confidence in (0.95, 0.9, 0.5):
        low, _, high = ranged([("reference", 100, 90, 110, confidence)])
        widths.append(high - low)
    assert widths[0] < widths[1] < widths[2]
    assert widths[1] == pytest.approx(20, abs=0.5)


def test_an_offer_does_not_move_by_what_stands_beside_it():
    one = [("reference", 100.0, 90.0, 110.0), ("loss", 10.0, 5.0, 20.0)]
    kind, amount, low, high = (np.array(column, dtype=object) for column in zip(*one, strict=True))
    blank = np.full(2, np.nan)
    alone = economic_value_range(
        np.array(["A", "A"], object), kind, *(c.astype(float) for c in (amount, low, high)), blank
    )
    among = economic_value_range(
        np.array(["B", "A", "B", "A"], object),
        kind[[0, 0, 1, 1]],
        *(c[[0, 0, 1, 1]].astype(float) for c in (amount, low, high)),
        np.full(4, np.nan),
    )
    assert list(among["offer"]) == ["B", "A"]
    assert [float(alone[n][0]) for n in ("low", "likely", "high")] == [
        float(among[n][1]) for n in ("low", "likely", "high")
    ]


def test_an_offer_without_reference_has_no_value():
    found = economic_value_range(np.array(["A"], object), np.array(["gain"], object), *np.full((4, 1), 0.5))
    assert np.isnan([found[name][0] for name in ("low", "likely", "high")]).all()


@pytest.mark.parametrize(
    ("row", "argument"),
    [
        (("gain", -1, 0, 2, 0.9), "amount"),
        (("gain", 5, 6, 7, 0.9), "low"),
        (("gain", 5, 1, 4, 0.9), "high"),
        (("gain", 5, 4, 6, 1.0), "confidence"),
        (("gains", 5, 4, 6, 0.9), "kind"),
    ],
)
def test_ranges_that_make_no_sense_name_argument_and_row(row, argument):
    with pytest.raises((OutOfRange, InvalidInput)) as caught:
        ranged([("reference", 100, 100, 100, 0.9), row])
    assert (caught.value.argument, caught.value.rows) == (argument, [1])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(money, st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4), st.floats(0.01, 100))
def test_range_holds_the_likely_value_and_scales_with_money(drivers, unit):
    rows = [("reference", 50.0, 40.0, 60.0, 0.9)]
    rows += [("gain", amount, amount * (1 - down), amount * (1 + up), 0.8) for amount, down, up in drivers]
    found = ranged(rows)
    assert found[0] <= found[1] <= found[2]
    scaled = ranged([(kind, *(unit * x for x in amounts[:3]), amounts[3]) for kind, *amounts in rows])
    assert scaled == pytest.approx(tuple(unit * x for x in found), rel=1e-9)
