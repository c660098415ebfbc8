"""Channels and touch-points: the cheapest mix that still serves everyone, and what each touch-point is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.figures import rounded
from cvm_xl.models.bounds import refuse

__all__ = ["channel_mix", "touch_points"]

Floats = NDArray[np.float64]


def channel_mix(
    volume: Floats,
    cost_to_serve: Floats,
    effectiveness: Floats,
    need: Floats,
    capacity: Floats | None,
    tiers: Sequence[str],
    channels: Sequence[str],
) -> dict[str, NDArray[np.object_] | Floats]:
    """Volume per tier and channel at the least cost: a linear programme.

    All volume of a tier is served; the sum of volume x effectiveness over channels reaches the need of the tier; a
    channel takes no more than its capacity.

    Parameters
    ----------
    volume : array, shape (t,)
        Contacts or orders of each tier, >= 0.
    cost_to_serve : array, shape (t, c) or (1, c)
        Money per unit of volume.
    effectiveness : array, shape (t, c) or (1, c)
        Effect per unit of volume, >= 0.
    need : array, shape (t,)
        Least effect in each tier, in volume x effectiveness.
    capacity : array, shape (c,), optional
        Most volume of each channel.
    tiers, channels : t and c texts

    Returns
    -------
    dict of (t,) arrays
        tier, a column of volume per channel, cost.

    Raises
    ------
    InvalidInput
        When shapes do not fit, a cell is empty, or two columns of the result would have one name.
    OutOfRange
        When a number is negative.
    NotAvailable
        When no mix meets the needs; the message says which.

    References
    ----------
    Dantzig (1963), Linear Programming and Extensions, ch. 3; Rangan (2006), Transforming Your Go-to-Market Strategy.
    """
    shape = (volume.size, len(channels))
    cost, effect = (
        _spread(values, shape, argument)
        for argument, values in (("cost_to_serve", cost_to_serve), ("effectiveness", effectiveness))
    )
    if need.size != volume.size:
        raise InvalidInput(f"has {need.size} numbers for {volume.size} tiers", argument="need")
    if capacity is not None and capacity.size != len(channels):
        raise InvalidInput(f"has {capacity.size} numbers for {len(channels)} channels", argument="capacity")
    heads = [name.casefold() for name in ("tier", *channels, "cost")]
    if len(set(heads)) < len(heads):
        raise InvalidInput(
            "give the channels headings of their own, other than tier and cost", argument="cost_to_serve"
        )
    for argument, values in (("tier_volume", volume), ("need", need), ("capacity", capacity)):
        if values is not None and (values < 0).any():
            raise OutOfRange("cannot be negative", argument=argument, value=float(values.min()))
    _check_possible(volume, effect, need, capacity, tiers)
    mix = _cheapest(volume, cost, effect, need, capacity)
    table: dict[str, NDArray[np.object_] | Floats] = {"tier": np.array(tiers, dtype=object)}
    table |= {name: mix[:, j] for j, name in enumerate(channels)}
    return table | {"cost": (mix * cost).sum(axis=1)}


def _spread(values: Floats, shape: tuple[int, int], argument: str) -> Floats:
    """One row per tier, from one row for all if need be."""
    if values.shape not in (shape, (1, shape[1])):
        raise InvalidInput(
            f"must have a row per tier ({shape[0]}), or one row for all, and a column per channel ({shape[1]}); it "
            f"has {values.shape[0]} x {values.shape[1]}",
            argument=argument,
        )
    if np.isnan(values).any():
        raise InvalidInput(
            "has an empty cell; where a channel is closed to a tier, enter a high cost", argument=argument
        )
    if (values < 0).any():
        raise OutOfRange("cannot be negative", argument=argument, value=float(values.min()))
    return np.array(np.broadcast_to(values, shape))


def _check_possible(
    volume: Floats, effect: Floats, need: Floats, capacity: Floats | None, tiers: Sequence[str]
) -> None:
    most = volume * effect.max(axis=1)
    short = need > most * (1 + 1e-12)
    if short.any():
        tier = int(np.argmax(short))
        raise NotAvailable(
            f"{tiers[tier]} needs {rounded(need[tier], 6)}, but all its volume in its most effective channel gives "
            f"{rounded(most[tier], 6)}; lower the need or raise the volume",
            argument="need",
        )
    if capacity is not None and capacity.sum() < volume.sum() * (1 - 1e-12):
        raise NotAvailable(
            f"the channels take {rounded(capacity.sum(), 6)} in all, the tiers have {rounded(volume.sum(), 6)}; "
            "raise a capacity",
            argument="capacity",
        )


def _cheapest(volume: Floats, cost: Floats, effect: Floats, need: Floats, capacity: Floats | None) -> Floats:
    from scipy.optimize import linprog  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    tiers, channels = cost.shape
    of_tier = np.kron(np.eye(tiers), np.ones(channels))
    rows, limits = -of_tier * effect.ravel(), -need
    if capacity is not None:
        rows = np.vstack([rows, np.kron(np.ones(tiers), np.eye(channels))])
        limits = np.append(limits, capacity)
    solve = cast("Any", linprog)
    found: Any = solve(cost.ravel(), A_ub=rows, b_ub=limits, A_eq=of_tier, b_eq=volume, method="highs")
    if not found.success:
        raise NotAvailable(
            "no mix meets all needs within the capacities: the effective channels are too small; raise their capacity "
            "or lower a need",
            argument="capacity",
        )
    mix = np.asarray(found.x, dtype=np.float64).reshape(cost.shape)
    return np.where(mix > 1e-9 * volume.max(initial=0.0), mix, 0.0)


def touch_points(potential: Floats, reach: Floats, capture: Floats, margin: Floats, cost: Floats) -> dict[str, Floats]:
    """What each touch-point is expected to bring, and where money does most.

    Parameters
    ----------
    potential : array, shape (n,)
        Sales at stake, money (or customers, with a margin per customer), >= 0.
    reach, capture : array, shape (n,)
        Share of the potential that the touch-point reaches, and share of those reached that it wins.
    margin : array, shape (n,)
        Share of sales, or money per customer.
    cost : array, shape (n,)
        Money, >= 0.

    Returns
    -------
    dict of (n,) arrays
        expected_value = potential x reach x capture x margin - cost; return = that / cost (blank where the cost is 0);
        rank by return, 1 the best, equal ones share a rank; what costs nothing and brings something is before all.

    Raises
    ------
    OutOfRange
        When a number is outside its range.
    """
    for argument, values in (("potential", potential), ("cost", cost)):
        refuse(values < 0, "cannot be negative", argument, values)
    for argument, values in (("reach", reach), ("capture", capture)):
        refuse((values < 0) | (values > 1), "is a share, from 0 to 1", argument, values)
    value = potential * reach * capture * margin - cost
    paid = cost > 0
    gain = np.where(paid, value / np.where(paid, cost, 1.0), np.nan)
    free = np.select([value > 0, value < 0], [np.inf, -np.inf], 0.0)
    order = np.where(paid, gain, free)
    rank = np.asarray(1.0 + np.searchsorted(np.sort(-order), -order, side="left"), dtype=np.float64)
    return {"expected_value": value, "return": gain, "rank": rank}
