"""A real LibreOffice with the add-in, shared by the tests of a run."""

from __future__ import annotations

import os
import shutil

import pytest

from cvm_xl.errors import BookError
from cvm_xl.hosts.ribbon.commands import run
from cvm_xl.new import new


def without_office(why):
    """LibreOffice must be there in CI; elsewhere tests of it are skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"{why}; it must not be in CI")
    pytest.skip(f"{why}; make test installs it")


@pytest.fixture(scope="session")
def calc():
    """An xlwings App: LibreOffice, unseen, with our functions."""
    if shutil.which("soffice") is None:
        without_office("LibreOffice is missing")
    from cvm_xl.hosts.calc import engine

    try:
        app = engine.start(add_in=True)
    except BookError as error:
        without_office(str(error))
    yield app
    app.quit()


@pytest.fixture
def book(calc):
    """A new workbook."""
    made = calc.books.add()
    yield made
    made.close()


@pytest.fixture
def sheet(book):
    return book.sheets[0]


SALES = """date,customer,product,channel,quantity,list price,net revenue,cost of goods,order
"""


def lines():
    for i in range(60):
        customer = f"0{i % 9 + 1}" if i % 9 != 3 else "=1+1"  # texts that look like numbers, and like a formula
        yield f"2024-{i % 12 + 1:02}-{i % 27 + 1:02},{customer},P{i % 4},{'Web' if i % 3 else 'Field'},{i % 5 + 1},20,{18 * (i % 5 + 1)},{9 * (i % 5 + 1)},O{i // 2}"  # noqa: E501


POOLS = """account,pool,amount,level,driver
6100,Picking,600,line,lines
6200,Orders,450.55,order,orders
7000,Rent,300,company,
"""


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    (folder / "sales.csv").write_text(SALES + "\n".join(lines()) + "\n", encoding="utf-8")
    (folder / "pools.csv").write_text(POOLS, encoding="utf-8")
    return folder


def imported(book, sources):
    """Sales and cost pools, brought into an open workbook by Import in the program."""
    assert "60 rows for Sales, 0 rejected" in run("import", book, str(sources / "sales.csv"), "Sales")
    run("import", book, str(sources / "pools.csv"), "CostPools")
    book.save()


@pytest.fixture(scope="session")
def prepared(calc, sources, tmp_path_factory):
    """A starter workbook with sales and cost pools: the other input sheets would be empty, and each costs time."""
    path = tmp_path_factory.mktemp("prepared") / "book.xlsx"
    new(path, "starter")
    book = calc.books.open(path)
    imported(book, sources)
    book.close()
    return path


@pytest.fixture
def company(calc, prepared, tmp_path):
    """That workbook, open."""
    yield calc.books.open(shutil.copy(prepared, tmp_path / "book.xlsx"))
    for open_book in list(calc.books):
        open_book.close()


@pytest.fixture
def whole(calc, sources, tmp_path):
    """The same with all input sheets, made by New in the program, open."""
    given = calc.books.add()
    assert "book.xlsx is open" in run("new", given, str(tmp_path / "book.xlsx"))
    given.close()
    imported(calc.books["book.xlsx"], sources)
    yield calc.books["book.xlsx"]
    for open_book in list(calc.books):
        open_book.close()
