"""Agreement of the fits behind prices with statsmodels, to six digits: estimates, standard errors, covariances.

It comes with the extra `peers`; without it these tests are skipped.
"""

import numpy as np
import pytest

from cvm_xl.models.acceptance_fit import fit_acceptance
from cvm_xl.models.conjoint import choice_share, fit_conjoint
from cvm_xl.models.elasticity import fit_elasticity
from cvm_xl.models.logit import code_levels

api = pytest.importorskip("statsmodels.api", reason="it comes with the extra peers")
SIX = {"rel": 1e-6, "abs": 1e-9}


def agree(ours, names, beta, cov):
    """Estimates, their errors and every covariance of ours against theirs, in the order of `names`."""
    assert [ours[name] for name in names] == pytest.approx(list(beta), **SIX)
    assert [ours[f"se_{name}"] for name in names] == pytest.approx(list(np.sqrt(np.diag(cov))), **SIX)
    for i, first in enumerate(names):
        for j, second in enumerate(names[i + 1 :], i + 1):
            assert ours[f"cov_{first}_{second}"] == pytest.approx(cov[i, j], **SIX), (first, second)


def offers(n, seed):
    rng = np.random.default_rng(seed)
    price, satisfaction = rng.uniform(50, 150, n), rng.uniform(20, 98, n)
    segment = rng.choice(["Farms", "Parks", "Schools"], n)
    score = -6 + 0.09 * price - 0.04 * satisfaction + 0.9 * (segment == "Parks")
    return price, satisfaction, segment, (rng.random(n) < 1 / (1 + np.exp(score))).astype(float)


@pytest.mark.parametrize(("n", "seed"), [(60, 1), (400, 2), (5_000, 3)])
def test_acceptance_agrees_with_logit(n, seed):
    price, satisfaction, segment, accepted = offers(n, seed)
    coded = code_levels(segment.astype(object), "segment")
    covariates, names = np.column_stack([satisfaction, coded.columns]), ["satisfaction", *coded.names]
    ours = fit_acceptance(price, accepted, covariates, names)
    design = np.column_stack([np.ones(n), price, covariates])
    theirs = api.Logit(accepted, design).fit(disp=0, method="newton", tol=1e-12, maxiter=100)
    agree(ours, ["intercept", "slope", *names], -theirs.params, theirs.cov_params())
    assert ours["loglik"] == pytest.approx(theirs.llf, **SIX)
    assert ours["p_slope"] == pytest.approx(theirs.pvalues[1], **SIX)


@pytest.mark.parametrize(("n", "seed"), [(24, 1), (300, 2)])
def test_elasticity_agrees_with_least_squares(n, seed):
    rng = np.random.default_rng(seed)
    trend, promotion = np.arange(n, dtype=float), (rng.random(n) < 0.3).astype(float)
    price = 20 * np.exp(0.2 * rng.standard_normal(n) - 0.1 * promotion)
    quantity = np.exp(9 - 1.7 * np.log(price) + 0.4 * promotion + 0.01 * trend + 0.2 * rng.standard_normal(n))
    covariates = np.column_stack([trend, promotion])
    ours = fit_elasticity(price, quantity, 8.0, covariates, ["trend", "promotion"])
    theirs = api.OLS(np.log(quantity), np.column_stack([np.ones(n), np.log(price), covariates])).fit()
    agree(ours, ["intercept", "elasticity", "trend", "promotion"], theirs.params, theirs.cov_params())
    assert ours["se"] == ours["se_elasticity"]
    assert [ours["r2"], ours["loglik"]] == pytest.approx([theirs.rsquared, theirs.llf], **SIX)


@pytest.mark.parametrize("none", [False, True], ids=["forced", "with the option to buy nothing"])
def test_part_worths_agree_with_the_conditional_logit(none):
    """McFadden's model: of the alternatives of a task one is chosen, which is what conditional means there, too."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    rng = np.random.default_rng(4)
    tasks, size = 300, 3 + none
    brand = rng.choice(["Acme", "Best", "Cute"], (tasks, 3)).astype(object)
    visits, price = rng.integers(1, 5, (tasks, 3)).astype(float), rng.uniform(5, 15, (tasks, 3))
    utility = 0.8 * (brand == "Best") - 0.4 * (brand == "Cute") + 0.5 * visits - 0.3 * price
    shown = np.empty((tasks, size, 2), dtype=object)
    shown[:, :3, 0], shown[:, :3, 1] = brand, visits
    if none:
        utility = np.column_stack([utility, np.full(tasks, -0.5)])
        price = np.column_stack([price, np.zeros(tasks)])
    pick = (utility + rng.gumbel(size=utility.shape)).argmax(axis=1)
    chosen = (np.arange(size) == pick[:, None]).astype(float).ravel()
    cells = shown.reshape(-1, 2)
    ours = fit_conjoint(chosen, cells, ["brand", "visits"], price.ravel())
    names = ["brand=Best", "brand=Cute", "visits", *["none"] * none, "price"]
    levels = [cells[:, 0] == "Best", cells[:, 0] == "Cute", np.where(cells[:, 1] == None, 0.0, cells[:, 1])]  # noqa: E711
    design = np.column_stack([*levels, *[cells[:, 0] == None] * none, price.ravel()]).astype(float)  # noqa: E711
    group = np.repeat(np.arange(tasks), size)
    model = ConditionalLogit(chosen, design, groups=group)
    theirs = model.fit(disp=0, method="newton", tol=1e-12, maxiter=100)
    assert [ours[name] for name in names] == pytest.approx(list(theirs.params), **SIX)
    assert [ours[f"se_{name}"] for name in names] == pytest.approx(list(theirs.bse), **SIX)
    assert ours["loglik"] == pytest.approx(theirs.llf, **SIX)


def test_shares_are_those_of_the_multinomial_logit():
    """Of constants alone the conditional logit is the multinomial one, whose shares are those that were seen."""
    rng = np.random.default_rng(6)
    tasks = 500
    pick = rng.choice(3, tasks, p=[0.5, 0.3, 0.2])
    theirs = api.MNLogit(pick, np.ones(tasks)).fit(disp=0, method="newton", tol=1e-12)
    constants = dict(zip(("brand=Best", "brand=Cute"), theirs.params.ravel().tolist(), strict=True))
    model = {"model": "conjoint", "base_brand": "Acme", "price": -0.1} | constants
    model |= {f"se_{name}": 0.1 for name in (*constants, "price")}
    offers = np.array([["Acme", 9.0], ["Best", 9.0], ["Cute", 9.0]], dtype=object)
    shares = choice_share(model, offers)
    assert shares == pytest.approx(theirs.predict()[0], **SIX)
    assert shares == pytest.approx(np.bincount(pick) / tasks, **SIX)
