"""Excel on Mac and on the web through xlwings Lite: what its users import into their `main.py`.

    from cvm_xl.hosts.lite import *

gives every function of the catalogue as a function of the workbook, and the scripts cvm_check, cvm_refresh and cvm_why.
Python runs in the browser there: no other process, no thread, no socket, no file of the workbook.
"""

from __future__ import annotations

from typing import Any

from cvm_xl import functions

SCRIPTS = ("cvm_check", "cvm_refresh", "cvm_why")

__all__ = [*functions.load(), *SCRIPTS]  # made when they are asked for


def __getattr__(name: str) -> Any:
    if name.startswith("CVM_"):
        from cvm_xl.hosts.com import udfs

        return getattr(udfs, name)
    if name in SCRIPTS:
        from cvm_xl.hosts.lite import scripts

        return getattr(scripts, name)
    raise AttributeError(name)
