"""What docs/trust.md says: nobody is called, equal input gives equal output, few dependencies under free licences."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import subprocess
import sys
import tomllib
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from company import company, write
from test_hostile import guarded

from cvm_xl.hosts.calc.wire import keep_private

ROOT = Path(__file__).parent.parent
FREE = re.compile(r"MIT|BSD|Apache|ISC|PSF|0BSD|Zlib|CC0", re.IGNORECASE)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    tables = company()
    pools = tables["CostPools"]
    tables = {"Sales": tables["Sales"][:300], "CostPools": pools[pools["driver"].isin(["lines", "orders"])]}
    return write(tmp_path_factory.mktemp("trust") / "book.xlsx", tables, "starter")


def test_no_command_calls_anyone(book, tmp_path):
    """Sockets, other programs and other people's files are forbidden while they run."""
    copy = tmp_path / "book.xlsx"
    copy.write_bytes(book.read_bytes())
    (tmp_path / "sales.csv").write_text("Date,Customer,Net revenue\n2024-05-01,A,12.50\n")
    for command in (
        ["check", copy],
        ["refresh", copy],
        ["explain", copy, "--channel", "Inside sales"],
        ["report", copy, "-o", tmp_path / "report.xlsx"],
        ["import", copy, "--table", "Sales", tmp_path / "sales.csv"],
        ["new", tmp_path / "new.xlsx"],
        ["call", "CVM_EVC", "100", "[[40]]", "[[10]]"],
    ):
        done = guarded(*command)
        assert done.returncode == 0, (command, done.stderr)


def test_equal_input_gives_equal_bytes(book, tmp_path):
    """On another day, under another order of hashes, time zone and locale."""
    digests = set()
    for hashes, zone, locale in (("0", "UTC", "C"), ("7", "Pacific/Auckland", "C.UTF-8")):
        folder = tmp_path / hashes
        folder.mkdir()
        copy = folder / "book.xlsx"
        copy.write_bytes(book.read_bytes())
        os.utime(copy, (float(hashes) * 1e8 + 1e9,) * 2)
        environment = os.environ | {"PYTHONHASHSEED": hashes, "TZ": zone, "LC_ALL": locale}
        for command in (["refresh", "book.xlsx"], ["report", "book.xlsx", "-o", "report.xlsx"]):
            script = [sys.executable, "-m", "cvm_xl.cli", *command]
            subprocess.run(script, cwd=folder, env=environment, check=True, capture_output=True)
        digests.add(tuple(hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in ("book.xlsx", "report.xlsx")))
    assert len(digests) == 1


@pytest.mark.skipif(os.name != "posix", reason="pipes are files on POSIX alone")
def test_a_pipe_of_libreoffice_is_made_private_whatever_the_user_lets_others_do():
    """With the usual umask others could not open it anyway: that shows nothing."""
    name = f"cvm_xl_{secrets.token_hex(16)}"
    pipe = Path("/tmp", f"OSL_PIPE_0_{name}")
    pipe.touch()
    try:
        pipe.chmod(0o777)
        keep_private(name)
        assert pipe.stat().st_mode & 0o777 == 0o700
    finally:
        pipe.unlink()


def test_dependencies_are_listed_with_their_licences():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    offered = ("parquet", "scale", "postgres", "spark")
    needed = [*project["dependencies"], *(line for name in offered for line in project["optional-dependencies"][name])]
    wanted = {re.match(r"[\w-]+", line).group().lower() for line in needed} - {"cvm-xl"}
    rows = re.findall(r"^\| ([\w-]+) \| .* \| ([\w.-]+) \|$", (ROOT / "docs/trust.md").read_text("utf-8"), re.MULTILINE)
    told = {name: licence for name, licence in rows if name != "package"}
    assert set(told) == wanted
    packages = {re.match(r"[\w-]+", line).group().lower() for line in project["dependencies"]}
    further = {one.lower() for name in packages for one in _needed_by(name)}
    while new := {one.lower() for name in further for one in _needed_by(name)} - further:
        further |= new
    text = (ROOT / "docs/trust.md").read_text("utf-8")
    assert all(re.search(rf"\b{name}\b", text, re.IGNORECASE) for name in further), further
    for name, licence in told.items():
        found = metadata(name)
        words = [found["License-Expression"], found["License"], *(found.get_all("Classifier") or [])]
        text = " ".join(word for word in words if word)
        assert FREE.search(text) or name == "psycopg", (name, text)
        assert licence.split("-")[0] in text, (name, licence, text[:200])


def _needed_by(name: str) -> list[str]:
    """The packages that come with one on this system, nothing asked for besides."""
    from packaging.requirements import Requirement

    found = map(Requirement, requires(name) or [])
    return [one.name for one in found if one.marker is None or one.marker.evaluate({"extra": ""})]
