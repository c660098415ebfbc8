"""The report's pages on growth: where the next euro goes, what to do with whom, satisfaction, what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cvm_xl.answers.alerts import NEW, OVER, STANDING
from cvm_xl.answers.decisions import AWARD, ORDER
from cvm_xl.answers.pnl import TOTAL
from cvm_xl.answers.words import Money, counted, listed, short
from cvm_xl.book.report.content import Page
from cvm_xl.figures import figure

__all__ = ["growth_pages"]

UNITS = 12  # rows of the investment plan
EACH = {"Invest": 5, "Adjust": 5, AWARD: 4}  # customers shown of each decision
CALLS = 8  # dissatisfied customers
NEWS = 4  # alerts of each kind
DEEDS = {"Invest": "developing", "Adjust": "adjusting prices and costs of", AWARD: "leaving to others"}

Tables = Mapping[str, pd.DataFrame]


def growth_pages(tables: Tables, money: Money) -> Iterator[Page]:
    """A page for each question that these tables answer."""
    for name, make in (
        ("Investment", _investment),
        ("Decisions", _decisions),
        ("SatisfactionSpend", _satisfaction),
        ("Alerts", _alerts),
    ):
        if name in tables and len(tables[name]):
            yield make(tables, money)


def _sums(table: pd.DataFrame, label: str, *columns: str) -> pd.DataFrame:
    """The table with a row of totals."""
    total = pd.DataFrame([{label: TOTAL} | {name: table[name].astype(float).sum() for name in columns}])
    return pd.concat([table.astype(object), total.reindex(columns=table.columns).astype(object)], ignore_index=True)


# --- investment --------------------------------------------------------------------------------------------------


def _investment(tables: Tables, money: Money) -> Page:
    table, plans = tables["Investment"], tables["InvestmentPlans"]
    best, careful = plans.iloc[2], plans.iloc[3]
    gain, spend = float(best["Against proportion"]), float(best["Spend"])
    said = f"A budget of {money(spend)} brings {money(float(best['Worth']))} where it works best"
    before = float(plans["Spend"].iloc[0])
    same = "the same cut for all" if spend < before else "the same rise for all" if spend > before else "today's plan"
    said += f": {money(gain)} more than {same}" if gain > 0 else f", no more than {same}"
    if not np.isnan(best["Next unit"]):
        said += f"; the next {money(1).removesuffix('.00')} would bring {best['Next unit']:.2f}"
    unsure = table["Best"].astype(float) > table["Seen up to"].astype(float)
    notes = [
        "In proportion: today's spends, all cut or raised alike so that they use the budget. Next unit: what one more "
        "unit of money brings in the best plan; equal everywhere but where a bound binds."
    ]
    if unsure.any():
        beyond = listed([short(name) for name in table.loc[unsure, "Unit"]])
        notes.append(
            f"Beyond what was ever spent there, so a guess: {beyond}. The best plan that goes nowhere money has never "
            f"been brings {money(float(careful['Worth']))}."
        )
    costs = table[table["Bound costs"].astype(float) > 0].sort_values("Bound costs", ascending=False)
    if len(costs):
        first = costs.iloc[0]
        notes.append(f"The bound that costs most: {short(first['Unit'])}, {money(float(first['Bound costs']))}.")
    columns = ["Unit", "Spend today", "Best", "Change", "Worth best", "Next unit best", "Why"]
    shown = table[columns].head(UNITS).assign(Why=table["Why"].str.partition(";")[0])
    if len(table) > UNITS:
        notes.insert(0, f"The {UNITS} rows with most money; {len(table) - UNITS} more are in the table Investment.")
    shown = _sums(shown, "Unit", "Spend today", "Best", "Change", "Worth best")
    return Page("investment", "Spending plan", f"{said}.", "Plan of spending", {"plan": shown}, notes)


# --- decisions ---------------------------------------------------------------------------------------------------


def _decisions(tables: Tables, money: Money) -> Page:
    table = tables["Decisions"]
    kinds = table.groupby("Decision").agg(
        Customers=("Decision", "size"), **{"At stake": ("At stake", "sum"), "Value now": ("Value now", "sum")}
    )
    kinds = kinds.reindex(ORDER).fillna(0.0).rename_axis("Decision").reset_index()
    acting = kinds[(kinds["Decision"] != "Keep") & (kinds["Customers"] > 0)]
    if not len(acting):
        said = f"Nothing is to be gained by acting: all {counted(len(table), 'customer')} are best kept as they are"
    else:
        most = acting.loc[acting["At stake"].idxmax()]
        said = (
            f"Acting on {figure(int(acting['Customers'].sum()))} of {counted(len(table), 'customer')} is worth "
            f"{money(float(acting['At stake'].sum()))}: most by {DEEDS[most['Decision']]} "
            f"{figure(int(most['Customers']))}, {money(float(most['At stake']))}"
        )
    parts = [table[table["Decision"] == name].head(many) for name, many in EACH.items()]
    first = pd.concat(parts)[["Customer", "Name", "Decision", "At stake", "Why"]]
    notes = [
        "At stake: of Invest the expected gain less its cost; of Adjust the loss that prices within their bands and a "
        "lower cost to serve can end; of Award elsewhere the losses that end, less cost that stays; of Keep the value "
        "to be kept. Money over the horizon of lifetime value, discounted."
    ]
    frames = {"kinds": kinds, "first": first.reset_index(drop=True)}
    return Page("decisions", "What to do", f"{said}.", "What to do with customers", frames, notes)


# --- satisfaction ------------------------------------------------------------------------------------------------


def _satisfaction(tables: Tables, money: Money) -> Page:
    spend = tables["SatisfactionSpend"]
    change = (spend["Best spend"] - spend["Spend today"]).astype(float)
    gain = (spend["Net best"] - spend["Net today"]).astype(float)
    more, less = spend.loc[change > 0, "Segment"], spend.loc[change < 0, "Segment"]
    parts = []
    if len(more):
        at = gain[change > 0].idxmax()
        parts.append(
            f"more for satisfaction pays in {listed([short(name) for name in more])}: most in "
            f"{short(spend['Segment'][at])}, {money(float(gain[at]))} a customer"
        )
    if len(less):
        parts.append(f"in {listed([short(name) for name in less])} less would do")
    said = "; ".join(parts) or "Spending on satisfaction is about right everywhere"
    curve, drivers = tables.get("SatisfactionCurve"), tables.get("SatisfactionDrivers")
    notes = ["Net: lifetime value of a customer less what is spent to satisfy it."]
    if drivers is not None and len(drivers):
        top = drivers.iloc[drivers["Weight"].astype(float).argmax()]
        notes.append(f"Satisfaction follows most from {short(top['Driver'])}: {top['Share']:.0%} of what is explained.")
    figures = {} if "SatisfactionFit" not in tables else dict(
        zip(tables["SatisfactionFit"]["Figure"], tables["SatisfactionFit"]["Meaning"], strict=True)
    )  # fmt: skip
    if "reading" in figures:
        notes.append(f"{figures['reading']}.")
    frames = {"spend": spend, "curve": pd.DataFrame() if curve is None else curve}
    people = tables.get("Dissatisfied")
    columns = ["Customer", "Name", "Segment", "Satisfaction", "Profit", "CLV"]
    frames["call"] = pd.DataFrame() if people is None else people[columns].head(CALLS)
    headline = f"{said[:1].upper()}{said[1:]}."
    return Page("satisfaction", "Satisfaction", headline, "From satisfaction to profit", frames, notes)


# --- alerts ------------------------------------------------------------------------------------------------------


def _alerts(tables: Tables, money: Money) -> Page:
    table, summary = tables["Alerts"], tables["AlertSummary"]
    many = {status: int((table["Status"] == status).sum()) for status in (NEW, STANDING, OVER)}
    mine = table[table["Status"] == NEW]
    amount = float(table.loc[table["Status"] != OVER, "At stake"].sum())
    stand = f"{figure(many[STANDING])} {'stands' if many[STANDING] == 1 else 'stand'}"
    if len(mine) == len(table):
        said = f"{counted(len(mine), 'alert')}, worth {money(amount)} a year; none was known before"
    elif len(mine):
        said = f"{counted(len(mine), 'alert')} new since the last refresh, worth {money(float(mine['At stake'].sum()))}"
        said += f" a year; {stand} from before and {figure(many[OVER])} {'is' if many[OVER] == 1 else 'are'} over"
    else:
        said = f"No new alert since the last refresh; {stand}, worth {money(amount)} a year"
    shown = mine if len(mine) else table[table["Status"] != OVER]
    shown = shown.groupby("Alert", sort=False).head(NEWS)
    shown = shown[["Alert", "Object", "Name", "Before", "Now", "Threshold", "At stake"]]
    frames = {"kinds": _sums(summary, "Alert", "New", "Standing", "Over", "At stake"), "first": shown}
    notes = ["Thresholds are those of Settings; at stake is money a year."]
    return Page("alerts", "Alerts", f"{said}.", "What crossed a threshold", frames, notes)
