"""Cell formats of one workbook appended to those of another; what is there keeps its number."""

from __future__ import annotations

import copy
from collections.abc import Callable

from cvm_xl.book.markup import Element, etree, parse, serialized, tag, whole
from cvm_xl.book.package import Package
from cvm_xl.book.parts import add_content_type, add_relationship, content_type, relationships, workbook_part

__all__ = ["append_styles", "date_formats", "styles_part"]

_ORDER = tuple("numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst".split(" "))
_FIRST_OWN_FORMAT = 164
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})


def styles_part(package: Package) -> str | None:
    """The part with the cell formats."""
    links = relationships(package, workbook_part(package)).values()
    return next((link.target for link in links if link.kind == "styles"), None)


def append_styles(package: Package, donor: Package) -> tuple[list[int], list[int]]:
    """Append the donor's formats; the new number of each of its cell formats, and of each differential format."""
    given_part, part = styles_part(donor), styles_part(package)
    if given_part is None:
        return [], []
    given = parse(donor.part(given_part), given_part)
    if part is None:
        package.put("xl/styles.xml", donor.part(given_part))
        add_relationship(package, workbook_part(package), "styles", "xl/styles.xml")
        add_content_type(package, "xl/styles.xml", content_type(donor, given_part))
        return list(range(len(_items(given, "cellXfs")))), list(range(len(_items(given, "dxfs"))))
    root = parse(package.part(part), part)
    formats = _number_formats(root, given)

    def same(element: Element) -> Element:
        return element

    maps = {
        "fontId": _appended(root, given, "fonts", same),
        "fillId": _appended(root, given, "fills", same),
        "borderId": _appended(root, given, "borders", same),
    }

    def renumbered(element: Element) -> Element:
        for name, numbers in maps.items():
            if element.get(name) is not None:
                element.set(name, str(numbers[whole(element, name)]))
        number = whole(element, "numFmtId", 0)
        if number in formats:
            element.set("numFmtId", str(formats[number]))
        return element

    maps["xfId"] = _named_styles(root, given, renumbered)
    cell_formats = _appended(root, given, "cellXfs", renumbered)

    def differential(element: Element) -> Element:
        for number in element.iter(tag("numFmt")):
            old = whole(number, "numFmtId", 0)
            number.set("numFmtId", str(formats.get(old, old)))
        return element

    differentials = _appended(root, given, "dxfs", differential)
    package.put(part, serialized(root))
    return cell_formats, differentials


def date_formats(package: Package) -> set[int]:
    """Which cell formats show a date or time."""
    part = styles_part(package)
    if part is None:
        return set()
    root = parse(package.part(part), part)
    codes = {whole(e, "numFmtId", 0): e.get("formatCode", "") for e in _items(root, "numFmts")}

    def dated(number: int) -> bool:
        if number not in codes:
            return number in _BUILT_IN_DATES
        return any(letter in "ymdhs" for letter in _unquoted(codes[number]).lower())

    return {i for i, xf in enumerate(_items(root, "cellXfs")) if dated(whole(xf, "numFmtId", 0))}


def _unquoted(code: str) -> str:
    """A number format without its literal text, colours and conditions; elapsed time [h] stays."""
    kept, i = "", 0
    while i < len(code):
        if code[i] == '"':
            i = code.find('"', i + 1) if '"' in code[i + 1 :] else len(code)
        elif code[i] in "\\_*":
            i += 1
        elif code[i] == "[":
            close = code.find("]", i)
            inside = code[i + 1 : close].lower()
            kept += inside if set(inside) <= set("hms") else ""
            i = close if close > 0 else len(code)
        else:
            kept += code[i]
        i += 1
    return kept.replace("General", "")


def _items(root: Element, section: str) -> list[Element]:
    found = root.find(tag(section))
    return [] if found is None else [e for e in found if isinstance(e.tag, str)]


def _section(root: Element, name: str) -> Element:
    """A section of the style sheet, made at its place when it is missing."""
    found = root.find(tag(name))
    if found is None:
        found = etree.Element(tag(name))
        later = {tag(other) for other in _ORDER[_ORDER.index(name) + 1 :]}
        position = next((i for i, child in enumerate(root) if child.tag in later), len(root))
        root.insert(position, found)
    return found


def _key(element: Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def _appended(root: Element, given: Element, name: str, changed: Callable[[Element], Element]) -> list[int]:
    """The number in `root` of each of the donor's items: an equal one that is there, or a new one at the end."""
    items = _items(given, name)
    if not items:
        return []
    section = _section(root, name)
    there: dict[bytes, int] = {}
    for i, element in enumerate(_items(root, name)):
        there.setdefault(_key(element), i)
    count = len(_items(root, name))
    numbers: list[int] = []
    for item in items:
        element = changed(copy.deepcopy(item))
        element.tail = None
        key = _key(element)
        if key not in there:
            section.append(element)
            there[key] = count
            count += 1
        numbers.append(there[key])
    section.set("count", str(count))
    return numbers


def _number_formats(root: Element, given: Element) -> dict[int, int]:
    """The number in `root` of each number format that the donor declares."""
    declared = _items(given, "numFmts")
    if not declared:
        return {}
    section = _section(root, "numFmts")
    there = {e.get("formatCode"): whole(e, "numFmtId") for e in _items(root, "numFmts")}
    following = max([_FIRST_OWN_FORMAT - 1, *there.values(), *_differential_formats(root)]) + 1
    numbers: dict[int, int] = {}
    for element in declared:
        code = element.get("formatCode")
        if code not in there:
            added = etree.SubElement(section, tag("numFmt"))
            added.set("numFmtId", str(following))
            added.set("formatCode", code)
            there[code] = following
            following += 1
        numbers[whole(element, "numFmtId")] = there[code]
    section.set("count", str(len(_items(root, "numFmts"))))
    return numbers


def _differential_formats(root: Element) -> list[int]:
    return [whole(e, "numFmtId", 0) for dxf in _items(root, "dxfs") for e in dxf.iter(tag("numFmt"))]


def _named_styles(root: Element, given: Element, renumbered: Callable[[Element], Element]) -> list[int]:
    """The number in `root` of each base format of the donor's named styles (Normal, Hyperlink ...)."""
    there = {_style_name(e): whole(e, "xfId", 0) for e in _items(root, "cellStyles")}
    names = {whole(e, "xfId", 0): e for e in _items(given, "cellStyles")}
    numbers: list[int] = []
    for i, xf in enumerate(_items(given, "cellStyleXfs")):
        style = names.get(i)
        if style is None or _style_name(style) in there:
            numbers.append(there[_style_name(style)] if style is not None else 0)
            continue
        section = _section(root, "cellStyleXfs")
        section.append(renumbered(copy.deepcopy(xf)))
        numbers.append(len(_items(root, "cellStyleXfs")) - 1)
        section.set("count", str(len(_items(root, "cellStyleXfs"))))
        named = _section(root, "cellStyles")
        added = copy.deepcopy(style)
        added.set("xfId", str(numbers[-1]))
        named.append(added)
        named.set("count", str(len(_items(root, "cellStyles"))))
    return numbers


def _style_name(style: Element) -> str:
    return f"builtin {style.get('builtinId')}" if style.get("builtinId") else str(style.get("name")).lower()
