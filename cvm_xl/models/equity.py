"""Customer equity: the customers of today and those still to come, and what a shift in brand switching is worth."""

from __future__ import annotations

from math import nan
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.bounds import refuse
from cvm_xl.models.logit import fit_params

__all__ = ["customer_equity", "switching_value"]

Floats = NDArray[np.float64]


def customer_equity(
    period: Floats,
    acquired: Floats,
    margin: float,
    retention: float,
    discount: float,
    acquisition_cost: float,
    tax: float = 0.0,
) -> dict[str, float | str]:
    """Value of today's customers and of those who will be acquired, with its elasticities.

    A customer is worth clv = m r / (1 + d - r). Today's customers are those acquired so far who have stayed, each
    cohort shrinking by r per period. Future cohorts follow the growth curve a / (1 + e^(-b - c t)) of cumulative
    acquisitions, fitted to the growth from period to period (the first row, which may hold all customers won before,
    does not enter the fit); each brings clv less the acquisition cost, discounted to the last period.

    Parameters
    ----------
    period : array, shape (n,)
        Consecutive whole numbers, ascending.
    acquired : array, shape (n,)
        Customers won in each period, >= 0.
    margin : float
        Money per customer and period.
    retention, discount : float
        Per period.
    acquisition_cost : float
        Money per customer won.
    tax : float
        Share of value, 0 to below 1.

    Returns
    -------
    dict
        model "equity", n, a, b, c, customers (today), clv, today, future, equity = (today + future) after tax (as are
        the two), elasticity_margin, _retention, _discount, _acquisition_cost (% change of equity when it rises by 1%,
        blank where equity is 0 or retention would pass 1), r2 of the curve, se_ and cov_ of a, b and c.

    Raises
    ------
    InvalidInput
        When the periods are not consecutive.
    OutOfRange
        When a rate is outside its range, or retention 1 without discount makes the value boundless.
    NotAvailable
        With fewer than 5 periods, or where acquisitions do not show a growth curve with an end.

    References
    ----------
    Gupta, Lehmann & Stuart (2004), Valuing customers, Journal of Marketing Research 41.
    """
    refuse(acquired < 0, "cannot be negative", "acquired", acquired)
    for argument, value, most in (("retention", retention, 1.0), ("discount", discount, np.inf), ("tax", tax, 1.0)):
        if not 0 <= value <= most:
            raise OutOfRange(f"must be {'from 0 to 1' if most == 1 else '0 or more'}", argument=argument, value=value)
    if discount == 0 and retention == 1:
        raise OutOfRange("with retention 1 the value has no bound; enter a discount above 0", argument="discount")
    uneven = np.flatnonzero(np.diff(period) != 1) + 1
    if uneven.size:
        raise InvalidInput(
            "does not follow the period before by 1; number the periods without gaps (0 where nobody was won)",
            argument="period",
            rows=uneven.tolist(),
            value=float(period[uneven[0]]),
        )
    theta, cov, r2 = _fit_growth(period, acquired)
    last = float(period[-1])
    customers = float(acquired @ retention ** (last - period))
    # After 40 / c periods beyond its middle the curve has ended.
    steps = int(min(max(40.0 / theta[2] - theta[1] / theta[2] - last, 1.0), 1e6)) + 1
    ahead = np.arange(steps + 1, dtype=np.float64)
    cohorts = np.diff(_curve(last + ahead, theta))

    def worth(m: float, r: float, d: float, cost: float) -> tuple[float, float, float]:
        clv = m * r / (1.0 + d - r)
        future = float(cohorts @ np.exp(-ahead[1:] * np.log1p(d))) * (clv - cost)
        return clv, (1.0 - tax) * customers * clv, (1.0 - tax) * future

    given = (margin, retention, discount, acquisition_cost)
    clv, today, future = worth(*given)
    equity = today + future
    params: dict[str, float | str] = {"model": "equity", "n": float(period.size)}
    estimates = fit_params(["a", "b", "c"], theta, cov)
    params |= {name: estimates.pop(name) for name in ("a", "b", "c")}
    params |= {"customers": customers, "clv": clv, "today": today, "future": future, "equity": equity}
    for place, name in enumerate(("margin", "retention", "discount", "acquisition_cost")):
        raised = [x * (1.01 if i == place else 1.0) for i, x in enumerate(given)]
        sound = equity != 0 and raised[1] <= 1 and raised[2] + 1 > raised[1]
        params[f"elasticity_{name}"] = (sum(worth(*raised)[1:]) / equity - 1.0) / 0.01 if sound else nan
    return params | {"r2": r2} | estimates


def _curve(t: Floats, theta: Floats) -> Floats:
    return theta[0] / (1.0 + np.exp(-np.clip(theta[1] + theta[2] * t, -700.0, 700.0)))


def _fit_growth(period: Floats, acquired: Floats) -> tuple[Floats, Floats, float]:
    """a, b and c by least squares on the growth from period to period, their covariance and r2."""
    from scipy.optimize import least_squares  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    solve = cast("Any", least_squares)
    n = period.size - 1
    if n < 4:
        raise NotAvailable(f"the growth curve needs at least 5 periods; there are {n + 1}", argument="period")
    t = period - period[-1]  # from the last period, so that the numbers of years do no harm
    y, size = acquired[1:], float(acquired[1:].sum())
    if size == 0:
        raise NotAvailable("nobody was won after the first period", argument="acquired")

    def logistic(z: Floats) -> Floats:
        return 1.0 / (1.0 + np.exp(-np.clip(z, -700.0, 700.0)))

    def growth(theta: Floats) -> Floats:
        return theta[0] * size * np.diff(logistic(np.exp(theta[2]) * (t - theta[1])))

    def residuals(theta: Floats) -> Floats:
        return (growth(theta) - y) / size

    def jacobian(theta: Floats) -> Floats:
        c = np.exp(theta[2])
        s = logistic(c * (t - theta[1]))
        slope = s * (1.0 - s)
        columns = [s, -theta[0] * c * slope, theta[0] * slope * c * (t - theta[1])]
        return np.diff(np.column_stack(columns), axis=0)

    # The middle of the curve and its speed on a grid, then Levenberg-Marquardt from the best.
    middles, speeds = np.meshgrid(np.linspace(-2.0 * n, 2.0 * n, 81), np.geomspace(0.5 / n, 5.0, 40))
    shapes = np.diff(logistic(speeds.ravel()[:, None] * (t - middles.ravel()[:, None])), axis=1)
    length = (shapes**2).sum(axis=1)
    along = shapes @ y
    best = int(np.argmax(np.where(length > 1e-12, along**2 / np.maximum(length, 1e-300), 0.0)))
    start = [along[best] / length[best] / size, middles.ravel()[best], np.log(speeds.ravel()[best])]
    found: Any = solve(residuals, start, jac=jacobian, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    theta = np.asarray(found.x, dtype=np.float64)
    rest = residuals(theta)
    rss = float(rest @ rest)
    matrix = jacobian(theta)
    norms = np.linalg.norm(matrix, axis=0)
    scaled = matrix / np.where(norms > 0, norms, 1.0)
    sound = theta[0] > 0 and np.isfinite(theta).all() and np.linalg.svd(scaled, compute_uv=False)[-1] > 1e-6
    # An end in sight: not a straight line, a hundredth of the way there, and an end that is not all error.
    sound = sound and np.exp(theta[2]) > speeds.min() * 1.01 and logistic(-np.exp(theta[2]) * theta[1]) > 0.01
    inner = rss / (n - 3) * np.linalg.inv(scaled.T @ scaled) / np.outer(norms, norms) if sound else np.eye(3)
    if not sound or np.sqrt(inner[0, 0]) > theta[0]:
        raise NotAvailable(
            "the acquisitions do not show where growth ends: they neither slow down nor peak; give more periods, or "
            "value today's customers alone with CVM_CLV",
            argument="acquired",
        )
    c = float(np.exp(theta[2]))
    middle = float(theta[1] + period[-1])
    turn = np.array([[size, 0.0, 0.0], [0.0, -c, -c * middle], [0.0, 0.0, c]])
    total = float(((y - y.mean()) ** 2).sum()) / size**2
    r2 = 1.0 - rss / total if total > 0 else nan
    return np.array([theta[0] * size, -c * middle, c]), np.asarray(turn @ inner @ turn.T, dtype=np.float64), r2


def switching_value(
    before: Floats,
    after: Floats,
    margin: float,
    customers: Floats,
    cost: float,
    discount: float,
    horizon: int | None = None,
) -> dict[str, float | str]:
    """Return on an investment that changes how customers switch between brands.

    A customer who last bought brand j buys ours (the first) at the next purchase with probability p_j1, and so on along
    the switching matrix: value V_j = sum over t = 1 ... horizon of (P^t)_j1 m / (1 + d)^t.

    Parameters
    ----------
    before, after : array, shape (k, k)
        Switching matrices, from row to column, rows sum to 1; brand 1 is ours.
    margin : float
        Our contribution per purchase, money.
    customers : array, shape (k,) or (1,)
        By the brand they bought last; a single number is that of those who last bought ours.
    cost : float
        Of the investment, money, >= 0.
    discount : float
        Per purchase cycle, >= 0.
    horizon : int, optional
        Purchases ahead; for ever without it.

    Returns
    -------
    dict
        model "switching", clv_before, clv_after (of who last bought ours), equity_before, equity_after, change,
        return = (change - cost) / cost (blank where the cost is 0).

    Raises
    ------
    InvalidInput
        When shapes do not fit.
    OutOfRange
        When rows do not sum to 1, a number is negative, or there is neither horizon nor discount.

    References
    ----------
    Rust, Lemon & Zeithaml (2004), Return on marketing, Journal of Marketing 68.
    """
    for argument, matrix in (("before", before), ("after", after)):
        _check_switching(matrix, argument, before.shape[0])
    k = before.shape[0]
    if customers.size not in (1, k):
        raise InvalidInput(
            f"has {customers.size} numbers for {k} brands; give one per brand, or one number for those who last "
            "bought ours",
            argument="customers",
        )
    refuse(customers < 0, "cannot be negative", "customers", customers)
    for argument, value in (("cost", cost), ("discount", discount)):
        if value < 0:
            raise OutOfRange("cannot be negative", argument=argument, value=value)
    if horizon is None and discount == 0:
        raise OutOfRange("without a horizon the value needs a discount above 0", argument="discount", value=discount)
    base = customers if customers.size == k else np.append(customers, np.zeros(k - 1))
    values = [_switching_values(matrix, margin, discount, horizon) for matrix in (before, after)]
    equity = [float(base @ value) for value in values]
    change = equity[1] - equity[0]
    return {
        "model": "switching",
        "clv_before": float(values[0][0]),
        "clv_after": float(values[1][0]),
        "equity_before": equity[0],
        "equity_after": equity[1],
        "change": change,
        "return": (change - cost) / cost if cost > 0 else nan,
    }


def _check_switching(matrix: Floats, argument: str, brands: int) -> None:
    if matrix.shape != (brands, brands) or brands < 2:
        raise InvalidInput(
            f"must be a square of {max(brands, 2)} brands, from row to column; it has {matrix.shape[0]} x "
            f"{matrix.shape[1]}",
            argument=argument,
        )
    if np.isnan(matrix).any():
        raise InvalidInput("has an empty cell; enter 0 where nobody switches", argument=argument)
    bad = (np.abs(matrix.sum(axis=1) - 1.0) > 1e-6) | (matrix < 0).any(axis=1)
    refuse(bad, "the probabilities of a row must be 0 or more and sum to 1", argument, matrix.sum(axis=1))


def _switching_values(matrix: Floats, margin: float, discount: float, horizon: int | None) -> Floats:
    kept = matrix / (1.0 + discount)
    reward = np.zeros(matrix.shape[0])
    reward[0] = margin
    if horizon is None:
        return np.asarray(kept @ np.linalg.solve(np.eye(reward.size) - kept, reward), dtype=np.float64)
    value = np.zeros(reward.size)
    for _ in range(horizon):
        value = kept @ (reward + value)
    return value
