"""Sales outside the workbook: DuckDB, PostgreSQL and Spark give what a sheet gives, to the cent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from company import write
from elsewhere import LINES_NEEDED, SECRET, SUMMED, answered, chosen, lake, same

from cvm_xl.answers import answer
from cvm_xl.book.read import read_book
from cvm_xl.book.settings import settings as read_settings
from cvm_xl.cli import main
from cvm_xl.errors import BookError
from cvm_xl.intake.elsewhere import Given, with_sources
from cvm_xl.refresh import refresh
from cvm_xl.score import score

pytest.importorskip("ibis")


@pytest.mark.parametrize(
    "given",
    [
        Given("Sales", "sales.parquet"),
        Given("Sales", "parts/*.parquet"),
        Given("Sales", "sales.csv", mapping={"customer": "ClientNo"}),
        Given("Sales", "warehouse.duckdb", "shop.lines"),
        Given("Sales", "warehouse.duckdb", "SELECT * FROM shop.lines"),
    ],
    ids=["parquet", "many files", "csv", "table", "query"],
)
def test_files_give_what_a_sheet_gives(folder, few, given):
    same(answered(folder, given, name="few.xlsx"), few)


def test_all_pools_and_dimensions_give_what_a_sheet_gives(folder, oracle):
    found = answered(folder, Given("Sales", "sales.parquet"))
    same(found, oracle)
    assert len(found.tables["WhiteSpace"]) > 50
    assert set(oracle.tables) - set(found.tables) == {"ScenarioPnL", *LINES_NEEDED}
    assert "one by one" in found.left_out["ScenarioPnL"]  # said, not silent


def test_more_groups_than_fit_are_left_out_or_refused(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("cvm_xl.data.lines.MOST", 60)
    found = answered(folder, Given("Sales", "sales.parquet"), name="few.xlsx")
    with with_sources(read_book(folder / "few.xlsx"), [Given("Sales", "sales.parquet")], limit=0) as book:
        wide = answer(
            book, read_settings(book) | {"p_l_by": "", "further_tables": "Matrix; Portfolio"}, ("tiers", "pnl")
        )
        assert "of product has" not in wide.left_out["Matrix"]
        assert "more than 60 items" in wide.left_out["Matrix"]
        assert "Portfolio" in wide.tables
    assert "Tiers" in found.tables
    monkeypatch.setattr("cvm_xl.data.lines.MOST", 10)
    with pytest.raises(BookError, match=r"customer has more than 10 items with sales.*score values any number"):
        answered(folder, Given("Sales", "sales.parquet"), name="few.xlsx")
    with pytest.raises(
        BookError, match=r"customer has more than 10 items with sales.*no pool use a driver of the table"
    ):
        score(folder / "few.xlsx", tmp_path / "out.parquet", [Given("Sales", "sales.parquet")])
    assert not (tmp_path / "out.parquet").exists()


def test_few_lines_are_read_as_if_they_stood_in_the_sheet(folder, oracle):
    found = answered(folder, Given("Sales", "sales.parquet"), limit=10_000)
    assert set(found.tables) == set(oracle.tables)
    pd.testing.assert_frame_equal(found.tables["SegmentPnL"], oracle.tables["SegmentPnL"], check_dtype=False)


def test_products_that_hardly_anybody_holds_propose_nothing_and_it_is_said(tmp_path):
    who, n = np.arange(250).repeat(3), 750
    rng = np.random.default_rng(7)
    sales = pd.DataFrame(
        {
            "date": np.datetime64("2024-01-01", "s") + rng.integers(0, 360, n).astype("timedelta64[D]"),
            "customer": [f"c{i}" for i in who],
            "product": [f"p{i}" for i in who],
            "quantity": 1.0,
            "net_revenue": (rng.gamma(3.0, 20.0, n) * rng.gamma(2.0, 0.5, 250)[who]).round(2),
        }
    )
    write(tmp_path / "few.xlsx", {"Sales": sales})
    sales.to_parquet(tmp_path / "sales.parquet")
    book = read_book(tmp_path / "few.xlsx")
    sheet = answer(book, chosen(book), ("tiers", "pnl", "clv", "growth"))
    found = answered(
        tmp_path, Given("Sales", "sales.parquet"), name="few.xlsx", questions=("tiers", "pnl", "clv", "growth")
    )
    assert found.left_out == sheet.left_out
    assert "what goes with what they have" in found.left_out["WhiteSpace"]
    assert set(found.tables) == set(sheet.tables) >= {"Lifetime", "Decisions"}
    pd.testing.assert_frame_equal(found.tables["Decisions"], sheet.tables["Decisions"], check_dtype=False, rtol=1e-7)


def test_postgresql_gives_what_a_sheet_gives(server, folder, few, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    same(answered(folder, Given("Sales", server.url, "shop.lines"), name="few.xlsx"), few)


def test_a_password_in_a_variable_is_taken(server, folder, monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    url = server.url.replace("analyst@", "analyst:${SHOP_PASSWORD}@")
    with with_sources(read_book(folder / "book.xlsx"), [Given("Sales", url, "shop.lines")]) as book:
        assert len(book.tables["Sales"].frame) == len(pd.read_parquet(folder / "sales.parquet"))


def test_a_wrong_password_is_told_and_never_shown(server, folder, monkeypatch, capsys):
    monkeypatch.setenv("PGPASSWORD", "wr0ng-" + SECRET)
    before = (folder / "book.xlsx").read_bytes()
    assert main(["refresh", str(folder / "book.xlsx"), "--source", f"Sales={server.url}#shop.lines"]) == 1
    said = capsys.readouterr()
    assert "does not accept user or password" in said.err
    assert "PGPASSWORD" in said.err
    assert SECRET not in said.err + said.out
    assert (folder / "book.xlsx").read_bytes() == before


def test_a_database_that_goes_away_leaves_the_workbook(server, folder, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    before = (folder / "book.xlsx").read_bytes()

    def stop(what: str, done: int, total: int) -> None:
        if what == "cost to serve":
            server.control("-m", "immediate", "stop")

    given = [Given("Sales", server.url, "shop.lines")]
    monkeypatch.setattr("cvm_xl.intake.elsewhere.SHEET", 0)
    with pytest.raises(BookError, match=r"went away|cannot be reached") as told:
        refresh(folder / "book.xlsx", progress=stop, sources=given)
    server.start()
    assert SECRET not in str(told.value)
    assert (folder / "book.xlsx").read_bytes() == before
    assert not list(folder.glob("*.tmp*"))


def test_spark_gives_what_a_sheet_gives(spark, folder, fewer):
    relation = lake(folder)
    same(answered(folder, Given("Sales", "spark://local[2]", relation), name="few.xlsx", questions=SUMMED), fewer)
