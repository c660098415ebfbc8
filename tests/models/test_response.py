import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.response import Curve, Curves, calibrate_adbudg, read_curve, respond

KINDS = [
    Curve("power", 3.0, 0.6),
    Curve("log", 30.0, 12.0),
    Curve("exponential", 80.0, 0.03),
    Curve("adbudg", 90.0, 10.0, 2.5, 30.0**2.5),
    Curve("adbudg", 90.0, 10.0, 0.7, 5.0),
]
ALL = Curves.of(KINDS)


def test_adbudg_from_four_judgements():
    model = calibrate_adbudg(47, 100, 126, 152)
    assert (model["a"], model["b"]) == (152, 47)
    assert model["d"] == pytest.approx(0.981132, abs=5e-7)
    assert model["c"] == pytest.approx(2.693951, abs=5e-7)
    answers = respond(model, np.array([0, 0.5, 1, 1.5, 1e9]))
    assert answers == pytest.approx([47, 61.288, 100, 126, 152], abs=5e-4)


@given(st.floats(0.1, 1e6), st.floats(0, 3))
def test_adbudg_in_money_is_the_same_curve(spend, multiple):
    plain, money = calibrate_adbudg(47, 100, 126, 152), calibrate_adbudg(47, 100, 126, 152, spend)
    assert respond(money, np.array([multiple * spend])) == pytest.approx(respond(plain, np.array([multiple])))


@pytest.mark.parametrize(
    ("judgements", "argument"),
    [((47, 47, 126, 152), "current"), ((47, 100, 100, 152), "plus50"), ((47, 100, 126, 126), "saturation")],
)
def test_judgements_must_rise(judgements, argument):
    with pytest.raises(OutOfRange, match="zero < current") as caught:
        calibrate_adbudg(*judgements)
    assert caught.value.argument == argument


def test_published_curves():
    assert respond({"model": "power", "a": 10, "b": 0.5}, np.array([0.0, 100])).tolist() == [0, 100]
    assert respond({"model": "log", "a": 50, "b": 10}, np.array([65.0])) == pytest.approx(50 * np.log(7.5))
    assert respond({"model": "exponential", "a": 100, "b": 0.1}, np.array([10.0])) == pytest.approx(63.212056)
    assert respond({"model": "adbudg", "a": 100, "b": 0, "c": 4, "d": 1e4}, np.array([5.0])) == pytest.approx(5.882353)


@settings(max_examples=50)
@given(st.floats(0.5, 500))
def test_slopes_curvatures_and_their_inverse(x):
    at, h = np.full(5, x), 1e-4 * x
    assert ALL.slope(at) == pytest.approx((ALL.value(at + h) - ALL.value(at - h)) / (2 * h), rel=1e-5)
    assert ALL.curvature(at) == pytest.approx((ALL.slope(at + h) - ALL.slope(at - h)) / (2 * h), rel=1e-4, abs=1e-9)
    concave = at >= ALL.inflection()
    assert ALL.demand(ALL.slope(at))[concave] == pytest.approx(at[concave], rel=1e-9)


def test_inflection_is_where_curvature_turns():
    q = ALL.inflection()
    assert q[:3].tolist() == [0, 0, 0]
    assert q[4] == 0
    before, after = ALL.curvature(np.full(5, q[3] * 0.999))[3], ALL.curvature(np.full(5, q[3] * 1.001))[3]
    assert before > 0 > after


def test_large_powers_do_not_overflow():
    steep = {"model": "adbudg", "a": 1.0, "b": 0.0, "c": 25.0, "d": 1e150}
    assert respond(steep, np.array([0, 1e5, 1e6, 1e7, 1e12])) == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-9)


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"model": "bgnbd", "a": 1, "b": 1}, InvalidInput, "one of power, log, exponential, adbudg"),
        ({"model": "power", "a": 1}, InvalidInput, "needs a number b"),
        ({"model": "power", "a": 1, "b": "x"}, InvalidInput, "needs a number b"),
        ({"model": "log", "a": 1, "b": 0}, OutOfRange, "b of the model .log. must be above 0"),
        ({"model": "adbudg", "a": 1, "b": 2, "c": 1, "d": 1}, OutOfRange, "saturation a must be above b"),
    ],
)
def test_params_of_no_curve(params, error, words):
    with pytest.raises(error, match=words):
        read_curve(params)
    with pytest.raises(error, match="the model of Web"):
        read_curve(params, "Web", "models")
