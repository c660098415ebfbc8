"""What each value driver adds, how we know, and which of them a better look would be worth most at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.price import Bands

__all__ = ["value_evidence"]

FURTHER = ["area", "low", "high", "confidence", "evidence"]
SIGNS = {"reference": 1.0, "gain": 1.0, "loss": -1.0}


def value_evidence(facts: Facts, bands: Bands) -> pd.DataFrame:
    """A row for each value driver of each offer in PriceBands, what is most uncertain in money first."""
    parts = [
        drivers.assign(row=row).reindex(columns=["row", "driver", "kind", "amount", *FURTHER])
        for row, drivers in enumerate(bands.drivers)
    ]
    given = pd.concat(parts, ignore_index=True)
    of = bands.table.iloc[given["row"].to_numpy()].reset_index(drop=True)
    sign = given["kind"].map(SIGNS).to_numpy(dtype=float)
    table = of[["Segment", "Product", "Name"]].copy()
    table["Driver"], table["Kind"], table["Area"] = given["driver"], given["kind"], given["area"]
    table["Amount"] = sign * given["amount"].to_numpy(dtype=float)
    amount = given["amount"].astype(float)
    ends = [sign * given[name].astype(float).fillna(amount).to_numpy() for name in ("low", "high")]
    ranged = given["low"].notna() | given["high"].notna()
    table["Low"] = np.where(ranged, np.minimum(*ends), np.nan)
    table["High"] = np.where(ranged, np.maximum(*ends), np.nan)
    table["Confidence"] = given["confidence"].to_numpy(dtype=float)
    table["Evidence"] = given["evidence"]
    units = of["Units a year"].to_numpy(dtype=float)
    table["At stake"] = ((table["High"] - table["Low"]) / 2 * units).round(facts.decimals)
    order = np.argsort(-table["At stake"].fillna(-1.0).to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)
