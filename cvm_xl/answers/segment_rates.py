"""What is known or judged of each segment: the table SegmentRates, its margins taken from sales where it has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.price import period
from cvm_xl.answers.splits import ALL_CUSTOMERS
from cvm_xl.book.schema import normal
from cvm_xl.functions.retention import CVM_CLV

__all__ = ["SegmentRates", "clv", "listed", "segment_rates"]


@dataclass(frozen=True)
class SegmentRates:
    """Rows of SegmentRates: segment, margin of a customer a year, and the rest as it was entered."""

    frame: pd.DataFrame

    def rows(self, *needs: str) -> Iterator[tuple[str, float, tuple[float, ...]]]:
        """Segment, margin and these columns, of the rows that have all of them."""
        for row in self.frame.to_dict("records"):
            given = tuple(float(row.get(name, np.nan)) for name in needs)
            if not np.isnan([row["margin"], *given]).any():
                yield row["segment"], float(row["margin"]), given

    def of(self, segments: pd.Series, column: str) -> np.ndarray:
        """A column for each of these segments; what a segment does not say, the row of all customers says."""
        if column not in self.frame:
            return np.full(len(segments), np.nan)
        known = self.frame.set_index("segment")[column].astype(float).dropna().to_dict()
        found = segments.map(known).to_numpy(dtype=float)
        return np.where(np.isnan(found), known.get(ALL_CUSTOMERS, np.nan), found)


def segment_rates(facts: Facts, ranked: pd.DataFrame) -> SegmentRates | None:
    """SegmentRates, or None where it is empty; `ranked` is the table Tiers."""
    frame = facts.frame("SegmentRates")
    if frame is None:
        return None
    names = frame["segment"] if "segment" in frame else pd.Series([None] * len(frame), index=frame.index)
    frame = frame.assign(segment=names.where(names.notna(), ALL_CUSTOMERS)).drop_duplicates("segment")
    earned = ranked.groupby("Segment")["Profit"].agg(["sum", "size"])
    earned.loc[ALL_CUSTOMERS] = [ranked["Profit"].sum(), max(len(ranked), 1)]
    yearly = (earned["sum"] / earned["size"] / period(facts)).round(facts.decimals)
    own = frame["margin"].astype(float) if "margin" in frame else pd.Series(np.nan, index=frame.index)
    return SegmentRates(frame.assign(margin=own.fillna(frame["segment"].map(yearly))).reset_index(drop=True))


def listed(facts: Facts, header: str) -> dict[str, Any]:
    """What a column of the analyst's own in Customers says of each customer; empty where there is none."""
    frame = facts.frame("Customers")
    column = None if frame is None else next((c for c in frame if normal(c) == normal(header)), None)
    if frame is None or column is None:
        return {}
    given = frame[frame[column].notna()].drop_duplicates("customer")
    return dict(zip(given["customer"], given[column], strict=True))


def clv(margin: np.ndarray, retention: np.ndarray, discount: float, *, first: bool = False) -> np.ndarray:
    """Lifetime value at constant retention (CVM_CLV); `first` counts the margin of now too."""
    none = np.zeros(len(margin))
    return CVM_CLV(margin, retention, np.full(len(margin), discount), growth=none, acquisition=none, first=first)
