"""Gamma functions and their derivatives: scipy's, imported at first use (it takes 0.3 s) and typed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["digamma", "log_gamma", "logistic", "trigamma"]

Floats = NDArray[np.float64]


def log_gamma(x: ArrayLike) -> Floats:
    """Logarithm of the gamma function, x > 0."""
    from scipy.special import gammaln  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return gammaln(x)


def digamma(x: ArrayLike) -> Floats:
    """First derivative of `log_gamma`."""
    from scipy.special import psi  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return psi(x)  # pyright: ignore[reportUnknownVariableType]


def trigamma(x: ArrayLike) -> Floats:
    """Second derivative of `log_gamma`."""
    from scipy.special import zeta  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return zeta(2.0, x)


def logistic(x: ArrayLike) -> Floats:
    """1 / (1 + e^-x), without overflow."""
    from scipy.special import expit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return expit(x)
