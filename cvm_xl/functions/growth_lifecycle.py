"""Functions of the family `growth`: the steps of the customer's life, from acquisition to winning back."""

from __future__ import annotations

from typing import Annotated, Any

from cvm_xl.catalogue import call, function
from cvm_xl.functions.headings import headings
from cvm_xl.kinds import (
    FLAG,
    KEY,
    MARGIN,
    MONEY,
    RATE,
    SHARE,
    TEXT,
    UNSIGNED,
    WHOLE,
    Column,
    Columns,
    Floats,
    Keys,
    Matrix,
    Named,
    Params,
    ParamsDict,
    Scalar,
    Series,
    Value,
)
from cvm_xl.models import contact, equity, lifecycle
from cvm_xl.models import readiness as ready
from cvm_xl.models.acquisition import acquire_and_retain, funnel


@function(
    "growth",
    gives="params",
    source="Blattberg & Deighton (1996), Manage marketing by the customer equity test, Harvard Business Review 74",
    example=call(
        0.4,
        0.05,
        60,
        0.7,
        0.06,
        0.1,
        gives=[
            ["model", "acquire"],
            ["acquisition", 8.199154695],
            ["retention", 19.19825132],
            ["a", 0.13452868],
            ["r", 0.4787739],
            ["clv", 75.33770502],
            ["equity", 1.935927314],
        ],
    ),
)
def CVM_ACQUIRE(
    ceiling: Annotated[float, Scalar(SHARE, "Share of prospects won at boundless spending")],
    rate: Annotated[float, Scalar(UNSIGNED, "k of won = ceiling (1 - e^(-k spend)), spend per prospect")],
    margin: Annotated[float, Scalar(MONEY, "Margin per customer and period, before spending on retention")],
    retention_ceiling: Annotated[float, Scalar(SHARE, "Share of customers kept at boundless spending")],
    retention_rate: Annotated[float, Scalar(UNSIGNED, "k of kept = ceiling (1 - e^(-k spend)), spend per customer")],
    discount: Annotated[float, Scalar(UNSIGNED, "Discount rate per period")],
) -> ParamsDict:
    """Best spend on acquisition (per prospect) and on retention (per customer and period), by customer equity.

    a and r are the shares won and kept at these spends, clv what a customer won is worth, equity a x clv less the spend
    on acquisition, per prospect.
    """
    return acquire_and_retain(ceiling, rate, margin, retention_ceiling, retention_rate, discount)


@function(
    "growth",
    gives="table",
    rowwise=True,
    source="Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics, ch. 5; Blattberg & Deighton (1996)",
    example=call(
        [["Search"], ["Fair"]],
        [[1000], [200]],
        [[50], [30]],
        [[6000], [9000]],
        [[200], [250]],
        [[40], [40]],
        gives=[
            ["source", "conversion", "cost_per_customer", "ceiling", "return", "payback"],
            ["Search", 0.05, 120, 200, 0.6666666667, 3],
            ["Fair", 0.15, 300, 250, -0.1666666667, 7.5],
        ],
    ),
)
def CVM_FUNNEL(
    source: Annotated[Keys, Column(KEY, "Where the leads come from", blank="keep")],
    leads: Annotated[Floats, Column(UNSIGNED, "Leads of each source")],
    customers: Annotated[Floats, Column(UNSIGNED, "Customers won from them")],
    spend: Annotated[Floats, Column(UNSIGNED, "Money spent on the source")],
    clv: Annotated[Floats, Column(MONEY, "Lifetime value of a customer of this source")],
    margin_per_period: Annotated[
        Floats | None, Column(MONEY, "Margin per customer and period, for the payback")
    ] = None,
) -> dict[str, Any]:
    """Acquisition by source: conversion, cost per customer against its ceiling (the lifetime value), return, payback.

    return is (customers x clv - spend) / spend; payback is in the periods of the margin.
    """
    return funnel(source, leads, customers, spend, clv, margin_per_period)


@function(
    "growth",
    gives="table",
    rowwise=True,
    source="Stauss & Friege (1999), Regaining service customers, Journal of Service Research 1",
    example=call(
        [[300], [300]],
        [[0.2], [0.2]],
        15,
        [[0], [225]],
        gives=[["expected_value", "highest_incentive"], [45, 225], [0, 225]],
    ),
)
def CVM_WINBACK(
    second_value: Annotated[Floats, Column(MONEY, "Second lifetime value: worth of the customer once back")],
    probability: Annotated[Floats, Column(SHARE, "Probability that the offer is taken")],
    contact: Annotated[Floats, Column(UNSIGNED, "Cost of the contact, taken or not")],
    incentive: Annotated[Any, Column(UNSIGNED, "What each who takes the offer gets")] = 0,
) -> dict[str, Any]:
    """Expected value of an offer to a lost customer, and the highest incentive at which it still pays."""
    return lifecycle.win_back(second_value, probability, contact, incentive)


@function(
    "growth",
    gives="column",
    rowwise=True,
    source="Kumar & Reinartz, Customer Relationship Management, ch. 11 (loyalty programmes)",
    example=call(
        [[120], [500], [80], [2400]],
        [[100, 500, 2000]],
        [["Bronze", "Silver", "Gold"]],
        gives=[["Bronze"], ["Silver"], [None], ["Gold"]],
    ),
)
def CVM_LOYALTY_TIER(
    spend: Annotated[Floats, Column(MONEY, "What each member spent")],
    thresholds: Annotated[Floats, Series(MONEY, "Spend from which each tier begins, ascending")],
    labels: Annotated[
        Keys, Series(TEXT, "Names of the tiers from the lowest up; one more than thresholds names those below all")
    ],
) -> Keys:
    """Loyalty tier of each member: the highest whose threshold the spend reaches; empty below the first."""
    return lifecycle.loyalty_tier(spend, thresholds, list(labels))


@function(
    "growth",
    gives="column",
    rowwise=True,
    source="Kumar & Reinartz, Customer Relationship Management, ch. 11 (loyalty programmes)",
    example=call(0.05, 0.8, 0.3, gives=0.1538461538),
)
def CVM_LOYALTY_LIFT(
    reward: Annotated[Floats, Column(UNSIGNED, "Worth of the rewards, as a share of sales")],
    redemption: Annotated[Floats, Column(SHARE, "Share of the rewards that is redeemed")],
    margin: Annotated[Floats, Column(SHARE, "Margin, as a share of sales")],
) -> Floats:
    """Rise in sales, as a share, at which a loyalty programme breaks even: what it gives away over what is left."""
    return lifecycle.loyalty_lift(reward, redemption, margin)


@function(
    "growth",
    gives="column",
    rowwise=True,
    source="Kumar, Petersen & Leone (2010), Driving profitability by encouraging customer referrals",
    example=call([[False], [True]], 100, 20, 5, 10, [[0], [1]], 0.1, gives=[[105], [18.18181818]]),
)
def CVM_REFERRAL(
    joined_anyway: Annotated[Floats, Column(FLAG, "TRUE where the customer would have joined without the referral")],
    margin: Annotated[Floats, Column(MONEY, "Present value of the margin of the customer referred, at joining")],
    acquisition_saved: Annotated[Floats, Column(MONEY, "Cost of acquisition that the referral saves")],
    referral_cost: Annotated[Floats, Column(UNSIGNED, "Reward and cost of the referral")],
    marketing: Annotated[Floats, Column(UNSIGNED, "Marketing to the customer referred")],
    delay: Annotated[Floats, Column(UNSIGNED, "Periods until the customer joins")],
    discount: Annotated[Floats, Column(RATE, "Discount rate per period")],
) -> Floats:
    """Value of each referral: margin less costs plus acquisition saved; only the saving for who would have joined."""
    return lifecycle.referral(joined_anyway, margin, acquisition_saved, referral_cost, marketing, delay, discount)


@function(
    "growth",
    gives="table",
    rowwise=True,
    source="Fornell & Wernerfelt (1987), Defensive marketing strategy by customer complaint management",
    example=call(
        [[500], [200]],
        [[100], [150]],
        0.6,
        [[80], [80]],
        gives=[["expected_value", "highest_spend"], [160, 240], [-50, 30]],
    ),
)
def CVM_RECOVERY(
    value_recovered: Annotated[Floats, Column(MONEY, "Value of the customer once satisfied again")],
    value_lost: Annotated[Floats, Column(MONEY, "Value of the customer if nothing is done")],
    success: Annotated[Floats, Column(SHARE, "Probability that making good succeeds")],
    cost: Annotated[Floats, Column(UNSIGNED, "Cost of making good")],
) -> dict[str, Any]:
    """What making good after a complaint is expected to bring, and the most to spend on it."""
    return lifecycle.recovery(value_recovered, value_lost, success, cost)


@function(
    "growth",
    gives="params",
    source="Bult & Wansbeek (1995), Optimal selection for direct mail, Marketing Science 14",
    example=call(
        [["responded"], [0], [0], [1], [0], [1], [1], [0], [1]],
        [
            ["orders", "kind"],
            [1, "home"],
            [2, "home"],
            [3, "home"],
            [4, "home"],
            [2, "pro"],
            [3, "pro"],
            [1, "pro"],
            [5, "pro"],
        ],
        gives=[
            ["model", "response_score"],
            ["n", 8],
            ["left_out", 0],
            ["loglik", -3.251235001],
            ["loglik_0", -5.545177444],
            ["intercept", -5.200346731],
            ["orders", 1.415924305],
            ["kind=pro", 3.289098146],
            ["se_intercept", 4.057377006],
            ["se_orders", 1.188853487],
            ["se_kind=pro", 2.616916594],
            ["cov_intercept_orders", -4.543119938],
            ["cov_intercept_kind=pro", -8.570388791],
            ["cov_orders_kind=pro", 2.087929922],
            ["base_kind", "home"],
        ],
    ),
)
def CVM_RESPONSE_SCORE(
    responded: Annotated[
        Floats, Column(FLAG, "TRUE or 1 where the customer responded to a past contact", blank="keep")
    ],
    drivers: Annotated[
        Named, Columns(KEY, "What is known of each customer, a column each with its heading", blank="keep", named=True)
    ],
) -> ParamsDict:
    """Who responds, by logit from a past contact, for CVM_PROPENSITY: 1 / (1 + exp(-(intercept + effects x drivers))).

    A column of texts has an effect per level against the first in the alphabet. Rows with an empty cell are left out.
    """
    return contact.fit_response_score(responded, drivers.values, headings(drivers))


@function(
    "growth",
    gives="column",
    rowwise=True,
    source="Bult & Wansbeek (1995), Optimal selection for direct mail, Marketing Science 14",
    example=call(
        [
            ["model", "response_score"],
            ["intercept", -3],
            ["orders", 0.5],
            ["kind=pro", 1],
            ["se_intercept", 0.3],
            ["se_orders", 0.1],
            ["se_kind=pro", 0.2],
            ["base_kind", "home"],
        ],
        [["orders", "kind"], [2, "pro"], [4, "home"], [6, "pro"]],
        gives=[[None], [0.2689414214], [0.2689414214], [0.7310585786]],
    ),
)
def CVM_PROPENSITY(
    model: Annotated[ParamsDict, Params(KEY, "Result of CVM_RESPONSE_SCORE", models=("response_score",))],
    drivers: Annotated[Named, Columns(KEY, "Drivers of each customer, with the headings of the model", named=True)],
) -> Floats:
    """Probability that each customer responds."""
    return contact.propensity(model, drivers.values, drivers.names)


@function(
    "growth",
    gives="table",
    source="Bult & Wansbeek (1995), Optimal selection for direct mail, Marketing Science 14: gains chart",
    example=call(
        [[0.02], [0.3], [0.1], [0.05], [0.2]],
        50,
        4,
        gives=[
            ["decile", "customers", "cut_off", "response", "lift", "profit", "cumulative_profit", "contact"],
            [1, 1, 0.3, 0.3, 2.23880597, 11, 11, True],
            [3, 1, 0.2, 0.2, 1.492537313, 6, 17, True],
            [5, 1, 0.1, 0.1, 0.7462686567, 1, 18, True],
            [7, 1, 0.05, 0.05, 0.3731343284, -1.5, 16.5, False],
            [9, 1, 0.02, 0.02, 0.1492537313, -3, 13.5, False],
        ],
    ),
)
def CVM_TARGET(
    score: Annotated[Floats, Column(SHARE, "Probability of a response (CVM_PROPENSITY)")],
    margin: Annotated[Floats, Column(MONEY, "Money that a response brings")],
    contact_cost: Annotated[Floats, Column(UNSIGNED, "Cost of a contact")],
    responded: Annotated[
        Floats | None, Column(FLAG, "What happened in a past contact: TRUE or 1; empty cells are no response")
    ] = None,
) -> dict[str, Any]:
    """Whom to contact: response, lift and profit by decile of the score, and down to where contact pays.

    With responded the figures are what happened, without it what the scores expect. Contact all whose score reaches
    cut_off, the lowest in its decile, in the last row where contact is TRUE.
    """
    return contact.target(score, margin, contact_cost, responded)


@function(
    "growth",
    gives="params",
    source="Gupta, Lehmann & Stuart (2004), Valuing customers, Journal of Marketing Research 41",
    example=call(
        [[1], [2], [3], [4], [5], [6], [7], [8], [9], [10]],
        [[30], [18], [27], [39], [52], [60], [63], [57], [49], [36]],
        10,
        0.8,
        0.1,
        20,
        gives=[
            ["model", "equity"],
            ["n", 10],
            ["a", 501.2443358],
            ["b", -3.22435319],
            ["c", 0.5059398241],
            ["customers", 208.4837171],
            ["clv", 26.66666667],
            ["today", 5559.56579],
            ["future", 362.8474753],
            ["equity", 5922.413265],
            ["elasticity_margin", 1.183800484],
            ["elasticity_retention", 4.459522372],
            ["elasticity_discount", -0.4060773484],
            ["elasticity_acquisition_cost", -0.1838004842],
            ["r2", 0.9978037854],
            ["se_a", 5.301593768],
            ["se_b", 0.04404146077],
            ["se_c", 0.007144424625],
            ["cov_a_b", 0.1775297961],
            ["cov_a_c", -0.03121654293],
            ["cov_b_c", -0.0002963900154],
        ],
    ),
)
def CVM_EQUITY(
    period: Annotated[Floats, Column(WHOLE, "Number of each period: 1, 2, 3 ... or years")],
    acquired: Annotated[Floats, Column(UNSIGNED, "Customers won in it; in the first row with all won before")],
    margin: Annotated[float, Scalar(MONEY, "Margin per customer and period")],
    retention: Annotated[float, Scalar(SHARE, "Share of customers kept per period")],
    discount: Annotated[float, Scalar(UNSIGNED, "Discount rate per period")],
    acquisition_cost: Annotated[float, Scalar(UNSIGNED, "Money per customer won")],
    tax: Annotated[float, Scalar(MARGIN, "Tax rate")] = 0,
) -> ParamsDict:
    """Customer equity: value of today's customers and of those to come, and what a change of 1% does to it.

    Customers to come follow the growth curve a / (1 + e^(-b - c t)) of all won, fitted to the data. today, future and
    equity are after tax; elasticities are % change of equity when margin, retention, discount or cost rises by 1%.
    """
    return equity.customer_equity(period, acquired, margin, retention, discount, acquisition_cost, tax)


@function(
    "growth",
    gives="params",
    source="Rust, Lemon & Zeithaml (2004), Return on marketing, Journal of Marketing 68",
    example=call(
        [["", "Ours", "Rival"], ["Ours", 0.8, 0.2], ["Rival", 0.1, 0.9]],
        [["", "Ours", "Rival"], ["Ours", 0.85, 0.15], ["Rival", 0.12, 0.88]],
        10,
        [[100, 400]],
        500,
        0.1,
        gives=[
            ["model", "switching"],
            ["clv_before", 45],
            ["clv_after", 55.40540541],
            ["equity_before", 15500],
            ["equity_after", 19810.81081],
            ["change", 4310.810811],
            ["return", 7.621621622],
        ],
    ),
)
def CVM_SWITCHING(
    before: Annotated[
        Named,
        Matrix(
            SHARE, "Switching now: brand bought last in rows, next in columns, ours first; rows sum to 1", named=True
        ),
    ],
    after: Annotated[Named, Matrix(SHARE, "Switching once the investment works, in the same layout", named=True)],
    margin: Annotated[float, Scalar(MONEY, "Our contribution per purchase")],
    customers: Annotated[
        Floats, Series(UNSIGNED, "Customers by the brand they bought last; one number: those of ours")
    ],
    cost: Annotated[float, Scalar(UNSIGNED, "Cost of the investment")],
    discount: Annotated[float, Scalar(UNSIGNED, "Discount rate per purchase cycle")],
    horizon: Annotated[
        int | None, Scalar(Value(lo=1, hi=10_000, whole=True), "Purchases ahead; empty: for ever")
    ] = None,
) -> ParamsDict:
    """Return on an investment that shifts brand switching: (change in customer equity - cost) / cost.

    clv is the value to us of a customer who last bought our brand, over the purchases to come.
    """
    return equity.switching_value(before.values, after.values, margin, customers, cost, discount, horizon)


@function(
    "growth",
    gives="params",
    source="Paulk et al. (1993), Capability Maturity Model: levels 1 to 5",
    example=call(
        [["Data"], ["Skills"], ["Culture"], ["Cooperation"]],
        [[3.5], [2], [4], [3]],
        [[2], [1], [1], [1]],
        gives=[["model", "readiness"], ["index", 3.2], ["weakest", "Skills"], ["next_level", 3]],
    ),
)
def CVM_READINESS(
    dimensions: Annotated[Keys, Column(TEXT, "Name of each dimension")],
    scores: Annotated[Floats, Column(Value(lo=1, hi=5), "1 (not begun) to 5 (mastered)")],
    weights: Annotated[Floats, Column(UNSIGNED, "Importance of each, in any unit")] = 1,  # type: ignore[assignment]
) -> ParamsDict:
    """Readiness of the organisation: weighted index, the weakest link, and the level to reach there next."""
    return ready.readiness(list(dimensions), scores, weights)
