"""Functions of the family `lifetime` that fit: purchase lines to histories, histories to models."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

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
    ParamsDict,
    Scalar,
    Value,
)
from cvm_xl.models import bgbb, bgnbd, gamma_gamma, pareto_nbd
from cvm_xl.models.summary import DAYS, summary

EPOCH = np.datetime64("1899-12-30", "D")
UNIT = Scalar(Value("text", choices=tuple(DAYS)), "Unit of time: day, week, month (30.4375 days), quarter, year")
FREQUENCY = Column(
    COUNT, "Repeat purchases: days with a purchase after the first; or the whole CVM_SUMMARY", table=True
)
RECENCY = Column(UNSIGNED, "Time from first to last purchase, 0 without repeat purchases (not the time since)")
AGE = Column(UNSIGNED, "Time from first purchase to now, in the same unit")
MONETARY = Column(UNSIGNED, "Mean money of a repeat purchase; not needed where frequency is 0")
CUSTOMERS = Column(UNSIGNED, "How many customers have this history")


def given(**columns: Floats | None) -> list[Floats]:
    """Columns that a whole summary brings along, and that must be given where frequency is a column alone."""
    for name, column in columns.items():
        if column is None:
            raise InvalidInput("is missing; give it, or give the whole CVM_SUMMARY as frequency", argument=name)
    return [column for column in columns.values() if column is not None]


def given_keys(keys: Keys) -> NDArray[np.bool_]:
    """Which of the keys are not blank."""
    if keys.dtype != object:
        return np.ones(keys.size, bool)
    return np.fromiter((key is not None for key in keys), bool, keys.size)


def serial(date: Any) -> Any:
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
    known = given_keys(customer)
    dates = serial(date)
    table, _ = summary(
        customer if known.all() else customer[known],
        dates if known.all() else dates[known],
        amount if known.all() else amount[known],
        None if end is None else float(serial(end)),
        unit,
        bool(first),
    )
    return table


HISTORIES = (
    [[x] for x in (0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 8, 8, 8, 8)],
    [[t] for t in (0, 3, 10, 20, 32, 3, 10, 20, 32, 8, 22, 34, 8, 22, 34, 10, 24, 33, 37)],
    38,
    [[n] for n in (1190, 121, 90, 67, 55, 22, 41, 47, 56, 20, 40, 37, 11, 40, 56, 6, 20, 43, 39)],
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
            ["r", 0.2558553969],
            ["alpha", 5.474861185],
            ["a", 1.760234542],
            ["b", 8.270301998],
            ["n", 2001.0],
            ["loglik", -9087.953579],
            ["se_r", 0.01408828099],
            ["se_alpha", 0.4787808184],
            ["se_a", 1.182880701],
            ["se_b", 6.467033982],
            ["cov_r_alpha", 0.005210613774],
            ["cov_r_a", 6.417663446e-05],
            ["cov_r_b", 0.002065855026],
            ["cov_alpha_a", 0.03009252338],
            ["cov_alpha_b", 0.2704671518],
            ["cov_a_b", 7.580114812],
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
    recency, age = given(recency=recency, age=age)
    return bgnbd.fit(frequency, recency, age, np.broadcast_to(count, frequency.shape), unit)


@function(
    "lifetime",
    gives="params",
    source="Batislam, Denizel & Filiztekin (2007), Intern. Journal of Research in Marketing 24",
    example=call(
        *HISTORIES,
        gives=[
            ["model", "mbgnbd"],
            ["unit", "week"],
            ["r", 1.61315598],
            ["alpha", 15.6009748],
            ["a", 0.6083424606],
            ["b", 0.5403129051],
            ["n", 2001.0],
            ["loglik", -9066.092039],
            ["se_r", 0.3083450121],
            ["se_alpha", 2.603604887],
            ["se_a", 0.06312077122],
            ["se_b", 0.07045020354],
            ["cov_r_alpha", 0.7710470456],
            ["cov_r_a", 0.002047239956],
            ["cov_r_b", -0.008221962747],
            ["cov_alpha_a", 0.005877923265],
            ["cov_alpha_b", -0.07005504967],
            ["cov_a_b", 0.003499403184],
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
    recency, age = given(recency=recency, age=age)
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
    (monetary,) = given(monetary=monetary)
    monetary = np.where(frequency > 0, monetary, 0.0)
    return gamma_gamma.fit(frequency, monetary, np.broadcast_to(count, frequency.shape).astype(float))


@function(
    "lifetime",
    gives="params",
    source="Schmittlein, Morrison & Colombo (1987), Management Science 33; Fader & Hardie (2005)",
    example=call(
        *HISTORIES,
        gives=[
            ["model", "pareto_nbd"],
            ["unit", "week"],
            ["r", 0.5700433317],
            ["alpha", 12.00310089],
            ["s", 1.15027341],
            ["beta", 32.59842823],
            ["n", 2001.0],
            ["loglik", -9065.864734],
            ["se_r", 0.05527853774],
            ["se_alpha", 1.051147169],
            ["se_s", 0.633411518],
            ["se_beta", 24.94273255],
            ["cov_r_alpha", 0.04931560752],
            ["cov_r_s", -0.01569736575],
            ["cov_r_beta", -0.7111062904],
            ["cov_alpha_s", -0.1779240648],
            ["cov_alpha_beta", -8.00630589],
            ["cov_s_beta", 15.64767284],
        ],
    ),
)
def CVM_PARETO_NBD(
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
    count: Annotated[Any, CUSTOMERS] = 1,
    unit: Annotated[str, UNIT] = "week",
) -> ParamsDict:
    """Fit the Pareto/NBD model of purchases: rates Gamma(r, alpha), lifetimes exponential with rates Gamma(s, beta).

    By maximum likelihood, with standard errors and covariances. Customers may leave at any time, whether they buy or
    not.
    """
    recency, age = given(recency=recency, age=age)
    return pareto_nbd.fit(frequency, recency, age, np.broadcast_to(count, frequency.shape), unit)


DONORS = (
    [[x] for x in (6, 5, 4, 3, 2, 1, 5, 4, 3, 2, 1, 4, 3, 2, 1, 3, 2, 1, 2, 1, 1, 0)],
    [[t] for t in (6, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 4, 4, 4, 4, 3, 3, 3, 2, 2, 1, 0)],
    6,
    [[n] for n in (1203, 728, 512, 357, 234, 129, 335, 284, 225, 173, 119, 240, 181, 155, 78, 322, 255, 129, 613, 277)]
    + [[1091], [3464]],
)


@function(
    "lifetime",
    gives="params",
    source="Fader, Hardie & Shang (2010), Customer-base analysis, Marketing Science 29, equation 5 (example: its data)",
    example=call(
        *DONORS,
        gives=[
            ["model", "bgbb"],
            ["unit", "year"],
            ["alpha", 1.203522352],
            ["beta", 0.7497163582],
            ["gamma", 0.6567182084],
            ["delta", 2.783442233],
            ["n", 11104.0],
            ["loglik", -33225.58127],
            ["se_alpha", 0.06939136239],
            ["se_beta", 0.02944771666],
            ["se_gamma", 0.05100985896],
            ["se_delta", 0.320819003],
            ["cov_alpha_beta", 0.001813892224],
            ["cov_alpha_gamma", -0.001700039078],
            ["cov_alpha_delta", -0.01352002839],
            ["cov_beta_gamma", -0.0005732178994],
            ["cov_beta_delta", -0.004436927648],
            ["cov_gamma_delta", 0.01579294291],
        ],
    ),
)
def CVM_BGBB(
    frequency: Annotated[Floats, Column(COUNT, "Periods with a purchase, after the first", table=True)],
    recency: Annotated[Floats | None, Column(COUNT, "Period of the last purchase, 0 without one")] = None,
    periods: Annotated[Floats | None, Column(COUNT, "Periods since the first purchase")] = None,
    count: Annotated[Any, CUSTOMERS] = 1,
    unit: Annotated[str, UNIT] = "year",
) -> ParamsDict:
    """Fit the BG/BB model of purchases at discrete opportunities, at most one a period (a donation a year).

    Buying is Beta(alpha, beta), leaving at the start of a period Beta(gamma, delta). In CVM_PURCHASES, CVM_ALIVE and
    CVM_LIFETIME `age` is the number of periods; alive means alive in the next period.
    """
    recency, periods = given(recency=recency, periods=periods)
    return bgbb.fit(frequency, recency, periods, np.broadcast_to(count, frequency.shape), unit)
