"""The add-in for LibreOffice Calc, written from the catalogue: `cvm_xl.oxt`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from cvm_xl import __version__, functions
from cvm_xl.book import schema
from cvm_xl.catalogue import Function
from cvm_xl.describe import signature
from cvm_xl.hosts.archive import packed
from cvm_xl.hosts.ribbon.commands import COMMANDS, Command

__all__ = ["IDENTIFIER", "SERVICE", "build"]

IDENTIFIER = "org.cvmxl.calc"
SERVICE = "CVM"
"""Calc knows the function CVM_TIER as CVM.TIER in files of its own, and shows it as CVM_TIER."""

SPREADSHEET = "com.sun.star.sheet.SpreadsheetDocument"
INSIDE = Path(__file__).parent / "inside"
EVENTS = "org.cvmxl.Events"
MENU = "org.cvmxl.Menu"
PROTOCOL = "org.cvmxl:"
BAR = "org.cvmxl.toolbar"
COMPONENTS = {
    "functions.py": (SERVICE, "com.sun.star.sheet.AddIn"),
    "events.py": (EVENTS, "com.sun.star.task.Job"),
    "menu.py": (MENU, "com.sun.star.frame.ProtocolHandler"),
}
MODULES = {
    **dict.fromkeys(("__init__.py", "process.py", "dialogs.py"), INSIDE),
    **dict.fromkeys(("wire.py", "spelling.py", "seen.py"), INSIDE.parent),
}
SETTINGS = ("CalcAddIns", "Jobs", "ProtocolHandler", "Addons", "CalcWindowState")
TOOLBAR = ("check", "refresh", "why", "report")
HAPPENS = ("OnLoadFinished", "OnSaveDone", "OnSaveAsDone")
_REGISTRY = 'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def build(python: str | None = None) -> bytes:
    """The add-in as the bytes of an .oxt file.

    Parameters
    ----------
    python : str, optional
        The interpreter whose cvm_xl evaluates the functions; this one when left out.
    """
    catalogue = functions.load()
    texts = [name for name, function in catalogue.items() if _gives_texts(function)]
    commands = {command.name: {"label": command.label, "asks": command.asks} for command in COMMANDS}
    tables = [table.name for table in schema.inputs()]
    config = {"python": python or sys.executable, "texts": texts, "commands": commands, "tables": tables}
    parts = {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _description(),
        "description-en.txt": "Customer value management: tiers, segment P&L, win-win prices, lifetime value.\n",
        "cvm_xl.components": _components(),
        "XFunctions.idl": _idl(catalogue),
        "CalcAddIns.xcu": _declared(catalogue),
        "Jobs.xcu": _jobs(),
        "ProtocolHandler.xcu": _handler(),
        "Addons.xcu": _menu(),
        "CalcWindowState.xcu": _toolbar(),
        **{name: (INSIDE / name).read_text("utf-8") for name in COMPONENTS},
        **{f"pythonpath/cvm_xl_inside/{n}": (folder / n).read_text("utf-8") for n, folder in MODULES.items()},
        "pythonpath/cvm_xl_inside/config.json": json.dumps(config),
    }
    return packed(parts)


def _manifest() -> str:
    kinds = {
        "XFunctions.idl": "application/vnd.sun.star.uno-typelibrary;type=RDB",
        "cvm_xl.components": "application/vnd.sun.star.uno-components",
        **{f"{name}.xcu": "application/vnd.sun.star.configuration-data" for name in SETTINGS},
    }
    rows = "".join(
        f'<manifest:file-entry manifest:full-path="{n}" manifest:media-type="{k}"/>' for n, k in kinds.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">{rows}</manifest:manifest>\n'
    )


def _description() -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<description xmlns="http://openoffice.org/extensions/description/2006" xmlns:xlink="http://www.w3.org/1999/xlink">
<identifier value="{IDENTIFIER}"/><version value="{__version__}"/>
<display-name><name lang="en">cvm_xl</name></display-name>
<extension-description><src lang="en" xlink:href="description-en.txt"/></extension-description>
</description>
"""


def _components() -> str:
    rows = ""
    for uri, (name, *services) in COMPONENTS.items():
        offered = "".join(f'<service name="{service}"/>' for service in (name, *services))
        rows += (
            f'<component loader="com.sun.star.loader.Python" uri="{uri}">'
            f'<implementation name="{name}">{offered}</implementation></component>'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<components xmlns="http://openoffice.org/2010/uno-components">{rows}</components>\n'
    )


def _method(name: str) -> str:
    return name.removeprefix("CVM_")


def _idl(catalogue: Mapping[str, Function]) -> str:
    """The functions as an interface. A cell may hold anything and an argument be left out: every one is `any`."""
    methods = ""
    for name, function in catalogue.items():
        args = ", ".join(f"[in] any {_parameter(i)}" for i in range(len(function.args)))
        cell = "string" if _gives_texts(function) else "any"
        methods += f"sequence<sequence<{cell}> > {_method(name)}({args});\n"
    return (
        "module org { module cvmxl {\n"
        f"interface XFunctions : com::sun::star::uno::XInterface {{\n{methods}}};\n"
        "}; };\n"
    )


def _gives_texts(function: Function) -> bool:
    """Whether it gives one column of names. Calc compares texts (=, COUNTIF) only where a grid holds nothing else."""
    given = function.example.gives
    rows = given if isinstance(given, list) else [[given]]
    return function.gives == "column" and all(isinstance(cell, str) for row in rows for cell in row)


def _parameter(number: int) -> str:
    return f"a{number}"  # names of ours would meet words of the IDL; users read those of the declaration


def _jobs() -> str:
    """What is to be done when a document was opened or saved."""
    events = "".join(
        f'<node oor:name="{event}" oor:op="fuse"><node oor:name="JobList">'
        '<node oor:name="CvmXl" oor:op="replace"/></node></node>'
        for event in HAPPENS
    )
    job = f'<node oor:name="CvmXl" oor:op="replace">{_value("Service", EVENTS)}</node>'
    return _settings("Jobs", f'<node oor:name="Jobs">{job}</node><node oor:name="Events">{events}</node>')


def _handler() -> str:
    """Who takes the commands of the menu."""
    protocols = f'<prop oor:name="Protocols"><value>{PROTOCOL}*</value></prop>'
    node = f'<node oor:name="{MENU}" oor:op="replace">{protocols}</node>'
    return _settings("ProtocolHandler", f'<node oor:name="HandlerSet">{node}</node>')


def _menu() -> str:
    """The menu CVM with its commands, and a toolbar with those that are used daily."""
    items, number = "", 0
    for before, command in zip((None, *COMMANDS), COMMANDS, strict=False):
        if before is not None and before.group != command.group:
            number += 1
            items += f'<node oor:name="M{number:02}" oor:op="replace">{_value("URL", "private:separator")}</node>'
        number += 1
        items += _item(f"M{number:02}", command)
    menu = (
        f'<node oor:name="org.cvmxl.menu" oor:op="replace">{_text("Title", "CVM")}{_value("Context", SPREADSHEET)}'
        f'<node oor:name="Submenu">{items}</node></node>'
    )
    buttons = "".join(_item(f"T{i:02}", c) for i, c in enumerate(COMMANDS) if c.name in TOOLBAR)
    bars = f'<node oor:name="{BAR}" oor:op="replace">{buttons}</node>'
    sets = f'<node oor:name="OfficeMenuBar">{menu}</node><node oor:name="OfficeToolBar">{bars}</node>'
    return _settings("Addons", f'<node oor:name="AddonUI">{sets}</node>')


def _toolbar() -> str:
    """The toolbar's name, and that it stands below the others."""
    name = f"private:resource/toolbar/addon_{BAR}"
    given = {"Docked": "true", "Visible": "true", "DockingArea": "0", "DockPos": "0,2"}
    node = f'<node oor:name="{name}" oor:op="replace">{_text("UIName", "CVM")}'
    node += "".join(_value(key, value) for key, value in given.items())
    return _settings(
        "CalcWindowState", f'<node oor:name="UIElements"><node oor:name="States">{node}</node></node></node>', "UI"
    )


def _item(node: str, command: Command) -> str:
    return (
        f'<node oor:name="{node}" oor:op="replace">{_value("URL", PROTOCOL + command.name)}'
        f"{_text('Title', command.label)}{_value('Target', '_self')}{_value('Context', SPREADSHEET)}</node>"
    )


def _settings(component: str, nodes: str, package: str = "") -> str:
    within = "org.openoffice.Office" + (f".{package}" if package else "")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<oor:component-data {_REGISTRY} oor:name="{component}" oor:package="{within}">'
        f"{nodes}</oor:component-data>\n"
    )


def _declared(catalogue: Mapping[str, Function]) -> str:
    """Names, categories and help for the function wizard."""
    rows = "".join(_function(function) for function in catalogue.values())
    functions_ = f'<node oor:name="AddInFunctions">{rows}</node>'
    node = f'<node oor:name="AddInInfo"><node oor:name="{SERVICE}" oor:op="replace">{functions_}</node></node>'
    return _settings("CalcAddIns", node)


def _function(function: Function) -> str:
    args = "".join(
        f'<node oor:name="{_parameter(i)}" oor:op="replace">{_text("DisplayName", arg.name)}'
        f"{_text('Description', arg.shape.help + ('' if arg.required else ' (optional)'))}</node>"
        for i, arg in enumerate(function.args)
    )
    return (
        f'<node oor:name="{_method(function.name)}" oor:op="replace">{_text("DisplayName", function.name)}'
        f"{_text('Description', f'{function.summary} {signature(function)}')}"
        f"{_value('Category', 'Add-In')}"
        f"{_text('CompatibilityName', function.name)}"
        f'<node oor:name="Parameters">{args}</node></node>'
    )


def _text(name: str, value: str) -> str:
    return f'<prop oor:name="{name}"><value xml:lang="en-US">{escape(value)}</value></prop>'


def _value(name: str, value: str) -> str:
    return f'<prop oor:name="{name}"><value>{escape(value)}</value></prop>'
