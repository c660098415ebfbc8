"""Functions of the family `lifetime` that need no histories: contracts, constant retention, moves between states."""

from __future__ import annotations

from typing import Annotated, Any

from cvm_xl.catalogue import call, function
from cvm_xl.kinds import (
    COUNT,
    FLAG,
    KEY,
    MONEY,
    NUMBER,
    RATE,
    SHARE,
    UNSIGNED,
    Column,
    Floats,
    Keys,
    Matrix,
    Params,
    ParamsDict,
    Scalar,
    Series,
    Value,
)
from cvm_xl.models import clv, sbg

PER_PERIOD = "Discount rate per period of the margin, 0.1 for 10%"
RETENTION = "Share of customers who stay from one period to the next"
WHOLE_PERIODS = Column(COUNT, "Periods that count; empty: for ever")


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Gupta & Lehmann (2003), Customers as assets, Journal of Interactive Marketing 17",
    example=call(100, [[0.8], [0.9]], 0.12, gives=[[250], [409.0909090909]]),
)
def CVM_CLV(
    margin: Annotated[Floats, Column(MONEY, "Money per customer and period")],
    retention: Annotated[Floats, Column(SHARE, RETENTION)],
    discount: Annotated[Floats, Column(UNSIGNED, PER_PERIOD)],
    horizon: Annotated[Floats | None, WHOLE_PERIODS] = None,
    growth: Annotated[Any, Column(RATE, "Growth of the margin per period")] = 0,
    acquisition: Annotated[Any, Column(MONEY, "Money spent to win the customer")] = 0,
    first: Annotated[bool, Scalar(FLAG, "TRUE: the margin of now counts too")] = False,
) -> Floats:
    """Lifetime value under a constant retention rate, from next period on, less the cost of acquisition.

    The sum over t from 1 to horizon of margin x (1 + growth)^(t - 1) x (retention / (1 + discount))^t.
    """
    return clv.clv(margin, retention, discount, horizon, growth, acquisition, bool(first))


HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
RENEWING = [["model", "sbg"], ["alpha", 0.668088], ["beta", 3.806095]]
SBG = Params(KEY, "The model that CVM_SBG gives", models=("sbg",))


@function(
    "lifetime",
    gives="params",
    source="Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21",
    example=call(
        HIGH_END,
        gives=[
            ["model", "sbg"],
            ["alpha", 0.6680883511],
            ["beta", 3.806094964],
            ["n", 1000.0],
            ["loglik", -1611.158147],
            ["se_alpha", 0.1037349311],
            ["se_beta", 0.7855316918],
            ["cov_alpha_beta", 0.07765915505],
        ],
    ),
)
def CVM_SBG(
    survivors: Annotated[Floats, Series(UNSIGNED, "Customers of one cohort at the start and after each renewal")],
) -> ParamsDict:
    """Fit the shifted-beta-geometric model of renewals to the survivors of a cohort under contract."""
    return sbg.fit(survivors)


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader & Hardie (2007), Journal of Interactive Marketing 21, equation 8",
    example=call(RENEWING, [[1], [2], [7]], gives=[[0.8506793307], [0.8779565827], [0.9362157411]]),
)
def CVM_RETENTION(
    model: Annotated[ParamsDict, SBG],
    periods: Annotated[Floats, Column(Value(lo=1, whole=True), "Number of the renewal: 1, 2, ...")],
) -> Floats:
    """Share that renews at renewal t among those who came so far; it rises with t."""
    return sbg.retention(model, periods)


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader & Hardie (2007), Journal of Interactive Marketing 21, equation 6",
    example=call(RENEWING, [[0], [8], [12]], gives=[[1.0], [0.4604398518], [0.3779992578]]),
)
def CVM_SURVIVAL(
    model: Annotated[ParamsDict, SBG],
    periods: Annotated[Floats, Column(COUNT, "Renewals since the start: 0, 1, 2, ...")],
) -> Floats:
    """Share of a cohort that is left after t renewals."""
    return sbg.survival(model, periods)


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader & Hardie (2010), Customer-base valuation in a contractual setting, Marketing Science 29",
    example=call(RENEWING, [[1], [2], [5]], 0.1, gives=[[5.414480571], [5.901379266], [6.896708181]]),
)
def CVM_DERL(
    model: Annotated[ParamsDict, SBG],
    period: Annotated[Floats, Column(Value(lo=1, whole=True), "Period the customer is in: n, after n - 1 renewals")],
    discount: Annotated[Floats, Column(UNSIGNED, "Discount rate per period, 0.1 for 10%")],
) -> Floats:
    """Discounted expected residual lifetime, in payments: the customer in period n is about to decide on renewal n.

    The payment of the coming renewal is not discounted. Times the margin per period it is the residual value.
    """
    return sbg.residual_lifetime(model, period, discount)


@function(
    "lifetime",
    gives="table",
    source="Pfeifer & Carraway (2000), Modeling customer relationships as Markov chains",
    example=call(
        [["Top"], ["Top"], ["Top"], ["Base"], ["Base"]],
        [["Top"], ["Top"], ["Base"], ["Base"], ["Gone"]],
        ["Top", "Base", "Gone"],
        gives=[
            ["from", "Top", "Base", "Gone", "n"],
            ["Top", 0.6666666667, 0.3333333333, 0, 3],
            ["Base", 0, 0.5, 0.5, 2],
            ["Gone", None, None, None, 0],
        ],
    ),
)
def CVM_MIGRATION(
    state_from: Annotated[Keys, Column(KEY, "State of each customer before (tier, segment ...)")],
    state_to: Annotated[Keys, Column(KEY, "State of the same customer one period later")],
    states: Annotated[Any, Series(KEY, "The states in the order wanted; empty: all that occur, sorted")] = None,
) -> dict[str, Any]:
    """Shares of customers that move from each state to each other in a period; n is how many were in the state."""
    return clv.migration(state_from, state_to, states)


@function(
    "lifetime",
    gives="column",
    source="Pfeifer & Carraway (2000), Journal of Interactive Marketing 14",
    example=call(
        [[0.3, 0.7, 0, 0, 0], [0.2, 0, 0.8, 0, 0], [0.15, 0, 0, 0.85, 0], [0.05, 0, 0, 0, 0.95], [0, 0, 0, 0, 1]],
        [36, -4, -4, -4, 0],
        0.2,
        4,
        gives=[[50.11496914], [4.219907407], [0.5921103395], [-1.980131173], [0.0]],
    ),
)
def CVM_MARKOV_CLV(
    transitions: Annotated[
        Floats, Matrix(SHARE, "Shares that move from the row's to the column's state; rows sum to 1")
    ],
    rewards: Annotated[Floats, Series(NUMBER, "Money per period in each state")],
    discount: Annotated[float, Scalar(UNSIGNED, "Discount rate per period, 0.1 for 10%")],
    horizon: Annotated[float | None, Scalar(COUNT, "Last period that counts, 0 is now; empty: for ever")] = None,
) -> Floats:
    """Lifetime value by the state a customer is in now, which pays now, when states follow a Markov chain."""
    return clv.markov_clv(transitions, rewards, discount, horizon)


@function(
    "lifetime",
    gives="table",
    rowwise=True,
    source="Gupta & Lehmann (2003), Journal of Interactive Marketing 17 (the multiple), at two shares of wallet",
    example=call(
        120,
        0.4,
        1,
        0.8,
        0.8,
        0.1,
        100,
        gives=[["now", "potential", "uplift", "break_even_probability"], [320, 800, 480, 0.2083333333]],
    ),
)
def CVM_POTENTIAL(
    margin: Annotated[Floats, Column(MONEY, "Money per customer and period now, at today's share of wallet")],
    wallet_share: Annotated[Floats, Column(Value(above=0, hi=1), "Our share of what the customer buys, now")],
    target_share: Annotated[Floats, Column(Value(above=0, hi=1), "Share of wallet aimed at")],
    retention: Annotated[Floats, Column(SHARE, RETENTION)],
    target_retention: Annotated[Floats, Column(SHARE, "Retention aimed at")],
    discount: Annotated[Floats, Column(UNSIGNED, PER_PERIOD)],
    cost: Annotated[Floats | None, Column(UNSIGNED, "Present cost of trying")] = None,
    horizon: Annotated[Floats | None, WHOLE_PERIODS] = None,
) -> dict[str, Any]:
    """What a customer is worth now, could be worth at the targets, and how likely success must be for trying to pay.

    break_even_probability is cost / uplift; above 1 trying never pays; blank without a cost or without an uplift.
    """
    return clv.potential(margin, wallet_share, target_share, retention, target_retention, discount, cost, horizon)
