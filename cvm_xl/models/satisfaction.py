"""From satisfaction to retention to profit."""

from __future__ import annotations

from math import log, nan, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import NotAvailable, OutOfRange
from cvm_xl.figures import rounded
from cvm_xl.models.logit import fit_params

__all__ = ["best_satisfaction_spend", "fit_satisfaction"]

Floats = NDArray[np.float64]


def fit_satisfaction(satisfaction: Floats, outcome: Floats, reference: float | None = None) -> dict[str, float | str]:
    """Effect of satisfaction on an outcome: one slope, or one below and one above a reference point.

    outcome = intercept + below x min(s - reference, 0) + above x max(s - reference, 0), by least squares. The linear
    form has below = above. The form that predicts better what it has not seen (leave one out) is given; where the two
    are equal, the linear one.

    Parameters
    ----------
    satisfaction, outcome : array, shape (n,)
        A respondent or period each; the outcome may be 0 or 1 (kept or lost), a share or money. Rows with NaN are left
        out.
    reference : float, optional
        Satisfaction at which gains and losses meet; without it the mean.

    Returns
    -------
    dict
        model "satisfaction", form ("linear" or "asymmetric"), n, left_out, loglik (blank where the fit is exact),
        reference, intercept (the outcome there), below, above, r2, error_linear and error_asymmetric (root mean square
        of the predictions left out; blank where a form cannot be fitted), se_ and cov_ of the three parameters.

    Raises
    ------
    NotAvailable
        With fewer than 4 rows, or one satisfaction only.

    References
    ----------
    Anderson & Mittal (2000), Strengthening the satisfaction-profit chain, Journal of Service Research 3: asymmetry;
    Allen (1974), Technometrics 16: prediction sum of squares.
    """
    complete = ~(np.isnan(satisfaction) | np.isnan(outcome))
    s, y = satisfaction[complete], outcome[complete]
    if y.size < 4:
        raise NotAvailable(f"the fit needs at least 4 rows; there are {y.size}", argument="satisfaction")
    if s.min() == s.max():
        raise NotAvailable(
            f"all satisfactions are {rounded(s[0], 6)}; an effect shows only where satisfaction differs",
            argument="satisfaction",
        )
    point = float(s.mean()) if reference is None else reference
    away = s - point
    linear = np.column_stack([np.ones(y.size), away])
    bent = np.column_stack([np.ones(y.size), np.minimum(away, 0.0), np.maximum(away, 0.0)])
    errors = {"linear": _left_out_error(linear, y), "asymmetric": _left_out_error(bent, y)}
    better = errors["asymmetric"] < errors["linear"] * (1 - 1e-9)
    x = bent if better else linear
    beta, rss = _solve(x, y)
    n, k = x.shape
    cov = rss / (n - k) * np.linalg.inv(x.T @ x)
    if not better:  # the one slope stands in both places
        beta, cov = beta[[0, 1, 1]], cov[np.ix_([0, 1, 1], [0, 1, 1])]
    total = float(((y - y.mean()) ** 2).sum())
    exact = rss <= 1e-24 * max(total, float(y @ y))
    fitted = fit_params(["intercept", "below", "above"], beta, cov)
    params: dict[str, float | str] = {
        "model": "satisfaction",
        "form": "asymmetric" if better else "linear",
        "n": float(n),
        "left_out": float(satisfaction.size - n),
        "loglik": nan if exact else -n / 2 * (log(2 * pi * rss / n) + 1),
        "reference": point,
    }
    params |= {name: fitted.pop(name) for name in ("intercept", "below", "above")}
    params |= {"r2": 1 - rss / total if total > 0 else nan}
    params |= {f"error_{form}": error if np.isfinite(error) else nan for form, error in errors.items()}
    return params | fitted


def _solve(x: Floats, y: Floats) -> tuple[Floats, float]:
    beta = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
    rest = y - x @ beta
    return beta, float(rest @ rest)


def _left_out_error(x: Floats, y: Floats) -> float:
    """Root mean square error of each row predicted by the others; infinite where a row alone decides a parameter."""
    q, r = np.linalg.qr(x)
    if y.size <= x.shape[1] or np.abs(np.diag(r)).min() <= 1e-9 * np.abs(r).max():
        return np.inf
    leverage = (q**2).sum(axis=1)
    if leverage.max() > 1 - 1e-9:
        return np.inf
    rest = (y - q @ (q.T @ y)) / (1.0 - leverage)
    return sqrt(float(rest @ rest) / y.size)


def best_satisfaction_spend(
    margin: float, discount: float, ceiling: float, gap: float, rate: float
) -> dict[str, float | str]:
    """Spend per customer on satisfaction that maximises value less spend; beyond it one over-satisfies.

    Retention r(x) = ceiling - gap e^(-rate x); value m r / (1 + d - r), less x. With q = 1 + d - ceiling and
    u = e^(-rate x), stationary points are the roots of gap^2 u^2 + (2 q gap - m (1 + d) rate gap) u + q^2 = 0: the
    smaller one is a maximum, the larger a minimum. No spend is best where the smaller root is not below 1 or brings
    less than spending nothing.

    Parameters
    ----------
    margin : float
        Money per customer and period.
    discount : float
        Per period, >= 0.
    ceiling : float
        Retention at boundless spending, 0 to 1.
    gap : float
        By how much retention is below the ceiling without spending; 0 to ceiling.
    rate : float
        How fast spending closes the gap, per unit of money, >= 0.

    Returns
    -------
    dict
        model "satisfaction_spend", spend, retention, clv (the value before the spend), net (value - spend),
        net_at_zero.

    Raises
    ------
    OutOfRange
        When an argument is outside its range, or discount 0 and ceiling 1 make the value boundless.

    References
    ----------
    Rust, Zahorik & Keiningham (1995), Return on quality, Journal of Marketing 59; Ho, Park & Zhou (2006),
    Incorporating satisfaction into customer value analysis, Marketing Science 25.
    """
    for argument, value, most in (
        ("discount", discount, np.inf),
        ("ceiling", ceiling, 1.0),
        ("gap", gap, ceiling),
        ("rate", rate, np.inf),
    ):
        if not 0 <= value <= most:
            words = (
                "0 or more"
                if most == np.inf
                else f"from 0 to {rounded(most, 6)}" + (" (the ceiling)" if argument == "gap" else "")
            )
            raise OutOfRange(f"must be {words}", argument=argument, value=value)
    q = 1.0 + discount - ceiling
    if q <= 0:
        raise OutOfRange(
            "with retention up to 1 and no discount the value has no bound; enter a discount above 0",
            argument="discount",
            value=discount,
        )

    def net(x: float) -> tuple[float, float, float]:
        r = ceiling - gap * np.exp(-rate * x)
        value = margin * r / (1.0 + discount - r)
        return r, value, value - x

    spend = 0.0
    middle = margin * (1.0 + discount) * rate * gap - 2.0 * q * gap  # minus the linear coefficient
    least = 2.0 * gap * q
    if middle > 0 and middle >= least:
        u = 2.0 * q**2 / (middle + sqrt(middle - least) * sqrt(middle + least))
        if u == 0.0:
            raise OutOfRange("is too large to compute with; check its unit", argument="margin", value=margin)
        if u < 1.0 and net(-log(u) / rate)[2] > net(0.0)[2]:
            spend = -log(u) / rate
    r, value, left = net(spend)
    return {
        "model": "satisfaction_spend",
        "spend": spend,
        "retention": float(r),
        "clv": float(value),
        "net": float(left),
        "net_at_zero": float(net(0.0)[2]),
    }
