"""The paper that our sheets print on, as Settings say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from cvm_xl.book.package import Package
from cvm_xl.book.parts import Sheet

__all__ = ["PAPERS", "Paper", "follow_paper"]

Paper = Literal["a4", "letter"]
PAPERS: dict[Paper, int] = {"a4": 9, "letter": 1}  # as the attribute paperSize numbers them
_SET_UP = re.compile(rb"(<(?:\w+:)?pageSetup\b)([^>]*>)")
_SIZE = re.compile(rb"""\spaperSize=["'](\d+)["']""")
_NOT_SAID = PAPERS["letter"]  # the standard's default, which Excel leaves out


def follow_paper(package: Package, sheets: Iterable[Sheet], paper: Paper) -> bool:
    """Have sheets print on this paper where they do on the other one; what else is set up for printing stays.

    Returns whether one of them did print on the other.
    """
    turned = False
    for sheet in sheets:
        content = package.part(sheet.part)
        # Views that users of a shared workbook saved have a set-up of their own, before the sheet's.
        begin = max(content.rfind(b"sheetData"), content.rfind(b"customSheetViews"))
        found = _SET_UP.search(content, begin)
        if found is None:
            continue
        said = _SIZE.search(found[2])
        size = int(said[1]) if said else _NOT_SAID
        if size in PAPERS.values() and size != PAPERS[paper]:
            changed = b'%b paperSize="%d"%b' % (found[1], PAPERS[paper], _SIZE.sub(b"", found[2]))
            package.put(sheet.part, content[: found.start()] + changed + content[found.end() :])
            turned = True
    return turned
