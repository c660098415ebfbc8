"""Customer lifetime value from margins, retention and moves between states, without a fit to histories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.summary import codes

__all__ = ["clv", "markov_clv", "migration", "potential"]

Floats = NDArray[np.float64]

SUM_TO_ONE = 1e-6  # shares typed with six decimals


def _refuse(bad: NDArray[np.bool_], argument: str, values: Floats, why: str) -> None:
    rows = np.flatnonzero(bad).tolist()
    if rows:
        raise OutOfRange(why, argument=argument, rows=rows, value=float(values[rows[0]]))


def _check_horizon(horizon: Floats) -> None:
    """A horizon is a whole number of periods from 0, or infinite."""
    with np.errstate(invalid="ignore"):
        bad = ~((horizon >= 0) & (np.isinf(horizon) | (horizon == np.floor(horizon))))
    _refuse(bad, "horizon", horizon, "must be a whole number of periods from 0; leave it empty for ever")


def clv(
    margin: Floats,
    retention: Floats,
    discount: Floats,
    horizon: Floats | None = None,
    growth: Floats | None = None,
    acquisition: Floats | None = None,
    first: bool = False,
) -> Floats:
    """Lifetime value under a constant retention rate.

    The sum over t = 1 .. horizon of m (1 + g)^(t - 1) (r / (1 + d))^t, less acquisition; with `first`, plus the
    margin m of now (t = 0).

    Parameters
    ----------
    margin : array (n,)
        Money per customer and period, m.
    retention : array (n,)
        Share r of customers who stay from one period to the next, in [0, 1].
    discount : array (n,)
        Rate d per period of the margin, from 0.
    horizon : array (n,), optional
        Whole periods; None or NaN is for ever.
    growth : array (n,), optional
        Growth g of the margin per period, above -1.
    acquisition : array (n,), optional
        Money spent to win the customer.
    first : bool
        Whether the margin of now counts.

    Raises
    ------
    OutOfRange
        With all bad rows: a value outside its bounds, or an infinite sum (r (1 + g) >= 1 + d for ever).

    Notes
    -----
    Gupta & Lehmann (2003), "Customers as assets", Journal of Interactive Marketing 17; with growth, Gupta & Lehmann
    (2005), Managing Customers as Investments, chapter 2.
    """
    ahead = np.full(margin.size, np.inf) if horizon is None else np.where(np.isnan(horizon), np.inf, horizon)
    g = np.zeros(margin.size) if growth is None else growth
    _refuse(~((retention >= 0) & (retention <= 1)), "retention", retention, "must be a share from 0 to 1")
    _refuse(~(discount >= 0), "discount", discount, "must be 0 or more")
    _refuse(~(g > -1), "growth", g, "must be above -1")
    _check_horizon(ahead)
    per_period = retention / (1 + discount)
    ratio = per_period * (1 + g)
    _refuse(
        np.isinf(ahead) & (ratio >= 1),
        "horizon",
        ratio,
        "for ever, the value is infinite: retention x (1 + growth) must stay below 1 + discount; give a horizon",
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # (1 - q^h) / (1 - q), also near q = 1
        powers = np.where(ratio > 0, -np.expm1(ahead * np.log(ratio)), np.where(ahead > 0, 1.0, 0.0))
        terms = np.where(np.abs(ratio - 1) < 1e-12, ahead, powers / (1 - ratio))
    value = margin * per_period * terms
    if first:
        value = value + margin
    if acquisition is not None:
        value = value - acquisition
    _refuse(~np.isfinite(value), "margin", value, "gives a value too large for a number")
    return value


def potential(
    margin: Floats,
    wallet_share: Floats,
    target_share: Floats,
    retention: Floats,
    target_retention: Floats,
    discount: Floats,
    cost: Floats | None = None,
    horizon: Floats | None = None,
) -> dict[str, Floats]:
    """What a customer is worth now and could be worth at a larger share of his wallet and a higher retention.

    Parameters
    ----------
    margin : array (n,)
        Money per period at today's share of wallet.
    wallet_share, target_share : arrays (n,)
        Our share of what the customer buys in the category, now and aimed at; the first above 0, at most 1.
    retention, target_retention : arrays (n,)
        Now and aimed at, in [0, 1].
    discount : array (n,)
        Rate per period.
    cost : array (n,), optional
        Present cost of trying; NaN is not given.
    horizon : array (n,), optional
        Whole periods; None or NaN is for ever.

    Returns
    -------
    dict of arrays
        now, potential, uplift, and break_even_probability: cost / uplift, the chance of success from which trying
        pays (above 1: never; NaN without cost, or without an uplift).

    Raises
    ------
    OutOfRange
        With all bad rows.
    """
    for name, share in (("wallet_share", wallet_share), ("target_share", target_share)):
        _refuse(~((share > 0) & (share <= 1)), name, share, "must be a share above 0, at most 1")
    bad = ~((target_retention >= 0) & (target_retention <= 1))
    _refuse(bad, "target_retention", target_retention, "must be a share from 0 to 1")
    now = clv(margin, retention, discount, horizon)
    could = clv(margin * target_share / wallet_share, target_retention, discount, horizon)
    uplift = could - now
    chance = np.full(margin.size, np.nan)
    if cost is not None:
        np.divide(cost, uplift, out=chance, where=uplift > 0)
    return {"now": now, "potential": could, "uplift": uplift, "break_even_probability": chance}


def migration(
    state_from: NDArray[Any], state_to: NDArray[Any], states: NDArray[Any] | None = None
) -> dict[str, NDArray[Any]]:
    """How customers move between states from one period to the next.

    Parameters
    ----------
    state_from, state_to : arrays (n,)
        Each customer's state before and after.
    states : array (k,), optional
        The states in the order wanted; by default all that occur, numbers first, then texts.

    Returns
    -------
    dict of arrays
        `from`, a column of shares per state (NaN in the row of a state nobody was in), and `n`, customers before.

    Raises
    ------
    InvalidInput
        If a state is not among `states`, or these repeat themselves or are named `from` or `n`.
    NotAvailable
        If there are no customers.
    """
    if not state_from.size:
        raise NotAvailable("there are no customers", argument="state_from")
    both = np.concatenate((state_from, state_to))
    names, index = codes(both)
    if states is not None:
        place = {state: i for i, state in enumerate(states)}
        if len(place) < len(states):
            raise InvalidInput("holds a state twice", argument="states")
        target = np.array([place.get(name, -1) for name in names])
        index, names = target[index], states
        for name, part in (("state_from", index[: state_from.size]), ("state_to", index[state_from.size :])):
            bad = np.flatnonzero(part < 0).tolist()
            if bad:
                column = state_from if name == "state_from" else state_to
                raise InvalidInput(
                    "is not among the states given; add it to them", argument=name, rows=bad, value=column[bad[0]]
                )
    taken = [name for name in map(str, names) if name in ("from", "n")]
    if taken:
        raise InvalidInput("must be named otherwise: the result has columns from and n", value=taken[0])
    k = len(names)
    moves = np.bincount(index[: state_from.size] * k + index[state_from.size :], minlength=k * k).reshape(k, k)
    n = np.sum(moves, axis=1)
    shares = np.divide(moves, n[:, None], out=np.full((k, k), np.nan), where=n[:, None] > 0)
    return {"from": names, **{str(name): shares[:, j] for j, name in enumerate(names)}, "n": n}


def markov_clv(transitions: Floats, rewards: Floats, discount: float, horizon: float | None = None) -> Floats:
    """Lifetime value by the state a customer is in now, when states follow a Markov chain.

    Parameters
    ----------
    transitions : array (k, k)
        Shares that move from the state of the row to the state of the column; rows sum to 1.
    rewards : array (k,)
        Money per period in each state.
    discount : float
        Rate per period.
    horizon : float, optional
        Whole periods: t = 0 (now) to `horizon`; None is for ever.

    Returns
    -------
    array (k,)

    Raises
    ------
    InvalidInput
        If shapes do not fit.
    OutOfRange
        If shares are outside [0, 1] or a row does not sum to 1; if the sum for ever is infinite.

    Notes
    -----
    V = sum over t of (P / (1 + d))^t R, for ever (I - P / (1 + d))^-1 R: Pfeifer & Carraway (2000), "Modeling
    customer relationships as Markov chains", Journal of Interactive Marketing 14.
    """
    k = transitions.shape[0]
    if transitions.shape != (k, k):
        raise InvalidInput(
            f"must have as many columns as rows; it has {k} x {transitions.shape[1]}", argument="transitions"
        )
    if rewards.shape != (k,):
        raise InvalidInput(f"must have one amount for each of the {k} states", argument="rewards")
    _refuse(
        ~np.all((transitions >= 0) & (transitions <= 1), axis=1),
        "transitions",
        np.min(transitions, axis=1),
        "must hold shares from 0 to 1",
    )
    sums = np.sum(transitions, axis=1)
    _refuse(np.abs(sums - 1) > SUM_TO_ONE, "transitions", sums, "must have rows that sum to 1; this row's sum is shown")
    if not discount >= 0:
        raise OutOfRange("must be 0 or more", argument="discount", value=discount)
    step = transitions / sums[:, None] / (1 + discount)
    horizon = np.inf if horizon is None else float(horizon)
    if np.isinf(horizon):
        return _for_ever(step, rewards, discount)
    _check_horizon(np.array([horizon]))
    # by doubling: S(2n) = S(n) + P^n S(n), for the n = horizon + 1 terms
    value, power = rewards.copy(), step
    for digit in bin(int(horizon) + 1)[3:]:
        value, power = value + power @ value, power @ power
        if digit == "1":
            value, power = rewards + step @ value, step @ power
    return value


def _for_ever(step: Floats, rewards: Floats, discount: float) -> Floats:
    if discount == 0:
        # finite only when customers end in states without reward: leave those out of the equations
        reach = (step > 0) | np.eye(len(step), dtype=bool)
        for _ in range(len(step)):
            reach = (reach.astype(int) @ reach.astype(int)) > 0
        earning = reach @ (rewards != 0)
        recurrent = np.all(~reach | reach.T, axis=1)  # all it reaches reach it
        if np.any(recurrent & earning):
            raise OutOfRange(
                "must be above 0 for ever: some states earn without end; give a discount or a horizon",
                argument="discount",
                value=discount,
            )
        value = np.zeros(len(step))
        part = np.flatnonzero(earning)
        value[part] = np.linalg.solve(np.eye(part.size) - step[np.ix_(part, part)], rewards[part])
        return value
    return np.asarray(np.linalg.solve(np.eye(len(step)) - step, rewards), dtype=np.float64)
