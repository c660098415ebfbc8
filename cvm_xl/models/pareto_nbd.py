"""Pareto/NBD: how often customers buy and when they stop, without a contract.

While alive a customer buys at a rate lambda ~ Gamma(r, alpha); his lifetime is exponential with a rate
mu ~ Gamma(s, beta), whether he buys or not. Schmittlein, Morrison & Colombo (1987), "Counting your customers",
Management Science 33; Fader & Hardie (2005), "A note on deriving the Pareto/NBD model".

The likelihood is kept as the integral over the unknown time of leaving, which is positive and differentiates under
the integral sign, instead of its hypergeometric functions, which overflow. It is summed by Gauss-Legendre in
logarithmic time, over the part in which the integrand is not negligible.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import NotAvailable, OutOfRange
from cvm_xl.models.bgnbd import NOBODY_LEAVES
from cvm_xl.models.fitting import BUYING, LEAVING, Params, expect, fitted, maximise, sampled, warmer
from cvm_xl.models.gammas import digamma, log_gamma, logistic, trigamma
from cvm_xl.models.history import check_counts, check_history
from cvm_xl.models.residual import expected as _expected
from cvm_xl.models.rows import distinct, levels, tally
from cvm_xl.models.summary import days_in

__all__ = ["NAMES", "alive", "expected", "fit", "posterior"]

Floats = NDArray[np.float64]

DIFFER = {"r": BUYING, "alpha": BUYING, "s": LEAVING, "beta": LEAVING}
NAMES = tuple(DIFFER)
MODELS = ("pareto_nbd",)
NODES = 24
NEGLIGIBLE = 40.0  # e^-40 of the integrand
ENOUGH = 10_000  # customers who give starting values for more
ROWS = 1 << 9  # rows a block: their nodes stay in the cache, and below what a BLAS gives to threads


@dataclass(frozen=True)
class _Data:
    """Distinct histories with counts, and distinct frequencies with counts."""

    x: Floats
    recency: Floats
    age: Floats
    n: Floats
    xs: Floats
    at_x: Floats


def _prepare(x: Floats, recency: Floats, age: Floats, n: Floats) -> _Data:
    xs, index = levels(x)
    return _Data(x, recency, age, n, xs, tally(index, n, xs.size))


def _terms(theta: Floats, x: Floats, recency: Floats, age: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """When each customer may have left, between last purchase and now, and what each time adds to the likelihood.

    Arrays (nodes + 1, rows); the last row is "alive now". For times y: 1 / (alpha + y), 1 / (beta + y), their
    logarithms with the sign changed, and the logarithm of the term relative to being alive now, which is
    (alpha + T)^-(r + x) (beta + T)^-s.
    """
    r, alpha, s, beta = theta
    power = r + x
    with np.errstate(over="ignore", divide="ignore"):
        until = np.minimum(
            (alpha + recency) * np.expm1(NEGLIGIBLE / power), (beta + recency) * np.expm1(NEGLIGIBLE / s)
        )
    origin = min(alpha, beta)
    begin = origin + recency
    width = np.log1p(np.minimum(age - recency, until) / begin)
    nodes, weights = _legendre(NODES + int(min(5 * max(float(np.max(width)) - 5, 0), 500)))
    other = np.empty((nodes.size + 1, x.size))
    logs = np.empty_like(other)  # of origin + y
    logs[:-1] = np.log(begin) + width * nodes[:, None]
    logs[-1] = np.log(origin + age)
    near = np.exp(logs)
    np.add(near, abs(alpha - beta), out=other)
    log_other = np.log(other)
    np.reciprocal(near, out=near)
    np.reciprocal(other, out=other)
    if alpha <= beta:
        in_a, in_b, log_a, log_b = near, other, logs, log_other
    else:
        in_a, in_b, log_a, log_b = other, near, log_other, logs
    with np.errstate(divide="ignore"):
        log_h = np.log(s * width) + np.log(weights)[:, None] + logs[:-1] - log_b[:-1]
    log_h += power * (log_a[-1] - log_a[:-1])
    log_h += s * (log_b[-1] - log_b[:-1])
    return in_a, in_b, log_a, log_b, np.concatenate((log_h, np.zeros((1, x.size))))


@cache
def _legendre(n: int) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return (nodes + 1) / 2, weights / 2


def _likelihood(data: _Data, theta: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient and Hessian in r, alpha, s, beta.

    With the terms of the sum over "alive now" and the times of leaving as shares, the gradient is the mean of the
    terms' logarithmic derivatives d, and the Hessian the mean of their second derivatives plus the variance of d.
    """
    r, alpha, s, beta = theta
    total = float(np.sum(data.at_x))
    at, rx = data.at_x, r + data.xs
    value = float(at @ log_gamma(rx) + total * (r * np.log(alpha) + s * np.log(beta) - log_gamma(r)))
    gradient = np.array(
        [
            at @ digamma(rx) + total * (np.log(alpha) - digamma(r)),
            total * r / alpha,
            total * np.log(beta),
            total * s / beta,
        ]
    )
    hessian = np.zeros((4, 4))
    hessian[0, 0] = at @ trigamma(rx) - total * trigamma(r)
    hessian[0, 1], hessian[1, 1] = total / alpha, -total * r / alpha**2
    hessian[2, 3], hessian[3, 3] = total / beta, -total * s / beta**2

    for begin in range(0, data.x.size, ROWS):
        part = slice(begin, begin + ROWS)
        x, n = data.x[part], data.n[part]
        in_a, in_b, log_a, log_b, log_h = _terms(theta, x, data.recency[part], data.age[part])
        power = r + x
        top = np.max(log_h, axis=0)
        share = np.exp(log_h - top)
        mass = np.sum(share, axis=0)
        value += float(np.sum(n * (top + np.log(mass) - power * log_a[-1] - s * log_b[-1])))
        share *= 1 / mass
        d = np.empty((4, *share.shape))
        np.negative(log_a, out=d[0])
        np.multiply(in_a, -power, out=d[1])
        np.subtract(1 / s, log_b, out=d[2])
        d[2, -1] -= 1 / s
        np.multiply(in_b, -s - 1, out=d[3])
        d[3, -1] += in_b[-1]
        means = np.einsum("kji,ji->ki", d, share)
        gradient += np.einsum("ki,i->k", means, n)
        share *= n
        flat = d.reshape(4, -1)
        hessian += np.triu((flat * share.reshape(-1)) @ flat.T)
        hessian -= np.triu((means * n) @ means.T)
        # second derivatives of the terms, by the first ones
        share_gone = float(np.sum(share[:-1]))
        hessian[0, 1] -= np.einsum("ji,ji->", share, in_a)
        hessian[1, 1] -= np.einsum("ji,ji,ji->", share, in_a, d[1])
        hessian[2, 2] -= share_gone / s**2
        hessian[2, 3] -= np.einsum("ji,ji->", share, in_b)
        hessian[3, 3] -= np.einsum("ji,ji,ji->", share, in_b, d[3])
    return value, gradient, np.triu(hessian) + np.triu(hessian, 1).T


def fit(frequency: Floats, recency: Floats, age: Floats, count: Floats | None = None, unit: str = "week") -> Params:
    """Fit the Pareto/NBD by maximum likelihood.

    Parameters
    ----------
    frequency, recency, age : arrays (n,)
        Repeat purchases; time from first to last purchase; time from first purchase to now; in `unit`.
    count : array (n,), optional
        Customers with that history.
    unit : str
        Unit of time, kept with the parameters.

    Returns
    -------
    dict
        model, unit, r, alpha, s, beta, n, loglik, standard errors `se_<p>` and covariances `cov_<p>_<q>`; `note` when
        the likelihood is highest at a limit (nobody leaves, or customers do not differ).

    Raises
    ------
    OutOfRange
        If a history cannot be, or the fit does not converge.
    NotAvailable
        If nobody bought again, or too few did to identify the parameters.

    Notes
    -----
    Fader & Hardie (2005): the likelihood before integration over the time of leaving.
    """
    days_in(unit)
    recency = check_history(frequency, recency, age)
    n = check_counts(count, frequency)
    if not np.any(age > 0):
        raise NotAvailable("every age is 0: there was no time to buy again", argument="age")
    (x, t, T), index = distinct(frequency, recency, age)
    n = tally(index, n, x.size)
    data = _prepare(x, t, T, n)
    rate, long = float((n @ x) / (n @ T)), float(n @ T / np.sum(n))
    start = np.array([0.5, 0.25 / rate, 0.6, 0.5 * long])
    if x.size > 2 * ENOUGH:
        few, counts = sampled(n, ENOUGH)
        sample = _prepare(x[few], t[few], T[few], counts)
        start = warmer(lambda theta: _likelihood(sample, theta), start)
    best = maximise(lambda theta: _likelihood(data, theta), start)
    head: Params = {"model": "pareto_nbd", "unit": unit}
    customers, repeaters = float(np.sum(n)), float(np.sum(n[x > 0]))
    params = fitted(lambda theta: _likelihood(data, theta), best, DIFFER, head, customers, repeaters)
    if "note" in params and float(n @ alive(params, x, t, T)) > 0.999 * customers:
        params["note"] = f"{NOBODY_LEAVES} {params['note']}"
    return params


def alive(params: Params, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Probability that a customer with this history is still alive at the end of `age`.

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model, or a history cannot be (with all bad rows).

    Notes
    -----
    Fader & Hardie (2005).
    """
    theta = np.array(expect(params, MODELS, NAMES))
    recency = check_history(frequency, recency, age)
    (x, t, T), index = distinct(frequency, recency, age)
    result = np.empty(x.size)
    for begin in range(0, x.size, ROWS):
        part = slice(begin, begin + ROWS)
        left = _terms(theta, x[part], t[part], T[part])[-1][:-1]
        top = np.maximum(np.max(left, axis=0), -700.0)
        result[part] = logistic(-top - np.log(np.sum(np.exp(left - top), axis=0) + 1e-300))
    return result[index]


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
        If the params are of another model; if the sum over all time without discounting is infinite (s <= 1).

    Notes
    -----
    (r + x) / (alpha + T) times the integral of exp(-force u) ((beta + T) / (beta + T + u))^s: Fader & Hardie (2005),
    without P(alive); for ever it is the DERT of Fader, Hardie & Lee (2005), Journal of Marketing
    Research 42.
    """
    r, alpha, s, beta = expect(params, MODELS, NAMES)
    ever = np.isinf(horizon) & (force == 0)
    if ever.any() and s <= 1:
        raise OutOfRange(
            "without discounting, purchases for ever are infinite under this model; give a discount or a horizon",
            argument="discount",
            rows=np.flatnonzero(ever).tolist(),
        )

    def kernel(v: Floats, xs: Floats) -> Floats:
        return np.repeat((1 - s) * v[:, None], xs.size, axis=1)

    stay = _expected(kernel, np.zeros(age.size), beta + age, np.where(ever, 0.0, horizon), force)
    stay = np.where(ever, 1 / (s - 1), stay) if ever.any() else stay
    return (r + frequency) * (beta + age) / (alpha + age) * stay


def posterior(params: Params, frequency: Floats, age: Floats) -> tuple[Floats, Floats, float, Floats]:
    """Given that a customer is alive: lambda ~ Gamma(r + x, alpha + T) and mu ~ Gamma(s, beta + T), in this order."""
    r, alpha, s, beta = expect(params, MODELS, NAMES)
    return r + frequency, alpha + age, s, beta + age
