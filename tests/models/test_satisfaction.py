import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import NotAvailable, OutOfRange
from cvm_xl.models.satisfaction import best_satisfaction_spend, fit_satisfaction


def test_published_spend():
    best = best_satisfaction_spend(100, 0.1, 0.9, 0.2, 0.05)
    assert best["spend"] == pytest.approx(64.742740, abs=5e-7)
    assert best["net"] == pytest.approx(364.471736, abs=5e-7)
    assert best["net_at_zero"] == pytest.approx(175)
    assert best["clv"] - best["spend"] == pytest.approx(best["net"])


@settings(max_examples=150)
@given(
    st.floats(-50, 500),
    st.floats(0.01, 0.4),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 0.5).filter(lambda k: k == 0 or k > 1e-3),
)
def test_no_other_spend_is_better(margin, discount, ceiling, part, rate):
    gap = part * ceiling
    best = best_satisfaction_spend(margin, discount, ceiling, gap, rate)
    x = np.append(np.linspace(0, 2000, 20001), best["spend"])
    r = ceiling - gap * np.exp(-rate * x)
    net = margin * r / (1 + discount - r) - x
    assert best["net"] == pytest.approx(net[-1], abs=1e-9 * max(1, abs(net[-1])))
    assert best["net"] >= net.max() - 1e-9 * max(1, np.abs(net).max())


def test_a_stationary_point_worse_than_nothing_is_not_taken():
    # Both roots below 1, so that spending first costs more than it brings; at the maximum it still brings less.
    best = best_satisfaction_spend(11, 0.1, 0.95, 0.9, 0.05)
    q, m, d, gap, k = 1 + 0.1 - 0.95, 11, 0.1, 0.9, 0.05
    roots = np.roots([gap**2, 2 * q * gap - m * (1 + d) * k * gap, q**2])
    assert (np.isreal(roots) & (roots > 0) & (roots < 1)).all()
    assert best["spend"] == 0
    assert best["net"] == best["net_at_zero"]


def test_spending_that_never_pays():
    assert best_satisfaction_spend(1, 0.1, 0.9, 0.2, 0.05)["spend"] == 0
    assert best_satisfaction_spend(100, 0.1, 0.9, 0.0, 0.05)["spend"] == 0


@pytest.mark.parametrize(
    ("case", "argument"),
    [
        ((100, 0.1, 0.9, 0.95, 0.05), "gap"),
        ((100, 0, 1, 0.2, 0.05), "discount"),
        ((100, 0.1, 1.1, 0.2, 0.05), "ceiling"),
    ],
)
def test_arguments_outside_their_range(case, argument):
    with pytest.raises(OutOfRange) as caught:
        best_satisfaction_spend(*case)
    assert caught.value.argument == argument


def sample(below, above, n=400, noise=0.05, seed=3):
    rng = np.random.default_rng(seed)
    s = rng.integers(1, 11, n).astype(float)
    y = 0.7 + below * np.minimum(s - 6, 0) + above * np.maximum(s - 6, 0) + rng.normal(0, noise, n)
    return s, y


def test_asymmetry_is_found_where_it_is():
    fit = fit_satisfaction(*sample(0.12, 0.03), 6)
    assert fit["form"] == "asymmetric"
    for name, truth in {"intercept": 0.7, "below": 0.12, "above": 0.03}.items():
        assert abs(fit[name] - truth) < 3 * fit[f"se_{name}"]
    assert fit["error_asymmetric"] < fit["error_linear"]


def test_one_slope_where_there_is_one():
    s, y = sample(0.05, 0.05, seed=4)
    fit = fit_satisfaction(s, y, 6)
    slope, intercept = np.polyfit(s, y, 1)
    assert fit["form"] == "linear"
    assert fit["error_linear"] < fit["error_asymmetric"]
    assert fit["below"] == fit["above"] == pytest.approx(slope)
    assert fit["intercept"] == pytest.approx(intercept + 6 * slope)
    assert fit["se_below"] == fit["se_above"]
    assert fit_satisfaction(s, y)["reference"] == pytest.approx(s.mean())


def test_the_error_is_that_of_rows_left_out():
    s, y = sample(0.1, 0.02, n=25)
    missed = []
    for i in range(s.size):
        others = np.arange(s.size) != i
        slope, intercept = np.polyfit(s[others], y[others], 1)
        missed.append(y[i] - intercept - slope * s[i])
    assert fit_satisfaction(s, y, 6)["error_linear"] == pytest.approx(np.sqrt(np.mean(np.square(missed))))


def test_gaps_are_left_out_and_counted():
    s, y = sample(0.1, 0.02, n=25)
    s[0], y[1] = np.nan, np.nan
    fit = fit_satisfaction(s, y, 6)
    assert (fit["n"], fit["left_out"]) == (23, 2)


def test_nothing_to_tell_two_slopes_from():
    fit = fit_satisfaction(np.array([7.0, 8, 9, 10]), np.array([0.5, 0.6, 0.7, 0.9]), 6)
    assert fit["form"] == "linear"
    assert np.isnan(fit["error_asymmetric"])
    with pytest.raises(NotAvailable, match="all satisfactions are 7"):
        fit_satisfaction(np.full(5, 7.0), np.arange(5.0))
    with pytest.raises(NotAvailable, match="at least 4 rows"):
        fit_satisfaction(np.arange(3.0), np.arange(3.0))
