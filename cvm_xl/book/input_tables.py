"""The tables that an analyst fills."""

from __future__ import annotations

from cvm_xl.book.declared import DRIVERS, LAYERS, LEVELS, Table
from cvm_xl.book.declared import column as _c
from cvm_xl.book.growth_declared import GROWTH_INPUTS
from cvm_xl.book.lifecycle_declared import LIFECYCLE_INPUTS
from cvm_xl.book.price_declared import AREAS, PRICE_INPUTS
from cvm_xl.book.spend_declared import SPEND_INPUTS
from cvm_xl.book.touchpoints_declared import TOUCHPOINT_INPUTS

__all__ = ["INPUT_TABLES"]

INPUT_TABLES = (
    Table(
        "Settings",
        "What holds for the whole workbook. A row left empty takes its default.",
        (
            _c("Setting", "id", "Name of the setting", required=True, width=20),
            _c("Value", "value", "Its value", width=48),
            _c("Meaning", "text", "What it does", width=90),
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
            _c("Wallet", "money", "What it spends in a year on what we sell, with all suppliers", lo=0),
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
            _c("Ended", "date", "Last day it was sold; empty: still sold. Ended products are proposed to nobody"),
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
            _c("Currency", "id", "Currency of the line's price, revenue and cost; empty: that of Settings"),
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
            _c("Level", "choice", "What causes the cost; company: no one, it stays there; empty: line", choices=LEVELS),
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
                choices=LEVELS[:-1],
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
        "Rates",
        "Exchange rates, where Sales has lines in other currencies than that of Settings.",
        (
            _c("Currency", "id", "As in Sales", required=True),
            _c("From", "date", "First day it holds; empty: from the beginning", width=12),
            _c("Rate", "number", "What one unit is worth in the currency of Settings", required=True, lo=0),
        ),
        key=("from", "currency"),
    ),
    Table(
        "Scenarios",
        "What if: sets of changes, computed beside the figures as they are. The rows of a scenario apply together.",
        (
            _c("Scenario", "id", "Name of the scenario", required=True, width=32),
            _c(
                "Change",
                "choice",
                "What changes",
                required=True,
                choices=("price", "discount cap", "cost rate", "channel shift", "drop customers"),
            ),
            _c(
                "Object",
                "text",
                "Which: a filter as in CostPools (Product = DX-100); for a cost rate a pool; for a shift Phone -> Web "
                "shop; empty: everything",
                width=34,
            ),
            _c(
                "Value",
                "share",
                "Change in %; the discount allowed at most; share of orders shifted; share of the cost to serve saved "
                "when customers are dropped",
                lo=-1,
                hi=10,
            ),
        ),
        key=("scenario", "change", "object"),
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
            _c("Area", "choice", "What of ours, or which cost of the customer's own, it comes from", choices=AREAS),
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
    *PRICE_INPUTS,
    Table(
        "Surveys",
        "Answers of customers: satisfaction and recommendation. Add a column for each thing that they rated, its name "
        "as header: what satisfaction follows from.",
        (
            _c("Date", "date", "Day of the answer", width=12),
            _c("Customer", "id", "Who answered", refers="Customers"),
            _c("Satisfaction", "number", "Overall satisfaction", lo=0, hi=100),
            _c("Recommend", "whole", "Would recommend us: 0 to 10", lo=0, hi=10),
            _c("Comment", "text", "In the customer's words", width=40),
            _c("Kept", "flag", "Whether the customer stayed or renewed afterwards; empty in all rows: from Sales"),
        ),
        extras=True,
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
            _c("Potential", "money", "Sales at stake there in the period", lo=0),
            _c("Reach", "share", "Share of them that it reaches", lo=0, hi=1),
            _c("Capture", "share", "Share of those reached that it wins", lo=0, hi=1),
            _c("Margin", "share", "Margin on these sales; empty: of the sales in Sales", hi=1),
            _c("Cost", "money", "Of the touch-point in the period; empty: its pools of the layer relationship", lo=0),
        ),
        key=("touch_point",),
    ),
    Table(
        "Channels",
        "Ways in which customers buy.",
        (
            _c("Channel", "id", "Name, as in Sales", required=True, width=20),
            _c("Description", "text", "What it is", width=50),
            _c("Capacity", "number", "Orders that it can take in the period; empty: no limit", lo=0),
        ),
        key=("channel",),
    ),
    *GROWTH_INPUTS,
    *SPEND_INPUTS,
    *LIFECYCLE_INPUTS,
    *TOUCHPOINT_INPUTS,
    Table(
        "DataSources",
        "Tables that lie outside the workbook: files, folders, databases. A refresh reads them there.",
        (
            _c("Table", "id", "Which table: Sales, Customers, Products ...", required=True, width=16),
            _c(
                "Source",
                "text",
                "sales/*.parquet, a folder, a CSV or .duckdb file; postgresql://user@host/database; spark://host:7077. "
                "No password: set PGPASSWORD, or write ${VARIABLE}",
                required=True,
                width=44,
            ),
            _c("Relation", "text", "In a database: a table, schema.table, or a query (SELECT ...)", width=36),
            _c("Mapping", "text", "Where names differ: customer=ClientNo; net revenue=Amount", width=44),
        ),
        key=("table",),
    ),
)
