"""The models behind lifetime value: one for all customers, or one for each part of them that is large enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.dimensions import dimension
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.splits import ALL_CUSTOMERS
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.book.settings import setting_place
from cvm_xl.errors import BookError, CvmError
from cvm_xl.figures import figure
from cvm_xl.functions.lifetime_fit import CVM_BGNBD, CVM_GAMMA_GAMMA, CVM_MBGNBD, CVM_PARETO_NBD

__all__ = ["PURCHASES", "Fit", "fit", "of_lifetime"]

PURCHASES = {"bgnbd": CVM_BGNBD, "mbgnbd": CVM_MBGNBD, "pareto_nbd": CVM_PARETO_NBD}
ENOUGH = 100  # customers who bought again: fewer hardly tell four parameters of purchases and three of spend


@dataclass(frozen=True)
class Fit:
    """A model of purchases and one of spend, and the customers that they are for."""

    label: str
    models: tuple[dict[str, Any], dict[str, Any]]

    def named(self, model: str) -> str:
        """What the table Model calls one of them: of all customers by its own name."""
        return model if self.label == ALL_CUSTOMERS else f"{model}: {self.label}"


def fit(facts: Facts, model: str, history: pd.DataFrame, code: np.ndarray) -> tuple[list[Fit], np.ndarray]:
    """The models, that of all customers first, and which of them each customer is valued by.

    What Settings name in Fit by is fitted apart; a part that is too small, or whose likelihood is highest at a
    limit, is pooled: it takes the models of all customers, and a note says so.

    Raises
    ------
    CvmError
        When the models of all customers cannot be fitted, or Fit by names nothing that customers have.
    """
    fits = [Fit(ALL_CUSTOMERS, _models(model, history, facts.settings["time_unit"]))]
    which = np.zeros(len(history), dtype=int)
    if not facts.settings["fit_by"]:
        return fits, which
    split = dimension(facts, facts.settings["fit_by"])
    if split.of is None or split.parent != "Customer":
        raise BookError(
            "lifetime models are fitted to parts of customers",
            place=setting_place(facts.book, "Fit by"),
            value=split.name,
            remedy="Name Segment or a column of your own in Customers under Fit by",
        )
    part = split.of[code]
    pooled: list[str] = []
    for i, item in enumerate(split.items):
        mine = part == i
        if not mine.any() or item in (UNASSIGNED, ALL_CUSTOMERS):
            continue
        again = int((history.loc[mine, "Frequency"] > 0).sum())
        models, why = None, f"{figure(again)} bought again"
        if again >= ENOUGH:
            try:
                models = _models(model, history[mine], facts.settings["time_unit"])
            except CvmError as error:
                why = error.message.partition(";")[0]
        if models is not None and any(fitted.get("note") for fitted in models):
            models, why = None, "its data do not tell all parameters"
        if models is None:
            pooled.append(f"{item} ({why})")
            continue
        which[mine] = len(fits)
        fits.append(Fit(item, models))
    said = f"Lifetime: models are fitted to each {split.name} with {ENOUGH} customers or more who bought again"
    facts.notes.append(f"{said}; with all customers are pooled: {', '.join(pooled) or 'none'}")
    return fits, which


def _models(model: str, history: pd.DataFrame, unit: str) -> tuple[dict[str, Any], dict[str, Any]]:
    x, t_x, age, monetary = (history[name].to_numpy() for name in ("Frequency", "Recency", "Age", "Monetary"))
    return PURCHASES[model](x, t_x, age, unit=unit), CVM_GAMMA_GAMMA(x, monetary)


def of_lifetime(model: pd.DataFrame) -> pd.Series:
    """Which rows of the table Model are of models of purchases and spend."""
    return model["Model"].str.split(":").str[0].isin([*PURCHASES, "gamma_gamma"])
