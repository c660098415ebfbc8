import numpy as np
import pytest
from scipy.special import beta as beta_function

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.sbg import discounted_survival, fit, residual_lifetime, retention, survival

HIGH_END = np.array([1000, 869, 743, 653, 593, 551, 517, 491.0])
REGULAR = np.array([1000, 631, 468, 382, 326, 289, 262, 241.0])


def a(*values):
    return np.array(values, dtype=float)


@pytest.fixture(scope="module")
def fitted():
    return fit(HIGH_END)


def test_published_fit(fitted):
    """Fader & Hardie (2007), the High End segment."""
    assert [fitted["alpha"], fitted["beta"]] == pytest.approx([0.668088, 3.806095], abs=1e-6)
    assert fitted["loglik"] == pytest.approx(-1611.158, abs=5e-4)
    assert survival(fitted, np.arange(8.0, 13)) == pytest.approx([0.4604, 0.4358, 0.4142, 0.3951, 0.3780], abs=5e-5)


def test_published_fit_of_regular_customers():
    fitted = fit(REGULAR)
    assert [fitted["alpha"], fitted["beta"]] == pytest.approx([0.704, 1.182], abs=5e-4)
    assert fitted["loglik"] == pytest.approx(-1680.27, abs=0.005)


def test_survival_is_retention_multiplied(fitted):
    t = np.arange(1.0, 40)
    np.testing.assert_allclose(survival(fitted, t), np.cumprod(retention(fitted, t)), rtol=1e-12)
    assert np.all(np.diff(retention(fitted, t)) > 0)
    assert survival(fitted, a(0)) == 1


def test_loglik_is_of_the_story(fitted):
    s = survival(fitted, np.arange(8.0))
    assert fitted["loglik"] == pytest.approx(-np.diff(HIGH_END) @ np.log(-np.diff(s)) + 491 * np.log(s[-1]))


def test_residual_lifetime_is_the_discounted_sum(fitted):
    """Published form: renewals from the coming one, which is not discounted."""
    for period, discount in [(1, 0.1), (2, 0.1), (5, 0.5)]:
        t = np.arange(period, period + 600.0)
        want = np.sum(survival(fitted, t) / survival(fitted, a(period - 1)) / (1 + discount) ** (t - period))
        assert residual_lifetime(fitted, a(period), a(discount)) == pytest.approx(want, rel=1e-9)


def test_discounted_survival_by_single_terms():
    b, force = a(0.05, 3.8, 100), np.array([0.0, 0.02, 0.3])
    j = np.arange(50)
    for i in range(3):
        terms = np.exp(-force[i] * j) * beta_function(0.7, b[i] + j) / beta_function(0.7, b[i])
        got = discounted_survival(0.7, b[i : i + 1], force[i : i + 1], a(50))
        assert got == pytest.approx(np.sum(terms), rel=1e-11)
    assert discounted_survival(2.5, a(4), a(0), a(np.inf)) == pytest.approx(5.5 / 1.5)
    assert discounted_survival(0.7, a(4), a(0.1), a(0)) == 0


def test_counts_scale_the_certainty(fitted):
    tenfold = fit(HIGH_END * 10)
    assert tenfold["alpha"] == pytest.approx(fitted["alpha"], rel=1e-6)
    assert tenfold["se_alpha"] == pytest.approx(fitted["se_alpha"] / np.sqrt(10), rel=1e-6)


def test_constant_churn_is_said_to_be():
    fitted = fit(1000 * 0.8 ** np.arange(8))
    assert "how soon they leave" in fitted["note"]
    assert retention(fitted, np.arange(1.0, 20)) == pytest.approx(np.full(19, 0.8), abs=1e-3)


def test_bad_input(fitted):
    with pytest.raises(OutOfRange) as caught:
        fit(a(100, 80, 85, 70))
    assert caught.value.rows == [2]
    with pytest.raises(NotAvailable, match="nobody left"):
        fit(a(100, 100, 100))
    with pytest.raises(NotAvailable, match="three"):
        fit(a(100, 80))
    for call in (lambda: retention(fitted, a(1, 0)), lambda: survival(fitted, a(1, 0.5))):
        with pytest.raises(OutOfRange) as caught:
            call()
        assert caught.value.rows == [1]
    with pytest.raises(OutOfRange) as caught:
        residual_lifetime(fitted, a(1, 1), a(0.1, 0))
    assert caught.value.rows == [1]
    with pytest.raises(InvalidInput):
        survival({"model": "bgnbd"}, a(1))
