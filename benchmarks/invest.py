"""A budget shared out among a thousand units: ours, and 100 iterations of scipy's SLSQP on the same problem.

SLSQP is given exact gradients, bounds and a start that uses the budget; on a thousand units an iteration takes a second
or two.

`python -m benchmarks.invest` measures within one process, imports not counted, and prints JSON:
[[title, [[name, seconds], ...]], ...]. It fails where our plan brings less than scipy's.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import numpy as np
from scipy.optimize import minimize

from cvm_xl.functions.growth import CVM_INVEST
from cvm_xl.kinds import Named
from cvm_xl.models.response import Curve, Curves

UNITS, BUDGET, ITERATIONS, RUNS = 1_000, 8_000.0, 100, 5
NAMES = ("model", "a", "b", "c", "d")


def problem(units: int = UNITS) -> tuple[Named, Curves]:
    """Curves of all four forms, a quarter of the units each; the ADBUDG ones are S-shaped."""
    rng = np.random.default_rng(1)
    a = rng.uniform(10, 100, units)
    half, bend = rng.uniform(3, 30, units), rng.uniform(1.2, 5, units)
    forms = {
        0: lambda i: Curve("power", a[i] / 5, rng.uniform(0.3, 0.7)),
        1: lambda i: Curve("log", a[i] / 2, half[i]),
        2: lambda i: Curve("exponential", a[i], 1 / half[i]),
        3: lambda i: Curve("adbudg", a[i], 0.0, bend[i], half[i] ** bend[i]),
    }
    curves = [forms[i % 4](i) for i in range(units)]
    cells = np.array([list(column) for column in zip(*curves, strict=True)], dtype=object)
    cells[1:] = np.where(np.isnan(cells[1:].astype(float)), None, cells[1:])
    return Named(cells, [f"Unit {i}" for i in range(units)], list(NAMES)), Curves.of(curves)


def peer(curves: Curves) -> tuple[np.ndarray, int]:
    """SLSQP from an even split: where it stands after so many iterations, or earlier where it is content."""
    k = len(curves.each)
    found = minimize(
        lambda x: -curves.value(x).sum(),
        np.full(k, BUDGET / k),
        jac=lambda x: -curves.slope(x),
        bounds=[(1e-6, BUDGET)] * k,
        constraints={"type": "eq", "fun": lambda x: x.sum() - BUDGET, "jac": lambda x: np.ones(x.size)},
        method="SLSQP",
        options={"maxiter": ITERATIONS, "ftol": 1e-12},
    )
    return found.x, found.nit


def main() -> None:
    grid, curves = problem()
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        plan = CVM_INVEST(BUDGET, grid, None, np.zeros(1), np.full(1, np.inf), np.ones(1))
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    other, iterations = peer(curves)
    theirs = time.perf_counter() - start
    other *= BUDGET / other.sum()
    mine, best = float(plan["response"].sum()), float(curves.value(other).sum())
    if mine < best or abs(plan["spend"].sum() - BUDGET) > 1e-6:
        raise SystemExit(f"ours brings {mine:.6f}, SLSQP {best:.6f}")
    title = f"A budget among {UNITS:,} units, a quarter S-shaped (response: ours {mine:,.1f}, SLSQP {best:,.1f})"
    rows = [
        ("CVM_INVEST: the global optimum", statistics.median(seconds)),
        (f"scipy SLSQP with exact gradients, {iterations} iterations", theirs),
    ]
    json.dump([(title, rows)], sys.stdout)


if __name__ == "__main__":
    main()
