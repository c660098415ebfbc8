"""xlwings Lite: everything runs without what a browser lacks; scripts give what the headless refresh gives.

Nothing here has run in xlwings Lite itself.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from cvm_xl import functions
from cvm_xl.errors import BookError
from cvm_xl.hosts import lite
from cvm_xl.hosts.lite import scripts
from cvm_xl.refresh import refresh

ROOT = Path(__file__).parents[3]
# As Pyodide's own repository of packages has them; what is pure Python comes from the index.
IN_PYODIDE = {"numpy", "pandas", "scipy", "lxml", "python-calamine"}
PURE = {"openpyxl", "rich", "xlsxwriter", "xlwings"}

BROWSER = """
import builtins, importlib.abc, json, os, sys

FORBIDDEN = {"multiprocessing", "concurrent.futures.process", "subprocess", "_posixsubprocess", "ssl", "_ssl"}

def forbid(event, args):
    names = ("socket.", "subprocess.", "os.fork", "os.exec", "os.posix_spawn", "os.system", "_thread.start_new_thread",
             "_thread.start_joinable_thread", "ctypes.dlopen")
    if event.startswith(names) and armed:
        raise PermissionError(f"a browser has no {event}")
    if event == "open" and armed and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        raise PermissionError(f"a browser has no file to write: {args[0]}")

armed = False
sys.addaudithook(forbid)
import numpy, pandas, scipy.optimize, scipy.special, scipy.stats, scipy.linalg  # what Pyodide brings along
armed = True
from cvm_xl.hosts import lite
from cvm_xl import functions
from cvm_xl.describe import to_json
from cvm_xl.hosts.com.udfs import call

out = {}
for name, function in functions.load().items():
    published = getattr(lite, name)
    values = dict(zip((a.name for a in function.args), function.example.args)) | function.example.named
    args = []
    for arg in function.args:
        value = to_json(values.get(arg.name))
        rows = value if isinstance(value, list) else [[value]]
        args.append(None if value is None else [row if isinstance(row, list) else [row] for row in rows])
    out[name] = to_json(published(*args))
armed = False
import threading
print(json.dumps({"answers": out, "modules": sorted(sys.modules), "threads": threading.active_count()}))
"""


def same(found, wanted):
    if isinstance(wanted, (list, tuple)):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    return found == pytest.approx(wanted, rel=1e-6) if isinstance(wanted, (int, float)) else found == wanted


def test_all_examples_where_threads_processes_sockets_and_files_are_forbidden():
    done = subprocess.run([sys.executable, "-c", BROWSER], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    from cvm_xl.describe import to_json

    for name, function in functions.load().items():
        wanted = to_json(function.example.gives)
        if isinstance(wanted, list) and not isinstance(wanted[0], list):
            wanted = [[cell] for cell in wanted]
        if isinstance(wanted, list) and len(wanted) * len(wanted[0]) == 1:
            wanted = wanted[0][0]
        assert same(said["answers"][name], wanted), name
    assert said["threads"] == 1
    assert not {"pyarrow", "duckdb", "polars", "matplotlib"} & {m.split(".")[0] for m in said["modules"]} - {"pyarrow"}


def test_the_ban_bans():
    code = BROWSER.split("from cvm_xl.hosts")[0] + "open('/tmp/x', 'w')"
    assert (
        "a browser has no file to write"
        in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr
    )
    code = BROWSER.split("from cvm_xl.hosts")[0] + "import subprocess; subprocess.run(['true'])"
    assert (
        "a browser has no subprocess"
        in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr
    )


def test_dependencies_are_there_in_a_browser():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.match(r"[\w-]+", one)[0] for one in project["dependencies"]}
    assert names == IN_PYODIDE | PURE


def test_the_wheel_is_pure(tmp_path):
    source = tmp_path / "source"  # a build leaves files where it is made
    shutil.copytree(ROOT / "cvm_xl", source / "cvm_xl", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(source)]
    subprocess.run(command, check=True)
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {f"cvm_xl/hosts/addin/vba/{name}" for name in ("CvmHost.bas", "ThisWorkbook.cls")} <= set(names)
    assert not [name for name in names if name.endswith((".so", ".pyd", ".dll"))]


def test_a_star_import_brings_functions_and_scripts():
    namespace = {}
    exec("from cvm_xl.hosts.lite import *", namespace)
    assert set(functions.load()) | {"cvm_check", "cvm_refresh", "cvm_why"} <= set(namespace)
    assert set(lite.__all__) == set(functions.load()) | {"cvm_check", "cvm_refresh", "cvm_why"}


# The scripts, on a real document in LibreOffice


def test_a_refresh_equals_the_headless_one(company, tmp_path):
    from tables import equal, tables

    company.save()
    headless = Path(shutil.copy(company.fullname, tmp_path / "headless.xlsx"))
    assert "tables are up to date" in scripts.refresh(company)[1][0]
    assert "tables are up to date" in scripts.refresh(company)[1][0]  # over its own tables
    company.save()
    refresh(headless)
    ours, theirs = tables(company.fullname), tables(headless)
    assert set(theirs) - set(ours) == {"Alerts"}  # empty, beside a chart
    equal(ours, {name: table for name, table in theirs.items() if name in ours})
    assert {"Tiers", "SegmentPnL", "Checks"} <= set(ours)


def test_what_would_be_lost_stops_it(company):
    scripts.refresh(company)
    sheet = company.sheets["Tiers"]
    place = sheet.tables["Tiers"].range
    bottom, right = place.row + place.shape[0], place.column + place.shape[1]
    sales = company.sheets["Sales"]
    table = sales.tables["Sales"].range
    sheet.range((bottom, place.column)).value = "my remark"
    added, right_end = table.row + table.shape[0], table.column + table.shape[1] - 1
    last = sales.range((added - 1, table.column), (added - 1, right_end)).value
    sales.range((added, table.column)).value = last
    sales.tables["Sales"].resize(sales.range((table.row, table.column), (added, right_end)))
    heads = [str(h).lower() for h in sales.tables["Sales"].header_row_range.value]
    sales.range((added, table.column + heads.index("customer"))).value = "somebody new"
    with pytest.raises(BookError, match="cells below the table"):
        scripts.refresh(company)
    assert sheet.range((bottom, place.column)).value == "my remark"
    sheet.range((bottom, place.column)).clear_contents()
    sheet.tables["Tiers"].resize(sheet.range((place.row, place.column), (bottom - 1, right)))
    sheet.range((place.row, right)).value = "Remark"
    with pytest.raises(BookError, match="column Remark is not ours"):
        scripts.refresh(company)


def test_the_scripts_show_what_they_have_to_say(company, monkeypatch):
    import xlwings as xw

    said = []
    monkeypatch.setattr(xw.App, "alert", lambda self, text, title=None, **given: said.append(text))
    scripts.cvm_check(company)
    scripts.cvm_refresh(company)
    tiers = company.sheets["Tiers"]
    tiers.activate()
    place = tiers.tables["Tiers"].range
    tiers.range((place.row + 1, place.column + 3)).select()
    scripts.cvm_why(company)
    tiers.range((1, 1)).select()
    scripts.cvm_why(company)
    company.sheets["Sales"].range("A5").value = "someday"
    scripts.cvm_check(company)
    scripts.cvm_refresh(company)
    assert "up to date" in said[1]
    assert "The whole way is on the sheet Trace" in said[2]
    assert "Trace" in {table.name for table in company.sheets["Trace"].tables}
    assert "the selected cell is no customer's" in said[3]
    assert "someday" in said[4]
    assert "someday" in said[5]
