"""Installing for Excel: files in their places, what the doctor finds, formulas that lost the add-in."""

from __future__ import annotations

import sys
import types
import zipfile

import pytest
import xlsxwriter

from cvm_xl.book.package import Package
from cvm_xl.cli import main
from cvm_xl.hosts.addin import doctor, install
from cvm_xl.hosts.addin.build import build


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Pretends to be another system, with a home of its own and, on Windows, a registry (`machine.registry`)."""
    registry: dict[tuple[str, str, str], object] = {}

    class Key(str):
        def __enter__(self):
            return self

        def __exit__(self, *given):
            return False

    def query(key, name):
        if (str(key), name.lower()) not in registry:
            raise FileNotFoundError
        return registry[str(key), name.lower()], 1

    def items(key):
        return [(name, value) for (where, name), value in registry.items() if where == str(key)]

    winreg = types.SimpleNamespace(
        HKEY_LOCAL_MACHINE="machine", HKEY_CURRENT_USER="user",
        OpenKey=lambda hive, key: Key(f"{hive}:{key}".lower()), QueryValueEx=query,
        QueryInfoKey=lambda key: (0, len(items(key)), 0), EnumValue=lambda key, i: (*items(key)[i], 3),
    )  # fmt: skip

    def pretend(platform):
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(doctor, "find_spec", lambda name: object())
        if platform == "win32":
            (tmp_path / "env").mkdir(exist_ok=True)
            python = tmp_path / "env" / "pythonw.exe"
            python.touch()
            for bits in (32, 64):
                (tmp_path / "env" / f"xlwings{bits}-{doctor.xlwings.__version__}.dll").touch()
            monkeypatch.setattr(sys, "executable", str(python))
            monkeypatch.setenv("APPDATA", str(tmp_path / "AppData" / "Roaming"))
            monkeypatch.setitem(sys.modules, "winreg", winreg)
            import codecs

            codecs.register(lambda name: codecs.lookup("cp1252") if name == "mbcs" else None)
            registry["machine:software\\microsoft\\windows\\currentversion\\app paths\\excel.exe", ""] = "EXCEL.EXE"

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    pretend.registry = registry
    return pretend


def wrong():
    return [finding for finding in doctor.examine() if not finding.good]


def test_no_excel_for_this_system(capsys):
    assert main(["install"]) == 1
    assert "Microsoft makes no Excel for Linux" in capsys.readouterr().err
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "wrong  Microsoft makes no Excel for Linux" in said
    assert "cvm-xl calc install" in said
    assert "ok     LibreOffice is installed" in said


def test_on_windows(machine, tmp_path, capsys):
    machine("win32")
    assert main(["install"]) == 0
    addin = tmp_path / "AppData/Roaming/Microsoft/Excel/XLSTART/cvm_xl.xlam"
    settings = tmp_path / ".cvm_xl/cvm_xl.conf"
    assert addin.read_bytes() == build()
    assert settings.read_bytes().splitlines()[0] == f'"INTERPRETER","{sys.executable}"'.encode("cp1252")
    assert str(addin) in capsys.readouterr().out
    assert main(["doctor"]) == 0
    assert "wrong" not in capsys.readouterr().out
    assert main(["install"]) == 0  # again
    assert main(["uninstall"]) == 0
    assert not addin.exists()
    assert not settings.exists()
    assert main(["uninstall"]) == 0
    assert "was not installed" in capsys.readouterr().out


def test_on_a_mac(machine, tmp_path):
    machine("darwin")
    where = install.install()
    assert where.addin.read_bytes() == build()
    assert where.settings.read_text().startswith(f'"INTERPRETER","{sys.executable}"')
    assert where.script.name.endswith(".applescript")
    assert [finding.what for finding in wrong()] == ["Excel was not found on this machine"]


def test_what_the_doctor_finds(machine, tmp_path):
    machine("win32")
    assert [f.remedy for f in wrong()] == [doctor.AGAIN] * 2  # nothing is installed
    where = install.install()
    assert wrong() == []

    where.addin.write_bytes(b"an older one")
    assert "another version" in wrong()[0].what
    install.install()

    second = where.addin.parents[3] / "Microsoft/AddIns/cvm_xl.xlam"
    second.parent.mkdir()
    second.touch()
    assert [str(second) in f.what for f in wrong()] == [True]
    second.unlink()

    where.settings.write_text('"INTERPRETER","C:\\gone\\pythonw.exe"\n')
    assert "not there: C:\\gone" in wrong()[0].what
    other = tmp_path / "other.exe"
    other.touch()
    where.settings.write_text(f'"INTERPRETER","{other}"\n')
    assert f"another Python: {other}" in wrong()[0].what
    where.settings.unlink()
    assert "settings are missing" in wrong()[0].what
    install.install()

    (tmp_path / "env" / f"xlwings64-{doctor.xlwings.__version__}.dll").unlink()
    assert "does not stand beside" in wrong()[0].what
    assert "--force-reinstall xlwings" in wrong()[0].remedy


def test_policies_and_a_disabled_add_in(machine):
    machine("win32")
    install.install()
    own = "user:software\\microsoft\\office\\16.0\\excel\\"
    company = "user:software\\policies\\microsoft\\office\\16.0\\excel\\security"
    machine.registry[own + "security", "vbawarnings"] = 4  # does not concern the startup folder, which is trusted
    assert wrong() == []
    machine.registry[own + "security\\trusted locations", "alllocationsdisabled"] = 1
    assert "trusted locations are switched off" in wrong()[0].what
    assert "Trust Center" in wrong()[0].remedy
    machine.registry[company, "requireaddinsig"] = 1
    assert "By your company's policy add-ins must be signed" in wrong()[0].what
    machine.registry.clear()
    assert "Excel was not found" in wrong()[0].what
    name = "\\XLSTART\\CVM_XL.XLAM".encode("utf-16-le")
    machine.registry[own + "resiliency\\disableditems", "a1"] = name
    assert "Disabled Items" in wrong()[1].remedy


def test_a_mac_whose_python_cannot_be_started(machine, monkeypatch, capsys):
    machine("darwin")
    monkeypatch.setattr(sys, "executable", "/Users/ann/my env/bin/python")
    assert main(["install"]) == 1
    assert "holds a space or a quote" in capsys.readouterr().err


def test_a_path_that_excel_cannot_read(machine, monkeypatch, capsys):
    machine("win32")
    monkeypatch.setattr(sys, "executable", "C:\\Ω\\pythonw.exe")
    assert main(["install"]) == 1
    assert "cannot read the path" in capsys.readouterr().err


# Formulas that lost the add-in


def stored_by_excel(path, *, second_link=False, other=False):
    """A workbook as Excel stores formulas of an add-in: links to its file, one after the other."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Mine")
    sheet.write_formula("A1", "=PLACE1", None, 130)
    sheet.write_formula("A2", "=PLACE2", None, 5)
    sheet.write_formula("A3", '="[1]!CVM_TIER is text"', None, "")
    book.define_name("Band", "=PLACE3")
    book.close()
    formulas = {
        b"PLACE1": b"[1]!CVM_EVC(100,{40},{10})+_xll.CVM_EVC(1,2,3)",
        b"PLACE2": b"[2]Sheet1!A1" if second_link else b"_xldudf_CVM_NPS(B1:B9)",
        b"PLACE3": b"[1]!CVM_EVC(1,2,3)",
    }
    names = ["cvm_xl.xlam", "prices.xlsx"] if second_link else ["prices.xlsx", "cvm_xl.xlam"][not other :]
    if other:
        formulas[b"PLACE1"] = b"[2]!CVM_EVC(100,{40},{10})+[1]Sheet1!A1"
        formulas[b"PLACE3"] = b"[2]!CVM_EVC(1,2,3)"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        for mark, formula in formulas.items():
            parts[name] = parts[name].replace(mark, formula)
    listed, links, types = b"", b"", b""
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"
    for i, name in enumerate(names, 1):
        listed += b'<externalReference r:id="rIdX%d"/>' % i
        links += b'<Relationship Id="rIdX%d" Type="%s" Target="externalLinks/externalLink%d.xml"/>' % (i, kind, i)
        types += (
            b'<Override PartName="/xl/externalLinks/externalLink%d.xml" ContentType="application/vnd.openxml'
            b'formats-officedocument.spreadsheetml.externalLink+xml"/>' % i
        )
        parts[f"xl/externalLinks/externalLink{i}.xml"] = (
            b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook '
            b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/>'
            b"</externalLink>"
        )
        parts[f"xl/externalLinks/_rels/externalLink{i}.xml.rels"] = (
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
            b'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" '
            b'Target="file:///C:\\Old\\%s" TargetMode="External"/></Relationships>' % name.encode()
        )
    book_ = parts["xl/workbook.xml"]
    parts["xl/workbook.xml"] = book_.replace(
        b"<definedNames>", b"<externalReferences>" + listed + b"</externalReferences><definedNames>"
    )
    rels = "xl/_rels/workbook.xml.rels"
    parts[rels] = parts[rels].replace(b"</Relationships>", links + b"</Relationships>")
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", types + b"</Types>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def text_of(path, part):
    return Package.open(path).part(part).decode()


def test_formulas_that_lost_the_add_in(tmp_path, capsys):
    path = stored_by_excel(tmp_path / "book.xlsx")
    before = path.read_bytes()
    assert main(["doctor", str(path)]) == 0
    assert "4 formulas brought back" in capsys.readouterr().out
    sheet = text_of(path, "xl/worksheets/sheet1.xml")
    assert "<f>CVM_EVC(100,{40},{10})+CVM_EVC(1,2,3)</f><v>130</v>" in sheet  # the value stays
    assert "<f>CVM_NPS(B1:B9)</f>" in sheet
    book = text_of(path, "xl/workbook.xml")
    assert ">CVM_EVC(1,2,3)<" in book
    assert "externalReference" not in book
    assert not any("externalLink" in name for name in Package.open(path).names if "_rels" not in name)
    assert (tmp_path / "book.xlsx.previous").read_bytes() == before
    assert main(["doctor", str(path)]) == 0
    assert "no formula has lost" in capsys.readouterr().out


def test_links_to_other_workbooks_stay(tmp_path):
    for given in ({"other": True}, {"second_link": True}):
        path = stored_by_excel(tmp_path / f"{next(iter(given))}.xlsx", **given)
        assert main(["doctor", str(path)]) == 0
        package = Package.open(path)
        kept = [name for name in package.names if name.startswith("xl/externalLinks/externalLink")]
        # A link before another one stays, since formulas count them; the last one goes.
        assert kept == [f"xl/externalLinks/externalLink{i}.xml" for i in ((1,) if "other" in given else (1, 2))]
        sheet = package.part("xl/worksheets/sheet1.xml").decode()
        assert ("[1]Sheet1!A1" if "other" in given else "[2]Sheet1!A1") in sheet
        assert "]!CVM_" not in sheet.replace('"[1]!CVM_TIER is text"', "")


def test_the_mended_workbook_calculates_in_calc(tmp_path, calc):
    from cvm_xl.hosts.calc.recalc import recalculate

    path = stored_by_excel(tmp_path / "book.xlsx")
    main(["doctor", str(path)])
    done = recalculate(path, tmp_path / "out.xlsx")
    assert done.formulas >= 1
    import openpyxl

    assert openpyxl.load_workbook(tmp_path / "out.xlsx", data_only=True)["Mine"]["A1"].value == 130


def test_a_refresh_understands_and_keeps_such_formulas(tmp_path):
    """A column of the analyst's own in an output table, and a cell beside, as Excel stored them."""
    from company import write

    from cvm_xl.refresh import refresh

    path = write(tmp_path / "company.xlsx")
    refresh(path)
    package = Package.open(path)
    target = next(n for n in package.names if n.startswith("xl/worksheets/sheet") and b"</row>" in package.part(n))
    cell = b'<c r="XFA1"><f>[1]!CVM_EVC(100,40,10)</f><v>130</v></c></row>'
    package.put(target, package.part(target).replace(b"</row>", cell, 1))
    package.save()
    refresh(path)
    assert "[1]!CVM_EVC(100,40,10)</f><v>130</v>" in text_of(path, target)
