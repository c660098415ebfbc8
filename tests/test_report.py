"""The report: what a person hands on is what the workbook says, and nothing that was to be kept back."""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from company import company as whole
from company import write

import cvm_xl.report
from cvm_xl import functions
from cvm_xl.answers import answer
from cvm_xl.answers.pools import SUBTOTALS
from cvm_xl.answers.pseudonyms import Pseudonyms, invented, pseudonymous, without_customers
from cvm_xl.book import parts, schema
from cvm_xl.book.key import KEY
from cvm_xl.book.package import Package
from cvm_xl.book.read import read_book
from cvm_xl.book.report.content import REPORT, VOLUMES
from cvm_xl.book.settings import settings
from cvm_xl.cli import main
from cvm_xl.errors import BookError, Place
from cvm_xl.problems import Problem
from cvm_xl.progress import Course
from cvm_xl.refresh import refresh
from cvm_xl.report import SEED, Wanted, report, reports
from workbooks import unclear

TABLES = ("Tiers", "SegmentPnL", "PriceBands", "Lifetime", "Investment", "Decisions", "Checks")
QUICK = ("tiers", "pnl", "price")  # without the simulation of lifetime values


NEEDED = "Settings Segments Customers Products Sales CostPools Drivers ValueDrivers Offers".split()


def company():
    """The forty customers with what their report rests on."""
    tables = {name: frame for name, frame in whole().items() if name in NEEDED}
    chosen = tables["Settings"]["setting"].isin(["Company", "Currency"])
    tables["Settings"] = tables["Settings"][chosen].reset_index(drop=True)
    tables["Settings"].loc[2] = {"setting": "P&L by", "value": "Region; Owner", "meaning": None}
    return tables


def year(tables, number, factor=1.0):
    """The company in one year, with costs of its own."""
    sales = tables["Sales"]
    tables["Sales"] = sales[pd.to_datetime(sales["date"]).dt.year == number].reset_index(drop=True)
    tables["CostPools"]["amount"] = (tables["CostPools"]["amount"] * factor).round(2)
    return {name: frame for name, frame in tables.items() if name not in ("ValueDrivers", "Offers")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def book(folder):
    """A workbook of forty customers."""
    return write(folder / "book.xlsx")


@pytest.fixture(scope="module")
def small(folder):
    """The same customers with what their report rests on alone."""
    return write(folder / "small.xlsx", company())


@pytest.fixture(scope="module")
def made(book, folder):
    """Its report, all pages."""
    report(book, folder / "report.xlsx")
    return folder / "report.xlsx"


@pytest.fixture(scope="module")
def refreshed(book, folder):
    """The workbook itself, refreshed."""
    refresh(book, folder / "refreshed.xlsx")
    return folder / "refreshed.xlsx"


@pytest.fixture(scope="module")
def years(folder):
    """The same company in 2024 and in 2025."""
    return [write(folder / f"{n}.xlsx", year(company(), n, f)) for n, f in ((2024, 0.4), (2025, 0.6))]


def frames(path, names=TABLES):
    return {name: table.frame for name, table in read_book(path, names).tables.items()}


def pages(path):
    return [s for s in openpyxl.load_workbook(path) if s.title not in TABLES and s.title != VOLUMES.name]


def column(sheet, heading, first):
    """The values below a heading, by the text in the first column, down to the next blank."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(i for i, row in enumerate(rows) if first in row and heading in row)
    found = {}
    for row in rows[top + 1 :]:
        name, value = (row[rows[top].index(text)] for text in (first, heading))
        if name is None:
            break
        found[name] = value
    return found


# --- the figures -------------------------------------------------------------------------------------------------


def test_its_tables_are_those_of_the_refreshed_workbook(made, refreshed):
    ours, theirs = frames(made), frames(refreshed)
    for name in TABLES:
        pd.testing.assert_frame_equal(ours[name], theirs[name], check_dtype=False, obj=name)


def test_no_text_has_figures_that_countries_read_differently(made):
    assert unclear(made) == []


def test_every_number_on_its_pages_is_one_of_the_tables(made):
    opened, tables = openpyxl.load_workbook(made), frames(made)
    pnl = tables["SegmentPnL"]
    costs = list(pnl.columns[pnl.columns.get_loc("contribution") + 1 :])
    costs = [name for name in costs if name not in SUBTOTALS.values()]
    pnl = pnl.astype(dict.fromkeys(costs, float))
    for dimension in ("Segment", "Channel", "Region"):
        block = pnl[pnl["dimension"] == dimension].set_index("item")
        sheet = opened[f"P&L by {dimension}"]
        for name in ("Net revenue", "Gross margin", "Contribution"):
            shown = column(sheet, name, dimension)
            key = name.lower().replace(" ", "_")
            assert shown.pop("Total") == pytest.approx(block[key].sum())
            assert {k: v for k, v in shown.items() if "other" not in k} == pytest.approx(
                {k: v for k, v in block[key].items() if k in shown}
            )
        pools = block[costs].sum(axis=1)
        served = {k: v for k, v in column(sheet, "Cost to serve", dimension).items() if "other" not in k}
        assert served.pop("Total") == pytest.approx(pools.sum())
        assert served == pytest.approx({k: v for k, v in pools.items() if k in served})
    steps = column(opened["Cost to serve"], "Amount", "Step")
    total = pnl[pnl["dimension"] == "Total"].iloc[0]
    assert steps["Contribution"] == total["contribution"]
    assert steps["Net revenue"] == total["net_revenue"]
    assert steps["Net revenue"] == pytest.approx(steps["List revenue"] + steps["Discounts"])
    assert len(shown := set(steps) & set(costs)) > 5
    assert {name: steps[name] for name in shown} == total[list(shown)].to_dict()
    others = next(amount for name, amount in steps.items() if "other pools" in name)
    assert others == pytest.approx(total[[name for name in costs if name not in shown]].sum())
    tiers, life = tables["Tiers"], tables["Lifetime"]
    for name, source, key in (
        ("Profit", tiers, "profit"),
        ("Revenue", tiers, "revenue"),
    ):
        shown = column(opened["Whale curve"], name, "Tier")
        assert shown == pytest.approx(source.groupby("tier")[key].sum().to_dict() | {"Total": source[key].sum()})
    worth = column(opened["Lifetime value"], "Lifetime value", "Tier")
    assert worth == pytest.approx(life.groupby("tier")["clv"].sum().to_dict() | {"Total": life["clv"].sum()})
    low, high = (column(opened["Lifetime value"], name, "Tier") for name in ("Low", "High"))
    assert all(low[tier] <= worth[tier] <= high[tier] for tier in worth)


def test_every_customer_pair_offer_and_check_on_its_pages_is_one_of_the_tables(made):
    opened, tables = openpyxl.load_workbook(made), frames(made)
    tiers = tables["Tiers"].set_index("rank")
    for name in ("Revenue", "Gross margin", "Cost to serve", "Profit"):
        shown = {k: v for k, v in column(opened["Customers"], name, "Rank").items() if isinstance(k, int)}
        assert len(shown) > 5
        assert shown == tiers[name.lower().replace(" ", "_")].loc[list(shown)].to_dict()
    pnl = tables["SegmentPnL"]
    contribution = pnl[pnl["dimension"] == "Segment"].set_index("item")["contribution"]
    totals = column(opened["Heat map"], "Total", "Segment")
    assert totals.pop("Total") == pytest.approx(contribution.sum())
    assert {k: v for k, v in totals.items() if k != "All others"} == pytest.approx(
        {k: v for k, v in contribution.items() if k in totals}
    )
    bands = tables["PriceBands"].set_index(["segment", "name"])
    sheet = opened["Prices"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(max_col=9)]
    top = next(i for i, row in enumerate(rows) if row[0] == "Segment")
    offers = [row for row in rows[top + 1 :] if (row[0], row[1]) in bands.index]
    assert offers
    for segment, product, *figures in offers:
        offer = bands.loc[(segment, product)]
        for name, value in zip(("floor", "target", "ceiling", "price_today", "net_revenue"), figures, strict=False):
            assert (float("nan") if value is None else value) == pytest.approx(offer[name], nan_ok=True)
    checks = tables["Checks"]
    assert column(opened["Quality"], "Checks", "Compared")["Total"] == len(checks)
    assert column(opened["Quality"], "Agree", "Compared")["Total"] == (checks["status"] == "OK").sum()


def test_the_summary_has_a_sentence_five_numbers_and_what_to_do(made):
    sheet, tables = openpyxl.load_workbook(made)["Summary"], frames(made)
    total = tables["SegmentPnL"].iloc[0]
    values = {sheet.cell(4, c).value: sheet.cell(5, c).value for c in range(1, 6)}
    assert len(values) == 5
    assert values["Net revenue"] == total["net_revenue"]
    assert values["Contribution"] == total["contribution"]
    assert values["Customers who lose money"] == (tables["Tiers"]["profit"] < 0).sum()
    bands = tables["PriceBands"]
    gain = bands["net_revenue"] * (bands["target"] / bands["price_today"] - 1)
    assert values["To gain by price"] == pytest.approx(gain[(gain > 0) & (bands["net_revenue"] > 0)].sum())
    assert values["Lifetime value"] == pytest.approx(tables["Lifetime"]["clv"].sum())
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert texts[0].endswith(".")
    assert 1 <= sum(bool(re.match(r"\d\. ", text)) for text in texts) <= 3


def test_the_seed_that_reports_name_is_the_one_that_functions_draw_with():
    assert {arg.default for f in functions.load().values() for arg in f.args if arg.name == "seed"} == {SEED}


def test_the_last_page_tells_what_the_report_rests_on(book, made):
    import hashlib

    told = {r.Name: r.Value for r in frame_of(made, REPORT).itertuples()}
    assert told["Company"] == "Brennholt Hygiene & Laboratory Supply"
    assert hashlib.sha256(book.read_bytes()).hexdigest().startswith(told["Fingerprint (SHA-256)"])
    sold = pd.to_datetime(company()["Sales"]["date"])
    assert told["Period start"] == str(sold.min().date())
    assert told["Period end"] == str(sold.max().date())
    assert told["Discount rate"] == "10%"
    assert "numpy" in told["Versions"]
    assert told["Seed"] == str(SEED)
    created = openpyxl.load_workbook(made).properties.created
    assert created.date() == datetime.date.fromisoformat(told["Period end"])


def frame_of(path, declared):
    table = read_book(path, [declared]).tables[declared.name]
    return table.frame.rename(columns={c.name: c.header for c in declared})


def test_the_same_input_gives_the_same_bytes(book, made, tmp_path):
    copy = shutil.copy(book, tmp_path / book.name)
    report(copy, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == made.read_bytes()


def test_only_some_pages(small, tmp_path):
    report(small, tmp_path / "some.xlsx", Wanted(only=("price",)))
    assert [s.title for s in pages(tmp_path / "some.xlsx")] == ["Title", "Summary", "Prices", "Quality", "Record"]
    with pytest.raises(BookError, match=r"there is no part 'clvv'.*Parts are tiers, pnl, price, clv"):
        report(small, tmp_path / "some.xlsx", Wanted(only=("clvv",)))


# --- PDF ---------------------------------------------------------------------------------------------------------


def test_pdf_has_a_page_and_a_bookmark_for_each_page_and_the_same_bytes(small, tmp_path, office, monkeypatch):
    for name, zone in (("one", "UTC"), ("two", "Pacific/Kiritimati")):
        monkeypatch.setenv("TZ", zone)
        done = report(small, tmp_path / f"{name}.xlsx", Wanted(only=QUICK, pdf=True))
        assert [path.suffix for path in done.written] == [".xlsx", ".pdf"]
    monkeypatch.setenv("TZ", "UTC")
    pdf = (tmp_path / "one.pdf").read_bytes()
    assert pdf == (tmp_path / "two.pdf").read_bytes()
    names = [sheet.title for sheet in pages(tmp_path / "one.xlsx")]
    for name in names:
        assert b"/Title<FEFF" + name.encode("utf-16-be").hex().upper().encode() in pdf, name
    info = subprocess.run(["pdfinfo", str(tmp_path / "one.pdf")], capture_output=True, text=True, check=True).stdout
    assert int(re.search(r"Pages:\s+(\d+)", info)[1]) == len(names)
    end = pd.to_datetime(company()["Sales"]["date"]).max()
    assert f"{end:%b %d} 00:00:00 {end:%Y}" in re.search(r"CreationDate:(.*)", info)[1]


def test_without_libreoffice_the_workbook_is_written_and_a_clear_word_said(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cvm_xl.report, "find_office", lambda: None)
    assert main(["report", str(small), "-o", str(tmp_path / "r.xlsx"), "--only", "price", "--pdf"]) == 1
    assert (tmp_path / "r.xlsx").exists()
    said = capsys.readouterr()
    assert "LibreOffice is not installed" in said.err
    assert "libreoffice.org" in said.err
    assert f"Written: {tmp_path / 'r.xlsx'}" in said.out


# --- what it will not overwrite ----------------------------------------------------------------------------------


def test_what_is_no_report_is_not_replaced(book, tmp_path):
    other = shutil.copy(book, tmp_path / "other.xlsx")
    before = other.read_bytes()
    with pytest.raises(BookError, match="is there already and is no report"):
        report(book, other)
    with pytest.raises(BookError, match="no report"):
        report(book, book)
    with pytest.raises(BookError, match=r"is an \.xlsx file"):
        report(book, tmp_path / "report.csv")
    assert other.read_bytes() == before


def test_a_report_that_was_restyled_is_kept_when_a_new_one_takes_its_place(small, tmp_path):
    target = tmp_path / "report.xlsx"
    report(small, target, Wanted(only=("price",)))
    first = target.read_bytes()
    report(small, target, Wanted(only=("price",)))
    assert not (tmp_path / "report.xlsx.previous").exists()
    report(small, target, Wanted(only=("tiers",)))
    assert (tmp_path / "report.xlsx.previous").read_bytes() == first


# --- previous ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(years, folder):
    """2024's report, and 2025's against the report and against the workbook."""
    report(years[0], folder / "r2024.xlsx")
    report(years[1], folder / "by-report.xlsx", Wanted(previous=folder / "r2024.xlsx"))
    report(years[1], folder / "by-book.xlsx", Wanted(previous=years[0]))
    return folder


def test_a_previous_report_says_the_same_as_its_workbook(compared):
    assert (compared / "by-report.xlsx").read_bytes() == (compared / "by-book.xlsx").read_bytes()


def test_what_moved_and_why_in_one_table(compared):
    before, now = (frames(compared / name) for name in ("r2024.xlsx", "by-report.xlsx"))
    sheet = openpyxl.load_workbook(compared / "by-report.xlsx")["Change"]
    was, is_, moved = (column(sheet, name, "What") for name in ("Before", "Now", "Change"))
    old, new = (tables["SegmentPnL"].iloc[0] for tables in (before, now))
    for shown, key in (
        ("Net revenue", "net_revenue"),
        ("Gross margin", "gross_margin"),
        ("Contribution", "contribution"),
    ):
        assert (was[shown], is_[shown]) == (old[key], new[key])
        assert moved[shown] == pytest.approx(new[key] - old[key])
    assert was["Customers"] == len(before["Tiers"])
    assert is_["Customers who lose money"] == (now["Tiers"]["profit"] < 0).sum()
    assert "EUR" in column(sheet, "Why", "What")["Gross margin"]
    assert re.search(r"Contribution (rose|fell) by EUR", sheet["A1"].value)


def test_periods_of_different_length_are_not_compared_without_a_word(years, small, tmp_path):
    report(years[1], tmp_path / "r.xlsx", Wanted(only=QUICK, previous=small))
    said = openpyxl.load_workbook(tmp_path / "r.xlsx")["Change"]["A1"].value
    assert "The periods differ in length" in said
    assert "cannot be compared" in said


def test_money_of_another_currency_is_not_compared(years, tmp_path):
    tables = year(company(), 2024)
    tables["Settings"].loc[tables["Settings"]["setting"] == "Currency", "value"] = "CHF"
    francs = write(tmp_path / "francs.xlsx", tables)
    with pytest.raises(BookError, match="the previous figures are in CHF, these in EUR"):
        report(years[1], tmp_path / "r.xlsx", Wanted(previous=francs))
    assert not (tmp_path / "r.xlsx").exists()


# --- parts and many ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def split(book, folder):
    report(book, folder / "parts", Wanted(only=QUICK, split="region"))
    return sorted((folder / "parts").glob("*.xlsx"))


def test_the_parts_and_what_belongs_to_none_sum_to_the_whole(made, split):
    whole = frames(made)["SegmentPnL"]
    regions = whole[(whole["dimension"] == "Region")]
    none = regions[regions["item"].isin(["Unassigned", "Company level", "Unused capacity", "Unallocated"])]
    mine = [frames(path)["SegmentPnL"].iloc[0] for path in split]
    assert len(split) == len(regions) - len(none)
    for name in ("net_revenue", "cost_of_goods", "contribution", "lines"):
        assert sum(part[name] for part in mine) + none[name].sum() == pytest.approx(whole.iloc[0][name], abs=0.001)


def test_a_part_speaks_of_its_customers_alone_as_the_whole_does(made, split):
    whole = frames(made)["Tiers"].set_index("customer")
    region = company()["Customers"].set_index("customer")["Region"]
    seen = set()
    for path in split:
        tables = frames(path)
        tiers = tables["Tiers"].set_index("customer")
        assert {path.stem.removeprefix("book-")} == set(region[tiers.index])
        for name in ("tier", "profit", "cost_to_serve"):
            assert tiers[name].tolist() == whole.loc[tiers.index, name].tolist()
        assert set(tables["Checks"]["status"]) == {"OK"}
        assert f"Region: {path.stem.removeprefix('book-')}" in pages(path)[0]["A4"].value
        seen |= set(tiers.index)
    assert seen == set(whole.index)


def test_what_customers_cannot_be_split_by(small, tmp_path):
    with pytest.raises(BookError, match="customers cannot be split by Channel"):
        report(small, tmp_path / "parts", Wanted(split="channel"))
    assert not (tmp_path / "parts").exists()


def test_many_at_once_with_a_summary_of_what_failed(years, tmp_path, capsys):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    tables = company()
    tables["Sales"]["customer"] = tables["Sales"]["customer"].astype(object)
    tables["Sales"].loc[0, "date"] = None
    unfit = write(tmp_path / "unfit.xlsx", tables)
    out = tmp_path / "out"
    books = [str(path) for path in (years[0], broken, unfit, years[1])]
    assert main(["report", *books, "-o", str(out), "--only", "price"]) == 1
    said = capsys.readouterr()
    assert sorted(path.name for path in out.iterdir()) == ["2024-report.xlsx", "2025-report.xlsx"]
    assert "Not written: broken.xlsx:" in said.err
    assert "Not written: unfit.xlsx:" in said.err
    assert "2 written, 2 not" in said.err


def test_many_against_those_of_last_time_with_progress(years, compared, tmp_path):
    before = tmp_path / "before"
    before.mkdir()
    shutil.copy(compared / "r2024.xlsx", before / "2025-report.xlsx")
    heard = []
    wanted = Wanted(only=("tiers",), previous=before)
    done = reports(years, tmp_path / "out", wanted, Course(lambda course: heard.append(course.text)))
    assert any(text.startswith("2 of 2: 2025.xlsx cost to serve") for text in heard)
    assert not done.failed
    assert [note for note in done.notes if "2024.xlsx" in note]
    assert "Change" in openpyxl.load_workbook(tmp_path / "out" / "2025-report.xlsx").sheetnames
    assert "Change" not in openpyxl.load_workbook(tmp_path / "out" / "2024-report.xlsx").sheetnames


# --- growth ------------------------------------------------------------------------------------------------------


def test_every_number_on_the_pages_of_growth_is_one_of_the_tables(made, refreshed):
    names = ["Investment", "InvestmentPlans", "Decisions", "SatisfactionSpend", "Alerts", "AlertSummary"]
    opened, tables = openpyxl.load_workbook(made), frames(refreshed, names)
    plan, best = tables["Investment"].set_index("unit"), tables["InvestmentPlans"].iloc[2]
    spend = column(opened["Spending plan"], "Best", "Unit")
    assert spend.pop("Total") == pytest.approx(best["spend"])
    assert spend == pytest.approx(plan["best"].to_dict())
    assert column(opened["Spending plan"], "Brings", "Unit")["Total"] == pytest.approx(best["worth"])
    decided = tables["Decisions"].groupby("decision")
    shown = {n: column(opened["What to do"], n, "Decision") for n in ("Customers", "At stake")}
    assert {k: v for k, v in shown["Customers"].items() if v} == decided.size().to_dict()
    assert shown["At stake"] == pytest.approx(
        dict.fromkeys(shown["At stake"], 0.0) | decided["at_stake"].sum().to_dict()
    )
    whom = column(opened["What to do"], "Why", "Customer")
    why = tables["Decisions"].set_index("customer")["why"]
    assert len(whom) > 3
    assert all(why[who].startswith(text.removesuffix("…")) for who, text in whom.items())
    satisfied = tables["SatisfactionSpend"].set_index("segment")
    for heading, name in (("Best spend", "best_spend"), ("Net best", "net_best")):
        assert column(opened["Satisfaction"], heading, "Segment") == pytest.approx(satisfied[name].to_dict())
    kinds = tables["AlertSummary"].set_index("alert")
    new = column(opened["Alerts"], "New", "Alert")
    assert new.pop("Total") == (tables["Alerts"]["status"] == "new").sum()
    assert new == kinds["new"].to_dict()
    for name in ("Spending plan", "What to do", "Satisfaction", "Alerts"):
        sheet = opened[name]
        assert sheet._charts
        assert str(sheet["A1"].value).endswith(".")


def test_pages_of_growth_only_where_there_is_something_to_say(tmp_path):
    report(write(tmp_path / "book.xlsx", company()), tmp_path / "out.xlsx", Wanted(only=("growth",)))
    names = [sheet.title for sheet in pages(tmp_path / "out.xlsx")]
    assert names == ["Title", "Summary", "What to do", "Alerts", "Quality", "Record"]


# --- pseudonyms --------------------------------------------------------------------------------------------------


def test_pseudonyms_leave_no_id_and_no_name_anywhere(folder, tmp_path):
    tables = company()
    known = tables["Customers"]
    known.loc[0, "segment"] = known.loc[0, "name"]  # a customer who is a segment
    tables["Segments"].loc[len(tables["Segments"]), "segment"] = known.loc[0, "name"]
    tables["Customers"]["Owner"] = tables["Customers"]["Owner"].astype(object)
    tables["Customers"].loc[1, "Owner"] = known.loc[1, "name"]
    path = write(tmp_path / "book.xlsx", tables)
    report(path, tmp_path / "shared.xlsx", Wanted(pseudonyms=True))
    report(path, tmp_path / "parts", Wanted(pseudonyms=True, split="Segment", only=("tiers",)))
    files = [tmp_path / "shared.xlsx", *(tmp_path / "parts").glob("*.xlsx")]
    assert len(files) > 3
    for file in files:
        assert not any(name in file.name for name in known["name"])
        with zipfile.ZipFile(file) as members:
            text = "\n".join(members.read(name).decode("utf-8") for name in members.namelist())
        for word in [*known["customer"], *known["name"]]:
            escaped = word.replace("&", "&amp;")
            assert escaped not in text, (file.name, word)


def test_pseudonyms_are_the_same_next_time_and_others_under_another_key(years, tmp_path):
    first, second = (shutil.copy(path, tmp_path / path.name) for path in years)
    report(first, tmp_path / "a.xlsx", Wanted(only=("tiers",), pseudonyms=True))
    key = (tmp_path / KEY).read_bytes()
    report(second, tmp_path / "b.xlsx", Wanted(only=("tiers",), pseudonyms=True))
    assert (tmp_path / KEY).read_bytes() == key
    ours, theirs = (set(frames(tmp_path / name)["Tiers"]["customer"]) for name in ("a.xlsx", "b.xlsx"))
    assert len(ours & theirs) > 0.8 * len(ours)
    (tmp_path / KEY).write_bytes(b"another key than that one")
    report(first, tmp_path / "c.xlsx", Wanted(only=("tiers",), pseudonyms=True))
    assert not ours & set(frames(tmp_path / "c.xlsx")["Tiers"]["customer"])


def test_findings_and_notes_name_no_customer():
    """In no company of the tests do these happen to name one."""
    names = Pseudonyms({"C1": ("X1", "Red Fox"), "C12": ("X2", "Red Owl")}, {"C1": "X1", "Ann & Co": "X1", "C12": "X2"})
    problem = Problem("warning", Place("Sales", row=7), "C1", "C1 and Ann & Co owe more than C12; C123 is no customer")
    (found,) = without_customers([problem], names)
    assert found.message == "(hidden) and (hidden) owe more than (hidden); C123 is no customer"
    assert found.value is None
    assert "C1" not in str(found).replace("C123", "")


def test_notes_of_shared_reports_name_no_customer(book):
    answers = answer(read_book(book), settings(read_book(book)), ("tiers",))
    (one, *_) = answers.facts.dimensions["Customer"].items
    told = replace(answers, notes=[f"{one} is far away"], left_out={"Alerts": f"of {one}"})
    shown = pseudonymous(told, invented(told, b"k" * 32))
    assert shown.notes == ["(hidden) is far away"]
    assert shown.left_out == {"Alerts": "of (hidden)"}


def test_pseudonyms_change_no_figure(made, book, tmp_path):
    report(shutil.copy(book, tmp_path), tmp_path / "shared.xlsx", Wanted(only=QUICK, pseudonyms=True))
    ours, theirs = frames(tmp_path / "shared.xlsx")["Tiers"], frames(made)["Tiers"]
    pd.testing.assert_frame_equal(
        ours.drop(columns=["customer", "name"]), theirs.drop(columns=["customer", "name"]), check_dtype=False
    )


def test_a_report_holds_only_values_and_says_what_it_is(made):
    opened = openpyxl.load_workbook(made)
    assert not [c for sheet in opened for row in sheet.iter_rows() for c in row if c.data_type in ("f", "e")]
    assert {table.name for table in parts.tables(Package.open(made))} == {*TABLES, REPORT.name, VOLUMES.name}
    assert all(schema.table(name) for name in TABLES)
