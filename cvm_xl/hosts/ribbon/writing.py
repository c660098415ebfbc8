"""New rows for a table of an open workbook, in whole blocks; what the analyst put beside them stays with its row.

Rows are put in and taken out inside the table, so that the program itself moves what refers to it: charts, names,
formulas, formats. A file is filled by `book.fill`, with the same rules for the same columns.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import xlwings as xw

from cvm_xl.book import schema
from cvm_xl.book.follow import key_texts, pair
from cvm_xl.book.formulas import moved
from cvm_xl.progress import Course

__all__ = ["as_typed", "paused", "write"]

_READ = re.compile(r"\s*(?:['=+@-]|[\d.,]|(?i:true|false)$)")
OFTEN = 0.25  # seconds between words in the status bar


@contextmanager
def paused(app: xw.App) -> Iterator[Course]:
    """The program with its screen and its calculation at rest, both as they were when it ends, whatever happens.

    Gives what shows progress in the status bar.
    """
    screen, calculation = app.screen_updating, app.calculation
    app.screen_updating = False
    app.calculation = "manual"

    said, spoken = "", 0.0

    def show(course: Course) -> None:
        nonlocal said, spoken
        what, now = course.text.split(",")[0], time.monotonic()
        if what != said or now - spoken >= OFTEN:  # a bar takes its time, too
            # Without steps it is the share of one table, which is read while more is to come.
            said, spoken, share = what, now, course.share if course.steps else None
            app.status_bar = f"CVM: {course.text}" + (f" ({share:.0%})" if share else "")

    say = Course(show)
    say("working", 0, 0)
    try:
        yield say
    finally:
        app.calculation = calculation
        app.screen_updating = screen
        app.status_bar = False


def write(
    table: xw.main.Table, columns: Mapping[str, Any], key: Sequence[str] = (), like: Mapping[str, str] | None = None
) -> list[str]:
    """Replace the rows of a table.

    Parameters
    ----------
    table : xlwings Table
    columns : mapping of str to array
        Header -> values, all of one length; a header that the table lacks is put in after its predecessor.
    key : sequence of str
        The columns by which what an analyst typed beside a row follows it.
    like : mapping of str to str, optional
        For a column that the table lacks, the one whose number format it takes.

    Returns
    -------
    list of str
        What had to be dropped, in words: what stood beside rows that are gone.
    """
    sheet, whole = table.parent, table.range
    top, left = whole.row, whole.column
    before = table.data_body_range.rows.count if table.data_body_range is not None else 0
    totals = 0 if table.totals_row_range is None else 1
    heads = [str(cell) for cell in table.header_row_range.options(ndim=1).value]
    given = {schema.normal(header): header for header in columns}
    notes = _taken_off(sheet, top + 1, left, before, heads)
    theirs = _Theirs.read(sheet, heads, given, key, top + 1, left, before, notes)
    heads = _put_in_columns(sheet, heads, columns, like or {}, top, left, before + totals)
    count = max(len(next(iter(columns.values()))), 1)
    _fit_rows(sheet, top + 1, left, left + len(heads) - 1, before, count)
    area = sheet.range((top, left), (top + count + totals, left + len(heads) - 1))
    if table.range.address != area.address:
        table.resize(area)

    cells = {schema.normal(header): _cells(values, count) for header, values in columns.items()}
    lost = theirs.placed(columns, key, cells)
    for first, last in _runs([schema.normal(head) in cells for head in heads]):
        block = zip(*(cells[schema.normal(head)] for head in heads[first : last + 1]), strict=True)
        rows = [[as_typed(cell) for cell in row] for row in block]
        sheet.range((top + 1, left + first), (top + count, left + last)).value = rows
    theirs.write(sheet, {head: left + i for i, head in enumerate(heads)}, top + 1, count)
    return [f"{table.name}: {text}" for text in lost]


def _runs(ours: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last of each run of columns of ours."""
    first = None
    for i, mine in enumerate([*ours, False]):
        if mine and first is None:
            first = i
        elif not mine and first is not None:
            yield first, i - 1
            first = None


def _put_in_columns(
    sheet: xw.Sheet,
    heads: list[str],
    columns: Mapping[str, Any],
    like: Mapping[str, str],
    top: int,
    left: int,
    below: int,
) -> list[str]:
    """Columns that the table lacks, each after its predecessor; the headers then."""
    heads = list(heads)
    position = -1
    for header in columns:
        known = [i for i, head in enumerate(heads) if schema.normal(head) == schema.normal(header)]
        if known:
            position = known[0]
            continue
        position += 1
        column = left + position
        sheet.range((top, column), (top + max(below, 1), column)).insert("right")
        sheet.range((top, column)).value = header
        heads.insert(position, header)
        model = next((i for i, head in enumerate(heads) if head == like.get(header)), position - 1)
        if model >= 0:
            format_ = sheet.range((top + 1, left + model)).number_format
            sheet.range((top + 1, column), (top + max(below, 1), column)).number_format = format_
    return heads


def _fit_rows(sheet: xw.Sheet, first: int, left: int, right: int, before: int, count: int) -> None:
    """As many rows as are needed, put in or taken out between the first and the last."""
    if count > before:
        # Above the last row what refers to the whole table grows with it; a single row has no inside.
        at = first + before - 1 if before > 1 else first + before
        sheet.range((at, left), (at + count - before - 1, right)).insert("down")
        formats = [sheet.range((first, column)).number_format for column in range(left, right + 1)]
        for column, format_ in enumerate(formats, left):
            sheet.range((first, column), (first + count - 1, column)).number_format = format_
    elif count < before:
        at = first + count - 1 if count > 1 else first + 1
        sheet.range((at, left), (at + before - count - 1, right)).delete("up")


def _cells(values: Any, count: int) -> list[Any]:
    """A column as cells; None where there is nothing."""
    array = np.asarray(values) if not isinstance(values, np.ndarray) else values
    if array.dtype.kind == "M":
        listed: list[Any] = [None if np.isnat(v) else v.astype("datetime64[s]").item() for v in array]
    else:
        listed = [None if cell is None or cell != cell else cell for cell in array.tolist()]
    return listed + [None] * (count - len(listed))


def as_typed(cell: Any) -> Any:
    """A text that a program would read as if it were typed, 00123 as a number and =A1 as a formula, stays a text."""
    return f"'{cell}" if isinstance(cell, str) and _READ.match(cell) else cell


class _Theirs:
    """The analyst's own columns while rows change: formulas go on downwards, what was typed follows its key."""

    def __init__(
        self,
        heads: list[str],
        keys: list[tuple[str, ...]],
        values: list[list[Any]],
        formulas: list[list[str]],
        notes: list[_TakenNote],
    ):
        self._heads, self._keys, self._values, self._formulas, self._notes = heads, keys, values, formulas, notes
        self._to: dict[int, int] = {}

    @classmethod
    def read(
        cls,
        sheet: xw.Sheet,
        heads: Sequence[str],
        given: Mapping[str, str],
        key: Sequence[str],
        first: int,
        left: int,
        rows: int,
        notes: list[_TakenNote],
    ) -> _Theirs:
        mine = [i for i, head in enumerate(heads) if schema.normal(head) not in given]
        if not (mine or notes) or not rows:
            return cls([], [], [], [], [])

        def block(i: int) -> xw.Range:
            return sheet.range((first, left + i), (first + rows - 1, left + i)).options(ndim=1)

        wanted = {schema.normal(name) for name in key or given}
        keyed = [i for i, head in enumerate(heads) if schema.normal(head) in wanted]
        texts = [key_texts(np.array(block(i).value, dtype=object), date1904=False) for i in keyed]
        formulas = [[row[0] for row in _grid(block(i).formula, rows)] for i in mine]
        return cls(
            [heads[i] for i in mine],
            list(zip(*texts, strict=True)) if texts else [()] * rows,
            [block(i).value for i in mine],
            formulas,
            notes,
        )

    def placed(self, columns: Mapping[str, Any], key: Sequence[str], cells: Mapping[str, list[Any]]) -> list[str]:
        """Find each row's new place; what has none, in words."""
        if not self._heads and not self._notes:
            return []
        names = [name for name in columns if name in key] or list(columns)
        texts = [key_texts(np.array(cells[schema.normal(name)], dtype=object), date1904=False) for name in names]
        self._to = pair(self._keys, zip(*texts, strict=True), 0)
        lost = []
        for head, values, formulas in zip(self._heads, self._values, self._formulas, strict=True):
            for row, value in enumerate(values):
                typed = value is not None and not str(formulas[row]).startswith("=")
                if typed and row not in self._to:
                    lost.append(f"{head} of {', '.join(self._keys[row])} ({value!r}) has no row any more")
        for note in self._notes:
            if note.row not in self._to:
                key_ = ", ".join(self._keys[note.row])
                lost.append(f"the note on {note.head} of {key_} ({note.text!r}) has no row any more")
        return lost

    def write(self, sheet: xw.Sheet, places: Mapping[str, int], first: int, count: int) -> None:
        """The columns in their new order."""
        for head, values, formulas in zip(self._heads, self._values, self._formulas, strict=True):
            column = places[head]
            rows: list[Any] = [None] * count
            for old, new in self._to.items():
                if new < count:
                    rows[new] = values[old]
            target = sheet.range((first, column), (first + count - 1, column))
            typed = {row: text for row, text in enumerate(formulas) if str(text).startswith("=")}
            bases = {moved(text, -row) for row, text in typed.items()}
            if len(bases) == 1:  # one formula for the whole column
                base = bases.pop()
                target.formula = [[moved(base, row)] for row in range(count)]
                continue
            target.value = [[as_typed(cell)] for cell in rows]
            for old, text in typed.items():
                if old in self._to and self._to[old] < count:
                    new = self._to[old]
                    sheet.range((first + new, column)).formula = moved(text, new - old)
        for note in self._notes:
            if note.row in self._to:
                sheet.range((first + self._to[note.row], places[note.head])).add_note(note.text)


@dataclass(frozen=True)
class _TakenNote:
    """A note on a data row of the table, counted from 0."""

    row: int
    head: str
    text: str


def _taken_off(sheet: xw.Sheet, first: int, left: int, rows: int, heads: Sequence[str]) -> list[_TakenNote]:
    """The notes on a table's rows, taken off: their cells are about to hold other rows."""
    found: list[_TakenNote] = []
    for note in list(sheet.notes):
        place = note.location
        row, column = place.row - first, place.column - left
        if 0 <= row < rows and 0 <= column < len(heads):
            found.append(_TakenNote(row, heads[column], note.text))
            note.delete()
    return found


def _grid(value: Any, rows: int) -> list[Sequence[str]]:
    """What xlwings gives for the formulas of one column as rows."""
    if isinstance(value, str):
        return [(value,)]
    return [row if isinstance(row, (tuple, list)) else (row,) for row in value][:rows]
