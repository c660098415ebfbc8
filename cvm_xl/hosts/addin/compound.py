"""A compound file ([MS-CFB], version 3): the container that a macro project is kept in."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["compound"]

SECTOR = 512
SHORT = 64
CUTOFF = 4096
"""Streams shorter than this share sectors of 64 bytes, the mini stream."""

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1

Tree = Mapping[str, "bytes | Tree"]


@dataclass
class _Entry:
    """A line of the directory; left, right and child are numbers of other lines."""

    name: str
    kind: int
    colour: int = _BLACK
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = 0
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0" if self.name else b""
        numbers = (self.left, self.right, self.child)
        head = struct.pack("<64sHBB3I", name, len(name), self.kind, self.colour, *numbers)
        return head + bytes(16 + 4 + 16) + struct.pack("<IQ", self.start, self.size)


def compound(tree: Tree) -> bytes:
    """The file with these streams; a mapping within is a folder ("storage").

    Parameters
    ----------
    tree : mapping of names to bytes or such mappings

    Notes
    -----
    At most 109 sectors of the allocation table are used, which is enough for 6.8 MB.
    """
    entries = [_Entry("Root Entry", _ROOT)]
    contents: dict[int, bytes] = {}
    entries[0].child = _listed(tree, entries, contents)
    short = bytearray()
    short_table: list[int] = []
    sectors: list[bytes] = []
    table: list[int] = []
    for number, content in contents.items():
        entry = entries[number]
        entry.size = len(content)
        if not content:
            entry.start = _END
        elif len(content) < CUTOFF:
            entry.start = _chained(short_table, -(-len(content) // SHORT))
            short += _padded(content, SHORT)
        else:
            entry.start = _laid(content, sectors, table)
    entries[0].start = _laid(bytes(short), sectors, table) if short else _END
    entries[0].size = len(short)
    listing = b"".join(entry.packed() for entry in entries)
    empty = _Entry("", 0)
    listing += empty.packed() * (-len(entries) % (SECTOR // 128))
    first_listing = _laid(listing, sectors, table)
    packed = b"".join(struct.pack("<I", link) for link in short_table)
    short_sectors = -(-len(packed) // SECTOR)
    first_short = _laid(packed + b"\xff" * (-len(packed) % SECTOR), sectors, table) if packed else _END
    return _assembled(sectors, table, first_listing, first_short, short_sectors)


def _listed(tree: Tree, entries: list[_Entry], contents: dict[int, bytes]) -> int:
    """Enter a folder's members; the number of the one that the others hang on."""
    numbers: list[int] = []
    for name in sorted(tree, key=lambda name: (len(name), name.upper())):
        numbers.append(len(entries))
        content = tree[name]
        entry = _Entry(name, _STREAM if isinstance(content, bytes) else _STORAGE)
        entries.append(entry)
        if isinstance(content, bytes):
            contents[numbers[-1]] = content
        else:
            entry.child = _listed(content, entries, contents)
    return _hung(numbers, entries, len(numbers).bit_length() - 1)


def _hung(numbers: list[int], entries: list[_Entry], height: int) -> int:
    """Hang sorted entries as a balanced tree, whose lowest level is red: a red-black tree, as the format asks."""
    if not numbers:
        return _FREE
    middle = len(numbers) // 2
    entry = entries[numbers[middle]]
    entry.left = _hung(numbers[:middle], entries, height - 1)
    entry.right = _hung(numbers[middle + 1 :], entries, height - 1)
    entry.colour = _RED if height == 0 and len(numbers) == 1 else _BLACK
    return numbers[middle]


def _padded(content: bytes, unit: int) -> bytes:
    return content + bytes(-len(content) % unit)


def _chained(table: list[int], count: int) -> int:
    """Allot `count` sectors in a row; the number of the first."""
    first = len(table)
    table += [*range(first + 1, first + count), _END]
    return first


def _laid(content: bytes, sectors: list[bytes], table: list[int]) -> int:
    """Put a content into sectors; the number of the first."""
    content = _padded(content, SECTOR)
    sectors += [content[i : i + SECTOR] for i in range(0, len(content), SECTOR)]
    return _chained(table, len(content) // SECTOR)


def _assembled(sectors: list[bytes], table: list[int], listing: int, short: int, short_sectors: int) -> bytes:
    """Header, sectors, and the allocation table behind them."""
    each = SECTOR // 4
    count = 1
    while (len(table) + count) > count * each:
        count += 1
    if count > 109:
        raise ValueError("too large for this writer: more than 6.8 MB")
    places = [len(table) + i for i in range(count)]
    links = [*table, *[_FAT] * count]
    links += [_FREE] * (-len(links) % each)
    header = struct.pack("<8s16s5H6x", bytes.fromhex("D0CF11E0A1B11AE1"), b"", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, count, listing, 0, CUTOFF, short, short_sectors, _END, 0)
    header += struct.pack("<109I", *places, *[_FREE] * (109 - count))
    return header + b"".join(sectors) + struct.pack(f"<{len(links)}I", *links)
