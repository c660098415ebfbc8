"""A workbook as the zip it is: members read and replaced one by one, everything else carried over byte for byte.

Members that are not changed are copied as they lie in the file: compressed bytes, order, dates and attributes.
Excel's own parts that we know nothing about (slicers, sparklines, macros, queries) are thereby kept.
"""

from __future__ import annotations

import itertools
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from cvm_xl.book.files import changed_since, check_writable, replacing, stamp_of
from cvm_xl.book.packing import TAKEN, Packed, pack, packed_if_large
from cvm_xl.errors import BookError

__all__ = ["Package"]

T = TypeVar("T")

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
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 0x1, 0x800
_FIRST_DAY = (1 << 5) | 1  # 1980-01-01, the zip format's zero: new members do not depend on the clock


@dataclass(frozen=True)
class _Member:
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


class Package:
    """The members of one .xlsx or .xlsm file, and the changes to be saved.

    Parameters
    ----------
    data : bytes
        The whole file.
    path : Path, optional
        Where it came from: named in messages, and guarded against changes by others until it is saved.

    Raises
    ------
    BookError
        When the file is no workbook that can be changed safely; the message says what to do.
    """

    def __init__(self, data: bytes, path: Path | None = None) -> None:
        self.path = path
        self._data = memoryview(data)
        self._called = path.name if path else "the workbook"
        self._members = {member.name.lower(): member for member in self._directory()}
        self._changed: dict[str, tuple[str, bytes | Packed]] = {}
        self._removed: set[str] = set()
        self._made: dict[str, dict[object, Any]] = {}
        self._stamp = stamp_of(path) if path else None
        self._check_kind()

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Package:
        """Read a workbook file; `BookError` when it cannot be read or is no .xlsx or .xlsm."""
        path = Path(path)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise BookError(f"there is no file {path}", remedy="Check the name and the folder.") from None
        except IsADirectoryError:
            raise BookError(f"{path} is a folder", remedy="Name a workbook (.xlsx or .xlsm).") from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise BookError(f"{path} cannot be read: {reason}", remedy="Check its permissions.") from error
        return cls(data, path)

    # --- members ---------------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """Names of all members as they will be saved, in the file's order; folders left out."""
        kept = [m.name for key, m in self._members.items() if key not in self._removed and not m.name.endswith("/")]
        return kept + [name for key, (name, _) in self._changed.items() if key not in self._members]

    def __contains__(self, name: str) -> bool:
        key = name.lower()
        return key in self._changed or (key in self._members and key not in self._removed)

    def part(self, name: str) -> bytes:
        """The content of a member; part names do not distinguish capitals. `BookError` when missing or damaged."""
        key = name.lower()
        if key in self._changed:
            content = self._changed[key][1]
            return content if isinstance(content, bytes) else b"".join(self._inflated(content, content.size + 1))
        if key not in self._members or key in self._removed:
            raise BookError(f"{self._called} lacks its part {name}", remedy=_MEND)
        return self._inflate(self._members[key])

    def pieces(self, name: str, size: int) -> Iterator[bytes]:
        """The content of a member, so many bytes at a time, so that a large one need not be held as a whole."""
        key = name.lower()
        changed = self._changed[key][1] if key in self._changed else None
        if isinstance(changed, Packed):
            yield from self._inflated(changed, size)
        elif changed is not None or key in self._removed or key not in self._members:
            content = self.part(name)
            yield from (content[at : at + size] for at in range(0, len(content), size))
        else:
            yield from self._inflated(self._members[key], size)

    def made(self, name: str, make: Callable[[bytes, str], T]) -> T:
        """What `make` gives of a member's content and name: made once, for as long as the member stays as it is.

        Whoever asks next gets the same object; nobody may change it.
        """
        known = self._made.setdefault(name.lower(), {})
        if make not in known:
            known[make] = make(self.part(name), name)
        return known[make]

    def put(self, name: str, content: bytes | Iterable[bytes]) -> None:
        """Replace a member, or add one at the end; from pieces, it is packed as they come and never held as a whole."""
        key = name.lower()
        known = self._members[key].name if key in self._members else name
        made = content if isinstance(content, bytes) else packed_if_large(known, content)
        self._made.pop(key, None)
        self._removed.discard(key)
        self._changed[key] = (known, made)

    def remove(self, name: str) -> None:
        """Leave a member out; nothing happens when there is none."""
        key = name.lower()
        self._made.pop(key, None)
        self._changed.pop(key, None)
        if key in self._members:
            self._removed.add(key)

    def size(self, name: str) -> int:
        """Bytes of a member's content, without unpacking it."""
        key = name.lower()
        if key not in self._changed:
            return self._members[key].size
        content = self._changed[key][1]
        return len(content) if isinstance(content, bytes) else content.size

    # --- saving ----------------------------------------------------------------------------------------------

    def save(self, target: str | os.PathLike[str] | None = None, *, keep: bool = False) -> None:
        """Write the workbook: whole and flushed to disk under another name, then renamed over `target`.

        A reader, or a crash at any moment, sees the old file or the new one. The file's mode is kept and a
        link is followed. `target` is the file that was opened when left out. With `keep`, what stood there is kept
        beside it as the previous workbook.

        Raises
        ------
        BookError
            When `target` is open elsewhere, read-only, or was changed since it was opened.
        """
        path = Path(target) if target is not None else self.path
        if path is None:
            raise ValueError("a package without a path needs a target")
        check_writable(path)
        if self.path and self._stamp and path.exists() and path.samefile(self.path):
            changed_since(path, self._stamp)
        with replacing(path, keep=keep) as file:
            self.write(file)
        if self.path and path.resolve() == self.path.resolve():
            self._stamp = stamp_of(path)

    def write(self, file: BinaryIO) -> None:
        """Write the zip to a binary file."""
        directory: list[bytes] = []
        offset = 0
        for central, pieces in self._records():
            directory.append(_with_offset(central, offset))
            for piece in pieces:
                file.write(piece)
                offset += len(piece)
            if offset > MAX_FILE:
                raise BookError(f"{self._called} would become larger than 4 GB", remedy="Split it into two workbooks.")
        central = b"".join(directory)
        end = _END.pack(_SIGNATURE_END, 0, 0, len(directory), len(directory), len(central), offset, len(self._comment))
        file.write(central + end + self._comment)

    def _records(self) -> Iterator[tuple[bytes, list[bytes | memoryview]]]:
        for key, member in self._members.items():
            if key in self._changed:
                yield _record(member.name, self._changed[key][1], member.central)
            elif key not in self._removed:
                yield member.central, [self._data[member.start : member.end]]
        for key, (name, content) in self._changed.items():
            if key not in self._members:
                yield _record(name, content, None)

    # --- reading the zip -------------------------------------------------------------------------------------

    def _directory(self) -> list[_Member]:
        data, called = self._data, self._called
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
        self._comment = bytes(data[end + _END.size : end + _END.size + comment])
        close = end
        if bytes(data[end - 20 : end - 16]) == _ZIP64_LOCATOR:
            (close,) = struct.unpack("<Q", data[end - 12 : end - 4])
            if bytes(data[close : close + 4]) != _ZIP64_END:
                raise _truncated(called)
            count, length, start = struct.unpack("<3Q", data[close + 32 : close + 56])
        shift = close - length - start  # bytes before the zip itself, as self-extracting files have
        if shift < 0 or count > MAX_MEMBERS:
            raise _truncated(called)
        members: list[_Member] = []
        position = start + shift
        try:
            for _ in range(count):
                member, position = _read_central(data, position, shift, called)
                members.append(member)
        except (struct.error, ValueError) as error:
            raise _truncated(called) from error
        _check_members(members, called)
        return _located(data, members, start + shift, called)

    def _inflate(self, member: _Member) -> bytes:
        return b"".join(self._inflated(member, member.size + 1))

    def _inflated(self, member: _Member | Packed, size: int) -> Iterator[bytes]:
        """The content in pieces; what is damaged is known at the end at the latest."""
        damaged = BookError(f"{self._called} is damaged in {member.name}", remedy=_MEND)
        if member.method not in (_STORED, _DEFLATED):
            raise BookError(f"{self._called} packs {member.name} in an unusual way", remedy=_MEND)
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        done = crc = 0
        for taken in member.taken(self._data):
            left: bytes | memoryview = taken
            while len(left) and done <= member.size:
                try:
                    piece = bytes(left) if member.method == _STORED else inflate.decompress(left, size)
                except zlib.error as error:
                    raise damaged from error
                left = b"" if member.method == _STORED else inflate.unconsumed_tail
                done, crc = done + len(piece), zlib.crc32(piece, crc)
                yield piece
        if piece := inflate.flush():  # what the last call had no room for
            done, crc = done + len(piece), zlib.crc32(piece, crc)
            yield piece
        if done != member.size or crc != member.crc:
            raise damaged

    def _check_kind(self) -> None:
        if "xl/workbook.bin" in self:
            raise BookError(
                f"{self._called} is a binary workbook (.xlsb)", remedy="Save it in Excel as .xlsx or .xlsm."
            )
        if "[Content_Types].xml" not in self:
            kind = "an OpenDocument file" if "mimetype" in self else "a zip file, but no Excel workbook"
            raise BookError(f"{self._called} is {kind}", remedy="Save it as Excel workbook (.xlsx).")


_MEND = "Open it in Excel, save it under a new name and use that file."


def _truncated(called: str) -> BookError:
    return BookError(f"{called} is damaged or was cut off while it was copied", remedy="Copy or download it again.")


def _read_central(data: memoryview, position: int, shift: int, called: str) -> tuple[_Member, int]:
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
    member = _Member(name, bytes(data[position:after]), method, crc, packed, size, start + shift)
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


def _check_members(members: list[_Member], called: str) -> None:
    seen: set[str] = set()
    for member in members:
        name = member.name
        if name.lower() in seen:
            raise BookError(f"{called} contains {name} twice", remedy=_MEND)
        seen.add(name.lower())
        if name.startswith("/") or "\\" in name or "\0" in name or ":" in name or ".." in name.split("/"):
            raise BookError(f"{called} contains a part with the unsafe name {name!r}", remedy=_MEND)
        if member.size > MAX_PART or (
            member.size > RATIO_MATTERS_FROM and member.size > MAX_RATIO * max(member.packed, 1)
        ):
            raise BookError(
                f"{called} would unpack {name} from {member.packed:,} to {member.size:,} bytes; no workbook does",
                remedy="Use a file from a source you trust.",
            )
    total = sum(member.size for member in members)
    if total > MAX_TOTAL:
        raise BookError(f"{called} would unpack to {total:,} bytes", remedy="Split it into smaller workbooks.")


def _located(data: memoryview, members: list[_Member], directory: int, called: str) -> list[_Member]:
    """Each member with the span of its own record: up to the next record, so that trailing descriptors come along."""
    starts = [*sorted(member.start for member in members), directory]
    following = dict(itertools.pairwise(starts))
    located: list[_Member] = []
    for member in members:
        header = data[member.start : member.start + _LOCAL.size]
        if len(header) < _LOCAL.size or bytes(header[:4]) != _SIGNATURE_LOCAL:
            raise _truncated(called)
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        begin = member.start + _LOCAL.size + name_length + extra_length
        end = following[member.start]
        if begin + member.packed > end:
            raise BookError(f"{called} contains parts that overlap", remedy=_MEND)
        located.append(replace(member, data=begin, end=end))
    return located


def _record(name: str, content: bytes | Packed, central: bytes | None) -> tuple[bytes, list[bytes | memoryview]]:
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
    local = _LOCAL.pack(_SIGNATURE_LOCAL, 20, flags, _DEFLATED, time, day, *sizes, 0)
    entry = _CENTRAL.pack(
        _SIGNATURE_CENTRAL, made_by, 20, flags, _DEFLATED, time, day, *sizes, 0, 0, 0, internal, external, 0
    )
    return entry + encoded, [local + encoded, *packed.pieces]


def _with_offset(central: bytes, offset: int) -> bytes:
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
