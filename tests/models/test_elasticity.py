import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import NotAvailable, OutOfRange
from cvm_xl.models.elasticity import fit_elasticity


def column(*values):
    return np.array(values, dtype=float)


def test_exact_demand_and_its_best_price():
    price = column(60, 80, 100, 120)
    fit = fit_elasticity(price, 1e6 * price**-2.5, cost=60)
    assert (fit["model"], fit["n"]) == ("elasticity", 4)
    assert fit["elasticity"] == pytest.approx(-2.5)
    assert fit["intercept"] == pytest.approx(np.log(1e6))
    assert fit["best_price"] == pytest.approx(100.0)  # METHODS: c 60, e -2.5
    assert fit["r2"] == pytest.approx(1.0)
    assert np.isnan(fit["loglik"])  # no spread left: the likelihood has no bound


def test_agrees_with_least_squares_by_matrices():
    price, quantity = column(9, 10, 11, 12, 14, 15), column(120, 100, 98, 80, 66, 64)
    fit = fit_elasticity(price, quantity)
    x, y = np.column_stack([np.ones(6), np.log(price)]), np.log(quantity)
    beta, rss, *_ = np.linalg.lstsq(x, y)
    cov = rss[0] / 4 * np.linalg.inv(x.T @ x)
    assert [fit["intercept"], fit["elasticity"]] == pytest.approx(beta)
    assert [fit["se_intercept"], fit["se_elasticity"]] == pytest.approx(np.sqrt(np.diag(cov)))
    assert fit["se"] == fit["se_elasticity"]
    assert fit["cov_intercept_elasticity"] == pytest.approx(cov[0, 1])
    assert fit["r2"] == pytest.approx(np.corrcoef(x[:, 1], y)[0, 1] ** 2)
    residual = y - x @ beta
    sigma = np.sqrt(rss[0] / 6)
    density = np.exp(-((residual / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
    assert fit["loglik"] == pytest.approx(np.log(density).sum())


def test_recovers_a_noisy_elasticity():
    rng = np.random.default_rng(5)
    price = rng.uniform(5, 20, 400)
    fit = fit_elasticity(price, 5000 * price**-1.8 * np.exp(rng.normal(0, 0.3, 400)))
    assert abs(fit["elasticity"] + 1.8) < 3 * fit["se"]
    assert fit["se"] < 0.1


@settings(max_examples=30)
@given(st.floats(-5, -1.05), st.floats(1, 100))
def test_best_price_maximises_profit(elasticity, cost):
    price = column(50, 70, 90)
    best = fit_elasticity(price, 1e9 * price**elasticity, cost)["best_price"]
    near = best * column(0.99, 1, 1.01)
    profit = (near - cost) * near**elasticity
    assert profit.argmax() == 1


def test_no_best_price_without_cost_or_with_inelastic_demand():
    price = column(10, 20, 40)
    assert np.isnan(fit_elasticity(price, price**-2.0)["best_price"])
    assert np.isnan(fit_elasticity(price, price**-0.8, 5)["best_price"])
    assert np.isnan(fit_elasticity(price, price**-1.0 * column(1, 1.0001, 1.001), 5)["best_price"])


def test_data_that_cannot_tell():
    with pytest.raises(NotAvailable, match="all prices are 10"):
        fit_elasticity(column(10, 10, 10), column(5, 6, 7))
    with pytest.raises(NotAvailable, match="at least 3 rows; there are 2"):
        fit_elasticity(column(10, 11), column(5, 6))
    with pytest.raises(OutOfRange, match="above 0") as caught:
        fit_elasticity(column(10, 11, 12, 13), column(5, 0, 6, -1))
    assert (caught.value.argument, caught.value.rows) == ("quantity", [1, 3])
    flat = fit_elasticity(column(10, 11, 12), column(5, 5, 5))
    assert flat["elasticity"] == 0.0
    assert np.isnan(flat["r2"])


def test_a_trend_does_not_pass_for_elasticity():
    rng = np.random.default_rng(2)
    t = np.arange(40.0)
    price = 10 * np.exp(0.02 * t + 0.1 * rng.standard_normal(40))
    quantity = np.exp(8 - 1.5 * np.log(price) + 0.04 * t + 0.01 * rng.standard_normal(40))
    fit = fit_elasticity(price, quantity, None, t[:, None], ["trend"])
    assert fit["elasticity"] == pytest.approx(-1.5, abs=4 * fit["se"])
    assert fit["trend"] == pytest.approx(0.04, abs=4 * fit["se_trend"])
    x = np.column_stack([np.ones(40), np.log(price), t])
    beta, rss, *_ = np.linalg.lstsq(x, np.log(quantity), rcond=None)
    cov = np.linalg.inv(x.T @ x) * rss[0] / 37
    names = ["intercept", "elasticity", "trend"]
    assert [fit[n] for n in names] == pytest.approx(beta, rel=1e-8)
    assert [fit[f"se_{n}"] for n in names] == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-6)
    assert fit["cov_intercept_trend"] == pytest.approx(cov[0, 2], rel=1e-6)


def test_a_covariate_that_follows_from_the_price_is_refused():
    price = np.array([1.0, 2, 3, 4, 5, 6])
    with pytest.raises(NotAvailable, match="told apart"):
        fit_elasticity(price, price**-2.0, None, np.log(price)[:, None], ["promo"])
