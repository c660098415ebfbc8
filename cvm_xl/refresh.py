"""Refresh: a workbook in, the answers in its sheets, the same workbook out. No spreadsheet program is needed."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvm_xl import steps
from cvm_xl.answers import QUESTIONS, Answers, answer
from cvm_xl.book import parts, schema
from cvm_xl.book.files import check_writable
from cvm_xl.book.package import Package
from cvm_xl.errors import BookError
from cvm_xl.filling import to_write, write_answers
from cvm_xl.problems import Problem, numbered
from cvm_xl.progress import Progress, plan

if TYPE_CHECKING:
    from cvm_xl.book.read import Book, SheetTable
    from cvm_xl.intake.elsewhere import Given

__all__ = [
    "FORMER",
    "Computed",
    "Refreshed",
    "Unfit",
    "check_parts",
    "compute",
    "refresh",
    "to_read",
]

SPOKEN_OF = {
    "tiers": (),
    "pnl": (),
    "price": ("PriceBands", "PricePlan", "TargetEffects", "CostPlusGap", "ValueMap", "Model"),
    "clv": ("Lifetime", "Model"),
    "growth": ("ByDecision", "Model"),
}
"""What the tables that are always written say of a question: read from the workbook where it is not asked."""
FORMER = ("Tiers", "Alerts", "Cycle", "Investment")
"""What growth, where it is asked, compares itself with, and by whose rows other tables have columns: as the last
refresh left it."""


class Unfit(BookError):
    """A workbook whose inputs have errors: its figures would be wrong. Nothing was written."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        errors = [p for p in problems if p.level == "error"]
        first = "\n".join(f"  {problem}" for problem in errors[:10])
        more = f"\n  and {len(errors) - 10} more" if len(errors) > 10 else ""
        count = numbered(len(errors), "[errors|error]")
        super().__init__(
            f"{path.name} has {count}; nothing was written:\n{first}{more}\n"
            f"Correct what is named; `cvm-xl check {path.name}`, in the menu Check, lists everything"
        )
        self.problems = problems


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: the answers, what a person should look at, and what it says about the sheets."""

    path: Path
    answers: Answers
    problems: list[Problem]
    written: list[str]
    remarks: list[str]


def refresh(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    only: Collection[str] = QUESTIONS,
    progress: Progress | None = None,
    trace: str | None = None,
    sources: Sequence[Given] = (),
) -> Refreshed:
    """Compute the answers of a workbook and write them into it.

    Parameters
    ----------
    path : path
        The workbook.
    out : path, optional
        Where to write; the workbook itself when left out. What stood there is kept as ``NAME.previous``.
    only : collection of str
        Which of `QUESTIONS` to answer. Of the others Checks and the dashboard repeat what stands in the workbook.
    progress : callable, optional
        What shows how far it is.
    trace : str, optional
        What to trace back to the ledger, instead of the setting Trace.
    sources : sequence of Given, optional
        Tables that lie outside the workbook, besides or instead of what DataSources says.

    Raises
    ------
    Unfit
        When the inputs have errors.
    BookError
        When the workbook cannot be read or written. The workbook is as it was.
    """
    from cvm_xl.book.read import read_book
    from cvm_xl.book.start import follow_tables

    source, target = Path(path), Path(out or path)
    check_parts(only)
    check_writable(target)
    if progress:
        progress("open", 0, 0)
    package = Package.open(source)
    if target.suffix.lower() not in {source.suffix.lower(), package.suffix}:
        raise BookError(
            f"Excel would not open {target.name}: {source.name} is an {package.suffix} workbook, and so is its copy",
            remedy=f"Name it {target.stem}{package.suffix}",
        )
    names = to_read(only)
    plan(progress, steps.refresh(parts.tables(package), names, only))
    book = read_book(source, names, progress, package)
    done = compute(book, progress, trace, only, sources)
    written, remarks = write_answers(package, done.answers, to_write(only), done.settings, progress, done.former)
    complete = done.answers.facts.book
    follow_tables(package, _filled(book), _outside(complete))
    if progress:
        progress("save", 0, 0)
    package.save(target, keep=True)
    return Refreshed(target, done.answers, done.problems, written, remarks)


def _filled(book: Book) -> dict[str, int]:
    """How many rows of each input table are filled, as the sheet Start counts them."""
    from cvm_xl.book.start import counted

    rows: dict[str, int] = {}
    for declared in schema.inputs():
        table = book.tables.get(declared.name)
        frame = None if table is None else table.by_header()
        known = [] if frame is None else [header for header in counted(declared) if header in frame]
        rows[declared.name] = max((int(frame[header].notna().sum()) for header in known), default=0)
    return rows


def _outside(book: Book) -> dict[str, int]:
    """How many rows the tables have that lie outside the workbook."""
    there = {name: len(table.rows) for name, table in book.tables.items() if table.source}
    return there | {name: source.seen.rows for name, source in book.sources.items()}


@dataclass(frozen=True)
class Computed:
    """Answers, the settings they rest on, what a person should look at in the inputs.

    `former` are columns that the last refresh gave tables which are spread: cost pools, units of a budget.
    """

    answers: Answers
    settings: dict[str, Any]
    problems: list[Problem]
    former: dict[str, list[str]]


def to_read(only: Collection[str] = QUESTIONS) -> list[str]:
    """The tables that a refresh of these parts starts from: the inputs, and of former answers what it repeats."""
    repeated = dict.fromkeys(name for question in QUESTIONS if question not in only for name in SPOKEN_OF[question])
    former = FORMER if "growth" in only else ()
    return [*(table.name for table in schema.inputs()), *repeated, *former, "Checks"]


def compute(
    book: Book,
    progress: Progress | None = None,
    trace: str | None = None,
    only: Collection[str] = QUESTIONS,
    sources: Sequence[Given] = (),
) -> Computed:
    """Answer questions from the tables of a workbook that `to_read` names, wherever they were read.

    Raises
    ------
    Unfit
        When the inputs have errors.
    """
    from cvm_xl.intake.elsewhere import with_sources

    with with_sources(book, sources, progress) as complete:
        return _computed(complete, progress, trace, only)


def _computed(book: Book, progress: Progress | None, trace: str | None, only: Collection[str]) -> Computed:
    from cvm_xl.book.settings import settings as read_settings
    from cvm_xl.check import check

    if progress:
        progress("check", 0, 0)
    given = {table.name for table in schema.inputs()}
    inputs = replace(book, tables={name: table for name, table in book.tables.items() if name in given})
    former = {name: table for name, table in book.tables.items() if name not in given}
    problems = check(inputs)
    if any(problem.level == "error" for problem in problems):
        raise Unfit(book.path, problems)
    settings = read_settings(inputs)
    settings["trace"] = trace or settings["trace"]
    checks = former.pop("Checks", None)
    tables = {name: table.by_header() for name, table in former.items() if len(table.frame)}
    standing = {name: table for name, table in tables.items() if name not in FORMER}
    answers = answer(
        inputs, settings, only, progress, standing, {name: tables[name] for name in FORMER if name in tables}
    )
    spread = {} if checks is None else {"SegmentPnL": _pools(checks)}
    if "Investment" in tables:
        spread["ResponseCurves"] = tables["Investment"]["Unit"].dropna().tolist()
    return Computed(answers, settings, problems, spread)


def check_parts(only: Collection[str]) -> None:
    """Raise `BookError` for a part that no refresh knows."""
    unknown = [word for word in only if word not in QUESTIONS]
    if unknown:
        raise BookError(f"there is no part {unknown[0]!r} to refresh", remedy=f"Parts are {', '.join(QUESTIONS)}")


def _pools(checks: SheetTable) -> list[str]:
    """The cost pools of the last refresh, as the workbook's Checks name them: columns that are ours."""
    found = [re.fullmatch(r"Pool (.+?) = allocated .*", str(text)) for text in checks.values("check")]
    return [match[1] for match in found if match]
