"""Functions of the family `price`: value to the customer and the win-win price."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.catalogue import call, function
from cvm_xl.cells import ExcelError
from cvm_xl.errors import InvalidInput
from cvm_xl.kinds import (
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
    Matrix,
    Named,
    Params,
    ParamsDict,
    Scalar,
    Series,
    Value,
)
from cvm_xl.models import conjoint, price_band, psm, value_map
from cvm_xl.models.acceptance_fit import fit_acceptance
from cvm_xl.models.elasticity import fit_elasticity
from cvm_xl.models.evc import economic_value
from cvm_xl.models.logit import code_levels

INTENT = Value(lo=1, hi=5, whole=True)

COST = Column(UNSIGNED, "Full cost to serve, per unit")
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

    In the signs of CVM_ACCEPTANCE, minus the usual logit's: a positive effect lowers acceptance. A column of texts has
    an effect per level against the first in the alphabet. For a customer, intercept + effects x covariates is the
    intercept that CVM_PRICE_BAND takes. Offers with an empty cell are left out and counted; `note` says what the fit
    is worth.
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
) -> ParamsDict:
    """Price elasticity of sales: the slope of log quantity on log price, with its standard error and the best price.

    best_price is cost x |e| / (|e| - 1), and #N/A without cost or unless the elasticity e is below -1: demand that
    barely reacts names no best price.
    """
    fit: ParamsDict = fit_elasticity(price, quantity, cost)
    return fit | {"best_price": ExcelError("#N/A") if np.isnan(fit["best_price"]) else fit["best_price"]}


@function(
    "price",
    gives="table",
    source="Gabor & Granger (1966), Price as an indicator of quality, Economica 33",
    example=call(
        [[5], [10], [15]],
        [[1], [0.6], [0.2]],
        4,
        gives=[
            ["price", "share", "revenue", "profit", "best"],
            [5, 1, 5, 1, False],
            [10, 0.6, 6, 3.6, True],
            [15, 0.2, 3, 2.2, False],
        ],
    ),
)
def CVM_GABOR_GRANGER(
    price: Annotated[Floats, Column(UNSIGNED, "Prices shown to customers")],
    share: Annotated[Floats, Column(SHARE, "Share of customers who would buy at that price")],
    cost: Annotated[Floats | None, Column(UNSIGNED, "Unit cost; without it the best price is that of revenue")] = None,
) -> dict[str, Any]:
    """Revenue and profit per customer asked at each price shown; best is TRUE at the highest profit (or revenue)."""
    return psm.gabor_granger(price, share, cost)


@function(
    "price",
    gives="params",
    source="van Westendorp (1976), NSS price sensitivity meter; Newton, Miller & Smith (1993)",
    example=call(
        [[2], [3], [4], [5], [6], [8], [10], [12]],
        [[5], [7], [8], [9], [11], [13], [16], [19]],
        [[9], [11], [14], [15], [18], [20], [24], [28]],
        [[11], [15], [17], [21], [23], [26], [30], [36]],
        [[5], [4], [5], [4], [3], [4], [5], [4]],
        [[3], [2], [3], [2], [2], [3], [3], [2]],
        gives=[
            ["model", "psm"],
            ["n", 8],
            ["inconsistent", 0],
            ["incomplete", 0],
            ["pmc_low", 8.5],
            ["pmc_high", 8.5],
            ["pme_low", 18],
            ["pme_high", 19],
            ["idp_low", 13.5],
            ["idp_high", 13.5],
            ["opp_low", 11],
            ["opp_high", 12],
            ["idp", 13.5],
            ["opp", 11.5],
            ["reach_price", 9],
            ["reach", 0.2516666667],
            ["revenue_price", 19],
            ["revenue", 3.54327381],
        ],
    ),
)
def CVM_PSM(
    too_cheap: Annotated[Floats, Column(UNSIGNED, "Price so low that the respondent doubts the quality", blank="keep")],
    cheap: Annotated[Floats, Column(UNSIGNED, "Price that is a bargain", blank="keep")],
    expensive: Annotated[Floats, Column(UNSIGNED, "Price that is getting dear, but worth a thought", blank="keep")],
    too_expensive: Annotated[Floats, Column(UNSIGNED, "Price at which the respondent would not buy", blank="keep")],
    intent_cheap: Annotated[
        Floats | None, Column(INTENT, "Intent to buy at the cheap price, 1 (surely not) to 5 (surely)")
    ] = None,
    intent_expensive: Annotated[
        Floats | None, Column(INTENT, "Intent to buy at the expensive price, 1 (surely not) to 5 (surely)")
    ] = None,
) -> ParamsDict:
    """Price points of van Westendorp's price sensitivity meter; with intents, prices of highest reach and revenue.

    A row per respondent. pmc and pme bound the acceptable prices, idp is the indifference and opp the optimal price;
    each crossing is low to high, since curves may run together between two prices; idp and opp are the middle.
    Respondents whose four prices do not strictly rise are left out and counted as inconsistent. reach is the share
    that buys at reach_price, revenue the revenue per respondent at revenue_price.
    """
    return psm.price_sensitivity(too_cheap, cheap, expensive, too_expensive, intent_cheap, intent_expensive)


@function(
    "price",
    gives="table",
    source="Gale, Managing Customer Value, ch. 8",
    example=call(
        [[50], [30], [20]],
        [[9], [8], [6]],
        [["", "Acme", "Best"], ["yield", 6, 9], ["service", 8, 4], ["brand", 8, 6]],
        12,
        [[10, 14]],
        gives=[
            [
                "rival",
                "relative_quality",
                "relative_price",
                "fair_price",
                "ratio_yield",
                "ratio_service",
                "ratio_brand",
            ],
            ["Acme", 1.2, 1.2, 14.4, 1.5, 1, 0.75],
            ["Best", 1.3, 0.8571428571, 15.6, 1, 2, 1],
        ],
    ),
)
def CVM_VALUE_MAP(
    weights: Annotated[Floats, Column(UNSIGNED, "Importance of each attribute to customers, in any unit")],
    own: Annotated[Floats, Column(UNSIGNED, "Our score on each attribute, high is good")],
    rivals: Annotated[
        Named,
        Matrix(POSITIVE, "Scores of the rivals, a column each; headings and a first column name them", named=True),
    ],
    own_price: Annotated[float | None, Scalar(POSITIVE, "Our price")] = None,
    rival_prices: Annotated[Floats | None, Series(POSITIVE, "Price of each rival, in the order of the columns")] = None,
) -> dict[str, Any]:
    """Value map: our quality and price relative to each rival, and the fair price for that quality.

    relative_quality is the weighted mean of own / rival; fair_price the rivals' mean price times it.
    """
    return value_map.value_map(weights, own, rivals.values, own_price, rival_prices, rivals.names, rivals.labels)


@function(
    "price",
    gives="table",
    source="Kotler & Keller, Marketing Management, ch. 10 (points of difference and of parity)",
    example=call(
        [["", "Premium", "Basic"], ["speed", 50, 20], ["price", 30, 30], ["care", 10, 50]],
        [[9], [6], [6]],
        [["Acme", "Best"], [6, 8], [8, 6], [4, 5]],
        gives=[
            ["segment", "attribute", "role", "advantage"],
            ["Premium", "speed", "lead", 6.25],
            ["Premium", "price", "leave", -7.5],
            ["Premium", "care", "leave", 2],
            ["Basic", "speed", "leave", 2.5],
            ["Basic", "price", "leave", -7.5],
            ["Basic", "care", "lead", 10],
        ],
    ),
)
def CVM_POSITION(
    importance: Annotated[
        Named, Matrix(UNSIGNED, "Importance: attributes in rows, a column per segment, with their names", named=True)
    ],
    own: Annotated[Floats, Column(UNSIGNED, "Our score on each attribute, high is good")],
    rivals: Annotated[Named, Matrix(POSITIVE, "Scores of the rivals, a column each", named=True)],
) -> dict[str, Any]:
    """What to lead with, match and leave in each segment, by importance and our score against the best rival.

    Attributes above the segment's mean importance are led with where we beat the best rival and matched where not;
    the others are left. advantage is importance x (own / best rival - 1).
    """
    return value_map.position(
        importance.values, own, rivals.values, importance.names, importance.labels or rivals.labels
    )


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


@function(
    "price",
    gives="params",
    source="McFadden (1974), Conditional logit analysis; Train, Discrete Choice Methods with Simulation, ch. 3",
    example=call(
        [["chosen"], *[[1], [0]] * 4, *[[0], [1]], *[[1], [0]] * 3, *[[0], [1]] * 2],
        [["brand"], *[["red"], ["blue"]] * 10],
        [["price"], *[[1], [2]] * 5, *[[2], [1]] * 5],
        gives=[
            ["model", "conjoint"],
            ["n", 10],
            ["loglik", -5.867070453],
            ["loglik_0", -6.931471806],
            ["brand=red", 0.8958797346],
            ["price", -0.4904146265],
            ["se_brand=red", 0.7216878365],
            ["se_price", 0.7216878365],
            ["cov_brand=red_price", -0.1041666667],
            ["base_brand", "blue"],
            ["wtp_brand=red", 1.82678021],
        ],
    ),
)
def CVM_CONJOINT(
    choice: Annotated[
        Named,
        Columns(
            KEY,
            "A row per alternative shown: 1 where chosen, else 0 or empty. Tasks are blocks of one size; if not, give "
            "two columns: the task and the choice",
            blank="zero",
            named=True,
        ),
    ],
    alternatives: Annotated[
        Named,
        Columns(
            KEY,
            "Attributes of each alternative, a column each with its heading: numbers or texts; a row with none is the "
            "option to buy nothing",
            blank="keep",
            named=True,
        ),
    ],
    price: Annotated[Floats, Column(UNSIGNED, "Price of each alternative; empty: 0", blank="zero")],
) -> ParamsDict:
    """Choice-based conjoint: part-worths by multinomial logit and what customers would pay for them.

    A column of texts gets a part-worth per level against the first in the alphabet (base_). wtp_ is the willingness to
    pay: part-worth / -price, empty unless dearer is liked less. CVM_CHOICE_SHARE takes the result.
    """
    if choice.values.shape[1] > 2:
        raise InvalidInput("must be one column (chosen) or two (task, chosen)", argument="choice")
    task = choice.values[:, 0] if choice.values.shape[1] == 2 else None
    chosen = _chosen(choice.values[:, -1])
    return conjoint.fit_conjoint(chosen, alternatives.values, _heads(alternatives), price, task)


@function(
    "price",
    gives="column",
    source="McFadden (1974), Conditional logit analysis; Train, Discrete Choice Methods with Simulation, ch. 3",
    example=call(
        [["model", "conjoint"], ["size", 0.5], ["price", -0.1], ["se_size", 0.1], ["se_price", 0.02]],
        [["size", "price"], [1, 10], [3, 20], [2, 15]],
        gives=[[None], [0.3333333333], [0.3333333333], [0.3333333333]],
    ),
)
def CVM_CHOICE_SHARE(
    model: Annotated[ParamsDict, Params(KEY, "Result of CVM_CONJOINT", models=("conjoint",))],
    offers: Annotated[
        Named,
        Columns(
            KEY, "An offer per row: attributes and price, with the headings of the model", blank="keep", named=True
        ),
    ],
) -> Floats:
    """Share of customers who choose each offer when these offers are the market; shares sum to 1."""
    return conjoint.choice_share(model, offers.values, offers.names)


def _chosen(marks: NDArray[np.object_]) -> Floats:
    """1 and 0 from marks that may be TRUE and FALSE."""
    known = {"true": 1.0, "1.0": 1.0, "1": 1.0, "false": 0.0, "0.0": 0.0, "0": 0.0}
    return np.array([known.get(str(mark).strip().casefold(), np.nan) for mark in marks])


def _heads(table: Named) -> list[str]:
    """Headings of columns, x1 ... where there are none."""
    heads = table.names or [""] * table.values.shape[1]
    return [head.strip() or f"x{j + 1}" for j, head in enumerate(heads)]


def _design(table: Named) -> tuple[Floats, list[str]]:
    """Numbers and indicators from a table of numbers and texts, with their names."""
    coded = [code_levels(table.values[:, j], head) for j, head in enumerate(_heads(table))]
    return np.column_stack([c.columns for c in coded]), [name for c in coded for name in c.names]
