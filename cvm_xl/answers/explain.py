"""Why this number: a customer's profit, or any cell of the P&L, back to sales lines, rules and ledger accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from cvm_xl.answers.costs import Costs, costs, divided
from cvm_xl.answers.dimensions import CROSS, TIER, dimension, with_tiers
from cvm_xl.answers.drivers import LEVELS, Term
from cvm_xl.answers.facts import Facts, Sums
from cvm_xl.answers.facts import facts as read_facts
from cvm_xl.answers.filters import parse
from cvm_xl.answers.pools import Pool, Rule
from cvm_xl.answers.splits import Dimension
from cvm_xl.answers.tiers import tier_names, tiers
from cvm_xl.book.headers import alike, nearest
from cvm_xl.book.schema import normal
from cvm_xl.errors import BookError, Place
from cvm_xl.figures import rounded

if TYPE_CHECKING:
    from cvm_xl.book.read import Book

__all__ = ["COLUMNS", "TOTAL", "explain", "table_of", "traces"]

TOTAL = "Total"
COLUMNS = (
    "Cell", "Line", "Account", "Ledger pool", "Ledger amount", "Rule", "Quantity", "Of", "Ratio", "Shared", "Amount",
)  # fmt: skip
SALES = "Sales"


def explain(facts: Facts, costs: Costs, cell: Mapping[str, str], pool: str | None = None) -> pd.DataFrame:
    """Where the figures of one cell of the P&L come from.

    Parameters
    ----------
    facts, costs
        The workbook's sales and cost pools.
    cell : mapping of dimension to item
        {"Customer": "C0042"}, {"Segment": "Labs", "Channel": "Web shop"}; empty for the company.
    pool : str, optional
        This line of the P&L alone.

    Returns
    -------
    DataFrame
        The table Trace, a row for each ledger row that a rule brings here. `Ledger amount` is what the account holds,
        `Shared` what of it the rule shares out, `Ratio` the cell's quantity of the driver over all, `Amount` what the
        cell bears in the signs of the P&L: these sum to its contribution, to the cent.

    Raises
    ------
    BookError
        When there is no such dimension, item or pool.
    """
    split, code = _cell(facts, cell)
    label = ", ".join(f"{name} {item}" for name, item in cell.items()) or TOTAL
    chosen = _chosen(costs, pool)
    rows = [] if pool else _sales(facts, split, code)
    for one in chosen:
        for rule in one.rules:
            rows += _rule(facts, costs, one, rule, split, code)
    table = pd.DataFrame([(label, *row) for row in rows], columns=list(COLUMNS))
    numbers = ["Ledger amount", "Shared", "Amount"]
    table[numbers] = table[numbers].astype(float).round(facts.decimals) + 0.0
    return table


def table_of(book: Book, settings: Mapping[str, Any], cell: Mapping[str, str], pool: str | None = None) -> pd.DataFrame:
    """`explain` for a workbook as it was read."""
    facts = read_facts(book, settings)
    found = costs(facts)
    if any(normal(TIER) in normal(name) for name in cell):
        ranked = tiers(facts, found)
        with_tiers(facts, list(ranked["Customer"]), list(ranked["Tier"]), tier_names(facts))
    return explain(facts, found, cell, pool)


def traces(facts: Facts, costs: Costs, wanted: str) -> pd.DataFrame:
    """The table Trace of what Settings name: customers, or parts of the P&L, apart by semicolons.

    What is not there (any more) is left out with a note: figures do not wait for it.
    """
    found = [pd.DataFrame(columns=list(COLUMNS))]
    for part in filter(None, map(str.strip, wanted.split(";"))):
        try:
            found.append(explain(facts, costs, parsed(part)))
        except BookError as error:
            facts.notes.append(f"{part} was not traced: {error}")
    return pd.concat(found[1:] or found, ignore_index=True)


def parsed(text: str) -> dict[str, str]:
    """A cell as it is written: C0042 or Segment = Labs, Channel = Web shop."""
    if "=" not in text:
        return {} if text.casefold() == TOTAL.casefold() else {"Customer": text}
    return {condition.field: condition.value for condition in parse(text.replace(",", ";"))}


def _cell(facts: Facts, cell: Mapping[str, str]) -> tuple[Dimension | None, int]:
    """The dimension of a cell and the item's place in it."""
    if not cell:
        return None, 0
    splits = [dimension(facts, name) for name in cell]
    items = [_item(split, item) for split, item in zip(splits, cell.values(), strict=True)]
    split = dimension(facts, CROSS.join(split.name for split in splits))
    name = CROSS.join(items)
    if name not in split.items:
        raise BookError(
            "nothing was sold in this cell and no cost reaches it",
            place=Place(table="Sales"),
            value=name,
            remedy="Ask for each of its parts alone",
        )
    return split, split.items.index(name)


def _item(split: Dimension, item: str) -> str:
    spelled = {name.casefold(): name for name in reversed(split.items)}
    found = spelled.get(item.strip().casefold())
    if found is None:
        meant = alike(split.items)(item)
        raise BookError(
            f"there is no {split.name} of this name",
            place=Place(table="Sales", column=split.name),
            value=item,
            remedy=f"Did you mean {meant!r}?" if meant else f"Look it up in SegmentPnL or Tiers, column {split.name}",
        )
    return found


def _chosen(costs: Costs, pool: str | None) -> list[Pool]:
    if pool is None:
        return list(costs.pools)
    found = [one for one in costs.pools if pool.casefold() in (one.name.casefold(), one.rules[0].pool.casefold())]
    if not found:
        there = [one.name for one in costs.pools]
        meant = nearest(pool, there)
        raise BookError(
            "the P&L has no pool of this name",
            place=Place(table="CostPools", column="Pool"),
            value=pool,
            remedy=f"Did you mean {meant!r}?" if meant else f"There are: {', '.join(there)}",
        )
    return found


def _sales(facts: Facts, split: Dimension | None, code: int) -> list[tuple[object, ...]]:
    """The lines of the P&L that come from sales lines, with how many there are of how many."""
    every, here = facts.total, facts.total if split is None else facts.sums(split)
    lines, of = int(here.lines[code]), int(every.lines[0])

    def amounts(sold: Sums, at: int) -> dict[str, float]:
        listed, net, cost = (float(v[at]) for v in (sold.list_revenue, sold.net_revenue, sold.cost_of_goods))
        return {"List revenue": listed, "Discounts": net - listed, "Cost of goods": -cost}

    whole, mine = amounts(every, 0), amounts(here, code)
    return [
        (name, None, SALES, whole[name], "sum of sales lines", lines, of, lines / of, None, mine[name]) for name in mine
    ]


def _rule(
    facts: Facts, costs: Costs, pool: Pool, rule: Rule, split: Dimension | None, code: int
) -> list[tuple[object, ...]]:
    """What one rule brings to the cell, a row for each row of the ledger behind it."""
    share = costs.share(rule)
    if split is None:
        parts = [("shared", share.shared), ("company level", share.company)]
        parts += [("unused capacity", share.unused), ("unallocated", share.unallocated)]
        given = [(_said(rule) if name == "shared" else name, None, None, amount) for name, amount in parts if amount]
    else:
        if not share.shared:
            return []
        volumes = costs.volumes(rule, split)
        quantity, of = float(volumes[code]), float(volumes.sum())
        given = [(_said(rule), quantity, of, float(costs.shares(rule, split)[code]))]
    rows: list[tuple[object, ...]] = []
    for said, quantity, of, amount in given:
        ratio = None if quantity is None or not of else quantity / of
        if split is not None and not quantity and not amount:
            continue
        whole = _parts(facts, rule, share.shared if split is not None else amount)
        for source, shared, borne in zip(rule.sources, whole, _parts(facts, rule, amount), strict=True):
            rows.append(
                (
                    pool.name, source.account or None, source.pool, source.ledger, said, quantity, of, ratio, shared,
                    -borne,
                )
            )  # fmt: skip
    return rows


def _parts(facts: Facts, rule: Rule, amount: float) -> list[float]:
    """An amount on the rule's sources."""
    return [source.amount for source in divided(rule, amount, facts.decimals)] or [0.0] * len(rule.sources)


def _said(rule: Rule) -> str:
    """A rule in words: what its amount is shared by."""
    texts = [_term(term, rule.level == "time") for term in rule.terms]
    return ("time of " if rule.level == "time" else "") + " + ".join(texts)


def _term(term: Term, time: bool) -> str:
    text = f"{term.driver} of each {term.level}" if term.level in LEVELS else term.driver
    text = f"{rounded(term.weight, 6)} x {text}" if time or term.weight != 1 else text
    return f"{text} where {term.filter}" if term.filter else text
