"""The tables and settings on prices beyond value drivers and offers: what customers, rivals and contracts say, and the
plan that follows.
"""

from __future__ import annotations

from typing import Any

from cvm_xl.book.declared import Column, Setting, Table
from cvm_xl.book.what_if_declared import WHAT_IF

__all__ = ["AREAS", "PRICE_INPUTS", "PRICE_OUTPUTS", "PRICE_SETTINGS"]


def _c(header: str, kind: str, text: str, **more: Any) -> Column:
    return Column(header, kind, text, **more)


AREAS = ("product", "price terms", "service", "experience", "time", "switching", "upkeep")
"""What value comes from: ours, then what the customer spends on the side."""

PRICE_SETTINGS = (
    Setting(
        "Markup", "share", None, "Markup on cost to compare with: 45% adds 45%; empty: no table CostPlusGap", 0.0, 10.0
    ),
    Setting("Greatest price change", "share", 0.05, "In one round, as a share of today's price (PricePlan)", 0.0, 1.0),
    Setting(
        "Price point", "number", None, "Proposed prices are multiples of this: 0.05; empty: any price", 0.0001, None
    ),
    Setting("Customer bands", "whole", 0, "How many customers get bands of their own, those with most money first", 0),
    Setting(
        "Elasticity by",
        "choice",
        None,
        "Periods in which sales show how price moves volume; a column Promotion of your own in Sales is allowed for; "
        "empty: no table Elasticity",
        choices=("month", "quarter"),
    ),
    Setting(
        "What if",
        "text",
        None,
        "Offers to recalculate on the sheet WhatIf, at most 12: Hospitals / DX-100; Laboratories / DX-100; or a "
        "number: so many with most money; empty: no such sheet",
    ),
)

PRICE_INPUTS = (
    Table(
        "Contracts",
        "Prices that are bound: what a customer pays until a day cannot be changed before.",
        (
            _c("Customer", "id", "Who has the contract", required=True, refers="Customers"),
            _c("Product", "id", "What for; empty: everything", refers="Products"),
            _c("Until", "date", "Last day that the price is bound", required=True, width=12),
        ),
        key=("product", "customer"),
    ),
    Table(
        "Attributes",
        "How customers see us against rivals. Add a column for each rival, its name as header. A row named Price has "
        "what each charges.",
        (
            _c("Segment", "id", "Who sees it so; empty: all", refers="Segments", width=18),
            _c("Attribute", "text", "What they judge by; Price: what each charges", required=True, width=24),
            _c("Importance", "number", "To them, in any unit; empty in the row Price", lo=0),
            _c("Own", "number", "Our score, high is good; in the row Price our price", lo=0),
        ),
        key=("segment", "attribute"),
        extras=True,
    ),
    Table(
        "PriceSurvey",
        "Answers to the four questions of van Westendorp: a row per respondent and product.",
        (
            _c("Respondent", "id", "Who answered"),
            _c("Product", "id", "What was asked about", required=True, refers="Products"),
            _c("Too cheap", "money", "So low that they doubt the quality", required=True, lo=0),
            _c("Cheap", "money", "A bargain", required=True, lo=0),
            _c("Expensive", "money", "Getting dear, but worth a thought", required=True, lo=0),
            _c("Too expensive", "money", "They would not buy", required=True, lo=0),
            _c("Intent cheap", "whole", "Would buy at the cheap price: 1 surely not to 5 surely", lo=1, hi=5),
            _c("Intent expensive", "whole", "Would buy at the expensive price: 1 to 5", lo=1, hi=5),
        ),
    ),
    Table(
        "PriceTests",
        "Gabor-Granger: whether a respondent would buy at a price that was shown; a row per price shown.",
        (
            _c("Respondent", "id", "Who answered"),
            _c("Product", "id", "What was shown", required=True, refers="Products"),
            _c("Price", "money", "Price shown", required=True, lo=0),
            _c("Would buy", "flag", "TRUE or FALSE", required=True),
        ),
    ),
    Table(
        "Choices",
        "Choice-based conjoint: a row per alternative shown. Add a column for each attribute, its name as header; an "
        "alternative without any is buying nothing.",
        (
            _c("Task", "id", "Which choice: respondent and question in one text", required=True),
            _c("Chosen", "flag", "TRUE for the alternative taken", required=True),
            _c("Price", "money", "Price of the alternative; empty: 0", lo=0),
        ),
        extras=True,
    ),
    Table(
        "Profiles",
        "Offers whose shares are simulated from Choices: ours against rivals'. Add the columns of attributes that "
        "Choices has; an offer without any is buying nothing.",
        (
            _c("Market", "id", "Offers that customers choose among; empty: one market", width=28),
            _c("Offer", "text", "Ours, a rival's, none", required=True, width=24),
            _c("Price", "money", "Its price; empty: 0", lo=0),
        ),
        key=("market", "offer"),
        extras=True,
    ),
)

PRICE_OUTPUTS = (
    Table(
        "ValueEvidence",
        "What each value driver adds to EVC and how we know: a better look is worth most at the first rows.",
        (
            _c("Segment", "id", "From ValueDrivers", width=18),
            _c("Product", "id", "From ValueDrivers"),
            _c("Name", "text", "From Products", width=28),
            _c("Driver", "text", "From ValueDrivers", width=26),
            _c("Kind", "choice", "reference, gain or loss", choices=("reference", "gain", "loss"), width=12),
            _c("Area", "text", "What it comes from", width=14),
            _c("Amount", "money", "Per unit; a loss is negative"),
            _c("Low", "money", "What it may be at least"),
            _c("High", "money", "What it may be at most"),
            _c("Confidence", "share", "How sure it is that Low to High holds it"),
            _c("Evidence", "text", "How we know", width=30),
            _c("At stake", "money", "A year: half the range, on the units sold today", width=15),
        ),
        role="output",
        key=("segment", "product", "driver", "kind"),
    ),
    *WHAT_IF,
    Table(
        "PricePlan",
        "The next round of prices: towards target, no further than Settings and contracts allow (CVM_PRICE_STEP), the "
        "most money first.",
        (
            _c("Segment", "id", "From PriceBands", width=18),
            _c("Product", "id", "From PriceBands"),
            _c("Name", "text", "From Products", width=28),
            _c("Price today", "money", "From PriceBands"),
            _c("Proposed", "money", "Price of the next round"),
            _c("Change", "share", "Proposed against today"),
            _c("Target", "money", "From PriceBands"),
            _c("Bound", "share", "Share of units whose price a contract binds after the last sale"),
            _c("Volume change", "share", "Of the units that are free, by acceptance"),
            _c("Profit low", "money", "Change of profit a year, where acceptance falls faster", width=15),
            _c("Profit change", "money", "Change of profit a year from the units that are free", width=15),
            _c("Profit high", "money", "Where acceptance falls less; 90% lie between low and high", width=15),
            _c("Why", "text", "What the proposal follows from", width=86),
        ),
        role="output",
        key=("segment", "product"),
    ),
    Table(
        "AcceptanceCurve",
        "Acceptance (CVM_ACCEPTANCE) and expected profit per offer over price, for the row of PriceBands with most "
        "money in it.",
        (
            _c("Offer", "id", "Segment and product", width=30),
            _c("Price", "money", "From below the floor to above the ceiling"),
            _c("Acceptance", "share", "Share of offers accepted"),
            _c("Expected profit", "money", "(Price - unit cost) x acceptance", width=15),
            _c("Target", "money", "Expected profit at target, empty elsewhere"),
            _c("Price today", "money", "Expected profit at today's price, empty elsewhere"),
        ),
        role="output",
    ),
    Table(
        "TargetEffects",
        "What moving all prices to target does to a year, by price, volume and mix (CVM_BRIDGE), and the volume that "
        "it risks; the total first.",
        (
            _c("Segment", "id", "Total, or a segment of PriceBands", width=18),
            _c("Product", "id", "From PriceBands"),
            _c("Name", "text", "From Products", width=28),
            _c("Price today", "money", "From PriceBands"),
            _c("Target", "money", "From PriceBands"),
            _c("Units a year", "number", "Sold today"),
            _c("Units after", "number", "By acceptance at both prices and the segment's satisfaction"),
            _c("Units at risk", "number", "Sold today, lost at target"),
            _c("Price effect", "money", "Of the change of price on what is sold today", width=15),
            _c("Volume effect", "money", "As if all offers lost or won alike", width=15),
            _c("Mix effect", "money", "That some lose more than others", width=15),
            _c("Profit low", "money", "Where acceptance falls faster", width=15),
            _c("Profit change", "money", "A year: the sum of the three effects", width=15),
            _c("Profit high", "money", "Where acceptance falls less; 90% lie between low and high", width=15),
        ),
        role="output",
        key=("segment", "product"),
    ),
    Table(
        "EffectBars",
        "The total of TargetEffects, for the chart.",
        (_c("Effect", "text", "Price, volume, mix, all three", width=16), _c("Amount", "money", "A year", width=16)),
        role="output",
        key=("effect",),
        sheet_name="TargetEffects",
    ),
    Table(
        "TalkFirst",
        "Customers to talk to first, and about which prices; all their prices are in CustomerBands.",
        (
            _c("Rank", "whole", "1: most money", width=8),
            _c("Customer", "id", "From Customers"),
            _c("Name", "text", "From Customers", width=28),
            _c("Segment", "id", "From Customers", width=18),
            _c("Satisfaction", "number", "From Customers; else the segment's mean"),
            _c("Prices up", "whole", "Products whose price should rise", width=10),
            _c("Prices down", "whole", "Products whose price should fall", width=10),
            _c("Prices bound", "whole", "Products whose price a contract binds", width=10),
            _c("Bound until", "date", "The last of these contracts", width=12),
            _c("Profit change", "money", "A year, at the proposed prices", width=15),
            _c("Customer's money", "money", "Of all their rows, the amount either way", width=15),
            _c("Talk of", "text", "The prices with most money, today's and proposed", width=90),
        ),
        role="output",
        key=("customer",),
    ),
    Table(
        "CustomerBands",
        "All prices of the customers in TalkFirst: their own bands, from their own cost, price and satisfaction; those "
        "with most money first.",
        (
            _c("Rank", "whole", "1: most money", width=8),
            _c("Customer", "id", "From Customers"),
            _c("Name", "text", "From Customers", width=28),
            _c("Segment", "id", "From Customers", width=18),
            _c("Product", "id", "What they buy"),
            _c("Satisfaction", "number", "From Customers; else the segment's mean"),
            _c("Units a year", "number", "Sold to them, returns not counted"),
            _c("Unit cost", "money", "Cost of goods and their own cost to serve per unit"),
            _c("Price today", "money", "What they pay"),
            _c("Floor", "money", "Unit cost plus required margin"),
            _c("Target", "money", "Best price for them"),
            _c("Ceiling", "money", "From the value to their segment"),
            _c("Proposed", "money", "Next price on the way (CVM_PRICE_STEP)"),
            _c("Bound until", "date", "From Contracts", width=12),
            _c("Profit change", "money", "A year, at the proposed price", width=15),
            _c("Customer's money", "money", "Of all their rows, the amount either way", width=15),
            _c("Verdict", "text", "Where their price stands", width=70),
        ),
        role="output",
        key=("customer", "product"),
    ),
    Table(
        "CostPlusGap",
        "What pricing at cost plus the markup of Settings gives away or loses a year (CVM_COST_PLUS_GAP); the total "
        "first.",
        (
            _c("Segment", "id", "Total, or a segment of PriceBands", width=18),
            _c("Product", "id", "From PriceBands"),
            _c("Name", "text", "From Products", width=28),
            _c("Unit cost", "money", "From PriceBands"),
            _c("Cost plus", "money", "Unit cost x (1 + markup)"),
            _c("Floor", "money", "From PriceBands"),
            _c("Target", "money", "From PriceBands"),
            _c("Ceiling", "money", "From PriceBands"),
            _c("Offers a year", "number", "Units a year / acceptance of today's price"),
            _c("Given away", "money", "A year: to customers who would pay the target", width=16),
            _c("Lost", "money", "A year: profit of sales priced away", width=16),
        ),
        role="output",
        key=("segment", "product"),
    ),
    Table(
        "GapBars",
        "The rows of CostPlusGap with most money, for the chart.",
        (
            _c("Offer", "id", "Segment and product", width=30),
            _c("Given away", "money", "From CostPlusGap"),
            _c("Lost", "money", "From CostPlusGap"),
        ),
        role="output",
        key=("offer",),
        sheet_name="CostPlusGap",
    ),
    Table(
        "ValueMap",
        "Our quality and price relative to each rival (CVM_VALUE_MAP), by segment.",
        (
            _c("Segment", "id", "From Attributes", width=18),
            _c("Rival", "text", "From the headers of Attributes", width=22),
            _c("Relative quality", "number", "Above 1: they see us better", width=12),
            _c("Relative price", "number", "Above 1: we are dearer", width=12),
            _c("Fair line", "number", "Price that the quality is worth, relative to the rival's", width=12),
            _c("Fair price", "money", "Rivals' mean price x relative quality"),
            _c("Our price", "money", "From the row Price"),
            _c("Reading", "text", "What it says", width=60),
            _c("Against", "text", "Segment and rival, for the chart", width=34),
        ),
        role="output",
        key=("segment", "rival"),
    ),
    Table(
        "MapPoints",
        "The value map of the segment with most revenue, ours as 1, for the chart.",
        (
            _c("Point", "text", "We, and each rival; empty: an end of the fair line", width=22),
            _c("Segment", "id", "From Attributes", width=18),
            _c("Quality", "number", "As customers see it, ours = 1"),
            _c("Price", "number", "Ours = 1"),
            _c("Fair line", "number", "Price that the quality is worth"),
        ),
        role="output",
        sheet_name="ValueMap",
    ),
    Table(
        "Position",
        "What to lead with, match and leave in each segment (CVM_POSITION).",
        (
            _c("Segment", "id", "From Attributes", width=18),
            _c("Attribute", "text", "What they judge by", width=26),
            _c("Role", "choice", "lead, match or leave", choices=("lead", "match", "leave")),
            _c("Importance", "number", "From Attributes"),
            _c("Own", "number", "Our score"),
            _c("Best rival", "number", "Highest score of a rival"),
            _c("Advantage", "number", "Importance x (own / best rival - 1)"),
        ),
        role="output",
        key=("segment", "attribute"),
    ),
    Table(
        "PricePoints",
        "What the survey says of acceptable prices (CVM_PSM).",
        (
            _c("Product", "id", "From PriceSurvey"),
            _c("Figure", "id", "As CVM_PSM names it", width=18),
            _c("Value", "number", "Price, share or count"),
            _c("Meaning", "text", "What it says", width=70),
        ),
        role="output",
        key=("product", "figure"),
    ),
    Table(
        "PriceCurves",
        "Share of respondents to whom a price is too cheap, cheap, dear, too dear, for the product with most "
        "respondents.",
        (
            _c("Product", "id", "From PriceSurvey"),
            _c("Price", "money", "Prices that were named"),
            _c("Too cheap", "share", "So low that they doubt the quality"),
            _c("Cheap", "share", "A bargain"),
            _c("Expensive", "share", "Getting dear"),
            _c("Too expensive", "share", "They would not buy"),
        ),
        role="output",
    ),
    Table(
        "BuyCurve",
        "Share who would buy at each price shown, and what it earns (CVM_GABOR_GRANGER).",
        (
            _c("Product", "id", "From PriceTests"),
            _c("Price", "money", "Prices that were shown"),
            _c("Asked", "whole", "Respondents at that price"),
            _c("Share", "share", "Would buy"),
            _c("Revenue", "money", "Per respondent"),
            _c("Profit", "money", "Per respondent, at the product's unit cost"),
            _c("Best", "flag", "TRUE at the highest profit, or revenue without a cost"),
        ),
        role="output",
        key=("product", "price"),
    ),
    Table(
        "PartWorths",
        "What each attribute is worth to those who chose (CVM_CONJOINT).",
        (
            _c("Attribute", "id", "From Choices; levels of texts against the first in the alphabet", width=30),
            _c("Part-worth", "number", "Utility"),
            _c("Standard error", "number", "Of the part-worth"),
            _c("Willingness to pay", "money", "Part-worth over the price's"),
            _c("Low", "money", "Its 90% range, by the delta method"),
            _c("High", "money", "Its 90% range"),
        ),
        role="output",
        key=("attribute",),
    ),
    Table(
        "ChoiceShares",
        "Share of customers who would choose each offer of Profiles (CVM_CHOICE_SHARE).",
        (
            _c("Market", "id", "From Profiles", width=28),
            _c("Offer", "text", "From Profiles", width=24),
            _c("Price", "money", "From Profiles"),
            _c("Share", "share", "Of those asked; the shares of a market sum to 100%"),
            _c("Revenue", "money", "Per customer: price x share"),
            _c("Shown", "text", "Market and offer, for the chart", width=44),
        ),
        role="output",
        key=("market", "offer"),
    ),
    Table(
        "Elasticity",
        "How volume answered to price over time, trend and promotions allowed for (CVM_ELASTICITY).",
        (
            _c("Product", "id", "With a band"),
            _c("Name", "text", "From Products", width=28),
            _c("Periods", "whole", "With sales"),
            _c("Elasticity", "number", "Change of volume in % for a change of price of 1%"),
            _c("Standard error", "number", "Of the elasticity"),
            _c("Low", "number", "Its 90% range"),
            _c("High", "number", "Its 90% range"),
            _c("R2", "share", "Of the variation that is explained"),
            _c("Trend", "share", "Change of volume from one period to the next, at the same price"),
            _c("Promotion", "share", "More volume when all lines are promoted, at the same price"),
            _c("Best price", "money", "Where elasticity is below -1"),
            _c("Price today", "money", "Of all segments"),
            _c("Reading", "text", "What it is worth", width=118),
        ),
        role="output",
        key=("product",),
    ),
)
