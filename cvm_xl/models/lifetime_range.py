"""How sure a lifetime value is: intervals by simulation.

Every draw takes the parameters from their sampling distribution (normal in logarithms, with the covariances of the
fit), then for each customer whether he is alive, his own rates given his history, his purchases and their money. The
same draw of parameters serves all customers, so that the interval of the total knows what they have in common.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models import bgbb, bgnbd, gamma_gamma, pareto_nbd
from cvm_xl.models.fitting import Params
from cvm_xl.models.lifetime_value import force_of_interest, lifetime, model_of

__all__ = ["lifetime_range", "parameter_draws"]

Floats = NDArray[np.float64]

EVER = 50.0  # e^-50 of an amount is nothing
HALF = 0.5  # of the mean: as far as a value may lie off and still count as predicted
MANY = 1e15  # purchases, beyond which none can be told from one more
BLOCK = 4_000  # customers simulated at a time
NAMES = {
    "bgnbd": bgnbd.NAMES,
    "mbgnbd": bgnbd.NAMES,
    "pareto_nbd": pareto_nbd.NAMES,
    "bgbb": bgbb.NAMES,
    "gamma_gamma": gamma_gamma.NAMES,
}


def parameter_draws(params: Params, draws: int, rng: np.random.Generator, argument: str = "model") -> list[Params]:
    """Parameters drawn from their sampling distribution: normal in their logarithms.

    Raises
    ------
    InvalidInput
        If the params lack standard errors or covariances.
    """
    names = NAMES[str(params["model"])]
    k = len(names)
    covariance = np.empty((k, k))
    for i in range(k):
        for j in range(i, k):
            name = f"se_{names[i]}" if i == j else f"cov_{names[i]}_{names[j]}"
            value = params.get(name)
            if not isinstance(value, int | float):
                raise InvalidInput(f"lacks {name}; give the whole result of the fit", argument=argument)
            covariance[i, j] = covariance[j, i] = value**2 if i == j else value
    centre = np.array([float(params[name]) for name in names])
    values, vectors = np.linalg.eigh(covariance / np.outer(centre, centre))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = centre * np.exp(rng.standard_normal((draws, k)) @ root.T)
    return [{**params, **dict(zip(names, map(float, row), strict=True))} for row in drawn]


def lifetime_range(
    params: Params,
    spend: Params,
    frequency: Floats,
    recency: Floats,
    age: Floats,
    monetary: Floats,
    margin: Floats,
    discount: Floats,
    horizon: Floats | None = None,
    level: float = 0.9,
    draws: int = 1000,
    seed: int = 1,
) -> dict[str, Floats]:
    """Lifetime value of each customer with an interval that holds it with probability `level`.

    Parameters
    ----------
    params, spend, frequency, recency, age, monetary, margin, discount, horizon
        As in `lifetime`; the params with their standard errors and covariances.
    level : float
        Probability that the interval holds what will come, between 0 and 1.
    draws : int
        Simulated futures, at least 100.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    dict of arrays (n + 1,)
        low, mean, high, predictability; the last row is the total of all customers. `mean` is the value of
        `lifetime`; predictability is the probability that what comes lies within `HALF` of it, on either side.

    Raises
    ------
    InvalidInput, OutOfRange
        As `lifetime`; if covariances are missing, or level or draws are out of range.

    Notes
    -----
    That customers of equal expected value differ in its spread: McCarthy, Fader & Hardie (2016), V(CLV). Here not as
    their variance, which is infinite for customers whose p x + q is at most 2, but as a share of futures.
    """
    if not 0 < level < 1:
        raise OutOfRange("must be between 0 and 1", argument="level", value=level)
    if draws < 100:
        raise OutOfRange("must be at least 100", argument="draws", value=draws)
    mean = lifetime(params, spend, frequency, recency, age, monetary, margin, discount, horizon)
    rng = np.random.default_rng(seed)
    drawn = list(zip(parameter_draws(params, draws, rng), parameter_draws(spend, draws, rng, "spend"), strict=True))
    force = force_of_interest(discount, str(params["unit"]))
    ahead = np.full(mean.size, np.inf) if horizon is None else np.where(np.isnan(horizon), np.inf, horizon)
    with np.errstate(divide="ignore"):
        ahead = np.minimum(ahead, EVER / force)
    if np.isinf(ahead).any():
        raise OutOfRange("must be above 0 for ever; give a discount or a horizon", argument="discount", value=0.0)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    low_high = np.empty((2, mean.size + 1))
    near = np.empty(mean.size + 1)
    total = np.zeros(draws)
    for begin in range(0, mean.size, BLOCK):
        part = slice(begin, begin + BLOCK)
        history = (frequency[part], recency[part], age[part])
        values = np.empty((draws, history[0].size))
        for i, (buying, spending) in enumerate(drawn):
            alive = rng.random(history[0].size) < model_of(buying).alive(buying, *history)
            bought, worth = _purchases(buying, history[0], history[2], ahead[part], force[part], rng)
            shape, rate, p = gamma_gamma.posterior(spending, frequency[part], monetary[part])
            each = rng.gamma(shape) / rate
            money = rng.gamma(p * bought) / np.maximum(each, 1e-300)
            values[i] = np.where(alive, margin[part] * worth * money, 0.0) + 0.0
        total += np.sum(values, axis=1)
        low_high[:, :-1][:, part] = np.quantile(values, tails, axis=0)
        near[:-1][part] = _share_near(values, mean[part])
    low_high[:, -1] = np.quantile(total, tails)
    mean = np.append(mean, np.sum(mean))
    near[-1] = _share_near(total, mean[-1])
    return {"low": low_high[0], "mean": mean, "high": low_high[1], "predictability": near}


def _share_near(values: Floats, mean: Floats) -> Floats:
    """The share of draws that lie within `HALF` of the mean, on either side."""
    return np.mean(np.abs(values - mean) <= HALF * np.abs(mean), axis=0)


def _purchases(
    params: Params, x: Floats, age: Floats, ahead: Floats, force: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Purchases of customers who are alive, one draw each, and the mean present value of a unit of money in them.

    Given the last purchase before the end, the others are spread evenly up to it: their mean present value stands for
    each one's own.
    """
    one, two, three, four = model_of(params).posterior(params, x, age)
    model = params["model"]
    if model == "bgbb":
        buys, leaves = rng.beta(one, two), np.maximum(rng.beta(three, four), 1e-300)
        periods = np.minimum(rng.geometric(leaves), ahead)
        mean = np.exp(-force) * _mean_present(force, periods) / _mean_present(force, np.ones(x.size))
        return rng.binomial(periods.astype(np.int64), buys).astype(float), mean
    rate = rng.gamma(one) / two
    if model == "pareto_nbd":
        stay = np.minimum(
            ahead, rng.exponential(size=x.size) * four / np.maximum(rng.gamma(three, size=x.size), 1e-300)
        )
        return _poisson(rng, rate * stay).astype(float), _mean_present(force, stay)
    leave = np.maximum(rng.beta(three, four), 1e-300)
    chances = _poisson(rng, rate * ahead)
    bought = np.minimum(chances, rng.geometric(leave))
    last = ahead * rng.beta(np.maximum(bought, 1), chances - bought + 1)
    worth = (bought - 1) * _mean_present(force, last) + np.exp(-force * last)
    return bought.astype(float), worth / np.maximum(bought, 1)


def _poisson(rng: np.random.Generator, mean: Floats) -> NDArray[np.int64]:
    if not np.all(mean < MANY):
        raise OutOfRange("expects more purchases than can be simulated; check its parameters", argument="model")
    return rng.poisson(mean)


def _mean_present(force: Floats, time: Floats) -> Floats:
    """Mean of e^(-force u) over u from 0 to `time`."""
    steps = force * time
    return np.divide(-np.expm1(-steps), steps, out=np.ones(steps.size), where=steps > 0)
