"""What a sheet and a table say about the table's extent: its columns, filter, widths, links, dimension."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from cvm_xl.book.addresses import Area, area
from cvm_xl.book.extent import Extent
from cvm_xl.book.layout import Slot
from cvm_xl.book.markup import Element, etree, tag

__all__ = ["fit_columns", "set_dimension", "table_xml"]


def table_xml(root: Element, extent: Extent, slots: Sequence[Slot], like: Mapping[str, str]) -> list[str]:
    """Fit the table's part to its new extent; what was dropped, in words."""
    name = root.get("displayName") or root.get("name")
    remarks: list[str] = []
    new = extent.new
    root.set("ref", str(new))
    root.attrib.pop("insertRow", None)
    header_and_data = Area(new.top, new.left, extent.new_end, new.right)
    sheet_filter = root.find(tag("autoFilter"))
    if sheet_filter is not None:
        sheet_filter.set("ref", str(header_and_data))
        for column in sheet_filter.findall(tag("filterColumn")):
            if len(column):
                sheet_filter.remove(column)
                remark = f"{name}: its filter was taken off, because it would hide new rows"
                remarks += [remark] if remark not in remarks else []
            else:
                old = extent.old.left + int(column.get("colId"))
                column.set("colId", str(extent.columns[old] - new.left))
    for state in list(root.iter(tag("sortState"))):
        state.getparent().remove(state)
    section = root.find(tag("tableColumns"))
    old_columns = dict(zip(sorted(extent.columns), section.findall(tag("tableColumn")), strict=True))
    number = max(int(column.get("id")) for column in old_columns.values())
    by_header = {slot.given or slot.header: old_columns[slot.old] for slot in slots if slot.old is not None}
    for column in list(section):
        section.remove(column)
    for slot in slots:
        if slot.old is not None:
            column = old_columns[slot.old]
            formula = column.find(tag("calculatedColumnFormula"))
            if slot.given is not None and formula is not None:
                column.remove(formula)
            for inner in column.iter(tag("calculatedColumnFormula"), tag("totalsRowFormula")):
                inner.text = extent.of_inner_formula(inner.text or "")
        else:
            number += 1
            column = etree.Element(tag("tableColumn"))
            column.set("id", str(number))
            column.set("name", _encoded(slot.header))
            model = by_header.get(like.get(slot.header, ""))
            for attribute in ("dataDxfId", "headerRowDxfId", "totalsRowDxfId", "dataCellStyle"):
                if model is not None and model.get(attribute):
                    column.set(attribute, model.get(attribute))
        section.append(column)
    section.set("count", str(len(slots)))
    return remarks


def _encoded(header: str) -> str:
    return header.replace("\r\n", "\n").replace("\n", "_x000a_").replace("\t", "_x0009_")


def fit_columns(frame: Element, extent: Extent, slots: Sequence[Slot], like: Mapping[str, str]) -> None:
    """Widths and default formats move along with the table's columns; a new one takes those of its sibling."""
    section = frame.find(tag("cols"))
    if section is None or extent.old.right == extent.new.right:
        return
    single: dict[int, Element] = {}
    others: list[Element] = []
    left, right = extent.new.left, extent.new.right
    for element in section:
        first, last = int(element.get("min")), int(element.get("max"))
        for number in range(max(first, left), min(last, right) + 1):
            single[number] = copy.deepcopy(element)
        for begin, end in ((first, min(last, left - 1)), (max(first, right + 1), last)):
            if begin <= end:
                kept = copy.deepcopy(element)
                kept.set("min", str(begin))
                kept.set("max", str(end))
                others.append(kept)
    by_header = {slot.given or slot.header: slot.old for slot in slots if slot.old is not None}
    before: int | None = None
    for i, slot in enumerate(slots):
        before = slot.old if slot.old is not None else by_header.get(like.get(slot.header, ""), before)
        model = single.get(before) if before is not None else None
        if model is not None:
            kept = copy.deepcopy(model)
            kept.set("min", str(left + i))
            kept.set("max", str(left + i))
            others.append(kept)
    for element in list(section):
        section.remove(element)
    section.extend(sorted(others, key=lambda element: int(element.get("min"))))
    if not len(section):
        frame.remove(section)


def set_dimension(frame: Element, extent: Extent) -> None:
    """The sheet's used range, which readers take as a hint."""
    element = frame.find(tag("dimension"))
    if element is None:
        return
    old, new = area(element.get("ref")), extent.new
    bottom = new.bottom if old.bottom <= extent.old.bottom else old.bottom
    used = Area(min(old.top, new.top), min(old.left, new.left), max(bottom, new.bottom), max(old.right, new.right))
    element.set("ref", str(used))
