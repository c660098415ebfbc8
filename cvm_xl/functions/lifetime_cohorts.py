"""Functions of the family `lifetime` on cohorts: customers won in the same period or from the same source."""

from __future__ import annotations

from typing import Annotated, Any

from cvm_xl.catalogue import call, function
from cvm_xl.functions.lifetime_fit import UNIT, serial
from cvm_xl.kinds import DATE, KEY, MONEY, Column, Floats, Keys, Scalar
from cvm_xl.models import cohorts as models


@function(
    "lifetime",
    gives="table",
    source="Fader & Hardie (2009), Probability models for customer-base analysis, Journal of Interactive Marketing 23",
    example=call(
        [["A"], ["A"], ["B"], ["A"], ["C"], ["B"]],
        [["2024-01-05"], ["2024-02-10"], ["2024-03-01"], ["2024-05-10"], ["2024-05-20"], ["2024-06-30"]],
        [[50], [30], [20], [40], [10], [25]],
        end="2024-12-31",
        gives=[
            ["cohort", "period", "customers", "buyers", "retention", "revenue", "cumulative_revenue"],
            ["2024 Q1", 1.0, 2.0, 1.0, 0.5, 50.0, 50.0],
            ["2024 Q1", 2.0, 2.0, 2.0, 1.0, 32.5, 82.5],
            ["2024 Q1", 3.0, 2.0, 0.0, 0.0, 0.0, 82.5],
            ["2024 Q2", 1.0, 1.0, 0.0, 0.0, 10.0, 10.0],
            ["2024 Q2", 2.0, 1.0, 0.0, 0.0, 0.0, 10.0],
        ],
    ),
)
def CVM_COHORTS(
    customer: Annotated[Keys, Column(KEY, "Customer of each line; lines without are left out", blank="keep")],
    date: Annotated[Any, Column(DATE, "Day of each line")],
    amount: Annotated[Floats, Column(MONEY, "Money of each line; returns are negative")],
    cohort: Annotated[
        Keys | None,
        Column(KEY, "Cohort of the line's customer: a source; lines without are left out; empty: when he first bought"),
    ] = None,
    unit: Annotated[str, UNIT] = "quarter",
    end: Annotated[Any, Scalar(DATE, "Last day that counts; empty: the latest of all lines")] = None,
) -> dict[str, Any]:
    """Retention and revenue of cohorts of customers, by period since each one's first purchase.

    Period 1 is the first `unit` from the first purchase; a period counts only customers seen for all of it. buyers
    bought again in it, retention is their share; revenue is per customer, with the first purchase. Without cohorts,
    those who first bought in the same quarter (month, year, as the unit) are one.
    """
    given = customer if cohort is None else cohort
    known = [i for i, pair in enumerate(zip(customer, given, strict=True)) if None not in pair]
    return models.cohorts(
        customer[known],
        serial(date)[known],
        amount[known],
        None if cohort is None else cohort[known],
        unit,
        None if end is None else float(serial(end)),
    )
