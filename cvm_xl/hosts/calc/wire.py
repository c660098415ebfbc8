"""Messages between LibreOffice and a worker process, over the pipes that only these two hold.

Standard library only: the same file runs in LibreOffice's Python and in ours. A message is a JSON object and, behind
it, the numbers of the grids it names, eight bytes each: a column of 100,000 numbers is copied, not spelled out. Nothing
that arrives is ever executed or unpickled.
"""

from __future__ import annotations

import json
import os
import struct
import time
from array import array
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["ERRORS", "STATUS", "code_of", "decode", "encode", "keep_private", "receive", "send"]

ERRORS = {
    "#NULL!": 521,
    "#DIV/0!": 532,
    "#VALUE!": 519,
    "#REF!": 524,
    "#NAME?": 525,
    "#NUM!": 503,
    "#N/A": 0x7FFF,
}
"""The numbers that Calc gives to the errors that Excel knows."""
STATUS = "/cvm_xl/status"
"""Where LibreOffice's context keeps the status bar's words for a command: its own, which outlive the worker."""
_CODES = {number: code for code, number in ERRORS.items()}
_HEAD = struct.Struct("<II")  # length of the JSON, number of grids
_SIZE = struct.Struct("<Q")


def send(stream: BinaryIO, message: dict[str, Any], grids: list[bytes]) -> None:
    """Write one message."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    parts = [_HEAD.pack(len(text), len(grids)), text]
    for grid in grids:
        parts += [_SIZE.pack(len(grid)), grid]
    stream.write(b"".join(parts))
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """Read one message.

    Raises
    ------
    EOFError
        When the other side is gone.
    """
    length, count = _HEAD.unpack(_exactly(stream, _HEAD.size))
    text = _exactly(stream, length)
    grids = [_exactly(stream, *_SIZE.unpack(_exactly(stream, _SIZE.size))) for _ in range(count)]
    return json.loads(text.decode("utf-8", "surrogatepass")), grids


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def encode(value: Any, grids: list[bytes]) -> Any:
    """Cells as Calc hands them over (a scalar, or rows of cells) as JSON; grids of numbers alone go to `grids`.

    Errors are NaN with Calc's number in it; among other cells they become {"error": number}.
    """
    if not isinstance(value, tuple):
        return _plain(value)
    try:
        numbers = array("d", chain.from_iterable(value))
    except (TypeError, OverflowError):
        if any(cell != cell for row in value for cell in row):
            return {"rows": [[_plain(cell) for cell in row] for row in value]}
        return {"rows": value}
    grids.append(numbers.tobytes())
    return {"grid": len(grids) - 1, "width": len(value[0])}


def _plain(cell: Any) -> Any:
    return {"error": error_number(cell)} if isinstance(cell, float) and cell != cell else cell


def error_number(nan: float) -> int:
    """The number of Calc's error in a NaN; #NUM! where it holds none."""
    return struct.unpack("<Q", struct.pack("<d", nan))[0] & 0xFFFF or ERRORS["#NUM!"]


def error_nan(number: int) -> float:
    """Calc's error of a number, as a cell's value."""
    return struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_0000 | number))[0]


def code_of(number: int) -> str:
    """The error as Excel spells it; #VALUE! for those that only Calc knows."""
    return _CODES.get(number, "#VALUE!")


def decode(value: Any, grids: list[bytes]) -> Any:
    """An answer in Calc's cells: a scalar or a tuple of rows, errors as NaN."""
    if not isinstance(value, dict) or "error" in value:
        return _cell(value)
    if "rows" in value:
        return tuple(tuple(map(_cell, row)) for row in value["rows"])
    numbers = array("d", grids[value["grid"]]).tolist()
    width = value["width"]
    return tuple(zip(*[iter(numbers)] * width))  # noqa: B905  LibreOffice may bring a Python without `strict`


def _cell(value: Any) -> Any:
    """One cell of an answer. Calc has no empty results (nothing would show as 0), and no truth values but 1 and 0."""
    if type(value) is dict:
        return error_nan(value["error"])
    return "" if value is None else float(value) if type(value) is bool else value


def keep_private(name: str, patience: float = 5.0) -> None:
    """Let only its user open LibreOffice's pipe of this name, whatever the user lets others do with files.

    Where pipes are no files, as on Windows, the system sees to it.
    """
    until = time.monotonic() + patience
    while os.name == "posix" and time.monotonic() < until:
        found = [path for folder in ("/tmp", "/var/tmp") for path in Path(folder).glob(f"OSL_PIPE_*_{name}")]
        for path in found:
            path.chmod(0o700)
        if found:
            return
        time.sleep(0.02)
