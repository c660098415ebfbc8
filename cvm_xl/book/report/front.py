"""The first two pages, whose report it is and what it says, and the last one: what it was made from, and with."""

from __future__ import annotations

from collections.abc import Sequence

from cvm_xl.book import style
from cvm_xl.book.report.content import REPORT, About, Content
from cvm_xl.book.report.page import PAGE, Canvas, digits, fitted, lines, start
from cvm_xl.book.sheets import Draft

__all__ = ["RECORD", "SUMMARY", "TITLE", "record", "summary", "title"]

TITLE, SUMMARY, RECORD = "Title", "Summary", "Record"


def title(draft: Draft, content: Content, pages: Sequence[tuple[str, str]]) -> Canvas:
    """Company, period, currency; the pages and what they show, as links."""
    about = content.about
    widths = [220, PAGE - 220]
    canvas = start(draft, about, TITLE, about.company or "Customer value", "Customer value report", widths)
    sheet = canvas.sheet
    sheet.set_tab_color(style.GREY)
    lead = draft.paint(font_size=12)
    for text in (
        about.part,
        f"Sales from {about.period}",
        f"As of {about.end.day} {about.end:%b %Y}" + (f", all amounts in {about.currency}" if about.currency else ""),
    ):
        if text:
            canvas.across(text, lead, digits(PAGE, 12), 24)
    canvas.row += 1
    head = draft.paint(bold=True, bottom=1, bottom_color=style.INK)
    rule = {"bottom": 1, "bottom_color": style.RULE}
    link = draft.paint(**rule, font_color=style.ACCENT)
    for col, text in enumerate(("Page", "What it shows")):
        sheet.write_string(canvas.row, col, text, head)
    for i, (name, said) in enumerate(pages, canvas.row + 1):
        place = f"internal:'{name.replace(chr(39), chr(39) * 2)}'!A1"
        sheet.write_url(i, 0, place, link, fitted(name, digits(widths[0])))
        sheet.write_string(i, 1, fitted(said, digits(widths[1])), draft.paint(**rule))
    canvas.row += 2 + len(pages)
    return canvas


def record(draft: Draft, content: Content) -> Canvas:
    """The table of all that the figures depend on: source, settings, seed, versions."""
    about = content.about
    widths = [220, PAGE - 220]
    canvas = start(
        draft, about, RECORD, "What the report was made from, and with", "Source, settings, versions", widths
    )
    sheet, top = canvas.sheet, canvas.row
    head = draft.paint(bold=True, bottom=1, bottom_color=style.INK)
    rule = {"bottom": 1, "bottom_color": style.RULE, "valign": "top"}
    cell, grey = draft.paint(**rule, text_wrap=True), draft.paint(**rule, font_color=style.GREY)
    facts = [(name, value) for name, value in (*_facts(about), *about.facts) if value]
    for i, (name, value) in enumerate(facts, top + 1):
        sheet.write_string(i, 0, fitted(name, digits(widths[0])), grey)
        sheet.write_string(i, 1, value, cell)
        sheet.set_row_pixels(i, 2 + 18 * lines(value, digits(widths[1]) * 0.95))
    columns = [{"header": column.header, "header_format": head} for column in REPORT]
    options = {"name": REPORT.name, "columns": columns, "style": None, "autofilter": False}
    sheet.add_table(top, 0, top + len(facts), 1, options)
    canvas.row = top + 2 + len(facts)
    return canvas


def _facts(about: About) -> list[tuple[str, str]]:
    return [
        ("Company", about.company),
        ("Part", about.part),
        ("Period start", about.start.isoformat()),
        ("Period end", about.end.isoformat()),
        ("Currency", about.currency),
        ("Source", about.source),
        ("Fingerprint (SHA-256)", about.fingerprint),
    ]


def summary(draft: Draft, content: Content) -> Canvas:
    """The finding, five figures, up to three things to do."""
    about = content.about
    canvas = start(draft, about, SUMMARY, content.headline, "Summary", [PAGE // 5] * 5)
    sheet, top = canvas.sheet, canvas.row
    sheet.set_row_pixels(top, 22)
    sheet.set_row_pixels(top + 1, 44)
    sheet.set_row_pixels(top + 2, 58)
    bar = {"align": "left", "indent": 1, "left": 5, "left_color": style.ACCENT}
    for i, figure in enumerate(content.figures):
        shown, unit = style.scaled(abs(figure.value), about.decimals)
        money = figure.unit == about.currency and bool(figure.unit)
        kind = shown if money else {"share": "0%", "": "#,##0"}.get(figure.unit, "#,##0")
        sheet.write_string(top, i, figure.name, draft.paint(**bar, bold=True))
        big = draft.paint(**bar, bold=True, font_size=24, num_format=kind, font_color=style.ACCENT)
        sheet.write_number(top + 1, i, figure.value, big)
        said = "\n".join(part for part in (f"{figure.unit} {unit}".strip() if money else "", figure.said) if part)
        small = draft.paint(**bar, font_size=9, font_color=style.GREY, text_wrap=True, valign="top")
        sheet.write_string(top + 2, i, said, small)
    canvas.row = top + 4
    if content.actions:
        canvas.title("What to do" if len(content.actions) > 1 else "What to do first")
    there = {page.name for page in content.pages}
    for number, action in enumerate(content.actions, 1):
        strong = draft.paint(bold=True, font_size=12, text_wrap=True, top=1, top_color=style.RULE)
        canvas.across(f"{number}. {action.what}", strong, digits(PAGE, 12) * 0.9, 26)
        why = f"    {action.why}." + (f" See {action.page}." if action.page in there else "")
        canvas.across(why, draft.paint(text_wrap=True, valign="top"), digits(PAGE), 22)
    canvas.notes(content.remarks)
    canvas.row += 1
    canvas.title("What each page says")
    rule = {"bottom": 1, "bottom_color": style.RULE, "valign": "top"}
    for page in content.pages:
        high = 18 * lines(page.headline, digits(PAGE * 4 / 5) * 1.03)
        sheet.set_row_pixels(canvas.row, high)
        sheet.write_string(
            canvas.row, 0, fitted(page.name, digits(PAGE / 5)), draft.paint(**rule, font_color=style.ACCENT)
        )
        sheet.merge_range(canvas.row, 1, canvas.row, 4, "", draft.paint(**rule, text_wrap=True))
        sheet.write_string(canvas.row, 1, page.headline, draft.paint(**rule, text_wrap=True))
        canvas.row += 1
    return canvas
