"""Economic value to the customer: what an offer is worth against the customer's next best alternative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput
from cvm_xl.models.bounds import refuse

__all__ = ["economic_value", "economic_value_range"]

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

DRAWS = 10_000
RANGE = (0.05, 0.95)
"""What low and high of a value are: 90 of 100 draws lie between them."""
USUAL = 0.9
"""Confidence in a range of which nothing else is said."""
SIGNS = {"reference": 1.0, "gain": 1.0, "loss": -1.0}


def economic_value(reference: Floats, gains: Floats, losses: Floats) -> Floats:
    """Economic value to the customer (EVC), in money per unit.

    EVC = reference price of the next best alternative + what the offer gains the customer
    - what it costs the customer beside its price (switching, upkeep, time).

    Parameters
    ----------
    reference : array, shape (n,)
        Price of the next best alternative, >= 0. Blank (NaN) rows stay blank.
    gains, losses : array, shape (n, drivers)
        Positive money, a column per value driver; a blank cell counts as 0.

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    InvalidInput
        When gains or losses have another number of rows than the reference.
    OutOfRange
        When the reference or a gain or loss is negative.

    References
    ----------
    Nagle, T. and Müller, G. (2018), The Strategy and Tactics of Pricing, ch. 2.
    """
    refuse(reference < 0, "a price cannot be negative", "reference", reference)
    sums: list[Floats] = []
    for argument, values, other in (("gains", gains, "losses"), ("losses", losses, "gains")):
        if values.ndim != 2 or values.shape[0] != reference.shape[0]:
            raise InvalidInput(
                f"needs a row for each of the {reference.shape[0]} reference prices, a column per value driver; "
                f"it has {values.shape[0]} rows",
                argument=argument,
            )
        negative = np.any(values < 0, axis=1)
        remedy = f"enter positive money; what is negative here belongs in {other}"
        refuse(negative, remedy, argument, np.fmin.reduce(values, axis=1, initial=np.inf))
        sums.append(np.nansum(values, axis=1))
    return reference + sums[0] - sums[1]


def economic_value_range(
    offer: Objects, kind: Objects, amount: Floats, low: Floats, high: Floats, confidence: Floats, seed: int = 1
) -> dict[str, Floats | Objects]:
    """Low, likely and high economic value of each offer, from value drivers with ranges.

    A driver's amount is its median; a draw lies between low and high with the confidence given, and below and above
    with the rest in halves: two half normal distributions that meet at the amount, cut off at zero. Drivers are
    independent. Low and high of the value are the 5% and 95% points of 10,000 draws, the same for the same seed;
    likely is the value at the amounts.

    Parameters
    ----------
    offer : array of keys, shape (n,)
        What each row belongs to.
    kind : array of str, shape (n,)
        "reference", "gain" or "loss".
    amount, low, high : array, shape (n,)
        Money per unit, 0 <= low <= amount <= high; a blank (NaN) low or high is the amount.
    confidence : array, shape (n,)
        Probability, 0 to 1 without both ends, that low to high holds the amount; blank: 0.9.
    seed : int
        Of the draws.

    Returns
    -------
    dict
        offer (in order of appearance), low, likely, high. An offer without a reference is blank.

    Raises
    ------
    OutOfRange
        When an amount is negative or outside its range, or a confidence is not between 0 and 1.
    InvalidInput
        When a kind is none of the three.

    References
    ----------
    Vose, D. (2008), Risk Analysis, ch. 14 (modelling expert opinion by quantiles).
    """
    from scipy.special import ndtri  # pyright: ignore[reportMissingTypeStubs]

    unknown = np.flatnonzero([word not in SIGNS for word in kind])
    if unknown.size:
        raise InvalidInput("is reference, gain or loss", argument="kind", rows=unknown.tolist(), value=kind[unknown[0]])
    low, high = np.where(np.isnan(low), amount, low), np.where(np.isnan(high), amount, high)
    confidence = np.where(np.isnan(confidence), USUAL, confidence)
    refuse(amount < 0, "cannot be negative; what lowers the value is a loss", "amount", amount)
    refuse(low < 0, "cannot be negative", "low", low)
    refuse(low > amount, "is above the amount; low <= amount <= high", "low", low)
    refuse(high < amount, "is below the amount; low <= amount <= high", "high", high)
    refuse((confidence <= 0) | (confidence >= 1), "lies between 0 and 1, such as 0.9", "confidence", confidence)
    reach: Floats = np.asarray(ndtri((1.0 + confidence) / 2.0))  # pyright: ignore[reportUnknownArgumentType]
    below, above = (amount - low) / reach, (high - amount) / reach
    sign = np.array([SIGNS[word] for word in kind])

    offers = list(dict.fromkeys(offer))
    place = {name: i for i, name in enumerate(offers)}
    of = np.array([place[name] for name in offer], dtype=np.intp)
    found = np.full((len(offers), 3), np.nan)
    for i in range(len(offers)):
        mine = np.flatnonzero(of == i)
        if not any(kind[row] == "reference" for row in mine):
            continue
        # A stream for each offer: what else stands in the table does not move its range.
        z = np.random.default_rng(seed).standard_normal((DRAWS, mine.size))
        drawn = np.maximum(0.0, amount[mine] + z * np.where(z < 0, below[mine], above[mine]))
        likely = float((sign * amount)[mine].sum())
        ends = np.quantile(drawn @ sign[mine], RANGE)
        found[i] = min(ends[0], likely), likely, max(ends[1], likely)
    return {"offer": np.array(offers, dtype=object), "low": found[:, 0], "likely": found[:, 1], "high": found[:, 2]}
