"""Sheets on where money goes and what becomes of customers: pictures on top, the tables that they draw below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from xlsxwriter.chart import Chart
from xlsxwriter.utility import quote_sheetname, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import charts, style
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import LAST, Draft, add_sheet, columns_of, page, place, write_table
from cvm_xl.book.titles import COMPANY, CURRENCY

__all__ = ["CHARTED", "DRAWN", "spots"]

WIDE, HIGH = 600, 360
TOP, ROWS_A_CHART, A_ROW = 3, 19, 3
LINE = 2.25
COLOURS = (style.ACCENT, style.BAD, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito


@dataclass(frozen=True)
class _Sheet:
    """Tables side by side, and the charts above them, each with the table that it draws."""

    tables: tuple[str, ...]
    charts: Mapping[str, Callable[[Draft], Chart | None]]

    @property
    def header(self) -> int:
        """The row of the tables' headers: name, help and units stand above it."""
        return TOP + 3 + ROWS_A_CHART * -(-len(self.charts) // A_ROW)

    def columns(self, draft: Draft | None = None) -> dict[str, int]:
        """The first column of each table."""
        found, col = dict[str, int](), 0
        for name in self.tables:
            found[name] = col
            col += len(columns_of(table(name), draft.spread) if draft else table(name).columns) + 1
        return found


def spots() -> dict[tuple[str, str], str]:
    """Where the columns that charts draw stand in new sheets."""
    return {
        key: ref
        for one in _SHEETS.values()
        for name, col in one.columns().items()
        for key, ref in place(table(name), one.header, col).items()
    }


def _draw(name: str, draft: Draft) -> None:
    """The sheet; a chart of a table that has nothing to show when the sheet is made is left out."""
    one = _SHEETS[name]
    heading, text = _HEADS[name]
    sheet = add_sheet(draft, name, "output", f"{heading}, {COMPANY}, {CURRENCY}", text)
    strong, small = draft.paint(bold=True, indent=1), draft.paint(font_size=8, font_color=style.GREY, indent=1)
    for each, col in one.columns(draft).items():
        declared = table(each)
        for i, column in enumerate(columns_of(declared, draft.spread)):
            sheet.set_column(col + i, col + i, column.width)
        sheet.write_string(one.header - 3, col, each, strong)
        sheet.write_string(one.header - 2, col, declared.help, small)
        write_table(draft, sheet, declared, one.header, col, autofilter=False)
        for i, column in enumerate(declared):
            if column.kind == "value":
                _figures(draft, sheet, one.header + 1, col + i)
    sheet.set_row(one.header, 32)
    there = [make(draft) for each, make in one.charts.items() if each.partition(":")[0] in draft.lists]
    shown = [made for made in there if made is not None]
    for i, made in enumerate(shown):
        made.set_size({"width": WIDE, "height": HIGH})
        row, left = TOP + ROWS_A_CHART * (i // A_ROW), 8 + i % A_ROW * (WIDE + 10)
        charts.place(sheet, row, 0, made, x_offset=left)
    page(sheet, header=one.header)
    sheet.print_area(0, 0, LAST, _printed(draft, one, min(len(shown), A_ROW) * (WIDE + 24)))


def _printed(draft: Draft, one: _Sheet, pixels: int) -> int:
    """The last column that is printed: of the first table, and of those that stand below charts of this width."""
    last = reached = 0
    for name, col in one.columns(draft).items():
        if name != one.tables[0] and reached >= pixels:
            break
        columns = columns_of(table(name), draft.spread)
        reached += sum(7 * column.width + 5 for column in columns) + 64
        last = col + len(columns) - 1
    return last


def _figures(draft: Draft, sheet: Worksheet, row: int, col: int) -> None:
    """Values that differ in kind from row to row: whole numbers, amounts, and rates with the digits that count."""
    cell = xl_rowcol_to_cell(row, col, col_abs=True)
    for criteria, shown in (
        (f"AND(ISNUMBER({cell}),{cell}=INT({cell}))", "#,##0"),
        (f"AND(ISNUMBER({cell}),ABS({cell})>=100)", "#,##0.00"),
        (f"ISNUMBER({cell})", "0.0000"),
    ):
        look = draft.book.add_format({"num_format": shown})
        rule = {"type": "formula", "criteria": f"={criteria}", "format": look, "stop_if_true": True}
        sheet.conditional_format(row, col, LAST, col, rule)


def _money(draft: Draft, heading: str) -> str:
    return f"{heading}, {draft.currency}".rstrip(", ")


def _plan(draft: Draft) -> Chart:
    at = {header: draft.places["Investment", header] for header in ("Unit", "Spend today", "Best")}
    heading = _money(draft, "Spend today (pale) and where it brings most")
    parts = {"Spend today": (at["Spend today"], style.MUTED), "Best": (at["Best"], style.ACCENT)}
    return charts.pair(draft, heading, at["Unit"], parts)


def _frontier(draft: Draft) -> Chart:
    at = {column.header: draft.places["Frontier", column.header] for column in table("Frontier")}
    made = charts.chart(draft, "scatter", _money(draft, "The most that each budget can bring"), subtype="straight")
    charts.line(made, "Best plan at each budget", at["Budget"], at["Worth"], colour=style.ACCENT, width=LINE)
    for name, colour, sign in (("Plan today", style.BAD, "circle"), ("Plan best", style.ACCENT, "diamond")):
        made.add_series(
            {
                "name": name,
                "categories": at["Budget"],
                "values": at[name],
                "line": {"none": True},
                "marker": charts.marker(sign, 9, colour),
            }
        )
    made.set_legend({"position": "top", "font": charts.font(colour=style.GREY)})
    made.set_x_axis(charts.axis(name="Budget", num_format="#,##0"))
    made.set_y_axis(charts.axis(name="Worth", num_format="#,##0"))
    return made


def _curves(draft: Draft) -> Chart | None:
    """A line for each column that the table is spread over; the units are those of the refresh that made the sheet."""
    if not draft.spread.get("ResponseCurves"):
        return None
    one = _SHEETS["Investment"]
    row, col = one.header + 1, one.columns(draft)["ResponseCurves"]
    made = charts.chart(draft, "scatter", _money(draft, "Worth of response over spend"), subtype="smooth")
    for i, name in enumerate(draft.spread["ResponseCurves"]):
        ref = xl_range_abs(row, col + 1 + i, row, col + 1 + i)
        charts.line(
            made,
            name,
            draft.places["ResponseCurves", "Times today"],
            f"={quote_sheetname(table('ResponseCurves').sheet)}!{ref if ':' in ref else f'{ref}:{ref}'}",
            colour=COLOURS[i % len(COLOURS)],
            width=LINE,
        )
    made.set_legend({"position": "right", "font": charts.font(8, colour=style.GREY)})
    made.set_x_axis(charts.axis(name="Times today's spend", num_format="0.0", min=0))
    made.set_y_axis(charts.axis(num_format="#,##0", min=0))
    return made


def _kept(draft: Draft) -> Chart:
    at = {column.header: draft.places["SatisfactionCurve", column.header] for column in table("SatisfactionCurve")}
    heading = "Share kept over satisfaction: as seen, and as fitted"
    return charts.seen_and_fitted(draft, heading, at["Satisfaction"], at["Kept"], at["Fitted"], "Satisfaction")


def _nps(draft: Draft) -> Chart:
    at = {column.header: draft.places["NetPromoters", column.header] for column in table("NetPromoters")}
    made = charts.chart(draft, "column", "Net promoter score, points, and its 90% range")
    whisker = {"plus_values": at["Error"], "minus_values": at["Error"], "line": {"color": style.INK, "width": 1.25}}
    made.add_series(
        {
            "name": "NPS",
            "categories": at["Group"],
            "values": at["NPS"],
            "fill": {"color": style.ACCENT},
            "gap": 70,
            "y_error_bars": {"type": "custom", **whisker},
        }
    )
    ends = charts.added(draft, "line")  # not seen: the axis has room for the whiskers
    for name in ("Low", "High"):
        unseen = {"line": {"none": True}, "marker": {"type": "none"}}
        ends.add_series({"name": name, "categories": at["Group"], "values": at[name], **unseen})
    made.combine(ends)
    made.set_x_axis(charts.axis(num_font=charts.font(8)))
    made.set_y_axis(charts.axis(num_format="0"))
    return made


def _decile(draft: Draft) -> Chart:
    at = {column.header: draft.places["ContactDeciles", column.header] for column in table("ContactDeciles")}
    heading = _money(draft, "Profit of contacting each decile, and down to it")
    made = charts.chart(draft, "column", heading)
    made.add_series(
        {
            "name": "Profit of the decile",
            "categories": at["Decile"],
            "values": at["Profit"],
            "fill": {"color": style.ACCENT},
            "invert_if_negative": True,
            "invert_if_negative_color": style.BAD,
            "gap": 50,
        }
    )
    over = charts.added(draft, "line")
    charts.line(over, "Down to it", at["Decile"], at["Cumulative profit"], colour=style.INK, width=LINE)
    made.combine(over)
    made.set_legend({"position": "top", "font": charts.font(colour=style.GREY)})
    made.set_x_axis(charts.axis(name="1: most likely to respond"))
    made.set_y_axis(charts.axis(num_format="#,##0"))
    return made


def _flows(draft: Draft) -> Chart:
    at = {column.header: draft.places["Expansion", column.header] for column in table("Expansion")}
    heading = _money(draft, "Revenue against the year before: what came, what went")
    colours = {"Expansion": style.ACCENT, "New": style.MUTED, "Contraction": style.WARM, "Lost": style.BAD}
    return charts.stacked(draft, heading, at["Segment"], {name: (at[name], c) for name, c in colours.items()})


def _bars(
    heading: str, name: str, category: str, *headers: str, label: str = "#,##0", money: bool = False
) -> Callable[[Draft], Chart]:
    """A maker of bars: the first header pale where there is another to compare with."""
    colours = (style.ACCENT,) if len(headers) == 1 else (style.MUTED, style.ACCENT)

    def make(draft: Draft) -> Chart:
        shown = _money(draft, heading) if money else heading
        parts = {h: (draft.places[name, h], colour) for h, colour in zip(headers, colours, strict=True)}
        return charts.pair(draft, shown, draft.places[name, category], parts, label)

    return make


_SHEETS = {
    "Investment": _Sheet(
        ("InvestmentPlans", "Investment", "Frontier", "ResponseCurves"),
        {"Investment": _plan, "Frontier": _frontier, "ResponseCurves": _curves},
    ),
    "Satisfaction": _Sheet(
        (
            "SatisfactionFit", "SatisfactionCurve", "SatisfactionSpend", "SatisfactionDrivers", "NetPromoters",
            "KanoMap",
        ),
        {
            "SatisfactionCurve": _kept,
            "SatisfactionSpend": _bars(
                "Spend on satisfaction a customer: today (pale) and best", "SatisfactionSpend", "Segment",
                "Spend today", "Best spend", money=True,
            ),
            "SatisfactionDrivers": _bars(
                "What satisfaction follows from: share of its variance", "SatisfactionDrivers", "Driver", "Weight",
                label="0%",
            ),
            "SatisfactionDrivers:2": _bars(
                "What a low rating costs (pale) and a high one brings, points", "SatisfactionDrivers", "Driver",
                "Penalty", "Reward", label="0.0",
            ),
            "NetPromoters": _nps,
            "KanoMap": _bars(
                "Worse without it (pale), better with it", "KanoMap", "Feature", "Worse", "Better", label="0.00"
            ),
        },
    ),
    "Lifecycle": _Sheet(
        ("AcquisitionFunnel", "AcquireRetain", "EquityFigures", "SwitchingReturn", "Expansion"),
        {
            "AcquisitionFunnel": _bars(
                "A customer's ceiling (pale) and what one costs, by source", "AcquisitionFunnel", "Source", "Ceiling",
                "Cost a customer", money=True,
            ),
            "AcquireRetain": _bars(
                "Spend to keep a customer a year: today (pale) and best", "AcquireRetain", "Segment", "Keep today",
                "Keep best", money=True,
            ),
            "Expansion": _flows,
        },
    ),
    "Loyalty": _Sheet(
        ("LoyaltyProgramme", "RateChanges", "Transitions"),
        {
            "LoyaltyProgramme": _bars(
                "Members' share of sales by tier", "LoyaltyProgramme", "Tier", "Share of sales", label="0.0%"
            ),
            "RateChanges": _bars(
                "Worth of changing one rate by a point", "RateChanges", "Move", "Worth of a point", money=True
            ),
        },
    ),
    "ContactList": _Sheet(("ContactDeciles", "ContactList"), {"ContactDeciles": _decile}),
    "WinBack": _Sheet(("WinBack", "Recovery", "ReferralValues"), {}),
    "TouchPointValue": _Sheet(
        ("TouchPointValue", "ChannelCosts", "ChannelPlan", "InitiativeStatus"),
        {
            "TouchPointValue": _bars(
                "Cost (pale) and expected value of each touch-point", "TouchPointValue", "Touch-point", "Cost",
                "Expected value", money=True,
            ),
            "ChannelCosts": _bars(
                "Cost to sell (pale) and to serve an order", "ChannelCosts", "Channel", "Sell an order",
                "Serve an order", money=True,
            ),
            "ChannelPlan": _bars(
                "Orders today (pale) and at the least cost", "ChannelPlan", "Way", "Orders today", "Orders best"
            ),
            "InitiativeStatus": _bars(
                "Share of the way from start to target", "InitiativeStatus", "Initiative", "Reached", label="0%"
            ),
        },
    ),
}  # fmt: skip
_HEADS = {
    "Investment": ("Investment", "Where the budget brings most, and what that rests on."),
    "Satisfaction": ("Satisfaction", "Who stays, what satisfaction follows from, and how much of it pays."),
    "Lifecycle": ("Lifecycle", "What customers cost to win and to keep, what they become, and what all are worth."),
    "Loyalty": ("Loyalty and migration", "The programme by tier, and moves between profit tiers over a year."),
    "ContactList": ("Whom to contact", "By what the past campaign showed."),
    "WinBack": ("Win back, make good, referrals", "Customers lost, complaining, or brought by others."),
    "TouchPointValue": (
        "Touch-points and channels", "What touch-points and channels bring and cost, and where initiatives stand.",
    ),
}  # fmt: skip
"""What stands on top of each sheet."""

DRAWN: dict[str, Callable[[Draft], None]] = {name: partial(_draw, name) for name in _SHEETS}
CHARTED = frozenset(name.partition(":")[0] for one in _SHEETS.values() for name in one.charts)
"""Tables that get a chart when their sheet is made, if there is something to draw then."""
