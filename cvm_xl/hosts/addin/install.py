"""Where Excel looks for the add-in, and the add-in for its settings; putting both there."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import xlwings

from cvm_xl.book.files import check_writable, replacing
from cvm_xl.errors import BookError
from cvm_xl.hosts.addin.build import build
from cvm_xl.hosts.addin.source import NAME

__all__ = ["Places", "install", "places", "settings", "uninstall"]

_OFFICE_MAC = "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"


@dataclass(frozen=True)
class Places:
    """The files of an installation."""

    addin: Path
    settings: Path
    script: Path | None = None
    """On a Mac: through which Excel may start another program."""


def places() -> Places:
    """Where the files belong on this system.

    Raises
    ------
    BookError
        When there is no Excel for this system.
    """
    home = Path.home()
    if sys.platform == "win32":
        roaming = Path(os.environ.get("APPDATA") or home / "AppData/Roaming")
        return Places(roaming / "Microsoft/Excel/XLSTART" / f"{NAME}.xlam", home / f".{NAME}" / f"{NAME}.conf")
    if sys.platform == "darwin":
        return Places(
            home / _OFFICE_MAC / f"{NAME}.xlam",
            home / "Library/Containers/com.microsoft.Excel/Data" / f"{NAME}.conf",
            home / "Library/Application Scripts/com.microsoft.Excel" / f"xlwings-{xlwings.__version__}.applescript",
        )
    raise BookError(
        f"Microsoft makes no Excel for {platform.system()}",
        remedy="Use LibreOffice Calc (cvm-xl calc install), or refresh and report without a spreadsheet program",
    )


def settings() -> dict[str, str]:
    """What the add-in reads: the interpreter of this environment."""
    return {"INTERPRETER": sys.executable}


def install() -> Places:
    """Put add-in and settings in place; an older installation is replaced.

    Raises
    ------
    BookError
        When there is no Excel for this system, or a file cannot be written.
    """
    where = places()
    content = "".join(f'"{key}","{value}"\r\n' for key, value in settings().items())
    encoding = "mbcs" if sys.platform == "win32" else "utf-8"  # as Excel's macros read files
    try:
        encoded = content.encode(encoding)
    except UnicodeEncodeError as error:
        raise BookError(
            "Excel's macros cannot read the path of this Python",
            value=sys.executable,
            remedy="Install cvm-xl in a folder whose name holds letters of your system's language alone",
        ) from error
    if where.script and set(sys.executable) & set(" \"'$`\\|"):
        raise BookError(
            "Excel on a Mac cannot start a Python whose path holds a space or a quote",
            value=sys.executable,
            remedy="Install cvm-xl in another folder",
        )
    _put(where.addin, build())
    _put(where.settings, encoded)
    if where.script:
        _put(where.script, (Path(xlwings.__file__).parent / where.script.name).read_bytes())
    return where


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    check_writable(path)
    with replacing(path) as file:
        file.write(content)


def uninstall() -> list[Path]:
    """Take add-in and settings away; what was there. xlwings' own script on a Mac stays: others may use it."""
    where = places()
    gone = [path for path in (where.addin, where.settings) if path.exists()]
    for path in gone:
        try:
            path.unlink()
        except OSError as error:
            raise BookError(f"{path} cannot be removed", remedy="Close Excel and run this again") from error
    if where.settings.parent.name == f".{NAME}" and where.settings.parent.is_dir():
        shutil.rmtree(where.settings.parent, ignore_errors=True)
    return gone
