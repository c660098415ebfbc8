"""The win-win price band: from what serving costs to what the offer is worth, and the best price between.

Acceptance is logistic throughout: P(p) = 1 / (1 + exp(a + b p)), b > 0, so a dearer offer is accepted less.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput
from cvm_xl.models.bounds import refuse

__all__ = ["acceptance", "best_price", "cost_plus_gap", "price_band", "price_step"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Verdicts: the part before the colon never changes, so a formula or a filter may rely on it.
NO_VALUE = "No band: worth less than its cost; lower the cost, raise the value or award elsewhere"
NO_MARGIN = "No band: worth less than cost and margin; lower the cost, raise the value or award elsewhere"
NO_INCENTIVE = "No band: no room for the incentive; lower the cost, raise the value or award elsewhere"
ROOM = "Room: offer the target price"
BELOW_COST = "Below cost: raise the price to the floor at least, or lower the cost to serve"
BELOW_FLOOR = "Below floor: raise the price or lower the cost to serve"
GIVING_AWAY = "Giving away: raise the price towards the target"
WITHIN = "Within: hold the price"
TOO_DEAR = "Too dear: lower the price or raise the value"

# A price nearer to the target than this is at the target: expected profit is flat there.
AT_TARGET = 0.01


def acceptance(price: Floats, intercept: Floats, slope: Floats) -> Floats:
    """Probability that an offer at `price` is accepted, 1 / (1 + exp(intercept + slope * price)).

    Parameters
    ----------
    price, intercept, slope : array, shape (n,)
        Slope per unit of money, > 0.

    Raises
    ------
    OutOfRange
        When the slope is not above 0.
    """
    _check_slope(slope)
    return _accept(price, intercept, slope)


def best_price(cost: Floats, intercept: Floats, slope: Floats, future_value: Floats | float = 0.0) -> Floats:
    """Price of the highest expected profit (p - c) P(p), where c = cost - future value.

    p* = c + (1 + W(exp(-(a + b c) - 1))) / b with Lambert's W, evaluated as Wright's omega, which takes
    the logarithm of W's argument and so never overflows.

    Parameters
    ----------
    cost : array, shape (n,)
        Full cost to serve per unit.
    intercept, slope : array, shape (n,)
        Of the acceptance, slope > 0.
    future_value : array, shape (n,), optional
        Money that winning the customer brings later; it lowers the price worth offering today.

    Raises
    ------
    OutOfRange
        When the slope is not above 0, or so close to 0 that the best price is beyond all numbers.

    References
    ----------
    Phillips, R. (2021), Pricing and Revenue Optimization, ch. 3 (logit response); Corless et al. (1996),
    On the Lambert W function, Adv. Comput. Math. 5.
    """
    _check_slope(slope)
    price = _best(cost - future_value, intercept, slope)
    refuse(np.isinf(price), "is so flat that no best price exists; use a fitted slope", "slope", slope)
    return price


def price_band(
    cost: Floats,
    margin: Floats,
    reference: Floats,
    evc: Floats,
    incentive_share: Floats,
    incentive_min: Floats,
    intercept: Floats | None,
    slope: Floats | None,
    future_value: Floats,
    price: Floats | None,
    fair_share: Floats,
) -> dict[str, NDArray[np.float64] | NDArray[np.object_]]:
    """Floor, target and ceiling price of each row, and a verdict in words.

    floor = cost / (1 - margin); incentive = max(incentive_min, incentive_share * max(0, evc - reference));
    ceiling = evc - incentive. fair = cost + fair_share (evc - cost) (Nash bargaining); target = the price of
    the highest expected profit, or fair where acceptance is unknown; both are clipped to the band, which keeps
    the target optimal since expected profit has one peak. `future_value` lowers the cost in target and expected
    profit, never the floor. Where floor > ceiling there is no band: target, fair, acceptance and expected
    profit are blank.

    Parameters
    ----------
    cost : array, shape (n,)
        Full cost to serve per unit, >= 0.
    margin : array, shape (n,)
        Required margin as a share of the price, 0 <= margin < 1.
    reference, evc : array, shape (n,)
        Price of the next best alternative (>= 0), and the economic value of our offer.
    incentive_share, incentive_min : array, shape (n,)
        Share (0 to 1) of the value beyond the reference that stays with the customer, and its least amount.
    intercept, slope : array, shape (n,), or None
        Of the acceptance; both given or both blank in a row, slope > 0.
    future_value : array, shape (n,)
        Money that winning the customer brings later.
    price : array, shape (n,), or None
        Today's price, placed by the verdict.
    fair_share : array, shape (n,)
        Our share (0 to 1) of the value created.

    Returns
    -------
    dict
        floor, target, ceiling, fair (money per unit), acceptance (at target), expected_profit (per offer at
        target), verdict. Rows that lack a needed number are blank.
        The verdict begins with one of "No band" (then why), "Room" (no price given), "Below cost", "Below
        floor", "Giving away" (at least the floor, more than 1% under the target), "Within" (up to the
        ceiling), "Too dear"; after a colon follows what to do.

    Raises
    ------
    OutOfRange
        When an argument is outside its bounds.
    InvalidInput
        When only one of intercept and slope is given.

    References
    ----------
    Nagle, T. and Müller, G. (2018), The Strategy and Tactics of Pricing, chs. 2 and 8; Nash, J. (1950), The
    bargaining problem, Econometrica 18.
    """
    blank = np.full(cost.shape, np.nan)
    intercept = blank if intercept is None else intercept
    slope = blank if slope is None else slope
    price = blank if price is None else price
    refuse(cost < 0, "cannot be negative", "cost", cost)
    refuse((margin < 0) | (margin >= 1), "is a share of the price, from 0 to below 1 (10% is 0.1)", "margin", margin)
    refuse(reference < 0, "a price cannot be negative", "reference", reference)
    for argument, share in (("incentive_share", incentive_share), ("fair_share", fair_share)):
        refuse((share < 0) | (share > 1), "is a share, from 0 to 1", argument, share)
    refuse(incentive_min < 0, "cannot be negative", "incentive_min", incentive_min)
    refuse(price < 0, "a price cannot be negative", "price", price)
    _check_both(intercept, slope)
    _check_slope(slope)

    floor = cost / (1.0 - margin)
    incentive = np.maximum(incentive_min, incentive_share * np.maximum(0.0, evc - reference))
    ceiling = evc - incentive
    # A band of one price must not vanish by rounding.
    ceiling = np.where(np.isclose(floor, ceiling, rtol=1e-12, atol=0.0), floor, ceiling)
    complete = ~np.isnan(floor + ceiling + future_value + fair_share)
    floor, ceiling = np.where(complete, floor, np.nan), np.where(complete, ceiling, np.nan)
    band = floor <= ceiling

    fair = _within(cost + fair_share * (evc - cost), floor, ceiling, band)
    target = fair
    if not np.isnan(slope).all():
        best = _within(_best(cost - future_value, intercept, slope), floor, ceiling, band)
        target = np.where(np.isnan(slope), fair, best)
    accepted = _accept(target, intercept, slope)
    return {
        "floor": floor,
        "target": target,
        "ceiling": ceiling,
        "fair": fair,
        "acceptance": accepted,
        "expected_profit": (target - cost + future_value) * accepted,
        "verdict": _verdict(price, cost, evc, floor, target, ceiling),
    }


def cost_plus_gap(
    cost: Floats,
    markup: Floats,
    floor: Floats,
    target: Floats,
    ceiling: Floats,
    intercept: Floats | None = None,
    slope: Floats | None = None,
) -> dict[str, Floats]:
    """What pricing at cost x (1 + markup) gives away, or loses, against the target price.

    given_away = max(0, target - cost_plus) P(cost_plus): margin left with customers who would have paid more.
    lost = max(0, expected profit at target - at cost_plus) where cost_plus > target: profit of sales priced away.
    Where acceptance is unknown, customers buy up to the ceiling and not above.

    Parameters
    ----------
    cost, markup : array, shape (n,)
        Both >= 0; a markup of 0.25 adds 25% to cost.
    floor, target, ceiling : array, shape (n,)
        The price band; rows without a band (target blank) have no gap.
    intercept, slope : array, shape (n,), or None
        Of the acceptance; both given or both blank in a row, slope > 0.

    Returns
    -------
    dict
        cost_plus (money per unit), given_away and lost (money per offer).

    Raises
    ------
    OutOfRange
        When cost or markup is negative, slope is not above 0, or target lies outside floor to ceiling.
    InvalidInput
        When only one of intercept and slope is given.
    """
    blank = np.full(cost.shape, np.nan)
    intercept = blank if intercept is None else intercept
    slope = blank if slope is None else slope
    refuse(cost < 0, "cannot be negative", "cost", cost)
    refuse(markup < 0, "cannot be negative; 25% on cost is 0.25", "markup", markup)
    _check_both(intercept, slope)
    _check_slope(slope)
    slack = 1e-9 * np.abs(target)
    outside = (target < floor - slack) | (target > ceiling + slack)
    refuse(outside, "lies outside floor to ceiling; take all three from CVM_PRICE_BAND", "target", target)

    cost_plus = cost * (1.0 + markup)
    target = np.where(np.isnan(floor) | np.isnan(ceiling), np.nan, target)

    def demand(price: Floats) -> Floats:
        return np.where(np.isnan(slope), price <= ceiling, _accept(price, intercept, slope))

    given_away = np.maximum(0.0, target - cost_plus) * demand(cost_plus)
    shortfall = (target - cost) * demand(target) - (cost_plus - cost) * demand(cost_plus)
    lost = np.where(cost_plus > target, np.maximum(0.0, shortfall), 0.0 * target)
    return {"cost_plus": cost_plus, "given_away": given_away, "lost": lost}


def price_step(price: Floats, target: Floats, greatest: Floats, point: Floats) -> Floats:
    """The next price on the way from today's price to the target.

    Parameters
    ----------
    price, target : array, shape (n,)
        Today's price and where it should go, >= 0; blank (NaN) where there is none.
    greatest : array, shape (n,)
        Greatest change in one round, as a share (0 to 1) of today's price.
    point : array, shape (n,)
        Prices are multiples of this, > 0; blank: any price. Rounding is towards today's price, so that neither the
        target nor the greatest change is passed; where no multiple lies on the way, the price stays.

    Raises
    ------
    OutOfRange
        When an argument is outside its bounds.
    """
    refuse(price < 0, "a price cannot be negative", "price", price)
    refuse(target < 0, "a price cannot be negative", "target", target)
    refuse((greatest < 0) | (greatest > 1), "is a share, from 0 to 1", "greatest", greatest)
    refuse(point <= 0, "must be above 0", "point", point)
    step = np.clip(target, price * (1.0 - greatest), price * (1.0 + greatest))
    up = step > price
    # A multiple must not be missed by rounding: 114 is 1140 x 0.1.
    multiples = np.where(up, np.floor(step / point + 1e-9), np.ceil(step / point - 1e-9))
    rounded = np.where(np.isnan(point), step, multiples * point)
    stays = np.where(up, rounded < price, rounded > price)
    return np.where(stays, price, rounded)


def _verdict(
    price: Floats, cost: Floats, evc: Floats, floor: Floats, target: Floats, ceiling: Floats
) -> NDArray[np.object_]:
    """The first that holds; comparisons with a blank (NaN) are false."""
    choices: list[tuple[Bools, str]] = [
        (np.isnan(floor), ""),
        ((floor > ceiling) & (evc < cost), NO_VALUE),
        ((floor > ceiling) & (evc < floor), NO_MARGIN),
        (floor > ceiling, NO_INCENTIVE),
        (np.isnan(price), ROOM),
        (price < cost, BELOW_COST),
        (price < floor, BELOW_FLOOR),
        (price > ceiling, TOO_DEAR),
        (price < (1.0 - AT_TARGET) * target, GIVING_AWAY),
    ]
    conditions, words = zip(*choices, strict=True)
    return np.select(conditions, [np.array(word, dtype=object) for word in words], default=WITHIN)


def _within(price: Floats, floor: Floats, ceiling: Floats, band: Bools) -> Floats:
    return np.where(band, np.clip(price, floor, ceiling), np.nan)


def _accept(price: Floats, intercept: Floats, slope: Floats) -> Floats:
    with np.errstate(invalid="ignore"):  # blank rows
        return np.exp(-np.logaddexp(0.0, intercept + slope * price))


def _best(cost: Floats, intercept: Floats, slope: Floats) -> Floats:
    from scipy.special import wrightomega  # pyright: ignore[reportMissingTypeStubs]

    with np.errstate(over="ignore"):
        return cost + (1.0 + wrightomega(-(intercept + slope * cost) - 1.0)) / slope


def _check_slope(slope: Floats) -> None:
    refuse(slope <= 0, "must be above 0: acceptance falls as the price rises", "slope", slope)


def _check_both(intercept: Floats, slope: Floats) -> None:
    for argument, lacking, given in (("intercept", intercept, slope), ("slope", slope, intercept)):
        rows = np.flatnonzero(np.isnan(lacking) & ~np.isnan(given))
        if rows.size:
            raise InvalidInput(
                "is empty; intercept and slope are given together or not at all", argument=argument, rows=rows.tolist()
            )
