import numpy as np
import pytest
from scipy.optimize import minimize

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.contact import fit_response_score, propensity, target


def objects(*columns):
    table = np.empty((len(columns[0]), len(columns)), dtype=object)
    for j, values in enumerate(columns):
        table[:, j] = list(values)
    return table


def campaign(n=800, seed=1):
    rng = np.random.default_rng(seed)
    orders, kind = rng.integers(0, 12, n).astype(float), rng.choice(["home", "pro", "shop"], n)
    log_odds = -3 + 0.3 * orders + 0.8 * (kind == "pro") - 0.5 * (kind == "shop")
    return (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float), objects(orders.tolist(), kind.tolist())


NAMES = ["orders", "kind"]
TRUTH = {"intercept": -3, "orders": 0.3, "kind=pro": 0.8, "kind=shop": -0.5}


def test_simulated_effects_are_found():
    responded, drivers = campaign(4000)
    model = fit_response_score(responded, drivers, NAMES)
    for name, truth in TRUTH.items():
        assert abs(model[name] - truth) < 3 * model[f"se_{name}"]
    assert model["base_kind"] == "home"
    assert model["loglik_0"] < model["loglik"]
    assert propensity(model, drivers).sum() == pytest.approx(responded.sum())


def test_agrees_with_a_general_optimiser():
    responded, drivers = campaign(300)
    model = fit_response_score(responded, drivers, NAMES)
    kind = drivers[:, 1]
    x = np.column_stack([np.ones(300), drivers[:, 0].astype(float), kind == "pro", kind == "shop"])

    def cost(beta):
        return np.logaddexp(0, -(2 * responded - 1) * (x @ beta)).sum()

    best = minimize(cost, np.zeros(4), method="BFGS", options={"gtol": 1e-8})
    assert model["loglik"] == pytest.approx(-best.fun, abs=1e-7)
    assert [model[name] for name in TRUTH] == pytest.approx(best.x, abs=1e-4)
    assert propensity(model, drivers) == pytest.approx(1 / (1 + np.exp(-x @ best.x)), abs=1e-5)


def test_drivers_by_heading_in_any_order():
    responded, drivers = campaign()
    model = fit_response_score(responded, drivers, NAMES)
    plain = propensity(model, drivers)
    extra = objects(drivers[:, 1], ["x"] * 800, drivers[:, 0])
    assert propensity(model, extra, ["KIND ", "note", "Orders"]) == pytest.approx(plain)


def test_a_driver_may_be_called_like_a_standard_error():
    responded, drivers = campaign()
    plain = propensity(fit_response_score(responded, drivers, NAMES), drivers)
    model = fit_response_score(responded, drivers, ["se_orders", "se_kind"])
    assert propensity(model, drivers) == pytest.approx(plain)


def test_incomplete_rows_are_counted():
    responded, drivers = campaign()
    drivers[0, 0], drivers[1, 1], responded[2] = None, None, np.nan
    model = fit_response_score(responded, drivers, NAMES)
    assert (model["n"], model["left_out"]) == (797, 3)


MODEL = {"model": "response_score", "intercept": -3.0, "orders": 0.5, "kind=pro": 1.0} | {
    f"se_{name}": 0.1 for name in ("intercept", "orders", "kind=pro")
}
MODEL["base_kind"] = "home"


@pytest.mark.parametrize(
    ("rows", "names", "words", "bad"),
    [
        (objects([1.0, 2.0], ["home", "boat"]), None, "knows kind as home, pro", [1]),
        (objects([1.0, "two"], ["home", "pro"]), None, "orders is a number", [1]),
        (objects([1.0]), None, "needs the columns orders, kind", None),
        (objects([1.0], ["pro"]), ["orders", "type"], "needs the columns orders, kind", None),
    ],
)
def test_customers_that_do_not_fit_the_model(rows, names, words, bad):
    with pytest.raises(InvalidInput, match=words) as caught:
        propensity(MODEL, rows, names)
    assert caught.value.rows == bad


def test_models_that_cannot_be():
    responded, drivers = campaign()
    with pytest.raises(NotAvailable, match="needs some of both"):
        fit_response_score(np.ones(800), drivers, NAMES)
    with pytest.raises(InvalidInput, match="heading of its own"):
        fit_response_score(responded, drivers, ["kind", "kind"])
    with pytest.raises(InvalidInput, match="whole result"):
        propensity({"model": "response_score"}, drivers)
    with pytest.raises(NotAvailable, match="no complete rows"):
        fit_response_score(np.full(800, np.nan), drivers, NAMES)


def test_deciles_of_a_list():
    score = np.arange(100)[::-1] / 100
    table = target(score, np.full(100, 10.0), np.full(100, 4.0))
    assert table["decile"].tolist() == list(range(1, 11))
    assert table["customers"].tolist() == [10] * 10
    assert table["cut_off"] == pytest.approx(np.arange(9, -1, -1) / 10)
    assert table["response"] == pytest.approx(np.arange(9, -1, -1) / 10 + 0.045)
    assert table["lift"] == pytest.approx(table["response"] / 0.495)
    assert table["profit"] == pytest.approx(10 * (10 * table["response"] - 4))
    assert table["cumulative_profit"] == pytest.approx(np.cumsum(table["profit"]))
    # The break-even score is 0.4.
    assert table["contact"].tolist() == [True] * 6 + [False] * 4
    assert table["cut_off"][table["contact"]].min() == pytest.approx(0.4)


def test_with_responses_the_figures_are_what_happened():
    score, responded = np.arange(100)[::-1] / 100, np.repeat([1.0, 0.0, np.nan], [30, 60, 10])
    table = target(score, np.full(100, 10.0), np.full(100, 4.0), responded)
    assert table["response"].tolist() == [1] * 3 + [0] * 7
    assert table["lift"][0] == pytest.approx(1 / 0.3)
    assert table["cumulative_profit"][2] == pytest.approx(180)
    assert table["contact"].tolist() == [True] * 3 + [False] * 7
    assert np.isnan(target(score, score, score, responded * 0)["lift"]).all()


def test_equal_scores_are_in_one_decile_and_nobody_need_be_contacted():
    table = target(np.full(25, 0.1), np.full(25, 10.0), np.full(25, 4.0))
    assert table["customers"].tolist() == [25]
    assert table["contact"].tolist() == [False]
    with pytest.raises(OutOfRange, match="from 0 to 1") as caught:
        target(np.array([0.5, 50]), np.ones(2), np.ones(2))
    assert (caught.value.argument, caught.value.rows) == ("score", [1])
