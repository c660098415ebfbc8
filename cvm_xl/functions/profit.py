"""Functions of the family `profit`: profit and cost that reconcile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from cvm_xl.catalogue import call, function
from cvm_xl.errors import InvalidInput
from cvm_xl.kinds import (
    FLAG,
    KEY,
    MONEY,
    NUMBER,
    POSITIVE,
    SHARE,
    TEXT,
    UNSIGNED,
    Column,
    Columns,
    Floats,
    Keys,
    Matrix,
    Named,
    Scalar,
    Series,
    Value,
)
from cvm_xl.models.allocation import allocate, allocate_pools
from cvm_xl.models.bridge import profit_bridge
from cvm_xl.models.levers import break_even_volume, profit_levers
from cvm_xl.models.pnl import profit_and_loss
from cvm_xl.models.pocket_price import pocket_price_waterfall
from cvm_xl.models.service_cost import service_cost
from cvm_xl.models.tdabc import activity_time, time_driven_costs

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
    source="Kaplan & Anderson 2004, Time-Driven Activity-Based Costing",
    example=call(
        560000,
        700000,
        [[8], [44], [50]],
        [[49000], [1400], [2500]],
        [["Orders"], ["Inquiries"], ["Credit checks"]],
        gives=[
            ["activity", "time", "cost"],
            ["Orders", 392000, 313600],
            ["Inquiries", 61600, 49280],
            ["Credit checks", 125000, 100000],
            ["Unused", 121400, 97120],
            ["Total", 700000, 560000],
        ],
    ),
)
def CVM_TDABC(
    cost: Annotated[float, Scalar(UNSIGNED, "Money spent on the capacity")],
    capacity: Annotated[float, Scalar(POSITIVE, "Practical capacity, in units of time")],
    unit_time: Annotated[Floats, Column(UNSIGNED, "Time of one execution of each activity, in the unit of capacity")],
    volume: Annotated[Floats, Column(UNSIGNED, "How often each activity was done")],
    names: Annotated[Keys | None, Column(TEXT, "Name of each activity")] = None,
) -> dict[str, Any]:
    """Time-driven activity-based costing: time and cost of each activity, unused capacity on a line of its own, total.

    Where the activities take more time than the capacity has, the unused line is negative and its name says so.
    """
    labels = [None] * unit_time.size if names is None else names
    filled = [name or f"Activity {place}" for place, name in enumerate(labels, 1)]
    return time_driven_costs(cost, capacity, unit_time, volume, filled)


@function(
    "profit",
    gives="column",
    rowwise=True,
    source="Kaplan & Anderson 2004: time equations",
    example=call(5, [[2, 10]], [[1, 0], [3, 1]], gives=[[7], [21]]),
)
def CVM_TIME(
    base: Annotated[float, Scalar(NUMBER, "Time that every execution takes")],
    coefficients: Annotated[Floats, Series(NUMBER, "Time per unit of each characteristic, in a row")],
    quantities: Annotated[
        Floats, Columns(NUMBER, "Characteristics of each execution: a column per coefficient", blank="zero")
    ],
) -> Floats:
    """Time equation: base time plus the time of each characteristic, for CVM_TDABC."""
    return activity_time(base, coefficients, quantities)


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


@function(
    "profit",
    gives="table",
    source="Marn & Rosiello 1992, Managing Price, Gaining Profit: pocket-price waterfall",
    example=call(
        6,
        [["Order size"], ["Co-op advertising"], ["Cash"], ["Rebate"]],
        [[0.1], [0.12], [0.3], [0.35]],
        [[True], [True], [False], [False]],
        gives=[
            ["step", "amount", "price", "share_of_list"],
            ["List price", 6, 6, 1],
            ["Order size", -0.1, 5.9, 5.9 / 6],
            ["Co-op advertising", -0.12, 5.78, 5.78 / 6],
            ["Invoice price", None, 5.78, 5.78 / 6],
            ["Cash", -0.3, 5.48, 5.48 / 6],
            ["Rebate", -0.35, 5.13, 5.13 / 6],
            ["Pocket price", None, 5.13, 5.13 / 6],
        ],
    ),
)
def CVM_POCKET(
    list_price: Annotated[float, Scalar(POSITIVE, "List price per unit")],
    names: Annotated[Keys, Column(TEXT, "Name of each deduction")],
    deductions: Annotated[Floats, Column(UNSIGNED, "What is taken off per unit, as positive money", blank="zero")],
    on_invoice: Annotated[Floats, Column(FLAG, "TRUE: on the invoice; FALSE or empty: given beside it", blank="zero")],
) -> dict[str, Any]:
    """Pocket-price waterfall: list price, deductions on the invoice, invoice price, the others, pocket price.

    The amounts sum to the pocket price; `share_of_list` is the price after each step over the list price.
    """
    return pocket_price_waterfall(list_price, list(names), deductions, on_invoice > 0)


@function(
    "profit",
    gives="table",
    source="Price-volume-mix analysis: Horngren, Datar & Rajan, Cost Accounting, ch. 14 (sales variances)",
    example=call(
        [["A"], ["B"]],
        [[10], [20]],
        [[100], [100]],
        [[6], [18]],
        [[11], [20]],
        [[150], [50]],
        [[6.5], [18]],
        gives=[
            ["key", "price", "volume", "mix", "cost", "new_lost", "change"],
            ["A", 150, 0, 200, -75, 0, 275],
            ["B", 0, 0, -100, 0, 0, -100],
            ["Total", 150, 0, 100, -75, 0, 175],
        ],
    ),
)
def CVM_BRIDGE(
    keys: Annotated[Keys, Column(KEY, "What is sold: product, segment ...", blank="keep")],
    price0: Annotated[
        Floats, Column(MONEY, "Price per unit before; may be empty where nothing was sold", blank="keep")
    ],
    volume0: Annotated[Floats, Column(NUMBER, "Units sold before", blank="zero")],
    cost0: Annotated[Floats, Column(MONEY, "Cost per unit before; may be empty where nothing was sold", blank="keep")],
    price1: Annotated[Floats, Column(MONEY, "Price per unit after", blank="keep")],
    volume1: Annotated[Floats, Column(NUMBER, "Units sold after", blank="zero")],
    cost1: Annotated[Floats, Column(MONEY, "Cost per unit after", blank="keep")],
) -> dict[str, Any]:
    """Bridge from one period's profit to the next: price, volume, mix, cost, and what was sold in one period only.

    Volume and mix are at the margins before, over what was sold in both periods: volume as if all had grown alike, mix
    the rest. The effects sum to the change of profit, by key and in total.
    """
    return profit_bridge(keys, price0, volume0, cost0, price1, volume1, cost1)


@function(
    "profit",
    gives="column",
    rowwise=True,
    source="Nagle, Hogan & Zale, The Strategy and Tactics of Pricing, ch. 9: break-even sales change",
    example=call(-0.5, 4.5, gives=0.125),
)
def CVM_BREAKEVEN(
    price_change: Annotated[Floats, Column(MONEY, "Change of price per unit, negative for a cut")],
    unit_margin: Annotated[Floats, Column(POSITIVE, "Contribution per unit before the change")],
) -> Floats:
    """Change in volume that keeps profit after a change of price, as a share of today's volume."""
    return break_even_volume(price_change, unit_margin)


@function(
    "profit",
    gives="table",
    source="Marn & Rosiello 1992, Managing Price, Gaining Profit",
    example=call(
        100,
        1,
        70.2,
        20.8,
        gives=[
            ["lever", "profit_change"],
            ["Price", 1 / 9],
            ["Unit cost", 0.702 / 9],
            ["Volume", 0.298 / 9],
            ["Fixed cost", 0.208 / 9],
        ],
    ),
)
def CVM_LEVERS(
    price: Annotated[float, Scalar(POSITIVE, "Price per unit")],
    volume: Annotated[float, Scalar(POSITIVE, "Units sold")],
    unit_cost: Annotated[float, Scalar(UNSIGNED, "Variable cost per unit")],
    fixed_cost: Annotated[float, Scalar(UNSIGNED, "Fixed cost")],
) -> dict[str, Any]:
    """Change of profit, as a share of it, when price, cost, volume or fixed cost improves by 1% and the others stay."""
    return profit_levers(price, volume, unit_cost, fixed_cost)


def _names(grid: Named, word: str) -> Sequence[str]:
    """The headers; where there is none, the word and the column's number."""
    width = grid.values.shape[1]
    return [name or f"{word}{j + 1}" for j, name in enumerate(grid.names or [""] * width)]
