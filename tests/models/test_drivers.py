from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.drivers import driver_weights, kano, net_promoter_score, penalty_reward

NAMES = list("abcdefghijklmnopqrstuvwxyz")


def sample(n=120, k=4, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k)) + 0.8 * rng.normal(size=(n, 1))
    return x @ np.arange(1.0, k + 1) + 2 * rng.normal(size=n), x


def r2(y, x):
    design = np.column_stack([np.ones(y.size), x])
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - rest @ rest / ((y - y.mean()) ** 2).sum()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from(["relative", "shapley"]))
def test_weights_sum_to_r2_and_follow_their_drivers(seed, k, method):
    y, x = sample(k=k, seed=seed)
    table = driver_weights(y, x, NAMES[:k], method)
    assert table["weight"].sum() == pytest.approx(r2(y, x))
    assert (table["weight"] > -1e-12).all()
    assert table["share"].sum() == pytest.approx(1)
    order = np.random.default_rng(seed).permutation(k)
    turned = driver_weights(3 * y - 7, x[:, order] * 2 + 1, NAMES[:k], method)
    assert turned["weight"] == pytest.approx(table["weight"][order])


@pytest.mark.parametrize("method", ["relative", "shapley"])
def test_drivers_that_are_alike_weigh_alike(method):
    y, x = sample()
    twice = np.column_stack([x, x[:, 0]])
    weight = driver_weights(y, twice, NAMES[:5], method)["weight"]
    assert weight[0] == pytest.approx(weight[4])
    assert weight.sum() == pytest.approx(r2(y, x))


def test_shapley_is_the_mean_over_all_orders():
    y, x = sample()
    gain = np.zeros(4)
    for order in permutations(range(4)):
        before = 0.0
        for place, j in enumerate(order):
            after = r2(y, x[:, order[: place + 1]])
            gain[j] += (after - before) / 24
            before = after
    assert driver_weights(y, x, NAMES[:4], "shapley")["weight"] == pytest.approx(gain)


def test_unrelated_drivers_weigh_their_squared_correlation():
    x = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]] * 3, dtype=float)
    y = x @ [2.0, 1.0] + np.array([0.1, -0.1, -0.1, 0.1] * 3)
    expected = [np.corrcoef(x[:, j], y)[0, 1] ** 2 for j in range(2)]
    for method in ("relative", "shapley"):
        assert driver_weights(y, x, NAMES[:2], method)["weight"] == pytest.approx(expected)


def test_drivers_without_an_answer():
    y, x = sample()
    flat = x.copy()
    flat[:, 1] = 3
    with pytest.raises(NotAvailable, match="b does not vary"):
        driver_weights(y, flat, NAMES[:4])
    with pytest.raises(NotAvailable, match="all outcomes are 2"):
        driver_weights(np.full(y.size, 2.0), x, NAMES[:4])
    with pytest.raises(NotAvailable, match="at least 6 complete rows; there are 5"):
        driver_weights(y[:5], x[:5], NAMES[:4])
    with pytest.raises(InvalidInput, match="shapley"):
        driver_weights(y, x, NAMES[:4], "beta")
    with pytest.raises(OutOfRange, match="at most 16"):
        driver_weights(*sample(k=17), NAMES[:17], "shapley")


def test_incomplete_rows_are_left_out():
    y, x = sample()
    gaps = x.copy()
    gaps[3, 1] = np.nan
    whole = np.arange(y.size) != 3
    assert driver_weights(y, gaps, NAMES[:4])["weight"] == pytest.approx(
        driver_weights(y[whole], x[whole], NAMES[:4])["weight"]
    )


def ratings(n=300, points=5):
    return np.random.default_rng(1).integers(1, points + 1, (n, 3)).astype(float)


@pytest.mark.parametrize(("points", "low", "high"), [(5, 2, 4), (7, 3, 5), (10, 4, 7)])
def test_penalties_and_rewards_of_an_exact_outcome(points, low, high):
    x = ratings(points=points)
    effects = [(-2.0, 0.3), (-0.2, 1.0), (-0.5, 0.5)]
    y = 6 + sum(p * (x[:, j] <= low) + r * (x[:, j] >= high) for j, (p, r) in enumerate(effects))
    table = penalty_reward(y, x, ["a", "b", "c"])
    assert table["penalty"] == pytest.approx([-2, -0.2, -0.5])
    assert table["reward"] == pytest.approx([0.3, 1, 0.5])
    assert table["kind"].tolist() == ["basic", "excitement", "performance"]


def test_penalties_agree_with_least_squares():
    x = ratings()
    y = x @ [0.5, 0.2, 0.1] + np.random.default_rng(2).normal(size=300)
    table = penalty_reward(y, x, ["a", "b", "c"])
    design = np.column_stack([np.ones(300), x <= 2, x >= 4]).astype(float)
    beta, rss = np.linalg.lstsq(design, y, rcond=None)[:2]
    errors = np.sqrt(rss[0] / 293 * np.diag(np.linalg.inv(design.T @ design)))
    assert np.append(table["penalty"], table["reward"]) == pytest.approx(beta[1:])
    assert np.append(table["se_penalty"], table["se_reward"]) == pytest.approx(errors[1:])


def test_ratings_without_a_middle_or_alike():
    x = ratings()
    with pytest.raises(NotAvailable, match="b has no ratings between"):
        penalty_reward(x[:, 0], np.column_stack([x[:, 0], np.where(x[:, 1] > 2, 5, 1)]), ["a", "b"])
    with pytest.raises(NotAvailable, match="rated alike"):
        penalty_reward(x[:, 1], np.column_stack([x[:, 0], x[:, 0]]), ["a", "b"])


def test_published_kano():
    table = kano(*(np.array([x]) for x in (7, 32.3, 49.3, 9.5)))
    assert table["better"] == pytest.approx([0.4006], abs=5e-5)
    assert table["worse"] == pytest.approx([-0.8318], abs=5e-5)
    with pytest.raises(OutOfRange, match="no answers") as caught:
        kano(*np.array([[1.0, 0]] * 4))
    assert caught.value.rows == [1]


def scores(promoters, passives, detractors):
    return np.repeat([10.0, 9, 8, 7, 6, 0], [promoters - 1, 1, passives - 1, 1, 1, detractors - 1])


def test_published_net_promoter_score():
    fit = net_promoter_score(scores(200, 120, 80))
    assert fit["nps"] == pytest.approx(30)
    assert fit["se"] == pytest.approx(3.905, abs=5e-4)
    assert (fit["promoters"], fit["detractors"], fit["n"]) == (0.5, 0.2, 400)
    assert fit["passives"] == pytest.approx(0.3)


def test_scores_left_out_missing_and_impossible():
    assert net_promoter_score(np.array([10, np.nan, 0]))["n"] == 2
    with pytest.raises(NotAvailable, match="no scores"):
        net_promoter_score(np.array([np.nan]))
    with pytest.raises(OutOfRange, match="0 to 10"):
        net_promoter_score(np.array([11.0]))
