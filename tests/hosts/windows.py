"""xlwings as it is on Windows, without Windows: its own generator and conversion, over stubs for pywin32."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import sys
import types
from unittest.mock import MagicMock

import xlwings as xw

STUBS = (
    "pythoncom", "pywintypes", "win32api", "win32con", "win32event", "win32gui", "win32process", "win32timezone",
    "win32com", "win32com.client", "win32com.server", "win32com.server.dispatcher", "win32com.server.policy",
    "win32com.server.util",
)  # fmt: skip
MISSING = -2147352572
"""What COM hands over for an argument that was left out."""

ERRORS = {
    "#NULL!": -2146826288, "#DIV/0!": -2146826281, "#VALUE!": -2146826273, "#REF!": -2146826265,
    "#NAME?": -2146826259, "#NUM!": -2146826252, "#N/A": -2146826246,
}  # fmt: skip


class Stub(types.ModuleType):
    """A module in which every name is a class of its own."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (Exception,) if "error" in name.lower() else (), {})
        setattr(self, name, made)
        return made


@contextlib.contextmanager
def windows():
    """`xlwings.udfs` over stubs, with our functions published through it."""
    before = dict(sys.modules)
    kept = {name: getattr(xw, name) for name in ("func", "arg", "ret")}
    engines, active = list(xw.engines), xw.engines.active
    for name in STUBS:
        sys.modules[name] = Stub(name)
        above, _, last = name.rpartition(".")
        if above:
            setattr(sys.modules[above], last, sys.modules[name])
    sys.modules["pythoncom"].__file__ = "pythoncom"
    sys.modules["pythoncom"].TypeIIDs = MagicMock()
    library = ctypes.PyDLL
    for name in ("windll", "oledll", "PyDLL"):
        setattr(ctypes, name, MagicMock())
    try:
        udfs = importlib.import_module("xlwings.udfs")
        engine = xw.Engine(impl=importlib.import_module("xlwings._xlwindows").engine)
        xw.engines.add(engine)
        engine.activate()
        xw.func, xw.arg, xw.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
        sys.modules.pop("cvm_xl.hosts.com.udfs", None)
        yield udfs
    finally:
        for name, value in kept.items():
            setattr(xw, name, value)
        xw.engines.engines[:], xw.engines.active = engines, active
        xw.engines.engines_by_name.pop("excel", None)
        for name in set(sys.modules) - set(before):
            if name.split(".")[0] in {stub.split(".")[0] for stub in STUBS} | {"xlwings"}:
                del sys.modules[name]
        for name in ("windll", "oledll"):
            delattr(ctypes, name)
        ctypes.PyDLL = library
        sys.modules.pop("cvm_xl.hosts.com.udfs", None)


def as_excel(value):
    """A cell or grid as COM hands it over: rows as tuples, errors as numbers, nothing as None."""
    if isinstance(value, (list, tuple)):
        rows = [row if isinstance(row, (list, tuple)) else [row] for row in value]
        return tuple(tuple(as_excel(cell) for cell in row) for row in rows)
    if isinstance(value, str) and value in ERRORS:
        return ERRORS[value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
