"""Maximum likelihood for the lifetime models: Newton's method in the logarithms of positive parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.figures import figure

__all__ = ["BUYING", "ENOUGH", "LEAVING", "Params", "expect", "fitted", "maximise", "numbers", "sampled", "warmer"]

Floats = NDArray[np.float64]
Params = dict[str, float | str]
Likelihood = Callable[[Floats], tuple[float, Floats, Floats]]
"""Parameters -> log-likelihood, gradient and Hessian, all in the parameters themselves."""

BUYING, LEAVING = "how often they buy", "how soon they leave"
FAR = 12.0  # a parameter e^12 times or below e^-12 of its starting scale has run away
NEGLIGIBLE = 0.01  # gain of a log-likelihood: a difference of 1 is hardly one
SLOW = 10  # rounds far out that gain no more
ENOUGH = 30_000  # customers who give starting values for more
FEW = 10  # repeaters, below which a limit is not worth reporting
REMEDY = "give it more customers or a longer history, or pool segments"


def maximise(likelihood: Likelihood, start: Floats, rounds: int = 100) -> tuple[Floats, bool]:
    """Parameters that maximise a log-likelihood, by damped Newton steps in their logarithms.

    Parameters
    ----------
    likelihood : callable
        See `Likelihood`; may return non-finite values away from the optimum.
    start : array (k,)
        Positive starting values of the right scale.

    Returns
    -------
    parameters : array (k,)
    inside : bool
        False when the likelihood has no maximum inside: some parameters ran away, to within a negligible gain of the
        limit, or to e^12 times their start (or below e^-12 of it).

    Raises
    ------
    OutOfRange
        If it does not converge.
    """
    theta = np.log(start)
    origin = theta.copy()
    value, gradient, hessian = _in_logs(likelihood, theta)
    if not np.isfinite(value):
        raise OutOfRange("the likelihood is not finite at the starting values; check the scale of the input")
    damping, near, slow = 0.0, False, 0
    free = np.arange(theta.size)  # parameters that have not run away
    for _ in range(rounds):
        slope, curve = gradient[free], hessian[np.ix_(free, free)]
        step, damping, gain = _step(slope, curve, damping)
        if gain <= 1e-12 * max(1.0, abs(value)) and damping < 1:
            step, damping, _ = _step(slope, curve, 0.0)
            size = float(np.max(np.abs(step)))
            if damping > 0 or size > 1e-4:
                return np.exp(theta), False  # a flat ridge
            if near or size < 1e-6:
                # convergence is quadratic: this last step leaves an error of the square of its size
                theta[free] += step
                return np.exp(theta), free.size == theta.size
            near = True
        new_theta = theta.copy()
        new_theta[free] += step * min(1.0, 2.0 / max(float(np.max(np.abs(step))), 1e-300))
        new = _in_logs(likelihood, new_theta)
        slow += bool(np.max(np.abs(theta - origin)) > FAR / 2 and not new[0] > value + NEGLIGIBLE)
        if slow == SLOW:
            return np.exp(theta), False  # far out on a ridge, where rounding leads
        if np.isfinite(new[0]) and new[0] >= value - 1e-12 * abs(value):
            theta = new_theta
            value, gradient, hessian = new
            damping = 0.0 if damping < 1e-6 else damping / 10
        else:
            damping = max(10 * damping, 1e-3)
            if damping > 1e12:
                break
        free = free[np.abs(theta - origin)[free] <= FAR]
        if not free.size:
            return np.exp(theta), False
    if np.max(np.abs(gradient[free])) < 0.02 or np.max(np.abs(theta - origin)) > FAR / 2:
        # a factor of e in any parameter gains nothing to speak of, or what it gains is lost in rounding far out
        return np.exp(theta), False
    raise OutOfRange(f"the fit does not converge; {REMEDY}")


def sampled(counts: Floats, size: int) -> tuple[NDArray[np.intp], Floats]:
    """Rows of about `size` customers, at equal steps through all of them, and how many of these each row has."""
    steps = (np.arange(size) + 0.5) * (float(np.sum(counts)) / size)
    picked = np.bincount(np.searchsorted(np.cumsum(counts), steps), minlength=counts.size)[: counts.size]
    rows = np.flatnonzero(picked)
    return rows, picked[rows].astype(np.float64)


def warmer(likelihood: Likelihood, start: Floats) -> Floats:
    """Starting values from the likelihood of a sample: where it is highest, or `start` if that is at a limit."""
    try:
        found, inside = maximise(likelihood, start)
    except OutOfRange:
        return start
    return found if inside else start


def _in_logs(likelihood: Likelihood, theta: Floats) -> tuple[float, Floats, Floats]:
    parameters = np.exp(theta)
    with np.errstate(all="ignore"):
        value, gradient, hessian = likelihood(parameters)
        slope = gradient * parameters
        curve = hessian * np.outer(parameters, parameters) + np.diag(slope)
    sound = np.all(np.isfinite(slope)) and np.all(np.isfinite(curve))
    return float(value) if sound else np.nan, slope, curve


def _step(gradient: Floats, hessian: Floats, damping: float) -> tuple[Floats, float, float]:
    """An ascent direction, the damping it took to be one, and the gain it promises.

    Damping is in units of the curvature of each parameter, so that it does not depend on the number of customers.
    """
    scale = np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-9 * np.max(np.abs(hessian)) + 1e-300))
    scaled = -hessian / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(scaled)
    lowest = float(values[0])
    if lowest <= 1e-10:
        damping = max(damping, 1e-3 - lowest)
    inner = vectors.T @ (gradient / scale) / (values + damping)
    step = (vectors @ inner) / scale
    return step, damping, float(gradient @ step) / 2


def fitted(
    likelihood: Likelihood,
    found: tuple[Floats, bool],
    differ: Mapping[str, str],
    head: Params,
    n: float,
    repeaters: float,
) -> Params:
    """The params of a fit: `head`, parameters, `n`, `loglik`, standard errors and covariances, perhaps a `note`.

    Standard errors are from the inverse of the Hessian at the maximum (observed information). When parameters ran
    away, what the data do not tell is left out of it, and `note` says so.

    Parameters
    ----------
    likelihood : callable
    found : tuple
        What `maximise` gives.
    differ : mapping
        For each parameter's name, in what customers differ according to it.
    head : dict
        First rows.
    n, repeaters : float
        Customers, and those of them that the fit learns most from.

    Raises
    ------
    NotAvailable
        If parameters ran away and there are fewer than ten `repeaters`.
    """
    names = list(differ)
    parameters, inside = found
    value, _, hessian = likelihood(parameters)
    outer = np.outer(parameters, parameters)
    # inverted in logs, where the scales are alike
    values, vectors = np.linalg.eigh(-hessian * outer)
    known = values > (0 if inside else 0.1)
    known[0] &= inside  # of what ran away, far out, rounding may hide how little is known of it
    covariance = outer * ((vectors[:, known] / values[known]) @ vectors[:, known].T)
    params: Params = {**head, **dict(zip(names, map(float, parameters), strict=True))}
    params["n"] = float(n)
    params["loglik"] = float(value)
    for i, name in enumerate(names):
        params[f"se_{name}"] = float(np.sqrt(covariance[i, i]))
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            params[f"cov_{first}_{names[j]}"] = float(covariance[i, j])
    if not inside:
        if repeaters < FEW:
            raise NotAvailable(
                f"too few customers bought again to identify the model (their number: {figure(repeaters)}); {REMEDY}",
                argument="frequency",
            )
        unknown = np.max(np.abs(vectors[:, ~known]), axis=1, initial=0.0) > 0.3
        which = [name for i, name in enumerate(names) if unknown[i]]
        params["note"] = (
            f"The data do not tell how customers differ in {' or '.join(dict.fromkeys(differ[w] for w in which))} "
            f"({' and '.join(which)} ran to a limit); predictions hold for that limit. To tell more, {REMEDY}"
        )
    return params


def expect(params: Params, models: Sequence[str], names: Sequence[str], argument: str = "model") -> tuple[float, ...]:
    """The parameters of a fitted model, checked to be of one of `models`, present and positive.

    Raises
    ------
    InvalidInput
        If the params are of another model, or lack a parameter.
    OutOfRange
        If a parameter is not above 0.
    """
    model = params.get("model")
    if model not in models:
        raise InvalidInput(
            f"holds a model {model!r} where {' or '.join(models)} is needed; give the result of the matching fit",
            argument=argument,
        )
    found = numbers(params, names, argument)
    for name, value in found.items():
        if value <= 0:
            raise OutOfRange(f"the parameter {name} must be above 0", argument=argument, value=value)
    return tuple(found.values())


def numbers(params: Mapping[str, object], names: Iterable[str], argument: str = "model") -> dict[str, float]:
    """Parameters of a fitted model by name, checked to be there and finite numbers.

    Raises
    ------
    InvalidInput, OutOfRange
        If one is not.
    """
    found: dict[str, float] = {}
    for name in names:
        value = params.get(name)
        if not isinstance(value, int | float):
            what = "lacks the parameter" if value is None else "holds no number as the parameter"
            raise InvalidInput(f"{what} {name}; give the whole result of the fit", argument=argument)
        if not math.isfinite(value):
            raise OutOfRange(f"the parameter {name} must be a finite number", argument=argument, value=value)
        found[name] = float(value)
    return found
