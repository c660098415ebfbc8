"""Functions of the family `price`: what customers say and choose, and how they see us against rivals."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.catalogue import call, function
from cvm_xl.errors import InvalidInput
from cvm_xl.functions.headings import headings
from cvm_xl.kinds import (
    KEY,
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
from cvm_xl.models import conjoint, psm, value_map

INTENT = Value(lo=1, hi=5, whole=True)


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
    return conjoint.fit_conjoint(chosen, alternatives.values, headings(alternatives), price, task)


@function(
    "price",
    gives="column",
    source="McFadden (1974), Conditional logit analysis; Train, Discrete Choice Methods with Simulation, ch. 3",
    example=call(
        [["model", "conjoint"], ["size", 0.5], ["price", -0.1], ["se_size", 0.1], ["se_price", 0.02]],
        [["size", "price"], [1, 10], [3, 15], [2, 15]],
        gives=[[None], [0.2740686191], [0.4518627619], [0.2740686191]],
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
