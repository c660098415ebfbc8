"""A sheet that is full: the last row is taken, one more is refused with what to do, and nothing is half written.

The sheet's end is moved up, so that a few dozen rows reach it; `test_bad_books` and `benchmarks` fill real ones.
"""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from cvm_xl import functions
from cvm_xl.book import parts
from cvm_xl.book.package import Package
from cvm_xl.book.read import read_book
from cvm_xl.cli import main
from cvm_xl.new import fill_inputs, new_book

CUSTOMERS = 40


@pytest.fixture(scope="module")
def old() -> bytes:
    """A workbook of as many customers as sales lines."""
    package = Package(new_book("starter", functions.load()))
    sales = pd.DataFrame(
        {
            "date": np.datetime64("2024-01-01", "s") + np.arange(CUSTOMERS).astype("timedelta64[s]") * 86_400,
            "customer": [f"K{i:02d}" for i in range(CUSTOMERS)],
            "quantity": np.ones(CUSTOMERS),
            "list_price": np.arange(CUSTOMERS) + 1.0,
        }
    )
    fill_inputs(package, {"Sales": sales})
    file = io.BytesIO()
    package.write(file)
    return file.getvalue()


@pytest.fixture
def book(old, tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(old)
    return path


def ends_after(monkeypatch, book, table: str, rows: int) -> None:
    """Let every sheet end so many rows below the header of a table."""
    top = next((t.area.top for t in parts.tables(Package.open(book)) if t.name == table), 4)
    monkeypatch.setattr("cvm_xl.book.layout.LAST_ROW", top + rows)


def refused(capsys, book, old, *command: str) -> str:
    assert main([command[0], str(book), *command[1:]]) != 0
    assert book.read_bytes() == old
    assert not [path for path in book.parent.iterdir() if path.suffix not in (".xlsx", ".csv")]
    assert sorted(path.name for path in book.parent.glob("*.xlsx")) == ["book.xlsx"]
    return capsys.readouterr().err


@pytest.mark.parametrize("append", [(), ("--append",)])
def test_an_import_of_one_row_too_many(book, old, capsys, monkeypatch, append):
    lines = CUSTOMERS if append else 2 * CUSTOMERS
    rows = [f"2024-05-{1 + i % 28:02d},N{i},1,2" for i in range(lines)]
    file = book.with_name("more.csv")
    file.write_text("\n".join(["Date,Customer,Quantity,List price", *rows]))
    command = ("import", "--table", "Sales", str(file), *append)
    ends_after(monkeypatch, book, "Sales", 2 * CUSTOMERS - 1)
    said = refused(capsys, book, old, *command)
    assert f"{2 * CUSTOMERS} rows do not fit" in said
    assert f"room for {2 * CUSTOMERS - 1}" in said
    assert "--source Sales=FILE" in said
    assert "DataSources" in said
    ends_after(monkeypatch, book, "Sales", 2 * CUSTOMERS)
    assert main([command[0], str(book), *command[1:]]) == 0
    assert len(read_book(book, ["Sales"]).tables["Sales"].frame) == 2 * CUSTOMERS


def test_a_refresh_of_one_customer_too_many(book, old, capsys, monkeypatch):
    command = ("refresh", "--only", "tiers")
    ends_after(monkeypatch, book, "Tiers", CUSTOMERS - 1)
    said = refused(capsys, book, old, *command)
    assert f"Tiers: {CUSTOMERS} rows do not fit" in said
    assert "cvm-xl score" in said
    assert "--only" in said
    ends_after(monkeypatch, book, "Tiers", CUSTOMERS + 1)  # the whale curve begins with nobody
    assert main([command[0], str(book), *command[1:]]) == 0
    assert len(read_book(book, ["Tiers"]).tables["Tiers"].frame) == CUSTOMERS


def test_a_report_of_one_customer_too_many(book, old, capsys, monkeypatch):
    out = book.with_name("report.xlsx")
    command = ("report", "--only", "tiers", "-o", str(out))
    ends_after(monkeypatch, book, "Tiers", CUSTOMERS - 1)
    assert f"{CUSTOMERS} rows do not fit" in refused(capsys, book, old, *command)
    ends_after(monkeypatch, book, "Tiers", CUSTOMERS + 20)
    assert main([command[0], str(book), *command[1:]]) == 0
    assert len(read_book(out, ["Tiers"]).tables["Tiers"].frame) == CUSTOMERS
