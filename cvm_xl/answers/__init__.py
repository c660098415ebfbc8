"""The questions a workbook answers: input tables in, output tables out, computed by the catalogue's functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvm_xl.errors import CvmError, NotAvailable
from cvm_xl.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from cvm_xl.answers.costs import Costs
    from cvm_xl.answers.facts import Facts
    from cvm_xl.book.read import Book

__all__ = ["QUESTIONS", "Answers", "answer", "answer_from"]

QUESTIONS = ("tiers", "pnl", "price", "clv", "growth")


@dataclass(frozen=True)
class Answers:
    """Output tables by name, in the order of the schema; what was left out and why; what else to know.

    `facts` and `costs` are what the tables were computed from.
    """

    tables: dict[str, pd.DataFrame]
    left_out: dict[str, str]
    notes: list[str]
    facts: Facts
    costs: Costs


def answer(
    book: Book,
    settings: Mapping[str, Any],
    only: Collection[str] = QUESTIONS,
    progress: Progress | None = None,
    standing: Mapping[str, pd.DataFrame] | None = None,
    former: Mapping[str, pd.DataFrame] | None = None,
) -> Answers:
    """Answer the questions; one that lacks its inputs is left out and says so.

    `standing` are tables of an earlier answer to the questions that are not asked: what speaks of all questions
    repeats them. `former` are tables of an earlier answer that growth compares itself with.

    Raises
    ------
    CvmError
        When Sales cannot be used at all.
    """
    from cvm_xl.answers.costs import costs as allocate
    from cvm_xl.answers.facts import facts as read_facts

    if progress:
        progress("sales", 0, 0)
    facts = read_facts(book, settings)
    if standing:
        others = ", ".join(question for question in QUESTIONS if question not in only)
        facts.notes.append(f"not refreshed: {others}; the dashboard repeats what their sheets say")
    if progress:
        progress("cost to serve", 0, 0)
    return answer_from(facts, allocate(facts), only, progress, standing=standing, former=former)


def answer_from(
    facts: Facts,
    costs: Costs,
    only: Collection[str] = QUESTIONS,
    progress: Progress | None = None,
    whole: Answers | None = None,
    standing: Mapping[str, pd.DataFrame] | None = None,
    former: Mapping[str, pd.DataFrame] | None = None,
) -> Answers:
    """Answer the questions from sales and allocated costs.

    Of a part of the customers, `whole` are the answers for all: a customer's tier, lifetime value and decision are the
    same in both. `standing` and `former` are as in `answer`.
    """
    import pandas as pd

    from cvm_xl.answers.checks import checks
    from cvm_xl.answers.cohorts import cohorts
    from cvm_xl.answers.dashboard import by_offer, by_segment, by_tier, headlines
    from cvm_xl.answers.dimensions import with_tiers
    from cvm_xl.answers.further import further, wanted
    from cvm_xl.answers.growth_tables import growth_tables
    from cvm_xl.answers.holdout import holdout, purchase_model
    from cvm_xl.answers.lifetime import lifetime
    from cvm_xl.answers.pnl import segment_pnl
    from cvm_xl.answers.price_tables import price_tables
    from cvm_xl.answers.tiers import tier_names, tiers, whale

    def say(what: str) -> None:
        if progress:
            progress(what, 0, 0)

    ranked = tiers(facts, costs)
    if whole is not None:
        known = whole.tables["Tiers"].set_index("Customer")["Tier"]
        ranked["Tier"] = ranked["Customer"].map(known)
    with_tiers(facts, list(ranked["Customer"]), list(ranked["Tier"]), tier_names(facts))
    say("profit and loss")
    pnl = segment_pnl(facts, costs)
    tables: dict[str, pd.DataFrame] = dict(standing or {})
    left_out: dict[str, str] = {}
    models = [_not_fitted_now(tables.pop("Model"), only)] if "Model" in tables else []
    if not costs.pools:
        facts.notes.append("no cost pools are given: profit is gross margin, cost to serve is zero")
    if not len(ranked):
        left_out["Tiers"] = "no sales line has a customer"
    else:
        tables |= {"Tiers": ranked, "Whale": whale(ranked)}
    tables |= {"SegmentPnL": pnl, "BySegment": by_segment(pnl)}
    if whole is None:
        asked, missing = further(facts, costs, ranked)
        tables |= asked
        left_out |= missing
    if "price" in only:
        say("price bands")
        priced, missing, fitted = price_tables(facts, costs)
        tables |= priced
        left_out |= missing
        models += fitted
    if "clv" in only:
        say("lifetime value")
        model = purchase_model(facts) if whole is None else ""
        try:
            life, fitted = lifetime(facts, pnl, ranked, model) if whole is None else _of_these(whole, ranked)
        except CvmError as error:
            left_out["Lifetime"] = error.reason
        else:
            tables["Lifetime"] = life
            models.append(fitted)
        if whole is None and wanted(facts, "Holdout"):
            say("holdout")
            try:
                tables |= holdout(facts, model)
            except CvmError as error:
                left_out["Holdout"] = error.reason
        if whole is None and wanted(facts, "Cohorts"):
            say("cohorts")
            try:
                tables |= cohorts(facts, tables.get("Lifetime"))
            except CvmError as error:
                left_out["Cohorts"] = error.reason
    tables["ByOffer"] = by_offer(tables.get("PriceBands"))
    if "Tiers" in tables:
        tables["ByTier"] = by_tier(facts, ranked, tables.get("Lifetime"))
    if "growth" in only and whole is None:
        say("growth")
        known = tables | ({"Model": pd.concat(models, ignore_index=True)} if models else {})
        grown, missing, fitted = growth_tables(facts, costs, known, former or {})
        tables |= grown
        left_out |= missing
        models += fitted
    if whole is not None and "Decisions" in whole.tables:
        mine = whole.tables["Decisions"]
        tables["Decisions"] = mine[mine["Customer"].isin(set(ranked["Customer"]))].reset_index(drop=True)
    if models:
        rows = pd.concat(models, ignore_index=True)
        kept = _questions(rows)
        order = 2 * kept["clv"].astype(int) + kept["growth"].astype(int)
        tables["Model"] = rows.iloc[order.argsort(kind="stable")].reset_index(drop=True)
    tables["Checks"] = checks(facts, costs, tables)
    tables["Headlines"] = headlines(facts, tables)
    return Answers(tables, left_out, facts.notes, facts, costs)


def _of_these(whole: Answers, ranked: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lifetime of some customers as computed among all, and the models."""
    from cvm_xl.answers.fits import of_lifetime

    if "Lifetime" not in whole.tables:
        raise NotAvailable(whole.left_out.get("Lifetime", "lifetime value was not computed"))
    life, model = whole.tables["Lifetime"], whole.tables["Model"]
    mine = life[life["Customer"].isin(set(ranked["Customer"]))].reset_index(drop=True)
    return mine, model[of_lifetime(model)]


def _not_fitted_now(model: pd.DataFrame, only: Collection[str]) -> pd.DataFrame:
    """The rows of Model that stand: of questions that are not asked."""
    fitted = model["Model"].isna()
    for question, rows in _questions(model).items():
        if question in only:
            fitted = fitted | rows
    return model[~fitted]


def _questions(model: pd.DataFrame) -> dict[str, pd.Series]:
    """Which rows of Model are of which question."""
    from cvm_xl.answers.fits import of_lifetime

    lifetime, price = of_lifetime(model), model["Model"].str.startswith(("acceptance ", "conjoint"))
    return {"price": price, "clv": lifetime, "growth": ~lifetime & ~price}
