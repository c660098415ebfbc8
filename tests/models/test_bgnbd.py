import numpy as np
import pytest
from customers import simulate
from scipy.integrate import quad
from scipy.special import betaln, gammaln, hyp2f1
from scipy.stats import beta as beta_distribution
from scipy.stats import gamma as gamma_distribution

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.bgnbd import alive, expected, fit
from cvm_xl.models.lifetime_value import purchases
from cvm_xl.models.summary import summary

CDNOW = {"model": "bgnbd", "unit": "week", "r": 0.242595, "alpha": 4.413602, "a": 0.792922, "b": 2.425907}
BOTH = ("bgnbd", "mbgnbd")


def a(*values):
    return np.array(values, dtype=float)


def history(summary):
    return summary["frequency"], summary["recency"], summary["age"]


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit(*history(cdnow))


def test_cdnow_sample(fitted):
    """Fader, Hardie & Lee (2005), table 2, with standard errors."""
    assert (fitted["model"], fitted["unit"], fitted["n"]) == ("bgnbd", "week", 2357)
    assert [fitted[p] for p in ("r", "alpha", "a", "b")] == pytest.approx(
        [0.242595, 4.413602, 0.792922, 2.425907], abs=1e-6
    )
    assert fitted["loglik"] == pytest.approx(-9582.4292, abs=5e-5)
    errors = [fitted[f"se_{p}"] for p in ("r", "alpha", "a", "b")]
    assert errors == pytest.approx([0.012557, 0.378224, 0.185734, 0.705414], abs=6e-7)


def test_cdnow_master(cdnow_master):
    fitted = fit(*history(cdnow_master))
    assert [fitted[p] for p in ("r", "alpha", "a", "b")] == pytest.approx(
        [0.251624, 4.788943, 0.723434, 2.161088], abs=1e-6
    )
    assert fitted["loglik"] == pytest.approx(-95368.4439, abs=5e-5)


def test_published_customers(fitted):
    assert purchases(fitted, a(39), a(2), a(30.43), a(38.86)) == pytest.approx(1.225907, abs=1e-6)
    assert alive(fitted, a(2), a(30.43), a(38.86)) == pytest.approx(0.726609, abs=1e-6)
    row = a(26), a(30 + 6 / 7), a(31)
    assert alive(fitted, *row) == pytest.approx(0.9689, abs=5e-5)
    assert purchases(fitted, a(39), *row) == pytest.approx(20.7489, abs=1e-4)
    assert purchases(fitted, a(52), *row) == pytest.approx(25.7573, abs=5e-5)
    assert purchases(fitted, a(52), a(0), a(0), a(0)) == pytest.approx(1.4440, abs=5e-5)


def integrated(extra, theta, x, t, T):
    """The likelihood of one customer, and of being alive with it, from the model's story: a double integral."""
    r, alpha, aa, b = theta

    def over_p(lam):
        if x == 0 and not extra:
            return np.exp(-lam * T), np.exp(-lam * T)
        stay = lam**x * np.exp(-lam * T + betaln(aa, b + x + extra) - betaln(aa, b))
        gone = lam**x * np.exp(-lam * t + betaln(aa + 1, b + x - 1 + extra) - betaln(aa, b))
        return stay + gone, stay

    weight = gamma_distribution(r, scale=1 / alpha).pdf
    return tuple(quad(lambda lam, i=i: over_p(lam)[i] * weight(lam), 0, np.inf, limit=200)[0] for i in (0, 1))


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize(("x", "t", "T"), [(0, 0, 20), (1, 3, 20), (4, 18, 20), (7, 7, 7)])
def test_likelihood_and_alive_follow_from_the_story(model, x, t, T):
    theta = (1.2, 8.0, 0.8, 2.5)
    params = {"model": model, "unit": "week", **dict(zip(("r", "alpha", "a", "b"), theta, strict=True))}
    whole, stays = integrated(model == "mbgnbd", theta, x, t, T)
    assert alive(params, a(x), a(t), a(T)) == pytest.approx(stays / whole, rel=1e-7)


@pytest.mark.parametrize("model", BOTH)
def test_loglik_is_of_the_story(model):
    x, t, T = a(0, 1, 4, 7, 2), a(0, 3, 18, 20, 19), a(20, 20, 20, 20.5, 20)
    count = a(300, 60, 20, 15, 40)
    fitted = fit(x, t, T, count, model=model)
    theta = [fitted[p] for p in ("r", "alpha", "a", "b")]
    whole = [integrated(model == "mbgnbd", theta, *row)[0] for row in zip(x, t, T, strict=True)]
    assert fitted["loglik"] == pytest.approx(np.sum(count * np.log(whole)), rel=1e-6)


def published_purchases(params, horizon, x, age):
    """Fader, Hardie & Lee (2005), equation 10, given that the customer is alive."""
    r, alpha, aa, b = (params[p] for p in ("r", "alpha", "a", "b"))
    z = horizon / (alpha + age + horizon)
    series = ((alpha + age) / (alpha + age + horizon)) ** (r + x) * hyp2f1(r + x, b + x, aa + b + x - 1, z)
    return (aa + b + x - 1) / (aa - 1) * (1 - series)


def test_expected_purchases_are_the_published_closed_form():
    x, age, horizon = (grid.ravel() for grid in np.meshgrid(a(0, 1, 5, 30), a(0, 10, 80), a(0.1, 39, 200)))
    got = expected(CDNOW, x, age, horizon, np.zeros(x.size))
    np.testing.assert_allclose(got, published_purchases(CDNOW, horizon, x, age), rtol=1e-9)


def test_many_ages_are_interpolated_without_loss():
    x, age = np.tile(a(0, 3, 40), 200), np.linspace(0, 300, 600)
    got = expected(CDNOW, x, age, np.full(600, 52.0), np.zeros(600))
    np.testing.assert_allclose(got, published_purchases(CDNOW, 52.0, x, age), rtol=1e-9)


def test_discounted_purchases_are_the_discounted_rate():
    force, horizon, x, age = 0.01, 80.0, 3.0, 20.0
    k, scale, aa, b = CDNOW["r"] + x, CDNOW["alpha"] + age, CDNOW["a"], CDNOW["b"] + x
    want = quad(lambda u: np.exp(-force * u) * k / scale * hyp2f1(k + 1, aa, aa + b, -u / scale), 0, horizon)[0]
    assert expected(CDNOW, a(x), a(age), a(horizon), a(force)) == pytest.approx(want, rel=1e-9)


def test_a_of_one_is_nothing_special():
    x, age, horizon = a(0, 2, 20), a(5, 30, 38), a(52, 52, 52)
    at, below, above = (
        expected({**CDNOW, "a": value}, x, age, horizon, np.zeros(3)) for value in (1.0, 1 - 1e-7, 1 + 1e-7)
    )
    np.testing.assert_allclose(at, (below + above) / 2, rtol=1e-9)


def test_for_ever_undiscounted_is_the_mean_of_one_over_p():
    params = {**CDNOW, "a": 2.5}
    got = expected(params, a(3), a(20), a(np.inf), a(0))
    want = quad(lambda p: beta_distribution(2.5, CDNOW["b"] + 3).pdf(p) / p, 0, 1)[0]
    assert got == pytest.approx(want, rel=1e-8)
    assert expected(params, a(3), a(20), a(1e9), a(0)) == pytest.approx(want, rel=1e-6)
    with pytest.raises(OutOfRange) as caught:
        expected(CDNOW, a(3, 3), a(20, 20), a(9, np.inf), a(0, 0))
    assert caught.value.rows == [1]
    assert caught.value.argument == "discount"


@pytest.mark.parametrize("model", BOTH)
def test_extreme_histories(model):
    x = a(0, 0, 1e6, 1e6, 3000, 1, 5)
    recency = a(0, 0, 39, 1e-3, 80, 1e-9, 1e5)
    age = a(0, 1e6, 39, 39, 90, 1e-9, 1e5)
    params = {**CDNOW, "model": model}
    got = alive(params, x, recency, age)
    assert np.all((got >= 0) & (got <= 1))
    bought = purchases(params, np.full(7, 52.0), x, recency, age)
    assert np.all(np.isfinite(bought) & (bought >= 0))
    # a million purchases in 39 weeks, the last one now: about the rate, until the customer leaves
    assert bought[2] == pytest.approx(got[2] * expected(params, a(1e6), a(39), a(52), a(0))[0])
    assert purchases(params, a(0), a(3), a(5), a(9)) == 0


def test_alive_falls_in_silence_and_purchases_rise_with_the_horizon():
    silence = alive(CDNOW, np.full(50, 4.0), np.full(50, 10.0), np.linspace(10, 200, 50))
    assert np.all(np.diff(silence) < 0)
    assert alive(CDNOW, a(0, 0), a(0, 0), a(0, 500)).tolist() == [1, 1]
    ahead = purchases(CDNOW, np.linspace(0, 500, 60), np.full(60, 4.0), np.full(60, 30.0), np.full(60, 38.0))
    assert np.all(np.diff(ahead) > 0)


def test_counts_are_repetition_and_order_is_irrelevant(cdnow, fitted):
    rows = np.stack(history(cdnow))
    distinct, count = np.unique(rows, axis=1, return_counts=True)
    counted = fit(*distinct, count.astype(float))
    shuffled = fit(*rows[:, np.random.default_rng(1).permutation(rows.shape[1])])
    for other in (counted, shuffled):
        for name, value in fitted.items():
            assert other[name] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-6, abs=1e-9))


def test_units_change_nothing_but_alpha(cdnow, fitted):
    x, recency, age = history(cdnow)
    daily = fit(x, recency * 7, age * 7, unit="day")
    assert [daily[p] for p in ("r", "a", "b")] == pytest.approx([fitted[p] for p in ("r", "a", "b")], rel=1e-6)
    assert daily["alpha"] == pytest.approx(7 * fitted["alpha"], rel=1e-6)
    assert daily["se_alpha"] == pytest.approx(7 * fitted["se_alpha"], rel=1e-5)


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize("theta", [(0.25, 4.4, 0.8, 2.4), (3.0, 20.0, 0.4, 4.0)])
def test_recovers_the_parameters_of_simulated_customers(model, theta):
    x, recency, age, *_ = simulate(40_000, model, theta, np.linspace(10, 80, 40_000), seed=1)
    fitted = fit(x, recency, age, model=model)
    for name, value in zip(("r", "alpha", "a", "b"), theta, strict=True):
        assert abs(fitted[name] - value) < 4 * fitted[f"se_{name}"]
        assert fitted[f"se_{name}"] < 0.2 * value
    assert "note" not in fitted


def test_forecast_of_simulated_customers_comes_true():
    """The same customers again, watched for twice as long: what they buy in the second half."""
    theta = (0.8, 6.0, 0.7, 3.0)
    x, recency, age, rate, leave = simulate(60_000, "bgnbd", theta, 40.0, seed=2)
    params = {**CDNOW, **dict(zip(("r", "alpha", "a", "b"), theta, strict=True))}
    still = alive(params, x, recency, age)
    # P(alive) given what the analyst does not see, averaged, is P(alive) given what he sees
    truth = np.where(x > 0, 1 / (1 + leave / (1 - leave) * np.exp(rate * (age - recency))), 1.0)
    groups = np.digitize(still, [0.2, 0.4, 0.6, 0.8, 0.9])
    for group in range(6):
        mine = groups == group
        assert np.mean(still[mine]) == pytest.approx(np.mean(truth[mine]), abs=0.02)


def test_online_retail_says_that_nobody_left(online_retail):
    """Its likelihood is highest where all are alive: then the purchases are a plain NBD."""
    table, _ = summary(*online_retail)
    for model in BOTH:
        fitted = fit(*history(table), model=model)
        assert fitted["note"].startswith("No customer seems to have left")
        assert fitted["r"] == pytest.approx(0.8310, abs=2e-4)
        x, age = table["frequency"], table["age"]
        nbd = (fitted["r"] + x) / (fitted["alpha"] + age) * 10
        got = purchases(fitted, np.full(x.size, 10.0), *history(table))
        np.testing.assert_allclose(got, nbd, rtol=0.02)
        assert np.sum(got) == pytest.approx(np.sum(nbd), rel=2e-3)
        shape = fitted["r"]
        loglik = np.sum(
            gammaln(shape + x)
            - gammaln(shape)
            + shape * np.log(fitted["alpha"])
            - (shape + x) * np.log(fitted["alpha"] + age)
        )
        assert fitted["loglik"] == pytest.approx(loglik, abs=0.1)


def test_what_cannot_be_fitted_says_so():
    with pytest.raises(NotAvailable, match="nobody bought again"):
        fit(a(0, 0), a(0, 0), a(5, 9))
    with pytest.raises(NotAvailable, match="too few"):
        fit(a(3), a(5), a(9))
    with pytest.raises(NotAvailable, match="every age is 0"):
        fit(a(1, 0), a(0, 0), a(0, 0))
    with pytest.raises(NotAvailable, match="no customers"):
        fit(a(1, 0), a(1, 0), a(2, 2), a(0, 0))
    with pytest.raises(InvalidInput, match="no unit"):
        fit(a(1), a(1), a(2), unit="weeks")


@pytest.mark.parametrize(
    ("row", "argument"),
    [
        ((-1, 1, 5), "frequency"),
        ((1.5, 1, 5), "frequency"),
        ((np.nan, 1, 5), "frequency"),
        ((2, 6, 5), "recency"),
        ((2, -1, 5), "recency"),
        ((0, 3, 5), "recency"),
        ((2, 1, -5), "age"),
        ((2, 1, np.inf), "age"),
    ],
)
def test_impossible_histories_name_all_their_rows(row, argument):
    good = (2, 3, 5)
    columns = [np.array(column, float) for column in zip(good, row, good, row, strict=True)]
    for call in (lambda: alive(CDNOW, *columns), lambda: purchases(CDNOW, np.full(4, 9.0), *columns)):
        with pytest.raises(OutOfRange) as caught:
            call()
        assert caught.value.argument == argument
        assert caught.value.rows == [1, 3]


def test_params_of_another_model_are_refused():
    with pytest.raises(InvalidInput, match="gamma_gamma"):
        alive({"model": "gamma_gamma"}, a(1), a(1), a(2))
    with pytest.raises(InvalidInput, match="lacks the parameter b"):
        alive({name: value for name, value in CDNOW.items() if name != "b"}, a(1), a(1), a(2))
    with pytest.raises(OutOfRange, match="above 0"):
        alive({**CDNOW, "alpha": 0.0}, a(1), a(1), a(2))
