"""The tables on what customers will buy: their lifetime value, and whether the forecast behind it comes true."""

from __future__ import annotations

from cvm_xl.book.declared import Setting, Table
from cvm_xl.book.declared import column as _c

__all__ = ["BY_HOLDOUT", "LIFETIME_OUTPUTS", "LIFETIME_SETTINGS"]

BY_HOLDOUT = "by holdout"
"""The Purchase model that lets the past choose."""

LIFETIME_SETTINGS = (
    Setting("Time unit", "choice", "week", "Unit of time in lifetime models", choices=("day", "week", "month", "year")),
    Setting(
        "Horizon",
        "number",
        52.0,
        "Future that lifetime value counts, in time units; empty: for ever",
        0.1,
        None,
        optional=True,
    ),
    Setting("Discount rate", "share", 0.1, "Yearly rate at which future margins are discounted", 0.0, 2.0),
    Setting(
        "Purchase model",
        "choice",
        "bgnbd",
        "Model of purchases behind Lifetime; by holdout: the one that is nearest to what was bought after the split",
        choices=("bgnbd", "mbgnbd", "pareto_nbd", BY_HOLDOUT),
    ),
    Setting(
        "Fit by",
        "text",
        None,
        "Parts of customers with models of their own: Segment or a column of Customers. Small ones take those of all",
    ),
    Setting(
        "Holdout split",
        "date",
        None,
        "Last day of the past that Holdout fits to; what came after is predicted. Empty: two thirds of the way",
    ),
)

LIFETIME_OUTPUTS = (
    Table(
        "Lifetime",
        "What each customer is expected to buy and to be worth (the Purchase model of Settings with Gamma-Gamma).",
        (
            _c("Customer", "id", "Customer number"),
            _c("Name", "text", "From Customers", width=28),
            _c("Segment", "id", "From Customers", width=18),
            _c("Tier", "id", "From Tiers"),
            _c("Frequency", "whole", "Repeat purchases (days with a purchase, less the first)"),
            _c("Recency", "number", "From first to last purchase, in time units"),
            _c("Age", "number", "From first purchase to the period's end, in time units"),
            _c("Monetary", "money", "Mean net revenue of a repeat purchase"),
            _c("Purchases", "number", "Expected over the horizon (CVM_PURCHASES)"),
            _c("P(alive)", "share", "Probability that the customer still buys (CVM_ALIVE)"),
            _c("Spend", "money", "Expected per purchase (CVM_SPEND)"),
            _c("Margin", "share", "Contribution over net revenue of the customer's segment"),
            _c("CLV", "money", "Discounted margin of expected purchases (CVM_LIFETIME)"),
            _c(
                "CLV low",
                "money",
                "5% of 1000 simulated futures are below (CVM_LIFETIME_RANGE); of fewer above 2000 customers",
            ),
            _c("CLV high", "money", "5% of simulated futures are above"),
            _c(
                "Predictability",
                "share",
                "Probability that what comes lies within 50% of CLV: of two equal values the higher one is surer",
            ),
            _c("Fitted to", "id", "Whose purchases the models are fitted to (Settings, Fit by)", width=18),
        ),
        role="output",
        key=("customer",),
    ),
    Table(
        "HoldoutModels",
        "Does a model earn its keep? Each is fitted to the past, predicts what came after the split and must beat the "
        "naive rule that everybody goes on as so far (CVM_HOLDOUT_MODELS).",
        (
            _c("Model", "id", "bgnbd, mbgnbd, pareto_nbd; naive is the rule to beat", width=14),
            _c("Expected", "number", "Purchases after the split, by the customers known by then", width=12),
            _c("Actual", "whole", "Purchases they made", width=12),
            _c("Error", "share", "Expected over actual, less 1", width=12),
            _c("Off", "number", "Purchases that it is off a customer: root of the mean squared error", width=12),
            _c("Captured", "share", "Share of purchases by the tenth of customers expected to buy most", width=12),
            _c("Verdict", "text", "Whether it earns its keep, and why", width=110),
        ),
        role="output",
        key=("model",),
        sheet_name="Holdout",
    ),
    Table(
        "Holdout",
        "Repeat purchases after the split by period, as the model and the naive rule expect them and as they came "
        "(CVM_HOLDOUT).",
        (
            _c("Period", "whole", "Time units since the split; the last may be shorter", width=10),
            _c("Until", "date", "Last day of the period", width=12),
            _c("Actual", "whole", "Purchases made", width=11),
            _c("Expected", "number", "By the model", width=11),
            _c("Naive", "number", "If everybody went on as before the split", width=11),
            _c("Cumulative actual", "whole", "Since the split", width=13),
            _c("Cumulative expected", "number", "Since the split", width=13),
            _c("Cumulative naive", "number", "Since the split", width=13),
            _c("Error", "share", "Cumulative expected over actual, less 1", width=10),
            _c("Naive error", "share", "Cumulative naive over actual, less 1", width=10),
        ),
        role="output",
        key=("period",),
    ),
    Table(
        "HoldoutDeciles",
        "Customers by decile of the purchases expected of them, with those they made (CVM_HOLDOUT_LIFT).",
        (
            _c("Decile", "whole", "1 is expected to buy most", width=10),
            _c("Customers", "whole", "How many", width=12),
            _c("Expected", "number", "Purchases, by the model", width=11),
            _c("Actual", "number", "Purchases made; who is expected to buy alike shares them equally", width=11),
            _c("Lift", "number", "A customer's purchases over those of all customers", width=10),
            _c("Captured", "share", "Share of all purchases, down to this decile", width=11),
            _c("Naive actual", "number", "Purchases made, by deciles of the pace before the split", width=11),
            _c("Naive lift", "number", "As lift, by these deciles", width=10),
            _c("Naive captured", "share", "As captured, by these deciles", width=11),
        ),
        role="output",
        key=("decile",),
        sheet_name="Holdout",
    ),
    Table(
        "Cohorts",
        "Customers by the quarter of their first purchase, and by Source where Customers has such a column: what they "
        "brought and what they are still worth.",
        (
            _c("By", "id", "Acquired: by the quarter of the first purchase; Source", width=12),
            _c("Cohort", "id", "Which quarter, or which source", width=20),
            _c("Customers", "whole", "With a purchase in the period", width=12),
            _c("Bought again", "share", "Share with a repeat purchase so far", width=12),
            _c("Purchases", "number", "A customer, days with a purchase", width=12),
            _c("Revenue", "money", "Net, in the period", width=16),
            _c("Revenue a customer", "money", "Net, in the period"),
            _c("Active", "share", "Expected share that still buys: mean of P(alive)", width=12),
            _c("CLV", "money", "From Lifetime, of all together", width=16),
            _c("CLV a customer", "money", "From Lifetime"),
        ),
        role="output",
        key=("by", "cohort"),
    ),
    Table(
        "CohortRetention",
        "Share of each cohort that bought again in each quarter since the own first purchase, of those seen for all of "
        "it (CVM_COHORTS).",
        (
            _c("By", "id", "Acquired: by the quarter of the first purchase; Source", width=12),
            _c("Cohort", "id", "Which quarter, or which source", width=20),
            _c("Customers", "whole", "Seen for a quarter at least", width=12),
            _c("A quarter", "share", "Of all quarters together; young cohorts have only their first ones", width=12),
        ),
        role="output",
        key=("by", "cohort"),
        extras=True,
    ),
)
