"""BG/BB: purchases at discrete opportunities (a donation a year, a visit a conference), without a contract.

At the start of each period a customer leaves with a probability theta ~ Beta(gamma, delta); while alive he buys with
a probability p ~ Beta(alpha, beta). Fader, Hardie & Shang (2010), "Customer-base analysis in a discrete-time
noncontractual setting", Marketing Science 29.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import OutOfRange
from cvm_xl.figures import figure
from cvm_xl.models.fitting import BUYING, LEAVING, Params, expect, fitted, maximise
from cvm_xl.models.gammas import digamma, log_gamma, trigamma
from cvm_xl.models.history import check_counts, check_history
from cvm_xl.models.rows import distinct, tally
from cvm_xl.models.sbg import discounted_survival
from cvm_xl.models.summary import days_in

__all__ = ["NAMES", "alive", "expected", "fit", "posterior"]

Floats = NDArray[np.float64]

DIFFER = {"alpha": BUYING, "beta": BUYING, "gamma": LEAVING, "delta": LEAVING}
NAMES = tuple(DIFFER)
MODELS = ("bgbb",)
MOST = 20_000_000  # periods since the last purchase, of all distinct histories
FITTED = 3_000_000  # of those that a model is fitted to, each some dozen times


class _Terms(NamedTuple):
    """For each distinct history, the ways it can have come about: still alive, or gone after m periods, t_x <= m < n.

    A way adds B(alpha + x, beta + m - x) B(gamma + gone, delta + m) to the likelihood. Ways of a history are
    neighbours and begin at `start`; `x` is by history. Of m, m - x and m + gone there are few different ones, so that
    each stands once (`survived`, `missed`, `ended`), and beside them which of them each way has: gamma functions take
    long.
    """

    start: NDArray[np.intp]
    owner: NDArray[np.intp]
    gone: NDArray[np.bool_]
    x: Floats
    survived: tuple[Floats, NDArray[np.intp]]
    missed: tuple[Floats, NDArray[np.intp]]
    ended: tuple[Floats, NDArray[np.intp]]


def _terms(x: Floats, recency: Floats, periods: Floats, most: int = MOST) -> _Terms:
    ways = periods - recency + 1
    if np.sum(ways) > most:
        raise OutOfRange(
            f"sum to more than {figure(most)} since the last purchases; count in longer periods",
            argument="periods",
            value=float(np.max(periods)),
        )
    ways = ways.astype(np.intp)
    start = np.concatenate(([0], np.cumsum(ways)[:-1])).astype(np.intp)
    owner = np.repeat(np.arange(x.size), ways)
    m = recency[owner] + (np.arange(owner.size) - start[owner])
    gone = m < periods[owner]
    survived, missed, ended = (np.unique(values, return_inverse=True) for values in (m, m - x[owner], m + gone))
    return _Terms(start, owner, gone, x, survived, missed, ended)


def _parts(function: Callable[[Floats], Floats], terms: _Terms, theta: Floats) -> tuple[Floats, ...]:
    """A function of alpha + x, beta + m - x, gamma + gone, delta + m, and of the sum of each two, for each way."""
    alpha, beta, gamma, delta = theta
    (m, at), (missed, at_missed), (ended, at_ended) = terms.survived, terms.missed, terms.ended
    alive, gone = map(float, function(np.array([gamma, gamma + 1.0])))
    return (
        function(alpha + terms.x)[terms.owner],
        function(beta + missed)[at_missed],
        np.where(terms.gone, gone, alive),
        function(delta + m)[at],
        function(alpha + beta + m)[at],
        function(gamma + delta + ended)[at_ended],
    )


def _log_beta(a: Floats, b: Floats) -> Floats:
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)


def _log_shares(terms: _Terms, theta: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood of each history, without the normalising betas, and the logarithm of each way's share in it."""
    bought, missed, left, stayed, buying, leaving = _parts(log_gamma, terms, theta)
    logs = (bought + missed - buying) + (left + stayed - leaving)
    top = np.maximum.reduceat(logs, terms.start)
    whole = top + np.log(np.add.reduceat(np.exp(logs - top[terms.owner]), terms.start))
    return whole, logs - whole[terms.owner]


def _likelihood(terms: _Terms, n: Floats, theta: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient and Hessian in alpha, beta, gamma, delta; Fader, Hardie & Shang (2010), equation 5."""
    alpha, beta, gamma, delta = theta
    total = float(np.sum(n))
    whole, log_share = _log_shares(terms, theta)
    share = np.exp(log_share)
    first, second = _parts(digamma, terms, theta), _parts(trigamma, terms, theta)
    value = float(n @ whole)
    d = np.empty((4, share.size))
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    weight = n[terms.owner] * share
    for i, both, (a0, b0) in ((0, 4, (alpha, beta)), (2, 5, (gamma, delta))):
        value -= total * float(_log_beta(a0, b0))
        d[i], d[i + 1] = first[i] - first[both], first[i + 1] - first[both]
        gradient[i] -= total * (digamma(a0) - digamma(a0 + b0))
        gradient[i + 1] -= total * (digamma(b0) - digamma(a0 + b0))
        shared = float(total * trigamma(a0 + b0) - weight @ second[both])
        hessian[i : i + 2, i : i + 2] = shared
        hessian[i, i] += weight @ second[i] - total * trigamma(a0)
        hessian[i + 1, i + 1] += weight @ second[i + 1] - total * trigamma(b0)
    means = np.add.reduceat(d * share, terms.start, axis=1)
    gradient += means @ n
    hessian += (d * weight) @ d.T - (means * n) @ means.T
    return value, gradient, hessian


def _check(frequency: Floats, recency: Floats, periods: Floats) -> None:
    check_history(frequency, recency, periods)
    for name, values in (("recency", recency), ("periods", periods)):
        bad = np.flatnonzero(values != np.floor(values)).tolist()
        if bad:
            raise OutOfRange(
                "must be a whole number: time is counted in purchase opportunities",
                argument=name,
                rows=bad,
                value=float(values[bad[0]]),
            )
    bad = np.flatnonzero(frequency > recency).tolist()
    if bad:
        raise OutOfRange(
            "is above recency: there is at most one purchase a period, and recency is the period of the last",
            argument="frequency",
            rows=bad,
            value=float(frequency[bad[0]]),
        )


def fit(frequency: Floats, recency: Floats, periods: Floats, count: Floats | None = None, unit: str = "year") -> Params:
    """Fit the BG/BB by maximum likelihood.

    Parameters
    ----------
    frequency, recency, periods : arrays (n,)
        Purchases after the first; period of the last purchase (0: none after the first); periods since the first.
    count : array (n,), optional
        Customers with that history.
    unit : str
        Length of a period, kept with the parameters.

    Returns
    -------
    dict
        model, unit, alpha, beta (buying), gamma, delta (leaving), n, loglik, standard errors and covariances;
        `note` when the likelihood is highest at a limit.

    Raises
    ------
    OutOfRange
        If a history cannot be, or the fit does not converge.
    NotAvailable
        If nobody bought again, or too few did to identify the parameters.
    """
    days_in(unit)
    _check(frequency, recency, periods)
    n = check_counts(count, frequency)
    (x, t, T), index = distinct(frequency, recency, periods)
    n = tally(index, n, x.size)
    terms = _terms(x, t, T, FITTED)
    start = np.array([1.0, 1.0, 0.7, 2.5])
    best = maximise(lambda theta: _likelihood(terms, n, theta), start)
    head: Params = {"model": "bgbb", "unit": unit}
    customers, repeaters = float(np.sum(n)), float(np.sum(n[x > 0]))
    return fitted(lambda theta: _likelihood(terms, n, theta), best, DIFFER, head, customers, repeaters)


def alive(params: Params, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Probability that a customer is alive in the next period, n + 1 (he may leave before it begins).

    Parameters
    ----------
    frequency, recency, age : arrays (n,)
        History; `age` is the number of periods since the first purchase.

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model, or a history cannot be (with all bad rows).

    Notes
    -----
    Fader, Hardie & Shang (2010), equation 11: P(alive at n + 1). Being alive in period n is
    (gamma + delta + n) / (delta + n) times as likely.
    """
    theta = np.array(expect(params, MODELS, NAMES))
    _check(frequency, recency, age)
    (x, t, T), index = distinct(frequency, recency, age)
    terms = _terms(x, t, T)
    _, log_share = _log_shares(terms, theta)
    now = np.exp(log_share[~terms.gone])
    _, _, gamma, delta = theta
    return (now * (delta + T) / (gamma + delta + T))[index]


def expected(params: Params, frequency: Floats, age: Floats, horizon: Floats, force: Floats) -> Floats:
    """Expected discounted purchases in the next `horizon` periods of customers who are alive in the next one.

    Parameters
    ----------
    frequency, age : arrays (n,)
        When a customer is known to be alive, the time of his last purchase does not matter.
    horizon, force : arrays (n,)
        Whole periods ahead (infinite for ever) and force of interest per period; the next period is discounted once.

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model, a horizon is not whole, or the sum for ever is infinite.

    Notes
    -----
    Fader, Hardie & Shang (2010), equations 13 and 14: the mean of p times the discounted survival beyond n + 1.
    """
    alpha, beta, gamma, delta = expect(params, MODELS, NAMES)
    bad = np.flatnonzero(~(np.isinf(horizon) | (horizon == np.floor(horizon)))).tolist()
    if bad:
        raise OutOfRange(
            "must be a whole number of periods", argument="horizon", rows=bad, value=float(horizon[bad[0]])
        )
    buys = (alpha + frequency) / (alpha + beta + age)
    return buys * np.exp(-force) * discounted_survival(gamma, delta + age + 1, force, horizon)


def posterior(params: Params, frequency: Floats, age: Floats) -> tuple[Floats, Floats, float, Floats]:
    """Given alive in the next period: p ~ Beta(., .) and theta ~ Beta(., .), in this order."""
    alpha, beta, gamma, delta = expect(params, MODELS, NAMES)
    return alpha + frequency, beta + age - frequency, gamma, delta + age + 1
