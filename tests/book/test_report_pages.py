"""The report's pages: what they show is what the tables hold, and they hold together for any company."""

from __future__ import annotations

import datetime
import io
import re
import subprocess
import unicodedata
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from answers.books import book, rows
from hypothesis import given
from hypothesis import strategies as st

from cvm_xl.answers import QUESTIONS, answer
from cvm_xl.answers.findings import SPECIAL
from cvm_xl.answers.pages import content
from cvm_xl.book import style
from cvm_xl.book.report import write
from cvm_xl.book.report.content import About, span
from cvm_xl.book.report.page import digits, fitted, lines, sheet_names
from cvm_xl.book.settings import settings
from cvm_xl.figures import APART, figure

POOLS = rows(
    "pool amount level driver", ("Delivery", 900.0, "order", "orders"), ("Selling", 700.0, "customer", "equal")
)
IDS = [f"K{i:03}" for i in range(60)]
LONG = "An extraordinarily long name that goes on and on without any good reason whatsoever and then some more " * 2


def sales(n, customers, *, price=10.0, cost=6.0, products=5):
    rng = np.random.default_rng(n)
    days = rng.integers(0, 300, n).astype("timedelta64[D]")
    frame = pd.DataFrame({"date": np.sort(np.datetime64("2025-01-01") + days).astype("datetime64[s]")})
    frame["customer"] = rng.choice(customers, n)
    frame["product"] = [f"P{i}" for i in rng.integers(0, products, n)]
    frame["quantity"] = rng.integers(1, 9, n).astype(float)
    frame["net_revenue"] = (frame["quantity"] * price * rng.uniform(0.5, 1.5, n)).round()
    return frame if cost is None else frame.assign(cost_of_goods=(frame["quantity"] * cost).round())


def customers(ids, **columns):
    return pd.DataFrame({"customer": ids} | {name: list(values) for name, values in columns.items()})


def tables(**more):
    return {"Sales": sales(400, IDS), "CostPools": POOLS} | more


CODES = {f"{i} {LONG}"[:200]: f"P{i}" for i in range(5)}
SCRIPTS = ["مؤسسة التجارة", "חברת אבגד בע״מ", "🚀 Rocket 🌍", "株式会社サンプル", "=SUM(A1)", "a & b < c"]
CASES = {
    "no costs": {"Sales": sales(400, IDS, cost=None)},
    "no pools": {"Sales": sales(400, IDS)},
    "one segment": tables(Customers=customers(IDS, segment=["Only"] * 60)),
    "negative totals": tables(Sales=sales(400, IDS, cost=14.0), Customers=customers(IDS, segment=["A", "B", "C"] * 20)),
    "300 segments": {
        "Sales": sales(2000, [f"K{i}" for i in range(600)]),
        "Customers": customers([f"K{i}" for i in range(600)], segment=[f"Segment {i % 300}" for i in range(600)]),
        "CostPools": POOLS,
    },
    "long names": tables(
        Customers=customers(
            IDS, name=[f"{i} {LONG}"[:200] for i in IDS], segment=[f"{c} {LONG}"[:200] for c in "ABC"] * 20
        ),
        Products=pd.DataFrame(
            {"product": [f"P{i}" for i in range(5)], "name": [f"{i} {LONG}"[:200] for i in range(5)]}
        ),
        CostPools=POOLS.assign(pool=[f"Delivery {LONG}"[:200], "Selling"]),
    ),
    "scripts": tables(Customers=customers(IDS, name=SCRIPTS * 10, segment=["مستشفيات", "בתי חולים", "🧪 Labs"] * 20)),
    "no cents": tables(
        Sales=sales(400, IDS, price=1.5e6, cost=9e5),
        Settings=rows("setting value meaning", ("Currency", "JPY", ""), ("Decimals", 0, "")),
        CostPools=POOLS.assign(amount=[9e7, 7e7]),
    ),
    "one customer": tables(Sales=sales(30, ["K1"])),
    "no customers": tables(Sales=sales(30, ["K1"]).assign(customer=None)),
    "returns only": tables(
        Sales=sales(30, IDS[:4]).assign(quantity=-1.0, net_revenue=-10.0, cost_of_goods=-6.0),
    ),
}


WORTH = ("negative totals", "scripts", "no cents")


def made(frames, **more):
    """The report's content, and its answers, of a book of these tables."""
    given = book(**frames)
    chosen = settings(given)
    found = answer(given, chosen)
    sold = found.facts.dates[found.facts.sold]
    about = About(
        company='Acme, "A" & Sons',
        part="",
        start=sold.min().astype(object),
        end=sold.max().astype(object),
        currency=chosen["currency"],
        decimals=chosen["decimals"],
        source="book.xlsx",
        fingerprint="0123456789abcdef",
        facts=[("Decimals", str(chosen["decimals"]))],
    )
    return content(found, about, **more), found


@pytest.fixture(scope="module")
def cases():
    short = ("tiers", "pnl", "price")  # the simulation of ranges takes its time
    return {name: made(frames, only=QUESTIONS if name in WORTH else short) for name, frames in CASES.items()}


@pytest.fixture(scope="module")
def written(cases, tmp_path_factory):
    """Each case's pages as a file."""
    folder = tmp_path_factory.mktemp("cases")
    for name, (said, _) in cases.items():
        (folder / f"{name}.xlsx").write_bytes(write(said, full=False))
    return folder


@pytest.mark.parametrize("case", CASES)
def test_a_hard_case_is_drawn_and_its_totals_reconcile(cases, case):
    said, found = cases[case]
    everything = openpyxl.load_workbook(io.BytesIO(write(said)))
    assert everything.sheetnames[:2] == ["Title", "Summary"]
    pnl = found.tables["SegmentPnL"]
    for page in said.pages:
        assert page.headline.endswith(".")
        assert "nan" not in page.headline.lower()
        assert "inf" not in page.headline.lower().split()
        if page.kind == "pnl":
            dimension = page.frames["items"].columns[0]
            shown = page.frames["items"].set_index(dimension)
            block = pnl[pnl["Dimension"] == dimension]
            for name in ("Net revenue", "Gross margin", "Contribution"):
                assert shown[name].iloc[-1] == pytest.approx(block[name].sum())
                assert shown[name].iloc[:-1].sum() == pytest.approx(block[name].sum())
            known = block.set_index("Item")["Contribution"]
            for item, amount in shown["Contribution"].iloc[:-1].items():
                assert " other " in item or amount == pytest.approx(known[CODES.get(item, item)])
        if page.kind == "waterfall":
            steps = page.frames["steps"].set_index("Step")["Amount"]
            assert steps.iloc[-1] == pytest.approx(pnl["Contribution"].iloc[0])
        if page.kind == "customers":
            shown, ranked = page.frames["customers"], found.tables["Tiers"]
            assert shown["Profit"].iloc[-1] == pytest.approx(ranked["Profit"].sum())
            assert shown["Profit"].iloc[:-1].sum() == pytest.approx(ranked["Profit"].sum())
        if page.kind == "heat":
            for cells in page.frames.values():
                numbers = cells.set_index(cells.columns[0]).astype(float)
                of = pnl[pnl["Dimension"] == cells.columns[0]]
                assert numbers.loc["Total", "Total"] == pytest.approx(of["Contribution"].sum())
                cents = 0.01 * numbers.size  # each pair is rounded
                assert numbers.iloc[:-1].sum().to_numpy() == pytest.approx(numbers.iloc[-1].to_numpy(), abs=cents)
                across = numbers.iloc[:, :-1].sum(axis=1).to_numpy()
                assert across == pytest.approx(numbers["Total"].to_numpy(), abs=cents)
                for item in set(numbers.index) & set(of["Item"]):
                    assert numbers.loc[item, "Total"] == pytest.approx(of.set_index("Item")["Contribution"][item])
        if page.kind == "lifetime":
            life = found.tables["Lifetime"]
            assert page.frames["tiers"]["CLV"].iloc[-1] == pytest.approx(life["CLV"].sum())
            assert page.frames["tiers"]["CLV"].iloc[:-1].sum() == pytest.approx(life["CLV"].sum())


def test_every_case_prints_each_page_on_one_side_and_shows_every_number(written, cases, office):
    books = sorted(written.glob("*.xlsx"))
    for path in office(books, "pdf"):
        said, _ = cases[path.stem]
        info = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
        text = subprocess.run(
            ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert int(re.search(r"Pages:\s+(\d+)", info)[1]) == len(said.pages) + 3, path.stem
        assert "###" not in text
        assert "#N/A" not in text
        assert " nan" not in text.lower()
        footers = re.findall(r"(\d+) of (\d+)", text)
        assert {int(n) for n, of in footers if int(of) == len(said.pages) + 3} == set(range(1, len(said.pages) + 4))


def test_what_there_is_not_is_said(cases):
    kinds = {case: {page.kind for page in said.pages} for case, (said, _) in cases.items()}
    assert "prices" not in kinds["no pools"]
    quality = cases["no pools"][0].pages[-1]
    assert ("Prices", "the table ValueDrivers is empty") in quality.frames["left out"].itertuples(
        index=False, name=None
    )
    assert any("no cost pools" in note for note in quality.notes)
    assert "none are given" in cases["no costs"][0].headline
    assert "waterfall" not in kinds["no costs"]  # one bar is no waterfall
    assert "Cost to serve" in set(cases["no costs"][0].pages[-1].frames["left out"]["What"])
    assert cases["no customers"][0].actions[0].what == "Record with every sale who buys"
    assert "whale" not in kinds["no customers"]
    assert not any(page.name == "P&L by Segment" for page in cases["no pools"][0].pages)
    assert "for ever" not in cases["no pools"][0].headline


def test_what_customers_earn_is_led_to_the_contribution():
    known = sales(400, IDS)
    lost = known.assign(customer=known["customer"].where(known.index % 10 > 0))
    pools = pd.concat([POOLS, rows("pool amount level driver", ("Board", 300.0, "company", None))], ignore_index=True)
    said, found = made(tables(Sales=lost, CostPools=pools), only=("tiers",))
    (note,) = said.pages[0].notes
    profit = found.tables["Tiers"]["Profit"].sum()
    rest = found.tables["SegmentPnL"]["Contribution"].iloc[0] - profit + 300
    assert note.startswith(f"Profit of customers EUR {profit:.3g}" if profit < 1000 else "Profit of customers EUR ")
    assert f"sales without a customer +EUR {figure(float(f'{rest:.3g}'))}, company level -EUR 300: contribution" in note


def test_no_column_is_empty(cases):
    for case, (said, _) in cases.items():
        opened = openpyxl.load_workbook(io.BytesIO(write(said, full=False)))
        for page in said.pages:
            if page.kind not in ("whale", "waterfall", "pnl"):
                continue
            table = [[c.value for c in row] for row in opened[page.name].iter_rows(max_col=9)]
            top = next(i for i, row in enumerate(table) if row[0] in ("Tier", "Step", page.name[7:]))
            for j, head in enumerate(table[top]):
                assert head is None or any(row[j] is not None for row in table[top + 1 : top + 5]), (case, head)


def test_what_a_headline_names_is_not_shown_as_nothing():
    assert style.telling(6_768_000, [5_270_000, -393], 2) == 1e5
    assert style.telling(6_768_000, [5_270_000, -39_300], 2) == 6_768_000
    assert style.telling(6_768_000, [0.0], 2) == 6_768_000
    assert style.telling(800.0, [0.001], 2) == 0.0


def test_of_many_segments_the_best_the_worst_and_the_rest_are_shown(cases):
    said, found = cases["300 segments"]
    page = next(page for page in said.pages if page.name == "P&L by Segment")
    items = page.frames["items"]["Segment"].tolist()
    ordered = found.tables["SegmentPnL"].query("Dimension == 'Segment'")["Item"]
    ordered = ordered[~ordered.isin(SPECIAL)].tolist()
    assert len(items) <= 16
    assert items[0] == ordered[0]
    assert ordered[-1] in items
    assert any(item.endswith("other segments") for item in items)
    assert not page.frames["bars"]["Item"].str.contains("other").any()


def test_long_names_are_cut_where_they_are_shown_and_whole_where_they_are_data(cases):
    said, found = cases["long names"]
    opened = openpyxl.load_workbook(io.BytesIO(write(said)))
    name = found.tables["Tiers"]["Name"].iloc[0]
    assert len(name) == 200
    shown = {str(cell.value) for row in opened["Customers"].iter_rows() for cell in row if cell.value}
    assert name not in shown
    assert any(text.endswith("…") and name.startswith(text[:-1]) for text in shown)
    assert name in {cell.value for cell in opened["Tiers"]["C"]}
    cut = next(cell for row in opened["Customers"].iter_rows() for cell in row if str(cell.value).endswith("…"))
    assert cut.alignment.wrap_text  # on two lines, before it is cut
    assert opened["Customers"].row_dimensions[cut.row].height > 2 * 12


def test_a_text_that_looks_like_a_formula_stays_text(cases):
    opened = openpyxl.load_workbook(io.BytesIO(write(cases["scripts"][0])))
    cells = [cell for sheet in opened for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(cell.value == "=SUM(A1)" and cell.data_type == "s" for cell in cells)


def test_a_currency_without_cents_has_none_anywhere(cases):
    opened = openpyxl.load_workbook(io.BytesIO(write(cases["no cents"][0], full=False)))
    formats = {cell.number_format for sheet in opened for row in sheet.iter_rows() for cell in row}
    assert "#,##0.00" not in formats
    assert "JPY" in cases["no cents"][0].headline


def test_every_chart_has_a_title_with_a_unit_and_data(written, cases):
    charts = 0
    for path in written.glob("*.xlsx"):
        currency = cases[path.stem][0].about.currency
        with zipfile.ZipFile(path) as file:
            parts = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/charts/chart")]
        for part in parts:
            charts += 1
            title = "".join(re.findall(r"<a:t>(.*?)</a:t>", part.partition("<c:plotArea>")[0]))
            assert currency in title or "%" in title, title
            assert "<c:numRef>" in part
    assert charts > 40


def test_the_same_content_gives_the_same_bytes():
    first, second = (write(made(CASES["one customer"])[0]) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("paper", "code"), [("a4", "9"), ("letter", "1")])
def test_print_set_up(cases, paper, code):
    opened = openpyxl.load_workbook(io.BytesIO(write(cases["one segment"][0], paper)))
    for sheet in opened:
        assert str(sheet.page_setup.paperSize) == code
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.center.text.endswith("&A")
        assert sheet.oddFooter.right.text.endswith("&P of &N")
        assert 'Acme, "A" && Sons' in sheet.oddFooter.left.text
        if sheet.tables and sheet.title != "Record":
            assert sheet.print_title_rows == "$4:$4"
            assert sheet.page_setup.fitToHeight == 0
        else:
            assert sheet.print_area


def test_the_title_page_leads_to_every_sheet(cases):
    opened = openpyxl.load_workbook(io.BytesIO(write(cases["one segment"][0])))
    cells = [cell for row in opened["Title"].iter_rows() for cell in row]
    links = {cell.hyperlink.location for cell in cells if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in opened.sheetnames if name != "Title"}


# --- small parts -------------------------------------------------------------------------------------------------


def test_sheet_names_are_such_as_excel_accepts():
    found = sheet_names(["P&L by A/B: [x]", "p&l by a b   x", "x" * 40, "x" * 50, "'", "Tiers"], taken=["tiers"])
    assert len({name.casefold() for name in [*found, "tiers"]}) == 7
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in found)
    assert all(name.strip("' ") for name in found)


@given(st.text(max_size=80), st.integers(4, 40))
def test_a_fitted_text_is_no_longer_than_its_room(text, room):
    found = fitted(text, room)
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    assert found == plain or (found.endswith("…") and plain.startswith(found[:-1]))
    assert lines(found.replace(" ", "."), room + 1) == 1  # a blank and a dot are alike wide; broken is at blanks


@pytest.mark.parametrize(
    ("largest", "value", "shown"),
    [
        (8_411_107, 428_488.84, "428"),
        (8_411_107, -356.0, "0"),
        (425_337, 127_091.24, "127.1"),
        (425_337, -20.0, "0.0"),
        (12_345, 12_345.6, "12\u00a0346"),
        (99.5, 12.5, "12.50"),
        (2.6e9, 878_450_818, "878.5"),
        (-0.0, 0.0, "0.00"),
    ],
)
def test_amounts_are_shown_in_the_scale_of_the_largest(largest, value, shown):
    code, _ = style.scaled(largest, 2)
    assert style.as_text(value, code) == shown


@given(st.floats(0, 1e12), st.floats(-1e12, 1e12))
def test_a_scaled_format_has_three_digits_at_least_for_the_largest(largest, value):
    code, unit = style.scaled(largest, 2)
    size = {"": 1, "thousand": 1e3, "million": 1e6}[unit]
    text = style.as_text(value, code)
    assert float(text.replace(APART, "")) == pytest.approx(value / size, abs=0.51)
    assert largest / size >= 99 or not unit
    assert not re.fullmatch(r"-0(\.0+)?", text)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2024-01-01", "2024-12-31", "2024"),
        ("2024-02-01", "2024-02-29", "Feb 2024"),
        ("2024-01-02", "2024-12-31", "2 Jan 2024 to 31 Dec 2024"),
        ("2023-07-01", "2024-06-30", "1 Jul 2023 to 30 Jun 2024"),
    ],
)
def test_a_period_in_words(start, end, said):
    assert span(*map(datetime.date.fromisoformat, (start, end))) == said


def test_digits_of_a_width():
    assert digits(100, 10) == pytest.approx(100 / 7.413, rel=1e-3)
