"""The compute process: evaluates functions for LibreOffice, in the environment that installed the add-in.

It talks over its own standard input and output, which nobody but the program that started it can open: there is no
socket to guard, none to go stale, and when LibreOffice ends, however it ends, the input ends and so does the process.
"""

from __future__ import annotations

import datetime as dt
import os
from array import array
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, BinaryIO

import numpy as np

from cvm_xl import functions
from cvm_xl.catalogue import Function
from cvm_xl.cells import EXCEL_EPOCH, ExcelError
from cvm_xl.errors import CvmError
from cvm_xl.hosts.calc import wire
from cvm_xl.hosts.fault import fault

__all__ = ["answer", "main", "serve"]


def main() -> None:
    """Evaluate functions until LibreOffice is gone."""
    catalogue = functions.load()
    serve(lambda message, grids, blobs: answer(catalogue, message, grids, blobs))


def serve(reply: Callable[[dict[str, Any], list[bytes], list[bytes]], dict[str, Any]]) -> None:
    """Answer messages on standard input, one after the other, until the other side is gone.

    `reply` takes a message with its grids, and a list for the grids of what it answers.
    """
    requests, replies = _private_streams()
    while True:
        try:
            message, grids = wire.receive(requests)
            blobs: list[bytes] = []
            wire.send(replies, reply(message, grids, blobs), blobs)
        except (EOFError, BrokenPipeError):
            return


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for messages alone: what a library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb")
    requests = os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    return requests, replies


def answer(
    catalogue: Mapping[str, Function], message: dict[str, Any], grids: list[bytes], blobs: list[bytes]
) -> dict[str, Any]:
    """The reply to {"call": NAME, "args": [...]}: {"result": cells, "messages": [...]}."""
    try:
        function = catalogue[message["call"]]
        args = [_cells_in(arg, grids) for arg in message["args"]]
        # What stands empty at the end was not given; in between it is left to its default.
        while args and args[-1] is None and len(args) > 1:
            args.pop()
        given = function.cells(*args)
    except CvmError as error:
        return {"result": {"error": wire.ERRORS.get(error.code, wire.ERRORS["#VALUE!"])}, "messages": [str(error)]}
    except Exception as error:  # noqa: BLE001  a fault of ours: LibreOffice shows an error, the log says where
        fault(str(message.get("call")), error)
        text = f"a fault in cvm_xl ({type(error).__name__}); please report it"
        return {"result": {"error": wire.ERRORS["#VALUE!"]}, "messages": [text]}
    return {"result": _cells_out(given.value, blobs), "messages": list(given.messages)}


def _cells_in(value: Any, grids: list[bytes]) -> Any:
    """One argument as the catalogue takes it."""
    if not isinstance(value, dict):
        return value
    if "error" in value:
        return ExcelError(wire.code_of(value["error"]))
    if "rows" in value:
        return [[_cells_in(cell, grids) if type(cell) is dict else cell for cell in row] for row in value["rows"]]
    numbers = np.frombuffer(grids[value["grid"]], dtype=np.float64)
    cells = numbers.astype(object)
    for place in np.flatnonzero(np.isnan(numbers)):
        cells[place] = ExcelError(wire.code_of(int(numbers[place : place + 1].view(np.uint64)[0]) & 0xFFFF))
    return cells.reshape(-1, value["width"])


def _cells_out(value: Any, blobs: list[bytes]) -> Any:
    """An answer as `wire.decode` reads it."""
    if not isinstance(value, list):
        return _cell_out(value)
    try:
        numbers = array("d", () if isinstance(value[0][-1], bool) else chain.from_iterable(value))
    except TypeError:
        numbers = array("d")
    if not numbers:
        return {"rows": [[_cell_out(cell) for cell in row] for row in value]}
    blobs.append(numbers.tobytes())
    return {"grid": len(blobs) - 1, "width": len(value[0])}


def _cell_out(cell: Any) -> Any:
    if cell is None or isinstance(cell, (float, str, bool)):
        return cell
    if isinstance(cell, ExcelError):
        return {"error": wire.ERRORS.get(cell.code, wire.ERRORS["#VALUE!"])}
    if isinstance(cell, (dt.date, dt.datetime)):
        return float((np.datetime64(cell, "s") - EXCEL_EPOCH.astype("datetime64[s]")) / np.timedelta64(86400, "s"))
    return float(cell)


if __name__ == "__main__":
    main()
