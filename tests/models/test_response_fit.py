import numpy as np
import pytest
from scipy.optimize import curve_fit

from cvm_xl.errors import NotAvailable, OutOfRange
from cvm_xl.models.response import FORMS, respond
from cvm_xl.models.response_fit import fit_response

SPEND = np.array([0.0, 5, 10, 20, 30, 40, 60, 80, 100, 150])
TRUTH = {
    "power": {"a": 3.0, "b": 0.6},
    "log": {"a": 30.0, "b": 12.0},
    "exponential": {"a": 80.0, "b": 0.03},
    "adbudg": {"a": 90.0, "b": 10.0, "c": 2.5, "d": 30.0**2.5},
}


def responses(form, noise=0.0, seed=1):
    exact = respond({"model": form} | TRUTH[form], SPEND)
    return exact + noise * np.random.default_rng(seed).normal(size=SPEND.size)


@pytest.mark.parametrize("form", TRUTH)
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("unit", [1.0, 1e6])
def test_exact_curves_are_found_again(form, named, unit):
    model = fit_response(SPEND * unit, responses(form), form if named else None)
    assert model["model"] == form
    assert np.isnan(model["loglik"])
    assert respond(model, SPEND * unit) == pytest.approx(responses(form), rel=1e-8, abs=1e-8)
    if unit == 1:
        assert {name: model[name] for name in TRUTH[form]} == pytest.approx(TRUTH[form], rel=1e-6)


@pytest.mark.parametrize("form", TRUTH)
def test_agrees_with_scipy(form):
    y = responses(form, noise=1.5)
    model = fit_response(SPEND, y, form)
    names = FORMS[form].names

    def curve(x, *theta):
        return respond({"model": form} | dict(zip(names, theta, strict=True)), x)

    best, cov = curve_fit(curve, SPEND, y, p0=list(TRUTH[form].values()), maxfev=20000, xtol=1e-13, ftol=1e-13)
    assert [model[name] for name in names] == pytest.approx(best, rel=1e-4)
    assert [model[f"se_{name}"] for name in names] == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-2)
    rss = ((y - curve(SPEND, *best)) ** 2).sum()
    assert model["loglik"] == pytest.approx(-5 * (np.log(2 * np.pi * rss / 10) + 1), rel=1e-7)
    k = len(names) + 1
    assert model["aicc"] == pytest.approx(10 * np.log(rss / 10) + 2 * k + 2 * k * (k + 1) / (9 - k), rel=1e-6)


def test_the_lowest_aicc_is_chosen_and_the_others_are_told():
    y = responses("exponential", noise=2.0)
    best = fit_response(SPEND, y)
    each = {form: fit_response(SPEND, y, form)["aicc"] for form in TRUTH}
    assert best["model"] == min(each, key=each.get)
    assert best["aicc"] == min(each.values())
    assert all(f"{form} {value:.2f}" in best["note"] for form, value in each.items())
    assert (best["spend_low"], best["spend_high"]) == (0, 150)


def test_a_truth_is_mostly_within_two_standard_errors():
    hits = []
    for seed in range(60):
        model = fit_response(SPEND, responses("exponential", 3.0, seed), "exponential")
        hits.append(abs(model["a"] - 80) < 2 * model["se_a"])
    assert np.mean(hits) > 0.8


@pytest.mark.parametrize("form", ["log", "exponential", "adbudg"])
def test_a_straight_line_does_not_show_a_bend(form):
    with pytest.raises(NotAvailable, match="do not identify"):
        fit_response(SPEND, 2 * SPEND, form)


@pytest.mark.parametrize("form", [*TRUTH, None])
def test_all_or_nothing_does_not_identify_a_curve(form):
    with pytest.raises(NotAvailable, match="do not identify"):
        fit_response(SPEND, np.where(SPEND > 0, 5.0, 0.0), form)


@pytest.mark.parametrize("form", [*TRUTH, None])
@pytest.mark.parametrize(
    ("spend", "response", "words"),
    [
        (SPEND, -SPEND, "does not rise"),
        (SPEND, np.full(10, 5.0), "all responses are 5"),
        (np.full(10, 3.0), np.arange(10.0), "different spends"),
    ],
)
def test_data_without_a_response_curve(form, spend, response, words):
    with pytest.raises(NotAvailable, match=words):
        fit_response(spend, response, form)


def test_too_few_rows():
    with pytest.raises(NotAvailable, match="at least 5 rows"):
        fit_response(SPEND[:4], SPEND[:4] ** 0.5)
    with pytest.raises(NotAvailable, match="at least 3 rows"):
        fit_response(SPEND[1:3], SPEND[1:3] ** 0.5, "power")
    assert np.isnan(fit_response(SPEND[1:4], np.array([2.0, 3.1, 4.4]), "power")["aicc"])
    assert "adbudg not identified" in fit_response(SPEND[1:7], np.array([2.0, 3.1, 4.4, 5.3, 6.4, 7.5]))["note"]


def test_vague_parameters_are_called_so():
    y = np.array([1.0, 4, 2, 9, 3, 8])
    assert "uncertain: a" in fit_response(SPEND[1:7], y, "log")["note"]


def test_negative_spend():
    with pytest.raises(OutOfRange, match="negative") as caught:
        fit_response(np.array([-1.0, 2, 3]), np.ones(3))
    assert caught.value.rows == [0]
