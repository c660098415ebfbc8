"""Money as whole minor units (cents), so that sums reconcile exactly."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import OutOfRange

__all__ = [
    "LARGEST_UNITS",
    "absolute_sum",
    "group_sums",
    "minor_units",
    "row_sums",
    "running_sums",
    "units_of_sum",
    "whole_units",
]

LARGEST_UNITS = 2.0**52
"""Whole numbers up to here are exact in a float64, with one bit to spare for a carry."""


def minor_units(values: NDArray[np.float64], decimals: int = 2, argument: str = "amount") -> NDArray[np.float64]:
    """Amounts in minor units, rounded half away from zero as Excel rounds.

    Parameters
    ----------
    values : array of any shape, money
    decimals : int
        Decimal places of the currency: 2 for cents.
    argument : str
        Named in the error.

    Returns
    -------
    array of the same shape
        Whole numbers, as float64.

    Raises
    ------
    OutOfRange
        Where an amount has more digits than a cell keeps.
    """
    with np.errstate(over="ignore"):
        scaled = np.abs(values) * 10.0**decimals
    large = ~(scaled <= LARGEST_UNITS)
    if large.any():
        raise OutOfRange(
            f"too large for {decimals} decimals, since a cell keeps 15 digits; use fewer decimals or a larger unit",
            argument=argument,
            rows=np.flatnonzero(large.reshape(large.shape[0], -1).any(axis=1)).tolist() if large.ndim else None,
            value=float(values[large].flat[0]),
        )
    # One step of the float up, for decimal ties such as 1.005 that lie just below the half in binary.
    return np.copysign(np.floor(scaled + np.spacing(scaled) + 0.5), values) + 0.0


def units_of_sum(values: NDArray[np.float64], decimals: int = 2, argument: str = "amount") -> NDArray[np.float64]:
    """Amounts in minor units that sum to the rounded sum, each less than one unit from its exact value.

    As `minor_units`; where the roundings do not cancel, those nearest to the next unit are rounded the other way.
    """
    units = minor_units(values, decimals, argument)
    scaled = values * 10.0**decimals
    short = round(math.fsum(scaled) - math.fsum(units))
    if short:
        lost = (scaled - units) * math.copysign(1.0, short)
        units[np.argsort(-lost, kind="stable")[: abs(short)]] += math.copysign(1.0, short)
    return units


def whole_units(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], int] | None:
    """Decimal numbers as whole multiples of the smallest decimal unit that all of them share.

    Parameters
    ----------
    values : (n,) array

    Returns
    -------
    (units, decimals) or None
        ``values == units / 10**decimals``, or None where the values are not decimal numbers of which
        the sum is exact in a float64.
    """
    head = values[:1000]
    total = absolute_sum(values)
    for decimals in range(16):
        if not total * 10.0**decimals <= LARGEST_UNITS:
            return None
        # Most columns that are not whole show it in their first rows.
        if _is_whole(head * 10.0**decimals):
            scaled = values * 10.0**decimals
            if _is_whole(scaled):
                return np.rint(scaled) + 0.0, decimals
    return None


def absolute_sum(values: NDArray[np.float64]) -> float:
    """Sum of absolute values; infinite, without a warning, where it is too large."""
    with np.errstate(over="ignore"):
        return float(np.abs(values).sum())


def _is_whole(scaled: NDArray[np.float64]) -> bool:
    return bool(np.all(np.abs(scaled - np.rint(scaled)) <= 2 * np.spacing(np.abs(scaled))))


def group_sums(values: NDArray[np.float64], group: NDArray[np.intp], groups: int) -> NDArray[np.float64]:
    """Sum by group: exact for decimal numbers, within a rounding of the last digit for others.

    Parameters
    ----------
    values : (n,) array
    group : (n,) array of int
        Group of each row, from 0 to ``groups - 1``.
    groups : int

    Returns
    -------
    (groups,) array

    Raises
    ------
    OutOfRange
        Where the sum is too large for a number.
    """
    whole = whole_units(values)
    if whole is not None:
        units, decimals = whole
        return np.bincount(group, units, minlength=groups) / 10.0**decimals
    total = absolute_sum(values)
    if not math.isfinite(total):
        raise OutOfRange("the sum is too large for a number")
    # The high part of each number is a multiple of one power of two: its sums are exact in any order.
    shift = 52 - math.frexp(total)[1]
    high = np.ldexp(np.rint(np.ldexp(values, shift)), -shift)
    low = np.bincount(group, values - high, minlength=groups)
    return np.asarray(np.bincount(group, high, minlength=groups) + low, dtype=np.float64)


def row_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum across the columns of an (n, k) array, exact as in `group_sums`."""
    rows, columns = values.shape
    group = np.asarray(np.arange(rows * columns) // max(columns, 1), dtype=np.intp)
    return group_sums(values.ravel(), group, rows)


def running_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative sums, exact for decimal numbers."""
    whole = whole_units(values)
    return np.cumsum(values) if whole is None else np.cumsum(whole[0]) / 10.0 ** whole[1]
