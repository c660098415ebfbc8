"""The whale curve: cumulative profit over customers from the best to the worst."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import NotAvailable
from cvm_xl.models.money import group_sums, running_sums
from cvm_xl.models.tiers import boundaries

__all__ = ["whale_curve", "whale_statistics"]


def whale_curve(profit: NDArray[np.float64], points: int | None = None) -> dict[str, NDArray[np.float64]]:
    """Cumulative profit by share of customers, starting from nothing.

    Parameters
    ----------
    profit : (n,) array, money, any order
    points : int, optional
        Rows wanted at most (3 or more), evenly spaced; both ends and the peak are kept. All rows without it.

    Returns
    -------
    dict of (n + 1,) arrays
        customers_share; profit, of the customer at that place (0 in the first row); cumulative_profit;
        cumulative_share, of the total profit, NaN where the total is not positive.

    References
    ----------
    Kaplan & Narayanan (2001), Measuring and Managing Customer Profitability.
    """
    ordered, cumulative = _curve(profit)
    n = profit.size
    at = np.arange(n + 1)
    if points is not None and points < n + 1:
        at = np.rint(np.linspace(0, n, points)).astype(np.intp)
        peak = int(np.argmax(cumulative))
        if peak not in at:
            at[1 + int(np.argmin(np.abs(at[1:-1] - peak)))] = peak
    share = cumulative / _base(cumulative)
    return {
        "customers_share": at / max(n, 1),
        "profit": np.concatenate(([0.0], ordered))[at],
        "cumulative_profit": cumulative[at],
        "cumulative_share": share[at],
    }


def whale_statistics(profit: NDArray[np.float64]) -> dict[str, float]:
    """Figures of the whale curve.

    Parameters
    ----------
    profit : (n,) array, money

    Returns
    -------
    dict of float
        n; total; peak, profit of all profitable customers over the total; peak_at, share of customers there;
        share_profitable, share of customers; subsidy_rate, losses over profits; top20, middle70, bottom10, shares
        of the total made by these tiers of `tier_by_rank`; gini = 2A - 1 with A the area under the curve (above 1
        where losses are large); gini_normalised, between 0 and 1; stobachoff = (A - 1/2) / A.
        What does not exist is NaN: shares of a total that is not positive, a subsidy without profits.

    Raises
    ------
    NotAvailable
        Without customers.

    References
    ----------
    van Raaij, Vernooij & van Triest (2003), Industrial Marketing Management 32: Stobachoff index.
    Raffinetti, Siletti & Vernizzi (2015), Statistical Methods & Applications 24: Gini with negative values.
    """
    n = profit.size
    if n == 0:
        raise NotAvailable("there are no customers", argument="profit")
    ordered, cumulative = _curve(profit)
    total, base = float(cumulative[-1]), _base(cumulative)
    winners = int((ordered > 0).sum())
    gains = float(cumulative[winners])
    losses = -float(group_sums(np.minimum(ordered, 0.0), np.zeros(n, dtype=np.intp), 1)[0])
    ends = boundaries(n, np.array([0.2, 0.7, 0.1])).astype(np.intp)
    parts = np.diff(cumulative[np.concatenate(([0], ends))])
    # Sum over all pairs of |pi - pj|, from the descending order.
    differences = 2 * math.fsum((ordered * (n - 1 - 2 * np.arange(n))).tolist())
    area = math.fsum((cumulative[:-1] + cumulative[1:]).tolist()) / 2 / n
    absolute = gains + losses
    return {
        "n": float(n),
        "total": total,
        "peak": gains / base,
        "peak_at": winners / n,
        "share_profitable": winners / n,
        "subsidy_rate": losses / gains if gains > 0 else math.nan,
        "top20": float(parts[0]) / base,
        "middle70": float(parts[1]) / base,
        "bottom10": float(parts[2]) / base,
        "gini": 2 * area / base - 1,
        "gini_normalised": differences / (2 * n * absolute) if absolute > 0 else math.nan,
        "stobachoff": 1 - base / (2 * area) if base > 0 else math.nan,
    }


def _curve(profit: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Profits in descending order, and their cumulative sums from 0, exact for decimal numbers."""
    ordered = -np.sort(-profit)
    return ordered + 0.0, np.concatenate(([0.0], running_sums(ordered)))


def _base(cumulative: NDArray[np.float64]) -> float:
    """The total that shares refer to, NaN where profits and losses leave nothing."""
    total = float(cumulative[-1])
    return total if total > 1e-12 * float(cumulative.max()) else math.nan
