"""Who is like the best customers: prospects, or small customers, and whether likeness tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.tiers import tier_names
from cvm_xl.book.schema import normal
from cvm_xl.errors import BookError, NotAvailable, Place
from cvm_xl.figures import rounded
from cvm_xl.functions.growth_lifecycle import CVM_PROPENSITY, CVM_RESPONSE_SCORE, CVM_TARGET
from cvm_xl.kinds import Named
from cvm_xl.problems import numbered

__all__ = ["LOOK_ALIKE", "look_alikes", "wanted_columns"]

LOOK_ALIKE = "look_alike"
FEW = 20  # customers of a level that stands alone; levels of fewer are one
OTHER = "Other"
REASONS = 2


def wanted_columns(text: object) -> list[str]:
    """The attributes that Settings name."""
    return [part.strip() for part in str(text or "").split(";") if part.strip()]


def look_alikes(
    facts: Facts, tiers: pd.DataFrame, lifetime: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """LookAlikes and LookAlikeLift, and the model as rows of Model.

    A customer is one of the best when its tier is the best one. Half of the customers, drawn by lot, are fitted to; of
    the rest it is told who is one of the best. Prospects are then scored by a fit to all.

    Raises
    ------
    BookError
        When Settings name a column that Customers or Prospects lack.
    NotAvailable
        When the attributes do not determine who is one of the best.
    """
    names = wanted_columns(facts.settings["look_alike_by"])
    people = facts.frame("Customers")
    assert people is not None
    known = people.drop_duplicates("customer").merge(
        tiers[["Customer", "Revenue", "Tier"]], left_on="customer", right_on="Customer"
    )
    known = known.sort_values("customer", kind="stable", ignore_index=True)
    drivers, levels = _coded(_columns(known, names, "Customers"), {})
    best = (known["Tier"] == tier_names(facts)[0]).to_numpy(dtype=float)
    whole = np.array([None not in row for row in drivers], dtype=bool)
    first = whole & (np.random.default_rng(1).permutation(len(known)) % 2 == 0)
    rest = whole & ~first
    half = CVM_RESPONSE_SCORE(best[first], Named(drivers[first], names))
    unheard = np.array([_known(row, names, half) for row in drivers], dtype=bool)
    told = rest & unheard
    if not told.any():
        raise NotAvailable("too few customers have all of the attributes that Look-alike by names")
    score = CVM_PROPENSITY(half, Named(drivers[told], names))
    found = CVM_TARGET(score, np.zeros(score.size), np.zeros(score.size), best[told])
    lift = pd.DataFrame(
        {"Decile": found["decile"].astype(int), "Customers": found["customers"].astype(int),
         "Best": np.rint(found["response"] * found["customers"]).astype(int), "Share": found["response"],
         "Lift": found["lift"]}
    )  # fmt: skip
    model = CVM_RESPONSE_SCORE(best[whole], Named(drivers[whole], names))
    worth = float(lifetime.loc[lifetime["Tier"] == tier_names(facts)[0], "CLV"].mean())
    prospects = facts.frame("Prospects")
    if prospects is not None:
        given, _ = _coded(_columns(prospects, names, "Prospects"), levels)
        table = prospects[[name for name in ("prospect", "name", "segment") if name in prospects]]
        table = table.rename(columns={"prospect": "Who", "name": "Name", "segment": "Segment"})
    else:
        small = ((best == 0) & (known["Revenue"] < known["Revenue"].median())).to_numpy()
        given = drivers[small]
        table = known.loc[small, [name for name in ("customer", "name", "segment") if name in known]]
        table = table.rename(columns={"customer": "Who", "name": "Name", "segment": "Segment"})
    able = np.array([None not in row and _known(row, names, model) for row in given], dtype=bool)
    if (~able).any():
        lack = numbered(int((~able).sum()), f"[lack|lacks] one of {', '.join(names)} and [are|is] left out")
        facts.notes.append(f"LookAlikes: {lack}")
    table = table.loc[able].assign(Likeness=CVM_PROPENSITY(model, Named(given[able], names)) if able.any() else [])
    table["Lift"] = table["Likeness"] / best.mean()
    table["Expected value"] = (table["Likeness"] * worth).round(facts.decimals)
    table["Because of"] = _because(given[able], drivers[whole], names, model)
    table = table.sort_values("Likeness", ascending=False, kind="stable", ignore_index=True)
    table["Rank"] = np.arange(1, len(table) + 1)
    rows = pd.DataFrame([(LOOK_ALIKE, n, v) for n, v in model.items()], columns=["Model", "Name", "Value"])
    return {"LookAlikes": table, "LookAlikeLift": lift}, rows


def _columns(frame: pd.DataFrame, names: Sequence[str], table: str) -> pd.DataFrame:
    """The attributes, by the names of Settings."""
    found: dict[str, pd.Series] = {}
    for name in names:
        column = next((c for c in frame if normal(c) == normal(name)), None)
        if column is None:
            raise BookError(
                f"{table} has no column {name}, which Look-alike by names",
                place=Place("Settings", "Settings", None, "Value"),
                remedy=f"Add it to {table}, or name others in Settings",
            )
        found[name] = frame[column]
    return pd.DataFrame(found)


def _coded(frame: pd.DataFrame, levels: dict[str, set[str]]) -> tuple[np.ndarray, dict[str, set[str]]]:
    """Numbers as they are, dates as years, texts with rare levels as one; None where nothing is entered.

    `levels` are the texts that stand alone; where there are none of a column they are found.
    """
    cells = np.empty(frame.shape, dtype=object)
    found = dict(levels)
    for j, name in enumerate(frame):
        column = frame[name]
        if np.issubdtype(column.dtype, np.datetime64):  # pyright: ignore[reportArgumentType]
            years = column.dt.year + column.dt.dayofyear / 365.25
            column = years.astype(object).where(years.notna(), None)
        filled = column[column.notna()]
        if name not in levels and not filled.map(_is_text).any():
            cells[:, j] = [None if pd.isna(cell) else float(cell) for cell in column]
            continue
        words = filled.astype(str)
        if name not in found:
            many = words.value_counts()
            found[name] = set(many.index[many >= FEW])
        cells[:, j] = [None if pd.isna(c) else str(c) if str(c) in found[name] else OTHER for c in column]
    return cells, found


def _is_text(cell: object) -> bool:
    """Whether a cell is no number; columns of one's own are read as they are typed, codes with leading zeros too."""
    return isinstance(cell, bool) or re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", str(cell)) is None


def _known(row: np.ndarray, names: Sequence[str], model: dict[str, Any]) -> bool:
    """Whether a row is complete and of levels that the model was fitted to."""
    for cell, name in zip(row, names, strict=True):
        base = model.get(f"base_{name}")
        if cell is None or (base is not None and cell != base and f"{name}={cell}" not in model):
            return False
    return True


def _because(rows: np.ndarray, fitted: np.ndarray, names: Sequence[str], model: dict[str, Any]) -> list[str]:
    """The attributes that raise each row's score most above that of the mean customer, in words."""
    if not len(rows):
        return []
    above = np.column_stack(
        [_effects(rows[:, j], name, model) - _effects(fitted[:, j], name, model).mean() for j, name in enumerate(names)]
    )
    order = np.argsort(-above, axis=1)[:, :REASONS]
    texts = []
    for i, places in enumerate(order):
        said = [_said(names[j], rows[i, j]) for j in places if above[i, j] > 0]
        texts.append(", ".join(said) or "nothing: less than the mean in all")
    return texts


def _said(name: str, cell: object) -> str:
    return f"{name} {rounded(cell, 4)}" if isinstance(cell, float) else f"{name} {cell}"


def _effects(cells: np.ndarray, name: str, model: dict[str, Any]) -> np.ndarray:
    if f"base_{name}" in model:
        return np.array([float(model.get(f"{name}={cell}", 0.0)) for cell in cells])
    return float(model[name]) * cells.astype(float)
