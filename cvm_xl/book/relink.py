"""Formulas whose functions Excel stored with the place of an add-in, brought back to the plain spelling.

Excel writes a function of an .xlam add-in as a link to that file ([1]!CVM_TIER), one of an .xll with _xll., one of
Office.js with _xldudf_. Where the add-in stood elsewhere, the link leads nowhere.
"""

from __future__ import annotations

import re

from cvm_xl.book.markup import parse, serialized, tag
from cvm_xl.book.package import Package
from cvm_xl.book.parts import relationships, remove_part, workbook_part
from cvm_xl.book.recalculate import set_recalculate

__all__ = ["relink"]

_FORMULA = re.compile(rb"(<(?:\w+:)?(?:f|formula1?2?|definedName)\b[^>]*>)([^<]*)(?=</)")
_STORED = re.compile(rb"(?:_xldudf_|_xll\.|\[\d+\]!)(?=CVM_[A-Z0-9_]+\()", re.IGNORECASE)
_TEXT = re.compile(rb'("[^"]*"|&quot;(?:(?!&quot;).)*&quot;)')
_ADD_IN = re.compile(r"cvm_xl\.xlam?$", re.IGNORECASE)


def relink(package: Package) -> int:
    """Spell our functions plainly in a workbook's formulas; the number of places changed. The package is not saved.

    A link to an add-in of ours that no formula uses any more is taken out, so that Excel does not ask to update it.
    """
    changed = 0
    for name in package.names:
        if not name.lower().startswith("xl/") or not name.lower().endswith(".xml"):
            continue
        content = package.part(name)
        if not _STORED.search(content):
            continue
        count = 0

        def plain(found: re.Match[bytes]) -> bytes:
            nonlocal count
            pieces = _TEXT.split(found[2])  # every second one is a text in quotes
            for i in range(0, len(pieces), 2):
                pieces[i], times = _STORED.subn(b"", pieces[i])
                count += times
            return found[1] + b"".join(pieces)

        content = _FORMULA.sub(plain, content)
        if count:
            package.put(name, content)
            changed += count
    if changed:
        _drop_links(package)
        set_recalculate(package)
    return changed


def _drop_links(package: Package) -> None:
    """Take out unused links to the add-in, from the last on: formulas count links, so one before others stays."""
    book = workbook_part(package)
    root = parse(package.part(book), book)
    listed = root.find(tag("externalReferences"))
    links = relationships(package, book)
    while listed is not None and len(listed):
        last = listed[-1]
        part = next((links[value].target for key, value in last.attrib.items() if key.endswith("}id")), "")
        if not part or not _leads_to_add_in(package, part) or _used(package, len(listed)):
            return
        listed.remove(last)
        if not len(listed):
            root.remove(listed)
        package.put(book, serialized(root))
        remove_part(package, part, book)


def _leads_to_add_in(package: Package, part: str) -> bool:
    return any(link.external and _ADD_IN.search(link.target) for link in relationships(package, part).values())


def _used(package: Package, number: int) -> bool:
    mark = f"[{number}]".encode()
    return any(
        mark in b"".join(_TEXT.split(found[2])[::2])
        for name in package.names
        if name.lower().startswith("xl/") and name.lower().endswith(".xml")
        for found in _FORMULA.finditer(package.part(name))
    )
