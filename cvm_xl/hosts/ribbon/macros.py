"""What each command does to the workbook that is open: a macro takes it, and gives the words to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlwings as xw

from cvm_xl.answers import QUESTIONS
from cvm_xl.book import schema
from cvm_xl.book.files import check_writable, keep_previous, previous_of, restore_previous
from cvm_xl.errors import BookError, Place
from cvm_xl.figures import figure
from cvm_xl.hosts.ribbon.reading import read, tables
from cvm_xl.hosts.ribbon.refreshing import refresh
from cvm_xl.hosts.ribbon.sheets import add_inputs
from cvm_xl.hosts.ribbon.writing import paused, write
from cvm_xl.problems import numbered

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST", "Said", "selected", "traced"]

MOST = 15
"""Lines that a message shows; the rest is counted."""


@dataclass(frozen=True)
class Said:
    """What to show when a command is done; nothing where the workbook itself shows it."""

    text: str = ""


def new_workbook(book: xw.Book, path: str, replace: str = "") -> Said:
    """Write a template and open it; `replace` is not empty where the user wants it in place of another file."""
    from cvm_xl.new import new

    target = _xlsx(path)
    kept = ""
    if target.exists():
        if not replace:
            raise BookError(f"{target.name} exists already", remedy="Give the new workbook another name")
        check_writable(target)
        keep_previous(target)
        target.unlink()
        kept = f" The file that it replaces is kept as {previous_of(target).name}."
    new(target)
    book.app.books.open(target)
    said = f"{target.name} is open. Fill in Sales and CostPools, look at Settings, then choose Refresh all."
    return Said(said + kept)


def _xlsx(path: str) -> Path:
    """The workbook that a user means by a name with or without its ending."""
    return Path(path if path.lower().endswith(".xlsx") else f"{path}.xlsx")


def import_file(book: xw.Book, path: str, table: str) -> Said:
    """Replace the rows of an input table by those of a CSV, Parquet or Excel file."""
    from cvm_xl.intake import SETTINGS, set_by_name, take

    _saved(book)
    declared = _input(table)
    if schema.normal(declared.name) not in tables(book):
        with paused(book.app):
            add_inputs(book, [declared.name])
    found = tables(book)[schema.normal(declared.name)]
    with paused(book.app) as say:
        taken = take(declared, found.described.columns, path, progress=say)
        columns = taken.columns
        if declared.name == SETTINGS:
            columns = set_by_name(read(book, names=[SETTINGS]).tables[SETTINGS], taken.understood.values)
        _keep(book)
        say(f"write {declared.name}", 0, taken.understood.rows)
        remarks = write(found.table, columns)
    rejected = taken.write_rejected()
    lines = [taken.understood.preview(menu=True), *remarks]
    lines += [f"Rejected rows, with their reasons: {rejected}"] if rejected else []
    return Said("\n".join(lines))


def _input(name: str) -> schema.Table:
    known = {schema.normal(table.name): table for table in schema.inputs()}
    if schema.normal(name) not in known:
        raise BookError(
            f"there is no table {name!r}", remedy=f"Tables to fill are {', '.join(t.name for t in schema.inputs())}"
        )
    return known[schema.normal(name)]


def check_inputs(book: xw.Book) -> Said:
    """List what is wrong with the inputs, and go to the first place."""
    from cvm_xl.check import check

    with paused(book.app) as say:
        inputs = read(book, progress=say)
        say("check", 0, 0)
        found = check(inputs)
    errors = sum(problem.level == "error" for problem in found)
    if not found:
        return Said("The inputs are in order.")
    _go_to(book, found[0].place)
    lines = [str(problem) for problem in found]
    count = f"{numbered(errors, '[errors|error]')}, {numbered(len(found) - errors, '[warnings|warning]')}"
    return Said("\n".join([count, *_most(lines)]))


def _go_to(book: xw.Book, place: Place) -> None:
    """Select the cell of a problem, as far as its place is known."""
    if all(sheet.name != place.sheet for sheet in book.sheets):
        return
    sheet = book.sheets[place.sheet]
    sheet.activate()
    if place.row:
        heads = [
            (schema.normal(head), one.described.area.left + i)
            for one in tables(book).values()
            if one.described.sheet.name == place.sheet and one.described.data.top <= place.row
            for i, head in enumerate(one.described.columns)
        ]
        sheet.range((place.row, dict(heads).get(schema.normal(place.column or ""), 1))).select()


def refresh_parts(*only: str) -> Callable[[xw.Book], Said]:
    """The command that refreshes these parts, all when none is named."""

    def run(book: xw.Book) -> Said:
        _saved(book)
        done = refresh(book, only or QUESTIONS, before_writing=lambda: _keep(book))
        _show(book, "Dashboard" if not only else _FIRST[only[0]])
        lines = [f"Left out: {name}, because {why}" for name, why in done.computed.answers.left_out.items()]
        lines += [*done.computed.answers.notes, *done.remarks]
        lines += [f"Sheets added: {', '.join(done.added)}"] if done.added else []
        warnings = sum(problem.level == "warning" for problem in done.computed.problems)
        lines += [f"{numbered(warnings, '[warnings|warning]: choose Check to see [them|it]')}"] if warnings else []
        first = f"{numbered(len(done.written), '[tables are|table is]')} up to date."
        last = "Save the workbook to keep this; Restore previous brings back what was here before."
        return Said("\n".join([first, *_most(lines), last]))

    return run


_FIRST = {"tiers": "Tiers", "pnl": "SegmentPnL", "price": "PriceBands", "clv": "Lifetime", "growth": "Decisions"}


def restore(book: xw.Book) -> Said:
    """Bring back the workbook as it was before the last refresh or import."""
    path = _saved(book)
    if not previous_of(path).exists():
        raise BookError(
            f"there is no previous {path.name}", remedy="It is kept when Refresh or Import changes the workbook"
        )
    app = book.app
    keeper = app.books.add() if len(app.books) == 1 else None  # a program without a workbook may end
    try:
        book.close()
        try:
            restore_previous(path)
        finally:
            app.books.open(path)
    except OSError as error:
        raise BookError(str(error), remedy="Close its dialogs, and choose Restore previous again") from error
    finally:
        if keeper is not None:
            keeper.close()
    return Said(f"{path.name} is as it was before; choose Restore previous again to undo this.")


def why(book: xw.Book) -> Said:
    """Trace the figure in the selected cell back to the ledger's accounts, on the sheet Trace."""
    wanted, pool = selected(book)
    done = refresh(book, ["pnl"], trace=wanted)
    _show(book, "Trace")
    return Said("\n".join(traced(done.computed.answers.tables["Trace"], wanted, pool)))


def traced(trace: pd.DataFrame, wanted: str, pool: str | None) -> list[str]:
    """A figure's way back to the ledger in lines: its sum, and what it is made of."""
    rows = trace[trace["Rule"].eq(pool) | trace["Line"].eq(pool)] if pool else trace
    if pool:  # one line of the P&L: what stands behind it
        accounts = rows["Account"].fillna("").astype(str)
        pairs = zip(rows["Ledger pool"], accounts, strict=True)
        names = [f"{ledger}, account {account}" if account else ledger for ledger, account in pairs]
        lines = [f"{name}: {figure(amount, 2)}" for name, amount in zip(names, rows["Amount"], strict=True)]
    else:
        sums = rows.groupby("Line", sort=False)["Amount"].sum()
        lines = [f"{line}: {figure(amount, 2)}" for line, amount in sums.items()]
    what = f"{wanted}, {pool}" if pool else wanted
    last = "The whole way is on the sheet Trace, by rule and ledger account."
    return [f"{what}: {figure(rows['Amount'].sum(), 2)}", *_most(lines), last]


def selected(book: xw.Book) -> tuple[str, str | None]:
    """What the selected cell is about, as the setting Trace spells it, and its cost pool."""
    selection = book.selection
    row, column, sheet = selection.row, selection.column, selection.sheet
    for table in (one.described for one in tables(book).values()):
        if table.sheet.name == sheet.name and table.data.top <= row <= table.data.bottom:
            heads = {schema.normal(head): table.area.left + i for i, head in enumerate(table.columns)}
            if not table.area.left <= column <= table.area.right:
                continue
            cell = {head: sheet.range((row, place)).value for head, place in heads.items()}
            chosen = table.columns[column - table.area.left]
            if schema.normal(table.name) == "segmentpnl":
                known = schema.table("SegmentPnL").column(chosen) is not None
                return f"{cell['dimension']} = {cell['item']}", None if known else chosen
            if cell.get("customer"):
                return _text(cell["customer"]), None
            if cell.get("segment"):
                return f"Segment = {_text(cell['segment'])}", None
    raise BookError(
        "the selected cell is no customer's and no segment's figure",
        remedy="Select a cell in Tiers, SegmentPnL or Lifetime, and choose Why this number again",
    )


def _text(cell: Any) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def report(book: xw.Book, path: str) -> Said:
    """Write the report of the saved workbook, and open it."""
    return _reported(book, path, pdf=False)


def pdf(book: xw.Book, path: str) -> Said:
    """Write the report of the saved workbook, and a PDF beside it."""
    return _reported(book, path, pdf=True)


def _reported(book: xw.Book, path: str, *, pdf: bool) -> Said:
    from cvm_xl.report import Wanted
    from cvm_xl.report import report as write_report

    source = _saved(book)
    target = _xlsx(path)
    with paused(book.app) as say:
        say("save", 0, 0)
        _save(book)
        done = write_report(source, target, Wanted(pdf=pdf), say)
    if not pdf:
        book.app.books.open(target)
    return Said("\n".join([*(f"Written: {file}" for file in done.written), *done.notes]))


def functions_help(book: xw.Book) -> Said:
    """Explain the function in the selected cell; without one, list them all."""
    import re

    from cvm_xl import functions
    from cvm_xl.describe import page, signature

    formula = book.selection.formula
    text = formula if isinstance(formula, str) else str(formula[0][0])
    found = re.search(r"CVM_[A-Z0-9_]+", text.upper())
    loaded = functions.load()
    if found and found[0] in loaded:
        return Said(page(loaded[found[0]]))
    lines = [f"{signature(function)}\n    {function.summary}" for function in loaded.values()]
    return Said("\n".join(["Select a cell with one of our functions for its page. All functions:", *lines]))


def messages(_book: xw.Book, *said: str) -> Said:
    """Show what functions in cells had to say; the program that called them remembers it."""
    return Said("\n".join(said) or "No function in a cell has had anything to say since the program was started.")


def settings(book: xw.Book) -> Said:
    """Show the sheet Settings, adding it where it is missing."""
    if all(schema.normal(sheet.name) != "settings" for sheet in book.sheets):
        with paused(book.app):
            add_inputs(book, ["Settings"])
    _show(book, "Settings")
    return Said()


def _show(book: xw.Book, name: str) -> None:
    for sheet in book.sheets:
        if schema.normal(sheet.name) == schema.normal(name):
            sheet.activate()


def _saved(book: xw.Book) -> Path:
    """The workbook's file."""
    path = Path(book.fullname)
    if not path.is_file():
        raise BookError("the workbook has not been saved yet", remedy="Save it as .xlsx, then try again")
    return path


def _keep(book: xw.Book) -> None:
    """Save the workbook and keep it beside itself: what Restore previous brings back."""
    path = _saved(book)
    _save(book)
    keep_previous(path, in_place=True)


def _save(book: xw.Book) -> None:
    try:
        book.save()
    except OSError as error:
        raise BookError(str(error), remedy="Save it under another name, then try again") from error


def _most(lines: list[str]) -> list[str]:
    return [*lines[:MOST], *([f"and {len(lines) - MOST} more"] if len(lines) > MOST else [])]
