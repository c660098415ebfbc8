"""The rows of Settings."""

from __future__ import annotations

from cvm_xl.book.declared import Setting
from cvm_xl.book.growth_declared import GROWTH_SETTINGS
from cvm_xl.book.lifetime_declared import LIFETIME_SETTINGS
from cvm_xl.book.price_declared import PRICE_SETTINGS
from cvm_xl.book.spend_declared import SPEND_SETTINGS

__all__ = ["SETTINGS"]

SETTINGS = (
    Setting("Company", "text", None, "Shown in titles"),
    Setting("Currency", "text", "EUR", "Shown in titles and headers"),
    Setting(
        "Decimals", "whole", 2, "Decimals of the currency's smallest unit: 2 for cents, 0 where there are none", 0, 6
    ),
    Setting("Paper", "choice", "A4", "Paper that sheets and reports print on", choices=("A4", "Letter")),
    Setting("Period start", "date", None, "First day that counts; empty: the first day in Sales"),
    Setting("Period end", "date", None, "Last day that counts; empty: the last day in Sales"),
    Setting("Tier names", "text", "Top; Middle; Bottom", "Best tier first, separated by semicolons"),
    Setting("Tier shares", "text", "20%; 70%; 10%", "Share of customers in each tier; they sum to 100%"),
    Setting(
        "Tier by",
        "choice",
        "rank",
        "What tiers go by. rank: Tier shares of the customers; profit: Tier shares of all profit; amount: Tier amounts",
        choices=("rank", "profit", "amount"),
    ),
    Setting(
        "Tier amounts",
        "text",
        None,
        "Where Tier by is amount: the least profit of each tier but the last, separated by semicolons: 10000; 0",
    ),
    Setting(
        "P&L by",
        "text",
        None,
        "What else to split P&L by, separated by semicolons: columns of your own in Customers, Products or Sales; "
        "Month, Quarter, Year; Tier, Cohort, Cross-sell; two at once: Segment x Channel",
    ),
    Setting("Fiscal year starts", "whole", 1, "Month in which the fiscal year starts: 1 is January", 1, 12),
    Setting(
        "Service method",
        "choice",
        "reciprocal",
        "How pools in ServiceUsage move to their users",
        choices=("reciprocal", "step", "direct"),
    ),
    Setting(
        "Compare",
        "text",
        None,
        "Two periods to compare: 2024; 2025 or 2024 Q1; 2025 Q1 or 2024-01-01..2024-06-30; 2024-07-01..2024-12-31",
    ),
    Setting(
        "Further tables",
        "text",
        None,
        "Also written, separated by semicolons: Matrix; Portfolio; WhaleStats; Holdout; Cohorts; Potential; "
        "WhiteSpace; Expansion; Transitions; ChannelCosts",
    ),
    Setting(
        "Matrix by",
        "choice",
        "Segment x Product",
        "What the rows of the table Matrix are",
        choices=(
            "Segment x Product",
            "Segment x Product x Touch-point",
            "Customer x Product",
            "Customer x Product x Touch-point",
        ),
    ),
    Setting(
        "Revenue sign",
        "choice",
        "positive",
        "Sign of revenue in Sales: negative where a ledger's credits were taken over",
        choices=("positive", "negative"),
    ),
    Setting(
        "Cost sign",
        "choice",
        "positive",
        "Sign of costs in Sales and CostPools: negative where they were taken over from a P&L",
        choices=("positive", "negative"),
    ),
    Setting(
        "Trace",
        "text",
        None,
        "Customers or parts of the P&L to trace back to the ledger, separated by semicolons: C0042; Channel = Web shop",
    ),
    Setting("Required margin", "share", 0.1, "Margin on price that a price must leave at least", 0.0, 0.99),
    Setting("Incentive share", "share", 0.3, "Share of the value advantage left to the customer", 0.0, 1.0),
    Setting(
        "Fair share", "share", 0.5, "Our share of value between cost and perceived value in the fair price", 0.0, 1.0
    ),
    *PRICE_SETTINGS,
    *LIFETIME_SETTINGS,
    *GROWTH_SETTINGS,
    *SPEND_SETTINGS,
)
