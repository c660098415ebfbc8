"""The report's workbook: pages to read, each printing on one side of paper, then the tables in full."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from io import BytesIO

from xlsxwriter import Workbook

from cvm_xl.book import style
from cvm_xl.book.report import front, profit, quality, value
from cvm_xl.book.report.content import About, Content, Page
from cvm_xl.book.report.page import Canvas, Paper, sheet_names
from cvm_xl.book.sheets import Draft

__all__ = ["write"]

DRAW: dict[str, Callable[[Draft, About, Page], Canvas]] = {
    "whale": profit.whale,
    "customers": profit.customers,
    "pnl": profit.pnl,
    "waterfall": profit.waterfall,
    "heat": profit.heat,
    "prices": value.prices,
    "lifetime": value.lifetime,
    "quality": quality.quality,
}


def write(content: Content, paper: Paper = "a4") -> bytes:
    """Draw the pages of a report."""
    about = content.about
    made = BytesIO()
    book = _workbook(made, about)
    draft = Draft(book, style.painter(book), about.currency, about.decimals, about.company, (), (), {})
    names = sheet_names([page.name for page in content.pages], taken=(front.TITLE, front.SUMMARY))
    listed = [(front.SUMMARY, "The finding, five figures, what to do")]
    listed += [(name, page.subject) for name, page in zip(names, content.pages, strict=True)]
    front.title(draft, content, listed).finish(paper)
    front.summary(draft, content).finish(paper)
    for name, page in zip(names, content.pages, strict=True):
        named = Page(page.kind, name, page.headline, page.subject, page.frames, page.notes)
        DRAW[page.kind](draft, about, named).finish(paper)
    book.close()
    return made.getvalue()


def _workbook(target: BytesIO, about: About) -> Workbook:
    base = {"font_name": style.FONT, "font_size": style.SIZE}
    book = Workbook(target, {"in_memory": True, "strings_to_urls": False, "default_format_properties": base})
    created = datetime.datetime.combine(about.end, datetime.time())
    title = ", ".join(part for part in ("Customer value", about.who, about.period) if part)
    book.set_properties({"title": title, "author": "cvm-xl", "created": created})
    book.set_size(28_000, 16_000)
    return book
