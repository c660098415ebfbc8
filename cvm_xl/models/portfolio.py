"""The customer portfolio: scores by recency, frequency and money, and quadrants of profit and duration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput
from cvm_xl.models.tiers import boundaries, middle_ranks

__all__ = ["quadrant", "rfm_scores"]


def rfm_scores(
    days_since: NDArray[np.float64],
    frequency: NDArray[np.float64],
    monetary: NDArray[np.float64],
    bins: int = 5,
    nested: bool = False,
) -> dict[str, NDArray[np.float64]]:
    """Scores from 1 to `bins`, the best: few days since the last purchase, many purchases, much money.

    Bins hold equal numbers of customers, as far as equal values allow: these share the bin of their middle rank.

    Parameters
    ----------
    days_since, frequency, monetary : (n,) arrays
    bins : int
        From 2 to 9, so that a score has one digit.
    nested : bool
        Frequency is scored within each R, and money within each R and F; without it, each among all customers.

    Returns
    -------
    dict of (n,) arrays
        R, F, M, and score, their digits in one number: 555 is the best of five bins.

    References
    ----------
    Hughes (2006), Strategic Database Marketing, 3rd ed., ch. 6; Bult & Wansbeek (1995), Marketing Science 14.
    """
    everyone = np.zeros(days_since.size)
    r = _bin_within(everyone, -days_since, bins)
    f = _bin_within(r if nested else everyone, frequency, bins)
    m = _bin_within(10 * r + f if nested else everyone, monetary, bins)
    return {"R": r, "F": f, "M": m, "score": 100 * r + 10 * f + m}


def _bin_within(group: NDArray[np.float64], value: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Bin of each value among those of its group, 1 the lowest."""
    scores = np.empty(value.size)
    for key in np.unique(group):
        members = group == key
        ends = boundaries(int(members.sum()), np.full(bins, 1 / bins))
        scores[members] = 1 + np.searchsorted(ends, middle_ranks(value[members]), side="left")
    return scores


def quadrant(
    profit: NDArray[np.float64],
    duration: NDArray[np.float64],
    profit_cut: float | None,
    duration_cut: float | None,
    labels: Sequence[str],
) -> NDArray[np.object_]:
    """Quadrant of each customer by profit and duration of the relationship; on the cut counts as high or long.

    Parameters
    ----------
    profit : (n,) array, money
    duration : (n,) array, any unit of time
    profit_cut, duration_cut : float or None
        In the units of their columns; None: the median.
    labels : 4 texts
        For high profit and long duration, high and short, low and long, low and short.

    Returns
    -------
    (n,) array of str

    Raises
    ------
    InvalidInput
        Without four labels.

    References
    ----------
    Reinartz & Kumar (2002), The Mismanagement of Customer Loyalty, Harvard Business Review 80(7).
    """
    if len(labels) != 4:
        raise InvalidInput(
            f"{len(labels)} labels; give four: for high profit and long duration, high and short, low and long, "
            "low and short",
            argument="labels",
        )
    high = profit >= (np.median(profit) if profit_cut is None else profit_cut)
    long = duration >= (np.median(duration) if duration_cut is None else duration_cut)
    return np.array(labels, dtype=object)[np.where(high, 0, 2) + np.where(long, 0, 1)]
