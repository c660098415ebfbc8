"""Workbooks as they come: damaged, half filled, rearranged. Each gets a result or a clear error, none a traceback."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from company import company, write
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.table import TableColumn

from cvm_xl.book import parts, schema
from cvm_xl.book.addresses import letters
from cvm_xl.book.fill import fill
from cvm_xl.book.package import Package
from cvm_xl.book.read import read_book
from cvm_xl.cli import main

SALES = [column.header for column in schema.table("Sales")]
TIERS = [column.header for column in schema.table("Tiers")]
OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of encrypted workbooks, and of .xls


def plain():
    """Tables enough for customers, segments and their costs."""
    tables = company()
    pools = tables["CostPools"]
    tables["CostPools"] = pools[pools["driver"].isin(["lines", "orders", "net revenue"])].reset_index(drop=True)
    tables["Sales"] = tables["Sales"].groupby("customer").head(10).reset_index(drop=True)
    return {name: tables[name] for name in ("Customers", "Sales", "CostPools")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same with products, never refreshed."""
    return write(tmp_path_factory.mktemp("whole") / "book.xlsx", plain() | {"Products": company()["Products"]})


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    """`plain`, refreshed."""
    path = write(tmp_path_factory.mktemp("refreshed") / "book.xlsx", plain())
    assert main(["refresh", str(path)]) == 0
    return path


@pytest.fixture
def book(tmp_path):
    return tmp_path / "book.xlsx"


def few(**columns):
    """Twelve sales lines of four customers, with other columns if given."""
    days = pd.date_range("2024-01-15", periods=12, freq="29D")
    frame = pd.DataFrame({"date": days, "customer": ["A", "B", "C", "D"] * 3, "net_revenue": 10.0 + np.arange(12)})
    return frame.assign(**columns)


def edited(path, change):
    """The workbook after an analyst's change in another program."""
    workbook = openpyxl.load_workbook(path)
    change(workbook)
    workbook.save(path)
    return path


def with_sales(path, sales):
    """The workbook with other sales lines."""
    package = Package.open(path)
    fill(package, "Sales", {c.header: sales[c.name].to_numpy() for c in schema.table("Sales") if c.name in sales})
    package.save()
    return path


def refused(capsys, path, *words, command="refresh"):
    """The message of a command that must fail, with these words in it, and leave the workbook as it was."""
    before = path.read_bytes()
    capsys.readouterr()
    assert main([command, str(path)]) == 1
    said = capsys.readouterr()
    message = said.out if command == "check" else said.err
    for word in words:
        assert word in message, message
    assert "Traceback" not in said.err
    assert path.read_bytes() == before
    return message


def answered(capsys, path, *words):
    """The output tables of a workbook that must be refreshed with all checks at zero; `words` are said on the way."""
    capsys.readouterr()
    assert main(["refresh", str(path)]) == 0
    said = capsys.readouterr().out
    for word in words:
        assert word in said, said
    read = read_book(path, [t.name for t in schema.outputs()])
    frames = {name: table.frame for name, table in read.tables.items()}
    assert len(frames["Checks"])
    assert (frames["Checks"]["difference"] == 0).all(), frames["Checks"]
    assert (frames["Checks"]["status"] == "OK").all()
    return frames


# --- files -------------------------------------------------------------------------------------------------------


def other_zip(*members):
    def make(path):
        with zipfile.ZipFile(path, "w") as file:
            for member in members:
                file.writestr(member, b"<x/>")

    return make


@pytest.mark.parametrize("command", ["refresh", "check", "new"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b""), ["no Excel workbook", "Save it"]),
        (lambda path: path.write_text("Date;Customer;Net revenue\n"), ["no Excel workbook", "Save it"]),
        (lambda path: path.write_bytes(OLE + bytes(5000)), ["protected by a password", "Save it"]),
        (other_zip("word/document.xml", "readme.txt"), ["no Excel workbook", "Save it"]),
        (other_zip("mimetype", "content.xml"), ["OpenDocument", "Save it"]),
        (other_zip("[Content_Types].xml", "xl/workbook.bin"), [".xlsb", "Save it"]),
        (other_zip("[Content_Types].xml"), []),
        (lambda path: None, []),
    ],
    ids=["empty", "csv", "encrypted", "docx", "ods", "xlsb", "hollow", "absent"],
)
def test_what_is_no_workbook(book, capsys, make, words, command):
    make(book)
    if not book.exists():
        if command != "new":
            assert main([command, str(book)]) == 1
            assert "there is no file" in capsys.readouterr().err
        return
    before = book.read_bytes()
    assert main([command, str(book)]) == 1
    message = capsys.readouterr().err
    assert "cvm-xl: " in message
    for word in words:
        assert word in message
    assert book.read_bytes() == before


def test_a_truncated_workbook(whole, book, capsys):
    content = whole.read_bytes()
    for length in (10, 1000, len(content) // 2, len(content) - 30, len(content) - 1):
        book.write_bytes(content[:length])
        refused(capsys, book, "book.xlsx", "Copy or download it again")


def test_a_damaged_workbook(whole, book, capsys):
    content = bytearray(whole.read_bytes())
    with zipfile.ZipFile(whole) as file:
        sales = file.getinfo(next(t.sheet.part for t in parts.tables(Package.open(whole)) if t.name == "Sales"))
    content[sales.header_offset + 5000] ^= 0xFF
    book.write_bytes(content)
    refused(capsys, book, "book.xlsx is damaged in", "Open it in Excel")


# --- tables and columns ------------------------------------------------------------------------------------------


def test_no_sales(whole, book, capsys):
    shutil.copy(whole, book)
    edited(book, lambda b: b.remove(b["Sales"]))
    refused(capsys, book, "the workbook has no table Sales", "cvm-xl new")


def test_without_its_table_object_sales_is_read_by_its_headers(book, capsys):
    edited(write(book, plain()), lambda b: b["Sales"].tables.pop("Sales"))
    answered(capsys, book)
    assert main(["check", str(book)]) == 0
    assert "no Excel table named Sales" in capsys.readouterr().out


def test_a_renamed_input_table_or_sheet_is_found(refreshed, book, capsys):
    expected = read_book(refreshed, ["Tiers"]).tables["Tiers"].frame

    def rename(workbook):
        table = workbook["Sales"].tables.pop("Sales")
        table.name = table.displayName = "Verkauf"
        workbook["Sales"].add_table(table)

    def retitle(workbook):
        workbook["Sales"].title = "Verkauf"

    for change in (rename, retitle):
        found = answered(capsys, edited(write(book, plain()), change))
        pd.testing.assert_frame_equal(found["Tiers"], expected)


def test_every_other_table_may_be_missing(book, capsys):
    edited(write(book, plain()), lambda b: [b.remove(s) for s in b.worksheets if s.title != "Sales"])
    found = answered(capsys, book, "no cost pools are given", "Left out: PriceBands")
    assert len(found["Tiers"]) == 40
    assert (found["Tiers"]["cost_to_serve"] == 0).all()


def header(workbook, sheet, old, new):
    for cell in workbook[sheet][4]:
        if cell.value == old:
            cell.value = new
    for table in workbook[sheet].tables.values():
        for column in table.tableColumns:
            if column.name == old:
                column.name = new


@pytest.mark.parametrize(
    ("sheet", "old", "new", "words"),
    [
        ("Sales", "Date", "Day", ["sheet Sales, column Date: the column is missing", "Rename 'Day' to 'Date'"]),
        ("Sales", "Net revenue", "Net revenu", ["column Net revenu", "Rename it to 'Net revenue'"]),
        ("CostPools", "Amount", "Betrag", ["sheet CostPools, column Amount: the column is missing", "Add it"]),
        ("Products", "Product", "SKU", ["sheet Products, column Product: the column is missing"]),
    ],
)
def test_a_renamed_column(whole, book, capsys, sheet, old, new, words):
    shutil.copy(whole, book)
    edited(book, lambda b: header(b, sheet, old, new))
    refused(capsys, book, *words)
    refused(capsys, book, *words, command="check")


def test_columns_by_any_spelling_and_in_any_order(book, capsys):
    sales = few(quantity=2.0)
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet("Sales")
        names = ["NET_REVENUE", "my own", "date", "Customer ", "quantity"]
        rows = [[r.net_revenue, "x", r.date, r.customer, r.quantity] for r in sales.itertuples()]
        options = {"name": "sales", "columns": [{"header": n} for n in names], "data": rows}
        sheet.add_table(6, 3, 6 + len(rows), 7, options)
        sheet.set_column(5, 5, None, made.add_format({"num_format": "yyyy-mm-dd"}))
    found = answered(capsys, book)
    assert found["Tiers"]["revenue"].sum() == sales["net_revenue"].sum()


def test_merged_cells_in_a_table(whole, book, capsys):
    shutil.copy(whole, book)
    edited(book, lambda b: b["Sales"].merge_cells("B6:B8"))
    refused(capsys, book, "sheet Sales, row 6", "merged", "'B6:B8'", "Unmerge")


def test_rows_below_a_table(whole, book, capsys):
    shutil.copy(whole, book)

    def add(workbook):
        sheet = workbook["Sales"]
        last = sheet.max_row
        for cell in sheet[last]:
            sheet.cell(last + 1, cell.column).value = cell.value

    edited(book, add)
    last = 5 + len(plain()["Sales"])
    refused(
        capsys,
        book,
        f"sheet Sales, row {last}: 1 row right below the table",
        f"make it A4:{letters(len(SALES))}{last}",
    )


# --- cells -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("Sales", "net_revenue", "n/a", ["sheet Sales, row 1205, column Net revenue: is text", "'n/a'", "Enter"]),
        ("Sales", "net_revenue", "12,50", ["row 1205", "number stored as text", "'12,50'", "Text to Columns"]),
        ("Sales", "quantity", True, ["row 1205, column Quantity", "TRUE"]),
        ("Sales", "date", "01/02/2011", ["row 1205, column Date", "ambiguous", "2011-12-31"]),
        ("Sales", "date", 20240215, ["row 1205, column Date", "is a number, not a date", "20240215"]),
        ("Sales", "date", None, ["row 1205, column Date", "is empty"]),
        ("Sales", "discount", 5, ["row 1205, column Discount", "is above 1", "0.05"]),
        ("Sales", "net_revenue", 1e300, ["row 1205, column Net revenue", "too large", "larger unit"]),
        ("Sales", "list_price", 1e300, ["row 1205, column List price", "too large", "larger unit"]),
        ("Sales", "customer", 12345678901234567890, ["row 1205, column Customer", "more digits than Excel keeps"]),
        ("CostPools", "amount", "viel", ["sheet CostPools, row 10, column Amount: is text", "'viel'"]),
        ("CostPools", "level", "galaxy", ["sheet CostPools, row 10, column Level", "'galaxy'", "Enter one of: line"]),
        ("CostPools", "pool", "x" * 300, ["sheet CostPools, row 10, column Pool", "longer than 255", "shorter name"]),
        ("Products", "kind", "thing", ["sheet Products, row 10, column Kind", "'thing'", "product, service, fee"]),
        ("Customers", "customer", "C10001", ["sheet Customers, row 5, column Customer", "stands in several rows"]),
        ("Drivers", "volume", -3.0, ["sheet Drivers, row 10, column Volume: is below 0", "-3"]),
        ("ServiceUsage", "share", 0.9, ["sheet ServiceUsage", "the shares of this service sum to"]),
    ],
)
def test_a_cell_that_cannot_be(book, capsys, table, column, value, words):
    tables = company()
    frame = tables[table].astype({column: object})
    frame.loc[1200 if table == "Sales" else 5, column] = value
    write(book, {**tables, table: frame})
    refused(capsys, book, *words)


def test_shares_of_services_that_are_all_empty(book, capsys):
    tables = company()
    write(book, {**tables, "ServiceUsage": tables["ServiceUsage"].assign(share=None)})
    refused(capsys, book, "sheet ServiceUsage, row 5, column Share", "sum to 0%")


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("Decimals", "two", ["column Value", "'two'"]),
        ("Tier shares", "20%; 70%; 20%", ["sum to 110%"]),
        ("Tier shares", "20%; 80%", ["2 shares for 3 names"]),
        ("Tier names", "A; B; a", ["two tiers have one name"]),
        ("Period start", pd.Timestamp("2035-01-01"), ["no sales line lies within the period", "Sales run from 2024"]),
        ("P&L by", "Colour", ["'Colour'"]),
        ("Time unit", "fortnight", ["'fortnight'", "day, week, month"]),
        ("Horizon", -5, ["is out of bounds", "-5"]),
        ("Horizon", 0, ["Horizon is out of bounds", "at least 0.1"]),  # would make every lifetime value 0
        ("Discount rate", 8, ["Discount rate is out of bounds", "a share of 5% is 0.05 or 5%"]),
        ("Further tables", "Matrix, Portfolio", ["'Matrix, Portfolio'", "semicolons between them: Matrix; Portfolio"]),
    ],
)
def test_a_setting_that_cannot_be(book, capsys, setting, value, words):
    tables = company()
    settings = tables["Settings"].astype({"value": object})
    mine = settings["setting"] == setting
    settings.loc[mine, "value"] = value
    write(book, {**tables, "Settings": settings})
    message = refused(capsys, book, *words)
    if setting != "Period start":  # its lines are missed in Sales
        assert f"sheet Settings, row {5 + int(np.flatnonzero(mine)[0])}, column Value" in message


def test_error_cells_and_formulas_never_calculated(whole, book, capsys):
    shutil.copy(whole, book)
    package = Package.open(book)
    sales = next(t for t in parts.tables(package) if t.name == "Sales")
    xml = package.part(sales.sheet.part)
    address = f"{letters(SALES.index('Net revenue') + 1)}9".encode()
    cell = re.search(rb'<c r="' + address + rb'"( s="\d+")?><v>[^<]*</v></c>', xml)
    for content, words in (
        (b' t="e"><f>1/0</f><v>#DIV/0!</v></c>', ["holds the error #DIV/0!", "Mend the formula"]),
        (b"><f>G9*F9</f></c>", ["never calculated", "let it calculate"]),
    ):
        package.put(sales.sheet.part, xml.replace(cell[0], b'<c r="' + address + b'"' + content))
        package.save(book)
        refused(capsys, book, "sheet Sales, row 9, column Net revenue", *words)


def test_dates_as_iso_text_are_dates(refreshed, book, capsys):
    tables = plain()
    tables["Sales"]["date"] = tables["Sales"]["date"].dt.strftime("%Y-%m-%d")
    found = answered(capsys, write(book, tables))
    expected = read_book(refreshed, ["Lifetime"]).tables["Lifetime"].frame
    pd.testing.assert_frame_equal(found["Lifetime"], expected)


def test_both_calendars_give_equal_answers(refreshed, book, capsys):
    edited(write(book, plain()), lambda b: setattr(b, "epoch", CALENDAR_MAC_1904))
    assert read_book(book, ["Sales"]).date1904
    found = answered(capsys, book)
    names = [name for name in found if name != "Headlines"]
    expected = read_book(refreshed, names).tables
    for name in names:
        pd.testing.assert_frame_equal(found[name], expected[name].frame)


# --- too little, or all alike ------------------------------------------------------------------------------------


def test_empty_sales(book, capsys):
    tables = company()
    write(book, {**tables, "Sales": tables["Sales"][:0]})
    refused(capsys, book, "the table Sales is empty", "cvm-xl import")


@pytest.mark.parametrize(
    "sales",
    [
        pytest.param(few()[["date", "net_revenue"]], id="dates and revenue alone"),
        pytest.param(few()[:1], id="one line"),
        pytest.param(few(customer="A"), id="one customer"),
        pytest.param(few(net_revenue=10.0), id="all alike"),
        pytest.param(few(net_revenue=0.0), id="revenue zero"),
        pytest.param(few(net_revenue=-10.0), id="returns alone"),
        pytest.param(few(customer=None), id="no customers"),
        pytest.param(few(cost_of_goods=1000.0), id="profit below zero"),
        pytest.param(few(net_revenue=None, quantity=3.0, list_price=4.0, discount=1.0), id="given away"),
        pytest.param(few(date=pd.Timestamp("2024-02-29")), id="one day"),
        pytest.param(few(net_revenue=10 / 3), id="thirds of a cent"),
        pytest.param(few(net_revenue=9e11 + 0.01), id="trillions"),
    ],
)
@pytest.mark.parametrize("pools", [False, True])
def test_too_little_or_all_alike(book, capsys, sales, pools):
    tables = {"Sales": sales}
    if pools:
        rows = [("1", "Delivery", 500.0, "order", "orders"), ("2", "Office", 99.99, "company", None)]
        tables["CostPools"] = pd.DataFrame(rows, columns=["account", "pool", "amount", "level", "driver"])
    found = answered(capsys, write(book, tables, "starter"))
    pnl = found["SegmentPnL"]
    revenue = sales["net_revenue"].astype(float).fillna(0).sum()
    assert pnl["net_revenue"][0] == round(revenue, 2)
    if sales.get("customer", pd.Series(dtype=object)).notna().any():
        tiers = found["Tiers"]
        assert sorted(tiers["customer"]) == sorted(sales["customer"].unique())
        profit = tiers["profit"].sum()
        # shares of a total that is not above zero would mean nothing
        assert tiers["cumulative_share"].isna().all() == (profit <= 0)
        if profit > 0:
            assert tiers["cumulative_share"].iloc[-1] == pytest.approx(1)


def test_only_sales_gives_the_same_revenue_as_all_tables(refreshed, book, capsys):
    found = answered(capsys, write(book, {"Sales": plain()["Sales"]}, "starter"))
    expected = read_book(refreshed, ["Tiers"]).tables["Tiers"].frame
    columns = ["customer", "revenue", "gross_margin"]
    mine, theirs = (frame[columns].sort_values("customer", ignore_index=True) for frame in (found["Tiers"], expected))
    pd.testing.assert_frame_equal(mine, theirs)
    products = found["SegmentPnL"].query("dimension == 'Product'")
    assert set(products["item"]) == set(plain()["Sales"]["product"])


@pytest.mark.skipif(not os.environ.get("CI"), reason="takes half a minute; CI runs it")
def test_a_million_rows(book, capsys):
    """A sheet filled to its last row: 1,048,575 lines below the header."""
    rows = 1_048_575
    with xlsxwriter.Workbook(book) as made:
        names = ["Date", "Customer", "Net revenue"]
        sheet = made.add_worksheet("Sales")
        sheet.add_table(0, 0, 1, 2, {"name": "Sales", "columns": [{"header": name} for name in names]})
        sheet.write_blank(1, 0, None, made.add_format({"num_format": "yyyy-mm-dd"}))
    rng = np.random.default_rng(1)
    customers = np.array([f"C{i}" for i in range(5_000)], dtype=object)[rng.integers(0, 5_000, rows)]
    cents = rng.integers(-500, 10_000, rows)
    dates = np.datetime64("2023-01-01") + rng.integers(0, 730, rows)
    package = Package.open(book)
    fill(package, "Sales", {"Date": dates, "Customer": customers, "Net revenue": cents / 100})
    package.save()
    found = answered(capsys, book)
    assert found["SegmentPnL"]["lines"][0] == rows
    assert found["SegmentPnL"]["net_revenue"][0] == cents.sum() / 100
    assert len(found["Tiers"]) == 5_000


# --- cost pools --------------------------------------------------------------------------------------------------


def ledger(*rows):
    tables = plain() | {"Drivers": company()["Drivers"]}
    names = ["account", "pool", "amount", "level", "driver"]
    return {**tables, "CostPools": pd.DataFrame(list(rows), columns=names)}


def test_an_unknown_driver(book, capsys):
    write(book, ledger(("1", "Delivery", 100.0, "order", "ordres")))
    refused(capsys, book, "sheet CostPools, row 5, column Driver", "'ordres'", "Did you mean 'orders'?")


def test_a_driver_that_is_zero_leaves_its_pool_unallocated(book, capsys):
    tables = ledger(("1", "Visits", 100.01, "customer", "sales visits"), ("2", "Delivery", 7.0, "order", "orders"))
    tables["Drivers"]["volume"] = 0.0
    found = answered(capsys, write(book, tables))
    pnl = found["SegmentPnL"]
    mine = pnl[pnl["Visits"].astype(float) != 0]
    assert set(mine["item"]) == {"Total", "Unallocated"}
    assert set(mine["Visits"].astype(float)) == {-100.01}
    assert found["Tiers"]["cost_to_serve"].sum() == pytest.approx(7.0)


def test_pools_named_like_columns_or_like_one_another(book, capsys):
    pools = [
        "Net revenue",
        "Net revenue (pool)",
        "net-revenue",
        "Contribution",
        "Total",
        "Item",
        "DELIVERY",
        "Delivery",
    ]
    tables = ledger(*((str(i), pool, 10.0 + i, "line", "lines") for i, pool in enumerate(pools)))
    answered(capsys, write(book, tables))
    table = next(t for t in parts.tables(Package.open(book)) if t.name == "SegmentPnL")
    headers = [header.casefold() for header in table.columns]
    assert len(set(headers)) == len(headers)
    assert sum(header.startswith(("net revenue", "net-revenue")) for header in headers) == 4
    assert headers.count("delivery") == 1
    assert "contribution (pool)" in headers


def test_pools_with_odd_names_are_columns_that_excel_reads(book, capsys):
    pools = ["=1+1", '<b>&"', "[x]#@", "'", "two\nlines", "2024"]
    answered(capsys, write(book, ledger(*((str(i), pool, 10.0, "line", "lines") for i, pool in enumerate(pools)))))
    with zipfile.ZipFile(book) as file:
        assert file.testzip() is None
    sheet = openpyxl.load_workbook(book)["SegmentPnL"]
    table = sheet.tables["SegmentPnL"]
    cells = [cell.value for cell in sheet[table.ref][0]]
    assert all(isinstance(value, str) for value in cells)
    assert [cell.data_type for cell in sheet[table.ref][0]] == ["s"] * len(cells)  # "=1+1" is no formula
    declared = next(t for t in parts.tables(Package.open(book)) if t.name == "SegmentPnL").columns
    assert [c.replace("\r", "") for c in declared] == cells


def test_segments_named_like_what_belongs_to_no_one(book, capsys):
    tables = plain()
    names = ["Unassigned", "Company level", "Unallocated", "Total"]
    tables["Customers"]["segment"] = list(itertools.islice(itertools.cycle(names), 40))
    found = answered(capsys, write(book, tables))
    assert found["Tiers"]["segment"].notna().all()


# --- ids ---------------------------------------------------------------------------------------------------------


def test_ids_as_numbers_here_and_text_there(refreshed, book, capsys):
    tables = plain()
    number = tables["Sales"]["customer"].str[1:].astype(int)
    tables["Sales"]["customer"] = number
    tables["Customers"]["customer"] = tables["Customers"]["customer"].str[1:]
    found = answered(capsys, write(book, tables))["Tiers"]
    expected = read_book(refreshed, ["Tiers"]).tables["Tiers"].frame
    columns = ["rank", "name", "segment", "revenue", "cost_to_serve", "profit", "tier"]
    pd.testing.assert_frame_equal(found[columns], expected[columns])
    assert set(found["customer"]) == set(number.astype(str))


def test_leading_zeros_tell_ids_apart(book, capsys):
    sales = few(customer=["007", "7"] * 6)
    tables = {"Sales": sales, "Customers": pd.DataFrame({"customer": ["007", 7], "name": ["Bond", "Seven"]})}
    found = answered(capsys, write(book, tables))["Tiers"].set_index("customer")
    assert found["name"].to_dict() == {"007": "Bond", "7": "Seven"}
    assert found["revenue"]["7"] == sales["net_revenue"][1::2].sum()


def test_text_that_looks_like_formulas_or_markup_stays_text(book, capsys):
    ids = ["=1+1", "-5", "+49", "@x", "<b>&\"'", "_x000D_", "👻", "a\nb", " x ", "#N/A"]
    sales = pd.concat([few(customer=key) for key in ids])
    found = answered(capsys, write(book, {"Sales": sales}))
    there = set(found["Tiers"]["customer"])
    assert there == set(ids)
    sheet = openpyxl.load_workbook(book)["Tiers"]
    assert all(cell.data_type == "s" for row in sheet[sheet.tables["Tiers"].ref] for cell in row[1:2])


def test_customers_that_sales_do_not_know_and_the_other_way_round(book, capsys):
    customers = pd.DataFrame({"customer": ["A", "Z"], "segment": ["One", "Two"]})
    path = write(book, {"Sales": few(), "Customers": customers})
    found = answered(capsys, path)
    assert sorted(found["Tiers"]["customer"]) == ["A", "B", "C", "D"]
    assert main(["check", str(path)]) == 0
    assert "is not in Customers" in capsys.readouterr().out


def test_what_is_traced_may_be_gone(book, capsys):
    tables = plain() | {"Settings": company()["Settings"]}
    tables["Settings"].loc[tables["Settings"]["setting"] == "Trace", "value"] = "C99999; C10001"
    found = answered(capsys, write(book, tables), "C99999 was not traced", "there is no Customer of this name")
    assert set(found["Trace"]["cell"]) == {"Customer C10001"}


# --- the analyst's work on our sheets ----------------------------------------------------------------------------


def test_an_own_column_notes_and_formulas_follow_their_customer(refreshed, book, capsys):
    shutil.copy(refreshed, book)
    ids = read_book(book, ["Tiers"]).tables["Tiers"].frame["customer"]
    own, profit = letters(len(TIERS) + 1), letters(TIERS.index("Profit") + 1)

    def change(workbook):
        sheet = workbook["Tiers"]
        table = sheet.tables["Tiers"]
        last = 4 + len(ids)
        table.ref = table.autoFilter.ref = f"A4:{own}{last}"
        table.tableColumns.append(TableColumn(id=99, name="My note"))
        sheet[f"{own}4"], sheet[f"{own}5"], sheet[f"{own}9"] = "My note", "call them", "lost?"
        sheet["B5"].comment = Comment("met at the fair", "me")
        sheet["Z5"], sheet["Z6"] = "=SUM(Tiers[Profit])", f"=SUM({profit}5:{profit}{last})"

    edited(book, change)
    # the first customer turns into the worst; ten others leave
    sales = plain()["Sales"]
    sales = sales[~sales["customer"].isin(ids[15:25])]
    sales.loc[sales["customer"] == ids[0], ["quantity", "net_revenue", "cost_of_goods"]] *= -1000
    found = answered(capsys, with_sales(book, sales))["Tiers"]
    assert len(found) == 30
    first = int(np.flatnonzero(found["customer"] == ids[0])[0]) + 5
    fifth = int(np.flatnonzero(found["customer"] == ids[4])[0]) + 5
    assert first != 5
    sheet = openpyxl.load_workbook(book)["Tiers"]
    notes = {cell.row: cell.value for cell in sheet[own] if cell.value}
    assert notes == {4: "My note", first: "call them", fifth: "lost?"}
    assert {c.coordinate: c.comment.text for row in sheet for c in row if c.comment} == {f"B{first}": "met at the fair"}
    assert sheet["Z5"].value == "=SUM(Tiers[Profit])"
    assert sheet["Z6"].value == f"=SUM({profit}5:{profit}34)"


@pytest.mark.parametrize("sheet", ["Dashboard", "Tiers", "Whale", "SegmentPnL", "Checks"])
def test_an_output_sheet_that_was_deleted_comes_back(refreshed, book, capsys, sheet):
    shutil.copy(refreshed, book)
    edited(book, lambda b: b.remove(b[sheet]))
    answered(capsys, book)
    assert sheet in openpyxl.load_workbook(book).sheetnames
    expected = read_book(refreshed, ["Tiers"]).tables["Tiers"].frame
    pd.testing.assert_frame_equal(read_book(book, ["Tiers"]).tables["Tiers"].frame, expected)


def test_an_output_sheet_that_was_renamed_is_filled_where_it_is(refreshed, book, capsys):
    shutil.copy(refreshed, book)

    def change(workbook):
        workbook["Tiers"].title = "Meine Kunden"
        workbook["Meine Kunden"]["B5"] = "nobody"

    edited(book, change)
    answered(capsys, book)
    workbook = openpyxl.load_workbook(book)
    assert "Tiers" not in workbook.sheetnames
    assert workbook["Meine Kunden"]["B5"].value != "nobody"


def test_an_output_table_that_was_renamed_is_named_in_the_message(refreshed, book, capsys):
    shutil.copy(refreshed, book)

    def change(workbook):
        table = workbook["Tiers"].tables.pop("Tiers")
        table.name = table.displayName = "Kunden"
        workbook["Tiers"].add_table(table)

    edited(book, change)
    refused(capsys, book, "the sheet Tiers has no table Tiers", "Rename its table Kunden to Tiers")


def test_a_sheet_of_the_analysts_with_our_name_is_not_touched(book, capsys):
    edited(write(book, {"Sales": few()}), lambda b: b.create_sheet("Checks").append(["mine"]))
    refused(capsys, book, "the sheet Checks has no table Checks", "Rename or delete the sheet")


def test_something_in_the_way_of_a_growing_table(refreshed, book, capsys):
    shutil.copy(refreshed, book)
    edited(book, lambda b: b["Tiers"].__setitem__("C47", "note to self"))
    with_sales(book, pd.concat([plain()["Sales"], few()]))
    refused(capsys, book, "sheet Tiers", "something stands in C47", "Move it")


def test_merged_cells_in_an_output_table(refreshed, book, capsys):
    shutil.copy(refreshed, book)
    edited(book, lambda b: b["Tiers"].merge_cells("A7:A9"))
    refused(capsys, book, "sheet Tiers", "A7:A9 are merged", "Unmerge")


def test_check_says_as_json_what_refresh_refuses(book, capsys):
    tables = plain()
    tables["Sales"] = tables["Sales"].astype({"net_revenue": object})
    tables["Sales"].loc[10, "net_revenue"] = "?"
    write(book, tables)
    refused(capsys, book, "nothing was written", "sheet Sales, row 15, column Net revenue")
    assert main(["check", str(book), "--json"]) == 1
    problem = json.loads(capsys.readouterr().out)[0]
    assert (problem["level"], problem["sheet"], problem["row"], problem["column"], problem["value"]) == (
        "error",
        "Sales",
        15,
        "Net revenue",
        "?",
    )
    assert problem["remedy"]
