import numpy as np
import pytest

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.holdout import MODELS, holdout, lift, models_compared
from cvm_xl.models.lifetime_value import purchases
from cvm_xl.models.pareto_nbd import fit

SPLIT = 35_703.0  # 1997-09-30


def test_cdnow_sample_over_its_second_39_weeks(cdnow_lines, cdnow):
    """Fader, Hardie & Lee (2005), figure 2: both models track the weekly purchases closely."""
    customer, day, _ = cdnow_lines
    later = {(c, d) for c, d in zip(customer, day, strict=True) if d > SPLIT}
    for model in MODELS:
        got = holdout(*cdnow_lines, SPLIT, model)
        assert got["period"].tolist() == list(range(1, 40))
        assert got["cumulative_actual"][-1] == len(later)
        np.testing.assert_allclose(np.cumsum(got["actual"]), got["cumulative_actual"])
        np.testing.assert_allclose(np.cumsum(got["predicted"]), got["cumulative_predicted"])
        assert np.all(got["predicted"] > 0)
        assert got["error"][-1] == pytest.approx(got["cumulative_predicted"][-1] / len(later) - 1)
        assert -0.2 < got["error"][-1] < 0
    columns = cdnow["frequency"], cdnow["recency"], cdnow["age"]
    ahead = np.full(columns[0].size, (float(np.max(day)) - SPLIT) / 7)
    want = np.sum(purchases(fit(*columns), ahead, *columns))
    assert holdout(*cdnow_lines, SPLIT, "pareto_nbd")["cumulative_predicted"][-1] == pytest.approx(want)


def lines(rng, n=300, days=200):
    customer = rng.integers(0, n, 6 * n)
    return customer, rng.integers(40_000, 40_000 + days, customer.size).astype(float), np.full(customer.size, 10.0)


def test_customers_won_after_the_split_and_returns_do_not_count():
    rng = np.random.default_rng(2)
    customer, day, amount = lines(rng)
    split = 40_120.0
    known = np.unique(customer[day <= split])
    before = holdout(customer, day, amount, split, unit="month")
    late = np.max(day)
    more = (
        np.concatenate((customer, [9001, 9001, known[0]])),
        np.concatenate((day, [split + 5, split + 9, late])),
        np.concatenate((amount, [50.0, 50.0, -1.0])),
    )
    after = holdout(*more, split, unit="month")
    for name in before:
        np.testing.assert_allclose(after[name], before[name])


def test_the_last_period_may_be_shorter():
    rng = np.random.default_rng(3)
    customer, day, amount = lines(rng)
    got = holdout(customer, day, amount, 40_120.0, unit="month")
    assert got["period"].tolist() == [1, 2, 3]  # 79 days
    assert got["predicted"][2] < got["predicted"][1]
    everything = {(c, d) for c, d in zip(customer, day, strict=True) if d > 40_120}
    newcomers = set(customer) - set(customer[day <= 40_120])
    assert got["cumulative_actual"][-1] == sum(c not in newcomers for c, _ in everything)


def test_bad_input():
    rng = np.random.default_rng(4)
    customer, day, amount = lines(rng)
    with pytest.raises(NotAvailable, match="no lines after"):
        holdout(customer, day, amount, float(np.max(day)))
    with pytest.raises(NotAvailable, match="no lines up to"):
        holdout(customer, day, amount, float(np.min(day)) - 1)
    with pytest.raises(InvalidInput, match="no model"):
        holdout(customer, day, amount, 40_120.0, "nbd")


def test_a_year_mistyped_is_told_instead_of_predicting_every_period_until_then():
    customer, date, split = np.array(list("abcabc")), np.array([1.0, 2, 3, 10, 20, 30]), 15.0
    assert holdout(customer, date, np.ones(6), split, "naive", "day")["period"].size == 15
    date[-1] += 365 * 100
    with pytest.raises(OutOfRange, match=r"36\s?515 days after the split, and 4\s?000 can be compared"):
        holdout(customer, date, np.ones(6), split, "naive", "day")


def test_deciles_hold_everybody_and_every_purchase_once(cdnow_lines, cdnow):
    got, naive = (lift(*cdnow_lines, SPLIT, model) for model in ("bgnbd", "naive"))
    whole = holdout(*cdnow_lines, SPLIT)
    assert np.sum(got["customers"]) == cdnow["frequency"].size == 2357
    assert np.ptp(got["customers"]) <= 1
    assert np.sum(got["predicted"]) == pytest.approx(whole["cumulative_predicted"][-1])
    for one in (got, naive):
        assert np.sum(one["actual"]) == pytest.approx(whole["cumulative_actual"][-1])
        assert np.all(np.diff(one["captured"]) >= 0)
        assert one["captured"][-1] == pytest.approx(1)
    assert np.all(np.diff(got["predicted"] / got["customers"]) <= 0)
    assert got["captured"][0] > naive["captured"][0] > 0.4
    np.testing.assert_allclose(got["customers"] @ got["lift"], 2357)


def test_who_comes_first_in_the_lines_does_not_matter(cdnow_lines):
    """Most customers bought once and so are expected to buy alike: their deciles must not hang on their order."""
    customer, day, amount = cdnow_lines
    turned = (-customer[::-1], day[::-1], amount[::-1])
    for answer in (lift, models_compared):
        before, after = answer(*cdnow_lines, SPLIT), answer(*turned, SPLIT)
        for name, values in before.items():
            if values.dtype != object:
                np.testing.assert_allclose(after[name], values, rtol=1e-6, err_msg=name)


def test_a_rule_that_predicts_the_actual_purchases_captures_them_first():
    """Ten customers buy every 10th, 20th ... day, also after the split: the pace so far is all there is to know."""
    lines = [(who, 40_000.0 + day) for who in range(1, 11) for day in range(0, 401, 10 * who)]
    customer, day = np.array(lines).T
    got = lift(customer.astype(int), day, np.ones(day.size), 40_200.0, "naive", "day")
    assert got["customers"].tolist() == [1] * 10
    assert got["actual"].tolist() == [20, 10, 7, 5, 4, 3, *[2.5] * 4]  # the last four are alike so far
    naive = models_compared(customer.astype(int), day, np.ones(day.size), 40_200.0, "day")
    assert naive["model"][-1] == "naive"
    assert abs(naive["error"][-1]) < 0.15


def test_a_model_that_cannot_be_fitted_says_so_and_the_others_stand():
    rng = np.random.default_rng(4)
    customer, day, amount = lines(rng)
    got = models_compared(customer, day, amount, 40_120.0)
    assert got["actual"].tolist() == [got["actual"][0]] * 4
    for i, verdict in enumerate(got["verdict"]):
        assert np.isnan(got["off"][i]) == verdict.startswith("Cannot be fitted: ")
    few = customer < 5
    got = models_compared(customer[few], day[few], amount[few], 40_120.0)
    assert got["verdict"][0].startswith("Cannot be fitted: ")
    assert np.isfinite(got["off"][-1])
    with pytest.raises(NotAvailable, match="10 customers"):
        lift(customer[few], day[few], amount[few], 40_120.0)
