"""The sheet WhatIf in the real Calc: unchanged it says what PriceBands says; a value that is typed changes its band."""

from __future__ import annotations

import json

import numpy as np
import openpyxl
import pandas as pd
import pytest
from answers.books import rows

from cvm_xl import functions
from cvm_xl.book.build import new_book
from cvm_xl.book.package import Package
from cvm_xl.book.read import read_book
from cvm_xl.cli import main
from cvm_xl.hosts.calc.recalc import recalculate
from cvm_xl.new import fill_inputs
from cvm_xl.refresh import refresh

SAME = ("Reference", "EVC", "Unit cost", "Floor", "Target", "Ceiling", "Fair", "Acceptance", "Expected profit")
FARMS, PARKS = "Farms > 9 ha / p", "Parks / p"


def inputs(what_if="4"):
    """Two products in two segments: one with offers, one without; one offer that has no band."""
    rng = np.random.default_rng(3)
    n = 400
    price, satisfaction = 70 + 60 * rng.random(n), rng.integers(40, 95, n).astype(float)
    segment = np.where(np.arange(n) % 2, "Farms > 9 ha", "Parks")
    score = -7 + 0.1 * price - 0.04 * satisfaction - 0.8 * (segment == "Parks")
    offers = pd.DataFrame({"segment": segment, "product": "p", "price": price})
    offers = offers.assign(accepted=rng.random(n) < 1 / (1 + np.exp(score)), satisfaction=satisfaction)
    sales = [
        (np.datetime64(day), customer, product, 50.0, 50.0 * price, 3000.0)
        for day in ("2024-01-01", "2024-12-30")
        for customer, product, price in (("a", "p", 80.0), ("b", "p", 120.0), ("a", "q", 90.0), ("b", "q", 70.0))
    ]
    drivers = [
        (segment, product, driver, kind, amount)
        for segment, product, gain in (
            ("Farms > 9 ha", "p", 40.0),
            ("Parks", "p", 35.0),
            ("Farms > 9 ha", "q", 15.0),
            ("Parks", "q", 0.5),
        )
        for driver, kind, amount in (
            ("Rival", "reference", 100.0 if product == "p" else 60.0),
            ("Yield", "gain", gain),
            ("Switching", "loss", gain / 5),
        )
    ]
    return {
        "Settings": rows("setting value meaning", ("What if", what_if, None)),
        "Sales": rows("date customer product quantity net_revenue cost_of_goods", *sales),
        "Customers": rows("customer segment satisfaction", ("a", "Farms > 9 ha", 80.0), ("b", "Parks", 60.0)),
        "Segments": rows("segment future_value", ("Farms > 9 ha", 0.05)),
        "ValueDrivers": rows("segment product driver kind amount", *drivers),
        "Offers": offers,
    }


def put(path, tables):
    package = Package.open(path)
    fill_inputs(package, tables)
    package.save(path)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("what_if") / "book.xlsx"
    path.write_bytes(new_book("full", functions.load()))
    put(path, inputs())
    refresh(path)
    return path


def shown(path, name):
    """A table of a sheet of WhatIf as it stands in the file: rows by their key, with the cells of each."""
    sheet = openpyxl.load_workbook(path, data_only=True)["WhatIf"]
    cells = list(sheet.iter_rows(min_row=4))
    starts = [i for i, cell in enumerate(cells[0]) if cell.value == "Offer"]
    start = starts[0 if name == "WhatIf" else 1]
    heads = []
    for cell in cells[0][start:]:
        if cell.value is None:
            break
        heads.append(cell.value)
    keys = 3 if name == "WhatIf" else 1
    body = [[cell.value for cell in row[start : start + len(heads)]] for row in cells[1:]]
    found = [dict(zip(heads, row, strict=True)) for row in body if row[0] is not None]
    return {tuple(list(row.values())[:keys]) if keys > 1 else row["Offer"]: row for row in found}


def typed(path, into, values):
    """A copy of the workbook with these values in What if, by the row's key."""
    made = openpyxl.load_workbook(path)
    sheet = made["WhatIf"]
    heads = [cell.value for cell in sheet[4]]
    column = heads.index("What if") + 1
    for row in sheet.iter_rows(min_row=5):
        key = tuple(cell.value for cell in row[:3])
        if key in values:
            sheet.cell(row[0].row, column).value = values[key]
    made.save(into)
    return into


def bands_of(path):
    frame = read_book(path, ["PriceBands"]).tables["PriceBands"].frame
    return {f"{row['segment']} / {row['product']}": row for row in frame.to_dict("records")}


def test_unchanged_it_says_what_price_bands_says(calc, book, tmp_path):
    done = recalculate(book, tmp_path / "out.xlsx")
    assert done.failed == []
    assert done.formulas > 20
    bands, live = bands_of(book), shown(tmp_path / "out.xlsx", "WhatIfBands")
    assert set(live) == {FARMS, PARKS, "Farms > 9 ha / q", "Parks / q"}
    for offer, row in live.items():
        wanted = bands[offer]
        for header in SAME:
            value = wanted[header.lower().replace(" ", "_")]
            assert (row[header] in (None, "")) if np.isnan(value) else row[header] == pytest.approx(value, rel=1e-12)
        assert row["Verdict"] == wanted["verdict"]
        if not np.isnan(wanted["profit_change"]):
            assert row["Profit change"] == pytest.approx(wanted["profit_change"], abs=0.006)
    assert live["Parks / q"]["Verdict"].startswith("No band")
    assert live[FARMS]["Future value"] == 5
    assert live[FARMS]["Intercept"] != pytest.approx(live[PARKS]["Intercept"])


def test_what_is_typed_changes_its_band_alone_as_the_function_says(calc, book, tmp_path, capsys):
    before = bands_of(book)
    path = typed(
        book,
        tmp_path / "typed.xlsx",
        {
            (FARMS, "Yield", "gain"): 55.0,
            (FARMS, "Switching", "loss"): 0.0,
            (FARMS, "A further gain", "gain"): 5.0,
            (PARKS, "Satisfaction", "satisfaction"): 90.0,
            ("Farms > 9 ha / q", "Unit cost", "unit cost"): 40.0,
        },
    )
    recalculate(path, tmp_path / "out.xlsx")
    live = shown(tmp_path / "out.xlsx", "WhatIfBands")
    farms, parks, cheaper = live[FARMS], live[PARKS], live["Farms > 9 ha / q"]
    assert farms["EVC"] == 160
    assert farms["Target"] > before[FARMS]["target"]
    assert farms["Target before"] == pytest.approx(before[FARMS]["target"])
    assert parks["Target"] > before[PARKS]["target"]  # more satisfied, they accept more
    assert parks["EVC"] == before[PARKS]["evc"]
    assert cheaper["Floor"] == pytest.approx(40 / 0.9)
    given = [farms[name] for name in ("Unit cost", "Required margin", "Reference", "EVC", "Incentive share")]
    more = {
        name: farms[name.capitalize().replace("_", " ")] for name in ("intercept", "slope", "future_value", "price")
    }
    capsys.readouterr()
    named = [f"{name}={json.dumps(value)}" for name, value in more.items()]
    assert main(["call", "CVM_PRICE_BAND", *map(json.dumps, given), *named]) == 0
    head, row = json.loads(capsys.readouterr().out)["result"]
    called = dict(zip(head, row, strict=True))
    for name in ("floor", "target", "ceiling", "fair", "acceptance", "expected_profit"):
        assert farms[name.capitalize().replace("_", " ")] == pytest.approx(called[name], rel=1e-9)


def test_a_refresh_keeps_what_was_typed_and_names_what_has_no_row_any_more(calc, book, tmp_path):
    path = typed(
        book,
        tmp_path / "typed.xlsx",
        {(FARMS, "Yield", "gain"): 55.0, (PARKS, "Yield", "gain"): 1.0, (PARKS, "Price today", "price"): 99.0},
    )
    changed = inputs(what_if=f"{FARMS}; Farms > 9 ha / q")
    changed["ValueDrivers"] = changed["ValueDrivers"].replace({"amount": {40.0: 44.0}})
    put(path, changed)
    done = refresh(path)
    lost = [remark for remark in done.remarks if "has no row any more" in remark]
    assert len(lost) == 2
    assert any("What if of Parks / p, Yield, gain ('1')" in remark for remark in lost), lost
    assert any("Price today, price ('99')" in remark for remark in lost)
    recalculate(path, tmp_path / "out.xlsx")
    kept = shown(tmp_path / "out.xlsx", "WhatIf")[FARMS, "Yield", "gain"]
    assert (kept["As it is"], kept["What if"], kept["In use"]) == (44, 55, 55)
    live = shown(tmp_path / "out.xlsx", "WhatIfBands")
    assert set(live) == {FARMS, "Farms > 9 ha / q"}
    assert live[FARMS]["EVC"] == pytest.approx(100 + 55 - 8)


def test_a_refresh_of_the_open_workbook_keeps_formulas_and_what_was_typed(calc, book, tmp_path):
    from cvm_xl.hosts.ribbon.refreshing import refresh as refresh_open

    path = typed(book, tmp_path / "open.xlsx", {(FARMS, "Yield", "gain"): 55.0})
    put(path, inputs(what_if=f"{PARKS}; {FARMS}"))
    opened = calc.books.open(path)
    try:
        done = refresh_open(opened)
        opened.save(tmp_path / "saved.xlsx")
    finally:
        opened.close()
    assert {"WhatIf", "WhatIfBands"} <= set(done.written)
    recalculate(tmp_path / "saved.xlsx", tmp_path / "out.xlsx")
    live = shown(tmp_path / "out.xlsx", "WhatIfBands")
    assert list(live) == [PARKS, FARMS]
    assert (live[FARMS]["EVC"], live[PARKS]["EVC"]) == (147, 128)
    assert live[PARKS]["Target"] == pytest.approx(bands_of(book)[PARKS]["target"])
