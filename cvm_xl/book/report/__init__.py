"""The report's workbook: pages to read, each printing on one side of paper, then the tables in full."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from xlsxwriter import Workbook

from cvm_xl.book import style
from cvm_xl.book.fill import fill
from cvm_xl.book.package import Package
from cvm_xl.book.paper import Paper
from cvm_xl.book.report import front, growth, profit, quality, value
from cvm_xl.book.report.content import VOLUMES, About, Content, Page
from cvm_xl.book.report.page import Canvas, print_setup, sheet_names
from cvm_xl.book.schema import Table, table
from cvm_xl.book.sheets import Draft, columns_of, write_sheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["spread_of", "write"]

DRAW: dict[str, Callable[[Draft, About, Page], Canvas]] = {
    "change": profit.change,
    "whale": profit.whale,
    "customers": profit.customers,
    "pnl": profit.pnl,
    "waterfall": profit.waterfall,
    "heat": profit.heat,
    "prices": value.prices,
    "lifetime": value.lifetime,
    "investment": growth.investment,
    "decisions": growth.decisions,
    "satisfaction": growth.satisfaction,
    "alerts": growth.alerts,
    "quality": quality.quality,
}


def write(content: Content, paper: Paper = "a4", *, full: bool = True) -> bytes:
    """Draw the pages of a report, and write its tables in full; without `full` only the pages, for printing.

    Returns
    -------
    bytes
        An .xlsx file of values and charts; the same bytes for the same content.
    """
    about = content.about
    made = BytesIO()
    book = _workbook(made, about)
    spread = spread_of(content.tables)
    draft = Draft(book, style.painter(book), about.currency, about.decimals, about.company, spread, (), {})
    data = [_declared(name) for name in content.tables] if full else []
    sheets = [one.sheet for one in data]
    names = sheet_names(
        [page.name for page in content.pages], taken=(front.TITLE, front.SUMMARY, front.RECORD, *sheets)
    )
    listed = [(front.SUMMARY, "The finding, five figures, what to do")]
    listed += [(name, page.subject) for name, page in zip(names, content.pages, strict=True)]
    listed.append((front.RECORD, "What it was made from, and with: source, settings, versions"))
    listed += [(one.sheet, re.split(r"[,.:(]", one.help)[0]) for one in data]
    front.title(draft, content, listed).finish(paper)
    front.summary(draft, content).finish(paper)
    for name, page in zip(names, content.pages, strict=True):
        DRAW[page.kind](draft, about, replace(page, name=name)).finish(paper)
    front.record(draft, content).finish(paper)
    for one in data:
        write_sheet(draft, one)
        sheet = book.get_worksheet_by_name(one.sheet)
        assert sheet is not None
        print_setup(sheet, about, paper, tall=0)
    book.close()
    if not full:
        return made.getvalue()
    package = Package(made.getvalue())
    for one in data:
        frame = content.tables[one.name]
        headers = [column.header for column in columns_of(one, spread)]
        fill(package, one.name, {header: frame[header].to_numpy() for header in headers if header in frame})
    filled = BytesIO()
    package.write(filled)
    return filled.getvalue()


def _declared(name: str) -> Table:
    return VOLUMES if name == VOLUMES.name else table(name)


def spread_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Columns of SegmentPnL that the schema does not know: cost pools, and subtotals between them."""
    frame = tables.get("SegmentPnL")
    return (
        {} if frame is None else {"SegmentPnL": [str(c) for c in frame if table("SegmentPnL").column(str(c)) is None]}
    )


def _workbook(target: BytesIO, about: About) -> Workbook:
    base = {"font_name": style.FONT, "font_size": style.SIZE}
    book = Workbook(target, {"in_memory": True, "strings_to_urls": False, "default_format_properties": base})
    created = datetime.datetime.combine(about.end, datetime.time())
    title = ", ".join(part for part in ("Customer value", about.who, about.period) if part)
    book.set_properties({"title": title, "author": "cvm-xl", "created": created})
    book.set_size(28_000, 16_000)
    return book
