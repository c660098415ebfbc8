"""Whom to contact: who responded to a past campaign, by what was known of them on that day, applied to today."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.lifetime import last_day
from cvm_xl.answers.tiers import names, segments
from cvm_xl.errors import CvmError
from cvm_xl.functions.growth_lifecycle import CVM_PROPENSITY, CVM_RESPONSE_SCORE, CVM_TARGET
from cvm_xl.kinds import Named

__all__ = ["contacts"]

NEVER = 3650.0  # days since a purchase that never was
FOLDS = 5
DRIVERS = ("log purchases", "log revenue a purchase", "log days since", "segment")


def contacts(facts: Facts) -> tuple[dict[str, pd.DataFrame], pd.DataFrame | None]:
    """ContactDeciles and ContactList from Contacts, and the model as rows of Model."""
    frame = facts.frame("Contacts")
    if frame is None:
        return {}, None
    customer = facts.dimensions["Customer"]
    code = frame["customer"].map({c: i for i, c in enumerate(customer.items[:-1])}).fillna(-1).to_numpy(dtype=int)
    frame, code = frame[code >= 0], code[code >= 0]
    responded = frame["responded"].map(lambda mark: mark is True or mark == 1).to_numpy(dtype=float)
    paid = _mean(frame, "cost", np.ones(len(frame), dtype=bool))
    brought = _mean(frame, "margin", responded > 0)
    if np.isnan(paid) or np.isnan(brought):
        facts.notes.append("ContactList: fill Cost and, of those who responded, Margin in Contacts")
        return {}, None
    paid, brought = round(paid, facts.decimals), round(brought, facts.decimals)
    try:
        known = _differing(_known(facts, code, frame["date"].to_numpy().astype("datetime64[D]")))
        model = CVM_RESPONSE_SCORE(responded, known)
    except CvmError as error:
        facts.notes.append(f"ContactList: {error}")
        return {}, None
    tables = {"ContactList": _list(facts, model, known, code, brought, paid)}
    try:
        tables["ContactDeciles"] = _deciles(responded, known, code, brought, paid)
    except CvmError as error:
        facts.notes.append(f"ContactDeciles: customers cannot be scored by the answers of others: {error}")
    rows = pd.DataFrame([("response_score", *pair) for pair in model.items()], columns=["Model", "Name", "Value"])
    return tables, rows


def _deciles(responded: np.ndarray, known: Named, code: np.ndarray, brought: float, paid: float) -> pd.DataFrame:
    """What contacting each decile brought, each customer scored by a model that is fitted to other customers only."""
    fold = np.unique(code, return_inverse=True)[1] % FOLDS
    score = np.empty(len(code))
    for left_out in range(FOLDS):
        mine = fold == left_out
        others = Named(known.values[~mine], known.names)
        if mine.any():
            score[mine] = CVM_PROPENSITY(
                CVM_RESPONSE_SCORE(responded[~mine], others), Named(known.values[mine], known.names)
            )
    deciles = CVM_TARGET(score, brought, paid, responded)
    columns = {
        "Decile": "decile",
        "Customers": "customers",
        "Cut-off": "cut_off",
        "Response": "response",
        "Lift": "lift",
        "Profit": "profit",
        "Cumulative profit": "cumulative_profit",
        "Contact": "contact",
    }
    table = pd.DataFrame({header: deciles[name] for header, name in columns.items()})
    return table.astype({"Decile": int, "Customers": int, "Contact": bool})


def _mean(frame: pd.DataFrame, column: str, where: np.ndarray) -> float:
    values = frame.loc[where, column].to_numpy(dtype=float) if column in frame else np.zeros(0)
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float("nan")


def _differing(known: Named) -> Named:
    """Without the drivers in which all customers are alike: they tell nobody from anybody."""
    keep = [j for j in range(known.values.shape[1]) if len(set(known.values[:, j])) > 1]
    return _only(known, [DRIVERS[j] for j in keep])


def _only(known: Named, names: list[str]) -> Named:
    return Named(known.values[:, [DRIVERS.index(name) for name in names]], names)


def _known(facts: Facts, code: np.ndarray, day: np.ndarray) -> Named:
    """What was known of customers on a day: days with a purchase, revenue a purchase and days since, and segment."""
    who, when, net = facts.purchases()
    paid = net > 0
    span = int(facts.days[1].astype(int)) + 2
    found, at = np.unique(who[paid].astype(np.int64) * span + when[paid].astype(int), return_inverse=True)
    money = np.concatenate([[0.0], np.cumsum(np.bincount(at, net[paid]))])
    start = np.searchsorted(found, code.astype(np.int64) * span)
    days = np.clip(day.astype(int), 0, span - 1)
    end = np.searchsorted(found, code.astype(np.int64) * span + days)  # before the day itself
    many = end - start
    since = np.full(len(code), NEVER)
    some = many > 0
    since[some] = days[some] - found[end[some] - 1] % span
    grid = np.empty((len(code), len(DRIVERS)), dtype=object)
    grid[:, 0] = np.log1p(many)
    grid[:, 1] = np.log1p((money[end] - money[start]) / np.maximum(many, 1)).round(12)
    grid[:, 2] = np.log1p(since)
    grid[:, 3] = np.array(segments(facts), dtype=object)[code]
    return Named(grid, list(DRIVERS))


def _list(
    facts: Facts, model: dict[str, object], used: Named, asked: np.ndarray, brought: float, paid: float
) -> pd.DataFrame:
    """Customers of segments that the campaign reached, by expected response, as far down as a contact pays."""
    customer = facts.dimensions["Customer"]
    segment = np.array(segments(facts), dtype=object)
    code = np.flatnonzero(np.isin(segment[:-1], np.unique(segment[asked].astype(str))))
    known = _known(facts, code, np.full(len(code), last_day(facts) + 1))
    score = np.asarray(CVM_PROPENSITY(model, _only(known, list(used.names or ()))), dtype=float)
    table = pd.DataFrame(
        {
            "Customer": np.array(customer.items, dtype=object)[code],
            "Segment": segment[code],
            "Expected response": score,
            "Expected profit": (score * brought - paid).round(facts.decimals),
        }
    )
    table = table[table["Expected profit"] > 0].sort_values(
        ["Expected response", "Customer"], ascending=[False, True], kind="stable", ignore_index=True
    )
    table["Name"] = names(facts, "Customers", "customer", list(table["Customer"]))
    table.insert(0, "Rank", np.arange(1, len(table) + 1))
    return table
