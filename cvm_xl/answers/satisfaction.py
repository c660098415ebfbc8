"""Satisfaction: what it does to who stays, what drives it, how much of it pays, and whom to call first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.acceptance import NINE_OF_TEN
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.lifetime import last_day
from cvm_xl.answers.segment_rates import SegmentRates, clv, listed, segment_rates
from cvm_xl.book.schema import table as declared
from cvm_xl.errors import CvmError
from cvm_xl.figures import figure
from cvm_xl.functions.growth_satisfaction import (
    CVM_DRIVERS,
    CVM_KANO,
    CVM_NPS,
    CVM_PENALTY_REWARD,
    CVM_SATISFACTION_FIT,
    CVM_SATISFACTION_SPEND,
)
from cvm_xl.kinds import Named

__all__ = ["satisfaction"]

GROUPS = 8
SHAPLEY_MOST = 16
FEWEST = 30  # answers below which a group's score is not worth a row
DETRACTORS = 6
MEANINGS = {
    "form": "linear: one slope; asymmetric: one below and one above the reference",
    "n": "Answers of which it is known whether the customer stayed",
    "reference": "Satisfaction where losses turn to gains",
    "intercept": "Share kept at the reference",
    "below": "Share kept that one point less costs below the reference",
    "above": "Share kept that one point more brings above it",
    "se_below": "Standard error of below",
    "se_above": "Standard error of above",
    "r2": "Share of the variation explained; of yes and no it is always small",
    "error_linear": "Error on answers not seen, with one slope",
    "error_asymmetric": "The same with two slopes",
}

READINGS = {  # is the effect below the reference beyond its error, and the one above it
    (True, True): "Satisfaction moves who stays, below and above the reference",
    (True, False): "Dissatisfaction drives away; more satisfaction than the reference shows no effect",
    (False, True): "More satisfaction than the reference keeps customers; less shows no effect",
    (False, False): "These answers do not show an effect beyond chance: ask more customers, or wait longer",
}


def satisfaction(facts: Facts, ranked: pd.DataFrame, life: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """All tables on satisfaction, from Surveys, SegmentRates and Kano.

    Parameters
    ----------
    ranked, life : DataFrame
        Tiers, and Lifetime where it could be computed.
    """
    tables: dict[str, pd.DataFrame] = {}
    frame = facts.frame("Surveys")
    fit: dict[str, object] | None = None
    if frame is not None and "satisfaction" in frame and frame["satisfaction"].notna().any():
        fit, tables["SatisfactionFit"], tables["SatisfactionCurve"] = _fit(facts, frame)
    rates = segment_rates(facts, ranked)
    if rates is not None:
        tables["SatisfactionSpend"] = _best_spend(facts, rates)
    if frame is not None:
        tables["SatisfactionDrivers"] = _drivers(facts, frame)
        tables["NetPromoters"] = _promoters(frame, ranked)
        tables["Dissatisfied"] = _dissatisfied(facts, frame, ranked, life, fit)
    features = facts.frame("Kano")
    if features is not None:
        tables["KanoMap"] = _kano(features)
    return {name: table for name, table in tables.items() if len(table)}


def _fit(facts: Facts, frame: pd.DataFrame) -> tuple[dict[str, object] | None, pd.DataFrame, pd.DataFrame]:
    """The fit, its figures, and who stayed by groups of satisfaction."""
    nothing = None, pd.DataFrame(), pd.DataFrame()
    scores, kept = _kept(facts, frame)
    if not len(scores):
        facts.notes.append(
            "Satisfaction: no answer of Surveys is by a customer of that time and old enough to see who bought again"
        )
        return nothing
    try:
        fit = CVM_SATISFACTION_FIT(scores, kept)
    except CvmError as error:
        facts.notes.append(f"Satisfaction and who stays: {error}")
        return nothing
    figures = [(name, fit[name], said) for name, said in MEANINGS.items() if name in fit]
    clear = [abs(float(fit[n])) > NINE_OF_TEN * float(fit[f"se_{n}"]) for n in ("below", "above")]
    figures.append(
        ("reading", "clear" if all(clear) else "partly" if any(clear) else "not clear", READINGS[clear[0], clear[1]])
    )
    order = np.argsort(scores, kind="stable")
    groups = [g for g in np.array_split(order, min(GROUPS, max(len(order) // 10, 1))) if len(g)]
    means = np.array([scores[g].mean() for g in groups])
    curve = pd.DataFrame(
        {
            "Satisfaction": means,
            "Answers": [len(g) for g in groups],
            "Kept": [kept[g].mean() for g in groups],
            "Fitted": _expected(fit, means),
        }
    )
    return fit, pd.DataFrame(figures, columns=["Figure", "Value", "Meaning"]), curve


def _expected(fit: dict[str, object], scores: np.ndarray) -> np.ndarray:
    """Share kept at each score, by the formula of CVM_SATISFACTION_FIT."""
    reference, start, below, above = (float(fit[name]) for name in ("reference", "intercept", "below", "above"))  # type: ignore[arg-type]
    away = scores - reference
    return np.clip(start + np.where(away < 0, below, above) * away, 0.0, 1.0)


def _kept(facts: Facts, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Score of each answer, and whether the customer stayed: as Surveys say, else by purchases.

    By purchases answers must be old enough to see whether the customer bought within the days of Settings. Who had not
    bought within as many days before the answer was no customer any more, and is left out.
    """
    if "kept" in frame and frame["kept"].notna().any():
        told = frame[frame["kept"].notna() & frame["satisfaction"].notna()]
        marks = told["kept"].map(lambda mark: mark is True or mark == 1)
        return told["satisfaction"].to_numpy(dtype=float), marks.to_numpy(dtype=float)
    within = int(facts.settings["kept_within"])
    customer = facts.dimensions["Customer"]
    code = frame["customer"].map({c: i for i, c in enumerate(customer.items[:-1])}).fillna(-1).to_numpy(dtype=int)
    day = frame["date"].to_numpy().astype("datetime64[D]")
    scores = frame["satisfaction"].to_numpy(dtype=float)
    first, last = facts.days[0].astype(int), last_day(facts).astype(int)
    good = (code >= 0) & ~np.isnat(day) & ~np.isnan(scores)
    code, days, scores = code[good], day[good].astype(int), scores[good]
    seen = (days >= first) & (days + within <= last)
    code, days, scores = code[seen], days[seen], scores[seen]
    who, when, net = facts.purchases()
    span = int(last - first) + within + 2
    purchases = np.unique(who[net > 0].astype(np.int64) * span + (when[net > 0].astype(int) - first))
    start = code.astype(np.int64) * span + (days - first)
    now = np.searchsorted(purchases, start, "right")
    there = now > np.searchsorted(purchases, np.maximum(start - within, code.astype(np.int64) * span))
    found = np.searchsorted(purchases, start + within, "right") > now
    return scores[there], found[there].astype(float)


def _best_spend(facts: Facts, rates: SegmentRates) -> pd.DataFrame:
    """Best spend on satisfaction of each segment; k follows from the shares kept without, today and at most."""
    discount = float(facts.settings["discount_rate"])
    rows = []
    needs = ("kept_at_most", "kept_today", "kept_without", "spend_to_satisfy")
    for segment, margin, (most, today, without, spend) in rates.rows(*needs):
        if not (without < today < most and spend > 0):
            facts.notes.append(
                f"SatisfactionSpend of {segment}: kept without < kept today < kept at most, and a spend above 0, "
                "are needed to tell how spending works"
            )
            continue
        gap, rate = most - without, float(np.log((most - without) / (most - today)) / spend)
        best = CVM_SATISFACTION_SPEND(margin, discount, most, gap, rate)
        net = float(clv(np.array([margin]), np.array([today]), discount)[0]) - spend
        x = float(best["spend"])
        verdict = (
            f"Over-satisfying: {figure(spend - x)} a customer brings less than it costs"
            if spend > 1.05 * x
            else f"Under-satisfying: {figure(x - spend)} more a customer pays"
            if spend < 0.95 * x
            else "About right"
        )
        rows.append((segment, margin, gap, rate, spend, x, float(best["retention"]), net, float(best["net"]), verdict))
    columns = "Segment Margin Gap Rate Spend_today Best_spend Kept_there Net_today Net_best Verdict".split()
    return pd.DataFrame(rows, columns=[name.replace("_", " ") for name in columns])


def _drivers(facts: Facts, frame: pd.DataFrame) -> pd.DataFrame:
    """Weights, penalties and rewards of the further columns of Surveys that hold numbers."""
    known = {column.name for column in declared("Surveys")}
    columns = {str(c): pd.to_numeric(frame[c], errors="coerce") for c in frame if c not in known}
    columns = {name: values for name, values in columns.items() if values.notna().any()}
    if not columns or "satisfaction" not in frame:
        return pd.DataFrame()
    grid = Named(np.column_stack([v.to_numpy(dtype=float) for v in columns.values()]), list(columns))
    outcome = frame["satisfaction"].to_numpy(dtype=float)
    try:
        relative = CVM_DRIVERS(outcome, grid)
        shapley = CVM_DRIVERS(outcome, grid, "shapley")["weight"] if len(columns) <= SHAPLEY_MOST else np.nan
    except CvmError as error:
        facts.notes.append(f"SatisfactionDrivers: {error}")
        return pd.DataFrame()
    table = pd.DataFrame(
        {
            "Driver": list(columns),
            "Weight": relative["weight"],
            "Share": relative["share"],
            "Shapley": shapley,
            "Mean": [float(v.mean()) for v in columns.values()],
        }
    )
    try:
        moved = CVM_PENALTY_REWARD(outcome, grid)
        table = table.assign(Penalty=moved["penalty"], Reward=moved["reward"], Factor=moved["kind"])
    except CvmError as error:
        facts.notes.append(f"SatisfactionDrivers, penalty and reward: {error}")
        table = table.assign(Penalty=np.nan, Reward=np.nan, Factor=None)
    return table.sort_values("Weight", ascending=False, kind="stable", ignore_index=True)


def _kano(features: pd.DataFrame) -> pd.DataFrame:
    counts = [features[n].to_numpy(dtype=float) for n in ("attractive", "one_dimensional", "must_be", "indifferent")]
    given = CVM_KANO(*counts)
    better, worse = (np.asarray(given[name], dtype=float) for name in ("better", "worse"))
    said = np.select(
        [(better >= 0.5) & (worse <= -0.5), better >= 0.5, worse <= -0.5],
        ["one-dimensional: the more the better", "attractive: it delights", "must-be: it must not fail"],
        "indifferent: leave it out",
    )
    table = pd.DataFrame({"Feature": features["feature"].to_numpy(), "Better": better, "Worse": worse, "Class": said})
    return table.sort_values("Worse", kind="stable", ignore_index=True)


def _latest(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The latest answer of each customer that has this column."""
    if not {column, "customer"} <= set(frame):
        return frame.iloc[:0]
    given = frame[frame[column].notna() & frame["customer"].notna()]
    given = given.sort_values("date", kind="stable") if "date" in given else given
    return given.drop_duplicates("customer", keep="last")


def _promoters(frame: pd.DataFrame, ranked: pd.DataFrame) -> pd.DataFrame:
    """Net promoter score of all, of segments and of tiers."""
    latest = _latest(frame, "recommend")
    if not len(latest):
        return pd.DataFrame()
    people = latest.merge(ranked[["Customer", "Segment", "Tier"]], left_on="customer", right_on="Customer", how="left")
    rows = []
    for by, groups in (
        ("All", [("All customers", people)]),
        ("Segment", people.groupby("Segment", sort=False)),
        ("Tier", people.groupby("Tier", sort=False)),
    ):
        found = []
        for group, mine in groups:
            if not len(mine) or (by != "All" and len(mine) < FEWEST):
                continue
            given = CVM_NPS(mine["recommend"].to_numpy(dtype=float))
            score, error = float(given["nps"]), NINE_OF_TEN * float(given["se"])
            low, high = max(score - error, -100.0), min(score + error, 100.0)
            shares = (float(given[name]) for name in ("promoters", "detractors"))
            found.append((by, group, len(mine), score, low, high, *shares, error))
        rows += sorted(found, key=lambda row: -row[3])
    return pd.DataFrame(rows, columns="By Group Answers NPS Low High Promoters Detractors Error".split())


def _dissatisfied(
    facts: Facts,
    frame: pd.DataFrame,
    ranked: pd.DataFrame,
    life: pd.DataFrame | None,
    fit: dict[str, object] | None,
) -> pd.DataFrame:
    """Profitable customers whose latest answer is below the threshold, or who are detractors."""
    if "customer" not in frame:
        return pd.DataFrame()
    columns = [c for c in ("date", "satisfaction", "recommend") if c in frame]
    answered = frame[frame[[c for c in columns if c != "date"]].notna().any(axis=1) & frame["customer"].notna()]
    answered = answered.sort_values("date", kind="stable") if "date" in answered else answered
    latest = answered.drop_duplicates("customer", keep="last").set_index("customer").reindex(columns=columns)
    table = ranked[ranked["Profit"] > 0][["Customer", "Name", "Segment", "Tier", "Profit"]]
    table = table[table["Customer"].isin(latest.index)].copy()
    for column, header in (("date", "Answered"), ("satisfaction", "Satisfaction"), ("recommend", "Recommend")):
        table[header] = table["Customer"].map(latest[column]) if column in latest else np.nan
    edge = facts.settings["dissatisfied_below"]
    edge = frame["satisfaction"].mean() if edge is None and "satisfaction" in frame else edge
    low = table["Satisfaction"] < (np.nan if edge is None else edge)
    table = table[low | (table["Satisfaction"].isna() & (table["Recommend"] <= DETRACTORS))]
    worth = {} if life is None else life.set_index("Customer")["CLV"].to_dict()
    table["CLV"] = table["Customer"].map(worth).astype(float)
    table["Kept"] = np.nan if fit is None else _expected(fit, table["Satisfaction"].to_numpy(dtype=float))
    said = _latest(frame, "comment") if "comment" in frame else frame.iloc[:0]
    table["Comment"] = (
        table["Customer"].map(dict(zip(said["customer"], said["comment"], strict=True))) if len(said) else None
    )
    owners = listed(facts, "Owner")
    table["Owner"] = table["Customer"].map(owners) if owners else None
    table = table.sort_values(["Profit", "Customer"], ascending=[False, True], kind="stable", ignore_index=True)
    table.insert(0, "Rank", np.arange(1, len(table) + 1))
    return table
