"""Against rivals: the value map, and what to lead with, match and leave in each segment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.book.schema import table as declared
from cvm_xl.errors import CvmError
from cvm_xl.functions.survey import CVM_POSITION, CVM_VALUE_MAP
from cvm_xl.kinds import Named

__all__ = ["ON_LINE", "rivals"]

EVERYONE = "All segments"
PRICE = "price"
WE = "We"
ON_LINE = 0.02  # of a price: nearer to the fair line than this is on it


def rivals(facts: Facts) -> dict[str, pd.DataFrame]:
    """ValueMap and Position from Attributes; a segment that cannot be compared is left out with a note."""
    frame = facts.frame("Attributes")
    if frame is None:
        return {}
    known = {column.name for column in declared("Attributes")}
    others = [str(name) for name in frame if name not in known]
    if not others:
        facts.notes.append("Attributes has no rival: add a column for each, its name as header")
        return {}
    segments = frame["segment"] if "segment" in frame else pd.Series([None] * len(frame), index=frame.index)
    maps, places = [], []
    for segment, mine in frame.groupby(segments.fillna(EVERYONE), sort=False):
        try:
            found = _segment(str(segment), mine, others)
        except CvmError as error:
            facts.notes.append(f"Attributes of {segment}: {error}")
            continue
        if found is None:
            facts.notes.append(f"Attributes of {segment}: no rival has a score for every attribute")
            continue
        maps.append(found[0])
        places.append(found[1])
    if not maps:
        return {}
    table = pd.concat(maps, ignore_index=True)
    return {
        "ValueMap": table,
        "MapPoints": _points(facts, table),
        "Position": pd.concat(places, ignore_index=True),
    }


def _points(facts: Facts, table: pd.DataFrame) -> pd.DataFrame:
    """The value map of the segment with most revenue, ours as 1: a point for each, between the ends of the fair line.

    The ends have no price. That the first row is one of them keeps every row that has a name apart from whole columns,
    to which a chart's reference to a first row grows.
    """
    segment = facts.dimensions["Segment"]
    revenue = pd.Series(facts.sums(segment).net_revenue, index=segment.items)
    priced = table[table["Relative price"].notna()]
    if priced.empty:
        return pd.DataFrame()
    most = max(dict.fromkeys(priced["Segment"]), key=lambda name: revenue.get(name, 0.0))
    mine = priced[priced["Segment"] == most]
    quality = np.append(1.0, 1 / mine["Relative quality"].to_numpy())
    price = np.append(1.0, 1 / mine["Relative price"].to_numpy())
    ends = 0.9 * min(quality.min(), price.min()), 1.1 * max(quality.max(), price.max())
    line = np.concatenate([ends[:1], quality, ends[1:]])
    return pd.DataFrame(
        {
            "Point": pd.Series([None, WE, *mine["Rival"], None], dtype=object),
            "Segment": most,
            "Quality": line,
            "Price": np.concatenate([[np.nan], price, [np.nan]]),
            "Fair line": line,
        }
    )


def _segment(segment: str, mine: pd.DataFrame, others: list[str]) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    priced = mine["attribute"].str.strip().str.casefold() == PRICE
    judged, prices = mine[~priced], mine[priced]
    scores = judged[others].apply(pd.to_numeric, errors="coerce")
    here = [name for name in others if scores[name].notna().all()]
    if not here or not len(judged):
        return None
    weights, own = judged["importance"].to_numpy(dtype=float), judged["own"].to_numpy(dtype=float)
    attributes = list(judged["attribute"])
    grid = scores[here].to_numpy(dtype=float)
    our, theirs = None, None
    if len(prices):
        paid = prices[["own", *here]].apply(pd.to_numeric, errors="coerce").iloc[0]
        our = None if np.isnan(paid["own"]) else float(paid["own"])
        theirs = None if paid[here].isna().any() else paid[here].to_numpy(dtype=float)
    given = CVM_VALUE_MAP(np.nan_to_num(weights), own, Named(grid, here, attributes), our, theirs)
    quality, price = given["relative_quality"], given["relative_price"]
    table = pd.DataFrame(
        {
            "Segment": segment,
            "Rival": here,
            "Relative quality": quality,
            "Relative price": price,
            "Fair line": quality,  # Gale: as much dearer as better
            "Fair price": given["fair_price"],
            "Our price": np.nan if our is None else our,
            "Reading": [_reading(q, p) for q, p in zip(quality, price, strict=True)],
            "Against": [f"{segment} / {rival}" for rival in here],
        }
    )
    placed = CVM_POSITION(
        Named(np.nan_to_num(weights).reshape(-1, 1), [segment], attributes), own, Named(grid, here, attributes)
    )
    position = pd.DataFrame(
        {
            "Segment": segment,
            "Attribute": attributes,
            "Role": placed["role"],
            "Importance": weights,
            "Own": own,
            "Best rival": grid.max(axis=1),
            "Advantage": placed["advantage"],
        }
    )
    rank = position["Role"].map({"lead": 0, "match": 1, "leave": 2})
    order = np.lexsort((-position["Importance"].fillna(0).to_numpy(), rank))
    return table, position.iloc[order]


def _reading(quality: float, price: float) -> str:
    better = "better" if quality > 1.005 else "not better" if quality >= 0.995 else "worse"
    if np.isnan(price):
        return f"Seen as {better}; prices are not known"
    worth = quality / price - 1
    if abs(worth) <= ON_LINE:
        return "On the fair line: as much dearer as better"
    if worth > 0:
        return f"More value for money by {worth:.0%}: room to raise the price, or to win share"
    return f"Less value for money by {-worth:.0%}: lower the price or raise what they judge by"
