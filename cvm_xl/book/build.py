"""New workbooks, and sheets to be put into workbooks that exist: both are written here, by XlsxWriter, in memory."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Container, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_range_abs

from cvm_xl.book import (
    dashboard,
    growth_sheets,
    lifetime_sheets,
    manual,
    parts,
    price_sheets,
    profit_sheets,
    selftest,
    spend_sheets,
    start,
    style,
    titles,
)
from cvm_xl.book.schema import inputs, table
from cvm_xl.book.sheets import Draft, place, write_sheet
from cvm_xl.book.validation import list_name
from cvm_xl.catalogue import Function

__all__ = ["build_all", "donor", "new_book"]

CREATED = datetime(2025, 1, 1)  # the same bytes whenever a template is built
GUIDES = (start.NAME, manual.NAME)
DRAWN = (profit_sheets, price_sheets, lifetime_sheets, growth_sheets, spend_sheets)  # sheets with more than a table

Functions = Mapping[str, Function]


def donor(
    sheets: Sequence[str],
    *,
    functions: Functions | None = None,
    currency: str = "EUR",
    decimals: int = 2,
    company: str = "",
    spread: Mapping[str, Sequence[str]] | None = None,
    present: Sequence[parts.Table] = (),
    names: Collection[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> bytes:
    """A workbook that holds the sheets of these tables, empty and styled.

    Parameters
    ----------
    sheets : sequence of str
        Names of tables of the schema, and "Start" and "Help" for the two sheets without one. The dashboard comes
        whole when one of its tables is named, and with the sheet Whale, which it charts.
    functions : mapping of name to Function
        What Help lists.
    currency, decimals, company
        What the titles, units and number formats of results say. Titles and units look the first and the last up in
        the table Settings, where that is among `present`.
    spread : mapping of str to sequence of str
        Of a table, the columns that the schema does not know: cost pools of SegmentPnL, segments of HeatMap.
    present : sequence of parts.Table
        Tables of the workbook that the sheets go to: charts and drop-downs refer to them where they stand.
    names : collection of str
        Defined names of that workbook; they are not defined again.
    settings : mapping of str to value
        What Settings says instead of its defaults, by the setting's name.

    Returns
    -------
    bytes
        An .xlsx file; the same bytes for the same arguments.

    Raises
    ------
    ValueError
        When two columns have one name.
    """
    made = BytesIO()
    book = _workbook(made)
    there = _known(present)
    sheets = _completed(sheets, there)
    tables = [table(name) for name in sheets if name not in GUIDES]
    places = place(table("Whale")) | dashboard.spots()
    for family in DRAWN:
        places |= family.spots()
    places |= _places(there)
    known = {one.name for one in tables} | set(there)
    lookups = titles.lookups(there["Settings"]) if "Settings" in there else {}
    paint = style.painter(book)
    draft = Draft(book, paint, currency, decimals, company, spread or {}, known, places, settings or {}, lookups)
    drawn: set[str] = set()
    for name in sheets:
        sheet = name if name in GUIDES else table(name).sheet
        if sheet in drawn:
            continue
        drawn.add(sheet)
        if sheet == start.NAME:
            start.draw(draft, [one for one in tables if one.role == "input"])
        elif sheet == manual.NAME:
            manual.draw(draft, functions or {})
        elif sheet == dashboard.NAME:
            dashboard.draw(draft)
        elif any(sheet in family.DRAWN for family in DRAWN):
            next(family.DRAWN[sheet] for family in DRAWN if sheet in family.DRAWN)(draft)
        else:
            write_sheet(draft, table(name))
    taken = {name.casefold() for name in names}
    for name in sorted({column.refers for one in tables for column in one} & known):
        if list_name(name).casefold() not in taken:
            spelled = there[name].name if name in there else name
            book.define_name(list_name(name), f"={spelled}[{_key(name, there.get(name))}]")
    with warnings.catch_warnings():
        # Charts may name sheets that only the workbook has that these sheets go to.
        warnings.filterwarnings("ignore", message="Unknown worksheet reference")
        book.close()
    return made.getvalue()


def new_book(
    kind: Literal["starter", "full"], functions: Functions, settings: Mapping[str, Any] | None = None
) -> bytes:
    """A new workbook: Start, the tables to fill and Help. The starter has only Settings, Sales and CostPools."""
    wanted = [one.name for one in inputs() if kind == "full" or one.starter]
    return donor([start.NAME, *wanted, manual.NAME], functions=functions, settings=settings)


def build_all(folder: Path, functions: Functions) -> list[Path]:
    """Write the templates and the self-test into a folder; the files written."""
    books = {
        "starter.xlsx": new_book("starter", functions),
        "full.xlsx": new_book("full", functions),
        "selftest.xlsx": _selftest(functions),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in books.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in books]


def _selftest(functions: Functions) -> bytes:
    made = BytesIO()
    book = _workbook(made)
    selftest.draw(Draft(book, style.painter(book), "", 2, "", {}, (), {}), functions)
    book.close()
    return made.getvalue()


def _workbook(target: BytesIO) -> Workbook:
    base = {"font_name": style.FONT, "font_size": style.SIZE}
    book = Workbook(target, {"in_memory": True, "strings_to_urls": False, "default_format_properties": base})
    book.set_properties({"title": start.HEADING, "created": CREATED})
    book.set_size(28_000, 16_000)
    return book


def _completed(sheets: Sequence[str], there: Container[str]) -> list[str]:
    """Names as the schema spells them: the dashboard before other results, and with Whale where it needs that."""
    named = [name if name in GUIDES else table(name).name for name in sheets]
    first = [name for name in named if name not in GUIDES and table(name).sheet == dashboard.NAME]
    if not first:
        return named
    whale = [] if "Whale" in named or "Whale" in there else ["Whale"]
    at = next(i for i, name in enumerate(named) if name not in GUIDES and table(name).role == "output")
    rest = [name for name in named if name not in first]
    return [*rest[:at], *first, *rest[at:], *whale]


def _known(present: Sequence[parts.Table]) -> dict[str, parts.Table]:
    """Tables of a workbook that the schema knows, by the schema's names."""
    known: dict[str, parts.Table] = {}
    for found in present:
        try:
            known[table(found.name).name] = found
        except KeyError:
            continue
    return known


def _places(present: Mapping[str, parts.Table]) -> dict[tuple[str, str], str]:
    """Where the data of each column of these tables stands, as charts refer to it."""
    spots: dict[tuple[str, str], str] = {}
    for name, found in present.items():
        data, sheet = found.data, quote_sheetname(found.sheet.name)
        for i, header in enumerate(found.columns):
            column = table(name).column(header)
            if column:
                col = data.left - 1 + i
                spots[name, column.header] = f"={sheet}!{xl_range_abs(data.top - 1, col, data.bottom - 1, col)}"
    return spots


def _key(name: str, found: parts.Table | None) -> str:
    """The header of a table's key as a structured reference spells it."""
    wanted = table(name).key[-1]
    key = next(column for column in table(name) if column.name == wanted)
    spelled = [header for header in found.columns if table(name).column(header) == key] if found else []
    return re.sub(r"(['\[\]#])", r"'\1", spelled[0] if spelled else key.header)
