"""The command line: `cvm-xl`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvm_xl import __version__, console
from cvm_xl.errors import CvmError, InvalidInput
from cvm_xl.figures import figure, rounded
from cvm_xl.problems import numbered

if TYPE_CHECKING:
    from cvm_xl.intake.elsewhere import Given
    from cvm_xl.refresh import Refreshed

BOOK = "the workbook"
NAMED = 12  # tables, beyond which their number says more than their names

STOPPED = 130
"""The exit code of a command that was stopped by Ctrl-C, as shells have it."""


def main(argv: list[str] | None = None) -> int:
    """Run a command; the answer is the exit code."""
    console.printable()
    commands = parser()
    options = commands.parse_args(argv)
    if not hasattr(options, "run"):
        commands.print_help()
        return 2
    book = getattr(options, "book", None) or next(iter(getattr(options, "books", [])), None)
    before = _stamp(book)
    try:
        with console.stoppable():
            return options.run(options)
    except CvmError as error:
        print(f"cvm-xl: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        what = "" if book is None else "; the workbook is as it was"
        if _stamp(book) != before:
            what = "; the workbook had been written already"
        print(f"cvm-xl: stopped{what}", file=sys.stderr)
        return STOPPED


def _stamp(book: Path | None) -> tuple[int, int] | None:
    """What changes when a workbook is replaced."""
    try:
        status = book.stat() if book else None
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns) if status else None


def parser() -> argparse.ArgumentParser:
    """The commands with their arguments and help."""
    whole = argparse.ArgumentParser(prog="cvm-xl", description="Customer value management in Excel workbooks.")
    whole.add_argument("--version", action="version", version=f"cvm-xl {__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    made = command("new", _new, "Write a new workbook, or add our sheets to one that exists.")
    made.add_argument("book", type=Path, help="the .xlsx to write, or to add to")
    kind = made.add_mutually_exclusive_group()
    kind.add_argument("--starter", action="store_true", help="only Settings, Sales and five cost pools")
    kind.add_argument("--full", action="store_true", help="every input table (the default)")

    made = command("import", _import, "Bring a CSV, Parquet or Excel file into a table of the workbook.")
    made.add_argument("book", type=Path, help=BOOK)
    made.add_argument("--table", required=True, help="the table to fill, for example Sales")
    made.add_argument("file", type=Path, help="CSV, Parquet or xlsx")
    made.add_argument(
        "--map", nargs="+", action="extend", default=[], metavar="COLUMN=SOURCE", help="which source column is which"
    )
    made.add_argument("--append", action="store_true", help="keep the rows that are there")
    made.add_argument("--sheet", help="which sheet of an Excel file, where it has several")
    made.add_argument("--dates", choices=("dmy", "mdy", "ymd"), help="order of day, month and year in text dates")
    made.add_argument("--preview", action="store_true", help="show what was understood and write nothing")

    made = command("check", _check, "List every problem of the workbook's inputs; exit code 1 when there are errors.")
    made.add_argument("book", type=Path, help=BOOK)
    made.add_argument("--json", action="store_true", help="the problems as JSON, for programs")
    _outside(made)

    made = command("refresh", _refresh, "Compute the answers and write them into the workbook.")
    made.add_argument("book", type=Path, help=BOOK)
    made.add_argument("-o", "--out", type=Path, help="write to another file and leave the workbook as it is")
    made.add_argument("--only", default="", metavar="PARTS", help="some of tiers,pnl,price,clv,growth")
    made.add_argument("--trace", metavar="CUSTOMER", help="trace these to the ledger: C0042; Segment = Labs")
    _outside(made)

    made = command("report", _report, "Write reports to hand on: pages with charts, findings, the tables in full.")
    made.add_argument("books", type=Path, nargs="+", metavar="BOOK", help="one workbook or several")
    made.add_argument("-o", "--out", type=Path, help="the report; of several books, or with --split, a folder")
    made.add_argument("--pdf", action="store_true", help="a PDF beside each report, by LibreOffice")
    made.add_argument("--only", default="", metavar="PARTS", help="pages for some of tiers,pnl,price,clv,growth")
    made.add_argument("--paper", choices=("a4", "letter"), help="paper to print on, instead of the one in Settings")
    made.add_argument("--previous", type=Path, help="a report or workbook to compare with; of several books a folder")
    made.add_argument("--split", metavar="COLUMN", help="a report for each Segment, Owner ... of the customers")
    made.add_argument("--pseudonyms", action="store_true", help="invented names for customers, to share the report")
    _outside(made)

    made = command("explain", _explain, "Say why a figure is what it is: the way back to the ledger's accounts.")
    made.add_argument("book", type=Path, help=BOOK)
    for name in ("customer", "segment", "product", "kind", "channel", "touch-point"):
        made.add_argument(f"--{name}", metavar=name.upper(), help=f"this {name}; several at once name one cell")
    made.add_argument("--item", action="append", default=[], metavar="NAME=ITEM", help="any other: --item Region=North")
    made.add_argument("--pool", help="this line of the P&L alone")
    made.add_argument("--json", action="store_true", help="the lines as JSON, for programs")
    _outside(made)

    made = command(
        "score", _score, "Value every customer of sales outside the workbook, into a Parquet file or a table."
    )
    made.add_argument("book", type=Path, help=BOOK)
    out = "scored.parquet, warehouse.duckdb#scores or postgresql://user@host/database#schema.scores"
    made.add_argument("-o", "--out", required=True, help=out)
    _outside(made)

    made = command("restore", _restore, "Bring back the workbook as it was before the last refresh or import.")
    made.add_argument("book", type=Path, help=BOOK)

    made = command("demo", _demo, "Write and refresh the workbook of a generated company.")
    made.add_argument("folder", type=Path, nargs="?", default=Path("cvm-demo"), help="where; cvm-demo when left out")

    from cvm_xl.calls import declare as declare_calls
    from cvm_xl.hosts.addin.command import declare as declare_excel
    from cvm_xl.hosts.calc.command import declare as declare_calc

    declare_excel(command)
    declare_calc(
        commands.add_parser("calc", help="LibreOffice Calc: build, install, uninstall the add-in; recalculate.")
    )

    declare_calls(command)
    return whole


def _outside(command: argparse.ArgumentParser) -> None:
    """Options that say where tables outside the workbook lie."""
    command.add_argument(
        "--source", action="append", default=[], metavar="TABLE=SOURCE",
        help="a table outside the workbook: Sales=sales/*.parquet, Sales=postgresql://user@host/database#sales",
    )  # fmt: skip
    command.add_argument(
        "--map", nargs="+", action="extend", default=[], metavar="COLUMN=SOURCE",
        help="which of its columns is which: customer=ClientNo, Products.name=Title",
    )  # fmt: skip


def _given(options: argparse.Namespace) -> list[Given]:
    from cvm_xl.intake.elsewhere import parse_options

    return parse_options(options.source, options.map)


def _new(options: argparse.Namespace) -> int:
    from cvm_xl.new import new

    there = options.book.exists()
    added = new(options.book, "starter" if options.starter else "full")
    if not added:
        print(f"{options.book} has all our sheets already")
    else:
        print(f"{options.book}: {'added' if there else 'new, with'} {', '.join(added)}")
    print(
        f"Next: fill Sales (or: cvm-xl import {options.book} --table Sales FILE), then: cvm-xl refresh {options.book}"
    )
    return 0


def _import(options: argparse.Namespace) -> int:
    from cvm_xl import intake
    from cvm_xl.book import schema

    mapping: dict[str, str] = {}
    for pair in options.map:
        column, equals, source = pair.partition("=")
        if not equals:
            raise InvalidInput("must be COLUMN=SOURCE, for example customer=CustomerID", argument="--map", value=pair)
        mapping[column] = source
    with console.progress() as say:
        if options.preview:
            source = intake.read_source(options.file, table=options.table, sheet=options.sheet, progress=say)
            understood = intake.understand(source, schema.table(options.table), mapping, dates=options.dates)
            text = understood.preview()
        else:
            done = intake.import_table(
                options.book,
                options.table,
                options.file,
                mapping,
                append=options.append,
                dates=options.dates,
                sheet=options.sheet,
                progress=say,
            )
            text = done.preview()
    print(text)
    if not options.preview:
        print(f"Next: cvm-xl check {options.book}, then: cvm-xl refresh {options.book}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from cvm_xl.book.read import read_book
    from cvm_xl.check import check
    from cvm_xl.errors import BookError
    from cvm_xl.intake.elsewhere import with_sources
    from cvm_xl.problems import Problem

    with console.progress() as say:
        inside = read_book(options.book, progress=say)
        try:
            with with_sources(inside, _given(options), say) as book:
                found = check(book)
        except BookError as error:  # a source that cannot be read: of the rest everything all the same
            found = [Problem("error", error.place, error.value, error.message, error.remedy)]
            found += [problem for problem in check(inside) if problem.place.table != "Sales"]
    errors = sum(problem.level == "error" for problem in found)
    if options.json:
        print(json.dumps([problem.as_dict() for problem in found], indent=1, ensure_ascii=False))
    else:
        console.problems(found)
        warnings = numbered(len(found) - errors, "[warnings|warning]")
        print(f"{options.book}: {numbered(errors, '[errors|error]')}, {warnings}")
    return 1 if errors else 0


def _refresh(options: argparse.Namespace) -> int:
    from cvm_xl.answers import QUESTIONS
    from cvm_xl.refresh import refresh

    only = [word.strip() for word in options.only.split(",") if word.strip()] or QUESTIONS
    with console.progress() as say:
        done = refresh(options.book, options.out, only, say, options.trace, _given(options))
    _tell(done)
    return 0


def _tell(done: Refreshed) -> None:
    """What a refresh found, what it left out, and where to look."""
    headlines = done.answers.tables["Headlines"]
    console.table(
        ["Figure", "Value", "", ""],
        [
            (row["Figure"], _number(row["Value"], row["Unit"]), row["Unit"] or "", row["Meaning"])
            for _, row in headlines.iterrows()
        ],
    )
    for name, why in done.answers.left_out.items():
        print(f"Left out: {name}, because {why}")
    for note in (*done.answers.notes, *done.remarks):
        print(f"Note: {note}")
    warnings = sum(problem.level == "warning" for problem in done.problems)
    if warnings:
        print(f"{numbered(warnings, '[warnings|warning]')}: cvm-xl check {done.path}")
    few = len(done.written) <= NAMED
    what = ", ".join(done.written) if few else f"{len(done.written)} tables; the sheet Start lists them"
    print(f"Written: {done.path} ({what}). Open it at the sheet Dashboard.")


def _number(value: Any, unit: str | None) -> str:
    if isinstance(value, str):
        return value
    if unit == "share":
        return f"{value:.1%}"
    return figure(value) if float(value).is_integer() else figure(value, 2)


def _report(options: argparse.Namespace) -> int:
    from cvm_xl.answers.pages import REPORTED
    from cvm_xl.report import Wanted, report, reports

    only = tuple(word.strip() for word in options.only.split(",") if word.strip()) or REPORTED
    given = tuple(_given(options))
    wanted = Wanted(only, options.paper, options.pdf, options.previous, options.split, options.pseudonyms, given)
    with console.progress() as say:
        if len(options.books) == 1 and (options.split or not _is_folder(options.out)):
            done = report(options.books[0], options.out, wanted, say)
        else:
            done = reports(options.books, options.out, wanted, say)
    for path in done.written:
        print(f"Written: {path}")
    for note in done.notes:
        print(f"Note: {note}")
    for name, error in done.failed:
        print(f"Not written: {name}: {error}", file=sys.stderr)
    if done.failed:
        print(f"{len(done.written)} written, {len(done.failed)} not", file=sys.stderr)
    return 1 if done.failed else 0


def _is_folder(path: Path | None) -> bool:
    return path is not None and (path.is_dir() or not path.suffix)


def _explain(options: argparse.Namespace) -> int:
    from cvm_xl.answers.explain import table_of
    from cvm_xl.book.read import read_book
    from cvm_xl.book.settings import settings
    from cvm_xl.intake.elsewhere import with_sources

    names = {"customer": "Customer", "segment": "Segment", "product": "Product", "kind": "Kind"}
    names |= {"channel": "Channel", "touch_point": "Touch-point"}
    cell = {name: item for key, name in names.items() if (item := getattr(options, key))}
    for pair in options.item:
        name, equals, item = pair.partition("=")
        if not equals:
            raise InvalidInput("must be NAME=ITEM, for example Region=North", argument="--item", value=pair)
        cell[name.strip()] = item.strip()
    given = _given(options)
    with console.progress() as say, with_sources(read_book(options.book, progress=say), given, say) as book:
        found = table_of(book, settings(book), cell, options.pool)
    rows = found.astype(object).where(found.notna(), None).to_dict("records")
    if options.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    shown = [[_cell(name, value) for name, value in row.items() if name != "Cell"] for row in rows]
    print(rows[0]["Cell"] if rows else "Nothing")
    console.table([name for name in found.columns if name != "Cell"], shown)
    print(f"Amounts sum to {figure(found['Amount'].sum(), 2)}")
    return 0


def _cell(name: str, value: Any) -> str:
    """A cell of a trace as text."""
    if value is None:
        return ""
    if name == "Ratio":
        return f"{value:.6%}"
    if name in ("Quantity", "Of"):
        return rounded(value, 6) if value < 1e6 else figure(value)
    return figure(value, 2) if isinstance(value, float) else str(value)


def _score(options: argparse.Namespace) -> int:
    from cvm_xl.score import score
    from cvm_xl.steps import SCORE

    with console.progress() as say:
        say.plan(SCORE)
        done = score(options.book, options.out, _given(options), say)
    for note in done.notes:
        print(f"Note: {note}")
    who = numbered(done.customers, "[customers|customer]")
    print(f"Written: {done.target}: {who}, lifetime value {figure(done.value, 2)} in all")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from cvm_xl.book.files import restore_previous

    print(f"{restore_previous(options.book)} is as it was before; restore again to undo this")
    return 0


def _demo(options: argparse.Namespace) -> int:
    from cvm_xl.book.files import previous_of
    from cvm_xl.new import demo
    from cvm_xl.refresh import refresh

    with console.progress() as say:
        say("generate a company", 0, 0)
        path = demo(options.folder)
        done = refresh(path, progress=say)
    previous_of(path).unlink()  # the company before its first refresh is nothing to go back to
    _tell(done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
