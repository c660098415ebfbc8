"""Excel's add-in as a file: its parts, its macros as olevba reads them back, its ribbon."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import zipfile

import pytest
import xlwings
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from oletools.olevba import VBA_Parser, decompress_stream

from cvm_xl import functions
from cvm_xl.hosts.addin import build, ovba, source
from cvm_xl.hosts.addin.compound import compound
from cvm_xl.hosts.addin.ribbon import NAMESPACE, tab
from cvm_xl.hosts.com.udfs import argument_name
from cvm_xl.hosts.ribbon.commands import COMMANDS

FUNCTIONS = functions.load()
MODULES = {module.name: module for module in source.modules(FUNCTIONS)}
UI = f"{{{NAMESPACE}}}"


@pytest.fixture(scope="module")
def parts():
    with zipfile.ZipFile(io.BytesIO(build.build())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def macros(data: bytes) -> dict[str, str]:
    parser = VBA_Parser("cvm_xl.xlam", data=data)
    return {name.rpartition(".")[0]: code for _, _, name, code in parser.extract_macros()}


def test_olevba_reads_back_every_module_identically(parts):
    found = macros(build.build())
    assert set(found) == set(MODULES)
    for name, module in MODULES.items():
        assert found[name].encode(ovba.ENCODING) == module.text(), name
    assert macros(parts["xl/vbaProject.bin"]) == found


def test_the_same_bytes_each_time():
    assert build.build() == build.build()


def test_parts_are_well_formed_and_related(parts):
    types = etree.fromstring(parts["[Content_Types].xml"])
    overrides = {e.get("PartName").lstrip("/"): e.get("ContentType") for e in types if e.get("PartName")}
    defaults = {e.get("Extension") for e in types if e.get("Extension")}
    assert overrides["xl/workbook.xml"] == "application/vnd.ms-excel.addin.macroEnabled.main+xml"
    assert overrides["xl/vbaProject.bin"] == "application/vnd.ms-office.vbaProject"
    for name, content in parts.items():
        assert name in overrides or name.rpartition(".")[2] in defaults or name == "[Content_Types].xml"
        if name.endswith((".xml", ".rels")):
            etree.fromstring(content)
    for name in ("_rels/.rels", "xl/_rels/workbook.xml.rels"):
        folder = "" if name.startswith("_") else "xl/"
        links = etree.fromstring(parts[name])
        assert all(folder + link.get("Target") in parts for link in links)
    kinds = {e.get("Target"): e.get("Type") for e in etree.fromstring(parts["_rels/.rels"])}
    assert kinds["customUI/customUI14.xml"].endswith("/2007/relationships/ui/extensibility")


def test_the_help_sheet_holds_every_function(parts):
    rows = list(etree.fromstring(parts["xl/worksheets/sheet1.xml"]).iter("{*}row"))
    for row, function in zip(rows, FUNCTIONS.values(), strict=True):
        texts = ["".join(cell.itertext()) for cell in row]
        assert texts[0] == function.name
        assert len(texts) == 2 + len(function.args)
        assert all(0 < len(text) <= 255 for text in texts)


def test_every_function_has_a_wrapper_with_its_arguments():
    text = re.sub(r" _\n\s*", " ", MODULES["CvmFunctions"].source)
    heads = dict(re.findall(r"^Public Function (CVM_\w+)\((.*)\)$", text, re.M))
    assert set(heads) == set(FUNCTIONS)
    for name, function in FUNCTIONS.items():
        names = [argument_name(arg.name) for arg in function.args]
        wanted = [f"{'' if a.required else 'Optional '}{n}" for a, n in zip(function.args, names, strict=True)]
        assert heads[name] == ", ".join(wanted)
        assert f'    {name} = CvmCall("{name}", {", ".join(names)})' in text
        assert len(set(map(str.casefold, names))) == len(names)


def test_lines_are_short_enough_for_the_editor():
    for module in MODULES.values():
        for line in module.text().decode(ovba.ENCODING).splitlines():
            assert len(line) <= 1023


# Excel evaluates every function of an add-in in the cells of any workbook, private ones too, and runs every macro that
# a shape names. So these are all there may be, and none takes code, a path to read or write, or a program to start.
FUNCTIONS_OF_OURS = {
    "CvmCall": "Name, Given", "CvmBottom": "Given", "CvmCells": "Block, Bottom", "CvmErrors": "Answer",
    "CvmIsError": "Value", "CvmIsFlat": "Answer", "CvmNumber": "Text", "CVM_LAST_ERROR": "cell", "CvmPlace": "",
    "CvmInWizard": "", "CvmEvaluate": "Name, Values", "CvmSaid": "", "CvmInterpreter": "", "CvmServer": "",
    "CvmQuoted": "Text", "CvmAnswered": "Command, Path, Table", "CvmSaveAs": "Name", "CvmOpen": "",
    "CvmAsks": "Command", "CvmTables": "",
}  # fmt: skip
MACROS_OF_OURS = {
    "CvmRemember": "Text", "CvmForget": "", "CvmStarted": "", "CvmDescribe": "", "CvmRelink": "Book",
    "CvmRun": "Command", "CvmRunOnMac": "Command", "CvmLoaded": "Given", "CvmChanged": "",
    "CvmEnabled": "Control, Enabled", "CvmPressed": "Control",
}  # fmt: skip


def procedures(kind):
    found = {}
    for module in MODULES.values():
        if module.kind == "code" and module.name != "CvmFunctions":
            for name, given in re.findall(rf"^(?:Public |Private )?{kind} (\w+)\((.*?)\)", module.source, re.M):
                plain = re.sub(r"Optional |ByRef |ByVal |ParamArray |\(\)?| As \w+", "", given)
                found[name] = ", ".join(word.strip() for word in plain.split(","))
    return found


def test_no_workbook_decides_what_is_run():
    assert procedures("Function") == FUNCTIONS_OF_OURS
    assert procedures("Sub") == MACROS_OF_OURS
    text = "".join(module.source for module in MODULES.values())
    assert not re.search(r"\b(Shell|Exec|Eval|WScript|CreateObject|Kill|MkDir|Evaluate|ExecuteExcel4Macro)\b", text)
    assert re.findall(r"Open .* For \w+", text) == ["Open Path For Input"]  # the settings, at a fixed place


def test_the_server_starts_from_whole_paths_and_forgets_the_current_folder():
    text = MODULES["CvmPython"].source
    assert 'Environ$("SystemRoot") & "\\System32\\cmd.exe' in text
    assert "import sys;" in text
    assert "sys.path[:]=[p for p in sys.path if p];import xlwings" in text
    assert "ActiveWorkbook.FullName" not in text


def test_the_start_of_python_takes_nothing_from_the_folder_that_excel_is_in(tmp_path):
    """The command as Windows would run it, in a folder where somebody has laid an xlwings.py."""
    (tmp_path / "xlwings.py").write_text("raise SystemExit('ran from the workbook folder')")
    code = re.search(r"import sys;.*serve", MODULES["CvmPython"].source.replace('" & _\n        "', ""))[0]
    code = code.replace("xlwings.serve", "print(xlwings.__version__)")
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == xlwings.__version__, done.stderr


def test_an_interpreter_for_all_users_of_a_share():
    text = {m.name: m.source for m in source.modules(FUNCTIONS, r"P:\cvm\python.exe")}["CvmPython"]
    assert r'GivenPython As String = "P:\cvm\python.exe"' in text
    assert 'GivenPython As String = ""' in MODULES["CvmPython"].source


def test_the_library_is_that_of_the_installed_xlwings():
    text = MODULES["CvmPython"].source
    assert text.count(f"xlwings64-{xlwings.__version__}.dll") == text.count(f"xlwings32-{xlwings.__version__}.dll") == 2
    assert "BSD 3-clause" in text


# The ribbon


def test_every_command_has_its_button():
    buttons = {e.get("id"): e for e in etree.fromstring(tab().encode()).iter(f"{UI}button")}
    assert set(buttons) == {f"cvm_{command.name}" for command in COMMANDS}
    for command in COMMANDS:
        button = buttons[f"cvm_{command.name}"]
        assert button.get("label") == command.label
        assert button.get("supertip") == command.tip
        assert button.get("imageMso")
        assert button.get("keytip")
        assert button.get("tag") in ("always", "workbook", "file", "previous")
        assert len(button.get("keytip")) <= 3
        assert f'Case "{button.get("tag")}"' in MODULES["CvmRibbon"].source
        assert all(button.attrib.values())  # the schema knows no empty text


def test_the_ribbon_follows_the_schema_of_2009():
    """What may stand in what, and which attributes: from the schema's tables for the elements that we use."""
    allowed = {
        "customUI": ({"ribbon"}, {"onLoad"}),
        "ribbon": ({"tabs"}, set()),
        "tabs": ({"tab"}, set()),
        "tab": ({"group"}, {"id", "label", "keytip"}),
        "group": ({"button", "splitButton"}, {"id", "label"}),
        "splitButton": ({"button", "menu"}, {"id", "size", "keytip"}),
        "menu": ({"button"}, {"id"}),
        "button": (set(), {"id", "tag", "label", "screentip", "supertip", "imageMso", "keytip", "onAction",
                           "getEnabled", "size"}),
    }  # fmt: skip
    root = etree.fromstring(tab().encode())
    seen = set()
    for element in root.iter():
        children, attributes = allowed[element.tag.removeprefix(UI)]
        assert {child.tag.removeprefix(UI) for child in element} <= children
        assert set(element.attrib) <= attributes
        if element.get("id"):
            assert element.get("id") not in seen
            seen.add(element.get("id"))
    for split in root.iter(f"{UI}splitButton"):
        assert [child.tag.removeprefix(UI) for child in split] == ["button", "menu"]
        assert not any("size" in button.attrib for button in split.iter(f"{UI}button"))


def test_keys_do_not_meet():
    keys = [e.get("keytip") for e in etree.fromstring(tab().encode()).iter() if e.get("keytip")]
    assert len(set(keys)) == len(keys)


def test_every_callback_exists_with_the_signature_of_its_event():
    signatures = {
        "onLoad": r"\(Given As IRibbonUI\)",
        "onAction": r"\(Control As IRibbonControl\)",
        "getEnabled": r"\(Control As IRibbonControl, ByRef Enabled As Variant\)",
    }
    root = etree.fromstring(tab().encode())
    for event, arguments in signatures.items():
        named = {e.get(event) for e in root.iter() if e.get(event)}
        assert named
        for name in named:
            assert re.search(rf"^Public Sub {name}{arguments}$", MODULES["CvmRibbon"].source, re.M), name


def test_what_a_command_asks_for_is_asked():
    text = MODULES["CvmRibbon"].source
    for asked in {command.asks for command in COMMANDS if command.asks}:
        assert f'Case "{asked}"' in text
        for command in COMMANDS:
            if command.asks == asked:
                assert f'Case "{command.name}": CvmAsks = "{asked}"' in MODULES["CvmCommands"].source


# The container and the compression


@given(st.binary(max_size=20_000) | st.text("ab \r\n", max_size=20_000).map(str.encode))
def test_what_is_compressed_is_read_back(data):
    found = bytes(decompress_stream(bytearray(ovba.compress(data)))) if data else b""
    assert found[: len(data)] == data
    assert not found[len(data) :].strip(b"\0")  # the last chunk of random bytes is filled up


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=40))
def test_streams_of_any_size_are_read_back(sizes):
    import olefile

    streams = {f"S{i}": bytes([i + 1]) * size for i, size in enumerate(sizes)}
    with olefile.OleFileIO(compound({"Folder": streams, "Alone": b"x" * 5000})) as ole:
        assert ole.parsing_issues == []
        assert ole.openstream("Alone").read() == b"x" * 5000
        for name, content in streams.items():
            assert ole.openstream(["Folder", name]).read() == content


def test_the_directory_is_a_red_black_tree():
    """Two reds never follow each other, and every way down meets as many blacks."""
    for count in range(1, 70):
        data = compound({f"{i:03}": b"" for i in range(count)})
        start = 512 * (1 + struct.unpack_from("<I", data, 48)[0])
        entries = [struct.unpack_from("<64sHBB3I", data, start + 128 * i) for i in range(count + 1)]

        def blacks(number, above, entries=entries):
            if number == 0xFFFFFFFF:
                return 1
            _, _, _, colour, left, right, _ = entries[number]
            assert (above, colour) != (0, 0)
            depth = blacks(left, colour)
            assert blacks(right, colour) == depth
            return depth + colour

        blacks(entries[0][6], 1)


def test_nothing_is_locked():
    """The obscured marks of the project, uncovered as the specification says: no protection, no password, visible."""
    listing = ovba._listing("X", build.IDENTITY, []).decode()
    marks = dict(re.findall(r'^(CMG|DPB|GC)="([0-9A-F]+)"', listing, re.M))

    def uncovered(text):
        data = bytes.fromhex(text)
        seed, version, key = data[0], data[1], data[2]
        assert seed ^ version == 2
        assert seed ^ key == sum(build.IDENTITY.encode()) & 0xFF
        plain, before, last = seed ^ key, version, key
        out = []
        for byte in data[3:]:
            plain = byte ^ ((before + plain) & 0xFF)
            out.append(plain)
            before, last = last, byte
        ignored = (seed & 6) // 2
        length = int.from_bytes(bytes(out[ignored : ignored + 4]), "little")
        return bytes(out[ignored + 4 :]), length

    assert uncovered(marks["CMG"]) == (bytes(4), 4)
    assert uncovered(marks["DPB"]) == (b"\0", 1)
    assert uncovered(marks["GC"]) == (b"\xff", 1)
