"""Amounts split in proportion to a driver, to the last minor unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.money import LARGEST_UNITS, absolute_sum, minor_units, whole_units

__all__ = ["allocate", "allocate_pools"]


def allocate(amount: float, driver: NDArray[np.float64], decimals: int = 2) -> NDArray[np.float64]:
    """Split an amount in proportion to a driver; the shares sum to the amount exactly.

    Largest remainder (Hamilton's method) in whole minor units on the absolute amount, the sign restored
    afterwards; equal remainders are served in the order of the rows. The quotas are computed without
    rounding, so that decimal ties are ties.

    Parameters
    ----------
    amount : float
        Money, either sign; rounded to `decimals` first.
    driver : (n,) array
        Any unit. Single drivers may be negative, their total may not.
    decimals : int
        Decimal places of the shares.

    Returns
    -------
    (n,) array
        Money, each within one minor unit of ``amount * driver / sum(driver)``.

    Raises
    ------
    OutOfRange
        Where the drivers sum to zero or less, or numbers have more digits than a cell keeps.

    References
    ----------
    Balinski & Young (2001), Fair Representation, 2nd ed., ch. 2: Hamilton's method.
    """
    units = float(minor_units(np.asarray(amount, dtype=np.float64), decimals))
    weights = _whole_weights(driver)
    total = weights.sum()
    if not total > 0:
        raise OutOfRange(
            "the drivers sum to zero or less, so there is nothing to share by; give a driver with a positive total",
            argument="driver",
            value=float(driver.sum()),
        )
    quota, remainder = _divide(abs(units), weights, float(total))
    left = round(abs(units) - float(quota.sum()))
    if left:
        quota += _largest(remainder, left)
    return math.copysign(1.0, units) * quota / 10.0**decimals + 0.0


def allocate_pools(
    amounts: NDArray[np.float64],
    drivers: NDArray[np.float64],
    decimals: int = 2,
    names: Sequence[str] | None = None,
) -> NDArray[np.float64]:
    """Split k amounts, each by its own column of drivers, as `allocate` does.

    Parameters
    ----------
    amounts : (k,) array, money
    drivers : (n, k) array
    decimals : int
    names : k texts, optional
        Names of the pools, for messages.

    Returns
    -------
    (n, k) array
        Money; column j sums to ``amounts[j]`` exactly.

    Raises
    ------
    InvalidInput
        Where the number of amounts is not the number of driver columns.
    OutOfRange
        Where a column of drivers sums to zero or less: the column is named.
    """
    rows, pools = drivers.shape
    if amounts.shape != (pools,):
        raise InvalidInput(
            f"{amounts.size} amounts for {pools} columns of drivers; give one amount per column", argument="amounts"
        )
    shares = np.empty((rows, pools))
    for pool in range(pools):
        try:
            shares[:, pool] = allocate(float(amounts[pool]), np.ascontiguousarray(drivers[:, pool]), decimals)
        except OutOfRange as error:
            argument = "drivers" if error.argument == "driver" else "amounts"
            name = f"column {pool + 1}" + (f" ({names[pool]})" if names and names[pool] else "")
            raise OutOfRange(f"{name}: {error.message}", argument=argument, value=error.value) from None
    return shares


def _whole_weights(driver: NDArray[np.float64]) -> NDArray[np.float64]:
    """The driver as whole numbers in the same proportions, with an exact sum."""
    whole = whole_units(driver)
    if whole is not None:
        return whole[0]
    total = absolute_sum(driver)
    if not math.isfinite(total):
        raise OutOfRange("the drivers are too large to be summed; use a larger unit", argument="driver")
    return np.rint(np.ldexp(driver, 52 - math.frexp(total)[1]))


def _divide(
    units: float, weights: NDArray[np.float64], total: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whole quotient and remainder of ``units * weights / total``, all whole numbers, without rounding.

    The products have up to 105 bits, more than int64 holds: they are kept as a sum of two floats.
    """
    product, product_low = _multiply(units, weights)
    quotient = np.floor(product / total)
    if float(np.abs(quotient).sum()) > LARGEST_UNITS:
        raise OutOfRange(
            "positive and negative drivers nearly cancel, so the shares would be too large for a cell; "
            "check the negative drivers",
            argument="driver",
            value=float(weights.min()),
        )
    back, back_low = _multiply(total, quotient)
    remainder = (product - back) + (product_low - back_low)
    # The floor was taken of a rounded quotient, which may be one off either way.
    step = np.floor(remainder / total)
    return quotient + step, remainder - step * total


def _multiply(a: float, b: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exact product as a rounded part and its error (Dekker 1971, Mul12)."""
    product = a * b
    a_high, a_low = _split(np.full(1, a))
    b_high, b_low = _split(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _split(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    shifted = 134217729.0 * x
    high = shifted - (shifted - x)
    return high, x - high


def _largest(remainder: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Marks the `count` largest remainders, of equal ones the first."""
    place = remainder.size - count
    threshold = np.partition(remainder, place)[place]
    chosen = remainder > threshold
    level = np.flatnonzero(remainder == threshold)
    chosen[level[: count - int(chosen.sum())]] = True
    return chosen
