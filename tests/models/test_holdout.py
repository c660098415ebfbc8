import numpy as np
import pytest

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.models.holdout import MODELS, holdout
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
