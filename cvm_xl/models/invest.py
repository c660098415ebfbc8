"""Where the budget goes: the allocation over units that is best of all, S-shaped responses included."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from math import exp, inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import OutOfRange
from cvm_xl.figures import rounded
from cvm_xl.models.response import Curves

__all__ = ["best_allocation", "invest"]

Floats = NDArray[np.float64]

GAP = 1e-11  # of the total response: what a better plan may still bring when the search ends
NODES = 500


class _Problem(NamedTuple):
    """Maximise sum of weight x f(x) for spends that sum to the budget."""

    budget: float
    curves: Curves
    weight: Floats
    inflection: Floats
    twin: NDArray[np.intp]
    """Number of the first unit with the same curve, weight and bounds."""


class _Plan(NamedTuple):
    """Solution of a relaxed problem: each curve replaced by the lowest concave one above it within the bounds."""

    spend: Floats
    multiplier: float
    bound: float
    value: float
    gap: Floats
    """By unit, what the relaxation promises beyond the curve."""


def invest(
    budget: float,
    units: list[str],
    curves: Curves,
    current: Floats | None,
    lower: Floats,
    upper: Floats,
    margin: Floats,
) -> dict[str, NDArray[np.float64] | NDArray[np.object_]]:
    """Plan of spending with its responses, marginal returns and binding bounds.

    Parameters
    ----------
    budget : float
        Money to spend; less is spent where the upper bounds sum to less.
    units : list of str
        k names.
    curves : Curves
        Response of each unit.
    current : array, shape (k,), optional
        Today's spend.
    lower, upper : array, shape (k,)
        Bounds of each spend, money; `upper` may be infinite.
    margin : array, shape (k,)
        Money that a unit of response brings, >= 0.

    Returns
    -------
    dict of (k,) arrays
        unit, spend, response, marginal (margin x response of the next unit of money), bound ("lower", "upper",
        "fixed" where the two are equal, else None), change (spend - current; NaN without current).

    Raises
    ------
    OutOfRange
        As `best_allocation`.
    """
    spend = best_allocation(budget, curves, lower, upper, margin)
    marginal = np.where(margin > 0, curves.slope(spend), 0.0) * margin
    near = 1e-9 * max(budget, float(np.max(lower, initial=0.0)))
    at_lower, at_upper = spend <= lower + near, spend >= upper - near
    words = np.select([at_lower & at_upper, at_lower, at_upper], [3, 1, 2], 0)
    return {
        "unit": np.array(units, dtype=object),
        "spend": spend,
        "response": curves.value(spend),
        "marginal": np.where(np.isfinite(marginal), marginal, np.nan),
        "bound": np.array([None, "lower", "upper", "fixed"], dtype=object)[words],
        "change": np.full(spend.shape, np.nan) if current is None else spend - current,
    }


def best_allocation(budget: float, curves: Curves, lower: Floats, upper: Floats, margin: Floats) -> Floats:
    """Spends that maximise the sum of margin x response within bounds and budget: the global optimum.

    Concave responses have equal marginal returns inside the bounds, found by the multiplier. For S-shaped ones
    the choice of the units that are funded beyond their inflection is a combinatorial one: branch and bound over
    intervals of spend, each bounded by the concave envelopes of the responses.

    Parameters
    ----------
    budget : float
        Money, >= 0. All of it is spent, as far as the upper bounds allow.
    curves : Curves
        k responses.
    lower, upper : array, shape (k,)
        0 <= lower <= upper; `upper` may be infinite.
    margin : array, shape (k,)
        >= 0.

    Returns
    -------
    array, shape (k,)

    Raises
    ------
    OutOfRange
        When a bound is negative, a lower bound above its upper one, or the lower bounds sum to more than the budget.

    References
    ----------
    Udell, M. and Boyd, S. (2013), Maximizing a sum of sigmoids; Ağralı, S. and Geunes, J. (2009), Solving knapsack
    problems with S-curve return functions, European Journal of Operational Research 193.
    """
    _check(budget, lower, upper, margin)
    spare = budget - float(lower.sum())
    upper = np.minimum(upper, lower + max(spare, 0.0))
    if spare <= 0:
        return lower.copy()
    if float((upper - lower).sum()) <= spare:
        return upper.copy()
    problem = _Problem(budget, curves, margin, curves.inflection(), _twins(curves, margin, lower, upper))
    best = _search(problem, lower, upper)
    return _polish(problem, best, lower, upper)


def _check(budget: float, lower: Floats, upper: Floats, margin: Floats) -> None:
    for argument, bad, values, words in (
        ("lower", lower < 0, lower, "cannot be negative"),
        ("upper", upper < lower, upper, "is below the lower bound of the same unit"),
        ("margin", margin < 0, margin, "cannot be negative: a response that loses money is not worth a budget"),
    ):
        if bad.any():
            place = int(np.argmax(bad))
            raise OutOfRange(f"unit {place + 1}: {words}", argument=argument, value=float(values[place]))
    least = float(lower.sum())
    if least > budget * (1 + 1e-9):
        raise OutOfRange(
            f"the lower bounds sum to {rounded(least, 15)}, more than the budget; lower a bound or raise the budget",
            argument="budget",
            value=budget,
        )


def _twins(curves: Curves, margin: Floats, lower: Floats, upper: Floats) -> NDArray[np.intp]:
    first: dict[object, int] = {}
    alike = zip(curves.each, margin.tolist(), lower.tolist(), upper.tolist(), strict=True)
    return np.array([first.setdefault(str(unit), i) for i, unit in enumerate(alike)], dtype=np.intp)


def _search(problem: _Problem, lower: Floats, upper: Floats) -> Floats:
    """Branch and bound, the most promising interval first."""
    root = _relax(problem, lower, upper)
    best, value = root.spend, root.value
    for plan in _rounded(problem, root, lower, upper):
        if plan.value > value:
            best, value = plan.spend, plan.value
    heap = [(-root.bound, 0, root, lower, upper)]
    count = 0
    while heap and count < NODES:
        bound, _, plan, low, high = heapq.heappop(heap)
        if -bound <= value + GAP * abs(value):
            break
        unit = int(np.argmax(plan.gap))
        cut = float(plan.spend[unit])
        kin = problem.twin == problem.twin[unit]
        order = np.arange(kin.size, dtype=np.intp)
        # Of units that are alike, the earlier ones may be taken to get the more.
        down, up = high.copy(), low.copy()
        down[kin & (order >= unit)] = np.minimum(high[kin & (order >= unit)], cut)
        up[kin & (order <= unit)] = np.maximum(low[kin & (order <= unit)], cut)
        for new_low, new_high in ((low, down), (up, high)):
            count += 1
            if new_low.sum() > problem.budget or new_high.sum() < problem.budget * (1 - 1e-12):
                continue
            child = _relax(problem, new_low, new_high)
            if child.value > value:
                best, value = child.spend, child.value
            if child.bound > value + GAP * abs(value):
                heapq.heappush(heap, (-child.bound, count, child, new_low, new_high))
    return best


def _rounded(problem: _Problem, root: _Plan, lower: Floats, upper: Floats) -> Iterator[_Plan]:
    """Good plans to start from: about as many units beyond their inflection as in the relaxed plan, the best ones."""
    f, weight, q = problem.curves, problem.weight, problem.inflection
    shaped = (q > lower) & (q < upper) & (weight > 0)
    some = int((root.spend >= q)[shaped].sum())
    for count in range(max(some - 1, 0), min(some + 2, int(shaped.sum()) + 1)):
        multiplier, chosen = root.multiplier, np.zeros(q.size, dtype=np.bool_)
        for _ in range(6):
            spend = np.clip(_wanted(problem, multiplier), np.maximum(lower, q), upper)
            net = weight * (f.value(spend) - f.value(lower)) - multiplier * (spend - lower)
            before, chosen = chosen, np.zeros(q.size, dtype=np.bool_)
            chosen[np.argsort(np.where(shaped, -net, inf), kind="stable")[:count]] = True
            low = np.where(chosen, np.maximum(lower, q), lower)
            high = np.where(shaped & ~chosen, lower, upper)
            if (before == chosen).all() or not low.sum() <= problem.budget <= high.sum():
                break
            plan = _relax(problem, low, high)
            multiplier = plan.multiplier
            yield plan


def _relax(problem: _Problem, lower: Floats, upper: Floats) -> _Plan:
    """The best plan for the concave envelopes, within bounds that leave room for the budget."""
    f, weight, budget = problem.curves, problem.weight, problem.budget
    start = _tangent(problem, lower, upper)
    base = f.value(lower)
    width = start - lower
    line = width > 0
    chord = np.where(line, weight * (f.value(start) - base) / np.where(line, width, 1.0), inf)
    # Spending jumps where the multiplier passes a chord: find that chord, or the two between which it settles.
    chords = np.unique(chord[line])[::-1]
    above, below = -1, chords.size
    spend, slope = lower, inf
    while below - above > 1:
        middle = (above + below) // 2
        slope = float(chords[middle])
        spend = np.where(chord > slope, np.clip(_wanted(problem, slope), start, upper), lower)
        tied = np.flatnonzero(chord == slope)
        left = budget - float(spend.sum())
        if left < 0:
            below = middle
        elif width[tied].sum() < left:
            above = middle
        else:
            before = np.cumsum(width[tied]) - width[tied]
            spend[tied] = lower[tied] + np.clip(left - before, 0.0, width[tied])
            break
    else:
        lowest = float(chords[below]) if below < chords.size else 0.0
        highest = float(chords[above]) if above >= 0 else inf
        spend, slope = _settle(problem, chord >= highest, lower, start, upper, lowest, highest)
    value = weight * f.value(spend)
    partly = line & (spend < start)
    envelope = np.where(partly, weight * base + np.where(partly, chord, 0.0) * (spend - lower), value)
    gap = np.maximum(envelope - value, 0.0)
    return _Plan(spend, slope, float(value.sum() + gap.sum()), float(value.sum()), gap)


def _wanted(problem: _Problem, multiplier: float) -> Floats:
    """Spend at which the next unit of money brings `multiplier`, on the concave part of each curve."""
    pays = problem.weight > 0
    return np.where(pays, problem.curves.demand(multiplier / np.where(pays, problem.weight, 1.0)), 0.0)


def _settle(
    problem: _Problem,
    funded: NDArray[np.bool_],
    lower: Floats,
    start: Floats,
    upper: Floats,
    lowest: float,
    highest: float,
) -> tuple[Floats, float]:
    """Spends that use the budget, and their multiplier, which is in a range where spends change without jumps."""
    f, weight, budget = problem.curves, problem.weight, problem.budget
    moves = funded & (upper > start) & (weight > 0)
    lowest = max(lowest, float(np.min(weight[moves] * f.slope(upper)[moves], initial=1e280)), 1e-280)
    highest = min(highest, float(np.max(weight[moves] * f.slope(start)[moves], initial=1e-280)), 1e280)

    def excess(y: Floats) -> tuple[Floats, Floats]:
        multiplier = exp(float(y))
        spend = np.where(funded, np.clip(_wanted(problem, multiplier), start, upper), lower)
        inside = moves & (spend > start) & (spend < upper)
        change = (multiplier / (weight * f.curvature(spend))[inside]).sum()
        return np.log(spend.sum() / budget), np.asarray(change / spend.sum())

    y = _falling_root(excess, np.asarray(log(lowest)), np.asarray(log(max(highest, lowest))))
    multiplier = exp(float(y))
    spend = np.where(funded, np.clip(_wanted(problem, multiplier), start, upper), lower)
    # What rounding left over goes to the units inside; what none of them can use goes anywhere.
    spend = _spread(budget, spend, np.where(moves, np.minimum(spend - start, upper - spend), 0.0), lower, upper)
    left = budget - float(spend.sum())
    if abs(left) > 1e-12 * budget:
        spend = _spread(budget, spend, upper - spend if left > 0 else spend - lower, lower, upper)
    return spend, multiplier


def _spread(budget: float, spend: Floats, room: Floats, lower: Floats, upper: Floats) -> Floats:
    """Spends that use the budget, with what is left added in proportion to the room."""
    total = float(room.sum())
    return np.clip(spend + (budget - spend.sum()) * room / total, lower, upper) if total > 0 else spend


def _tangent(problem: _Problem, lower: Floats, upper: Floats) -> Floats:
    """Where the straight part of each envelope, which starts from the lower bound, meets the curve."""
    f, q = problem.curves, problem.inflection
    convex = (q > lower) & (upper > lower) & (problem.weight > 0)
    if not convex.any():
        return lower
    base = f.value(lower)

    def steeper(x: Floats) -> tuple[Floats, Floats]:
        """By how much the curve at x is steeper than the line from the lower bound to x."""
        run = x - lower
        return f.slope(x) * run - (f.value(x) - base), f.curvature(x) * run

    to_the_end = convex & ((q >= upper) | (steeper(upper)[0] >= 0))
    near = np.where(to_the_end, upper, np.where(convex, q, lower))
    return _falling_root(steeper, near, np.where(convex, upper, lower))


def _falling_root(falling: Callable[[Floats], tuple[Floats, Floats]], low: Floats, high: Floats) -> Floats:
    """Where functions (value and derivative) fall through zero: Newton's method, kept within a bracket."""
    x = 0.5 * (low + high)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(120):
            value, slope = falling(x)
            low, high = np.where(value > 0, x, low), np.where(value > 0, high, x)
            ahead = x - value / slope
            ahead = np.where((ahead > low) & (ahead < high), ahead, 0.5 * (low + high))
            settled = np.abs(ahead - x) <= 1e-13 * np.abs(x)
            x = ahead
            if settled.all():
                break
    return x


def _polish(problem: _Problem, spend: Floats, lower: Floats, upper: Floats) -> Floats:
    """Newton steps to equal marginal returns inside the bounds, as long as they do not lower the response."""
    f, weight = problem.curves, problem.weight
    near = 1e-9 * problem.budget
    inside = (spend > lower + near) & (spend < upper - near) & (weight > 0)
    value = float((weight * f.value(spend)).sum())
    for _ in range(20):
        with np.errstate(divide="ignore", invalid="ignore"):
            marginal, bend = weight * f.slope(spend), weight * f.curvature(spend)
            multiplier = (marginal[inside] / bend[inside]).sum() / (1.0 / bend[inside]).sum()
            step = np.where(inside, (multiplier - marginal) / bend, 0.0)
        ahead = spend + step
        better = float((weight * f.value(ahead)).sum()) if np.isfinite(step).all() else -inf
        if not better >= value or (ahead < lower).any() or (ahead > upper).any():
            break
        spend, value = ahead, better
        if np.abs(step).max() <= 1e-14 * problem.budget:
            break
    return spend
