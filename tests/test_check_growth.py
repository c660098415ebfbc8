"""Check on the tables of growth: what a person's hand could get wrong has its place, value and remedy."""

import numpy as np
import pandas as pd
import pytest
from answers.books import book, rows

from cvm_xl.check import check

DAY = np.datetime64("2025-01-01")
GOOD = {
    "Settings": rows("setting value", ("Budget", 200)),
    "Sales": rows(
        "date customer product quantity net_revenue",
        (DAY, "a", "p", 1.0, 10.0),
        (DAY + 45, "b", "p", 1.0, 10.0),
    ),
    "Customers": rows("customer segment", ("a", "Farms"), ("b", "Farms"), ("c", "Farms")),
    "Segments": rows("segment", ("Farms",)),
    "Budgets": rows("unit spend", ("Fairs", 100.0), ("Web", 100.0)),
    "SpendHistory": rows(
        "unit spend response", ("Fairs", 80.0, 200.0), ("Fairs", 120.0, 240.0), ("Web", 90.0, 0.0), ("Web", 99.0, 1.0)
    ),
    "Sources": rows(
        "period source leads customers spend", (2024, "Fair", 50.0, 50.0, 90.0), (2024, "Old", None, 9.0, 0.0)
    ),
    "Referrals": rows("customer referred", ("a", "b"), ("a", "c")),
    "LoyaltyTiers": rows("tier from reward redemption", ("Silver", 100.0, 0.01, 0.8), ("Gold", 200.0, 0.02, 0.8)),
    "Contacts": rows("customer date responded margin", ("a", DAY, True, 5.0), ("b", DAY, False, None)),
    "Complaints": rows(
        "customer success cost value_recovered value_lost", ("a", 0.5, 3.0, 9.0, 2.0), ("b", 0.5, 3.0, None, 2.0)
    ),
    "Kano": rows("feature attractive one_dimensional must_be indifferent", ("Speed", 0.0, 0.0, 9.0, 0.0)),
    "Channels": rows("channel", ("Web",), ("Rep",)),
    "ChannelFit": rows(
        "tier channel effect need orders", ("Top", "Web", 0.5, 0.9, 9.0), ("Top", "Rep", 0.9, None, None)
    ),
    "TouchPoints": rows("touch_point potential reach capture", ("Fair", 9.0, 0.5, 0.5), ("Desk", None, None, None)),
    "Initiatives": rows("initiative owner due start target", ("Faster desk", "Ada", DAY, 5.0, 2.0)),
    "Prospects": rows("prospect segment", ("x", "Farms")),
    "Capabilities": rows("dimension score weight", ("Skills", 3.0, 2.0), ("Skills", 4.0, None), ("Culture", 2.0, 1.0)),
    "Switching": rows("investment from to now after", ("Ads", "us", "us", 0.8, 0.9), ("Ads", "us", "them", 0.2, 0.1)),
}


def problems(**changed):
    """What is said of the good book where tables are replaced: name=[rows], of the columns that it has."""
    tables = {name: frame.copy() for name, frame in GOOD.items()}
    for name, given in changed.items():
        columns = list(tables[name])
        tables[name] = pd.DataFrame([dict(zip(columns, row, strict=True)) for row in given], columns=columns)
    return check(book(**tables))


def test_nothing_to_say_of_a_good_book():
    assert [str(problem) for problem in problems()] == []


FAULTS = [
    ("Sources", [(2024, "Fair", 50.0, 60.0, 9.0)], "error", "Customers", 60, "more than the Leads"),
    ("Sources", [(2024, "Fair", -1.0, 0.0, 9.0)], "error", "Leads", -1, "below 0"),
    ("Sources", [(2024, "Fair", 50.0, 5.0, None)], "warning", "Spend", None, "counts as nothing spent"),
    ("Sources", [(2024, "a", 9.0, 5.0, 1.0), (None, "a", 9.0, 5.0, 1.0)], "warning", "Period", None, "no period"),
    ("Referrals", [("a", "a")], "error", "Referred", "a", "recommended us to itself"),
    ("Referrals", [("a", "c"), ("b", "c")], "warning", "Referred", "c", "joined several times"),
    ("Referrals", [("zz", "c")], "warning", "Customer", "zz", "not in Customers"),
    ("LoyaltyTiers", [("A", 9.0, 0.1, 1.0), ("B", 9.0, 0.2, 1.0)], "error", "From", 9, "several tiers begin"),
    ("LoyaltyTiers", [("A", 9.0, 0.1, 1.2)], "error", "Redemption", 1.2, "above 1"),
    ("LoyaltyTiers", [("A", 9.0, 0.1, 1.0), ("A", 5.0, 0.2, 1.0)], "error", "Tier", "A", "stands in several rows"),
    ("Contacts", [("a", DAY + 200, True, 5.0)], "warning", "Date", DAY + 200, "after the last day of Sales"),
    ("Contacts", [("a", DAY, True, 5.0), ("a", DAY, False, None)], "warning", "Customer", "a", "twice on one day"),
    ("Contacts", [("a", DAY, False, 5.0)], "warning", "Margin", 5, "nobody responded"),
    ("Complaints", [("a", 0.5, 3.0, 1.0, 2.0)], "warning", "Value lost", 2, "above Value recovered"),
    ("Complaints", [("a", 1.5, 3.0, 9.0, 2.0)], "error", "Success", 1.5, "above 1"),
    ("Kano", [("Speed", 0.0, 0.0, 0.0, 0.0)], "error", "Feature", "Speed", "no answer in any class"),
    ("Kano", [("Speed", -1.0, 0.0, 9.0, 0.0)], "error", "Attractive", -1, "below 0"),
    ("ChannelFit", [("Topp", "Web", 0.5, 0.5, 9.0)], "error", "Tier", "Topp", "no tier"),
    ("ChannelFit", [("Top", "Webb", 0.5, 0.5, 9.0)], "warning", "Channel", "Webb", "not in Channels"),
    ("ChannelFit", [("Top", "Web", 0.5, 0.9, 9.0)], "error", "Need", 0.9, "above the Effect of every channel"),
    ("ChannelFit", [("Top", "Web", 0.5, 0.4, 9.0), ("Top", "Rep", 0.9, None, 8.0)], "warning", "Orders", 9, "highest"),
    ("TouchPoints", [("Fair", 9.0, None, 0.5)], "warning", "Reach", None, "has no value"),
    ("TouchPoints", [("Fair", 9.0, 1.5, 0.5)], "error", "Reach", 1.5, "above 1"),
    ("TouchPoints", [("Fair", 9.0, 1.0, 0.5), ("Fair", 8.0, 1.0, 0.5)], "error", "Touch-point", "Fair", "several rows"),
    ("Initiatives", [("Desk", "Ada", DAY, 2.0, 2.0)], "warning", "Target", 2, "no way to measure"),
    ("Initiatives", [("Desk", None, DAY, 2.0, 3.0)], "warning", "Owner", None, "nobody sees to it"),
    ("Initiatives", [("Desk", "Ada", None, 2.0, 3.0)], "warning", "Due", None, "never be overdue"),
    ("Prospects", [("a", "Farms")], "warning", "Prospect", "a", "customer already"),
    ("Prospects", [("x", "Farm")], "warning", "Segment", "Farm", "not in Segments"),
    ("Capabilities", [("Skills", 6.0, None)], "error", "Score", 6, "above 5"),
    ("Capabilities", [("data quality", 4.0, None)], "warning", "Dimension", "data quality", "does not count"),
    ("Capabilities", [("Skills", 3.0, 2.0), ("Skills", 3.0, 1.0)], "warning", "Weight", 2, "first counts"),
    ("Budgets", [("Fairs", 100.0), ("Fairs", 50.0)], "error", "Unit", "Fairs", "stands in several rows"),
    ("SpendHistory", [("Fairs", 80.0, -1.0), ("Fairs", 90.0, 1.0)], "error", "Response", -1, "begins at zero"),
    ("SpendHistory", [("Web", 80.0, 1.0), ("Web", 80.0, 2.0)], "warning", "Spend", 80, "only spend on record"),
    ("SpendHistory", [("Wb", 80.0, 1.0), ("Wb", 90.0, 2.0)], "warning", "Unit", "Wb", "Did you mean 'Web'"),
    ("Switching", [("Ads", "us", "us", 0.8, 0.9)], "error", "Now", "0.8", "sum to 100%"),
]


@pytest.mark.parametrize(("table", "given", "level", "column", "value", "text"), FAULTS)
def test_each_fault_is_found_with_its_place_and_what_to_do(table, given, level, column, value, text):
    found = [p for p in problems(**{table: given}) if p.place.table == table and p.place.column == column]
    mine = next((p for p in found if text in str(p)), None)
    assert mine is not None, [str(p) for p in found]
    assert mine.level == level
    assert mine.value == value or (isinstance(value, np.datetime64) and str(value) in str(mine))
    assert mine.place.row >= 5
    assert mine.remedy
