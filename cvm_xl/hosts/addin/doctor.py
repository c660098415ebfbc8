"""What may keep the add-in from working on this machine, each with its remedy."""

from __future__ import annotations

import csv
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import xlwings

from cvm_xl.book.pdf import find_office
from cvm_xl.errors import BookError
from cvm_xl.hosts.addin.build import build
from cvm_xl.hosts.addin.install import Places, places, settings
from cvm_xl.hosts.addin.source import NAME

__all__ = ["Finding", "examine"]

AGAIN = "Run: cvm-xl install"


@dataclass(frozen=True)
class Finding:
    """Something that was looked at: whether it is in order, and if not what to do."""

    good: bool
    what: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at everything that Excel, the add-in and this Python need from each other."""
    try:
        where = places()
    except BookError as error:
        office = find_office()
        return [
            Finding(False, error.message, error.remedy),
            Finding(True, f"LibreOffice is installed: {office}")
            if office
            else Finding(False, "LibreOffice is not installed either", "Install it from libreoffice.org"),
        ]
    return [*_excel(), *_bridge(), *_installed(where), *_policy()]


def _excel() -> Iterator[Finding]:
    if sys.platform == "win32":
        found = _registry("HKEY_LOCAL_MACHINE", r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe", "")
    else:
        app = Path("/Applications/Microsoft Excel.app")
        found = str(app) if app.exists() else None
        yield Finding(True, "On a Mac, functions in cells need xlwings Lite (see docs/excel.md)")
    if found:
        yield Finding(True, f"Excel is installed: {found}")
    else:
        yield Finding(False, "Excel was not found on this machine", "Install Microsoft Excel, or use LibreOffice Calc")


def _bridge() -> Iterator[Finding]:
    """What xlwings needs to speak to Excel from this Python."""
    module = "win32com" if sys.platform == "win32" else "appscript"
    package = "pywin32" if sys.platform == "win32" else "appscript"
    if find_spec(module) is None:
        yield Finding(False, f"{package} is missing in this Python", f"Run: {sys.executable} -m pip install {package}")
    if sys.platform == "win32":
        library = f"xlwings{struct.calcsize('P') * 8}-{xlwings.__version__}.dll"
        folders = (Path(sys.executable).parent, Path(sys.executable).parent.parent)
        if not any((folder / library).exists() for folder in folders):
            again = f"Run: {sys.executable} -m pip install --force-reinstall xlwings=={xlwings.__version__}"
            yield Finding(False, f"{library} does not stand beside this Python", again)


def _installed(where: Places) -> Iterator[Finding]:
    if not where.addin.exists():
        yield Finding(False, f"The add-in is not installed ({where.addin})", AGAIN)
    elif where.addin.read_bytes() != build():
        yield Finding(False, "The add-in is of another version than this cvm-xl or xlwings", f"Close Excel. {AGAIN}")
    else:
        yield Finding(True, f"The add-in is installed and of this version: {where.addin}")
    if sys.platform == "win32":
        second = where.addin.parents[1].parent / "AddIns" / where.addin.name
        if second.exists():
            yield Finding(False, f"There is a second copy of the add-in: {second}", "Delete it; Excel would load both")
    yield from _configured(where)
    if where.script and not where.script.exists():
        yield Finding(False, "Excel may not start Python yet: xlwings' script is missing", AGAIN)


def _configured(where: Places) -> Iterator[Finding]:
    if not where.settings.exists():
        yield Finding(False, f"The settings are missing ({where.settings})", AGAIN)
        return
    text = where.settings.read_text("mbcs" if sys.platform == "win32" else "utf-8", errors="replace")
    lines = dict(row for row in csv.reader(text.splitlines()) if len(row) == 2)
    key, wanted = next(iter(settings().items()))
    found = lines.get(key, "")
    if found == wanted:
        yield Finding(True, f"Excel's functions run in this Python: {wanted}")
    elif not Path(found).exists():
        yield Finding(False, f"The settings name a Python that is not there: {found or '(none)'}", AGAIN)
    else:
        yield Finding(False, f"Excel uses another Python: {found}", f"If it should be {wanted}: {AGAIN[5:]}")


def _policy() -> Iterator[Finding]:
    """What keeps Excel from loading an add-in from its startup folder, which is a trusted location by default."""
    if sys.platform != "win32":
        return
    company = _set(r"Software\Policies\Microsoft\office\16.0\excel\security")
    own = _set(r"Software\Microsoft\Office\16.0\Excel\Security")
    for name, place, what in (
        ("DisableAllAddins", "", "all add-ins are switched off"),
        ("RequireAddinSig", "", "add-ins must be signed"),
        ("AllLocationsDisabled", r"\Trusted Locations", "trusted locations are switched off"),
    ):
        if company(name, place):
            yield Finding(False, f"By your company's policy {what}", "Ask IT to allow or to sign the add-in")
        elif own(name, place):
            yield Finding(False, f"In Excel {what}", "In Excel: File, Options, Trust Center, Trust Center Settings")
    if any(f"{NAME}.xlam".encode("utf-16-le") in item for item in _disabled()):
        yield Finding(
            False,
            "Excel disabled the add-in after a crash",
            "In Excel: File, Options, Add-ins, Manage: Disabled Items, Go, and enable it",
        )


def _set(key: str) -> Callable[[str, str], bool]:
    return lambda name, place: _registry("HKEY_CURRENT_USER", f"{key}{place}", name) == 1


def _registry(hive: str, key: str, name: str) -> object:
    """A value of Windows' registry, None where there is none."""
    import winreg

    try:
        with winreg.OpenKey(getattr(winreg, hive), key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except OSError:
        return None


def _disabled() -> Iterator[bytes]:
    import winreg

    key = r"Software\Microsoft\Office\16.0\Excel\Resiliency\DisabledItems"
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
            for number in range(winreg.QueryInfoKey(opened)[1]):
                value = winreg.EnumValue(opened, number)[1]
                if isinstance(value, bytes):
                    yield value.lower()
    except OSError:
        return
