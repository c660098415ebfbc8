"""Distinct rows of columns, without sorting floats: fits work on distinct rows, and values are looked up from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["blocks", "distinct", "levels", "order", "tally"]

Floats = NDArray[np.float64]

BLOCK = 1 << 13  # rows whose intermediate results stay in the cache, and below what a BLAS gives to threads
SAMPLE = 1_000  # values that the step between values is taken from
ROOM = 4  # cells per row, up to which a table of marks is faster than a sort
HASH = np.uint64(0x9E3779B97F4A7C15)


def blocks(size: int) -> Iterator[slice]:
    """Consecutive slices of `size` rows, each small enough for its intermediate results to stay in the cache."""
    return (slice(begin, begin + BLOCK) for begin in range(0, size, BLOCK))


def order(keys: NDArray[np.integer[Any]], bits: int) -> NDArray[np.intp]:
    """The rows in ascending order of keys from 0 up to 2^`bits`, equal ones as they stand."""
    if bits + _room(keys.size) > 64:
        return np.argsort(keys, kind="stable")
    return _sorted(keys.astype(np.uint64))[1]


def _room(size: int) -> int:
    """Bits that the number of a row takes."""
    return max(size - 1, 1).bit_length()


def _sorted(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Keys in ascending order and their rows, sorted as one whole number of 64 bits.

    numpy sorts numbers several times faster than it sorts indices.
    """
    room = np.uint64(_room(keys.size))
    packed = keys << room
    packed |= np.arange(keys.size, dtype=np.uint64)
    packed.sort()
    rows = packed & ((np.uint64(1) << room) - np.uint64(1))
    packed >>= room
    return packed, rows.view(np.int64).astype(np.intp, copy=False)


def distinct(*columns: Floats) -> tuple[tuple[Floats, ...], NDArray[np.intp]]:
    """The distinct rows of some columns, and for each row the index of its distinct one.

    Rows are ordered by a hash of their bits: equal rows come together, and rows of equal hashes are compared.
    """
    size = columns[0].size
    mixed = np.zeros(size, np.uint64)
    for part in blocks(size):
        bits = mixed[part]
        for column in columns:
            bits ^= (column[part] + 0.0).view(np.uint64)  # + 0.0 turns -0.0 into 0.0
            bits *= HASH
            bits ^= bits >> np.uint64(29)
        bits >>= np.uint64(_room(size))
    hashes, by_hash = _sorted(mixed)
    new = np.ones(size, bool)
    np.not_equal(hashes[1:], hashes[:-1], out=new[1:])
    found, index = _groups(new, by_hash, columns)
    if not all(np.array_equal(one[index], column) for one, column in zip(found, columns, strict=True)):
        for column in columns:  # different rows of one hash: at worst a row is listed twice
            new[1:] |= column[by_hash[1:]] != column[by_hash[:-1]]
        found, index = _groups(new, by_hash, columns)
    return found, index


def _groups(
    new: NDArray[np.bool_], rows: NDArray[np.intp], columns: tuple[Floats, ...]
) -> tuple[tuple[Floats, ...], NDArray[np.intp]]:
    """The first row of each group of neighbours among ordered rows, and for each row the number of its group."""
    number = np.cumsum(new)
    number -= 1
    index = np.empty(new.size, np.intp)
    index[rows] = number
    return tuple(column[rows[new]] for column in columns), index


def levels(values: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Distinct values in order and each one's index among them; without a sort where they stand at equal steps.

    Whole numbers do, and so do days counted in weeks. The step is guessed from some of the values and proven by all.
    """
    some = np.unique(values[:: max(values.size // SAMPLE, 1)])
    step = float(np.min(np.diff(some), initial=np.inf))
    low = float(np.min(values, initial=np.inf))
    span = (float(np.max(values, initial=-np.inf)) - low) / step
    if 0 <= span < ROOM * values.size:  # not so for NaN
        cell = np.empty(values.size, np.intp)
        at = np.full(int(np.rint(span)) + 1, np.nan)
        for part in blocks(values.size):
            here = values[part] - low
            here /= step
            cell[part] = np.rint(here, out=here)
            at[cell[part]] = values[part]
        if not any(np.any(at.take(cell[part]) != values[part]) for part in blocks(values.size)):
            present = ~np.isnan(at)
            return at[present], cell if present.all() else (np.cumsum(present) - 1).take(cell)
    found, index = np.unique(values, return_inverse=True)
    return found, index


def tally(index: NDArray[np.intp], weights: Floats, size: int) -> Floats:
    """Sums of weights per index, 0 up to `size`."""
    return np.asarray(np.bincount(index, weights, size), dtype=np.float64)
