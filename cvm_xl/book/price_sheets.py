"""Sheets of prices with a picture beside their table: acceptance curve, cost-plus gap, value map, survey curves."""

from __future__ import annotations

from collections.abc import Callable

from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from cvm_xl.book import charts, style
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import FIRST, HEADER, Draft, add_sheet, page, place, shown_by, title, write_table
from cvm_xl.book.titles import COMPANY, CURRENCY
from cvm_xl.book.what_if_declared import MOST

__all__ = ["DRAWN", "spots"]

WIDE, HIGH = 700, 400
LINE = 2.25
NAMED = 12  # points of the value map that can have their names beside them


def spots() -> dict[tuple[str, str], str]:
    """Where the columns that charts draw stand in new sheets."""
    found: dict[tuple[str, str], str] = {}
    for name, col in _AT.items():
        found |= place(table(name), HEADER, col)
    return found


_AT = {
    "AcceptanceCurve": 0,
    "ValueMap": 0,
    "MapPoints": len(table("ValueMap").columns) + 1,
    "PriceCurves": 0,
    "ChoiceShares": 0,
    "GapBars": len(table("CostPlusGap").columns) + 1,
    "EffectBars": len(table("TargetEffects").columns) + 1,
    "WhatIfBands": len(table("WhatIf").columns) + 1,
}


def _sheet(draft: Draft, names: tuple[str, ...], *drawn: Chart) -> None:
    """A sheet of tables side by side, charts to their right, one below the other."""
    one = table(names[0])
    sheet = add_sheet(draft, one.sheet, one.role, title(one, CURRENCY, COMPANY), one.help)
    col = 0
    for name in names:
        for i, column in enumerate(table(name)):
            sheet.set_column(col + i, col + i, column.width)
        write_table(draft, sheet, table(name), HEADER, col, autofilter=name == names[0])
        col += len(table(name).columns) + 1
    sheet.set_row(HEADER, 32)
    for i, made in enumerate(drawn):
        made.set_size({"width": WIDE, "height": HIGH})
        charts.place(sheet, HEADER + 21 * i, col, made)
    sheet.freeze_panes(FIRST, 0)
    page(sheet)


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
    _sheet(draft, ("AcceptanceCurve",), made)


def _what_if(draft: Draft) -> None:
    one, bands = table("WhatIf"), table("WhatIfBands")
    sheet = add_sheet(draft, one.sheet, one.role, title(bands, CURRENCY, COMPANY), one.help)
    for col, columns in ((0, one), (_AT["WhatIfBands"], bands)):
        for i, column in enumerate(columns):
            sheet.set_column(col + i, col + i, column.width)
    write_table(draft, sheet, one, HEADER, 0)
    write_table(draft, sheet, bands, HEADER, _AT["WhatIfBands"], autofilter=False)
    sheet.set_row(HEADER, 32)
    kind = [column.header for column in one].index("Kind")
    cell = xl_rowcol_to_cell(FIRST, kind, col_abs=True)
    shares = ",".join(f'{cell}="{name}"' for name in ("required margin", "incentive share", "fair share"))
    fine = ",".join(f'{cell}="{name}"' for name in ("slope", "intercept", "satisfaction effect"))
    for header in ("As it is", "What if", "In use"):
        col = [column.header for column in one].index(header)
        shown_by(draft, sheet, col, ((f"OR({shares})", "0.0%"), (f"OR({fine})", "0.0000")))
    for header in ("Slope", "Intercept"):
        shown_by(draft, sheet, _AT["WhatIfBands"] + _headers("WhatIfBands").index(header), (("TRUE", "0.0000"),))
    at = {header: draft.places["WhatIfBands", header] for header in _headers("WhatIfBands")}
    drawn = [at[header] for header in ("Offer", "Floor drawn", "Band drawn", "Target drawn", "Price drawn")]
    made = charts.bands(draft, "Bands as assumed, floor to ceiling, % of the next best alternative", *drawn)
    made.set_size({"width": WIDE, "height": HIGH})
    charts.place(sheet, FIRST + MOST + 2, _AT["WhatIfBands"], made)
    sheet.freeze_panes(FIRST, 0)
    page(sheet)


def _effects(draft: Draft) -> None:
    at = {header: draft.places["EffectBars", header] for header in _headers("EffectBars")}
    text = "Profit a year when all prices move to target: what changes it"
    made = charts.bars(draft, text, "Profit", at["Effect"], at["Amount"])
    _sheet(draft, ("TargetEffects", "EffectBars"), made)


def _gap(draft: Draft) -> None:
    offers = draft.places["GapBars", "Offer"]
    made = charts.chart(draft, "bar", "A year at cost plus: given away, and lost by pricing away", subtype="stacked")
    for name, colour in (("Given away", style.ACCENT), ("Lost", style.BAD)):
        made.add_series(
            {
                "name": name,
                "categories": offers,
                "values": draft.places["GapBars", name],
                "fill": {"color": colour},
                "gap": 45,
                "data_labels": {"value": True, "num_format": '#,##0;;""', "font": charts.font(colour="#FFFFFF")},
            }
        )
    made.set_legend({"position": "bottom", "font": charts.font(colour=style.GREY)})
    made.set_y_axis(charts.axis(reverse=True, num_font=charts.font(8)))
    made.set_x_axis(charts.axis(visible=False, min=0))
    _sheet(draft, ("CostPlusGap", "GapBars"), made)


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
    _sheet(draft, ("ValueMap", "MapPoints"), made, named)


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
    _sheet(draft, ("PriceCurves",), made)


def _choice_shares(draft: Draft) -> None:
    at = {header: draft.places["ChoiceShares", header] for header in _headers("ChoiceShares")}
    look = {"label": "0%", "room": 0.4, "low": 0, "high": 1, "tall": HIGH}
    text = "Share of customers who would choose each offer of a market"
    made = charts.named_bars(draft, text, at["Shown"], {"Share": (at["Share"], style.ACCENT)}, **look)
    _sheet(draft, ("ChoiceShares",), made)


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
