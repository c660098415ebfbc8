"""How likely offers are accepted: fitted from Offers by product, with what the satisfaction of those asked changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cvm_xl.answers.facts import Facts
from cvm_xl.errors import CvmError
from cvm_xl.functions.price import CVM_ACCEPTANCE, CVM_ACCEPTANCE_FIT
from cvm_xl.kinds import Named

__all__ = ["Curves", "accepted", "curves", "fits", "satisfaction"]

FEWEST_OFFERS = 30  # of a product, below which a fitted acceptance says nothing
NINE_OF_TEN = 1.6448536269514722  # standard errors on both sides


@dataclass(frozen=True)
class Curves:
    """Acceptance in each row, a product and a satisfaction: intercept and slope, NaN where it is not known."""

    intercept: np.ndarray
    slope: np.ndarray
    _score: np.ndarray
    _covariance: np.ndarray

    @property
    def known(self) -> np.ndarray:
        return np.isfinite(self.slope)

    def at(self, price: np.ndarray) -> np.ndarray:
        """Acceptance of a price in each row (CVM_ACCEPTANCE)."""
        found = np.full(len(price), np.nan)
        rows = self.known & np.isfinite(price)
        if rows.any():
            found[rows] = CVM_ACCEPTANCE(price[rows], self.intercept[rows], self.slope[rows])
        return found

    def kept(self, today: np.ndarray, price: np.ndarray, errors: float = 0.0) -> np.ndarray:
        """Share of those who accept today's price that accept another one, so many standard errors away.

        The error of log P(price) - log P(today) by the delta method: d log P = -(1 - P) d(a + b price + g score).
        A price that stays has none.
        """
        now, new = self.at(today), self.at(price)
        ones = np.ones(len(price))
        before, after = (np.column_stack([ones, p, self._score]) for p in (today, price))
        moved = (1 - now)[:, None] * before - (1 - new)[:, None] * after
        error = np.sqrt(np.maximum(0.0, np.einsum("ni,nij,nj->n", moved, self._covariance, moved)))
        return new / now * np.exp(errors * error)

    def rows(self, chosen: np.ndarray) -> Curves:
        """The curves of some rows."""
        return Curves(*(values[chosen] for values in (self.intercept, self.slope, self._score, self._covariance)))


def accepted(products: Sequence[str], scores: np.ndarray, models: Mapping[str, Mapping[str, float]]) -> Curves:
    """The acceptance curve of each row from its product's model and its satisfaction."""
    n = len(products)
    intercept, slope = np.full(n, np.nan), np.full(n, np.nan)
    covariance = np.full((n, 3, 3), np.nan)
    names = ("intercept", "slope", "satisfaction")
    for i, product in enumerate(products):
        fitted = models.get(product)
        if fitted is None:
            continue
        intercept[i] = fitted["intercept"] + fitted.get("satisfaction", 0.0) * scores[i]
        slope[i] = fitted["slope"]
        for j, first in enumerate(names):
            for k, second in enumerate(names[j:], j):
                name = f"se_{first}" if j == k else f"cov_{first}_{second}"
                value = fitted.get(name, 0.0)
                covariance[i, j, k] = covariance[i, k, j] = value**2 if j == k else value
    return Curves(intercept, slope, scores, covariance)


def curves(facts: Facts, segments: Sequence[str], products: Sequence[str], models: Mapping) -> Curves:
    """Acceptance of products in segments, at the segment's mean satisfaction."""
    known = satisfaction(facts)
    scores = np.array([known.get(s, known.get("", 0.0)) for s in segments], dtype=float)
    return accepted(products, scores, models)


def satisfaction(facts: Facts) -> dict[str, float]:
    """Mean satisfaction by segment, and of all under ''."""
    frame = facts.frame("Customers")
    if frame is None or "satisfaction" not in frame or not frame["satisfaction"].notna().any():
        return {}
    means = {"": float(frame["satisfaction"].mean())}
    if "segment" in frame:
        means |= frame.groupby("segment")["satisfaction"].mean().dropna().to_dict()
    return means


def fits(facts: Facts, products: list[str]) -> dict[str, dict[str, float]]:
    """A fitted acceptance (CVM_ACCEPTANCE_FIT) for each product with enough offers that it says something."""
    offers = facts.frame("Offers")
    if offers is None:
        return {}
    scored = bool(satisfaction(facts)) and "satisfaction" in offers
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
            if float(params["p_slope"]) > 0.05:
                facts.notes.append(f"offers of {product}: {params['note']}")
        else:
            facts.notes.append(
                f"offers of {product} show no fall of acceptance with price; its target is the fair price"
            )
    return fitted
