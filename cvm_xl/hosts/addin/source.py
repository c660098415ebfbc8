"""The macro project's source: our modules, a wrapper for every function, and xlwings' own module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import xlwings

from cvm_xl.book import schema
from cvm_xl.catalogue import Function
from cvm_xl.errors import BookError
from cvm_xl.hosts.addin.ovba import ENCODING, Module
from cvm_xl.hosts.com.udfs import argument_name
from cvm_xl.hosts.ribbon.commands import COMMANDS

__all__ = ["NAME", "modules", "plain"]

NAME = "cvm_xl"
"""The add-in's name, by which xlwings finds its settings."""

LINE = 1000  # VBA's editor takes lines of at most 1,023 characters
_FOLDER = Path(__file__).parent / "vba"


def modules(catalogue: Mapping[str, Function], python: str | None = None) -> list[Module]:
    """All modules of the project, the documents first; `python` is the interpreter where settings name none."""
    code = [Module(path.stem, "code", path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.bas"))]
    return [
        Module("ThisWorkbook", "workbook", (_FOLDER / "ThisWorkbook.cls").read_text("utf-8")),
        Module("Help", "sheet", ""),
        *code,
        Module("CvmFunctions", "code", _wrappers(catalogue)),
        Module("CvmCommands", "code", _commands()),
        Module("xlwings", "code", _xlwings(python)),
        Module("Dictionary", "class", _bare((_packaged() / "addin" / "Dictionary.cls").read_text("utf-8"))),
    ]


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
    asked = "\n".join(f'        Case "cvm_{c.name}": CvmAsks = "{c.asks}"' for c in COMMANDS if c.asks)
    tables = ", ".join(table.name for table in schema.inputs())
    return f"""' Written from the list of commands.
Option Explicit

Public Function CvmAsks(Id As String) As String
    Select Case Id
{asked}
    End Select
End Function

Public Function CvmTables() As String
    CvmTables = "({tables})"
End Function"""


def _packaged() -> Path:
    return Path(xlwings.__file__).parent


# What a workbook holds must not decide what is run: xlwings would read the interpreter's path from a sheet of the
# active workbook, or from a file beside it, and put that workbook's folder on Python's path.
_CHANGES = (
    (r'PROJECT_NAME As String = "\w+"', f'PROJECT_NAME As String = "{NAME}"', 1),
    (r'If source = "" Or source = "sheet" Then', 'If source = "sheet" Then', 1),
    (r'If source = "" Or source = "directory" Then', 'If source = "directory" Then', 1),
    (r'GetConfig\("ADD_WORKBOOK_TO_PYTHONPATH", "true"\)', '"false"', 2),
    (r"AddExcelDir & \";\" & ActiveWorkbook\.FullName & \";\" & ThisWorkbook\.FullName", 'AddExcelDir & ";;"', 1),
    (r"AddExcelDir & \";\" & ActiveFullName & \";\" & ThisFullName", 'AddExcelDir & ";;"', 2),
)


def _xlwings(python: str | None) -> str:
    """Xlwings' module for add-ins (BSD), which starts Python and speaks to it, with our name, hardened."""
    text = _bare((_packaged() / "xlwings_custom_addin.bas").read_text("utf-8"))
    for pattern, replacement, times in _CHANGES:
        text, count = re.subn(pattern, lambda _, to=replacement: to, text)
        if count != times:
            raise BookError(
                f"xlwings {xlwings.__version__} differs from what this version of cvm_xl knows",
                value=pattern,
                remedy="Install a version of xlwings that cvm-xl was tested with (0.37), and build again",
            )
    return text.replace(
        'GetConfig("INTERPRETER_WIN", "")', f'GetConfig("INTERPRETER_WIN", "{(python or "").replace(chr(34), "")}")'
    )


def _bare(source: str) -> str:
    """A module without the lines that an export adds."""
    return re.sub(r"\A(VERSION .*\nBEGIN\n(.*\n)*?END\n)?(Attribute VB_.*\n)*", "", source.replace("\r\n", "\n"))
