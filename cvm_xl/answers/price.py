"""What we may charge: the win-win band of each segment and product with value drivers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pnl import Costs
from cvm_xl.answers.tiers import names
from cvm_xl.errors import CvmError
from cvm_xl.functions.price import CVM_ACCEPTANCE_FIT, CVM_EVC, CVM_PRICE_BAND
from cvm_xl.kinds import Named

__all__ = ["price_bands"]

FEWEST_OFFERS = 30  # of a product, below which a fitted acceptance says nothing


def price_bands(facts: Facts, costs: Costs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """PriceBands, and the acceptance models behind it as rows of Model."""
    table = _values(facts)
    segment, product = facts.dimensions["Segment"], facts.dimensions["Product"]
    codes = segment.codes.astype(np.int64) * len(product.items) + product.codes
    place = {name: i for i, name in enumerate(segment.items)}
    at = {name: i for i, name in enumerate(product.items)}
    cells = [
        place[s] * len(product.items) + at[p] if s in place and p in at else -1
        for s, p in zip(table["Segment"], table["Product"], strict=True)
    ]
    whole = [at.get(p, -1) for p in table["Product"]]
    sold = facts.sold & (facts.quantity > 0)
    cell = _Units(facts, costs, codes, sold)
    every = _Units(facts, costs, product.codes, sold)
    unit_cost = np.array([cell.cost(c) if cell.units(c) else every.cost(p) for c, p in zip(cells, whole, strict=True)])
    known = _unit_costs(facts)
    missing = np.isnan(unit_cost)
    unit_cost[missing] = [known.get(p, np.nan) for p in table["Product"][missing]]
    table["Unit cost"] = unit_cost.round(facts.decimals + 2)
    table["Net revenue"] = np.array([cell.revenue(c) for c in cells]).round(facts.decimals)
    table["Price today"] = np.array([cell.price(c) for c in cells]).round(facts.decimals + 2)
    models = _acceptance(facts, list(dict.fromkeys(table["Product"])))
    satisfaction = _satisfaction(facts)
    intercept, slope = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for i, (s, p) in enumerate(zip(table["Segment"], table["Product"], strict=True)):
        if p in models:
            fitted = models[p]
            score = satisfaction.get(s, satisfaction.get("", 0.0))
            intercept[i] = fitted["intercept"] + fitted.get("satisfaction", 0.0) * score
            slope[i] = fitted["slope"]
    margin = _per_segment(facts, table["Segment"], "required_margin")
    incentive = _per_segment(facts, table["Segment"], "incentive_share")
    able = table["Unit cost"].notna().to_numpy()
    for name in ("Floor", "Target", "Ceiling", "Fair", "Acceptance", "Expected profit"):
        table[name] = np.nan
    table["Verdict"] = "no unit cost: sell it first, or give Unit cost in Products"
    for with_slope in (True, False):
        rows = np.flatnonzero(able & (np.isfinite(slope) == with_slope))
        if not len(rows):
            continue
        price = table["Price today"].to_numpy()[rows]
        band = CVM_PRICE_BAND(
            table["Unit cost"].to_numpy()[rows],
            margin[rows],
            table["Reference"].to_numpy()[rows],
            table["EVC"].to_numpy()[rows],
            incentive_share=incentive[rows],
            intercept=intercept[rows] if with_slope else None,
            slope=slope[rows] if with_slope else None,
            price=price,
            fair_share=np.full(len(rows), facts.settings["fair_share"]),
        )
        for name in ("floor", "target", "ceiling", "fair", "acceptance", "expected_profit", "verdict"):
            header = name.replace("_", " ").capitalize()
            table.loc[rows, header] = band[name]
    table["Name"] = names(facts, "Products", "product", list(table["Product"]))
    rows = [(f"acceptance {p}", name, value) for p, fitted in models.items() for name, value in fitted.items()]
    return table, pd.DataFrame(rows, columns=["Model", "Name", "Value"])


class _Units:
    """Sums per unit sold of what lines are grouped by."""

    def __init__(self, facts: Facts, costs: Costs, codes: np.ndarray, sold: np.ndarray) -> None:
        found, group = np.unique(codes[sold], return_inverse=True)
        self._place = {int(code): i for i, code in enumerate(found)}
        spent = facts.cost_of_goods + costs.per_line
        self._quantity, self._cost, self._net = (
            np.bincount(group, values[sold], minlength=len(found))
            for values in (facts.quantity, spent, facts.net_revenue)
        )

    def units(self, code: int) -> float:
        return float(self._quantity[self._place[code]]) if code in self._place else 0.0

    def cost(self, code: int) -> float:
        return float(self._cost[self._place[code]]) / self.units(code) if self.units(code) else np.nan

    def revenue(self, code: int) -> float:
        return float(self._net[self._place[code]]) if code in self._place else 0.0

    def price(self, code: int) -> float:
        return self.revenue(code) / self.units(code) if self.units(code) else np.nan


def _values(facts: Facts) -> pd.DataFrame:
    """Reference and EVC (CVM_EVC) of each segment and product; of several rivals the one that leaves us least."""
    drivers = facts.frame("ValueDrivers")
    assert drivers is not None
    rows = []
    for (segment, product), mine in drivers.groupby(["segment", "product"], sort=False):
        references = mine[mine["kind"] == "reference"]
        best = None
        for rival, reference in zip(
            references.get("rival", [None] * len(references)), references["amount"], strict=True
        ):
            against = mine if "rival" not in mine or len(references) < 2 else mine[_against(mine["rival"], rival)]
            gains, losses = (against.loc[against["kind"] == kind, "amount"].to_numpy() for kind in ("gain", "loss"))
            evc = float(CVM_EVC(np.array([reference]), gains.reshape(1, -1), losses.reshape(1, -1))[0])
            if best is None or evc < best[1]:
                best = (float(reference), evc)
        if best is not None:
            rows.append((segment, product, *best))
    return pd.DataFrame(rows, columns=["Segment", "Product", "Reference", "EVC"])


def _against(rivals: pd.Series, rival: object) -> pd.Series:
    return rivals.isna() | (rivals == rival)


def _per_segment(facts: Facts, segments: pd.Series, column: str) -> np.ndarray:
    """A share of each segment, from Segments, else from Settings."""
    default = float(facts.settings[column])
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


def _satisfaction(facts: Facts) -> dict[str, float]:
    """Mean satisfaction by segment, and of all under ''."""
    frame = facts.frame("Customers")
    if frame is None or "satisfaction" not in frame or not frame["satisfaction"].notna().any():
        return {}
    means = {"": float(frame["satisfaction"].mean())}
    if "segment" in frame:
        means |= frame.groupby("segment")["satisfaction"].mean().dropna().to_dict()
    return means


def _acceptance(facts: Facts, products: list[str]) -> dict[str, dict[str, float]]:
    """A fitted acceptance (CVM_ACCEPTANCE_FIT) for each product with enough offers that it says something."""
    offers = facts.frame("Offers")
    if offers is None:
        return {}
    scored = bool(_satisfaction(facts)) and "satisfaction" in offers
    fitted: dict[str, dict[str, float]] = {}
    for product in products:
        mine = offers[(offers["product"] == product) & offers["price"].notna() & offers["accepted"].notna()]
        if scored:
            mine = mine[mine["satisfaction"].notna()]
        if len(mine) < FEWEST_OFFERS:
            continue
        scores = Named(mine[["satisfaction"]].to_numpy(dtype=float), ["satisfaction"]) if scored else None
        try:
            params = CVM_ACCEPTANCE_FIT(
                mine["price"].to_numpy(dtype=float), mine["accepted"].to_numpy(dtype=float), scores
            )
        except CvmError as error:
            facts.notes.append(f"offers of {product} say nothing about acceptance: {error}")
            continue
        if float(params["slope"]) > 0:
            fitted[product] = params
        else:
            facts.notes.append(
                f"offers of {product} show no fall of acceptance with price; its target is the fair price"
            )
    return fitted
