"""The tab CVM, written from the list of commands: `customUI14.xml`."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from cvm_xl.hosts.ribbon.commands import COMMANDS, Command

__all__ = ["NAMESPACE", "needs", "tab"]

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"
GROUPS = {"": "Data", "go": "Results", "look": "Hand on", "help": "Help"}
ICONS = {
    "new": "FileNew",
    "import": "GetExternalDataFromText",
    "check": "ErrorChecking",
    "refresh": "RefreshAll",
    "restore": "Undo",
    "why": "TracePrecedents",
    "report": "FilePrintPreview",
    "pdf": "FileSaveAsPdfOrXps",
    "functions": "FunctionWizard",
    "messages": "ReviewShowAllComments",
    "settings": "FileProperties",
}
KEYS = {
    "new": "N", "import": "I", "check": "C", "refresh": "R", "tiers": "T", "pnl": "S", "price": "P", "clv": "L",
    "growth": "G", "restore": "U", "why": "W", "report": "O", "pdf": "D", "functions": "F", "messages": "M",
    "settings": "E",
}  # fmt: skip
LARGE = ("check", "refresh", "why", "report")


def needs(command: Command) -> str:
    """What must be there for a command: nothing, an open workbook, one that was saved, one with a previous version."""
    if command.name in ("new", "messages"):
        return "always"
    if command.name == "restore":
        return "previous"
    return "file" if command.name == "import" or command.macro in ("refresh_parts", "report", "pdf") else "workbook"


def tab() -> str:
    """The tab as XML of the 2009 schema."""
    groups = ""
    for group, label in GROUPS.items():
        inside = [command for command in COMMANDS if command.group == group]
        parts = [command for command in inside if command.parts]
        buttons = "".join(_split(command, parts) if command.name == "refresh" else _button(command)
                          for command in inside if command not in parts)  # fmt: skip
        groups += f'<group id="cvm_group_{group or "data"}" label={quoteattr(label)}>{buttons}</group>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<customUI xmlns="{NAMESPACE}" onLoad="CvmLoaded"><ribbon><tabs>'
        f'<tab id="cvm_tab" label="CVM" keytip="CV">{groups}</tab></tabs></ribbon></customUI>\n'
    )


def _split(command: Command, parts: list[Command]) -> str:
    """A button whose menu offers its parts."""
    items = "".join(_button(part, size=False) for part in parts)
    return (
        f'<splitButton id="cvm_{command.name}_split" size="large" keytip="Y">{_button(command, size=False)}'
        f'<menu id="cvm_{command.name}_menu">{items}</menu></splitButton>'
    )


def _button(command: Command, *, size: bool = True) -> str:
    given = {
        "id": f"cvm_{command.name}",
        "tag": needs(command),
        "label": command.label,
        "screentip": command.label.removesuffix("..."),
        "supertip": command.tip,
        "imageMso": ICONS.get(command.name, "Refresh"),
        "keytip": KEYS[command.name],
        "onAction": "CvmPressed",
        "getEnabled": "CvmEnabled",
    }
    if size:
        given["size"] = "large" if command.name in LARGE else "normal"
    return "<button " + " ".join(f"{key}={quoteattr(value)}" for key, value in given.items()) + "/>"
