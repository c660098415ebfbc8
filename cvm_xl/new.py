"""New workbooks: an empty template, our sheets added to a workbook that exists, the demo company."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cvm_xl import functions
from cvm_xl.book import parts, schema
from cvm_xl.book.build import donor, new_book
from cvm_xl.book.files import check_writable, folder_at, replacing
from cvm_xl.book.fill import fill
from cvm_xl.book.graft import graft
from cvm_xl.book.package import Package
from cvm_xl.book.recalculate import set_recalculate
from cvm_xl.errors import BookError, Place

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["demo", "fill_inputs", "new"]

Kind = Literal["starter", "full"]


def new(path: str | os.PathLike[str], kind: Kind = "full") -> list[str]:
    """Write a new workbook, or add to an existing one the input sheets it lacks; nothing in it is lost.

    Returns
    -------
    list of str
        The sheets that were added.

    Raises
    ------
    BookError
        When the workbook cannot be changed, or a sheet of the analyst's bears the name of one of ours.
    """
    path = Path(path)
    check_writable(path)
    if not path.exists():
        if path.suffix.lower() != ".xlsx":
            raise BookError("a new workbook is an .xlsx file", value=path.name, remedy="Name it book.xlsx")
        with replacing(path) as file:
            file.write(new_book(kind, functions.load()))
        return [sheet.name for sheet in parts.sheets(Package.open(path))]
    package = Package.open(path)
    present = parts.tables(package)
    tables = {schema.normal(t.name) for t in present}
    sheets = {schema.normal(s.name) for s in parts.sheets(package)}
    wanted = [t.name for t in schema.inputs() if (kind == "full" or t.starter) and schema.normal(t.name) not in tables]
    for name in wanted:
        if schema.normal(schema.table(name).sheet) in sheets:
            raise BookError(
                f"a sheet named {name} is there already, without a table {name}",
                place=Place(name),
                remedy=f"Make its data a table named {name} (select it, Ctrl+T), or rename the sheet",
            )
    wanted = [name for name in ("Start", *wanted, "Help") if schema.normal(name) not in sheets]
    if not wanted:
        return []
    names = [name.name for name in parts.defined_names(package)]
    added = graft(package, donor(wanted, present=present, names=names, functions=functions.load()))
    if "settings" in tables:
        from cvm_xl.book.paper import follow_paper
        from cvm_xl.book.read import read_book
        from cvm_xl.book.settings import settings

        paper = settings(read_book(path, ["Settings"], package=package))["paper"].lower()
        follow_paper(package, [sheet for sheet in parts.sheets(package) if sheet.name in added], paper)
    package.save(path, keep=True)
    return added


def fill_inputs(package: Package, frames: dict[str, pd.DataFrame]) -> None:
    """Fill input tables from frames with the schema's columns; further columns are added by their name."""
    for name, frame in frames.items():
        known = {column.name: column.header for column in schema.table(name)}
        given = {known.get(str(c), str(c)): frame[c].to_numpy() for c in frame.columns}
        alike = known.get("name", list(known.values())[-1])
        fill(package, name, given, like={header: alike for header in given if header not in known.values()})


def demo(folder: str | os.PathLike[str]) -> Path:
    """Write the demo company's workbook, not yet refreshed, into a folder."""
    from cvm_xl.demo import company

    folder = folder_at(Path(folder))
    frames = company()
    settings = frames.pop("Settings")
    given = dict(zip(settings["setting"], settings["value"], strict=True))
    package = Package(new_book("full", functions.load(), given))
    fill_inputs(package, frames)
    set_recalculate(package)
    path = folder / "demo.xlsx"
    package.save(path)
    return path
