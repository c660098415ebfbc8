"""Winning customers: what to spend on acquisition and retention, and the funnel by source."""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import OutOfRange
from cvm_xl.models.bounds import refuse

__all__ = ["acquire_and_retain", "funnel"]

Floats = NDArray[np.float64]


def acquire_and_retain(
    ceiling: float, rate: float, margin: float, retention_ceiling: float, retention_rate: float, discount: float
) -> dict[str, float | str]:
    """Spend per prospect and per customer that maximise customer equity per prospect.

    Acquisition a = ceiling (1 - e^(-rate A)), retention r = retention_ceiling (1 - e^(-retention_rate R)),
    equity = a CLV - A with CLV = m + (m - R/r) r / (1 + d - r): the margin of the first period, then those of the
    periods retained, less the spend R on everyone who was a customer before. CLV does not depend on A, so R is set
    first; then A = ln(ceiling rate CLV) / rate.

    Parameters
    ----------
    ceiling, retention_ceiling : float
        Share won or kept at boundless spending, 0 to 1.
    rate, retention_rate : float
        How fast spending takes effect, per unit of money, >= 0.
    margin : float
        Money per customer and period.
    discount : float
        Per period, >= 0.

    Returns
    -------
    dict
        model "acquire", acquisition (A, money per prospect), retention (R, money per customer and period), a, r, clv,
        equity (money per prospect).

    Raises
    ------
    OutOfRange
        When a ceiling is outside 0 to 1, a rate or the discount negative.

    References
    ----------
    Blattberg, R. and Deighton, J. (1996), Manage marketing by the customer equity test, Harvard Business Review 74(4).
    """
    for argument, value, most in (
        ("ceiling", ceiling, 1.0),
        ("rate", rate, inf),
        ("retention_ceiling", retention_ceiling, 1.0),
        ("retention_rate", retention_rate, inf),
        ("discount", discount, inf),
    ):
        if not 0 <= value <= most:
            raise OutOfRange(f"must be {'from 0 to 1' if most == 1 else '0 or more'}", argument=argument, value=value)
    retention = _best_retention_spend(margin, retention_ceiling, retention_rate, discount)
    r = -retention_ceiling * float(np.expm1(-retention_rate * retention))
    clv = margin + (margin * r - retention) / (1.0 + discount - r)
    gain = ceiling * rate * clv
    acquisition = log(gain) / rate if gain > 1.0 else 0.0
    a = -ceiling * float(np.expm1(-rate * acquisition))
    return {
        "model": "acquire",
        "acquisition": acquisition,
        "retention": retention,
        "a": a,
        "r": r,
        "clv": clv,
        "equity": a * clv - acquisition,
    }


def _best_retention_spend(margin: float, ceiling: float, rate: float, discount: float) -> float:
    """Root of dCLV/dR, whose sign is that of r'(R) (m (1 + d) - R) - (1 + d - r(R)): falling in R, so bisection."""
    low, high = 0.0, margin * (1.0 + discount)
    if ceiling * rate * margin <= 1.0:
        return 0.0
    while True:
        spend = 0.5 * (low + high)
        if spend in (low, high):
            return spend
        left = exp(-rate * spend)
        if ceiling * rate * left * (margin * (1.0 + discount) - spend) > 1.0 + discount - ceiling * (1.0 - left):
            low = spend
        else:
            high = spend


def funnel(
    source: NDArray[np.object_],
    leads: Floats,
    customers: Floats,
    spend: Floats,
    clv: Floats,
    margin_per_period: Floats | None = None,
) -> dict[str, NDArray[np.object_] | Floats]:
    """Acquisition by source, against what a customer is worth.

    Parameters
    ----------
    source : array of objects, shape (n,)
        Its name.
    leads, customers : array, shape (n,)
        Counts; a source has at least as many leads as customers.
    spend : array, shape (n,)
        Money, >= 0.
    clv : array, shape (n,)
        Lifetime value of a customer of the source, before acquisition.
    margin_per_period : array, shape (n,), optional
        Money per customer.

    Returns
    -------
    dict of (n,) arrays
        source; conversion = customers / leads; cost_per_customer; ceiling = clv, the most to pay for a customer;
        return = (customers x clv - spend) / spend; payback in periods = cost per customer / margin per period. Blank
        where there is nothing to divide by, or the margin never pays back.

    Raises
    ------
    OutOfRange
        When a count or spend is negative, or customers exceed leads.

    References
    ----------
    Farris, Bendle, Pfeifer & Reibstein (2010), Marketing Metrics, ch. 5; Blattberg & Deighton (1996).
    """
    for argument, values in (("leads", leads), ("customers", customers), ("spend", spend)):
        refuse(values < 0, "cannot be negative", argument, values)
    refuse(customers > leads, "is above the leads; every customer was a lead first", "customers", customers)
    cost = _ratio(spend, customers)
    payback = np.full(spend.shape, np.nan)
    if margin_per_period is not None:
        payback = _ratio(cost, margin_per_period)
    return {
        "source": source,
        "conversion": _ratio(customers, leads),
        "cost_per_customer": cost,
        "ceiling": clv,
        "return": _ratio(customers * clv - spend, spend),
        "payback": payback,
    }


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient; blank where the divisor is not positive."""
    positive = below > 0
    return np.where(positive, above / np.where(positive, below, 1.0), np.nan)
