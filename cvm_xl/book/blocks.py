"""Cells of a large sheet as arrays, from blocks of its XML: many cells at once, none of them as an object.

Taken apart is what programs write almost everywhere: `<c r="B7" s="3" t="s"><v>12</v></c>`. A cell of any other form is
set aside as it stands, for a reader that knows all forms. Where rows and cells themselves are not as expected,
`Unusual` says that this sheet is to be read in another way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["ASIDE", "BLANK", "STRING", "Blocks", "Block", "Unusual"]

BLANK, STRING, ASIDE = 0, 254, 255
MOST_FORMATS = 250
MOST_ATTRIBUTES = 60  # of the cells of a block: more are read as well by another reader

_PAD = bytes(24)
_ROW = int.from_bytes(b'<row r="', "little")
_CELL = int.from_bytes(b'<c r="\0\0', "little")
_SIX = np.uint64(2**48 - 1)
_ATTRIBUTES = re.compile(rb'(?: s="(\d{1,5})")?(?: t="([ns])")?')
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

_U8 = np.uint64
_MASK = np.array([2 ** (8 * n) - 1 for n in range(9)], dtype=np.uint64)  # the first n of eight bytes
_TENS = 10.0 ** np.arange(17)
_ONES, _HIGH = _U8(0x0101010101010101), _U8(0x8080808080808080)
_ZEROS, _QUOTES, _DOTS = (_U8(int.from_bytes(character * 8, "little")) for character in (b"0", b'"', b"."))
_OVER_NINE = _U8(0x7676767676767676)
_EXACT = 2**53


class Unusual(Exception):  # noqa: N818
    """A sheet whose rows and cells are written in a way that is not taken apart here."""


class Block(NamedTuple):
    """Cells, in the order of the sheet: row and column from 1, what each is, and its number.

    `kinds` are BLANK; STRING, with the index of a shared string as its number; ASIDE, with an index of `Blocks.aside`;
    else a number whose format is `Blocks.formats[kind - 1]`.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    numbers: NDArray[np.float64]


class Blocks:
    """Takes blocks of whole rows, one after the other.

    Attributes
    ----------
    formats : list of int
        Cell formats of plain numbers.
    aside : dict
        Other cells, from the end of their address on, by their position in it.
    """

    def __init__(self, left: int, right: int) -> None:
        self.left, self.right = left, right
        self.formats: list[int] = []
        self.aside: dict[bytes, int] = {}
        self._kinds: dict[bytes, int] = {}
        self._last = 0

    def add(self, xml: bytes) -> Block:
        """The cells of a block that lie in the columns from `left` to `right`."""
        text = b"".join((_PAD, xml, _PAD))
        byte = np.frombuffer(text, dtype=np.uint8)
        eight = np.ndarray((len(text) - 7,), dtype="<u8", buffer=text, strides=(1,))
        tags = np.flatnonzero(byte == ord("<"))
        first = np.concatenate([byte[tags + 1], np.zeros(5, dtype=np.uint8)])
        second = np.concatenate([byte[tags + 2], np.zeros(5, dtype=np.uint8)])
        tags = np.concatenate([tags, np.full(5, len(text) - len(_PAD))])
        if (first == ord("!")).any() or (first == ord("?")).any():
            raise Unusual
        row_tag = (first == ord("r")) & (second == ord("o"))
        cell_tag = first == ord("c")
        if (cell_tag & (second == ord(">"))).any():
            raise Unusual
        cell_tag &= second == ord(" ")
        numbers, digits, heads = self._rows(tags[row_tag], eight)
        k = np.flatnonzero(cell_tag)
        owner = np.cumsum(row_tag)[k] - 1
        if len(k) and owner[0] < 0:
            raise Unusual
        columns, behind = _addresses(tags[k], owner, digits, heads, byte, eight)
        inside = (columns >= self.left) & (columns <= self.right)
        if not inside.all():
            k, owner, columns, behind = k[inside], owner[inside], columns[inside], behind[inside]

        after, next_second = first[k + 1], second[k + 1]
        formula = after == ord("f")
        v = k + 1
        if formula.any():
            v = np.where(formula, np.where(first[k + 2] == ord("v"), k + 2, k + 3), v)
        valued = (first[v] == ord("v")) & (second[v] == ord(">")) & (second[v + 1] == ord("v"))
        valued &= (first[v + 1] == ord("/")) & (first[v + 2] == ord("/")) & (second[v + 2] == ord("c"))
        following = cell_tag[np.minimum(k + 1, len(cell_tag) - 1)] | (next_second == ord("o"))  # <row
        ending = (after == ord("/")) & ((next_second == ord("c")) | (next_second == ord("r")))
        blank = ~valued & (following | ending)

        kinds = np.where(blank, BLANK, ASIDE).astype(np.uint8)
        values = np.zeros(len(k))
        some = np.flatnonzero(valued)
        opened = tags[k + 1] - 1
        kinds[some] = self._attributes(behind[some], opened[some], byte, eight, text)
        some = some[kinds[some] != ASIDE]
        begin, end = tags[v[some]] + 3, tags[v[some] + 1]
        values[some], known = _numbers(begin, end, byte, eight)
        unknown = some[~known]
        if len(unknown):
            spans = zip(unknown.tolist(), begin[~known].tolist(), end[~known].tolist(), strict=True)
            for i, start, stop in spans:
                written = text[start:stop]
                if kinds[i] != STRING and _NUMBER.fullmatch(written):
                    values[i] = float(written)
                else:
                    kinds[i] = ASIDE
        indexes = values[kinds == STRING]
        if len(indexes) and (indexes.min() < 0 or (indexes % 1).any()):
            raise Unusual

        set_aside = np.flatnonzero(kinds == ASIDE)
        if len(set_aside):
            values[set_aside] = self._set_aside(
                text, tags, cell_tag | row_tag | ((first == ord("/")) & (second == ord("r"))), k[set_aside],
                behind[set_aside], (formula & valued)[set_aside], v[set_aside]
            )  # fmt: skip
        return Block(numbers[owner] if len(k) else np.zeros(0, dtype=np.int64), columns, kinds, values)

    def _rows(
        self, tags: NDArray[np.int64], eight: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
        """Number of each row, its count of digits, and its first eight bytes."""
        if (eight[tags] != _ROW).any():
            raise Unusual
        heads = eight[tags + 8]
        digits = _position(heads ^ _QUOTES)
        if ((digits < 1) | (digits > 7)).any():
            raise Unusual
        number, plain = _whole(heads << (8 * (8 - digits)).astype(np.uint64), digits)
        rows = number.astype(np.int64)
        if not plain.all() or (np.diff(rows, prepend=self._last) <= 0).any():
            raise Unusual
        self._last = int(rows[-1]) if len(rows) else self._last
        return rows, digits, heads

    def _attributes(
        self,
        begin: NDArray[np.int64],
        end: NDArray[np.int64],
        byte: NDArray[np.uint8],
        eight: NDArray[np.uint64],
        text: bytes,
    ) -> NDArray[np.uint8]:
        """The kind of each valued cell, from what stands between its address and the end of its tag."""
        length = end - begin
        kinds = np.zeros(len(begin), dtype=np.uint8)
        kinds[(length < 0) | (length > 16) | (byte[end] != ord(">"))] = ASIDE
        length = np.clip(length, 0, 16)
        one = eight[begin] & _MASK[np.minimum(length, 8)]
        two = eight[begin + 8] & _MASK[np.maximum(length - 8, 0)]
        for _ in range(MOST_ATTRIBUTES):
            i = int(np.argmin(kinds)) if len(kinds) else 0
            if not len(kinds) or kinds[i]:
                return kinds
            alike = (one == one[i]) & (two == two[i]) & (length == length[i]) & (kinds == 0)
            kinds[alike] = self._kind(text[begin[i] : end[i]])
        raise Unusual

    def _kind(self, attributes: bytes) -> int:
        if attributes not in self._kinds:
            found = _ATTRIBUTES.fullmatch(attributes)
            if found is None or len(self.formats) == MOST_FORMATS:
                self._kinds[attributes] = ASIDE
            elif found[2] == b"s":
                self._kinds[attributes] = STRING
            else:
                format_number = int(found[1] or 0)
                if format_number not in self.formats:
                    self.formats.append(format_number)
                self._kinds[attributes] = self.formats.index(format_number) + 1
        return self._kinds[attributes]

    def _set_aside(
        self,
        text: bytes,
        tags: NDArray[np.int64],
        bounds: NDArray[np.bool_],
        k: NDArray[np.int64],
        behind: NDArray[np.int64],
        computed: NDArray[np.bool_],
        v: NDArray[np.int64],
    ) -> list[int]:
        """Positions in `aside` of cells; those of a formula with a value are kept without the formula."""
        stops = np.flatnonzero(bounds)
        ends = tags[stops[np.searchsorted(stops, k, side="right")]].tolist()
        opened, values = tags[k + 1].tolist(), tags[v].tolist()
        found: list[int] = []
        for i, (start, end) in enumerate(zip(behind.tolist(), ends, strict=True)):
            cell = text[start:end]
            if computed[i] and not cell.endswith(b"<v></v></c>"):
                cell = text[start : opened[i]] + text[values[i] : end]
            cell = cell.rstrip()
            if not cell.endswith((b"</c>", b"/>")):
                raise Unusual
            found.append(self.aside.setdefault(cell, len(self.aside)))
        return found


def _addresses(
    cells: NDArray[np.int64],
    owner: NDArray[np.int64],
    digits: NDArray[np.int64],
    heads: NDArray[np.uint64],
    byte: NDArray[np.uint8],
    eight: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Column of each cell, and where its attributes begin after the address; each must name the row it stands in."""
    start = eight[cells]
    if ((start & _SIX) != _CELL).any():
        raise Unusual
    one = ((start >> _U8(48)) & _U8(255)).astype(np.int64)
    two = (start >> _U8(56)).astype(np.int64)
    columns, letters = one - 64, np.ones(len(cells), dtype=np.int64)
    lettered = two >= ord("A")
    valid = (one >= ord("A")) & (one <= ord("Z")) & (two <= ord("Z"))
    if lettered.any():
        columns = np.where(lettered, columns * 26 + two - 64, columns)
        letters += lettered
        three = byte[cells + 8].astype(np.int64)
        lettered &= three >= ord("A")
        columns = np.where(lettered, columns * 26 + three - 64, columns)
        letters += lettered
        valid &= ~lettered | (three <= ord("Z"))
    place = cells + 6 + letters
    mask = _MASK[digits + 1]  # the quotation mark, too
    same = ((eight[place] ^ heads[owner]) & mask[owner]) == 0
    if not (valid & same).all():
        raise Unusual
    return columns, place + digits[owner] + 1


def _position(word: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Position of the first zero byte of each word; 8 where there is none."""
    zero = (word - _ONES) & ~word & _HIGH
    return (np.bitwise_count((zero & (~zero + _U8(1))) - _U8(1)) >> 3).astype(np.int64)


def _whole(word: NDArray[np.uint64], digits: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The number that the last so many bytes of each word spell, and whether these are digits.

    Eight digits at a time by three multiplications (D. Lemire, "Quickly parsing eight digits", 2018).
    """
    value = (word ^ _ZEROS) & ~_MASK[8 - digits]
    plain = (((value + _OVER_NINE) | value) & _HIGH) == 0
    value = (value * _U8(10) + (value >> _U8(8))) & _U8(0x00FF00FF00FF00FF)
    value = (value * _U8(100) + (value >> _U8(16))) & _U8(0x0000FFFF0000FFFF)
    value = (value * _U8(10000) + (value >> _U8(32))) & _U8(0x00000000FFFFFFFF)
    return value, plain


def _numbers(
    begin: NDArray[np.int64], end: NDArray[np.int64], byte: NDArray[np.uint8], eight: NDArray[np.uint64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The numbers spelt between these places, and which of them are known exactly: others are left to `float`.

    A whole number below 2**53 divided by a power of ten up to 10**22 is rounded once, as the nearest number should be
    (W. Clinger, "How to read floating point numbers accurately", 1990).
    """
    negative = byte[begin] == ord("-")
    length = end - begin - negative
    values, known = np.zeros(len(begin)), np.zeros(len(begin), dtype=bool)
    short = np.flatnonzero((length > 0) & (length <= 8))
    values[short], known[short] = _short(eight[end[short] - 8], length[short])
    if len(short) < len(length):
        long = np.flatnonzero((length > 8) & (length <= 16))
        values[long], known[long] = _long(eight[end[long] - 16], eight[end[long] - 8], length[long])
    return np.where(negative, -values, values), known


def _short(word: NDArray[np.uint64], length: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    word = word | _MASK[8 - length]  # no dot before the number
    dot = _position(word ^ _DOTS)
    dotted = dot < 8
    if not dotted.any():
        number, plain = _whole(word, length)
        return number.astype(np.float64), plain
    # what stands before the dot moves over it
    before = _MASK[np.minimum(dot, 8)]
    joined = np.where(dotted, (word & ~(before << _U8(8) | _U8(255))) | ((word & before) << _U8(8)), word)
    digits = length - dotted
    number, plain = _whole(joined, digits)
    return number.astype(np.float64) / _TENS[np.where(dotted, 7 - dot, 0)], plain & (digits > 0)


def _long(
    high: NDArray[np.uint64], low: NDArray[np.uint64], length: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    high = high | _MASK[16 - length]
    in_high, in_low = _position(high ^ _DOTS), _position(low ^ _DOTS)
    early, late = in_high < 8, in_low < 8
    before = _MASK[np.where(late, in_low, 0)]
    shifted = (low & ~(before << _U8(8) | _U8(255))) | ((low & before) << _U8(8)) | (high >> _U8(56))
    low = np.where(late, shifted, low)
    before = _MASK[np.where(early, in_high, 0)]
    shifted = (high & ~(before << _U8(8) | _U8(255))) | ((high & before) << _U8(8))
    high = np.where(early, shifted, np.where(late, high << _U8(8), high))
    digits = length - (early | late)
    upper, plain_upper = _whole(high, digits - 8)
    lower, plain_lower = _whole(low, np.full(len(low), 8))
    number = upper * _U8(10**8) + lower
    decimals = np.where(early, 15 - in_high, np.where(late, 7 - in_low, 0))
    plain = plain_upper & plain_lower & (number < _EXACT) & ~(early & late)
    return number.astype(np.float64) / _TENS[np.minimum(decimals, 16)], plain
