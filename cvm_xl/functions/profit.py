"""Functions of the family `profit`: profit and cost that reconcile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from cvm_xl.catalogue import call, function
from cvm_xl.errors import InvalidInput
from cvm_xl.kinds import KEY, MONEY, NUMBER, SHARE, TEXT, Column, Columns, Floats, Matrix, Named, Scalar, Series, Value
from cvm_xl.models.allocation import allocate, allocate_pools
from cvm_xl.models.pnl import profit_and_loss
from cvm_xl.models.service_cost import service_cost

DECIMALS = Value(lo=0, hi=6, whole=True)
METHOD = Value("text", choices=("reciprocal", "step", "direct"))


@function(
    "profit",
    gives="column",
    source="Largest remainder in whole minor units: Balinski & Young, Fair Representation, ch. 2",
    example=call(182.25, [[98], [2]], gives=[[178.61], [3.64]]),
)
def CVM_ALLOCATE(
    amount: Annotated[float, Scalar(MONEY, "What is to be shared out; rounded to the decimals")],
    driver: Annotated[Floats, Column(NUMBER, "Quantity by which it is shared; the total must be positive")],
    decimals: Annotated[int, Scalar(DECIMALS, "Decimal places of the shares")] = 2,
) -> Floats:
    """Share of an amount in proportion to a driver; the shares sum to the amount to the last cent."""
    return allocate(amount, driver, decimals)


@function(
    "profit",
    gives="grid",
    source="Largest remainder in whole minor units: Balinski & Young, Fair Representation, ch. 2",
    example=call([[182.25, 100]], [[98, 1], [2, 2]], gives=[[178.61, 33.33], [3.64, 66.67]]),
)
def CVM_ALLOCATE_POOLS(
    amounts: Annotated[Floats, Series(MONEY, "Amount of each cost pool, one per column of drivers")],
    drivers: Annotated[
        Named, Columns(NUMBER, "Quantities by which the pools are shared: a column per pool", blank="zero", named=True)
    ],
    decimals: Annotated[int, Scalar(DECIMALS, "Decimal places of the shares")] = 2,
) -> Floats:
    """Shares of several amounts, each by its own column of drivers; every column sums to its amount."""
    return allocate_pools(amounts, drivers.values, decimals, drivers.names)


@function(
    "profit",
    gives="column",
    source="Horngren, Datar & Rajan, Cost Accounting, ch. 15: reciprocal, step-down and direct method",
    example=call(
        [[80000], [120000], [40000]],
        [[0, 0.2, 0.1, 0.4, 0.3], [0.08, 0, 0.07, 0.3, 0.55], [0, 0, 0, 0.5, 0.5]],
        gives=[[107276.422764], [132723.577236]],
    ),
)
def CVM_SERVICE_COST(
    costs: Annotated[
        Named, Matrix(MONEY, "Costs of the service departments; then, if wanted, of the operating ones", named=True)
    ],
    usage: Annotated[
        Named,
        Matrix(
            SHARE,
            "Who uses each service department: a row per service, columns services then operating, rows sum to 1",
            named=True,
        ),
    ],
    method: Annotated[
        str,
        Scalar(
            Value("text", choices=("reciprocal", "step", "direct")), "reciprocal, step (in the order given) or direct"
        ),
    ] = "reciprocal",
) -> Floats:
    """Costs of service departments as they arrive at the operating departments, one row for each of these."""
    if min(costs.values.shape) != 1:
        raise InvalidInput("must be one row or one column", argument="costs")
    return service_cost(np.nan_to_num(costs.values.ravel()), np.nan_to_num(usage.values), method)


@function(
    "profit",
    gives="table",
    source="Kaplan & Cooper, Cost and Effect, ch. 10: customer profitability",
    example=call(
        [["segment"], ["B"], ["A"], ["B"]],
        [["revenue", "cost"], [100, -40], [50, -20], [10, -5]],
        "-total",
        gives=[
            ["segment", "revenue", "cost", "total"],
            ["B", 110, -45, 65],
            ["A", 50, -20, 30],
            ["Total", 160, -65, 95],
        ],
    ),
)
def CVM_PNL(
    keys: Annotated[
        Named, Columns(KEY, "What to group by: one or more columns, best with their headers", blank="keep", named=True)
    ],
    amounts: Annotated[
        Named, Columns(MONEY, "Amounts to sum, costs negative, best with their headers", blank="zero", named=True)
    ],
    sort_by: Annotated[
        str | None, Scalar(TEXT, "A column of the result; -name for descending; empty: order of appearance")
    ] = None,
) -> dict[str, Any]:
    """Profit and loss by keys: amounts summed, their total across, and a last row Total; empty keys are kept."""
    return profit_and_loss(
        keys.values,
        amounts.values,
        _names(keys, "key"),
        _names(amounts, "amount"),
        sort_by,
    )


def _names(grid: Named, word: str) -> Sequence[str]:
    """The headers; where there is none, the word and the column's number."""
    width = grid.values.shape[1]
    return [name or f"{word}{j + 1}" for j, name in enumerate(grid.names or [""] * width)]
