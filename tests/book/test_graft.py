"""Sheets added to workbooks: everything of the analyst's is the same bytes, everything of ours arrives."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from donors import donor, opened, saved
from lxml import etree

from cvm_xl.book import parts
from cvm_xl.book.graft import graft
from cvm_xl.book.markup import parse
from cvm_xl.book.package import Package
from cvm_xl.errors import BookError

SAVED_BY_EXCEL = sorted((Path(__file__).parents[3] / "shared/data/saved_by_excel").glob("*.xls[xm]"))
each_book = pytest.mark.parametrize("path", SAVED_BY_EXCEL, ids=lambda path: path.name)
MAY_CHANGE = {
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/calcChain.xml",
}


def made(fill) -> bytes:
    """A workbook that XlsxWriter makes."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        fill(book)
    return buffer.getvalue()


def plain(name: str = "Own") -> Package:
    return Package(made(lambda book: book.add_worksheet(name).write("A1", 1)))


def assert_sound(package: Package) -> None:
    """Every part is XML, has a content type and leads only to parts that are there."""
    for name in package.names:
        if name.endswith((".xml", ".rels", ".vml")):
            etree.fromstring(package.part(name))
        if not name.endswith(".rels") and name != "[Content_Types].xml":
            assert parts.content_type(package, name), name
    for name in ["", *package.names]:
        for link in parts.relationships(package, name).values():
            assert not link.is_part or link.target in package, (name, link)
    tables = parts.tables(package)
    assert len({table.id for table in tables}) == len(tables)
    assert len({sheet.sheet_id for sheet in parts.sheets(package)}) == len(parts.sheets(package))
    styles = etree.fromstring(package.part(next(n for n in package.names if n.endswith("styles.xml"))))
    for section in styles:
        if section.get("count"):
            assert len(section) == int(section.get("count")), section.tag


@each_book
def test_sheets_arrive_and_nothing_else_changes(path):
    old, package = Package.open(path), Package.open(path)
    assert graft(package, donor()) == ["Tiers", "Dashboard"]
    assert {name for name in old.names if name not in package or package.part(name) != old.part(name)} <= MAY_CHANGE
    assert_sound(package)
    assert [s.name for s in parts.sheets(package)] == [s.name for s in parts.sheets(old)] + ["Tiers", "Dashboard"]
    before = {(name.name, name.sheet): name.text for name in parts.defined_names(old)}
    after = {(name.name, name.sheet): name.text for name in parts.defined_names(package)}
    assert after == before | {
        ("_xlnm.Print_Titles", "Tiers"): "Tiers!$4:$4",
        ("_xlnm.Print_Area", "Tiers"): "Tiers!$A$1:$E$7",
        ("TierNames", None): "Tiers!$C$5:$C$7",
    }
    book = opened(package)
    sheet = book["Tiers"]
    assert sheet["A2"].value == "with bold words & <signs>"
    assert [cell.value for cell in sheet[5]][:5] == ["C0", 100.5, "A", dt.datetime(2020, 1, 1), True]
    assert sheet["B5"].number_format == '#,##0.00 "EUR"'
    assert (sheet["B5"].font.name, sheet["B5"].font.color.rgb) == ("Arial", "FF1F3864")
    assert sheet["D5"].number_format == "yyyy-mm-dd"
    assert sheet["B1"].comment.text == "A note of ours"
    assert sheet["G1"].hyperlink.target == "https://example.org/"
    assert sheet.freeze_panes == "B5"
    assert sheet.tables["Tiers"].ref == "A4:E7"
    formats = [rule.dxf for cells in sheet.conditional_formatting for rule in cells.rules if rule.dxf]
    assert formats[0].font.color.rgb == "FF006100"
    assert formats[0].numFmt.formatCode == '0.0 "k"'
    assert {str(rule.sqref): rule.type for rule in sheet.data_validations.dataValidation} == {
        "C5:C7": "list",
        "D5:D7": "date",
    }
    assert not any(view.tabSelected for s in book.worksheets[-2:] for view in s.views.sheetView)


@each_book
def test_the_analysts_formats_keep_their_numbers(path):
    old, package = Package.open(path), Package.open(path)
    graft(package, donor())
    for section in ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"):
        query = f"*[local-name()='{section}']/*"
        before, after = (
            [etree.tostring(e, method="c14n") for e in parse(p.part("xl/styles.xml"), "styles").xpath(query)]
            for p in (old, package)
        )
        assert after[: len(before)] == before


def test_grafting_in_parts_adds_no_format_twice():
    package = plain()
    graft(package, donor(), ["Tiers"])
    styles = package.part("xl/styles.xml")
    graft(package, donor(), ["Dashboard"])
    graft(package, made(lambda book: book.add_worksheet("More").write("A1", "x", book.add_format({"italic": True}))))
    fonts = parse(package.part("xl/styles.xml"), "styles").findall("{*}fonts/{*}font")
    assert len(fonts) == len(parse(styles, "styles").findall("{*}fonts/{*}font")) + 1  # the italic one
    assert_sound(package)


def test_only_the_sheets_asked_for():
    package = plain()
    assert graft(package, donor(), ["Dashboard"]) == ["Dashboard"]
    assert [sheet.name for sheet in parts.sheets(package)] == ["Own", "Dashboard"]
    assert not parts.tables(package)
    assert not parts.defined_names(package)  # those of the donor name a sheet that stayed behind
    assert_sound(package)


def test_first_keeps_local_names_and_the_active_sheet():
    def own(book):
        for name in ("One", "Two"):
            book.add_worksheet(name).print_area("A1:B2")
        book.get_worksheet_by_name("Two").activate()
        book.define_name("Two!Here", "=Two!$A$1")

    package = Package(made(own))
    graft(package, donor(), first=True)
    assert [s.name for s in parts.sheets(package)] == ["Tiers", "Dashboard", "One", "Two"]
    local = {(name.name, name.sheet): name.text for name in parts.defined_names(package) if name.sheet}
    assert local[("_xlnm.Print_Area", "One")] == "One!$A$1:$B$2"
    assert local[("Here", "Two")] == "Two!$A$1"
    assert local[("_xlnm.Print_Area", "Tiers")] == "Tiers!$A$1:$E$7"
    assert opened(package).active.title == "Two"


def test_clashes_change_nothing():
    def table(book):
        sheet = book.add_worksheet("Own")
        sheet.add_table("A1:B3", {"name": "tiers"})

    def named(book):
        book.add_worksheet("Own")
        book.define_name("TIERNAMES", "=Own!$A$1")

    def table_like_name(book):
        book.add_worksheet("Own")
        book.define_name("Tiers", "=Own!$A$1")

    for own, words in (
        (lambda book: book.add_worksheet("DASHBOARD"), "sheet Dashboard: the workbook already has a sheet"),
        (table, "already has a table Tiers"),
        (named, "already has a defined name TierNames"),
        (table_like_name, "already has a defined name Tiers"),
    ):
        package = Package(made(own))
        before = saved(package)
        with pytest.raises(BookError, match=words):
            graft(package, donor())
        assert saved(package) == before


@pytest.mark.parametrize(("target", "given"), [(True, False), (False, True), (True, True)])
def test_dates_keep_their_day_when_calendars_differ(target, given):
    buffer = io.BytesIO()
    xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": target}).close()
    package = Package(buffer.getvalue())
    graft(package, donor(date_1904=given))
    sheet = opened(package)["Tiers"]
    assert [sheet.cell(row, 4).value for row in (5, 6, 7)] == [dt.datetime(2020, 1, day) for day in (1, 2, 3)]
    assert sheet["B5"].value == 100.5
    rule = next(rule for rule in sheet.data_validations.dataValidation if rule.type == "date")
    assert float(rule.formula1) == (dt.date(2000, 1, 1) - dt.date(1904, 1, 1)).days + (0 if target else 1462)


DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)


def pictured(name: str):
    def fill(book):
        options = {"image_data": io.BytesIO(DOT), "url": f"internal:{name}!A1"}
        book.add_worksheet(name).insert_image("B2", "dot.png", options)

    return fill


def test_pictures_and_their_links():
    package = Package(made(pictured("First")))
    graft(package, made(pictured("Second")))
    assert_sound(package)
    assert len([name for name in package.names if name.startswith("xl/media/")]) == 2
    sheet = parts.sheets(package)[1]
    drawing = next(link.target for link in parts.relationships(package, sheet.part).values())
    links = {link.kind: link.target for link in parts.relationships(package, drawing).values()}
    assert package.part(links["image"]) == DOT
    assert links["hyperlink"] == "#Second!A1"


def spilling(name: str):
    def fill(book):
        book.add_worksheet(name).write_dynamic_array_formula("A1:A3", "=_xlfn.SEQUENCE(3)")

    return fill


def test_spilling_formulas_keep_their_mark():
    embedded = next((path for path in SAVED_BY_EXCEL if "embed_image" in path.name), None)
    targets = [plain(), Package(made(spilling("Own")))] + ([Package.open(embedded)] if embedded else [])
    for package in targets:
        graft(package, made(spilling("Spill")))
        assert_sound(package)
        sheet = next(sheet for sheet in parts.sheets(package) if sheet.name == "Spill")
        mark = int(re.search(rb'cm="(\d+)"', package.part(sheet.part))[1])
        metadata = parse(package.part("xl/metadata.xml"), "metadata")
        record = metadata.find("{*}cellMetadata").findall("{*}bk")[mark - 1].find("{*}rc")
        kinds = metadata.findall("{*}metadataTypes/{*}metadataType")
        assert kinds[int(record.get("t")) - 1].get("name") == "XLDAPR"
        future = next(e for e in metadata.findall("{*}futureMetadata") if e.get("name") == "XLDAPR")
        assert int(record.get("v")) < len(future.findall("{*}bk"))


def test_books_of_other_programs(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Own"
    book.active.append(["Key", "Value"])
    book.active.append(["a", 1])
    book.active.add_table(openpyxl.worksheet.table.Table(displayName="Mine", ref="A1:B2"))
    book.save(tmp_path / "own.xlsx")
    package = Package.open(tmp_path / "own.xlsx")
    graft(package, donor())
    assert_sound(package)
    assert [table.name for table in parts.tables(package)] == ["Mine", "Tiers"]
    assert opened(package)["Own"]["B2"].value == 1


def prefixed(content: bytes) -> bytes:
    """A part with the spreadsheet's namespace under the prefix x, as some libraries write it."""
    root = etree.fromstring(content)
    main = root.nsmap[None]
    renamed = etree.Element(root.tag, nsmap={"x": main, **{k: v for k, v in root.nsmap.items() if k}})
    renamed.attrib.update(root.attrib)
    renamed.extend(list(root))
    text = etree.tostring(renamed, xml_declaration=True, encoding="UTF-8", standalone=True)
    assert b"<x:" in text
    return text


def test_books_with_prefixed_namespaces():
    package = Package(made(lambda book: book.add_worksheet("Own").add_table("A1:B3", {"name": "Mine"})))
    for name in package.names:
        if name.startswith("xl/") and name.endswith(".xml") and "theme" not in name:
            package.put(name, prefixed(package.part(name)))
    package = Package(saved(package))
    graft(package, donor())
    assert_sound(package)
    assert next((t.name, t.sheet.name, t.columns) for t in parts.tables(package)) == (
        "Mine",
        "Own",
        ("Column1", "Column2"),
    )
    book = opened(package)
    assert book.sheetnames == ["Own", "Tiers", "Dashboard"]
    assert book["Tiers"]["B5"].number_format == '#,##0.00 "EUR"'
