"""Distinct rows of columns, without sorting floats: fits work on distinct rows, and values are looked up from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["distinct", "levels", "order", "tally"]

Floats = NDArray[np.float64]

SAMPLE = 1_000  # values that the step between values is taken from
ROOM = 4  # cells per row, up to which a table of marks is faster than a sort
HASH = np.uint64(0x9E3779B97F4A7C15)


def order(keys: NDArray[np.integer[Any]], bits: int) -> NDArray[np.intp]:
    """The rows in ascending order of keys from 0 up to 2^`bits`, equal ones as they stand.

    Keys and rows are sorted as one whole number where both fit into 64 bits: numpy sorts numbers several times faster
    than it sorts indices.
    """
    room = max(keys.size - 1, 1).bit_length()
    if bits + room > 64:
        return np.argsort(keys, kind="stable")
    packed = keys.astype(np.uint64) << np.uint64(room)
    packed |= np.arange(keys.size, dtype=np.uint64)
    packed.sort()
    packed &= np.uint64((1 << room) - 1)
    return packed.astype(np.intp)


def distinct(*columns: Floats) -> tuple[tuple[Floats, ...], NDArray[np.intp]]:
    """The distinct rows of some columns, and for each row the index of its distinct one.

    Rows are ordered by a hash of their bits: two different rows with equal hashes can at worst be listed twice.
    """
    size = columns[0].size
    mixed = np.zeros(size, np.uint64)
    for column in columns:
        # + 0.0 turns -0.0 into 0.0
        mixed ^= (column + 0.0).view(np.uint64)
        mixed *= HASH
        mixed ^= mixed >> np.uint64(29)
    bits = 64 - max(size - 1, 1).bit_length()
    by_hash = order(mixed >> np.uint64(64 - bits), bits)
    new = np.zeros(size, bool)
    new[:1] = True
    ordered = tuple(column[by_hash] for column in columns)
    for column in ordered:
        new[1:] |= column[1:] != column[:-1]
    index = np.empty(size, np.intp)
    index[by_hash] = np.cumsum(new) - 1
    return tuple(column[new] for column in ordered), index


def levels(values: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Distinct values in order and each one's index among them; without a sort where they stand at equal steps.

    Whole numbers do, and so do days counted in weeks. The step is guessed from some of the values and proven by all.
    """
    some = np.unique(values[:: max(values.size // SAMPLE, 1)])
    step = float(np.min(np.diff(some), initial=np.inf))
    low = float(np.min(values, initial=np.inf))
    span = (float(np.max(values, initial=-np.inf)) - low) / step
    if 0 <= span < ROOM * values.size:  # not so for NaN
        cell = np.rint((values - low) / step).astype(np.intp)
        at = np.full(int(np.rint(span)) + 1, np.nan)
        at[cell] = values
        if np.array_equal(at[cell], values):
            present = ~np.isnan(at)
            return at[present], (np.cumsum(present) - 1)[cell]
    found, index = np.unique(values, return_inverse=True)
    return found, index


def tally(index: NDArray[np.intp], weights: Floats, size: int) -> Floats:
    """Sums of weights per index, 0 up to `size`."""
    return np.asarray(np.bincount(index, weights, size), dtype=np.float64)
