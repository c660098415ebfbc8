"""Does a purchase model predict? Fit on the past, predict the rest, compare."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.models import bgnbd, pareto_nbd
from cvm_xl.models.fitting import Params
from cvm_xl.models.lifetime_value import purchases as expected_purchases
from cvm_xl.models.summary import codes, days_in, purchases, summary

__all__ = ["MODELS", "fit_purchases", "holdout"]

Floats = NDArray[np.float64]

MODELS = ("bgnbd", "mbgnbd", "pareto_nbd")


def fit_purchases(model: str, frequency: Floats, recency: Floats, age: Floats, unit: str) -> Params:
    """Fit the purchase model of that name.

    Raises
    ------
    InvalidInput
        If there is no such model; otherwise as the fits.
    """
    if model not in MODELS:
        raise InvalidInput(f"is no model; use one of {', '.join(MODELS)}", argument="model", value=model)
    if model == "pareto_nbd":
        return pareto_nbd.fit(frequency, recency, age, unit=unit)
    return bgnbd.fit(frequency, recency, age, unit=unit, model=model)


def holdout(
    customer: NDArray[Any],
    date: Floats,
    amount: Floats,
    split: float,
    model: str = "bgnbd",
    unit: str = "week",
) -> dict[str, Floats]:
    """Purchases after `split` of the customers known by then: actual, and as predicted from the lines up to it.

    Parameters
    ----------
    customer, date, amount : arrays (n,)
        Lines, as `summary` takes them.
    split : float
        Last day (serial number) of the past that the model is fitted to.
    model : {"bgnbd", "mbgnbd", "pareto_nbd"}
    unit : str
        Length of a period, and unit of the model.

    Returns
    -------
    dict of arrays
        period (1 from the day after `split`; the last may be shorter), actual, predicted, cumulative_actual,
        cumulative_predicted, and error: cumulative predicted over actual, less 1 (NaN before the first purchase).

    Raises
    ------
    NotAvailable
        If no line is after `split`, or none is before it.
    InvalidInput, OutOfRange
        As `summary` and the fits.
    """
    days = days_in(unit)
    if not date.size or not float(np.max(date)) >= np.floor(split) + 1:
        raise NotAvailable("there are no lines after the split; choose an earlier day", argument="split")
    if not float(np.min(date)) < np.floor(split) + 1:
        raise NotAvailable("there are no lines up to the split; choose a later day", argument="split")
    split = float(np.floor(split))
    _, who = codes(customer)
    past, _ = summary(who, date, amount, split, unit)
    x, recency, age = past["frequency"], past["recency"], past["age"]
    fitted = fit_purchases(model, x, recency, age, unit)

    bought = purchases(who, date, amount)
    known = np.isin(bought.names[bought.customer], past["customer"])
    later = (bought.day[known & (bought.day > split)] - split) / days
    long = (float(np.floor(np.max(date))) - split) / days
    ends = np.minimum(np.arange(1.0, np.ceil(long) + 1), long)
    actual = np.searchsorted(np.sort(later), ends, side="right").astype(float)
    predicted = np.array([np.sum(expected_purchases(fitted, np.full(x.size, h), x, recency, age)) for h in ends])
    return {
        "period": np.arange(1.0, ends.size + 1),
        "actual": np.diff(actual, prepend=0.0),
        "predicted": np.diff(predicted, prepend=0.0),
        "cumulative_actual": actual,
        "cumulative_predicted": predicted,
        "error": np.divide(predicted, actual, out=np.full(ends.size, np.nan), where=actual > 0) - 1,
    }
