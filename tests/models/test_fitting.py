import numpy as np
import pytest

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.fitting import expect, fitted, maximise


def normal(values):
    """Log-likelihood of N(mu, sigma^2) with derivatives: its maximum and errors are known in closed form."""

    def likelihood(theta):
        mu, sigma = theta
        d = values - mu
        n, s1, s2 = values.size, d.sum(), (d**2).sum()
        value = -n * np.log(sigma) - s2 / (2 * sigma**2) - n / 2 * np.log(2 * np.pi)
        gradient = np.array([s1 / sigma**2, -n / sigma + s2 / sigma**3])
        cross = -2 * s1 / sigma**3
        return value, gradient, np.array([[-n / sigma**2, cross], [cross, n / sigma**2 - 3 * s2 / sigma**4]])

    return likelihood


@pytest.mark.parametrize("start", [(1.0, 1.0), (100.0, 0.01), (1e-3, 50.0)])
def test_maximum_and_errors_in_closed_form(start):
    values = np.random.default_rng(1).normal(7, 2, 500)
    found = maximise(normal(values), np.array(start))
    assert found[1]
    np.testing.assert_allclose(found[0], [values.mean(), values.std()], rtol=1e-9)
    params = fitted(normal(values), found, {"mu": "size", "sigma": "size"}, {"model": "normal"}, 500.0, 500.0)
    assert list(params)[:3] == ["model", "mu", "sigma"]
    assert params["se_mu"] == pytest.approx(values.std() / np.sqrt(500))
    assert params["se_sigma"] == pytest.approx(values.std() / np.sqrt(1000))
    assert params["cov_mu_sigma"] == pytest.approx(0, abs=1e-9)
    assert "note" not in params


def limit(theta):
    """Grows to its limit as the second parameter does; the first has its maximum at 3."""
    p, q = theta
    value = -((p - 3) ** 2) * 50 - 1 / q
    return value, np.array([-100 * (p - 3), 1 / q**2]), np.array([[-100, 0], [0, -2 / q**3]])


def test_a_parameter_without_a_maximum_is_held_while_the_other_converges():
    found = maximise(limit, np.array([1.0, 1.0]))
    assert not found[1]
    assert found[0][0] == pytest.approx(3, rel=1e-6)
    assert found[0][1] > 1e3
    params = fitted(limit, found, {"p": "speed", "q": "size"}, {}, 100.0, 100.0)
    assert params["se_p"] == pytest.approx(0.1, rel=1e-6)
    assert params["note"].startswith("The data do not tell how customers differ in size (q ran to a limit)")
    with pytest.raises(NotAvailable, match="too few"):
        fitted(limit, found, {"p": "speed", "q": "size"}, {}, 100.0, 3.0)


def test_a_likelihood_that_is_not_finite_at_the_start():
    with pytest.raises(OutOfRange):
        maximise(lambda _: (np.nan, np.zeros(2), np.eye(2)), np.ones(2))


def test_params_are_checked():
    good = {"model": "m", "p": 2.0}
    assert expect(good, ("m",), ("p",)) == (2.0,)
    with pytest.raises(InvalidInput, match="where m is needed"):
        expect({**good, "model": "other"}, ("m",), ("p",))
    with pytest.raises(InvalidInput, match="lacks the parameter q"):
        expect(good, ("m",), ("p", "q"))
    for bad in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(OutOfRange):
            expect({**good, "p": bad}, ("m",), ("p",))
