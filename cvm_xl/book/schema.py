"""The one declaration of every sheet, table and column that a cvm_xl workbook has.

Templates, help, drop-downs, import, reading, checks and the refresh are all derived from it.
A table's name is its sheet's name too, except where `sheet` says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

__all__ = [
    "DRIVERS",
    "LAYERS",
    "SETTINGS",
    "TABLES",
    "UNASSIGNED",
    "Column",
    "Setting",
    "Table",
    "inputs",
    "normal",
    "outputs",
    "table",
]

UNASSIGNED = "Unassigned"
"""What a sales line without a customer, product, channel ... is reported under."""

KINDS = ("id", "text", "number", "money", "share", "whole", "date", "flag", "choice", "value")


def normal(name: object) -> str:
    """A header as it is compared: without case, spaces and punctuation ("Net revenue" = "net_revenue")."""
    return re.sub(r"[\W_]+", "", str(name)).casefold()


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `kind` is one of `KINDS`; "value" holds a number or a text (Settings). `refers` names the table whose key
    (its last column) the column points to; `lo` and `hi` bound numbers (inclusive); `choices` are the allowed words
    of "choice", and for other kinds words to suggest.
    """

    header: str
    kind: str
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    refers: str = ""
    lo: float | None = None
    hi: float | None = None
    width: int = 14

    @property
    def name(self) -> str:
        """The column's name in Python: "Net revenue" -> "net_revenue"."""
        return re.sub(r"\W+", "_", self.header.lower()).strip("_")


@dataclass(frozen=True)
class Table:
    """One table. `extras` says that further columns are kept as attributes (Customers: Region, Owner ...)."""

    name: str
    help: str
    columns: tuple[Column, ...]
    role: str = "input"
    key: tuple[str, ...] = ()
    extras: bool = False
    starter: bool = False
    required: bool = False
    sheet_name: str = ""

    @property
    def sheet(self) -> str:
        return self.sheet_name or self.name

    def column(self, header: object) -> Column | None:
        """The column a header means, by any spelling, or None."""
        return self._by_name().get(normal(header))

    @cache  # noqa: B019  tables live as long as the program
    def _by_name(self) -> dict[str, Column]:
        return {normal(c.header): c for c in self.columns}

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)


@dataclass(frozen=True)
class Setting:
    """One row of Settings: its name as the user sees it, its kind, default and help.

    An empty value takes the default; of one that is `optional` it means none.
    """

    name: str
    kind: str
    default: float | str | None
    help: str
    lo: float | None = None
    hi: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False


SETTINGS = (
    Setting("Company", "text", None, "Shown in titles"),
    Setting("Currency", "text", "EUR", "Shown in titles and headers"),
    Setting(
        "Decimals", "whole", 2, "Decimals of the currency's smallest unit: 2 for cents, 0 where there are none", 0, 6
    ),
    Setting("Period start", "date", None, "First day that counts; empty: the first day in Sales"),
    Setting("Period end", "date", None, "Last day that counts; empty: the last day in Sales"),
    Setting("Tier names", "text", "Top; Middle; Bottom", "Best tier first, separated by semicolons"),
    Setting("Tier shares", "text", "20%; 70%; 10%", "Share of customers in each tier; they sum to 100%"),
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
    Setting("Time unit", "choice", "week", "Unit of time in lifetime models", choices=("day", "week", "month", "year")),
    Setting(
        "Horizon",
        "number",
        52.0,
        "Future that lifetime value counts, in time units; empty: for ever",
        0.0,
        None,
        optional=True,
    ),
    Setting("Discount rate", "share", 0.1, "Yearly rate at which future margins are discounted", 0.0, 10.0),
)

DRIVERS = ("lines", "orders", "returns", "quantity", "list revenue", "net revenue", "cost of goods", "equal")
"""Drivers of cost pools that Sales itself supplies."""

LAYERS = ("pocket", "serve", "relationship", "company")
"""Where a pool stands in the P&L: off the price, cost to serve, acquisition and retention, company."""

_LEVELS = ("line", "order", "customer", "segment", "product", "channel", "touch-point", "company")


def _c(header: str, kind: str, text: str, **more: object) -> Column:
    return Column(header, kind, text, **more)  # type: ignore[arg-type]


INPUT_TABLES = (
    Table(
        "Settings",
        "What holds for the whole workbook. A row left empty takes its default.",
        (
            _c("Setting", "id", "Name of the setting", required=True, width=20),
            _c("Value", "value", "Its value", width=36),
            _c("Meaning", "text", "What it does", width=80),
        ),
        key=("setting",),
        starter=True,
    ),
    Table(
        "Segments",
        "Groups of customers that want alike and are served alike.",
        (
            _c("Segment", "id", "Name of the segment", required=True, width=20),
            _c("Description", "text", "Who they are", width=50),
            _c("Required margin", "share", "Margin on price needed here; empty: from Settings", lo=0, hi=0.99),
            _c(
                "Incentive share",
                "share",
                "Share of the value advantage left to them; empty: from Settings",
                lo=0,
                hi=1,
            ),
            _c(
                "Future value",
                "share",
                "What a unit sold today brings later, as a share of the reference price; lowers the target",
                lo=0,
                hi=1,
            ),
        ),
        key=("segment",),
    ),
    Table(
        "Customers",
        "One row per customer. Add columns of your own (Region, Owner ...); name them in Settings to see P&L by them.",
        (
            _c("Customer", "id", "Customer number, as in Sales", required=True),
            _c("Name", "text", "Name shown in reports", width=28),
            _c("Segment", "id", "Segment the customer belongs to", refers="Segments", width=20),
            _c("Satisfaction", "number", "Latest satisfaction score", lo=0, hi=100),
        ),
        key=("customer",),
        extras=True,
    ),
    Table(
        "Products",
        "Products, services and the codes in Sales that are neither. Kind says which: only products and services have "
        "prices; fees are charged on; adjustments are neither sold nor bought (bad debt, manual corrections).",
        (
            _c("Product", "id", "Product code, as in Sales", required=True),
            _c("Name", "text", "Name shown in reports", width=32),
            _c(
                "Kind",
                "choice",
                "product, service, fee or adjustment; empty: product",
                choices=("product", "service", "fee", "adjustment"),
            ),
            _c("List price", "money", "Price per unit before discount", lo=0),
            _c("Unit cost", "money", "Cost of goods per unit, used where Sales gives none", lo=0),
        ),
        key=("product",),
        extras=True,
    ),
    Table(
        "Sales",
        "One row per invoice line. The only table that must be filled. Returns have a negative quantity.",
        (
            _c("Date", "date", "Day of the invoice", required=True, width=12),
            _c("Customer", "id", "Customer number; empty lines are reported as Unassigned", refers="Customers"),
            _c("Product", "id", "Product or service code", refers="Products"),
            _c("Channel", "id", "Where it was sold", refers="Channels"),
            _c("Touch-point", "id", "Contact that led to the sale", refers="TouchPoints"),
            _c("Quantity", "number", "Units; negative for returns"),
            _c("List price", "money", "Price per unit before discount; empty: from Products"),
            _c("Discount", "share", "Share of the list price: 0.05 or 5%", hi=1),
            _c("Net revenue", "money", "Empty: quantity x list price x (1 - discount)"),
            _c("Cost of goods", "money", "Cost of the line; empty: quantity x unit cost from Products"),
            _c("Order", "id", "Order or invoice number"),
        ),
        extras=True,
        starter=True,
        required=True,
    ),
    Table(
        "CostPools",
        "What it costs to serve: one row per pool. Level says what causes the cost, Driver how it is shared.",
        (
            _c("Account", "id", "Ledger account, for tracing", width=12),
            _c("Pool", "id", "Name of the pool; becomes a line of the P&L", required=True, width=22),
            _c(
                "Amount",
                "money",
                "Cost of the period, as a positive number; empty in a row that adds a further driver to the row above",
                required=True,
            ),
            _c(
                "Level", "choice", "What causes the cost; company: no one, it stays there; empty: line", choices=_LEVELS
            ),
            _c(
                "Driver",
                "id",
                "lines, orders, returns, quantity, list revenue, net revenue, cost of goods, equal, a driver from the "
                "table Drivers, or another pool's result (pool: Delivery); empty: lines",
                choices=DRIVERS,
                width=18,
            ),
            _c(
                "Filter",
                "text",
                "Only these lines take part: Channel = Web shop; Discount > 10%. Conditions apart by semicolons, "
                "several names by commas; signs = <> < <= > >=",
                width=24,
            ),
            _c(
                "Weight",
                "number",
                "What one of the driver counts against those of the pool's other rows; empty: 1",
                lo=0,
            ),
            _c(
                "Layer",
                "choice",
                "Where the pool stands in the P&L: pocket (off the price), serve, relationship (acquisition and "
                "retention), company; empty: serve",
                choices=LAYERS,
            ),
        ),
        key=("account", "filter", "pool"),
        starter=True,
    ),
    Table(
        "Activities",
        "Time-driven costing: what the time of a pool goes into. The rows of a pool are its time equation; what is "
        "left of its capacity is shown as unused.",
        (
            _c("Pool", "id", "Pool of CostPools that is shared by time", required=True, refers="CostPools", width=22),
            _c("Activity", "text", "What is done", required=True, width=24),
            _c(
                "Driver",
                "id",
                "What it is done for: orders, lines, returns ... or a driver from the table Drivers; empty: lines",
                choices=DRIVERS,
                width=18,
            ),
            _c(
                "Level",
                "choice",
                "What a driver from the table Drivers is measured for; empty: line",
                choices=_LEVELS[:-1],
            ),
            _c("Filter", "text", "Only these lines, as in CostPools", width=24),
            _c("Unit time", "number", "Time that one takes, in the unit of Capacity", required=True, lo=0),
            _c("Capacity", "number", "Practical capacity of the pool, in one of its rows", lo=0),
        ),
        key=("pool", "activity"),
    ),
    Table(
        "Drivers",
        "Volumes of activities, measured: calls per customer, set-ups per product, campaigns per channel.",
        (
            _c("Driver", "id", "Name used in CostPools", required=True, width=18),
            _c(
                "Object",
                "id",
                "Customer, segment, product, channel or touch-point, after the pool's level",
                required=True,
                width=18,
            ),
            _c("Volume", "number", "How much of the activity the object took", required=True, lo=0),
        ),
        key=("driver", "object"),
    ),
    Table(
        "ServiceUsage",
        "Pools that serve other pools (personnel, IT): who uses which share. Their cost moves to the users first, "
        "by the reciprocal method unless Settings say otherwise.",
        (
            _c("Service", "id", "Pool that serves", required=True, refers="CostPools", width=20),
            _c("User", "id", "Pool that uses it", required=True, refers="CostPools", width=20),
            _c(
                "Share",
                "share",
                "Share of the service used; the shares of a service sum to 100%",
                required=True,
                lo=0,
                hi=1,
            ),
        ),
        key=("service", "user"),
    ),
    Table(
        "ValueDrivers",
        "What our product is worth to a segment against the next best alternative: the rival's price as reference, "
        "then gains and losses in money per unit.",
        (
            _c("Segment", "id", "Segment that perceives the value", required=True, refers="Segments", width=18),
            _c("Product", "id", "Product or service", required=True, refers="Products"),
            _c("Driver", "text", "What makes the difference: yield, service, switching ...", required=True, width=26),
            _c("Kind", "choice", "reference, gain or loss", required=True, choices=("reference", "gain", "loss")),
            _c("Amount", "money", "Money per unit, positive", required=True, lo=0),
            _c("Rival", "text", "Next best alternative", width=28),
            _c("Evidence", "text", "How we know", width=30),
            _c("Low", "money", "What the amount may be at least; empty: the amount", lo=0),
            _c("High", "money", "What the amount may be at most; empty: the amount", lo=0),
            _c("Confidence", "share", "How sure it is that Low to High holds the amount; empty: 90%", lo=0.01, hi=0.99),
        ),
        key=("segment", "product", "driver"),
    ),
    Table(
        "Offers",
        "Prices offered and whether they were accepted: what acceptance is fitted from.",
        (
            _c("Date", "date", "Day of the offer", width=12),
            _c("Customer", "id", "Who it was made to", refers="Customers"),
            _c("Segment", "id", "Empty: the customer's", refers="Segments", width=18),
            _c("Product", "id", "What was offered", required=True, refers="Products"),
            _c("Price", "money", "Price per unit", required=True, lo=0),
            _c("Accepted", "flag", "TRUE or FALSE", required=True),
            _c("Satisfaction", "number", "The customer's score at that time", lo=0, hi=100),
        ),
    ),
    Table(
        "Surveys",
        "Answers of customers: satisfaction and recommendation.",
        (
            _c("Date", "date", "Day of the answer", width=12),
            _c("Customer", "id", "Who answered", refers="Customers"),
            _c("Satisfaction", "number", "Overall satisfaction", lo=0, hi=100),
            _c("Recommend", "whole", "Would recommend us: 0 to 10", lo=0, hi=10),
            _c("Comment", "text", "In the customer's words", width=40),
        ),
    ),
    Table(
        "TouchPoints",
        "Contacts with customers, from first notice to service.",
        (
            _c("Touch-point", "id", "Name, as in Sales", required=True, width=20),
            _c(
                "Phase",
                "choice",
                "Where in the customer's way it stands",
                choices=("attract", "sell", "deliver", "serve", "renew"),
            ),
            _c("Description", "text", "What happens there", width=50),
        ),
        key=("touch_point",),
    ),
    Table(
        "Channels",
        "Ways in which customers buy.",
        (
            _c("Channel", "id", "Name, as in Sales", required=True, width=20),
            _c("Description", "text", "What it is", width=50),
        ),
        key=("channel",),
    ),
)

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
    Table(
        "Trace",
        "Why these numbers: what Settings ask to trace, back to rules, drivers and ledger accounts. The amounts of a "
        "cell sum to its contribution.",
        (
            _c("Cell", "id", "What is traced: a customer, or a part of the P&L", width=28),
            _c("Line", "id", "Line of the P&L", width=24),
            _c("Account", "id", "Ledger account that the money comes from", width=12),
            _c("Ledger pool", "id", "Pool in CostPools where it stands; another than the line where a service served"),
            _c("Ledger amount", "money", "What stands there", width=17),
            _c("Rule", "text", "What it is shared by", width=40),
            _c("Quantity", "number", "Of the driver, here"),
            _c("Of", "number", "Of the driver, in all", width=16),
            _c("Ratio", "share", "Quantity over all"),
            _c("Shared", "money", "What of the ledger amount the rule shares out", width=17),
            _c("Amount", "money", "What it comes to here, in the signs of the P&L", width=17),
        ),
        role="output",
    ),
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
        ),
        role="output",
        key=("segment", "product"),
    ),
    Table(
        "Lifetime",
        "What each customer is expected to buy and to be worth (BG/NBD with Gamma-Gamma).",
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
        ),
        role="output",
        key=("customer",),
    ),
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
            _c("Check", "text", "What is compared", width=58),
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
            _c("Unit", "text", "Its unit", width=12),
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

TABLES = INPUT_TABLES + OUTPUT_TABLES


def table(name: object) -> Table:
    """The table of that name, by any spelling."""
    return _tables()[normal(name)]


@cache
def _tables() -> dict[str, Table]:
    return {normal(t.name): t for t in TABLES}


def inputs() -> tuple[Table, ...]:
    """Tables that the analyst fills."""
    return INPUT_TABLES


def outputs() -> tuple[Table, ...]:
    """Tables that a refresh writes."""
    return OUTPUT_TABLES
