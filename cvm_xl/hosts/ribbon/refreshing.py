"""A refresh of the workbook that is open: read, computed and written with the code of the headless refresh."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import xlwings as xw

from cvm_xl import steps
from cvm_xl.answers import QUESTIONS
from cvm_xl.book import schema
from cvm_xl.errors import BookError, Place
from cvm_xl.filling import headers, like, plan, print_on, to_write
from cvm_xl.hosts.ribbon.reading import read, tables
from cvm_xl.hosts.ribbon.sheets import add_outputs, follow_paper
from cvm_xl.hosts.ribbon.writing import paused, write
from cvm_xl.refresh import Computed, check_parts, compute, to_read

__all__ = ["Done", "refresh"]


@dataclass(frozen=True)
class Done:
    """What a refresh of an open workbook did."""

    computed: Computed
    written: list[str]
    added: list[str]
    remarks: list[str]


def refresh(
    book: xw.Book,
    only: Collection[str] = QUESTIONS,
    trace: str | None = None,
    before_writing: Callable[[], object] | None = None,
) -> Done:
    """Compute the answers of an open workbook and write them into it; it is not saved.

    Parameters
    ----------
    book : xlwings Book
    only : collection of str
        Which of `QUESTIONS` to answer.
    trace : str, optional
        What to trace back to the ledger, instead of the setting Trace.
    before_writing : callable, optional
        Called when everything is computed and nothing is written yet.

    Raises
    ------
    Unfit
        When the inputs have errors; the workbook is as it was.
    """
    check_parts(only)
    with paused(book.app) as say:
        there = tables(book)
        needed = to_read(only)
        say.plan(steps.refresh([one.described for one in there.values()], needed, only))
        inputs = read(book, there, needed, say)
        done = compute(inputs, say, trace, only)
        names = to_write(only)
        if "headlines" not in there:
            names.append("Whale")  # the dashboard charts it
        missing = [name for name in names if name in done.answers.tables and schema.normal(name) not in there]
        taken = {schema.normal(sheet.name) for sheet in book.sheets}
        for name in missing:
            declared = schema.table(name)
            if schema.normal(declared.sheet) in taken:
                raise BookError(
                    f"the sheet {declared.sheet} has no table {name}",
                    place=Place(declared.sheet, name),
                    remedy="Rename or delete the sheet, and the refresh adds its own",
                )
        known = {name: one.described.columns for name, one in there.items()}
        if before_writing:
            before_writing()
        planned, remarks = plan(done.answers, names, known, done.former)
        for number, (name, columns) in enumerate(planned.items()):
            say(f"write {name}", number, len(planned))
            remarks += write(
                there[schema.normal(name)].table, columns, headers(schema.table(name)), like(name, columns)
            )
        placed = {name: one.described.sheet.name for name, one in there.items()}
        paper = done.settings["paper"].lower()
        print_on(lambda names: follow_paper(book, names, paper), planned, placed, [s.name for s in book.sheets])
        added = []
        if missing:
            say("write sheets", 0, 0)
            added = add_outputs(book, inputs, done.answers, missing, done.settings)
        return Done(done, [*planned, *missing], added, remarks)
