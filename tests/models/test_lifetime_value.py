import numpy as np
import pytest

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models import bgbb, bgnbd, gamma_gamma, pareto_nbd
from cvm_xl.models.lifetime_value import alive, force_of_interest, lifetime, purchases

BGNBD = {"model": "bgnbd", "unit": "week", "r": 0.242595, "alpha": 4.413602, "a": 0.792922, "b": 2.425907}
MODELS = {
    "bgnbd": BGNBD,
    "mbgnbd": {**BGNBD, "model": "mbgnbd"},
    "pareto_nbd": {"model": "pareto_nbd", "unit": "week", "r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7},
    "bgbb": {"model": "bgbb", "unit": "year", "alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783},
}
SPEND = {"model": "gamma_gamma", "p": 6.249572, "q": 3.744225, "v": 15.443521}
every_model = pytest.mark.parametrize("params", MODELS.values(), ids=list(MODELS))


def a(*values):
    return np.array(values, dtype=float)


HISTORY = a(0, 1, 4, 9), a(0, 3, 18, 20), a(20, 20, 20, 20)
MONETARY = a(0, 25, 60, 10)


def value(params, horizon=None, discount=0.1, margin=1.0, history=HISTORY):
    ahead = None if horizon is None else np.full(4, float(horizon))
    return lifetime(params, SPEND, *history, MONETARY, np.full(4, margin), np.full(4, discount), ahead)


@every_model
def test_undiscounted_it_is_purchases_times_spend(params):
    want = purchases(params, np.full(4, 30.0), *HISTORY) * gamma_gamma.spend(SPEND, HISTORY[0], MONETARY)
    np.testing.assert_allclose(value(params, 30, discount=0), want, rtol=1e-12)


@every_model
def test_horizons_add_up(params):
    """What is bought in each week, discounted in its middle, sums to the value; and horizons reach the limit."""
    parts = np.array([value(params, h, discount=0) for h in range(61)])
    years = 1.0 if params["unit"] == "year" else 7 / 365.25
    when = np.arange(1, 61) if params["model"] == "bgbb" else np.arange(60) + 0.5
    want = np.diff(parts, axis=0).T @ np.exp(-np.log(1.1) * years * when)
    tolerance = 1e-10 if params["model"] == "bgbb" else 1e-5
    np.testing.assert_allclose(value(params, 60), want, rtol=tolerance)
    values = np.array([value(params, h) for h in (0, 10, 100, 1000, 10_000)])
    assert np.all(values[0] == 0)
    assert np.all(np.diff(values, axis=0) >= 0)
    np.testing.assert_allclose(value(params), values[-1], rtol=1e-5)


@every_model
def test_margin_scales_and_discount_shrinks(params):
    np.testing.assert_allclose(value(params, margin=0.3), 0.3 * value(params), rtol=1e-12)
    assert np.all(value(params, discount=0.2) < value(params, discount=0.1))


def test_rows_may_differ_in_horizon_and_discount():
    discount, horizon = a(0.1, 0.1, 0.3, 0), a(52, np.nan, 10, 52)
    got = lifetime(BGNBD, SPEND, *HISTORY, MONETARY, np.ones(4), discount, horizon)
    for i in range(4):
        ahead = None if np.isnan(horizon[i]) else horizon[i]
        assert got[i] == pytest.approx(value(BGNBD, ahead, discount[i])[i])


def test_the_unit_of_time_does_not_change_the_money():
    daily = {**BGNBD, "unit": "day", "alpha": 7 * BGNBD["alpha"]}
    in_days = (HISTORY[0], 7 * HISTORY[1], 7 * HISTORY[2])
    np.testing.assert_allclose(value(daily, history=in_days), value(BGNBD), rtol=1e-9)
    np.testing.assert_allclose(value(daily, 364, history=in_days), value(BGNBD, 52), rtol=1e-9)


def test_the_yearly_rate_is_converted_by_the_unit():
    assert force_of_interest(a(0.1), "year") == pytest.approx(np.log(1.1))
    assert force_of_interest(a(0.15), "week") == pytest.approx(np.log(1.15) * 7 / 365.25)
    assert force_of_interest(a(0.1), "month") == pytest.approx(np.log(1.1) / 12)


@every_model
def test_probabilities_and_growth(params):
    chance = alive(params, *HISTORY)
    assert np.all((chance >= 0) & (chance <= 1))
    grows = np.array([purchases(params, np.full(4, float(h)), *HISTORY) for h in range(0, 60, 6)])
    assert np.all(np.diff(grows, axis=0) > 0)


def test_infinite_values_are_refused_by_row():
    discount, horizon = a(0.1, 0, 0, 0.1), a(np.nan, np.nan, 52, 52)
    with pytest.raises(OutOfRange) as caught:
        lifetime(BGNBD, SPEND, *HISTORY, MONETARY, np.ones(4), discount, horizon)
    assert (caught.value.argument, caught.value.rows) == ("discount", [1])


def test_bad_input():
    with pytest.raises(OutOfRange) as caught:
        value(BGNBD, discount=-0.1)
    assert caught.value.argument == "discount"
    with pytest.raises(OutOfRange) as caught:
        purchases(BGNBD, a(1, -1, 1, 1), *HISTORY)
    assert (caught.value.argument, caught.value.rows) == ("horizon", [1])
    with pytest.raises(InvalidInput, match="no model of purchases"):
        alive(SPEND, *HISTORY)
    with pytest.raises(InvalidInput, match="gamma_gamma"):
        lifetime(BGNBD, BGNBD, *HISTORY, MONETARY, np.ones(4), np.zeros(4), np.ones(4))


def test_a_million_in_the_currency_and_in_frequency():
    got = lifetime(BGNBD, SPEND, a(1e6, 1), a(39, 38), a(39, 39), a(1e6, 1e9), np.ones(2), a(0.1, 0.1), a(52, 52))
    assert np.all(np.isfinite(got) & (got > 0))


def test_each_fit_gives_params_that_are_taken_back(cdnow):
    columns = cdnow["frequency"], cdnow["recency"], cdnow["age"]
    spend = gamma_gamma.fit(cdnow["frequency"], cdnow["monetary"])
    n = cdnow["age"].size
    totals = []
    for params in (bgnbd.fit(*columns), bgnbd.fit(*columns, model="mbgnbd"), pareto_nbd.fit(*columns)):
        got = lifetime(params, spend, *columns, cdnow["monetary"], np.ones(n), np.full(n, 0.1), np.full(n, 39.0))
        assert np.all(np.isfinite(got) & (got >= 0))
        totals.append(np.sum(got))
    # three models of the same customers; BG/BB counts opportunities instead
    assert np.ptp(totals) < 0.06 * np.mean(totals)
    assert bgbb.expected(MODELS["bgbb"], a(1), a(6), a(3), a(0)) > 0
