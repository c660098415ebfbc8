"""Titles and units of the output sheets follow Settings; what an analyst wrote instead of one stays."""

from __future__ import annotations

import re
import shutil
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from cvm_xl import functions
from cvm_xl.book import schema
from cvm_xl.book.build import donor, new_book
from cvm_xl.book.fill import fill
from cvm_xl.book.package import Package
from cvm_xl.book.titles import follow_settings
from cvm_xl.new import fill_inputs
from cvm_xl.refresh import refresh

NAMED = 'Müller & <Söhne> "Nord"'


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A workbook refreshed with the settings as they come: no company, EUR."""
    rng = np.random.default_rng(3)
    n = 200
    sales = pd.DataFrame(
        {
            "date": np.datetime64("2024-01-01", "s") + (rng.integers(0, 365, n) * 86400).astype("timedelta64[s]"),
            "customer": [f"K{i:02d}" for i in rng.integers(0, 20, n)],
            "quantity": rng.integers(1, 9, n).astype(float),
            "list_price": rng.integers(500, 2000, n) / 100,
            "cost_of_goods": rng.integers(100, 900, n) / 100,
        }
    )
    package = Package(new_book("starter", functions.load()))
    fill_inputs(package, {"Sales": sales})
    path = tmp_path_factory.mktemp("titles") / "book.xlsx"
    package.save(path)
    refresh(path)
    return path


@pytest.fixture
def book(first, tmp_path):
    return shutil.copy(first, tmp_path / "book.xlsx")


def enter(path, **settings):
    """Settings as if typed into their table; those not given lose their row."""
    package = Package.open(path)
    fill(package, "Settings", {"Setting": list(settings), "Value": np.array(list(settings.values()), object)})
    package.save(path)


def shown(path):
    """What stands above the tables of results, by sheet and cell, for a reader that does not calculate."""
    book = openpyxl.load_workbook(path, data_only=True)
    outputs = {table.sheet for table in schema.outputs()} & set(book.sheetnames)
    return {
        (name, cell.coordinate): cell.value
        for name in outputs
        for row in book[name].iter_rows(max_row=3)
        for cell in row
        if cell.value is not None
    }


def chart_titles(path):
    with zipfile.ZipFile(path) as book:
        charts = [book.read(name).decode() for name in book.namelist() if "/charts/chart" in name]
    titles = [re.search(r"<c:title>.*?</c:title>", text, re.DOTALL)[0] for text in charts]
    return {re.search(r"<(?:c:v|a:t)>(.*?)</", text)[1] for text in titles}


def test_titles_and_units_are_those_of_settings_for_every_reader(first, tmp_path, office):
    cases = (
        ({"Company": NAMED, "Currency": "CHF"}, f", {NAMED}", "CHF"),
        ({"Company": None, "Currency": None, "Decimals": 0}, "", "EUR"),
        ({"Currency": "kr", "Company": 1848}, ", 1848", "kr"),
        ({"Decimals": 2}, "", "EUR"),
    )
    paths = [shutil.copy(first, tmp_path / f"{i}.xlsx") for i in range(len(cases))]
    for path, (settings, company, currency) in zip(paths, cases, strict=True):
        enter(path, **settings)
        refresh(path)
        stored = shown(path)
        assert stored.keys() == shown(first).keys()
        assert stored["Tiers", "A1"] == f"Tiers{company}, {currency}"
        assert stored["Checks", "A1"] == f"Checks{company}, {currency}"
        assert stored["Dashboard", "A1"] == f"Customer value{company}, {currency}"
        assert {value for (_, cell), value in stored.items() if cell[-1] == "3"} == {currency, "%"}
        assert {f"Contribution by segment, {currency}", f"Lifetime value of customers by tier, {currency}"} < (
            chart_titles(path)
        )
        once = path.read_bytes()
        refresh(path)
        assert path.read_bytes() == once
    for path, calculated in zip(paths, office(paths, "xlsx"), strict=True):
        assert shown(calculated) == shown(path)


def test_nothing_but_titles_and_units_changes(book):
    def parts(path):
        package = Package.open(path)
        return {name: package.part(name).decode("utf-8", "replace") for name in package.names}

    before = parts(book)
    package = Package.open(book)
    follow_settings(package, "ACME", "USD")
    package.save(book)
    after = parts(book)
    assert after.keys() == before.keys()
    differing = {name for name in before if before[name] != after[name]}
    assert all(re.match(r"xl/(worksheets/sheet|charts/chart)\d+\.xml", name) for name in differing)
    for name in differing:
        assert (
            after[name].replace(", ACME</v>", "</v>").replace(", ACME, ", ", ").replace("USD<", "EUR<") == before[name]
        )
    follow_settings(package, "", "EUR")
    package.save(book)
    assert parts(book) == before


def test_the_analysts_own_titles_and_units_stay(book, office):
    edited = openpyxl.load_workbook(book)
    tiers, dashboard = edited["Tiers"], edited["Dashboard"]
    money = [cell.coordinate for cell in tiers[3] if cell.value and "Currency" in str(cell.value)]
    theirs = tiers["A1"].value.replace('"Tiers"', '"Our ""best"""')
    tiers["A1"], tiers[money[0]] = theirs, "Mio. €"
    dashboard["A1"] = "What we know"
    edited["Checks"]["A1"] = "=Settings[[#Headers],[Value]]&1"
    edited.save(book)
    enter(book, Company="ACME", Currency="USD")
    refresh(book)
    formulas = openpyxl.load_workbook(book)
    assert formulas["Tiers"]["A1"].value == theirs
    assert formulas["Tiers"][money[0]].value == "Mio. €"
    assert formulas["Dashboard"]["A1"].value == "What we know"
    assert formulas["Checks"]["A1"].value == "=Settings[[#Headers],[Value]]&1"
    stored = shown(book)
    assert stored["Tiers", "A1"] == 'Our "best", ACME, USD', "their words, our look-ups: the value has to be right"
    assert stored["Tiers", money[1]] == "USD"
    assert shown(office(book, "xlsx"))["Tiers", "A1"] == stored["Tiers", "A1"]


def test_a_chart_title_of_the_analysts_stays(book):
    package = Package.open(book)
    name, text = next((n, t) for n in package.names if b"segment, EUR</c:v>" in (t := package.part(n)))
    theirs = re.sub(rb"<c:f>Dashboard!\$X\$2</c:f>", b"<c:f>Sales!$A$1</c:f>", text, count=1)
    assert theirs != text
    package.put(name, theirs)
    package.save(book)
    enter(book, Currency="USD")
    refresh(book)
    assert {"Contribution by segment, EUR", "Lifetime value of customers by tier, USD"} < chart_titles(book)


def test_a_workbook_saved_by_libreoffice_still_follows(book, office):
    saved = office(book, "xlsx")
    enter(saved, Company="ACME", Currency="USD")
    refresh(saved)
    assert shown(saved)["Tiers", "A1"] == "Tiers, ACME, USD"
    assert shown(saved)["Dashboard", "A1"] == "Customer value, ACME, USD"


def test_without_settings_titles_are_text():
    names = [table.name for table in schema.outputs() if not any(column.live for column in table)]
    text = donor(names, company="ACME", currency="USD")
    package = Package(text)
    assert not [name for name in package.names if b"<f>" in package.part(name)]
    follow_settings(package, "Other", "SEK")
    assert b"ACME, USD" in b"".join(package.part(name) for name in package.names)


def test_of_a_large_sheet_only_what_stands_above_is_unpacked_and_the_same_is_stored(first, monkeypatch):
    made, unpacked, whole = [], [], Package.part
    for large in (2**22, 0):
        monkeypatch.setattr("cvm_xl.book.titles.LARGE", large)
        package = Package.open(first)
        unpacked.clear()
        monkeypatch.setattr(Package, "part", lambda self, name: unpacked.append(name) or whole(self, name))
        follow_settings(package, "", "EUR")
        monkeypatch.setattr(Package, "part", whole)
        assert any("worksheets/sheet" in name for name in unpacked) is bool(large)  # nothing changed: no need
        follow_settings(package, NAMED, "USD")
        made.append({name: package.part(name) for name in package.names})
    assert made[0] == made[1]
    assert any("Müller".encode() in content for content in made[1].values())
