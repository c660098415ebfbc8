"""The module that Excel's Python imports: every function of the catalogue as a function of xlwings.

A function is made when it is first asked for, so that the first answer waits for one, not for all.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable
from typing import Any

import xlwings as xw

from cvm_xl import functions
from cvm_xl.catalogue import Function
from cvm_xl.cells import ExcelError
from cvm_xl.errors import CvmError
from cvm_xl.hosts.fault import fault

__all__ = ["SAID", "argument_name", "call", "published"]

CATEGORY = "CVM"
OPTIONS: dict[str, Any] = {"ndim": 2, "err_to_str": True}
"""Arguments as rows of cells, whatever their shape; an error cell as its text."""

TOLD = 3
"""Of how many rows a message tells what is wrong."""

SAID: deque[str] = deque(maxlen=20)
"""What functions had to say, the last at the end."""

_WORDS = frozenset(
    "and as boolean byref byte byval call case const currency date debug declare dim do double each else elseif end "
    "enum eqv erase error event exit false for friend function get global gosub goto if imp implements in input "
    "integer is let lib like local lock long loop lset me mod new next not nothing null on open option optional or "
    "paramarray preserve print private property public put raiseevent redim rem resume return rset seek select set "
    "shared single static step stop string sub then to true type typeof unlock until variant wend while with write xor "
    "base name".split()
)

Udf = Callable[..., Any]


def __getattr__(name: str) -> Udf:
    function = functions.load().get(name) if name.startswith("CVM_") else None
    if function is None:
        raise AttributeError(name)
    made = globals()[name] = published(function)
    return made


def __dir__() -> list[str]:
    return sorted({*globals(), *functions.load()})


def argument_name(name: str) -> str:
    """An argument's name in Excel's macro language, where a word of that language cannot be one."""
    return f"{name}_" if name in _WORDS else name


def published(function: Function) -> Udf:
    """A function of the catalogue as xlwings publishes it: name, arguments, defaults and help."""

    def udf(*given: Any) -> Any:
        return call(function, *given)

    # xlwings reads all this when it decorates.
    required, optional = inspect.Parameter.empty, None
    udf.__name__ = udf.__qualname__ = function.name
    udf.__doc__ = function.summary
    udf.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                argument_name(arg.name),
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=required if arg.required else optional,
            )
            for arg in function.args
        ]
    )
    udf.__annotations__ = {}
    for arg in function.args:
        xw.arg(argument_name(arg.name), doc=arg.shape.help[:255], **OPTIONS)(udf)
    return xw.func(category=CATEGORY)(udf)  # last: each decorator sets the category anew


def call(function: Function, *given: Any) -> Any:
    """Evaluate for a cell: an error is the text that Excel shows, and the reason is remembered."""
    args = list(given)
    while args and _empty(args[-1]):
        args.pop()
    try:
        answer = function.cells(*args)
    except CvmError as error:
        SAID.append(f"{function.name}: {error}")
        return error.code
    except Exception as error:  # noqa: BLE001  a fault of ours: Excel shows an error, the log says where
        fault(function.name, error)
        SAID.append(f"{function.name}: a fault in cvm_xl ({type(error).__name__}); please report it")
        return "#VALUE!"
    if answer.messages:
        SAID.append(f"{function.name}: {'; '.join(answer.messages[:TOLD])}")
    if isinstance(answer.value, list):
        return [[_cell_out(cell) for cell in row] for row in answer.value]
    return _cell_out(answer.value)


@xw.func(category=CATEGORY)
def CVM_LAST_ERROR() -> str:
    """Why a function of ours shows an error: what the last one had to say."""
    return SAID[-1] if SAID else ""


def _empty(arg: Any) -> bool:
    """An argument that was left out, or a lone empty cell."""
    return arg is None or (len(arg) == 1 and len(arg[0]) == 1 and arg[0][0] is None)


def _cell_out(cell: Any) -> Any:
    if isinstance(cell, ExcelError):
        return cell.code
    # Windows' integers end at 2^31; a cell knows only one kind of number anyway.
    return float(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell
