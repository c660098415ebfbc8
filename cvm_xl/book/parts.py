"""What a workbook's parts are and how they hang together: sheets, tables, names, relationships, content types."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import unquote

from cvm_xl.book.addresses import Area, area
from cvm_xl.book.markup import CONTENT_TYPES, REL_TYPES, RELATIONSHIPS, Element, etree, parse, serialized, tag, whole
from cvm_xl.book.package import Package
from cvm_xl.errors import BookError

__all__ = [
    "DefinedName",
    "Relationship",
    "Sheet",
    "Table",
    "add_content_type",
    "add_relationship",
    "content_type",
    "date1904",
    "defined_names",
    "free_name",
    "next_number",
    "put_relationships",
    "read_table",
    "relationships",
    "rels_name",
    "remove_part",
    "shared_strings",
    "sheets",
    "table_named",
    "tables",
    "tables_on",
    "workbook_part",
]


_PLAIN: Any = {None: RELATIONSHIPS}  # no prefix, which lxml's stubs do not know of


@dataclass(frozen=True)
class Relationship:
    """One link from a part: `target` is a part's name, or an address outside when `external`."""

    id: str
    type: str
    target: str
    external: bool

    @property
    def kind(self) -> str:
        """The last word of the type: "worksheet", "table", "drawing" ..."""
        return self.type.rsplit("/", 1)[-1]

    @property
    def is_part(self) -> bool:
        """Whether it leads to a part of the package, not outside or (#Sheet!A1) to a place in the workbook."""
        return not self.external and not self.target.startswith("#")


@dataclass(frozen=True)
class Sheet:
    """A sheet in the order of the tabs; `kind` is "worksheet", "chartsheet" or another."""

    name: str
    part: str
    sheet_id: int
    state: str
    kind: str


@dataclass(frozen=True)
class Table:
    """An Excel table. `area` spans header, data and totals; `columns` are the headers as users see them."""

    name: str
    sheet: Sheet
    part: str
    id: int
    area: Area
    header_rows: int
    totals_rows: int
    columns: tuple[str, ...]
    formulas: tuple[str | None, ...]

    @property
    def data(self) -> Area:
        """The data rows alone."""
        return Area(
            self.area.top + self.header_rows, self.area.left, self.area.bottom - self.totals_rows, self.area.right
        )


@dataclass(frozen=True)
class DefinedName:
    """A defined name; `sheet` is the name of the sheet it is local to."""

    name: str
    text: str
    sheet: str | None
    hidden: bool


# --- relationships and content types ---------------------------------------------------------------------------


@cache
def rels_name(part: str) -> str:
    """The member that holds a part's relationships; of the package itself for ''."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relationships(package: Package, part: str) -> Mapping[str, Relationship]:
    """A part's relationships by id; none when it has no such member."""
    name = rels_name(part)
    return package.made(name, _relationships) if name in package else {}


def _relationships(content: bytes, name: str) -> Mapping[str, Relationship]:
    folder = posixpath.dirname(posixpath.dirname(name))
    found: dict[str, Relationship] = {}
    for element in parse(content, name).iter(tag("Relationship", RELATIONSHIPS)):
        external = element.get("TargetMode") == "External"
        target = element.get("Target", "")
        if not external and not target.startswith("#"):
            target = posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")
        found[element.get("Id")] = Relationship(element.get("Id"), element.get("Type", ""), target, external)
    return found


def add_relationship(package: Package, part: str, kind: str, target: str, *, external: bool = False) -> str:
    """Link `part` to `target` and return the new id; `kind` is the type's last word, or a whole type."""
    name = rels_name(part)
    root = (
        parse(package.part(name), name)
        if name in package
        else etree.Element(tag("Relationships", RELATIONSHIPS), nsmap=_PLAIN)
    )
    taken = {element.get("Id") for element in root}
    number = 1
    while f"rId{number}" in taken:
        number += 1
    element = etree.SubElement(root, tag("Relationship", RELATIONSHIPS))
    element.set("Id", f"rId{number}")
    element.set("Type", kind if "/" in kind else f"{REL_TYPES}/{kind}")
    element.set("Target", target if external else _relative(part, target))
    if external:
        element.set("TargetMode", "External")
    package.put(name, serialized(root))
    return f"rId{number}"


def put_relationships(package: Package, part: str, links: list[Relationship]) -> None:
    """Give a new part its relationships, ids as they are."""
    root = etree.Element(tag("Relationships", RELATIONSHIPS), nsmap=_PLAIN)
    for link in links:
        element = etree.SubElement(root, tag("Relationship", RELATIONSHIPS))
        element.set("Id", link.id)
        element.set("Type", link.type)
        element.set(
            "Target", link.target if link.external or link.target.startswith("#") else _relative(part, link.target)
        )
        if link.external:
            element.set("TargetMode", "External")
    package.put(rels_name(part), serialized(root))


def _relative(part: str, target: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(part) or ".")


def content_type(package: Package, part: str) -> str:
    """A part's content type; '' when none is declared."""
    root = parse(package.part("[Content_Types].xml"), "[Content_Types].xml")
    for element in root.iter(tag("Override", CONTENT_TYPES)):
        if element.get("PartName", "").lstrip("/").lower() == part.lower():
            return element.get("ContentType", "")
    extension = part.rsplit(".", 1)[-1].lower()
    for element in root.iter(tag("Default", CONTENT_TYPES)):
        if element.get("Extension", "").lower() == extension:
            return element.get("ContentType", "")
    return ""


def add_content_type(package: Package, part: str, kind: str) -> None:
    """Declare a part's content type: by its extension for pictures and drawings of notes, else by its name."""
    if content_type(package, part) == kind:
        return
    root = parse(package.part("[Content_Types].xml"), "[Content_Types].xml")
    extension = part.rsplit(".", 1)[-1]
    defaults = {e.get("Extension", "").lower() for e in root.iter(tag("Default", CONTENT_TYPES))}
    if extension.lower() not in ("xml", "bin") and extension.lower() not in defaults:
        element = etree.Element(tag("Default", CONTENT_TYPES))
        element.set("Extension", extension)
        root.insert(len(root.findall(tag("Default", CONTENT_TYPES))), element)
    else:
        element = etree.SubElement(root, tag("Override", CONTENT_TYPES))
        element.set("PartName", f"/{part}")
    element.set("ContentType", kind)
    package.put("[Content_Types].xml", serialized(root))


def remove_part(package: Package, part: str, source: str) -> None:
    """Take out a part, the link to it from `source`, and its content type."""
    package.remove(part)
    name = rels_name(source)
    if name in package:
        gone = {r.id for r in relationships(package, source).values() if not r.external and _same(r.target, part)}
        root = parse(package.part(name), name)
        for element in list(root):
            if element.get("Id") in gone:
                root.remove(element)
        package.put(name, serialized(root))
    root = parse(package.part("[Content_Types].xml"), "[Content_Types].xml")
    for element in root.findall(tag("Override", CONTENT_TYPES)):
        if _same(element.get("PartName", ""), part):
            root.remove(element)
    package.put("[Content_Types].xml", serialized(root))


def _same(one: str, other: str) -> bool:
    return one.lstrip("/").lower() == other.lstrip("/").lower()


def free_name(package: Package, like: str) -> str:
    """A part's name that is not taken: `like` with another number."""
    stem, dot, extension = like.rpartition(".")
    return f"{stem.rstrip('0123456789')}{next_number(package, like)}{dot}{extension}"


def next_number(package: Package, like: str) -> int:
    """One more than the highest number among the parts named as `like`."""
    stem, _, extension = like.rpartition(".")
    pattern = re.compile(re.escape(stem.rstrip("0123456789")) + r"(\d+)\." + re.escape(extension), re.IGNORECASE)
    return 1 + max((int(m[1]) for m in map(pattern.fullmatch, package.names) if m), default=0)


# --- the workbook ------------------------------------------------------------------------------------------------


def workbook_part(package: Package) -> str:
    """The workbook's own part. `BookError` when the file is of another program of the Office family."""
    for link in relationships(package, "").values():
        if link.kind == "officeDocument":
            if link.type.startswith("http://purl.oclc.org/"):
                parse(b'<strict xmlns="http://purl.oclc.org/ooxml/"/>', link.target)
            if package.made(link.target, _sheets) is not None:
                return link.target
    raise BookError("the file is no Excel workbook", remedy="Save it as Excel workbook (.xlsx).")


def _sheets(content: bytes, name: str) -> list[tuple[str, str, int, str]] | None:
    """Name, relationship, number and state of a workbook's sheets; None for a part of another kind."""
    root = parse(content, name)
    if root.tag != tag("workbook"):
        return None
    return [
        (one.get("name"), one.get(tag("id", REL_TYPES)), whole(one, "sheetId", 0), one.get("state", "visible"))
        for one in root.iter(tag("sheet"))
    ]


def sheets(package: Package) -> list[Sheet]:
    """All sheets in the order of their tabs, hidden ones too."""
    book = workbook_part(package)
    links = relationships(package, book)
    found: list[Sheet] = []
    for name, relationship, number, state in package.made(book, _sheets) or ():
        link = links.get(relationship)
        if link is None:
            raise BookError(f"sheet {name} has no content", remedy="Open the workbook in Excel and save it again.")
        found.append(Sheet(name, link.target, number, state, link.kind))
    return found


def tables(package: Package) -> list[Table]:
    """All tables, sheet by sheet."""
    return [table for sheet in sheets(package) for table in tables_on(package, sheet)]


def tables_on(package: Package, sheet: Sheet) -> list[Table]:
    """The tables of one sheet."""
    return [replace(table, sheet=sheet) for table in _bare(package, sheet)]


def _bare(package: Package, sheet: Sheet) -> Iterator[Table]:
    links = relationships(package, sheet.part).values()
    return (package.made(link.target, _table) for link in links if link.kind == "table")


def _table(content: bytes, name: str) -> Table:
    """A table on no sheet yet: the part does not say on which it is."""
    return read_table(parse(content, name), Sheet("", "", 0, "", ""), name)


def read_table(root: Element, sheet: Sheet, part: str) -> Table:
    """A table part's description."""
    columns = root.findall(f"{tag('tableColumns')}/{tag('tableColumn')}")
    totals = whole(root, "totalsRowCount", 0)
    return Table(
        name=_decoded(root.get("displayName") or root.get("name")),
        sheet=sheet,
        part=part,
        id=whole(root, "id", 0),
        area=area(root.get("ref")),
        header_rows=whole(root, "headerRowCount", 1),
        totals_rows=totals,
        columns=tuple(_decoded(column.get("name")) for column in columns),
        formulas=tuple(column.findtext(tag("calculatedColumnFormula")) for column in columns),
    )


def table_named(package: Package, name: str) -> Table:
    """The table of that name, whatever its capitals. `BookError` when there is none."""
    for sheet in sheets(package):
        for table in _bare(package, sheet):
            if table.name.lower() == name.lower():
                return replace(table, sheet=sheet)
    there = ", ".join(table.name for table in tables(package)) or "none"
    raise BookError(f"there is no table {name}; the workbook's tables: {there}", remedy="Check the table's name.")


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _decoded(text: str) -> str:
    """Header text with line breaks and the like, which Excel stores as _x000a_."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def defined_names(package: Package) -> list[DefinedName]:
    """All defined names with their formulas."""
    book = workbook_part(package)
    names = [sheet.name for sheet in sheets(package)]
    found: list[DefinedName] = []
    for element in parse(package.part(book), book).iter(tag("definedName")):
        local = whole(element, "localSheetId", len(names))
        sheet = names[local] if local < len(names) else None
        hidden = element.get("hidden") in ("1", "true")
        found.append(DefinedName(element.get("name"), element.text or "", sheet, hidden))
    return found


def shared_strings(package: Package) -> list[str]:
    """The texts that cells refer to by number, formats within a text left out."""
    for link in relationships(package, workbook_part(package)).values():
        if link.kind == "sharedStrings" and link.target in package:
            root = parse(package.part(link.target), link.target)
            return [
                "".join(t.text or "" for t in item.iter(tag("t")) if t.getparent().tag != tag("rPh"))
                for item in root.findall(tag("si"))
            ]
    return []


def date1904(package: Package) -> bool:
    """Whether dates count from 1904-01-01, as old Excel for Mac had it."""
    book = workbook_part(package)
    settings = parse(package.part(book), book).find(tag("workbookPr"))
    return settings is not None and settings.get("date1904") in ("1", "true", "on")
