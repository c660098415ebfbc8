"""Whether another program changed a workbook's file since LibreOffice read or wrote it.

LibreOffice asks before it overwrites such a change when a user saves, but not when a program has it save: then nobody
is there to be asked. So the add-in remembers in LibreOffice what is in the file whenever that reads or writes it, and
our engine compares before it saves. Contents, not times: a time may change with nothing else. Standard library only:
this runs on both sides.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

__all__ = ["changed", "remember"]


def remember(context: Any, document: Any, path: str) -> None:
    """Remember in LibreOffice's context what is in a document's file now."""
    name = _name(document)
    if context.hasByName(name):
        context.removeByName(name)
    context.insertByName(name, _contents(path))


def changed(context: Any, document: Any, path: str) -> bool:
    """Whether the file holds something else than was remembered; one that is missing or was never seen does not."""
    known = context.getValueByName(_name(document))
    return bool(known) and Path(path).exists() and _contents(path) != known


def _name(document: Any) -> str:
    return f"/cvm_xl/seen/{document.RuntimeUID}"


def _contents(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
