"""The mark that lets a formula spill (dynamic arrays), which a workbook keeps apart from its sheets."""

from __future__ import annotations

import copy

from cvm_xl.book.markup import Element, etree, parse, serialized, tag
from cvm_xl.book.package import Package
from cvm_xl.book.parts import add_content_type, add_relationship, content_type, relationships, workbook_part
from cvm_xl.errors import BookError

__all__ = ["add_array_metadata"]

_DYNAMIC_ARRAYS = "XLDAPR"
_ORDER = ("metadataTypes", "metadataStrings", "mdxMetadata", "futureMetadata", "cellMetadata", "valueMetadata")


def add_array_metadata(package: Package, donor: Package) -> int:
    """Number of the package's cell metadata (`cm` of a cell) that marks a dynamic array, added when missing."""
    given, there = _metadata_part(donor), _metadata_part(package)
    if given is None:
        raise BookError("the donor's dynamic arrays lack their metadata")
    if there is None:
        package.put("xl/metadata.xml", donor.part(given))
        add_relationship(package, workbook_part(package), "sheetMetadata", "xl/metadata.xml")
        add_content_type(package, "xl/metadata.xml", content_type(donor, given))
        return _mark(parse(donor.part(given), given))
    root, model = parse(package.part(there), there), parse(donor.part(given), given)
    found = _mark(root)
    if found:
        return found
    kinds = _section(root, "metadataTypes")
    kinds.append(copy.deepcopy(model.find(f"{tag('metadataTypes')}/{tag('metadataType')}[@name='{_DYNAMIC_ARRAYS}']")))
    kinds.set("count", str(len(kinds)))
    if not _futures(root):
        index = 1 + max((i for i, e in enumerate(root) if _before(e, "cellMetadata")), default=-1)
        root.insert(index, copy.deepcopy(_futures(model)[0]))
    marks = _section(root, "cellMetadata")
    record = etree.SubElement(etree.SubElement(marks, tag("bk")), tag("rc"))
    record.set("t", str(len(kinds)))
    record.set("v", "0")
    marks.set("count", str(len(marks)))
    package.put(there, serialized(root))
    return len(marks)


def _metadata_part(package: Package) -> str | None:
    links = relationships(package, workbook_part(package)).values()
    return next((link.target for link in links if link.kind == "sheetMetadata"), None)


def _mark(root: Element) -> int:
    """Number from 1 of the first record that marks a dynamic array; 0 when there is none."""
    kinds = [e.get("name") for e in root.iter(tag("metadataType"))]
    marks = root.find(tag("cellMetadata"))
    for i, block in enumerate([] if marks is None else marks):
        if any(kinds[int(record.get("t")) - 1] == _DYNAMIC_ARRAYS for record in block.iter(tag("rc"))):
            return i + 1
    return 0


def _futures(root: Element) -> list[Element]:
    return [e for e in root.findall(tag("futureMetadata")) if e.get("name") == _DYNAMIC_ARRAYS]


def _before(element: Element, name: str) -> bool:
    return element.tag in {tag(other) for other in _ORDER[: _ORDER.index(name)]}


def _section(root: Element, name: str) -> Element:
    found = root.find(tag(name))
    if found is None:
        found = etree.Element(tag(name))
        root.insert(1 + max((i for i, e in enumerate(root) if _before(e, name)), default=-1), found)
    return found
