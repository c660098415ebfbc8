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
        "Money that developing a customer takes (Decisions); empty: a tenth of what serving it costs in a year",
        0.0,
        None,
    ),
    Setting("Development success", "share", 0.3, "Probability that developing a customer succeeds", 0.0, 1.0),
    Setting("Wallet target", "share", 0.6, "Share of a customer's Wallet within reach", 0.0, 1.0),
    Setting("Cost cut", "share", 0.25, "Share of a customer's cost to serve that can be cut by serving it differently",
            0.0, 1.0),
    Setting("Stranded cost", "share", 0.5, "Share of a customer's cost to serve that stays when the customer goes",
            0.0, 1.0),
)  # fmt: skip

GROWTH_INPUTS: tuple[Table, ...] = ()

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
            _c("Price room", "money", "Value gained at most by prices at the ceiling of their bands"),
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
)
