import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.price_band import acceptance, best_price, cost_plus_gap, price_band, price_step


def column(*values):
    return np.array(values, dtype=float)


METHODS = {
    "cost": 80.0,
    "margin": 0.1,
    "reference": 100.0,
    "evc": 130.0,
    "incentive_share": 0.3,
    "incentive_min": 0.0,
    "intercept": 1 - 0.15 * 130,
    "slope": 0.15,
    "future_value": 0.0,
    "price": np.nan,
    "fair_share": 0.5,
}


def band(**changes):
    """One row of the price band, METHODS' case with changes."""
    table = price_band(**{name: column(value) for name, value in (METHODS | changes).items()})
    return {name: values[0] for name, values in table.items()}


def profit(p, row):
    """Expected profit per offer, future value included, written out plainly."""
    z = row["intercept"] + row["slope"] * p
    return (p - row["cost"] + row["future_value"]) / (1 + np.exp(z))


def log_profit(p, row):
    """Its logarithm, the last log(1 + e^z) by parts that never overflow; far below everything where it is a loss."""
    margin = p - row["cost"] + row["future_value"]
    return np.log(margin) - np.logaddexp(0.0, row["intercept"] + row["slope"] * p) if margin > 0 else -1e300


def test_worked_case():
    row = band()
    assert row["floor"] == pytest.approx(88.8889, abs=5e-5)
    assert (row["ceiling"], row["fair"]) == (121.0, 105.0)
    assert row["target"] == pytest.approx(113.941128, abs=5e-7)
    assert row["acceptance"] == pytest.approx(0.803581, abs=5e-7)
    assert row["expected_profit"] == pytest.approx(27.274461, abs=5e-7)
    assert row["verdict"].startswith("Room")


def test_without_acceptance_the_target_is_fair():
    row = band(intercept=np.nan, slope=np.nan)
    assert row["target"] == row["fair"] == 105.0
    assert np.isnan(row["acceptance"])
    assert np.isnan(row["expected_profit"])
    table = price_band(
        **{name: column(METHODS[name]) for name in METHODS if name not in ("intercept", "slope", "price")},
        intercept=None,
        slope=None,
        price=None,
    )
    assert table["target"].tolist() == [105.0]


def test_target_and_fair_stay_in_the_band():
    low = band(margin=0.35, evc=140.0)  # floor 123.08 above fair 110, ceiling 128
    assert low["target"] == low["fair"] == low["floor"] == pytest.approx(80 / 0.65)
    high = band(incentive_min=30.0, fair_share=1.0)  # ceiling 100
    assert high["target"] == high["fair"] == high["ceiling"] == 100.0


def test_future_value_moves_target_and_profit_but_not_the_floor():
    plain, row = band(), band(future_value=20.0)
    assert row["floor"] == plain["floor"]
    assert row["fair"] == plain["fair"]
    assert row["target"] == pytest.approx(best_price(column(60), column(-18.5), column(0.15))[0])
    assert row["expected_profit"] == pytest.approx((row["target"] - 60) * row["acceptance"])
    huge = band(future_value=1e6)
    assert huge["target"] == huge["floor"]


def test_incentive_is_the_larger_of_minimum_and_share():
    assert band(incentive_min=15.0)["ceiling"] == 115.0
    assert band(incentive_min=5.0)["ceiling"] == 121.0
    assert band(evc=95.0, incentive_share=1.0)["ceiling"] == 95.0  # worth less than the reference: no share


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"evc": 75.0}, "less than its cost;"),
        ({"evc": 85.0}, "cost and margin"),
        ({"incentive_min": 50.0}, "no room for the incentive"),
    ],
)
def test_no_band_is_blank_and_says_why_and_what_to_do(changes, reason):
    row = band(price=100.0, **changes)
    assert row["floor"] > row["ceiling"]
    assert all(np.isnan(row[name]) for name in ("target", "fair", "acceptance", "expected_profit"))
    assert row["verdict"].startswith("No band: ")
    assert reason in row["verdict"]
    assert "lower the cost, raise the value or award elsewhere" in row["verdict"]


def test_band_of_one_price_survives_rounding():
    row = band(cost=63.0, margin=0.3, reference=90.0, evc=90.0)  # 63 / (1 - .3) is a hair above 90
    assert row["target"] == row["floor"] == row["ceiling"]


@pytest.mark.parametrize(
    ("price", "begins"),
    [
        (79.99, "Below cost"),
        (80.0, "Below floor"),
        (88.88, "Below floor"),
        (88.89, "Giving away"),
        (112.0, "Giving away"),
        (113.0, "Within"),  # within 1% of the target
        (113.95, "Within"),
        (121.0, "Within"),
        (121.01, "Too dear"),
        (np.nan, "Room"),
    ],
)
def test_verdict_places_the_price(price, begins):
    assert band(price=price)["verdict"].split(":")[0] == begins


def test_incomplete_row_is_blank():
    for name in ("cost", "margin", "reference", "evc", "future_value", "fair_share", "incentive_share"):
        row = band(**{name: np.nan})
        assert row["verdict"] == ""
        assert all(np.isnan(row[key]) for key in row if key != "verdict")


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"cost": -0.01}, "cost"),
        ({"margin": 1.0}, "margin"),
        ({"margin": -0.01}, "margin"),
        ({"reference": -1.0}, "reference"),
        ({"incentive_share": 1.01}, "incentive_share"),
        ({"incentive_min": -1.0}, "incentive_min"),
        ({"fair_share": 1.01}, "fair_share"),
        ({"price": -1.0}, "price"),
        ({"slope": 0.0}, "slope"),
        ({"slope": -0.1}, "slope"),
    ],
)
def test_out_of_bounds_names_argument_and_every_row(changes, argument):
    table = {name: np.full(3, value) for name, value in METHODS.items()}
    for name, value in changes.items():
        table[name][[0, 2]] = value
    with pytest.raises(OutOfRange) as caught:
        price_band(**table)
    assert caught.value.argument == argument
    assert caught.value.rows == [0, 2]
    assert caught.value.value == changes[argument]


def test_intercept_and_slope_come_together():
    with pytest.raises(InvalidInput, match="together"):
        band(slope=np.nan)
    with pytest.raises(InvalidInput, match="together"):
        band(intercept=np.nan)


cases = st.fixed_dictionaries(
    {
        "cost": st.floats(1, 200),
        "margin": st.floats(0, 0.6),
        "reference": st.floats(1, 300),
        "evc": st.floats(1, 400),
        "incentive_share": st.floats(0, 1),
        "incentive_min": st.floats(0, 20),
        "intercept": st.floats(-40, 5),
        "slope": st.floats(0.005, 1),
        "future_value": st.floats(0, 50),
        "fair_share": st.floats(0, 1),
    }
)


@settings(max_examples=100)
@given(cases)
def test_target_beats_every_price_in_the_band(case):
    row = band(**case)
    if np.isnan(row["target"]):
        assert row["floor"] > row["ceiling"]
        return
    assert row["floor"] <= row["target"] <= row["ceiling"]
    assert row["floor"] <= row["fair"] <= row["ceiling"]
    prices = np.append(np.linspace(row["floor"], row["ceiling"], 201), row["fair"])
    best = profit(prices, case).max()
    assert row["expected_profit"] >= best - 1e-9 * max(1.0, abs(best))


@settings(max_examples=60)
@given(cases, st.floats(0.01, 100))
def test_scaling_all_money_scales_the_band(case, unit):
    money = ("cost", "reference", "evc", "incentive_min", "future_value")
    row = band(**case)
    scaled = band(**(case | {name: case[name] * unit for name in money} | {"slope": case["slope"] / unit}))
    if np.isnan(row["target"]) or np.isnan(scaled["target"]):
        assert row["ceiling"] - row["floor"] < 1e-9 * row["floor"]
        return
    for name in ("floor", "target", "ceiling", "fair", "expected_profit"):
        assert scaled[name] == pytest.approx(row[name] * unit, rel=1e-7, abs=1e-9)
    assert scaled["acceptance"] == pytest.approx(row["acceptance"], rel=1e-6, abs=1e-300)


@settings(max_examples=60)
@given(cases, st.floats(1, 50))
def test_target_rises_with_value_and_falls_with_price_sensitivity(case, more):
    row, worth_more = band(**case), band(**(case | {"evc": case["evc"] + more}))
    if not np.isnan(row["target"]) and not np.isnan(worth_more["target"]):
        assert worth_more["target"] >= row["target"] - 1e-9
    # The same acceptance at cost, falling faster from there.
    steeper = case | {"slope": 2 * case["slope"], "intercept": case["intercept"] - case["slope"] * case["cost"]}
    flat, steep = band(**(case | {"future_value": 0.0})), band(**(steeper | {"future_value": 0.0}))
    if not np.isnan(flat["target"]):
        assert steep["target"] <= flat["target"] + 1e-9


def test_acceptance_is_logistic_and_falls_with_price():
    p = acceptance(column(0, 100, 200), column(-10, -10, -10), column(0.1, 0.1, 0.1))
    assert p == pytest.approx([1 / (1 + np.exp(-10)), 0.5, 1 / (1 + np.exp(10))])
    assert acceptance(column(1e9, 0, np.nan), column(0, -1e9, 0), column(1, 1, 1))[:2].tolist() == [0.0, 1.0]
    with pytest.raises(OutOfRange, match="above 0"):
        acceptance(column(1), column(1), column(0))


@settings(max_examples=100)
@given(st.floats(0, 500), st.floats(-60, 20), st.floats(0.01, 2), st.floats(-20, 100))
def test_best_price_is_where_profit_stops_rising(cost, intercept, slope, future):
    price = best_price(column(cost), column(intercept), column(slope), column(future))[0]
    net = cost - future
    accepted = acceptance(column(price), column(intercept), column(slope))[0]
    # First-order condition of (p - c) P(p): 1 = b (p - c) (1 - P).
    assert slope * (price - net) * (1 - accepted) == pytest.approx(1.0, rel=1e-6)
    assert price > net


@settings(max_examples=60)
@given(cases)
def test_the_closed_form_is_where_a_search_ends(case):
    """Expected profit has one peak, so a bounded search over the band and one over all prices find it."""
    row = band(**case)
    free = best_price(*(column(case[name]) for name in ("cost", "intercept", "slope", "future_value")))[0]
    net = case["cost"] - case["future_value"]
    for low, high, found in ((net, 2 * free - net, free), (row["floor"], row["ceiling"], row["target"])):
        if not high > low:  # no band
            continue
        # in logarithms, which are concave where the profit is above 0, and never drown
        searched = minimize_scalar(lambda p: -log_profit(p, case), bounds=(max(low, net), high), method="bounded").x
        assert log_profit(found, case) >= log_profit(searched, case) - 1e-9


def test_best_price_in_the_extremes():
    # a + b c = -2000 and -999,999: exp of it overflows, its logarithm does not.
    price = best_price(column(0, 1000), column(-2000, -1e6), column(1, 0.001))
    margin = np.log(price - column(0, 1000)) + np.log(column(1, 0.001))
    below = -(column(-2000, -999_999) + column(1, 0.001) * (price - column(0, 1000)))
    assert np.exp(margin - np.logaddexp(0, below)) == pytest.approx([1.0, 1.0], rel=1e-6)
    assert best_price(column(50), column(2000), column(1)) == pytest.approx([51.0])  # nobody buys: c + 1 / b
    with pytest.raises(OutOfRange, match="flat"):
        best_price(column(50), column(-1), column(1e-320))


def test_band_with_a_flat_acceptance_asks_the_ceiling():
    assert band(slope=1e-320)["target"] == 121.0


def gap(**changes):
    arguments = {"cost": 80.0, "markup": 0.25, "floor": 88.0, "target": 110.0, "ceiling": 120.0} | changes
    return {name: values[0] for name, values in cost_plus_gap(**{k: column(v) for k, v in arguments.items()}).items()}


def test_cost_plus_below_target_gives_margin_away():
    row = gap(intercept=-18.5, slope=0.15)
    assert row["cost_plus"] == 100.0
    assert row["given_away"] == pytest.approx(10 / (1 + np.exp(-18.5 + 15)))
    assert row["lost"] == 0.0


def test_cost_plus_above_target_loses_profit():
    row = gap(markup=0.5, intercept=-18.5, slope=0.15)
    at = {p: (p - 80) / (1 + np.exp(-18.5 + 0.15 * p)) for p in (110, 120)}
    assert row["given_away"] == 0.0
    assert row["lost"] == pytest.approx(at[110] - at[120])


def test_gap_without_acceptance_sells_up_to_the_ceiling():
    assert gap()["given_away"] == 10.0
    assert gap(markup=0.45)["lost"] == 0.0  # 116: dearer than the target, still bought
    assert gap(markup=0.6)["lost"] == 30.0  # 128: above the ceiling, the target's 30 is lost


def test_gap_without_a_band_is_blank():
    row = gap(target=np.nan, floor=130.0)
    assert row["cost_plus"] == 100.0
    assert np.isnan(row["given_away"])
    assert np.isnan(row["lost"])


def test_gap_refuses_a_target_outside_the_band():
    with pytest.raises(OutOfRange, match="floor to ceiling"):
        gap(target=121.0)
    with pytest.raises(OutOfRange) as caught:
        gap(markup=-0.1)
    assert caught.value.argument == "markup"


@settings(max_examples=60)
@given(
    st.floats(0.5, 1000),
    st.floats(0, 2000),
    st.floats(0, 1),
    st.one_of(st.none(), st.sampled_from([0.05, 0.5, 1.0, 9.0])),
)
def test_a_step_stays_between_price_and_target_within_what_is_allowed(price, target, greatest, point):
    step = float(price_step(*(np.array([x if x is not None else np.nan]) for x in (price, target, greatest, point)))[0])
    assert min(price, target) - 1e-6 <= step <= max(price, target) + 1e-6
    assert abs(step - price) <= greatest * price + 1e-6
    assert point is None or step == price or step / point == pytest.approx(round(step / point), abs=1e-6)


def test_steps_by_hand():
    price, target = np.array([100.0, 100.0, 100.0, 100.0]), np.array([114.0, 103.14, 80.0, 100.3])
    assert price_step(price, target, np.full(4, 0.05), np.full(4, 0.5)).tolist() == [105, 103, 95, 100]
    assert np.isnan(price_step(np.array([1.0]), np.array([np.nan]), np.array([0.05]), np.array([np.nan]))[0])
