import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma as gamma_distribution
from scipy.stats import norm

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.gamma_gamma import fit, spend

CDNOW = {"model": "gamma_gamma", "p": 6.249572, "q": 3.744225, "v": 15.443521}


def a(*values):
    return np.array(values, dtype=float)


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit(cdnow["frequency"], cdnow["monetary"])


def test_cdnow_sample(fitted):
    """Fader & Hardie (2013), section 3."""
    assert fitted["n"] == 946
    assert [fitted[p] for p in ("p", "q", "v")] == pytest.approx([6.249572, 3.744225, 15.443521], abs=2e-6)
    assert fitted["loglik"] == pytest.approx(-4055.9177, abs=5e-5)
    assert fitted["mean"] == pytest.approx(35.170371, abs=1e-6)
    assert 0.10 < fitted["correlation"] < 0.13


def test_cdnow_master_without_its_free_repeater(cdnow_master):
    fitted = fit(cdnow_master["frequency"], cdnow_master["monetary"])
    repeat = cdnow_master["frequency"] > 0
    assert fitted["n"] == np.sum(repeat) - 1
    assert [fitted[p] for p in ("p", "q", "v")] == pytest.approx([6.27536, 3.62445, 14.98369], abs=6e-6)


def test_published_customers(fitted, cdnow):
    who = {int(name): i for i, name in enumerate(cdnow["customer"])}
    got = spend(fitted, cdnow["frequency"], cdnow["monetary"])
    assert got[who[1516]] == pytest.approx(39.8903, abs=5e-5)
    assert got[who[1]] == pytest.approx(24.6539, abs=5e-5)
    assert got[cdnow["frequency"] == 0] == pytest.approx(35.170371, abs=1e-6)


def test_spend_is_the_mean_of_the_posterior():
    """Of p / nu, with nu ~ Gamma(q, v) seen through x purchases of mean z."""
    p, q, v, x, z = 6.25, 3.74, 15.4, 3, 50.0

    def seen(nu):
        return gamma_distribution(p * x, scale=1 / (nu * x)).pdf(z) * gamma_distribution(q, scale=1 / v).pdf(nu)

    whole = quad(seen, 0, np.inf, limit=200)[0]
    want = quad(lambda nu: p / nu * seen(nu), 0, np.inf, limit=200)[0] / whole
    got = spend({"model": "gamma_gamma", "p": p, "q": q, "v": v}, a(x), a(z))
    assert got == pytest.approx(want, rel=1e-7)


def test_loglik_is_of_the_story():
    x, nu = np.tile(a(1, 2, 3, 6), 10), np.repeat(np.linspace(0.08, 0.5, 10), 4)
    z, count = 4 / nu * np.tile(a(0.5, 1.3, 0.8, 1.1, 1.9, 0.7, 1.2, 0.9), 5), np.tile(a(1, 3), 20)
    fitted = fit(x, z, count)
    assert "note" not in fitted
    p, q, v = (fitted[name] for name in ("p", "q", "v"))

    # a fine sum over log nu: the integrand is smooth and vanishes at both ends
    log_nu = np.log(p / 30) + np.linspace(-9, 9, 4001)
    prior = np.exp(log_nu) * gamma_distribution(q, scale=1 / v).pdf(np.exp(log_nu))
    seen = [gamma_distribution(p * xi, scale=np.exp(-log_nu) / xi).pdf(zi) for xi, zi in zip(x, z, strict=True)]
    logs = np.log(np.array(seen) @ prior * (log_nu[1] - log_nu[0]))
    assert fitted["loglik"] == pytest.approx(np.sum(count * logs), rel=1e-7)


@pytest.mark.parametrize("currency", [1e-6, 1e6])
def test_currency_changes_only_v(cdnow, fitted, currency):
    other = fit(cdnow["frequency"], cdnow["monetary"] * currency)
    assert [other["p"], other["q"]] == pytest.approx([fitted["p"], fitted["q"]], rel=1e-7)
    assert other["v"] == pytest.approx(fitted["v"] * currency, rel=1e-7)
    assert other["se_v"] == pytest.approx(fitted["se_v"] * currency, rel=1e-6)


def test_counts_are_repetition():
    x, z, count = a(1, 2, 5, 1, 3, 2, 1), a(5, 90, 20, 160, 8, 30, 40), a(30, 20, 10, 25, 15, 20, 30)
    times = count.astype(int)
    fitted = fit(x, z, count)
    assert "note" not in fitted
    assert fitted == pytest.approx(fit(np.repeat(x, times), np.repeat(z, times)))


def test_a_sample_gives_starting_values_and_changes_nothing():
    rng = np.random.default_rng(9)
    x = rng.integers(1, 8, 70_000).astype(float)
    z = (rng.gamma(4.0 * x) / rng.gamma(5.0, 1 / 60.0, x.size) / x).round(2)
    doubled = fit(np.tile(x, 2), np.tile(z, 2))
    counted = fit(x, z, np.full(x.size, 2.0))
    for name in ("p", "q", "v", "loglik", "se_p", "se_v"):
        assert doubled[name] == pytest.approx(counted[name], rel=1e-6)
    few = slice(0, 1000)
    assert fit(x[few], z[few])["p"] == pytest.approx(counted["p"], rel=0.2)


def test_recovers_the_parameters_of_simulated_customers():
    rng = np.random.default_rng(3)
    p, q, v = 4.0, 5.0, 60.0
    x = rng.integers(1, 15, 30_000).astype(float)
    z = rng.gamma(p * x) / (rng.gamma(q, 1 / v, x.size) * x)
    fitted = fit(x, z)
    for name, value in (("p", p), ("q", q), ("v", v)):
        assert abs(fitted[name] - value) < 4 * fitted[f"se_{name}"]
    assert abs(fitted["correlation"]) < 0.02


def test_customers_who_do_not_differ_are_said_to():
    """Means that scatter by chance alone, or less: q runs away, and everybody is expected to spend the same."""
    x = np.tile(np.arange(1.0, 21), 50)
    scatter = np.repeat(norm.ppf((np.arange(50) + 0.5) / 50), 20)
    z = 40 * np.exp(0.4 * scatter * x**-0.55)
    fitted = fit(x, z)
    assert "how much they spend (q and v ran to a limit)" in fitted["note"]
    np.testing.assert_allclose(spend(fitted, x, z), fitted["mean"], rtol=1e-3)
    rows = np.random.default_rng(1).permutation(x.size)
    other = fit(x[rows], z[rows])
    assert other["note"] == fitted["note"]
    assert other["mean"] == pytest.approx(fitted["mean"], rel=1e-6)


def test_bad_input():
    with pytest.raises(OutOfRange) as caught:
        fit(a(1, 2, 3), a(5, -1, np.nan))
    assert caught.value.argument == "monetary"
    assert caught.value.rows == [1, 2]
    with pytest.raises(NotAvailable, match="different amounts"):
        fit(a(1, 2, 3, 4), a(5, 5, 5, 5))
    with pytest.raises(NotAvailable, match="nobody bought again"):
        fit(a(0, 0), a(0, 0))
    with pytest.raises(NotAvailable, match="too few"):
        fit(a(1, 1, 1), a(5, 6, 7))
    with pytest.raises(InvalidInput):
        spend({"model": "bgnbd"}, a(1), a(1))


def test_infinite_means_are_refused_by_row():
    heavy = {"model": "gamma_gamma", "p": 0.5, "q": 0.6, "v": 10.0}
    with pytest.raises(OutOfRange) as caught:
        spend(heavy, a(0, 1, 0), a(0, 5, 0))
    assert caught.value.rows == [0, 2]
    assert spend(heavy, a(1), a(5)) == pytest.approx(0.5 * (10 + 5) / 0.1)
