"""Functions of the family `growth`: where the next euro goes."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from cvm_xl.catalogue import call, function
from cvm_xl.errors import InvalidInput
from cvm_xl.kinds import (
    KEY,
    MONEY,
    NUMBER,
    POSITIVE,
    SHARE,
    UNSIGNED,
    Column,
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
from cvm_xl.models import channels, wallet
from cvm_xl.models import invest as investing
from cvm_xl.models.decision import action
from cvm_xl.models.response import FORMS, Curve, Curves, calibrate_adbudg, read_curve, respond
from cvm_xl.models.response_fit import fit_response

FORM = Value("text", choices=tuple(FORMS))
PER_UNIT = ", one per unit or one for all"


@function(
    "growth",
    gives="column",
    rowwise=True,
    source="Blattberg & Deighton (1996), Manage marketing by the customer equity test, Harvard Business Review 74",
    example=call(
        [[100], [100], [-50], [-50]],
        [[400], [120], [-20], [-20]],
        50,
        0.5,
        [[10], [10], [30], [10]],
        [[5], [5], [25], [15]],
        gives=[["Invest"], ["Keep"], ["Adjust"], ["Award"]],
    ),
)
def CVM_ACTION(
    clv: Annotated[Floats, Column(MONEY, "Value of the customer now (CVM_LIFETIME, CVM_CLV)")],
    potential: Annotated[Floats, Column(MONEY, "Value of the customer once developed (CVM_POTENTIAL)")],
    cost: Annotated[Floats, Column(UNSIGNED, "Money that developing the customer takes")],
    probability: Annotated[Floats, Column(SHARE, "Probability that it succeeds")],
    price_room: Annotated[
        Floats, Column(UNSIGNED, "Present value gained at most by a better price; empty: 0", blank="zero")
    ],
    cost_cut: Annotated[
        Floats, Column(UNSIGNED, "Present value gained at most by a lower cost to serve; empty: 0", blank="zero")
    ],
) -> Keys:
    """What to do with each customer: Invest, Keep, Adjust (price or cost to serve), or Award to another party.

    Invest where potential is above 0, probability x (potential - clv) above the cost, and what then results above 0.
    Else Keep where the value now is above 0, Adjust where price and cost can bring it to 0 or more, Award where not.
    """
    return action(clv, potential, cost, probability, price_room, cost_cut)


@function(
    "growth",
    gives="table",
    rowwise=True,
    source="Keiningham et al. (2011), Customer loyalty isn't enough: grow your share of wallet, HBR 89",
    example=call([[400], [90]], [[1000], [100]], [[0.6], [0.8]], gives=[["share", "headroom"], [0.4, 200], [0.9, 0]]),
)
def CVM_WALLET(
    ours: Annotated[Floats, Column(UNSIGNED, "What the customer spends with us, per period")],
    total: Annotated[Floats, Column(POSITIVE, "What the customer spends with all suppliers of it, us included")],
    target: Annotated[Floats, Column(SHARE, "Share of the total within reach")] = 1,  # type: ignore[assignment]
) -> dict[str, Any]:
    """Share of wallet, and the headroom: money between today's share and the target share."""
    return wallet.share_of_wallet(ours, total, target)


@function(
    "growth",
    gives="table",
    source="Agrawal, Imielinski & Swami (1993), Mining association rules between sets of items",
    example=call(
        [["Ann"], ["Ann"], ["Bob"], ["Bob"], ["Cas"], ["Dan"], ["Dan"], ["Eve"]],
        [["ink"], ["pen"], ["ink"], ["pen"], ["ink"], ["ink"], ["cup"], ["cup"]],
        [[10], [4], [12], [6], [8], [9], [3], [5]],
        gives=[
            ["customer", "product", "propensity", "support", "lift", "expected_margin"],
            ["Cas", "pen", 0.5, 0.4, 1.25, 2.5],
            ["Dan", "pen", 0.5, 0.4, 1.25, 2.5],
        ],
    ),
)
def CVM_WHITESPACE(
    customer: Annotated[Keys, Column(KEY, "Customer of each sales line; lines without are left out", blank="keep")],
    product: Annotated[Keys, Column(KEY, "Product of each line; lines without are left out", blank="keep")],
    margin: Annotated[
        Floats | None,
        Column(MONEY, "Money each line earned; returns are negative, and what nets to below 0 is not held"),
    ] = None,
    top: Annotated[int, Scalar(Value(lo=1, whole=True), "Products per customer, at most")] = 3,
    exclude: Annotated[
        Keys | None,
        Matrix(KEY, "Products never to propose: one column; or two, customer and product (customer empty: all)"),
    ] = None,
) -> dict[str, Any]:
    """White space: products each customer does not buy yet but is likely to, by what those who hold the same bought.

    propensity is the share that holds the product among those who hold one that the customer holds, the best one of
    those with support (both held) of at least 1% of customers and lift above 1. expected_margin is propensity x mean
    margin per holder, and sets the order. What the customer has bought, returned or excludes is never proposed.
    """
    return wallet.white_space(customer, product, margin, top, exclude)


@function(
    "growth",
    gives="params",
    source="Hanssens, Parsons & Schultz, Market Response Models, ch. 3; Hurvich & Tsai (1989), Biometrika 76: AICc",
    example=call(
        [[10], [20], [40], [60], [80], [120], [160]],
        [[19], [30], [48], [58], [66], [79], [86]],
        gives=[
            ["model", "log"],
            ["a", 33.79878448],
            ["b", 13.21653145],
            ["n", 7],
            ["loglik", -7.927999085],
            ["aicc", 9.990858705],
            ["r2", 0.9989144836],
            ["spend_low", 10],
            ["spend_high", 160],
            ["se_a", 1.003473194],
            ["se_b", 0.8957574125],
            ["cov_a_b", 0.8825646338],
            ["note", "Lowest AICc of power 28.34, log 9.99, exponential 25.47, adbudg 62.33"],
        ],
    ),
)
def CVM_RESPONSE_FIT(
    spend: Annotated[Floats, Column(UNSIGNED, "Spend of each period or test")],
    response: Annotated[Floats, Column(NUMBER, "What it brought: sales, leads, customers ...")],
    form: Annotated[
        str | None,
        Scalar(
            FORM,
            "power a x^b, log a ln(1 + x/b), exponential a (1 - e^(-bx)), adbudg b + (a - b) x^c / (d + x^c); empty: "
            "the one of lowest AICc",
        ),
    ] = None,
) -> ParamsDict:
    """Response curve fitted to past spending, for CVM_RESPONSE and CVM_INVEST.

    By least squares, with standard errors. spend_low and spend_high are the range seen: beyond it the curve is a guess.
    Data that do not show where response bends or levels off give #N/A.
    """
    return fit_response(spend, response, form)


@function(
    "growth",
    gives="params",
    source="Little (1970), Models and managers: the concept of a decision calculus, Management Science 16",
    example=call(
        47, 100, 126, 152, gives=[["model", "adbudg"], ["a", 152], ["b", 47], ["c", 2.693950966], ["d", 0.9811320755]]
    ),
)
def CVM_ADBUDG(
    zero: Annotated[float, Scalar(NUMBER, "Response without any spending")],
    current: Annotated[float, Scalar(NUMBER, "Response at today's spend")],
    plus50: Annotated[float, Scalar(NUMBER, "Response at one and a half times today's spend")],
    saturation: Annotated[float, Scalar(NUMBER, "Response at boundless spending")],
    spend: Annotated[float, Scalar(POSITIVE, "Today's spend; 1: the curve takes multiples of it")] = 1,
) -> ParamsDict:
    """Response curve from judgement: four answers of those who know give b + (a - b) x^c / (d + x^c)."""
    return calibrate_adbudg(zero, current, plus50, saturation, spend)


@function(
    "growth",
    gives="column",
    rowwise=True,
    source="Little (1970), Management Science 16; Hanssens, Parsons & Schultz, Market Response Models, ch. 3",
    example=call(
        [["model", "adbudg"], ["a", 152], ["b", 47], ["c", 2.693951], ["d", 0.981132]],
        [[0], [0.5], [1]],
        gives=[[47], [61.28816492], [100.000002]],
    ),
)
def CVM_RESPONSE(
    model: Annotated[ParamsDict, Params(KEY, "Result of CVM_RESPONSE_FIT or CVM_ADBUDG", models=tuple(FORMS))],
    spend: Annotated[Floats, Column(UNSIGNED, "Spend, in the unit of the model")],
) -> Floats:
    """Response expected at each spend."""
    return respond(model, spend)


@function(
    "growth",
    gives="table",
    source="Udell & Boyd (2013), Maximizing a sum of sigmoids; Ağralı & Geunes (2009), Eur. J. of Operational Research",
    example=call(
        2100,
        [["", "Mail", "Web", "Visits"], ["model", "power", "power", "power"], ["a", 10, 20, 40], ["b", 0.5, 0.5, 0.5]],
        [[300, 800, 1000]],
        gives=[
            ["unit", "spend", "response", "marginal", "bound", "change"],
            ["Mail", 100, 100, 0.5, None, -200],
            ["Web", 400, 400, 0.5, None, -400],
            ["Visits", 1600, 1600, 0.5, None, 600],
        ],
    ),
)
def CVM_INVEST(
    budget: Annotated[float, Scalar(UNSIGNED, "Money to spend in all")],
    models: Annotated[
        Named,
        Matrix(
            KEY,
            "Response of each unit: parameter names (model, a, b, c, d) down the first column, a column per unit with "
            "its name on top",
            named=True,
        ),
    ],
    current: Annotated[Floats | None, Matrix(UNSIGNED, "Today's spend" + PER_UNIT)] = None,
    lower: Annotated[Floats | None, Matrix(UNSIGNED, "Least spend" + PER_UNIT + "; empty: 0")] = None,
    upper: Annotated[Floats | None, Matrix(UNSIGNED, "Most spend" + PER_UNIT + "; empty: no bound")] = None,
    margin: Annotated[Floats, Series(UNSIGNED, "Money that a unit of response brings" + PER_UNIT)] = 1,  # type: ignore[assignment]
) -> dict[str, Any]:
    """The allocation of a budget over units that brings most in all, the global optimum also for S-shaped responses.

    The whole budget is spent, as far as upper bounds allow. marginal is what the next unit of money brings there, equal
    where no bound binds; bound names the one that does (lower, upper, or fixed where both are the same).
    """
    units, curves = _units(models)
    k = len(units)
    return investing.invest(
        budget,
        units,
        Curves.of(curves),
        None if current is None else _per_unit(current, k, "current", np.nan),
        np.zeros(k) if lower is None else _per_unit(lower, k, "lower", 0.0),
        np.full(k, np.inf) if upper is None else _per_unit(upper, k, "upper", np.inf),
        _per_unit(np.asarray(margin, dtype=np.float64), k, "margin", np.nan),
    )


@function(
    "growth",
    gives="table",
    source="Dantzig (1963), Linear Programming and Extensions; Rangan (2006), Transforming Your Go-to-Market Strategy",
    example=call(
        [[100], [200]],
        [["", "Web", "Rep"], ["Top", 1, 5], ["Bottom", 1, 5]],
        [[0.5, 0.9]],
        [[60], [100]],
        [[250, 100]],
        gives=[["tier", "Web", "Rep", "cost"], ["Top", 75, 25, 200], ["Bottom", 175, 25, 300]],
    ),
)
def CVM_CHANNEL_MIX(
    tier_volume: Annotated[Floats, Series(UNSIGNED, "Contacts or orders of each tier, all of which are served")],
    cost_to_serve: Annotated[
        Named,
        Matrix(
            UNSIGNED, "Cost per unit of volume: tiers in rows (or one row for all), channels in columns", named=True
        ),
    ],
    effectiveness: Annotated[Named, Matrix(UNSIGNED, "Effect per unit of volume, in the same layout", named=True)],
    need: Annotated[Floats, Series(UNSIGNED, "Least effect in each tier: sum of volume x effectiveness")],
    capacity: Annotated[Floats | None, Series(UNSIGNED, "Most volume of each channel; empty: no limit")] = None,
) -> dict[str, Any]:
    """The cheapest mix of channels that still serves each tier: volume per tier and channel, and its cost."""
    cost, effect = cost_to_serve, effectiveness
    tiers = cost.labels or effect.labels or [f"Tier {i + 1}" for i in range(tier_volume.size)]
    if len(tiers) != tier_volume.size:  # one row for all, with a label of its own
        tiers = [f"Tier {i + 1}" for i in range(tier_volume.size)]
    heads = [name.strip() for name in cost.names or effect.names or [""] * cost.values.shape[1]]
    heads = [name or f"channel{j + 1}" for j, name in enumerate(heads)]
    return channels.channel_mix(tier_volume, cost.values, effect.values, need, capacity, tiers, heads)


@function(
    "growth",
    gives="table",
    rowwise=True,
    source="Davis & Longoria (2003), Harmonizing your touchpoints; profitability index: Brealey, Myers & Allen, ch. 5",
    example=call(
        [[10000], [5000]],
        [[0.5], [0.8]],
        [[0.1], [0.2]],
        0.4,
        [[50], [120]],
        gives=[["expected_value", "return", "rank"], [150, 3, 1], [200, 1.666666667, 2]],
    ),
)
def CVM_TOUCHPOINTS(
    potential: Annotated[Floats, Column(UNSIGNED, "Sales at stake at each touch-point")],
    reach: Annotated[Floats, Column(SHARE, "Share of them that the touch-point reaches")],
    capture: Annotated[Floats, Column(SHARE, "Share of those reached that it wins")],
    margin: Annotated[Floats, Column(NUMBER, "Margin, as a share of sales")],
    cost: Annotated[Floats, Column(UNSIGNED, "Cost of the touch-point")],
) -> dict[str, Any]:
    """What each touch-point is expected to bring: potential x reach x capture x margin - cost, and its return on cost.

    rank is by return, the best first; touch-points in error are not ranked.
    """
    return channels.touch_points(potential, reach, capture, margin, cost)


def _units(models: Named) -> tuple[list[str], list[Curve]]:
    """Names and curves of the units that stand side by side in a table of parameters."""
    if models.labels is None:
        raise InvalidInput("needs the parameter names (model, a, b ...) down its first column", argument="models")
    labels = [label.strip().casefold() for label in models.labels]
    rows = dict(zip(labels, models.values, strict=True))
    names = models.names
    forms = rows.get("model", rows.get("form"))
    if forms is None and names is not None:  # without unit names the row of models is on top
        forms, names = names, None
    if forms is None:
        raise InvalidInput(f"needs a row model, which says {', '.join(FORMS)}", argument="models")
    if names is None and labels[0] not in ("model", "form", *"abcd"):  # unit names that are numbers
        names = [f"{name:g}" if isinstance(name, float) else str(name or "") for name in models.values[0]]
    units = [name.strip() or f"Unit {j + 1}" for j, name in enumerate(names or [""] * len(forms))]
    parameters = [name for name in ("a", "b", "c", "d") if name in rows]
    curves = [
        read_curve({"model": forms[j]} | {name: rows[name][j] for name in parameters}, unit, "models")
        for j, unit in enumerate(units)
    ]
    return units, curves


def _per_unit(values: Floats, units: int, argument: str, empty: float) -> Floats:
    """One number per unit, from a row, a column or a single cell."""
    if values.size not in (1, units) or (values.ndim == 2 and min(values.shape) > 1):
        raise InvalidInput(
            f"must be one number, or a row or column of {units}, one per unit; it has {values.size}", argument=argument
        )
    numbers = np.where(np.isnan(values), empty, values).ravel()
    return np.array(np.broadcast_to(numbers, units)) if numbers.size == 1 else numbers
