"""What cohorts of customers do in the time after they were won: who buys again, and for how much.

Time runs for each customer from his own first purchase, so that customers won early and late in a cohort are compared
at the same age; a period counts only those who have been seen for all of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.figures import figure
from cvm_xl.models.summary import codes, days_in, purchases

__all__ = ["cohorts"]

Floats = NDArray[np.float64]

EPOCH = np.datetime64("1899-12-30", "D")
MOST = 1_000  # periods; more are a unit that was not meant


def cohorts(
    customer: NDArray[Any],
    date: Floats,
    amount: Floats,
    cohort: NDArray[Any] | None = None,
    unit: str = "quarter",
    end: float | None = None,
) -> dict[str, NDArray[Any]]:
    """Retention and revenue of cohorts, by period since the first purchase.

    Parameters
    ----------
    customer, date, amount : arrays (n,)
        Lines, as `summary` takes them: a day is a purchase, returns are taken off earlier ones.
    cohort : array (n,), optional
        Cohort of each line's customer (a source, a segment), the same in all of his lines; by default the calendar
        month, quarter or year of the first purchase, whichever `unit` is (the quarter for shorter ones).
    unit : str
        Length of a period.
    end : float, optional
        Last day that counts; by default the latest date of all lines.

    Returns
    -------
    dict of arrays, one entry per cohort and period
        cohort (sorted); period, from 1, a `unit` each from the customer's first purchase; customers who have been
        seen for all of it; buyers, those who bought again in it; retention, buyers over customers; revenue a customer
        in it, the first purchase included; cumulative_revenue a customer, of the customers of each period.

    Raises
    ------
    InvalidInput, OutOfRange
        As `summary`; if a customer is in two cohorts, or the periods are too many.
    NotAvailable
        If no customer has been seen for a period.
    """
    days = days_in(unit)
    if not date.size:
        raise NotAvailable("there are no purchase lines", argument="customer")
    last = float(np.floor(np.nanmax(date) if end is None else end))
    upto = ~(np.floor(date) > last)
    bought = purchases(customer[upto], date[upto], amount[upto])
    names, who = np.unique(bought.customer, return_inverse=True)
    if not who.size:
        raise NotAvailable("no customer has a purchase up to the end date; check the signs and the end date")
    first = np.full(names.size, np.iinfo(np.int64).max)
    np.minimum.at(first, who, bought.day)
    if cohort is None:
        labels, of = np.unique(_calendar(first, unit), return_inverse=True)
    else:
        labels, of = _of_customers(customer, cohort, bought.names[names])
    seen = np.floor((last - first) / days).astype(np.int64)  # whole periods
    most = int(np.max(seen))
    if most > MOST:
        raise OutOfRange(f"gives {figure(most)} periods; choose a longer one", argument="unit", value=unit)
    if most < 1:
        raise NotAvailable("no customer has been seen for a whole period; choose a shorter unit", argument="unit")
    since = np.floor((bought.day - first[who]) / days).astype(np.int64)
    whole = since < seen[who]
    size = (labels.size, most)
    at = of * most
    customers = np.zeros(size)
    for period in range(most):
        customers[:, period] = np.bincount(of[seen > period], minlength=labels.size)
    again = whole & (bought.day > first[who])
    pairs = np.unique(who[again] * most + since[again])
    buyers = np.bincount(at[pairs // most] + pairs % most, minlength=customers.size).reshape(size)
    place = at[who[whole]] + since[whole]
    revenue = np.bincount(place, bought.amount[whole], minlength=customers.size).reshape(size)
    told = np.flatnonzero(customers.ravel() > 0)
    n = customers.ravel()[told]
    each = revenue / np.maximum(customers, 1)
    return {
        "cohort": labels[told // most],
        "period": told % most + 1.0,
        "customers": n,
        "buyers": buyers.ravel()[told].astype(float),
        "retention": buyers.ravel()[told] / n,
        "revenue": each.ravel()[told],
        "cumulative_revenue": np.cumsum(each, axis=1).ravel()[told],
    }


def _calendar(first: NDArray[np.int64], unit: str) -> NDArray[Any]:
    """The month, quarter or year of days, as text that sorts."""
    month = (EPOCH + first).astype("datetime64[M]")
    if unit == "month":
        return month.astype(str)
    year = month.astype("datetime64[Y]").astype(str)
    if unit == "year":
        return year
    quarter = month.astype(np.int64) % 12 // 3 + 1
    return np.char.add(np.char.add(year, " Q"), quarter.astype(str))


def _of_customers(
    customer: NDArray[Any], cohort: NDArray[Any], wanted: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The cohorts, and which of them each customer wanted is in."""
    labels, which = codes(cohort)
    names, who = codes(customer)
    of = np.full(names.size, -1)
    of[who] = which
    bad = np.flatnonzero(of[who] != which).tolist()
    if bad:
        raise InvalidInput(
            f"puts the customer {customer[bad[0]]} in two cohorts; give one", argument="cohort", rows=bad
        )
    place = {name: i for i, name in enumerate(names.tolist())}
    mine = of[[place[name] for name in wanted.tolist()]]
    used, index = np.unique(mine, return_inverse=True)
    return labels[used], index.astype(np.int64)
