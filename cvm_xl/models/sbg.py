"""Shifted-beta-geometric: how long customers under contract keep renewing.

A customer leaves at each renewal with a probability theta, and theta differs between customers as Beta(alpha, beta):
retention rises with age because those who leave easily have left. Fader & Hardie (2007), "How to project customer
retention", Journal of Interactive Marketing 21; (2010), "Customer-base valuation in a contractual setting",
Marketing Science 29.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import NotAvailable, OutOfRange
from cvm_xl.models.fitting import LEAVING, Params, expect, fitted, maximise
from cvm_xl.models.gammas import digamma, log_gamma, trigamma
from cvm_xl.models.residual import beta_nodes, log_sum
from cvm_xl.models.rows import distinct

__all__ = ["NAMES", "discounted_survival", "fit", "residual_lifetime", "retention", "survival"]

Floats = NDArray[np.float64]

DIFFER = {"alpha": LEAVING, "beta": LEAVING}
NAMES = tuple(DIFFER)
MODELS = ("sbg",)


def _likelihood(at: Floats, lost: Floats, left: float, theta: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient and Hessian in alpha, beta; Fader & Hardie (2007), appendix B.

    P(T = t) = B(alpha + 1, beta + t - 1) / B(alpha, beta), S(t) = B(alpha, beta + t) / B(alpha, beta).
    """
    alpha, beta = theta
    # the terms as w log B(alpha + i, beta + j)
    i = np.concatenate((np.ones(at.size), [0.0, 0.0]))
    j = np.concatenate((at - 1, [float(at[-1]), 0.0]))
    w = np.concatenate((lost, [left, -(float(np.sum(lost)) + left)]))
    a, b = alpha + i, beta + j
    value = float(np.sum(w * (log_gamma(a) + log_gamma(b) - log_gamma(a + b))))
    both, tri_both = digamma(a + b), -float(np.sum(w * trigamma(a + b)))
    gradient = np.array([np.sum(w * (digamma(a) - both)), np.sum(w * (digamma(b) - both))])
    own = np.array([np.sum(w * trigamma(a)), np.sum(w * trigamma(b))])
    return value, gradient, np.diag(own) + tri_both


def fit(survivors: Floats) -> Params:
    """Fit the shifted-beta-geometric model to the survivors of one cohort by maximum likelihood.

    Parameters
    ----------
    survivors : array (k + 1,)
        Customers at the start and after each renewal.

    Returns
    -------
    dict
        model, alpha, beta, n, loglik, standard errors and covariance; `note` when the likelihood is highest at a
        limit (churn does not fall with time: customers do not differ).

    Raises
    ------
    OutOfRange
        If survivors grow or are negative, or the fit does not converge.
    NotAvailable
        If there are fewer than two renewals, or nobody left.
    """
    bad = np.flatnonzero(~((survivors >= 0) & np.isfinite(survivors))).tolist()
    if bad:
        raise OutOfRange("must be 0 or more customers", argument="survivors", rows=bad)
    lost = -np.diff(survivors)
    bad = (np.flatnonzero(lost < 0) + 1).tolist()
    if bad:
        raise OutOfRange(
            "must not grow: they are the customers of one cohort that are left after each renewal",
            argument="survivors",
            rows=bad,
            value=float(survivors[bad[0]]),
        )
    if survivors.size < 3:
        raise NotAvailable("give at least three numbers: the start and two renewals", argument="survivors")
    if not np.any(lost > 0):
        raise NotAvailable("nobody left, so that nothing can be learned about leaving", argument="survivors")
    at = np.arange(1.0, survivors.size)
    left = float(survivors[-1])
    churn = float(np.sum(lost) / np.sum(survivors[:-1]))
    start = np.array([1.0, max(1 / churn - 1, 0.1)])
    best = maximise(lambda theta: _likelihood(at, lost, left, theta), start)
    n = float(survivors[0])
    return fitted(lambda theta: _likelihood(at, lost, left, theta), best, DIFFER, {"model": "sbg"}, n, np.inf)


def retention(params: Params, periods: Floats) -> Floats:
    """Share of customers who renew at renewal t = 1, 2, ... among those who came so far.

    r_t = (beta + t - 1) / (alpha + beta + t - 1); Fader & Hardie (2007), equation 8.

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model, or a period is no whole number from 1.
    """
    alpha, beta = expect(params, MODELS, NAMES)
    _whole(periods, "periods", 1)
    return (beta + periods - 1) / (alpha + beta + periods - 1)


def survival(params: Params, periods: Floats) -> Floats:
    """Share of a cohort that is left after t = 0, 1, ... renewals: B(alpha, beta + t) / B(alpha, beta).

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model, or a period is no whole number from 0.
    """
    alpha, beta = expect(params, MODELS, NAMES)
    _whole(periods, "periods", 0)
    logs = log_gamma(beta + periods) - log_gamma(beta) - log_gamma(alpha + beta + periods) + log_gamma(alpha + beta)
    return np.exp(logs)


def residual_lifetime(params: Params, period: Floats, discount: Floats) -> Floats:
    """Discounted expected residual lifetime (DERL) of a customer in period n, about to decide on renewal n.

    The sum over t >= n of S(t) / S(n - 1) / (1 + d)^(t - n): n - 1 renewals are made, the next payment is now.

    Parameters
    ----------
    params : dict
        Of `fit`.
    period : array (n,)
        Whole number from 1.
    discount : array (n,)
        Rate per period, from 0 (above 0 unless alpha > 1).

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model, a value cannot be, or the sum is infinite.

    Notes
    -----
    Fader & Hardie (2010).
    """
    alpha, beta = expect(params, MODELS, NAMES)
    _whole(period, "period", 1)
    bad = np.flatnonzero(~((discount >= 0) & np.isfinite(discount))).tolist()
    if bad:
        raise OutOfRange("must be 0 or more", argument="discount", rows=bad, value=float(discount[bad[0]]))
    renew = (beta + period - 1) / (alpha + beta + period - 1)
    ever = np.full(period.size, np.inf)
    return renew * discounted_survival(alpha, beta + period, np.log1p(discount), ever)


def discounted_survival(a: float, b: Floats, force: Floats, periods: Floats) -> Floats:
    """Sum over j = 0 .. periods - 1 of e^(-force j) B(a, b + j) / B(a, b), as a mean over theta ~ Beta(a, b).

    Parameters
    ----------
    a : float
    b, force, periods : arrays (n,)
        `periods` may be infinite.

    Raises
    ------
    OutOfRange
        If the sum is infinite: for ever, undiscounted, and a <= 1.
    """
    result = np.zeros(b.size)
    (bs, forces, counts), index = distinct(b, force, periods)
    ever = np.isinf(counts) & (forces == 0)
    if ever.any() and a <= 1:
        raise OutOfRange(
            "without discounting, the sum for ever is infinite under this model; give a discount or a horizon",
            argument="discount",
            rows=np.flatnonzero(ever[index]).tolist(),
        )
    result = np.where(ever, (a + bs - 1) / (a - 1), 0.0) if a > 1 else np.zeros(bs.size)
    rows = np.flatnonzero(~ever & (counts > 0))
    for begin in range(0, rows.size, 1000):
        at = rows[begin : begin + 1000]
        lose, many = -np.expm1(-forces[at]), counts[at]
        with np.errstate(divide="ignore"):
            steepest = np.minimum(many, 1 / lose)
        _, log_q, log_weight = beta_nodes(a, bs[at], steepest, steepest)
        ratio = log_q - forces[at][:, None]
        log_sums = np.log(-np.expm1(many[:, None] * ratio)) - np.log(-np.expm1(ratio))
        result[at] = np.exp(log_sum(log_weight + log_sums))
    return result[index]


def _whole(values: Floats, argument: str, lowest: int) -> None:
    bad = np.flatnonzero(~((values >= lowest) & (values == np.floor(values)) & np.isfinite(values))).tolist()
    if bad:
        raise OutOfRange(
            f"must be a whole number from {lowest}", argument=argument, rows=bad, value=float(values[bad[0]])
        )
