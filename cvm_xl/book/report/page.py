"""One page of a report: headline, subject line, charts, tables, notes, and how it is printed.

A page is a sheet that prints on one side of paper. What charts draw and no table on the page shows stands to the right
of the printed part.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.chart import Chart
from xlsxwriter.utility import quote_sheetname, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import style
from cvm_xl.book.charts import place
from cvm_xl.book.paper import PAPERS, Paper
from cvm_xl.book.report.content import About
from cvm_xl.book.sheets import Draft

__all__ = ["PAGE", "WIDE", "Canvas", "Col", "digits", "fitted", "lines", "print_setup", "sheet_names", "start"]


PAGE = 1016  # pixels across, what landscape A4 holds at full size
WIDE = PAGE - 6  # of charts: their right border is not to fall on the paper's edge
ROW = 20  # pixels of a row
GAP = 8
LARGE = 1e6  # an amount of each customer that is read in thousands
FOOTER = 80  # characters: a footer holds 255 with its codes

HEADLINE, SUBJECT = 0, 1


@dataclass(frozen=True)
class Col:
    """A column of a table on a page.

    Kinds: text; money, in the scale of its table; result, money that is coloured below zero; units, money in whole
    units; price, money with its decimals; share; percent, a share without decimals; whole. A text that has empty
    columns beside it may take more `room`, in pixels, than its own.
    """

    name: str
    kind: str = "text"
    head: str = ""
    room: int = 0

    @property
    def heading(self) -> str:
        return self.head or self.name


@dataclass
class Canvas:
    """A page while it is drawn; `row` is the next free one."""

    draft: Draft
    sheet: Worksheet
    about: About
    widths: Sequence[int]
    row: int = 3
    aside: int = 0

    @property
    def quoted(self) -> str:
        return quote_sheetname(self.sheet.get_name())

    def place(self, charts: Sequence[tuple[Chart, int]], height: int) -> None:
        """Charts side by side with their widths in pixels, and room below for what follows."""
        x = 0
        for chart, width in charts:
            chart.set_size({"width": width, "height": height})
            place(self.sheet, self.row, 0, chart, x_offset=x)
            x += width + GAP
        self.row += math.ceil((height + GAP) / ROW)

    def title(self, text: str) -> None:
        """A line above a table."""
        self.sheet.write_string(self.row, 0, text, self.draft.paint(bold=True, font_size=11))
        self.row += 1

    def scale(self, largest: float) -> tuple[str, str]:
        """Number format for amounts of which this is the largest, and their unit."""
        shown, unit = style.scaled(0.0 if math.isnan(largest) else largest, self.about.decimals)
        return shown, f"{self.about.currency} {unit}".strip()

    def table(
        self,
        columns: Sequence[Col],
        frame: pd.DataFrame,
        *,
        total: bool = False,
        largest: float | None = None,
        counts: int = 0,
    ) -> None:
        """A table; its last row is set off where it is a total.

        `largest` sets the scale of money; so many last rows are `counts`, not money.
        """
        money = [c.name for c in columns if c.kind in ("money", "result")]
        if largest is None:
            largest = _largest(frame[money].iloc[: len(frame) - counts])
        shown, said = self.scale(largest)
        formats = {"money": shown, "result": shown, "share": "#,##0.0%", "percent": "0%", "whole": "#,##0"}
        units = {"money": said, "result": said, "price": self.about.currency, "units": self.about.currency}
        each = _largest(frame[[c.name for c in columns if c.kind == "units"]])
        if each >= LARGE:
            formats["units"], units["units"] = self.scale(each)
        rooms = [digits((one.room or self.widths[j]) - 10) * 0.92 for j, one in enumerate(columns)]
        heads = [fitted(one.heading, 2.6 * room) for one, room in zip(columns, rooms, strict=True)]
        top = self.row
        small = {"font_size": 8, "font_color": style.GREY, "valign": "bottom"}
        for j, one in enumerate(columns):
            side = _side(one, j)
            self.sheet.write(top, j, units.get(one.kind), self.draft.paint(**small, **side))
            head = {"bold": True, "bottom": 1, "bottom_color": style.INK, "text_wrap": not one.room}
            self.sheet.write_string(top + 1, j, heads[j], self.draft.paint(**head, **side))
        high = max(lines(one, room) for one, room in zip(heads, rooms, strict=True))
        self.sheet.set_row_pixels(top + 1, 16 * high + 4)
        first, high = top + 2, [1] * len(frame)
        for j, one in enumerate(columns):
            values = frame[one.name].tolist() if len(frame) else []
            shown = formats.get(one.kind) or _plain(values, self.about.decimals, cents=one.kind == "price")
            for i, value in enumerate(values):
                look: dict[str, Any] = {"bottom": 1, "bottom_color": style.RULE}
                if total and i == len(frame) - 1:
                    look = {"bold": True, "top": 1, "top_color": style.INK}
                if one.kind == "text":
                    text = "" if value is None or value != value else str(value)
                    high[i] = max(high[i], self._text(first + i, j, text, one, look | _side(one, j)))
                else:
                    kind = "#,##0" if i >= len(frame) - counts else shown
                    self._number(first + i, j, value, self.draft.paint(**look, num_format=kind, align="right"))
            if one.kind == "result" and len(frame):
                self._losses(first, first + len(frame) - 1, j)
        if columns[-1].room:  # what runs over the columns beside it
            for j in range(len(columns), len(self.widths)):
                self.sheet.write_blank(top + 1, j, None, self.draft.paint(bottom=1, bottom_color=style.INK))
                for i in (i for i, many in enumerate(high) if many == 1):
                    self.sheet.write_blank(first + i, j, None, self.draft.paint(bottom=1, bottom_color=style.RULE))
        for i, many in enumerate(high):
            if many > 1:
                self.sheet.set_row_pixels(first + i, 17 * many + 3)
        self.row = first + len(frame) + 1

    def _text(self, row: int, col: int, text: str, one: Col, look: dict[str, Any]) -> int:
        """A text in a table, on two lines where one is too short for it; how many it takes."""
        room = digits((one.room or self.widths[col]) - (16 if col else 6))
        short = fitted(text, room)
        if short == fitted(text, math.inf):
            self.sheet.write_string(row, col, short, self.draft.paint(**look))
            return 1
        wrapped = self.draft.paint(**look, text_wrap=True)
        if one.room:
            self.sheet.merge_range(row, col, row, len(self.widths) - 1, "", wrapped)
        # A line broken at a space is not full.
        self.sheet.write_string(row, col, fitted(text, 1.8 * room), wrapped)
        return 2

    def _number(self, row: int, col: int, value: object, paint: Any) -> None:
        if value is None or value != value:
            self.sheet.write_blank(row, col, None, paint)
        elif isinstance(value, str):
            self.sheet.write_string(row, col, value, paint)
        else:
            self.sheet.write_number(row, col, float(value), paint)  # type: ignore[arg-type]

    def _losses(self, first: int, last: int, col: int) -> None:
        loss = self.draft.book.add_format({"font_color": style.BAD})
        self.sheet.conditional_format(
            first, col, last, col, {"type": "cell", "criteria": "<", "value": 0, "format": loss}
        )

    def behind(self, frame: pd.DataFrame) -> dict[str, str]:
        """Put what a chart draws but no table shows to the right of what is printed; references to its columns."""
        left = len(self.widths) + 1 + self.aside
        grey = self.draft.paint(font_color=style.GREY, font_size=8)
        self.sheet.write_string(HEADLINE, left, "Behind the chart", grey)
        for j, name in enumerate(frame.columns):
            self.sheet.write_string(SUBJECT, left + j, str(name), grey)
            for i, value in enumerate(frame[name].tolist()):
                self._number(SUBJECT + 1 + i, left + j, value, grey)
        self.aside += len(frame.columns) + 1
        last = SUBJECT + max(len(frame), 1)
        return {
            str(name): self.reference(SUBJECT + 1, left + j, last, left + j) for j, name in enumerate(frame.columns)
        }

    def reference(self, top: int, left: int, bottom: int, right: int) -> str:
        """Cells of this page as charts name them."""
        return f"={self.quoted}!{xl_range_abs(top, left, bottom, right)}"

    def notes(self, texts: Sequence[str]) -> None:
        """Small print, each text on lines of its own over the page's width."""
        paint = self.draft.paint(font_size=9, font_color=style.GREY, text_wrap=True, valign="top")
        for text in texts:
            self.across(text, paint, digits(PAGE, 9), 16)

    def across(self, text: str, paint: Any, characters: float, height: int) -> None:
        """Prose over the whole width, as many lines high as it needs."""
        self.sheet.set_row_pixels(self.row, height * lines(text, characters))
        self.sheet.merge_range(self.row, 0, self.row, len(self.widths) - 1, "", paint)
        self.sheet.write_string(self.row, 0, text, paint)
        self.row += 1

    def finish(self, paper: Paper) -> None:
        """The printed part ends here."""
        self.sheet.print_area(0, 0, max(self.row - 1, 1), len(self.widths) - 1)
        print_setup(self.sheet, self.about, paper, tall=1)


def _largest(amounts: pd.DataFrame) -> float:
    return float(amounts.astype(float).abs().max().max()) if amounts.size else 0.0


def _side(one: Col, j: int) -> dict[str, Any]:
    """Texts left, apart from a number that ends to the left of them; numbers right."""
    if one.kind != "text":
        return {"align": "right"}
    return {"align": "left", "indent": 1} if j else {"align": "left"}


def _plain(values: Sequence[object], decimals: int, *, cents: bool) -> str:
    """Number format of money that is not scaled: without cents where amounts are large enough, if they need not be."""
    known = [abs(value) for value in values if isinstance(value, float | int) and value == value]
    return style.money(0 if not cents and max(known, default=0.0) >= 100 else decimals)


def start(draft: Draft, about: About, name: str, headline: str, subject: str, widths: Sequence[int]) -> Canvas:
    """A new page with its headline and, below, what it shows, of whom, of when."""
    sheet = draft.book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_tab_color(style.ACCENT)
    sheet.set_column_pixels(0, len(widths) + 60, 80)
    for i, width in enumerate(widths):
        sheet.set_column_pixels(i, i, width)
    canvas = Canvas(draft, sheet, about, widths, row=HEADLINE)
    canvas.across(headline, draft.paint(bold=True, font_size=15, text_wrap=True, valign="top"), digits(PAGE, 15), 26)
    text = ", ".join(part for part in (subject, about.who, about.period) if part)
    canvas.across(text, draft.paint(font_color=style.GREY, valign="top", text_wrap=True), digits(PAGE), ROW)
    canvas.row += 1
    return canvas


def print_setup(sheet: Worksheet, about: About, paper: Paper, *, tall: int) -> None:
    """Landscape, one page wide, and at the foot whose report it is, the sheet's name and the page's number."""
    sheet.set_landscape()
    sheet.set_paper(PAPERS[paper])
    sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, tall)
    who = fitted(", ".join(part for part in (about.who, about.period) if part), FOOTER).replace("&", "&&")
    small = "&8&K6E7781"
    sheet.set_footer(f"&L{small}{who}&C{small}&A&R{small}&P of &N")


def sheet_names(names: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """Names that Excel accepts for sheets, at most 31 characters, no two alike."""
    found: list[str] = []
    for name in names:
        plain = "".join(" " if c in "[]:*?/\\" or ord(c) < 32 else c for c in name).strip(" '") or "Page"
        number, made = 1, plain[:31].strip(" '")
        while made.casefold() in {other.casefold() for other in [*found, *taken]}:
            number += 1
            made = f"{plain[: 28 - len(str(number))]} ({number})"
        found.append(made)
    return found


def fitted(text: str, room: float) -> str:
    """A text that fits into so many digits' width, its end an ellipsis if need be; control characters become spaces."""
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    if _width(plain) <= room:
        return plain
    kept, used = "", 1.0
    for character in plain:
        used += _width(character)
        if used > room:
            break
        kept += character
    return f"{kept.rstrip()}…"


def lines(text: str, characters: float) -> int:
    """Lines that a text takes when it is broken at spaces."""
    count, used = 1, 0.0
    for word in text.split(" "):
        size = _width(word)
        if used and used + size > characters:
            count, used = count + 1, 0.0
        count += int(size // characters)
        used += size % characters + 0.5
    return count


def digits(pixels: float, size: float = style.SIZE) -> float:
    """How many digits of a font size go side by side; a digit of Arial is 0.556 of its size wide."""
    return pixels / (0.556 * size * 4 / 3)


_UNLIKE_DIGITS = dict.fromkeys("iIl.,:;'|! /", 0.5) | dict.fromkeys("fjrt()[]-", 0.62) | {"w": 1.35}
_UNLIKE_DIGITS |= dict.fromkeys("mM%W@", 1.6)


def _width(text: str) -> float:
    """Width in digits: wide scripts and emoji count two, capitals a little more than one, marks none."""
    width = 0.0
    for c in text:
        if c in _UNLIKE_DIGITS:
            width += _UNLIKE_DIGITS[c]
        elif unicodedata.category(c) not in ("Mn", "Me", "Cf"):
            width += 2.0 if unicodedata.east_asian_width(c) in "WF" else 1.25 if c.isupper() else 1.0
    return width
