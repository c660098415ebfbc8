"""Gamma-Gamma: how much customers spend per purchase.

A customer's purchases are worth Gamma(p, nu), and nu differs between customers as Gamma(q, v); how much a customer
spends is assumed not to depend on how often. Fader, Hardie & Lee (2005), "RFM and CLV: using iso-value curves for
customer base analysis", Journal of Marketing Research 42; Fader & Hardie (2013), "The Gamma-Gamma model of monetary
value".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.fitting import ENOUGH, Params, expect, fitted, maximise, sampled, warmer
from cvm_xl.models.gammas import digamma, log_gamma, trigamma
from cvm_xl.models.history import check_counts, check_frequency
from cvm_xl.models.rows import blocks, levels, tally

__all__ = ["NAMES", "fit", "posterior", "spend"]

Floats = NDArray[np.float64]


SPENDING = "how much they spend"
DIFFER = {"p": SPENDING, "q": SPENDING, "v": SPENDING}
NAMES = tuple(DIFFER)
MODELS = ("gamma_gamma",)


def _check_monetary(monetary: Floats) -> None:
    bad = np.flatnonzero(~((monetary >= 0) & np.isfinite(monetary))).tolist()
    if bad:
        raise OutOfRange(
            "must be 0 or more: the mean money of a purchase; CVM_SUMMARY sets returns against purchases",
            argument="monetary",
            rows=bad,
            value=float(monetary[bad[0]]),
        )


class _Data:
    """The terms of the likelihood, on distinct frequencies and on distinct rows."""

    def __init__(self, x: Floats, z: Floats, n: Floats) -> None:
        self.xs, index = levels(x)
        self.at_x = tally(index, n, self.xs.size)
        self.x, self.total, self.n, self.nx = x, x * z, n, n * x
        self.log_z = sum(float(n[part] @ np.log(z[part])) for part in blocks(x.size))
        self.x_log = sum(float(self.nx[part] @ np.log(self.total[part])) for part in blocks(x.size))


def _likelihood(data: _Data, theta: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient and Hessian in p, q, v; Fader & Hardie (2013), equation 1a, relative to v."""
    p, q, v = theta
    xs, at = data.xs, data.at_x
    px, customers = p * xs, float(np.sum(at))
    x_log = data.x_log - float(np.sum(data.nx)) * np.log(v)
    sum_log = sum_xlog = sum_inv = sum_xinv = sum_inv2 = sum_xinv2 = 0.0
    for part in blocks(data.x.size):
        n, nx, outer = data.n[part], data.nx[part], 1 + data.total[part] / v
        log_outer, inverse = np.log(outer), 1 / (v * outer)
        square = inverse * inverse
        sum_log, sum_xlog = sum_log + n @ log_outer, sum_xlog + nx @ log_outer
        sum_inv, sum_xinv = sum_inv + n @ inverse, sum_xinv + nx @ inverse
        sum_inv2, sum_xinv2 = sum_inv2 + n @ square, sum_xinv2 + nx @ square

    value = (
        at @ (log_gamma(px + q) - log_gamma(q) - log_gamma(px)) + p * x_log - data.log_z - p * sum_xlog - q * sum_log
    )
    psi, psi_p = digamma(px + q), digamma(px)
    gradient = np.array(
        [
            at @ (xs * (psi - psi_p)) + x_log - sum_xlog,
            at @ (psi - digamma(q)) - sum_log,
            customers * q / v - p * sum_xinv - q * sum_inv,
        ]
    )
    tri, tri_p = trigamma(px + q), trigamma(px)
    pp, pq, pv = at @ (xs * xs * (tri - tri_p)), at @ (xs * tri), -sum_xinv
    qq, qv = at @ tri - customers * trigamma(q), customers / v - sum_inv
    vv = -customers * q / v**2 + p * sum_xinv2 + q * sum_inv2
    return float(value), gradient, np.array([[pp, pq, pv], [pq, qq, qv], [pv, qv, vv]])


def _three_differ(x: Floats, z: Floats) -> bool:
    """Whether there are three different rows."""
    first = (x != x[:1]) | (z != z[:1])
    if not np.any(first):
        return False
    second = int(np.argmax(first))
    return bool(np.any(first & ((x != x[second]) | (z != z[second]))))


def fit(frequency: Floats, monetary: Floats, count: Floats | None = None) -> Params:
    """Fit the Gamma-Gamma model by maximum likelihood to customers who bought again for money.

    Parameters
    ----------
    frequency : array (n,)
        Purchases that `monetary` is the mean of; customers with 0 are left out.
    monetary : array (n,)
        Mean money per purchase; customers with 0 are left out of the fit.
    count : array (n,), optional
        Customers of that row.

    Returns
    -------
    dict
        model, p, q, v, `n` (customers fitted), loglik, `se_<p>`, `cov_<p>_<q>`, `mean` (of the population, when
        q > 1), and `correlation` between frequency and monetary, which the model takes to be 0; `note` when the
        likelihood is highest at a limit (customers do not differ).

    Raises
    ------
    OutOfRange
        If a frequency or an amount cannot be, or the fit does not converge.
    NotAvailable
        If too few customers bought again, or all for the same amount.
    """
    check_frequency(frequency)
    if monetary.shape != frequency.shape:
        raise InvalidInput("must have one row per row of frequency", argument="monetary")
    _check_monetary(monetary)
    n = check_counts(count, frequency)
    used = np.flatnonzero((frequency > 0) & (monetary > 0) & (n > 0))
    x, z, n = frequency[used], monetary[used], n[used]
    if not _three_differ(x, z) or np.ptp(z) <= 1e-12 * np.max(z):
        raise NotAvailable(
            "fewer than three customers bought again for different amounts; give more customers", argument="monetary"
        )
    customers = float(np.sum(n))
    scale = float(np.einsum("i,i", n, z)) / customers  # not n @ z, whose threads would spin on beside what follows
    data = _Data(x, z / scale, n)  # so that the currency does not matter
    start = np.array([4.0, 4.0, 3.0])
    if x.size > 2 * ENOUGH:
        few, counts = sampled(n, ENOUGH)
        sample = _Data(x[few], z[few] / scale, counts)
        start = warmer(lambda theta: _likelihood(sample, theta), start)
    best, inside = maximise(lambda theta: _likelihood(data, theta), start)
    best[2] *= scale
    units = np.array([1.0, 1.0, 1 / scale])

    def in_money(theta: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = _likelihood(data, theta * units)
        return value - customers * np.log(scale), gradient * units, hessian * np.outer(units, units)

    params = fitted(in_money, (best, inside), DIFFER, {"model": "gamma_gamma"}, customers, customers)
    p, q, v = best
    if q > 1:
        params["mean"] = float(p * v / (q - 1))
    mean_x, moments = float(np.sum(data.nx)) / customers, np.zeros((2, 2))
    for part in blocks(x.size):
        away = np.stack((x[part] - mean_x, z[part] - scale))
        moments += (away * n[part]) @ away.T
    spread = np.sqrt(moments[0, 0] * moments[1, 1])
    params["correlation"] = float(moments[0, 1] / spread) if spread > 0 else 0.0
    return params


def spend(params: Params, frequency: Floats, monetary: Floats) -> Floats:
    """Expected money per purchase of a customer, from his own mean and the population's.

    Parameters
    ----------
    params : dict
        Of `fit`.
    frequency, monetary : arrays (n,)
        Purchases and their mean; `monetary` does not matter where frequency is 0.

    Returns
    -------
    array (n,)

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of another model; if a row cannot be; if the expectation is infinite (p x + q <= 1).

    Notes
    -----
    Fader & Hardie (2013), equation 5: a mean of p v / (q - 1) and `monetary`, weighted q - 1 to p x.
    """
    shape, rate, p = posterior(params, frequency, monetary)
    check_frequency(frequency)
    _check_monetary(np.where(frequency > 0, monetary, 0.0))
    bad = np.flatnonzero(shape <= 1).tolist()
    if bad:
        raise OutOfRange(
            "the model's mean spend is infinite where p x frequency + q is not above 1; fit it to more customers",
            argument="spend",
            rows=bad,
        )
    return p * rate / (shape - 1)


def posterior(params: Params, frequency: Floats, monetary: Floats) -> tuple[Floats, Floats, float]:
    """The posterior nu ~ Gamma(shape, rate) given a customer's purchases, and p: (shape, rate, p).

    The rows are those that `spend` takes; it checks them.
    """
    p, q, v = expect(params, MODELS, NAMES)
    return p * frequency + q, v + frequency * np.where(frequency > 0, monetary, 0.0), p
