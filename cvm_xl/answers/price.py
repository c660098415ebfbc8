"""What we may charge: the win-win band of each segment and product with value drivers, and the money in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvm_xl.answers.acceptance import Curves, Params, curves, fits
from cvm_xl.answers.costs import Costs
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.splits import Dimension
from cvm_xl.answers.tiers import names
from cvm_xl.functions.price import CVM_EVC, CVM_EVC_RANGE, CVM_PRICE_BAND

__all__ = ["Bands", "Units", "band", "both", "effects", "price_bands"]

NO_COST = "no unit cost: sell it first, or give Unit cost in Products"


@dataclass(frozen=True)
class Bands:
    """PriceBands, the money in it first, with what else its rows were computed from: `drivers` are each row's own."""

    table: pd.DataFrame
    curves: Curves
    margin: np.ndarray
    incentive: np.ndarray
    future: np.ndarray
    models: dict[str, Params]
    years: float
    drivers: list[pd.DataFrame]

    @property
    def model_rows(self) -> pd.DataFrame:
        """The acceptance models as rows of Model."""
        rows = [(f"acceptance {p}", name, value) for p, fitted in self.models.items() for name, value in fitted.items()]
        return pd.DataFrame(rows, columns=["Model", "Name", "Value"])


def price_bands(facts: Facts, costs: Costs) -> Bands | None:
    """The band of every segment and product with a reference price; None where there is none."""
    table, drivers = _values(facts)
    if not len(table):
        return None
    segment, product = facts.dimensions["Segment"], facts.dimensions["Product"]
    pair = segment.crossed(product)
    place = both(pair, segment, product)
    at = {name: i for i, name in enumerate(product.items)}
    cells = [place.get(key, -1) for key in zip(table["Segment"], table["Product"], strict=True)]
    whole = [at.get(p, -1) for p in table["Product"]]
    cell, every = Units(facts, costs, pair), Units(facts, costs, product)
    years = period(facts)
    unit_cost = np.array([cell.cost(c) if cell.units(c) else every.cost(p) for c, p in zip(cells, whole, strict=True)])
    known = _unit_costs(facts)
    missing = np.isnan(unit_cost)
    unit_cost[missing] = [known.get(p, np.nan) for p in table["Product"][missing]]
    table["Unit cost"] = unit_cost.round(facts.decimals + 2)
    table["Net revenue"] = np.array([cell.revenue(c) for c in cells]).round(facts.decimals)
    table["Price today"] = np.array([cell.price(c) for c in cells]).round(facts.decimals + 2)
    table["Units a year"] = np.array([cell.units(c) for c in cells]) / years
    offered = {product: set(rows) for product, rows in table.groupby("Product", sort=False)["Segment"]}
    fitted = fits(facts, offered)
    models = fitted.models
    found = curves(facts, list(table["Segment"]), list(table["Product"]), models)
    margin = _per_segment(facts, table["Segment"], "required_margin", float(facts.settings["required_margin"]))
    incentive = _per_segment(facts, table["Segment"], "incentive_share", float(facts.settings["incentive_share"]))
    future = _per_segment(facts, table["Segment"], "future_value", 0.0) * table["Reference"].to_numpy(dtype=float)
    table = band(table, found, margin, incentive, future, float(facts.settings["fair_share"]))
    table = effects(table, found, table["Target"].to_numpy(dtype=float), facts.decimals)
    table["Name"] = names(facts, "Products", "product", list(table["Product"]))
    table["Evidence"] = table["Product"].map(fitted.said)
    order = np.argsort(-table["Profit change"].fillna(-np.inf).to_numpy(dtype=float), kind="stable")
    table = table.iloc[order].reset_index(drop=True)
    return Bands(
        table,
        found.rows(order),
        margin[order],
        incentive[order],
        future[order],
        models,
        years,
        [drivers[i] for i in order],
    )


def band(
    table: pd.DataFrame,
    curves: Curves,
    margin: np.ndarray,
    incentive: np.ndarray,
    future: np.ndarray,
    fair_share: float,
) -> pd.DataFrame:
    """The table with its bands (CVM_PRICE_BAND), from Unit cost, Reference, EVC and Price today."""
    table = table.copy()
    for name in ("Floor", "Target", "Ceiling", "Fair", "Acceptance", "Expected profit"):
        table[name] = np.nan
    table["Verdict"] = NO_COST
    able = table["Unit cost"].notna().to_numpy()
    for with_slope in (True, False):
        rows = np.flatnonzero(able & (curves.known == with_slope))
        if not len(rows):
            continue
        given = CVM_PRICE_BAND(
            table["Unit cost"].to_numpy()[rows],
            margin[rows],
            table["Reference"].to_numpy()[rows],
            table["EVC"].to_numpy()[rows],
            incentive_share=incentive[rows],
            intercept=curves.intercept[rows] if with_slope else None,
            slope=curves.slope[rows] if with_slope else None,
            future_value=future[rows],
            price=table["Price today"].to_numpy()[rows],
            fair_share=np.full(len(rows), fair_share),
        )
        for name in ("floor", "target", "ceiling", "fair", "acceptance", "expected_profit", "verdict"):
            table.loc[rows, name.replace("_", " ").capitalize()] = given[name]
    return table


def effects(table: pd.DataFrame, curves: Curves, price: np.ndarray, decimals: int) -> pd.DataFrame:
    """The table with what moving from today's price to another does to a year.

    Those who buy today had accepted today's price; of them the share acceptance(new) / acceptance(today) accepts the
    new one. What is given away is the rise on what they go on buying; the change of profit counts what is lost too.
    """
    today, cost, units = (table[name].to_numpy(dtype=float) for name in ("Price today", "Unit cost", "Units a year"))
    kept = curves.kept(today, price)
    table["Volume change"] = kept - 1.0
    table["Given away"] = (np.maximum(0.0, price - today) * units * np.where(np.isnan(kept), 1.0, kept)).round(decimals)
    table["Profit change"] = (units * ((price - cost) * kept - (today - cost))).round(decimals)
    return table


def period(facts: Facts) -> float:
    """Years that the sales lines span."""
    first, last = facts.days
    return (int((last - first).astype(int)) + 1) / 365.25


def both(pair: Dimension, first: Dimension, second: Dimension) -> dict[tuple[str, str], int]:
    """Which item of a dimension of two at once is that of an item of each."""
    assert pair.within is not None
    names = (np.array(d.items, dtype=object)[at] for d, at in ((first, pair.within), (second, pair.parts(second)[:-1])))
    return {key: i for i, key in enumerate(zip(*names, strict=True))}


class Units:
    """Sums per unit sold of the items of a dimension, by their codes; returns are left out."""

    def __init__(self, facts: Facts, costs: Costs, dimension: Dimension) -> None:
        self._quantity, self._net, goods = facts.bought(dimension)
        self._cost = goods + costs.spent(dimension, bought=True)

    def units(self, code: int) -> float:
        return float(self._quantity[code]) if code >= 0 else 0.0

    def cost(self, code: int) -> float:
        return float(self._cost[code]) / self.units(code) if self.units(code) else np.nan

    def revenue(self, code: int) -> float:
        return float(self._net[code]) if code >= 0 else 0.0

    def price(self, code: int) -> float:
        return self.revenue(code) / self.units(code) if self.units(code) else np.nan


def _values(facts: Facts) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Reference and EVC (CVM_EVC) of each segment and product; of several rivals the one that leaves us least.

    Also the drivers of each.
    """
    drivers = facts.frame("ValueDrivers")
    assert drivers is not None
    drivers = drivers[drivers["kind"].notna() & drivers["amount"].notna()]
    rows, parts = [], []
    for (segment, product), mine in drivers.groupby(["segment", "product"], sort=False):
        references = mine[mine["kind"] == "reference"]
        best = None
        for at, reference in references.iterrows():
            rival = reference.get("rival")
            against = mine if "rival" not in mine or len(references) < 2 else mine[_against(mine["rival"], rival)]
            against = against[(against["kind"] != "reference") | (against.index == at)]
            gains, losses = (against.loc[against["kind"] == kind, "amount"].to_numpy() for kind in ("gain", "loss"))
            price = float(reference["amount"])
            evc = float(CVM_EVC(np.array([price]), gains.reshape(1, -1), losses.reshape(1, -1))[0])
            if best is None or evc < best[1]:
                best = (price, evc, against)
        if best is not None:
            parts.append(best[2].assign(offer=len(rows)))
            rows.append((segment, product, *best[:2]))
    table = pd.DataFrame(rows, columns=["Segment", "Product", "Reference", "EVC"])
    table["EVC low"] = table["EVC high"] = np.nan
    ends = {"low", "high"} & set(drivers)
    if rows and any(drivers[end].notna().any() for end in ends):
        given = pd.concat(parts)
        low, high, sure = (_column(given, name) for name in ("low", "high", "confidence"))
        known = CVM_EVC_RANGE(
            given["offer"].to_numpy(dtype=object),
            given["kind"].to_numpy(dtype=object),
            given["amount"].to_numpy(dtype=float),
            low,
            high,
            np.where(np.isnan(sure), 0.9, sure),
        )
        ranged = given.assign(ranged=~np.isnan(low) | ~np.isnan(high)).groupby("offer", sort=False)["ranged"].any()
        for end in ("low", "high"):  # a value without any range is as certain as it was given: nothing to show
            table[f"EVC {end}"] = np.where(ranged.to_numpy(), known[end], np.nan).round(facts.decimals + 2)
    return table, parts


def _column(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype=float) if name in frame else np.full(len(frame), np.nan)


def _against(rivals: pd.Series, rival: object) -> pd.Series:
    return rivals.isna() | (rivals == rival)


def _per_segment(facts: Facts, segments: pd.Series, column: str, default: float) -> np.ndarray:
    """A share of each segment, from Segments, else the default."""
    frame = facts.frame("Segments")
    if frame is None or column not in frame:
        return np.full(len(segments), default)
    known = dict(zip(frame["segment"], frame[column], strict=True))
    values = np.array([known.get(s, np.nan) for s in segments], dtype=float)
    return np.where(np.isnan(values), default, values)


def _unit_costs(facts: Facts) -> dict[str, float]:
    frame = facts.frame("Products")
    if frame is None or "unit_cost" not in frame:
        return {}
    return dict(zip(frame["product"], frame["unit_cost"], strict=True))
