"""Reading: each cell is in the frame with its exact value, or in a problem with its row."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvm_xl.book.columns import TEXT, convert
from cvm_xl.book.read import read_book
from cvm_xl.book.scan import NOT_CALCULATED, hidden_cells
from cvm_xl.book.schema import Column
from cvm_xl.book.settings import settings as read_settings
from cvm_xl.book.settings import settings_problems
from cvm_xl.errors import BookError
from workbooks import workbook

DAY = dt.datetime(2011, 1, 2)


@pytest.fixture
def sales(tmp_path):
    """`sales([headers, row, ...])`: the table Sales as read from a workbook of these cells, header in B3."""

    def make(rows, **options):
        return read_book(workbook(tmp_path / "book.xlsx", {"Sales": rows}, **options)).tables["Sales"]

    return make


def found(problems, column=None, level=None):
    return [p for p in problems if column in (None, p.place.column) and level in (None, p.level)]


# --- values --------------------------------------------------------------------------------------------------------


def test_columns_are_typed_by_the_schema(sales):
    table = sales(
        [
            ["Date", "Customer", "Quantity", "Net_Revenue", "LIST PRICE", "Discount"],
            [DAY, 12345, 3, 1.25, 1.1, 0.05],
            [dt.datetime(2011, 1, 3, 13, 5, 7), "007", -2.5, None, 1e300, None],
            [dt.date(2011, 1, 4), "NA", 0, 7, 2, 0],
        ]
    )
    assert not table.problems
    assert dict(table.frame.dtypes.astype(str)) == {
        "date": "datetime64[s]",
        "customer": "object",
        "quantity": "float64",
        "net_revenue": "float64",
        "list_price": "float64",
        "discount": "float64",
    }
    assert table.frame["date"].tolist() == [
        pd.Timestamp(2011, 1, 2),
        pd.Timestamp(2011, 1, 3, 13, 5, 7),
        pd.Timestamp(2011, 1, 4),
    ]
    assert table.frame["customer"].tolist() == ["12345", "007", "NA"]
    assert table.frame["quantity"].tolist() == [3, -2.5, 0]
    assert table.frame["list_price"].tolist() == [1.1, 1e300, 2]
    assert table.frame["net_revenue"].isna().tolist() == [False, True, False]
    assert table.rows.tolist() == [4, 5, 6]
    assert table.ref == "B3:G6"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("n/a", "text where a number"),
        ("12,50", "number stored as text"),
        ("1 234.5", "number stored as text"),
        ("1'234", "number stored as text"),
        ("\u22125", "number stored as text"),  # a minus sign, which is no hyphen
        ("1.2.3", "text where a number"),
        ("6x", "text where a number"),
        (" ", "text where a number"),
        (True, "TRUE or FALSE"),
        (DAY.date(), "formatted as a date"),
    ],
)
@pytest.mark.parametrize("row", [0, 1500])
def test_what_is_no_number_is_an_error_with_its_place(sales, value, message, row):
    rows = [["Date", "Quantity"], *[[DAY, 1] for _ in range(row + 2)]]
    rows[row + 2][1] = value
    table = sales(rows)
    [problem] = table.problems
    assert message in problem.message
    assert (problem.level, problem.value, problem.rows) == ("error", value, (row + 5,))
    assert str(problem.place) == f"sheet Sales, row {row + 5}, column Quantity"
    assert problem.remedy
    assert table.frame["quantity"].isna().tolist() == [i == row + 1 for i in range(row + 2)]


def test_many_spaces_are_looked_at_once():
    """Each from each took ten seconds for a cell."""
    start = time.process_time()
    cells = [" " * 32_000 + "x", "-" + " " * 32_000 + "x"]
    found = convert(Column("quantity", "number", ""), cells, date1904=False, seen={})
    assert [fault for _, fault in found.faults] == [TEXT, TEXT]
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("value", "message"), [("5%", "percentage stored as text"), ("0.05", "number stored as text"), ("a", "is text")]
)
def test_a_share_as_text_is_an_error(sales, value, message):
    [problem] = sales([["Date", "Discount"], [DAY, value]]).problems
    assert problem.level == "error"
    assert message in problem.message


@pytest.mark.parametrize("epoch", ["1900", "1904"])
def test_dates_in_both_calendars(sales, epoch):
    serial = 40545 if epoch == "1900" else 39083
    table = sales(
        [["Date"], [DAY], [serial], [serial + 0.75], ["2011-01-02"], ["2011-01-02T18:00:30Z"], [dt.date(1960, 5, 6)]],
        epoch=epoch,
    )
    assert not table.problems
    wanted = ["2011-01-02", "2011-01-02", "2011-01-02T18:00", "2011-01-02", "2011-01-02T18:00:30", "1960-05-06"]
    assert table.values("date").tolist() == np.array(wanted, dtype="datetime64[s]").tolist()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("01/02/2011", "ambiguous"),
        ("1.2.11", "ambiguous"),
        ("13/02/2011", "is text"),
        ("2011-02-30", "does not exist"),
        ("29.02.2011", "does not exist"),
        ("29.02.12", "is text"),
        ("yesterday", "is text"),
        (20110102, "is a number, not a date"),
        (-1, "is no date"),
        (True, "is no date"),
        (dt.time(12), "is no date"),
    ],
)
def test_what_is_no_date_is_an_error(sales, value, message):
    table = sales([["Date"], [value]])
    [problem] = table.problems
    assert message in problem.message
    assert problem.rows == (4,)
    assert table.frame["date"].isna().all()


def test_ids_that_a_sheet_has_spoilt_are_errors(sales):
    table = sales([["Date", "Product", "Order"], [DAY, DAY, 12345678901234567890]])
    assert ["is a date" in p.message for p in found(table.problems, "Product")] == [True]
    assert ["more digits" in p.message for p in found(table.problems, "Order")] == [True]


def test_errors_and_formulas_without_a_value_are_no_blanks(tmp_path):
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Sales")
    for row, quantity in enumerate(["#DIV/0!", "", 3, "#N/A"]):
        sheet.write(1 + row, 0, DAY, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula(1 + row, 1, "=1/C1", None, quantity)
        sheet.write_formula(1 + row, 2, '=IF(A1="","",B1)', None, quantity)
    sheet.write_blank(3, 2, None)
    sheet.add_table(0, 0, 4, 2, {"name": "Sales", "columns": [{"header": h} for h in ("Date", "Quantity", "Customer")]})
    book.close()
    # a formula that gave "" is no formula without a value
    _replace(path, "xl/worksheets/sheet1.xml", b'<c r="C3"><f>', b'<c r="C3" t="str"><f>')
    table = read_book(path).tables["Sales"]
    values = {(p.place.column, p.place.row): p.value or p.message for p in table.problems}
    assert values == {
        ("Quantity", 2): "#DIV/0!",
        ("Quantity", 3): "the formula was never calculated",
        ("Quantity", 5): "#N/A",
        ("Customer", 2): "#DIV/0!",
        ("Customer", 5): "#N/A",
    }
    assert {p.level for p in table.problems} == {"error"}
    assert table.frame["quantity"].tolist()[2] == 3


def _replace(path, member, old, new):
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert old in parts[member]
    parts[member] = parts[member].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)


CELLS = st.one_of(
    st.none(),
    st.floats(-1e12, 1e12),
    st.integers(-(10**6), 10**6).map(float),
    st.booleans(),
    st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2100, 1, 1)).map(lambda d: d.replace(microsecond=0)),
    st.sampled_from(
        ["007", "NA", "n/a", "12,50", "5%", "01/02/2011", "2011-01-02", "TRUE", "=1+1", " x ", "line", "#N/A"]
    ),
    st.text("ab 1.,-é", min_size=1, max_size=6),
)


@given(st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_cell_is_in_the_frame_or_in_a_problem(tmp_path, rows):
    """Over columns of every kind, whatever they hold."""
    tables = {
        "Sales": ["Date", "Customer", "Quantity"],
        "Offers": ["Product", "Price", "Accepted"],
        "CostPools": ["Pool", "Amount", "Level"],
        "Surveys": ["Comment", "Recommend", "Satisfaction"],
    }
    path = tmp_path / "mixed.xlsx"
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for name, headers in tables.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for j in range(3):
                value = row[(j + len(name)) % 6]
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(i + 1, j, value, date)
                elif isinstance(value, str):
                    sheet.write_string(i + 1, j, value)
                elif value is not None:
                    sheet.write(i + 1, j, value)
        columns = [{"header": header} for header in headers]
        sheet.add_table(0, 0, len(rows), 2, {"name": name, "columns": columns})
    book.close()
    read = read_book(path)
    for name, headers in tables.items():
        table = read.tables[name]
        position = {row: i for i, row in enumerate(table.rows.tolist())}
        for i, row in enumerate(rows):
            written = [row[(j + len(name)) % 6] for j in range(3)]
            if all(value is None for value in written):
                assert i + 2 not in position
                continue
            for header, value in zip(headers, written, strict=True):
                kept = table.values(table.schema.column(header).name)[position[i + 2]]
                reported = any(i + 2 in p.rows for p in found(table.problems, header))
                if value is not None and not reported:
                    assert _same(value, kept), (header, value, kept)
                if reported:
                    assert pd.isna(kept)


def _same(written, read):
    """Whether a value read is what stands in the cell, in the type of the column."""
    if isinstance(read, np.datetime64):
        if isinstance(written, str):
            written = dt.datetime.fromisoformat(written)
        if isinstance(written, float):
            written = dt.datetime(1899, 12, 30 if written >= 60 else 31) + dt.timedelta(days=written)
        return abs(written - read.astype(object)) <= dt.timedelta(milliseconds=500)
    if isinstance(read, float):
        return type(written) is float and read == float(f"{written:.16g}")
    if isinstance(read, bool):
        return written in (read, float(read)) or str(written).strip().casefold() == str(read).casefold()
    if isinstance(written, bool):
        return read == str(written).upper()
    if isinstance(written, float):
        return float(read) == float(f"{written:.16g}") and ("." not in read or not written.is_integer())
    if isinstance(written, dt.datetime):
        return dt.datetime.fromisoformat(read) == written
    return read == written or read.casefold() == written.strip().casefold()


def test_many_wrong_values_are_grouped_and_none_is_lost(sales):
    table = sales([["Date", "Quantity"], *[[DAY, f"x{i % 120}"] for i in range(360)]])
    assert len(table.problems) == 51
    assert table.problems[0].rows == (4, 124, 244)
    assert "69 more values" in table.problems[-1].message
    assert sorted(row for p in table.problems for row in p.rows) == list(range(4, 364))


# --- where the table lies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [(1, 1), (4, 1), (10, 30)])
def test_a_table_lies_anywhere(sales, at):
    table = sales([["Quantity", "Date"], [1, DAY], [2, DAY]], at=at)
    assert table.frame["quantity"].tolist() == [1, 2]
    assert table.rows.tolist() == [at[0] + 1, at[0] + 2]


def test_blank_rows_are_counted_and_hidden_rows_count(sales):
    def hide(book):
        book["Sales"].row_dimensions[4].hidden = True

    table = sales([["Date", "Quantity"], [DAY, 1], [None, None], [DAY, 2], [None, None]], edit=hide)
    assert table.frame["quantity"].tolist() == [1, 2]
    assert table.rows.tolist() == [4, 6]
    assert table.blank_rows == 2


def test_the_totals_row_is_no_data(sales):
    def total(book):
        table = book["Sales"].tables["Sales"]
        table.totalsRowCount = 1

    table = sales([["Date", "Quantity"], [DAY, 1], [DAY, 2], ["Total", 3]], edit=total)
    assert table.frame["quantity"].tolist() == [1, 2]
    assert not table.problems


def test_rows_below_the_table_are_said_to_be_left_out(sales):
    rows = [["Date", "Quantity"], [DAY, 1], [DAY, 2], [DAY, 3], [None, None], [DAY, 4]]
    table = sales(rows, extent=1)
    assert table.frame["quantity"].tolist() == [1]
    [problem] = table.problems
    assert (problem.level, problem.rows) == ("error", (5, 6))
    assert "B3:C6" in problem.remedy


def test_a_note_below_the_table_is_only_a_warning(sales):
    [problem] = sales([["Date", "Quantity"], [DAY, 1], ["Sum", 1]], extent=1).problems
    assert problem.level == "warning"


def test_merged_cells_are_an_error(sales):
    table = sales([["Date", "Customer"], [DAY, "a"], [DAY, None]], edit=lambda book: book["Sales"].merge_cells("C4:C5"))
    [problem] = table.problems
    assert (problem.level, problem.value, problem.place.row) == ("error", "C4:C5", 4)


@pytest.mark.parametrize("rows", [[["Date", "Quantity"]], [["Date", "Quantity"], [None, None]]])
def test_an_empty_sales_table_says_so(sales, rows):
    table = sales(rows)
    assert len(table.frame) == 0
    assert str(table.frame["date"].dtype) == "datetime64[s]"
    assert ["is empty" in p.message for p in found(table.problems, level="error")] == [True]


def test_only_sales_must_be_there(tmp_path):
    path = workbook(tmp_path / "book.xlsx", {"Customers": [["Customer"], ["a"]], "Other": [["x"], [1]]})
    book = read_book(path)
    assert set(book.tables) == {"Customers"}
    [problem] = book.problems
    assert (problem.level, problem.place.table) == ("error", "Sales")


def test_only_the_tables_asked_for_are_read(tmp_path):
    path = workbook(tmp_path / "book.xlsx", {"Customers": [["Customer"], ["a"]], "Sales": [["Date"], [DAY]]})
    assert set(read_book(path, ["customers"]).tables) == {"Customers"}
    assert read_book(path, ["customers"]).problems == []


def test_a_table_under_another_name_is_read_with_a_warning(sales):
    table = sales([["Date", "Quantity"], [DAY, 1]], named={"Sales": "Table1"})
    assert table.frame["quantity"].tolist() == [1]
    [problem] = table.problems
    assert (problem.level, problem.value) == ("warning", "Table1")


def test_a_sheet_whose_table_was_deleted_is_read_by_its_header(sales):
    def title(book):
        book["Sales"]["A1"] = "Sales of the year"

    table = sales([["Date", "Quantity"], [DAY, 1], [DAY, 2]], named={"Sales": None}, edit=title)
    assert table.frame["quantity"].tolist() == [1, 2]
    [problem] = table.problems
    assert problem.level == "warning"
    assert "B3:C5" in problem.remedy


def test_a_sheet_with_two_possible_headers_is_not_guessed(tmp_path):
    path = workbook(
        tmp_path / "book.xlsx", {"Sales": [["Date"], [DAY], [None], ["Date"], [DAY]]}, named={"Sales": None}
    )
    book = read_book(path)
    assert not book.tables
    assert ["could be told to be its header" in p.message for p in book.problems] == [True]


# --- headers ---------------------------------------------------------------------------------------------------------


def test_a_renamed_required_column_is_named(sales):
    table = sales([["Day of sale", "Quantity"], [DAY, 1]])
    [missing] = found(table.problems, "Date")
    assert (missing.level, "missing" in missing.message) == ("error", True)
    table = sales([["Datum", "Quantity"], [DAY, 1]])
    [missing] = found(table.problems, "Date")
    assert "'Datum'" in missing.remedy


def test_a_misspelt_column_is_an_error_and_an_own_one_a_warning(tmp_path):
    rows = [["Pool", "Amount", "Drver", "My remark"], ["IT", 1, "lines", "x"]]
    table = read_book(workbook(tmp_path / "book.xlsx", {"CostPools": rows}), ["CostPools"]).tables["CostPools"]
    assert [(p.level, p.value) for p in table.problems] == [("error", "Drver"), ("warning", "My remark")]
    assert list(table.frame) == ["pool", "amount"]


def test_an_own_column_of_sales_is_an_attribute_and_a_misspelt_one_an_error(sales):
    table = sales([["Date", "Quantty", "Campaign"], [DAY, 1, "x"]])
    assert [(p.level, p.value) for p in table.problems] == [("error", "Quantty")]
    assert list(table.frame) == ["date", "Campaign"]


def test_doubled_columns_are_an_error(sales):
    table = sales([["Date", "Net revenue", "net_revenue"], [DAY, 1, 2]])
    assert [(p.level, p.value) for p in table.problems] == [("error", "net_revenue")]
    assert table.frame["net_revenue"].tolist() == [1]


def test_further_columns_of_customers_are_attributes(tmp_path):
    rows = [["Customer", "Region", "Since"], [7, "North", 2011], ["8", None, DAY]]
    table = read_book(workbook(tmp_path / "book.xlsx", {"Customers": rows}), ["Customers"]).tables["Customers"]
    assert not table.problems
    assert table.frame["Region"].tolist() == ["North", None]
    assert table.frame["Since"].tolist() == ["2011", "2011-01-02"]


def test_required_cells_that_are_empty_are_named(sales):
    table = sales([["Date", "Quantity"], [DAY, 1], [None, 2], [None, 3]])
    [problem] = table.problems
    assert (problem.level, problem.rows, problem.place.column) == ("error", (5, 6), "Date")


# --- settings --------------------------------------------------------------------------------------------------------


def test_settings_are_typed_and_default(tmp_path):
    rows = [
        ["Setting", "Value"],
        ["tier shares", "33,3 %; 0.667"],
        ["Period start", "2011-02-01"],
        ["Horizon", None],
        ["Discount rate", None],
        ["Time unit", "Month"],
        ["Decimals", 0],
    ]
    book = read_book(workbook(tmp_path / "book.xlsx", {"Settings": rows}), ["Settings"])
    found = read_settings(book)
    assert found["tier_shares"] == "33.3%; 0.667"
    assert found["period_start"] == np.datetime64("2011-02-01")
    assert found["horizon"] is None
    assert found["discount_rate"] == 0.1
    assert (found["time_unit"], found["decimals"], found["currency"], found["p_l_by"]) == ("month", 0, "EUR", None)
    assert read_settings(read_book(workbook(tmp_path / "none.xlsx", {"Sales": [["Date"], [DAY]]})))["horizon"] == 52


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Required margin", 5, "out of bounds"),
        ("Required margin", "5%", "percentage stored as text"),
        ("Decimals", 1.5, "no whole number"),
        ("Period end", "01/02/2011", "ambiguous"),
        ("Time unit", "decade", "none of the words"),
        ("Tier shares", "20%; 70%", "sum to 90%"),
        ("Tier shares", "20%; 80%", "2 shares for 3"),
        ("Tier shares", "20%; x", "no share"),
        ("Tier share", "20%; 70%; 10%", "no setting"),
        ("Tier amounts", "1,000; 0", "no amount"),
    ],
)
def test_settings_that_cannot_be_are_named(tmp_path, name, value, message):
    book = read_book(
        workbook(tmp_path / "book.xlsx", {"Settings": [["Setting", "Value"], [name, value]]}), ["Settings"]
    )
    problems = settings_problems(book)
    assert any(message in p.message for p in problems)
    assert {p.place.row for p in problems} == {4}


def test_amounts_of_tiers_descend(tmp_path):
    rows = [["Setting", "Value"], ["Tier by", "amount"], ["Tier amounts", "0; 10000"]]
    book = read_book(workbook(tmp_path / "book.xlsx", {"Settings": rows}), ["Settings"])
    [problem] = settings_problems(book)
    assert "do not descend" in problem.message
    assert problem.place.row == 5
    rows = [["Setting", "Value"], ["Tier by", "amount"]]
    book = read_book(workbook(tmp_path / "other.xlsx", {"Settings": rows}), ["Settings"])
    assert ["0 amounts for 3 names" in problem.message for problem in settings_problems(book)] == [True]


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut off", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ole"])
def test_what_is_no_workbook_is_a_clear_error(tmp_path, content):
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    with pytest.raises(BookError) as raised:
        read_book(path)
    assert raised.value.remedy


def test_a_workbook_saved_by_libreoffice_reads_the_same(office, tmp_path):
    rows = [["Date", "Customer", "Quantity"], [DAY, "007", 1.5], [DAY, "=1+1", "=1/0"], [DAY, 5, "n/a"]]
    path = office(workbook(tmp_path / "book.xlsx", {"Sales": rows}), "xlsx")
    table = read_book(path).tables["Sales"]
    assert table.frame["customer"].tolist() == ["007", "2", "5"]
    assert table.frame["date"].tolist() == [pd.Timestamp(DAY)] * 3
    assert [(p.place.row, p.value) for p in found(table.problems, "Quantity")] == [(6, "n/a"), (5, "#DIV/0!")]


def test_openpyxl_keeps_what_was_read(tmp_path):
    """The same cells through another reader, which types nothing."""
    rows = [["Date", "Customer", "Net revenue"], *[[DAY, f"c{i}", i / 7] for i in range(50)]]
    path = workbook(tmp_path / "book.xlsx", {"Sales": rows})
    sheet = openpyxl.load_workbook(path)["Sales"]
    table = read_book(path).tables["Sales"]
    assert table.frame["net_revenue"].tolist() == [sheet.cell(int(row), 4).value for row in table.rows]


# --- cells that look empty -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_hidden_cells_in_any_spelling(prefix):
    xml = """<p:worksheet xmlns="m"><p:sheetData><p:row r="2">
<p:c r="A2" t="e"><p:f>1/0</p:f><p:v>#DIV/0!</p:v></p:c>
<p:c r="B2"><p:f>1+1</p:f></p:c>
<p:c r="C2"><p:f>1</p:f><p:v></p:v></p:c>
<p:c r="D2"><p:f>1</p:f><p:v/></p:c>
<p:c r="E2"><p:f t="shared" si="0"/></p:c>
<p:c r="F2" t="str"><p:f>""</p:f><p:v></p:v></p:c>
<p:c r="G2"><p:f>1</p:f><p:v>1</p:v></p:c>
<p:c r="AA2" s="1"/><p:c r="AB2"><p:v>5</p:v></p:c></p:row>
<p:row r="10"><p:c r="B10" t="e"><p:v>#N/A</p:v></p:c></p:row></p:sheetData></p:worksheet>"""
    xml = xml.replace("p:", prefix).encode()
    uncalculated = {(2, column): NOT_CALCULATED for column in (2, 3, 4, 5)}
    assert hidden_cells(xml) == {(2, 1): "#DIV/0!", (10, 2): "#N/A"} | uncalculated


def test_hidden_cells_without_addresses():
    xml = (
        b"<worksheet><sheetData><row><c><v>1</v></c></row><row><c><v>1</v></c><c><f>A1</f></c>"
        b'<c t="e"><v>#REF!</v></c></row></sheetData></worksheet>'
    )
    assert hidden_cells(xml) == {(2, 2): NOT_CALCULATED, (2, 3): "#REF!"}


def test_a_text_that_looks_like_a_mark_is_no_error():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True})
    book.add_worksheet().write_column(0, 0, ['t="e"', "<v></v>", "/></c>"])
    book.close()
    with zipfile.ZipFile(buffer) as package:
        assert hidden_cells(package.read("xl/worksheets/sheet1.xml")) == {}
