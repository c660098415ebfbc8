"""New rows for a table: right in every cell, and what the analyst did around and inside the table is kept."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter
from donors import donor, opened, saved
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.book import parts
from cvm_xl.book.fill import Lost, fill
from cvm_xl.book.graft import graft
from cvm_xl.book.package import Package
from cvm_xl.book.recalculate import set_recalculate
from cvm_xl.errors import BookError

SHEET = "xl/worksheets/sheet1.xml"


def customers(count: int, start: int = 0) -> dict[str, Any]:
    ids = range(start, start + count)
    return {
        "Customer": [f"C{i}" for i in ids],
        "Revenue": np.array([i * 10.25 for i in ids]),
        "Tier": np.array(["ABC"[i % 3] for i in ids], dtype=object),
        "Since": np.datetime64("2021-01-01") + np.arange(start, start + count),
        "Active": np.array([i % 2 == 0 for i in ids], dtype=bool),
    }


def tiers(rows: int = 3) -> Package:
    """The sheets of ours, in a book of their own."""
    return Package(donor(rows=rows))


def made(write, name: str = "Own") -> Package:
    """A book whose only sheet `write` fills, by XlsxWriter."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        write(book.add_worksheet(name), book)
    return Package(buffer.getvalue())


def grid(sheet, area: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet[area]]


def edited(package: Package, part: str, old: str, new: str) -> Package:
    """The package as somebody left it who edited it in Excel."""
    text = package.part(part).decode()
    assert old in text
    package.put(part, text.replace(old, new).encode())
    return package


# --- rows --------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=3))
def test_any_sequence_of_sizes(counts):
    package = tiers()
    for count in counts:
        result = fill(package, "tiers", customers(count), key=("Customer",), charts_on=("Dashboard",))
    rows = max(count, 1)
    book = opened(package)
    sheet = book["Tiers"]
    assert str(result.area) == sheet.tables["Tiers"].ref == sheet.tables["Tiers"].autoFilter.ref == f"A4:E{4 + rows}"
    expected = [
        [f"C{i}", i * 10.25, "ABC"[i % 3], dt.datetime(2021, 1, 1) + dt.timedelta(i), i % 2 == 0] for i in range(count)
    ] or [[None] * 5]
    assert grid(sheet, f"A5:E{4 + rows}") == expected
    assert sheet.max_row == 4 + rows
    assert {sheet.cell(row, 2).number_format for row in range(5, 5 + rows)} == {'#,##0.00 "EUR"'}
    assert {str(rule.sqref) for rule in sheet.data_validations.dataValidation} == {
        str(result.area).replace("A4:E", f"{c}5:{c}") if rows > 1 else f"{c}5" for c in "CD"
    }
    end = f"B5:B{4 + rows}" if rows > 1 else "B5"
    assert [str(cells.sqref) for cells in sheet.conditional_formatting] == [end]
    sheet_xml = package.part(SHEET).decode()
    assert f"<xm:sqref>{end}</xm:sqref>" in sheet_xml
    chart = package.part("xl/charts/chart1.xml").decode()
    assert re.findall("<c:f>(.*?)</c:f>", chart) == [
        "Tiers!$B$4",
        f"Tiers!$A$5:$A${4 + rows}",
        f"Tiers!$B$5:$B${4 + rows}",
    ]
    names = {name.name: name.text for name in parts.defined_names(package)}
    assert names["TierNames"] == f"Tiers!$C$5:$C${4 + rows}"
    assert names["_xlnm.Print_Area"] == f"Tiers!$A$1:$E${4 + rows}"
    assert names["_xlnm.Print_Titles"] == "Tiers!$4:$4"
    assert (sheet["A1"].value, sheet["G1"].value, sheet["B1"].comment.text) == (
        "Tiers of customers",
        "Help",
        "A note of ours",
    )
    assert sheet.freeze_panes == "B5"


def test_only_the_table_its_sheet_charts_and_names_change():
    package, old = tiers(), tiers()
    fill(package, "Tiers", customers(7), charts_on=("Dashboard",))
    differs = {name for name in package.names if name not in old or package.part(name) != old.part(name)}
    assert differs == {SHEET, "xl/tables/table1.xml", "xl/charts/chart1.xml", "xl/workbook.xml"}
    again = Package(saved(package))
    fill(again, "Tiers", customers(7), charts_on=("Dashboard",))
    assert saved(again) == saved(package)


def test_charts_forget_the_old_values():
    package = edited(tiers(), "xl/charts/chart1.xml", "<c:numCache>", '<c:numCache><c:formatCode>"old"</c:formatCode>')
    fill(package, "Tiers", customers(3), charts_on=("Dashboard",))
    chart = package.part("xl/charts/chart1.xml").decode()
    assert "<c:numCache>" not in chart
    assert chart.count("<c:strCache>") == 1  # the series' name is a header, which stays


def test_charts_that_were_not_named_are_left_alone():
    package, old = tiers(), tiers()
    fill(package, "Tiers", customers(9))
    assert package.part("xl/charts/chart1.xml") == old.part("xl/charts/chart1.xml")


def test_headers_match_whatever_their_breaks_and_capitals():
    def write(sheet, book):
        sheet.add_table("B2:C3", {"name": "T", "columns": [{"header": "Net\nrevenue"}, {"header": "KEY"}]})

    package = made(write)
    assert parts.tables(package)[0].columns == ("Net\nrevenue", "KEY")
    fill(package, "T", {"key": [1, 2], "Net revenue": [3.5, 4.5]})
    assert grid(opened(package)["Own"], "B2:C4") == [["Net\nrevenue", "KEY"], [3.5, 1], [4.5, 2]]


def test_unequal_columns_are_a_programming_error():
    with pytest.raises(ValueError, match="differ in length"):
        fill(tiers(), "Tiers", {"Customer": ["a"], "Revenue": [1, 2]})


def test_missing_table():
    with pytest.raises(BookError, match="there is no table Nowhere; the workbook's tables: Tiers"):
        fill(tiers(), "Nowhere", {"Customer": ["a"]})


def test_1904_dates():
    package = Package(donor(date_1904=True))
    fill(package, "Tiers", customers(2))
    assert opened(package)["Tiers"]["D6"].value == dt.datetime(2021, 1, 2)
    assert b"<v>42735</v>" in package.part(SHEET)


# --- what stands beside, above and below ---------------------------------------------------------------------------


def surrounded() -> Package:
    def write(sheet, book):
        red = book.add_format({"bg_color": "#FF0000"})
        blue = book.add_format({"bg_color": "#0000FF", "num_format": "0.000"})
        sheet.write("A1", "Title", red)
        sheet.write_formula("B1", "=SUM(B4:B6)", None, 6)
        sheet.write_formula("C1", "=SUM(Own!$B$3:$B$6)+B4+B99", None, 7)
        sheet.add_table(
            "B3:C6",
            {"name": "T", "columns": [{"header": "K"}, {"header": "V"}], "data": [["a", 1], ["b", 2], ["c", 3]]},
        )
        for row, value in ((4, 1), (5, 2), (6, 3)):
            sheet.write(f"C{row}", value, blue)
        sheet.set_row(3, 30)
        sheet.set_row(5, 12, None, {"hidden": True})
        sheet.write("A5", "left", red)
        sheet.write("E5", "right", red)
        sheet.write_formula("F6", "=C6*2", blue, 6)
        sheet.write("B12", "far below", red)
        sheet.set_row(11, 44)
        sheet.merge_range("E12:F12", "merged elsewhere")
        sheet.insert_textbox("H2", "Remember")
        sheet.set_column("A:A", 33)

    return made(write)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_neighbours_stay_where_they_are(count):
    package, before = surrounded(), opened(surrounded())["Own"]
    fill(package, "T", {"K": [f"k{i}" for i in range(count)], "V": np.arange(count) + 0.5})
    sheet = opened(package)["Own"]
    assert grid(sheet, f"B4:C{3 + count}") == [[f"k{i}", i + 0.5] for i in range(count)]
    inside = {(row, column) for row in range(4, 12) for column in (2, 3)}
    for row in range(1, 14):
        assert sheet.row_dimensions[row].height == before.row_dimensions[row].height
        assert sheet.row_dimensions[row].hidden == before.row_dimensions[row].hidden
        for column in range(1, 9):
            if (row, column) in inside or (row, column) in {(1, 2), (1, 3)}:
                continue
            old, new = before.cell(row, column), sheet.cell(row, column)
            assert (new.value, new.fill.fgColor.rgb, new.number_format) == (
                old.value,
                old.fill.fgColor.rgb,
                old.number_format,
            )
    for row in range(4 + count, 12):
        assert (sheet.cell(row, 2).value, sheet.cell(row, 3).value) == (None, None)
    assert {sheet.cell(row, 3).number_format for row in range(4, 4 + count)} == {"0.000"}
    end = 3 + count
    assert sheet["B1"].value == f"=SUM(B4:B{end})"  # over the whole column: it stays so
    assert sheet["C1"].value == f"=SUM(Own!$B$3:$B${end})+B4+B99"
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["E12:F12"]
    assert package.part("xl/drawings/drawing1.xml") == surrounded().part("xl/drawings/drawing1.xml")
    assert sheet.column_dimensions["A"].width == before.column_dimensions["A"].width


def test_heights_go_on_when_all_rows_have_one():
    def write(sheet, book):
        sheet.add_table("A1:A3", {"name": "T", "columns": [{"header": "K"}]})
        for row in (1, 2):
            sheet.set_row(row, 22)

    package = made(write)
    fill(package, "T", {"K": range(4)})
    sheet = opened(package)["Own"]
    assert [sheet.row_dimensions[row].height for row in (2, 3, 4, 5)] == [21.75] * 4  # XlsxWriter rounds to pixels


@pytest.mark.parametrize(
    ("count", "columns", "cells"),
    [(9, (), "B12"), (40, (), "B12"), (2, ("X", "Y"), "E5"), (3, ("X", "Y", "Z"), "E5, F6")],
)
def test_obstacles_are_named_and_nothing_is_changed(count, columns, cells):
    package = surrounded()
    before = saved(package)
    wanted = {"K": range(count), "V": range(count)} | {name: range(count) for name in columns}
    with pytest.raises(BookError, match=f"something stands in {cells}") as error:
        fill(package, "T", wanted)
    assert (error.value.place.sheet, error.value.place.table) == ("Own", "T")
    assert error.value.remedy
    assert saved(package) == before


def test_a_format_without_content_is_no_obstacle():
    def write(sheet, book):
        sheet.add_table("A1:A3", {"name": "T", "columns": [{"header": "K"}]})
        sheet.write_blank("A4", None, book.add_format({"bold": True}))

    package = made(write)
    fill(package, "T", {"K": [1, 2, 3]})
    sheet = opened(package)["Own"]
    assert sheet["A4"].value == 3
    assert not sheet["A4"].font.bold


@pytest.mark.parametrize("where", ["B6:C6", "A8:B9"])
def test_merged_cells_in_the_way(where):
    def write(sheet, book):
        sheet.add_table("B2:B5", {"name": "T", "columns": [{"header": "K"}]})
        sheet.merge_range(where, "")

    package = made(write)
    before = saved(package)
    with pytest.raises(BookError, match=f"cells {where} are merged"):
        fill(package, "T", {"K": range(7)})
    assert saved(package) == before
    fill(package, "T", {"K": range(3)})
    inside = edited(package, SHEET, f'"{where}"', '"A3:B3"')
    with pytest.raises(BookError, match="cells A3:B3 are merged"):
        fill(inside, "T", {"K": range(3)})


def test_another_table_in_the_way():
    def write(sheet, book):
        sheet.add_table("A1:A3", {"name": "T", "columns": [{"header": "K"}]})
        sheet.add_table("A7:A9", {"name": "Below"})

    package = made(write)
    fill(package, "T", {"K": range(5)})
    with pytest.raises(BookError, match="table Below in A7:A9 is in the way: the table needs A1:A7"):
        fill(package, "T", {"K": range(6)})


def test_more_rows_than_a_sheet_has():
    with pytest.raises(BookError, match="1\u00a0048\u00a0573 rows do not fit: below its header in row 4") as error:
        fill(tiers(), "Tiers", {"Customer": np.zeros(1_048_573)})
    assert error.value.place.table == "Tiers"
    assert "room for 1\u00a0048\u00a0572" in error.value.message
    assert "--source" in error.value.remedy


def test_bad_values_name_row_and_column():
    package = tiers()
    before = saved(package)
    with pytest.raises(BookError, match="infinity") as error:
        fill(package, "Tiers", customers(3) | {"Revenue": [1.0, np.inf, 2.0]})
    assert (error.value.place.row, error.value.place.column) == (6, "Revenue")
    assert saved(package) == before


def test_a_coloured_cell_follows_its_row_and_colours_no_column():
    def write(sheet, book):
        yellow = book.add_format({"bg_color": "#FFFF00"})
        tenths = book.add_format({"num_format": "0.0"})
        columns = [{"header": "K"}, {"header": "V"}, {"header": "Mine"}]
        sheet.add_table("B2:D6", {"name": "T", "columns": columns})
        for row, key in enumerate("abcd", 3):
            sheet.write(f"B{row}", key)
            sheet.write(f"C{row}", row, tenths)
        sheet.write("B3", "a", yellow)
        sheet.write("C5", 3, yellow)
        sheet.write_blank("D6", None, yellow)

    package = made(write)
    result = fill(package, "T", {"K": ["d", "x", "y", "a", "z"], "V": range(5)}, key=("K",))
    sheet = opened(package)["Own"]
    coloured = {c.coordinate for row in sheet for c in row if c.fill.fgColor.rgb == "FFFFFF00"}
    assert coloured == {"D3", "B6"}
    assert {sheet.cell(row, 3).number_format for row in range(3, 8)} == {"0.0"}
    assert grid(sheet, "B3:D7") == [[k, v, None] for v, k in enumerate("dxyaz")]
    assert not result.lost  # only a colour is gone with its row


# --- totals, filters, hidden headers ---------------------------------------------------------------------------------


def with_totals() -> Package:
    def write(sheet, book):
        bold = book.add_format({"bold": True})
        tenths = book.add_format({"num_format": "0.0"})
        columns = [
            {"header": "K", "total_string": "Total"},
            {"header": "V", "total_function": "sum", "total_value": 3, "format": tenths},
            {"header": "W", "total_function": "=SUM(C2:C3)+1", "total_value": 3},
        ]
        data = [["a", 1, 5], ["b", 2, 6]]
        sheet.add_table("A1:C4", {"name": "T", "columns": columns, "total_row": True, "data": data})
        sheet.write("A4", "Total", bold)
        sheet.write("E4", "beside the old total")

    return made(write)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_totals_row_moves_along(count):
    package = with_totals()
    fill(package, "T", {"K": ["x"] * count, "V": range(count), "W": range(count)})
    table = parts.tables(package)[0]
    end = 2 + count
    assert (str(table.area), table.totals_rows, str(table.data)) == (f"A1:C{end}", 1, f"A2:C{end - 1}")
    sheet = opened(package)["Own"]
    assert sheet.tables["T"].autoFilter.ref == f"A1:C{end - 1}"
    assert [cell.value for cell in sheet[end]][:3] == ["Total", "=SUBTOTAL(109,[V])", f"=SUM(C2:C{end - 1})+1"]
    assert sheet.cell(end, 1).font.bold
    assert not sheet.cell(4, 1).font.bold or end == 4
    assert sheet["E4"].value == "beside the old total"
    assert sheet.max_row == max(end, 4)


def test_a_filter_that_would_hide_rows_is_taken_off_and_reported():
    def write(sheet, book):
        sheet.add_table("A1:B4", {"name": "T", "columns": [{"header": "K"}, {"header": "V"}]})
        sheet.set_row(1, 18, None, {"hidden": True})
        sheet.set_row(8, None, None, {"hidden": True})

    package = edited(
        made(write),
        "xl/tables/table1.xml",
        '<autoFilter ref="A1:B4"/>',
        '<autoFilter ref="A1:B4"><filterColumn colId="0" hiddenButton="1"/><filterColumn colId="1"><filters>'
        '<filter val="1"/></filters></filterColumn></autoFilter><sortState ref="A2:B4"><sortCondition ref="A2:A4"/>'
        "</sortState>",
    )
    result = fill(package, "T", {"K": [1, 2], "V": [1, 2]})
    assert result.remarks == ("T: its filter was taken off, because it would hide new rows",)
    table = package.part("xl/tables/table1.xml").decode()
    assert '<autoFilter ref="A1:B3"><filterColumn colId="0" hiddenButton="1"/></autoFilter><tableColumns' in table
    sheet = opened(package)["Own"]
    assert not sheet.row_dimensions[2].hidden
    assert sheet.row_dimensions[2].height == 18
    assert sheet.row_dimensions[9].hidden


def test_a_hidden_header_row_is_refused():
    def write(sheet, book):
        sheet.add_table("A1:B4", {"name": "T", "header_row": False})

    with pytest.raises(BookError, match="hides its header row"):
        fill(made(write), "T", {"Column1": [1]})


# --- the analyst's own columns -----------------------------------------------------------------------------------


def annotated(**more: Any) -> Package:
    def write(sheet, book):
        yellow = book.add_format({"bg_color": "#FFFF00"})
        data = [["a", 1], ["b", 2], ["c", 3], ["d", 4]]
        sheet.add_table(
            "A1:E5",
            {
                "name": "T",
                "data": data,
                "columns": [
                    {"header": "K"},
                    {"header": "V"},
                    {"header": "Note"},
                    {"header": "Double", "formula": "=T[[#This Row],[V]]*2"},
                    {"header": "Next"},
                ],
            },
        )
        sheet.write("C2", "first", yellow)
        sheet.write("C4", "third")
        sheet.write("C5", 17)
        for row in range(2, 6):
            sheet.write_formula(f"E{row}", f"=B{row}+$B$2", None, 99)
        for cell, formula in more.items():
            sheet.write(cell, formula)

    return made(write)


def test_notes_follow_their_row_and_formulas_fill_every_row():
    package = annotated()
    result = fill(package, "T", {"K": ["e", "d", "a", "x", "b"], "V": [50, 40, 10, 0, 20]}, key=("K",))
    sheet = opened(package)["Own"]
    assert grid(sheet, "A1:C6") == [
        ["K", "V", "Note"],
        ["e", 50, None],
        ["d", 40, 17],
        ["a", 10, "first"],
        ["x", 0, None],
        ["b", 20, None],
    ]
    assert [sheet.cell(row, 4).value for row in range(2, 7)] == ["=T[[#This Row],[V]]*2"] * 5
    assert [sheet.cell(row, 5).value for row in range(2, 7)] == [f"=B{row}+$B$2" for row in range(2, 7)]
    xml = package.part(SHEET).decode()
    assert '<c r="E2"><f t="shared" ref="E2:E6" si="0">B2+$B$2</f></c>' in xml
    assert '<c r="E6"><f t="shared" si="0"/></c>' in xml
    assert "<v>99</v>" not in xml
    assert sheet["C4"].fill.fgColor.rgb == "FFFFFF00"
    assert result.lost == (Lost("c", "Note", "third"),)
    again = fill(package, "T", {"K": ["a", "b"], "V": [1, 2]}, key=("K",))
    assert again.lost == (Lost("d", "Note", "17"),)
    sheet = opened(package)["Own"]
    assert grid(sheet, "A2:C3") == [["a", 1, "first"], ["b", 2, None]]
    assert sheet["E2"].value == "=B2+$B$2"
    assert '<f t="shared" ref="E2:E3"' in package.part(SHEET).decode()


def test_numbers_are_keys_whether_typed_as_text_or_not():
    def write(sheet, book):
        sheet.add_table("A1:C5", {"name": "T", "columns": [{"header": h} for h in ("K", "D", "Note")]})
        for row, (key, day, note) in enumerate([(17, 1, "n17"), ("007", 2, "n007"), (7, 3, "n7"), (2.5, 4, "n2.5")], 1):
            sheet.write(row, 0, key)
            sheet.write_datetime(row, 1, dt.datetime(2020, 1, day))
            sheet.write(row, 2, note)

    package = made(write)
    keys = np.array(["7", "007", 17.0, 2.5], dtype=object)
    days = np.array(["2020-01-03", "2020-01-02", "2020-01-01", "2020-01-04"], dtype="datetime64[D]")
    result = fill(package, "T", {"K": keys, "D": days}, key=("K", "D"))
    assert not result.lost
    assert [row[2] for row in grid(opened(package)["Own"], "A2:C5")] == ["n7", "n007", "n17", "n2.5"]


def test_equal_keys_go_in_their_order_and_without_a_key_whole_rows_are_compared():
    package = annotated(C3="second")
    fill(package, "T", {"K": ["b", "a", "a", "c"], "V": [2, 9, 1, 3]})
    assert [row[2] for row in grid(opened(package)["Own"], "A2:C5")] == ["second", None, "first", "third"]
    package = annotated(C3="second")
    fill(package, "T", {"K": ["a", "a", "a"], "V": [1, 2, 3]}, key=("K",))
    result = fill(package, "T", {"K": ["a", "a"], "V": [1, 2]}, key=("K",))
    assert [row[2] for row in grid(opened(package)["Own"], "A2:C3")] == ["first", None]
    assert not result.lost


def test_an_overridden_formula_follows_its_row():
    package = annotated(D3=1000)
    result = fill(package, "T", {"K": ["z", "a", "b"], "V": [1, 2, 3]}, key=("K",))
    values = [row[3] for row in grid(opened(package)["Own"], "A2:D4")]
    assert values == ["=T[[#This Row],[V]]*2", "=T[[#This Row],[V]]*2", 1000]
    assert [(lost.key, lost.column) for lost in result.lost] == [("c", "Note"), ("d", "Note")]


def test_single_formulas_among_notes_follow_their_row():
    package = annotated(C3="=B3*100")
    result = fill(package, "T", {"K": ["z", "y", "x", "b"], "V": [1, 2, 3, 4]}, key=("K",))
    assert grid(opened(package)["Own"], "C2:C5") == [[None], [None], [None], ["=B5*100"]]
    assert Lost("a", "Note", "first") in result.lost


def test_an_empty_result_loses_and_names_every_note():
    package = annotated()
    result = fill(package, "T", {"K": [], "V": []}, key=("K",))
    assert [lost.value for lost in result.lost] == ["first", "third", "17"]
    assert grid(opened(package)["Own"], "A2:E2") == [[None, None, None, "=T[[#This Row],[V]]*2", "=B2+$B$2"]]


def test_a_deleted_key_column_loses_the_notes_aloud():
    def write(sheet, book):
        sheet.add_table("A1:B2", {"name": "T", "columns": [{"header": "V"}, {"header": "Note"}], "data": [[1, "n"]]})

    result = fill(made(write), "T", {"K": ["a"], "V": [1]}, key=("K",))
    assert [(lost.column, lost.value) for lost in result.lost] == [("Note", "n")]


def test_shared_formulas_saved_by_excel_are_filled_on():
    package = annotated()
    text = package.part(SHEET).decode()
    for row in range(2, 6):
        new = '<f t="shared" ref="E2:E5" si="4">B2+$B$2</f>' if row == 2 else '<f t="shared" si="4"/>'
        text = text.replace(f"<f>B{row}+$B$2</f>", new)
    package.put(SHEET, text.encode())
    fill(package, "T", {"K": ["a", "b", "c"], "V": [1, 2, 3]}, key=("K",))
    xml = package.part(SHEET).decode()
    assert '<c r="E2"><f t="shared" ref="E2:E4" si="5">B2+$B$2</f></c>' in xml
    assert xml.count('si="5"') == 3
    assert 'si="4"' not in xml


def test_formulas_over_the_whole_column_grow_with_it():
    """What has no $ means the formula's own row; a range with $ over the whole column means the column."""

    def write(sheet, book):
        columns = [{"header": h} for h in ("K", "V", "Share", "Last")]
        sheet.add_table("A1:D4", {"name": "T", "columns": columns})
        for row in range(2, 5):
            sheet.write_row(f"A{row}", [f"k{row}", row])
            sheet.write_formula(f"C{row}", f"=B{row}/SUM($B$2:$B$4)")
            sheet.write_formula(f"D{row}", f"=B{row}-B{row - 1}+$B$3")

    package = made(write)
    fill(package, "T", {"K": list("abcde"), "New": range(5), "V": range(5)})
    sheet = opened(package)["Own"]
    assert grid(sheet, "D2:E6") == [[f"=C{r}/SUM($C$2:$C$6)", f"=C{r}-C{r - 1}+$C$3"] for r in range(2, 7)]
    fill(package, "T", {"K": ["a"], "New": [1], "V": [1]})
    fill(package, "T", {"K": list("abc"), "New": range(3), "V": range(3)})
    assert grid(opened(package)["Own"], "D2:D4") == [[f"=C{row}/SUM($C$2:$C$4)"] for row in range(2, 5)]


def test_a_formula_shared_with_cells_beside_is_refused():
    package = annotated(F3="=B3")
    text = package.part(SHEET).decode()
    text = text.replace("<f>B2+$B$2</f>", '<f t="shared" ref="E2:F3" si="0">B2+$B$2</f>')
    text = text.replace("<f>B3</f>", '<f t="shared" si="0"/>')
    package.put(SHEET, text.encode())
    with pytest.raises(BookError, match="filled on to cells beside it"):
        fill(package, "T", {"K": ["a"], "V": [1]})


def test_a_shared_formula_from_beside_is_written_out():
    package = annotated(F2="=C2", C3="=1")
    text = package.part(SHEET).decode()
    text = text.replace("<f>C2</f>", '<f t="shared" ref="C2:F3" si="0">C2&amp;"A1"</f>')
    text = text.replace("<f>1</f>", '<f t="shared" si="0"/>')
    package.put(SHEET, text.encode())
    fill(package, "T", {"K": ["x", "y", "b"], "V": [1, 2, 3]}, key=("K",))
    assert opened(package)["Own"]["C4"].value == '=XFD4&"A1"' or opened(package)["Own"]["C4"].value == '=#REF!&"A1"'


def test_array_formulas():
    single = annotated()
    text = single.part(SHEET).decode().replace("<f>B2+$B$2</f>", '<f t="array" ref="E2">SUM(B2:B3*2)</f>')
    for row in (3, 4, 5):
        text = text.replace(f"<f>B{row}+$B$2</f>", f'<f t="array" ref="E{row}">SUM(B{row}:B{row + 1}*2)</f>')
    single.put(SHEET, text.encode())
    fill(single, "T", {"K": ["a", "b"], "V": [1, 2]}, key=("K",))
    xml = single.part(SHEET).decode()
    assert '<f t="array" ref="E3">SUM(B3:B4*2)</f>' in xml
    several = annotated()
    text = several.part(SHEET).decode().replace("<f>B2+$B$2</f>", '<f t="array" ref="E2:E3">B2:B3</f>')
    several.put(SHEET, text.encode())
    with pytest.raises(BookError, match="cell E2 is part of an array formula"):
        fill(several, "T", {"K": ["a", "b"], "V": [1, 2]}, key=("K",))


def test_links_inside_the_table_follow_their_row():
    def write(sheet, book):
        columns = [{"header": "K"}, {"header": "V"}]
        sheet.add_table("A1:B4", {"name": "T", "columns": columns, "data": [["a", 1], ["b", 2], ["c", 3]]})
        sheet.write_url("A2", "https://example.org/a", string="a")
        sheet.write_url("A4", "https://example.org/c", string="c")
        sheet.write_url("D9", "https://example.org/d", string="d")

    package = made(write)
    fill(package, "T", {"K": ["x", "b", "a"], "V": [1, 2, 3]}, key=("K",))
    sheet = opened(package)["Own"]
    links = {cell.coordinate: cell.hyperlink.target for row in sheet for cell in row if cell.hyperlink}
    assert links == {"A4": "https://example.org/a", "D9": "https://example.org/d"}


def noted(*, threaded: bool = False) -> Package:
    def write(sheet, book):
        columns = [{"header": "K"}, {"header": "V"}]
        data = [["a", 1], ["b", 2], ["c", 3]]
        sheet.add_table("B3:C6", {"name": "T", "columns": columns, "data": data})
        for cell in ("C3", "B4", "C6", "E4"):
            sheet.write_comment(cell, f"on {cell}", {"author": "Ann"})

    package = made(write)
    if threaded:
        thread = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
        package.put(
            "xl/threadedComments/threadedComment1.xml",
            f'<ThreadedComments xmlns="{thread}"><threadedComment ref="B4" id="1"><text>on B4</text></threadedComment>'
            '<threadedComment ref="C6" id="2"><text>on C6</text></threadedComment></ThreadedComments>'.encode(),
        )
        kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
        parts.add_relationship(package, SHEET, kind, "xl/threadedComments/threadedComment1.xml")
        parts.add_content_type(
            package, "xl/threadedComments/threadedComment1.xml", "application/vnd.ms-excel.threadedcomments+xml"
        )
    return package


def boxes(package: Package) -> dict[str, list[int]]:
    """Cell of each note's box -> the corners of the box."""
    text = package.part("xl/drawings/vmlDrawing1.vml").decode()
    found = {}
    for shape in re.findall("<v:shape .*?</v:shape>", text, re.DOTALL):
        row, column = (int(re.search(rf"<x:{name}>(\d+)<", shape)[1]) for name in ("Row", "Column"))
        anchor = [int(part) for part in re.search("<x:Anchor>(.*?)<", shape, re.DOTALL)[1].split(",")]
        found[f"{'ABCDEFG'[column]}{row + 1}"] = anchor
    return found


def test_notes_on_cells_follow_their_row():
    package = noted(threaded=True)
    before = boxes(package)
    assert set(before) == {"C3", "B4", "C6", "E4"}
    result = fill(package, "T", {"K": ["x", "y", "z", "a"], "V": range(4)}, key=("K",))
    notes = {c.coordinate: c.comment.text for row in opened(package)["Own"] for c in row if c.comment}
    assert notes == {"C3": "on C3", "B7": "on B4", "E4": "on E4"}
    assert result.lost == (Lost("c", "V", "on C6"),)
    after = boxes(package)
    assert set(after) == {"C3", "B7", "E4"}
    old = before["B4"]
    assert after["B7"] == [old[0], old[1], old[2] + 3, old[3], old[4], old[5], old[6] + 3, old[7]]
    assert after["E4"] == before["E4"]
    thread = package.part("xl/threadedComments/threadedComment1.xml").decode()
    assert re.findall('ref="(\\w+)"', thread) == ["B7"]


def test_notes_on_headers_follow_their_column():
    package = noted()
    fill(package, "T", {"K": ["a"], "New": [0], "V": [1]}, key=("K",))
    notes = {c.coordinate: c.comment.text for row in opened(package)["Own"] for c in row if c.comment}
    assert notes["D3"] == "on C3"
    assert "D3" in boxes(package)


def test_notes_that_stay_are_the_same_bytes():
    package, old = noted(), noted()
    fill(package, "T", {"K": ["a", "b", "c"], "V": [7, 8, 9]}, key=("K",))
    for name in ("xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"):
        assert package.part(name) == old.part(name)


# --- columns that come and go --------------------------------------------------------------------------------------


def test_a_missing_column_comes_back_after_its_predecessor():
    package = tiers()
    old = package.part("xl/charts/chart1.xml").decode()
    new = {name: values for name, values in customers(4).items() if name != "Profit"}
    wanted = {"Customer": new["Customer"], "Profit": np.arange(4) / 4, **new}
    fill(package, "Tiers", wanted, like={"Profit": "Revenue"}, charts_on=("Dashboard",))
    table = parts.tables(package)[0]
    assert table.columns == ("Customer", "Profit", "Revenue", "Tier", "Since", "Active")
    sheet = opened(package)["Tiers"]
    assert [cell.value for cell in sheet[6]][:6] == ["C1", 0.25, 10.25, "B", dt.datetime(2021, 1, 2), False]
    assert sheet["B6"].number_format == '#,##0.00 "EUR"'
    assert {str(rule.sqref) for rule in sheet.data_validations.dataValidation} == {"D5:D8", "E5:E8"}
    assert [str(cells.sqref) for cells in sheet.conditional_formatting] == ["C5:C8"]
    chart = package.part("xl/charts/chart1.xml").decode()
    assert re.findall("<c:f>(.*?)</c:f>", chart) == ["Tiers!$C$4", "Tiers!$A$5:$A$8", "Tiers!$C$5:$C$8"]
    assert "Tiers!$B$4" in old
    names = {name.name: name.text for name in parts.defined_names(package)}
    assert names["TierNames"] == "Tiers!$D$5:$D$8"
    assert names["_xlnm.Print_Area"] == "Tiers!$A$1:$F$8"
    xml = package.part("xl/tables/table1.xml").decode()
    assert len(set(re.findall(r'tableColumn id="(\d+)"', xml))) == 6


def test_a_column_comes_last_where_formulas_elsewhere_point_at_cells():
    def write(sheet, book):
        sheet.add_table("A1:B3", {"name": "T", "columns": [{"header": "K"}, {"header": "V"}]})
        book.add_worksheet("Analysis").write_formula("A1", "=SUM(Own!B2:B3)")

    package = made(write)
    result = fill(package, "T", {"K": [1, 2], "New": [3, 4], "V": [5, 6]})
    assert parts.tables(package)[0].columns == ("K", "V", "New")
    assert "New" in result.remarks[0]
    sheet = opened(package)["Own"]
    assert grid(sheet, "A1:C3") == [["K", "V", "New"], [1, 5, 3], [2, 6, 4]]


def test_widths_move_with_their_columns():
    def write(sheet, book):
        sheet.add_table("B1:C3", {"name": "T", "columns": [{"header": "K"}, {"header": "V"}]})
        sheet.set_column("A:B", 11)
        sheet.set_column("C:C", 22)
        sheet.set_column("E:G", 33)

    package = made(write)
    fill(package, "T", {"K": [1], "New": [2], "V": [3]}, like={"New": "V"})
    cols = re.search("<cols>(.*?)</cols>", package.part(SHEET).decode())[1]
    widths = {
        int(number): round(float(width))
        for first, last, width in re.findall('min="(\\d+)" max="(\\d+)" width="([\\d.]+)"', cols)
        for number in range(int(first), int(last) + 1)
    }
    assert widths == {1: 12, 2: 12, 3: 23, 4: 23, 5: 34, 6: 34, 7: 34}


def test_new_column_without_a_sibling_is_plain_and_titled_as_its_neighbour():
    def write(sheet, book):
        bold = book.add_format({"bold": True})
        sheet.add_table("A1:A2", {"name": "T", "columns": [{"header": "K", "header_format": bold}], "data": [["a"]]})

    package = made(write)
    fill(package, "T", {"K": ["a"], "Line\nbreak": [1]})
    sheet = opened(package)["Own"]
    assert (sheet["B1"].value, sheet["B1"].font.bold, sheet["B2"].font.bold) == ("Line\nbreak", True, False)
    assert 'name="Line_x000a_break"' in package.part("xl/tables/table1.xml").decode()


# --- calculation -----------------------------------------------------------------------------------------------------


CHAIN = b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="D2" i="1"/></calcChain>'


def chained(package: Package) -> Package:
    package.put("xl/calcChain.xml", CHAIN)
    parts.add_relationship(package, "xl/workbook.xml", "calcChain", "xl/calcChain.xml")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    parts.add_content_type(package, "xl/calcChain.xml", kind)
    return package


def test_the_calculation_chain_goes_only_when_formulas_do():
    package = chained(annotated())
    fill(package, "T", {"K": ["a"], "V": [1]})
    assert "xl/calcChain.xml" not in package
    assert b"calcChain" not in package.part("[Content_Types].xml")
    assert b"calcChain" not in package.part("xl/_rels/workbook.xml.rels")
    package = chained(tiers())
    fill(package, "Tiers", customers(2))
    assert package.part("xl/calcChain.xml") == CHAIN


def test_recalculation_on_opening():
    package = tiers()
    values = package.part("xl/worksheets/sheet2.xml")
    set_recalculate(package)
    assert opened(package).calculation.fullCalcOnLoad
    assert package.part("xl/worksheets/sheet2.xml") == values
    once = package.part("xl/workbook.xml")
    set_recalculate(package)
    assert package.part("xl/workbook.xml") == once
    text = re.sub("<calcPr[^>]*>", "", once.decode())
    package.put("xl/workbook.xml", text.encode())
    set_recalculate(package)
    assert opened(package).calculation.fullCalcOnLoad


# --- files of other programs -----------------------------------------------------------------------------------------


def test_prefixed_rows_without_addresses():
    package = tiers()
    rows = package.part(SHEET).decode()
    bare = re.sub(r'<(c|row) r="\w+"', r"<\1", rows)  # A1.. without gaps
    head, body = bare.split("<sheetData>")
    body, tail = body.split("</sheetData>")
    # Rows 1 and 2 have gaps; only the table's rows go without addresses.
    numbered = re.sub("<row", '<row r="4"', "".join(re.findall("<row.*?</row>", body)[2:]), count=1)
    first = "".join(re.findall("<row.*?</row>", rows.split("<sheetData>")[1])[:2])
    package.put(SHEET, f"{head}<sheetData>{first}<!-- rows -->{numbered}</sheetData>{tail}".encode())
    assert grid(opened(package)["Tiers"], "A5:B5") == [["C0", 100.5]]
    fill(package, "Tiers", customers(4))
    sheet = opened(package)["Tiers"]
    assert grid(sheet, "A4:B8") == [["Customer", "Revenue"], *([f"C{i}", i * 10.25] for i in range(4))]
    assert sheet["G1"].value == "Help"


def test_prefixed_namespaces():
    from test_graft import prefixed

    package = tiers()
    for name in package.names:
        if name.startswith(("xl/worksheets/sheet", "xl/tables", "xl/workbook", "xl/styles", "xl/sharedStr")):
            package.put(name, prefixed(package.part(name)))
    before = grid(opened(package)["Tiers"], "A1:G4")
    fill(package, "Tiers", customers(4))
    sheet = opened(package)["Tiers"]
    assert grid(sheet, "A1:G4") == before
    assert grid(sheet, "A5:B8") == [[f"C{i}", i * 10.25] for i in range(4)]
    assert sheet.tables["Tiers"].ref == "A4:E8"
    fill(package, "Tiers", customers(2))
    assert grid(opened(package)["Tiers"], "A5:B7") == [["C0", 0], ["C1", 10.25], [None, None]]


PASTRY = Path(__file__).parents[3] / "shared/data/saved_by_excel/cx_PivotMixedDataTypesInTableColumn_input.xlsx"


@pytest.mark.skipif(not PASTRY.exists(), reason="the workbooks saved by Excel are not here")
def test_a_table_that_excel_saved_with_pivots_over_it():
    old, package = Package.open(PASTRY), Package.open(PASTRY)
    result = fill(package, "PastrySalesData", {"Name": ["Roll", "Bun"], "Code": [1, 2], "NumberOfOrders": [3, 4]})
    assert str(result.area) == "A1:F3"
    assert {lost.column for lost in result.lost} == {"Quality", "BakeDate"}  # Month is empty
    assert grid(opened(package)["PastrySalesData"], "A2:C3") == [["Roll", 1, 3], ["Bun", 2, 4]]
    changed = {name for name in old.names if package.part(name) != old.part(name)}
    assert changed == {SHEET, "xl/tables/table1.xml"}
    graft(package, donor())
    fill(package, "Tiers", customers(5))
    assert parts.table_named(package, "Tiers").area.bottom == 9
