"""Acceptance of offers fitted by logit: what price, satisfaction and segment did to past offers."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.figures import rounded
from cvm_xl.models.logit import binary_logit, fit_params

__all__ = ["fit_acceptance"]

Floats = NDArray[np.float64]

RESERVED = ("model", "n", "left_out", "loglik", "intercept", "slope", "p_slope", "note")


def fit_acceptance(
    price: Floats, accepted: Floats, covariates: Floats | None = None, names: Sequence[str] = ()
) -> dict[str, float | str]:
    """Intercept a, slope b and an effect g per covariate of P = 1 / (1 + exp(a + b price + g x)).

    These are minus the usual logit coefficients: a positive slope or effect lowers acceptance. For a customer
    with covariates x, a + g x is the intercept that CVM_ACCEPTANCE and CVM_PRICE_BAND take. Offers with an
    empty cell are left out and counted.

    Parameters
    ----------
    price : array, shape (n,)
        Price per unit offered.
    accepted : array, shape (n,)
        1 accepted, 0 refused.
    covariates : array, shape (n, k), optional
    names : sequence of str
        One per covariate.

    Returns
    -------
    dict
        model "acceptance", n, left_out, loglik, intercept, slope, covariates by name, se_ of each, cov_ of each
        pair, p_slope (two-sided p-value of the slope), note (in words, what the fit says of price).

    Raises
    ------
    InvalidInput
        When two covariates have the same name, or one the name of another result.
    NotAvailable
        When the offers cannot tell: all accepted or all refused, one price only, outcomes that price or a
        covariate separates without overlap, a covariate that follows from the others, fewer offers than effects.

    References
    ----------
    McCullagh, P. and Nelder, J. (1989), Generalized Linear Models, ch. 4.
    """
    names = list(names)
    repeated = next((name for i, name in enumerate(names) if name in names[:i] or name in RESERVED), None)
    if repeated is not None:
        raise InvalidInput("this name is taken; give each covariate a heading of its own", value=repeated)
    x = price[:, None] if covariates is None else np.column_stack([price, covariates])
    complete = ~np.isnan(np.column_stack([x, accepted])).any(axis=1)
    x, y = x[complete], accepted[complete]
    _check_data(x[:, 0], y, alone=covariates is None)
    fit = binary_logit(x, y, ["price", *names])
    params: dict[str, float | str] = {
        "model": "acceptance",
        "n": float(y.size),
        "left_out": float(price.size - y.size),
        "loglik": fit.loglik,
    }
    params |= fit_params(["intercept", "slope", *names], -fit.beta, fit.cov)
    slope, error = -fit.beta[1], sqrt(fit.cov[1, 1])
    p_value = erfc(abs(slope) / error / sqrt(2.0))
    params |= {"p_slope": p_value, "note": _note(slope, p_value)}
    return params


def _check_data(price: Floats, y: Floats, *, alone: bool) -> None:
    if y.size == 0:
        raise NotAvailable("no complete offers; each needs a price and whether it was accepted", argument="price")
    if y.min() == y.max():
        outcome = "accepted" if y[0] else "refused"
        raise NotAvailable(
            f"all {y.size} offers were {outcome}, so nothing is known of the price at which customers turn; "
            f"record {'refused' if y[0] else 'accepted'} offers too",
            argument="accepted",
        )
    if price.min() == price.max():
        raise NotAvailable(
            f"all offers have the price {rounded(price[0], 6)}; "
            "acceptance can be fitted only from offers at different prices",
            argument="price",
        )
    bought, refused = price[y == 1], price[y == 0]
    for cheap, dear, words in ((bought, refused, ("accepted", "refused")), (refused, bought, ("refused", "accepted"))):
        if alone and cheap.max() <= dear.min():
            raise NotAvailable(
                f"every offer up to {rounded(cheap.max(), 6)} was {words[0]} and every one from "
                f"{rounded(dear.min(), 6)} {words[1]}, so the slope has no upper bound; "
                "make offers at prices in between",
                argument="price",
            )


def _note(slope: float, p_value: float) -> str:
    if slope <= 0:
        return "Dearer offers were accepted more: no price can be set from this fit; add covariates or better data"
    if p_value > 0.05:
        return f"These offers say little about price (p = {p_value:.2f}): make more offers at more spread prices"
    return "Acceptance falls with price"
