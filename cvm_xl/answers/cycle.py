"""How ready the organisation is, and the cycle on one page: Readiness, DataQuality, Cycle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.facts import Facts
from cvm_xl.book import schema
from cvm_xl.book.schema import normal
from cvm_xl.figures import renewed, signed
from cvm_xl.functions.growth_lifecycle import CVM_READINESS

__all__ = ["DATA", "cycle", "data_quality", "readiness"]

DATA = "Data quality"
TOTAL = "All"

STEPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # what feeds a step, what it gives
    "Discover": (("Sales", "Customers", "CostPools", "Drivers"), ("Tiers", "SegmentPnL")),
    "Commit": (("Capabilities",), ("Lifetime", "Readiness")),
    "Create": (("ValueDrivers", "Offers", "Attributes"), ("PriceBands", "PotentialBySegment")),
    "Assess": (("Surveys",), ("Alerts", "Bridge", "SatisfactionSpend")),
    "Improve": (
        ("Budgets", "Initiatives", "Scenarios", "Prospects"),
        ("Decisions", "Investment", "PricePlan", "LookAlikes"),
    ),
}
FIGURES = {  # what is looked at of a result: words, and the column that is summed
    "Tiers": ("Profit of all customers", "Profit"),
    "Lifetime": ("Lifetime value of all customers", "CLV"),
    "PriceBands": ("Profit change a year at target", "Profit change"),
    "PotentialBySegment": ("Potential of all customers", "Potential"),
    "Investment": ("Worth of the best plan", "Worth best"),
    "PricePlan": ("Profit change a year of the next round", "Profit change"),
    "LookAlikes": ("Expected value of all named", "Expected value"),
}


def data_quality(facts: Facts, costs: Costs, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What the data cover, measured from the workbook itself; the least first."""
    money = facts.coverage()
    revenue = money["revenue"]
    rows: list[tuple[str, float]] = []

    def covered(what: str, part: float, whole: float) -> None:
        rows.append((what, float(np.clip(part / whole, 0.0, 1.0)) if whole > 0 else 0.0))

    for name in ("customer", "product", "segment"):
        covered(f"Revenue with a {name}", money[name], revenue)
    covered("Revenue of goods with their cost", money["known"], money["goods"])
    ledger = sum(rule.amount for pool in costs.pools for rule in pool.rules)
    shared = sum(costs.share(rule).shared for pool in costs.pools for rule in pool.rules)
    covered("Costs that reach customers", shared, ledger)
    people = facts.frame("Customers")
    for what, column in (
        ("Customers with a satisfaction score", "satisfaction"),
        ("Customers with a wallet", "wallet"),
    ):
        there = 0.0 if people is None or column not in people else float(people[column].notna().sum())
        covered(what, there, 0.0 if people is None else float(len(people)))
    bands = tables.get("PriceBands")
    covered("Revenue with value drivers", 0.0 if bands is None else float(bands["Net revenue"].sum()), revenue)
    table = pd.DataFrame(rows, columns=["Measure", "Share"])
    table["Score"] = 1 + 4 * table["Share"]
    return table.sort_values("Share", kind="stable", ignore_index=True)


def readiness(facts: Facts, quality: pd.DataFrame) -> pd.DataFrame:
    """The table Readiness (CVM_READINESS), the weakest first; empty where Capabilities is."""
    scored = facts.frame("Capabilities")
    scored = None if scored is None else scored[[normal(str(name)) != normal(DATA) for name in scored["dimension"]]]
    if scored is None or not len(scored):
        return pd.DataFrame()
    grouped = scored.groupby("dimension", sort=False)
    table = grouped["score"].mean().rename("Score").rename_axis("Dimension").reset_index()
    weight = grouped["weight"].first() if "weight" in scored else pd.Series(dtype=float)
    table["Weight"] = table["Dimension"].map(weight).astype(float).fillna(1.0)
    measured = {"Dimension": DATA, "Score": float(quality["Score"].mean()), "Weight": 1.0}
    table = pd.concat([table, pd.DataFrame([measured])], ignore_index=True)
    found = CVM_READINESS(
        table["Dimension"].to_numpy(dtype=object), table["Score"].to_numpy(dtype=float),
        table["Weight"].to_numpy(dtype=float),
    )  # fmt: skip
    weakest = str(found["weakest"])
    least = quality.iloc[0]
    said = {name: f"{score:.1f} of 5" for name, score in zip(table["Dimension"], table["Score"], strict=True)}
    said[DATA] = f"measured; least: {least['Measure'].lower()}, {least['Share']:.0%}"
    table["Reading"] = table["Dimension"].map(said)
    lowest = table["Score"] == table["Score"].min()
    table.loc[lowest, "Reading"] = f"The weakest link: raise it to level {found['next_level']:g}; " + table["Reading"]
    table = table.sort_values("Score", kind="stable", ignore_index=True)
    reading = f"The index; as strong as its weakest link: {weakest}"
    total = {"Dimension": TOTAL, "Score": float(found["index"]), "Weight": table["Weight"].sum(), "Reading": reading}
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)


def cycle(facts: Facts, tables: Mapping[str, pd.DataFrame], former: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table Cycle: a row for each sheet of each step. `former` has that of the last refresh.

    Last time is the refresh before any figure changed.
    """
    rows = []
    for step, (inputs, results) in STEPS.items():
        for name in inputs:
            many = facts.rows(name)
            rows.append((step, name, "input", many, None, np.nan, _fill(name) if not many else None))
        for name in results:
            found = tables.get(name)
            many = 0 if found is None else len(found)
            figure, value, todo = (None, np.nan, _missing(name)) if found is None or not many else _result(name, tables)
            rows.append((step, name, "result", many, figure, value, todo))
    table = pd.DataFrame(rows, columns=["Step", "Sheet", "Is", "Rows", "Figure", "Value", "Next"])
    table["Value"] = table["Value"].astype(float).round(facts.decimals)
    columns = ["Step", "Sheet", "Rows", "Value", "Last time", "Changed"]
    past = former.get("Cycle", pd.DataFrame(columns=columns)).drop_duplicates(["Step", "Sheet"])
    before = past.set_index(["Step", "Sheet"]).reindex(pd.MultiIndex.from_frame(table[["Step", "Sheet"]]))
    rows_before, value_before = (before[name].to_numpy(dtype=float) for name in ("Rows", "Value"))
    rows_now, value = (table[name].to_numpy(dtype=float) for name in ("Rows", "Value"))
    if np.array_equal(rows_now, rows_before) and np.allclose(value, value_before, atol=1e-9, equal_nan=True):
        # No figure changed, so what did the time before is still the news: to refresh twice is to refresh once.
        table["Last time"] = before["Last time"].to_numpy(dtype=float)
        table["Changed"] = before["Changed"].map(renewed).to_numpy(dtype=object)
        return table
    table["Last time"] = value_before
    changes = zip(rows_now, value, rows_before, value_before, strict=True)
    table["Changed"] = [_changed(*one) for one in changes]
    return table


def _changed(rows: float, value: float, rows_before: float, before: float) -> str | None:
    if np.isnan(rows_before):
        return None
    if not np.isnan(before) and not np.isnan(value) and round(value - before, 2):
        return signed(value - before)
    moved = rows - rows_before
    return f"{signed(moved)} {'row' if abs(moved) == 1 else 'rows'}" if moved else "nothing"


def _fill(name: str) -> str:
    return f"Fill it: {schema.table(name).help.split('. ')[0].rstrip('.')}"


def _missing(name: str) -> str:
    needs = {
        "PriceBands": "Fill ValueDrivers",
        "PricePlan": "Fill ValueDrivers",
        "Readiness": "Fill Capabilities",
        "LookAlikes": "Name attributes in Settings: Look-alike by",
        "Investment": "Fill Budgets",
        "SatisfactionSpend": "Fill Surveys, and Satisfaction in SegmentRates",
        "Bridge": "Name two periods in Settings: Compare",
        "Alerts": "Nothing: no threshold of Settings is crossed",
    }
    return needs.get(name, "See what the refresh says of what is left out")


def _result(name: str, tables: Mapping[str, pd.DataFrame]) -> tuple[str | None, float, str | None]:
    """What is looked at of a result, its value, and what to do."""
    found = tables[name]
    if name in FIGURES:
        said, column = FIGURES[name]
        return said, float(found[column].astype(float).sum()), _first(name, found)
    if name == "SegmentPnL":
        return "Contribution", float(found["Contribution"].iloc[0]), None
    if name == "Readiness":
        weakest = found.iloc[0]
        return (
            "Index of readiness, 1 to 5",
            float(found["Score"].iloc[-1]),
            f"{weakest['Dimension']}: {weakest['Reading']}",
        )
    if name == "Alerts":
        many = int((found["Status"] == "new").sum())
        first = found.iloc[0]
        return "New alerts", float(many), f"First: {first['Object']}, {str(first['Alert']).lower()}" if many else None
    if name == "Bridge":
        total = found.iloc[0]
        worst = total.drop(["Dimension", "Item", "Before", "After", "Change"]).astype(float).idxmin()
        return (
            "Change of contribution",
            float(total["Change"]),
            f"What cost most: {str(worst).lower()}",
        )
    if name != "Decisions":
        return None, np.nan, None
    acting = found[found["Decision"] != "Keep"]
    return "At stake in decisions but Keep", float(acting["At stake"].sum()), _first(name, acting)


def _first(name: str, table: pd.DataFrame) -> str | None:
    """The row to begin with, in words."""
    if not len(table):
        return None
    row = table.iloc[0]
    if name == "Decisions":
        row = table.loc[table["At stake"].idxmax()]
        return f"Begin with {row['Customer']}, {row['Decision'].lower()}: {row['Why'].partition(';')[0]}"
    if name == "Investment":
        row = table.loc[table["Change"].abs().idxmax()]
        return f"Begin with {row['Unit']}: {row['Why'].partition(';')[0]}"
    if name == "PotentialBySegment":
        ways = row[["Retention", "Cross-sell", "Up-sell"]].astype(float)
        return f"Most can be added in {row['Segment']}, by {str(ways.idxmax()).lower()}"
    if name == "PricePlan":
        return f"Begin with {row['Segment']}, {row['Product']}: {row['Why']}"
    if name == "LookAlikes":
        return f"Begin with {row['Who']}: {row['Because of']}"
    if name == "PriceBands":
        return f"Most money: {row['Segment']}, {row['Product']}"
    return None
