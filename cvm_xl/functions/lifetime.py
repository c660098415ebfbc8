"""Functions of the family `lifetime`: what customers will buy, how sure that is, and what they are worth."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from cvm_xl.catalogue import call, function
from cvm_xl.errors import InvalidInput
from cvm_xl.kinds import (
    COUNT,
    DATE,
    FLAG,
    KEY,
    MONEY,
    UNSIGNED,
    Column,
    Floats,
    Keys,
    Params,
    ParamsDict,
    Scalar,
    Value,
)
from cvm_xl.models import bgnbd, gamma_gamma
from cvm_xl.models import lifetime as models
from cvm_xl.models.summary import DAYS, summary

EPOCH = np.datetime64("1899-12-30", "D")
UNIT = Scalar(Value("text", choices=tuple(DAYS)), "Unit of time: day, week, month (30.4375 days), quarter, year")
PURCHASES = ("bgnbd", "mbgnbd")
MODEL = Params(KEY, "A fitted model of purchases, such as CVM_BGNBD gives", models=PURCHASES)
SPEND = Params(KEY, "The fitted model of spend, as CVM_GAMMA_GAMMA gives it", models=("gamma_gamma",))
FREQUENCY = Column(
    COUNT, "Repeat purchases: days with a purchase after the first; or the whole CVM_SUMMARY", table=True
)
RECENCY = Column(UNSIGNED, "Time from first to last purchase, 0 without repeat purchases (not the time since)")
AGE = Column(UNSIGNED, "Time from first purchase to now, in the same unit")
MONETARY = Column(UNSIGNED, "Mean money of a repeat purchase; not needed where frequency is 0")
CUSTOMERS = Column(UNSIGNED, "How many customers have this history")
KEPT = Column(Value(hi=1), "Margin as a share of revenue")
YEARLY = Column(UNSIGNED, "Discount rate per year, 0.1 for 10%")
AHEAD = Column(UNSIGNED, "Time ahead in the model's unit; empty: for ever")


def _given(**columns: Floats | None) -> list[Floats]:
    """Columns that a whole summary brings along, and that must be given where frequency is a column alone."""
    for name, column in columns.items():
        if column is None:
            raise InvalidInput("is missing; give it, or give the whole CVM_SUMMARY as frequency", argument=name)
    return [column for column in columns.values() if column is not None]


def _serial(date: Any) -> Any:
    return (date - EPOCH) / np.timedelta64(1, "D")


@function(
    "lifetime",
    gives="table",
    source="Fader, Hardie & Lee (2005), Counting your customers the easy way, Marketing Science 24, section 4.1",
    example=call(
        [["A"], ["A"], ["B"], ["A"], ["B"]],
        [["2024-01-01"], ["2024-01-15"], ["2024-01-08"], ["2024-02-05"], ["2024-01-22"]],
        [[50], [30], [20], [40], [-5]],
        "2024-03-04",
        gives=[["customer", "frequency", "recency", "age", "monetary"], ["A", 2, 5, 9, 35], ["B", 0, 0, 8, 0]],
    ),
)
def CVM_SUMMARY(
    customer: Annotated[Keys, Column(KEY, "Customer of each line; lines without are left out", blank="keep")],
    date: Annotated[Any, Column(DATE, "Day of each line")],
    amount: Annotated[Floats, Column(MONEY, "Money of each line; returns are negative")],
    end: Annotated[Any, Scalar(DATE, "Last day that counts; empty: the latest of all lines")] = None,
    unit: Annotated[str, UNIT] = "week",
    first: Annotated[bool, Scalar(FLAG, "TRUE: the first purchase counts in monetary")] = False,
) -> dict[str, Any]:
    """Recency-frequency summary of purchase lines: one row per customer, as the lifetime models take it.

    All lines of a customer on one day are one purchase. A day whose net is below 0 is a return: it reduces the latest
    earlier purchase, to zero at most, then the ones before; a purchase reduced to zero is none, and customers without
    any are left out. frequency counts purchases after the first; recency is the time from first to last purchase, age
    from first purchase to `end`, both in days over the days of the unit; monetary is the mean of repeat purchases (0
    without one). Customers are sorted.
    """
    known = np.array([key is not None for key in customer], bool)
    dates = _serial(date)
    table, _ = summary(
        customer if known.all() else customer[known],
        dates if known.all() else dates[known],
        amount if known.all() else amount[known],
        None if end is None else float(_serial(end)),
        unit,
        bool(first),
    )
    return table


HISTORIES = (
    [[0], [0], [0], [1], [1], [1], [2], [2], [3], [4], [6], [9]],
    [[0], [0], [0], [4], [12], [24], [8], [25], [20], [10], [30], [33]],
    [[38], [34], [28], [36], [37], [30], [38], [29], [35], [36], [33], [38]],
    [[400], [420], [430], [90], [80], [70], [50], [45], [40], [22], [28], [15]],
)


@function(
    "lifetime",
    gives="params",
    source="Fader, Hardie & Lee (2005), Counting your customers the easy way, Marketing Science 24, equation 6",
    example=call(
        *HISTORIES,
        gives=[
            ["model", "bgnbd"],
            ["unit", "week"],
            ["r", 0.1596798311],
            ["alpha", 5.762466748],
            ["a", 1.351233489],
            ["b", 3.036497625],
            ["n", 1690.0],
            ["loglik", -4275.771155],
            ["se_r", 0.01209150454],
            ["se_alpha", 0.7023870814],
            ["se_a", 0.5344594407],
            ["se_b", 1.448517729],
            ["cov_r_alpha", 0.006604844773],
            ["cov_r_a", -0.000175326447],
            ["cov_r_b", 0.0003790911656],
            ["cov_alpha_a", -0.009720734721],
            ["cov_alpha_b", 0.05054659161],
            ["cov_a_b", 0.741624155],
        ],
    ),
)
def CVM_BGNBD(
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
    count: Annotated[Any, CUSTOMERS] = 1,
    unit: Annotated[str, UNIT] = "week",
) -> ParamsDict:
    """Fit the BG/NBD model of purchases: rates Gamma(r, alpha), leaving after a purchase Beta(a, b).

    By maximum likelihood, with standard errors and covariances. Everyone without a repeat purchase counts as alive;
    CVM_MBGNBD does without that assumption.
    """
    recency, age = _given(recency=recency, age=age)
    return bgnbd.fit(frequency, recency, age, np.broadcast_to(count, frequency.shape), unit)


@function(
    "lifetime",
    gives="params",
    source="Batislam, Denizel & Filiztekin (2007), Intern. Journal of Research in Marketing 24, equation 4",
    example=call(
        *HISTORIES,
        gives=[
            ["model", "mbgnbd"],
            ["unit", "week"],
            ["r", 1.674130167],
            ["alpha", 17.73139475],
            ["a", 0.991392463],
            ["b", 0.4557366813],
            ["n", 1690.0],
            ["loglik", -4265.442747],
            ["se_r", 0.5612163798],
            ["se_alpha", 4.87395084],
            ["se_a", 0.127327696],
            ["se_b", 0.07360015236],
            ["cov_r_alpha", 2.649061567],
            ["cov_r_a", 0.01147599186],
            ["cov_r_b", -0.01820030659],
            ["cov_alpha_a", 0.06286523499],
            ["cov_alpha_b", -0.1560470646],
            ["cov_a_b", 0.006795655609],
        ],
    ),
)
def CVM_MBGNBD(
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
    count: Annotated[Any, CUSTOMERS] = 1,
    unit: Annotated[str, UNIT] = "week",
) -> ParamsDict:
    """Fit the MBG/NBD model of purchases: as the BG/NBD, but customers may leave right after the first purchase."""
    recency, age = _given(recency=recency, age=age)
    return bgnbd.fit(frequency, recency, age, np.broadcast_to(count, frequency.shape), unit, "mbgnbd")


@function(
    "lifetime",
    gives="params",
    source="Fader, Hardie & Lee (2005), RFM and CLV, Journal of Marketing Research 42; Fader & Hardie (2013)",
    example=call(
        [[1], [1], [1], [2], [2], [3], [3], [5], [7], [10]],
        [[8], [60], [28], [15], [90], [12], [52], [38], [20], [110]],
        gives=[
            ["model", "gamma_gamma"],
            ["p", 2.565477964],
            ["q", 2.489317597],
            ["v", 28.07666249],
            ["n", 10.0],
            ["loglik", -46.79868662],
            ["se_p", 3.850046376],
            ["se_q", 1.816647131],
            ["se_v", 65.35363687],
            ["cov_p_q", -4.415270079],
            ["cov_p_v", -240.2685033],
            ["cov_q_v", 96.94034585],
            ["mean", 48.36447182],
            ["correlation", 0.4420696154],
        ],
    ),
)
def CVM_GAMMA_GAMMA(
    frequency: Annotated[Floats, FREQUENCY],
    monetary: Annotated[Floats | None, MONETARY] = None,
    count: Annotated[Any, CUSTOMERS] = 1,
) -> ParamsDict:
    """Fit the Gamma-Gamma model of spend: a purchase is Gamma(p, nu), nu differs between customers as Gamma(q, v).

    Customers without a repeat purchase, or whose monetary is 0, are left out. `correlation` is between frequency and
    monetary: the model takes it to be 0, so that values far from it are a warning.
    """
    (monetary,) = _given(monetary=monetary)
    monetary = np.where(frequency > 0, monetary, 0.0)
    return gamma_gamma.fit(frequency, monetary, np.broadcast_to(count, frequency.shape).astype(float))


FITTED = [["model", "bgnbd"], ["unit", "week"], ["r", 0.242595], ["alpha", 4.413602], ["a", 0.792922], ["b", 2.425907]]
SPENT = [["model", "gamma_gamma"], ["p", 6.249572], ["q", 3.744225], ["v", 15.443521]]


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader, Hardie & Lee (2005), Marketing Science 24, equation 10",
    example=call(FITTED, 39, 2, 30.43, 38.86, gives=1.225907075),
)
def CVM_PURCHASES(
    model: Annotated[ParamsDict, MODEL],
    horizon: Annotated[Floats, Column(UNSIGNED, "Time ahead, in the model's unit")],
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
) -> Floats:
    """Expected purchases of each customer in the time ahead, given the history; 0, 0, 0 for a new customer."""
    recency, age = _given(recency=recency, age=age)
    return models.purchases(model, horizon, frequency, recency, age)


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader, Hardie & Lee (2008), Computing P(alive) using the BG/NBD model, equation 7",
    example=call(FITTED, 2, 30.43, 38.86, gives=0.7266091593),
)
def CVM_ALIVE(
    model: Annotated[ParamsDict, MODEL],
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
) -> Floats:
    """Probability that each customer is still one, given the history."""
    recency, age = _given(recency=recency, age=age)
    return models.alive(model, frequency, recency, age)


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader & Hardie (2013), The Gamma-Gamma model of monetary value, equation 5",
    example=call(SPENT, 26, 39.97, gives=39.89028669),
)
def CVM_SPEND(
    model: Annotated[ParamsDict, SPEND],
    frequency: Annotated[Floats, FREQUENCY],
    monetary: Annotated[Floats | None, MONETARY] = None,
) -> Floats:
    """Expected money per purchase: between the customer's own mean and the population's, by how often he bought."""
    (monetary,) = _given(monetary=monetary)
    return gamma_gamma.spend(model, frequency, monetary)


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader, Hardie & Lee (2005), RFM and CLV, Journal of Marketing Research 42, equation 2, continuous time",
    example=call(FITTED, SPENT, 2, 30.43, 38.86, 25, 0.4, 0.1, 52, gives=16.01120177),
)
def CVM_LIFETIME(
    model: Annotated[ParamsDict, MODEL],
    spend: Annotated[ParamsDict, SPEND],
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
    monetary: Annotated[Floats | None, MONETARY] = None,
    margin: Annotated[Any, KEPT] = 1,
    discount: Annotated[Any, YEARLY] = 0.1,
    horizon: Annotated[Any, AHEAD] = None,
) -> Floats:
    """Lifetime value of each customer from now on: margin x expected spend x expected discounted purchases.

    Only what is still to come counts, not what was bought. `discount` is yearly whatever the model's unit: money in
    u years is worth exp(-ln(1 + discount) u), a year of 365.25 days. Without horizon it is for ever.
    """
    recency, age, monetary = _given(recency=recency, age=age, monetary=monetary)
    size = frequency.shape
    return models.lifetime(
        model,
        spend,
        frequency,
        recency,
        age,
        monetary,
        np.broadcast_to(margin, size),
        np.broadcast_to(discount, size),
        None if horizon is None else np.broadcast_to(horizon, size),
    )
