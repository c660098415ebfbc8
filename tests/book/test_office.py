"""Changed workbooks in a real spreadsheet program: nothing is lost, and formulas over our tables come out right."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from donors import donor

from cvm_xl.book import parts
from cvm_xl.book.fill import fill
from cvm_xl.book.graft import graft
from cvm_xl.book.markup import parse, serialized, tag
from cvm_xl.book.package import Package
from cvm_xl.book.recalculate import set_recalculate

SAVED_BY_EXCEL = sorted((Path(__file__).parents[3] / "shared/data/saved_by_excel").glob("*.xls[xm]"))
MAY_CHANGE = {
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/calcChain.xml",
}


def read(path: Path) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, data_only=True)


def with_formulas(package: Package, sheet: str, formulas: dict[str, str]) -> None:
    """Formulas with stale values that an analyst has put on a sheet, far to the right of what is there."""
    part = next(s.part for s in parts.sheets(package) if s.name == sheet)
    root = parse(package.part(part), part)
    data = root.find(tag("sheetData"))
    rows = {row.get("r"): row for row in data}
    for address, formula in formulas.items():
        number = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        row = rows.get(number)
        if row is None:
            row = data.makeelement(tag("row"), {"r": number})
            later = [i for i, other in enumerate(data) if int(other.get("r")) > int(number)]
            data.insert(later[0] if later else len(data), row)
            rows[number] = row
        cell = row.makeelement(tag("c"), {"r": address})
        row.append(cell)
        cell.append(cell.makeelement(tag("f"), {}))
        cell.append(cell.makeelement(tag("v"), {}))
        cell[0].text, cell[1].text = formula, "-1"
        row.attrib.pop("spans", None)
    package.put(part, serialized(root))


def refreshed_by_the_program(package: Package) -> set[str]:
    """Sheets that LibreOffice itself changes on loading: pivot tables and cube functions."""
    return {
        sheet.name
        for sheet in parts.sheets(package)
        if b"CUBE" in package.part(sheet.part)
        or any(link.kind == "pivotTable" for link in parts.relationships(package, sheet.part).values())
    }


@pytest.mark.parametrize("path", SAVED_BY_EXCEL, ids=lambda path: path.name)
def test_analysts_formulas_over_our_tables(path, office, tmp_path):
    package = Package.open(path)
    own = [sheet.name for sheet in parts.sheets(package)]
    graft(package, donor())
    formulas = {"XA1": "SUM(Tiers[Revenue])", "XA2": 'COUNTIF(Tiers[Tier],"A")', "XA3": "ROWS(Tiers[Customer])"}
    with_formulas(package, own[0], formulas)
    before = {name: package.part(name) for name in Package.open(path).names if name in package}
    for count in (40, 12):
        columns = {
            "Customer": [f"=C{i}" for i in range(count)],
            "Revenue": np.arange(count) + 0.5,
            "Tier": np.where(np.arange(count) % 3 == 0, "A", "B").astype(object),
            "Since": np.datetime64("2021-01-01") + np.arange(count),
            "Active": np.arange(count) % 2 == 0,
        }
        fill(package, "Tiers", columns, key=("Customer",), charts_on=("Dashboard",))
        set_recalculate(package)
        package.save(tmp_path / path.name)
        package = Package.open(tmp_path / path.name)
    assert {name for name, content in before.items() if name not in package or package.part(name) != content} <= (
        MAY_CHANGE
    )
    there, shown = read(tmp_path / path.name), read(office(tmp_path / path.name, "xlsx"))
    assert shown.sheetnames == [*own, "Tiers", "Dashboard"]
    assert [shown[own[0]][cell].value for cell in formulas] == [pytest.approx(72), 4, 12]
    assert [there[own[0]][cell].value for cell in formulas] == [-1, -1, -1]  # stored values are not ours to change
    assert shown["Dashboard"]["B1"].value == pytest.approx(72)
    sheet = shown["Tiers"]
    assert [cell.value for cell in sheet[16]][:5] == ["=C11", 11.5, "B", dt.datetime(2021, 1, 12), False]
    assert sheet["A17"].value is None
    for name in set(own) - refreshed_by_the_program(package):
        for row in there[name].iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and not cell.value.startswith("#"):
                    assert shown[name][cell.coordinate].value == cell.value, (name, cell.coordinate)


@pytest.mark.parametrize(
    "path", [p for p in SAVED_BY_EXCEL if "table30" in p.name or "Pivot" in p.name], ids=lambda path: path.name
)
def test_it_prints(path, office, tmp_path):
    package = Package.open(path)
    graft(package, donor(), first=True)
    fill(package, "Tiers", {"Customer": ["Ann"], "Revenue": [1.0]}, charts_on=("Dashboard",))
    package.save(tmp_path / path.name)
    assert office(tmp_path / path.name, "pdf").read_bytes().startswith(b"%PDF")
