"""Score: value every customer of sales that lie outside the workbook, batch by batch, however many there are.

Models are fitted on the distinct histories with how many customers have each; customers then stream through them, so
that memory does not grow with their number.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cvm_xl.errors import BookError
from cvm_xl.figures import figure
from cvm_xl.progress import Progress
from cvm_xl.refresh import Unfit

if TYPE_CHECKING:
    import pandas as pd

    from cvm_xl.answers.sourced import SourcedFacts
    from cvm_xl.data.connect import Location
    from cvm_xl.intake.elsewhere import Given

__all__ = ["Scored", "score"]

BATCH = 200_000  # customers at a time
DISTINCT = 1_000_000  # histories that models are fitted to; more are rounded first
COLUMNS = (
    "Customer", "Segment", "Tier", "Revenue", "Profit", "Frequency", "Recency", "Age", "Monetary", "Margin",
)  # fmt: skip
VALUED = ("Purchases", "P(alive)", "Spend", "CLV")


@dataclass(frozen=True)
class Scored:
    """What was written: where, how many customers, their value in all; the models; what to know."""

    target: str
    customers: int
    value: float
    models: tuple[Mapping[str, Any], Mapping[str, Any]]
    notes: list[str]


def score(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    sources: Sequence[Given] = (),
    progress: Progress | None = None,
) -> Scored:
    """Write a row for each customer: tier, profit, history, expected purchases, P(alive), spend, CLV.

    Profit is after cost to serve, which is shared in the source, before amounts are rounded to the cent; tiers are
    those of Settings, among all customers with a sale.

    Parameters
    ----------
    path : path
        The workbook: its settings, and by SegmentPnL of the last refresh the margin of each segment.
    out : path or text
        A Parquet file, ``warehouse.duckdb#scores`` or ``postgresql://user@host/database#schema.scores``. What stands
        there is replaced when all customers are written.
    sources : sequence of Given, optional
        Where Sales lies, besides or instead of what DataSources says.
    progress : callable, optional
        Called with what is being done, customers done and in all.

    Raises
    ------
    Unfit
        When the inputs have errors.
    BookError
        When a source cannot be read or the file not be written. What stood there is as it was.
    """
    from cvm_xl.answers.sourced import sourced_facts
    from cvm_xl.book import schema
    from cvm_xl.book.read import read_book
    from cvm_xl.book.settings import settings as read_settings
    from cvm_xl.check import check
    from cvm_xl.data.targets import destination
    from cvm_xl.intake.elsewhere import with_sources

    target = destination(str(out))
    tables = [*schema.inputs(), schema.table("SegmentPnL")]
    with with_sources(read_book(path, tables, progress), sources, progress, limit=0) as book:
        if "Sales" not in book.sources:
            raise BookError(
                "score values customers of sales that lie outside the workbook",
                remedy="Say where: --source Sales=sales/*.parquet; for sales in the sheet refresh writes Lifetime",
            )
        pnl = book.tables.pop("SegmentPnL", None)
        if progress:
            progress("check", 0, 0)
        problems = check(book)
        if any(problem.level == "error" for problem in problems):
            raise Unfit(book.path, problems)
        settings = read_settings(book)
        if progress:
            progress("sales", 0, 0)
        facts = sourced_facts(book, settings, customers=False)
        notes = list(facts.notes)
        margins = _margins(facts, None if pnl is None else pnl.by_header(), notes)
        return _written(target, facts, margins, notes, progress)


def _margins(facts: SourcedFacts, pnl: pd.DataFrame | None, notes: list[str]) -> tuple[dict[str, float], float]:
    """Contribution over net revenue of each segment, and of all; before a refresh the gross margin of all."""
    from cvm_xl.answers.splits import RESTS

    net, cost = float(facts.total.net_revenue[0]), float(facts.total.cost_of_goods[0])
    if pnl is None or pnl.empty:
        notes.append("the workbook was never refreshed: the margin is gross margin over net revenue, of all customers")
        return {}, (net - cost) / net if net > 0 else 0.0
    mine = pnl[(pnl["Dimension"] == "Segment") & ~pnl["Item"].isin(RESTS)]
    revenue, left = (mine[name].to_numpy(dtype=float) for name in ("Net revenue", "Contribution"))
    overall = float(left.sum() / revenue.sum()) if revenue.sum() > 0 else 0.0
    known = {item: c / n for item, n, c in zip(mine["Item"], revenue, left, strict=True) if n > 0}
    return known, overall


def _written(
    target: Location,
    facts: SourcedFacts,
    margins: tuple[dict[str, float], float],
    notes: list[str],
    progress: Progress | None,
) -> Scored:
    import pyarrow

    from cvm_xl.answers.sourced_costs import sourced_costs
    from cvm_xl.data.targets import writing

    if progress:
        progress("cost to serve", 0, 0)
    worth = facts.worth(sourced_costs(facts).rates())
    ends = _tier_ends(facts, worth)
    if progress:
        progress("purchase histories", 0, 0)
    people = facts.people(worth)
    many = int(facts.lines_of.execute(people.aggregate(n=people.count()))["n"].iloc[0])
    if not many:
        raise BookError("no customer bought anything", remedy="Look at the column Customer, and at the period")
    models = _fitted(facts, people, notes, progress)
    done, value = 0, 0.0
    with writing(target) as write:
        for batch in facts.source.connection.batches(people, BATCH):
            table = _valued(facts, models, margins, ends, batch.to_pandas())
            write(pyarrow.Table.from_pandas(table, preserve_index=False))
            done, value = done + len(table), value + float(table["CLV"].sum())
            if progress:
                progress("customers", done, many)
    return Scored(target.text, done, value, models, notes)


def _tier_ends(facts: SourcedFacts, worth: Any) -> tuple[np.ndarray, np.ndarray]:
    """The least profit of each tier in minor units, the last first, and their names."""
    from cvm_xl.answers.tiers import tier_names, tier_of
    from cvm_xl.data.summaries import tier_ends

    names, by = tier_names(facts), str(facts.settings["tier_by"])
    tier_of(facts, np.zeros(1))  # refuses what does not fit together
    if by == "amount":
        ends = np.array([float(text) for text in str(facts.settings["tier_amounts"]).split(";") if text.strip()])
        ends = np.round(ends * 10.0**facts.decimals)
        found, order = np.append(ends, -np.inf), range(len(names))
    else:
        texts = [text.strip() for text in str(facts.settings["tier_shares"]).split(";") if text.strip()]
        shares = [float(t[:-1]) / 100 if t.endswith("%") else float(t) for t in texts]
        rows = facts.lines_of.execute(tier_ends(worth, shares, by, facts.decimals)).sort_values("tier")
        found, order = rows["least"].to_numpy(dtype=float), rows["tier"]
    return found[::-1], np.array([names[i] for i in order], dtype=object)[::-1]


def _fitted(
    facts: SourcedFacts, people: Any, notes: list[str], progress: Progress | None
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Models of purchases and of spend, from the distinct histories and how many customers have each."""
    from cvm_xl.answers.fits import PURCHASES
    from cvm_xl.book.lifetime_declared import BY_HOLDOUT
    from cvm_xl.data.summaries import distinct_histories, distinct_spends
    from cvm_xl.functions.lifetime_fit import CVM_GAMMA_GAMMA
    from cvm_xl.models.summary import days_in

    if progress:
        progress("fit", 0, 0)
    settings = facts.settings
    name = str(settings["purchase_model"])
    if name == BY_HOLDOUT:
        notes.append(f"Purchase model {BY_HOLDOUT} is for refresh; the scores are by bgnbd")
        name = "bgnbd"
    found = []
    for distinct, what in ((distinct_histories, "days"), (distinct_spends, "money")):
        exact = distinct(people)
        rows = int(facts.lines_of.execute(exact.aggregate(n=exact.count()))["n"].iloc[0])
        if rows > DISTINCT:
            exact = distinct(people, coarse=True)
            rounded = "whole weeks" if what == "days" else "half a percent"
            notes.append(f"{figure(rows)} distinct histories: for the fit {what} were rounded to {rounded}")
        found.append(facts.lines_of.execute(exact))
    histories, spends = found
    unit, days = str(settings["time_unit"]), days_in(str(settings["time_unit"]))
    bought = PURCHASES[name](
        histories["frequency"].to_numpy(),
        histories["recency"].to_numpy() / days,
        histories["age"].to_numpy() / days,
        count=histories["customers"].to_numpy(dtype=float),
        unit=unit,
    )
    spend = CVM_GAMMA_GAMMA(
        spends["frequency"].to_numpy(),
        spends["monetary"].to_numpy() / 10.0**facts.decimals,
        count=spends["customers"].to_numpy(dtype=float),
    )
    return bought, spend


def _valued(
    facts: SourcedFacts,
    models: tuple[Mapping[str, Any], Mapping[str, Any]],
    margins: tuple[dict[str, float], float],
    ends: tuple[np.ndarray, np.ndarray],
    batch: pd.DataFrame,
) -> pd.DataFrame:
    """A batch of customers as the tables Tiers and Lifetime have them."""
    import pandas as pd

    from cvm_xl.functions.lifetime import CVM_ALIVE, CVM_LIFETIME, CVM_PURCHASES, CVM_SPEND
    from cvm_xl.models.summary import days_in

    settings = facts.settings
    unit, horizon = str(settings["time_unit"]), settings["horizon"]
    ahead = horizon if horizon is not None else 365.25 / days_in(unit)
    bought, spend = models
    x = batch["frequency"].to_numpy(dtype=float)
    t_x, age = (batch[name].to_numpy(dtype=float) / days_in(unit) for name in ("recency", "age"))
    monetary = batch["monetary"].to_numpy(dtype=float) / 10.0**facts.decimals
    margin = batch["segment"].map(margins[0]).fillna(margins[1]).to_numpy(dtype=float)
    revenue, profit = (batch[name].to_numpy(dtype=float) for name in ("revenue", "profit"))
    tier = ends[1][np.searchsorted(ends[0], profit, side="right") - 1]
    whole, spent = 10.0**facts.decimals, np.where(x > 0, monetary, np.nan)
    known = (batch["customer"], batch["segment"], tier, revenue / whole, profit / whole)
    given = (*known, x.astype(int), t_x, age, spent, margin)
    table = pd.DataFrame(dict(zip(COLUMNS, given, strict=True)))
    found = (
        CVM_PURCHASES(bought, np.full(len(x), ahead), x, t_x, age),
        CVM_ALIVE(bought, x, t_x, age),
        CVM_SPEND(spend, x, monetary),
        CVM_LIFETIME(
            bought, spend, x, t_x, age, monetary, margin=margin, discount=settings["discount_rate"], horizon=horizon
        ),
    )
    return table.assign(**dict(zip(VALUED, found, strict=True)))
