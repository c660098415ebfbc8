"""Output sheets that an open workbook lacks: made in a file as a headless refresh makes them, and copied over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import xlwings as xw

from cvm_xl import functions
from cvm_xl.answers import Answers
from cvm_xl.book import parts, schema
from cvm_xl.book.build import donor, new_book
from cvm_xl.book.files import working_folder
from cvm_xl.book.package import Package
from cvm_xl.book.paper import Paper
from cvm_xl.book.read import Book
from cvm_xl.filling import write_answers
from cvm_xl.new import fill_inputs

__all__ = ["add_inputs", "add_outputs", "follow_paper"]


def add_outputs(
    book: xw.Book, inputs: Book, answers: Answers, missing: Collection[str], settings: Mapping[str, Any]
) -> list[str]:
    """Copy the sheets of these output tables into a workbook, filled; the sheets added."""
    package = Package(new_book("starter", functions.load()))
    before = {sheet.name for sheet in parts.sheets(package)}
    if "Settings" in inputs.tables:
        fill_inputs(package, {"Settings": inputs.tables["Settings"].frame})  # titles look company and currency up
    write_answers(package, answers, missing, dict(settings))
    return _copied(book, package, before)


def add_inputs(book: xw.Book, names: Collection[str]) -> list[str]:
    """Copy empty sheets of these input tables into a workbook; the sheets added."""
    return _copied(book, Package(donor(list(names), functions=functions.load())), set())


def follow_paper(book: xw.Book, sheets: Collection[str], paper: Paper) -> bool:
    """Have sheets print on this paper where they do on the other one; Excel's stay, xlwings does not reach them.

    Returns whether one of them did print on the other.
    """
    follow = getattr(book.impl, "follow_paper", None)
    return bool(follow) and follow(sheets, paper)


def _copied(book: xw.Book, package: Package, but: Collection[str]) -> list[str]:
    """Copy a package's sheets behind those of an open workbook, with their tables."""
    present = {schema.normal(sheet.name) for sheet in book.sheets}
    there = list(parts.tables(package))
    added: list[str] = []
    with working_folder() as folder:
        path = folder / "cvm_xl_sheets.xlsx"
        package.save(path)
        active = book.sheets.active
        source = book.app.books.open(path)
        try:
            for sheet in parts.sheets(package):
                if sheet.name in but or schema.normal(sheet.name) in present:
                    continue
                source.sheets[sheet.name].copy(after=book.sheets[-1])
                added.append(sheet.name)
        finally:
            source.close()
        book.activate()
    for name in added:
        sheet = book.sheets[name]
        _point_here(sheet, path.name)
        known = {table.name for table in sheet.tables}
        for table in there:
            if table.sheet.name == name and table.name not in known:
                area = sheet.range((table.area.top, table.area.left), (table.area.bottom, table.area.right))
                made = sheet.tables.add(area, name=table.name, has_headers=True)
                made.show_autofilter = b"<autoFilter" in package.part(table.part)
    active.activate()
    return added


def _point_here(sheet: xw.Sheet, file: str) -> None:
    """Formulas of a copied sheet that name the file it came from name this workbook again."""
    used = sheet.used_range
    formulas = used.options(ndim=2).formula
    for i, row in enumerate(formulas if isinstance(formulas, (tuple, list)) else [[formulas]]):
        for j, text in enumerate(row if isinstance(row, (tuple, list)) else [row]):
            if isinstance(text, str) and text.startswith("=") and file in text:
                mended = text.replace(f"'[{file}]", "'").replace(f"[{file}]", "").replace(f"{file}!", "")
                sheet.range((used.row + i, used.column + j)).formula = mended
