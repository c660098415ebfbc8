"""The steps of the commands, with about the seconds that each takes: measured on small and on large workbooks.

Only how they compare matters: on a faster or slower machine the course of the work corrects them as it goes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from cvm_xl.book import schema
from cvm_xl.book.parts import Table
from cvm_xl.progress import Step

__all__ = ["SCORE", "answers", "importing", "reading", "refresh", "report"]

MILLION = 1e6
SCORE = (
    Step("read", 0.2),
    Step("open", 0.3),
    Step("check", 0.5),
    Step("sales", 3.5),
    Step("cost to serve", 2),
    Step("purchase histories", 5),
    Step("fit", 0.5),
    Step("customers", 2.5),
)


def refresh(tables: Sequence[Table], read: Collection[str], only: Collection[str]) -> list[Step]:
    """Steps of a refresh of these parts of a workbook with these tables, of which some are read."""
    rows = _rows(tables, schema.INPUT_TABLES)
    written = [Step("write", 0.7 * len(only)), Step("save", 0.2 + 0.3 * rows)]
    return [Step("open", 0.1), reading(tables, read), *answers(rows, only), *written]


def report(tables: Sequence[Table], read: Collection[str], *, pdf: bool, split: bool) -> list[Step]:
    """Steps of the report of a workbook with these tables, of which some are read; or of reports of its parts."""
    rows = _rows(tables, schema.INPUT_TABLES)
    every = answers(rows, ("tiers", "pnl", "price", "clv", "growth"))
    printed = [Step("PDF", 8.0)] if pdf else []
    drawn = [Step("report", 10.0)] if split else [Step("draw", 1 + rows), *printed]
    return [Step("open", 0.1), reading(tables, read), *every, *drawn]


def importing(source: Path) -> list[Step]:
    """Steps of an import of a file."""
    size = source.stat().st_size / MILLION if source.exists() else 0.0
    if source.suffix.lower() not in (".csv", ".txt"):
        size *= 5  # what is packed
    return [
        Step("read", 0.2 + 0.12 * size),
        Step("understand", 0.2 + 0.05 * size),
        Step("write", 0.2 + 0.12 * size),
        Step("save", 0.1 + 0.01 * size),
    ]


def reading(tables: Sequence[Table], read: Collection[str]) -> Step:
    """The step that reads tables."""
    names = {schema.normal(name): name for name in read}
    there = [table for table in tables if schema.normal(table.name) in names]
    rows = sum(table.data.rows for table in there)
    said = frozenset(names[schema.normal(table.name)] for table in there)
    return Step("read", 0.3 + 4.5 * rows / MILLION, said, rows)


def answers(rows: float, only: Collection[str]) -> list[Step]:
    """Steps from tables of so many million rows to answers."""
    steps = [
        Step("check", 0.5 + 0.4 * rows),
        Step("sales", 0.1 + 0.7 * rows),
        Step("cost to serve", 0.1 + 0.3 * rows),
        Step("profit and loss", 0.5 + 0.2 * rows),
    ]
    if "price" in only:
        steps.append(Step("price bands", 2 + rows))
    if "clv" in only:
        steps += [Step("lifetime value", 2 + 0.5 * rows), Step("holdout", 0.6), Step("cohorts", 0.2)]
    if "growth" in only:
        steps.append(Step("growth", 3 + 2 * rows))
    return steps


def _rows(tables: Sequence[Table], of: Sequence[schema.Table]) -> float:
    """Millions of rows in tables of the schema."""
    names = {schema.normal(table.name) for table in of}
    return sum(table.data.rows for table in tables if schema.normal(table.name) in names) / MILLION
