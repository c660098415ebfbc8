"""A real LibreOffice with the add-in, shared by the tests of a run."""

from __future__ import annotations

import os
import shutil

import pytest

from cvm_xl.errors import BookError


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
