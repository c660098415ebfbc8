"""Ours against rivals': value map and customer-driven position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, OutOfRange
from cvm_xl.models.bounds import refuse

__all__ = ["position", "value_map"]

Floats = NDArray[np.float64]


def value_map(
    weights: Floats,
    own: Floats,
    rivals: Floats,
    own_price: float | None = None,
    rival_prices: Floats | None = None,
    names: Sequence[str] | None = None,
    attributes: Sequence[str] | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Relative quality and price against each rival.

    relative_quality = sum of weight x own / rival, weights made to sum to 1; relative_price = own / rival price;
    fair_price = mean of the rivals' prices x relative quality: the price at which customers get the market's value
    for money.

    Parameters
    ----------
    weights : array, shape (k,)
        Importance of each attribute to customers, >= 0, in any unit.
    own : array, shape (k,)
        Our score on each attribute, >= 0, high is good.
    rivals : array, shape (k, m)
        Scores of m rivals, > 0.
    own_price : float, optional
    rival_prices : array, shape (m,), optional
        Prices, > 0.
    names, attributes : sequence of str, optional
        Of the m rivals ("rival_1" ... by default) and the k attributes ("1" ...).

    Returns
    -------
    dict
        rival, relative_quality, relative_price, fair_price (blank without the prices they need), and own / rival
        per attribute as ratio_<attribute>.

    Raises
    ------
    InvalidInput
        When shapes do not fit.
    OutOfRange
        When a weight or own score is negative, all weights are 0, or a rival's score or a price is not above 0.

    References
    ----------
    Gale, B. (1994), Managing Customer Value, ch. 8.
    """
    ratios = _ratios(own, rivals)
    k, m = ratios.shape
    _check_length(weights, k, "weights", "attribute")
    refuse(weights < 0, "cannot be negative", "weights", weights)
    if weights.sum() <= 0:
        raise OutOfRange("must not all be 0", argument="weights")
    quality = weights @ ratios / weights.sum()
    relative_price, fair = np.full(m, np.nan), np.full(m, np.nan)
    if rival_prices is not None:
        _check_length(rival_prices, m, "rival_prices", "rival")
        refuse(rival_prices <= 0, "must be above 0", "rival_prices", rival_prices)
        fair = rival_prices.mean() * quality
        if own_price is not None:
            relative_price = own_price / rival_prices
    labels = list(attributes) if attributes else [str(i + 1) for i in range(k)]
    return {
        "rival": np.array(list(names) if names else [f"rival_{j + 1}" for j in range(m)], dtype=object),
        "relative_quality": quality,
        "relative_price": relative_price,
        "fair_price": fair,
    } | {f"ratio_{label}": ratios[i] for i, label in enumerate(labels)}


def position(
    importance: Floats,
    own: Floats,
    rivals: Floats,
    segments: Sequence[str] | None = None,
    attributes: Sequence[str] | None = None,
) -> dict[str, NDArray[np.generic]]:
    """What to lead with, match and leave in each segment: the same product, placed by what each segment values.

    ratio = own / best rival. An attribute more important than the segment's mean is to lead with if ratio > 1, to
    match if not; the others are left. advantage = importance x (ratio - 1).

    Parameters
    ----------
    importance : array, shape (k, s)
        Of k attributes to s segments, >= 0.
    own, rivals : array, shape (k,) and (k, m)
        Scores, high is good, as in `value_map`.
    segments, attributes : sequence of str, optional
        Names; "segment_1", "attribute_1" ... by default.

    Returns
    -------
    dict
        segment, attribute, role ("lead", "match", "leave"), advantage: a row per segment and attribute.

    Raises
    ------
    InvalidInput, OutOfRange
        As `value_map`.

    References
    ----------
    Kotler, P. and Keller, K. (2016), Marketing Management, ch. 10 (points of difference and of parity).
    """
    ratio = _ratios(own, rivals).min(axis=1)
    k, s = importance.shape
    if k != ratio.size:
        raise InvalidInput(f"has {k} attributes (rows); own has {ratio.size}", argument="importance")
    refuse(np.any(importance < 0, axis=1), "cannot be negative", "importance", importance.min(axis=1))
    if np.isnan(importance).any():
        raise InvalidInput("holds empty cells; fill them in (0: of no importance)", argument="importance")
    matters = importance > importance.mean(axis=0) * (1 + 1e-12)
    role = np.where(matters, np.where(ratio[:, None] > 1, "lead", "match"), "leave")
    named = list(segments) if segments else [f"segment_{j + 1}" for j in range(s)]
    labels = list(attributes) if attributes else [f"attribute_{i + 1}" for i in range(k)]
    return {
        "segment": np.repeat(np.array(named, dtype=object), k),
        "attribute": np.tile(np.array(labels, dtype=object), s),
        "role": role.T.ravel().astype(object),
        "advantage": (importance * (ratio[:, None] - 1)).T.ravel(),
    }


def _ratios(own: Floats, rivals: Floats) -> Floats:
    """Own over rival, attributes in rows."""
    if rivals.shape[0] != own.size:
        raise InvalidInput(
            f"has {rivals.shape[0]} attributes (rows); own has {own.size}. Attributes stand in rows, rivals in columns",
            argument="rivals",
        )
    if np.isnan(rivals).any():
        raise InvalidInput("holds empty cells; score every rival on every attribute", argument="rivals")
    refuse(own < 0, "cannot be negative", "own", own)
    refuse(
        np.any(rivals <= 0, axis=1), "must be above 0, since scores are compared by ratio", "rivals", rivals.min(axis=1)
    )
    return own[:, None] / rivals


def _check_length(values: Floats, wanted: int, argument: str, each: str) -> None:
    if values.size != wanted:
        raise InvalidInput(f"needs one value per {each}, {wanted}; it has {values.size}", argument=argument)
