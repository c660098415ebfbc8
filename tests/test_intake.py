"""Import: what each row of a file becomes, or why it is rejected; nothing dropped, nothing guessed silently."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import re
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvm_xl.book.files import previous_of
from cvm_xl.book.read import read_book
from cvm_xl.book.schema import table
from cvm_xl.errors import BookError
from cvm_xl.figures import APART
from cvm_xl.intake import import_table, read_source, understand
from cvm_xl.intake.texts import Dates, decimal_mark, number
from workbooks import workbook

SALES = table("Sales")
DAY = dt.datetime(2011, 1, 2)


@pytest.fixture
def read(tmp_path):
    """`read(text)`: what is understood of a CSV with these lines for the table Sales."""

    def make(text, name="sales.csv", encoding="utf-8", into="Sales", mapping=None, **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return understand(read_source(path), table(into), mapping, **options)

    return make


@pytest.fixture
def book(tmp_path):
    """A workbook with an empty Sales table, and Customers."""
    headers = [column.header for column in SALES]
    tables = {"Sales": [headers], "Customers": [["Customer", "Segment", "Region"], ["a", "s", "N"]]}
    return workbook(tmp_path / "book.xlsx", tables, at=(1, 1))


def tolist(values):
    return [None if value is pd.NaT or value != value else value for value in values.tolist()]


# --- CSV -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8-sig", ""), ("utf-8", ""), ("cp1252", "cp1252"), ("utf-16", "16")]
)
def test_delimiter_and_encoding_are_recognised(read, delimiter, encoding, said):
    rows = [["Date", "Customer", "Quantity"], ["2011-01-02", "Müller & Söhne", "3"], ["2011-01-03", "NA", "-4"]]
    found = read("\r\n".join(delimiter.join(row) for row in rows), encoding=encoding)
    assert found.values["Customer"].tolist() == ["Müller & Söhne", "NA"]
    assert found.values["Quantity"].tolist() == [3, -4]
    assert said in " ".join(found.source.notes)
    assert found.source.notes[0].startswith("delimiter")


def test_text_stays_as_it_is(read):
    found = read(
        'Date,Customer,Product,Order\n2011-01-02,007,NA,=1+1\n2011-01-02,1e5, x ,"a,""b"""\n2011-01-02,,null,-1\n'
    )
    assert found.values["Customer"].tolist() == ["007", "1e5", None]
    assert found.values["Product"].tolist() == ["NA", " x ", "null"]
    assert found.values["Order"].tolist() == ["=1+1", 'a,"b"', "-1"]
    assert not found.rejected


def test_numbers_of_a_table_with_gaps_are_ids_again(read):
    found = read("Date,CustomerID\n2011-01-02,17850.0\n2011-01-02,\n2011-01-02,13047.0\n")
    assert found.values["Customer"].tolist() == ["17850", None, "13047"]
    assert "17850.0 were read as 17850" in found.columns[1].note


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["12.50", "1,234", "-3", "1e3"], [12.5, 1234, -3, 1000]),
        (["12,50", "1.234", "-3", ""], [12.5, 1234, -3, None]),
        (["1.234,5", "7"], [1234.5, 7]),
        (["1 234.5", "€ 7", "7.25 €", "(8.5)", "9-"], [1234.5, 7, 7.25, -8.5, -9]),
        (["1'234.50", "1\u00a0000.5"], [1234.5, 1000.5]),
    ],
)
def test_numbers_as_text(read, texts, values):
    found = read("Date;Net revenue\n" + "\n".join(f"2011-01-02;{text}" for text in texts))
    assert not found.rejected
    assert tolist(found.values["Net revenue"]) == values


@pytest.mark.parametrize(("delimiter", "value"), [(";", 1234), (",", 1.234)])
def test_a_mark_that_nothing_tells_is_stated(read, delimiter, value):
    found = read(f"Date{delimiter}Net revenue\n2011-01-02{delimiter}1.234\n")
    assert found.values["Net revenue"].tolist() == [value]
    assert "no number tells" in found.preview()


def test_mixed_marks_are_rejected_not_guessed(read):
    found = read("Date;Net revenue\n2011-01-02;1.5\n2011-01-02;2.5\n2011-01-02;2,50\n")
    assert found.values["Net revenue"].tolist() == [1.5, 2.5]
    assert list(found.rejected) == [2]
    assert "mixed" in found.preview()


def test_a_percentage_is_a_share_and_no_amount(read):
    found = read("Date,Discount,Net revenue\n2011-01-02,5.1%,1\n2011-01-02,0.05,2\n2011-01-02,0,5%\n")
    assert found.values["Discount"].tolist() == [0.051, 0.05]
    assert "percentage" in found.rejected[2]


@pytest.mark.parametrize(
    ("header", "cells", "values"),
    [
        ("Rabatt %", "5 0 12,5", [0.05, 0, 0.125]),
        ("Discount", "5 0 1", [5, 0, 1]),
        ("Rabatt %", "0,05 0 1", [0.05, 0, 1]),
    ],
)
def test_shares_in_percent_are_told_by_their_header(read, header, cells, values):
    lines = "\n".join(f"2011-01-0{i};a;{cell}" for i, cell in enumerate(cells.split(), 1))
    done = read(f"Date;Customer;{header}\n{lines}", mapping={"Discount": header})
    assert done.values["Discount"].tolist() == pytest.approx(values)
    assert ("read as percent" in done.preview()) == (max(values) < 1)


def test_columns_that_could_be_kept_are_named_with_the_way_to_do_it(read):
    said = read("Customer,Account owner,Region\na,Bo,N", into="Customers").preview()
    assert "not used: Account owner, Region" in said
    assert "--map 'Account owner=Account owner'" in said


def test_german_headers_of_ledgers_are_known(read):
    done = read("Belegdatum;Kunde;Netto;Beleg\n2011-01-02;a;5;R1")
    assert list(done.values) == ["Date", "Customer", "Net revenue", "Order"]


def test_rejected_rows_say_every_reason(read):
    rows = [
        "Date,Quantity,List price",
        *["2011-01-02,1,2"] * 1500,
        "x,n/a,2",
        ",1,2",
        "2011-01-02,1",
        "2011-01-02,1,2,3",
    ]
    found = read("\n".join([*rows, "", ",,", "2011-01-02,7,2"]))
    assert found.rows == 1501
    assert found.blank_rows == 2
    assert found.rejected == {
        1500: "Date 'x' is no date; Quantity 'n/a' is text where a number belongs",
        1501: "Date is empty",
        1502: "has 2 fields instead of 3: ['2011-01-02', '1']",
        1503: "has 4 fields instead of 3: ['2011-01-02', '1', '2', '3']",
    }
    assert found.values["Quantity"][-1] == 7
    assert "row 1502: Date 'x' is no date" in found.preview()


def test_words_and_flags_are_matched(read):
    found = read("Product,Price,Accepted\np,1,yes\np,2,FALSE\np,3,1\np,4,maybe\n", into="Offers")
    assert found.values["Accepted"].tolist() == [True, False, True]
    assert list(found.rejected) == [3]
    found = read("Pool,Amount,Level\nx,1,Touch-Point\nx,2,galaxy\n", into="CostPools")
    assert found.values["Level"].tolist() == ["touch-point"]
    assert "'galaxy' is none of line" in found.rejected[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03binary", "neither text nor Parquet"),
        (b"2011-01-02,5\n2011-01-03,6\n", "holds data, not names"),
        (b"Sales 2011;;\nDate;Customer;Net revenue\n", "holds a title, not names"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password or an old .xls"),
        (b"a,b\n1,2\n", "known to be Date"),
        (b"Date;Net revenue\n", "not used"),
    ],
)
def test_files_that_cannot_be_used(read, content, message):
    if message == "not used":
        assert read(content).rows == 0
        return
    with pytest.raises(BookError, match=message) as raised:
        read(content)
    assert raised.value.remedy


# --- numbers and dates as text ---------------------------------------------------------------------------------------


@given(st.floats(-1e15, 1e15).map(lambda x: round(x, 4)), st.sampled_from([".", ","]), st.booleans())
def test_a_number_written_in_either_way_is_read_back(value, mark, thousands):
    text = f"{value:,.4f}" if thousands else f"{value:.4f}"
    if mark == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    assert number(text, mark) == float(f"{value:.4f}")
    assert decimal_mark([text], ".")[0] == mark


@given(st.text("0123456789.,-+e% ()", max_size=8))
def test_no_text_is_taken_for_another_number(text):
    """What is read with a decimal point is what Python reads, once grouping and signs are spelt its way."""
    value = number(text, ".")
    try:
        plain = float(text)
    except ValueError:
        return
    assert value == plain or value is None


@given(
    st.lists(st.dates(dt.date(1981, 1, 1), dt.date(2060, 12, 31)), min_size=1, max_size=20),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d-%b-%Y", "%b %d, %Y", "%Y%m%d"]),
)
def test_dates_are_read_in_their_order_or_asked_for(days, form):
    texts = [day.strftime(form) for day in days]
    dates = Dates(texts)
    if dates.unclear:
        assert "/" in form
        assert all(day.day <= 12 for day in days)
        dates = Dates(texts, "dmy" if form == "%d/%m/%Y" else "mdy")
    assert not dates.clash
    if form.startswith("%m/") and dates.order == "dmy":  # nothing tells: all days equal their months
        assert all(day.day == day.month for day in days)
    assert [dates.read(text) for text in texts] == [np.datetime64(day, "s") for day in days]


@pytest.mark.parametrize("dates", [None, "dmy", "mdy", "ymd"])
def test_an_unclear_order_is_an_error_that_asks(read, dates):
    text = "Date,Quantity\n01/02/11,1\n03/04/05,2\n"
    if dates is None:
        with pytest.raises(BookError, match="cannot be told") as raised:
            read(text)
        assert "--dates dmy" in raised.value.remedy
        assert raised.value.value == "01/02/11"
        return
    wanted = {
        "dmy": ["2011-02-01", "2005-04-03"],
        "mdy": ["2011-01-02", "2005-03-04"],
        "ymd": ["2001-02-11", "2003-04-05"],
    }
    assert read(text, dates=dates).values["Date"].astype("datetime64[D]").astype(str).tolist() == wanted[dates]


def test_orders_that_clash_are_an_error(read):
    with pytest.raises(BookError, match="differs between rows") as raised:
        read("Date\n13/02/2011\n02/13/2011\n")
    assert raised.value.value == "13/02/2011 and 02/13/2011"
    assert list(read("Date\n13/02/2011\n02/13/2011\n", dates="dmy").rejected) == [1]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12/1/2010 8:26", "2010-12-01T08:26:00"),
        ("12/13/2010 1:05:07 PM", "2010-12-13T13:05:07"),
        ("2010-12-01T08:26:00.123Z", "2010-12-01T08:26:00"),
        ("2010-12-01 08:26:00+01:00", "2010-12-01T08:26:00"),
        ("20101201", "2010-12-01T00:00:00"),
        ("1 December 2010", "2010-12-01T00:00:00"),
        ("Dec 1, 2010", "2010-12-01T00:00:00"),
    ],
)
def test_moments(text, moment):
    assert str(Dates([text], "mdy").read(text)) == moment


@pytest.mark.parametrize(
    "text", ["40545", "2011-02-30", "2011-13-01", "12:30", "31/31/2011", "1/2", "2011-01-01 25:00"]
)
def test_what_is_no_moment(text):
    assert Dates([text], "dmy").read(text) is None


# --- which column feeds which ----------------------------------------------------------------------------------------


def test_own_names_go_before_synonyms_and_mapping_before_both(read):
    text = "InvoiceDate,day,UNIT PRICE,price,Qty\n2011-01-02,2012-01-02,1,2,3\n"
    found = read(text)
    assert {fed.column.header: fed.source for fed in found.columns} == {
        "Date": "InvoiceDate",
        "List price": "UNIT PRICE",
        "Quantity": "Qty",
    }
    assert found.unused == ["day", "price"]
    found = read(text, mapping={"date": "Day", "list_price": "price", "Net revenue": "price"})
    assert {fed.column.header: fed.source for fed in found.columns} == {
        "Date": "day",
        "List price": "price",
        "Net revenue": "price",
        "Quantity": "Qty",
    }


@pytest.mark.parametrize(
    ("mapping", "message", "remedy"),
    [
        ({"Quantty": "n"}, "no column 'Quantty'", "'Quantity'"),
        ({"Quantity": "m"}, "no column 'm'", "Date, n"),
        ({"Date": "Dat"}, "no column 'Dat'", "'Date'"),
    ],
)
def test_unknown_names_in_the_mapping(read, mapping, message, remedy):
    with pytest.raises(BookError, match=message) as raised:
        read("Date,n\n2011-01-02,1\n", mapping=mapping)
    assert remedy in raised.value.remedy


def test_a_header_that_stands_twice_or_is_missing(read):
    found = read(
        "Date,Quantity,Quantity,\n2011-01-02,1,2,3\n", mapping={"Net revenue": "Quantity (2)", "Order": "column D"}
    )
    assert found.values["Quantity"].tolist() == [1]
    assert found.values["Net revenue"].tolist() == [2]
    assert found.values["Order"].tolist() == ["3"]
    assert "stands twice" in found.preview()


# --- Parquet and xlsx ------------------------------------------------------------------------------------------------


def test_parquet_keeps_its_types(tmp_path):
    path = tmp_path / "sales.parquet"
    frame = pd.DataFrame(
        {
            "InvoiceDate": pd.to_datetime(["2011-01-02 10:00", "2011-01-03 00:00", None]).tz_localize("Europe/Berlin"),
            "CustomerID": pd.array([17850, None, 5], dtype="Int64"),
            "StockCode": pd.Categorical(["007", "NA", ""]),
            "Quantity": [1.5, float("inf"), 2],
            "Net revenue": [decimal.Decimal("1.10"), decimal.Decimal("2.20"), None],
            "Order": [1.0, 2.5, None],
        }
    )
    frame.to_parquet(path)
    found = understand(read_source(path), SALES)
    assert found.rejected == {1: "Quantity 'inf' is no finite number", 2: "InvoiceDate is empty"}
    assert {header: tolist(values) for header, values in found.values.items()} == {
        "Date": [dt.datetime(2011, 1, 2, 10)],
        "Customer": ["17850"],
        "Product": ["007"],
        "Quantity": [1.5],
        "Net revenue": [1.1],
        "Order": ["1"],
    }


def test_parquet_without_pyarrow_names_the_remedy(tmp_path, monkeypatch):
    path = tmp_path / "sales.parquet"
    path.write_bytes(b"PAR1xxxxPAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BookError, match="needs pyarrow") as raised:
        read_source(path)
    assert "cvm-xl[parquet]" in raised.value.remedy


def test_xlsx_cells_keep_their_types_and_errors_are_rejected(tmp_path):
    rows = [
        ["Day", "Kunde", "Menge"],
        [DAY, "007", 1],
        [DAY, 12345, "=1/0"],
        [DAY, "NA", "12,50"],
        ["01/02/2011", "x", 2],
        [None, None, None],
        ["2011-01-05", None, 3],
    ]
    path = workbook(tmp_path / "export.xlsx", {"Any": rows}, named={"Any": None})
    found = understand(read_source(path), SALES)
    assert found.values["Customer"].tolist() == ["007", None]
    assert found.values["Quantity"].tolist() == [1, 3]
    assert {found.row(i): why for i, why in found.rejected.items()} == {
        5: "Menge was never calculated",
        6: "Menge '12,50' is a number stored as text",
        7: "Day '01/02/2011' is ambiguous text: day and month cannot be told apart",
    }
    assert found.blank_rows == 1


def test_of_a_workbook_the_table_of_that_name_or_the_sheet_asked_for(tmp_path):
    tables = {"First": [["Date", "Quantity"], [DAY, 1]], "Sales": [["Date", "Quantity"], [DAY, 2]]}
    path = workbook(tmp_path / "export.xlsx", tables)
    assert understand(read_source(path, table="Sales"), SALES).values["Quantity"].tolist() == [2]
    assert understand(read_source(path, sheet="First"), SALES).values["Quantity"].tolist() == [1]
    assert understand(read_source(path), SALES).values["Quantity"].tolist() == [1]
    with pytest.raises(BookError, match="no sheet 'Third'"):
        read_source(path, sheet="Third")


# --- into the workbook -----------------------------------------------------------------------------------------------


def test_what_is_imported_is_read_back(book, tmp_path):
    source = tmp_path / "sales.csv"
    source.write_text('day,sku,menge,Net revenue,kunde\n31.12.2010,007,2,=1+1,a\n01.01.2011,-x,3,"1.234,50",@b\n,,,,\n')
    done = import_table(book, "sales", source)
    assert (done.rows, done.kept) == (1, 0)
    with done.rejected_path.open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.reader(file))
    assert done.rejected_path.name == "sales.csv.rejected.csv"
    assert rejected == [
        ["day", "sku", "menge", "Net revenue", "kunde", "row", "reason"],
        ["31.12.2010", "007", "2", "'=1+1", "a", "2", "Net revenue '=1+1' is text where a number belongs"],
    ]
    sales = read_book(book).tables["Sales"]
    assert not [p for p in sales.problems if p.level == "error"]
    assert sales.frame[["date", "customer", "product", "quantity", "net_revenue"]].values.tolist() == [
        [pd.Timestamp(2011, 1, 1), "@b", "-x", 3.0, 1234.5]
    ]
    assert previous_of(book).exists()


def test_importing_again_replaces_and_appending_adds(book, tmp_path):
    source = tmp_path / "sales.csv"
    source.write_text("Date,Customer,Quantity\n2011-01-01,a,1\n2011-01-02,b,2\n")
    import_table(book, "Sales", source)
    import_table(book, "Sales", source)
    source.write_text("Date,Product,Quantity\n2011-01-03,p,3\n")
    done = import_table(book, "Sales", source, append=True)
    assert (done.rows, done.kept) == (3, 2)
    frame = read_book(book).tables["Sales"].frame
    assert frame["quantity"].tolist() == [1, 2, 3]
    assert frame["customer"].tolist() == ["a", "b", None]
    assert frame["product"].tolist() == [None, None, "p"]


def test_appending_to_rows_with_errors_is_refused(tmp_path):
    book = workbook(tmp_path / "book.xlsx", {"Sales": [["Date", "Quantity"], [DAY, "n/a"]]})
    before = book.read_bytes()
    source = tmp_path / "sales.csv"
    source.write_text("Date,Quantity\n2011-01-01,1\n")
    with pytest.raises(BookError, match="have errors"):
        import_table(book, "Sales", source, append=True)
    assert book.read_bytes() == before


def test_own_columns_of_customers_can_be_fed(book, tmp_path):
    source = tmp_path / "customers.csv"
    source.write_text("customer id,segment,REGION,Owner\nx,s1,North,Ann\ny,s2,,Bob\n")
    import_table(book, "Customers", source, {"Owner": "Owner"})
    customers = read_book(book).tables["Customers"].frame
    assert customers["Region"].tolist() == ["North", None]
    assert customers["Owner"].tolist() == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("name", "message"), [("Tiers", "filled by a refresh"), ("Foo", "no table 'Foo'"), ("Products", "has no table")]
)
def test_tables_that_cannot_be_filled(book, tmp_path, name, message):
    source = tmp_path / "x.csv"
    source.write_text("Product\np\n")
    before = book.read_bytes()
    with pytest.raises(BookError, match=message) as raised:
        import_table(book, name, source)
    assert raised.value.remedy
    assert book.read_bytes() == before


def test_a_file_without_a_usable_row_changes_nothing(book, tmp_path):
    source = tmp_path / "x.csv"
    source.write_text("Date,Quantity\nx,1\n")
    before = book.read_bytes()
    with pytest.raises(BookError, match="no row") as raised:
        import_table(book, "Sales", source)
    assert "Row 2: Date 'x' is no date" in raised.value.remedy
    assert book.read_bytes() == before


def test_online_retail_is_taken_completely(data):
    found = understand(read_source(data / "online_retail.parquet"), SALES)
    assert (found.rows, found.rejected, found.unused) == (541_909, {}, ["Description", "Country"])
    net = found.values["Quantity"] * found.values["List price"]
    customers = found.values["Customer"]
    assert round(net.sum(), 2) == 9_747_747.93
    assert round(net[pd.isna(customers)].sum(), 2) == 1_447_682.12
    assert len(pd.unique(customers[pd.notna(customers)])) == 4_372
    assert {"POST", "DOT", "M", "AMAZONFEE", "BANK CHARGES", "85123A"} <= set(found.values["Product"])
    assert found.values["Date"].min() == np.datetime64("2010-12-01T08:26")


def test_a_sheet_without_headers_is_refused(tmp_path):
    path = workbook(tmp_path / "export.xlsx", {"Any": [[2010, 20], [2011, 30]]}, named={"Any": None})
    with pytest.raises(BookError, match="holds data") as raised:
        read_source(path)
    assert raised.value.value == "2010, 20"


def test_settings_are_set_by_their_names_and_the_others_stay(tmp_path):
    from cvm_xl.book.settings import settings
    from cvm_xl.new import new

    path = tmp_path / "book.xlsx"
    new(path)
    before = read_book(path, ["Settings"]).tables["Settings"].frame
    source = tmp_path / "settings.csv"
    source.write_text("setting,value\ncurrency,GBP\nP&L by,Country\nRequired margin,0.25\n", encoding="utf-8")
    done = import_table(path, "Settings", source)
    assert done.remarks == ()
    book = read_book(path, ["Settings"])
    after = book.tables["Settings"].frame
    assert list(after["setting"]) == list(before["setting"])
    assert list(after["meaning"]) == list(before["meaning"])
    found = settings(book)
    assert (found["currency"], found["p_l_by"], found["required_margin"], found["horizon"]) == (
        "GBP",
        "Country",
        0.25,
        52,
    )


# --- what others may put into a file -----------------------------------------------------------------------------


def test_rejected_rows_are_no_formulas_and_come_back_as_they_were(book, tmp_path):
    """Excel opens the file of rejected rows: nothing in it is run; numbers stay numbers."""
    file = tmp_path / "lines.csv"
    names = ["=cmd|' /C calc'!A0", "@SUM(1)", "-cmd|x", "+1-1 x", "\tx", "'quoted'", "plain"]
    lines = [f'2024-02-31,"{name}",-1,+2,x' for name in names]
    file.write_text("\n".join(["Date,Customer,Quantity,List price,-Land", "2024-01-31,A,1,2,x", *lines]))
    rejected = import_table(book, "Sales", file).rejected_path
    assert read_source(rejected).headers[:5] == read_source(file).headers
    text = rejected.read_text("utf-8-sig")
    for line, name in zip(text.splitlines()[1:], names, strict=True):
        cells = next(csv.reader([line]))
        assert cells[2:4] == ["-1", "+2"]
        assert cells[1] == (name if name[0] in "'p" else f"'{name}")
        assert not any(re.match(r"[=@\t]|[-+]\D", cell) for cell in cells)
    rejected.write_text(text.replace("02-31", "02-28"), encoding="utf-8-sig")
    import_table(book, "Sales", rejected)
    there = read_book(book, ["Sales"]).tables["Sales"].values("customer")
    assert [str(name) for name in there] == names


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Date,Customer,Quantity" + b",x" * 100_000, "100 003 columns, a sheet 16 384"),
        (b"\xff\xfeD\x00a\x00t", "damaged UTF-16"),
        (b'Date,Customer,Quantity\n2024-05-01,"A,1\n' + b"2024-05-01,B,1\n" * 10_000, "fields instead of 3"),
    ],
)
def test_files_that_are_no_tables_are_refused_in_few_words(book, tmp_path, content, words):
    file = tmp_path / "lines.csv"
    file.write_bytes(content)
    with pytest.raises(BookError) as caught:
        import_table(book, "Sales", file)
    said = str(caught.value).replace(APART, " ")
    assert words in said
    assert len(said) < 600


def test_a_preview_steers_no_terminal(book, tmp_path):
    file = tmp_path / "lines.csv"
    file.write_text("Date,Customer,Quantity,List price\n2024-01-31,\x1b]0;x\x07A,1,2\n")
    assert "\\x1b]0;x\\x07A" in import_table(book, "Sales", file).preview()
