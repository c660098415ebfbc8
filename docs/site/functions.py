"""The reference of functions: a page each, and a list by family."""

from __future__ import annotations

from typing import Any

from cvm_xl import functions
from cvm_xl.catalogue import Arg, Function
from cvm_xl.describe import as_json, example_formula, signature
from cvm_xl.kinds import Column
from docs.site import limits, pictures
from docs.site.words import code, plain, table

__all__ = ["FAMILIES", "pages"]

FAMILIES = {
    "value": "Who is worth most",
    "profit": "Costs and profit",
    "price": "Value and price",
    "lifetime": "Lifetime value",
    "growth": "Where to invest",
}
DIGITS = 7  # of a number in an example: more say nothing to a reader and push columns out of sight
KEEPS = {"error": "an empty cell is an error", "zero": "an empty cell counts as 0", "keep": "a cell may be empty"}


def pages() -> dict[str, str]:
    """The pages by path."""
    found = functions.load()
    made = {"reference/functions.md": _list(found)}
    for function in found.values():
        made[f"reference/functions/{function.name}.md"] = _page(function)
        if function.name in pictures.PICTURES:
            made[f"reference/functions/{function.name}.svg"] = pictures.PICTURES[function.name].svg(found)
    return made


def _list(found: dict[str, Function]) -> str:
    lines = ["# Functions", "", f"All {len(found)}, by family. In a cell `=CVM_` completes their names; on the command"]
    lines += ["line `cvm-xl help NAME` shows what these pages say, and `cvm-xl call NAME ...` evaluates one.", ""]
    for family, heading in FAMILIES.items():
        members = [f for f in found.values() if f.family == family]
        rows = [(f"[{f.name}](functions/{f.name}.md)", plain(f.summary)) for f in members]
        lines += [f"## {heading}", "", table(("function", "what it gives"), rows)]
    names = "\n".join(f"functions/{name}" for name in found)
    return "\n".join([*lines, f"```{{toctree}}\n:hidden:\n\n{names}\n```", ""])


def _page(function: Function) -> str:
    lines = [f"# {function.name}", "", plain(function.summary), "", f"```text\n{signature(function)}\n```", ""]
    more = function.doc.partition("\n\n")[2]
    if more:
        lines += [plain(more), ""]
    rows = [_argument(function, arg) for arg in function.args]
    lines += ["## Arguments", "", table(("argument", "takes", "meaning"), rows)]
    lines += ["## Result", "", _result(function), ""]
    lines += ["## Example", "", f"```text\n{example_formula(function)}\n```", "", "It gives:", ""]
    lines += [_shown(function.example.gives, function.gives), ""]
    picture = pictures.PICTURES.get(function.name)
    if picture:
        lines += ["## Picture", "", f"![{picture.alt}]({function.name}.svg)", "", f"{picture.caption}", ""]
    page, heading = limits.of(function.name)
    lines += ["## Source and limits", "", f"Source: {plain(function.source)}.", ""]
    lines += [f"What the method assumes, when it is wrong and what to do then: [{heading}](../../limits/{page}.md)", ""]
    return "\n".join(lines)


def _argument(function: Function, arg: Arg) -> tuple[str, str, str]:
    told = next(a for a in as_json(function)["arguments"] if a["name"] == arg.name)
    bounds, holds = told["bounds"], told["holds"]
    if bounds.startswith("a whole number"):
        bounds, holds = bounds.removeprefix("a whole number").removeprefix(" and "), "whole number"
    if told["kind"] == "model":
        takes = "model (two columns, name and value)"
    elif told["kind"] == "one cell":
        takes = f"one cell, a {holds}"
    else:
        takes = told["kind"] if holds == "key" else f"{told['kind']} of {holds}s"
    bounds = ", ".join(map(code, told["choices"])) or plain(bounds if bounds != "a finite number" else "")
    takes += f", {bounds}" if bounds else ""
    if isinstance(arg.shape, Column) and arg.shape.table:
        takes += "; or a whole table"
    given = signature(function).partition(f"[{arg.name}=")[2]
    without = f" Without it {code(_upto(given))}." if given else "" if arg.required else " May be left out."
    said = ("**Needed.** " if arg.required else "") + plain(arg.shape.help) + "." * (arg.shape.help[-1] != ".")
    return code(arg.name), takes, said + without


def _upto(text: str) -> str:
    """What stands before the bracket that closes an optional argument."""
    quoted = False
    for i, letter in enumerate(text):
        quoted ^= letter == '"'
        if letter == "]" and not quoted:
            return text[:i]
    return text


def _result(function: Function) -> str:
    what = {
        "column": "A column, without a header",
        "table": "A table, with a header",
        "params": "A model: two columns, name and value, for other functions to take",
        "grid": "A grid, without a header",
    }[function.gives]
    aligned = " One row for each row given; an error stands in its own row alone." if function.rowwise else ""
    return f"{what}.{aligned}"


def _shown(value: Any, gives: str) -> str:
    if not isinstance(value, (list, tuple)):
        return f"```text\n{_cell(value)}\n```"
    rows = [row if isinstance(row, (list, tuple)) else [row] for row in value]
    if gives == "params":
        heads, body = ["name", "value"], rows
    elif gives == "table":
        heads, body = rows[0], rows[1:]
    else:
        heads, body = ["result"] if len(rows[0]) == 1 else [f"column {i + 1}" for i in range(len(rows[0]))], rows
    columns = list(zip(*body, strict=True))
    numeric = [i for i, cells in enumerate(columns) if len(columns) > 1 and all(map(_is_number_or_empty, cells))]
    return table([plain(str(h)) for h in heads], [[plain(_cell(c)) for c in row] for row in body], right=numeric)


def _is_number_or_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.{DIGITS}g}" if isinstance(value, (int, float)) else str(value)
