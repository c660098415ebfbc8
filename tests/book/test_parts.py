"""What the parts of a workbook say, whichever program saved it; and addresses in formulas."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter
from donors import donor, saved
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table

from cvm_xl.book import parts
from cvm_xl.book.addresses import Area, area, column_number, letters
from cvm_xl.book.extent import Extent
from cvm_xl.book.formulas import mentions, moved, relative, whole_columns
from cvm_xl.book.package import Package
from cvm_xl.errors import BookError


def by_openpyxl() -> Package:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Müller & Söhne"
    sheet.append(["Key", "Line\nbreak"])
    sheet.append(["a", 1])
    sheet.add_table(Table(displayName="Mine", ref="A1:B2"))
    hidden = book.create_sheet("Hidden")
    hidden.sheet_state = "veryHidden"
    hidden.defined_names["Here"] = DefinedName("Here", attr_text="Hidden!$A$1")
    book.defined_names["There"] = DefinedName("There", attr_text="Hidden!$B$2", hidden=True)
    book.create_chartsheet("Chart")
    buffer = io.BytesIO()
    book.save(buffer)
    return Package(buffer.getvalue())


def test_sheets_tables_and_names():
    package = by_openpyxl()
    assert [(s.name, s.state, s.kind) for s in parts.sheets(package)] == [
        ("Müller & Söhne", "visible", "worksheet"),
        ("Hidden", "veryHidden", "worksheet"),
        ("Chart", "visible", "chartsheet"),
    ]
    (table,) = parts.tables(package)
    assert (table.name, table.sheet.name, table.columns) == ("Mine", "Müller & Söhne", ("Key", "Line\nbreak"))
    assert (str(table.area), str(table.data), table.header_rows, table.totals_rows) == ("A1:B2", "A2:B2", 1, 0)
    assert parts.table_named(package, "MINE") == table
    assert {(n.name, n.text, n.sheet, n.hidden) for n in parts.defined_names(package)} == {
        ("Here", "Hidden!$A$1", "Hidden", False),
        ("There", "Hidden!$B$2", None, True),
    }
    assert not parts.date1904(package)


def test_formulas_of_columns_totals_and_calendar():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"date_1904": True}) as book:
        columns = [{"header": "V", "total_function": "sum"}, {"header": "D", "formula": "=T[[#This Row],[V]]*2"}]
        book.add_worksheet().add_table("B3:C6", {"name": "T", "columns": columns, "total_row": True})
    package = Package(buffer.getvalue())
    table = parts.table_named(package, "T")
    assert table.formulas == (None, "T[[#This Row],[V]]*2")
    assert (str(table.data), table.totals_rows) == ("B4:C5", 1)
    assert parts.date1904(package)


def test_a_book_saved_by_libreoffice(office, tmp_path):
    path = tmp_path / "ours.xlsx"
    path.write_bytes(donor())
    package = Package.open(office(path, "xlsx"))
    assert [sheet.name for sheet in parts.sheets(package)] == ["Tiers", "Dashboard"]
    table = parts.table_named(package, "Tiers")
    assert (str(table.area), table.columns[0], len(table.columns)) == ("A4:E7", "Customer", 5)


def test_relationships_come_and_go():
    package = by_openpyxl()
    before = saved(package)
    sheet = parts.sheets(package)[0].part
    package.put("xl/custom/part1.xml", b"<a/>")
    link = parts.add_relationship(package, sheet, "custom", "xl/custom/part1.xml")
    parts.add_content_type(package, "xl/custom/part1.xml", "application/custom+xml")
    found = parts.relationships(package, sheet)[link]
    assert (found.kind, found.target, found.external) == ("custom", "xl/custom/part1.xml", False)
    assert parts.content_type(package, "xl/custom/part1.xml") == "application/custom+xml"
    assert parts.free_name(package, "xl/custom/part7.xml") == "xl/custom/part2.xml"
    outside = parts.add_relationship(package, sheet, "hyperlink", "https://example.org/?a=1&b=2", external=True)
    assert parts.relationships(package, sheet)[outside].target == "https://example.org/?a=1&b=2"
    parts.remove_part(package, "xl/custom/part1.xml", sheet)
    assert link not in parts.relationships(package, sheet)
    assert parts.content_type(package, "xl/custom/part1.xml") != "application/custom+xml"
    assert Package(before).names == [name for name in package.names if "custom" not in name]


def test_a_sheet_without_content_is_named():
    package = by_openpyxl()
    text = package.part("xl/workbook.xml").decode()
    package.put("xl/workbook.xml", text.replace('r:id="rId1"', 'r:id="rId99"').encode())
    with pytest.raises(BookError, match="sheet Müller & Söhne has no content"):
        parts.sheets(package)


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")]
)
def test_letters(number, text):
    assert letters(number) == text
    assert column_number(text.lower()) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("B2", Area(2, 2, 2, 2)),
        ("$B$2:D9", Area(2, 2, 9, 4)),
        ("D9:B2", Area(2, 2, 9, 4)),
        ("B:D", Area(1, 2, 1_048_576, 4)),
        ("2:$9", Area(2, 1, 9, 16_384)),
    ],
)
def test_areas(text, expected):
    assert area(text) == expected


@pytest.mark.parametrize("text", ["", "B", "2", "Sheet!A1", "ABCD1", "A1:"])
def test_no_areas(text):
    with pytest.raises(BookError, match="no cell address"):
        area(text)


@pytest.mark.parametrize(
    ("formula", "down_2_right_1"),
    [
        ("A1+$A1+A$1+$A$1", "B3+$A3+B$1+$A$1"),
        ("SUM(A1:B2)", "SUM(B3:C4)"),
        ('"A1"&A1', '"A1"&B3'),
        ('"say ""A1"" twice"&A1', '"say ""A1"" twice"&B3'),
        ("T[[#This Row],[A1]]+T[B2]+[1]Sheet1!A1", "T[[#This Row],[A1]]+T[B2]+[1]Sheet1!B3"),
        ("T[it''s A1 ']] here]+A1", "T[it''s A1 ']] here]+B3"),
        ("'It''s A1'!A1+Sheet2!A1", "'It''s A1'!B3+Sheet2!B3"),
        ("LOG10(A1)+A1B+_A1+A1.B+A1!B1", "LOG10(B3)+A1B+_A1+A1.B+A1!C3"),
        ("CVM_TIER(A1,TRUE)", "CVM_TIER(B3,TRUE)"),
        ("XFD1048575", "#REF!"),
        ("1E5+A1", "1E5+B3"),
    ],
)
def test_formulas_move_as_excel_copies_them(formula, down_2_right_1):
    assert moved(formula, 2, 1) == down_2_right_1
    assert moved(formula, 0) == formula


def test_what_a_formula_names():
    assert relative("SUM($A$1:A1)")
    assert not relative('SUM($A$1:$B$2)+T[A1]&"A1"')
    assert whole_columns("SUM(C:C)")
    assert not whole_columns('T[[a]:[b]]&"C:C"&A1:B2')
    assert mentions("SUM('My Sheet'!A1)", "my sheet")
    assert mentions("<c:f>Tiers!$A$1</c:f>", "Tiers")
    assert not mentions("OldTiers!A1+'My Tiers'!A1", "Tiers")
    assert mentions("'It''s'!A1", "It's")


def grown() -> Extent:
    """A table in B3:D6 that grows by four rows and gains a column before its last; one row of totals."""
    return Extent("Own", Area(3, 2, 7, 4), Area(3, 2, 11, 5), 1, 1, {2: 2, 3: 3, 4: 5})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SUM(B4:B6)", "SUM(B4:B10)"),
        ("SUM($D$4:$D$6)", "SUM($E$4:$E$10)"),
        ("SUM(Own!D3:D6)", "SUM(Own!E3:E10)"),
        ("SUM('own'!B3:D7)", "SUM('own'!B3:E11)"),
        ("D3", "E3"),
        ("B4", "B4"),
        ("D7", "E11"),
        ("B5:B6", "B5:B6"),
        ("SUM(A4:A6)+SUM(B4:B9)+SUM(B2:B6)", "SUM(A4:A6)+SUM(B4:B9)+SUM(B2:B6)"),
        ("Other!B4:B6", "Other!B4:B6"),
        ("T[B4:B6]", "T[B4:B6]"),
    ],
)
def test_addresses_follow_a_table(old, new):
    assert grown().of_formula(old, own=True) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("B4:B6", "B4:B10"),
        ("B4:D6", "B4:E10"),
        ("D5:D6", "E5:E10"),
        ("B4 D4:D5 C6", "B4 E4:E5 C6"),
        ("A1:Z6", "A1:Z10"),
        ("B4:B1048576", "B4:B1048576"),
        ("F4:F6", "F4:F6"),
        ("C3", "C3"),
    ],
)
def test_ranges_follow_a_table(old, new):
    assert grown().of_ranges(old) == new


def test_a_shrinking_table_keeps_its_rules():
    shrunk = Extent("Own", Area(3, 2, 9, 2), Area(3, 2, 5, 2), 1, 0, {2: 2})
    assert shrunk.of_ranges("B4:B9") == "B4:B5"
    assert shrunk.of_ranges("B8:B9") == "B5"
    assert shrunk.of_ranges("B9") == "B9"
