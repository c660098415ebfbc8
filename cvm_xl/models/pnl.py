"""Profit and loss by any keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput
from cvm_xl.models.money import group_sums, row_sums

__all__ = ["group_by_keys", "profit_and_loss"]

Keys = NDArray[np.object_] | NDArray[np.intp]


def profit_and_loss(
    keys: Keys,
    amounts: NDArray[np.float64],
    key_names: Sequence[str],
    amount_names: Sequence[str],
    sort_by: str | None = None,
) -> dict[str, NDArray[np.object_] | NDArray[np.float64]]:
    """Amounts summed by key combination, with a total across the amounts and a last row Total.

    Parameters
    ----------
    keys : (n, k) array of texts, numbers, dates or None, or of whole numbers
        None, an empty cell, is a key of its own: no amount is lost.
    amounts : (n, m) array, money
        Costs are negative. Sums of amounts with a few decimals are exact.
    key_names, amount_names : k and m texts
        Names of the columns of the result.
    sort_by : str, optional
        A column of the result, "-name" for descending; without it combinations come in order of appearance.

    Returns
    -------
    dict of (g + 1,) arrays
        The keys, the amounts, and ``total``.

    Raises
    ------
    InvalidInput
        Where two columns have one name, or `sort_by` names none.
    """
    names = [*key_names, *amount_names, "total"]
    _check_names(names)
    first, group = group_by_keys(keys)
    sums = np.column_stack([group_sums(column, group, first.size) for column in amounts.T])
    total = row_sums(sums)
    order = _order(keys[first], np.column_stack((sums, total)), names, sort_by)
    bottom = row_sums(sums.T)
    table: dict[str, NDArray[np.object_] | NDArray[np.float64]] = {}
    for j, name in enumerate(key_names):
        column = np.empty(first.size + 1, dtype=object)
        column[:-1] = keys[first[order], j]
        column[-1] = "Total" if j == 0 else None
        table[name] = column
    for j, name in enumerate(amount_names):
        table[name] = np.append(sums[order, j], bottom[j])
    table["total"] = np.append(total[order], row_sums(bottom[np.newaxis]))
    return table


def group_by_keys(keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Distinct rows of keys in order of appearance: the first row of each, and each row's number."""
    group = np.zeros(keys.shape[0], dtype=np.intp)
    first = np.zeros(min(keys.shape[0], 1), dtype=np.intp)
    for column in keys.T:
        if column.dtype.kind == "i":
            codes = column - column.min(initial=0)
            distinct = int(codes.max(initial=0)) + 1
        else:
            seen: dict[object, int] = {}
            codes = np.array([seen.setdefault(key, len(seen)) for key in column], dtype=np.intp)
            distinct = max(len(seen), 1)
        combined = group * distinct + codes
        most = first.size * distinct
        if most <= combined.size:  # few possible keys: counted, not sorted
            where = np.full(most, -1, dtype=np.intp)
            where[combined[::-1]] = np.arange(combined.size)[::-1]
            used = np.flatnonzero(where >= 0)
            first, place = where[used], (np.cumsum(where >= 0) - 1)[combined]
        else:
            _, first, place = np.unique(combined, return_index=True, return_inverse=True)
        appearance = np.argsort(first)
        number = np.empty_like(appearance)
        number[appearance] = np.arange(first.size)
        first, group = first[appearance], number[place]
    return first, group


def _check_names(names: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        if seen.setdefault(name.casefold(), place) != place:
            raise InvalidInput(
                "two columns of the result would have this name (total is computed); rename the header",
                argument="keys and amounts",
                value=name,
            )


def _order(keys: Keys, sums: NDArray[np.float64], names: Sequence[str], sort_by: str | None) -> NDArray[np.intp]:
    if not sort_by:
        return np.arange(len(keys), dtype=np.intp)
    places = {name.casefold(): place for place, name in enumerate(names)}
    descending = sort_by.startswith("-") and sort_by.casefold() not in places
    place = places.get(sort_by[1:].strip().casefold() if descending else sort_by.casefold())
    if place is None:
        raise InvalidInput(f"is no column of the result; it has {', '.join(names)}", argument="sort_by", value=sort_by)
    if place >= keys.shape[1]:
        values = sums[:, place - keys.shape[1]]
        return np.argsort(-values if descending else values, kind="stable")
    column: list[Any] = list(keys[:, place])
    filled = [row for row, key in enumerate(column) if key is not None]
    empty = [row for row, key in enumerate(column) if key is None]
    filled.sort(key=lambda row: _rank(column[row]), reverse=descending)
    return np.array(filled + empty, dtype=np.intp)


def _rank(key: Any) -> tuple[bool, bool, Any]:
    """Excel's order of a mixed column, numbers, dates, texts; capitals do not count."""
    text = isinstance(key, str)
    return text, not isinstance(key, float), key.casefold() if text else key
