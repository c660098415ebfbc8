"""The reference of sheets, tables and settings, read off the schema."""

from __future__ import annotations

from cvm_xl.book import schema
from cvm_xl.book.declared import Column, Setting, Table
from docs.site.words import anchor, code, plain, table

__all__ = ["pages"]

KINDS = {
    "id": "code or name",
    "text": "text",
    "number": "number",
    "money": "money",
    "share": "share (5% or 0.05)",
    "whole": "whole number",
    "date": "date",
    "flag": "TRUE or FALSE",
    "choice": "one of",
    "value": "number or text",
}


def pages() -> dict[str, str]:
    """The pages by path."""
    return {
        "reference/inputs.md": _tables(
            "Tables to fill",
            "Only **Sales** must be filled. Headers are found by any spelling: *Net revenue*, *net_revenue*, "
            "*NetRevenue*. A workbook by `cvm-xl new --full` has all of them; `cvm-xl new --starter` only those "
            "marked *starter*.",
            schema.inputs(),
        ),
        "reference/outputs.md": _tables(
            "Tables that a refresh writes",
            "A refresh writes their rows anew and leaves columns, formats and notes of yours. A table is left out when "
            "it lacks its inputs; the refresh says which and why.",
            schema.outputs(),
        ),
        "reference/settings.md": _settings(),
    }


def _tables(heading: str, said: str, tables: tuple[Table, ...]) -> str:
    lines = [f"# {heading}", "", said, ""]
    for one in tables:
        starter = " *In the starter workbook too.*" if one.starter else ""
        where = f" On the sheet {code(one.sheet)}." if one.sheet != one.name else ""
        extras = " Columns of your own are kept, and can be reported by." if one.extras and one.role == "input" else ""
        lines += [f"## {one.name}", "", f"{plain(one.help.rstrip('.'))}.{where}{extras}{starter}", ""]
        if one.name == "Settings":
            lines += ["Its rows: [settings](settings.md).", ""]
        elif one.role == "input":
            lines += [table(("column", "holds", "meaning"), [_column(column) for column in one])]
        else:
            lines += [table(("column", "meaning"), [(plain(c.header), _said(c)) for c in one])]
    return "\n".join(lines)


def _column(column: Column) -> tuple[str, str, str]:
    holds = KINDS[column.kind]
    if column.kind == "choice":
        holds = ", ".join(map(code, column.choices))
    elif column.refers:
        holds += f", as in [{column.refers}](#{anchor(column.refers)})"
    bounds = _bounds(column)
    needed = "**Needed.** " if column.required else ""
    return f"{plain(column.header)}", f"{holds}{', ' + bounds if bounds else ''}", needed + _said(column)


def _said(column: Column) -> str:
    typed = " (yours to type)" if column.typed else " (a formula)" if column.formula else ""
    return plain(column.help.rstrip(".")) + typed + "."


def _bounds(of: Column | Setting) -> str:
    if of.lo is not None and of.hi is not None:
        return f"{of.lo:g} to {of.hi:g}"
    return f"{of.lo:g} or more" if of.lo is not None else f"at most {of.hi:g}" if of.hi is not None else ""


def _settings() -> str:
    lines = ["# Settings", "", "The rows of the sheet *Settings*. An empty value takes the default.", ""]
    rows: list[tuple[str, ...]] = []
    for one in schema.SETTINGS:
        holds = ", ".join(map(code, one.choices)) if one.kind == "choice" else KINDS[one.kind]
        bounds = _bounds(one)
        default = f"{one.default:.0%}" if one.kind == "share" and one.default is not None else one.default
        default = f"{default:g}" if isinstance(default, float) else default
        said = plain(one.help.rstrip(".")) + "." + (f" Default: {code(str(default))}." if default else "")
        rows.append((plain(one.name), f"{holds}{', ' + bounds if bounds else ''}", said))
    return "\n".join([*lines, table(("setting", "holds", "meaning"), rows)])
