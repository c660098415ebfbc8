"""A workbook recalculated with our functions, in a LibreOffice of its own that nobody sees."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import unescape

from cvm_xl.book import parts
from cvm_xl.book.files import check_writable, replacing, working_folder
from cvm_xl.book.package import Package
from cvm_xl.book.pdf import environment
from cvm_xl.errors import BookError
from cvm_xl.hosts.calc import install
from cvm_xl.hosts.calc.profile import Profile, program
from cvm_xl.hosts.calc.spelling import spell
from cvm_xl.progress import Progress

__all__ = ["Failed", "Recalculated", "recalculate"]

PATIENCE = 1800  # seconds
_CELL = re.compile(r'<c r="([A-Z]+\d+)"[^>]*? t="(\w+)"[^>]*><f\b[^>]*>([^<]*\bCVM_[^<]*)</f><v>([^<]*)')


@dataclass(frozen=True)
class Failed:
    """A formula of ours that shows an error."""

    sheet: str
    cell: str
    formula: str
    error: str


@dataclass(frozen=True)
class Recalculated:
    """What was written, how many formulas use our functions, and which of them show an error."""

    written: list[Path]
    formulas: int
    failed: list[Failed]


def recalculate(source: Path, target: Path, *, pdf: bool = False, progress: Progress | None = None) -> Recalculated:
    """Open a workbook in LibreOffice, calculate every formula, our functions among them, and save it.

    What LibreOffice does not keep of a workbook is lost in the copy; the source stays as it is.

    Parameters
    ----------
    source : path
        An .xlsx, .xlsm or .ods.
    target : path
        The .xlsx to write.
    pdf : bool
        Write a PDF beside it, too.
    progress : callable, optional
        Called with what is being done.

    Raises
    ------
    BookError
        When LibreOffice is missing or fails, or a file cannot be read or written. Nothing is half written.
    """
    if not source.is_file():
        raise BookError(f"there is no file {source}", remedy="Check the name and the folder")
    if target.suffix.lower() != ".xlsx":
        raise BookError("the result is an .xlsx file", value=target.name, remedy="Name it with -o OUT.xlsx")
    document = target.with_suffix(".pdf")
    for path in (target, document) if pdf else (target,):
        check_writable(path)
    with working_folder() as folder:
        profile = Profile.private(folder / "office")
        install.install(profile)
        given = folder / "in" / f"book{source.suffix.lower()}"
        given.parent.mkdir()
        shutil.copyfile(source, given)
        say = progress or (lambda *_: None)
        say("calculate in LibreOffice", 0, 0)
        made = {target: _convert(profile, given, "xlsx:Calc MS Excel 2007 XML", folder / "out")}
        spell(made[target])
        if pdf:
            say("PDF of every sheet", 0, 0)
            made[document] = _convert(profile, made[target], "pdf:calc_pdf_Export", folder / "pdf")
        formulas, failed = _verdict(made[target])
        for path, result in made.items():
            with replacing(path) as file:
                file.write(result.read_bytes())
    return Recalculated(list(made), formulas, failed)


def _convert(profile: Profile, source: Path, kind: str, folder: Path) -> Path:
    command = [program(), *profile.options, "--headless", "--norestore", "--convert-to", kind]
    command += ["--outdir", str(folder), str(source)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment())
        said = done.stderr.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    result = folder / f"{source.stem}.{kind.partition(':')[0]}"
    if not result.exists():
        raise BookError(f"LibreOffice could not do it: {said or 'it does not say why'}", remedy="Try to open it there")
    return result


def _verdict(path: str | os.PathLike[str]) -> tuple[int, list[Failed]]:
    """How many formulas of a workbook that LibreOffice wrote use our functions, and which of them show an error."""
    package = Package.open(path)
    count, failed = 0, list[Failed]()
    for sheet in parts.sheets(package):
        for cell, kind, formula, value in _CELL.findall(package.part(sheet.part).decode("utf-8")):
            count += 1
            if kind == "e":
                failed.append(Failed(sheet.name, cell, f"={unescape(formula)}", value))
    return count, failed
