"""The process that runs commands for LibreOffice: it connects back and works on the workbook that is open there."""

from __future__ import annotations

from typing import Any

import xlwings as xw

from cvm_xl.errors import CvmError
from cvm_xl.hosts.calc import engine
from cvm_xl.hosts.calc.worker import serve
from cvm_xl.hosts.fault import fault
from cvm_xl.hosts.ribbon.commands import run, sentence

__all__ = ["main"]


def main() -> None:
    """Run commands until LibreOffice is gone."""
    serve(lambda message, _grids, _blobs: _reply(message))


def _reply(message: dict[str, Any]) -> dict[str, Any]:
    """The reply to {"run": COMMAND, "given": [...], "office": URL, "pid": N, "document": ID}."""
    try:
        app = engine.attach(message["office"], message["pid"])
        return {"text": run(message["run"], _book(app, message["document"]), *message["given"]), "failed": False}
    except (CvmError, engine.Unsupported) as error:
        return {"text": sentence(error), "failed": True}
    except Exception as error:  # noqa: BLE001  a fault of ours: the user is told, the log says where
        fault(str(message.get("run")), error)
        return {"text": f"A fault in cvm_xl ({type(error).__name__}: {error}); please report it.", "failed": True}


def _book(app: xw.App, document: str) -> xw.Book:
    """The workbook by LibreOffice's number for it, which an unsaved one has, too."""
    return next(book for book in app.books if book.api.RuntimeUID == document)


if __name__ == "__main__":
    main()
