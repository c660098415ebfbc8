"""Price elasticity of sales, and the price it recommends."""

from __future__ import annotations

from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import NotAvailable
from cvm_xl.models.bounds import refuse
from cvm_xl.models.logit import fit_params

__all__ = ["fit_elasticity"]

Floats = NDArray[np.float64]


def fit_elasticity(price: Floats, quantity: Floats, cost: float | None = None) -> dict[str, float | str]:
    """Constant elasticity e of log quantity = a + e log price, by least squares.

    The best price under constant elasticity is cost |e| / (|e| - 1); it exists only where e < -1, for otherwise
    every rise of the price raises profit.

    Parameters
    ----------
    price, quantity : array, shape (n,)
        Above 0, one pair per period or product.
    cost : float, optional
        Unit cost, for the best price.

    Returns
    -------
    dict
        model "elasticity", n, loglik (blank when the fit is exact), elasticity, se, r2 (blank when the quantity
        is constant), best_price (blank without cost or with e >= -1), intercept, se_ of each and their covariance.

    Raises
    ------
    OutOfRange
        When a price or quantity is not above 0.
    NotAvailable
        With fewer than 3 rows, or one price only.

    References
    ----------
    Greene, W. (2018), Econometric Analysis, ch. 2 (loglinear model); Lerner, A. (1934), The concept of monopoly.
    """
    for argument, values in (("price", price), ("quantity", quantity)):
        refuse(values <= 0, "must be above 0; add up sales over longer periods", argument, values)
    n = price.size
    if n < 3:
        raise NotAvailable(f"an elasticity with its error needs at least 3 rows; there are {n}")
    if price.min() == price.max():
        raise NotAvailable(
            f"all prices are {price[0]:g}; what never changed shows no effect, use a period with price changes",
            argument="price",
        )
    x, y = np.log(price), np.log(quantity)
    away, up = x - x.mean(), y - y.mean()
    spread, total = float(away @ away), float(up @ up)
    elasticity = float(away @ up) / spread
    rest = up - elasticity * away
    rss = float(rest @ rest)
    variance = rss / (n - 2)
    cov = variance / spread * np.array([[spread / n + x.mean() ** 2, -x.mean()], [-x.mean(), 1.0]])
    best = np.nan
    if cost is not None and elasticity < -1:
        best = cost * elasticity / (elasticity + 1.0)
    params: dict[str, float | str] = {
        "model": "elasticity",
        "n": float(n),
        "loglik": -n / 2 * (log(2 * pi * rss / n) + 1) if rss > 1e-24 * max(total, 1.0) else np.nan,
        "elasticity": elasticity,
        "se": sqrt(variance / spread),
        "r2": 1.0 - rss / total if total > 0 else np.nan,
        "best_price": best,
    }
    fitted = fit_params(["intercept", "elasticity"], np.array([y.mean() - elasticity * x.mean(), elasticity]), cov)
    return params | {name: value for name, value in fitted.items() if name not in params}
