"""How a workbook looks: fonts, colours, number formats. The only place that says so.

Two habits are kept: financial models write inputs blue on a pale fill and everything computed black (FAST); reports
have one accent colour and two colours for good and bad that the colour-blind can tell apart (IBCS; the two are
Okabe and Ito's blue and vermilion).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from cvm_xl.book.schema import Column
from cvm_xl.figures import figure

__all__ = [
    "ACCENT",
    "BAD",
    "FONT",
    "GREY",
    "INK",
    "MUTED",
    "TAB",
    "WARM",
    "Paint",
    "as_text",
    "cell",
    "header",
    "money",
    "painter",
    "scaled",
    "telling",
    "unit",
    "warning",
]

FONT = "Arial"  # Excel has it everywhere; LibreOffice has it or Liberation Sans, which has the same metric
SIZE = 10

INK = "#1F2328"
GREY = "#6E7781"
RULE = "#E1E4E8"
ACCENT = "#0072B2"
BAD = "#D55E00"
MUTED = "#A9C7DE"  # the accent, pale: areas that only carry the eye
WARM = "#F2B48A"  # vermilion, pale: much of what is better little
INPUT = "#0000FF"
PALE = "#FFFBE6"
PALE_RULE = "#E6DFC0"
PALE_HEADER = "#F3EBC8"

TAB = {"input": "#E3C95B", "output": ACCENT, "guide": GREY}

# Money columns in which a negative figure is a loss; in others (discounts, costs) it is merely the sign.
RESULTS = frozenset(
    {"profit", "gross_margin", "contribution", "difference", "clv", "cumulative_profit"}
    | {"pocket_margin", "after_cost_to_serve", "after_acquisition_and_retention"}  # after the pools of a layer
)

Paint = Callable[..., Format]


def painter(book: Workbook) -> Paint:
    """A function from properties to the workbook's format with them; equal properties give the same format."""
    made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def paint(**properties: Any) -> Format:
        full = {"font_name": FONT, "font_size": SIZE, "font_color": INK, "valign": "vcenter"} | properties
        key = tuple(sorted(full.items()))
        if key not in made:
            made[key] = book.add_format(full)
        return made[key]

    return paint


def money(decimals: int) -> str:
    """Number format of money: thousands apart, the currency's decimals, a minus for what is negative."""
    return "#,##0" + ("." + "0" * decimals if decimals else "")


SCALES = ((1e8, ".0", "million", 1e6), (1e6, "", "thousand", 1e3), (1e5, ".0", "thousand", 1e3), (1e3, "", "", 1.0))


def scaled(largest: float, decimals: int) -> tuple[str, str]:
    """Number format that shows money in the unit in which the largest amount has three digits or more, and that unit.

    The cells keep their full amounts. What would be shown as a negative zero is shown as 0.
    """
    for least, places, unit, size in SCALES:
        if largest >= least:
            shown = "#,##0" + places + {1e6: ",,", 1e3: ","}.get(size, "")
            edge = f"{size / (20 if places else 2):.15g}"
            return f'[>={edge}]{shown};[<=-{edge}]-{shown};"0{places}"', unit
    return money(decimals), ""


def telling(largest: float, named: Iterable[float], decimals: int) -> float:
    """The largest amount, or what gives the next finer scale, where an amount that is spoken of would be shown as 0."""
    shown, _ = scaled(largest, decimals)
    if not any(amount and not as_text(amount, shown).strip("0.") for amount in named):
        return largest
    return next((least for least, *_ in SCALES if least < largest and scaled(least, decimals)[0] != shown), 0.0)


def as_text(value: float, shown: str) -> str:
    """A number as a format of `scaled` shows it, for labels of charts that are not cells."""
    code = shown.rpartition(";")[0].rpartition("-")[2] or shown
    plain = code.rstrip(",")
    places = len(plain.partition(".")[2])
    return figure(value / 1000 ** (len(code) - len(plain)), places)


DATE = 14
"""The built-in format that every program shows in the order of its user's locale."""


def number_format(column: Column, role: str, decimals: int) -> str | int:
    """Number format of a column's cells, or the number of a built-in one."""
    if column.kind == "money":
        plain = money(decimals)
        return f"{plain};[Red]-{plain}" if role == "output" and column.name in RESULTS else plain
    if column.kind == "id" and role == "input":
        return "@"  # codes as they are typed: 007 stays 007
    if role == "output" and column.kind in ("number", "whole"):
        return "#,##0.00" if column.kind == "number" else "#,##0"
    return {"share": "0.0%", "whole": "0", "date": DATE}.get(column.kind, "General")  # inputs as typed: a year is 2024


def _align(column: Column, role: str) -> dict[str, Any]:
    if column.kind in ("number", "money", "share", "whole") or (column.kind == "value" and role == "output"):
        return {"align": "right"}
    if column.kind in ("date", "flag"):
        return {"align": "center"}
    return {"align": "left", "indent": 1}  # apart from a number that ends to the left of it


def cell(column: Column, role: str, decimals: int) -> dict[str, Any]:
    """Properties of a column's cells: the role is "input" or "output"."""
    look = {"num_format": number_format(column, role, decimals), "bottom": 1} | _align(column, role)
    if role == "input":
        return look | {"font_color": INPUT, "bg_color": PALE, "bottom_color": PALE_RULE}
    return look | {"bottom_color": RULE}


def warning(words: Iterable[str], cell: str) -> str:
    """The condition under which a verdict is shown as a warning: it begins with one of these words."""
    return "OR(" + ",".join(f'LEFT({cell},{len(word)})="{word}"' for word in words) + ")"


def header(column: Column, role: str) -> dict[str, Any]:
    """Properties of a column's header. Columns that must be filled stand out."""
    look = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1} | _align(column, role)
    if role != "input":
        return look | {"bottom_color": INK}
    if column.required:
        return look | {"bg_color": ACCENT, "font_color": "#FFFFFF", "bottom_color": ACCENT}
    return look | {"bg_color": PALE_HEADER, "bottom_color": ACCENT}


def unit(column: Column, role: str, currency: str) -> str:
    """What stands in small print above a header: the unit, and for inputs whether the column is needed."""
    units = {"money": currency if role == "output" else "money", "share": "%"}
    if role == "output":
        return units.get(column.kind, "")
    units |= {"date": "date", "number": "number", "whole": "whole number", "flag": "TRUE or FALSE", "choice": "choose"}
    said = units.get(column.kind, "")
    if not column.required:
        return f"as in {column.refers}" if column.refers else said
    return f"required, {said}" if said else "required"
