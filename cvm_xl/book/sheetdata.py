"""The rows of a sheet as text: found and cut out without building a tree of millions of cells."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple

from cvm_xl.book.addresses import area, column_number, letters
from cvm_xl.book.markup import MAIN, Element, etree, parse, serialized, tag, whole
from cvm_xl.errors import BookError

__all__ = ["Cell", "Rows", "SheetXml", "split_sheet"]

_ROW = re.compile(rb'<row r="(\d+)"[^>]*>')
_BARE_CELL = re.compile(rb'<c(?! r="[A-Z])[\s/>]')
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_SHEET_DATA = re.compile(rb"<(?:[\w.-]+:)?sheetData(?:\s[^>]*)?(/?)>")
_SHEET_DATA_END = re.compile(rb"</(?:[\w.-]+:)?sheetData\s*>")
_TYPE = re.compile(rb'\st="(\w+)"')
_STYLE = re.compile(rb'\ss="(\d+)"')
_FORMULA = re.compile(rb"<f\b([^>]*?)(?:/>|>(.*?)</f>)", re.DOTALL)
_VALUE = re.compile(rb"<v\b[^>]*>(.*?)</v>", re.DOTALL)
_TEXT = re.compile(rb"<t\b[^>]*?(?:/>|>(.*?)</t>)", re.DOTALL)


class Cell(NamedTuple):
    """A cell as it stands in the file: `attributes` without its address, `inner` what it contains."""

    column: int
    row: int
    attributes: bytes
    inner: bytes

    @property
    def type(self) -> str:
        found = _TYPE.search(self.attributes)
        return found[1].decode() if found else "n"

    @property
    def style(self) -> int | None:
        found = _STYLE.search(self.attributes)
        return int(found[1]) if found else None

    @property
    def filled(self) -> bool:
        """Whether it holds a value or a formula, not only a format."""
        return bool(self.inner)

    @property
    def formula(self) -> tuple[bytes, str] | None:
        """Attributes of its <f> element, and the formula; '' for those that share another cell's."""
        found = _FORMULA.search(self.inner)
        return (found[1], unescape((found[2] or b"").decode())) if found else None

    def value(self, strings: list[str]) -> str:
        """What it shows, as text: whole numbers without a point; '' when it is empty."""
        if self.type == "inlineStr":
            return unescape(b"".join(part or b"" for part in _TEXT.findall(self.inner)).decode())
        found = _VALUE.search(self.inner)
        if not found:
            return ""
        text = unescape(found[1].decode())
        if self.type == "s":
            return strings[int(text)]
        if self.type == "b":
            return "TRUE" if text == "1" else "FALSE"
        return number_text(float(text)) if self.type == "n" else text

    def xml(self, column: int, row: int, *, inner: bytes | None = None) -> str:
        """The cell at another address, with other contents if given."""
        return self._text(column, row, self.attributes, self.inner if inner is None else inner)

    def with_formula(self, column: int, row: int, element: str) -> str:
        """The cell with a formula whose value Excel has yet to work out."""
        return self._text(column, row, _TYPE.sub(b"", self.attributes), element.encode())

    def _text(self, column: int, row: int, attributes: bytes, inner: bytes) -> str:
        begin = f'<c r="{letters(column)}{row}"{attributes.decode()}'
        return f"{begin}>{inner.decode()}</c>" if inner else f"{begin}/>"


def number_text(number: float) -> str:
    """A number as the text by which keys are compared."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


@dataclass
class SheetXml:
    """A sheet's part in three: what comes before its rows, the rows, what comes after."""

    before: bytes
    body: bytes
    after: bytes
    nested: bool
    """Whether the spreadsheet's namespace has a prefix here, so that rows must name it themselves."""

    def frame(self, name: str) -> Element:
        """Everything but the rows, as a tree to edit; give it to `joined`."""
        return parse(self.before + self._empty() + self.after, name)

    def joined(self, frame: Element, body: Iterable[bytes]) -> Iterator[bytes]:
        """The part with an edited frame and other rows, piece by piece."""
        content = serialized(frame)
        found = _SHEET_DATA.search(content)
        assert found is not None
        yield content[: found.start()] + self._empty()[:-2] + b">"
        yield from body
        yield b"</sheetData>" + content[found.end() :]

    def _empty(self) -> bytes:
        return f'<sheetData xmlns="{MAIN}"/>'.encode() if self.nested else b"<sheetData/>"


def split_sheet(content: bytes, name: str) -> SheetXml:
    """Cut a sheet's part in three; rows without addresses, or with prefixes, are first written out plainly."""
    start = _SHEET_DATA.search(content)
    if start is None:
        raise BookError(f"part {name} holds no rows", remedy="Open the workbook in Excel and save it again.")
    if start[1]:
        body, after = b"", content[start.end() :]
    else:
        near = content.find(b"sheetData", start.end())  # plain search first: there are millions of end tags
        end = _SHEET_DATA_END.search(content, content.rfind(b"</", start.end(), near)) if near > 0 else None
        if end is None:
            raise BookError(f"part {name} is damaged", remedy="Open the workbook in Excel and save it again.")
        body, after = content[start.end() : end.start()], content[end.end() :]
    prefixed = not start[0].startswith(b"<sheetData")
    addressed = body.count(b"<row") == body.count(b'<row r="') and not _BARE_CELL.search(body)
    if prefixed or b"<!" in body or not addressed:
        body = _written_out(parse(content, name))
    before = content[: start.start()]
    return SheetXml(before, body, after, prefixed or b"xmlns=" in start[0])


def _written_out(root: Element) -> bytes:
    """The rows with every address in its place and no prefix."""
    data = root.find(tag("sheetData"))
    etree.strip_tags(data, etree.Comment)
    row_number = 0
    for row in data.iter(tag("row")):
        row_number = whole(row, "r", row_number + 1)
        _put_first(row, str(row_number))
        column = 0
        for cell in row.iter(tag("c")):
            address = cell.get("r")
            column = area(address).left if address else column + 1
            _put_first(cell, f"{letters(column)}{row_number}")
    rows = b"".join(etree.tostring(row, encoding="UTF-8", with_tail=False) for row in data.iter(tag("row")))
    rows = re.sub(rb"<\?xml[^>]*\?>\s*", b"", rows)
    if data.prefix:
        rows = re.sub(rb"<(/?)" + re.escape(data.prefix.encode()) + rb":", rb"<\1", rows)
    return re.sub(rb'(<(?:row|c)) r="([^"]*)"((?: xmlns(?::[\w.-]+)?="[^"]*")+)', rb'\1 r="\2"', _without_xmlns(rows))


def _without_xmlns(rows: bytes) -> bytes:
    # Every namespace used inside the rows is declared on the sheet's root, where it stays.
    return re.sub(rb'(<row)((?: xmlns(?::[\w.-]+)?="[^"]*")+)', rb"\1", rows)


def _put_first(element: Element, address: str) -> None:
    others = [(name, value) for name, value in element.attrib.items() if name != "r"]
    element.attrib.clear()
    element.set("r", address)
    for name, value in others:
        element.set(name, value)


class Rows:
    """Where each row of a sheet's body begins."""

    def __init__(self, body: bytes, sheet: str) -> None:
        self.body = body
        self.numbers: list[int] = []
        self._starts: list[int] = []
        self._opened: list[int] = []
        for match in _ROW.finditer(body):
            self.numbers.append(int(match[1]))
            self._starts.append(match.start())
            self._opened.append(match.end())
        self._starts.append(len(body))
        if any(b <= a for a, b in zip(self.numbers, self.numbers[1:], strict=False)):
            raise BookError(f"the rows of sheet {sheet} are out of order", remedy="Save the workbook in Excel again.")

    def index(self, row: int) -> int:
        """Position of the first row with this number or a higher one."""
        return bisect.bisect_left(self.numbers, row)

    def between(self, first: int, last: int) -> bytes:
        """The text of the rows of these numbers."""
        return self.body[self._starts[self.index(first)] : self._starts[self.index(last + 1)]]

    def attributes(self, first: int, last: int) -> dict[int, bytes]:
        """What the opening tags of these rows say besides their number."""
        found: dict[int, bytes] = {}
        for i in range(self.index(first), self.index(last + 1)):
            tag = self.body[self._starts[i] : self._opened[i]]
            found[self.numbers[i]] = tag[tag.index(b'"', 8) + 1 : -1].rstrip(b"/")
        return found

    def cells(self, first: int, last: int, pattern: re.Pattern[bytes] | None = None) -> Iterator[Cell]:
        """The cells of these rows; only of rows in which `pattern` is found, when it is given."""
        for i in range(self.index(first), self.index(last + 1)):
            begin, end = self._opened[i], self._starts[i + 1]
            if pattern is None or pattern.search(self.body, begin, end):
                for match in _CELL.finditer(self.body, begin, end):
                    yield Cell(column_number(match[1].decode()), self.numbers[i], match[3], match[4] or b"")

    def cells_of(self, columns: list[int], first: int, last: int) -> Iterator[Cell]:
        """The cells of these columns and rows, quickly: other cells are passed over unread."""
        if not columns:
            return
        numbers = {letters(column).encode(): column for column in columns}
        names = b"|".join(numbers)
        pattern = re.compile(rb'<c r="(' + names + rb')(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
        begin, end = self._starts[self.index(first)], self._starts[self.index(last + 1)]
        for match in pattern.finditer(self.body, begin, end):
            yield Cell(numbers[match[1]], int(match[2]), match[3], match[4] or b"")

    def cells_outside(self, left: int, right: int, first: int, last: int) -> Iterator[Cell]:
        """The cells of these rows that lie in no column from `left` to `right`."""
        names = "|".join(letters(column) for column in range(left, right + 1)).encode()
        outside = re.compile(rb'<c r="(?!(?:' + names + rb")\d)")
        begin, end = self._starts[self.index(first)], self._starts[self.index(last + 1)]
        if outside.search(self.body, begin, end):
            for cell in self.cells(first, last, outside):
                if not left <= cell.column <= right:
                    yield cell
