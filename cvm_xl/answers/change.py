"""What moved since a previous report or workbook, and why, in one table."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvm_xl.answers import Answers
from cvm_xl.answers.excerpts import CHANGE, LEVEL, floated
from cvm_xl.answers.findings import SPECIAL, total_of
from cvm_xl.answers.words import Money, listed, lowered, short
from cvm_xl.figures import figure
from cvm_xl.functions.profit import CVM_BRIDGE

__all__ = ["Basis", "basis_of", "changed", "said", "steps", "unlike", "volumes"]

EFFECTS = {
    "price": "Prices",
    "volume": "Volume",
    "mix": "Product mix",
    "cost": "Cost per unit",
    "new_lost": "New and lost products",
}
OTHER = "Returns, fees, other"
REST = " other pools"
POOLS, SEGMENTS = 5, 8
ALIKE = 0.05  # lengths of periods that differ by less are as good as equal


@dataclass(frozen=True)
class Basis:
    """What one period is compared by: the answers in full, and sales by product (`volumes`)."""

    start: datetime.date
    end: datetime.date
    currency: str
    decimals: int
    pnl: pd.DataFrame
    pools: list[str]
    volumes: pd.DataFrame
    tiers: pd.DataFrame | None
    lifetime: pd.DataFrame | None
    ahead: str

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def volumes(answers: Answers) -> pd.DataFrame:
    """Units, net revenue and cost of goods of each product."""
    facts = answers.facts
    product = facts.dimensions["Product"]
    sums = facts.sums(product)
    table = pd.DataFrame({"Product": product.items})
    table["Units"] = facts.quantities(product)
    table["Net revenue"] = sums.net_revenue.round(facts.decimals)
    table["Cost of goods"] = sums.cost_of_goods.round(facts.decimals)
    used = (table[["Units", "Net revenue", "Cost of goods"]] != 0).any(axis=1)
    return table[used].reset_index(drop=True)


def basis_of(answers: Answers, start: datetime.date, end: datetime.date, ahead: str) -> Basis:
    """What answers just computed are compared by."""
    settings = answers.facts.settings
    tables = answers.tables
    return Basis(
        start,
        end,
        str(settings["currency"] or ""),
        answers.facts.decimals,
        tables["SegmentPnL"],
        [pool.name for pool in answers.costs.pools],
        volumes(answers),
        tables.get("Tiers"),
        tables.get("Lifetime"),
        ahead,
    )


def unlike(before: Basis, now: Basis) -> str:
    """What keeps the periods from being compared, or nothing."""
    if abs(before.days - now.days) > ALIKE * max(before.days, now.days):
        return f"The periods differ in length, {figure(before.days)} days before and {figure(now.days)} now"
    return ""


def _effects(before: Basis, now: Basis) -> dict[str, float]:
    """Change of gross margin by CVM_BRIDGE over products; what has no units is left as other."""
    both = before.volumes.merge(now.volumes, on="Product", how="outer", suffixes=(" 0", " 1")).fillna(0.0)
    units = [np.maximum(both[f"Units {i}"].to_numpy(dtype=float), 0.0) for i in (0, 1)]
    given: list[np.ndarray] = [both["Product"].to_numpy(dtype=object)]
    for i in (0, 1):
        price, cost = (
            np.divide(both[f"{name} {i}"].to_numpy(dtype=float), units[i], out=np.zeros(len(both)), where=units[i] > 0)
            for name in ("Net revenue", "Cost of goods")
        )
        given += [price, units[i], cost]
    found = CVM_BRIDGE(*given)
    effects = {label: round(float(found[name][-1]), now.decimals) for name, label in EFFECTS.items()}
    moved = _difference(before, now, "Gross margin")
    return effects | {OTHER: round(moved - sum(effects.values()), now.decimals)}


def _difference(before: Basis, now: Basis, name: str) -> float:
    return round(float(total_of(now.pnl)[name]) - float(total_of(before.pnl)[name]), now.decimals)


def _pools(before: Basis, now: Basis) -> dict[str, float]:
    """Change of each cost pool as it moves contribution: positive where it costs less now."""
    old, new = total_of(before.pnl), total_of(now.pnl)
    names = list(dict.fromkeys([*before.pools, *now.pools]))
    moved = {n: round(float(new.get(n, 0.0)) - float(old.get(n, 0.0)), now.decimals) for n in names}
    by_size = sorted((n for n in names if moved[n]), key=lambda name: -abs(moved[name]))
    if len(by_size) <= POOLS:
        return {name: moved[name] for name in by_size}
    rest = by_size[POOLS - 1 :]
    named = {name: moved[name] for name in by_size[: POOLS - 1]}
    return named | {f"{len(rest)}{REST}": round(sum(moved[name] for name in rest), now.decimals)}


def steps(before: Basis, now: Basis) -> pd.DataFrame:
    """The bridge of contribution: Step, Amount, Kind, Start and End; it ends at today's to the cent."""
    rows = [("Contribution before", float(total_of(before.pnl)["Contribution"]), LEVEL)]
    rows += [(name, amount, CHANGE) for name, amount in _effects(before, now).items() if amount]
    rows += [(name, amount, CHANGE) for name, amount in _pools(before, now).items()]
    rows.append(("Contribution now", float(total_of(now.pnl)["Contribution"]), LEVEL))
    return floated(pd.DataFrame(rows, columns=["Step", "Amount", "Kind"]))


def changed(before: Basis, now: Basis, money: Money) -> pd.DataFrame:
    """What, Before, Now, Change, Why: the company's figures, the segments that moved most; last, two rows of counts."""
    old, new = total_of(before.pnl), total_of(now.pnl)
    effects, pools = _effects(before, now), _pools(before, now)
    served = [float(total[basis.pools].sum()) for total, basis in ((old, before), (new, now))]
    rows: list[tuple[str, float, float, str]] = [
        ("Net revenue", float(old["Net revenue"]), float(new["Net revenue"]), ""),
        ("Gross margin", float(old["Gross margin"]), float(new["Gross margin"]), _moves(effects, 3, money)),
        ("Cost to serve", served[0], served[1], _moves(_named(pools), 2, money)),
        (
            "Contribution",
            float(old["Contribution"]),
            float(new["Contribution"]),
            _moves(_named(effects | pools), 2, money),
        ),
        *_segments(before, now, money),
    ]
    if before.lifetime is not None and now.lifetime is not None and before.ahead == now.ahead:
        worth = [float(basis.lifetime["CLV"].sum()) for basis in (before, now) if basis.lifetime is not None]
        rows.append(("Lifetime value", worth[0], worth[1], f"of customers {now.ahead}"))
    rows += _counts(before, now)
    table = pd.DataFrame(rows, columns=["What", "Before", "Now", "Why"])
    moved = table["Now"].fillna(0.0) - table["Before"].fillna(0.0)
    table.insert(3, "Change", moved.astype(float).round(now.decimals) + 0.0)
    return table


def _moves(moved: dict[str, float], most: int, money: Money) -> str:
    """The largest moves, each with its sign."""
    shown = sorted((name for name in moved if moved[name]), key=lambda name: -abs(moved[name]))[:most]
    return "; ".join(f"{lowered(name)} {money.signed(moved[name])}" for name in shown)


def _named(moved: dict[str, float]) -> dict[str, float]:
    """Without what is only what is left."""
    return {name: amount for name, amount in moved.items() if name != OTHER and not name.endswith(REST)}


def _counts(before: Basis, now: Basis) -> list[tuple[str, float, float, str]]:
    """Customers, and how many of them lose money."""
    if before.tiers is None or now.tiers is None:
        return []
    were, are = set(before.tiers["Customer"]), set(now.tiers["Customer"])
    losing = [set(t.loc[t["Profit"] < 0, "Customer"]) for t in (before.tiers, now.tiers)]
    why = f"{figure(len(are - were))} new, {figure(len(were - are))} bought nothing any more"
    again = f"{figure(len(losing[0] & losing[1]))} of them lost money before, too" if losing[1] else ""
    return [
        ("Customers", len(were), len(are), why if were & are or not were else "no customer is in both"),
        ("Customers who lose money", len(losing[0]), len(losing[1]), again),
    ]


def _segments(before: Basis, now: Basis, money: Money) -> list[tuple[str, float, float, str]]:
    """Contribution of the segments that moved most, with what of it is gross margin and what cost to serve."""
    parts = []
    for basis in (before, now):
        mine = basis.pnl[(basis.pnl["Dimension"] == "Segment") & ~basis.pnl["Item"].isin(SPECIAL)].set_index("Item")
        parts.append(mine[["Gross margin", "Contribution"]].astype(float))
    if max(map(len, parts)) < 2:
        return []
    both = parts[0].add_suffix(" 0").join(parts[1].add_suffix(" 1"), how="outer")
    moved = (both["Contribution 1"].fillna(0.0) - both["Contribution 0"].fillna(0.0)).abs()
    rows = []
    for name in moved.sort_values(ascending=False, kind="stable").index[:SEGMENTS]:
        row = both.loc[name]
        if np.isnan(row["Contribution 0"]):
            why = "new"
        elif np.isnan(row["Contribution 1"]):
            why = "no sales any more"
        else:
            margin = float(row["Gross margin 1"] - row["Gross margin 0"])
            served = float(row["Contribution 1"] - row["Contribution 0"]) - margin
            why = _moves({"Gross margin": round(margin, 6), "Cost to serve": round(served, 6)}, 2, money)
        rows.append((f"Contribution of {short(name)}", float(row["Contribution 0"]), float(row["Contribution 1"]), why))
    return rows


def said(before: Basis, now: Basis, money: Money) -> str:
    """The change of contribution in a sentence, with what moved it most up and down."""
    was, is_ = (float(total_of(basis.pnl)["Contribution"]) for basis in (before, now))
    moved = round(is_ - was, now.decimals)
    warning = unlike(before, now)
    warning = f" {warning}: the amounts cannot be compared as they stand." if warning else ""
    if not moved:
        return f"Contribution is unchanged at {money(is_)}.{warning}"
    verb = "rose" if moved > 0 else "fell"
    text = f"Contribution {verb} by {money(abs(moved))} to {money(is_)}"
    effects = _named(_effects(before, now) | _pools(before, now))
    helped = sorted((n for n in effects if effects[n] * moved > 0), key=lambda n: -abs(effects[n]))[:2]
    against = sorted((n for n in effects if effects[n] * moved < 0), key=lambda n: -abs(effects[n]))[:1]
    if helped:
        text += f", by {listed([f'{lowered(short(n))} ({money.signed(effects[n])})' for n in helped])}"
    if against:
        text += f", in spite of {lowered(against[0])} ({money.signed(effects[against[0]])})"
    return f"{text}.{warning}"
