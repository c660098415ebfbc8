"""The decision per customer: invest, keep, adjust, or award to another party."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.models.bounds import refuse

__all__ = ["action"]

Floats = NDArray[np.float64]


def action(
    clv: Floats, potential: Floats, cost: Floats, probability: Floats, price_room: Floats, cost_cut: Floats
) -> NDArray[np.object_]:
    """What to do with each customer, from the value now and what could be made of it.

    Invest if potential > 0, the expected gain g = probability x (potential - now) is above the cost, and now + g - cost
    is above 0. Else Keep if the value now is above 0. Else Adjust if price and cost to serve can bring it to 0 or more.
    Else Award: let another party serve the customer.

    Parameters
    ----------
    clv, potential : array, shape (n,)
        Value now and value once developed, money.
    cost : array, shape (n,)
        Money the development takes, >= 0.
    probability : array, shape (n,)
        That the development succeeds, 0 to 1.
    price_room, cost_cut : array, shape (n,)
        Present value gained at most by a better price and by a lower cost to serve, >= 0.

    Returns
    -------
    array of str, shape (n,)
        "Invest", "Keep", "Adjust" or "Award".

    Raises
    ------
    OutOfRange
        When a cost or gain is negative, or a probability outside 0 to 1.

    References
    ----------
    Blattberg & Deighton (1996), Manage marketing by the customer equity test; Rust, Lemon & Zeithaml (2004).
    """
    refuse((probability < 0) | (probability > 1), "is a probability, from 0 to 1", "probability", probability)
    for argument, values in (("cost", cost), ("price_room", price_room), ("cost_cut", cost_cut)):
        refuse(values < 0, "cannot be negative; enter positive money", argument, values)
    gain = probability * (potential - clv)
    # Sums of money are compared beyond their rounding: 0.1 x 3 is not above 0.3.
    dust = 1e-12 * (np.abs(clv) + np.abs(potential) + cost + price_room + cost_cut)
    invest = (potential > 0) & (gain - cost > dust) & (clv + gain - cost > dust)
    return np.select(
        [invest, clv > 0, clv + price_room + cost_cut >= -dust],
        [np.full(clv.shape, word, dtype=object) for word in ("Invest", "Keep", "Adjust")],
        np.full(clv.shape, "Award", dtype=object),
    )
