"""What customers will buy and are worth, whichever purchase model was fitted."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models import bgbb, bgnbd, gamma_gamma, pareto_nbd
from cvm_xl.models.fitting import Params
from cvm_xl.models.summary import DAYS, days_in

__all__ = ["MODELS", "PurchaseModel", "alive", "force_of_interest", "lifetime", "model_of", "purchases"]

Floats = NDArray[np.float64]


class PurchaseModel(Protocol):
    """What the module of a purchase model offers."""

    def alive(self, params: Params, frequency: Floats, recency: Floats, age: Floats) -> Floats: ...

    def expected(self, params: Params, frequency: Floats, age: Floats, horizon: Floats, force: Floats) -> Floats: ...

    def posterior(self, params: Params, frequency: Floats, age: Floats) -> tuple[Floats, Floats, float, Floats]: ...


MODELS: dict[str, PurchaseModel] = {"bgnbd": bgnbd, "mbgnbd": bgnbd, "pareto_nbd": pareto_nbd, "bgbb": bgbb}


def model_of(params: Params) -> PurchaseModel:
    """The model that params are of.

    Raises
    ------
    InvalidInput
        If they are of no purchase model.
    """
    found = MODELS.get(str(params.get("model")))
    if found is None:
        raise InvalidInput(
            f"is no model of purchases ({params.get('model')!r}); give the result of CVM_BGNBD, CVM_PARETO_NBD "
            "or another fit of purchases",
            argument="model",
        )
    return found


def alive(params: Params, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Probability that each customer is still a customer; see the models' own `alive`.

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of no purchase model, or a history cannot be (with all bad rows).
    """
    return model_of(params).alive(params, frequency, recency, age)


def purchases(params: Params, horizon: Floats, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Expected purchases of each customer in the time `horizon` from now.

    Parameters
    ----------
    params : dict
        A fitted purchase model.
    horizon : array (n,)
        Time ahead, in the model's unit.
    frequency, recency, age : arrays (n,)
        History; all 0 for a new customer.

    Raises
    ------
    InvalidInput, OutOfRange
        If the params are of no purchase model, a horizon is negative, or a history cannot be.
    """
    return _discounted(params, frequency, recency, age, horizon, np.broadcast_to(0.0, frequency.shape))


def _discounted(
    params: Params, frequency: Floats, recency: Floats, age: Floats, horizon: Floats, force: Floats
) -> Floats:
    bad = np.flatnonzero(~(horizon >= 0)).tolist()
    if bad:
        raise OutOfRange("must be 0 or more", argument="horizon", rows=bad, value=float(horizon[bad[0]]))
    model = model_of(params)
    result = model.alive(params, frequency, recency, age)
    result *= model.expected(params, frequency, age, horizon, force)
    return result


def force_of_interest(discount: Floats, unit: str) -> Floats:
    """Force of interest per unit of time of a yearly discount rate d: ln(1 + d) times the unit's part of a year."""
    alike = discount.strides == (0,)  # one rate for all: computed once
    force = np.log1p(discount[:1] if alike else discount) * days_in(unit) / DAYS["year"]
    return np.broadcast_to(force, discount.shape) if alike and discount.size else force


def lifetime(
    params: Params,
    spend: Params,
    frequency: Floats,
    recency: Floats,
    age: Floats,
    monetary: Floats,
    margin: Floats,
    discount: Floats,
    horizon: Floats | None = None,
) -> Floats:
    """Customer lifetime value: margin x expected spend x expected discounted purchases from now on.

    Parameters
    ----------
    params : dict
        A fitted purchase model.
    spend : dict
        A fitted Gamma-Gamma model.
    frequency, recency, age, monetary : arrays (n,)
        History of each customer.
    margin : array (n,)
        Share of revenue that is kept.
    discount : array (n,)
        Yearly rate d, from 0; money at time u is worth exp(-ln(1 + d) u), with u in years of 365.25 days.
    horizon : array (n,), optional
        In the model's unit; None or NaN is for ever, which needs a discount above 0 (or a model under which
        customers leave fast enough for the sum to be finite).

    Returns
    -------
    array (n,)

    Raises
    ------
    InvalidInput, OutOfRange
        If params do not fit, or values cannot be (with all bad rows).

    Notes
    -----
    Fader, Hardie & Lee (2005), Journal of Marketing Research 42, in continuous time. Purchases and spend
    are taken to be independent, as the Gamma-Gamma model does.
    """
    bad = np.flatnonzero(~((discount >= 0) & np.isfinite(discount))).tolist()
    if bad:
        raise OutOfRange(
            "must be 0 or more: a yearly rate", argument="discount", rows=bad, value=float(discount[bad[0]])
        )
    ahead = np.full(frequency.size, np.inf) if horizon is None else np.where(np.isnan(horizon), np.inf, horizon)
    force = force_of_interest(discount, str(params.get("unit", "")))
    value = _discounted(params, frequency, recency, age, ahead, force)
    value *= gamma_gamma.spend(spend, frequency, monetary)
    value *= margin
    return value
