"""An xlwings engine for LibreOffice Calc: `import xlwings as xw` works on the workbooks that are open there.

    from cvm_xl.hosts.calc import engine

    with engine.start() as app:          # a LibreOffice of its own, unseen
        book = app.books.open("book.xlsx")
        book.sheets["Sales"].range("A1").expand().options(pd.DataFrame).value

What is supported, member by member, is in docs/calc-engine.md; everything else raises `Unsupported`.
"""

from __future__ import annotations

from pathlib import Path

import xlwings as xw

from cvm_xl.hosts.calc.engine.app import Engine
from cvm_xl.hosts.calc.engine.office import Office
from cvm_xl.hosts.calc.engine.unsupported import Unsupported

__all__ = ["NAME", "Unsupported", "attach", "register", "start"]

NAME = "calc"
_engine: Engine | None = None


def register() -> xw.Engine:
    """Make the engine known to xlwings, once, and the active one."""
    global _engine
    if _engine is None:
        _engine = Engine()
        xw.engines.add(xw.Engine(impl=_engine))
    engine = xw.engines[NAME]
    engine.activate()
    return engine


def attach(url: str, pid: int = 0) -> xw.App:
    """The app of a LibreOffice that is running and listens.

    Parameters
    ----------
    url : str
        Where, as UNO spells it: "uno:pipe,name=NAME;urp;StarOffice.ComponentContext".
    pid : int
        Its process, where that is known.
    """
    register()
    assert _engine is not None
    known = next((app for app in _engine.apps if app.office.url == url), None)
    if known is not None:
        _engine.apps.activate(known)
        return xw.App(impl=known)
    return xw.App(impl=_engine.apps.join(Office.attached(url, pid)))


def start(*, visible: bool = False, profile: Path | None = None, add_in: bool = False) -> xw.App:
    """The app of a new LibreOffice, without a workbook; it ends with `quit`, or with the block.

    Parameters
    ----------
    visible : bool
        Whether it has a window.
    profile : path, optional
        The folder of its profile; a private one that goes with it when left out.
    add_in : bool
        Whether our functions calculate there.
    """
    register()
    assert _engine is not None
    return xw.App(impl=_engine.apps.join(Office.started(visible, profile, add_in)))
