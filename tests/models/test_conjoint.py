import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.models.conjoint import choice_share, fit_conjoint


def cells(*rows):
    return np.array(rows, dtype=object).reshape(len(rows), -1)


def column(*values):
    return np.array(values, dtype=float)


def survey(tasks=2000, seed=0, none=True):
    """Three products a task and the option to buy nothing, chosen by utilities with Gumbel noise."""
    rng = np.random.default_rng(seed)
    brand = rng.choice(["Acme", "Best", "Cute"], (tasks, 3))
    size, price = rng.integers(1, 6, (tasks, 3)).astype(float), rng.uniform(5, 15, (tasks, 3))
    utility = np.select([brand == "Best", brand == "Cute"], [0.8, -0.4], 0.0) + 0.5 * size - 0.3 * price
    shown = np.empty((tasks, 3, 2), dtype=object)
    shown[:, :, 0], shown[:, :, 1] = brand, size
    if none:
        utility = np.column_stack([utility, np.full(tasks, -1.0)])
        price = np.column_stack([price, np.zeros(tasks)])
        shown = np.concatenate([shown, np.full((tasks, 1, 2), None)], axis=1)
    pick = (utility + rng.gumbel(size=utility.shape)).argmax(axis=1)
    chosen = (np.arange(utility.shape[1]) == pick[:, None]).astype(float)
    return chosen.ravel(), shown.reshape(-1, 2), ["brand", "size"], price.ravel()


def test_recovers_part_worths_and_willingness_to_pay():
    model = fit_conjoint(*survey())
    assert (model["model"], model["n"], model["base_brand"]) == ("conjoint", 2000, "Acme")
    truth = {"brand=Best": 0.8, "brand=Cute": -0.4, "size": 0.5, "none": -1.0, "price": -0.3}
    for name, worth in truth.items():
        assert abs(model[name] - worth) < 3 * model[f"se_{name}"]
    assert model["wtp_brand=Best"] == pytest.approx(-model["brand=Best"] / model["price"])
    assert model["wtp_size"] == pytest.approx(0.5 / 0.3, rel=0.15)
    assert model["loglik_0"] == pytest.approx(2000 * np.log(1 / 4))
    assert model["loglik_0"] < model["loglik"] < 0


def test_agrees_with_a_general_optimiser():
    chosen, shown, names, price = survey(tasks=150, none=False)
    model = fit_conjoint(chosen, shown, names, price)
    x = np.column_stack([shown[:, 0] == "Best", shown[:, 0] == "Cute", shown[:, 1], price]).astype(float)

    def cost(beta):
        u = (x @ beta).reshape(150, 3)
        return -(u[chosen.reshape(150, 3) == 1] - np.log(np.exp(u).sum(axis=1))).sum()

    best = minimize(cost, np.zeros(4), method="BFGS", options={"gtol": 1e-8})
    assert model["loglik"] == pytest.approx(-best.fun, abs=1e-7)
    order = ["brand=Best", "brand=Cute", "size", "price"]
    assert [model[name] for name in order] == pytest.approx(best.x, abs=1e-5)
    # Inverse information at the estimate, by differences of the gradient written out.
    p = np.exp(x @ best.x).reshape(150, 3)
    p /= p.sum(axis=1, keepdims=True)
    blocks = x.reshape(150, 3, 4)
    mean = np.einsum("tj,tjk->tk", p, blocks)
    information = np.einsum("tj,tjk,tjl->kl", p, blocks, blocks) - mean.T @ mean
    cov = np.linalg.inv(information)
    assert [model[f"se_{name}"] for name in order] == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-4)
    assert model["cov_size_price"] == pytest.approx(cov[2, 3], rel=1e-3)


def test_closed_form_of_a_single_attribute():
    # Five tasks with red at 1 and blue at 2, red taken 4 times; five with red at 2 and blue at 1, red taken 3 times.
    red_taken = [1, 1, 1, 1, 0, 1, 1, 1, 0, 0]
    chosen = column(*[x for red in red_taken for x in (red, 1 - red)])
    price = column(*[1, 2] * 5, *[2, 1] * 5)
    model = fit_conjoint(chosen, cells(*[["red"], ["blue"]] * 10), ["colour"], price)
    # Log odds of red: worth - effect = log 4, worth + effect = log 3/2.
    assert model["colour=red"] == pytest.approx((np.log(4) + np.log(1.5)) / 2)
    assert model["price"] == pytest.approx((np.log(1.5) - np.log(4)) / 2)


def test_order_and_name_of_tasks_do_not_matter():
    chosen, shown, names, price = survey(tasks=200)
    plain = fit_conjoint(chosen, shown, names, price)
    task = np.repeat(np.array([f"T{i}" for i in range(200)], dtype=object), 4)
    mix = np.random.default_rng(1).permutation(800)
    named = fit_conjoint(chosen[mix], shown[mix], names, price[mix], task[mix])
    assert all(
        named[name] == pytest.approx(plain[name], rel=1e-8) for name in ("brand=Best", "none", "price", "loglik")
    )


def test_tasks_of_different_size():
    chosen, shown, names, price = survey(tasks=300)
    task = np.repeat(np.arange(300), 4).astype(object)
    keep = (chosen == 1) | (np.arange(1200) % 4 != 0)
    model = fit_conjoint(chosen[keep], shown[keep], names, price[keep], task[keep])
    assert model["n"] == 300
    assert model["loglik_0"] == pytest.approx(-np.log(np.bincount(task[keep].astype(int))).sum())


MODEL = fit_conjoint(*survey(tasks=500))


def test_shares_sum_to_one_and_follow_utility():
    offers = cells(["Acme", 2.0, 8.0], ["Best", 2.0, 8.0], [None, None, 0.0])
    share = choice_share(MODEL, offers)
    assert share.sum() == pytest.approx(1.0)
    assert np.log(share[1] / share[0]) == pytest.approx(MODEL["brand=Best"])
    assert np.log(share[2] / share[0]) == pytest.approx(MODEL["none"] - 2 * MODEL["size"] - 8 * MODEL["price"])
    turned = choice_share(MODEL, offers[:, [2, 1, 0]], ["Price", "size", "brand"])
    assert turned == pytest.approx(share)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["Acme", "Best", "Cute"]), st.floats(0, 5), st.floats(0, 1e6)), min_size=1))
def test_shares_are_shares_whatever_the_price(offers):
    share = choice_share(MODEL, cells(*offers))
    assert share.sum() == pytest.approx(1.0)
    assert (share >= 0).all()


def test_paying_the_willingness_to_pay_leaves_the_share_unchanged():
    dearer = 8.0 + MODEL["wtp_brand=Best"]
    share = choice_share(MODEL, cells(["Acme", 2.0, 8.0], ["Best", 2.0, dearer]))
    assert share == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("offers", "names", "words"),
    [
        ([["Zeta", 2.0, 8.0]], None, "knows brand as Acme, Best, Cute"),
        ([["Acme", "big", 8.0]], None, "size is a number"),
        ([["Acme", None, 8.0]], None, "no attribute at all"),
        ([["Acme", 2.0, None]], None, "is empty"),
        ([["Acme", 2.0]], None, "needs the columns brand, size, price"),
        ([["Acme", 2.0, 8.0]], ["brand", "weight", "price"], "needs the columns brand, size, price"),
    ],
)
def test_offers_that_do_not_fit_the_model(offers, names, words):
    with pytest.raises(InvalidInput, match=words):
        choice_share(MODEL, cells(*offers), names)


def test_buying_nothing_needs_a_model_that_knows_it():
    model = fit_conjoint(*survey(tasks=200, none=False))
    with pytest.raises(InvalidInput, match="buy nothing") as caught:
        choice_share(model, cells(["Acme", 2.0, 8.0], [None, None, 0.0]))
    assert caught.value.rows == [1]


def test_choices_that_do_not_fit():
    chosen, shown, names, price = survey(tasks=20)
    two = chosen.copy()
    two[:4] = [1, 1, 0, 0]
    two[4:8] = 0
    with pytest.raises(InvalidInput, match="exactly one") as caught:
        fit_conjoint(two, shown, names, price)
    assert caught.value.rows == list(range(8))
    rest = np.delete(np.arange(80), np.flatnonzero(chosen == 0)[0])
    with pytest.raises(InvalidInput, match="79 rows with 20 chosen"):
        fit_conjoint(chosen[rest], shown[rest], names, price[rest])
    with pytest.raises(InvalidInput, match="must be 1"):
        fit_conjoint(chosen * 2, shown, names, price)
    with pytest.raises(NotAvailable, match="chosen"):
        fit_conjoint(chosen * 0, shown, names, price)
    with pytest.raises(InvalidInput, match="heading"):
        fit_conjoint(chosen, shown, ["brand", "price"], price)
    gap = shown.copy()
    gap[0, 1] = None
    with pytest.raises(InvalidInput, match="no attribute at all"):
        fit_conjoint(chosen, gap, names, price)


def test_choices_that_cannot_tell():
    # The cheaper one is always taken; then a price that never differs within a task.
    shown = cells(["a"], ["b"], ["b"], ["a"], ["a"], ["b"], ["b"], ["a"])
    chosen = column(1, 0, 1, 0, 0, 1, 1, 0)
    cheaper = np.where(chosen == 1, 5.0, 6.0)
    with pytest.raises(NotAvailable, match=r"price.*without exception"):
        fit_conjoint(chosen, shown, ["letter"], cheaper)
    with pytest.raises(NotAvailable, match="price does not vary"):
        fit_conjoint(chosen, shown, ["letter"], np.repeat([5.0, 6.0, 7.0, 8.0], 2))


def test_no_willingness_to_pay_where_dearer_is_liked():
    chosen, shown, names, price = survey(tasks=400, none=False)
    model = fit_conjoint(chosen, shown, names, -price)
    assert model["price"] > 0
    assert np.isnan(model["wtp_size"])
