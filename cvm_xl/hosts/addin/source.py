"""The macro project's source: our modules, and a wrapper for every function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import xlwings

from cvm_xl.book import schema
from cvm_xl.catalogue import Function
from cvm_xl.hosts.addin.ovba import ENCODING, Module
from cvm_xl.hosts.com.udfs import argument_name
from cvm_xl.hosts.ribbon.commands import COMMANDS

__all__ = ["NAME", "modules", "plain"]

NAME = "cvm_xl"
"""The add-in's name, and that of its settings."""

LINE = 1000  # VBA's editor takes lines of at most 1,023 characters
_FOLDER = Path(__file__).parent / "vba"


def modules(catalogue: Mapping[str, Function], python: str | None = None) -> list[Module]:
    """All modules of the project, the documents first; `python` is the interpreter where settings name none."""
    # The server that the DLL of xlwings starts answers that version's calls.
    filled = {"{VERSION}": xlwings.__version__, "{PYTHON}": (python or "").replace('"', "")}
    code = [Module(path.stem, "code", _filled(path, filled)) for path in sorted(_FOLDER.glob("*.bas"))]
    return [
        Module("ThisWorkbook", "workbook", (_FOLDER / "ThisWorkbook.cls").read_text("utf-8")),
        Module("Help", "sheet", ""),
        *code,
        Module("CvmFunctions", "code", _wrappers(catalogue)),
        Module("CvmCommands", "code", _commands()),
    ]


def _filled(path: Path, values: Mapping[str, str]) -> str:
    text = path.read_text("utf-8")
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def plain(text: str) -> str:
    """A text in the characters that VBA's source may hold."""
    replaced = text.replace("≥", ">=").replace("≤", "<=").replace("−", "-").replace("→", "->")
    return replaced.encode(ENCODING, "replace").decode(ENCODING)


def _wrappers(catalogue: Mapping[str, Function]) -> str:
    """One function of VBA for each of ours."""
    lines = ["' Written from the catalogue: every function as Excel knows it.", "Option Explicit"]
    for name, function in catalogue.items():
        names = [argument_name(arg.name) for arg in function.args]
        given = ", ".join(f"{'' if a.required else 'Optional '}{n}" for a, n in zip(function.args, names, strict=True))
        help_ = plain(function.summary)[:255].replace('"', '""')
        lines += [
            "",
            *_broken(f"Public Function {name}({given})"),
            f'Attribute {name}.VB_Description = "{help_}"',
            *_broken(f'    {name} = CvmCall("{name}", {", ".join(names)})'),
            "End Function",
        ]
    return "\n".join(lines)


def _broken(line: str) -> list[str]:
    """A statement in lines that the editor takes."""
    out: list[str] = []
    while len(line) > LINE:
        cut = line.rindex(", ", 0, LINE) + 1
        out.append(f"{line[:cut]} _")
        line = f"        {line[cut:].lstrip()}"
    return [*out, line]


def _commands() -> str:
    """What the commands ask for, and the tables that take rows."""
    asked = "\n".join(f'        Case "{c.name}": CvmAsks = "{c.asks}"' for c in COMMANDS if c.asks)
    tables = ", ".join(table.name for table in schema.inputs())
    return f"""' Written from the list of commands.
Option Explicit

Public Function CvmAsks(Command As String) As String
    Select Case Command
{asked}
    End Select
End Function

Public Function CvmTables() As String
    CvmTables = "({tables})"
End Function"""
