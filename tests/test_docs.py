"""The documentation says what holds: its examples run, its figures are the demo's, and nothing is left out."""

from __future__ import annotations

import argparse
import doctest
import re
import shutil
from pathlib import Path

import pytest
import python_calamine
from pages import DOCS, blocks, run

from cvm_xl import functions
from cvm_xl.book import schema
from docs.site import build, commands, limits, pictures
from docs.site import functions as function_pages
from docs.site.words import plain

WRITTEN = sorted(p for p in DOCS.rglob("*.md") if "site" not in p.relative_to(DOCS).parts)
NAMES = [str(p.relative_to(DOCS)) for p in WRITTEN]
DEMO = DOCS.parent / "workbooks" / "demo.xlsx"  # another test says that a refresh gives what stands in it
TRIED = [
    n for n, p in zip(NAMES, WRITTEN, strict=True) if "```console" in p.read_text(encoding="utf-8") and n != "excel.md"
]


@pytest.fixture(scope="module")
def made():
    return build.pages()


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TRIED)
def test_what_a_page_shows_runs_and_prints_this(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if "demo/demo.xlsx" in text(name):
        Path("demo").mkdir()
        shutil.copyfile(DEMO, "demo/demo.xlsx")
    assert run(text(name)) > 0


@pytest.mark.parametrize("name", [n for n in NAMES if "```pycon" in text(n)])
def test_python_shown_gives_what_it_says(name):
    assert doctest.testfile(str(DOCS / name), module_relative=False).failed == 0


def test_figures_of_the_tutorial_are_those_of_the_demo():
    book = python_calamine.CalamineWorkbook.from_path(str(DEMO))
    rows = re.findall(r"^\| (\w+) \| ([A-Z]+)(\d+) \| (.*?) \| (.*?) \|$", text("tutorial.md"), re.MULTILINE)
    assert len(rows) > 40
    sheets: dict[str, list] = {}
    wrong = []
    for sheet, letters, row, what, shown in rows:
        cells = sheets.setdefault(sheet, []) or sheets[sheet]
        if not cells:
            cells += book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        column = sum((ord(a) - 64) * 26**i for i, a in enumerate(reversed(letters))) - 1
        value = cells[int(row) - 1][column]
        if formatted(value, shown) != shown:
            wrong.append(f"{sheet}!{letters}{row} ({what}): {value!r}, not {shown}")
    assert not wrong, "\n".join(wrong)


def formatted(value: object, like: str) -> str:
    """A cell as the page shows it."""
    if isinstance(value, str):
        return value
    if like.endswith("%"):
        return f"{value:.1%}"
    return f"{value:,.{len(like.partition('.')[2])}f}"


# --- nothing is left out ---------------------------------------------------------------------------------------------


def test_every_command_and_each_of_its_arguments_is_documented(made):
    page = made["reference/commands.md"]
    every = "\n".join(text(n) for n in NAMES) + (DOCS.parent / "README.md").read_text(encoding="utf-8")
    for name, parser in commands.commands():
        if any(isinstance(action, argparse._SubParsersAction) for action in parser._actions):
            continue
        assert f"## {name}\n" in page
        assert parser.description
        for action in parser._actions:
            assert action.help, f"{name}: {action.dest} has no help"
        assert name in every, f"no page shows how to use {name}"


def test_every_function_has_a_page_with_all_that_is_to_say(made):
    for name, function in functions.load().items():
        page = made[f"reference/functions/{name}.md"]
        for heading in ("## Arguments", "## Result", "## Example", "## Source and limits"):
            assert heading in page
        for arg in function.args:
            assert f"`{arg.name}`" in page
        assert function.family in function_pages.FAMILIES
    assert set(limits.told()) == set(functions.load())


def test_examples_are_shown_whole_with_numbers_to_the_right(made):
    page = made["reference/functions/CVM_EQUITY.md"]
    assert all(f"| {plain(name)} |" in page for name, _ in functions.load()["CVM_EQUITY"].example.gives)
    shown = made["reference/functions/CVM_HOLDOUT_MODELS.md"].partition("It gives:")[2]
    assert "|---|---:|---:|---:|---:|---:|---|" in shown
    assert "| 0.1345644 |" in shown


def test_an_argument_says_what_it_takes_and_what_holds_without_it(made):
    page = made["reference/functions/CVM_PRICE_BAND.md"]
    assert "| `cost` | column of numbers, 0 or more | **Needed.** Full cost to serve, per unit. |" in page
    assert "a reason to buy. Without it `0.3`. |" in page
    assert "1, 2, ... |" in made["reference/functions/CVM_RETENTION.md"]


def test_every_page_on_limits_says_what_to_do(made):
    index = text("limits/index.md")
    for path in limits.FOLDER.glob("*.md"):
        if path.stem != "index":
            for heading in ("## What it assumes", "## When it is wrong", "## What to do", "## Functions"):
                assert heading in path.read_text(encoding="utf-8"), path.name
            assert f"\n{path.stem}\n" in index


def test_every_table_and_setting_is_documented(made):
    for table in schema.inputs():
        assert f"\n## {table.name}\n" in made["reference/inputs.md"]
    for table in schema.outputs():
        assert f"\n## {table.name}\n" in made["reference/outputs.md"]
    for setting in schema.SETTINGS:
        assert f"| {setting.name} |" in made["reference/settings.md"]


def test_pictures_are_of_functions_and_say_what_they_show():
    catalogue = functions.load()
    for picture in pictures.PICTURES.values():
        drawn = picture.svg(catalogue)
        assert f"<title>{picture.alt[:20]}" in drawn
        assert "nan" not in drawn
        assert "href" not in drawn


def test_links_between_pages_lead_somewhere(made, tmp_path):
    build.gather(tmp_path / "docs")
    headings = {}
    for path in (tmp_path / "docs").rglob("*.md"):
        lines = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        found = re.findall(r"^#+ (.*)$", lines, re.MULTILINE)
        headings[path.resolve()] = lines, {build.anchor(heading) for heading in found}
    wrong = []
    for path, (lines, _) in headings.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", lines):
            if target.startswith(("http://", "https://")):
                continue
            file, _, anchor = target.partition("#")
            to = (path.parent / file).resolve() if file else path
            if not to.exists() or (anchor and anchor not in headings[to][1]):
                wrong.append(f"{path.name}: {target}")
    assert not wrong, wrong


def test_the_site_is_whole_and_asks_nothing_of_a_network(tmp_path):
    pytest.importorskip("sphinx", reason="the extra docs is not installed")
    index = build.build(tmp_path)
    pages = list(index.parent.rglob("*.html"))
    assert len(pages) > len(functions.load()) + len(WRITTEN)
    for page in pages:
        html = page.read_text(encoding="utf-8")
        asked = re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]+\"", html)
        assert not asked, (page.name, asked)
        for target in re.findall(r"<(?:a|img|script)[^>]+(?:href|src)=\"([^\"#]+)", html):
            if not target.startswith(("http", "mailto:", "data:")):
                assert (page.parent / target.partition("?")[0]).exists(), (page.name, target)


def test_readme_leads_to_the_documentation():
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert "docs/tutorial.md" in readme
    for target in re.findall(r"\]\((docs/[^)#]+)", readme):
        assert (DOCS.parent / target).exists(), target


def test_blocks_are_found():
    (block,) = blocks("Save this as `a.csv`:\n\n```text\nx\n```\n")
    assert (block.file, block.text) == ("a.csv", "x\n")
