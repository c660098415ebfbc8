"""Prices from surveys: van Westendorp's meter, extended by Newton, Miller and Smith, and Gabor-Granger."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.models.bounds import refuse

__all__ = ["gabor_granger", "price_sensitivity"]

Floats = NDArray[np.float64]

INTENT = np.array([0.0, 0.1, 0.3, 0.5, 0.7])
"""Purchase probability at a stated intent of 1 to 5."""


def price_sensitivity(
    too_cheap: Floats,
    cheap: Floats,
    expensive: Floats,
    too_expensive: Floats,
    intent_cheap: Floats | None = None,
    intent_expensive: Floats | None = None,
) -> dict[str, float | str]:
    """Price points of the price sensitivity meter (PSM).

    The curves are cumulative shares at the prices named by any respondent: "too cheap" and "cheap" hold at p for who
    named p or more, "expensive" and "too expensive" for who named p or less; "not" is the complement; straight
    lines between. Crossings: pmc (point of marginal cheapness) too cheap x not cheap, pme (marginal expensiveness) too
    expensive x not expensive, idp (indifference) cheap x expensive, opp (optimal) too cheap x too expensive. Where two
    curves run together between two prices the crossing is that interval, low to high.

    With intents, each respondent's purchase probability is linear over the four prices: 0 at too cheap, INTENT at
    cheap and at expensive, 0 at too expensive and outside. reach is the mean over respondents; its largest value and
    that of price x reach are taken over the prices named.

    Parameters
    ----------
    too_cheap, cheap, expensive, too_expensive : array, shape (n,)
        One row per respondent. Rows not strictly ascending are inconsistent and left out; rows with an empty
        cell are left out too.
    intent_cheap, intent_expensive : array, shape (n,), optional
        Stated intent to buy at the cheap and at the expensive price, 1 (surely not) to 5 (surely).

    Returns
    -------
    dict
        model "psm", n (respondents used), inconsistent, incomplete, pmc_low, pmc_high, pme_low, pme_high, idp_low,
        idp_high, opp_low, opp_high, idp and opp (middle of the interval), reach_price, reach, revenue_price, revenue
        (per respondent); the last four blank without intents.

    Raises
    ------
    InvalidInput
        When only one intent is given.
    OutOfRange
        When a price is negative or an intent is not 1, 2, 3, 4 or 5.
    NotAvailable
        When no respondent is consistent.

    References
    ----------
    van Westendorp, P. (1976), NSS price sensitivity meter, ESOMAR; Newton, D., Miller, J. and Smith, P. (1993), A
    market acceptance extension to traditional price sensitivity measurement, AMA ART Forum.
    """
    prices = np.column_stack([too_cheap, cheap, expensive, too_expensive])
    for j, argument in enumerate(("too_cheap", "cheap", "expensive", "too_expensive")):
        refuse(prices[:, j] < 0, "a price cannot be negative", argument, prices[:, j])
    intents: list[Floats] = []
    for argument, intent in (("intent_cheap", intent_cheap), ("intent_expensive", intent_expensive)):
        if intent is not None:
            odd = ~np.isin(intent, [1, 2, 3, 4, 5]) & ~np.isnan(intent)
            refuse(odd, "must be 1, 2, 3, 4 or 5 (surely buys)", argument, intent)
            intents.append(intent)
    if len(intents) == 1:
        raise InvalidInput("intent_cheap and intent_expensive are given together or not at all")

    complete = ~np.isnan(np.column_stack([prices, *intents])).any(axis=1)
    consistent = complete & (np.diff(prices, axis=1) > 0).all(axis=1)
    n = int(consistent.sum())
    if n == 0:
        raise NotAvailable(
            f"none of {len(prices)} respondents names four prices in the order too cheap < cheap < expensive < too "
            "expensive; check which column is which"
        )
    prices = prices[consistent]
    grid = np.unique(prices)
    # Respondents, not shares, so that curves running together differ by exactly zero.
    at_least = [np.count_nonzero(prices[:, j, None] >= grid, axis=0) for j in (0, 1)]
    at_most = [np.count_nonzero(prices[:, j, None] <= grid, axis=0) for j in (2, 3)]
    falling_and_rising = {
        "pmc": (at_least[0], n - at_least[1]),
        "pme": (n - at_most[0], at_most[1]),
        "idp": (at_least[1], at_most[0]),
        "opp": (at_least[0], at_most[1]),
    }
    params: dict[str, float | str] = {
        "model": "psm",
        "n": float(n),
        "inconsistent": float(np.count_nonzero(complete & ~consistent)),
        "incomplete": float(np.count_nonzero(~complete)),
    }
    crossings = {name: _crossing(grid, f - r) for name, (f, r) in falling_and_rising.items()}
    for name, (low, high) in crossings.items():
        params |= {f"{name}_low": low, f"{name}_high": high}
    params |= {name: sum(crossings[name]) / 2 for name in ("idp", "opp")}
    params |= dict.fromkeys(("reach_price", "reach", "revenue_price", "revenue"), np.nan)
    if intents:
        reach = _reach(grid, prices, INTENT[np.column_stack(intents)[consistent].astype(int) - 1])
        for name, curve in (("reach", reach), ("revenue", grid * reach)):
            best = int(np.argmax(curve >= curve.max() * (1 - 1e-12)))  # the lowest of equals
            params |= {f"{name}_price": float(grid[best]), name: float(curve[best])}
    return params


def gabor_granger(price: Floats, share: Floats, cost: Floats | None = None) -> dict[str, NDArray[np.generic]]:
    """Revenue and profit per customer asked, at each price shown, and the best of the prices.

    Parameters
    ----------
    price : array, shape (n,)
    share : array, shape (n,)
        Share of customers who would buy at that price, 0 to 1.
    cost : array, shape (n,), optional
        Unit cost.

    Returns
    -------
    dict
        price, share, revenue, profit (blank without cost), best (True in the row of the highest profit, without cost
        of the highest revenue; the lowest price of equals).

    Raises
    ------
    OutOfRange
        When a price is negative or a share outside 0 to 1.

    References
    ----------
    Gabor, A. and Granger, C. (1966), Price as an indicator of quality, Economica 33.
    """
    refuse(price < 0, "a price cannot be negative", "price", price)
    refuse((share < 0) | (share > 1), "is a share, from 0 to 1", "share", share)
    revenue = price * share
    profit = np.full(price.shape, np.nan) if cost is None else (price - cost) * share
    gain = revenue if cost is None else profit
    equals = np.flatnonzero(gain >= gain.max() - 1e-12 * np.abs(gain).max())
    best = np.zeros(price.shape, dtype=bool)
    best[equals[np.argmin(price[equals])]] = True
    return {"price": price, "share": share, "revenue": revenue, "profit": profit, "best": best}


def _crossing(grid: Floats, ahead: NDArray[np.intp]) -> tuple[float, float]:
    """Where a difference that never rises passes zero: it starts above and ends below, as answers are consistent."""
    level = np.flatnonzero(ahead == 0)
    if level.size:
        return float(grid[level[0]]), float(grid[level[-1]])
    i = int(np.flatnonzero(ahead > 0)[-1])
    at = grid[i] + (grid[i + 1] - grid[i]) * ahead[i] / (ahead[i] - ahead[i + 1])
    return float(at), float(at)


def _reach(grid: Floats, prices: Floats, chance: Floats) -> Floats:
    """Mean purchase probability at each price of the grid."""
    total = np.zeros(grid.size)
    for row, (at_cheap, at_expensive) in zip(prices, chance, strict=True):
        total += np.interp(grid, row, [0.0, at_cheap, at_expensive, 0.0], left=0.0, right=0.0)
    return total / len(prices)
