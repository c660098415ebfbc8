"""Customer tiers: by rank, by share of profit, by amount."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.money import LARGEST_UNITS, minor_units

__all__ = ["boundaries", "middle_ranks", "tier", "tier_by_amount", "tier_by_profit", "tier_by_rank"]


def tier(
    profit: NDArray[np.float64], shares: NDArray[np.float64], labels: Sequence[str], by: str = "rank"
) -> NDArray[np.object_]:
    """The label of each customer's tier.

    Parameters
    ----------
    profit : (n,) array, money
    shares : (k,) array
        Sizes of the tiers from the best down, summing to 1; for ``by="amount"`` k - 1 descending cut-offs in money.
    labels : k texts, from the best tier down
    by : {"rank", "profit", "amount"}
        "rank": shares of the number of customers; "profit": shares of the cumulative positive profit;
        "amount": cut-offs.

    Returns
    -------
    (n,) array of str

    Raises
    ------
    InvalidInput
        Where the number of labels does not fit, or `by` is none of the three.
    OutOfRange
        Where shares are negative or do not sum to 1, or cut-offs do not descend.
    """
    if by == "amount":
        places = tier_by_amount(profit, shares)
        wanted = shares.size + 1
    elif by in ("rank", "profit"):
        places = tier_by_rank(profit, shares) if by == "rank" else tier_by_profit(profit, shares)
        wanted = shares.size
    else:
        raise InvalidInput('is one of "rank", "profit", "amount"', argument="by", value=by)
    if len(labels) != wanted:
        meant = f"{wanted} tiers ({shares.size} cut-offs)" if by == "amount" else f"{wanted} shares"
        raise InvalidInput(f"{len(labels)} labels for {meant}; give one label per tier", argument="labels")
    return np.array(labels, dtype=object)[places]


def tier_by_rank(profit: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """Tier by rank of profit, 0 the best.

    Tiers end at the cumulative share of the number of customers, rounded half up. Equal profits (to the cent)
    share the tier of their middle rank.
    """
    ends = boundaries(profit.size, shares)
    return _place(middle_ranks(-_to_the_cent(profit)), ends)


def tier_by_profit(profit: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """Tier by the share of the cumulative positive profit that customers before this one make, 0 the best.

    Equal profits (to the cent) share the tier of their middle rank; customers without a profit are in the last tier.
    """
    cumulative = _cumulative(shares)
    gains = np.maximum(_to_the_cent(profit), 0.0)
    values, group, count = np.unique(-gains, return_inverse=True, return_counts=True)
    made = -values * count
    total = float(made.sum())
    before = np.cumsum(made) - made - values * (count - 1) / 2
    # A tier takes the customers before whom less than its cumulative share has been made.
    place = np.searchsorted(np.round(cumulative * total, 3), np.round(before, 3), side="right")
    place = np.minimum(place, shares.size - 1)
    place[values == 0] = shares.size - 1
    return place[group]


def tier_by_amount(profit: NDArray[np.float64], cut_offs: NDArray[np.float64]) -> NDArray[np.intp]:
    """Tier by cut-offs that descend: the first one that the profit reaches (``>=``), 0 the best."""
    wrong = np.flatnonzero(np.diff(cut_offs) >= 0)
    if wrong.size:
        raise OutOfRange(
            "with by = amount these are cut-offs in money, one fewer than the tiers, each below the one before",
            argument="shares",
            rows=(wrong + 1).tolist(),
            value=float(cut_offs[wrong[0] + 1]),
        )
    return np.searchsorted(-cut_offs, -profit, side="left")


def boundaries(n: int, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last rank of each tier: cumulative share x n, rounded half up."""
    # Rounded first, for shares such as 0.2 + 0.7 that fall short of 0.9 in binary.
    return np.floor(np.round(_cumulative(shares) * n, 6) + 0.5)


def middle_ranks(key: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1 in ascending order of the key; equal keys share the middle one."""
    _, group, count = np.unique(key, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[group]


def _to_the_cent(profit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Profits rounded to the cent, but for those so large that a number keeps none."""
    small = np.abs(profit) < LARGEST_UNITS / 100
    return np.where(small, minor_units(np.where(small, profit, 0.0)) / 100, profit)


def _place(rank: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.searchsorted(ends, rank, side="left")


def _cumulative(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    negative = np.flatnonzero(shares < 0)
    if negative.size:
        raise OutOfRange(
            "shares are not negative", argument="shares", rows=negative.tolist(), value=float(shares[negative[0]])
        )
    total = math.fsum(shares.tolist())
    if abs(total - 1) > 1e-6:
        raise OutOfRange("the shares sum to 1 (write 20% or 0.2)", argument="shares", value=total)
    cumulative = np.cumsum(shares)
    cumulative[-1] = 1.0
    return cumulative
