"""The main job: a workbook in, the four answers in its sheets, nothing of the analyst's lost."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from cvm_xl import functions
from cvm_xl.answers import QUESTIONS
from cvm_xl.book import parts, schema
from cvm_xl.book.build import new_book
from cvm_xl.book.package import Package
from cvm_xl.book.read import read_book
from cvm_xl.cli import main
from cvm_xl.new import demo, fill_inputs, new
from cvm_xl.refresh import refresh
from workbooks import unclear, workbook

INFRASTRUCTURE = {
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/calcChain.xml",
}
"""The members that adding a sheet must touch; every other one stays as it is, byte by byte."""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The demo company's workbook, refreshed."""
    path = demo(tmp_path_factory.mktemp("demo"))
    refresh(path)
    return path


@pytest.fixture(scope="module")
def tables(book):
    """Its tables as a reader of the file sees them."""
    read = read_book(book, [t.name for t in schema.TABLES])
    frames = {name: table.frame for name, table in read.tables.items()}
    pnl = frames["SegmentPnL"]
    pools = [c for c in pnl if schema.table("SegmentPnL").column(c) is None]
    frames["SegmentPnL"] = pnl.astype(dict.fromkeys(pools, float))
    return frames


def call(capsys, tmp_path, name, *args, **named):
    """What `cvm-xl call` prints for these arguments, given in a file."""
    file = tmp_path / "args.json"
    file.write_text(json.dumps({"args": args, "named": named}), encoding="utf-8")
    capsys.readouterr()
    code = main(["call", name, "--file", str(file)])
    answer = json.loads(capsys.readouterr().out)
    assert code == 0, answer
    return answer["result"]


def col(values):
    """A column as JSON cells."""
    return [[None if v is None or v != v else v] for v in values]


def body(table):
    """A table result as a frame."""
    return pd.DataFrame(table[1:], columns=table[0])


def test_every_answer_is_there(tables):
    for declared in schema.outputs():
        assert declared.name in tables, declared.name
        assert len(tables[declared.name]), declared.name
        for column in declared:
            assert column.name in tables[declared.name], (declared.name, column.header)


def test_no_text_has_figures_that_countries_read_differently(book):
    assert unclear(book) == []


def test_checks_are_all_zero(tables):
    checks = tables["Checks"]
    assert len(checks) > 30
    assert (checks["difference"] == 0).all()
    assert set(checks["status"]) == {"OK"}


def test_tiers_are_what_call_gives(tables, capsys, tmp_path):
    tiers = tables["Tiers"]
    given = call(capsys, tmp_path, "CVM_TIER", col(tiers["profit"]))
    assert [row[0] for row in given] == list(tiers["tier"])
    assert (np.diff(tiers["profit"]) <= 0).all()
    assert np.allclose(tiers["profit"], tiers["gross_margin"] - tiers["cost_to_serve"], atol=0.005)


def test_whale_is_what_call_gives(tables, capsys, tmp_path):
    curve = body(call(capsys, tmp_path, "CVM_WHALE", col(tables["Tiers"]["profit"]), 200))
    for name in curve.columns:
        assert np.allclose(curve[name].astype(float), tables["Whale"][name], rtol=1e-12, equal_nan=True), name
    stats = dict(call(capsys, tmp_path, "CVM_WHALE_STATS", col(tables["Tiers"]["profit"])))
    headlines = dict(zip(tables["Headlines"]["figure"], tables["Headlines"]["value"], strict=True))
    assert headlines["Whale peak"] == pytest.approx(stats["peak"])
    assert tables["Whale"]["peak"].max() == pytest.approx(stats["peak"])


def test_pnl_is_what_call_gives(tables, capsys, tmp_path):
    """P&L by channel from the sales lines, and a cost pool from its driver, both re-entered."""
    sales, pnl = tables["Sales"], tables["SegmentPnL"]
    mine = pnl[pnl["dimension"] == "Channel"].set_index("item")
    keys = [["Channel"], *col(sales["channel"])]
    amounts = [["Net"], *col(sales["net_revenue"])]
    sums = body(call(capsys, tmp_path, "CVM_PNL", keys, amounts)).set_index("Channel")["Net"]
    for channel in sales["channel"].dropna().unique():
        assert mine.loc[channel, "net_revenue"] == pytest.approx(sums[channel], abs=1e-9)
    kinds = tables["Products"].set_index("product")["kind"].fillna("product")
    goods = sales["product"].map(kinds).isin(["product", "service"]) & (sales["quantity"] < 0)
    returns = goods.groupby(sales["channel"]).sum()
    pool = tables["CostPools"].set_index("pool").loc["Returns", "amount"]
    header = "Returns"
    assert header in pnl
    # What service departments add to the pool is in its total, which the P&L shows.
    total = -pnl.loc[pnl["dimension"] == "Total", header].iloc[0]
    assert total >= pool
    shares = call(capsys, tmp_path, "CVM_ALLOCATE", total, col(returns.astype(float)))
    for channel, (share,) in zip(returns.index, shares, strict=True):
        assert -mine.loc[channel, header] == pytest.approx(share, abs=1e-9)


def test_every_dimension_has_the_same_total(tables):
    pnl = tables["SegmentPnL"]
    numbers = [c for c in pnl if c not in ("dimension", "item")]
    totals = pnl.groupby("dimension")[numbers].sum()
    assert len(totals) >= 8
    assert np.allclose(totals, totals.loc["Total"], atol=0.005)


def test_price_bands_are_what_call_gives(tables, capsys, tmp_path):
    bands, models = tables["PriceBands"], tables["Model"]
    segments = tables["Segments"].set_index("segment")
    scores = tables["Customers"].groupby("segment")["satisfaction"].mean()
    checked = 0
    for _, band in bands.iterrows():
        drivers = tables["ValueDrivers"]
        mine = drivers[(drivers["segment"] == band["segment"]) & (drivers["product"] == band["product"])]
        by_kind = {kind: list(mine.loc[mine["kind"] == kind, "amount"]) for kind in ("reference", "gain", "loss")}
        assert by_kind["reference"] == [band["reference"]]
        evc = call(capsys, tmp_path, "CVM_EVC", band["reference"], [by_kind["gain"]], [by_kind["loss"]])
        assert evc == pytest.approx(band["evc"])
        fitted = models[models["model"] == f"acceptance {band['product']}"].set_index("name")["value"]
        margin, share = segments.loc[band["segment"], ["required_margin", "incentive_share"]]
        given = call(
            capsys,
            tmp_path,
            "CVM_PRICE_BAND",
            band["unit_cost"],
            0.1 if np.isnan(margin) else margin,
            band["reference"],
            band["evc"],
            incentive_share=0.3 if np.isnan(share) else share,
            intercept=float(fitted["intercept"])
            + float(fitted["satisfaction"]) * scores[band["segment"]]
            + float(fitted.get(f"segment={band['segment']}", 0.0)),
            slope=float(fitted["slope"]),
            price=None if np.isnan(band["price_today"]) else band["price_today"],
        )
        result = body(given).iloc[0]
        for name in ("floor", "target", "ceiling", "fair", "acceptance", "expected_profit"):
            cell = np.nan if result[name] is None else result[name]
            assert cell == pytest.approx(band[name], rel=1e-9, nan_ok=True), name
        assert result["verdict"] == band["verdict"]
        checked += 1
    assert checked == 40


def test_lifetime_is_what_call_gives(tables, capsys, tmp_path):
    life = tables["Lifetime"]
    history = [col(life[name]) for name in ("frequency", "recency", "age")]
    fitted = {
        model: [[n, v] for n, v in zip(rows["name"], rows["value"], strict=True)]
        for model, rows in tables["Model"].groupby("model")
    }
    refitted = dict(call(capsys, tmp_path, "CVM_BGNBD", *history))
    for name, value in fitted["bgnbd"]:
        assert refitted[name] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-6)), name
    money = [[0.0 if v != v else v] for v in life["monetary"]]
    alive = call(capsys, tmp_path, "CVM_ALIVE", fitted["bgnbd"], *history)
    bought = call(capsys, tmp_path, "CVM_PURCHASES", fitted["bgnbd"], 52, *history)
    spend = call(capsys, tmp_path, "CVM_SPEND", fitted["gamma_gamma"], history[0], money)
    worth = call(
        capsys, tmp_path, "CVM_LIFETIME", fitted["bgnbd"], fitted["gamma_gamma"], *history, money,
        margin=col(life["margin"]), discount=0.1, horizon=52,
    )  # fmt: skip
    for name, given in (("p_alive", alive), ("purchases", bought), ("spend", spend), ("clv", worth)):
        assert np.allclose([row[0] for row in given], life[name], rtol=1e-9), name
    ranged = body(
        call(
            capsys, tmp_path, "CVM_PREDICTABILITY", fitted["bgnbd"], fitted["gamma_gamma"], *history, money,
            margin=col(life["margin"]), discount=0.1, horizon=52,
        )
    )[:-1]  # fmt: skip
    for name, column in (("low", "clv_low"), ("high", "clv_high"), ("predictability", "predictability")):
        assert np.allclose(ranged[name].astype(float), life[column], rtol=1e-9), name
    assert (life["clv_low"] <= life["clv_high"]).all()
    assert life["predictability"].between(0, 1).all()
    assert life["predictability"].nunique() > 100


def test_holdout_is_what_call_gives(tables, capsys, tmp_path):
    sales = tables["Sales"]
    kinds = tables["Products"].set_index("product")["kind"].fillna("product")
    mine = sales[sales["customer"].notna() & (sales["product"].map(kinds) != "adjustment")]
    days = [[str(d)[:10]] for d in mine["date"].to_numpy()]
    split = str(tables["Holdout"]["until"][0] - pd.Timedelta(days=7))[:10]
    lines = col(mine["customer"]), days, col(mine["net_revenue"].round(2)), split
    tracked, naive = (body(call(capsys, tmp_path, "CVM_HOLDOUT", *lines, model=m)) for m in ("bgnbd", "naive"))
    for name in ("actual", "cumulative_actual", "error"):
        assert np.allclose(tracked[name].astype(float), tables["Holdout"][name], rtol=1e-9), name
    assert np.allclose(naive["error"].astype(float), tables["Holdout"]["naive_error"], rtol=1e-9)
    assert np.allclose(tracked["cumulative_predicted"], tables["Holdout"]["cumulative_expected"], rtol=1e-9)
    models = body(call(capsys, tmp_path, "CVM_HOLDOUT_MODELS", *lines))
    assert list(models["verdict"]) == list(tables["HoldoutModels"]["verdict"])


def test_summary_is_what_call_gives(tables, capsys, tmp_path):
    sales = tables["Sales"]
    kinds = tables["Products"].set_index("product")["kind"].fillna("product")
    mine = sales[sales["customer"].notna() & (sales["product"].map(kinds) != "adjustment")]
    dates = [[str(d)[:10]] for d in mine["date"].to_numpy()]
    given = body(
        call(
            capsys, tmp_path, "CVM_SUMMARY", col(mine["customer"]), dates, col(mine["net_revenue"].round(2)),
            str(sales["date"].max())[:10],
        )
    ).set_index("customer")  # fmt: skip
    life = tables["Lifetime"].set_index("customer")
    assert set(given.index) == set(life.index)
    for name in ("frequency", "recency", "age"):
        assert np.allclose(given.loc[life.index, name].astype(float), life[name]), name


def test_the_committed_demo_is_what_the_code_builds(tables):
    committed = read_book(Path(__file__).parent.parent / "workbooks" / "demo.xlsx", [t.name for t in schema.TABLES])
    assert set(committed.tables) == set(tables), "python workbooks/build.py"
    for name, table in committed.tables.items():
        if name == "SegmentPnL":
            assert list(table.frame) == list(tables[name]), name
            continue
        pd.testing.assert_frame_equal(table.frame, tables[name], rtol=1e-6, obj=f"{name}: python workbooks/build.py")


def test_refreshing_again_changes_nothing(book, tmp_path):
    again = tmp_path / "again.xlsx"
    refresh(book, again)
    assert again.read_bytes() == book.read_bytes()


def test_restore_brings_the_previous_back(book, tmp_path, capsys):
    path = tmp_path / "book.xlsx"
    shutil.copy(book, path)
    before = path.read_bytes()
    package = Package.open(path)
    fill_inputs(
        package,
        {
            "CostPools": pd.DataFrame({"pool": ["Delivery"], "amount": [1000.0]}),
            "ServiceUsage": pd.DataFrame({"service": [], "user": [], "share": []}),
        },
    )
    package.save(path)
    changed = path.read_bytes()
    refresh(path, only=["tiers"])
    assert main(["restore", str(path)]) == 0
    assert path.read_bytes() == changed
    assert changed != before
    assert main(["restore", str(path)]) == 0
    assert path.read_bytes() != changed
    assert "restore again" in capsys.readouterr().out


def test_only_some_parts(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(new_book("starter", functions.load()))
    package = Package.open(path)
    fill_inputs(package, small_company())
    package.save(path)
    refresh(path, only=["pnl"])
    there = {t.name for t in parts.tables(Package.open(path))}
    assert {"SegmentPnL", "Checks", "Headlines", "Whale"} <= there
    assert not {"Tiers", "PriceBands", "Lifetime"} & there


@pytest.mark.parametrize(
    ("part", "others", "unasked"),
    [
        ("pnl", "tiers, price, clv, growth", ("price_tables.price_tables", "lifetime.lifetime", "holdout.holdout")),
        ("price", "tiers, pnl, clv, growth", ("lifetime.lifetime", "holdout.holdout", "cohorts.cohorts")),
    ],
)
def test_a_part_leaves_the_other_answers_as_they_stand(book, tmp_path, monkeypatch, part, others, unasked):
    """What is not asked is not computed: its tables stay, and what speaks of everything repeats them."""
    for name in unasked:
        monkeypatch.setattr(f"cvm_xl.answers.{name}", None)
    path = Path(shutil.copy(book, tmp_path / "part.xlsx"))
    done = refresh(path, only=[part])
    assert any(f"not refreshed: {others};" in note for note in done.answers.notes)
    names = [t.name for t in schema.outputs()]
    before, after = (read_book(one, names).tables for one in (book, path))
    assert list(before) == list(after)
    for name, table in before.items():
        pd.testing.assert_frame_equal(table.frame, after[name].frame, rtol=1e-12, obj=name)


def test_text_that_looks_like_a_formula_stays_text(book):
    sheet = openpyxl.load_workbook(book, read_only=True)["Surveys"]
    cells = [cell for row in sheet.iter_rows(min_row=5) for cell in row]
    assert any(isinstance(cell.value, str) and cell.value[:1] in "+-" for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)


def small_company():
    """Inputs enough for every answer but price: 30 customers, a year."""
    rng = np.random.default_rng(7)
    n = 400
    sales = pd.DataFrame(
        {
            "date": np.datetime64("2024-01-01", "s") + (rng.integers(0, 365, n) * 86400).astype("timedelta64[s]"),
            "customer": [f"K{i:02d}" for i in rng.integers(0, 30, n)],
            "product": [f"P{i}" for i in rng.integers(0, 5, n)],
            "quantity": rng.integers(1, 9, n).astype(float),
            "list_price": rng.integers(500, 2000, n) / 100,
            "cost_of_goods": rng.integers(100, 900, n) / 100,
        }
    )
    pools = pd.DataFrame(
        {"pool": ["Picking", "Delivery"], "amount": [1234.56, 777.77], "level": ["line", "order"],
         "driver": ["lines", "orders"]}
    )  # fmt: skip
    return {"Sales": sales, "CostPools": pools}


@pytest.fixture(scope="module")
def saved_by_excel(data):
    return sorted((data / "saved_by_excel").glob("*.xls[xm]"))


def values(sheet):
    """What stands in the cells of a sheet that are not empty, figures to a hundredth."""
    cells = {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value not in (None, "")}
    return {at: round(value, 2) if isinstance(value, float) else value for at, value in cells.items()}


def test_a_workbook_of_excels_keeps_every_part(saved_by_excel, tmp_path, office):
    """Our sheets added to workbooks that Excel saved, filled and refreshed twice; formulas over our tables.

    All our sheets go into the one with most parts; into the others those of tiers and the dashboard, by the same ways.
    """
    assert len(saved_by_excel) >= 12
    richest = max(saved_by_excel, key=lambda source: len(Package.open(source).names))
    paths = []
    for source in saved_by_excel:
        path = tmp_path / source.name
        shutil.copy(source, path)
        path.chmod(0o644)
        new(path, "starter")
        package = Package.open(path)
        fill_inputs(package, {name: frame.head(60) for name, frame in small_company().items()})
        package.save(path)
        only = QUESTIONS if source == richest else ("tiers",)
        refresh(path, only=only)
        refresh(path, only=only)
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(path) as now:
            for name in old.namelist():
                if name not in INFRASTRUCTURE:
                    assert now.read(name) == old.read(name), (source.name, name)
        own = [s.name for s in parts.sheets(Package.open(source))]
        assert [s.name for s in parts.sheets(Package.open(path))][: len(own)] == own
        openpyxl.load_workbook(path)
        paths.append(path)
    assert len({path.stem for path in paths}) == len(paths)
    for source, recalculated in zip(paths, office(paths, "xlsx"), strict=True):
        before, after = (openpyxl.load_workbook(path, data_only=True) for path in (source, recalculated))
        assert after["Start"]["A3"].value == "2 of 2 tables filled; refresh after each change", source.name
        for name in ("Start", "Dashboard", "Tiers", "Whale", "Checks"):
            assert values(after[name]) == values(before[name]), (source.name, name)


def test_an_analysts_formulas_follow_our_tables(tmp_path, office):
    """An own sheet with formulas over our tables recalculates to the right values after a refresh that grew them."""
    path = tmp_path / "own.xlsx"
    path.write_bytes(new_book("starter", functions.load()))
    package = Package.open(path)
    fill_inputs(package, {name: frame.head(40) for name, frame in small_company().items()})
    package.save(path)
    refresh(path, only=["tiers", "pnl"])
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("Mine")
    sheet["A1"] = "=SUM(Tiers[Profit])"
    sheet["A2"] = "=SUM(Sales[Quantity])"
    sheet["A3"] = '=SUMIFS(SegmentPnL[Net revenue],SegmentPnL[Dimension],"Total")'
    workbook.save(path)
    package = Package.open(path)
    fill_inputs(package, small_company())
    package.save(path)
    refresh(path, only=["tiers", "pnl"])
    read = read_book(path, ["Tiers", "Sales", "SegmentPnL"]).tables
    recalculated = openpyxl.load_workbook(office(path, "xlsx"), data_only=True)["Mine"]
    assert recalculated["A1"].value == pytest.approx(read["Tiers"].frame["profit"].sum())
    assert recalculated["A2"].value == pytest.approx(read["Sales"].frame["quantity"].sum())
    pnl = read["SegmentPnL"].frame
    assert recalculated["A3"].value == pytest.approx(pnl.loc[pnl["dimension"] == "Total", "net_revenue"].iloc[0])


def test_the_column_of_a_pool_that_is_gone_is_emptied(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(new_book("starter", functions.load()))
    for pools in (["Picking", "Delivery"], ["Picking"]):
        package = Package.open(path)
        frames = small_company()
        frames["CostPools"] = frames["CostPools"][frames["CostPools"]["pool"].isin(pools)]
        fill_inputs(package, frames)
        package.save(path)
        done = refresh(path, only=["pnl"])
    assert any("Delivery is no cost pool any more" in remark for remark in done.remarks)
    pnl = read_book(path, ["SegmentPnL"]).tables["SegmentPnL"].frame
    assert pnl["Delivery"].isna().all()
    assert pnl["Picking"].notna().all()


def test_a_refresh_keeps_what_the_analyst_did(tmp_path):
    """Formats, widths, an own column and a note beside the table stay through a refresh."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(new_book("starter", functions.load()))
    package = Package.open(path)
    fill_inputs(package, small_company())
    package.save(path)
    refresh(path, only=["tiers"])
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Tiers"]
    header = next(row for row in sheet.iter_rows() if row[0].value == "Rank")
    first = header[0].row + 1
    revenue = next(cell.column for cell in header if cell.value == "Revenue")
    for row in range(first, sheet.max_row + 1):
        sheet.cell(row, revenue).number_format = "0.000"
    sheet.column_dimensions["B"].width = 33
    sheet.cell(first, 15).value = "call them"
    sheet.cell(first, 16).value = f'=B{first}&"!"'
    workbook.save(path)
    package = Package.open(path)
    frames = small_company()
    frames["Sales"] = pd.concat([frames["Sales"], frames["Sales"].assign(customer=frames["Sales"]["customer"] + "x")])
    fill_inputs(package, frames)
    package.save(path)
    refresh(path, only=["tiers"])
    sheet = openpyxl.load_workbook(path)["Tiers"]
    assert sheet.max_row == first + 60 - 1
    assert sheet.cell(sheet.max_row, revenue).number_format == "0.000"
    assert sheet.column_dimensions["B"].width == 33
    assert sheet.cell(first, 15).value == "call them"
    assert sheet.cell(first, 16).value == f'=B{first}&"!"'


def test_charts_made_before_what_they_are_to_draw_are_told_and_no_stale_curve_stays(tmp_path):
    rates = ["Segment", "Won at most", "Won today", "Spend to win", "Kept at most", "Kept today", "Spend to keep"]
    judged = ["Unit", "Spend", "Zero", "Current", "Plus 50", "Saturation"]
    path = workbook(
        tmp_path / "book.xlsx",
        {
            "Sales": [
                ["Date", "Customer", "Product", "Quantity", "Net revenue"],
                *[[dt.datetime(2024, 1, 1) + dt.timedelta(40 * i), f"c{i % 3}", "p", 1, 10.0] for i in range(9)],
            ],
            "Budgets": [judged, *([name, 100.0, 10.0, 50.0, 60.0, 90.0] for name in ("Fairs", "Web"))],
            "Sources": [["Source", "Leads", "Customers", "Spend", "CLV"], ["Fair", 50, 5, 90, 30]],
            "SegmentRates": [rates, [None] * 7, [None] * 7],
        },
    )
    assert refresh(path).remarks == []
    package = Package.open(path)
    shares = pd.DataFrame([[None, 0.4, 0.2, 10.0, 0.9, 0.7, 5.0], ["c", 0.4, 0.2, 10.0, 0.9, 0.7, 5.0]])
    shares.columns = [heading.lower().replace(" ", "_") for heading in rates]
    units = pd.DataFrame([[name, 100.0, 10.0, 50.0, 60.0, 90.0] for name in ("Fairs", "Mail")])
    units.columns = [heading.lower().replace(" ", "_") for heading in judged]
    fill_inputs(package, {"Budgets": units, "SegmentRates": shares.assign(margin=20.0)})
    package.save(path)
    told = refresh(path).remarks
    assert "ResponseCurves: Web is no unit of Budgets any more; delete its column, now empty" in told
    assert any(text.startswith("ResponseCurves: its chart shows what stood there") for text in told)
    assert any(text.startswith("AcquireRetain: filled for the first time, without a chart") for text in told)
    curves = read_book(path, ["ResponseCurves"]).tables["ResponseCurves"].frame
    assert curves["Web"].isna().all()
    assert curves["Mail"].notna().all()
    assert [text for text in refresh(path).remarks if "first time" in text] == []
