"""The commands for Excel: `cvm-xl addin build`, `install`, `uninstall`, `doctor`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["declare"]


def declare(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Declare them; `command` makes one of a name, what it runs and its help."""
    made = command("addin", _build, "Write Excel's add-in as a file, to hand out or to put on a share.")
    made.add_argument("action", choices=["build"], help="build: write the file")
    made.add_argument("-o", "--out", type=Path, default=Path("cvm_xl.xlam"), help="the file to write")
    made.add_argument("--python", metavar="PATH", help="the Python that users without settings of their own run")
    command("install", _install, "Install Excel's add-in: =CVM_... calculates, the tab CVM appears.")
    command("uninstall", _uninstall, "Take Excel's add-in away.")
    made = command("doctor", _doctor, "Say what keeps the add-in from working; with a workbook, mend its formulas.")
    made.add_argument("book", type=Path, nargs="?", help="a workbook whose formulas lost the add-in")


def _build(options: argparse.Namespace) -> int:
    from cvm_xl.book.files import check_writable, replacing
    from cvm_xl.hosts.addin.build import build

    check_writable(options.out)
    with replacing(options.out) as file:
        file.write(build(options.python))
    print(f"Written: {options.out}")
    return 0


def _install(options: argparse.Namespace) -> int:  # noqa: ARG001  every command is called alike
    from cvm_xl.hosts.addin.install import install

    where = install()
    print(f"Written: {where.addin}\nWritten: {where.settings}")
    print("Start Excel anew: there is a tab CVM, and =CVM_ completes in cells (on a Mac: the tab alone).")
    return 0


def _uninstall(options: argparse.Namespace) -> int:  # noqa: ARG001
    from cvm_xl.hosts.addin.install import uninstall

    gone = uninstall()
    print("\n".join(f"Removed: {path}" for path in gone) or "The add-in was not installed.")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    if options.book:
        return _mend(options.book)
    from cvm_xl.hosts.addin.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok    ' if finding.good else 'wrong '} {finding.what}")
        if finding.remedy:
            print(f"       {finding.remedy}")
    return 0 if all(finding.good for finding in findings) else 1


def _mend(book: Path) -> int:
    from cvm_xl.book.package import Package
    from cvm_xl.book.relink import relink

    package = Package.open(book)
    changed = relink(package)
    if changed:
        package.save(keep=True)
        print(f"{book.name}: {changed} formulas brought back to the plain spelling; the workbook as it was is kept")
    else:
        print(f"{book.name}: no formula has lost the add-in")
    return 0
