"""The commands about single functions: list them, explain one, evaluate one as a cell would."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cvm_xl.errors import EXCEL_ERRORS, CvmError, InvalidInput

__all__ = ["declare"]


def declare(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Add the commands."""
    made = command("functions", _functions, "List the functions that cells can call.")
    made.add_argument("--json", action="store_true", help="names, arguments, help, examples and sources as JSON")

    made = command("help", _help, "Explain a function.")
    made.add_argument("name", help="for example CVM_TIER")

    made = command("call", _call, "Evaluate a function as a cell would.")
    made.add_argument("name", help="for example CVM_EVC")
    made.add_argument("arguments", nargs="*", help="JSON: a scalar, or a grid as a list of rows; or NAME=JSON")
    made.add_argument("--file", type=Path, help='large arguments: {"args": [...], "named": {...}}')


def _functions(options: argparse.Namespace) -> int:
    from cvm_xl import functions
    from cvm_xl.describe import as_json, signature

    loaded = functions.load().values()
    if options.json:
        print(json.dumps([as_json(f) for f in loaded], indent=1, ensure_ascii=False))
        return 0
    family = ""
    for f in loaded:
        if f.family != family:
            family = f.family
            print(f"\n{family}")
        print(f"  {signature(f)}\n      {f.summary}")
    return 0


def _help(options: argparse.Namespace) -> int:
    from cvm_xl import functions
    from cvm_xl.describe import page

    print(page(functions.get(options.name)))
    return 0


def _call(options: argparse.Namespace) -> int:
    from cvm_xl import functions
    from cvm_xl.describe import to_json

    try:
        function = functions.get(options.name)
        args, named = _arguments(options, [a.name for a in function.args])
        answer = function.cells(*args, **named)
    except CvmError as error:
        print(json.dumps({"error": error.code, "message": str(error)}, ensure_ascii=False))
        return 1
    for message in answer.messages:
        print(message, file=sys.stderr)
    value = to_json(answer.value)
    if isinstance(value, str) and value in EXCEL_ERRORS:
        print(json.dumps({"error": value, "message": "the result is no finite number"}))
        return 1
    print(json.dumps({"result": value}, ensure_ascii=False, allow_nan=False))
    return 0


def _arguments(options: argparse.Namespace, names: list[str]) -> tuple[list[Any], dict[str, Any]]:
    args: list[Any] = []
    named: dict[str, Any] = {}
    if options.file:
        try:
            given = json.loads(options.file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidInput(f"cannot read {options.file}: {error}") from error
        if not isinstance(given, dict):
            raise InvalidInput('the file must hold {"args": [...], "named": {...}}')
        args += given.get("args", [])
        named |= given.get("named", {})
    for word in options.arguments:
        name, equals, rest = word.partition("=")
        if equals and (name in names or name.isidentifier()):
            if name in named:
                raise InvalidInput("is given twice", argument=name)
            named[name] = _value(rest)
        else:
            args.append(_value(word))
    return args, named


def _value(word: str) -> Any:
    """JSON, or else the word itself: a shell user writes rank, not '"rank"', and .5 and TRUE as in a cell."""
    try:
        return json.loads(word, parse_constant=_refuse)
    except json.JSONDecodeError:
        if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", word, re.IGNORECASE):
            return float(word)
        if word.upper() in ("TRUE", "FALSE"):
            return word.upper() == "TRUE"
        if word[:1] in "[{":
            raise InvalidInput(f"{word[:60]} is not valid JSON") from None
        return word


def _refuse(constant: str) -> Any:
    raise InvalidInput(f"{constant} is not a number that a cell can hold")
