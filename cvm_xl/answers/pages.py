"""The report's pages: which there are, what each found, and the rows that it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvm_xl.answers import Answers, excerpts, findings
from cvm_xl.answers.change import Basis, basis_of, changed, steps
from cvm_xl.answers.change import said as moved
from cvm_xl.answers.dimensions import CROSS
from cvm_xl.answers.fits import PURCHASES, Fit
from cvm_xl.answers.growth_pages import growth_pages
from cvm_xl.answers.pnl import RESTS, TOTAL
from cvm_xl.answers.splits import ALL_CUSTOMERS
from cvm_xl.answers.summary import actions, basis, figures, headline
from cvm_xl.answers.words import Money, counted, lowered, plural, share, short
from cvm_xl.book.report.content import VOLUMES, About, Content, Page, span
from cvm_xl.book.schema import UNASSIGNED
from cvm_xl.errors import CvmError
from cvm_xl.figures import figure
from cvm_xl.functions.lifetime import CVM_LIFETIME_RANGE
from cvm_xl.problems import Problem

__all__ = ["REPORTED", "ahead", "content"]

REPORTED = ("tiers", "pnl", "price", "clv", "growth")
"""Questions whose answers have pages."""

SHOWN = 12  # rows of a P&L by anything
FEW = 8  # items whose cost pools find room, too
ENDS = 22  # customers, best and worst
OFFERS = 14
RISKS = 8
PROBLEMS = 12
LEVEL = 0.9
DRAWS = 600_000  # customers x simulated futures: a second or two
CENT = 0.005
SPECIAL_ROWS = {
    UNASSIGNED: "Unassigned: sales and costs for which the data name no item.",
    RESTS[0]: "Company level: costs that no item causes.",
    RESTS[1]: "Unused capacity: costs of capacity that was paid for and not used.",
    RESTS[2]: "Unallocated: costs without a driver.",
}


@dataclass(frozen=True)
class _Source:
    """What every page is made from."""

    answers: Answers
    about: About
    problems: Sequence[Problem]

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        return self.answers.tables

    @property
    def money(self) -> Money:
        return Money(self.about.currency, self.about.decimals)

    @property
    def pools(self) -> list[str]:
        return [pool.name for pool in self.answers.costs.pools]

    @property
    def total(self) -> pd.Series:
        return findings.total_of(self.tables["SegmentPnL"])

    @property
    def after(self) -> str:
        return basis(self.total, self.pools)

    @property
    def ahead(self) -> str:
        return ahead(self.answers)


def ahead(answers: Answers) -> str:
    """The future that lifetime value counts, in words."""
    horizon, unit = (answers.facts.settings[name] for name in ("horizon", "time_unit"))
    if horizon is None:
        return "from now on, for ever"
    return f"over the next {horizon:g} {unit}{'' if horizon == 1 else 's'}"


def content(
    answers: Answers,
    about: About,
    problems: Sequence[Problem] = (),
    only: Collection[str] = REPORTED,
    before: Basis | None = None,
) -> Content:
    """The report on these answers; `only` names the questions that get pages, `before` what they are compared with."""
    source = _Source(answers, about, problems)
    tables = source.tables
    makers = {"tiers": _customers, "pnl": _profit, "price": _prices, "clv": _lifetime}
    makers["growth"] = lambda source: growth_pages(source.tables, source.money)
    now = basis_of(answers, about.start, about.end, source.ahead)
    change = [] if before is None else [_change(source, before, now)]
    pages = [page for question in REPORTED if question in only for page in makers[question](source)]
    todo, missing = actions(tables, source.pools, source.money)
    kept = {"tiers": ("Tiers",), "pnl": ("SegmentPnL",), "price": ("PriceBands",), "clv": ("Lifetime",)}
    kept |= {"growth": ("Investment", "Decisions")}
    names = [name for question in REPORTED if question in only for name in kept[question]]
    return Content(
        about=about,
        headline=headline(tables, about.part or about.company, source.after, source.money),
        figures=figures(tables, source.pools, source.ahead, about.currency, source.money),
        actions=todo,
        remarks=missing,
        pages=[*change, *pages, _quality(source)],
        tables={name: tables[name] for name in [*names, "Checks"] if name in tables} | {VOLUMES.name: now.volumes},
    )


def _with_total(table: pd.DataFrame, label: str, total: Mapping[str, object]) -> pd.DataFrame:
    row = pd.DataFrame([{label: TOTAL, **total}]).reindex(columns=table.columns)
    return pd.concat([table.astype(object), row.astype(object)], ignore_index=True)


def _change(source: _Source, before: Basis, now: Basis) -> Page:
    frames = {"steps": steps(before, now), "changed": changed(before, now, source.money)}
    notes = [
        "Prices, volume and product mix are of the products sold in both periods; cost to serve is negative, so that "
        "less of it is an increase."
    ]
    said = moved(before, now, source.money)
    return Page("change", "Change", said, f"Contribution against {span(before.start, before.end)}", frames, notes)


# --- customers ---------------------------------------------------------------------------------------------------


def _customers(source: _Source) -> Iterator[Page]:
    tiers = source.tables.get("Tiers")
    if tiers is None or tiers.empty:
        return
    said = findings.customers(tiers, source.money, source.after)
    curve, marks = excerpts.whale(source.tables["Whale"], tiers, source.money)
    by_tier = excerpts.by_tier(tiers, source.tables["ByTier"])
    sums = {name: by_tier[name].sum() for name in ("Customers", "Who lose money", "Revenue", "Profit")}
    shares = {name: 1.0 for name in by_tier if name.startswith("Share of") and by_tier[name].notna().any()}
    each = {"Profit per customer": sums["Profit"] / sums["Customers"]}
    frames = {
        "whale": curve,
        "marks": marks,
        "concentration": excerpts.concentration(tiers),
        "tiers": _with_total(by_tier, "Tier", sums | shares | each),
    }
    notes = [] if "share" in curve.columns[1] else ["Customers earn nothing together, so shares of it mean nothing."]
    notes += _reconciled(source, float(tiers["Profit"].sum()))
    yield Page("whale", "Whale curve", said, "Profit of customers", frames, notes)
    shown = excerpts.customers(tiers, ENDS)
    sums = {name: tiers[name].sum() for name in ("Revenue", "Gross margin", "Cost to serve", "Profit")}
    shown = _with_total(shown, "Name" if "Name" in shown else "Customer", sums)
    best, worst = tiers.iloc[0], tiers.iloc[-1]
    which = "best" if len(tiers) > 1 else "one"
    said = f"The {which} customer, {_called(best)}, {_earns(best['Profit'], source.money)}"
    if len(tiers) > 1:
        said += f"; the last, {_called(worst)}, {_earns(worst['Profit'], source.money)}"
    yield Page("customers", "Customers", f"{said}.", "Best and worst customers by profit", {"customers": shown})


def _reconciled(source: _Source, profit: float) -> list[str]:
    """Why customers together earn other than the contribution, where they do."""
    table, money = source.tables["SegmentPnL"], source.money
    block = table[table["Dimension"] == "Segment"].set_index("Item")["Contribution"]
    rests = {lowered(name): float(block.get(name, 0.0)) for name in RESTS}
    total = float(source.total["Contribution"])
    parts = {"sales without a customer": total - profit - sum(rests.values())} | rests
    told = [f"{name} {money.signed(amount)}" for name, amount in parts.items() if abs(amount) >= CENT]
    if not told:
        return []
    return [f"Profit of customers {money(profit)}, {', '.join(told)}: contribution {money(total)}."]


def _called(customer: pd.Series) -> str:
    named = isinstance(customer["Name"], str) and customer["Name"]
    return short(customer["Name"] if named else customer["Customer"])


def _earns(profit: float, money: Money) -> str:
    return f"loses {money(-profit)}" if profit < 0 else f"earns {money(profit)}"


# --- profit and loss ---------------------------------------------------------------------------------------------


def _profit(source: _Source) -> Iterator[Page]:
    table = source.tables["SegmentPnL"]
    fall = excerpts.waterfall(source.total, source.pools)
    fall["Share"] = fall["Amount"] / fall["Amount"].iloc[0] if fall["Amount"].iloc[0] > 0 else np.nan
    said = findings.cost_to_serve(source.total, source.pools, source.money)
    subject = f"From {lowered(fall['Step'].iloc[0])} to {lowered(fall['Step'].iloc[-1])}"
    if len(fall) > 1:
        yield Page("waterfall", "Cost to serve", said, subject, {"steps": fall})
    for dimension, block in table.groupby("Dimension", sort=False):
        named = str(dimension)
        items = block.loc[~block["Item"].isin(findings.SPECIAL), "Item"].tolist()
        if named in (TOTAL, "Kind") or items in ([], [ALL_CUSTOMERS]) or (named != "Segment" and len(items) == 1):
            continue
        yield _by(source, named, block)
    yield from _pairs(source)


def _pairs(source: _Source) -> Iterator[Page]:
    """Contribution of two dimensions at once: segments, or else what there is, and products, and channels."""
    table = source.tables["SegmentPnL"]
    there = [str(name) for name in dict.fromkeys(table["Dimension"]) if CROSS not in str(name)]
    several = [n for n in there if len(table[(table["Dimension"] == n) & ~table["Item"].isin(findings.SPECIAL)]) > 1]
    across = [name for name in ("Product", "Channel") if name in several]
    down = next((name for name in several if name not in ("Product", "Channel", "Kind")), None)
    if down is None and len(across) == 2:
        down = across.pop()
    if not across or down is None:
        return
    frames: dict[str, pd.DataFrame] = {}
    for name in across:
        cells = excerpts.cross(source.answers, down, name)
        cells = cells.rename(columns=_product_names(source)) if name == "Product" else cells
        frames[f"Contribution by {lowered(down)} and {lowered(name)}"] = cells
    rests = [excerpts.OTHERS, TOTAL]
    first = next(iter(frames.values())).set_index(down).drop(columns=rests, errors="ignore")
    said = findings.heat(first.drop(index=rests, errors="ignore"), down, across[0], source.money)
    subject = "Contribution " + ", ".join(f"by {lowered(down)} and {lowered(name)}" for name in across)
    yield Page("heat", "Heat map", said, subject, frames)


def _by(source: _Source, dimension: str, block: pd.DataFrame) -> Page:
    names = _product_names(source) if dimension == "Product" else None
    if names:
        block = block.assign(Item=[names.get(item, item) for item in block["Item"]])
    thing = lowered(dimension)
    things = plural(dimension)
    table = excerpts.items(block, source.pools, SHOWN, "pairs" if CROSS in dimension else things)
    shown = table[table["Item"].isin(set(block["Item"]) - set(findings.SPECIAL))]
    sums = {name: block[name].sum() for name in ("Net revenue", "Gross margin", "Contribution")}
    table = _with_total(table, "Item", sums | {"Cost to serve": float(table["Cost to serve"].sum())})
    for name, of in (("Margin share", "Gross margin"), ("Contribution share", "Contribution")):
        net = table["Net revenue"].astype(float)
        table[name] = (table[of].astype(float) / net).where(net > 0)
    served = excerpts.served(block, source.pools, list(shown["Item"]), dimension)
    frames = {
        "items": table.rename(columns={"Item": dimension}),
        "bars": shown[["Item", "Net revenue", "Contribution"]],
        "served": served if len(shown) <= FEW and served.iloc[:, 1:].notna().any(axis=None) else served.head(0),
    }
    said = findings.pnl(block, dimension, source.money)
    more = len(block[~block["Item"].isin(findings.SPECIAL)]) - len(shown)
    notes = (
        [f"The bars show the best and the worst {things}; {figure(more)} others are in one row of the table."]
        if more
        else []
    )
    if explained := [text for name, text in SPECIAL_ROWS.items() if name in set(table["Item"])]:
        notes.append(" ".join(explained))
    return Page("pnl", f"P&L by {dimension}", said, f"Profit by {thing}", frames, notes)


def _product_names(source: _Source) -> dict[str, str]:
    frame = source.answers.facts.frame("Products")
    if frame is None or "name" not in frame:
        return {}
    return {code: name for code, name in zip(frame["product"], frame["name"], strict=True) if name}


# --- prices and lifetime value -----------------------------------------------------------------------------------


def _prices(source: _Source) -> Iterator[Page]:
    bands = source.tables.get("PriceBands")
    if bands is None or bands.empty:
        return
    table = excerpts.offers(bands, OFFERS)
    sums = {"Net revenue": table["Net revenue"].sum(), "Gain": table["Gain"].sum()}
    chart = excerpts.bands(bands)
    notes = [
        "Floor: cost to serve and required margin. Ceiling: value to the customer less the customer's incentive. "
        "Target: the price of highest expected profit between the two. Gain: what the target price would bring more "
        "if as much were sold as today.",
        "Verdict on today's price: Below cost does not pay what the offer costs, Below floor pays that but not the "
        "required margin, Giving away is under the target, Within lies between target and ceiling, Too dear is above "
        "the ceiling. No band: the floor is above the ceiling, so that no price suits both sides.",
    ]
    frames = {"offers": _with_total(table, "Segment", sums), "bands": chart}
    said = findings.prices(bands, source.money, source.tables.get("PricePlan"))
    yield Page("prices", "Prices", said, "Price per unit of each offer", frames, notes)


def _lifetime(source: _Source) -> Iterator[Page]:
    life, tiers = source.tables.get("Lifetime"), source.tables.get("Tiers")
    if life is None or life.empty or tiers is None:
        return
    by_tier, note = _ranges(source, life, list(source.tables["ByTier"]["Tier"]))
    segments = life.groupby("Segment", sort=False)["CLV"].sum().sort_values(ascending=False).reset_index()
    risk = findings.at_risk(life, tiers).head(RISKS)
    said = findings.lifetime(life, source.tables["ByTier"], source.ahead, source.money)
    frames = {"tiers": by_tier, "segments": segments.head(SHOWN), "risk": risk}
    discount = share(float(source.answers.facts.settings["discount_rate"]))
    notes = [f"Margins that customers are expected to bring {source.ahead}, discounted by {discount} a year. {note}"]
    notes += [f"{text}." for text in source.answers.notes if text.startswith("Lifetime: ")]
    yield Page("lifetime", "Lifetime value", said, f"Lifetime value {source.ahead}", frames, notes)


def _ranges(source: _Source, life: pd.DataFrame, tiers: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """Lifetime value of each tier and in total, with its range (CVM_LIFETIME_RANGE) where the fit gives one."""
    rows: list[dict[str, object]] = []
    note = f"Low and high: the interval that holds what will come with a probability of {share(LEVEL)}, by simulation."
    for tier in [*tiers, TOTAL]:
        mine = life if tier == TOTAL else life[life["Tier"] == tier]
        if mine.empty:
            continue
        low = high = np.nan
        try:
            low, high = _range(source, mine)
        except CvmError as error:
            note = f"No range is shown: {error}."
        worth, count = float(mine["CLV"].sum()), len(mine)
        row = {"Tier": tier, "Customers": count, "Active": float(mine["P(alive)"].sum()), "CLV": worth}
        rows.append(row | {"Low": low, "High": high, "Each": worth / count})
    return pd.DataFrame(rows), note


def _range(source: _Source, mine: pd.DataFrame) -> tuple[float, float]:
    """Low and high of a sum; of customers with models of their own, whose errors are independent, by their squares."""
    models, settings = source.tables["Model"], source.answers.facts.settings
    buying = next(name for name in PURCHASES if name in set(models["Model"]))
    below = above = 0.0
    for label, group in mine.groupby("Fitted to", sort=False):
        bought, spend = (
            dict(models.loc[models["Model"] == one, ["Name", "Value"]].itertuples(index=False))
            for one in (Fit(str(label), ({}, {})).named(name) for name in (buying, "gamma_gamma"))
        )
        found = CVM_LIFETIME_RANGE(
            bought,
            spend,
            *(group[name].fillna(0.0).to_numpy(dtype=float) for name in ("Frequency", "Recency", "Age", "Monetary")),
            margin=group["Margin"].to_numpy(dtype=float),
            discount=settings["discount_rate"],
            horizon=settings["horizon"],
            level=LEVEL,
            draws=int(np.clip(DRAWS // len(mine), 100, 400)),
        )
        low, mean, high = (float(found[name][-1]) for name in ("low", "mean", "high"))
        below, above = float(np.hypot(below, mean - low)), float(np.hypot(above, high - mean))
    worth = float(mine["CLV"].sum())
    return worth - below, worth + above


# --- quality -----------------------------------------------------------------------------------------------------


def _quality(source: _Source) -> Page:
    checks, table = source.tables["Checks"], source.tables["SegmentPnL"]
    lost = table[(table["Dimension"] == "Segment") & (table["Item"] == UNASSIGNED)]
    amount, rows = (float(lost[name].sum()) for name in ("Net revenue", "Lines"))
    said = findings.quality(checks, amount, int(rows), float(source.total["Net revenue"]), source.money)
    grouped = checks.assign(Compared=[_compared(text) for text in checks["Check"]], Ok=checks["Status"] == "OK")
    groups = grouped.groupby("Compared", sort=False).agg(
        Checks=("Ok", "size"), Agree=("Ok", "sum"), Largest=("Difference", lambda d: d.abs().max())
    )
    groups = groups.rename(columns={"Largest": "Largest difference"}).reset_index()
    total = {
        "Checks": groups["Checks"].sum(),
        "Agree": groups["Agree"].sum(),
        "Largest difference": groups["Largest difference"].max(),
    }
    frames = {
        "groups": _with_total(groups, "Compared", total),
        "wrong": checks[checks["Status"] != "OK"].head(PROBLEMS),
        "problems": _problems(source.problems),
        "left out": pd.DataFrame(_left_out(source), columns=["What", "Why"]),
    }
    notes = [f"Note: {note}." for note in source.answers.notes]
    more = len(source.problems) - PROBLEMS
    notes += [f"{counted(more, 'finding')} more: cvm-xl check {source.about.source}."] if more > 0 else []
    return Page("quality", "Quality", said, "What the figures rest on", frames, notes)


def _left_out(source: _Source) -> list[tuple[str, str]]:
    named = {"Tiers": "Customers", "PriceBands": "Prices", "Lifetime": "Lifetime value"}
    found = [(named.get(name, name), why) for name, why in source.answers.left_out.items()]
    if source.answers.facts.dimensions["Segment"].items[0] == ALL_CUSTOMERS:
        found.insert(0, ("P&L by segment", "no customer has a segment"))
    if not source.pools and not source.total["Cost of goods"] and not source.total["Discounts"]:
        found.insert(0, ("Cost to serve", "neither discounts nor cost of goods nor cost pools are given"))
    return found


def _compared(check: str) -> str:
    """What a check is about, so that checks of one kind stand together."""
    head = check.partition(":")[0]
    each = {
        "Pool": "Each cost pool",
        "Account": "Each account of the ledger",
        "Bridge": "Bridge between two periods",
        "Scenario": "Each scenario",
    }
    return each.get(head.partition(" ")[0], head)


def _problems(problems: Sequence[Problem]) -> pd.DataFrame:
    rows = [
        {
            "Where": ", ".join(filter(None, (p.place.sheet, p.place.column))),
            "Level": p.level,
            "Rows": p.count,
            "What": p.message,
        }
        for p in problems[:PROBLEMS]
    ]
    return pd.DataFrame(rows, columns=["Where", "Level", "Rows", "What"])
