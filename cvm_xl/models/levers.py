"""What a change of price is worth: break-even volume and the levers of profit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import NotAvailable

__all__ = ["break_even_volume", "profit_levers"]


def break_even_volume(price_change: NDArray[np.float64], unit_margin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Change in volume that keeps profit after a change of price: -dP / (CM + dP).

    Parameters
    ----------
    price_change : (n,) array
        Money per unit, negative for a cut.
    unit_margin : (n,) array
        Contribution per unit before the change, above 0.

    Returns
    -------
    (n,) array
        As a share of today's volume.

    Raises
    ------
    NotAvailable
        Where a cut leaves no margin: no volume makes up for it.

    References
    ----------
    Nagle, Hogan & Zale, The Strategy and Tactics of Pricing, ch. 9.
    """
    left = unit_margin + price_change
    lost = np.flatnonzero(left <= 0)
    if lost.size:
        raise NotAvailable(
            "the cut takes the whole margin, and no volume makes up for that; cut less",
            argument="price_change",
            rows=lost.tolist(),
            value=float(price_change[lost[0]]),
        )
    return -price_change / left + 0.0


def profit_levers(
    price: float, volume: float, unit_cost: float, fixed_cost: float
) -> dict[str, NDArray[np.object_] | NDArray[np.float64]]:
    """Change of profit, as a share of it, when each lever improves by 1% and the others stay.

    Parameters
    ----------
    price, unit_cost : float
        Money per unit.
    volume : float
    fixed_cost : float
        Money.

    Returns
    -------
    dict of (4,) arrays
        lever, profit_change.

    Raises
    ------
    NotAvailable
        Where there is no profit of which the change could be a share.

    References
    ----------
    Marn & Rosiello (1992), Managing Price, Gaining Profit, Harvard Business Review 70(5).
    """
    profit = (price - unit_cost) * volume - fixed_cost
    if profit <= 0:
        raise NotAvailable(
            "there is no profit of which the change could be a share; levers want price above cost and fixed cost",
            value=profit,
        )
    gains = np.array([price * volume, unit_cost * volume, (price - unit_cost) * volume, fixed_cost])
    return {
        "lever": np.array(["Price", "Unit cost", "Volume", "Fixed cost"], dtype=object),
        "profit_change": 0.01 * gains / profit,
    }
