"""Damaged files, wrong columns and types, passwords: a clear error, and the workbook as it was."""

from __future__ import annotations

import dataclasses
import datetime
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from elsewhere import SECRET, answered, same

from cvm_xl.book.read import read_book
from cvm_xl.book.settings import settings as read_settings
from cvm_xl.check import check
from cvm_xl.cli import main
from cvm_xl.errors import BookError
from cvm_xl.intake.elsewhere import Given, with_sources
from cvm_xl.refresh import refresh

pytest.importorskip("ibis")


@pytest.fixture
def files(folder, tmp_path):
    """A copy of the many files to spoil, and the workbook."""
    shutil.copytree(folder / "parts", tmp_path / "parts")
    for name in ("book.xlsx", "few.xlsx"):
        shutil.copy(folder / name, tmp_path / name)
    return tmp_path


def refused(book: Path, source: str, capsys, *more: str) -> str:
    """What a refresh says that fails; the workbook is as it was, and nothing else was written."""
    before, there = book.read_bytes(), sorted(p.name for p in book.parent.iterdir())
    assert main(["refresh", str(book), "--source", f"Sales={source}", *more]) == 1
    assert book.read_bytes() == before
    assert sorted(p.name for p in book.parent.iterdir()) == there
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def test_a_damaged_file_is_named(files, capsys):
    whole = (files / "parts" / "3.parquet").read_bytes()
    (files / "parts" / "3.parquet").write_bytes(whole[: len(whole) // 2])
    said = refused(files / "book.xlsx", "parts/*.parquet", capsys)
    assert "damaged" in said
    assert "3.parquet" in said


def test_bytes_changed_within_a_file_are_an_error_or_change_nothing(files, oracle, capsys):
    path = files / "parts" / "3.parquet"
    spoilt = bytearray(path.read_bytes())
    spoilt[60:160] = bytes(100)
    path.write_bytes(bytes(spoilt))
    assert refused(files / "book.xlsx", "parts/*.parquet", capsys)


def test_a_column_of_another_type_in_one_file_is_named(files, capsys):
    path = files / "parts" / "3.parquet"
    frame = pd.read_parquet(path)
    frame["quantity"] = frame["quantity"].map(lambda value: f"{value} pieces")
    frame.to_parquet(path)
    said = refused(files / "book.xlsx", "parts/*.parquet", capsys)
    assert "another type" in said
    assert "3.parquet" in said


def test_a_column_of_another_but_fitting_type_counts(files, few):
    path = files / "parts" / "3.parquet"
    frame = pd.read_parquet(path)
    frame["list_price"] = frame["list_price"].map(lambda v: None if v != v else Decimal(str(v)))
    frame.to_parquet(path)
    same(answered(files, Given("Sales", "parts/*.parquet"), name="few.xlsx"), few)


def test_texts_among_numbers_are_counted_with_an_example(folder, tmp_path):
    frame = pd.read_csv(folder / "sales.csv", dtype=str)
    frame.loc[[3, 5], "quantity"] = "many"
    frame.to_csv(tmp_path / "sales.csv", index=False)
    shutil.copy(folder / "book.xlsx", tmp_path)
    with with_sources(read_book(tmp_path / "book.xlsx"), [Given("Sales", "sales.csv")], limit=0) as book:
        wrong = [problem for problem in check(book) if problem.level == "error"]
    assert [(p.value, p.place.column) for p in wrong] == [("many", "Quantity of Sales")]
    assert "2 lines" in wrong[0].message


def test_amounts_whose_sum_is_not_exact_are_refused(folder, tmp_path):
    lines = {"date": pd.Timestamp("2024-05-01"), "customer": "A", "quantity": 1.0, "net_revenue": [4.4e13] * 3}
    pd.DataFrame(lines).to_parquet(tmp_path / "sales.parquet")  # each has digits enough for its cents
    shutil.copy(folder / "few.xlsx", tmp_path)
    with with_sources(read_book(tmp_path / "few.xlsx"), [Given("Sales", "sales.parquet")], limit=0) as book:
        said = [problem.message for problem in check(book) if problem.level == "error"]
    assert any("more digits than are exact" in text for text in said), said


@pytest.mark.parametrize("wrong", [float("inf"), float("nan")])
def test_floats_that_are_no_numbers_are_seen(folder, tmp_path, wrong):
    import pyarrow
    import pyarrow.parquet as parquet

    days = pyarrow.array([datetime.date(2024, 5, 1)] * 3)
    given = {"date": days, "customer": ["A"] * 3, "quantity": [1.0, wrong, 2.0], "net_revenue": [5.0, 6.0, None]}
    parquet.write_table(pyarrow.table({**given, "list_price": [5.0] * 3}), tmp_path / "sales.parquet")
    shutil.copy(folder / "few.xlsx", tmp_path)
    with with_sources(read_book(tmp_path / "few.xlsx"), [Given("Sales", "sales.parquet")], limit=0) as book:
        errors = [(p.place.column, p.message) for p in check(book) if p.level == "error"]
        survey = book.sources["Sales"].survey(book, read_settings(book))
    if wrong == wrong:
        assert [column for column, text in errors if "no number" in text] == ["Quantity of Sales"]
    else:  # what is not a number is nothing
        assert not [text for column, text in errors if "number" in text]
        assert survey["net_units"] == 500 + 600 + 1000


def test_a_row_of_a_file_is_called_so(folder, tmp_path):
    frame = pd.read_csv(folder / "sales.csv", dtype=str)
    frame.loc[7, "discount"] = "1.5"
    frame.to_csv(tmp_path / "sales.csv", index=False)
    shutil.copy(folder / "book.xlsx", tmp_path)
    given = Given("Sales", "sales.csv", mapping={"customer": "ClientNo"})
    with with_sources(read_book(tmp_path / "book.xlsx"), [given]) as book:
        wrong = [problem for problem in check(book) if problem.value == 1.5]
    assert str(wrong[0].place) == "sales.csv, table Sales, row 9, column Discount"
    assert wrong[0].as_dict()["source"] == "sales.csv"


def test_start_counts_rows_that_lie_outside(folder, tmp_path, monkeypatch):
    import openpyxl

    monkeypatch.setattr("cvm_xl.intake.elsewhere.SHEET", 100)  # more stay where they are
    lines = len(pd.read_parquet(folder / "sales.parquet"))
    for name in ("few.xlsx", "sales.parquet"):
        shutil.copy(folder / name, tmp_path)
    for _ in range(2):  # it is not added to what was added before
        refresh(tmp_path / "few.xlsx", only=("pnl",), sources=[Given("Sales", "sales.parquet")])
        found = {}
        for data_only in (True, False):
            sheet = openpyxl.load_workbook(tmp_path / "few.xlsx", data_only=data_only)["Start"]
            found[data_only] = {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row}
        at = next(at for at, value in found[False].items() if "COUNTA(Sales[" in str(value))
        assert found[True][at] == lines
        assert str(found[False][at]).endswith(f",0)+{lines}")
    refresh(tmp_path / "few.xlsx", only=("pnl",))
    assert openpyxl.load_workbook(tmp_path / "few.xlsx")["Start"][at].value.endswith(",0)")


def test_csv_of_another_country(folder, few, tmp_path):
    sales = pd.read_parquet(folder / "sales.parquet")
    for name in ("quantity", "list_price", "discount", "net_revenue", "cost_of_goods"):
        sales[name] = sales[name].map(lambda v: "" if v != v else f"{v!r}".replace(".", ","))
    sales["date"] = sales["date"].dt.strftime("%d.%m.%Y")
    names = {"date": "Rechnungsdatum", "customer": "Kundennr", "quantity": "Menge", "net_revenue": "Umsatz"}
    sales.rename(columns=names).to_csv(tmp_path / "sales.csv", index=False, sep=";")
    shutil.copy(folder / "few.xlsx", tmp_path)
    same(answered(tmp_path, Given("Sales", "sales.csv"), name="few.xlsx"), few)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://analyst:{SECRET}@host/database",
        f"postgresql://host/database?user=analyst&password={SECRET}",
        f"sc://host:15002/;token={SECRET}",
    ],
)
def test_a_password_that_is_written_out_is_refused(folder, capsys, url):
    assert main(["refresh", str(folder / "book.xlsx"), "--source", f"Sales={url}#lines"]) == 1
    said = capsys.readouterr().err
    assert "written out" in said
    assert "${VARIABLE}" in said
    assert SECRET not in said
    assert main(["check", str(folder / "book.xlsx"), "--source", f"Sales={url}#lines"]) == 1  # with what else there is
    said = capsys.readouterr().out
    assert "written out" in said
    assert said.splitlines()[-1].endswith("warnings") or said.splitlines()[-1].endswith("warning")
    assert SECRET not in said


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Given("Sales", "nowhere/*.parquet"), "no such file"),
        (Given("Sales", "warehouse.duckdb", "shop.nothing"), "no such table"),
        (Given("Sales", "warehouse.duckdb"), "says not which table"),
        (Given("Sales", "mysql://host/database"), "nothing is known of mysql"),
        (Given("Sales", "postgresql://${NO_SUCH_VARIABLE}@host/database"), "NO_SUCH_VARIABLE is not set"),
        (Given("Sales", "postgresql://analyst@127.0.0.1:1/database", "lines"), "cannot be reached"),
        (Given("Sales", "sales.parquet", mapping={"customer": "ClientNumber"}), "no column 'ClientNumber'"),
        (Given("Settings", "sales.parquet"), "no table that can lie elsewhere"),
    ],
)
def test_what_cannot_be_opened_says_why(folder, given, text):
    book = read_book(folder / "book.xlsx")
    if given.table == "Settings":
        row = {"table": [given.table], "source": [given.source]}
        frame = pd.DataFrame(row).assign(relation=None, mapping=None)
        book.tables["DataSources"] = dataclasses.replace(book.tables["DataSources"], frame=frame, rows=np.array([5]))
        given = Given("Sales", "sales.parquet")
    with pytest.raises(BookError, match=text), with_sources(book, [given]):
        pass
