"""Does a purchase model predict? Fit on the past, predict the rest, compare with what happened and with a naive rule.

The naive rule is that every customer goes on buying as often as so far: the repeat purchases over the time since the
first. Managers use it, and in Wübben & von Wangenheim (2008), Journal of Marketing 72, models often did no better.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import CvmError, InvalidInput, NotAvailable, OutOfRange
from cvm_xl.figures import figure, rounded
from cvm_xl.models import bgnbd, pareto_nbd
from cvm_xl.models.fitting import Params
from cvm_xl.models.lifetime_value import purchases as expected_purchases
from cvm_xl.models.summary import codes, days_in, purchases, summary

__all__ = ["MODELS", "NAIVE", "fit_purchases", "holdout", "lift", "models_compared"]

Floats = NDArray[np.float64]

MODELS = ("bgnbd", "mbgnbd", "pareto_nbd")
NAIVE = "naive"
DECILES = 10
LONGEST = 4_000  # periods, eleven years of days: more are a mistyped date, and each is predicted by itself


def fit_purchases(model: str, frequency: Floats, recency: Floats, age: Floats, unit: str) -> Params:
    """Fit the purchase model of that name.

    Raises
    ------
    InvalidInput
        If there is no such model; otherwise as the fits.
    """
    if model not in MODELS:
        raise InvalidInput(f"is no model; use one of {', '.join((*MODELS, NAIVE))}", argument="model", value=model)
    if model == "pareto_nbd":
        return pareto_nbd.fit(frequency, recency, age, unit=unit)
    return bgnbd.fit(frequency, recency, age, unit=unit, model=model)


class _Trial(NamedTuple):
    """The past of the customers known by the split, and what they bought after it.

    `whose` indexes the customers, `when` is the time since the split of each purchase, `long` the time in all.
    """

    frequency: Floats
    recency: Floats
    age: Floats
    whose: NDArray[np.int64]
    when: Floats
    long: float

    @property
    def actual(self) -> Floats:
        """Purchases of each customer after the split."""
        return np.bincount(self.whose, minlength=self.frequency.size).astype(float)

    @property
    def pace(self) -> Floats:
        """Repeat purchases per unit of time so far: what the naive rule goes on with."""
        return np.divide(self.frequency, self.age, out=np.zeros(self.age.size), where=self.age > 0)

    def predicted(self, model: str, unit: str) -> Floats:
        """Purchases of each customer that a model, or the naive rule, expects."""
        if model == NAIVE:
            return self.pace * self.long
        fitted = fit_purchases(model, self.frequency, self.recency, self.age, unit)
        ahead = np.full(self.frequency.size, self.long)
        return expected_purchases(fitted, ahead, self.frequency, self.recency, self.age)


def _trial(customer: NDArray[Any], date: Floats, amount: Floats, split: float, unit: str) -> _Trial:
    days = days_in(unit)
    if not date.size or not float(np.max(date)) >= np.floor(split) + 1:
        raise NotAvailable("there are no lines after the split; choose an earlier day", argument="split")
    if not float(np.min(date)) < np.floor(split) + 1:
        raise NotAvailable("there are no lines up to the split; choose a later day", argument="split")
    split = float(np.floor(split))
    _, who = codes(customer)
    past, _ = summary(who, date, amount, split, unit)
    bought = purchases(who, date, amount)
    later = bought.day > split
    buyer, day = bought.names[bought.customer[later]], bought.day[later]
    place = np.minimum(np.searchsorted(past["customer"], buyer), past["customer"].size - 1)
    known = past["customer"][place] == buyer
    return _Trial(
        past["frequency"],
        past["recency"],
        past["age"],
        place[known].astype(np.int64),
        (day[known].astype(np.float64) - split) / days,
        (float(np.floor(np.max(date))) - split) / days,
    )


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
    model : {"bgnbd", "mbgnbd", "pareto_nbd", "naive"}
    unit : str
        Length of a period, and unit of the model.

    Returns
    -------
    dict of arrays
        period (1 from the day after `split`; the last may be shorter), actual, predicted, cumulative_actual,
        cumulative_predicted, error: cumulative predicted over actual, less 1 (NaN before the first purchase).

    Raises
    ------
    NotAvailable
        If no line is after `split`, or none is before it.
    OutOfRange
        If more than `LONGEST` periods lie after it; otherwise as `summary` and the fits.
    InvalidInput
        As `summary` and the fits.
    """
    trial = _trial(customer, date, amount, split, unit)
    if trial.long > LONGEST:
        text = f"the last line is {figure(trial.long)} {unit}s after the split, and {figure(LONGEST)} can be compared"
        raise OutOfRange(f"{text}; correct a mistyped date, or take a longer unit", argument="date")
    x, recency, age = trial.frequency, trial.recency, trial.age
    ends = np.minimum(np.arange(1.0, np.ceil(trial.long) + 1), trial.long)
    actual = np.searchsorted(np.sort(trial.when), ends, side="right").astype(float)
    if model == NAIVE:
        predicted = np.sum(trial.pace) * ends
    else:
        fitted = fit_purchases(model, x, recency, age, unit)
        predicted = np.array([np.sum(expected_purchases(fitted, np.full(x.size, h), x, recency, age)) for h in ends])
    return {
        "period": np.arange(1.0, ends.size + 1),
        "actual": np.diff(actual, prepend=0.0),
        "predicted": np.diff(predicted, prepend=0.0),
        "cumulative_actual": actual,
        "cumulative_predicted": predicted,
        "error": _over(predicted, actual) - 1,
    }


def lift(
    customer: NDArray[Any],
    date: Floats,
    amount: Floats,
    split: float,
    model: str = "bgnbd",
    unit: str = "week",
) -> dict[str, Floats]:
    """Does the model find the customers who will buy? Purchases after `split` by decile of those predicted.

    Parameters
    ----------
    customer, date, amount, split, model, unit
        As in `holdout`.

    Returns
    -------
    dict of arrays, one entry per decile
        decile (1 is expected to buy most), customers, predicted, actual, lift (actual purchases per customer over
        those of all customers), captured (share of all purchases down to this decile). Customers with equal
        predictions share what they bought equally, so that their order does not matter.

    Raises
    ------
    NotAvailable
        If there are fewer than ten customers, or none bought after the split; otherwise as `holdout`.
    InvalidInput, OutOfRange
        As `holdout`.
    """
    trial = _trial(customer, date, amount, split, unit)
    n, actual = trial.frequency.size, trial.actual
    if n < DECILES:
        raise NotAvailable(f"deciles take {DECILES} customers at least, known by the split; there are {n}")
    if not np.any(actual):
        raise NotAvailable("none of the customers known by the split bought after it", argument="split")
    ends = np.floor(np.arange(1, DECILES + 1) * n / DECILES + 0.5).astype(int)
    size = np.diff(ends, prepend=0).astype(float)
    predicted = trial.predicted(model, unit)
    cumulative = _down_to(actual, predicted, ends)
    bought = np.diff(cumulative, prepend=0.0)
    return {
        "decile": np.arange(1.0, DECILES + 1),
        "customers": size,
        "predicted": np.diff(_down_to(predicted, predicted, ends), prepend=0.0),
        "actual": bought,
        "lift": bought / size / (np.sum(actual) / n),
        "captured": cumulative / np.sum(actual),
    }


def _down_to(values: Floats, rank: Floats, ends: NDArray[np.integer[Any]]) -> Floats:
    """Sums of the first `ends` values, the highest rank first; equal ranks share their values equally."""
    _, group = np.unique(-rank, return_inverse=True)
    shared = np.bincount(group, values) / np.bincount(group)
    return np.cumsum(shared[np.sort(group)])[ends - 1]


def models_compared(
    customer: NDArray[Any], date: Floats, amount: Floats, split: float, unit: str = "week"
) -> dict[str, NDArray[Any]]:
    """Which model earns its keep: each of `MODELS`, and the naive rule, against the purchases after `split`.

    Parameters
    ----------
    customer, date, amount, split, unit
        As in `holdout`.

    Returns
    -------
    dict of arrays, one entry per model and a last one for the naive rule
        model; predicted and actual purchases; error, predicted over actual less 1; off, the root of the mean squared
        error a customer, in purchases; captured, the share of purchases made by the tenth of customers who were
        expected to buy most; verdict, in words. A model that cannot be fitted says why there.

    Raises
    ------
    NotAvailable, InvalidInput, OutOfRange
        As `holdout`.
    """
    trial = _trial(customer, date, amount, split, unit)
    actual = trial.actual
    total = float(np.sum(actual))
    tenth = np.array([max(int(np.floor(actual.size / DECILES + 0.5)), 1)])
    rows: dict[str, tuple[float, float, float, float]] = {}
    failed: dict[str, str] = {}
    for model in (*MODELS, NAIVE):
        try:
            predicted = trial.predicted(model, unit)
        except CvmError as error:
            failed[model] = f"Cannot be fitted: {error.message.partition(';')[0]}"
            continue
        rows[model] = (
            float(np.sum(predicted)),
            float(np.sum(predicted)) / total - 1 if total else np.nan,
            float(np.sqrt(np.mean((predicted - actual) ** 2))),
            float(_down_to(actual, predicted, tenth)[0]) / total if total else np.nan,
        )
    unknown = (np.nan,) * 4
    columns = np.array([rows.get(model, unknown) for model in (*MODELS, NAIVE)]).T
    verdicts = [failed.get(model) or _verdict(model, rows) for model in (*MODELS, NAIVE)]
    return {
        "model": np.array([*MODELS, NAIVE], dtype=object),
        "predicted": columns[0],
        "actual": np.full(len(MODELS) + 1, total),
        "error": columns[1],
        "off": columns[2],
        "captured": columns[3],
        "verdict": np.array(verdicts, dtype=object),
    }


def _verdict(model: str, rows: dict[str, tuple[float, float, float, float]]) -> str:
    """Whether a model earns its keep: nearer than the naive rule to each customer's purchases, and to their sum."""
    if model == NAIVE:
        return "Every customer goes on as so far: what a model has to beat"
    _, error, off, _ = rows[model]
    _, rule_error, rule_off, _ = rows[NAIVE]
    each, sums = off < rule_off, abs(error) < abs(rule_error)
    nearest = min((name for name in rows if name != NAIVE), key=lambda name: rows[name][2])
    said = f"off by {rounded(off, 3)} purchases a customer against {rounded(rule_off, 3)}"
    if np.isfinite(error):
        said += f", in total by {error:+.0%} against {rule_error:+.0%}"
    if not each and not sums:
        return f"Does not earn its keep: the naive rule is nearer; {said}"
    if not each:
        return f"Earns its keep in total, not customer by customer: {said}"
    if not sums:
        return f"Earns its keep customer by customer, not in total: {said}"
    return f"Earns its keep{', the nearest of the models' if model == nearest else ''}: {said}"


def _over(predicted: Floats, actual: Floats) -> Floats:
    return np.divide(predicted, actual, out=np.full(actual.size, np.nan), where=actual > 0)
