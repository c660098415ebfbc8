"""BG/NBD and MBG/NBD: how often customers buy and when they stop, without a contract.

While alive a customer buys at a rate lambda ~ Gamma(r, alpha), and after each purchase leaves with probability
p ~ Beta(a, b). In the BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24) a customer cannot leave at the first
purchase, so that everyone without a repeat purchase is alive; in the MBG/NBD (Batislam, Denizel & Filiztekin 2007,
International Journal of Research in Marketing 24) a customer may leave right after the first purchase too. The two
likelihoods differ in one whole number, `extra` below: 0 and 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import NotAvailable, OutOfRange
from cvm_xl.models.fitting import BUYING, ENOUGH, LEAVING, Params, expect, fitted, maximise, sampled, warmer
from cvm_xl.models.gammas import digamma, log_gamma, trigamma
from cvm_xl.models.history import check_counts, check_history
from cvm_xl.models.residual import beta_kernel
from cvm_xl.models.residual import expected as _expected
from cvm_xl.models.rows import blocks, distinct, levels, tally
from cvm_xl.models.summary import days_in

__all__ = ["NAMES", "NOBODY_LEAVES", "alive", "expected", "fit", "posterior"]

Floats = NDArray[np.float64]

DIFFER = {"r": BUYING, "alpha": BUYING, "a": LEAVING, "b": LEAVING}
NAMES = tuple(DIFFER)
NOBODY_LEAVES = (
    "No customer seems to have left: all count as alive, so that values without a horizon would have no end."
)
EXTRA = {"bgnbd": 0.0, "mbgnbd": 1.0}


class _Data(NamedTuple):
    """Sufficient statistics: the terms of the likelihood each on its own distinct rows."""

    xs: Floats  # distinct frequencies, and customers at each
    at_x: Floats
    ages: Floats  # distinct ages, with customers and purchases at each
    at_age: Floats
    bought: Floats
    x: Floats  # distinct histories that may have ended, and customers at each
    column: NDArray[np.intp]  # of x in xs
    gone: Floats  # time from last purchase
    recency: Floats
    n: Floats
    extra: float


def _prepare(x: Floats, recency: Floats, age: Floats, n: Floats, extra: float) -> _Data:
    xs, x_index = levels(x)
    ages, age_index = levels(age)
    may = _may_have_left(x, extra)
    (mx, mt, mT), index = distinct(x[may], recency[may], age[may])
    return _Data(
        xs,
        tally(x_index, n, xs.size),
        ages,
        tally(age_index, n, ages.size),
        tally(age_index, n * x, ages.size),
        mx,
        np.searchsorted(xs, mx),
        mT - mt,
        mt,
        tally(index, n[may], mx.size),
        extra,
    )


def _may_have_left(x: Floats, extra: float) -> NDArray[np.intp]:
    """Rows of customers who had an occasion to leave; in the BG/NBD that is a repeat purchase."""
    return np.arange(x.size) if extra else np.flatnonzero(x > 0)


def _likelihood(data: _Data, theta: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient and Hessian in r, alpha, a, b.

    With G the gamma terms, L = G (alpha + T)^-(r+x) (1 + e^D) where D is the log odds of having left against being
    alive: D = log a - log(b + x - 1 + extra) + (r + x) log((alpha + T) / (alpha + t_x)).
    """
    r, alpha, a, b = theta
    total = float(np.sum(data.at_x))
    bx = b + data.xs + data.extra
    at = data.at_x

    value = float(
        at @ (log_gamma(r + data.xs) + log_gamma(bx) - log_gamma(a + bx))
        + total * (log_gamma(a + b) - log_gamma(b) - log_gamma(r) + r * np.log(alpha))
    )
    psi_r, psi_b, psi_ab = at @ digamma(r + data.xs), at @ digamma(bx), at @ digamma(a + bx)
    gradient = np.array(
        [
            psi_r + total * (np.log(alpha) - digamma(r)),
            total * r / alpha,
            total * digamma(a + b) - psi_ab,
            psi_b - psi_ab + total * (digamma(a + b) - digamma(b)),
        ]
    )
    hessian = np.zeros((4, 4))
    tri_ab = total * trigamma(a + b) - at @ trigamma(a + bx)
    hessian[0, 0] = at @ trigamma(r + data.xs) - total * trigamma(r)
    hessian[0, 1] = total / alpha
    hessian[1, 1] = -total * r / alpha**2
    hessian[2, 2] = hessian[2, 3] = tri_ab
    hessian[3, 3] = tri_ab + at @ trigamma(bx) - total * trigamma(b)

    log_age, power = np.log(alpha + data.ages), r * data.at_age + data.bought
    inverse = 1 / (alpha + data.ages)
    value -= float(power @ log_age)
    gradient[0] -= data.at_age @ log_age
    gradient[1] -= power @ inverse
    hessian[0, 1] -= data.at_age @ inverse
    hessian[1, 1] += power @ inverse**2

    # the odds of having left: D, its derivatives (by a it is 1 / a), and sums over customers, a block at a time
    ends = np.where(data.xs + data.extra > 0, bx - 1, 1.0)  # nobody leaves without an occasion
    log_bx, inv_bx = np.log(ends), 1 / ends
    three = np.ix_([0, 1, 3], [0, 1, 3])
    for part in blocks(data.x.size):
        column, n = data.column[part], data.n[part]
        since = 1 / (alpha + data.recency[part])
        slope = data.gone[part] * since
        now = since / (1 + slope)  # 1 / (alpha + T)
        log_ratio = np.log(1 + slope)  # not log1p: the odds want few absolute errors, and this is twice as fast
        power = r + data.x[part]
        odds = np.log(a) - log_bx[column] + power * log_ratio
        small = np.exp(-np.abs(odds))
        value += float(n @ (np.maximum(odds, 0.0) + np.log(1 + small)))
        share = np.where(odds > 0, 1.0, small) / (1 + small)
        left = n * share
        mixed = left * (1 - share)
        J = -slope * now
        D = np.stack((log_ratio, power * J, -inv_bx[column]))
        sum_left, sum_mixed = float(np.sum(left)), float(np.sum(mixed))
        gradient[[0, 1, 3]] += np.einsum("ij,j->i", D, left)
        gradient[2] += sum_left / a
        weighted = D * mixed
        hessian[three] += np.triu(np.einsum("ik,jk->ij", weighted, D))
        hessian[0, 1] += left @ J
        hessian[1, 1] -= left @ (D[1] * (now + since))
        hessian[3, 3] += left @ D[2] ** 2
        hessian[2, 2] += (sum_mixed - sum_left) / a**2
        hessian[[0, 1, 2], [2, 2, 3]] += np.sum(weighted, axis=1) / a
    return value, gradient, np.triu(hessian) + np.triu(hessian, 1).T


def fit(
    frequency: Floats,
    recency: Floats,
    age: Floats,
    count: Floats | None = None,
    unit: str = "week",
    model: str = "bgnbd",
) -> Params:
    """Fit the BG/NBD (or MBG/NBD) by maximum likelihood.

    Parameters
    ----------
    frequency, recency, age : arrays (n,)
        Repeat purchases; time from first to last purchase; time from first purchase to now; in `unit`.
    count : array (n,), optional
        Customers with that history.
    unit : str
        Unit of time, kept with the parameters.
    model : {"bgnbd", "mbgnbd"}

    Returns
    -------
    dict
        model, unit, r, alpha, a, b, n, loglik, standard errors `se_<p>` and covariances `cov_<p>_<q>`; `note` when
        the likelihood is highest at a limit (nobody leaves, or customers do not differ).

    Raises
    ------
    OutOfRange
        If a history cannot be, or the fit does not converge.
    NotAvailable
        If nobody bought again, or too few did to identify the parameters.

    Notes
    -----
    BG/NBD: Fader, Hardie & Lee (2005), equation 6, rearranged as in their note on computing it in Excel.
    MBG/NBD: Batislam et al. (2007). Standard errors from the observed information.
    """
    days_in(unit)
    recency = check_history(frequency, recency, age)
    n = check_counts(count, frequency)
    if not np.any(age > 0):
        raise NotAvailable("every age is 0: there was no time to buy again", argument="age")
    extra = EXTRA[model]
    data = _prepare(frequency, recency, age, n, extra)
    # half of the purchase rate: the customers who have left pull it down
    rate = float((data.at_x @ data.xs) / (data.at_age @ data.ages))
    start = np.array([0.5, 0.25 / rate, 1.0, 3.0])
    if data.x.size > ENOUGH:
        few, counts = sampled(n, ENOUGH)
        sample = _prepare(frequency[few], recency[few], age[few], counts, extra)
        start = warmer(lambda theta: _likelihood(sample, theta), start)
    best = maximise(lambda theta: _likelihood(data, theta), start)
    head: Params = {"model": model, "unit": unit}
    customers, repeaters = float(np.sum(data.at_x)), float(np.sum(data.at_x[data.xs > 0]))
    params = fitted(lambda theta: _likelihood(data, theta), best, DIFFER, head, customers, repeaters)
    if "note" in params and float(n @ (1 - _alive(params, frequency, recency, age))) < 0.001 * customers:
        params["note"] = f"{NOBODY_LEAVES} {params['note']}"
    return params


def _alive(params: Params, x: Floats, recency: Floats, age: Floats) -> Floats:
    """`alive`, of histories known to be sound: 1 / (1 + e^D), D as in `_likelihood`."""
    r, alpha, a, b = expect(params, tuple(EXTRA), NAMES)
    extra = EXTRA[str(params["model"])]
    result = np.ones(x.size)
    may = _may_have_left(x, extra)
    with np.errstate(all="ignore"):
        for part in blocks(may.size):
            rows = may[part]
            bought, last = x[rows], recency[rows]
            odds = (r + bought) * np.log(1 + (age[rows] - last) / (alpha + last))
            odds += np.log(a) - np.log(b + bought + (extra - 1))
            result[rows] = 1 / (1 + np.exp(odds))
    return result


def alive(params: Params, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Probability that a customer with this history is still alive at the end of `age`.

    Returns
    -------
    array (n,)
        In [0, 1]; 1 by construction in the BG/NBD for a customer without repeat purchases.

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model, or a history cannot be (with all bad rows).

    Notes
    -----
    Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model".
    """
    recency = check_history(frequency, recency, age)
    return _alive(params, frequency, recency, age)


def expected(params: Params, frequency: Floats, age: Floats, horizon: Floats, force: Floats) -> Floats:
    """Expected discounted purchases in the time `horizon` from now of customers who are alive.

    Parameters
    ----------
    frequency, age : arrays (n,)
        When a customer is known to be alive, the time of his last purchase does not matter.
    horizon, force : arrays (n,)
        Time ahead (infinite for ever) and force of interest, per unit of time.

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model; if the sum over all time without discounting is infinite (a <= 1).

    Notes
    -----
    Fader, Hardie & Lee (2005), equation 10, without its last factor; for ever and undiscounted it is E[1 / p].
    """
    r, alpha, a, b = expect(params, tuple(EXTRA), NAMES)
    b += EXTRA[str(params["model"])]
    ever = np.isinf(horizon) & (force == 0)
    if ever.any() and a <= 1:
        raise OutOfRange(
            "without discounting, purchases for ever are infinite under this model; give a discount or a horizon",
            argument="discount",
            rows=np.flatnonzero(ever).tolist(),
        )
    kernel = beta_kernel(lambda x: r + x, a, lambda x: b + x)
    if not ever.any():
        return _expected(kernel, frequency, alpha + age, horizon, force)
    result = _expected(kernel, frequency, alpha + age, np.where(ever, 0.0, horizon), force)
    return np.where(ever, (a + b + frequency - 1) / (a - 1), result)


def posterior(params: Params, frequency: Floats, age: Floats) -> tuple[Floats, Floats, float, Floats]:
    """Given that a customer is alive: lambda ~ Gamma(shape, rate) and p ~ Beta(a, b), as (shape, rate, a, b)."""
    r, alpha, a, b = expect(params, tuple(EXTRA), NAMES)
    return r + frequency, alpha + age, a, b + frequency + EXTRA[str(params["model"])]
