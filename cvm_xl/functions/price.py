"""Functions of the family `price`: value to the customer and the win-win price."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from cvm_xl.catalogue import call, function
from cvm_xl.cells import ExcelError
from cvm_xl.functions.headings import headings
from cvm_xl.kinds import (
    COUNT,
    FLAG,
    KEY,
    MARGIN,
    MONEY,
    NUMBER,
    POSITIVE,
    SHARE,
    UNSIGNED,
    Column,
    Columns,
    Floats,
    Keys,
    Named,
    ParamsDict,
    Scalar,
    Value,
)
from cvm_xl.models import price_band
from cvm_xl.models.acceptance_fit import fit_acceptance
from cvm_xl.models.elasticity import fit_elasticity
from cvm_xl.models.evc import economic_value, economic_value_range
from cvm_xl.models.logit import code_levels

COST = Column(UNSIGNED, "Full cost to serve, per unit")
CONFIDENCE = Value(above=0, below=1)
INTERCEPT = "a of the acceptance 1 / (1 + exp(a + b x price))"
SLOPE = "b of the acceptance 1 / (1 + exp(a + b x price)), per unit of money, above 0"


@function(
    "price",
    gives="column",
    rowwise=True,
    source="Nagle, Hogan & Zale, The Strategy and Tactics of Pricing, ch. 2",
    example=call(100, [[40]], [[10]], gives=130),
)
def CVM_EVC(
    reference: Annotated[Floats, Column(UNSIGNED, "Price of the customer's next best alternative, per unit")],
    gains: Annotated[
        Floats, Columns(UNSIGNED, "Value we add against it, per unit: a column per value driver", blank="zero")
    ],
    losses: Annotated[Floats, Columns(UNSIGNED, "Value we lack, as positive money: a column per driver", blank="zero")],
) -> Floats:
    """Economic value to the customer: the reference price plus gains less losses against the next best alternative."""
    return economic_value(reference, gains, losses)


@function(
    "price",
    gives="table",
    source="Nagle, Hogan & Zale, The Strategy and Tactics of Pricing, ch. 2; Vose, Risk Analysis, ch. 14",
    example=call(
        [["A"], ["A"], ["B"]],
        [["reference"], ["gain"], ["reference"]],
        [[100], [40], [80]],
        [[None], [30], [None]],
        [[None], [50], [None]],
        gives=[["offer", "low", "likely", "high"], ["A", 129.9672799680, 140, 149.9671844437], ["B", 80, 80, 80]],
    ),
)
def CVM_EVC_RANGE(
    offer: Annotated[Keys, Column(KEY, "What each value driver belongs to: segment and product in one text")],
    kind: Annotated[Keys, Column(Value("text", choices=("reference", "gain", "loss")), "reference, gain or loss")],
    amount: Annotated[Floats, Column(UNSIGNED, "Likely money per unit, positive")],
    low: Annotated[Floats | None, Column(UNSIGNED, "What the amount may be at least; empty: the amount")] = None,
    high: Annotated[Floats | None, Column(UNSIGNED, "What the amount may be at most; empty: the amount")] = None,
    confidence: Annotated[
        Any, Column(CONFIDENCE, "Probability that low to high holds the amount, above 0 and below 1")
    ] = 0.9,
    seed: Annotated[int, Scalar(COUNT, "Seed of the draws: the same seed gives the same range")] = 1,
) -> dict[str, Any]:
    """Low, likely and high economic value of each offer by simulation, from value drivers in rows, with ranges.

    Nine of ten draws lie between low and high; likely is the value at the amounts, as CVM_EVC gives it. The amount is
    a driver's median; without low and high it is certain. Drivers are independent.
    """
    blank = np.full(amount.shape, np.nan)
    low, high = (blank if end is None else end for end in (low, high))
    return economic_value_range(offer, kind, amount, low, high, confidence, int(seed))


@function(
    "price",
    gives="table",
    rowwise=True,
    source="Nagle, Hogan & Zale, The Strategy and Tactics of Pricing, chs. 2 and 8; Nash (1950)",
    example=call(
        80,
        0.1,
        100,
        130,
        intercept=-18.5,
        slope=0.15,
        price=100,
        gives=[
            ["floor", "target", "ceiling", "fair", "acceptance", "expected_profit", "verdict"],
            [
                88.8888888889,
                113.9411280151,
                121,
                105,
                0.8035814642,
                27.2744613485,
                "Giving away: raise the price towards the target",
            ],
        ],
    ),
)
def CVM_PRICE_BAND(
    cost: Annotated[Floats, COST],
    margin: Annotated[Floats, Column(MARGIN, "Required margin, as a share of the price")],
    reference: Annotated[Floats, Column(UNSIGNED, "Price of the customer's next best alternative, per unit")],
    evc: Annotated[Floats, Column(MONEY, "Economic value to the customer, per unit (CVM_EVC)")],
    incentive_share: Annotated[
        Any, Column(SHARE, "Share of the value beyond the reference that the customer keeps as a reason to buy")
    ] = 0.3,
    incentive_min: Annotated[Any, Column(UNSIGNED, "Least amount the customer keeps, per unit")] = 0,
    intercept: Annotated[Floats | None, Column(NUMBER, INTERCEPT)] = None,
    slope: Annotated[Floats | None, Column(POSITIVE, SLOPE + "; empty: target = fair")] = None,
    future_value: Annotated[
        Any, Column(MONEY, "Money that winning the customer brings later, per unit; lowers target, never the floor")
    ] = 0,
    price: Annotated[Floats | None, Column(UNSIGNED, "Today's price, to be placed by the verdict")] = None,
    fair_share: Annotated[Any, Column(SHARE, "Our share of the value created, in the fair price")] = 0.5,
) -> dict[str, Any]:
    """The win-win band: floor (cost and margin), ceiling (value less the customer's incentive), best and fair price.

    target is the price of the highest expected profit per offer, fair splits the value created; both stay in the band.
    Where the floor is above the ceiling there is no band. The verdict begins with No band, Room (no price given),
    Below cost, Below floor, Giving away (over 1% under target), Within, or Too dear, then says what to do.
    """
    return price_band.price_band(
        cost,
        margin,
        reference,
        evc,
        incentive_share,
        incentive_min,
        intercept,
        slope,
        future_value,
        price,
        fair_share,
    )


@function(
    "price",
    gives="column",
    rowwise=True,
    source="Phillips, Pricing and Revenue Optimization, ch. 3 (logit response)",
    example=call([[90], [100], [110]], -10, 0.1, gives=[[0.7310585786], [0.5], [0.2689414214]]),
)
def CVM_ACCEPTANCE(
    price: Annotated[Floats, Column(NUMBER, "Price offered, per unit")],
    intercept: Annotated[Floats, Column(NUMBER, INTERCEPT)],
    slope: Annotated[Floats, Column(POSITIVE, SLOPE)],
) -> Floats:
    """Probability that an offer at this price is accepted: 1 / (1 + exp(intercept + slope x price))."""
    return price_band.acceptance(price, intercept, slope)


@function(
    "price",
    gives="column",
    rowwise=True,
    source="Phillips, Pricing and Revenue Optimization, ch. 3; Corless et al. (1996), On the Lambert W function",
    example=call(80, -18.5, 0.15, gives=113.9411280151),
)
def CVM_BEST_PRICE(
    cost: Annotated[Floats, COST],
    intercept: Annotated[Floats, Column(NUMBER, INTERCEPT)],
    slope: Annotated[Floats, Column(POSITIVE, SLOPE)],
    future_value: Annotated[Any, Column(MONEY, "Money that winning the customer brings later, per unit")] = 0,
) -> Floats:
    """Price of the highest expected profit per offer, (price - cost + future value) x acceptance, in closed form."""
    return price_band.best_price(cost, intercept, slope, future_value)


@function(
    "price",
    gives="params",
    source="McCullagh & Nelder, Generalized Linear Models, ch. 4 (logit)",
    example=call(
        [[80], [90], [90], [100], [100], [110]],
        [[1], [1], [0], [1], [0], [0]],
        gives=[
            ["model", "acceptance"],
            ["n", 6],
            ["left_out", 0],
            ["loglik", -3.2437208649],
            ["intercept", -13.1697964306],
            ["slope", 0.1386294361],
            ["se_intercept", 11.6745644264],
            ["se_slope", 0.1224744872],
            ["cov_intercept_slope", -1.425],
            ["p_slope", 0.257674542],
            ["note", "These offers say little about price (p = 0.26): make more offers at more spread prices"],
        ],
    ),
)
def CVM_ACCEPTANCE_FIT(
    price: Annotated[Floats, Column(NUMBER, "Prices offered in the past, per unit", blank="keep")],
    accepted: Annotated[Floats, Column(FLAG, "TRUE or 1 where the offer was accepted", blank="keep")],
    covariates: Annotated[
        Named | None,
        Columns(
            KEY, "What else moves acceptance, a column each with its heading: satisfaction, segment ...", named=True
        ),
    ] = None,
) -> ParamsDict:
    """Intercept and slope of acceptance from past offers, with an effect per covariate.

    A positive effect lowers acceptance, as in CVM_ACCEPTANCE: the signs are the reverse of the usual logit's. A column
    of texts has an effect per level against the first in the alphabet. For a customer, intercept + effects x covariates
    is the intercept that CVM_PRICE_BAND takes. Offers with an empty cell are left out and counted; `note` says what the
    fit is worth.
    """
    if covariates is None:
        return fit_acceptance(price, accepted)
    values, names = _design(covariates)
    return fit_acceptance(price, accepted, values, names)


@function(
    "price",
    gives="params",
    source="Greene, Econometric Analysis, ch. 2 (loglinear model); Lerner (1934)",
    example=call(
        [[60], [80], [100], [120]],
        [[100], [60], [40], [35]],
        60,
        gives=[
            ["model", "elasticity"],
            ["n", 4],
            ["loglik", 5.711208672],
            ["elasticity", -1.564090401],
            ["se", 0.1585646198],
            ["r2", 0.9798589349],
            ["best_price", 166.3659299],
            ["intercept", 10.97313136],
            ["se_intercept", 0.7095367411],
            ["se_elasticity", 0.1585646198],
            ["cov_intercept_elasticity", -0.1123191075],
        ],
    ),
)
def CVM_ELASTICITY(
    price: Annotated[Floats, Column(POSITIVE, "Price of each period, per unit")],
    quantity: Annotated[Floats, Column(POSITIVE, "Quantity sold in that period")],
    cost: Annotated[float | None, Scalar(POSITIVE, "Unit cost, for the best price")] = None,
    covariates: Annotated[
        Named | None, Columns(KEY, "What else moves quantity, a column each with its heading: trend ...", named=True)
    ] = None,
) -> ParamsDict:
    """Price elasticity of sales: the slope of log quantity on log price, with its standard error and the best price.

    best_price is cost x |e| / (|e| - 1), and #N/A without cost or unless the elasticity e is below -1: demand that
    barely reacts names no best price.
    """
    values, names = (None, []) if covariates is None else _design(covariates)
    fit: ParamsDict = fit_elasticity(price, quantity, cost, values, names)
    return fit | {"best_price": ExcelError("#N/A") if np.isnan(fit["best_price"]) else fit["best_price"]}


@function(
    "price",
    gives="column",
    rowwise=True,
    source="Nagle, Hogan & Zale, The Strategy and Tactics of Pricing, ch. 8 (price changes in steps)",
    example=call([[100], [100], [100]], [[114], [103.14], [80]], 0.05, 0.5, gives=[[105], [103], [95]]),
)
def CVM_PRICE_STEP(
    price: Annotated[Floats, Column(UNSIGNED, "Today's price, per unit")],
    target: Annotated[Floats, Column(UNSIGNED, "Target price; empty where there is none", blank="keep")],
    greatest: Annotated[Any, Column(SHARE, "Greatest change in one round, as a share of today's price")] = 0.05,
    point: Annotated[Floats | None, Column(POSITIVE, "Prices are multiples of this; empty: any price")] = None,
) -> Floats:
    """The next price on the way from today's to the target: no greater change than allowed, on a price point.

    The price point is the last one before the target or the greatest change; where there is none, the price stays.
    """
    return price_band.price_step(price, target, greatest, np.full(price.shape, np.nan) if point is None else point)


@function(
    "price",
    gives="table",
    rowwise=True,
    source="Nagle, Hogan & Zale, The Strategy and Tactics of Pricing, ch. 1 (cost-plus pricing)",
    example=call(
        80,
        [[0.25], [0.5]],
        88,
        110,
        120,
        -18.5,
        0.15,
        gives=[["cost_plus", "given_away", "lost"], [100, 9.7068776924, 0], [120, 0, 1.525539091]],
    ),
)
def CVM_COST_PLUS_GAP(
    cost: Annotated[Floats, COST],
    markup: Annotated[Floats, Column(UNSIGNED, "Markup on cost: 0.25 adds 25%")],
    floor: Annotated[Floats, Column(NUMBER, "Floor of the price band", blank="keep")],
    target: Annotated[Floats, Column(NUMBER, "Target price; empty where there is no band", blank="keep")],
    ceiling: Annotated[Floats, Column(NUMBER, "Ceiling of the price band", blank="keep")],
    intercept: Annotated[Floats | None, Column(NUMBER, INTERCEPT)] = None,
    slope: Annotated[Floats | None, Column(POSITIVE, SLOPE + "; empty: all buy up to the ceiling")] = None,
) -> dict[str, Any]:
    """What pricing at cost plus a markup gives away below the target price, or loses above it, per offer.

    given_away is the margin missed with customers who would have paid the target; lost is the expected profit missed
    because the price is above it.
    """
    return price_band.cost_plus_gap(cost, markup, floor, target, ceiling, intercept, slope)


def _design(table: Named) -> tuple[Floats, list[str]]:
    """Numbers and indicators from a table of numbers and texts, with their names."""
    coded = [code_levels(table.values[:, j], head) for j, head in enumerate(headings(table))]
    return np.column_stack([c.columns for c in coded]), [name for c in coded for name in c.names]
