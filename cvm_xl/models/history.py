"""A customer's history as the lifetime models see it: frequency, recency and age, checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.rows import blocks

__all__ = ["check_counts", "check_frequency", "check_history"]

Floats = NDArray[np.float64]


def _refuse(bad: NDArray[np.bool_], argument: str, values: Floats, why: str) -> None:
    rows = np.flatnonzero(bad).tolist()
    if rows:
        raise OutOfRange(why, argument=argument, rows=rows, value=float(values[rows[0]]))


def check_frequency(frequency: Floats) -> None:
    """Refuse frequencies that are not whole numbers from 0.

    Raises
    ------
    OutOfRange
        With all bad rows.
    """
    bad = ~((frequency >= 0) & (frequency == np.floor(frequency)) & (frequency < 1e15))
    _refuse(bad, "frequency", frequency, "must be a whole number from 0: the purchases after the first")


def check_history(frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Refuse histories that cannot be, row by row; returns recency, at most age.

    Raises
    ------
    OutOfRange
        With all bad rows.
    """
    late = False
    for part in blocks(age.size):
        x, t, T = frequency[part], recency[part], age[part]
        fine = (x >= 0) & (x == np.floor(x)) & (x < 1e15) & (t >= 0) & (t <= T * (1 + 1e-9)) & np.isfinite(T)
        if not np.all(fine & ((x > 0) | (t == 0))):
            break
        late = late or bool(np.any(t > T))
    else:
        return np.minimum(recency, age) if late else recency
    check_frequency(frequency)
    _refuse(~((age >= 0) & np.isfinite(age)), "age", age, "must be 0 or more: the time since the first purchase")
    _refuse(~(recency >= 0), "recency", recency, "must be 0 or more: the time from first to last purchase")
    _refuse(
        recency > age * (1 + 1e-9),
        "recency",
        recency,
        "is above age; recency is the time from first to last purchase, in the same unit as age",
    )
    _refuse(
        (frequency == 0) & (recency > 0),
        "recency",
        recency,
        "must be 0 where frequency is 0; recency is the time from first to last purchase, not since the last",
    )
    return np.minimum(recency, age)


def check_counts(count: Floats | None, frequency: Floats) -> Floats:
    """Counts of customers per row (1 by default), checked; at least one customer must have bought again.

    Raises
    ------
    InvalidInput, OutOfRange
        If counts do not fit the rows or are negative.
    NotAvailable
        If there are no customers, or none bought again.
    """
    counts = np.ones(frequency.size) if count is None else np.asarray(count, dtype=np.float64)
    if counts.shape != frequency.shape:
        raise InvalidInput("must have one row per row of frequency", argument="count")
    _refuse(~((counts >= 0) & np.isfinite(counts)), "count", counts, "must be 0 or more customers")
    if not np.sum(counts) > 0:
        raise NotAvailable("there are no customers to fit", argument="frequency")
    if not np.any((frequency > 0) & (counts > 0)):
        raise NotAvailable(
            "nobody bought again, so that nothing can be learned about repeat purchases; give a longer history",
            argument="frequency",
        )
    return counts
