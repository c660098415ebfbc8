"""Check: every problem with its place, graded; nothing to say of a workbook that is in order."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from cvm_xl import console
from cvm_xl.book import columns
from cvm_xl.book.read import read_book
from cvm_xl.book.schema import table
from cvm_xl.check import check
from cvm_xl.errors import Place
from cvm_xl.problems import Problem, numbered
from workbooks import workbook


def day(month, number=1, year=2011):
    return dt.datetime(year, month, number)


GOOD = {
    "Settings": [["Setting", "Value"], ["P&L by", "Region"]],
    "Segments": [["Segment"], ["Farms"], ["Parks"]],
    "Customers": [["Customer", "Segment", "Region"], ["a", "Farms", "N"], ["b", "Parks", "S"]],
    "Products": [["Product", "List price", "Unit cost"], ["p", 10, 4], ["q", 20, 9]],
    "Channels": [["Channel"], ["Web"]],
    "Sales": [
        ["Date", "Customer", "Product", "Channel", "Quantity", "List price", "Discount", "Net revenue", "Order"],
        [day(1), "a", "p", "Web", 2, 10, 0.05, 19, "1"],
        [day(2), "b", "q", "Web", 1, None, None, 20, "2"],
        [day(3), "a", "q", "Web", 3, 20, 0.1, None, "3"],
    ],
    "CostPools": [
        ["Account", "Pool", "Amount", "Level", "Driver"],
        ["1", "Picking", 100, "line", "lines"],
        ["2", "Picking", 50, "order", "orders"],
        ["3", "Calls", 30, "customer", "Calls"],
        ["4", "IT", 20, "company", None],
        ["5", "Personnel", 20, None, None],
    ],
    "Drivers": [["Driver", "Object", "Volume"], ["Calls", "a", 5], ["calls", "b", 0]],
    "ServiceUsage": [
        ["Service", "User", "Share"],
        ["IT", "Picking", 0.5],
        ["IT", "Personnel", 0.5],
        ["Personnel", "IT", 0.2],
        ["Personnel", "Calls", 0.8],
    ],
    "ValueDrivers": [
        ["Segment", "Product", "Driver", "Kind", "Amount"],
        ["Farms", "p", "Rival", "reference", 9],
        ["Farms", "p", "Yield", "gain", 4],
    ],
}


@pytest.fixture
def problems(tmp_path):
    """`problems(Sales=[[row], ...])`: what check says of the good book with rows added to its tables."""

    def make(replaced=None, **added):
        tables = {name: [*rows, *added.get(name, [])] for name, rows in GOOD.items()}
        tables = {name: rows for name, rows in (tables | (replaced or {})).items() if rows}
        return check(read_book(workbook(tmp_path / "book.xlsx", tables)))

    return make


def line(date=None, customer="a", product="p", channel="Web", quantity=1, price=10, discount=None, net=None, order="9"):
    return [date or day(1), customer, product, channel, quantity, price, discount, net, order]


@pytest.mark.parametrize(("what", "remedy"), [("Pickin", "'Picking'"), ("Nowhere", "Cost of goods")])
def test_a_scenario_changes_the_rate_of_a_pool_that_there_is(problems, what, remedy):
    head = ["Scenario", "Change", "Object", "Value"]
    [problem] = problems({"Scenarios": [head, ["A", "cost rate", what, 0.1], ["B", "cost rate", "cost of goods", 0.1]]})
    assert (problem.place.row, problem.value) == (4, what)
    assert "no cost pool" in problem.message
    assert remedy in problem.remedy


def test_a_rate_of_nothing_is_refused(problems):
    [problem] = problems({"Rates": [["Currency", "Rate"], ["USD", 0.9], ["SEK", 0]]})
    assert (problem.level, problem.place.row, problem.place.column) == ("error", 5, "Rate")
    assert "every amount in this currency 0" in problem.message


CODES = ["C0042", "C1042", "17850"]


@pytest.mark.parametrize(
    ("typed", "said", "meant"),
    [
        ("c0042", "", "'C0042'"),
        ("CO042", "", "'C0042'"),  # the letter O
        ("C0043", "", None),  # another customer, not a slip
        ("C\u200b0042", "zero width space, U+200B", "'C0042'"),
        ("C0042\xa0", "no-break space, U+00A0", "'C0042'"),
        ("\u04210042", "looks like another (cyrillic capital letter es, U+0421)", "'C0042'"),
        ("\uff11\uff17\uff18\uff15\uff10", "looks like another (fullwidth digit one, U+FF11)", "'17850'"),
        (17850.5, "a number with decimals", None),
    ],
)
def test_what_is_said_of_a_code_that_is_not_there(problems, typed, said, meant):
    customers = [["Customer", "Segment", "Region"], *([code, "Farms", "N"] for code in ["a", "b", *CODES])]
    found = problems({"Customers": customers}, Sales=[line(customer=typed)])
    [problem] = [p for p in found if "is not in Customers" in p.message]
    assert said in problem.remedy
    assert f"Did you mean {meant}?" in problem.remedy if meant else "Did you mean" not in problem.remedy


def test_a_time_where_a_date_belongs_is_called_that():
    converted = columns.convert(table("Sales").column("Date"), [dt.time(0, 0)], date1904=False, seen={})
    [(_, fault)] = converted.faults
    assert "a number below 1 shown as a date" in fault.message


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 line has none"), (2, "2 lines have none"), (1200, "1\u00a0200 lines")]
)
def test_one_and_many_are_said_rightly(count, said):
    assert numbered(count, "[lines have|line has] none").startswith(said)


def test_a_workbook_in_order_has_no_problem(problems):
    assert problems() == []


def test_only_sales_given_has_no_problem(problems):
    only = {name: None for name in GOOD if name != "Sales"}
    assert problems(only | {"Sales": [["Date", "Customer", "Net revenue"], [day(1), "a", 5]]}) == []


PLACES = [
    # what is added, level, sheet, row, column, value, words of the message, words of the remedy
    ("Customers", ["a", "Parks", "S"], "error", 4, "Customer", "a", "several rows", "Keep one"),
    ("Products", ["q", 1, 1], "error", 5, "Product", "q", "several rows", "Keep one"),
    ("Channels", ["Web"], "warning", 4, "Channel", "Web", "several rows", ""),
    ("CostPools", ["1", "Picking", 1, None, None], "warning", 4, "Account and Pool", "1 / Picking", "several", ""),
    ("Sales", line(customer="A"), "warning", 7, "Customer", "A", "not in Customers", "Did you mean 'a'?"),
    ("Sales", line(product="zzz"), "warning", 7, "Product", "zzz", "not in Products", "add it to Products"),
    ("Sales", line(channel="Webb"), "warning", 7, "Channel", "Webb", "not in Channels", "Did you mean 'Web'?"),
    ("Customers", ["c", "Farm", "N"], "warning", 6, "Segment", "Farm", "not in Segments", "Did you mean 'Farms'?"),
    ("Sales", line(quantity="n/a"), "error", 7, "Quantity", "n/a", "text", "number"),
    ("Sales", line(discount=5), "error", 7, "Discount", 5, "above 1", "5% or 0.05"),
    ("Sales", line(date=day(1, year=1911)), "warning", 7, "Date", None, "before 1980", "year"),
    ("Sales", line(date=day(1, year=2911)), "warning", 7, "Date", None, "years ahead", "year"),
    ("Sales", line(quantity=-1, price=10), "warning", 7, "Quantity", None, "1 line with net revenue of -10.00", ""),
    ("Sales", line(net=11), "warning", 7, "Net revenue", 11, "10.00 in the first; +1.00 in sum", "entered counts"),
    ("Sales", line(product=None, price=None), "error", 7, "Net revenue", None, "neither net revenue", "Fill in"),
    ("Sales", line(customer=None), "warning", 7, "Customer", None, "reported as Unassigned", "Fill in"),
    ("Sales", line(date=day(6)), "warning", None, "Date", None, "2011-04, 2011-05", "Import"),
    ("Sales", line(price=1e17), "error", 7, "List price", 1e17, "too large for its decimals", "larger unit"),
    ("Sales", line(quantity=1e300), "error", 7, "Quantity", 1e300, "times the list price of 10.00", "larger unit"),
    ("CostPools", ["7", "X", -5, None, None], "warning", 9, "Amount", -5, "negative", "refund"),
    ("CostPools", ["7", "X", 5, None, "lnes"], "error", 9, "Driver", "lnes", "unknown", "Did you mean 'lines'?"),
    ("CostPools", ["7", "X", 5, None, "returns"], "warning", 9, "Driver", "returns", "zero in Sales", "another"),
    ("CostPools", ["7", "X", 5, "order", "Calls"], "error", 9, "Level", "order", "per object", "Set Level"),
    ("CostPools", ["7", "X", 5, "galaxy", None], "error", 9, "Level", "galaxy", "none of the words", "customer"),
    ("CostPools", ["7", "X", 1e17, "line", "lines"], "error", 9, "Amount", 1e17, "too large for its decimals", "unit"),
    ("CostPools", ["7", "X", None, None, None], "warning", 9, "Amount", None, "empty", "Fill"),
    ("Drivers", ["Visits", "a", 1], "warning", 6, "Driver", "Visits", "no pool uses", "CostPools"),
    ("Drivers", ["Calls", "zz", 1], "warning", 6, "Object", "zz", "no customer known", "Correct"),
    ("Drivers", ["Calls", "a", 1], "warning", 4, "Driver and Object", "Calls / a", "several rows", ""),
    ("Drivers", ["Calls", "a2", -1], "error", 6, "Volume", -1, "below 0", ""),
    ("ServiceUsage", ["IT", "Calls", 0.5], "error", 4, "Share", "IT", "sum to 150%", "100%"),
    ("ServiceUsage", ["IT", "Nobody", 0], "error", 8, "User", "Nobody", "not in CostPools", ""),
    ("ServiceUsage", ["IT", "Picking2", 1.5], "error", 8, "Share", 1.5, "above 1", "5% or 0.05"),
    (
        "ValueDrivers",
        ["Parks", "p", "Yield", "gain", 4],
        "error",
        6,
        "Segment and Product",
        "Parks / p",
        "reference",
        "",
    ),
    ("ValueDrivers", ["Farms", "p", "x", "loss", -4], "error", 6, "Amount", -4, "below 0", "positive"),
    ("Settings", ["Tier shares", "50%; 50%"], "error", 5, "Value", "50%; 50%", "2 shares for 3", "one share"),
    ("Settings", ["Period start", day(2)], "warning", 4, "Date", None, "outside the period", "Period"),
    ("Settings", ["Period end", day(1, year=1990)], "error", 4, "Date", None, "no sales line lies", "Sales run from"),
]


@pytest.mark.parametrize(("table", "row", "level", "at", "column", "value", "message", "remedy"), PLACES)
def test_each_problem_has_its_place_and_remedy(problems, table, row, level, at, column, value, message, remedy):
    found = [p for p in problems(**{table: [row]}) if message in p.message]
    assert len(found) == 1, found
    [problem] = found
    assert (problem.level, problem.place.row, problem.place.column) == (level, at, column)
    assert value is None or problem.value == value
    assert remedy in problem.remedy
    assert problem.place.sheet == ("Sales" if column == "Date" else table)
    assert json.loads(json.dumps(problem.as_dict()))["message"] == problem.message


def test_the_total_of_a_ledger_is_no_pool(problems):
    pools = [["Account", "Pool", "Amount"], ["1", "Picking", 100.1], ["2", "Rent", 200.2], [None, "Total", 300.3]]
    found = problems({"CostPools": pools, "ServiceUsage": [["Service"]], "Drivers": [["Driver"]]})
    assert [(p.level, p.place.row) for p in found if "sum of all pools" in p.message] == [("warning", 6)]
    driven = [["Account", "Pool", "Amount", "Driver"], *([None, f"P{i}", i, "lines"] for i in (1, 2, 3))]
    for honest in (pools[:3], driven):
        assert not [p for p in problems({"CostPools": honest}) if "sum of all pools" in p.message]


def test_a_column_under_another_name_is_told(problems):
    found = problems({"Sales": [["Date", "Qty", "List price"], [day(1), 2, 10]]})
    assert [(p.level, p.place.column) for p in found] == [
        ("error", "Net revenue"),
        ("warning", "Qty"),
        ("warning", "Customer"),
    ]
    assert "no column Quantity and none Net revenue" in found[0].remedy
    assert "Rename it to 'Quantity'" in found[1].remedy


@pytest.mark.filterwarnings("error")
def test_a_line_of_more_than_a_float_holds_is_named_and_nothing_else_is_said(problems):
    found = problems(Sales=[line(quantity=1e308, price=1e4), line(quantity=-1, price=10)])
    assert [p.level for p in found] == ["error", "warning"]
    assert "too large" in found[0].message
    found = problems(Sales=[line(customer=None, quantity=1e308, price=1e4)])
    assert "1 line with net revenue of 0.00 has no customer" in found[-1].message


def test_services_that_only_serve_one_another_are_named(problems):
    usage = [["Service", "User", "Share"], ["IT", "Personnel", 1], ["Personnel", "IT", 1]]
    found = problems({"ServiceUsage": usage})
    assert {(p.level, p.value) for p in found} == {("error", "IT"), ("error", "Personnel")}
    assert all("reaches no other pool" in p.message for p in found)


def test_columns_named_in_settings_must_be_there(problems):
    settings = [["Setting", "Value"], ["P&L by", "Regon; Owner"]]
    found = problems({"Settings": settings})
    assert [(p.level, p.value) for p in found] == [("error", "Regon"), ("error", "Owner")]
    assert "'Region'" in found[0].remedy


def test_a_driver_without_volumes_is_named(problems):
    found = problems({"Drivers": [["Driver", "Object", "Volume"], ["Calls", "a", 0]]})
    assert [(p.level, p.place.column) for p in found] == [("warning", "Driver")]
    assert "volumes are zero" in found[0].message


def test_errors_come_before_warnings(problems):
    levels = [p.level for p in problems(Sales=[line(customer="zz")], CostPools=[["8", "Y", 1, None, "nothing"]])]
    assert levels == ["error", "warning"]


def test_the_same_unknown_name_is_one_problem_with_all_its_rows(problems):
    found = problems(Sales=[line(product="z", date=day(2, 1 + i)) for i in range(20)])
    assert [(p.value, p.rows) for p in found] == [("z", tuple(range(7, 27)))]


def test_many_unknown_names_are_counted_and_none_is_lost(problems):
    found = problems(Sales=[line(product=f"z{i}", date=day(2, 1 + i % 20)) for i in range(90)])
    assert len(found) == 51
    assert "39 more values" in found[-1].message
    assert sorted(row for p in found for row in p.rows) == list(range(7, 97))


def test_a_terminal_shows_a_few_that_are_alike_and_counts_the_rows_of_the_others(capsys):
    def unknown(column, rows):
        place = Place("Sales", "Sales", rows[0], column)
        return Problem("warning", place, f"C{rows[0]}", "is not in Customers", "Add it", tuple(rows))

    found = [unknown("Customer", [row, row + 100]) for row in range(4, 14)]
    console.problems([*found, unknown("Product", [7]), Problem("error", Place("Sales"), None, "is empty")])
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "error: sheet Sales: is empty"
    assert lines[:5] == [str(problem) for problem in found[:5]]
    assert lines[5:] == ["  ... and 10 rows more like these; --json names them", str(unknown("Product", [7]))]


def test_reading_and_checking_report_a_cell_once(problems):
    found = problems(Sales=[line(date="01/02/2011", quantity="x", net="12,50")])
    assert sorted((p.place.column, p.message.split()[0]) for p in found if p.place.row == 7) == [
        ("Date", "is"),
        ("Net revenue", "1"),
        ("Net revenue", "is"),
        ("Quantity", "is"),
    ]
