"""The tables that a refresh writes."""

from __future__ import annotations

from cvm_xl.book.declared import Table
from cvm_xl.book.declared import column as _c
from cvm_xl.book.growth_declared import GROWTH_OUTPUTS
from cvm_xl.book.lifecycle_declared import LIFECYCLE_OUTPUTS
from cvm_xl.book.lifetime_declared import LIFETIME_OUTPUTS
from cvm_xl.book.price_declared import PRICE_OUTPUTS
from cvm_xl.book.profit_declared import PROFIT_OUTPUTS
from cvm_xl.book.spend_declared import SPEND_OUTPUTS
from cvm_xl.book.touchpoints_declared import TOUCHPOINT_OUTPUTS

__all__ = ["OUTPUT_TABLES"]

OUTPUT_TABLES = (
    Table(
        "Tiers",
        "Customers from the most to the least profitable, with their tier (CVM_TIER).",
        (
            _c("Rank", "whole", "1 is the most profitable", width=8),
            _c("Customer", "id", "Customer number"),
            _c("Name", "text", "From Customers", width=28),
            _c("Segment", "id", "From Customers", width=18),
            _c("Revenue", "money", "Net revenue of the period"),
            _c("Gross margin", "money", "Net revenue less cost of goods"),
            _c("Cost to serve", "money", "All pools that reach customers (CVM_ALLOCATE)"),
            _c("Profit", "money", "Gross margin less cost to serve"),
            _c("Cumulative share", "share", "Of total profit, down to this customer"),
            _c("Tier", "id", "From the shares in Settings (CVM_TIER)"),
        ),
        role="output",
        key=("customer",),
    ),
    Table(
        "Whale",
        "The whale curve: cumulative profit over customers, the most profitable first (CVM_WHALE).",
        (
            _c("Customers share", "share", "Share of customers counted so far"),
            _c("Profit", "money", "Profit of the customer at this point"),
            _c("Cumulative profit", "money", "Profit of all customers so far"),
            _c("Cumulative share", "share", "Of total profit"),
            _c("Peak", "share", "Cumulative share where it is highest, empty elsewhere; for the chart"),
        ),
        role="output",
    ),
    Table(
        "SegmentPnL",
        "Profit and loss by segment, product, channel, touch-point and the columns named in Settings. "
        "A column for each cost pool stands between gross margin and contribution.",
        (
            _c("Dimension", "id", "What the rows are split by", width=16),
            _c("Item", "id", "Segment, product, channel ...", width=24),
            _c("Lines", "whole", "Sales lines"),
            _c("List revenue", "money", "Quantity x list price", width=17),
            _c("Discounts", "money", "Net less list revenue, negative", width=17),
            _c("Net revenue", "money", "What was invoiced, returns taken off", width=17),
            _c("Cost of goods", "money", "Negative", width=17),
            _c("Gross margin", "money", "Net revenue less cost of goods", width=17),
            _c("Contribution", "money", "Gross margin less cost pools", width=17),
        ),
        role="output",
        key=("dimension", "item"),
        extras=True,
    ),
    *PROFIT_OUTPUTS,
    Table(
        "PriceBands",
        "The win-win price between full cost and perceived value, per segment and product (CVM_PRICE_BAND).",
        (
            _c("Segment", "id", "From ValueDrivers", width=18),
            _c("Product", "id", "From ValueDrivers"),
            _c("Name", "text", "From Products", width=28),
            _c("Unit cost", "money", "Cost of goods and cost to serve per unit"),
            _c("Reference", "money", "Price of the next best alternative"),
            _c("EVC", "money", "Economic value to the customer (CVM_EVC)"),
            _c("EVC low", "money", "5% of simulated values are below (CVM_EVC_RANGE); empty without ranges"),
            _c("EVC high", "money", "5% of simulated values are above"),
            _c("Floor", "money", "Unit cost plus required margin"),
            _c("Target", "money", "Price of highest expected profit within the band"),
            _c("Ceiling", "money", "EVC less the customer's incentive"),
            _c("Fair", "money", "Price that splits the value"),
            _c("Price today", "money", "Net revenue per unit sold"),
            _c("Net revenue", "money", "Sold today to this segment, returns not counted"),
            _c("Acceptance", "share", "Expected at target (CVM_ACCEPTANCE)"),
            _c("Expected profit", "money", "Per offer, at target"),
            _c("Units a year", "number", "Sold today, returns not counted"),
            _c(
                "Volume change",
                "share",
                "Units lost or won by moving to target, by acceptance at both prices",
                width=12,
            ),
            _c("Given away", "money", "A year: what those who stay would have paid more", width=16),
            _c("Profit change", "money", "A year: of moving to target, the most first", width=16),
            _c("Verdict", "text", "Where today's price stands", width=84),
            _c("Evidence", "text", "What the target rests on", width=70),
        ),
        role="output",
        key=("segment", "product"),
    ),
    *PRICE_OUTPUTS,
    *LIFETIME_OUTPUTS,
    *GROWTH_OUTPUTS,
    *SPEND_OUTPUTS,
    *LIFECYCLE_OUTPUTS,
    *TOUCHPOINT_OUTPUTS,
    Table(
        "Model",
        "The fitted models behind Lifetime and PriceBands: name and value, as the functions take them.",
        (
            _c("Model", "id", "Which model", width=24),
            _c("Name", "id", "Parameter", width=30),
            _c("Value", "value", "Its value", width=28),
        ),
        role="output",
        key=("model", "name"),
    ),
    Table(
        "Checks",
        "Everything that must agree; each difference is 0.00.",
        (
            _c("Check", "text", "What is compared", width=72),
            _c("Left", "money", "First side", width=18),
            _c("Right", "money", "Second side", width=18),
            _c("Difference", "money", "Left less right"),
            _c("Status", "text", "OK or look here"),
        ),
        role="output",
        key=("check",),
    ),
    Table(
        "Headlines",
        "The figures to know first.",
        (
            _c("Figure", "text", "What is measured", width=34),
            _c("Value", "value", "Its value", width=18),
            _c("Unit", "text", "Its unit", width=15),
            _c("Meaning", "text", "What it says", width=70),
        ),
        role="output",
        key=("figure",),
        sheet_name="Dashboard",
    ),
    Table(
        "BySegment",
        "Contribution of each segment, for the chart.",
        (
            _c("Segment", "id", "From Customers", width=20),
            _c("Net revenue", "money", "From SegmentPnL", width=17),
            _c("Gross margin", "money", "From SegmentPnL", width=17),
            _c("Cost to serve", "money", "Sum of the pools, negative", width=17),
            _c("Contribution", "money", "From SegmentPnL", width=17),
        ),
        role="output",
        key=("segment",),
        sheet_name="Dashboard",
    ),
    Table(
        "ByTier",
        "What each tier earns and is worth, for the chart.",
        (
            _c("Tier", "id", "From Tiers", width=20),
            _c("Customers", "whole", "How many"),
            _c("Revenue", "money", "From Tiers", width=17),
            _c("Profit", "money", "From Tiers", width=17),
            _c("CLV", "money", "From Lifetime", width=17),
        ),
        role="output",
        key=("tier",),
        sheet_name="Dashboard",
    ),
    Table(
        "ByOffer",
        "Price bands of the offers that sell most, as shares of the next best alternative's price, for the chart.",
        (
            _c("Offer", "id", "Segment and product", width=30),
            _c("Floor", "share", "From PriceBands, divided by Reference"),
            _c("Band", "share", "Ceiling less floor, divided by Reference"),
            _c("Target", "share", "From PriceBands, divided by Reference"),
            _c("Price today", "share", "From PriceBands, divided by Reference"),
        ),
        role="output",
        key=("offer",),
        sheet_name="Dashboard",
    ),
)
