"""Functions of the family `growth`: satisfaction, what drives it, and what follows from it."""

from __future__ import annotations

from typing import Annotated, Any

from cvm_xl.catalogue import call, function
from cvm_xl.functions.headings import headings
from cvm_xl.kinds import (
    MONEY,
    NUMBER,
    SHARE,
    UNSIGNED,
    Column,
    Columns,
    Floats,
    Named,
    ParamsDict,
    Scalar,
    Value,
)
from cvm_xl.models import drivers as driving
from cvm_xl.models import satisfaction as satisfied


@function(
    "growth",
    gives="params",
    source="Anderson & Mittal (2000), Strengthening the satisfaction-profit chain, Journal of Service Research 3",
    example=call(
        [[3], [4], [5], [6], [7], [8], [9], [10]],
        [[0.3], [0.46], [0.58], [0.75], [0.8], [0.86], [0.87], [0.92]],
        6,
        gives=[
            ["model", "satisfaction"],
            ["form", "asymmetric"],
            ["n", 8],
            ["left_out", 0],
            ["loglik", 23.89688476],
            ["reference", 6],
            ["intercept", 0.7515909091],
            ["below", 0.1506818182],
            ["above", 0.04313636364],
            ["r2", 0.9965661806],
            ["error_linear", 0.09020924482],
            ["error_asymmetric", 0.01609294192],
            ["se_intercept", 0.01066400836],
            ["se_below", 0.006156868099],
            ["se_above", 0.004536308981],
            ["cov_intercept_below", 4.873760331e-05],
            ["cov_intercept_above", -3.790702479e-05],
            ["cov_below_above", -1.624586777e-05],
        ],
    ),
)
def CVM_SATISFACTION_FIT(
    satisfaction: Annotated[Floats, Column(NUMBER, "Satisfaction of each respondent, group or period", blank="keep")],
    outcome: Annotated[Floats, Column(NUMBER, "What follows: kept (1 or 0), retention, revenue", blank="keep")],
    reference: Annotated[
        float | None, Scalar(NUMBER, "Satisfaction where losses turn to gains; empty: the mean")
    ] = None,
) -> ParamsDict:
    """Effect of satisfaction on retention or sales: one slope, or one below and one above the reference.

    outcome = intercept + below x (s - reference) below the reference, + above x (s - reference) above it. The form
    (linear or asymmetric) is the one that better predicts rows it has not seen.
    """
    return satisfied.fit_satisfaction(satisfaction, outcome, reference)


@function(
    "growth",
    gives="params",
    source="Rust, Zahorik & Keiningham (1995), Return on quality, Journal of Marketing 59; Ho, Park & Zhou (2006)",
    example=call(
        100,
        0.1,
        0.9,
        0.2,
        0.05,
        gives=[
            ["model", "satisfaction_spend"],
            ["spend", 64.74274045],
            ["retention", 0.8921447638],
            ["clv", 429.2144764],
            ["net", 364.4717359],
            ["net_at_zero", 175],
        ],
    ),
)
def CVM_SATISFACTION_SPEND(
    margin: Annotated[float, Scalar(MONEY, "Margin per customer and period")],
    discount: Annotated[float, Scalar(UNSIGNED, "Discount rate per period")],
    ceiling: Annotated[float, Scalar(SHARE, "Retention at boundless spending")],
    gap: Annotated[float, Scalar(SHARE, "By how much retention is lower without spending, at most the ceiling")],
    rate: Annotated[float, Scalar(UNSIGNED, "k of retention = ceiling - gap e^(-k spend), per unit of money")],
) -> ParamsDict:
    """Best spend per customer on satisfaction, beyond which one over-satisfies; 0 where none pays.

    net is the value margin x r / (1 + discount - r) less the spend, net_at_zero what it is without spending.
    """
    return satisfied.best_satisfaction_spend(margin, discount, ceiling, gap, rate)


@function(
    "growth",
    gives="table",
    source="Johnson (2000), Multivariate Behavioral Research 35; Grömping (2006), Journal of Statistical Software 17",
    example=call(
        [["overall"], [7], [5], [9], [4], [8], [6]],
        [["speed", "care"], [6, 7], [5, 5], [9, 8], [3, 6], [8, 9], [7, 4]],
        gives=[
            ["driver", "weight", "share"],
            ["speed", 0.6700275786, 0.6934828279],
            ["care", 0.2961500276, 0.3065171721],
        ],
    ),
)
def CVM_DRIVERS(
    outcome: Annotated[Floats, Column(NUMBER, "What is to be explained, such as overall satisfaction", blank="keep")],
    drivers: Annotated[
        Named, Columns(NUMBER, "Scores of each driver, a column each with its heading", blank="keep", named=True)
    ],
    method: Annotated[
        str,
        Scalar(
            Value("text", choices=("relative", "shapley")),
            "relative (Johnson's relative weights) or shapley (average over all orders, up to 16 drivers)",
        ),
    ] = "relative",
) -> dict[str, Any]:
    """How much of the variance each driver explains: weights that sum to R2, and their shares of it.

    Unlike regression coefficients the weights stay meaningful where drivers go together. Incomplete rows are left out.
    """
    return driving.driver_weights(outcome, drivers.values, headings(drivers), method)


@function(
    "growth",
    gives="table",
    source="Brandt (1987); Matzler & Sauerwein (2002), International Journal of Service Industry Management 13",
    example=call(
        [["overall"], [2], [6], [7], [5], [9], [3], [8], [7], [7]],
        [["parking", "advice"], [1, 3], [3, 2], [4, 3], [3, 1], [5, 5], [2, 4], [3, 4], [5, 3], [3, 3]],
        gives=[
            ["driver", "penalty", "reward", "se_penalty", "se_reward", "kind"],
            ["parking", -5, 0.4, 0.474341649, 0.4373213921, "basic"],
            ["advice", -1.3, 1.4, 0.5086747487, 0.3674234614, "excitement"],
        ],
    ),
)
def CVM_PENALTY_REWARD(
    outcome: Annotated[Floats, Column(NUMBER, "What is to be explained, such as overall satisfaction", blank="keep")],
    drivers: Annotated[
        Named, Columns(NUMBER, "Ratings of each driver, a column each with its heading", blank="keep", named=True)
    ],
) -> dict[str, Any]:
    """What a low and a high rating of each driver does to the outcome: basic, performance or excitement factor.

    Low and high are the outer thirds of the range of ratings. Basic factors, |penalty| > reward, must not fail;
    excitement factors delight. Incomplete rows are left out.
    """
    return driving.penalty_reward(outcome, drivers.values, headings(drivers))


@function(
    "growth",
    gives="table",
    rowwise=True,
    source="Berger et al. (1993), Kano's methods for understanding customer-defined quality",
    example=call(
        [[7], [20]],
        [[32.3], [20]],
        [[49.3], [5]],
        [[9.5], [30]],
        gives=[["better", "worse"], [0.4006116208, -0.8318042813], [0.5333333333, -0.3333333333]],
    ),
)
def CVM_KANO(
    attractive: Annotated[Floats, Column(UNSIGNED, "Answers that class the feature as attractive, count or share")],
    one_dimensional: Annotated[Floats, Column(UNSIGNED, "Answers one-dimensional")],
    must_be: Annotated[Floats, Column(UNSIGNED, "Answers must-be")],
    indifferent: Annotated[Floats, Column(UNSIGNED, "Answers indifferent")],
) -> dict[str, Any]:
    """Kano's coefficients: how much better customers feel with a feature, and how much worse without it."""
    return driving.kano(attractive, one_dimensional, must_be, indifferent)


@function(
    "growth",
    gives="params",
    source="Reichheld (2003), The one number you need to grow; Rocks (2016), The American Statistician 70",
    example=call(
        [[10], [9], [9], [8], [7], [10], [3], [6], [9], [8]],
        gives=[
            ["model", "nps"],
            ["nps", 30],
            ["se", 24.69817807],
            ["promoters", 0.5],
            ["passives", 0.3],
            ["detractors", 0.2],
            ["n", 10],
        ],
    ),
)
def CVM_NPS(
    scores: Annotated[Floats, Column(Value(lo=0, hi=10, whole=True), "Likelihood to recommend, 0 to 10", blank="keep")],
) -> ParamsDict:
    """Net promoter score in points, with its standard error, and the shares of promoters, passives and detractors."""
    return driving.net_promoter_score(scores)
