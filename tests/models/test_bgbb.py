import itertools

import numpy as np
import pytest
from scipy.special import beta as beta_function

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.bgbb import alive, expected, fit
from cvm_xl.models.lifetime_value import purchases

NAMES = ("alpha", "beta", "gamma", "delta")
# Fader, Hardie & Shang (2010), table 3: 11,104 donors, six years
X = np.array([6, 5, 4, 3, 2, 1, 5, 4, 3, 2, 1, 4, 3, 2, 1, 3, 2, 1, 2, 1, 1, 0.0])
T = np.array([6, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 4, 4, 4, 4, 3, 3, 3, 2, 2, 1, 0.0])
DONORS = np.array(
    [1203, 728, 512, 357, 234, 129, 335, 284, 225, 173, 119, 240, 181, 155, 78, 322, 255, 129, 613, 277, 1091, 3464.0]
)
SIX = np.full(22, 6.0)


def a(*values):
    return np.array(values, dtype=float)


@pytest.fixture(scope="module")
def fitted():
    return fit(X, T, SIX, DONORS)


def test_published_fit(fitted):
    assert [fitted[name] for name in NAMES] == pytest.approx([1.204, 0.750, 0.657, 2.783], abs=5e-4)
    assert fitted["loglik"] == pytest.approx(-33225.6, abs=0.05)
    assert (fitted["unit"], fitted["n"]) == ("year", 11_104)


def test_published_donor(fitted):
    assert alive(fitted, a(4), a(5), a(6)) == pytest.approx(0.6968, abs=5e-5)
    assert purchases(fitted, a(5), a(4), a(5), a(6)) == pytest.approx(2.0300, abs=5e-5)
    assert purchases(fitted, a(5), a(6), a(6), a(6)) == pytest.approx(3.75, abs=5e-3)
    assert purchases(fitted, a(5), a(0), a(0), a(6)) == pytest.approx(0.07, abs=5e-3)


def enumerated(theta, x, t, n, ahead):
    """Likelihood, chance of being alive next period and purchases ahead, from the story of single periods."""
    alpha, beta, gamma, delta = theta
    whole = next_period = later = 0.0
    for left_after in range(t, n + ahead + 1):
        # alive in periods 1 .. left_after, then gone; or alive to the end
        bought = beta_function(alpha + x, beta + min(left_after, n) - x) / beta_function(alpha, beta)
        if left_after < n + ahead:
            lives = beta_function(gamma + 1, delta + left_after) / beta_function(gamma, delta)
        else:
            lives = beta_function(gamma, delta + left_after) / beta_function(gamma, delta)
        weight = bought * lives
        whole += weight
        next_period += weight * (left_after > n)
        rate = (alpha + x) / (alpha + beta + min(left_after, n))
        later += weight * rate * max(left_after - n, 0)
    return whole, next_period / whole, later / whole


@pytest.mark.parametrize(("x", "t", "n"), [(0, 0, 6), (1, 1, 6), (4, 5, 6), (6, 6, 6), (2, 7, 9), (0, 0, 0)])
def test_everything_follows_from_the_story(fitted, x, t, n):
    theta = [fitted[name] for name in NAMES]
    _, next_period, later = enumerated(theta, x, t, n, 5)
    assert alive(fitted, a(x), a(t), a(n)) == pytest.approx(next_period, rel=1e-10)
    assert purchases(fitted, a(5), a(x), a(t), a(n)) == pytest.approx(later, rel=1e-10)


def test_loglik_sums_to_one_and_is_of_the_story(fitted):
    theta = [fitted[name] for name in NAMES]
    logs = [np.log(enumerated(theta, int(x), int(t), 6, 0)[0]) for x, t in zip(X, T, strict=True)]
    assert fitted["loglik"] == pytest.approx(np.sum(DONORS * logs), rel=1e-10)
    chance = 0.0
    for bits in itertools.product((0, 1), repeat=6):
        last = max((i + 1 for i, bit in enumerate(bits) if bit), default=0)
        chance += enumerated(theta, sum(bits), last, 6, 0)[0]
    assert chance == pytest.approx(1)


def test_discounting(fitted):
    """Payment j periods ahead is discounted j times, whatever the horizon."""
    force = 0.1
    single = np.diff([float(expected(fitted, a(4), a(6), a(h), a(0))[0]) for h in range(60)])
    want = np.sum(single * np.exp(-force * np.arange(1, 60)))
    assert expected(fitted, a(4), a(6), a(59), a(force)) == pytest.approx(want, rel=1e-10)
    for_ever = expected(fitted, a(4), a(6), a(np.inf), a(force))
    assert want < for_ever < want * 1.01
    with pytest.raises(OutOfRange) as caught:
        expected(fitted, a(4), a(6), a(np.inf), a(0))
    assert caught.value.argument == "discount"


def test_recovers_the_parameters_of_simulated_customers():
    rng = np.random.default_rng(6)
    n, periods = 30_000, 10
    theta = (1.5, 2.0, 0.8, 4.0)
    buys, leaves = rng.beta(1.5, 2.0, n), rng.beta(0.8, 4.0, n)
    lives = np.minimum(rng.geometric(leaves) - 1, periods)
    bought = (rng.random((n, periods)) < buys[:, None]) & (np.arange(1, periods + 1) <= lives[:, None])
    x = bought.sum(axis=1).astype(float)
    last = np.max(bought * np.arange(1, periods + 1), axis=1).astype(float)
    fitted = fit(x, last, np.full(n, float(periods)))
    for name, value in zip(NAMES, theta, strict=True):
        assert abs(fitted[name] - value) < 4 * fitted[f"se_{name}"]


def test_bad_input(fitted):
    for row, argument in [((3, 2, 6), "frequency"), ((1, 1.5, 6), "recency"), ((1, 7, 6), "recency")]:
        with pytest.raises(OutOfRange) as caught:
            alive(fitted, *(a(1, value) for value in row))
        assert caught.value.argument == argument
    with pytest.raises(OutOfRange, match="whole number of periods"):
        purchases(fitted, a(1.5), a(1), a(1), a(6))
    with pytest.raises(NotAvailable, match="nobody"):
        fit(a(0, 0), a(0, 0), a(6, 6))
    with pytest.raises(InvalidInput):
        alive({"model": "bgnbd"}, a(1), a(1), a(6))
