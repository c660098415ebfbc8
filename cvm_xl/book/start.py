"""The Start sheet: what to do, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.utility import quote_sheetname
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import style
from cvm_xl.book.schema import Column, Table
from cvm_xl.book.sheets import Draft, add_sheet, page

__all__ = ["NAME", "draw"]

NAME = "Start"

HEADING = "Customer value management"
TEXT = "Which customers, segments and prices earn money, and what customers will be worth."
STEPS = (
    ("Fill Sales", "One row per invoice line. Paste it, or run: cvm-xl import book.xlsx --table Sales FILE"),
    ("Fill CostPools", "What it costs to serve, from your ledger. Give each pool its amount; delete pools you lack."),
    ("Look at Settings", "Currency, period, tiers. What is there already works for most."),
    ("Check", "cvm-xl check book.xlsx names every problem with its row and its remedy."),
    ("Refresh", "cvm-xl refresh book.xlsx writes the results. Repeat it whenever a table has changed."),
)
RESULTS = (
    ("Dashboard", "The figures to know first, and four charts"),
    ("Tiers, Whale", "Profit of each customer after cost to serve; who carries and who eats it"),
    ("SegmentPnL", "Profit and loss by segment, product, channel, and whatever Settings name: P&L by"),
    ("Bridge, Migration", "Two periods compared, when Settings name them: Compare"),
    ("PocketPrice, PocketCustomers, PocketOutliers", "From list to pocket, when a cost pool has the layer pocket"),
    ("ScenarioPnL", "What if, when Scenarios is filled"),
    ("Matrix, Portfolio, WhaleStats, Holdout, Cohorts", "When Settings name them: Further tables"),
    ("Trace", "Figures traced back to the ledger, when Settings name them: Trace"),
    ("PriceBands, PricePlan", "Prices good for both sides, between full cost and perceived value; the next round"),
    ("ValueEvidence", "What each value driver adds, how we know it, and which to look at again first"),
    ("AcceptanceCurve, TargetEffects", "What all targets at once would bring and risk, when Offers tell"),
    ("TalkFirst, CustomerBands", "Customers to talk to first and their own prices, when Settings ask: Customer bands"),
    ("CostPlusGap, Elasticity, WhatIf", "When Settings ask: Markup, Elasticity by, What if (bands to recalculate)"),
    ("ValueMap, Position", "Against rivals, when Attributes is filled"),
    ("PricePoints, BuyCurve, PartWorths", "When PriceSurvey, PriceTests or Choices is filled"),
    ("ChoiceShares", "Shares of the offers in Profiles, from Choices"),
    ("Lifetime", "What each customer is expected to buy and to be worth"),
    ("Decisions, Adjustments, Actions", "Whom to invest in, keep, adjust or leave to others, why, and how"),
    ("PotentialBySegment", "Value now against potential: who could stay, buy what peers buy, order more"),
    (
        "Potential, WhiteSpace",
        "The same by customer, and the products to propose, when Settings name them: Further tables",
    ),
    ("LookAlikes", "Prospects most like the best customers, when Settings name attributes: Look-alike by"),
    ("Alerts", "Thresholds of Settings that are crossed, and what changed since the last refresh"),
    ("Cycle, Readiness", "What is filled and what to do next; the weakest link, when Capabilities is filled"),
    ("Investment", "Where the budget brings most, today's plan beside it, when Budgets is filled"),
    ("Satisfaction, Dissatisfied", "Who stays and why, from Surveys; whom to call first"),
    ("Lifecycle", "Winning, keeping and equity, when Sources, SegmentRates or Switching is filled"),
    ("Loyalty, ContactList, WinBack", "When LoyaltyTiers, Contacts, SegmentRates, Complaints or Referrals is filled"),
    ("TouchPointValue", "When TouchPoints has potentials, or ChannelFit or Initiatives is filled"),
    ("Expansion, Transitions, ChannelCosts", "When Settings name them: Further tables"),
    ("Checks", "What must agree, to the cent"),
)


def draw(draft: Draft, inputs: Sequence[Table]) -> None:
    """The sheet; `inputs` are the tables to fill that the workbook has."""
    sheet = add_sheet(draft, NAME, "guide", HEADING, TEXT)
    for col, width in enumerate((5, 28, 96)):
        sheet.set_column(col, col, width)
    row = _headed(draft, sheet, 3, "What to do")
    for i, (name, text) in enumerate(STEPS, start=1):
        sheet.write(row, 0, i, draft.paint(align="center", bold=True, font_color=style.ACCENT))
        sheet.write(row, 1, name, draft.paint(bold=True))
        sheet.write(row, 2, text, draft.paint())
        row += 1
    row = _headed(draft, sheet, row + 1, "Tables to fill, in this order")
    link = draft.paint(font_color=style.ACCENT, underline=1)
    for table in inputs:
        sheet.write_url(row, 1, f"internal:{quote_sheetname(table.sheet)}!A5", link, table.name)
        needed = "Needed. " if table.required else ""
        sheet.write(row, 2, needed + table.help.split(". ")[0].rstrip(".") + ".", draft.paint())
        row += 1
    row = _headed(draft, sheet, row + 1, "Sheets that a refresh writes")
    for name, text in RESULTS:
        sheet.write(row, 1, name, draft.paint())
        sheet.write(row, 2, text, draft.paint())
        row += 1
    row = _headed(draft, sheet, row + 1, "Colours")
    text = Column("", "text", "")
    needed, optional = Column("", "text", "", required=True), text
    legend = (
        ("Header", style.header(needed, "input"), "Column that must be filled"),
        ("Header", style.header(optional, "input"), "Column that may stay empty; select a header to read its help"),
        ("Blue", style.cell(text, "input", 2), "Yours to type"),
        ("Black", style.cell(text, "output", 2), "Computed: the next refresh writes it anew"),
    )
    for sample, look, said in legend:
        sheet.write(row, 1, sample, draft.paint(**look | {"valign": "vcenter"}))
        sheet.write(row, 2, said, draft.paint())
        row += 1
    page(sheet, header=None, tall=1)


def _headed(draft: Draft, sheet: Worksheet, row: int, text: str) -> int:
    """A heading with a rule below it; gives the next row."""
    look = draft.paint(bold=True, font_size=11, bottom=1, bottom_color=style.INK)
    for col in range(3):
        sheet.write(row, col, text if col == 0 else None, look)
    sheet.set_row(row, 20)
    return row + 1
