"""Time-driven activity-based costing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput
from cvm_xl.models.money import row_sums

__all__ = ["activity_time", "time_driven_costs"]


def time_driven_costs(
    cost: float,
    capacity: float,
    unit_time: NDArray[np.float64],
    volume: NDArray[np.float64],
    names: Sequence[str],
) -> dict[str, NDArray[np.object_] | NDArray[np.float64]]:
    """Cost of activities by the time they take, with the unused capacity on a line of its own.

    Parameters
    ----------
    cost : float
        Money spent on the capacity.
    capacity : float
        Practical capacity, in units of time.
    unit_time : (n,) array
        Time of one execution of each activity, in the unit of `capacity`.
    volume : (n,) array
        Executions of each activity.
    names : n texts

    Returns
    -------
    dict of (n + 2,) arrays
        activity, time, cost = cost / capacity x time; then Unused, negative and so named where the activities
        take more than the capacity; then Total, of capacity and cost.

    References
    ----------
    Kaplan & Anderson (2004), Time-Driven Activity-Based Costing, Harvard Business Review 82(11).
    """
    used = unit_time * volume
    unused = capacity - float(row_sums(used[np.newaxis])[0])
    time = np.concatenate((used, [unused, capacity]))
    label = "Unused" if unused >= 0 else "Unused (more time used than the capacity has)"
    return {
        "activity": np.array([*names, label, "Total"], dtype=object),
        "time": time,
        "cost": cost * time / capacity,
    }


def activity_time(
    base: float, coefficients: NDArray[np.float64], quantities: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Time equation: base time plus the time of each characteristic, t = b0 + sum of b_k x_k.

    Parameters
    ----------
    base : float
        Units of time.
    coefficients : (k,) array
        Units of time per unit of each characteristic.
    quantities : (n, k) array
        Characteristics of each execution.

    Returns
    -------
    (n,) array

    Raises
    ------
    InvalidInput
        Where the number of coefficients is not the number of columns.

    References
    ----------
    Kaplan & Anderson (2004), "time equations".
    """
    if coefficients.size != quantities.shape[1]:
        raise InvalidInput(
            f"{coefficients.size} coefficients for {quantities.shape[1]} columns of quantities; give one per column",
            argument="coefficients",
        )
    return base + quantities @ coefficients
