"""What drives an outcome: relative weights, Shapley values, penalty-reward contrasts, Kano, net promoter score."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.figures import rounded
from cvm_xl.models.bounds import refuse

__all__ = ["driver_weights", "kano", "net_promoter_score", "penalty_reward"]

Floats = NDArray[np.float64]

MOST_FOR_SHAPLEY = 16  # 2^16 regressions


class _Complete(NamedTuple):
    outcome: Floats
    drivers: Floats


def driver_weights(
    outcome: Floats, drivers: Floats, names: Sequence[str], method: str = "relative"
) -> dict[str, NDArray[np.object_] | Floats]:
    """Share of the explained variance that each driver accounts for; the weights sum to R2.

    "relative" (Johnson): with L = Rxx^(1/2) and beta = L^-1 rxy, weights L^2 beta^2. "shapley" (LMG): the gain in R2
    when the driver joins, averaged over all orders. Drivers that are alike get equal weights in both.

    Parameters
    ----------
    outcome : array, shape (n,)
    drivers : array, shape (n, k)
        Rows with NaN anywhere are left out.
    names : k texts
    method : {"relative", "shapley"}

    Returns
    -------
    dict of (k,) arrays
        driver, weight, share (of R2; blank where R2 is 0).

    Raises
    ------
    NotAvailable
        When the outcome or a driver does not vary, or there are not more rows than drivers + 1.
    OutOfRange
        With more than 16 drivers for "shapley".
    InvalidInput
        When the method is neither.

    References
    ----------
    Johnson, J. (2000), Multivariate Behavioral Research 35; Lindeman, Merenda & Gold (1980); Grömping (2006),
    Journal of Statistical Software 17.
    """
    y, x = _complete(outcome, drivers, names)
    correlation = np.asarray(np.corrcoef(np.column_stack([x, y]), rowvar=False), dtype=np.float64)
    rxx, rxy = correlation[:-1, :-1], correlation[:-1, -1]
    if method == "relative":
        weight = _relative(rxx, rxy)
    elif method == "shapley":
        weight = _shapley(rxx, rxy)
    else:
        raise InvalidInput('is one of "relative", "shapley"', argument="method", value=method)
    r2 = float(weight.sum())
    return {
        "driver": np.array(names, dtype=object),
        "weight": weight,
        "share": weight / r2 if r2 > 1e-12 else np.full(weight.shape, np.nan),
    }


def _complete(outcome: Floats, drivers: Floats, names: Sequence[str]) -> _Complete:
    whole = ~(np.isnan(outcome) | np.isnan(drivers).any(axis=1))
    y, x = outcome[whole], drivers[whole]
    n, k = x.shape
    if n < k + 2:
        raise NotAvailable(f"{k} drivers need at least {k + 2} complete rows; there are {n}", argument="drivers")
    if y.min() == y.max():
        raise NotAvailable(f"all outcomes are {rounded(y[0], 6)}; there is no variance to explain", argument="outcome")
    still = x.min(axis=0) == x.max(axis=0)
    if still.any():
        name = names[int(np.argmax(still))]
        raise NotAvailable(f"{name} does not vary, so its effect cannot be seen; leave it out", argument="drivers")
    return _Complete(y, x)


def _relative(rxx: Floats, rxy: Floats) -> Floats:
    values, vectors = np.linalg.eigh(rxx)
    root = np.sqrt(np.maximum(values, 0.0))
    kept = values > 1e-10 * values[-1]  # drivers that follow from others share what they explain
    inverse = np.where(kept, 1.0 / np.where(kept, root, 1.0), 0.0)
    loading = (vectors * root) @ vectors.T
    beta = (vectors * inverse) @ vectors.T @ rxy
    return loading**2 @ beta**2


def _shapley(rxx: Floats, rxy: Floats) -> Floats:
    k = rxy.size
    if k > MOST_FOR_SHAPLEY:
        raise OutOfRange(
            f"at most {MOST_FOR_SHAPLEY} drivers, since every subset is fitted; use the method relative",
            argument="drivers",
            value=k,
        )
    sets = np.arange(2**k, dtype=np.intp)
    holds = (sets[:, None] >> np.arange(k, dtype=np.intp)) & 1 == 1
    size = holds.sum(axis=1)
    explained = np.zeros(2**k)
    for count in range(1, k + 1):
        at = np.flatnonzero(size == count)
        member = np.nonzero(holds[at])[1].reshape(-1, count)
        right = rxy[member]
        inverse = np.linalg.pinv(rxx[member[:, :, None], member[:, None, :]], rcond=1e-10, hermitian=True)
        explained[at] = np.einsum("si,sij,sj->s", right, inverse, right)
    chance = np.array([factorial(s) * factorial(k - s - 1) / factorial(k) for s in range(k)])
    weight = np.empty(k)
    for j in range(k):
        without = sets[~holds[:, j]]
        weight[j] = (chance[size[without]] * (explained[without | (1 << j)] - explained[without])).sum()
    return weight


def penalty_reward(outcome: Floats, drivers: Floats, names: Sequence[str]) -> dict[str, NDArray[np.object_] | Floats]:
    """What a low and a high rating of each driver does to the outcome, against a middling one.

    Each driver enters as two indicators, low and high: the lower and upper third of the range of its ratings (1-2 and
    4-5 of five points, 1-3 and 5-7 of seven). Least squares on all of them.

    Parameters
    ----------
    outcome : array, shape (n,)
    drivers : array, shape (n, k)
        Ratings; rows with NaN anywhere are left out.
    names : k texts

    Returns
    -------
    dict of (k,) arrays
        driver, penalty (effect of a low rating, usually negative), reward (of a high one), se_penalty, se_reward,
        kind: "basic" where |penalty| > reward, "excitement" where it is less, "performance" where they are equal.

    Raises
    ------
    NotAvailable
        When a driver lacks low, middling or high ratings, or the indicators determine each other.

    References
    ----------
    Brandt, R. (1987), A procedure for identifying value-enhancing service components; Matzler & Sauerwein (2002),
    International Journal of Service Industry Management 13.
    """
    y, x = _complete(outcome, drivers, names)
    least, most = x.min(axis=0), x.max(axis=0)
    third = (most - least) / 3.0
    low, high = x <= least + third * (1 + 1e-9), x >= most - third * (1 + 1e-9)
    whole = ~(low | high).any(axis=0) | (low | high).all(axis=0)
    if whole.any():
        name = names[int(np.argmax(whole))]
        raise NotAvailable(
            f"{name} has no ratings between low and high, against which they could be compared", argument="drivers"
        )
    design = np.column_stack([np.ones(y.size), low, high]).astype(np.float64)
    n, k = design.shape
    q, r = np.linalg.qr(design)
    diagonal = np.abs(np.diag(r))
    if n <= k or diagonal.min() <= 1e-9 * diagonal.max():
        raise NotAvailable(
            f"{n} rows do not tell apart the {k - 1} indicators of {len(names)} drivers; add rows, or leave out "
            "drivers that are rated alike",
            argument="drivers",
        )
    beta: Floats = np.asarray(np.linalg.solve(r, q.T @ y), dtype=np.float64)
    rest = y - design @ beta
    inverse: Floats = np.asarray(np.linalg.inv(r), dtype=np.float64)
    error = np.sqrt(float(rest @ rest) / (n - k) * (inverse**2).sum(axis=1))
    penalty, reward = beta[1 : 1 + len(names)], beta[1 + len(names) :]
    dust = 1e-9 * (np.abs(penalty) + np.abs(reward))
    kind = np.select([np.abs(penalty) > reward + dust, np.abs(penalty) < reward - dust], [0, 1], 2)
    return {
        "driver": np.array(names, dtype=object),
        "penalty": penalty,
        "reward": reward,
        "se_penalty": error[1 : 1 + len(names)],
        "se_reward": error[1 + len(names) :],
        "kind": np.array(["basic", "excitement", "performance"], dtype=object)[kind],
    }


def kano(attractive: Floats, one_dimensional: Floats, must_be: Floats, indifferent: Floats) -> dict[str, Floats]:
    """Satisfaction coefficients of the Kano model.

    Parameters
    ----------
    attractive, one_dimensional, must_be, indifferent : array, shape (n,)
        Answers of each class, counts or shares, >= 0; a feature each row.

    Returns
    -------
    dict of (n,) arrays
        better = (A + O) / (A + O + M + I), satisfaction with the feature; worse = -(O + M) / the same sum,
        dissatisfaction without it.

    Raises
    ------
    OutOfRange
        When a number is negative, or all four are 0.

    References
    ----------
    Berger, C. et al. (1993), Kano's methods for understanding customer-defined quality.
    """
    for argument, values in (
        ("attractive", attractive),
        ("one_dimensional", one_dimensional),
        ("must_be", must_be),
        ("indifferent", indifferent),
    ):
        refuse(values < 0, "cannot be negative", argument, values)
    total = attractive + one_dimensional + must_be + indifferent
    refuse(total <= 0, "there are no answers: all four are 0", "attractive", attractive)
    return {"better": (attractive + one_dimensional) / total, "worse": -(one_dimensional + must_be) / total + 0.0}


def net_promoter_score(scores: Floats) -> dict[str, float | str]:
    """Net promoter score with its standard error.

    Parameters
    ----------
    scores : array, shape (n,)
        Likelihood to recommend, 0 to 10; NaN is left out.

    Returns
    -------
    dict
        model "nps"; nps, in points: 100 x (share of 9-10 - share of 0-6); se, in points:
        100 sqrt[(p + d - (p - d)^2) / n]; promoters, passives, detractors, as shares; n.

    Raises
    ------
    OutOfRange
        When a score is outside 0 to 10.
    NotAvailable
        Without scores.

    References
    ----------
    Reichheld (2003), The one number you need to grow; Rocks (2016), Interval estimation for the net promoter score.
    """
    refuse((scores < 0) | (scores > 10), "must be from 0 to 10", "scores", scores)
    given = scores[~np.isnan(scores)]
    if given.size == 0:
        raise NotAvailable("there are no scores", argument="scores")
    promoters, detractors = float((given >= 9).mean()), float((given <= 6).mean())
    variance = promoters + detractors - (promoters - detractors) ** 2
    return {
        "model": "nps",
        "nps": 100.0 * (promoters - detractors),
        "se": 100.0 * sqrt(max(variance, 0.0) / given.size),
        "promoters": promoters,
        "passives": float(((given > 6) & (given < 9)).mean()),
        "detractors": detractors,
        "n": float(given.size),
    }
