import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.models.acceptance_fit import fit_acceptance


def column(*values):
    return np.array(values, dtype=float)


# Spector & Mazzeo (1980), as in Greene, Econometric Analysis, table F14.1.
GPA = column(*[2.66, 2.89, 3.28, 2.92, 4.00, 2.86, 2.76, 2.87, 3.03, 3.92, 2.63, 3.32, 3.57, 3.26, 3.53, 2.74])
GPA = np.append(GPA, [2.75, 2.83, 3.12, 3.16, 2.06, 3.62, 2.89, 3.51, 3.54, 2.83, 3.39, 2.67, 3.65, 4.00, 3.10, 2.39])
TUCE = column(*[20, 22, 24, 12, 21, 17, 17, 21, 25, 29, 20, 23, 23, 25, 26, 19, 25, 19, 23, 25, 22, 28, 14, 26, 24])
TUCE = np.append(TUCE, [27, 17, 24, 21, 23, 21, 19])
PSI = np.repeat([0.0, 1.0], [18, 14])
GRADE = column(0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 1)


def test_published_logit_with_the_signs_turned():
    fit = fit_acceptance(GPA, GRADE, np.column_stack([TUCE, PSI]), ["TUCE", "PSI"])
    assert fit["model"] == "acceptance"
    assert fit["n"] == 32
    assert fit["loglik"] == pytest.approx(-12.88963, abs=1e-5)
    estimates = [fit[name] for name in ("intercept", "slope", "TUCE", "PSI")]
    assert estimates == pytest.approx([13.02135, -2.82611, -0.09516, -2.37869], abs=1e-5)
    errors = [fit[f"se_{name}"] for name in ("intercept", "slope", "TUCE", "PSI")]
    assert errors == pytest.approx([4.93132, 1.26294, 0.14155, 1.06456], abs=1e-5)


def simulated(n=20_000, seed=3):
    rng = np.random.default_rng(seed)
    price, satisfaction = rng.uniform(50, 150, n), rng.uniform(1, 10, n)
    chance = 1 / (1 + np.exp(-9 + 0.11 * price - 0.35 * satisfaction))
    return price, (rng.random(n) < chance).astype(float), satisfaction[:, None]


def test_recovers_what_made_the_offers():
    fit = fit_acceptance(*simulated(), ["satisfaction"])
    for name, truth in {"intercept": -9, "slope": 0.11, "satisfaction": -0.35}.items():
        assert abs(fit[name] - truth) < 3 * fit[f"se_{name}"]
    assert fit["se_slope"] < 0.003
    assert fit["note"] == "Acceptance falls with price"


def test_covariance_is_the_inverse_information():
    price, accepted, satisfaction = simulated(500)
    fit = fit_acceptance(price, accepted, satisfaction, ["s"])
    x = np.column_stack([np.ones(500), price, satisfaction])
    chance = 1 / (1 + np.exp(x @ [fit["intercept"], fit["slope"], fit["s"]]))
    assert x.T @ (accepted - chance) == pytest.approx(np.zeros(3), abs=1e-6)  # the score is zero at the maximum
    cov = np.linalg.inv((x * (chance * (1 - chance))[:, None]).T @ x)
    assert np.sqrt(np.diag(cov)) == pytest.approx([fit["se_intercept"], fit["se_slope"], fit["se_s"]], rel=1e-6)
    assert [cov[0, 1], cov[0, 2], cov[1, 2]] == pytest.approx(
        [fit["cov_intercept_slope"], fit["cov_intercept_s"], fit["cov_slope_s"]], rel=1e-6
    )


def test_offers_with_an_empty_cell_are_left_out_and_counted():
    price, accepted, satisfaction = simulated(300)
    whole = fit_acceptance(price, accepted, satisfaction, ["s"])
    gaps = np.append(satisfaction, [[np.nan]], axis=0)
    fit = fit_acceptance(np.append(price, 70), np.append(accepted, 1), gaps, ["s"])
    assert (fit["n"], fit["left_out"], fit["slope"]) == (300, 1, whole["slope"])


@settings(max_examples=20)
@given(st.floats(1e-3, 1e4), st.integers(0, 1000))
def test_slope_scales_with_the_unit_of_money(unit, seed):
    price, accepted, satisfaction = simulated(300, seed)
    fit = fit_acceptance(price, accepted, satisfaction, ["s"])
    scaled = fit_acceptance(price * unit, accepted, satisfaction, ["s"])
    assert scaled["slope"] * unit == pytest.approx(fit["slope"], rel=1e-6)
    assert scaled["se_slope"] * unit == pytest.approx(fit["se_slope"], rel=1e-6)
    assert scaled["loglik"] == pytest.approx(fit["loglik"], rel=1e-9)


def test_one_extreme_price_does_not_stop_the_fit():
    price, accepted, _ = simulated(500)
    plain = fit_acceptance(price, accepted)
    fit = fit_acceptance(np.append(price, 1e6), np.append(accepted, 0.0))
    assert fit["slope"] == pytest.approx(plain["slope"], rel=1e-4)


@pytest.mark.parametrize(
    ("price", "accepted", "words"),
    [
        ([80, 90, 100], [1, 1, 1], "all 3 offers were accepted.*record refused"),
        ([80, 90, 100], [0, 0, 0], "all 3 offers were refused.*record accepted"),
        ([100, 100, 100], [1, 0, 1], "price 100;"),
        ([80, 90, 100, 110], [1, 1, 0, 0], "up to 90 was accepted and every one from 100 refused"),
        ([80, 90, 90, 110], [1, 1, 0, 0], "up to 90 was accepted and every one from 90 refused"),
        ([80, 90, 100, 110], [0, 0, 1, 1], "up to 90 was refused"),
        ([np.nan, 90], [1, np.nan], "no complete offers"),
    ],
)
def test_offers_that_cannot_tell_say_why(price, accepted, words):
    with pytest.raises(NotAvailable, match=words):
        fit_acceptance(column(*price), column(*accepted))


def test_separating_and_redundant_covariates_are_named():
    price, accepted, satisfaction = simulated(400)
    vip = (np.arange(400) % 4 == 0).astype(float)
    with pytest.raises(NotAvailable, match=r"vip.*without exception"):
        fit_acceptance(price, np.maximum(accepted, vip), vip[:, None], ["vip"])  # every one of them accepted
    both = np.column_stack([satisfaction, 2 * satisfaction + price[:, None]])
    with pytest.raises(NotAvailable, match=r"^twice does not vary, or follows"):
        fit_acceptance(price, accepted, both, ["s", "twice"])
    with pytest.raises(NotAvailable, match="3 rows cannot fit 4"):
        fit_acceptance(column(1, 2, 3), column(1, 0, 1), column(1, 5, 2)[:, None] ** column(1, 2), ["a", "b"])


def test_a_fit_that_says_nothing_says_so():
    flat = fit_acceptance(column(80, 90, 100, 110, 100), column(1, 0, 1, 0, 0))
    assert flat["p_slope"] > 0.05
    assert "say little about price" in flat["note"]
    wrong = fit_acceptance(column(80, 90, 100, 110), column(0, 1, 0, 1))
    assert wrong["slope"] < 0
    assert "accepted more" in wrong["note"]


@pytest.mark.parametrize("names", [["s", "s"], ["slope", "s"], ["s", "n"]])
def test_a_covariate_needs_a_name_of_its_own(names):
    price, accepted, satisfaction = simulated(50)
    with pytest.raises(InvalidInput, match="taken"):
        fit_acceptance(price, accepted, np.column_stack([satisfaction, satisfaction**2]), names)
