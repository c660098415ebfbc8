"""Does the forecast behind lifetime value come true? The tables of the sheet Holdout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.lifetime import purchase_lines
from cvm_xl.functions.lifetime_holdout import CVM_HOLDOUT, CVM_HOLDOUT_LIFT, CVM_HOLDOUT_MODELS
from cvm_xl.models.summary import days_in

__all__ = ["holdout"]

PAST = 2 / 3  # of the time: enough to fit to, and to see who stays away


def holdout(facts: Facts) -> dict[str, pd.DataFrame]:
    """HoldoutModels, Holdout and HoldoutDeciles: the past up to the split predicts what came after.

    Raises
    ------
    CvmError
        When the lines do not reach beyond the split, or the Purchase model cannot be fitted to the past.
    """
    who, dates, money = purchase_lines(facts)
    unit, model = facts.settings["time_unit"], facts.settings["purchase_model"]
    split = _split(facts, dates)
    lines = (who, dates, money, split)
    by_model = CVM_HOLDOUT_MODELS(*lines, unit=unit)
    tracked = CVM_HOLDOUT(*lines, model=model, unit=unit)
    deciles = CVM_HOLDOUT_LIFT(*lines, model=model, unit=unit)
    facts.notes.append(f"Holdout: models are fitted to the past up to {split} and compared with what came after")
    period = np.asarray(tracked["period"], dtype=float)
    last = dates.max()
    ends = split + np.floor(period * days_in(unit)).astype("timedelta64[D]")
    return {
        "HoldoutModels": _named(by_model, {"predicted": "Expected"}),
        "Holdout": _named(tracked, {"predicted": "Expected", "cumulative_predicted": "Cumulative expected"}).assign(
            Until=np.minimum(ends, last).astype("datetime64[s]")
        ),
        "HoldoutDeciles": _named(deciles, {"predicted": "Expected"}),
    }


def _split(facts: Facts, dates: np.ndarray) -> np.datetime64:
    given = facts.settings["holdout_split"]
    if given is not None:
        return np.datetime64(given, "D")
    first, last = dates.min(), dates.max()
    return first + np.timedelta64(int((last - first).astype(int) * PAST), "D")


def _named(result: dict[str, np.ndarray], words: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({words.get(name, name.replace("_", " ").capitalize()): v for name, v in result.items()})
