"""Answers into the output tables of a workbook: which a refresh writes, what goes into each, sheets that lack."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cvm_xl.answers import QUESTIONS, Answers
from cvm_xl.book import parts, schema
from cvm_xl.book.growth_declared import GROWTH_OUTPUTS
from cvm_xl.book.lifecycle_declared import LIFECYCLE_OUTPUTS
from cvm_xl.book.package import Package
from cvm_xl.book.spend_declared import SPEND_OUTPUTS
from cvm_xl.book.touchpoints_declared import TOUCHPOINT_OUTPUTS
from cvm_xl.errors import BookError, Place
from cvm_xl.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["headers", "like", "plan", "print_on", "to_write", "write_answers"]

WRITES = {
    "tiers": ("Tiers", "Whale", "Portfolio", "ByQuadrant", "WhaleStats", "Migration", "TierMoves"),
    "pnl": (
        "SegmentPnL",
        "Bridge",
        "BridgeSteps",
        "PocketPrice",
        "PocketSteps",
        "PocketCustomers",
        "PocketOutliers",
        "ScenarioPnL",
        "ScenarioTotals",
        "Matrix",
        "HeatMap",
        "Trace",
    ),
    "price": (
        "PriceBands",
        "ValueEvidence",
        "WhatIf",
        "WhatIfBands",
        "PricePlan",
        "AcceptanceCurve",
        "TargetEffects",
        "EffectBars",
        "TalkFirst",
        "CustomerBands",
        "CostPlusGap",
        "GapBars",
        "ValueMap",
        "MapPoints",
        "Position",
        "PricePoints",
        "PriceCurves",
        "BuyCurve",
        "PartWorths",
        "ChoiceShares",
        "Elasticity",
    ),
    "clv": ("Lifetime", "HoldoutModels", "Holdout", "HoldoutDeciles", "Cohorts", "CohortRetention"),
    "growth": tuple(one.name for one in GROWTH_OUTPUTS + SPEND_OUTPUTS + LIFECYCLE_OUTPUTS + TOUCHPOINT_OUTPUTS),
}
ALWAYS = ("Model", "Checks", "Headlines", "BySegment", "ByTier", "ByOffer")
CHARTED = ("Dashboard",)
SPREAD = ("SegmentPnL", "PocketCustomers", "HeatMap", "CohortRetention", "ResponseCurves", "Transitions")
"""Tables with a column for each cost pool, segment, quarter, unit or tier."""

LIKE = {
    "SegmentPnL": "Cost of goods",
    "PocketCustomers": "Discounts",
    "HeatMap": "All",
    "CohortRetention": "A quarter",
    "ResponseCurves": "All of them",
    "Transitions": "Stays",
}
"""The column whose format further columns of a table take: a cost pool's, a segment's, a quarter's ..."""


GONE = {"SegmentPnL": "cost pool", "ResponseCurves": "unit of Budgets"}
"""What columns of the last refresh were that are there no more."""


def to_write(only: Collection[str]) -> list[str]:
    """The tables that a refresh of these parts writes."""
    return [*(name for question in QUESTIONS if question in only for name in WRITES[question]), *ALWAYS]


def write_answers(
    package: Package,
    answers: Answers,
    names: Collection[str],
    settings: dict[str, Any],
    progress: Progress | None = None,
    former: Mapping[str, Collection[str]] | None = None,
) -> tuple[list[str], list[str]]:
    """Put output tables into a package: sheets that are missing are added, tables that are there are filled.

    Returns the tables written, and remarks on what the analyst should know about the sheets.
    """
    from cvm_xl.book.build import donor
    from cvm_xl.book.fill import fill
    from cvm_xl.book.graft import graft
    from cvm_xl.book.paper import follow_paper
    from cvm_xl.book.recalculate import set_recalculate
    from cvm_xl.book.titles import follow_settings

    present = {schema.normal(t.name): t.name for t in parts.tables(package)}
    sheets = {schema.normal(s.name) for s in parts.sheets(package)}
    names = names if "headlines" in present else {*names, "Whale"}  # the dashboard charts it
    tables = {name: t for name, t in answers.tables.items() if name in names}
    missing = [name for name in tables if schema.normal(name) not in present]
    for name in missing:
        if schema.normal(schema.table(name).sheet) in sheets:
            raise _nameless(name, parts.tables(package))
    if missing:
        spread = {
            name: [str(c) for c in tables[name].columns if schema.table(name).column(c) is None]
            for name in SPREAD
            if name in tables
        }
        outputs = sorted(schema.outputs(), key=lambda t: t.sheet != CHARTED[0])  # the dashboard first
        wanted = [t.name for t in outputs if t.name in missing]
        given = donor(
            wanted,
            currency=str(settings["currency"] or ""),
            decimals=int(settings["decimals"]),
            company=str(settings["company"] or ""),
            spread=spread,
            present=parts.tables(package),
        )
        graft(package, given)
    standing = {schema.normal(t.name): t for t in parts.tables(package)}
    there = {name: t.columns for name, t in standing.items()}
    planned, remarks = plan(answers, names, there, former)
    for number, (name, columns) in enumerate(planned.items()):
        if progress:
            progress(f"write {name}", number, len(planned))
        declared = schema.table(name)
        result = fill(package, name, columns, key=headers(declared), like=like(name, columns), charts_on=CHARTED)
        remarks += result.remarks
        remarks += [f"{name}: {e.column} of {e.key} ({e.value!r}) has no row any more" for e in result.lost]
        remarks += _undrawn(package, name, columns, standing[schema.normal(name)], anew=name not in missing)
    sheets = {sheet.name: sheet for sheet in parts.sheets(package)}
    placed = {schema.normal(t.name): t.sheet.name for t in parts.tables(package)}
    paper = settings["paper"].lower()
    print_on(lambda names: follow_paper(package, [sheets[name] for name in names], paper), planned, placed, sheets)
    follow_settings(package, str(settings["company"] or ""), str(settings["currency"] or ""))
    set_recalculate(package)
    return list(planned), remarks


def print_on(
    follow: Callable[[Collection[str]], bool],
    written: Collection[str],
    placed: Mapping[str, str],
    sheets: Collection[str],
) -> None:
    """Have results print on the paper of Settings; and, where Start does not yet, the template as a whole.

    A sheet of inputs for which the analyst chose the other paper, while Start agrees with Settings, keeps it.

    Parameters
    ----------
    follow : callable
        Turns sheets of these names to the paper, and says whether one of them did print on the other.
    written : collection of str
        The tables of results.
    placed : mapping
        The sheet of each table, by the table's normal name.
    sheets : collection of str
        The names of all sheets.
    """
    from cvm_xl.book import manual, start

    follow({placed[schema.normal(name)] for name in written})
    if start.NAME in sheets and follow([start.NAME]):
        inputs = {schema.normal(t.name) for t in schema.inputs()}
        follow({sheet for name, sheet in placed.items() if name in inputs} | ({manual.NAME} & set(sheets)))


def _undrawn(package: Package, name: str, columns: Mapping[str, Any], before: parts.Table, *, anew: bool) -> list[str]:
    """What to do where a sheet's charts were made before there was what they are to draw."""
    from cvm_xl.book.extent import drawn
    from cvm_xl.book.spend_sheets import CHARTED

    rows = len(next(iter(columns.values())))
    if not anew or name not in CHARTED or not rows:
        return []
    sheet = before.sheet.name
    remedy = f"delete the sheet {sheet}, and the next refresh draws it anew"
    if name in SPREAD and not set(columns) <= set(before.columns) and drawn(package, before.sheet.part, before.data):
        return [f"{name}: its chart shows what stood there when the sheet was made; {remedy}"]
    first = before.data.top == before.data.bottom and rows > 1
    if first and not drawn(package, before.sheet.part, before.data):
        return [f"{name}: filled for the first time, without a chart; {remedy}"]
    return []


def plan(
    answers: Answers,
    names: Collection[str],
    there: Mapping[str, Sequence[str]],
    former: Mapping[str, Collection[str]] | None = None,
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What to write into each table: name -> header -> values; and what to tell the analyst about it.

    Parameters
    ----------
    answers : Answers
    names : collection of str
        The tables to write.
    there : mapping of str to sequence of str
        The workbook's tables, by their normal names, and their headers.
    former : mapping of str to collection of str, optional
        Columns that the last refresh gave tables, and that are ours: cost pools of SegmentPnL.
    """
    planned: dict[str, dict[str, Any]] = {}
    remarks: list[str] = []
    tables = {name: t for name, t in answers.tables.items() if name in names}
    # Tables of an answer that is left out now must not go on showing what an earlier refresh found.
    emptied = [t.name for t in schema.outputs() if t.name in names and t.name not in tables]
    for name in (*tables, *emptied):
        if schema.normal(name) not in there:
            continue
        columns = _columns(schema.table(name), tables.get(name))
        gone = [c for c in (former or {}).get(name, ()) if c not in columns and c in there[schema.normal(name)]]
        columns |= dict.fromkeys(gone, [None] * len(next(iter(columns.values()))))
        remarks += [f"{name}: {column} is no {GONE[name]} any more; delete its column, now empty" for column in gone]
        planned[name] = columns
    return planned, remarks


def like(name: str, columns: Collection[str]) -> dict[str, str]:
    """For a column that the schema does not know, the one whose format it takes."""
    declared = schema.table(name)
    return {header: LIKE[name] for header in columns if declared.column(header) is None}


def _nameless(name: str, there: list[parts.Table]) -> BookError:
    """The error for an output sheet whose table is gone, or bears another name."""
    declared = schema.table(name)
    alike = [t.name for t in there if schema.normal(t.sheet.name) == schema.normal(declared.sheet)]
    alike = [other for other in alike if schema.normal(other) not in {schema.normal(t.name) for t in schema.outputs()}]
    rename = f"Rename its table {alike[0]} to {name} (Table Design > Table Name); or rename" if alike else "Rename"
    return BookError(
        f"the sheet {declared.sheet} has no table {name}",
        place=Place(declared.sheet, name),
        remedy=f"{rename} or delete the sheet, and the refresh adds its own",
    )


def headers(table: schema.Table) -> tuple[str, ...]:
    """The headers of a table's key."""
    return tuple(column.header for column in table if column.name in table.key)


def _columns(declared: schema.Table, frame: pd.DataFrame | None) -> dict[str, Any]:
    """The columns of an output table in the schema's order; the P&L's cost pools before its last. Without live ones."""
    headers = [column.header for column in declared if not column.live]
    if frame is None:
        return {header: [] for header in headers}
    extra = [str(name) for name in frame.columns if name not in headers] if declared.extras else []
    ordered = [*headers[:-1], *extra, headers[-1]]
    return {header: frame[header].to_numpy() for header in ordered if header in frame}
