"""Expected purchases of a customer who is alive, over a horizon or for ever, discounted or not.

With u the time from now and A a scale (alpha + T or beta + T), the models share one shape: in v = log(1 + u / A) the
purchase rate does not depend on A, and

    E = integral over v from 0 to log(1 + h / A) of K(x, v) exp(-force A (e^v - 1)) dv,     K > 0.

So the rate K is tabulated once for every distinct frequency x, E for every pair of distinct frequency and age, and
customers look their value up. All sums are of positive terms: nothing cancels, a = 1 and s = 1 are not special.
Interpolation is by Chebyshev polynomials in logarithms, with node counts from the width of the strip of
analyticity (Trefethen 2013, Approximation Theory and Approximation Practice, chapters 8 and 19).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from cvm_xl.models.rows import distinct, levels

__all__ = ["Kernel", "beta_kernel", "beta_nodes", "expected", "log_sum"]

Floats = NDArray[np.float64]
Kernel = Callable[[Floats, Floats], Floats]
"""log K at (v, frequencies): array (len(v), len(frequencies))."""

DIGITS = 34.0  # natural logarithms of the accuracy aimed at
STRIP = np.pi / 2  # half-width of the strip around the real v in which everything is analytic and tame
EVER = 50.0  # e^-50 of an amount is nothing
MANY = 48  # more distinct scales than that are interpolated
CHUNK = 1 << 16


def expected(kernel: Kernel, frequency: Floats, scale: Floats, horizon: Floats, force: Floats) -> Floats:
    """Expected discounted purchases within `horizon`, given that the customer is alive now.

    Parameters
    ----------
    kernel : callable
        See `Kernel`.
    frequency, scale : arrays (n,)
        x and A of each customer.
    horizon, force : arrays (n,)
        Time ahead (infinite for ever, with a positive force) and force of interest per unit of time.

    Returns
    -------
    array (n,)
    """
    if not frequency.size:
        return np.empty(0)
    if np.all(horizon == horizon[0]) and np.all(force == force[0]):
        return _one_horizon(kernel, frequency, scale, float(horizon[0]), float(force[0]))
    result = np.empty(frequency.size)
    (h, delta), which = distinct(horizon, force)
    for i in range(h.size):
        rows = np.flatnonzero(which == i)
        result[rows] = _one_horizon(kernel, frequency[rows], scale[rows], float(h[i]), float(delta[i]))
    return result


def _one_horizon(kernel: Kernel, frequency: Floats, scale: Floats, horizon: float, force: float) -> Floats:
    if horizon == 0:
        return np.zeros(frequency.size)
    xs, column = levels(frequency)
    scales, row = levels(scale)
    if scales.size <= MANY:
        return np.exp(_log_table(kernel, xs, scales, horizon, force))[row, column]
    low, high = np.log(scales[0]), np.log(scales[-1])
    points = chebyshev.chebpts1(_degree(high - low))
    at = np.exp((low + high) / 2 + (high - low) / 2 * points)
    fitted = _coefficients(points, _log_table(kernel, xs, at, horizon, force))
    where = (np.log(scales) - (low + high) / 2) / ((high - low) / 2)
    if scales.size * xs.size <= max(4 * frequency.size, 1 << 20):
        row *= xs.size
        row += column
        return np.exp(_basis(where, points.size - 1) @ fitted).take(row)
    result = np.empty(frequency.size)
    by_x = np.ascontiguousarray(fitted.T)
    for begin in range(0, frequency.size, CHUNK):
        part = slice(begin, begin + CHUNK)
        basis = _basis(where[row[part]], points.size - 1)
        result[part] = np.exp(np.einsum("ij,ij->i", basis, by_x[column[part]]))
    return result


def _log_table(kernel: Kernel, xs: Floats, scales: Floats, horizon: float, force: float) -> Floats:
    """Logarithm of E for each of a few scales (rows) and each frequency (columns)."""
    ahead = min(horizon, EVER / force) if force > 0 else horizon
    width = np.log1p(ahead / scales)
    widest = float(np.max(width))
    points = chebyshev.chebpts1(_degree(widest))
    logs = _coefficients(points, kernel((points + 1) / 2 * widest, xs))
    nodes, weights = _gauss(_degree(widest) // 2 + 4)
    table = np.empty((scales.size, xs.size))
    for i in range(scales.size):
        v = (nodes + 1) / 2 * width[i]
        log_rate = _basis(2 * v / widest - 1, points.size - 1) @ logs
        log_rate -= (force * scales[i] * np.expm1(v))[:, None]
        top = np.max(log_rate, axis=0)
        table[i] = top + np.log((weights * width[i] / 2) @ np.exp(log_rate - top))
    return table


@cache
def _gauss(degree: int) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss and Legendre: of few degrees, and each takes longer than what is done with it."""
    return np.polynomial.legendre.leggauss(degree)


def _degree(width: float) -> int:
    """Chebyshev points that resolve a function analytic in the strip on an interval of that width."""
    ratio = 2 * STRIP / max(width, 1e-3)
    return int(np.clip(np.ceil(DIGITS / np.log(ratio + np.hypot(ratio, 1))), 6, 1000)) + 2


def _basis(points: Floats, degree: int) -> Floats:
    return np.asarray(chebyshev.chebvander(points, degree), dtype=np.float64)


def _coefficients(points: Floats, values: Floats) -> Floats:
    """Chebyshev coefficients of the interpolant through values at `chebpts1` points, a column per function."""
    basis = _basis(points, points.size - 1)
    scaled = basis.T @ values * (2 / points.size)
    scaled[0] /= 2
    return scaled


def beta_nodes(a: float, b: Floats, steepest: Floats, power: Floats) -> tuple[Floats, Floats, Floats]:
    """Nodes and weights for means over p ~ Beta(a, b): log p, log(1 - p), log weight, arrays (len(b), nodes).

    The trapezoidal rule in the log odds of p, which converges exponentially, for functions of p that are flat below
    1 / `steepest` and change by at most (1 - p)^`power` near 1.
    """
    # beyond these log odds there is no mass, or the integrand is e^(a y), e^(-b y) and summed as such
    low = np.maximum(-np.log(b + steepest + 1) - DIGITS, np.log(a / (a + b + steepest)) - 40 / a - 9 / np.sqrt(a))
    enough = (a + 40 + 9 * np.sqrt(a)) / b
    high = np.minimum(np.log(a + power + 1) + DIGITS, enough + np.log(-np.expm1(-enough)))
    high = np.maximum(high, low + 1)
    n = int(min(np.ceil(np.max(high - low) / min(0.28, 0.6 / np.sqrt(a))), 4000)) + 1
    y = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, n)
    step = (high - low) / (n - 1)
    log_p, log_q = -np.logaddexp(0, -y), -np.logaddexp(0, y)
    log_weight = a * log_p + b[:, None] * log_q
    log_weight[:, 0] -= np.log(-np.expm1(-a * step))
    log_weight[:, -1] -= np.log(-np.expm1(-b * step))
    return log_p, log_q, log_weight - log_sum(log_weight)[:, None]


def log_sum(logs: Floats) -> Floats:
    """Logarithm of the sum of exponentials, for each row."""
    top = np.max(logs, axis=1)
    return top + np.log(np.sum(np.exp(logs - top[:, None]), axis=1))


def beta_kernel(shape: Callable[[Floats], Floats], a: float, b: Callable[[Floats], Floats]) -> Kernel:
    """The kernel of the BG/NBD and MBG/NBD: lambda ~ Gamma(k, A) and p ~ Beta(a, b), with k and b given x.

    K = k e^v E[(1 + p (e^v - 1))^-(k + 1)], the Gauss hypergeometric function of Fader, Hardie & Lee (2005,
    equation 10), here as a mean over p.
    """

    def kernel(v: Floats, xs: Floats) -> Floats:
        k = shape(xs)
        growth = np.expm1(v)
        log_p, _, log_weight = beta_nodes(a, b(xs), (k + 1) * float(np.max(growth)), k + 1)
        p, power = np.exp(log_p), (k + 1)[:, None]
        log_rate = np.stack([log_sum(log_weight - power * np.log1p(p * e)) for e in growth])
        return np.log(k) + v[:, None] + log_rate

    return kernel
