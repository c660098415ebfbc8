"""The command `cvm-xl calc`: the add-in built, installed, removed; a workbook recalculated."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

__all__ = ["declare"]


def declare(command: argparse.ArgumentParser) -> None:
    """Declare the actions of `cvm-xl calc`."""
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)

    def action(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    made = action("build", _build, "Write the add-in as a file for LibreOffice's Extension Manager.")
    made.add_argument("-o", "--out", type=Path, default=Path("cvm_xl.oxt"), help="the file to write")
    action("install", _install, "Register the add-in with LibreOffice: =CVM_... calculates, the CVM menu appears.")
    action("uninstall", _uninstall, "Take the add-in out of LibreOffice.")
    made = action(
        "recalc", _recalc, "Recalculate a workbook in LibreOffice with our functions, unseen, and save a copy."
    )
    made.add_argument("book", type=Path, help="the workbook")
    made.add_argument("-o", "--out", type=Path, required=True, help="the .xlsx to write")
    made.add_argument("--pdf", action="store_true", help="a PDF beside it")


def _build(options: argparse.Namespace) -> int:
    from cvm_xl.book.files import check_writable, replacing
    from cvm_xl.hosts.calc.addin import build

    check_writable(options.out)
    with replacing(options.out) as file:
        file.write(build())
    print(f"Written: {options.out}, whose functions run in {sys.executable}")
    return 0


def _install(options: argparse.Namespace) -> int:  # noqa: ARG001  every action is called alike
    from cvm_xl.hosts.calc.install import install

    install()
    print("The add-in is registered. Start LibreOffice Calc: =CVM_ completes in cells, and there is a menu CVM.")
    return 0


def _uninstall(options: argparse.Namespace) -> int:  # noqa: ARG001
    from cvm_xl.hosts.calc.install import uninstall

    print("The add-in is removed." if uninstall() else "The add-in was not registered.")
    return 0


def _recalc(options: argparse.Namespace) -> int:
    from cvm_xl import console
    from cvm_xl.hosts.calc.recalc import recalculate

    with console.progress() as say:
        done = recalculate(options.book, options.out, pdf=options.pdf, progress=say)
    for failed in done.failed[:20]:
        print(f"{failed.sheet}!{failed.cell} shows {failed.error}: {failed.formula}")
    if len(done.failed) > 20:
        print(f"and {len(done.failed) - 20} more")
    print(f"{done.formulas} formulas with our functions, {len(done.failed)} of them show an error")
    for path in done.written:
        print(f"Written: {path}")
    return 0
