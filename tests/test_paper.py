"""Paper: results and reports print on what Settings say, and whatever else the analyst set up for printing stays."""

from __future__ import annotations

import re
import subprocess

import openpyxl
import pytest
from company import company, write

from cvm_xl import functions
from cvm_xl.book import parts
from cvm_xl.book.build import new_book
from cvm_xl.book.package import Package
from cvm_xl.book.paper import follow_paper
from cvm_xl.cli import main
from cvm_xl.new import new
from cvm_xl.refresh import refresh

A4, LETTER, LEGAL = 9, 1, 5
RESULTS = ("Dashboard", "Tiers", "Whale", "Checks")


@pytest.fixture(scope="module")
def letter(tmp_path_factory):
    """A workbook of few customers for Letter, refreshed."""
    tables = {name: frame for name, frame in company().items() if name in ("Settings", "Sales")}
    tables["Sales"] = tables["Sales"].head(60)
    tables["Settings"] = tables["Settings"].query("setting == 'Paper'").assign(value="Letter")
    path = write(tmp_path_factory.mktemp("paper") / "book.xlsx", tables, "starter")
    refresh(path, only=("tiers",))
    return path


def papers(path):
    return {sheet.title: sheet.page_setup.paperSize for sheet in openpyxl.load_workbook(path)}


def with_paper(path, target, paper):
    """The workbook with another value in the row Paper of Settings; None takes the row away."""
    book = openpyxl.load_workbook(path)
    (cell,) = [row[0] for row in book["Settings"].iter_rows(max_col=1) if row[0].value == "Paper"]
    cell.value = cell.value if paper else "Company"
    cell.offset(column=1).value = paper
    book.save(target)
    return target


def test_results_print_on_the_paper_of_settings_and_nothing_is_cut_off(letter, office):
    found = papers(letter)
    assert set(found.values()) == {LETTER}
    for sheet in (openpyxl.load_workbook(letter)[name] for name in RESULTS):
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth or 1) == ("landscape", 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    pdf = office(letter, "pdf")
    info = subprocess.run(["pdfinfo", "-l", "99", str(pdf)], capture_output=True, text=True, check=True).stdout
    sizes = re.findall(r"size: +([\d.]+) x ([\d.]+)", info)
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    shown = dict(zip(text.split("\f"), sizes, strict=False))
    for name in RESULTS:
        assert {size for page, size in shown.items() if f"book.xlsx, {name}" in page} == {("792", "612")}
    (tiers,) = [page for page in shown if "book.xlsx, Tiers" in page]
    for header in openpyxl.load_workbook(letter)["Tiers"].tables["Tiers"].column_names:
        assert all(word in tiers for word in header.split()), header


@pytest.mark.parametrize("paper", ["A4", None])
def test_a_refresh_sets_the_paper_anew_also_without_the_row(letter, tmp_path, paper):
    path = with_paper(letter, tmp_path / "book.xlsx", paper)
    assert papers(path)["Tiers"] == LETTER
    refresh(path, only=("tiers",))
    assert set(papers(path).values()) == {A4}


def test_what_the_analyst_chose_for_a_sheet_stays_and_so_do_sheets_of_their_own(letter, tmp_path):
    path = tmp_path / "book.xlsx"
    book = openpyxl.load_workbook(letter)
    book["CostPools"].page_setup.paperSize = A4
    book["Sales"].page_setup.paperSize = LEGAL
    book.create_sheet("Notes").page_setup.paperSize = A4
    book.save(path)
    refresh(path, only=("tiers",))  # Start prints on Letter, as Settings say: nothing has changed
    found = papers(path)
    assert (found["CostPools"], found["Sales"], found["Notes"]) == (A4, LEGAL, A4)
    refresh(with_paper(path, path, "A4"), only=("tiers",))
    refresh(with_paper(path, path, "Letter"), only=("tiers",))
    found = papers(path)
    assert (found["CostPools"], found["Sales"], found["Notes"]) == (LETTER, LEGAL, A4)


def test_a_workbook_without_start_keeps_the_paper_of_its_inputs(letter, tmp_path):
    path = tmp_path / "book.xlsx"
    book = openpyxl.load_workbook(with_paper(letter, path, "A4"))
    del book["Start"]
    book.save(path)
    refresh(path, only=("tiers",))
    found = papers(path)
    assert (found["Tiers"], found["Sales"], found["Help"]) == (A4, LETTER, LETTER)


def test_sheets_that_new_adds_have_the_paper_of_settings(letter, tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(letter.read_bytes())
    added = new(path)
    assert {papers(path)[name] for name in added} == {LETTER}


@pytest.mark.parametrize(("option", "paper"), [([], LETTER), (["--paper", "a4"], A4)])
def test_a_report_prints_on_the_paper_of_settings_but_for_the_option(letter, tmp_path, option, paper):
    assert main(["report", str(letter), "-o", str(tmp_path / "r.xlsx"), "--only", "tiers", *option]) == 0
    assert set(papers(tmp_path / "r.xlsx").values()) == {paper}


def test_paper_that_there_is_not_is_an_error(letter, tmp_path, capsys):
    path = with_paper(letter, tmp_path / "book.xlsx", "A5")
    assert main(["check", str(path)]) == 1
    assert "column Value: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            b'<pageSetup paperSize="9" scale="70" orientation="portrait"/>',
            b'paperSize="1" scale="70" orientation="portrait"/>',
        ),
        (b"<pageSetup orientation='portrait' paperSize='9' />", b"paperSize=\"1\" orientation='portrait' />"),
        (
            b'<x:pageSetup paperSize="9" blackAndWhite="1"></x:pageSetup>',
            b'paperSize="1" blackAndWhite="1"></x:pageSetup>',
        ),
        (b'<pageSetup paperSize="5"/>', None),  # legal, which an analyst chose
        (b'<pageSetup orientation="landscape"/>', None),  # as Excel writes Letter
        (b"", None),
    ],
)
def test_only_the_size_changes_and_only_from_the_other_one(before, after):
    package = Package(new_book("starter", functions.load()))
    sheet = next(sheet for sheet in parts.sheets(package) if sheet.name == "Sales")
    view = b'<customSheetViews><customSheetView><pageSetup paperSize="9"/></customSheetView></customSheetViews>'
    given = re.sub(rb"<pageSetup[^>]*>", before, package.part(sheet.part)).replace(
        b"</sheetData>", b"</sheetData>" + view
    )
    package.put(sheet.part, given)
    follow_paper(package, [sheet], "letter")
    made = package.part(sheet.part)
    if after is None:
        assert made == given
        return
    kept, _, rest = given.partition(view)
    assert made.startswith(kept + view)
    assert made.endswith(after + rest.partition(before)[2])
    follow_paper(package, [sheet], "a4")
    assert re.sub(rb"\s*paperSize=.9.", b"", package.part(sheet.part)) == re.sub(rb"\s*paperSize=.9.", b"", given)
