"""What a button of Excel's ribbon runs: a command on the active workbook, and its words shown."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import xlwings as xw

from cvm_xl.errors import CvmError
from cvm_xl.hosts.com.udfs import SAID
from cvm_xl.hosts.fault import fault
from cvm_xl.hosts.ribbon.commands import run, sentence

__all__ = ["press", "show"]

FITS = 25
"""Lines that a message box can show; a longer text opens where it can be scrolled."""


def press(command: str, *given: str) -> None:
    """Run a command on the workbook that the button was pressed in; `given` is what the user was asked for."""
    app = None
    answers = SAID if command == "messages" else [text for text in given if text]
    try:
        book = xw.Book.caller()
        app = book.app  # a command may close the workbook and open it again
        text, failed = run(command, book, *answers), False
    except CvmError as error:
        text, failed = sentence(error), True
    except Exception as error:  # noqa: BLE001  a fault of ours: the user reads it, the log says where
        fault(f"the command {command}", error)
        text, failed = f"A fault in cvm_xl ({type(error).__name__}: {error}); please report it.", True
    if app is None:
        raise RuntimeError(text)  # the add-in shows it
    if text:
        show(app, text, failed=failed)


def show(app: xw.App, text: str, *, failed: bool = False) -> None:
    """Show a text: in a message box, or in the system's reader of texts where it is too long for one."""
    if text.count("\n") < FITS:
        app.alert(text, title="CVM", mode="critical" if failed else "info")
        return
    handle, name = tempfile.mkstemp(prefix="cvm-xl-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    _open(Path(name))


def _open(path: Path) -> None:
    if sys.platform == "win32":
        os.startfile(path)
    else:
        subprocess.run(["open", "-t", str(path)], check=False)
