"""Steps of the customer's life: winning back, loyalty programmes, referral, recovery after a complaint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.bounds import refuse

__all__ = ["loyalty_lift", "loyalty_tier", "recovery", "referral", "win_back"]

Floats = NDArray[np.float64]


def win_back(second_value: Floats, probability: Floats, contact: Floats, incentive: Floats) -> dict[str, Floats]:
    """Whether a lost customer is worth an offer.

    Parameters
    ----------
    second_value : array, shape (n,)
        Second lifetime value: what the customer is worth once back, money.
    probability : array, shape (n,)
        That the offer is taken.
    contact : array, shape (n,)
        Cost of making the offer, taken or not, >= 0.
    incentive : array, shape (n,)
        What those get who take it, >= 0.

    Returns
    -------
    dict of (n,) arrays
        expected_value = p (second value - incentive) - contact; highest_incentive = second value - contact / p, at
        which the expected value is 0 (below 0: no offer pays; blank where p is 0).

    Raises
    ------
    OutOfRange
        When a probability is outside 0 to 1, or a cost negative.

    References
    ----------
    Stauss & Friege (1999), Regaining service customers; Thomas, Blattberg & Fox (2004), Recapturing lost customers.
    """
    refuse((probability < 0) | (probability > 1), "is a probability, from 0 to 1", "probability", probability)
    for argument, values in (("contact", contact), ("incentive", incentive)):
        refuse(values < 0, "cannot be negative", argument, values)
    likely = probability > 0
    return {
        "expected_value": probability * (second_value - incentive) - contact,
        "highest_incentive": np.where(likely, second_value - contact / np.where(likely, probability, 1.0), np.nan),
    }


def loyalty_tier(spend: Floats, thresholds: Floats, labels: Sequence[str]) -> NDArray[np.object_]:
    """Tier of a loyalty programme: the highest threshold that the spend reaches (``>=``).

    Parameters
    ----------
    spend : array, shape (n,)
        Money.
    thresholds : array, shape (k,)
        Ascending.
    labels : k or k + 1 texts
        From the lowest tier up; with k + 1 the first is for spend below all thresholds, with k that has none.

    Returns
    -------
    array, shape (n,)
        str, or None below the first threshold.

    Raises
    ------
    OutOfRange
        When the thresholds do not ascend.
    InvalidInput
        When the number of labels does not fit.
    """
    steps = np.diff(thresholds)
    if (steps <= 0).any():
        place = int(np.argmax(steps <= 0)) + 1
        raise OutOfRange(
            f"must ascend; number {place + 1} is not above the one before",
            argument="thresholds",
            value=float(thresholds[place]),
        )
    if len(labels) not in (thresholds.size, thresholds.size + 1):
        raise InvalidInput(
            f"{len(labels)} labels for {thresholds.size} thresholds; give one per threshold, or one more for spend "
            "below all of them",
            argument="labels",
        )
    named = [None, *labels] if len(labels) == thresholds.size else list(labels)
    return np.array(named, dtype=object)[np.searchsorted(thresholds, spend, side="right")]


def loyalty_lift(reward: Floats, redemption: Floats, margin: Floats) -> Floats:
    """Rise in sales at which a loyalty programme breaks even: cost / (margin - cost), cost = reward x redemption.

    Parameters
    ----------
    reward : array, shape (n,)
        Worth of the points, as a share of sales, >= 0.
    redemption : array, shape (n,)
        Share of the points that is redeemed, 0 to 1.
    margin : array, shape (n,)
        Share of sales.

    Returns
    -------
    array, shape (n,)
        As a share of sales without the programme.

    Raises
    ------
    OutOfRange
        When a reward is negative or a redemption outside 0 to 1.
    NotAvailable
        Where the rewards take the whole margin: no rise in sales pays for them.

    References
    ----------
    Shugan (2005), Brand loyalty programs: are they shams?; Kumar & Reinartz, Customer Relationship Management, ch. 11.
    """
    refuse(reward < 0, "cannot be negative", "reward", reward)
    refuse((redemption < 0) | (redemption > 1), "is a share, from 0 to 1", "redemption", redemption)
    cost = reward * redemption
    lost = np.flatnonzero(cost >= margin)
    if lost.size:
        raise NotAvailable(
            "reward x redemption takes the whole margin, and no rise in sales makes up for that; reward less",
            argument="reward",
            rows=lost.tolist(),
            value=float(reward[lost[0]]),
        )
    return cost / (margin - cost)


def referral(
    joined_anyway: Floats,
    margin: Floats,
    acquisition_saved: Floats,
    referral_cost: Floats,
    marketing: Floats,
    delay: Floats,
    discount: Floats,
) -> Floats:
    """Value of each customer referred, to the one who referred them.

    Who would have joined anyway brings the acquisition cost saved only; others bring
    margin - referral cost - marketing + acquisition cost saved. Both are discounted by (1 + d)^delay.

    Parameters
    ----------
    joined_anyway : array, shape (n,)
        1 or 0.
    margin : array, shape (n,)
        Present value at joining, money.
    acquisition_saved, referral_cost, marketing : array, shape (n,)
        Money.
    delay : array, shape (n,)
        Periods until the customer joins, >= 0.
    discount : array, shape (n,)
        Per period, above -1.

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    OutOfRange
        When a delay is negative or a discount -1 or less.

    References
    ----------
    Kumar, Petersen & Leone (2010), Driving profitability by encouraging customer referrals, Journal of Marketing 74.
    """
    refuse(delay < 0, "cannot be negative", "delay", delay)
    refuse(discount <= -1, "must be above -1", "discount", discount)
    brought = np.where(joined_anyway > 0, 0.0, margin - referral_cost - marketing)
    return (brought + acquisition_saved) * np.exp(-delay * np.log1p(discount))


def recovery(value_recovered: Floats, value_lost: Floats, success: Floats, cost: Floats) -> dict[str, Floats]:
    """What making good after a complaint is worth.

    Parameters
    ----------
    value_recovered, value_lost : array, shape (n,)
        Value of the customer once satisfied again, and if nothing is done, money.
    success : array, shape (n,)
        Probability that making good succeeds.
    cost : array, shape (n,)
        Money, >= 0.

    Returns
    -------
    dict of (n,) arrays
        expected_value = success x (recovered - lost) - cost; highest_spend = success x (recovered - lost).

    Raises
    ------
    OutOfRange
        When a success is outside 0 to 1 or a cost negative.

    References
    ----------
    Fornell & Wernerfelt (1987), Defensive marketing strategy by customer complaint management.
    """
    refuse((success < 0) | (success > 1), "is a probability, from 0 to 1", "success", success)
    refuse(cost < 0, "cannot be negative", "cost", cost)
    highest = success * (value_recovered - value_lost)
    return {"expected_value": highest - cost, "highest_spend": highest}
