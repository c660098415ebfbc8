"""A workbook as PDF, by LibreOffice where it is installed."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from cvm_xl.book.files import check_writable, replacing, working_folder
from cvm_xl.errors import BookError

__all__ = ["environment", "find_office", "to_pdf"]

PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.com",
    "C:/Program Files (x86)/LibreOffice/program/soffice.com",
)
# Every sheet is a bookmark, and the reader opens with the bookmarks beside the pages.
OPTIONS = (
    '{"ExportBookmarks":{"type":"boolean","value":"true"},"InitialView":{"type":"long","value":"1"},'
    '"DisplayPDFDocumentTitle":{"type":"boolean","value":"true"}}'
)
_MARK = re.compile(rb"(?<=[</])[0-9A-F]{32}")  # of the two in /ID, and /DocChecksum
PATIENCE = 300  # seconds


def find_office() -> str | None:
    """The LibreOffice program, or None."""
    found = (shutil.which(name) for name in ("soffice", "libreoffice"))
    return next(filter(None, (*found, *(place for place in PLACES if Path(place).exists()))), None)


def environment() -> dict[str, str]:
    """What LibreOffice's programs are to see of ours: no active virtual environment.

    LibreOffice's own Python looks for its home by the first python on the path; one of an environment leads it to a
    standard library that is not its own, and it then loads no workbook at all.
    """
    ours = {os.path.normcase(folder) for folder in (os.path.dirname(sys.executable), *_active())}  # noqa: PTH120
    kept = {
        name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")
    }
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    kept["PATH"] = os.pathsep.join(folder for folder in folders if os.path.normcase(folder) not in ours)
    return kept


def _active() -> list[str]:
    """Where the programs of the active virtual environment stand."""
    folder = os.environ.get("VIRTUAL_ENV")
    return [str(Path(folder, name)) for name in ("bin", "Scripts")] if folder else []


def to_pdf(workbook: bytes, target: Path, made: datetime.date) -> None:
    """Write a workbook as PDF, dated `made`: the same bytes for the same workbook.

    Raises
    ------
    BookError
        When LibreOffice is not installed or fails, or the file cannot be written.
    """
    program = find_office()
    if program is None:
        raise BookError(
            f"LibreOffice is not installed, so {target.name} was not made",
            remedy="Install it from libreoffice.org, or open the workbook and save it as PDF there",
        )
    check_writable(target)
    with working_folder() as folder:
        source = folder / "report.xlsx"
        source.write_bytes(workbook)
        # A profile of its own: a LibreOffice that is open would take the job and do nothing.
        command = [program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
        command += ["--convert-to", f"pdf:calc_pdf_Export:{OPTIONS}", "--outdir", str(folder), str(source)]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
                env=environment() | {"TZ": "UTC"},  # the day of making has the zone's length
            )
            said = " ".join(line for line in done.stderr.splitlines() if line.strip() and "javaldx" not in line)
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
        result = source.with_suffix(".pdf")
        if not result.exists():
            raise BookError(
                f"LibreOffice made no PDF: {said or 'it does not say why'}",
                remedy="Open the workbook in LibreOffice and export it as PDF there",
            )
        with replacing(target) as file:
            file.write(_dated(result.read_bytes(), made))


def _dated(pdf: bytes, made: datetime.date) -> bytes:
    """Without the clock: the day of making is that of the source, identifiers follow from what the file holds.

    Nothing changes its length, so that the table of places within the file stays right.
    """
    day = f"D:{made:%Y%m%d}000000Z".encode()
    pdf = re.sub(rb"(?<=/CreationDate\()[^)]*", lambda found: day[: len(found[0])].ljust(len(found[0]), b"'"), pdf)
    head, trailer, tail = pdf.rpartition(b"trailer")
    bare = _MARK.sub(b"0" * 32, tail)
    mark = hashlib.sha256(head + bare).hexdigest()[:32].upper().encode()
    return head + trailer + _MARK.sub(mark, tail)
