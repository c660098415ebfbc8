"""A function in words and in JSON: help pages, lists, arguments and answers of `cvm-xl call`."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from cvm_xl.catalogue import Arg, Function
from cvm_xl.cells import ExcelError, to_cell
from cvm_xl.kinds import Column, Columns, Matrix, Params, Scalar, Series

__all__ = ["as_json", "example_formula", "page", "signature", "to_json"]

_SHAPES = {Scalar: "one cell", Column: "column", Columns: "columns", Series: "list", Matrix: "grid", Params: "model"}


def signature(function: Function) -> str:
    """The function as a user types it: CVM_TIER(profit, [by="rank"])."""
    return f"{function.name}({', '.join(_typed(arg) for arg in function.args)})"


def _typed(arg: Arg) -> str:
    if arg.required:
        return arg.name
    return f"[{arg.name}]" if arg.default is None else f"[{arg.name}={_literal(arg.default)}]"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, (list, tuple)):
        if value and isinstance(value[0], (list, tuple)):
            return "{" + ";".join(",".join(map(_literal, row)) for row in value) + "}"
        return "{" + ",".join(map(_literal, value)) + "}"
    return "" if value is None else f"{value:.15g}" if isinstance(value, (int, float)) else str(value)


def example_formula(function: Function) -> str:
    """The example as a formula: =CVM_EVC(100,{40},{10})."""
    values = dict(zip((a.name for a in function.args), function.example.args, strict=False))
    values |= function.example.named
    given = [_literal(values.get(arg.name)) for arg in function.args]
    while given and not given[-1]:
        given.pop()
    return f"={function.name}({','.join(given)})"


def page(function: Function) -> str:
    """The help page of a function, for a terminal."""
    lines = [signature(function), "", function.doc, "", "Arguments"]
    for arg in function.args:
        shape = _SHAPES[type(arg.shape)]
        bounds = f", {arg.shape.value.bounds()}" if arg.shape.value.what == "number" else ""
        bounds = "" if bounds == ", a finite number" else bounds
        choices = f", one of {', '.join(arg.shape.value.choices)}" if arg.shape.value.choices else ""
        optional = "" if arg.required else ", optional"
        lines += [f"  {arg.name}  ({shape}{bounds}{choices}{optional})", f"      {arg.shape.help}"]
    lines += ["", "Example", f"  {example_formula(function)}", f"  {_shown(function.example.gives)}"]
    lines += ["", f"Source: {function.source}"]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (list, tuple)):
        return "\n  ".join("   ".join("" if cell is None else str(cell) for cell in row) for row in value)
    return json.dumps(to_json(value), ensure_ascii=False)


def as_json(function: Function) -> dict[str, Any]:
    """Everything that is declared of a function."""
    return {
        "name": function.name,
        "family": function.family,
        "signature": signature(function),
        "summary": function.summary,
        "gives": function.gives,
        "rowwise": function.rowwise,
        "arguments": [
            {
                "name": arg.name,
                "kind": _SHAPES[type(arg.shape)],
                "holds": arg.shape.value.what,
                "bounds": arg.shape.value.bounds() if arg.shape.value.what == "number" else "",
                "choices": list(arg.shape.value.choices),
                "required": arg.required,
                "default": to_json(arg.default),
                "help": arg.shape.help,
            }
            for arg in function.args
        ],
        "example": {"formula": example_formula(function), "gives": to_json(function.example.gives)},
        "source": function.source,
    }


def to_json(value: Any) -> Any:
    """Cells as JSON: dates as ISO 8601 text, errors as their text, empty cells as null."""
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    cell = to_cell(value)
    if isinstance(cell, ExcelError):
        return cell.code
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat()
    return cell
