"""Customers by when and where they were won: the tables Cohorts and CohortRetention."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cvm_xl.answers.dimensions import COHORT, dimension
from cvm_xl.answers.dimensions import names as names_of_dimensions
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.lifetime import last_day
from cvm_xl.answers.splits import Dimension
from cvm_xl.book.schema import normal
from cvm_xl.errors import NotAvailable
from cvm_xl.functions.lifetime_cohorts import CVM_COHORTS
from cvm_xl.functions.lifetime_fit import CVM_SUMMARY

__all__ = ["cohorts"]

SOURCE = "Source"
UNIT = "quarter"
PERIODS = 12  # quarters that CohortRetention shows


def cohorts(facts: Facts, life: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Cohorts and CohortRetention, by the quarter of the first purchase and by Source where Customers has it.

    Raises
    ------
    CvmError
        When no customer of known age has been seen for a quarter.
    """
    who, dates, money = facts.purchases()
    end = last_day(facts)
    history = CVM_SUMMARY(who, dates, money, end=end, unit=UNIT)
    code = np.array(history["customer"], dtype=int)
    people = pd.DataFrame({"Frequency": np.asarray(history["frequency"], dtype=float)}, index=code)
    people["Revenue"] = pd.Series(money).groupby(who).sum().reindex(code)
    if life is not None:
        worth = life.set_index("Customer")[["P(alive)", "CLV"]]
        people[["Active", "CLV"]] = worth.reindex(np.array(facts.dimensions["Customer"].items)[code]).to_numpy()
    else:
        people[["Active", "CLV"]] = np.nan
    young = _won_in_the_period(facts)[who]
    if not young.any():
        raise NotAvailable("every customer was won before the period")
    summaries, triangles = [], []
    for name, split in _splits(facts):
        assert split.of is not None
        labels = np.array(split.items, dtype=object)[split.of]
        summaries.append(_summary(name, labels[code], people, facts.decimals))
        periods = CVM_COHORTS(who[young], dates[young], money[young], labels[who[young]], unit=UNIT, end=end)
        triangles.append(_triangle(name, pd.DataFrame(periods)))
    return {"Cohorts": pd.concat(summaries, ignore_index=True), "CohortRetention": _joined(triangles)}


def _splits(facts: Facts) -> Iterator[tuple[str, Dimension]]:
    yield "Acquired", dimension(facts, COHORT)
    if normal(SOURCE) in names_of_dimensions(facts.book):
        found = dimension(facts, SOURCE)
        if found.of is not None and found.parent == "Customer":
            yield SOURCE, found


def _won_in_the_period(facts: Facts) -> np.ndarray:
    """Which customers bought nothing before the period: the age of the others is not known from its lines."""
    return ~np.isin(np.array(facts.dimensions["Customer"].items), list(facts.before()))


def _summary(name: str, labels: np.ndarray, people: pd.DataFrame, decimals: int) -> pd.DataFrame:
    groups = people.groupby(labels, sort=True)
    table = pd.DataFrame(
        {
            "Customers": groups.size(),
            "Bought again": groups["Frequency"].agg(lambda x: float((x > 0).mean())),
            "Purchases": groups["Frequency"].mean() + 1,
            "Revenue": groups["Revenue"].sum().round(decimals),
            "Revenue a customer": groups["Revenue"].mean(),
            "Active": groups["Active"].mean(),
            "CLV": groups["CLV"].sum(min_count=1).round(decimals),
            "CLV a customer": groups["CLV"].mean(),
        }
    )
    table.insert(0, "By", name)
    table.insert(1, "Cohort", table.index.astype(str))
    return table.reset_index(drop=True)


def _triangle(name: str, periods: pd.DataFrame) -> pd.DataFrame:
    """A row per cohort and for all, a column per quarter since the first purchase, with the share that bought again."""
    shown = periods[periods["period"] <= PERIODS]
    wide = shown.pivot_table(index="cohort", columns="period", values="retention", sort=True)
    table = pd.DataFrame({"By": name, "Cohort": wide.index.astype(str)})
    sums = periods.groupby("cohort")
    table["Customers"] = sums["customers"].max().reindex(wide.index).astype(int).to_numpy()
    for period in wide.columns:
        table[f"Quarter {period:.0f}"] = wide[period].to_numpy(dtype=float)
    table["A quarter"] = (sums["buyers"].sum() / sums["customers"].sum()).reindex(wide.index).to_numpy(dtype=float)
    return table


def _joined(triangles: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(triangles, ignore_index=True)
    return table[[*(name for name in table if name != "A quarter"), "A quarter"]]
