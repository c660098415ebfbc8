import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.equity import customer_equity, switching_value

A, B, C = 1000.0, -4.0, 0.5


def curve(t):
    return A / (1 + np.exp(-B - C * t))


def won(periods, first=0):
    """Customers won, all earlier ones in the first row."""
    t = np.arange(first, first + periods, dtype=float)
    return t, np.append(curve(t[0]), np.diff(curve(t)))


@pytest.mark.parametrize("periods", [8, 10, 15, 30])
def test_the_growth_curve_is_found_again(periods):
    fit = customer_equity(*won(periods), 10, 0.8, 0.1, 20)
    assert [fit[name] for name in "abc"] == pytest.approx([A, B, C], rel=1e-5)
    # The same growth without the customers of before.
    t, acquired = won(periods)
    acquired[0] = 3.0
    assert customer_equity(t, acquired, 10, 0.8, 0.1, 20)["a"] == pytest.approx(A, rel=1e-5)


def test_value_of_today_and_of_those_to_come():
    t, acquired = won(15)
    fit = customer_equity(t, acquired, 10, 0.8, 0.1, 20, 0.3)
    clv = 10 * 0.8 / (1.1 - 0.8)
    customers = sum(n * 0.8 ** (14 - k) for k, n in enumerate(acquired))
    future = sum((curve(14 + j) - curve(13 + j)) * (clv - 20) / 1.1**j for j in range(1, 300))
    assert fit["clv"] == pytest.approx(clv)
    assert fit["customers"] == pytest.approx(customers)
    assert fit["today"] == pytest.approx(0.7 * customers * clv)
    assert fit["future"] == pytest.approx(0.7 * future, rel=1e-5)
    assert fit["equity"] == pytest.approx(fit["today"] + fit["future"])


def test_elasticities_are_changes_of_equity_for_one_percent():
    base = customer_equity(*won(12), 10, 0.8, 0.1, 20)
    for place, name in enumerate(("margin", "retention", "discount", "acquisition_cost")):
        given_ = [10, 0.8, 0.1, 20]
        given_[place] *= 1.01
        raised = customer_equity(*won(12), *given_)
        if name == "retention":  # today's customers are what they are
            raised["equity"] += raised["clv"] * (base["customers"] - raised["customers"])
        assert base[f"elasticity_{name}"] == pytest.approx((raised["equity"] / base["equity"] - 1) / 0.01, rel=1e-6)
    assert base["elasticity_retention"] > base["elasticity_margin"] > 1
    assert base["elasticity_discount"] < 0
    assert base["elasticity_acquisition_cost"] < 0


def test_numbers_of_years_change_nothing_but_b():
    plain, years = (customer_equity(*x, 10, 0.8, 0.1, 20) for x in (won(12), (won(12)[0] + 2010, won(12)[1])))
    assert years["equity"] == pytest.approx(plain["equity"])
    assert years["b"] == pytest.approx(B - C * 2010, rel=1e-4)


def test_standard_errors_cover_the_truth():
    rng = np.random.default_rng(2)
    t, acquired = won(20)
    missed = []
    for _ in range(40):
        fit = customer_equity(t, acquired * rng.normal(1, 0.04, 20), 10, 0.8, 0.1, 20)
        missed.append(abs(fit["a"] - A) > 2.5 * fit["se_a"])
    assert np.mean(missed) < 0.15


@pytest.mark.parametrize("acquired", [np.exp(0.3 * np.arange(15)), np.full(15, 5.0)])
def test_growth_without_an_end_in_sight(acquired):
    with pytest.raises(NotAvailable, match="where growth ends"):
        customer_equity(np.arange(15.0), acquired, 10, 0.8, 0.1, 20)


def test_equity_arguments():
    t, acquired = won(10)
    with pytest.raises(InvalidInput, match="without gaps") as caught:
        customer_equity(np.delete(t, 4), np.delete(acquired, 4), 10, 0.8, 0.1, 20)
    assert caught.value.rows == [4]
    with pytest.raises(NotAvailable, match="at least 5 periods"):
        customer_equity(t[:4], acquired[:4], 10, 0.8, 0.1, 20)
    with pytest.raises(NotAvailable, match="nobody"):
        customer_equity(t, acquired * 0, 10, 0.8, 0.1, 20)
    with pytest.raises(OutOfRange, match="no bound"):
        customer_equity(t, acquired, 10, 1, 0, 20)


BEFORE = np.array([[0.8, 0.2], [0.1, 0.9]])
AFTER = np.array([[0.85, 0.15], [0.12, 0.88]])


def by_steps(matrix, margin, discount, horizon, start):
    chance, total = np.eye(2)[start], 0.0
    for t in range(1, horizon + 1):
        chance = chance @ matrix
        total += margin * chance[0] / (1 + discount) ** t
    return total


@pytest.mark.parametrize("horizon", [1, 2, 5, None])
def test_switching_step_by_step(horizon):
    fit = switching_value(BEFORE, AFTER, 10, np.array([100.0, 400]), 500, 0.1, horizon)
    values = {m: [by_steps(x, 10, 0.1, horizon or 500, j) for j in (0, 1)] for m, x in (("b", BEFORE), ("a", AFTER))}
    assert [fit["clv_before"], fit["clv_after"]] == pytest.approx([values["b"][0], values["a"][0]])
    equity = [100 * v[0] + 400 * v[1] for v in values.values()]
    assert [fit["equity_before"], fit["equity_after"]] == pytest.approx(equity)
    assert fit["change"] == pytest.approx(equity[1] - equity[0])
    assert fit["return"] == pytest.approx((equity[1] - equity[0] - 500) / 500)


def test_one_number_of_customers_is_ours():
    fit = switching_value(BEFORE, AFTER, 10, np.array([100.0]), 0, 0.1)
    assert fit["equity_before"] == pytest.approx(100 * fit["clv_before"])
    assert np.isnan(fit["return"])


@settings(max_examples=40)
@given(st.integers(2, 5), st.integers(0, 10**6), st.floats(0.01, 0.5))
def test_no_change_in_switching_is_worth_nothing(k, seed, discount):
    rng = np.random.default_rng(seed)
    matrix = rng.dirichlet(np.ones(k), k)
    fit = switching_value(matrix, matrix, 10, rng.uniform(0, 100, k), 50, discount)
    assert fit["change"] == pytest.approx(0)
    assert fit["return"] == pytest.approx(-1)


@pytest.mark.parametrize(
    ("change", "error", "argument"),
    [
        ({"after": AFTER * 0.9}, OutOfRange, "after"),
        ({"before": np.eye(3)}, InvalidInput, "after"),
        ({"before": BEFORE[:, :1]}, InvalidInput, "before"),
        ({"customers": np.ones(3)}, InvalidInput, "customers"),
        ({"discount": 0.0}, OutOfRange, "discount"),
        ({"cost": -1.0}, OutOfRange, "cost"),
    ],
)
def test_switching_arguments(change, error, argument):
    case = {"before": BEFORE, "after": AFTER, "margin": 10, "customers": np.ones(2), "cost": 1.0, "discount": 0.1}
    with pytest.raises(error) as caught:
        switching_value(**case | change)
    assert caught.value.argument == argument
