"""A few customers of the demo company: a workbook that is refreshed in a moment and has all tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from cvm_xl import demo, functions
from cvm_xl.book.build import new_book
from cvm_xl.book.package import Package
from cvm_xl.new import fill_inputs

__all__ = ["company", "write"]

CUSTOMERS = 40


def company() -> dict[str, pd.DataFrame]:
    """The input tables; each call gives frames of its own."""
    return {name: frame.copy() for name, frame in _few().items()}


@cache
def _few() -> dict[str, pd.DataFrame]:
    tables = demo.company()
    chosen = set(tables["Customers"]["customer"][:CUSTOMERS])
    for name in ("Customers", "Sales", "Surveys"):
        tables[name] = tables[name][tables[name]["customer"].isin(chosen)].reset_index(drop=True)
    drivers = tables["Drivers"]
    tables["Drivers"] = drivers[~drivers["object"].str.match(r"C\d+") | drivers["object"].isin(chosen)]
    tables["Offers"] = tables["Offers"].assign(customer=None)
    return tables


def write(path: Path, tables: dict[str, pd.DataFrame] | None = None, kind: str = "full") -> Path:
    """Our template with these tables, not yet refreshed."""
    package = Package(new_book(kind, functions.load()))  # type: ignore[arg-type]
    fill_inputs(package, company() if tables is None else tables)
    package.save(path)
    return path
