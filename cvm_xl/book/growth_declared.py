"""The tables and settings on growth: what to do with each customer, and where more can come from."""

from __future__ import annotations

from cvm_xl.book.declared import Setting, Table
from cvm_xl.book.declared import column as _c

__all__ = ["GROWTH_INPUTS", "GROWTH_OUTPUTS", "GROWTH_SETTINGS"]

GROWTH_SETTINGS = (
    Setting(
        "Development cost",
        "number",
        None,
        "Money that developing a customer takes (Decisions); empty: a tenth of what serving it costs in a year, and no "
        "less than of the median customer",
        0.0,
        None,
    ),
    Setting(
        "Development budget",
        "number",
        None,
        "Money for developing customers: those that return most on their cost come first, the others are kept as they "
        "are; empty: no limit",
        0.0,
        None,
    ),
    Setting("Development success", "share", 0.3, "Probability that developing a customer succeeds", 0.0, 1.0),
    Setting("Wallet target", "share", 0.6, "Share of a customer's Wallet within reach", 0.0, 1.0),
    Setting(
        "Referrals",
        "number",
        None,
        "New customers in a year by one that recommends us (9 or 10 in Surveys); empty: no referral value",
        0.0,
        None,
    ),
    Setting(
        "Look-alike by",
        "text",
        None,
        "Columns of Customers, and of Prospects, that tell who is like the best customers: Segment; Employees; empty: "
        "no table LookAlikes",
    ),
    Setting("Alert P(alive)", "share", 0.5, "Alerts name customers with a profit whose P(alive) is below", 0.0, 1.0),
    Setting(
        "Alert cost to serve", "share", 0.75, "Alerts name customers whose cost to serve over revenue is above", 0.0, 10
    ),
    Setting("Cost cut", "share", 0.25, "Share of a customer's cost to serve that can be cut by serving it differently",
            0.0, 1.0),
    Setting("Stranded cost", "share", 0.5, "Share of a customer's cost to serve that stays when the customer goes",
            0.0, 1.0),
)  # fmt: skip

GROWTH_INPUTS = (
    Table(
        "Prospects",
        "Who might become a customer. Add the columns that Settings name (Look-alike by), named as in Customers.",
        (
            _c("Prospect", "id", "Any number or name of their own", required=True),
            _c("Name", "text", "Name shown in LookAlikes", width=28),
            _c("Segment", "id", "Segment they would belong to", refers="Segments", width=20),
        ),
        key=("prospect",),
        extras=True,
    ),
    Table(
        "Capabilities",
        "How ready the organisation is to manage customer value, scored by you; data quality is measured. Several rows "
        "of a dimension count equally.",
        (
            _c("Dimension", "id", "Skills, Culture, Cooperation ...", required=True, width=20,
               choices=("Skills", "Culture", "Cooperation")),
            _c("Statement", "text", "What is scored", width=70),
            _c("Score", "number", "1 (not begun) to 5 (mastered)", required=True, lo=1, hi=5),
            _c("Weight", "number", "Importance of the dimension, in its first row; empty: 1", lo=0),
            _c("Evidence", "text", "How we know", width=50),
        ),
    ),
)  # fmt: skip

GROWTH_OUTPUTS = (
    Table(
        "Decisions",
        "What to do with each customer (CVM_ACTION): Invest, Adjust, Award elsewhere or Keep; within each, the most "
        "money first.",
        (
            _c("Customer", "id", "Customer number"),
            _c("Name", "text", "From Customers", width=28),
            _c("Owner", "id", "From Customers, where it has such a column", width=18),
            _c("Segment", "id", "From Customers", width=18),
            _c("Tier", "id", "From Tiers"),
            _c("Decision", "id", "CVM_ACTION of the columns to the right", width=16),
            _c("At stake", "money", "Money that the decision brings; of Keep the value to be kept", width=15),
            _c("Why", "text", "The reason, in words", width=96),
            _c("Value now", "money", "Lifetime value at the customer's own margin (CVM_LIFETIME)"),
            _c("Potential", "money", "Value once developed: retained, sold more of what goes with what it has"),
            _c("Cost", "money", "Of developing it (Settings, Development cost)"),
            _c("Return", "share", "Expected gain less cost, over cost", width=12),
            _c("Price room", "money", "Value gained at most by prices at the ceiling of their bands, contracts kept"),
            _c("Cost cut", "money", "Value gained at most by serving it differently (Settings, Cost cut)"),
            _c(
                "Stranded",
                "money",
                "Cost that stays when it goes (Settings, Stranded cost); CVM_ACTION takes it with Cost cut",
            ),
            _c("Own margin", "share", "Gross margin less cost to serve of a purchase, over expected spend"),
        ),
        role="output",
        key=("customer",),
    ),
    Table(
        "Adjustments",
        "How each customer to be adjusted gets to a value of zero or more: prices within their bands and cost to "
        "serve, the largest step first.",
        (
            _c("Customer", "id", "Customer number"),
            _c("Name", "text", "From Customers", width=28),
            _c("Owner", "id", "From Customers, where it has such a column", width=18),
            _c("Step", "whole", "In this order", width=8),
            _c("Change", "id", "Price, or cost to serve", width=16),
            _c("Object", "id", "Product, or cost pool", width=26),
            _c("Today", "money", "Price paid, or cost a year"),
            _c("Proposed", "money", "Price within the band, or cost a year"),
            _c("By", "share", "Proposed over today, less 1", width=10),
            _c(
                "Accepted",
                "share",
                "Of those who accept today's price, who accept the proposed; empty: not known",
                width=11,
            ),
            _c("Gain", "money", "Value gained by the step"),
            _c("Value after", "money", "Value of the customer after this step and those before"),
        ),
        role="output",
        key=("step", "customer"),
    ),
    Table(
        "ByDecision",
        "How many customers each decision is for, and the money that acting brings; of Keep the value to be kept.",
        (
            _c("Decision", "id", "From Decisions", width=22),
            _c("Customers", "whole", "How many"),
            _c("At stake", "money", "From Decisions", width=15),
            _c("Value now", "money", "From Decisions", width=15),
            _c("Stranded", "money", "From Decisions: cost that would stay if all of them went", width=15),
        ),
        role="output",
        key=("decision",),
        sheet_name="Actions",
    ),
    Table(
        "DecisionsByOwner",
        "What the decisions ask of each account owner: customers by decision, and the money that acting brings.",
        (
            _c("Owner", "id", "From Customers", width=22),
            _c("Customers", "whole", "With a decision"),
            _c("Invest", "whole", "Customers to invest in", width=11),
            _c("Adjust", "whole", "Customers to adjust", width=11),
            _c("Award elsewhere", "whole", "Customers to leave to others", width=11),
            _c("Keep", "whole", "Customers to keep as they are", width=11),
            _c("Invest gain", "money", "Expected gain less cost"),
            _c("Adjust gain", "money", "From adjusted prices and costs"),
            _c("Award gain", "money", "Losses that end, less stranded cost"),
            _c("Value now", "money", "Of all customers of the owner", width=16),
        ),
        role="output",
        key=("owner",),
        sheet_name="Actions",
    ),
    Table(
        "PotentialBySegment",
        "Value now and what could be added to it by keeping customers, by products that peers buy and by larger "
        "orders.",
        (
            _c("Segment", "id", "From Customers", width=22),
            _c("Customers", "whole", "With a purchase"),
            _c("Value now", "money", "From Potential", width=15),
            _c("Retention", "money", "More if those who may leave were known to stay", width=15),
            _c("Cross-sell", "money", "From products that they lack and peers buy (WhiteSpace)", width=15),
            _c("Up-sell", "money", "From orders as large as the segment's median", width=15),
            _c("Potential", "money", "Value now with all three", width=15),
            _c("Share of wallet", "share", "Of customers whose Wallet is known (CVM_WALLET)"),
            _c("Referral value", "money", "No money yet and not in Potential: who is won by recommendation", width=15),
        ),
        role="output",
        key=("segment",),
    ),
    Table(
        "Potential",
        "What each customer is worth and could be worth, the most to add first.",
        (
            _c("Customer", "id", "Customer number"),
            _c("Name", "text", "From Customers", width=28),
            _c("Owner", "id", "From Customers, where it has such a column", width=18),
            _c("Segment", "id", "From Customers", width=18),
            _c("Tier", "id", "From Tiers"),
            _c("P(alive)", "share", "From Lifetime"),
            _c("Value now", "money", "Lifetime value at the customer's own margin"),
            _c("Retention", "money", "More if it were known to stay; nothing below a P(alive) of 50%"),
            _c("Cross-sell", "money", "Margin of what WhiteSpace proposes, after cost to serve, over the horizon"),
            _c("Up-sell", "money", "Margin of orders as large as the segment's median, over the horizon"),
            _c("Potential", "money", "Value now with all three"),
            _c("Wallet", "money", "From Customers, a year"),
            _c("Share of wallet", "share", "Our sales a year over Wallet (CVM_WALLET)"),
            _c("Headroom", "money", "Sales a year up to the Wallet target; limits cross-sell and up-sell"),
            _c("Referral value", "money", "No money yet and not in Potential (CVM_REFERRAL x Referrals of Settings)"),
        ),
        role="output",
        key=("customer",),
    ),
    Table(
        "WhiteSpace",
        "Products that customers do not have and are likely to take, by what those who have the same bought "
        "(CVM_WHITESPACE); never what they returned or what is sold no more.",
        (
            _c("Customer", "id", "Customer number"),
            _c("Name", "text", "From Customers", width=28),
            _c("Owner", "id", "From Customers, where it has such a column", width=18),
            _c("Product", "id", "Not bought so far"),
            _c("Product name", "text", "From Products", width=32),
            _c("Propensity", "share", "Share that has it among those who have what goes with it best", width=12),
            _c("Support", "share", "Share of customers that have both", width=12),
            _c("Lift", "number", "Propensity over the share of all customers that have it", width=10),
            _c("Expected margin", "money", "Gross margin a year: propensity x mean of those who have it"),
        ),
        role="output",
        key=("customer", "product"),
    ),
    Table(
        "LookAlikes",
        "Prospects, or where there are none small customers, by how like they are to customers of the best tier "
        "(CVM_RESPONSE_SCORE, CVM_PROPENSITY).",
        (
            _c("Rank", "whole", "1 is most alike", width=8),
            _c("Who", "id", "Prospect or customer", width=16),
            _c("Name", "text", "From Prospects or Customers", width=30),
            _c("Segment", "id", "From Prospects or Customers", width=18),
            _c("Likeness", "share", "Probability of being one of the best tier"),
            _c("Lift", "number", "Likeness over the share of customers in the best tier", width=10),
            _c("Expected value", "money", "Likeness x mean CLV of the best tier, once won"),
            _c("Because of", "text", "The attributes that speak most for it", width=60),
        ),
        role="output",
        key=("who",),
    ),
    Table(
        "LookAlikeLift",
        "Does likeness tell? Fitted to half of the customers, told of the others: by decile of likeness, who is of the "
        "best tier (CVM_TARGET).",
        (
            _c("Decile", "whole", "1 is most alike", width=10),
            _c("Customers", "whole", "Not fitted to", width=11),
            _c("Best", "whole", "Of the best tier", width=10),
            _c("Share", "share", "Of them, of the best tier", width=10),
            _c("Lift", "number", "Share over that of all", width=10),
        ),
        role="output",
        key=("decile",),
        sheet_name="LookAlikes",
    ),
    Table(
        "Alerts",
        "What crossed a threshold of Settings, and what changed since the last refresh: new, standing, over.",
        (
            _c("Status", "id", "new, standing since an earlier refresh, or over", width=11),
            _c("Alert", "id", "What is the matter", width=20),
            _c("Object", "id", "Customer, or segment and product", width=26),
            _c("Name", "text", "From Customers or Products", width=28),
            _c("Owner", "id", "From Customers, where it has such a column", width=18),
            _c("Before", "text", "At the last refresh", width=12),
            _c("Now", "text", "Now", width=12),
            _c("Threshold", "text", "From Settings, or the floor of the band", width=14),
            _c("At stake", "money", "A year", width=14),
            _c("What to do", "text", "First step", width=60),
        ),
        role="output",
        key=("alert", "object"),
    ),
    Table(
        "AlertSummary",
        "Alerts of each kind, for the chart.",
        (
            _c("Alert", "id", "What is the matter", width=20),
            _c("New", "whole", "Since the last refresh", width=10),
            _c("Standing", "whole", "Known before", width=10),
            _c("Over", "whole", "No longer", width=10),
            _c("At stake", "money", "A year, new and standing", width=14),
        ),
        role="output",
        key=("alert",),
        sheet_name="Alerts",
    ),
    Table(
        "Readiness",
        "Is the organisation ready to manage customer value? As strong as its weakest link (CVM_READINESS).",
        (
            _c("Dimension", "id", "From Capabilities; data quality is measured", width=22),
            _c("Score", "number", "1 (not begun) to 5 (mastered)", width=10),
            _c("Weight", "number", "Importance", width=10),
            _c("Reading", "text", "What it says", width=80),
        ),
        role="output",
        key=("dimension",),
    ),
    Table(
        "DataQuality",
        "What the workbook's data cover.",
        (
            _c("Measure", "id", "What is covered", width=40),
            _c("Share", "share", "How much of it"),
            _c("Score", "number", "1 for nothing, 5 for all", width=10),
        ),
        role="output",
        key=("measure",),
        sheet_name="Readiness",
    ),
    Table(
        "Cycle",
        "Discover, commit, create, assess, improve: what feeds each step, what is filled, what changed since the last "
        "refresh, what to do next.",
        (
            _c("Step", "id", "Of the cycle", width=12),
            _c("Sheet", "id", "What feeds the step, or what it gives", width=20),
            _c("Is", "id", "input, or result", width=9),
            _c("Rows", "whole", "Filled", width=10),
            _c("Figure", "text", "What is looked at", width=34),
            _c("Value", "number", "Now", width=15),
            _c("Last time", "number", "At the last refresh", width=15),
            _c("Changed", "text", "Since the last refresh", width=22),
            _c("Next", "text", "What to do", width=88),
        ),
        role="output",
        key=("step", "sheet"),
    ),
)
