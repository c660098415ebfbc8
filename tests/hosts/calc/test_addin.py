"""The add-in's file, its installation, recalculation without a window, the spelling in files."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cvm_xl import functions
from cvm_xl.book.pdf import environment, to_pdf
from cvm_xl.cli import main
from cvm_xl.errors import BookError
from cvm_xl.hosts.calc import addin, install, recalc, spelling, wire
from cvm_xl.hosts.calc.engine.formulas import from_calc, to_calc
from cvm_xl.hosts.calc.engine.unsupported import declared, members
from cvm_xl.hosts.calc.profile import Profile
from cvm_xl.hosts.ribbon.commands import COMMANDS

OOR = "{http://openoffice.org/2001/registry}"


def parts():
    with zipfile.ZipFile(io.BytesIO(addin.build("/some/python"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_bytes_each_time():
    assert addin.build("/some/python") == addin.build("/some/python")


def test_every_function_is_declared_with_its_help():
    root = etree.fromstring(parts()["CalcAddIns.xcu"])
    nodes = {node.get(f"{OOR}name"): node for node in root.iter("node")}
    for name, function in functions.load().items():
        node = nodes[name.removeprefix("CVM_")]
        given = {prop.get(f"{OOR}name"): prop.findtext("value") for prop in node.findall("prop")}
        assert given["DisplayName"] == given["CompatibilityName"] == name
        assert given["Description"].startswith(function.summary)
        described = [arg.findtext("prop/value") for arg in node.find("node")]
        assert described == [arg.name for arg in function.args]


def test_every_part_is_well_formed_and_listed():
    made = parts()
    for name, content in made.items():
        if name.endswith((".xml", ".xcu", ".components")):
            etree.fromstring(content)
    listed = {e.get(e.tag.partition("}")[0] + "}full-path") for e in etree.fromstring(made["META-INF/manifest.xml"])}
    assert listed == {name for name in made if name.endswith((".xcu", ".idl", ".components"))}
    config = json.loads(made["pythonpath/cvm_xl_inside/config.json"])
    assert config["python"] == "/some/python"
    assert set(config["commands"]) == {command.name for command in COMMANDS}


def test_what_runs_inside_is_for_the_python_of_an_older_office():
    for name, content in parts().items():
        if name.endswith(".py"):
            compile(content, name, "exec")
            text = content.decode()
            assert "import numpy" not in text
            assert "from cvm_xl." not in text


def test_install_and_uninstall(calc, tmp_path):
    profile = Profile.private(tmp_path / "office")
    assert not install.installed(profile)
    assert not install.uninstall(profile)
    install.install(profile)
    install.install(profile)  # a second time replaces it
    assert install.installed(profile)
    assert install.uninstall(profile)
    assert not install.installed(profile)


def test_build_writes_the_file(tmp_path, capsys):
    assert main(["calc", "build", "-o", str(tmp_path / "cvm_xl.oxt")]) == 0
    assert zipfile.is_zipfile(tmp_path / "cvm_xl.oxt")
    assert "cvm_xl.oxt" in capsys.readouterr().out


def test_recalc(calc, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # as activate does
    source = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(source) as book:
        sheet = book.add_worksheet("Prices")
        sheet.write_formula("A1", "=CVM_EVC(100,40,10)", None, 1)
        sheet.write_formula("A2", "=CVM_EVC(100,-1,10)", None, 1)
    before = source.read_bytes()
    assert main(["calc", "recalc", str(source), "-o", str(tmp_path / "out.xlsx"), "--pdf"]) == 0
    said = capsys.readouterr().out
    assert "Prices!A2 shows #NUM!: =CVM_EVC(100,-1,10)" in said
    assert "2 formulas with our functions, 1 of them show an error" in said
    assert openpyxl.load_workbook(tmp_path / "out.xlsx", data_only=True)["Prices"]["A1"].value == 130
    assert openpyxl.load_workbook(tmp_path / "out.xlsx")["Prices"]["A1"].value == "=CVM_EVC(100,40,10)"
    assert (tmp_path / "out.pdf").read_bytes()[:4] == b"%PDF"
    assert source.read_bytes() == before


def test_libreoffice_sees_no_virtual_environment(monkeypatch):
    """Its own Python would take the environment's library for its own, and then load no workbook."""
    elsewhere = os.pathsep.join(["/env/bin", str(Path(sys.executable).parent), "/usr/bin"])
    monkeypatch.setenv("VIRTUAL_ENV", "/env")
    monkeypatch.setenv("PATH", elsewhere)
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    seen = environment()
    assert seen["PATH"] == "/usr/bin"
    assert not {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"} & seen.keys()


def test_a_pdf_is_made_without_the_virtual_environment(monkeypatch, tmp_path):
    office = tmp_path / "soffice"
    office.write_text(
        '#!/bin/sh\n[ -z "$VIRTUAL_ENV" ] || { echo "lost in $VIRTUAL_ENV" >&2; exit 1; }\n'
        'while [ "$1" != --outdir ]; do shift; done\necho "%PDF trailer" > "$2/report.pdf"\n'
    )
    office.chmod(0o755)
    monkeypatch.setattr("cvm_xl.book.pdf.find_office", lambda: str(office))
    monkeypatch.setenv("VIRTUAL_ENV", "/env")
    to_pdf(b"", tmp_path / "out.pdf", dt.date(2025, 12, 31))
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [("none.xlsx", "out.xlsx", "there is no file"), ("in.xlsx", "out.ods", "the result is an .xlsx file")],
)
def test_recalc_refuses(tmp_path, source, target, message):
    xlsxwriter.Workbook(tmp_path / "in.xlsx").close()
    with pytest.raises(BookError, match=message):
        recalc.recalculate(tmp_path / source, tmp_path / target)
    assert not (tmp_path / target).exists()


def test_the_self_test_agrees(calc, tmp_path):
    from cvm_xl.book.build import build_all

    build_all(tmp_path, functions.load())
    done = recalc.recalculate(tmp_path / "selftest.xlsx", tmp_path / "out.xlsx")
    assert done.formulas == len(functions.load())
    assert openpyxl.load_workbook(tmp_path / "out.xlsx", data_only=True)["Selftest"]["B3"].value is True


def test_spelling_touches_formulas_alone(tmp_path):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_formula("A1", '=CVM.EVC(1,2,3)+LEN("CVM_X")')
        sheet.write_string("A2", "CVM.EVC(1,2,3)")
        sheet.write_formula("A3", "=SUM(1,2)")
    stamp = path.stat()
    assert spelling.spell(path) == 1
    assert path.stat().st_mtime_ns == stamp.st_mtime_ns
    sheet = openpyxl.load_workbook(path).active
    assert [sheet[f"A{i}"].value for i in (1, 2, 3)] == ['=CVM_EVC(1,2,3)+LEN("CVM_X")', "CVM.EVC(1,2,3)", "=SUM(1,2)"]
    assert spelling.spell(path) == 0


@pytest.mark.parametrize(("name", "after"), [("Price today", "standard"), ("Mine", "stacked")])
def test_our_lines_over_stacked_columns_are_no_sums(tmp_path, name, after):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Dashboard")
        kinds = [("column", "Band"), ("line", "Target"), ("line", name)]
        columns, *lines = [book.add_chart({"type": kind, "subtype": "stacked"}) for kind, _ in kinds[:2]]
        for made, (_, series) in zip([columns, *lines, *lines], kinds, strict=True):
            made.add_series({"name": series, "values": "=Dashboard!$A$1:$A$2"})
        columns.combine(lines[0])
        sheet.insert_chart("C1", columns)
    assert spelling.spell(path) == (after != "stacked")
    with zipfile.ZipFile(path) as archive:
        written = archive.read("xl/charts/chart1.xml").decode()
    assert re.findall('grouping val="(.+?)"', written) == ["stacked", after]


cells = st.one_of(st.floats(allow_nan=False), st.text(max_size=5).filter(lambda t: "\x00" not in t), st.none())


@given(st.lists(st.lists(st.floats(allow_nan=False), min_size=2, max_size=2), min_size=1, max_size=5))
def test_grids_of_numbers_cross_as_they_are(rows):
    grids: list[bytes] = []
    message = wire.encode(tuple(map(tuple, rows)), grids)
    assert wire.decode(message, grids) == tuple(map(tuple, rows))


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=5))
def test_mixed_grids_cross_with_blanks_as_empty_texts(rows):
    grids: list[bytes] = []
    message = json.loads(json.dumps(wire.encode(tuple(map(tuple, rows)), grids)))
    assert wire.decode(message, grids) == tuple(tuple("" if c is None else c for c in row) for row in rows)


@pytest.mark.parametrize("code", wire.ERRORS)
def test_errors_cross(code):
    nan = wire.error_nan(wire.ERRORS[code])
    assert nan != nan
    assert wire.code_of(wire.error_number(nan)) == code
    assert wire.encode(((nan, "x"),), []) == {"rows": [[{"error": wire.ERRORS[code]}, "x"]]}


@pytest.mark.parametrize(
    ("excel", "calc_"),
    [
        ("=SUM(A1,B2)", "=SUM(A1;B2)"),
        ("='My Data'!A1+Sheet2!$B$3", "=$'My Data'.A1+$Sheet2.$B$3"),
        ('=IF(A1="a,b;c","x!y",{1,2;3,4})', '=IF(A1="a,b;c";"x!y";{1;2|3;4})'),
        ("=SUM(Sales[Net revenue])", "=SUM(Sales[Net revenue])"),
        ("plain, text; here", "plain, text; here"),
    ],
)
def test_formulas_in_both_spellings(excel, calc_):
    assert to_calc(excel) == calc_
    assert from_calc(calc_) == excel


def test_the_table_of_what_the_engine_supports_is_up_to_date():
    from cvm_xl.hosts.calc.engine.supported import DOCUMENT, page

    assert DOCUMENT.read_text(encoding="utf-8") == page(), "run: python -m cvm_xl.hosts.calc.engine.supported"
    assert {"App", "Book", "Range", "Sheet", "Table"} <= set(declared())
    assert "value" not in members(declared()["Range"])
