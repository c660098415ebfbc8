"""Reports: workbooks in, workbooks of values and charts to hand on out, and PDF. No spreadsheet program is needed."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvm_xl import __version__, steps
from cvm_xl.answers import Answers, answer
from cvm_xl.answers.change import Basis, basis_of
from cvm_xl.answers.dimensions import dimension
from cvm_xl.answers.pages import REPORTED, ahead, content
from cvm_xl.answers.part import parts
from cvm_xl.answers.pseudonyms import Pseudonyms, invented, pseudonymous, without_customers
from cvm_xl.answers.told import is_report, told
from cvm_xl.book import parts as book_parts
from cvm_xl.book import schema
from cvm_xl.book.files import check_writable, folder_at, replacing
from cvm_xl.book.key import key_in
from cvm_xl.book.package import Package
from cvm_xl.book.pdf import find_office, to_pdf
from cvm_xl.book.report.content import WORTH, About
from cvm_xl.errors import BookError, CvmError, Place
from cvm_xl.figures import rounded
from cvm_xl.problems import Problem
from cvm_xl.progress import Progress, Step, plan
from cvm_xl.refresh import FORMER, Unfit

if TYPE_CHECKING:
    from cvm_xl.book.paper import Paper
    from cvm_xl.data.connect import Location
    from cvm_xl.intake.elsewhere import Given

__all__ = ["Reported", "Wanted", "report", "reports"]

READ = [*(table.name for table in schema.inputs()), *FORMER]
LIBRARIES = ("numpy", "pandas", "scipy", "XlsxWriter")
SEED = 1  # of all that is simulated: the functions' default
UNTOLD = ("Company", "Currency", "Paper", "Period start", "Period end", "Trace")  # seen anyway, or names of customers


@dataclass(frozen=True)
class Wanted:
    """What reports are to hold.

    Parameters
    ----------
    only : collection of str
        Which of `REPORTED` get pages.
    paper : {"a4", "letter"}, optional
        What to print on, instead of the setting Paper.
    pdf : bool
        A PDF beside each workbook.
    previous : path, optional
        A report or workbook to compare with; for several books a folder with files of the same names.
    split : str, optional
        One report for the customers of each value of this: Segment, or a column of Customers.
    pseudonyms : bool
        Invented names for customers, by the key in the file pseudonyms.key beside the first book.
    sources : sequence of Given
        Tables that lie outside the workbooks, besides or instead of what their DataSources say.
    """

    only: Collection[str] = REPORTED
    paper: Paper | None = None
    pdf: bool = False
    previous: Path | None = None
    split: str | None = None
    pseudonyms: bool = False
    sources: Sequence[Given] = ()


@dataclass
class Reported:
    """What was written, what was not and why, and what a person should know."""

    written: list[Path] = field(default_factory=list)
    failed: list[tuple[str, CvmError]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Source:
    """A workbook's answers and where they come from; `names` are what stands for its customers."""

    path: Path
    fingerprint: str
    settings: dict[str, Any]
    problems: list[Problem]
    answers: Answers
    outside: dict[str, str]
    """Of tables outside the workbook, where they lie and a fingerprint."""
    names: Pseudonyms | None = None

    @property
    def period(self) -> tuple[datetime.date, datetime.date]:
        """What Settings say, or else the first and last day of sales: never the clock."""
        given = (self.settings["period_start"], self.settings["period_end"])
        first, last = (
            day if known is None else known for known, day in zip(given, self.answers.facts.days, strict=True)
        )
        return first.astype("datetime64[D]").item(), last.astype("datetime64[D]").item()


def report(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    wanted: Wanted | None = None,
    progress: Progress | None = None,
) -> Reported:
    """Write the report of one workbook, or one for each part that it is split into.

    Parameters
    ----------
    path : path
        The workbook; it is not changed.
    out : path, optional
        The report, or with `Wanted.split` a folder. Beside the workbook when left out.
    wanted : Wanted, optional
    progress : callable, optional
        What shows how far it is.

    Raises
    ------
    Unfit
        When the workbook's inputs have errors.
    BookError
        When something cannot be read or written. What stood there is as it was.
    """
    with ExitStack() as opened:  # what lies outside the workbook is asked while pages are made
        return _report(Path(path), out, wanted, progress, opened)


def _report(
    path: Path,
    out: str | os.PathLike[str] | None,
    wanted: Wanted | None,
    progress: Progress | None,
    opened: ExitStack,
) -> Reported:
    done = Reported()
    wanted = _printable(wanted or Wanted(), done)
    unknown = [word for word in wanted.only if word not in REPORTED]
    if unknown:
        raise BookError(f"there is no part {unknown[0]!r} to report", remedy=f"Parts are {', '.join(REPORTED)}")
    target = Path(out) if out is not None else path.with_name(f"{path.stem}-report{'' if wanted.split else '.xlsx'}")
    if wanted.split is None:
        _may_replace(path, target)
    key = key_in(path.parent) if wanted.pseudonyms else None

    def course(content: Package) -> list[Step]:
        return steps.report(book_parts.tables(content), READ, pdf=wanted.pdf, split=wanted.split is not None)

    source = _read(path, key, progress, opened, wanted.sources, course)
    if wanted.split is None:
        before = _before(wanted.previous, key, progress, opened)
        _write(source, "", source.answers, before, target, wanted, done, progress)
        return done
    by = _split_by(source, wanted.split)
    folder_at(target)
    previous = None if wanted.previous is None else _read(wanted.previous, key, progress, opened)
    earlier = dict(parts(previous.answers, by)) if previous else {}
    taken: set[str] = set()
    many = len(dimension(source.answers.facts, by).items) - 1
    for number, (name, part) in enumerate(parts(source.answers, by)):
        label = source.names.called(name) if source.names else name
        if progress:
            progress(f"report {by} {label}", number, many)
        before = _basis(previous, earlier[name]) if previous and name in earlier else None
        if previous and before is None:
            done.notes.append(f"{by} {label}: not in {previous.path.name}")
        file = target / f"{_file_name(f'{path.stem}-{label}', taken)}.xlsx"
        try:
            _may_replace(path, file)
            _write(source, f"{by}: {label}", part, before, file, wanted, done, None)
        except CvmError as error:
            done.failed.append((f"{by} {label}", error))
    return done


def reports(
    paths: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str] | None = None,
    wanted: Wanted | None = None,
    progress: Progress | None = None,
) -> Reported:
    """Write the reports of several workbooks into a folder; what fails is listed, the others are written.

    Parameters
    ----------
    paths : sequence of path
    out : path, optional
        The folder; it is made if need be. Each report stands beside its workbook when left out.
    wanted, progress
        As in `report`.
    """
    done, folder = Reported(), None if out is None else Path(out)
    wanted = _printable(wanted or Wanted(), done)
    if folder is not None:
        folder_at(folder)
    if wanted.previous is not None and not wanted.previous.is_dir():
        raise BookError(
            f"{wanted.previous} is no folder", remedy="With several workbooks, --previous names a folder with theirs"
        )
    taken: set[str] = set()
    files = [Path(path) for path in paths]
    called = [path.name if [one.name for one in files].count(path.name) == 1 else str(path) for path in files]
    plan(progress, [Step(label, 1.0) for label in called])
    for path, label in zip(files, called, strict=True):

        def say(what: str, i: int, n: int, label: str = label) -> None:
            if progress:
                progress(f"{label} {what}", i, n)

        name = _file_name(path.stem if wanted.split else f"{path.stem}-report", taken)
        target = None if folder is None else folder / (name if wanted.split else f"{name}.xlsx")
        mine = wanted
        if wanted.previous is not None:
            there = [wanted.previous / f"{path.stem}-report.xlsx", wanted.previous / path.name]
            found = next((file for file in there[wanted.split is not None :] if file.exists()), None)
            mine = replace(wanted, previous=found)
            if found is None:
                done.notes.append(f"{path.name}: {wanted.previous} has nothing of that name to compare with")
        try:
            one = report(path, target, mine, say)
        except CvmError as error:
            done.failed.append((path.name, error))
            continue
        done.written += one.written
        done.failed += [(f"{path.name}, {name}", error) for name, error in one.failed]
        done.notes += [f"{path.name}: {note}" for note in one.notes]
    return done


# --- reading -----------------------------------------------------------------------------------------------------


def _read(
    path: Path,
    key: bytes | None,
    progress: Progress | None,
    opened: ExitStack,
    sources: Sequence[Given] = (),
    course: Callable[[Package], list[Step]] | None = None,
) -> _Source:
    """The answers of a workbook, all of them: what a report says of one question may rest on another."""
    from cvm_xl.book.read import read_book
    from cvm_xl.book.settings import settings as read_settings
    from cvm_xl.check import check
    from cvm_xl.intake.elsewhere import with_sources

    if progress:
        progress("open", 0, 0)
    content = Package.open(path)
    if course:
        plan(progress, course(content))
    book = read_book(path, READ, progress, content)
    former = {name: book.tables.pop(name).by_header() for name in FORMER if name in book.tables}
    book = opened.enter_context(with_sources(book, sources, progress))
    problems = check(book)
    if any(problem.level == "error" for problem in problems):
        raise Unfit(path, problems)
    settings = read_settings(book)
    settings["trace"] = None
    last = {name: table for name, table in former.items() if len(table)}
    answers = answer(book, settings, REPORTED, progress, former=last)
    outside = {name: _whence(location) for name, location in book.outside.items()}
    source = _Source(path, content.fingerprint[:16], settings, problems, answers, outside)
    if key is None:
        return source
    names = invented(answers, key)
    return replace(source, problems=without_customers(problems, names), names=names)


def _whence(location: Location) -> str:
    """Where a table lies, without the query, which may name customers, and a fingerprint where files have one."""
    where, found = location.text.partition("#")[0], location.fingerprint
    return f"{where}, SHA-256 {found[:16]}" if found else f"{where}, a server"


def _before(previous: Path | None, key: bytes | None, progress: Progress | None, opened: ExitStack) -> Basis | None:
    """What a previous report says, or what a previous workbook gives."""
    if previous is None:
        return None
    package = Package.open(previous)
    if is_report(package):
        return told(previous, package)
    source = _read(previous, key, progress, opened)
    return _basis(source, source.answers)


def _basis(source: _Source, answers: Answers) -> Basis:
    shown = pseudonymous(answers, source.names) if source.names else answers
    return basis_of(shown, *source.period, ahead(shown))


def _split_by(source: _Source, wanted: str) -> str:
    """The name, as the workbook spells it, of something known of customers."""
    found = dimension(source.answers.facts, wanted)
    if found.parent != "Customer":
        raise BookError(
            f"customers cannot be split by {found.name}",
            remedy="Name Segment, or a column of Customers: Owner, Region",
        )
    if "Tiers" not in source.answers.tables:
        raise BookError("no sales line has a customer, so there is nothing to split", place=Place(table="Sales"))
    return found.name


# --- writing -----------------------------------------------------------------------------------------------------


def _write(
    source: _Source,
    part: str,
    answers: Answers,
    before: Basis | None,
    target: Path,
    wanted: Wanted,
    done: Reported,
    progress: Progress | None,
) -> None:
    from cvm_xl.book.report import write

    if progress:
        progress("draw", 0, 0)
    shown = pseudonymous(answers, source.names) if source.names else answers
    about = _about(source, part, shown)
    if before is not None and before.currency != about.currency:
        raise BookError(
            f"the previous figures are in {before.currency or 'no currency'}, these in {about.currency}",
            remedy="Compare workbooks of one currency",
        )
    said = content(shown, about, source.problems, wanted.only, before)
    paper = wanted.paper or source.settings["paper"].lower()
    made = write(said, paper)
    if not target.exists() or target.read_bytes() != made:
        with replacing(target, keep=True) as file:
            file.write(made)
    done.written.append(target)
    if wanted.pdf:
        if progress:
            progress("PDF", 0, 0)
        pdf = target.with_suffix(".pdf")
        try:
            to_pdf(write(said, paper, full=False), pdf, about.end)
        except BookError as error:
            done.failed.append((pdf.name, error))
        else:
            done.written.append(pdf)


def _about(source: _Source, part: str, answers: Answers) -> About:
    settings = source.settings
    chosen = [
        (setting.name, _shown(setting, settings[schema.Column(setting.name, setting.kind, "").name]))
        for setting in schema.SETTINGS
        if setting.name not in UNTOLD
    ]
    versions = [("cvm-xl", __version__), *((name, metadata.version(name)) for name in LIBRARIES)]
    return About(
        company=str(settings["company"] or ""),
        part=part,
        start=source.period[0],
        end=source.period[1],
        currency=str(settings["currency"] or ""),
        decimals=answers.facts.decimals,
        source=source.path.name,
        fingerprint=source.fingerprint,
        facts=[
            *chosen,
            (WORTH, ahead(answers)),
            *((f"Source of {table}", text) for table, text in source.outside.items()),
            ("Seed", str(SEED)),
            ("Versions", ", ".join(f"{name} {number}" for name, number in versions)),
        ],
    )


def _shown(setting: schema.Setting, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, float | int):
        return str(value)
    return f"{rounded(100 * value, 6)}%" if setting.kind == "share" else rounded(value, 6)


def _may_replace(source: Path, target: Path) -> None:
    """Raise `BookError` where the report would take the place of something that is none."""
    if target.suffix.lower() != ".xlsx":
        raise BookError("a report is an .xlsx file", value=target.name, remedy="Name it report.xlsx")
    check_writable(target)
    if target.exists() and (target.samefile(source) or not is_report(Package.open(target))):
        raise BookError(f"{target.name} is there already and is no report", remedy="Name another file with -o")


def _printable(wanted: Wanted, done: Reported) -> Wanted:
    """Without PDF where there is nothing to make it, and that said once."""
    if not wanted.pdf or find_office():
        return wanted
    error = BookError(
        "LibreOffice is not installed; the workbooks are written all the same",
        remedy="Install it from libreoffice.org, or open a report and save it as PDF there",
    )
    done.failed.append(("PDF", error))
    return replace(wanted, pdf=False)


def _file_name(text: str, taken: set[str]) -> str:
    """A name that every system allows for a file, and none of those taken."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", text)[:100].strip(" .") or "report"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain} ({number})"
    taken.add(name.casefold())
    return name
