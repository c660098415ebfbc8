"""A workbook as the zip it is: members read and replaced one by one, everything else carried over byte for byte.

Members that are not changed are copied as they lie in the file: compressed bytes, order, dates and attributes.
Excel's own parts that we know nothing about (slicers, sparklines, macros, queries) are thereby kept.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from cvm_xl.book.files import changed_since, check_writable, replacing, stamp_of
from cvm_xl.book.members import (
    DEFLATED,
    MAX_FILE,
    MAX_PART,
    MEND,
    STORED,
    Member,
    directory,
    ending,
    record,
    with_offset,
)
from cvm_xl.book.packing import Packed, packed_if_large
from cvm_xl.errors import BookError

__all__ = ["Package"]

T = TypeVar("T")


class Package:
    """The members of one .xlsx or .xlsm file, and the changes to be saved.

    Parameters
    ----------
    data : bytes
        The whole file.
    path : Path, optional
        Where it came from: named in messages.
    stamp : tuple, optional
        The file's `stamp_of` before it was read: it is guarded against changes by others until it is saved.

    Raises
    ------
    BookError
        When the file is no workbook that can be changed safely; the message says what to do.
    """

    def __init__(self, data: bytes, path: Path | None = None, stamp: tuple[int, int, int] | None = None) -> None:
        self.path = path
        self._data = memoryview(data)
        self._called = path.name if path else "the workbook"
        members, self._comment = directory(self._data, self._called)
        self._members = {member.name.lower(): member for member in members}
        self._changed: dict[str, tuple[str, bytes | Packed]] = {}
        self._removed: set[str] = set()
        self._made: dict[str, dict[object, Any]] = {}
        self._stamp = stamp
        self._check_kind()

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Package:
        """Read a workbook file; `BookError` when it cannot be read or is no .xlsx or .xlsm."""
        path = Path(path)
        if path.exists() and not (path.is_file() or path.is_dir()):  # of a pipe the end may never come
            raise BookError(f"{path} is no file", remedy="Name a workbook (.xlsx or .xlsm).")
        try:
            with path.open("rb") as file:
                stamp = stamp_of(file.fileno())
                data = file.read()
        except FileNotFoundError:
            raise BookError(f"there is no file {path}", remedy="Check the name and the folder.") from None
        except IsADirectoryError:
            raise BookError(f"{path} is a folder", remedy="Name a workbook (.xlsx or .xlsm).") from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise BookError(f"{path} cannot be read: {reason}", remedy="Check its permissions.") from error
        return cls(data, path, stamp)

    @property
    def suffix(self) -> str:
        """The ending of a name under which Excel opens it, whatever it is called now."""
        return ".xlsm" if b"macroEnabled" in self.part("[Content_Types].xml") else ".xlsx"

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the file as it was read."""
        return hashlib.sha256(self._data).hexdigest()

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
        return self._inflate(self._member(name))

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
        """Replace a member, or add one at the end; from pieces, it is packed as they come and never held as a whole.

        `BookError` when it is larger than what is read again; nothing is changed then.
        """
        key = name.lower()
        known = self._members[key].name if key in self._members else name
        made = content if isinstance(content, bytes) else packed_if_large(known, content)
        if (len(made) if isinstance(made, bytes) else made.size) > MAX_PART:
            raise BookError(
                f"{known} would become larger than 2 GB",
                remedy="Write fewer rows or columns, or keep them outside the workbook.",
            )
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
        """Bytes of a member's content, without unpacking it. `BookError` when missing."""
        key = name.lower()
        if key not in self._changed:
            return self._member(name).size
        content = self._changed[key][1]
        return len(content) if isinstance(content, bytes) else content.size

    def _member(self, name: str) -> Member:
        """A member as it is in the file. `BookError` when missing."""
        key = name.lower()
        if key not in self._members or key in self._removed:
            raise BookError(f"{self._called} lacks its part {name}", remedy=MEND)
        return self._members[key]

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
        mine = self.path is not None and path.exists() and path.samefile(self.path)
        if mine and self._stamp:
            changed_since(path, self._stamp)  # before the work of packing, and again when all is packed
        with replacing(path, keep=keep, stamp=self._stamp if mine else None) as file:
            self.write(file)
        if self.path and path.resolve() == self.path.resolve():
            self._stamp = stamp_of(path)

    def write(self, file: BinaryIO) -> None:
        """Write the zip to a binary file."""
        entries: list[bytes] = []
        offset = 0
        for central, pieces in self._records():
            entries.append(with_offset(central, offset))
            for piece in pieces:
                file.write(piece)
                offset += len(piece)
            if offset > MAX_FILE:
                raise BookError(f"{self._called} would become larger than 4 GB", remedy="Split it into two workbooks.")
        central = b"".join(entries)
        file.write(central + ending(len(entries), len(central), offset, self._comment))

    def _records(self) -> Iterator[tuple[bytes, list[bytes | memoryview]]]:
        for key, member in self._members.items():
            if key in self._changed:
                yield record(member.name, self._changed[key][1], member.central)
            elif key not in self._removed:
                yield member.central, [self._data[member.start : member.end]]
        for key, (name, content) in self._changed.items():
            if key not in self._members:
                yield record(name, content, None)

    # --- reading the zip -------------------------------------------------------------------------------------

    def _inflate(self, member: Member) -> bytes:
        return b"".join(self._inflated(member, member.size + 1))

    def _inflated(self, member: Member | Packed, size: int) -> Iterator[bytes]:
        """The content in pieces; what is damaged is known at the end at the latest."""
        damaged = BookError(f"{self._called} is damaged in {member.name}", remedy=MEND)
        if member.method not in (STORED, DEFLATED):
            raise BookError(f"{self._called} packs {member.name} in an unusual way", remedy=MEND)
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        done = crc = 0
        for taken in member.taken(self._data):
            left: bytes | memoryview = taken
            while len(left) and done <= member.size:
                try:
                    piece = bytes(left) if member.method == STORED else inflate.decompress(left, size)
                except zlib.error as error:
                    raise damaged from error
                left = b"" if member.method == STORED else inflate.unconsumed_tail
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
