"""Whom to contact: a response model, its scores, and how deep into the list contact pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.models.bounds import refuse
from cvm_xl.models.fitting import numbers
from cvm_xl.models.logit import binary_logit, code_levels, estimated, fit_params
from cvm_xl.models.tiers import boundaries, middle_ranks

__all__ = ["fit_response_score", "propensity", "target"]

Floats = NDArray[np.float64]
Cells = NDArray[np.object_]

RESERVED = {"model", "n", "left_out", "loglik", "loglik_0", "intercept"}


def fit_response_score(responded: Floats, drivers: Cells, names: Sequence[str]) -> dict[str, float | str]:
    """Who responds, by logit: P = 1 / (1 + exp(-(intercept + sum of effect x driver))).

    Parameters
    ----------
    responded : array, shape (n,)
        1 or 0.
    drivers : array of objects, shape (n, k)
        Numbers as they are; texts with an effect per level against the first in the alphabet. Rows with an empty cell
        are left out.
    names : k texts

    Returns
    -------
    dict
        model "response_score", n, left_out, loglik, loglik_0 (without drivers), intercept, effects by name, se_ and
        cov_ of them, base_<driver> (the level with effect 0).

    Raises
    ------
    InvalidInput
        When two drivers have one name, or one the name of another result.
    NotAvailable
        When the data do not determine the effects: see `binary_logit`.

    References
    ----------
    Bult & Wansbeek (1995), Optimal selection for direct mail, Marketing Science 14; McCullagh & Nelder (1989), ch. 4.
    """
    taken = next((name for i, name in enumerate(names) if name in RESERVED or name in names[:i]), None)
    if taken is not None:
        raise InvalidInput("give each driver a heading of its own", argument="drivers", value=taken)
    coded = [code_levels(drivers[:, j], name) for j, name in enumerate(names)]
    x = np.column_stack([c.columns for c in coded])
    columns = [name for c in coded for name in c.names]
    complete = ~(np.isnan(x).any(axis=1) | np.isnan(responded))
    y = responded[complete]
    if y.size == 0:
        raise NotAvailable("there are no complete rows", argument="responded")
    fit = binary_logit(x[complete], y, columns)
    rate = float(y.mean())
    params: dict[str, float | str] = {
        "model": "response_score",
        "n": float(y.size),
        "left_out": float(responded.size - y.size),
        "loglik": fit.loglik,
        "loglik_0": y.size * (rate * np.log(rate) + (1.0 - rate) * np.log1p(-rate)),
    }
    params |= fit_params(["intercept", *columns], fit.beta, fit.cov)
    return params | {f"base_{name}": c.base for name, c in zip(names, coded, strict=True) if c.base is not None}


def propensity(model: Mapping[str, Any], drivers: Cells, names: Sequence[str] | None = None) -> Floats:
    """Probability that each customer responds.

    Parameters
    ----------
    model : mapping
        Of `fit_response_score`.
    drivers : array of objects, shape (n, k)
        Complete. With names, columns that the model does not know are passed over.
    names : k texts, optional
        Without them the columns stand in the order of the model.

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    InvalidInput
        When a driver of the model is missing, or a cell is of another kind, or a level that the model does not know.

    References
    ----------
    As `fit_response_score`.
    """
    effects = numbers(model, ["intercept", *estimated(model)])
    intercept = effects.pop("intercept")
    if not effects:
        raise InvalidInput("lacks its parameters; give the whole result of CVM_RESPONSE_SCORE", argument="model")
    wanted = list(dict.fromkeys(_driver(name, model) for name in effects))
    heads = [name.strip().casefold() for name in names] if names else [name.casefold() for name in wanted]
    absent = next((name for name in wanted if name.casefold() not in heads), None)
    if absent is not None or (not names and drivers.shape[1] != len(wanted)):
        raise InvalidInput(f"needs the columns {', '.join(wanted)}, as in the fit", argument="drivers", value=absent)
    lost = next((name for name in wanted if name not in effects and model.get(f"base_{name}") is None), None)
    if lost is not None:
        raise InvalidInput(f"lacks base_{lost}; give the whole result of CVM_RESPONSE_SCORE", argument="model")
    score = np.full(drivers.shape[0], intercept)
    for name in wanted:
        cells = drivers[:, heads.index(name.casefold())]
        score += _effect(cells, name, effects, model.get(f"base_{name}"))
    return np.exp(-np.logaddexp(0.0, -score))


def _driver(name: str, model: Mapping[str, Any]) -> str:
    """The driver of an effect: "segment" of "segment=Pro"."""
    driver = name.split("=", 1)[0]
    return driver if f"base_{driver}" in model else name


def _effect(cells: Cells, name: str, effects: Mapping[str, float], base: Any) -> Floats:
    """Effect of one driver on the log-odds."""
    if base is None:
        numbers = [isinstance(cell, int | float) for cell in cells]
        if not all(numbers):
            row = numbers.index(False)
            rows = [i for i, number in enumerate(numbers) if not number]
            raise InvalidInput(f"{name} is a number in this model", argument="drivers", rows=rows, value=cells[row])
        return effects[name] * cells.astype(np.float64)
    known = {str(base): 0.0}
    known |= {key[len(name) + 1 :]: effect for key, effect in effects.items() if key.startswith(f"{name}=")}
    strange = [i for i, cell in enumerate(cells) if str(cell) not in known]
    if strange:
        raise InvalidInput(
            f"the model knows {name} as {', '.join(known)}", argument="drivers", rows=strange, value=cells[strange[0]]
        )
    return np.array([known[str(cell)] for cell in cells])


def target(
    score: Floats, margin: Floats, contact_cost: Floats, responded: Floats | None = None
) -> dict[str, NDArray[np.generic]]:
    """Profit of contacting customers by decile of their score, and how far down the list it pays.

    Parameters
    ----------
    score : array, shape (n,)
        Probability of a response.
    margin : array, shape (n,)
        Money that a response brings.
    contact_cost : array, shape (n,)
        Money per contact, >= 0.
    responded : array, shape (n,), optional
        1, or 0 or NaN: with it response, lift and profit are what happened, without it what the scores expect.

    Returns
    -------
    dict of arrays, one entry per decile that has customers
        decile (1 has the highest scores; equal scores are together), customers, cut_off (the lowest score in it),
        response (rate), lift (rate / rate of all; blank where that is 0), profit, cumulative_profit, contact: True down
        to the decile where cumulative profit is highest, if it is above 0.

    Raises
    ------
    OutOfRange
        When a score is outside 0 to 1 or a contact cost negative.

    References
    ----------
    Bult & Wansbeek (1995), Marketing Science 14: gains chart; Malthouse (1999), Journal of Interactive Marketing 13.
    """
    refuse((score < 0) | (score > 1), "is a probability, from 0 to 1", "score", score)
    refuse(contact_cost < 0, "cannot be negative", "contact_cost", contact_cost)
    chance = score if responded is None else np.nan_to_num(responded)
    ends = boundaries(score.size, np.full(10, 0.1))
    decile = np.searchsorted(ends, middle_ranks(-score), side="left")
    found, place = np.unique(decile, return_inverse=True)
    customers = np.bincount(place).astype(np.float64)
    response = np.bincount(place, chance) / customers
    profit = np.bincount(place, chance * margin - contact_cost)
    cumulative = np.cumsum(profit)
    lowest = np.full(found.size, np.inf)
    np.minimum.at(lowest, place, score)
    overall = float(chance.mean())
    best = int(np.argmax(cumulative))
    return {
        "decile": found + 1.0,
        "customers": customers,
        "cut_off": lowest,
        "response": response,
        "lift": response / overall if overall > 0 else np.full(found.size, np.nan),
        "profit": profit,
        "cumulative_profit": cumulative,
        "contact": (np.arange(found.size) <= best) & (cumulative[best] > 0),
    }
