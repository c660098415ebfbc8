"""How likely offers are accepted: fitted from Offers by product, with what satisfaction and segment change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.words import counted
from cvm_xl.errors import CvmError
from cvm_xl.figures import figure
from cvm_xl.functions.price import CVM_ACCEPTANCE, CVM_ACCEPTANCE_FIT
from cvm_xl.kinds import Named

__all__ = ["NINE_OF_TEN", "Curves", "Fits", "Params", "accepted", "curves", "fits", "satisfaction", "worth"]

FEWEST_OFFERS = 30  # of a product, below which a fitted acceptance says nothing
NINE_OF_TEN = 1.6448536269514722  # standard errors on both sides
NO_OFFERS = "No offers: the target is the fair price"

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Curves:
    """Acceptance in each row, a product, segment and satisfaction: intercept and slope, NaN where it is not known."""

    intercept: np.ndarray
    slope: np.ndarray
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

        The error of log P(price) - log P(today) by the delta method: d log P = -(1 - P) d(a + b price). A price that
        stays has none.
        """
        now, new = self.at(today), self.at(price)
        ones = np.ones(len(price))
        before, after = (np.column_stack([ones, p]) for p in (today, price))
        moved = (1 - now)[:, None] * before - (1 - new)[:, None] * after
        error = np.sqrt(np.maximum(0.0, np.einsum("ni,nij,nj->n", moved, self._covariance, moved)))
        return new / now * np.exp(errors * error)

    def rows(self, chosen: np.ndarray) -> Curves:
        """The curves of some rows."""
        return Curves(*(values[chosen] for values in (self.intercept, self.slope, self._covariance)))


@dataclass(frozen=True)
class Fits:
    """The acceptance models by product, and for every product what its offers are worth, in words."""

    models: dict[str, Params]
    said: dict[str, str]


def accepted(products: Sequence[str], segments: Sequence[str], scores: np.ndarray, models: Mapping) -> Curves:
    """The acceptance curve of each row from its product's model, its segment and its satisfaction."""
    n = len(products)
    intercept, slope = np.full(n, np.nan), np.full(n, np.nan)
    covariance = np.full((n, 2, 2), np.nan)
    for i, (product, segment) in enumerate(zip(products, segments, strict=True)):
        fitted = models.get(product)
        if fitted is None:
            continue
        weights = worth(fitted, segment, scores[i])
        intercept[i] = sum(fitted[name] * weight for name, weight in weights.items())
        slope[i] = fitted["slope"]
        covariance[i, 0, 0] = sum(_covariance(fitted, p, q) * weights[p] * weights[q] for p in weights for q in weights)
        covariance[i, 0, 1] = covariance[i, 1, 0] = sum(
            _covariance(fitted, name, "slope") * weight for name, weight in weights.items()
        )
        covariance[i, 1, 1] = fitted["se_slope"] ** 2
    return Curves(intercept, slope, covariance)


def worth(fitted: Params, segment: str, score: float) -> dict[str, float]:
    """What each parameter of a model counts in the intercept of a segment with this satisfaction."""
    weights = {"intercept": 1.0, "satisfaction": score, f"segment={segment}": 1.0}
    return {name: weight for name, weight in weights.items() if name in fitted}


def _covariance(fitted: Params, first: str, second: str) -> float:
    if first == second:
        return fitted[f"se_{first}"] ** 2
    return fitted.get(f"cov_{first}_{second}", fitted.get(f"cov_{second}_{first}", 0.0))


def curves(facts: Facts, segments: Sequence[str], products: Sequence[str], models: Mapping) -> Curves:
    """Acceptance of products in segments, at the segment's mean satisfaction."""
    known = satisfaction(facts)
    scores = np.array([known.get(s, known.get("", 0.0)) for s in segments], dtype=float)
    return accepted(products, segments, scores, models)


def satisfaction(facts: Facts) -> dict[str, float]:
    """Mean satisfaction by segment, and of all under ''."""
    frame = facts.frame("Customers")
    if frame is None or "satisfaction" not in frame or not frame["satisfaction"].notna().any():
        return {}
    means = {"": float(frame["satisfaction"].mean())}
    if "segment" in frame:
        means |= frame.groupby("segment")["satisfaction"].mean().dropna().to_dict()
    return means


def fits(facts: Facts, offered: Mapping[str, set[str]]) -> Fits:
    """A fitted acceptance (CVM_ACCEPTANCE_FIT) for each product with enough offers that it says something.

    `offered` gives the segments that each product has a band for. Segments have effects of their own where offers were
    made to all of these, and the fit with them is the better one by Akaike's criterion.
    """
    offers = _offers(facts)
    models: dict[str, Params] = {}
    said: dict[str, str] = {}
    for product, segments in offered.items():
        mine = offers[offers["product"] == product]
        if len(mine) < FEWEST_OFFERS:
            few = f"Only {counted(len(mine), 'offer')}, {FEWEST_OFFERS} are needed: the target is the fair price"
            said[product] = few if len(mine) else NO_OFFERS
            continue
        names = [name for name in ("satisfaction", "segment") if mine[name].notna().all()]
        if "segment" in names and not segments <= set(mine["segment"]):
            names.remove("segment")
        try:
            fitted, by = _best(mine, names)
        except CvmError as error:
            facts.notes.append(f"offers of {product} say nothing about acceptance: {error}")
            said[product] = f"Offers say nothing, the target is the fair price: {error}"
            continue
        if float(fitted["slope"]) <= 0:
            said[product] = "Dearer offers were accepted more: the target is the fair price"
            facts.notes.append(
                f"offers of {product} show no fall of acceptance with price; its target is the fair price"
            )
            continue
        models[product] = fitted
        p = float(fitted["p_slope"])
        basis = f"{figure(fitted['n'])} offers" + (f", by {' and '.join(by)}" if by else "")
        sure = f"p = {p:.2f}" if p >= 0.01 else "p < 0.01"
        if p > 0.05:
            facts.notes.append(f"offers of {product}: {fitted['note']}")
            said[product] = f"Weak: {basis} say little about price ({sure}); make more at more spread prices"
        else:
            said[product] = f"{basis}: acceptance falls with price ({sure})"
    return Fits(models, said)


def _offers(facts: Facts) -> pd.DataFrame:
    """Offers with a price and an answer: product, price, accepted, satisfaction and segment where they are known."""
    offers = facts.frame("Offers")
    columns = ["product", "price", "accepted", "satisfaction", "segment"]
    if offers is None:
        return pd.DataFrame(columns=columns)
    offers = offers[offers["price"].notna() & offers["accepted"].notna()].reindex(columns=[*columns, "customer"])
    customers = facts.frame("Customers")
    if customers is not None and "segment" in customers:
        of = customers.set_index("customer")["segment"]
        segment = offers["segment"].astype(object)
        offers["segment"] = segment.where(segment.notna(), offers["customer"].map(of))
    if not satisfaction(facts):
        offers["satisfaction"] = np.nan  # nobody's is known to whom it could be applied
    elif offers["satisfaction"].notna().any():
        offers = offers[offers["satisfaction"].notna()]
    return offers


def _best(mine: pd.DataFrame, names: list[str]) -> tuple[Params, list[str]]:
    """The fit with all of these covariates, or the one without segments where that is as good; what it goes by."""
    plain = [name for name in names if name != "segment"]
    fitted = _fit(mine, plain)
    if "segment" not in names or mine["segment"].nunique() < 2:
        return fitted, plain
    try:
        split = _fit(mine, names)
    except CvmError:  # a segment without both answers, or too few offers: all segments have one curve
        return fitted, plain
    more = mine["segment"].nunique() - 1
    better = float(split["loglik"]) - more > float(fitted["loglik"])  # Akaike (1974)
    return (split, names) if better else (fitted, plain)


def _fit(mine: pd.DataFrame, names: list[str]) -> Params:
    covariates = Named(mine[names].to_numpy(dtype=object), names) if names else None
    return CVM_ACCEPTANCE_FIT(mine["price"].to_numpy(dtype=float), mine["accepted"].to_numpy(dtype=float), covariates)
