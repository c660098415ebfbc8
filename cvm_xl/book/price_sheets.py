"""Sheets of prices with a picture beside their table: acceptance curve, cost-plus gap, value map, survey curves."""

from __future__ import annotations

from collections.abc import Callable

from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from cvm_xl.book import beside, charts, style
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import FIRST, Draft, shown_by
from cvm_xl.book.what_if_declared import MOST

__all__ = ["DRAWN", "spots"]

WIDE, HIGH = 700, 400
LINE = 2.25
NAMED = 12  # points of the value map that can have their names beside them

SHEETS = (
    ("AcceptanceCurve",),
    ("ValueMap", "MapPoints"),
    ("PriceCurves",),
    ("ChoiceShares",),
    ("CostPlusGap", "GapBars"),
    ("TargetEffects", "EffectBars"),
    ("WhatIf", "WhatIfBands"),
)
"""Tables that stand side by side."""


def spots() -> dict[tuple[str, str], str]:
    """Where the columns that charts draw stand in new sheets."""
    return {key: ref for names in SHEETS for key, ref in beside.spots(names).items()}


def _acceptance(draft: Draft) -> None:
    at = {header: draft.places["AcceptanceCurve", header] for header in _headers("AcceptanceCurve")}
    made = charts.chart(draft, "scatter", "Expected profit per offer at each price, the one with most money in it")
    made.add_series(
        {
            "name": "Expected profit",
            "categories": at["Price"],
            "values": at["Expected profit"],
            "line": {"color": style.ACCENT, "width": LINE},
            "marker": {"type": "none"},
        }
    )
    made.add_series(
        {
            "name": "Acceptance (right)",
            "categories": at["Price"],
            "values": at["Acceptance"],
            "line": {"color": style.GREY, "width": 1.25, "dash_type": "dash"},
            "marker": {"type": "none"},
            "y2_axis": True,
        }
    )
    for name, colour, sign in (("Target", style.ACCENT, "diamond"), ("Price today", style.BAD, "circle")):
        made.add_series(
            {
                "name": name,
                "categories": at["Price"],
                "values": at[name],
                "line": {"none": True},
                "marker": charts.marker(sign, 9, colour),
            }
        )
    made.set_legend({"position": "top", "font": charts.font(colour=style.GREY)})
    made.set_x_axis(charts.axis(name="Price", num_format="#,##0"))
    made.set_y_axis(charts.axis(num_format="#,##0"))
    made.set_y2_axis(charts.axis(num_format="0%", min=0, max=1, label_position="high"))
    beside.beside(draft, ("AcceptanceCurve",), (made,))


def _what_if(draft: Draft) -> None:
    names = ("WhatIf", "WhatIfBands")
    one, right = table("WhatIf"), beside.lefts(names)["WhatIfBands"]
    sheet = beside.begun(draft, names, "WhatIfBands")
    kind = [column.header for column in one].index("Kind")
    cell = xl_rowcol_to_cell(FIRST, kind, col_abs=True)
    shares = ",".join(f'{cell}="{name}"' for name in ("required margin", "incentive share", "fair share"))
    fine = ",".join(f'{cell}="{name}"' for name in ("slope", "intercept", "satisfaction effect"))
    for header in ("As it is", "What if", "In use"):
        col = [column.header for column in one].index(header)
        shown_by(draft, sheet, col, ((f"OR({shares})", "0.0%"), (f"OR({fine})", "0.0000")))
    for header in ("Slope", "Intercept"):
        shown_by(draft, sheet, right + _headers("WhatIfBands").index(header), (("TRUE", "0.0000"),))
    at = {header: draft.places["WhatIfBands", header] for header in _headers("WhatIfBands")}
    drawn = [at[header] for header in ("Offer", "Floor drawn", "Band drawn", "Target drawn", "Price drawn")]
    made = charts.bands(draft, "Bands as assumed, floor to ceiling, % of the next best alternative", *drawn)
    made.set_size({"width": WIDE, "height": HIGH})
    sheet.insert_chart(FIRST + MOST + 2, right, made, {"object_position": 3})


def _effects(draft: Draft) -> None:
    at = {header: draft.places["EffectBars", header] for header in _headers("EffectBars")}
    text = "Profit a year when all prices move to target: what changes it"
    made = charts.bars(draft, text, "Profit", at["Effect"], at["Amount"])
    beside.beside(draft, ("TargetEffects", "EffectBars"), (made,))


def _gap(draft: Draft) -> None:
    offers = draft.places["GapBars", "Offer"]
    parts = {
        "Given away": (draft.places["GapBars", "Given away"], style.ACCENT),
        "Lost": (draft.places["GapBars", "Lost"], style.BAD),
    }
    heading = "A year at cost plus: given away, and lost by pricing away"
    made = charts.stacked(draft, heading, offers, parts, '#,##0;;""')
    beside.beside(draft, ("CostPlusGap", "GapBars"), (made,))


def _value_map(draft: Draft) -> None:
    at = {header: draft.places["ValueMap", header] for header in _headers("ValueMap")}
    points = {header: draft.places["MapPoints", header] for header in _headers("MapPoints")}
    made = charts.chart(draft, "scatter", "Value map where we sell most: above the line is dear for its quality")
    charts.line(made, "Fair line", points["Quality"], points["Fair line"], colour=style.GREY, width=1.25)
    made.add_series(
        {
            "name": "Offers",
            "categories": points["Quality"],
            "values": points["Price"],
            "line": {"none": True},
            "marker": charts.marker("circle", 8, style.ACCENT),
        }
    )
    for row in range(1, 1 + NAMED):  # not the first row, which is an end of the line
        charts.named_point(made, *(_row(points[header], row) for header in ("Point", "Quality", "Price")))
    made.set_x_axis(charts.axis(name="Quality as customers see it, ours = 1", num_format="0.0"))
    made.set_y_axis(charts.axis(name="Price, ours = 1", num_format="0.0"))
    named = charts.chart(draft, "bar", "What our quality is worth (pale) and what we charge, 1 = the rival's")
    for name, header, colour in (("Worth", "Fair line", style.MUTED), ("Charged", "Relative price", style.ACCENT)):
        named.add_series(
            {
                "name": name,
                "categories": at["Against"],
                "values": at[header],
                "fill": {"color": colour},
                "gap": 40,
                "data_labels": {"value": True, "num_format": "0.00", "font": charts.font(8)},
            }
        )
    named.set_legend({"position": "top", "font": charts.font(colour=style.GREY)})
    named.set_y_axis(charts.axis(reverse=True, num_font=charts.font(8)))
    named.set_x_axis(charts.axis(visible=False, min=0))
    beside.beside(draft, ("ValueMap", "MapPoints"), (made, named))


def _survey(draft: Draft) -> None:
    at = {header: draft.places["PriceCurves", header] for header in _headers("PriceCurves")}
    made = charts.chart(draft, "scatter", "Price sensitivity: share of respondents to whom a price is ...")
    for name, colour, dash in (
        ("Too cheap", style.GREY, "dash"),
        ("Cheap", style.ACCENT, "solid"),
        ("Expensive", style.BAD, "solid"),
        ("Too expensive", style.BAD, "dash"),
    ):
        charts.line(made, name, at["Price"], at[name], colour=colour, width=LINE, dash=dash)
    made.set_legend({"position": "top", "font": charts.font(colour=style.GREY)})
    made.set_x_axis(charts.axis(name="Price", num_format="#,##0"))
    made.set_y_axis(charts.axis(num_format="0%", min=0, max=1))
    beside.beside(draft, ("PriceCurves",), (made,))


def _choice_shares(draft: Draft) -> None:
    at = {header: draft.places["ChoiceShares", header] for header in _headers("ChoiceShares")}
    look = {"label": "0%", "room": 0.4, "low": 0, "high": 1, "tall": HIGH}
    text = "Share of customers who would choose each offer of a market"
    made = charts.named_bars(draft, text, at["Shown"], {"Share": (at["Share"], style.ACCENT)}, **look)
    beside.beside(draft, ("ChoiceShares",), (made,))


def _row(ref: str, below: int) -> str:
    """A single cell so many rows below the one of a new table that a reference names: "=Sheet!$B$5:$B$5"."""
    sheet, _, cell = ref.rpartition("!")
    row, col = xl_cell_to_rowcol(cell.partition(":")[0])
    return f"{sheet}!{xl_rowcol_to_cell(row + below, col, row_abs=True, col_abs=True)}"


def _headers(name: str) -> list[str]:
    return [column.header for column in table(name)]


DRAWN: dict[str, Callable[[Draft], None]] = {
    "WhatIf": _what_if,
    "AcceptanceCurve": _acceptance,
    "TargetEffects": _effects,
    "CostPlusGap": _gap,
    "ValueMap": _value_map,
    "PriceCurves": _survey,
    "ChoiceShares": _choice_shares,
}
