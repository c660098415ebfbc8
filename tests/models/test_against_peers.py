"""Agreement with implementations that are not ours: the package lifetimes, and the published formulas in many digits.

They come with the extra `peers`; without it these tests are skipped.
"""

import numpy as np
import pytest
from customers import simulate

from cvm_xl.models import bgbb, bgnbd, gamma_gamma, pareto_nbd
from cvm_xl.models.lifetime_value import alive, purchases

THETA = {"bgnbd": (0.6, 6.0, 0.7, 3.0), "mbgnbd": (0.6, 6.0, 0.7, 3.0), "pareto_nbd": (0.8, 8.0, 0.7, 15.0)}
PEERS = {"bgnbd": "BetaGeoFitter", "mbgnbd": "ModifiedBetaGeoFitter", "pareto_nbd": "ParetoNBDFitter"}


def fitted(model, history):
    return pareto_nbd.fit(*history) if model == "pareto_nbd" else bgnbd.fit(*history, model=model)


@pytest.fixture(scope="module", params=["cdnow", "simulated"])
def histories(request):
    """For each model real customers, or simulated ones who follow it; with money for those who bought again."""
    if request.param == "cdnow":
        table = request.getfixturevalue("cdnow")
        return {model: tuple(table[name] for name in ("frequency", "recency", "age")) for model in THETA}
    return {model: simulate(3_000, model, theta, 52.0, 5)[:3] for model, theta in THETA.items()}


def peer(name, params=None):
    """A fitter of lifetimes; with params, as if it had found them."""
    lifetimes = pytest.importorskip("lifetimes")
    import pandas as pd

    made = getattr(lifetimes, name)()
    if params is not None:
        made.params_ = pd.Series(params)
    return made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", THETA)
def test_fits_agree_with_lifetimes(model, histories):
    """Its search stops a little earlier than ours: the same parameters to a thousandth."""
    theirs = peer(PEERS[model])
    theirs.fit(*histories[model])
    ours = fitted(model, histories[model])
    for name, value in theirs.params_.items():
        assert ours[name] == pytest.approx(value, rel=2e-3), name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", THETA)
def test_predictions_agree_with_lifetimes_at_the_same_parameters(model, histories):
    ours = fitted(model, histories[model])
    names = list(ours)[2:6]
    theirs = peer(PEERS[model], {name: ours[name] for name in names})
    history = tuple(column[:400] for column in histories[model])
    with np.errstate(all="ignore"):
        their_alive = np.asarray(theirs.conditional_probability_alive(*history))
        bought = [
            np.asarray(theirs.conditional_expected_number_of_purchases_up_to_time(t, *history)) for t in (4.0, 39.0)
        ]
    np.testing.assert_allclose(alive(ours, *history), their_alive, rtol=1e-6)
    for ahead, expected in zip((4.0, 39.0), bought, strict=True):
        got = purchases(ours, np.full(history[0].size, ahead), *history)
        np.testing.assert_allclose(got, expected, rtol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_spend_agrees_with_lifetimes(cdnow):
    import pandas as pd

    theirs = peer("GammaGammaFitter")
    again = cdnow["frequency"] > 0
    x, z = cdnow["frequency"][again], cdnow["monetary"][again]
    theirs.fit(pd.Series(x), pd.Series(z))
    ours = gamma_gamma.fit(x, z)
    for name, value in theirs.params_.items():
        assert ours[name] == pytest.approx(value, rel=1e-4), name
    want = theirs.conditional_expected_average_profit(pd.Series(x), pd.Series(z))
    np.testing.assert_allclose(gamma_gamma.spend(ours, x, z), want, rtol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_donors_agree_with_lifetimes():
    from cvm_xl.functions.lifetime_fit import DONORS

    x, t, count = (np.array(DONORS[i], dtype=float).ravel() for i in (0, 1, 3))
    theirs = peer("BetaGeoBetaBinomFitter")
    theirs.fit(x, t, np.full(x.size, 6), count)
    ours = bgbb.fit(x, t, np.full(x.size, 6.0), count)
    for name, value in theirs.params_.items():
        assert ours[name] == pytest.approx(value, rel=1e-4), name


# --- the published formulas, in fifty digits ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def mp():
    mpmath = pytest.importorskip("mpmath")
    mpmath.mp.dps = 50
    return mpmath


def bgnbd_loglik(mp, params, x, t, age):
    """Fader, Hardie & Lee (2005), equation 6."""
    r, alpha, a, b = (mp.mpf(params[name]) for name in ("r", "alpha", "a", "b"))
    stays = mp.beta(a, b + x) / mp.beta(a, b) * mp.rf(r, x) * alpha**r / (alpha + age) ** (r + x)
    left = 0
    if x:
        left = mp.beta(a + 1, b + x - 1) / mp.beta(a, b) * mp.rf(r, x) * alpha**r / (alpha + t) ** (r + x)
    return mp.log(stays + left)


def pareto_loglik(mp, params, x, t, age):
    """Fader & Hardie (2005), A note on deriving the Pareto/NBD model, equations 19 to 21."""
    r, alpha, s, beta = (mp.mpf(params[name]) for name in ("r", "alpha", "s", "beta"))
    high, other = (alpha, s + 1) if alpha >= beta else (beta, r + x)

    def part(time):
        z = abs(alpha - beta) / (high + time)
        return mp.hyp2f1(r + s + x, other, r + s + x + 1, z) / (high + time) ** (r + s + x)

    between = s / (r + s + x) * (part(mp.mpf(t)) - part(mp.mpf(age)))
    stays = 1 / ((alpha + age) ** (r + x) * (beta + age) ** s)
    return mp.log(mp.rf(r, x) * alpha**r * beta**s * (stays + between))


def gamma_gamma_loglik(mp, params, x, z):
    """Fader & Hardie (2013), equation 1a."""
    p, q, v = (mp.mpf(params[name]) for name in "pqv")
    px = p * x
    density = mp.gamma(px + q) / (mp.gamma(px) * mp.gamma(q)) * v**q * z ** (px - 1) * x**px / (v + x * z) ** (px + q)
    return mp.log(density)


@pytest.mark.parametrize(("model", "formula"), [("bgnbd", bgnbd_loglik), ("pareto_nbd", pareto_loglik)])
def test_the_likelihood_is_the_published_one(mp, model, formula):
    history = simulate(300, model, THETA[model], 52.0, 9)[:3]
    ours = fitted(model, history)
    want = sum(formula(mp, ours, int(x), t, age) for x, t, age in zip(*history, strict=True))
    assert ours["loglik"] == pytest.approx(float(want), rel=1e-11)


@pytest.mark.parametrize(("model", "formula"), [("bgnbd", bgnbd_loglik), ("pareto_nbd", pareto_loglik)])
def test_no_neighbour_of_the_parameters_is_likelier(mp, model, formula):
    history = simulate(300, model, THETA[model], 52.0, 9)[:3]
    ours = fitted(model, history)
    names = list(ours)[2:6]
    for name in names:
        for factor in (0.99, 1.01):
            near = {**ours, name: ours[name] * factor}
            total = sum(formula(mp, near, int(x), t, age) for x, t, age in zip(*history, strict=True))
            assert float(total) < ours["loglik"], (name, factor)


def test_the_likelihood_of_spend_is_the_published_one(mp):
    rng = np.random.default_rng(3)
    x = 1.0 + rng.poisson(2.0, 300)
    z = rng.gamma(6.0 * x) / (x * rng.gamma(4.0, 1 / 15.0, 300))
    ours = gamma_gamma.fit(x, z)
    want = sum(gamma_gamma_loglik(mp, ours, *row) for row in zip(x.tolist(), z.tolist(), strict=True))
    assert ours["loglik"] == pytest.approx(float(want), rel=1e-11)


@pytest.mark.parametrize("x", [0, 1, 7, 300, 3000])
def test_alive_holds_at_many_purchases(mp, x):
    """P(alive) is the term of those who stay over the whole likelihood, where doubles overflow too."""
    t, age = (30.0, 38.5) if x else (0.0, 38.5)
    params = {"model": "bgnbd", "r": 0.24, "alpha": 4.4, "a": 0.79, "b": 2.4}
    r, alpha, a, b = (mp.mpf(params[name]) for name in ("r", "alpha", "a", "b"))
    odds = a / (b + x - 1) * ((alpha + age) / (alpha + t)) ** (r + x) if x else mp.mpf(0)
    got = alive(params, *(np.array([float(v)]) for v in (x, t, age)))[0]
    assert got == pytest.approx(float(1 / (1 + odds)), rel=1e-10)
    params = {"model": "pareto_nbd", "r": 0.55, "alpha": 10.6, "s": 0.61, "beta": 11.7}
    r, alpha, s, beta = (mp.mpf(params[name]) for name in ("r", "alpha", "s", "beta"))
    stays = mp.rf(r, x) * alpha**r * beta**s / ((alpha + age) ** (r + x) * (beta + age) ** s)
    got = alive(params, *(np.array([float(v)]) for v in (x, t, age)))[0]
    assert got == pytest.approx(float(stays / mp.exp(pareto_loglik(mp, params, x, t, age))), rel=1e-8)
