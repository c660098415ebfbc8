"""From purchase lines to what the lifetime models need: frequency, recency, age and monetary value.

A purchase is a day, not a line: all lines of a customer on one day are netted. A net above 0 is a purchase, and so
is a net of 0 without any negative line (a free order). A day whose net is below 0 is a return: it reduces the latest
earlier purchase, to zero at most, then the one before, and so on; what is left over is dropped. A purchase reduced
to zero is none. Time is days divided by the days of the unit, never calendar weeks or months.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.rows import order

__all__ = ["DAYS", "Purchases", "codes", "days_in", "purchases", "summarise", "summary"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "quarter": 91.3125, "year": 365.25}
"""Days of each unit of time; a month is a twelfth of 365.25 days."""

SAME_MONEY = 1e-9  # of the customer's turnover: sums of cents in binary never cancel exactly


class Purchases(NamedTuple):
    """The purchases that remain after returns, by customer and day.

    `customer` indexes `names`; `day` is a whole serial number; rows are ordered by customer, then day.
    """

    names: NDArray[Any]
    customer: Ints
    day: Ints
    amount: Floats


def days_in(unit: str) -> float:
    """Days of a unit of time.

    Raises
    ------
    InvalidInput
        If the unit is not one of `DAYS`.
    """
    days = DAYS.get(unit)
    if days is None:
        raise InvalidInput(f"is no unit of time; use one of {', '.join(DAYS)}", argument="unit", value=unit)
    return days


def codes(keys: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
    """Distinct keys in order (numbers first, then text) and each row's index among them."""
    if keys.dtype.kind == "i" and keys.size:
        low = int(keys.min())
        span = int(keys.max()) - low + 1
        if span <= 10 * keys.size + 1000:  # a table of marks instead of a sort
            offset = keys - low
            present = _mark(offset, span)
            return np.flatnonzero(present) + low, (np.cumsum(present) - 1)[offset]
    if keys.dtype != object:
        distinct, index = np.unique(keys, return_inverse=True)
        return distinct, index.astype(np.int64, copy=False)
    seen: dict[Any, int] = {}
    index = np.fromiter((seen.setdefault(key, len(seen)) for key in keys), np.int64, len(keys))
    order = sorted(seen, key=lambda key: (isinstance(key, str), key))
    distinct = np.empty(len(order), dtype=object)
    distinct[:] = order
    rank = np.empty(len(order), np.int64)
    rank[[seen[key] for key in order]] = np.arange(len(order))
    return distinct, rank[index]


def purchases(customer: NDArray[Any], date: Floats, amount: Floats) -> Purchases:
    """Net the lines of a customer's day and set returns against earlier purchases.

    Parameters
    ----------
    customer : array (n,)
        Keys of any kind; missing ones must have been left out.
    date : array (n,)
        Serial numbers of days; the time of day is ignored.
    amount : array (n,)
        Money; returns are negative.

    Raises
    ------
    InvalidInput
        If a date or an amount is no finite number.
    """
    for name, values in (("date", date), ("amount", amount)):
        bad = np.flatnonzero(~np.isfinite(values)).tolist()
        if bad:
            raise InvalidInput("is not a number; give every line a date and an amount", argument=name, rows=bad)
    names, who = codes(customer)
    if not who.size:
        empty = np.empty(0, np.int64)
        return Purchases(names, empty, empty, np.empty(0))
    day = np.floor(date).astype(np.int64)
    origin = int(day.min())
    span = int(day.max()) - origin + 1
    key = who * span + (day - origin)
    if np.any(key[1:] < key[:-1]):
        sorted_rows = order(key, int(key.max()).bit_length())
        key, amount = key[sorted_rows], amount[sorted_rows]
    start = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    key = key[start]
    net = np.add.reduceat(amount, start)
    gross = np.add.reduceat(np.abs(amount), start)
    returned = gross - net > SAME_MONEY * gross  # some line is negative
    net[np.abs(net) <= SAME_MONEY * gross] = 0.0
    who, day = key // span, key % span + origin

    keep = (net > 0) | ((net == 0) & ~returned)
    if np.any(net < 0):
        left = _after_returns(who, net)
        keep &= (left > 0) | (net == 0)
        net = left
    return Purchases(names, who[keep], day[keep], net[keep])


def _after_returns(who: Ints, net: Floats) -> Floats:
    """What is left of each day's purchase when every return is set against the latest purchases before it.

    Purchases lie on a stack of height S(t) = max(0, S(t-1) + net(t)); of purchase t there remains what no later
    return dug below: max(0, min over j >= t of S(j) - S(t-1)). One step per place in a customer's history, all
    customers at once.
    """
    touched = np.zeros(int(who[-1]) + 1, bool)
    touched[who[net < 0]] = True
    rows = np.flatnonzero(touched[who])
    first = np.flatnonzero(np.concatenate(([True], who[rows][1:] != who[rows][:-1])))
    length = np.diff(np.append(first, rows.size))
    by_length = np.argsort(-length, kind="stable")
    first, length = rows[first[by_length]], length[by_length]  # a customer's rows are neighbours
    active = [int(np.searchsorted(-length, -step, side="left")) for step in range(int(length[0]))]

    height = np.zeros(net.size)
    level = np.zeros(first.size)
    turnover = np.zeros(first.size)
    for step, n in enumerate(active):
        at = first[:n] + step
        turnover[:n] += np.abs(net[at])
        level[:n] = np.maximum(level[:n] + net[at], 0.0)
        level[:n][level[:n] <= SAME_MONEY * turnover[:n]] = 0.0
        height[at] = level[:n]

    left = net.copy()
    lowest = np.full(first.size, np.inf)
    for step in range(len(active) - 1, -1, -1):
        n = active[step]
        at = first[:n] + step
        lowest[:n] = np.minimum(lowest[:n], height[at])
        below = height[at - 1] if step else np.zeros(n)
        remains = lowest[:n] - below
        left[at] = np.where(remains > SAME_MONEY * turnover[:n], np.minimum(remains, np.maximum(net[at], 0.0)), 0.0)
    return left


def summarise(bought: Purchases, end: float, unit: str = "week", first: bool = False) -> dict[str, NDArray[Any]]:
    """Frequency, recency, age and monetary value of purchases up to and including the day `end`.

    See `summary`; this step is apart because a holdout needs the purchases too.
    """
    days = days_in(unit)
    upto = bought.day <= end
    who, day, amount = bought.customer[upto], bought.day[upto], bought.amount[upto]
    if not who.size:
        return {
            "customer": bought.names[:0],
            **{name: np.empty(0) for name in ("frequency", "recency", "age", "monetary")},
        }
    start = np.flatnonzero(np.concatenate(([True], who[1:] != who[:-1])))
    count = np.diff(np.append(start, who.size))
    counted, total = count, np.add.reduceat(amount, start)
    if not first:
        counted, total = count - 1, np.add.reduceat(np.where(_mark(start, who.size), 0.0, amount), start)
    return {
        "customer": bought.names[who[start]],
        "frequency": (count - 1).astype(float),
        "recency": (day[start + count - 1] - day[start]) / days,
        "age": (np.floor(end) - day[start]) / days,
        "monetary": np.divide(total, counted, out=np.zeros(start.size), where=counted > 0),
    }


def _mark(at: NDArray[np.integer[Any]], size: int) -> NDArray[np.bool_]:
    marked = np.zeros(size, bool)
    marked[at] = True
    return marked


def summary(
    customer: NDArray[Any],
    date: Floats,
    amount: Floats,
    end: float | None = None,
    unit: str = "week",
    first: bool = False,
) -> tuple[dict[str, NDArray[Any]], int]:
    """Recency-frequency summary of purchase lines, one row per customer.

    Parameters
    ----------
    customer, date, amount : arrays (n,)
        Lines, in any order; see `purchases`.
    end : float, optional
        Last day that counts, a serial number; later lines are left out. By default the latest date of all lines.
    unit : str
        Unit of recency and age: a key of `DAYS`.
    first : bool
        Whether the first purchase counts in `monetary`.

    Returns
    -------
    table : dict of arrays
        `customer` (sorted); `frequency`, repeat purchases; `recency`, time from the first to the last purchase;
        `age`, time from the first purchase to `end`; `monetary`, mean money per repeat purchase (0 without one).
    left_out : int
        Customers without any purchase, that have returns only.

    Raises
    ------
    InvalidInput
        If a date or an amount is no finite number, or the unit is unknown.
    NotAvailable
        If no customer has a purchase up to `end`.

    Notes
    -----
    Fader, Hardie & Lee (2005), "Counting your customers the easy way", section 4.1, gives the summary; the
    treatment of returns is described at the top of this module.
    """
    if not customer.size:
        raise NotAvailable("there are no purchase lines", argument="customer")
    if end is None:
        end = float(np.nanmax(date))
    elif not np.isfinite(end):
        raise OutOfRange("is not a date", argument="end", value=end)
    # a line without a date is reported by `purchases`, with its row, whatever the end
    upto = ~(np.floor(date) > np.floor(end))
    if not upto.all():
        customer, date, amount = customer[upto], date[upto], amount[upto]
    bought = purchases(customer, date, amount)
    table = summarise(bought, end, unit, first)
    if not table["customer"].size:
        raise NotAvailable("no customer has a purchase up to the end date; check the signs and the end date")
    return table, int(bought.names.size - table["customer"].size)
