"""Amounts of groups split among the members of each, to the last minor unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.models.money import minor_units

__all__ = ["allocate_within"]


def allocate_within(
    amounts: NDArray[np.float64], group: NDArray[np.int64], driver: NDArray[np.float64], decimals: int = 2
) -> NDArray[np.float64]:
    """Split the amount of each group among its members in proportion to a driver; each group's sum is exact.

    Largest remainder in whole minor units within each group, as `allocation.allocate` does for one: on the absolute
    amount, equal remainders in the order of the rows.

    Parameters
    ----------
    amounts : (g,) array
        Money of each group, either sign.
    group : (n,) array of int
        The group of each member, from 0 to g - 1.
    driver : (n,) array
        Not negative. A group whose drivers are all zero is split equally.
    decimals : int

    Returns
    -------
    (n,) array
        Money. A group without members keeps nothing.

    References
    ----------
    Balinski & Young (2001), Fair Representation, 2nd ed., ch. 2: Hamilton's method.
    """
    units = minor_units(amounts, decimals)
    n, g = group.size, amounts.size
    if not n:
        return np.zeros(0)
    total = np.bincount(group, driver, minlength=g)
    weight = np.where(total[group] > 0, driver, 1.0)
    total = np.bincount(group, weight, minlength=g)
    quota = np.abs(units)[group] * (weight / total[group])
    whole = np.floor(quota + 1e-9 * np.minimum(quota, 1.0))
    order = np.lexsort((whole - quota, group))
    members = np.bincount(group, minlength=g)
    start = np.concatenate(([0], np.cumsum(members)[:-1]))
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n) - start[group[order]]
    left = np.rint(np.abs(units) - np.bincount(group, whole, minlength=g))
    # A floor taken of a rounded quota may be one unit too high, so that `left` may fall below zero.
    extra = np.where(rank < left[group], 1.0, 0.0)
    over = np.where(members[group] - 1 - rank < -left[group], 1.0, 0.0)
    return np.sign(units)[group] * (whole + extra - over) / 10.0**decimals + 0.0
