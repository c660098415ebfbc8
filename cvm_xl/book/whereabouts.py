"""Where a table's cells lie: by the Excel table of its name, by one that is alike, or by its header alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cvm_xl.book import parts, schema
from cvm_xl.book.addresses import Area
from cvm_xl.book.calamine import Cells
from cvm_xl.book.headers import fits
from cvm_xl.errors import Place
from cvm_xl.problems import Problem

__all__ = ["Whereabouts", "found_by_header", "whereabouts"]

SEARCHED = 50  # rows in which a header is looked for where the table object is gone


@dataclass(frozen=True)
class Whereabouts:
    """Where a table's cells are. `area` is None where the table object is gone and the header is to be found."""

    sheet: str
    headers: tuple[str, ...] = ()
    data: Area | None = None
    whole: Area | None = None
    problems: tuple[Problem, ...] = ()


def whereabouts(table: schema.Table, there: Sequence[parts.Table], sheets: Sequence[str]) -> Whereabouts | None:
    wanted, sheet_name = schema.normal(table.name), schema.normal(table.sheet)
    sheet = next((name for name in sheets if schema.normal(name) == sheet_name), None)
    found = next((t for t in there if schema.normal(t.name) == wanted), None)
    problems: tuple[Problem, ...] = ()
    if found is None and sheet is not None:
        ours = {schema.normal(t.name) for t in schema.TABLES}
        alike = [
            t for t in there if t.sheet.name == sheet and schema.normal(t.name) not in ours and fits(table, t.columns)
        ]
        if len(alike) == 1:
            found = alike[0]
            text = f"the table is named {found.name}; it was read as {table.name}"
            remedy = f"Rename it to {table.name} (Table Design > Table Name)"
            problems = (Problem("warning", Place(sheet, table.name), found.name, text, remedy),)
    if found is not None:
        return Whereabouts(found.sheet.name, found.columns, found.data, found.area, problems)
    return Whereabouts(sheet) if sheet is not None and table.role == "input" else None


def found_by_header(table: schema.Table, sheet: str, cells: Cells) -> Whereabouts | None:
    """The table whose object was deleted, if exactly one of the first rows can be its header."""
    left = (cells.start or (0, 0))[1] + 1
    candidates = [
        (number, row) for number, row in enumerate(itertools.islice(cells.iter_rows(), SEARCHED), 1) if fits(table, row)
    ]
    if len(candidates) != 1:
        return None
    top, row = candidates[0]
    known = [i for i, header in enumerate(row) if table.column(header)]
    first = last = known[0]
    while first > 0 and row[first - 1] != "":
        first -= 1
    while last + 1 < len(row) and row[last + 1] != "":
        last += 1
    bottom = (cells.end or (0, 0))[0] + 1
    whole = Area(top, left + first, max(bottom, top + 1), left + last)
    problem = Problem(
        "warning",
        Place(sheet, table.name, top),
        None,
        f"the sheet has no Excel table named {table.name}; {whole} was read by its headers",
        f"Select {whole}, press Ctrl+T and name the table {table.name} (Table Design > Table Name)",
    )
    headers = tuple(str(header) for header in row[first : last + 1])
    return Whereabouts(sheet, headers, replace(whole, top=top + 1), whole, (problem,))
