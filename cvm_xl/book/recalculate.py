"""Telling Excel to calculate when it opens the workbook."""

from __future__ import annotations

from cvm_xl.book.markup import etree, parse, serialized, tag
from cvm_xl.book.package import Package
from cvm_xl.book.parts import relationships, remove_part, workbook_part

__all__ = ["drop_calc_chain", "set_recalculate"]

_AFTER = (
    "oleSize customWorkbookViews pivotCaches smartTagPr smartTagTypes webPublishing fileRecoveryPr "
    "webPublishObjects extLst"
).split()


def set_recalculate(package: Package) -> None:
    """Have every formula calculated when the workbook is opened; the values stored meanwhile stay as they are."""
    book = workbook_part(package)
    root = parse(package.part(book), book)
    settings = root.find(tag("calcPr"))
    if settings is None:
        settings = etree.Element(tag("calcPr"))
        later = {tag(name) for name in _AFTER}
        position = next((i for i, child in enumerate(root) if child.tag in later), len(root))
        root.insert(position, settings)
    if settings.get("fullCalcOnLoad") == "1":
        return
    settings.set("fullCalcOnLoad", "1")
    package.put(book, serialized(root))


def drop_calc_chain(package: Package) -> None:
    """Remove the calculation chain: Excel repairs a book whose chain names a cell without a formula, and
    makes a missing one anew.
    """
    book = workbook_part(package)
    for link in relationships(package, book).values():
        if link.kind == "calcChain":
            remove_part(package, link.target, book)
