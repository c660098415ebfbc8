"""The tables on touch-points, channels and initiatives."""

from __future__ import annotations

from cvm_xl.book.declared import Table
from cvm_xl.book.declared import column as _c

__all__ = ["TOUCHPOINT_INPUTS", "TOUCHPOINT_OUTPUTS"]

TOUCHPOINT_INPUTS = (
    Table(
        "ChannelFit",
        "How well each channel serves each tier, and what the tier needs at least.",
        (
            _c("Tier", "id", "As in Tiers", required=True),
            _c("Channel", "id", "As in Channels", required=True, refers="Channels", width=20),
            _c("Effect", "number", "Of an order through it: 1 is what the best channel does", required=True, lo=0),
            _c("Cost an order", "money", "Empty: from Sales and CostPools", lo=0),
            _c("Orders", "number", "Of the tier, in one of its rows; empty: from Sales", lo=0),
            _c("Need", "number", "Least mean effect of an order, in one of the tier's rows; empty: as today", lo=0),
        ),
        key=("tier", "channel"),
    ),
    Table(
        "Initiatives",
        "What was decided at which touch-point: owner, due date, target and where it stands.",
        (
            _c("Initiative", "id", "What is done", required=True, width=36),
            _c("Touch-point", "id", "Where", refers="TouchPoints", width=20),
            _c("Owner", "text", "Who sees to it", width=18),
            _c("Due", "date", "When it is to be reached", width=12),
            _c("Measure", "text", "What is measured", width=26),
            _c("Start", "number", "Where the measure stood; empty: 0"),
            _c("Target", "number", "Where it is to stand", required=True),
            _c("Actual", "number", "Where it stands"),
        ),
        key=("initiative",),
    ),
)

TOUCHPOINT_OUTPUTS = (
    Table(
        "TouchPointValue",
        "Touch-points by what they are expected to bring (CVM_TOUCHPOINTS).",
        (
            _c("Touch-point", "id", "From TouchPoints", width=20),
            _c("Phase", "text", "From TouchPoints", width=10),
            _c("Potential", "money", "Sales at stake"),
            _c("Reach", "share", "Of them, reached", width=10),
            _c("Capture", "share", "Of those reached, won", width=10),
            _c("Margin", "share", "From TouchPoints, else of its sales", width=10),
            _c("Cost", "money", "From TouchPoints, else its pools of the layer relationship"),
            _c("Expected value", "money", "Potential x reach x capture x margin - cost"),
            _c("Return", "share", "Expected value over cost", width=10),
            _c("Rank", "whole", "By return", width=8),
        ),
        role="output",
        key=("touch_point",),
    ),
    Table(
        "ChannelCosts",
        "What it costs to sell and to serve through each channel.",
        (
            _c("Channel", "id", "From Sales", width=20),
            _c("Orders", "whole", "In the period", width=10),
            _c("Net revenue", "money", "In the period", width=16),
            _c("Cost to sell", "money", "Pools of the layer relationship", width=16),
            _c("Cost to serve", "money", "Pools of the layers pocket and serve", width=16),
            _c("Sell an order", "money", "Cost to sell over orders"),
            _c("Serve an order", "money", "Cost to serve over orders"),
            _c("Cost share", "share", "Of net revenue", width=10),
        ),
        role="output",
        key=("channel",),
        sheet_name="TouchPointValue",
    ),
    Table(
        "ChannelPlan",
        "The cheapest mix of channels that still serves each tier (CVM_CHANNEL_MIX).",
        (
            _c("Tier", "id", "From ChannelFit"),
            _c("Channel", "id", "From ChannelFit", width=20),
            _c("Orders today", "number", "From Sales"),
            _c("Orders best", "number", "At the least cost"),
            _c("Change", "number", "Best less today"),
            _c("Cost an order", "money", "From ChannelFit, else of the tier through the channel"),
            _c("Saved", "money", "Cost today less cost at best", width=16),
            _c("Way", "text", "Tier and channel, for the chart", width=24),
        ),
        role="output",
        key=("tier", "channel"),
        sheet_name="TouchPointValue",
    ),
    Table(
        "InitiativeStatus",
        "Initiatives, the most pressing first, as of the last day of sales.",
        (
            _c("Initiative", "id", "From Initiatives", width=36),
            _c("Touch-point", "id", "From Initiatives", width=20),
            _c("Owner", "text", "From Initiatives", width=18),
            _c("Due", "date", "From Initiatives", width=12),
            _c("Target", "number", "From Initiatives", width=11),
            _c("Actual", "number", "From Initiatives", width=11),
            _c("Reached", "share", "Of the way from start to target", width=10),
            _c("Status", "text", "reached, overdue, due within 30 days, under way, not measured", width=22),
        ),
        role="output",
        key=("initiative",),
        sheet_name="TouchPointValue",
    ),
)
