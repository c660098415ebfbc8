"""XML of workbook parts: namespaces, reading without entities, writing as Excel does."""

from __future__ import annotations

import re
from typing import Any

import lxml.etree

from cvm_xl.errors import BookError

__all__ = [
    "CONTENT_TYPES",
    "MAIN",
    "RELATIONSHIPS",
    "REL_TYPES",
    "Element",
    "etree",
    "parse",
    "serialized",
    "tag",
    "whole",
]

etree: Any = lxml.etree  # pyright: ignore[reportAttributeAccessIssue]  compiled, without type stubs
Element = Any

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
STRICT = b"http://purl.oclc.org/ooxml/"

_WHOLE = re.compile(r"\s*\+?[0-9]{1,10}\s*")
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)


def tag(name: str, namespace: str = MAIN) -> str:
    """An element name as lxml spells it, the spreadsheet's namespace unless told otherwise."""
    return f"{{{namespace}}}{name}"


def parse(content: bytes, name: str) -> Element:
    """The root element of a part; `name` is for the message.

    Raises
    ------
    BookError
        When it is not XML, declares a DOCTYPE (a way to smuggle in other files), or is Strict Open XML.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = re.sub(r"^\s*<\?xml.*?\?>", "", content.decode("utf-16"), flags=re.DOTALL).encode()
    start = _PROLOG.match(content)
    if start and content.startswith(b"<!", start.end()):
        raise BookError(f"part {name} declares a DOCTYPE, as no workbook does", remedy="Use a file you trust.")
    if STRICT in content[:4096]:
        raise BookError(
            "the workbook is saved as Strict Open XML", remedy="Save it in Excel as ordinary 'Excel Workbook (.xlsx)'."
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BookError(
            f"part {name} is damaged: {error}", remedy="Open the workbook in Excel and save it under a new name."
        ) from error


def whole(element: Element, name: str, default: int | None = None) -> int:
    """An attribute that is a whole number from 0; `default` where there is none.

    Raises
    ------
    BookError
        When it is something else, or missing without a default.
    """
    text = element.get(name)
    if text is None and default is not None:
        return default
    if text is None or not _WHOLE.fullmatch(text):
        raise BookError(
            f"the workbook is damaged: {name} of {etree.QName(element).localname} is {text!r}, no whole number",
            remedy="Open the workbook in Excel and save it under a new name.",
        )
    return int(text)


def serialized(root: Element) -> bytes:
    """The part's bytes, with the declaration that Excel writes."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
