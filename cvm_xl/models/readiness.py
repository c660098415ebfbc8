"""Readiness of the organisation for managing customer value: as strong as its weakest dimension."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import OutOfRange
from cvm_xl.models.bounds import refuse

__all__ = ["readiness"]

Floats = NDArray[np.float64]

HIGHEST = 5


def readiness(dimensions: Sequence[str], scores: Floats, weights: Floats) -> dict[str, float | str]:
    """Index of readiness, the weakest link, and the level to reach there next.

    Parameters
    ----------
    dimensions : n texts
        Such as data quality, skills, culture, cooperation.
    scores : array, shape (n,)
        1 (not begun) to 5 (mastered).
    weights : array, shape (n,)
        Importance, >= 0, in any unit.

    Returns
    -------
    dict
        model "readiness", index (weighted mean), weakest (the dimension of the lowest score; several if equal),
        next_level (the next whole number above that score, 5 at most).

    Raises
    ------
    OutOfRange
        When a score is outside 1 to 5, or the weights are negative or all 0.

    References
    ----------
    Capability maturity levels: Paulk et al. (1993), Capability Maturity Model for Software.
    """
    refuse((scores < 1) | (scores > HIGHEST), "must be from 1 to 5", "scores", scores)
    refuse(weights < 0, "cannot be negative", "weights", weights)
    if weights.sum() <= 0:
        raise OutOfRange("all are 0; at least one dimension must count", argument="weights")
    lowest = float(scores.min())
    return {
        "model": "readiness",
        "index": float(scores @ weights / weights.sum()),
        "weakest": ", ".join(name for name, score in zip(dimensions, scores, strict=True) if score == lowest),
        "next_level": float(min(floor(lowest) + 1, HIGHEST)),
    }
