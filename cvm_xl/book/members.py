"""The zip format of workbooks: the members of a file, read with care, and records of new ones."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cvm_xl.book.packing import TAKEN, Packed, pack
from cvm_xl.errors import BookError
from cvm_xl.figures import figure

__all__ = [
    "DEFLATED",
    "MAX_FILE",
    "MAX_PART",
    "MEND",
    "STORED",
    "Member",
    "directory",
    "ending",
    "record",
    "with_offset",
]

# A sheet of 1,048,576 rows and 50 columns is about 1.7 GB of XML; real sheets deflate 5 to 60 times, bombs 1,000.
MAX_PART = 2**31
MAX_TOTAL = 6 * 2**30
MAX_RATIO = 400
RATIO_MATTERS_FROM = 64 * 2**20
MAX_MEMBERS = 60_000
MAX_FILE = 2**32 - 1

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_SIGNATURE_END, _SIGNATURE_CENTRAL, _SIGNATURE_LOCAL = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_ZIP64_END, _ZIP64_LOCATOR = b"PK\x06\x06", b"PK\x06\x07"
STORED, DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 0x1, 0x800
_FIRST_DAY = (1 << 5) | 1  # 1980-01-01, the zip format's zero: new members do not depend on the clock
MEND = "Open it in Excel, save it under a new name and use that file."


@dataclass(frozen=True)
class Member:
    """One entry of the central directory, with where its bytes lie."""

    name: str
    central: bytes  # the raw entry, to be written back with a new offset
    method: int
    crc: int
    packed: int
    size: int
    start: int  # of the local header
    data: int = 0  # of the compressed bytes
    end: int = 0  # where the next record begins

    def taken(self, data: memoryview) -> Iterator[memoryview]:
        """The compressed bytes in the file, a little at a time."""
        packed = data[self.data : self.data + self.packed]
        return (packed[at : at + TAKEN] for at in range(0, len(packed), TAKEN))


def directory(data: memoryview, called: str) -> tuple[list[Member], bytes]:
    """The members of a zip file, and its comment.

    Raises
    ------
    BookError
        When the file is no zip file, is damaged, encrypted, or unpacks to what no workbook does.
    """
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise BookError(
            f"{called} is protected by a password or an old .xls",
            remedy="Save it in Excel as .xlsx without a password to open, then run this again.",
        )
    if data[:2] != b"PK":
        raise BookError(f"{called} is no Excel workbook (not a zip file)", remedy="Save it in Excel as .xlsx.")
    tail = max(len(data) - 66_000, 0)
    end = tail + bytes(data[tail:]).rfind(_SIGNATURE_END)
    if end < tail or end + _END.size > len(data):
        raise _truncated(called)
    _, _, _, _, count, length, start, comment = _END.unpack(data[end : end + _END.size])
    said = bytes(data[end + _END.size : end + _END.size + comment])
    close = end
    if bytes(data[end - 20 : end - 16]) == _ZIP64_LOCATOR:
        (close,) = struct.unpack("<Q", data[end - 12 : end - 4])
        if bytes(data[close : close + 4]) != _ZIP64_END:
            raise _truncated(called)
        count, length, start = struct.unpack("<3Q", data[close + 32 : close + 56])
    shift = close - length - start  # bytes before the zip itself, as self-extracting files have
    if shift < 0 or count > MAX_MEMBERS:
        raise _truncated(called)
    members: list[Member] = []
    position = start + shift
    try:
        for _ in range(count):
            member, position = _read_central(data, position, shift, called)
            members.append(member)
    except (struct.error, ValueError) as error:
        raise _truncated(called) from error
    _check_members(members, called)
    return _located(data, members, start + shift, called), said


def ending(count: int, length: int, start: int, comment: bytes) -> bytes:
    """The end of a zip file, after a directory of so many members and bytes."""
    return _END.pack(_SIGNATURE_END, 0, 0, count, count, length, start, len(comment)) + comment


def _truncated(called: str) -> BookError:
    return BookError(f"{called} is damaged or was cut off while it was copied", remedy="Copy or download it again.")


def _read_central(data: memoryview, position: int, shift: int, called: str) -> tuple[Member, int]:
    fields = _CENTRAL.unpack(data[position : position + _CENTRAL.size])
    signature, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length, comment_length = fields[:13]
    if signature != _SIGNATURE_CENTRAL:
        raise _truncated(called)
    start = fields[16]
    names = position + _CENTRAL.size
    after = names + name_length + extra_length + comment_length
    name = bytes(data[names : names + name_length]).decode("utf-8" if flags & _UTF8 else "cp437")
    extra = bytes(data[names + name_length : names + name_length + extra_length])
    if 0xFFFFFFFF in (size, packed, start):
        _, content = _zip64(extra)
        numbers = iter(struct.unpack(f"<{len(content) // 8}Q", content[: len(content) // 8 * 8]))
        size, packed, start = (next(numbers, v) if v == 0xFFFFFFFF else v for v in (size, packed, start))
    if flags & _ENCRYPTED:
        raise BookError(f"{called} is encrypted", remedy="Save it in Excel as .xlsx without a password to open.")
    member = Member(name, bytes(data[position:after]), method, crc, packed, size, start + shift)
    return member, after


def _zip64(extra: bytes) -> tuple[int, bytes]:
    """Offset and content of the zip64 field within a member's extra fields."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            return at + 4, extra[at + 4 : at + 4 + length]
        at += 4 + length
    return 0, b""


def _check_members(members: list[Member], called: str) -> None:
    seen: set[str] = set()
    for member in members:
        name = member.name
        if name.lower() in seen:
            raise BookError(f"{called} contains {name} twice", remedy=MEND)
        seen.add(name.lower())
        if name.startswith("/") or "\\" in name or "\0" in name or ":" in name or ".." in name.split("/"):
            raise BookError(f"{called} contains a part with the unsafe name {name!r}", remedy=MEND)
        if member.size > MAX_PART or (
            member.size > RATIO_MATTERS_FROM and member.size > MAX_RATIO * max(member.packed, 1)
        ):
            raise BookError(
                f"{called} would unpack {name} from {figure(member.packed)} to {figure(member.size)} bytes; "
                "no workbook does",
                remedy="Use a file from a source you trust.",
            )
    total = sum(member.size for member in members)
    if total > MAX_TOTAL:
        raise BookError(f"{called} would unpack to {figure(total)} bytes", remedy="Split it into smaller workbooks.")


def _located(data: memoryview, members: list[Member], directory: int, called: str) -> list[Member]:
    """Each member with the span of its own record: up to the next record, so that trailing descriptors come along."""
    starts = [*sorted(member.start for member in members), directory]
    following = dict(itertools.pairwise(starts))
    located: list[Member] = []
    for member in members:
        header = data[member.start : member.start + _LOCAL.size]
        if len(header) < _LOCAL.size or bytes(header[:4]) != _SIGNATURE_LOCAL:
            raise _truncated(called)
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        begin = member.start + _LOCAL.size + name_length + extra_length
        end = following[member.start]
        if begin + member.packed > end:
            raise BookError(f"{called} contains parts that overlap", remedy=MEND)
        located.append(replace(member, data=begin, end=end))
    return located


def record(name: str, content: bytes | Packed, central: bytes | None) -> tuple[bytes, list[bytes | memoryview]]:
    """Central entry and record of a changed or new member; a changed one keeps its date and attributes."""
    packed = content if isinstance(content, Packed) else pack(name, content)
    length = sum(map(len, packed.pieces))
    time, day, made_by, internal, external = 0, _FIRST_DAY, 20, 0, 0
    if central is not None:
        old = _CENTRAL.unpack_from(central)
        made_by, time, day, internal, external = old[1], old[5], old[6], old[14], old[15]
    encoded = name.encode()
    flags = 0 if name.isascii() else _UTF8
    sizes = (packed.crc, length, packed.size, len(encoded))
    local = _LOCAL.pack(_SIGNATURE_LOCAL, 20, flags, DEFLATED, time, day, *sizes, 0)
    entry = _CENTRAL.pack(
        _SIGNATURE_CENTRAL, made_by, 20, flags, DEFLATED, time, day, *sizes, 0, 0, 0, internal, external, 0
    )
    return entry + encoded, [local + encoded, *packed.pieces]


def with_offset(central: bytes, offset: int) -> bytes:
    """The central entry with its record's new place, which lies in the zip64 field when the old one did."""
    entry = bytearray(central)
    fields = _CENTRAL.unpack_from(central)
    if fields[16] != 0xFFFFFFFF:
        struct.pack_into("<L", entry, 42, offset)
        return bytes(entry)
    extra = _CENTRAL.size + fields[10]
    at, content = _zip64(central[extra : extra + fields[11]])
    skipped = (fields[9] == 0xFFFFFFFF) + (fields[8] == 0xFFFFFFFF)
    if len(content) < 8 * (skipped + 1):
        struct.pack_into("<L", entry, 42, offset)
    else:
        struct.pack_into("<Q", entry, extra + at + 8 * skipped, offset)
    return bytes(entry)
