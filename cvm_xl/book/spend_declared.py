"""The tables and settings on where money goes: investment, satisfaction and what it is worth."""

from __future__ import annotations

from cvm_xl.book.declared import Setting, Table
from cvm_xl.book.declared import column as _c

__all__ = ["SPEND_INPUTS", "SPEND_OUTPUTS", "SPEND_SETTINGS"]

KINDS = ("segment", "channel", "sales force", "service", "R&D", "growth capital", "other")
FORMS = ("power", "log", "exponential", "adbudg")

SPEND_SETTINGS = (
    Setting("Budget", "number", None, "Money to share out among the rows of Budgets; empty: what is spent today", 0.0),
    Setting(
        "Kept within",
        "whole",
        180,
        "Days after an answer within which who stays buys again, where Surveys do not say who was kept",
        1,
        100_000,
    ),
    Setting(
        "Dissatisfied below",
        "number",
        None,
        "Satisfaction below which a customer is dissatisfied; empty: the mean of all answers",
    ),
    Setting(
        "Lost below", "share", 0.3, "A customer whose P(alive) is below this is lost, and may be won back", 0.0, 1.0
    ),
)

SPEND_INPUTS = (
    Table(
        "Budgets",
        "What money can be spent on: segments, channels, the sales force, service, R&D, growth capital. How it "
        "responds is fitted to SpendHistory; without that, four judgements say it.",
        (
            _c("Unit", "id", "What the money is spent on", required=True, width=26),
            _c("Kind", "choice", "What it is; empty: other", choices=KINDS),
            _c("Spend", "money", "Today's spend a period", required=True, lo=0),
            _c("Margin", "number", "Money that a unit of response brings; empty: 1, response is money", lo=0),
            _c("Least", "money", "Spend at least; empty: 0", lo=0),
            _c("Most", "money", "Spend at most; empty: no bound", lo=0),
            _c("Least share", "share", "Spend at least this share of the budget", lo=0, hi=1),
            _c("Form", "choice", "Curve fitted to SpendHistory; empty: the one of lowest AICc", choices=FORMS),
            _c("Zero", "number", "By judgement: response a period without any spending"),
            _c("Current", "number", "By judgement: response at today's spend"),
            _c("Plus 50", "number", "By judgement: response at one and a half times today's spend"),
            _c("Saturation", "number", "By judgement: response at boundless spending"),
        ),
        key=("unit",),
    ),
    Table(
        "SpendHistory",
        "What was spent on each row of Budgets in past periods or tests, and what it brought.",
        (
            _c("Unit", "id", "As in Budgets", required=True, refers="Budgets", width=26),
            _c("Date", "date", "First day of the period", width=12),
            _c("Spend", "money", "Spent in the period", required=True, lo=0),
            _c("Response", "number", "What it brought: sales, leads, customers ...", required=True),
        ),
    ),
    Table(
        "Kano",
        "How customers class features in a Kano survey: a row per feature, counts or shares.",
        (
            _c("Feature", "text", "What was asked about", required=True, width=30),
            _c("Attractive", "number", "Answers that class it as attractive", required=True, lo=0),
            _c("One-dimensional", "number", "Answers one-dimensional", required=True, lo=0, width=17),
            _c("Must-be", "number", "Answers must-be", required=True, lo=0),
            _c("Indifferent", "number", "Answers indifferent", required=True, lo=0),
        ),
        key=("feature",),
    ),
)

SPEND_OUTPUTS = (
    Table(
        "Investment",
        "Where the budget of Settings brings most (CVM_INVEST), beside today's plan and the same cut or rise for all.",
        (
            _c("Unit", "id", "From Budgets", width=26),
            _c("Kind", "text", "From Budgets"),
            _c("Spend today", "money", "From Budgets"),
            _c("In proportion", "money", "Today's spend x budget / sum of today's spend"),
            _c("Best", "money", "Spend that brings most in all"),
            _c("Change", "money", "Best less today"),
            _c("Response today", "number", "By the curve (CVM_RESPONSE)"),
            _c("Response best", "number", "By the curve"),
            _c("Worth today", "money", "Response x margin"),
            _c("Worth best", "money", "Response x margin"),
            _c("Next unit today", "number", "Money that one more unit of money brings at today's spend", width=11),
            _c("Next unit best", "number", "The same at the best spend; equal where no bound binds", width=11),
            _c("Bound", "text", "The bound that binds: lower, upper, fixed", width=10),
            _c("Bound costs", "money", "What the best plan would bring more without this bound"),
            _c("Seen up to", "money", "Highest spend on record, or judged; beyond it the curve is a guess"),
            _c("Evidence", "text", "What the curve rests on", width=62),
            _c("Why", "text", "Why more or less", width=100),
        ),
        role="output",
        key=("unit",),
    ),
    Table(
        "InvestmentPlans",
        "The plans compared: today's, in proportion, the best, and the best that goes nowhere money has never been.",
        (
            _c("Plan", "id", "Which plan", width=34),
            _c("Spend", "money", "In all"),
            _c("Worth", "money", "Response x margin, in all"),
            _c("Worth less spend", "money", "What is left"),
            _c("Against proportion", "money", "Worth, compared with the plan in proportion"),
            _c("Next unit", "number", "What one more unit of budget brings", width=11),
        ),
        role="output",
        key=("plan",),
        sheet_name="Investment",
    ),
    Table(
        "Frontier",
        "The most that each budget can bring (CVM_INVEST), and where today's plan lies.",
        (
            _c("Budget", "money", "In all"),
            _c("Worth", "money", "Of the best plan"),
            _c("Next unit", "number", "What one more unit of budget brings", width=11),
            _c("Plan today", "money", "Worth of today's plan, empty elsewhere"),
            _c("Plan best", "money", "Worth at the budget of Settings, empty elsewhere"),
        ),
        role="output",
        sheet_name="Investment",
    ),
    Table(
        "ResponseCurves",
        "What the largest units bring at multiples of today's spend (CVM_RESPONSE x margin), for the chart. A column "
        "for each.",
        (
            _c("Times today", "number", "Spend as a multiple of today's", width=11),
            _c("All of them", "money", "These units together"),
        ),
        role="output",
        extras=True,
        sheet_name="Investment",
    ),
    Table(
        "SatisfactionFit",
        "How satisfaction moves who stays (CVM_SATISFACTION_FIT): one slope, or one below and one above the reference, "
        "whichever better predicts answers it has not seen.",
        (
            _c("Figure", "id", "As CVM_SATISFACTION_FIT names it", width=20),
            _c("Value", "value", "Its value", width=16),
            _c("Meaning", "text", "What it says", width=66),
        ),
        role="output",
        key=("figure",),
        sheet_name="Satisfaction",
    ),
    Table(
        "SatisfactionCurve",
        "Who stays by satisfaction: as seen, and as fitted.",
        (
            _c("Satisfaction", "number", "Mean of the group", width=12),
            _c("Answers", "whole", "In the group", width=10),
            _c("Kept", "share", "Stayed: as Surveys say, else bought again within the days of Settings", width=10),
            _c("Fitted", "share", "By SatisfactionFit", width=10),
        ),
        role="output",
        sheet_name="Satisfaction",
    ),
    Table(
        "SatisfactionSpend",
        "Best spend a customer on satisfaction (CVM_SATISFACTION_SPEND); what is spent beyond it over-satisfies.",
        (
            _c("Segment", "id", "From SegmentRates", width=20),
            _c("Margin", "money", "A customer and year"),
            _c("Gap", "share", "Kept at most less kept without spending", width=10),
            _c("Rate", "value", "k of kept = most - gap x e^(-k x spend)", width=10),
            _c("Spend today", "money", "From SegmentRates"),
            _c("Best spend", "money", "Beyond it one over-satisfies"),
            _c("Kept there", "share", "At the best spend", width=10),
            _c("Net today", "money", "Lifetime value less the spend, a customer"),
            _c("Net best", "money", "The same at the best spend"),
            _c("Verdict", "text", "Over- or under-satisfying", width=56),
        ),
        role="output",
        key=("segment",),
        sheet_name="Satisfaction",
    ),
    Table(
        "SatisfactionDrivers",
        "What satisfaction follows from: the further columns of Surveys (CVM_DRIVERS, CVM_PENALTY_REWARD).",
        (
            _c("Driver", "id", "Column of Surveys", width=26),
            _c("Weight", "share", "Of the variance it explains, relative weights; they sum to R2", width=10),
            _c("Share", "share", "Of R2", width=10),
            _c("Shapley", "share", "The same as the mean over all orders", width=10),
            _c("Mean", "number", "Of the answers", width=10),
            _c("Penalty", "number", "What a low rating does to satisfaction", width=10),
            _c("Reward", "number", "What a high rating does", width=10),
            _c("Factor", "text", "basic must not fail, excitement delights, performance both", width=16),
        ),
        role="output",
        key=("driver",),
        sheet_name="Satisfaction",
    ),
    Table(
        "KanoMap",
        "How much better customers feel with a feature, and how much worse without it (CVM_KANO).",
        (
            _c("Feature", "id", "From Kano", width=30),
            _c("Better", "number", "With it, 0 to 1", width=10),
            _c("Worse", "number", "Without it, 0 to -1", width=10),
            _c("Class", "text", "What follows", width=32),
        ),
        role="output",
        key=("feature",),
        sheet_name="Satisfaction",
    ),
    Table(
        "NetPromoters",
        "Net promoter score with its error (CVM_NPS), of each customer's latest answer.",
        (
            _c("By", "id", "All, segment or tier", width=12),
            _c("Group", "id", "Which", width=20),
            _c("Answers", "whole", "How many", width=10),
            _c("NPS", "number", "Promoters less detractors, points", width=10),
            _c("Low", "number", "Its 90% range", width=10),
            _c("High", "number", "Its 90% range", width=10),
            _c("Promoters", "share", "9 and 10", width=11),
            _c("Detractors", "share", "0 to 6", width=11),
            _c("Error", "number", "Half of the 90% range, for the chart", width=10),
        ),
        role="output",
        key=("by", "group"),
        sheet_name="Satisfaction",
    ),
    Table(
        "Dissatisfied",
        "Customers who are dissatisfied and profitable, the most profitable first: whom to call.",
        (
            _c("Rank", "whole", "1: most profit", width=8),
            _c("Customer", "id", "From Customers"),
            _c("Name", "text", "From Customers", width=28),
            _c("Segment", "id", "From Customers", width=18),
            _c("Tier", "id", "From Tiers", width=10),
            _c("Owner", "text", "From Customers, where it has such a column", width=18),
            _c("Answered", "date", "Latest answer", width=12),
            _c("Satisfaction", "number", "Latest", width=12),
            _c("Recommend", "whole", "Latest", width=12),
            _c("Profit", "money", "From Tiers"),
            _c("CLV", "money", "From Lifetime"),
            _c("Kept", "share", "Expected at this satisfaction (SatisfactionFit)", width=10),
            _c("Comment", "text", "Latest that was given", width=40),
        ),
        role="output",
        key=("customer",),
    ),
)
