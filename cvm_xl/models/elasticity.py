"""Price elasticity of sales, and the price it recommends."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.figures import rounded
from cvm_xl.models.bounds import refuse
from cvm_xl.models.logit import fit_params

__all__ = ["fit_elasticity"]

Floats = NDArray[np.float64]


def fit_elasticity(
    price: Floats,
    quantity: Floats,
    cost: float | None = None,
    covariates: Floats | None = None,
    names: Sequence[str] = (),
) -> dict[str, float | str]:
    """Constant elasticity e of log quantity = a + e log price + g x, by least squares.

    The best price under constant elasticity is cost |e| / (|e| - 1); it exists only where e < -1, for otherwise
    every rise of the price raises profit.

    Parameters
    ----------
    price, quantity : array, shape (n,)
        Above 0, one pair per period or product.
    cost : float, optional
        Unit cost, for the best price.
    covariates : array, shape (n, k), optional
        What else moves quantity: a trend, promotions.
    names : sequence of str
        One per covariate.

    Returns
    -------
    dict
        model "elasticity", n, loglik (blank when the fit is exact), elasticity, se, r2 (blank when the quantity
        is constant), best_price (blank without cost or with e >= -1), intercept, covariates by name, se_ of each and
        cov_ of each pair.

    Raises
    ------
    OutOfRange
        When a price or quantity is not above 0.
    NotAvailable
        With fewer than 3 rows (one more for each covariate), one price only, or prices or a covariate that follow
        from the other columns.

    References
    ----------
    Greene, W. (2018), Econometric Analysis, ch. 2 (loglinear model); Lerner, A. (1934), The concept of monopoly.
    """
    for argument, values in (("price", price), ("quantity", quantity)):
        refuse(values <= 0, "must be above 0; add up sales over longer periods", argument, values)
    n = price.size
    extra = np.empty((n, 0)) if covariates is None else covariates
    taken = next((name for name in names if name in ("intercept", "elasticity") or list(names).count(name) > 1), None)
    if taken is not None:
        raise InvalidInput("this name is taken; give each covariate a heading of its own", value=taken)
    least = 3 + extra.shape[1]
    if n < least:
        raise NotAvailable(f"an elasticity with its error needs at least {least} rows; there are {n}")
    if price.min() == price.max():
        raise NotAvailable(
            f"all prices are {rounded(price[0], 6)}; what never changed shows no effect, "
            "use a period with price changes",
            argument="price",
        )
    x, y = np.log(price), np.log(quantity)
    up = y - y.mean()
    total = float(up @ up)
    # Centred and scaled: prices that hardly moved stay apart from the intercept, covariates of any size from both.
    columns = np.column_stack([x, extra])
    middle, size = columns.mean(axis=0), columns.std(axis=0)
    flat = np.flatnonzero(size == 0)
    scaled = (columns - middle) / np.where(size == 0, 1.0, size)
    if flat.size or np.linalg.matrix_rank(scaled, tol=1e-8 * sqrt(n)) < columns.shape[1]:
        raise NotAvailable(
            "price and covariates cannot be told apart: one of them is constant or follows from the others; leave it "
            "out",
            argument="covariates",
        )
    inverse: Floats = np.asarray(np.linalg.inv(scaled.T @ scaled), dtype=np.float64)
    effects: Floats = inverse @ (scaled.T @ up) / size
    rest = up - (columns - middle) @ effects
    rss = float(rest @ rest)
    variance = rss / (n - 1 - columns.shape[1])
    inner = variance * inverse / np.outer(size, size)
    cross = -inner @ middle
    corner = np.array([[variance / n + float(middle @ inner @ middle)]])
    cov = np.block([[corner, cross[None, :]], [cross[:, None], inner]])
    elasticity = float(effects[0])
    best = np.nan
    if cost is not None and elasticity < -1:
        best = cost * elasticity / (elasticity + 1.0)
    params: dict[str, float | str] = {
        "model": "elasticity",
        "n": float(n),
        "loglik": -n / 2 * (log(2 * pi * rss / n) + 1) if rss > 1e-24 * max(total, 1.0) else np.nan,
        "elasticity": elasticity,
        "se": sqrt(cov[1, 1]),
        "r2": 1.0 - rss / total if total > 0 else np.nan,
        "best_price": best,
    }
    beta = np.concatenate([[y.mean() - float(middle @ effects)], effects])
    fitted = fit_params(["intercept", "elasticity", *names], beta, cov)
    return params | {name: value for name, value in fitted.items() if name not in params}
