"""Functions of the family `value`: tiers and portfolio."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from cvm_xl.catalogue import call, function
from cvm_xl.errors import NotAvailable
from cvm_xl.kinds import FLAG, MONEY, NUMBER, TEXT, UNSIGNED, Column, Floats, Keys, ParamsDict, Scalar, Series, Value
from cvm_xl.models.portfolio import quadrant, rfm_scores
from cvm_xl.models.tiers import tier
from cvm_xl.models.whale import whale_curve, whale_statistics

TIERED_BY = Value("text", choices=("rank", "profit", "amount"))
POINTS = Value(lo=3, whole=True)
PROFIT = Column(MONEY, "Profit of each customer")


@function(
    "value",
    gives="column",
    source="Niraj, Gupta & Narasimhan 2001; Zeithaml, Rust & Lemon 2001: customer tiers by profitability",
    example=call(
        [[30], [900], [-50], [10], [20], [800], [70], [60], [50], [40]],
        gives=[["Middle"], ["Top"], ["Bottom"], ["Middle"], ["Middle"], ["Top"], *[["Middle"]] * 4],
    ),
)
def CVM_TIER(
    profit: Annotated[Floats, PROFIT],
    shares: Annotated[
        Floats, Series(NUMBER, "Sizes of the tiers from the best down, summing to 1; by amount: descending cut-offs")
    ] = (0.2, 0.7, 0.1),  # type: ignore[assignment]
    labels: Annotated[Keys, Series(TEXT, "Names of the tiers from the best down")] = ("Top", "Middle", "Bottom"),  # type: ignore[assignment]
    by: Annotated[
        str,
        Scalar(
            TIERED_BY,
            "rank: shares of the number of customers; profit: shares of cumulative profit; amount: cut-offs in money",
        ),
    ] = "rank",
) -> Keys:
    """Tier of each customer, by default the best 20%, the middle 70% and the last 10% by profit.

    Tiers end at the cumulative share of the number of customers, rounded half up; equal profits (to the cent) share
    the tier of their middle rank. By profit, a tier holds those before whom less than its cumulative share of all
    positive profit has been made, and customers without a profit are in the last one. By amount, `shares` are cut-offs,
    one fewer than the tiers, and a profit on the cut-off reaches the tier.
    """
    return tier(profit, np.asarray(shares, dtype=np.float64), list(labels), by)


@function(
    "value",
    gives="table",
    source="Kaplan & Narayanan 2001: whale curve",
    example=call(
        [[-125], [150], [75]],
        gives=[
            ["customers_share", "profit", "cumulative_profit", "cumulative_share"],
            [0, 0, 0, 0],
            [1 / 3, 150, 150, 1.5],
            [2 / 3, 75, 225, 2.25],
            [1, -125, 100, 1],
        ],
    ),
)
def CVM_WHALE(
    profit: Annotated[Floats, PROFIT],
    points: Annotated[
        int | None,
        Scalar(
            Value(lo=3, whole=True),
            "Rows wanted at most, for a chart: both ends and the peak are kept; empty: all rows",
        ),
    ] = None,
) -> dict[str, Any]:
    """Whale curve: cumulative profit from the best customer to the worst.

    Starts from nothing; `cumulative_share` is empty where the total is not positive.
    """
    return whale_curve(profit, points)


@function(
    "value",
    gives="params",
    source="van Raaij, Vernooij & van Triest 2003; Raffinetti, Siletti & Vernizzi 2015: Gini with losses",
    example=call(
        [[150], [75], *[[0]] * 7, [-125]],
        gives=[
            ["n", 10],
            ["total", 100],
            ["peak", 2.25],
            ["peak_at", 0.2],
            ["share_profitable", 0.2],
            ["subsidy_rate", 125 / 225],
            ["top20", 2.25],
            ["middle70", 0],
            ["bottom10", -1.25],
            ["gini", 3],
            ["gini_normalised", 6 / 7],
            ["stobachoff", 0.75],
        ],
    ),
)
def CVM_WHALE_STATS(profit: Annotated[Floats, PROFIT]) -> ParamsDict:
    """Figures of the whale curve: peak, subsidy, shares of the tiers, Gini and Stobachoff index.

    Shares of the total are #N/A where the total is not positive, the subsidy rate where nobody makes a profit.
    """
    figures = whale_statistics(profit)
    return {name: NotAvailable("does not exist") if math.isnan(x) else x for name, x in figures.items()}


@function(
    "value",
    gives="table",
    rowwise=True,
    source="Hughes, Strategic Database Marketing, ch. 6: recency, frequency, monetary value",
    example=call(
        [[3], [200], [10], [40], [90]],
        [[9], [1], [6], [4], [2]],
        [[500], [20], [900], [100], [50]],
        gives=[
            ["R", "F", "M", "score"],
            [5, 5, 4, 554],
            [1, 1, 1, 111],
            [4, 4, 5, 445],
            [3, 3, 3, 333],
            [2, 2, 2, 222],
        ],
    ),
)
def CVM_RFM_SCORE(
    days_since: Annotated[Floats, Column(UNSIGNED, "Days since the last purchase")],
    frequency: Annotated[Floats, Column(UNSIGNED, "Number of purchases")],
    monetary: Annotated[Floats, Column(MONEY, "Money spent, in total or per purchase")],
    bins: Annotated[int, Scalar(Value(lo=2, hi=9, whole=True), "Number of scores; the highest is the best")] = 5,
    nested: Annotated[bool, Scalar(FLAG, "TRUE: frequency is scored within each R, money within each R and F")] = False,
) -> dict[str, Any]:
    """Scores by recency, frequency and money, and their digits in one number: 555 is the best of five bins.

    Bins hold equal numbers of customers as far as equal values allow, which share the bin of their middle rank.
    Customers in error are not scored; the others are scored among themselves.
    """
    return rfm_scores(days_since, frequency, monetary, bins, nested)


@function(
    "value",
    gives="column",
    source="Reinartz & Kumar 2002, The Mismanagement of Customer Loyalty",
    example=call(
        [[100], [90], [10], [5]],
        [[36], [2], [40], [1]],
        gives=[["true friends"], ["butterflies"], ["barnacles"], ["strangers"]],
    ),
)
def CVM_QUADRANT(
    profit: Annotated[Floats, PROFIT],
    duration: Annotated[Floats, Column(UNSIGNED, "How long each customer has been or will be with us, any unit")],
    profit_cut: Annotated[float | None, Scalar(MONEY, "High profit from here on; empty: the median")] = None,
    duration_cut: Annotated[float | None, Scalar(UNSIGNED, "Long duration from here on; empty: the median")] = None,
    labels: Annotated[Keys, Series(TEXT, "Four names: high and long, high and short, low and long, low and short")] = (
        "true friends",
        "butterflies",
        "barnacles",
        "strangers",
    ),  # type: ignore[assignment]
) -> Keys:
    """Quadrant of each customer by profit and duration: true friends, butterflies, barnacles, strangers."""
    return quadrant(profit, duration, profit_cut, duration_cut, list(labels))
