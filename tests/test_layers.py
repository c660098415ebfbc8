"""The direction of dependence, and what importing costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cvm_xl"
# From the bottom up; a layer imports from its own and from those before it.
LAYERS = [
    ["figures"],
    ["errors", "progress"],
    ["kinds", "problems"],
    ["cells"],
    ["arguments"],
    ["catalogue"],
    ["models"],
    ["functions", "describe"],
    ["book"],
    ["data"],
    ["answers", "check", "intake", "demo", "steps"],
    ["filling"],
    ["refresh", "new", "console", "calls"],
    ["report", "score"],
    ["hosts"],
    ["cli"],
]
RANK = {name: i for i, layer in enumerate(LAYERS) for name in layer}
ONLY_IN = {"xlwings": "hosts", "openpyxl": "book", "xlsxwriter": "book", "ibis": "data"}


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__")


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, *, top: bool = False):
    """Modules that a file imports; with `top` only those that importing it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "cvm_xl":
                yield from (f"cvm_xl.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    mine = layer(path)
    for name in imports(path):
        head, _, rest = name.partition(".")
        if head == "cvm_xl" and rest and rest.split(".")[0] in RANK:
            assert RANK[rest.split(".")[0]] <= RANK[mine], name
        if head in ONLY_IN:
            assert mine == ONLY_IN[head], name
    if mine == "models":
        assert not {i.split(".")[0] for i in imports(path)} & {"pandas", "openpyxl", "xlsxwriter", "xlwings"}


def test_functions_load_without_pandas_and_scipy():
    """The add-in's cold start is what a user feels first."""
    code = "import sys; from cvm_xl import functions; functions.load(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "scipy", "openpyxl", "xlsxwriter", "xlwings", "lxml"} & set(loaded)


def test_bare_import_loads_nothing():
    code = "import sys; before = set(sys.modules); import cvm_xl; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) <= {"cvm_xl"}
