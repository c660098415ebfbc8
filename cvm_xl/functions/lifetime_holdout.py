"""Functions of the family `lifetime` that try models on the past: does a forecast come true, and beat a naive rule?"""

from __future__ import annotations

from typing import Annotated, Any

from cvm_xl.catalogue import call, function
from cvm_xl.functions.lifetime_fit import UNIT, given_keys, serial
from cvm_xl.kinds import DATE, KEY, MONEY, Column, Floats, Keys, Scalar, Value
from cvm_xl.models import holdout

BUYER = Column(KEY, "Customer of each line; lines without are left out", blank="keep")
DAY = Column(DATE, "Day of each line")
PAID = Column(MONEY, "Money of each line; returns are negative")
SPLIT = Scalar(DATE, "Last day of the past that the model is fitted to")
TRIED = Scalar(
    Value("text", choices=(*holdout.MODELS, holdout.NAIVE)), "bgnbd, mbgnbd, pareto_nbd; naive: all go on at their pace"
)

DAYS = "0 2 2 5 8 9 13 15 20 20 24 24 25 26 32 36 36 38 51 57 58 59 60 63 64 72 87 89 90 97 123 134 135 149"
LINES = (
    [[letter] for letter in "GEDAHGGBHBCFLCIKBJKLHKHBBBJBLHBIBH"],
    [[45292 + int(day)] for day in DAYS.split()],
    10,
)


def _known(customer: Keys, date: Any, amount: Floats) -> tuple[Any, Floats, Floats]:
    """The lines that have a customer, with days as serial numbers."""
    known = given_keys(customer)
    return customer[known], serial(date)[known], amount[known]


@function(
    "lifetime",
    gives="table",
    source="Fader, Hardie & Lee (2005), Marketing Science 24, section 4.2 (tracking of cumulative repeat purchases); "
    "naive rule: Wübben & von Wangenheim (2008), Journal of Marketing 72",
    example=call(
        *LINES,
        "2024-03-18",
        unit="month",
        gives=[
            ["period", "actual", "predicted", "cumulative_actual", "cumulative_predicted", "error"],
            [1.0, 4.0, 4.560359775, 4.0, 4.560359775, 0.1400899437],
            [2.0, 3.0, 3.453369233, 7.0, 8.013729008, 0.1448184297],
            [3.0, 1.0, 1.062786433, 8.0, 9.076515441, 0.1345644302],
        ],
    ),
)
def CVM_HOLDOUT(
    customer: Annotated[Keys, BUYER],
    date: Annotated[Any, DAY],
    amount: Annotated[Floats, PAID],
    split: Annotated[Any, SPLIT],
    model: Annotated[str, TRIED] = "bgnbd",
    unit: Annotated[str, UNIT] = "week",
) -> dict[str, Any]:
    """Does the model predict? Fits it to the lines up to `split` and compares its forecast with the purchases after.

    Purchases of the customers known by then, per unit of time and cumulated; the last period may be shorter. error is
    cumulative predicted over actual, less 1. A model must beat the naive rule, by which every customer goes on at the
    pace so far, frequency over age.
    """
    return holdout.holdout(*_known(customer, date, amount), float(serial(split)), model, unit)


@function(
    "lifetime",
    gives="table",
    source="Wübben & von Wangenheim (2008), Instant customer base analysis, Journal of Marketing 72 (best customers)",
    example=call(
        *LINES,
        "2024-03-18",
        unit="month",
        gives=[
            ["decile", "customers", "predicted", "actual", "lift", "captured"],
            [1.0, 1.0, 2.279014262, 3.0, 4.5, 0.375],
            [2.0, 1.0, 1.383835538, 2.0, 3.0, 0.625],
            [3.0, 2.0, 2.208345746, 1.0, 0.75, 0.75],
            [4.0, 1.0, 0.5338707839, 1.0, 1.5, 0.875],
            [5.0, 1.0, 0.4884947086, 1.0, 1.5, 1.0],
            [6.0, 1.0, 0.4387987619, 0.0, 0.0, 1.0],
            [7.0, 1.0, 0.4320584601, 0.0, 0.0, 1.0],
            [8.0, 2.0, 0.6964024447, 0.0, 0.0, 1.0],
            [9.0, 1.0, 0.3429383897, 0.0, 0.0, 1.0],
            [10.0, 1.0, 0.2727563456, 0.0, 0.0, 1.0],
        ],
    ),
)
def CVM_HOLDOUT_LIFT(
    customer: Annotated[Keys, BUYER],
    date: Annotated[Any, DAY],
    amount: Annotated[Floats, PAID],
    split: Annotated[Any, SPLIT],
    model: Annotated[str, TRIED] = "bgnbd",
    unit: Annotated[str, UNIT] = "week",
) -> dict[str, Any]:
    """Does the model find the customers who will buy? Purchases after `split` by decile of those it predicted.

    Decile 1 is expected to buy most. lift is a customer's purchases over those of all, captured the share of all
    purchases down to here. Customers with equal predictions share what they bought equally.
    """
    return holdout.lift(*_known(customer, date, amount), float(serial(split)), model, unit)


@function(
    "lifetime",
    gives="table",
    source="Wübben & von Wangenheim (2008), Instant customer base analysis, Journal of Marketing 72",
    example=call(
        *LINES,
        "2024-03-18",
        unit="month",
        gives=[
            ["model", "predicted", "actual", "error", "off", "captured", "verdict"],
            [
                "bgnbd",
                9.076515441,
                8.0,
                0.1345644302,
                0.5746188897,
                0.375,
                "Earns its keep, the nearest of the models: off by 0.575 purchases a customer against 1.55, "
                "in total by +13% against +113%",
            ],
            [
                "mbgnbd",
                None,
                8.0,
                None,
                None,
                None,
                "Cannot be fitted: too few customers bought again to identify the model (their number: 6)",
            ],
            [
                "pareto_nbd",
                None,
                8.0,
                None,
                None,
                None,
                "Cannot be fitted: too few customers bought again to identify the model (their number: 6)",
            ],
            [
                "naive",
                17.06231734,
                8.0,
                1.132789667,
                1.554037198,
                0.375,
                "Every customer goes on as so far: what a model has to beat",
            ],
        ],
    ),
)
def CVM_HOLDOUT_MODELS(
    customer: Annotated[Keys, BUYER],
    date: Annotated[Any, DAY],
    amount: Annotated[Floats, PAID],
    split: Annotated[Any, SPLIT],
    unit: Annotated[str, UNIT] = "week",
) -> dict[str, Any]:
    """Which model earns its keep? Each is fitted to the lines up to `split` and compared with the purchases after.

    error is predicted over actual purchases, less 1; off the root of the mean squared error a customer; captured the
    share of purchases by the tenth of customers expected to buy most. A model earns its keep when it is nearer than
    the naive rule, that all go on at their pace so far, both customer by customer (off) and in total (error).
    """
    return holdout.models_compared(*_known(customer, date, amount), float(serial(split)), unit)
