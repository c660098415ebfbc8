"""What tests share: the real data, and a real spreadsheet program."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no reason to fail; in CI hypothesis has no deadlines of its own accord.
settings.register_profile("unhurried", deadline=None)
if not os.environ.get("CI"):
    settings.load_profile("unhurried")

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
"""Real data beside the project; tests that need it are skipped where it is absent."""

LONGEST = (
    "test_report.py", "test_refresh.py", "test_sources.py", "test_bad_books.py", "test_commands.py", "test_faults.py",
    "test_hostile.py", "test_buttons.py", "test_lite.py", "test_docs.py", "test_what_if.py", "test_online_retail.py",
    "test_build.py", "test_titles.py", "test_expressions.py", "test_scores.py", "test_faulty_sources.py",
)  # fmt: skip
"""They begin first, so that no processor waits for the last of them."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip("the real data is not beside the project")
    return DATA


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    """`office(book, "pdf")`: a workbook, or a list, recalculated and converted by LibreOffice; the resulting paths."""
    program = shutil.which("soffice")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice is missing; it must not be in CI")
        pytest.skip("LibreOffice is missing; make test installs it")
    profile = tmp_path_factory.mktemp("profile")
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir()
    settings.write_text(_RECALCULATE, encoding="utf-8")

    def convert(books: Path | list[Path], kind: str) -> Path | list[Path]:
        given = [books] if isinstance(books, Path) else books
        out = tmp_path_factory.mktemp("office")
        command = [program, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind]
        command += ["--outdir", str(out), *map(str, given)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        results = [out / f"{book.stem}.{kind}" for book in given]
        assert all(result.exists() for result in results), done.stdout + done.stderr
        return results[0] if isinstance(books, Path) else results

    return convert


_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""
