"""Formulas as Excel spells them, and as LibreOffice's interface does: other separators, other names of sheets."""

from __future__ import annotations

import re

__all__ = ["from_calc", "to_calc"]

_ADDINS = re.compile(r"COM\.SUN\.STAR\.SHEET\.ADDIN\.\w+\.GET(?=[A-Z0-9_]+\()")
_OURS = re.compile(r"\bCVM\.(?=[A-Z][A-Z0-9_]*\()")
_CALC = re.compile(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | \$?(?P<quoted>'(?:[^']|'')+')\.(?=\$?[A-Za-z]{1,3}\$?\d|\$?\d+:|\$?[A-Za-z]{1,3}:)
    | \$?(?P<sheet>[^\W\d][\w]*)\.(?=\$?[A-Z]{1,3}\$?\d+(?![\w(.])|\$?\d+:\$?\d|\$?[A-Z]{1,3}:\$?[A-Z])
    | (?P<inside>\[[^\[\]]*\])
    | (?P<mark>[;|{}])
    """,
    re.VERBOSE,
)
_EXCEL = re.compile(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | (?P<quoted>'(?:[^']|'')+')!
    | (?P<sheet>[^\W\d][\w.]*)!
    | (?P<inside>\[[^\[\]]*\])
    | (?P<mark>[,;{}])
    """,
    re.VERBOSE,
)
_THIS_ROW = re.compile(r"\[@(?:\[([^\[\]]+)\]|([^\[\]]+))\]")


def from_calc(formula: str) -> str:
    """A formula as `getFormula` gives it, in Excel's spelling; what is none stays as it is."""
    if not formula.startswith("="):
        return formula
    depth = 0

    def piece(found: re.Match[str]) -> str:
        nonlocal depth
        if found["quoted"]:
            return f"{found['quoted']}!"
        if found["sheet"]:
            return f"{found['sheet']}!"
        mark = found["mark"]
        if not mark:
            return found[0]
        depth += {"{": 1, "}": -1}.get(mark, 0)
        return {";": ",", "|": ";" if depth else "|"}.get(mark, mark)

    return _OURS.sub("CVM_", _ADDINS.sub("", _CALC.sub(piece, formula)))


def to_calc(formula: str) -> str:
    """A formula in Excel's spelling as `setFormula` takes it; what is none stays as it is."""
    if not formula.startswith("="):
        return formula
    depth = 0

    def piece(found: re.Match[str]) -> str:
        nonlocal depth
        if found["quoted"]:
            return f"${found['quoted']}."
        if found["sheet"]:
            return f"${found['sheet']}."
        mark = found["mark"]
        if not mark:
            return found[0]
        depth += {"{": 1, "}": -1}.get(mark, 0)
        return {",": ";", ";": "|" if depth else ";"}.get(mark, mark)

    formula = _THIS_ROW.sub(lambda found: f"[[#This Row],[{found[1] or found[2]}]]", formula)
    return _EXCEL.sub(piece, formula)
