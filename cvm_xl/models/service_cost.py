"""Costs of service departments passed on to the departments that they serve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, OutOfRange

__all__ = ["service_cost"]


def service_cost(
    costs: NDArray[np.float64], usage: NDArray[np.float64], method: str = "reciprocal"
) -> NDArray[np.float64]:
    """Costs that arrive at the operating departments.

    Parameters
    ----------
    costs : (s,) or (s + o,) array, money
        Costs of s service departments; then, if given, own costs of o operating departments, which are added.
    usage : (s, s + o) array of shares
        Row i: who uses service department i, first the service departments in the order of `costs`, then the
        operating ones. Rows sum to 1.
    method : {"reciprocal", "step", "direct"}
        "reciprocal": X = (I - D')^-1 S with D the usage between service departments; "step": departments closed in
        the order given, each passed on to those not yet closed; "direct": operating departments only.

    Returns
    -------
    (o,) array
        Money; sums to the sum of `costs`.

    Raises
    ------
    InvalidInput
        Where shapes do not fit, or `method` is none of the three.
    OutOfRange
        Where shares are negative or a row does not sum to 1, or a department's costs reach no operating department.

    References
    ----------
    Horngren, Datar & Rajan (2015), Cost Accounting, 15th ed., ch. 15; Kaplan (1973), The Accounting Review 48.
    """
    services, departments = usage.shape
    operating = departments - services
    if operating < 1:
        raise InvalidInput(
            f"has {services} rows and {departments} columns; give a row per service department and a column for each "
            "service and then each operating department",
            argument="usage",
        )
    if costs.shape not in ((services,), (departments,)):
        raise InvalidInput(
            f"{costs.size} costs for {services} service and {operating} operating departments; "
            f"give {services}, or {departments} with the operating departments' own",
            argument="costs",
        )
    _check_shares(usage)
    if method == "reciprocal":
        passed = _reciprocal(costs[:services], usage)
    elif method == "step":
        passed = _step(costs[:services], usage)
    elif method == "direct":
        passed = costs[:services] @ _among(usage, usage[:, services:])
    else:
        raise InvalidInput('is one of "reciprocal", "step", "direct"', argument="method", value=method)
    return passed + costs[services:] if costs.size == departments else passed


def _reciprocal(costs: NDArray[np.float64], usage: NDArray[np.float64]) -> NDArray[np.float64]:
    services = costs.size
    between, delivered = usage[:, :services], usage[:, services:]
    # A ring of departments that serve only each other would keep its costs for ever.
    reaches = delivered.sum(axis=1) > 0
    for _ in range(services):
        reaches = reaches | (between[:, reaches].sum(axis=1) > 0)
    _check_receivers(reaches)
    return np.linalg.solve(np.eye(services) - between.T, costs) @ delivered


def _step(costs: NDArray[np.float64], usage: NDArray[np.float64]) -> NDArray[np.float64]:
    services = costs.size
    held = np.concatenate((costs, np.zeros(usage.shape[1] - services)))
    open_shares = np.triu(usage, 1)
    shares = _among(usage, open_shares)
    for service in range(services):
        held = held + held[service] * shares[service]
    return held[services:]


def _among(usage: NDArray[np.float64], receivers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares scaled up to 1 over the receivers left."""
    total = receivers.sum(axis=1, keepdims=True)
    _check_receivers(total.ravel() > 1e-12 * usage.sum(axis=1))
    return receivers / total


def _check_receivers(served: NDArray[np.bool_]) -> None:
    stuck = np.flatnonzero(~served)
    if stuck.size:
        raise OutOfRange(
            "the costs of this department reach no operating department by this method; "
            "check its row, or choose another order or method",
            argument="usage",
            rows=stuck.tolist(),
        )


def _check_shares(usage: NDArray[np.float64]) -> None:
    negative = np.flatnonzero((usage < 0).any(axis=1))
    if negative.size:
        raise OutOfRange(
            "shares are not negative", argument="usage", rows=negative.tolist(), value=float(usage[negative[0]].min())
        )
    total = usage.sum(axis=1)
    wrong = np.flatnonzero(np.abs(total - 1) > 1e-6)
    if wrong.size:
        raise OutOfRange(
            "the shares of this department sum to 1 (write 20% or 0.2)",
            argument="usage",
            rows=wrong.tolist(),
            value=round(float(total[wrong[0]]), 9),
        )
