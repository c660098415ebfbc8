"""Which column of a source feeds which column of a table, what its values are, and which rows cannot be taken."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cvm_xl.book.columns import array_type
from cvm_xl.book.headers import nearest
from cvm_xl.book.schema import Column, Table, normal
from cvm_xl.book.synonyms import SYNONYMS
from cvm_xl.errors import BookError, Place
from cvm_xl.figures import exact, figure, visible
from cvm_xl.intake.convert import common_mark, typed
from cvm_xl.intake.source import Source
from cvm_xl.problems import numbered

__all__ = ["Fed", "Understood", "matched", "understand"]

EXAMPLES = 3


@dataclass(frozen=True)
class Fed:
    """A column of the table and the source's column that feeds it."""

    column: Column
    source: str
    filled: int
    examples: tuple[str, ...]
    note: str = ""


@dataclass
class Understood:
    """What was understood of a source, ready to be written.

    `values` are the rows taken, by the table's header; `rejected` says why not of the others, by position in the
    source; rows without any value are counted in `blank_rows`.
    """

    table: Table
    source: Source
    columns: list[Fed]
    values: dict[str, np.ndarray]
    rejected: dict[int, str]
    blank_rows: int = 0
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows that are taken."""
        return len(next(iter(self.values.values())))

    def row(self, position: int) -> int:
        """The row's number as a spreadsheet shows it."""
        return self.source.first_row + position

    def preview(self, *, menu: bool = False) -> str:
        """What was understood, as text of a few lines; for who chose from a `menu` without the command's options."""
        source = self.source
        rows = numbered(source.rows, "[rows|row]")
        lines = [f"{source.path.name}: {', '.join([source.kind, *source.notes])}; {rows}"]
        cells = [("Column", "from", "kind", "filled", "examples")]
        for fed in self.columns:
            said = visible(", ".join(fed.examples)) + (f" ({fed.note})" if fed.note else "")
            cells.append((fed.column.header, fed.source, fed.column.kind, figure(fed.filled), said))
        a, b, c, d = (max(map(len, column)) for column in list(zip(*cells, strict=True))[:4])
        for header, name, kind, filled, said in cells:
            lines.append(f"  {header:<{a}}  {name:<{b}}  {kind:<{c}}  {filled:>{d}}  {said}".rstrip())
        missing = [column.header for column in self.table if column.header not in self.values]
        if missing:
            lines.append(f"not in the file: {', '.join(missing)}")
        if self.unused:
            lines.append(f"not used: {', '.join(self.unused)}")
            if menu:
                lines.append("  (to take one, give it in the file the name of its column here, and import again)")
            elif self.table.extras and self.table.role == "input":
                lines.append(f"  (to take one as a column of your own: --map {_quoted(self.unused[0])})")
        lines += self.notes
        blank = f", {figure(self.blank_rows)} blank" if self.blank_rows else ""
        lines.append(
            f"{numbered(self.rows, '[rows|row]')} for {self.table.name}, {figure(len(self.rejected))} rejected{blank}"
        )
        for position in list(self.rejected)[:EXAMPLES]:
            lines.append(f"  row {self.row(position)}: {self.rejected[position]}")
        if len(self.rejected) > EXAMPLES:
            lines.append(f"  and {figure(len(self.rejected) - EXAMPLES)} more")
        return "\n".join(lines)


def understand(
    source: Source,
    table: Table,
    mapping: Mapping[str, str] | None = None,
    *,
    dates: str | None = None,
    extras: Sequence[str] = (),
) -> Understood:
    """Match a source's columns to a table's and type them.

    Parameters
    ----------
    source : Source
    table : Table
        The table of the schema that is to be filled.
    mapping : mapping of str to str, optional
        Column of the table -> column of the source, where names do not tell; both in any spelling.
    dates : {"dmy", "mdy", "ymd"}, optional
        The order of dates as text, where it cannot be told from them.
    extras : sequence of str
        Further columns of the workbook's own table.

    Raises
    ------
    BookError
        When a name of the mapping is unknown, a required column is not fed, or the order of dates is unclear.
    """
    pairs = matched(source.headers, source.path.name, table, mapping or {}, extras)
    numeric = [index for column, index in pairs if array_type(column.kind) == "float64"]
    mark, said = common_mark(source, numeric)
    notes = [said] if said else []
    blank = _blank(source)
    rejected: dict[int, list[str]] = {i: [text] for i, text in source.broken.items()}
    everything: list[tuple[Column, str, np.ndarray, str]] = []
    for column, index in pairs:
        made = typed(source, index, column, mark=mark, dates=dates)
        if column.kind == "share" and _in_percent(source.headers[index], made.values):
            made = replace(made, values=made.values / 100, note="read as percent, as its header says")
        faults = made.faults | {i: fault for (at, i), fault in source.faults.items() if at == index}
        for i, fault in faults.items():
            rejected.setdefault(i, []).append(f"{source.headers[index]} {fault}")
        if column.required and array_type(column.kind) != "float64":
            for i in np.flatnonzero(pd.isna(made.values) & ~blank).tolist():
                if i not in faults and i not in source.broken:
                    rejected.setdefault(i, []).append(f"{source.headers[index]} is empty")
        everything.append((column, source.headers[index], made.values, made.note))
    for i in rejected:
        blank[i] = False
    taken = ~blank
    taken[list(rejected)] = False
    whole = bool(taken.all())
    values = {column.header: made if whole else made[taken] for column, _, made, _ in everything}
    columns = [_fed(column, header, values[column.header], note) for column, header, _, note in everything]
    used = {index for _, index in pairs}
    return Understood(
        table,
        source,
        columns,
        values,
        {i: "; ".join(rejected[i]) for i in sorted(rejected)},
        int(blank.sum()),
        [header for i, header in enumerate(source.headers) if i not in used],
        notes,
    )


def _in_percent(header: str, values: np.ndarray) -> bool:
    """Whether shares are given as 5 for 5%: the header says so, and some cannot be shares as they are."""
    named = "%" in header or normal(header).endswith(("percent", "pct", "prozent"))
    return named and bool((np.abs(values[~np.isnan(values)]) > 1).any())


def _quoted(header: str) -> str:
    """A column mapped to itself, as a shell takes it."""
    pair = f"{header}={header}"
    return pair if re.fullmatch(r"[\w.=-]+", pair) else f"'{pair}'"


def _blank(source: Source) -> np.ndarray:
    """Rows without any value."""
    blank = np.ones(source.rows, dtype=bool)
    for column in source.columns:
        if not blank.any():
            break
        blank &= column.isna().to_numpy() if isinstance(column, pd.Series) else column == ""
    for _, i in source.faults:
        blank[i] = False
    return blank


# --- matching ------------------------------------------------------------------------------------------------------


def matched(
    headers: Sequence[str], label: str, table: Table, mapping: Mapping[str, str], extras: Sequence[str] = ()
) -> list[tuple[Column, int]]:
    """The columns of the table that are fed, in its order, each with the position of the source's column.

    `label` is what messages call the source.
    """
    there: dict[str, int] = {}
    for i, header in enumerate(headers):
        there.setdefault(normal(header), i)
    columns = [*table, *(Column(header, "text", "") for header in extras if table.column(header) is None)]
    wanted = {normal(column.header): column for column in columns}
    said: dict[str, int] = {}
    for name, header in mapping.items():
        column = _table_column(name, wanted, table)
        said[column.header] = _source_column(header, there, headers, label)
        columns += [] if column in columns else [column]
    taken = set(said.values())
    pairs: list[tuple[Column, int]] = []
    for column in columns:  # its own name goes before any synonym
        index = said.get(column.header, there.get(normal(column.header)))
        if index is not None:
            pairs.append((column, index))
            taken.add(index)
    fed = {column.header for column, _ in pairs}
    for column in table:
        known = [
            there[word] for word in SYNONYMS.get(column.name, ()) if there.get(word, -1) not in taken and word in there
        ]
        if column.header not in fed and known:
            pairs.append((column, known[0]))
            taken.add(known[0])
            fed.add(column.header)
    for column in table:
        if column.required and column.header not in fed:
            raise BookError(
                f"no column of {label} is known to be {column.header}, which {table.name} needs",
                place=Place(table=table.name, column=column.header),
                remedy=f"Say which: --map '{column.header}=...'; its columns are {', '.join(headers)}",
            )
    if not pairs:
        raise BookError(f"{label} has no column of {table.name}", remedy="Say which with --map COLUMN=SOURCE")
    order = {column.header: i for i, column in enumerate(columns)}
    return sorted(pairs, key=lambda pair: order[pair[0].header])


def _table_column(name: str, wanted: Mapping[str, Column], table: Table) -> Column:
    found = wanted.get(normal(name))
    if found is None:
        headers = [column.header for column in wanted.values()]
        if table.extras and not nearest(name, headers, 0.8):
            return Column(name, "text", "")
        meant = nearest(name, headers)
        remedy = f"Did you mean {meant!r}?" if meant else f"Its columns: {', '.join(headers)}"
        raise BookError(f"{table.name} has no column {name!r}, which --map names", remedy=remedy)
    return found


def _source_column(name: str, there: Mapping[str, int], headers: Sequence[str], label: str) -> int:
    if name in headers:
        return headers.index(name)
    if normal(name) not in there:
        meant = nearest(name, headers)
        remedy = f"Did you mean {meant!r}?" if meant else f"Its columns: {', '.join(headers)}"
        raise BookError(f"{label} has no column {name!r}, which --map names", remedy=remedy)
    return there[normal(name)]


def _fed(column: Column, header: str, values: np.ndarray, note: str) -> Fed:
    there = ~pd.isna(values)
    examples: list[str] = []
    for value in values[there][:1000].tolist():
        text = _shown(value)
        if text not in examples:
            examples.append(text)
        if len(examples) == EXAMPLES:
            break
    return Fed(column, header, int(there.sum()), tuple(examples), note)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return exact(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
