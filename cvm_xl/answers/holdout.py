"""Does the forecast behind lifetime value come true? The tables of the sheet Holdout, and the model it chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.book.lifetime_declared import BY_HOLDOUT
from cvm_xl.errors import CvmError
from cvm_xl.figures import rounded
from cvm_xl.functions.lifetime_holdout import CVM_HOLDOUT, CVM_HOLDOUT_LIFT, CVM_HOLDOUT_MODELS
from cvm_xl.models.holdout import MODELS, NAIVE
from cvm_xl.models.summary import days_in

__all__ = ["holdout", "purchase_model"]

PAST = 2 / 3  # of the time: enough to fit to, and to see who stays away


def purchase_model(facts: Facts) -> str:
    """The model of purchases that Settings name, or let the holdout choose: the nearest, customer by customer.

    Of models that are as near, to three digits, the simplest.
    """
    chosen = str(facts.settings["purchase_model"])
    if chosen != BY_HOLDOUT:
        return chosen
    said = f"Lifetime: Purchase model {BY_HOLDOUT}"
    try:
        tried = pd.DataFrame(CVM_HOLDOUT_MODELS(*_lines(facts), unit=facts.settings["time_unit"]))
    except CvmError as error:
        facts.notes.append(f"{said} is {MODELS[0]}, for the holdout says nothing: {error}")
        return MODELS[0]
    off = tried[tried["model"] != NAIVE].set_index("model")["off"]
    if off.isna().all():
        facts.notes.append(f"{said} is {MODELS[0]}, for no model can be fitted to the past")
        return MODELS[0]
    model = str(off.map(lambda value: float(f"{value:.3g}")).idxmin())
    figures = ", ".join(f"{name} {rounded(value, 4)}" for name, value in off.items() if value == value)
    facts.notes.append(f"{said} is {model}; off by purchases a customer: {figures}")
    return model


def holdout(facts: Facts, model: str) -> dict[str, pd.DataFrame]:
    """HoldoutModels, Holdout and HoldoutDeciles: the past up to the split predicts what came after.

    Raises
    ------
    CvmError
        When the lines do not reach beyond the split, or the model cannot be fitted to the past.
    """
    lines, unit = _lines(facts), facts.settings["time_unit"]
    dates, split = lines[1], lines[-1]
    by_model = CVM_HOLDOUT_MODELS(*lines, unit=unit)
    tracked, naive = (CVM_HOLDOUT(*lines, model=which, unit=unit) for which in (model, NAIVE))
    deciles, by_rule = (CVM_HOLDOUT_LIFT(*lines, model=which, unit=unit) for which in (model, NAIVE))
    facts.notes.append(f"Holdout: models are fitted to the past up to {split} and compared with what came after")
    ends = split + np.floor(np.asarray(tracked["period"], dtype=float) * days_in(unit)).astype("timedelta64[D]")
    rule = {"predicted": "Naive", "cumulative_predicted": "Cumulative naive", "error": "Naive error"}
    ranked = {"actual": "Naive actual", "lift": "Naive lift", "captured": "Naive captured"}
    return {
        "HoldoutModels": _named(by_model),
        "Holdout": _named(tracked)
        .assign(Until=np.minimum(ends, dates.max()).astype("datetime64[s]"))
        .assign(**{header: naive[name] for name, header in rule.items()}),
        "HoldoutDeciles": _named(deciles).assign(**{header: by_rule[name] for name, header in ranked.items()}),
    }


def _lines(facts: Facts) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.datetime64]:
    """Customer, day and money of the purchases, and the last day of the past."""
    who, dates, money = facts.purchases()
    given = facts.settings["holdout_split"]
    if given is not None:
        return who, dates, money, np.datetime64(given, "D")
    first, last = dates.min(), dates.max()
    return who, dates, money, first + np.timedelta64(int((last - first).astype(int) * PAST), "D")


def _named(result: dict[str, Any]) -> pd.DataFrame:
    words = {"predicted": "Expected", "cumulative_predicted": "Cumulative expected"}
    return pd.DataFrame({words.get(name, name.replace("_", " ").capitalize()): v for name, v in result.items()})
