"""The commands, declared once: menus, toolbars and ribbons are derived from this list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["COMMANDS", "Command", "run", "sentence"]

REFRESH = "refresh_parts"
Asks = Literal["", "new file", "table file", "report file"]


@dataclass(frozen=True)
class Command:
    """A command.

    `asks` is what the program asks the user for before it runs: where to put a new file; a file, and the table that
    takes it; where to put a report. `macro` names a function of `macros`, `parts` what a refresh computes.
    """

    name: str
    label: str
    tip: str
    macro: str
    asks: Asks = ""
    parts: tuple[str, ...] = ()
    group: str = ""


COMMANDS = (
    Command("new", "New workbook...", "A template with our tables, written and opened", "new_workbook", "new file"),
    Command("import", "Import...", "Bring a CSV, Parquet or Excel file into a table", "import_file", "table file"),
    Command("check", "Check", "List what is wrong with the inputs, each with its remedy", "check_inputs"),
    Command("refresh", "Refresh all", "Save, then compute every answer and write it here", "refresh_parts", group="go"),
    Command(
        "tiers", "Refresh tiers", "Customers by profit, and the whale curve", "refresh_parts", "", ("tiers",), "go"
    ),
    Command(
        "pnl", "Refresh segment P&L", "Profit by segment, product and channel", "refresh_parts", "", ("pnl",), "go"
    ),
    Command("price", "Refresh price bands", "Win-win prices and the plan", "refresh_parts", "", ("price",), "go"),
    Command("clv", "Refresh lifetime", "What each customer is worth", "refresh_parts", "", ("clv",), "go"),
    Command("growth", "Refresh growth", "What to do with each customer", "refresh_parts", "", ("growth",), "go"),
    Command("restore", "Restore previous", "The workbook as it was before the last refresh or import", "restore"),
    Command("why", "Why this number?", "The selected figure back to the ledger's accounts", "why", group="look"),
    Command("report", "Report...", "Pages to hand on, with charts and findings", "report", "report file", (), "look"),
    Command("pdf", "Report as PDF...", "The same pages as PDF", "pdf", "report file", (), "look"),
    Command("functions", "Functions help", "The function in the selected cell, or all", "functions_help", group="help"),
    Command("messages", "Messages", "What the functions in cells had to say", "messages", group="help"),
    Command("settings", "Settings", "Company, period, tiers, margins, discount rate", "settings", group="help"),
)


def run(name: str, book: Any, *given: str) -> str:
    """Run a command on an open workbook (an xlwings Book) with what the user was asked for; the words to show.

    Raises
    ------
    CvmError
        What went wrong, in words for the user.
    """
    from cvm_xl.hosts.ribbon import macros

    command = next(command for command in COMMANDS if command.name == name)
    macro: Callable[..., Any] = getattr(macros, command.macro)
    if command.macro == REFRESH:
        macro = macro(*command.parts)
    return macro(book, *given).text


def sentence(error: Exception) -> str:
    """An error as a dialog shows it: a capital first, unless it begins with a name, and a full stop."""
    text = str(error)
    begins = text.split(maxsplit=1)[0] if text.strip() else ""
    if begins.rstrip(",:").isalpha():
        text = text[0].upper() + text[1:]
    return f"{text}." if text[-1:].isalnum() or text.endswith((")", "'", '"', "`")) else text
