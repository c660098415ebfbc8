import numpy as np
import pytest
from customers import simulate
from scipy.integrate import quad
from scipy.special import hyp2f1, hyperu

from cvm_xl.errors import NotAvailable, OutOfRange
from cvm_xl.models.lifetime_value import purchases
from cvm_xl.models.pareto_nbd import alive, expected, fit
from cvm_xl.models.summary import summary

NAMES = ("r", "alpha", "s", "beta")
CDNOW = {"model": "pareto_nbd", "unit": "week", "r": 0.553277, "alpha": 10.577683, "s": 0.606240, "beta": 11.668739}


def a(*values):
    return np.array(values, dtype=float)


def params(*theta):
    return {"model": "pareto_nbd", "unit": "week", **dict(zip(NAMES, theta, strict=True))}


def history(summary):
    return summary["frequency"], summary["recency"], summary["age"]


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit(*history(cdnow))


def test_cdnow_sample(fitted):
    """Fader, Hardie & Lee (2005), table 2, to the digits of later software."""
    assert [fitted[p] for p in NAMES] == pytest.approx([0.553277, 10.577683, 0.606240, 11.668739], abs=5e-6)
    assert fitted["loglik"] == pytest.approx(-9594.97618, abs=5e-6)


def test_cdnow_master(cdnow_master):
    fitted = fit(*history(cdnow_master))
    assert [fitted[p] for p in NAMES] == pytest.approx([0.597420, 11.585658, 0.522186, 8.827761], abs=5e-6)
    assert fitted["loglik"] == pytest.approx(-95415.1186, abs=5e-5)


def test_published_customer(fitted):
    row = a(26), a(30 + 6 / 7), a(31)
    assert alive(fitted, *row) == pytest.approx(0.9979, abs=5e-5)
    assert purchases(fitted, a(39), *row) == pytest.approx(20.1148, abs=5e-5)
    for_ever = alive(fitted, *row) * expected(fitted, a(26), a(31), a(np.inf), a(0.0027))
    assert for_ever == pytest.approx(86.024, abs=5e-4)
    assert purchases(fitted, a(52), a(0), a(0), a(0)) == pytest.approx(1.4734, abs=5e-5)


def test_new_customers_follow_the_published_mean():
    """E[X(t)] = r beta / (alpha (s - 1)) (1 - (beta / (beta + t))^(s - 1))."""
    r, alpha, s, beta = (CDNOW[name] for name in NAMES)
    t = a(1, 10, 100, 1000)
    want = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + t)) ** (s - 1))
    np.testing.assert_allclose(purchases(CDNOW, t, *np.zeros((3, 4))), want, rtol=1e-11)


def published_alive(theta, x, t, T):
    """Fader & Hardie (2005), with the hypergeometric functions of their A0."""
    r, alpha, s, beta = theta
    n = r + s + x

    def term(time):
        if alpha >= beta:
            return hyp2f1(n, s + 1, n + 1, (alpha - beta) / (alpha + time)) / (alpha + time) ** n
        return hyp2f1(n, r + x, n + 1, (beta - alpha) / (beta + time)) / (beta + time) ** n

    odds = s / n * (alpha + T) ** (r + x) * (beta + T) ** s * (term(t) - term(T))
    return 1 / (1 + odds)


@pytest.mark.parametrize("theta", [(0.55, 10.6, 0.6, 11.7), (0.55, 30.0, 0.6, 3.0), (3.0, 8.0, 2.0, 40.0)])
def test_alive_is_the_published_closed_form(theta):
    x, t, T = a(0, 1, 2, 7, 26), a(0, 2, 20, 35, 30.9), a(39, 39, 30, 39, 31)
    want = [published_alive(theta, *row) for row in zip(x, t, T, strict=True)]
    np.testing.assert_allclose(alive(params(*theta), x, t, T), want, rtol=1e-9)


def test_alive_at_scales_where_the_closed_form_overflows():
    def integral(theta, x, t, T):
        r, alpha, s, beta = theta
        # in logarithmic time since the last purchase, where the integrand is smooth

        def h(u):
            y = t + np.exp(u)
            return np.exp(
                u
                + np.log(s / (beta + y))
                + (r + x) * np.log((alpha + T) / (alpha + y))
                + s * np.log((beta + T) / (beta + y))
            )

        return 1 / (1 + quad(h, np.log(T - t) - 40, np.log(T - t), limit=500, epsrel=1e-12)[0])

    for theta, x, t, T in [
        ((0.55, 10.6, 0.6, 11.7), 3000, 38, 39),
        ((0.55, 0.01, 0.6, 11.7), 0, 0, 1e5),
        ((3.0, 1000.0, 0.2, 1e-3), 2, 10, 1e4),
        ((50.0, 300.0, 5.0, 0.5), 40, 20, 39),
    ]:
        assert alive(params(*theta), a(x), a(t), a(T)) == pytest.approx(integral(theta, x, t, T), rel=1e-8)
    extreme = alive(CDNOW, a(1e6, 1e6, 0, 5), a(39, 1, 0, 5), a(39, 39, 0, 5))
    assert np.all((extreme >= 0) & (extreme <= 1))
    assert extreme[[0, 2, 3]].tolist() == [1, 1, 1]


def test_discounted_for_ever_is_the_published_dert():
    """Fader, Hardie & Lee (2005), Journal of Marketing Research: Tricomi's function."""
    r, alpha, s, beta = (CDNOW[name] for name in NAMES)
    x, T, delta = a(0, 2, 26), a(38.9, 20, 31), 0.0027
    scaled = delta * (beta + T)
    want = (r + x) / (alpha + T) * delta ** (s - 1) * (beta + T) ** s * hyperu(s, s, scaled)
    np.testing.assert_allclose(expected(CDNOW, x, T, np.full(3, np.inf), np.full(3, delta)), want, rtol=1e-8)


def test_s_of_one_is_nothing_special():
    one = params(0.55, 10.6, 1.0, 11.7)
    got = expected(one, a(3), a(20), a(52), a(0))
    assert got == pytest.approx(3.55 / 30.6 * 31.7 * np.log(1 + 52 / 31.7), rel=1e-12)


def test_for_ever_undiscounted_needs_short_lives():
    short = params(0.55, 10.6, 2.0, 11.7)
    assert expected(short, a(3), a(20), a(np.inf), a(0)) == pytest.approx(3.55 / 30.6 * 31.7)
    with pytest.raises(OutOfRange) as caught:
        expected(CDNOW, a(3), a(20), a(np.inf), a(0))
    assert caught.value.argument == "discount"


def test_loglik_and_errors_by_other_means():
    """The fit maximises the published likelihood, and its standard errors are that likelihood's curvature."""
    from scipy.special import gammaln

    x, t, T = a(0, 1, 1, 2, 3, 5, 9), a(0, 3, 20, 25, 30, 35, 37), np.full(7, 38.0)
    count = a(1200, 180, 150, 110, 90, 60, 40)

    def loglik(theta):
        r, alpha, s, beta = theta
        whole = 1 / np.array([published_alive(theta, *row) for row in zip(x, t, T, strict=True)])
        logs = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return np.sum(count * (logs - (r + x) * np.log(alpha + T) - s * np.log(beta + T) + np.log(whole)))

    fitted = fit(x, t, T, count)
    theta = np.array([fitted[name] for name in NAMES])
    assert fitted["loglik"] == pytest.approx(loglik(theta), abs=1e-6)
    curvature = np.empty((4, 4))
    steps = np.diag(1e-3 * theta)
    for i in range(4):
        assert loglik(theta + steps[i]) < loglik(theta)
        assert loglik(theta - steps[i]) < loglik(theta)
        for j in range(4):
            corners = [loglik(theta + p * steps[i] + q * steps[j]) for p, q in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            curvature[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * steps[i, i] * steps[j, j])
    errors = np.sqrt(np.diag(np.linalg.inv(-curvature)))
    assert [fitted[f"se_{name}"] for name in NAMES] == pytest.approx(errors, rel=2e-3)


def test_recovers_the_parameters_of_simulated_customers():
    theta = (0.6, 10.0, 0.7, 12.0)
    ages = np.floor(np.linspace(20, 100, 12_000))
    x, recency, age, *_ = simulate(12_000, "pareto_nbd", theta, ages, seed=4)
    fitted = fit(x, recency, age)
    for name, value in zip(NAMES, theta, strict=True):
        assert abs(fitted[name] - value) < 4 * fitted[f"se_{name}"]


def test_counts_are_repetition_and_units_change_only_scales(cdnow, fitted):
    rows = np.stack(history(cdnow))
    distinct, count = np.unique(rows, axis=1, return_counts=True)
    distinct[1:] *= 7
    daily = fit(*distinct, count.astype(float), unit="day")
    assert [daily["r"], daily["s"]] == pytest.approx([fitted["r"], fitted["s"]], rel=1e-6)
    assert [daily["alpha"], daily["beta"]] == pytest.approx([7 * fitted["alpha"], 7 * fitted["beta"]], rel=1e-6)


def test_online_retail_says_that_nobody_left(online_retail):
    fitted = fit(*history(summary(*online_retail)[0]))
    assert fitted["note"].startswith("No customer seems to have left")
    assert fitted["r"] == pytest.approx(0.8310, abs=2e-4)


def test_what_cannot_be_fitted_says_so():
    with pytest.raises(NotAvailable, match="nobody bought again"):
        fit(a(0, 0), a(0, 0), a(5, 9))
    with pytest.raises(NotAvailable, match="too few"):
        fit(a(3), a(5), a(9))
