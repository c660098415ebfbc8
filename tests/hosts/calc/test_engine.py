"""The xlwings engine against xlwings' documentation, in the real Calc."""

from __future__ import annotations

import base64
import datetime as dt

import numpy as np
import pandas as pd
import pytest
import xlwings as xw

from cvm_xl.hosts.calc.engine import Unsupported

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "given", "read"),
    [
        ("B2", 5, 5.0),
        ("B2", "text", "text"),
        ("B2", None, None),
        ("B2", True, True),
        ("B2", 2**40, float(2**40)),
        ("B2", dt.datetime(2024, 2, 29, 13, 30), dt.datetime(2024, 2, 29, 13, 30)),
        ("B2", dt.date(1999, 12, 31), dt.datetime(1999, 12, 31)),
        ("B2", "00123", "00123"),
        ("B2", "'=A1", "=A1"),
        ("B2", "日本 🎉 שלום", "日本 🎉 שלום"),
        ("B2:D2", [1, "a", None], [1.0, "a", None]),
        ("B2:B4", [[1], [2], [3]], [1.0, 2.0, 3.0]),
        ("B2:C3", [[1, 2], [3, 4]], [[1.0, 2.0], [3.0, 4.0]]),
    ],
)
def test_values_come_back(sheet, address, given, read):
    sheet[address.split(":")[0]].value = given
    assert sheet[address].value == read


def test_a_scalar_fills_a_range(sheet):
    sheet["A1:B2"].value = 7
    assert sheet["A1:B2"].value == [[7.0, 7.0], [7.0, 7.0]]


def test_ragged_rows_are_refused(sheet):
    with pytest.raises(Exception, match=r"same length|ragged"):
        sheet["A1"].value = [[1, 2], [3]]
    assert sheet["A1:B2"].value == [[None, None], [None, None]]


def test_what_a_cell_cannot_hold_is_refused(sheet):
    with pytest.raises(TypeError, match="a cell cannot hold a complex"):
        sheet["A1"].value = 1j


def test_dates_keep_a_format_of_the_analyst(sheet):
    sheet["A1"].number_format = "DD.MM.YYYY"
    sheet["A1"].value = dt.date(2024, 3, 1)
    assert sheet["A1"].number_format == "DD.MM.YYYY"
    assert sheet["A1"].value == dt.datetime(2024, 3, 1)
    sheet["A2"].value = 45352.0
    assert sheet["A2"].value == 45352.0


def test_a_number_over_a_truth_value_is_a_number(sheet):
    sheet["A1"].value = [True, True, False]
    sheet["A1"].value = [5, True]
    assert sheet["A1:C1"].value == [5.0, True, False]
    assert sheet["A1"].number_format == "General"


def test_infinity_is_refused(sheet):
    for value in (float("inf"), [[1.0, -np.inf]], np.array([np.inf])):
        with pytest.raises(ValueError, match="infinite"):
            sheet["A1"].value = value
    assert sheet["A1"].value is None


def test_many_formulas_among_values(sheet):
    sheet["A1"].value = [[float(i), f"=A{i + 1}*2" if i % 3 else None] for i in range(500)]
    assert sheet["B1:B500"].value == [2.0 * i if i % 3 else None for i in range(500)]
    sheet["D1"].value = dt.timedelta(hours=30)
    assert sheet["D1"].number_format == "[HH]:MM:SS"


def test_error_cells(sheet):
    sheet["A1"].value = [["=1/0", "=NA()", 1]]
    assert sheet["A1:C1"].value == [None, None, 1.0]
    assert sheet["A1:C1"].options(err_to_str=True).value == ["#DIV/0!", "#N/A", 1.0]


def test_formulas_in_excel_s_spelling(sheet):
    other = sheet.book.sheets.add("My Data", after=sheet)
    other["A1"].value = [[2], [3]]
    for text in (
        "=SUM('My Data'!A1:A2)",
        '=IF(A9="a;b,c",1,2)',
        "=SUM({1,2;3,4})",
        "=Sheet1!$C$1+1",
        "=EDATE(40000,1)",
    ):
        sheet["A1"].formula = text
        assert sheet["A1"].formula == text
    sheet["A1"].formula = "=SUM('My Data'!A1:A2)"
    assert sheet["A1"].value == 5
    sheet["A2"].formula = "=SUM({1,2;3,4})"
    assert sheet["A2"].value == 10


def test_one_formula_for_a_range_moves_along(sheet):
    sheet["A1"].value = [[1], [2], [3]]
    sheet["B1:B3"].formula = "=A1*$A$3"
    assert sheet["B1:B3"].value == [3, 6, 9]
    assert sheet["B1:B3"].formula == (("=A1*$A$3",), ("=A2*$A$3",), ("=A3*$A$3",))


def test_array_formulas(sheet):
    sheet["A1:A3"].formula_array = "={1;2;3}*2"
    assert sheet["A1:A3"].value == [2, 4, 6]
    assert sheet["A1:A3"].formula_array == "={1;2;3}*2"
    assert sheet["A1"].has_array
    assert not sheet["B1"].has_array


# --- options and converters ------------------------------------------------------------------------------------------


def test_options(sheet):
    sheet["A1"].value = [[1, None], [3, 4.5]]
    cells = sheet["A1:B2"]
    assert sheet["A1"].options(ndim=2).value == [[1.0]]
    assert sheet["A1"].options(ndim=1).value == [1.0]
    assert cells.options(empty="-").value == [[1.0, "-"], [3.0, 4.5]]
    assert cells.options(numbers=int).value == [[1, None], [3, 4]]
    assert cells.options(transpose=True).value == [[1.0, 3.0], [None, 4.5]]
    assert sheet["A1"].options(expand="table").value == [1.0, 3.0]
    assert cells.options(dict).value == {1.0: None, 3.0: 4.5}
    sheet["D1"].value = dt.date(2024, 1, 2)
    assert sheet["D1"].options(dates=dt.date).value == dt.date(2024, 1, 2)


def test_numpy(sheet):
    grid = np.array([[1.5, np.nan], [3.0, 4.0]])
    sheet["A1"].value = grid
    np.testing.assert_array_equal(sheet["A1:B2"].options(np.array).value, grid)
    assert sheet["B1"].value is None


def test_pandas(sheet):
    frame = pd.DataFrame(
        {"n": [1.0, np.nan], "day": pd.to_datetime(["2024-01-02", None]), "text": ["a", None]},
        index=pd.Index(["x", "y"], name="key"),
    )
    sheet["A1"].value = frame
    back = sheet["A1"].expand().options(pd.DataFrame).value
    assert list(back.columns) == ["n", "day", "text"]
    assert back.index.name == "key"
    assert back.loc["x", "day"] == pd.Timestamp("2024-01-02")
    assert pd.isna(back.loc["y"]).all()
    sheet["F1"].options(index=False).value = frame
    assert sheet["F1"].expand("right").value == ["n", "day", "text"]


# --- places ----------------------------------------------------------------------------------------------------------


def test_addresses(sheet):
    assert sheet["B2:D5"].address == "$B$2:$D$5"
    assert sheet.range((2, 2), (5, 4)).address == "$B$2:$D$5"
    assert sheet.range("B2", "D5").address == "$B$2:$D$5"
    assert sheet[1:5, 1:4].address == "$B$2:$D$5"
    assert sheet["B2"].get_address(False, False) == "B2"
    assert sheet["B2"].get_address(include_sheetname=True).replace("'", "") == "Sheet1!$B$2"
    assert (sheet["B2:D5"].shape, sheet["B2:D5"].row, sheet["B2:D5"].column) == ((4, 3), 2, 2)
    assert sheet["A:C"].shape == (1048576, 3)
    assert sheet["2:3"].address == "$A$2:$XFD$3" or sheet["2:3"].row == 2
    assert sheet["B2"].offset(1, 2).address == "$D$3"
    assert sheet["B2"].resize(2, 2).last_cell.address == "$C$3"
    assert [cell.address for cell in sheet["A1:B1"]] == ["$A$1", "$B$1"]
    with pytest.raises(IndexError, match="1-based"):
        sheet.range((0, 1))
    with pytest.raises(ValueError, match="neither an address nor a name nor a table"):
        sheet["no such name"]


def test_end_and_expand(sheet):
    sheet["B2"].value = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    sheet["B8"].value = 1
    assert sheet["B2"].end("down").address == "$B$4"
    assert sheet["B4"].end("down").address == "$B$8"
    assert sheet["B8"].end("down").row == 1048576
    assert sheet["B2"].end("right").address == "$D$2"
    assert sheet["D4"].end("up").address == "$D$2"
    assert sheet["D4"].end("left").address == "$B$4"
    assert sheet["B2"].expand().address == "$B$2:$D$4"
    assert sheet["B1048576"].end("up").address == "$B$8"
    assert sheet["Z1048576"].end("up").address == "$Z$1"
    sheet["F1"].value = [["x"], ['=""'], ["y"]]
    assert sheet["F1"].end("down").address == "$F$3"
    assert sheet["B2"].expand("down").address == "$B$2:$B$4"
    assert sheet["C3"].current_region.address == "$B$2:$D$4"
    sheet["F1:F3"].clear()
    assert sheet.used_range.address == "$B$2:$D$8"


def test_insert_and_delete(sheet):
    sheet["A1"].value = [[1, 10], [2, 20], [3, 30]]
    sheet["D1"].formula = "=SUM(A1:A3)"
    sheet["A2:A2"].insert("down")
    assert sheet["A1:A4"].value == [1, None, 2, 3]
    assert sheet["B1:B3"].value == [10, 20, 30]
    assert sheet["D1"].formula == "=SUM(A1:A4)"
    sheet["A2"].delete("up")
    assert sheet["A1:A3"].value == [1, 2, 3]
    assert sheet["D1"].formula == "=SUM(A1:A3)"
    sheet["A1"].insert("right")
    assert sheet["A1:C1"].value == [None, 1, 10]


def test_clear_copy_merge(sheet):
    sheet["A1"].value = [[1, 2], [3, 4]]
    sheet["A1:B2"].color = (10, 20, 30)
    sheet["A1:B2"].copy(sheet["D1"])
    assert sheet["D1:E2"].value == [[1, 2], [3, 4]]
    sheet["A1:B2"].clear_contents()
    assert (sheet["A1"].value, sheet["A1"].color) == (None, (10, 20, 30))
    sheet["A1:B2"].clear()
    assert sheet["A1"].color is None
    sheet["A1:B2"].merge()
    assert sheet["B2"].merge_area.address == "$A$1:$B$2"
    assert sheet["A1:B2"].merge_cells
    sheet["A1:B2"].unmerge()
    assert not sheet["A1"].merge_cells


def test_looks(sheet):
    cells = sheet["A1:B2"]
    cells.number_format = "#,##0.00"
    assert cells.number_format == "#,##0.00"
    sheet["B2"].number_format = "0%"
    assert cells.number_format is None
    cells.number_format = "General"
    assert cells.number_format == "General"
    cells.color = "#102030"
    assert cells.color == (16, 32, 48)
    cells.font.bold, cells.font.italic, cells.font.size, cells.font.name = True, True, 14, "Liberation Sans"
    cells.font.color = (1, 2, 3)
    font = sheet["A1"].font
    assert (font.bold, font.italic, font.size, font.name, font.color) == (True, True, 14, "Liberation Sans", (1, 2, 3))
    cells.wrap_text, cells.horizontal_alignment, cells.vertical_alignment = True, "center", "top"
    assert (cells.wrap_text, cells.horizontal_alignment, cells.vertical_alignment) == (True, "center", "top")
    cells.column_width, cells.row_height = 20, 30
    assert cells.column_width == pytest.approx(20, abs=0.1)
    assert cells.row_height == pytest.approx(30, abs=0.2)
    sheet["A1"].value = "a text that is rather longer than it was"
    cells.wrap_text = False
    cells.columns.autofit()
    assert sheet["A1"].column_width > 25
    sheet["A:A"].columns.hidden = True
    assert sheet["A1"].columns.hidden


def test_notes_and_links(sheet):
    note = sheet["A1"].add_note("remember")
    assert (note.text, sheet["A1"].note.text, sheet["A2"].note) == ("remember", "remember", None)
    note.text = "more"
    assert sheet["A1"].note.text == "more"
    sheet["A1"].note.delete()
    assert sheet["A1"].note is None
    sheet["A3"].add_hyperlink("https://example.org/", "there")
    assert (sheet["A3"].value, sheet["A3"].hyperlink) == ("there", "https://example.org/")


# --- names, tables, charts, pictures --------------------------------------------------------------------------------


def test_names(book):
    sheet = book.sheets[0]
    sheet["A1"].value = [[1, 2]]
    book.names.add("Pair", "=Sheet1!$A$1:$B$1")
    assert "Pair" in book.names
    assert book.names["Pair"].refers_to == "=Sheet1!$A$1:$B$1"
    assert book.names["Pair"].refers_to_range.value == [1, 2]
    assert sheet["Pair"].address == "$A$1:$B$1"
    sheet["B1"].name = "Second"
    assert [name.name for name in book.names] == ["Pair", "Second"]
    other = book.sheets.add("O'Neil, sold")
    other["C3"].name = "Third"
    assert book.names["Third"].refers_to_range.sheet.name == "O'Neil, sold"
    assert other["C3"].name.name == "Third"
    assert other["C3"].get_address(external=True).startswith("'[Untitled")
    book.names["Pair"].delete()
    assert "Pair" not in book.names


def test_tables(book):
    sheet = book.sheets[0]
    sheet["B2"].value = [["Name", "Amount"], ["a", 1], ["b", 2]]
    table = sheet.tables.add(sheet["B2:C4"], name="Sold")
    assert (table.name, table.range.address, table.header_row_range.value) == ("Sold", "$B$2:$C$4", ["Name", "Amount"])
    assert table.data_body_range.value == [["a", 1], ["b", 2]]
    assert sheet["Sold[Amount]"].value == [1, 2]
    assert sheet["B3"].table.name == "Sold"
    sheet["E1"].formula = "=SUM(Sold[Amount])"
    table.update(pd.DataFrame({"Name": ["a", "b", "c"], "Amount": [1, 2, 3]}), index=False)
    assert table.range.address == "$B$2:$C$5"
    assert sheet["E1"].value == 6
    table.resize(sheet["B2:C4"])
    assert sheet["E1"].value == 3
    assert [t.name for t in sheet.tables] == ["Sold"]
    with pytest.raises(ValueError, match="Sold already"):
        sheet.tables.add(sheet["F1:G2"], name="Sold")


def test_charts(sheet):
    sheet["A1"].value = [["x", "y"], ["a", 1], ["b", 2]]
    chart = sheet.charts.add(30, 40, 300, 200)
    chart.set_source_data(sheet["A1:B3"])
    for kind in ("column_clustered", "bar_stacked", "line", "area", "pie", "xy_scatter"):
        chart.chart_type = kind
        assert chart.chart_type == kind
    chart.title = "Two, EUR"
    assert chart.title == "Two, EUR"
    chart.title = None
    assert chart.title is None
    assert [chart.left, chart.top, chart.width, chart.height] == pytest.approx([30, 40, 300, 200], abs=0.1)
    assert len(sheet.charts) == 1
    chart.delete()
    assert len(sheet.charts) == 0
    with pytest.raises(Unsupported, match=r"Chart\.to_png"):
        sheet.charts.add().to_png("x.png")


def test_pictures(sheet, tmp_path):
    path = tmp_path / "dot.png"
    path.write_bytes(PNG)
    picture = sheet.pictures.add(path, left=10, top=20, width=50, height=60, name="Dot")
    assert [picture.left, picture.top, picture.width, picture.height] == pytest.approx([10, 20, 50, 60], abs=0.1)
    assert [p.name for p in sheet.pictures] == ["Dot"]
    picture.delete()
    assert len(sheet.pictures) == 0


# --- sheets, books, the program --------------------------------------------------------------------------------------


def test_sheets(book, calc):
    first = book.sheets[0]
    first["A1"].value = 1
    second = book.sheets.add("Two", after=first)
    assert [sheet.name for sheet in book.sheets] == ["Sheet1", "Two"]
    second.activate()
    assert book.sheets.active.name == "Two"
    copied = first.copy(name="Copy")
    assert (copied["A1"].value, copied.index) == (1, 3)
    other = calc.books.add()
    first.copy(after=other.sheets[0], name="There")
    assert other.sheets["There"]["A1"].value == 1
    other.close()
    copied.move(before=first)
    assert book.sheets[0].name == "Copy"
    second.name = "Second"
    second.visible = False
    assert not book.sheets["Second"].visible
    second.delete()
    assert "Second" not in book.sheets
    first.freeze_panes.freeze_at(first["A1:B3"])
    with pytest.raises(ValueError, match="already present"):
        copied.name = "Sheet1"


def test_a_book_opened_to_be_read(calc, tmp_path):
    made = calc.books.add()
    made.sheets[0]["A1"].formula = "=1+1"
    made.save(tmp_path / "read.ods")
    made.close()
    opened = calc.books.open(tmp_path / "read.ods", read_only=True)
    assert opened.api.isReadonly()
    assert opened.sheets[0]["A1"].formula == "=1+1"
    opened.close()
    with pytest.raises(Unsupported, match="takes fullname, read_only and password"):
        calc.books.open(tmp_path / "read.ods", update_links=True)


def test_books(calc, tmp_path):
    made = calc.books.add()
    made.sheets[0]["A1"].value = "kept"
    path = tmp_path / "book.xlsx"
    made.save(path)
    assert (made.name, made.fullname) == ("book.xlsx", str(path))
    assert calc.books["book.xlsx"] == made
    assert calc.books.active.name == "book.xlsx"
    made.to_pdf(tmp_path / "book.pdf")
    assert (tmp_path / "book.pdf").read_bytes()[:4] == b"%PDF"
    made.close()
    assert "book.xlsx" not in [book.name for book in calc.books]
    again = calc.books.open(path)
    assert again.sheets[0]["A1"].value == "kept"
    again.close()
    with pytest.raises(Unsupported, match="password"):
        calc.books.add().save(tmp_path / "secret.xlsx", password="x")
    calc.books.active.close()
    with pytest.raises(FileNotFoundError):
        calc.books.open(tmp_path / "none.xlsx")


def test_the_program(calc, book):
    assert xw.engines.active.name == "calc"
    assert calc in list(xw.apps)
    assert calc.version.major >= 7
    sheet = book.sheets[0]
    sheet["A1"].value = 1
    sheet["A2"].formula = "=A1*2"
    calc.calculation = "manual"
    sheet["A1"].value = 5
    assert sheet["A2"].value == 2
    calc.calculation = "automatic"
    calc.calculate()
    assert sheet["A2"].value == 10
    calc.screen_updating = False
    assert calc.screen_updating is False
    calc.screen_updating = True
    calc.status_bar = "working"
    assert calc.status_bar == "working"
    calc.status_bar = False
    sheet["B3:C4"].select()
    assert calc.selection.address == "$B$3:$C$4"
    book.set_mock_caller()
    assert xw.Book.caller() == book


def test_places_and_sizes(sheet):
    sheet["B2"].row_height, sheet["A:A"].column_width = 40, 10
    cell = sheet["B3"]
    assert cell.left == pytest.approx(sheet["A1"].width, abs=0.5)
    assert cell.top == pytest.approx(sheet["A1"].height + 40, abs=0.5)
    assert sheet["B2"].height == pytest.approx(40, abs=0.2)
    sheet["B2"].rows.hidden = True
    assert sheet["B2"].rows.hidden
    assert not sheet["B3"].rows.hidden
    sheet["B2"].rows.hidden = False
    sheet["A1"].value = "a rather long text in a narrow column"
    sheet.autofit("columns")
    assert sheet["A1"].column_width > 20
    sheet["A1:B1"].autofit()


def test_more_of_ranges(sheet):
    sheet["A1"].value = [[1, 2], [3, 4]]
    sheet["A1:B2"].move(sheet["D1"])
    assert (sheet["A1"].value, sheet["D1:E2"].value) == (None, [[1, 2], [3, 4]])
    sheet["D1:E2"].merge(across=True)
    assert sheet["E2"].merge_area.address == "$D$2:$E$2"
    sheet["G1"].color = "#FF0000"
    sheet["G1"].clear_formats()
    assert sheet["G1"].color is None
    assert sheet.cells.shape == (1048576, sheet["1:1"].shape[1])
    assert sheet["A1:C2"](2, 3).address == "$C$2"
    assert sheet["A1:C2"](4).address == "$A$2"
    assert len(sheet["A1:C2"]) == 6
    assert sheet["Z1"].table is None
    sheet["D1:E2"].delete("left")
    assert sheet["D1"].value is None


def test_more_of_sheets(book):
    sheet = book.sheets[0]
    sheet["A1"].value, sheet["A1"].color = 5, (1, 2, 3)
    sheet.clear_contents()
    assert (sheet["A1"].value, sheet["A1"].color) == (None, (1, 2, 3))
    sheet["A1"].value = 5
    sheet.clear_formats()
    assert (sheet["A1"].value, sheet["A1"].color) == (5, None)
    sheet.clear()
    assert sheet["A1"].value is None
    other = book.sheets.add("Other", before=sheet)
    other.select()
    assert (book.sheets.active.name, sheet.index, other.book) == ("Other", 2, book)
    sheet["C3"].add_note("here")
    (note,) = sheet.notes
    assert (note.location.address, note.author, note.api is not None) == ("$C$3", note.author, True)
    other.names.add("Local", "=Other!$A$1")
    assert [name.name for name in other.names] == ["Local"]
    assert "Local" not in [name.name for name in book.names]
    local = other.names["Local"]
    local.name, local.refers_to = "Renamed", "=Other!$B$2"
    assert other.names["Renamed"].refers_to_range.address == "$B$2"
    other.freeze_panes.freeze_at(other["A1:B3"])
    other.freeze_panes.unfreeze()


def test_more_of_tables_charts_and_pictures(sheet, tmp_path):
    sheet["A1"].value = [["a", "b"], [1, 2]]
    table = sheet.tables.add(sheet["A1:B2"])
    table.name = "Renamed"
    assert (table.name, table.display_name, table.parent.name) == ("Renamed", "Renamed", "Sheet1")
    assert (table.show_headers, table.show_totals, table.totals_row_range, table.insert_row_range) == (
        True, False, None, None,
    )  # fmt: skip
    table.show_autofilter = False
    assert table.show_autofilter is False
    chart = sheet.charts.add(source=sheet["A1:B2"], chart_type="line_markers", name="Mine")
    assert (chart.name, chart.parent.name, chart.chart_type) == ("Mine", "Sheet1", "line_markers")
    chart.left, chart.top, chart.width, chart.height = 50, 60, 200, 150
    assert [chart.left, chart.top, chart.width, chart.height] == pytest.approx([50, 60, 200, 150], abs=0.1)
    path = tmp_path / "dot.png"
    path.write_bytes(PNG)
    picture = sheet.pictures.add(path, anchor=sheet["C3"])
    assert (picture.name, picture.parent.name) == ("Picture 1", "Sheet1")
    assert picture.left == pytest.approx(sheet["C3"].left, abs=0.5)
    picture.name = "Dot"
    assert sheet.pictures["Dot"].width == pytest.approx(picture.width)


def test_programs_come_and_go():
    app = xw.App(visible=False)
    try:
        assert (app.visible, len(app.books), app.pid in xw.apps.keys()) == (False, 1, True)  # noqa: SIM118
        app.activate()
        assert xw.apps.active == app
        assert app.display_alerts
        app.display_alerts = False
        assert not app.display_alerts
        app.books[0].activate()
        with pytest.raises(Unsupported, match="visible"):
            app.visible = True
    finally:
        pid = app.pid
        app.kill()
    assert pid not in xw.apps.keys()  # noqa: SIM118
    with pytest.raises(KeyError, match="no LibreOffice"):
        xw.apps[pid]
    xw.apps.cleanup()


def test_what_is_not_supported_says_so(calc, sheet):
    for act in (
        lambda: sheet["A1"].autofill(sheet["A1:A2"], "fill_default"),
        lambda: sheet["A1"].copy(),
        lambda: sheet["A1"].characters.text,
        lambda: setattr(calc, "calculation", "semiautomatic"),
        lambda: calc.macro("x")(),
        lambda: sheet.page_setup.print_area,
        lambda: calc.alert("hello"),
    ):
        with pytest.raises((Unsupported, NotImplementedError), match="LibreOffice Calc"):
            act()
