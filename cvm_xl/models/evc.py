"""Economic value to the customer: what an offer is worth against the customer's next best alternative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput
from cvm_xl.models.bounds import refuse

__all__ = ["economic_value"]

Floats = NDArray[np.float64]


def economic_value(reference: Floats, gains: Floats, losses: Floats) -> Floats:
    """Economic value to the customer (EVC), in money per unit.

    EVC = reference price of the next best alternative + what the offer gains the customer
    - what it costs the customer beside its price (switching, upkeep, time).

    Parameters
    ----------
    reference : array, shape (n,)
        Price of the next best alternative, >= 0. Blank (NaN) rows stay blank.
    gains, losses : array, shape (n, drivers)
        Positive money, a column per value driver; a blank cell counts as 0.

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    InvalidInput
        When gains or losses have another number of rows than the reference.
    OutOfRange
        When the reference or a gain or loss is negative.

    References
    ----------
    Nagle, T. and Müller, G. (2018), The Strategy and Tactics of Pricing, ch. 2.
    """
    refuse(reference < 0, "a price cannot be negative", "reference", reference)
    sums: list[Floats] = []
    for argument, values, other in (("gains", gains, "losses"), ("losses", losses, "gains")):
        if values.ndim != 2 or values.shape[0] != reference.shape[0]:
            raise InvalidInput(
                f"needs a row for each of the {reference.shape[0]} reference prices, a column per value driver; "
                f"it has {values.shape[0]} rows",
                argument=argument,
            )
        negative = np.any(values < 0, axis=1)
        remedy = f"enter positive money; what is negative here belongs in {other}"
        refuse(negative, remedy, argument, np.fmin.reduce(values, axis=1, initial=np.inf))
        sums.append(np.nansum(values, axis=1))
    return reference + sums[0] - sums[1]
