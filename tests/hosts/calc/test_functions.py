"""Functions in cells of the real Calc: every example, errors, blanks, texts, columns, files that go back and forth."""

from __future__ import annotations

import math
import zipfile

import openpyxl
import pytest

from cvm_xl import functions
from cvm_xl.catalogue import Function
from cvm_xl.describe import example_formula, to_json

CATALOGUE = functions.load()
ERRORS = {"#NUM!": "=CVM_EVC(100,-1,0)", "#VALUE!": '=CVM_EVC(100,"ten",0)', "#N/A": "=CVM_ELASTICITY({1,2},{1,2})"}


def declared(function: Function) -> list[list[object]]:
    value = to_json(function.example.gives)
    rows = value if isinstance(value, list) else [[value]]
    return [row if isinstance(row, list) else [row] for row in rows]


@pytest.fixture(scope="module")
def examples(calc, tmp_path_factory):
    """Every example as an array formula over its declared cells: what Calc shows, and what the saved file holds."""
    made = calc.books.add()
    sheet, places, row = made.sheets[0], {}, 1
    for name, function in CATALOGUE.items():
        grid = declared(function)
        places[name] = (row, len(grid), len(grid[0]))
        sheet.range((row, 1, len(grid), len(grid[0]))).formula_array = example_formula(function)
        row += len(grid) + 1
    shown = {
        name: sheet.range((top, 1, rows, columns)).options(ndim=2, err_to_str=True).value
        for name, (top, rows, columns) in places.items()
    }
    path = tmp_path_factory.mktemp("calc") / "examples.xlsx"
    made.save(path)
    made.close()
    values, formulas = (openpyxl.load_workbook(path, data_only=only).active for only in (True, False))
    saved = {
        name: [[values.cell(top + i, 1 + j).value for j in range(columns)] for i in range(rows)]
        for name, (top, rows, columns) in places.items()
    }
    spelled = {name: formulas.cell(top, 1).value for name, (top, _, _) in places.items()}
    return shown, saved, {n: getattr(f, "text", f) for n, f in spelled.items()}


def agree(found: object, wanted: object) -> bool:
    if wanted is None or wanted == "":
        return found in (None, "")
    if isinstance(wanted, bool):
        return found == wanted  # Calc has 1 and 0
    if isinstance(wanted, (int, float)):
        return isinstance(found, (int, float)) and math.isclose(found, wanted, rel_tol=1e-6, abs_tol=1e-6)
    return found == wanted


@pytest.mark.parametrize("name", CATALOGUE)
def test_example_gives_its_declared_result_and_is_saved_with_it(examples, name):
    shown, saved, spelled = examples
    wanted = declared(CATALOGUE[name])
    for found in (shown[name], saved[name]):
        assert len(found) == len(wanted)
        for row, expected in zip(found, wanted, strict=True):
            assert all(map(agree, row, expected)), (row, expected)
    assert spelled[name].startswith(f"={name}(")


@pytest.mark.parametrize("code", ERRORS)
def test_errors_are_true_errors_that_are_caught_and_saved(sheet, tmp_path, code):
    sheet["A1"].formula = ERRORS[code]
    sheet["A2"].formula = '=IFERROR(A1,"caught")'
    assert sheet["A1"].options(err_to_str=True).value == code
    assert sheet["A1"].value is None
    assert sheet["A2"].value == "caught"
    sheet.book.save(tmp_path / "errors.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "errors.xlsx", data_only=True).active["A1"]
    assert (cell.value, cell.data_type) == (code, "e")


def test_an_error_in_an_argument_comes_out_as_it_is(sheet):
    sheet["A1"].formula = "=1/0"
    sheet["B1"].formula = "=CVM_EVC(100,A1,0)"
    assert sheet["B1"].options(err_to_str=True).value == "#DIV/0!"


def test_a_column_is_one_call(sheet):
    """A tier depends on the whole column: seen cell by cell, every customer would be alike."""
    sheet["A1"].value = [[float(i)] for i in range(10_000)]
    sheet["B1:B10000"].formula_array = "=CVM_TIER(A1:A10000)"
    tiers = sheet["B1:B10000"].value
    assert [tiers.count(t) for t in ("Top", "Middle", "Bottom")] == [2000, 7000, 1000]
    assert (tiers[0], tiers[-1]) == ("Bottom", "Top")


def test_names_that_a_function_gives_can_be_looked_for(sheet):
    sheet["A1"].value = [[9.0], [5.0], [-1.0]]
    sheet["B1:B3"].formula_array = '=CVM_TIER(A1:A3,{0.4,0.6},{"Gold","Rest"})'
    sheet["C1"].value = ['=COUNTIF(B1:B3,"Rest")', '=B1="Gold"', '=MATCH("Rest",B1:B3,0)', '=IF(CVM_TIER(5)="Top",1,2)']
    assert sheet["C1:F1"].value == [2, True, 2, 2]


def test_blank_rows_stay_blank(sheet):
    sheet["A1"].value = [[100.0], [None], [50.0]]
    sheet["B1:B3"].formula_array = "=CVM_EVC(A1:A3,40,10)"
    assert sheet["B1:B3"].value == [130, None, 80]
    sheet["C1"].formula = '=B2=""'
    assert sheet["C1"].value is True


def test_left_out_arguments_take_their_defaults(sheet):
    sheet["A1"].formula = "=CVM_PRICE_BAND(80,0.1,100,130,,,-18.5,0.15)"
    assert sheet["A1"].value == "floor"
    sheet["A2"].formula = "=CVM_CLV(100,0.8,0.1)"
    sheet["A3"].formula = "=CVM_CLV(100,0.8,0.1,,0)"
    assert sheet["A2"].value == sheet["A3"].value == pytest.approx(100 * 0.8 / 0.3)


def test_functions_take_what_functions_give(sheet):
    sheet["A1"].value = [["frequency", "recency", "age"], [2.0, 30.43, 38.86], [0.0, 0.0, 38.86]] * 1
    model = '{"model","bgnbd";"unit","week";"r",0.242595;"alpha",4.413602;"a",0.792922;"b",2.425907}'
    sheet["E1"].formula = f"=SUM(CVM_PURCHASES({model},39,A2:A3,B2:B3,C2:C3))"
    sheet["F1:F2"].formula_array = f"=CVM_PURCHASES({model},39,A2:A3,B2:B3,C2:C3)"
    assert sheet["F1"].value == pytest.approx(1.225907, abs=1e-6)
    assert sheet["E1"].value == pytest.approx(sum(sheet["F1:F2"].value))


def test_whole_columns(sheet):
    sheet["A1"].value = [["profit"], [30.0], [900.0], [-50.0]]
    sheet["C1:D12"].formula_array = "=CVM_WHALE_STATS(A:A)"
    assert dict(sheet["C1:D12"].value)["n"] == 3


def test_a_workbook_written_for_excel_calculates_when_it_is_opened(calc, tmp_path):
    import xlsxwriter

    path = tmp_path / "excel.xlsx"
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("My Data")
        page.write_formula("A1", "=CVM_EVC(100,40,10)", None, 1)
        page.write_formula("A2", '=_xldudf_CVM_EVC(100,40,10)&"cvm_evc("', None, "1")
        page.write_formula("A3", "=A1*2", None, 2)
        page.write_formula("A4", "=CVM_EVC('My Data'!A1,1,0)", None, 0)
        page.add_table("C1:C4", {"name": "Sales", "columns": [{"header": "profit"}], "data": [[1], [5], [-2]]})
        page.write_array_formula("E1:E3", "{=CVM_TIER(Sales[profit])}")
    for _ in range(2):  # and again from what Calc saved
        opened = calc.books.open(path)
        page = opened.sheets["My Data"]
        assert page["A1:A4"].value == [130, "130cvm_evc(", 260, 131]
        assert page["E1:E3"].value == ["Middle", "Top", "Middle"]
        assert not opened.api.isModified()
        path = tmp_path / "calc.xlsx"
        opened.save(path)
        opened.close()
        sheet = openpyxl.load_workbook(path)["My Data"]
        assert sheet["A1"].value == "=CVM_EVC(100,40,10)"
        assert sheet["E1"].value.text == "=CVM_TIER(Sales[profit])"


def test_a_formula_that_excel_stored_with_its_add_in_calculates(calc, tmp_path):
    """Excel writes [1]!CVM_EVC, with the add-in's path in a part of its own, _xll.CVM_EVC for compiled ones."""
    import xlsxwriter

    plain, path = tmp_path / "plain.xlsx", tmp_path / "linked.xlsx"
    with xlsxwriter.Workbook(plain) as made:
        page = made.add_worksheet()
        page.write_formula("A1", "=1+[1]!CVM_EVC(100,[1]!CVM_EVC(1,40,10),10)", None, 1)
        page.write_formula("A2", "=_xll.CVM_EVC(100,40,10)", None, 1)
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    book = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    added = {
        "[Content_Types].xml": (
            "</Types>",
            f'<Override PartName="/xl/externalLinks/externalLink1.xml" ContentType="{book}.externalLink+xml"/>',
        ),
        "xl/workbook.xml": (
            "<calcPr",
            '<externalReferences><externalReference r:id="rId99"/></externalReferences>',
        ),
        "xl/_rels/workbook.xml.rels": (
            "</Relationships>",
            f'<Relationship Id="rId99" Type="{kinds}/externalLink" Target="externalLinks/externalLink1.xml"/>',
        ),
    }
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            before, extra = added.get(name, ("", ""))
            new.writestr(name, text.replace(before, extra + before) if before else text)
        new.writestr(
            "xl/externalLinks/externalLink1.xml",
            f'<externalLink xmlns="{main}"><externalBook xmlns:r="{kinds}" r:id="rId1"><definedNames>'
            '<definedName name="CVM_EVC"/></definedNames></externalBook></externalLink>',
        )
        new.writestr(
            "xl/externalLinks/_rels/externalLink1.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{kinds}/externalLinkPath" Target="file:///C:/AddIns/cvm_xl.xlam" '
            'TargetMode="External"/></Relationships>',
        )
    opened = calc.books.open(path)
    assert opened.sheets[0]["A1:A2"].formula == (("=1+CVM_EVC(100,CVM_EVC(1,40,10),10)",), ("=CVM_EVC(100,40,10)",))
    assert opened.sheets[0]["A1:A2"].value == [122, 130]
    opened.close()


def test_an_empty_cell_alone_counts_as_nothing_for_calc(sheet):
    """As for its own functions: the function is told 0, and cannot know better."""
    sheet["A1"].formula = "=CVM_EVC(100,B1,0)"
    assert sheet["A1"].value == 100
    sheet["A2"].formula = "=CVM_EVC(B1,40,0)"
    assert sheet["A2"].value == 40
