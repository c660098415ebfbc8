import numpy as np
import pytest
from customers import simulate

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models import bgnbd, gamma_gamma, pareto_nbd
from cvm_xl.models.lifetime_range import lifetime_range, parameter_draws
from cvm_xl.models.lifetime_value import lifetime

BUYING = {"bgnbd": (0.6, 6.0, 0.7, 3.0), "pareto_nbd": (0.8, 8.0, 0.7, 15.0)}
P, Q, V = 4.0, 4.0, 60.0


def company(model, n, seed):
    """Customers seen for 40 weeks, and the money that each brings in the 26 weeks after (discounted at 10% a year)."""
    rng = np.random.default_rng(seed)
    x, recency, age, rate, leave = simulate(n, model, BUYING[model], 40.0, seed)
    nu = rng.gamma(Q, 1 / V, n)
    monetary = np.where(x > 0, rng.gamma(P * np.maximum(x, 1)) / (nu * np.maximum(x, 1)), 0.0)
    # whether a customer is alive now, given what the model does not show
    if model == "bgnbd":
        odds = np.where(x > 0, leave / (1 - leave) * np.exp(rate * (age - recency)), 0.0)
    else:
        total = rate + leave
        odds = leave / total * np.expm1(total * (age - recency))
    alive = rng.random(n) < 1 / (1 + odds)
    future = np.zeros(n)
    for i in np.flatnonzero(alive):
        time = 0.0
        end = 26.0 if model == "bgnbd" else min(26.0, rng.exponential(1 / leave[i]))
        while (time := time + rng.exponential(1 / rate[i])) < end:
            future[i] += rng.gamma(P) / nu[i] * 1.1 ** (-time * 7 / 365.25)
            if model == "bgnbd" and rng.random() < leave[i]:
                break
    return (x, recency, age), monetary, future


@pytest.mark.parametrize("model", list(BUYING))
def test_ranges_hold_what_comes(model):
    """Totals of 30 companies of 200 customers, and 6,000 single customers, against their 90% ranges."""
    fit = {"bgnbd": bgnbd.fit, "pareto_nbd": pareto_nbd.fit}[model]
    held_totals, held, wide = 0, [], []
    for seed in range(30):
        history, monetary, future = company(model, 200, seed)
        n = future.size
        buying, spend = fit(*history), gamma_gamma.fit(history[0], monetary)
        columns = (*history, monetary, np.ones(n), np.full(n, 0.1), np.full(n, 26.0))
        got = lifetime_range(buying, spend, *columns, draws=150, seed=seed)
        held_totals += got["low"][-1] <= np.sum(future) <= got["high"][-1]
        held.append(np.mean((got["low"][:-1] <= future) & (future <= got["high"][:-1])))
        wide.append(got["high"][-1] / got["mean"][-1])
    assert held_totals >= 24  # 27 expected, 1.6 its standard deviation
    assert 0.9 <= np.mean(held) < 0.97
    assert np.median(wide) < 1.6


def test_mean_is_the_lifetime_value_and_the_total_its_sum(cdnow):
    columns = cdnow["frequency"][:200], cdnow["recency"][:200], cdnow["age"][:200]
    buying = bgnbd.fit(cdnow["frequency"], cdnow["recency"], cdnow["age"])
    spend = gamma_gamma.fit(cdnow["frequency"], cdnow["monetary"])
    rest = (*columns, cdnow["monetary"][:200], np.full(200, 0.4), np.full(200, 0.1))
    for horizon in (None, np.full(200, 52.0)):
        got = lifetime_range(buying, spend, *rest, horizon, draws=300)
        want = lifetime(buying, spend, *rest, horizon)
        np.testing.assert_allclose(got["mean"], np.append(want, np.sum(want)))
        assert np.all(got["low"] <= got["high"])
        assert got["low"][-1] < got["mean"][-1] < got["high"][-1]
        assert got["high"][-1] - got["low"][-1] < np.sum(got["high"][:-1] - got["low"][:-1])
        again = lifetime_range(buying, spend, *rest, horizon, draws=300)
        assert all(np.array_equal(got[name], again[name]) for name in got)
        narrow = lifetime_range(buying, spend, *rest, horizon, level=0.5, draws=300)
        assert np.all((got["low"] <= narrow["low"]) & (narrow["high"] <= got["high"]))


def test_predictability_tells_equal_values_apart():
    """Many small purchases are surer than few large ones of the same expected value; a crowd is surer than each."""
    sure = {f"se_{p}": 0.0 for p in ("r", "alpha", "a", "b", "p", "q", "v")}
    sure |= {f"cov_{one}_{two}": 0.0 for one, two in ("pq", "pv", "qv")}
    names = ("r", "alpha", "a", "b")
    sure |= {f"cov_{one}_{two}": 0.0 for i, one in enumerate(names) for two in names[i + 1 :]}
    buying = {"model": "bgnbd", "unit": "week", "r": 0.5, "alpha": 5.0, "a": 0.5, "b": 20.0, **sure}
    spend = {"model": "gamma_gamma", "p": 6.0, "q": 4.0, "v": 15.0, **sure}
    x, t, age, z = (np.array(v) for v in ([40.0, 4.0], [50.0, 50.0], [52.0, 52.0], [20.0, 20.0]))
    one, day = np.ones(2), np.full(2, 0.1)
    few = lifetime(buying, spend, x, t, age, z, one, day, one * 52)
    z[1] *= few[0] / few[1]
    margin = few[0] / lifetime(buying, spend, x, t, age, z, one, day, one * 52)
    got = lifetime_range(buying, spend, x, t, age, z, margin, day, one * 52, draws=4000)
    assert got["mean"][0] == pytest.approx(got["mean"][1])
    assert 0.9 > got["predictability"][0] > got["predictability"][1] + 0.15 > 0.3
    crowd = [np.repeat(column, 300) for column in (x, t, age, z, margin, day, one * 52)]
    assert lifetime_range(buying, spend, *crowd, draws=100)["predictability"][-1] == 1
    nothing = lifetime_range(buying, spend, x, t, age, z, margin, day, one * 0, draws=100)
    assert nothing["predictability"].tolist() == [1, 1, 1]


def test_simulated_means_agree_with_the_formulas():
    """With parameters known for sure, the mean over draws is the expected value, also discounted and for ever."""
    sure = {f"se_{p}": 0.0 for p in "pqv"} | {"cov_p_q": 0.0, "cov_p_v": 0.0, "cov_q_v": 0.0}
    spend = {"model": "gamma_gamma", "p": 5.0, "q": 8.0, "v": 60.0, **sure}
    cases = {
        "bgnbd": (("r", "alpha", "a", "b"), (0.6, 6.0, 0.7, 3.0), "week"),
        "mbgnbd": (("r", "alpha", "a", "b"), (0.6, 6.0, 0.7, 3.0), "week"),
        "pareto_nbd": (("r", "alpha", "s", "beta"), (0.8, 8.0, 1.7, 40.0), "week"),
        "bgbb": (("alpha", "beta", "gamma", "delta"), (1.2, 0.75, 0.9, 3.0), "year"),
    }
    n = 2000
    for model, (names, theta, unit) in cases.items():
        params = {"model": model, "unit": unit, **dict(zip(names, theta, strict=True))}
        params |= {f"se_{name}": 0.0 for name in names}
        params |= {f"cov_{p}_{q}": 0.0 for i, p in enumerate(names) for q in names[i + 1 :]}
        ahead = 5.0 if unit == "year" else 60.0
        rows = [np.full(n, value) for value in (3.0, 8.0, 10.0, 20.0, 1.0, 0.3)]
        for horizon in (np.full(n, ahead), None):
            got = lifetime_range(params, spend, *rows, horizon, draws=100)
            middle = lifetime_range(params, spend, *rows, horizon, level=0.001, draws=100)
            # n customers alike: the total of a draw is n times a mean that hardly varies
            assert middle["low"][-1] == pytest.approx(got["mean"][-1], rel=0.02)


def test_parameter_draws_have_the_fit_s_mean_and_spread():
    params = {"model": "gamma_gamma", "p": 5.0, "q": 8.0, "v": 60.0, "se_p": 0.1, "se_q": 0.2, "se_v": 2.0}
    params |= {"cov_p_q": -0.01, "cov_p_v": -0.1, "cov_q_v": 0.3}
    drawn = parameter_draws(params, 20_000, np.random.default_rng(1))
    values = np.array([[row[name] for name in "pqv"] for row in drawn])
    np.testing.assert_allclose(values.mean(axis=0), [5, 8, 60], rtol=2e-3)
    np.testing.assert_allclose(
        np.cov(values.T), [[0.01, -0.01, -0.1], [-0.01, 0.04, 0.3], [-0.1, 0.3, 4]], rtol=0.05, atol=2e-3
    )


def test_bad_input(cdnow):
    buying = bgnbd.fit(cdnow["frequency"], cdnow["recency"], cdnow["age"])
    spend = gamma_gamma.fit(cdnow["frequency"], cdnow["monetary"])
    row = [np.array([value]) for value in (2.0, 5.0, 9.0, 20.0, 1.0, 0.1)]
    bare = {name: value for name, value in buying.items() if name != "cov_r_b"}
    with pytest.raises(InvalidInput, match="lacks cov_r_b"):
        lifetime_range(bare, spend, *row)
    with pytest.raises(OutOfRange, match="between 0 and 1"):
        lifetime_range(buying, spend, *row, level=1.0)
    with pytest.raises(OutOfRange, match="at least 100"):
        lifetime_range(buying, spend, *row, draws=10)
