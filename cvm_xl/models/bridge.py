"""The bridge from one period's profit to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput
from cvm_xl.models.money import row_sums

__all__ = ["profit_bridge"]


def profit_bridge(
    keys: NDArray[np.object_],
    price0: NDArray[np.float64],
    volume0: NDArray[np.float64],
    cost0: NDArray[np.float64],
    price1: NDArray[np.float64],
    volume1: NDArray[np.float64],
    cost1: NDArray[np.float64],
) -> dict[str, NDArray[np.object_] | NDArray[np.float64]]:
    """Change of profit by price, volume, mix and cost, and by what was sold in one period only.

    With unit margin m = price - cost and V the volume of all keys sold in both periods: price (p1 - p0) v1,
    volume m0 v0 (V1 / V0 - 1), mix m0 (v1 - v0 V1 / V0), cost -(c1 - c0) v1.

    Parameters
    ----------
    keys : (n,) array
    price0, price1, cost0, cost1 : (n,) arrays, money per unit
        Before (0) and after (1); NaN is allowed where nothing was sold.
    volume0, volume1 : (n,) arrays, units
        Sold in a period means above 0.

    Returns
    -------
    dict of (n + 1,) arrays
        key, price, volume, mix, cost, new_lost, change, their sum; the last row is Total.

    Raises
    ------
    InvalidInput
        Where a volume has no price or no cost.
    """
    for name, value, volume in (
        ("price0", price0, volume0),
        ("cost0", cost0, volume0),
        ("price1", price1, volume1),
        ("cost1", cost1, volume1),
    ):
        missing = np.flatnonzero(np.isnan(value) & (volume != 0))
        if missing.size:
            raise InvalidInput(
                "is empty beside a volume; fill it in", argument=name, rows=missing.tolist(), value=keys[missing[0]]
            )
    p0, c0, p1, c1 = (np.nan_to_num(value) for value in (price0, cost0, price1, cost1))
    both = (volume0 > 0) & (volume1 > 0)
    v0, v1 = np.where(both, volume0, 0.0), np.where(both, volume1, 0.0)
    all0, all1 = (float(total) for total in row_sums(np.vstack((v0, v1))))
    margin0 = p0 - c0
    growth = np.full(v0.size, all0 or 1.0)
    effects = {
        "price": (p1 - p0) * v1,
        # Over one denominator, so that a single key, or equal growth, leaves no mix.
        "volume": margin0 * v0 * (all1 - all0) / growth,
        "mix": margin0 * (v1 * all0 - v0 * all1) / growth,
        "cost": -(c1 - c0) * v1,
        "new_lost": np.where(both, 0.0, (p1 - c1) * volume1 - margin0 * volume0),
    }
    columns = np.column_stack(list(effects.values())) + 0.0
    columns = np.vstack((columns, row_sums(columns.T)))
    labels = np.empty(keys.size + 1, dtype=object)
    labels[:-1], labels[-1] = keys, "Total"
    table: dict[str, NDArray[np.object_] | NDArray[np.float64]] = {"key": labels}
    return table | dict(zip(effects, columns.T, strict=True)) | {"change": row_sums(columns)}
