"""Where the next euro goes: response curves from history or judgement, and the budget shared out by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.words import counted
from cvm_xl.book.schema import normal
from cvm_xl.book.schema import table as declared
from cvm_xl.errors import CvmError
from cvm_xl.figures import figure
from cvm_xl.functions.growth import CVM_ADBUDG, CVM_INVEST, CVM_RESPONSE, CVM_RESPONSE_FIT
from cvm_xl.kinds import Named

__all__ = ["investment"]

Arrays = dict[str, np.ndarray]

PARAMETERS = ("model", "a", "b", "c", "d")
JUDGED = ("zero", "current", "plus_50", "saturation")
BOUNDS_PRICED = 60  # bounds that bind, each of which costs a plan of its own
FRONTIER = np.linspace(0.5, 1.5, 21)
TIMES = np.linspace(0.0, 2.5, 26)
DRAWN = 6  # curves that a chart can show
WAYS = ("Today", "Today, in proportion to the budget", "Best", "Best, only as far as spending was seen")


@dataclass(frozen=True)
class _Units:
    """Rows of Budgets with a curve, as arrays."""

    frame: pd.DataFrame
    curves: list[dict[str, Any]]
    seen: np.ndarray
    """Highest spend on record or judged."""
    evidence: list[str]
    lower: np.ndarray
    upper: np.ndarray

    @property
    def names(self) -> list[str]:
        return list(self.frame["unit"])

    @property
    def today(self) -> np.ndarray:
        return self.frame["spend"].to_numpy(dtype=float)

    @property
    def margin(self) -> np.ndarray:
        return _column(self.frame, "margin", 1.0)

    def plan(self, budget: float, lower: np.ndarray, upper: np.ndarray) -> Arrays:
        """The best plan (CVM_INVEST)."""
        cells = [[curve.get(name) for curve in self.curves] for name in PARAMETERS]
        grid = Named(np.array(cells, dtype=object), self.names, list(PARAMETERS))
        return CVM_INVEST(budget, grid, self.today, lower, upper, self.margin)


def investment(facts: Facts) -> dict[str, pd.DataFrame]:
    """Investment, InvestmentPlans, Frontier and ResponseCurves from Budgets and SpendHistory.

    Rows without a curve keep today's spend; a note says so.

    Raises
    ------
    CvmError
        When no row has a curve, or the least spends do not fit into the budget.
    """
    frame = facts.frame("Budgets")
    if frame is None:
        return {}
    asked = facts.settings["budget"]
    total = float(frame["spend"].sum()) if asked is None else float(asked)
    units = _units(facts, frame, total)
    if units is None:
        facts.notes.append("Investment: no row of Budgets has a curve; fill SpendHistory, or the four judgements")
        return {}
    fixed = float(frame["spend"].sum() - units.today.sum())
    budget = max(total - fixed, 0.0)
    upper = np.where(np.isnan(units.upper), np.inf, units.upper)
    best = units.plan(budget, units.lower, upper)
    capped = np.clip(units.seen, units.lower, upper)
    careful = units.plan(budget, units.lower, capped)
    even = units.today * (budget / units.today.sum()) if units.today.sum() else units.today
    at_even = units.plan(budget, even, even)
    at_today = units.plan(units.today.sum(), units.today, units.today)
    now, then = best["marginal"], at_today["marginal"]
    level = _multiplier(best)
    worth = [float((units.margin * plan["response"]).sum()) for plan in (at_today, at_even, best, careful)]
    table = pd.DataFrame(
        {
            "Unit": units.names,
            "Kind": units.frame["kind"].fillna("other").to_numpy() if "kind" in units.frame else "other",
            "Spend today": units.today,
            "In proportion": even.round(facts.decimals),
            "Best": best["spend"].round(facts.decimals),
            "Change": best["change"].round(facts.decimals) + 0.0,
            "Response today": at_today["response"],
            "Response best": best["response"],
            "Worth today": units.margin * at_today["response"],
            "Worth best": units.margin * best["response"],
            "Next unit today": then,
            "Next unit best": now,
            "Bound": best["bound"],
            "Bound costs": _bound_costs(facts, units, budget, upper, best),
            "Seen up to": units.seen,
            "Evidence": units.evidence,
        }
    )
    table["Why"] = _why(facts, table, level)
    order = np.argsort(-np.maximum(table["Best"], table["Spend today"]).to_numpy(), kind="stable")
    spends = [plan["spend"].sum() for plan in (at_today, at_even, best, careful)]
    plans = pd.DataFrame({"Plan": WAYS, "Spend": spends, "Worth": worth})
    plans["Worth less spend"] = plans["Worth"] - plans["Spend"]
    plans["Against proportion"] = plans["Worth"] - worth[1]
    plans["Next unit"] = [np.nan, np.nan, level, _multiplier(careful)]
    money = ["Spend", "Worth", "Worth less spend", "Against proportion"]
    plans[money] = plans[money].round(facts.decimals) + 0.0
    drawn = _frontier(units, budget, upper, worth[0])
    curves = _curves(units, order[units.today[order] > 0][:DRAWN])
    made = {
        "Investment": table.iloc[order].reset_index(drop=True),
        "InvestmentPlans": plans,
        "Frontier": drawn,
        "ResponseCurves": curves,
    }
    return {name: found for name, found in made.items() if len(found)}


def _column(frame: pd.DataFrame, name: str, empty: float) -> np.ndarray:
    values = frame[name].to_numpy(dtype=float) if name in frame else np.full(len(frame), np.nan)
    return np.where(np.isnan(values), empty, values)


def _units(facts: Facts, frame: pd.DataFrame, budget: float) -> _Units | None:
    history = facts.frame("SpendHistory")
    groups = {} if history is None else dict(iter(history.groupby("unit", sort=False)))
    rows: list[int] = []
    curves: list[dict[str, Any]] = []
    seen: list[float] = []
    evidence: list[str] = []
    for i, row in enumerate(frame.to_dict("records")):
        found = _curve(facts, row, groups.get(row["unit"]))
        if found is None:
            facts.notes.append(f"Investment: {row['unit']} has no curve and keeps today's spend")
            continue
        rows.append(i)
        for kept, value in zip((curves, seen, evidence), found, strict=True):
            kept.append(value)
    if not rows:
        return None
    mine = frame.iloc[rows]
    lower = np.maximum(_column(mine, "least", 0.0), _column(mine, "least_share", 0.0) * budget)
    return _Units(mine, curves, np.array(seen), evidence, lower, _column(mine, "most", np.nan))


def _curve(facts: Facts, row: dict[str, Any], history: pd.DataFrame | None) -> tuple[dict[str, Any], float, str] | None:
    """Curve, highest spend seen, and evidence of a row of Budgets: fitted, else judged, else None."""
    if history is not None:
        spend, response = (history[name].to_numpy(dtype=float) for name in ("spend", "response"))
        try:
            fit = CVM_RESPONSE_FIT(spend, response, row.get("form") or None)
        except CvmError as error:
            facts.notes.append(f"Investment: SpendHistory of {row['unit']}: {error}")
        else:
            low, high = float(fit["spend_low"]), float(fit["spend_high"])
            said = f"{fit['model']} fitted to {counted(int(fit['n']), 'row')}, R2 {fit['r2']:.2f}, "
            said += f"spends {figure(low)} to {figure(high)}"
            return fit, high, said
    judged = [float(row.get(name, np.nan)) for name in JUDGED]
    if np.isnan(judged).any() or not row["spend"] > 0:
        return None
    try:
        given = CVM_ADBUDG(*judged, spend=float(row["spend"]))
    except CvmError as error:
        facts.notes.append(f"Investment: judgements on {row['unit']}: {error}")
        return None
    return given, 1.5 * float(row["spend"]), "Judgement: nothing, today, half as much again, boundless"


def _multiplier(plan: Arrays) -> float:
    """What the next unit of budget brings: the marginal return inside the bounds, else the best that is not at most."""
    free = np.array([word in (None, "lower") for word in plan["bound"]], dtype=bool)
    inside = np.array([word is None for word in plan["bound"]], dtype=bool)
    values = plan["marginal"][inside] if inside.any() else plan["marginal"][free]
    values = values[np.isfinite(values)]
    return float(np.max(values)) if values.size else float("nan")


def _bound_costs(facts: Facts, units: _Units, budget: float, upper: np.ndarray, best: Arrays) -> np.ndarray:
    """What the best plan would bring more without each bound that binds; an empty least spend of 0 is no bound."""
    costs = np.full(len(units.names), np.nan)
    words = best["bound"]
    binds = np.array([word is not None for word in words]) & ((units.lower > 0) | (words != "lower"))
    worth = float((units.margin * best["response"]).sum())
    for i in np.flatnonzero(binds)[:BOUNDS_PRICED]:
        lower, most = units.lower.copy(), upper.copy()
        lower[i], most[i] = 0.0, np.inf
        freed = units.plan(budget, lower, most)
        costs[i] = max(round(float((units.margin * freed["response"]).sum()) - worth, facts.decimals), 0.0)
    if binds.sum() > BOUNDS_PRICED:
        facts.notes.append(f"Investment: what bounds cost is shown of the first {BOUNDS_PRICED} that bind")
    return costs


def _why(facts: Facts, table: pd.DataFrame, level: float) -> list[str]:
    said = []
    edge = 0.5 * 10.0**-facts.decimals
    for row in table.to_dict("records"):
        change, best, bound = row["Change"], row["Best"], row["Bound"]
        returns = f"one more brings {row['Next unit best']:.2f} here, {level:.2f} elsewhere"
        if bound == "fixed":
            text = "Least and most are the same"
        elif bound == "upper":
            text = f"At its most: {returns}"
        elif bound == "lower" and best > edge:
            text = f"At its least: {returns}"
        elif best <= edge:
            text = f"Nothing: a small amount brings less here than {level:.2f}, a large one is not to be had"
            text = text if row["Spend today"] > 0 else f"Nothing: it brings less than the {level:.2f} elsewhere"
        elif abs(change) <= max(edge, 1e-6 * best):
            text = "As today"
        else:
            way = "More" if change > 0 else "Less"
            text = f"{way}: today one more brings {row['Next unit today']:.2f}, in the best plan {level:.2f} everywhere"
        if best > row["Seen up to"] + edge:
            text += f"; a guess beyond the {figure(row['Seen up to'])} on record: go there in steps"
        said.append(text)
    return said


def _frontier(units: _Units, budget: float, upper: np.ndarray, worth_today: float) -> pd.DataFrame:
    """The best plan's worth over budgets; today's plan is a point on or below it."""
    today = float(units.today.sum())
    least = float(units.lower.sum())
    middle = max(budget, today)
    wanted = np.unique(np.concatenate([middle * FRONTIER, [budget, today]]))
    rows = []
    for money in wanted[wanted >= least]:
        plan = units.plan(float(money), units.lower, upper)
        worth = float((units.margin * plan["response"]).sum())
        rows.append(
            (
                money,
                worth,
                _multiplier(plan),
                worth_today if money == today else np.nan,
                worth if money == budget else np.nan,
            )
        )
    return pd.DataFrame(rows, columns=["Budget", "Worth", "Next unit", "Plan today", "Plan best"])


def _curves(units: _Units, rows: np.ndarray) -> pd.DataFrame:
    """Money that the largest units bring over multiples of today's spend."""
    table = pd.DataFrame({"Times today": TIMES})
    taken = {normal(column.header) for column in declared("ResponseCurves")}
    for i in rows:
        name = units.names[i]
        header = f"{name} (unit)" if normal(name) in taken else name
        table[header] = units.margin[i] * CVM_RESPONSE(units.curves[i], units.today[i] * TIMES)
    table["All of them"] = table.iloc[:, 1:].sum(axis=1)
    return table if len(rows) else table.iloc[:0]
