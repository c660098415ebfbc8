"""Functions of the family `lifetime` that use a fitted model: what customers will buy and are worth, and how sure."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from cvm_xl.catalogue import call, function
from cvm_xl.functions.lifetime_fit import AGE, FREQUENCY, MONETARY, RECENCY, given
from cvm_xl.kinds import COUNT, KEY, UNSIGNED, Column, Floats, Params, ParamsDict, Scalar, Value
from cvm_xl.models import gamma_gamma, lifetime_range
from cvm_xl.models import lifetime_value as models

PURCHASES = tuple(models.MODELS)
MODEL = Params(KEY, "A fitted model of purchases, such as CVM_BGNBD gives", models=PURCHASES)
SPEND = Params(KEY, "The fitted model of spend, as CVM_GAMMA_GAMMA gives it", models=("gamma_gamma",))
KEPT = Column(Value(hi=1), "Margin as a share of revenue")
YEARLY = Column(UNSIGNED, "Discount rate per year, 0.1 for 10%")
AHEAD = Column(UNSIGNED, "Time ahead in the model's unit; empty: for ever")

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
    recency, age = given(recency=recency, age=age)
    return models.purchases(model, horizon, frequency, recency, age)


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader, Hardie & Lee (2008), Computing P(alive) using the BG/NBD model",
    example=call(FITTED, 2, 30.43, 38.86, gives=0.7266091593),
)
def CVM_ALIVE(
    model: Annotated[ParamsDict, MODEL],
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
) -> Floats:
    """Probability that each customer is still one, given the history."""
    recency, age = given(recency=recency, age=age)
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
    (monetary,) = given(monetary=monetary)
    return gamma_gamma.spend(model, frequency, monetary)


@function(
    "lifetime",
    gives="column",
    rowwise=True,
    source="Fader, Hardie & Lee (2005), RFM and CLV, Journal of Marketing Research 42, in continuous time",
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
    recency, age, monetary = given(recency=recency, age=age, monetary=monetary)
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


DRAWN = [
    *FITTED,
    *(["se_r", 0.0126], ["se_alpha", 0.3782], ["se_a", 0.1857], ["se_b", 0.7054]),
    *(["cov_r_alpha", 0.0037], ["cov_r_a", -0.0001], ["cov_r_b", 0.0001]),
    *(["cov_alpha_a", -0.0029], ["cov_alpha_b", 0.0105], ["cov_a_b", 0.1232]),
]
DRAWN_SPEND = [
    *SPENT,
    *(["se_p", 1.1901], ["se_q", 0.2901], ["se_v", 4.1594]),
    *(["cov_p_q", -0.232], ["cov_p_v", -4.8029], ["cov_q_v", 0.992]),
]


@function(
    "lifetime",
    gives="table",
    source="Simulation from the models of Fader, Hardie & Lee (2005); parameters normal in logarithms",
    example=call(
        DRAWN,
        DRAWN_SPEND,
        [[2], [26]],
        [[30.43], [30.86]],
        [[38.86], [31]],
        [[25], [39.97]],
        0.4,
        0.1,
        52,
        draws=200,
        gives=[
            ["low", "mean", "high"],
            [0.0, 16.01120177, 56.69314801],
            [29.73708641, 394.1962521, 738.8003403],
            [42.69416665, 410.2074538, 749.1451055],
        ],
    ),
)
def CVM_LIFETIME_RANGE(
    model: Annotated[ParamsDict, MODEL],
    spend: Annotated[ParamsDict, SPEND],
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
    monetary: Annotated[Floats | None, MONETARY] = None,
    margin: Annotated[Any, KEPT] = 1,
    discount: Annotated[Any, YEARLY] = 0.1,
    horizon: Annotated[Any, AHEAD] = None,
    level: Annotated[
        float, Scalar(Value(above=0, below=1), "Probability that the interval holds what will come")
    ] = 0.9,
    draws: Annotated[int, Scalar(Value(lo=100, hi=100_000, whole=True), "Simulated futures")] = 1000,
    seed: Annotated[int, Scalar(COUNT, "The same seed gives the same numbers")] = 1,
) -> dict[str, Any]:
    """Lifetime value of each customer with low and high, between which it will lie with the probability `level`.

    Both kinds of doubt count: about the parameters (from the fit's standard errors) and about what each customer will
    do. The last row is the total of all; its range is much narrower than the sum of theirs. mean is CVM_LIFETIME.
    """
    found = CVM_PREDICTABILITY(
        model, spend, frequency, recency, age, monetary, margin, discount, horizon, level, draws, seed
    )
    return {name: found[name] for name in ("low", "mean", "high")}


@function(
    "lifetime",
    gives="table",
    source="On equal values that are not equally sure: McCarthy, Fader & Hardie (2016), V(CLV); simulation as in "
    "CVM_LIFETIME_RANGE",
    example=call(
        DRAWN,
        DRAWN_SPEND,
        [[2], [26]],
        [[30.43], [30.86]],
        [[38.86], [31]],
        [[25], [39.97]],
        0.4,
        0.1,
        52,
        draws=200,
        gives=[
            ["low", "mean", "high", "predictability"],
            [0.0, 16.01120177, 56.69314801, 0.285],
            [29.73708641, 394.1962521, 738.8003403, 0.5],
            [42.69416665, 410.2074538, 749.1451055, 0.54],
        ],
    ),
)
def CVM_PREDICTABILITY(
    model: Annotated[ParamsDict, MODEL],
    spend: Annotated[ParamsDict, SPEND],
    frequency: Annotated[Floats, FREQUENCY],
    recency: Annotated[Floats | None, RECENCY] = None,
    age: Annotated[Floats | None, AGE] = None,
    monetary: Annotated[Floats | None, MONETARY] = None,
    margin: Annotated[Any, KEPT] = 1,
    discount: Annotated[Any, YEARLY] = 0.1,
    horizon: Annotated[Any, AHEAD] = None,
    level: Annotated[
        float, Scalar(Value(above=0, below=1), "Probability that the interval holds what will come")
    ] = 0.9,
    draws: Annotated[int, Scalar(Value(lo=100, hi=100_000, whole=True), "Simulated futures")] = 1000,
    seed: Annotated[int, Scalar(COUNT, "The same seed gives the same numbers")] = 1,
) -> dict[str, Any]:
    """How sure each lifetime value is: what CVM_LIFETIME_RANGE gives, and predictability, from the same futures.

    predictability tells customers of equal mean apart: the probability that the value will lie within 50% of its mean,
    between 0.5 and 1.5 times it. It is near 0 where probably nothing comes, or much more, and near 1 for a large total.
    """
    recency, age, monetary = given(recency=recency, age=age, monetary=monetary)
    size = frequency.shape
    return lifetime_range.lifetime_range(
        model,
        spend,
        frequency,
        recency,
        age,
        monetary,
        np.broadcast_to(margin, size),
        np.broadcast_to(discount, size),
        None if horizon is None else np.broadcast_to(horizon, size),
        level,
        int(draws),
        int(seed),
    )
