"""Sheets of one workbook added to another: with their formats, tables, charts, notes, pictures and names."""

from __future__ import annotations

import copy
import re
from dataclasses import replace

from cvm_xl.book.markup import REL_TYPES, Element, etree, parse, serialized, tag, whole
from cvm_xl.book.metadata import add_array_metadata
from cvm_xl.book.package import Package
from cvm_xl.book.parts import (
    DefinedName,
    Sheet,
    add_content_type,
    add_relationship,
    content_type,
    date1904,
    defined_names,
    free_name,
    put_relationships,
    relationships,
    tables,
    workbook_part,
)
from cvm_xl.book.parts import sheets as sheets_of
from cvm_xl.book.recalculate import drop_calc_chain
from cvm_xl.book.styles import append_styles, date_formats
from cvm_xl.errors import BookError, Place

__all__ = ["graft"]

_DAYS_1900_TO_1904 = 1462
_AFTER_NAMES = (
    "calcPr oleSize customWorkbookViews pivotCaches smartTagPr smartTagTypes webPublishing fileRecoveryPr "
    "webPublishObjects extLst"
).split()


def graft(package: Package, donor: bytes, sheets: list[str] | None = None, *, first: bool = False) -> list[str]:
    """Add the sheets of another workbook, and return their names.

    Every member of the package stays as it is, but for the workbook's list of sheets and names, its
    relationships, the content types, the formats (appended to) and the calculation chain (Excel makes it anew).

    Parameters
    ----------
    package : Package
    donor : bytes
        A whole .xlsx, as XlsxWriter makes in memory.
    sheets : list of str, optional
        Which of its sheets; all when left out.
    first : bool
        Put them before the sheets that are there; the analyst's active sheet stays active.

    Raises
    ------
    BookError
        When a sheet, table or defined name of that name exists; nothing is changed then.
    """
    source = Package(donor)
    all_given = sheets_of(source)
    chosen = [sheet for sheet in all_given if sheets is None or sheet.name in sheets]
    names = _names_to_add(source, all_given, chosen)
    _refuse_clashes(package, source, chosen, names)
    cells, differentials = append_styles(package, source)
    copier = _Copier(package, source, cells, differentials)
    parts = [copier.copied(sheet.part) for sheet in chosen]
    _enter(package, chosen, parts, names, first=first)
    if copier.has_formulas:
        drop_calc_chain(package)
    return [sheet.name for sheet in chosen]


def _names_to_add(source: Package, all_given: list[Sheet], chosen: list[Sheet]) -> list[DefinedName]:
    """The donor's names that are local to a chosen sheet, or point to no sheet that stays behind."""
    taken = {sheet.name for sheet in chosen}
    behind = [sheet.name for sheet in all_given if sheet.name not in taken]
    return [
        name
        for name in defined_names(source)
        if name.sheet in taken or (name.sheet is None and not any(_mentions(name.text, sheet) for sheet in behind))
    ]


def _mentions(formula: str, sheet: str) -> bool:
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!" in formula or re.search(rf"(?<![\w.']){re.escape(sheet)}!", formula) is not None


def _refuse_clashes(package: Package, source: Package, chosen: list[Sheet], names: list[DefinedName]) -> None:
    remedy = "Rename or delete the one in the workbook."
    there = {sheet.name.lower() for sheet in sheets_of(package)}
    for sheet in chosen:
        if sheet.name.lower() in there:
            raise BookError(
                "the workbook already has a sheet of this name", place=Place(sheet=sheet.name), remedy=remedy
            )
    wanted = {sheet.part for sheet in chosen}
    new_tables = [table.name for table in tables(source) if table.sheet.part in wanted]
    new_names = [name.name for name in names if name.sheet is None]
    table_of = {table.name.lower(): table for table in tables(package)}
    name_of = {name.name.lower() for name in defined_names(package) if name.sheet is None}
    for kind, new in (("table", new_tables), ("defined name", new_names)):
        for name in new:
            if name.lower() in table_of:
                sheet = table_of[name.lower()].sheet.name
                raise BookError(
                    f"the workbook already has a table {name}, where a {kind} of ours has to go",
                    place=Place(sheet=sheet, table=name),
                    remedy=remedy,
                )
            if name.lower() in name_of:
                raise BookError(
                    f"the workbook already has a defined name {name}, where a {kind} of ours has to go", remedy=remedy
                )


class _Copier:
    """Copies parts and all that they link to, each once, under names that are free."""

    def __init__(self, package: Package, source: Package, cells: list[int], differentials: list[int]) -> None:
        self.package, self.source = package, source
        self.cells, self.differentials = cells, differentials
        self.strings = _shared_strings(source)
        self.next_table = max((table.id for table in tables(package)), default=0) + 1
        self.days = _DAYS_1900_TO_1904 * (int(date1904(source)) - int(date1904(package)))
        self.dates = date_formats(source) if self.days else set[int]()
        self.done: dict[str, str] = {}
        self.has_formulas = False

    def copied(self, part: str) -> str:
        """The name in the package of the donor's part."""
        if part in self.done:
            return self.done[part]
        name = free_name(self.package, part)
        self.done[part] = name
        content = self.source.part(part)
        if part.endswith(".xml"):
            root = parse(content, part)
            if root.tag == tag("worksheet"):
                content = serialized(self._sheet(root))
            elif root.tag == tag("table"):
                content = serialized(self._table(root))
        self.package.put(name, content)
        add_content_type(self.package, name, content_type(self.source, part))
        links = [
            replace(link, target=self.copied(link.target)) if link.is_part else link
            for link in relationships(self.source, part).values()
        ]
        if links:
            put_relationships(self.package, name, links)
        return name

    def _sheet(self, root: Element) -> Element:
        for view in root.iter(tag("sheetView")):
            view.attrib.pop("tabSelected", None)  # two selected sheets would be edited as a group
        for element in root.iter(tag("row"), tag("c")):
            self._restyle(element, "s")
        for element in root.iter(tag("col")):
            self._restyle(element, "style")
        for cell in root.iter(tag("c")):
            if cell.get("t") == "s":
                self._inline(cell)
            if cell.find(tag("f")) is not None:
                self.has_formulas = True
        if self.days:
            for rule in root.iter(tag("dataValidation")):
                if rule.get("type") == "date":
                    self._shift_dates(rule)
        self._renumber(root)
        arrays = [cell for cell in root.iter(tag("c")) if cell.get("cm")]
        if arrays:
            number = add_array_metadata(self.package, self.source)
            for cell in arrays:
                cell.set("cm", str(number))
        return root

    def _restyle(self, element: Element, attribute: str) -> None:
        number = element.get(attribute)
        if number is None:
            return
        if self.days and int(number) in self.dates and element.tag == tag("c") and element.get("t", "n") == "n":
            value = element.find(tag("v"))
            if value is not None and value.text:
                value.text = repr(float(value.text) + self.days)
        element.set(attribute, str(self.cells[int(number)]))

    def _shift_dates(self, rule: Element) -> None:
        for formula in rule.iter(tag("formula1"), tag("formula2")):
            if re.fullmatch(r"\d+(\.\d+)?", formula.text or ""):
                formula.text = repr(float(formula.text) + self.days)

    def _inline(self, cell: Element) -> None:
        value = cell.find(tag("v"))
        text = self.strings[int(value.text)]
        cell.remove(value)
        inline = etree.SubElement(cell, tag("is"))
        inline.extend(copy.deepcopy(child) for child in text)
        cell.set("t", "inlineStr")

    def _renumber(self, root: Element) -> None:
        """Differential formats, wherever they are named: conditional formats, filters, tables."""
        for element in root.iter():
            for name in element.attrib:
                if name == "dxfId" or name.endswith("DxfId"):
                    element.set(name, str(self.differentials[whole(element, name)]))

    def _table(self, root: Element) -> Element:
        root.set("id", str(self.next_table))
        self.next_table += 1
        self._renumber(root)
        return root


def _shared_strings(source: Package) -> list[Element]:
    for link in relationships(source, workbook_part(source)).values():
        if link.kind == "sharedStrings":
            return parse(source.part(link.target), link.target).findall(tag("si"))
    return []


def _enter(package: Package, chosen: list[Sheet], parts: list[str], names: list[DefinedName], *, first: bool) -> None:
    """The new sheets and names in the workbook's own part."""
    book = workbook_part(package)
    ids = [add_relationship(package, book, "worksheet", part) for part in parts]
    root = parse(package.part(book), book)
    listed = root.find(tag("sheets"))
    before = len(listed)
    number = max((whole(element, "sheetId") for element in listed), default=0)
    start = 0 if first else before
    for i, (sheet, link) in enumerate(zip(chosen, ids, strict=True)):
        element = etree.Element(tag("sheet"))
        element.set("name", sheet.name)
        element.set("sheetId", str(number + 1 + i))
        if sheet.state != "visible":
            element.set("state", sheet.state)
        element.set(tag("id", REL_TYPES), link)
        listed.insert(start + i, element)
    if first:
        _shift_tabs(root, len(chosen))
    if names:
        section = _names_section(root)
        position = {sheet.name: start + i for i, sheet in enumerate(chosen)}
        for name in names:
            element = etree.SubElement(section, tag("definedName"))
            element.set("name", name.name)
            if name.sheet is not None:
                element.set("localSheetId", str(position[name.sheet]))
            if name.hidden:
                element.set("hidden", "1")
            element.text = name.text
    package.put(book, serialized(root))


def _shift_tabs(root: Element, by: int) -> None:
    """Whatever counts sheets by position, when sheets come before those that are there."""
    for element in root.iter(tag("definedName")):
        if element.get("localSheetId") is not None:
            element.set("localSheetId", str(whole(element, "localSheetId") + by))
    for view in root.iter(tag("workbookView")):
        view.set("activeTab", str(whole(view, "activeTab", 0) + by))


def _names_section(root: Element) -> Element:
    section = root.find(tag("definedNames"))
    if section is None:
        section = etree.Element(tag("definedNames"))
        later = {tag(name) for name in _AFTER_NAMES}
        position = next((i for i, child in enumerate(root) if child.tag in later), len(root))
        root.insert(position, section)
    return section
