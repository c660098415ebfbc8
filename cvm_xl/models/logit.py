"""Logit by maximum likelihood: Newton's method, and the data for which no maximum exists.

A binary choice is the conditional one between x and nothing, so both share the solver and the check for separation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import NotAvailable, OutOfRange

__all__ = ["Coded", "Fit", "binary_logit", "code_levels", "conditional_logit", "estimated", "fit_params"]

Floats = NDArray[np.float64]
Derivatives = Callable[[Floats], tuple[float, Floats, Floats]]

STEPS = 100
SETTLED = 1e-13  # Newton decrement (twice the log-likelihood still to gain)
SUSPECT = 15.0  # a log-odds that sound data rarely reach; beyond it separation is looked for


class Fit(NamedTuple):
    """Maximum-likelihood estimate: coefficients (k,), their covariance (k, k) and the log-likelihood."""

    beta: Floats
    cov: Floats
    loglik: float


def binary_logit(x: Floats, y: Floats, names: Sequence[str]) -> Fit:
    """P(y = 1) = 1 / (1 + exp(-(b0 + x b))); the constant comes first in the result.

    Parameters
    ----------
    x : array, shape (n, k)
        Complete: no NaN.
    y : array, shape (n,)
        0 or 1.
    names : sequence of str
        Of the k columns, for messages.

    Raises
    ------
    NotAvailable
        When no estimate exists: one outcome only, a column that is constant or follows from others,
        or outcomes that the columns separate without overlap.
    """
    if y.min() == y.max():
        raise NotAvailable(f"all {y.size} outcomes are {y[0]:g}; a fit needs some of both, 0 and 1")
    centre, scale = x.mean(axis=0), _scale(x)
    design = np.column_stack([np.ones(y.size), (x - centre) / scale])
    _check_rank(design, ["constant", *names])
    signed = design * (2.0 * y - 1.0)[:, None]

    def derivatives(beta: Floats) -> tuple[float, Floats, Floats]:
        log_odds = signed @ beta
        loglik = -np.logaddexp(0.0, -log_odds).sum()
        wrong = np.exp(-np.logaddexp(0.0, log_odds))
        weight = wrong * (1.0 - wrong)
        return float(loglik), signed.T @ wrong, (signed * weight[:, None]).T @ signed

    fit = _newton(derivatives, signed, ["constant", *names])
    back = np.diag(np.append(1.0, 1.0 / scale))
    back[0, 1:] = -centre / scale
    return Fit(back @ fit.beta, back @ fit.cov @ back.T, fit.loglik)


def conditional_logit(x: Floats, chosen: NDArray[np.bool_], task: NDArray[np.intp], names: Sequence[str]) -> Fit:
    """P(j of task) = exp(x_j b) / sum over the task of exp(x b) (McFadden 1974).

    Parameters
    ----------
    x : array, shape (n, k)
        An alternative shown in each row; complete.
    chosen : array of bool, shape (n,)
        True once in each task.
    task : array of int, shape (n,)
        Task of each row, 0 ... tasks - 1, ascending.
    names : sequence of str
        Of the k columns, for messages.

    Raises
    ------
    NotAvailable
        As `binary_logit`; a column counts as constant when it never differs within a task.
    """
    scale = _scale(x)
    better = (x[chosen][task] - x) / scale  # chosen less shown, in every row; zero for the chosen itself
    _check_rank(better, names)
    starts = np.flatnonzero(np.diff(task, prepend=-1))

    def derivatives(beta: Floats) -> tuple[float, Floats, Floats]:
        behind = -(better @ beta)
        largest = np.maximum.reduceat(behind, starts)
        odds = np.exp(behind - largest[task])
        total = np.add.reduceat(odds, starts)
        share = odds / total[task]
        weighted = better * share[:, None]
        mean = np.add.reduceat(weighted, starts, axis=0)
        return -float((largest + np.log(total)).sum()), mean.sum(axis=0), weighted.T @ better - mean.T @ mean

    fit = _newton(derivatives, better, names)
    return Fit(fit.beta / scale, fit.cov / np.outer(scale, scale), fit.loglik)


class Coded(NamedTuple):
    """Columns of a design (n, k), their names, and the level that has no column (None for numbers)."""

    columns: Floats
    names: list[str]
    base: str | None


def code_levels(values: NDArray[np.object_], name: str) -> Coded:
    """Columns of a design from one column of cells: numbers as they are, texts as an indicator per level.

    The first level in alphabetical order is the base and has no indicator; the others are named "name=level".
    None or NaN gives NaN.
    """
    empty = np.array([value is None or value != value for value in values])
    if all(isinstance(value, (int, float)) for value in values[~empty]):
        return Coded(np.where(empty, np.nan, values).astype(float)[:, None], [name], None)
    texts = np.array(["" if gone else str(value) for value, gone in zip(values, empty, strict=True)])
    levels = sorted(set(texts[~empty].tolist()))
    coded = np.where(empty[:, None], np.nan, texts[:, None] == np.array(levels[1:], dtype=texts.dtype)[None, :])
    return Coded(coded.astype(float), [f"{name}={level}" for level in levels[1:]], levels[0])


def fit_params(names: Sequence[str], beta: Floats, cov: Floats) -> dict[str, float | str]:
    """Estimates, then se_<p>, then cov_<p>_<q>, by name."""
    params: dict[str, float | str] = dict(zip(names, beta.tolist(), strict=True))
    errors = np.sqrt(np.diag(cov))
    params |= {f"se_{name}": float(error) for name, error in zip(names, errors, strict=True)}
    for i, first in enumerate(names):
        params |= {f"cov_{first}_{second}": float(cov[i, j]) for j, second in enumerate(names) if j > i}
    return params


def estimated(params: Mapping[str, Any]) -> list[str]:
    """The names of `fit_params`, told by their errors, so that one which lost its estimate is missed.

    A name may itself begin with se_.
    """
    return [key.removeprefix("se_") for key in params if key.startswith("se_") and f"se_{key}" not in params]


def _scale(x: Floats) -> Floats:
    spread = x.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _check_rank(design: Floats, names: Sequence[str]) -> None:
    """Name the first column that the ones before it determine."""
    if design.shape[0] < design.shape[1]:
        raise NotAvailable(f"{design.shape[0]} rows cannot fit {design.shape[1]} coefficients; add data")
    corner = np.abs(np.diag(np.linalg.qr(design, mode="r")))
    size = np.linalg.norm(design, axis=0)
    known = corner <= 1e-9 * size
    if known.any():
        name = names[int(np.argmax(known))]
        raise NotAvailable(f"{name} does not vary, or follows from the columns before it; leave it out or add data")


def _newton(derivatives: Derivatives, better: Floats, names: Sequence[str]) -> Fit:
    """Maximise a concave log-likelihood from zero; `better @ beta >= 0` in all rows would be separation."""
    beta = np.zeros(better.shape[1])
    loglik, gradient, hessian = derivatives(beta)
    settled = False
    for _ in range(STEPS):
        try:
            step = np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            break
        settled = float(gradient @ step) < SETTLED
        length = 1.0
        while True:
            ahead = derivatives(beta + length * step)
            # Near the top the gain drowns in rounding: take the step as it is.
            if settled or ahead[0] >= loglik or length < 1e-6:
                break
            length /= 2.0
        beta = beta + length * step
        loglik, gradient, hessian = ahead
        if settled:
            break
    if not settled or np.abs(better @ beta).max() > SUSPECT:
        _check_separation(better, names)
        if not settled:
            raise OutOfRange("the fit does not converge; look for extreme values in the data")
    return Fit(beta, np.linalg.inv(hessian).astype(np.float64), loglik)


def _check_separation(better: Floats, names: Sequence[str]) -> None:
    """Refuse data for which the likelihood rises for ever in some direction (Albert & Anderson 1984; Konis 2007).

    Such a direction b has `better @ b` >= 0 in all rows and > 0 in some: a linear programme finds it.
    """
    from scipy.optimize import linprog  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    found: Any = linprog(-better.sum(axis=0), A_ub=-better, b_ub=np.zeros(better.shape[0]), bounds=(-1.0, 1.0))
    if not found.success:
        return
    ahead: Floats = better @ found.x
    if ahead.min() > -1e-6 and ahead.max() > 1e-3:
        which = [name for name, weight in zip(names, found.x, strict=True) if abs(weight) > 1e-6 and name != "constant"]
        raise NotAvailable(
            f"{' and '.join(which)} predict every outcome of some rows without exception, so the effect has no upper "
            "bound; add data with mixed outcomes at the same values, or leave a column out"
        )
