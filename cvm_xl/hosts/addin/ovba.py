"""A macro project ([MS-OVBA]) from source text alone: `vbaProject.bin`.

Office compiles a project anew whose `_VBA_PROJECT` stream is empty and whose modules hold only their source, so no
compiled code has to be written, and none can disagree with the source.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cvm_xl.hosts.addin.compound import compound

__all__ = ["Module", "compress", "project"]

ENCODING = "cp1252"
CHUNK = 4096
_HOST = "{3832D640-CF90-11CF-8E43-00A0C911005A}"
_SEED = 0x5D
_BASES = {
    "workbook": "0{00020819-0000-0000-C000-000000000046}",
    "sheet": "0{00020820-0000-0000-C000-000000000046}",
}
_REFERENCES = {
    "stdole": r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation",
    "Office": r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#"
    r"C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library",
}


@dataclass(frozen=True)
class Module:
    """A module: its name, what it is, and its source without the attributes that say so."""

    name: str
    kind: Literal["code", "workbook", "sheet"]
    source: str

    def text(self) -> bytes:
        """The source with its attributes, as the project holds it."""
        lines = [f'Attribute VB_Name = "{self.name}"']
        if self.kind != "code":
            lines += [
                f'Attribute VB_Base = "{_BASES[self.kind]}"',
                "Attribute VB_GlobalNameSpace = False",
                "Attribute VB_Creatable = False",
                "Attribute VB_PredeclaredId = True",
                "Attribute VB_Exposed = True",
                "Attribute VB_TemplateDerived = False",
                "Attribute VB_Customizable = True",
            ]
        return "\r\n".join([*lines, *self.source.rstrip().splitlines(), ""]).encode(ENCODING)


def project(name: str, identity: str, modules: Sequence[Module]) -> bytes:
    """The project as `vbaProject.bin`.

    Parameters
    ----------
    name : str
        The project's name, as the editor shows it.
    identity : str
        A GUID in braces.
    modules : sequence of Module
        Their sources may hold characters of Windows' code page 1252.
    """
    streams = {module.name: compress(module.text()) for module in modules}
    folder = {**streams, "dir": compress(_directory(name, modules)), "_VBA_PROJECT": b"\xcc\x61\xff\xff\0\0\0"}
    names = b"".join(m.name.encode(ENCODING) + b"\0" + m.name.encode("utf-16-le") + b"\0\0" for m in modules)
    return compound({"VBA": folder, "PROJECT": _listing(name, identity, modules), "PROJECTwm": names + b"\0\0"})


def compress(data: bytes) -> bytes:
    """Compress as section 2.4.1 of [MS-OVBA] has it: chunks of 4,096 bytes, each with references within itself."""
    out = bytearray(b"\x01")
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        packed = _packed(chunk)
        whole = len(packed) > CHUNK
        if whole:
            packed = chunk + bytes(CHUNK - len(chunk))
        out += struct.pack("<H", (len(packed) - 1) | 0x3000 | (0 if whole else 0x8000)) + packed
    return bytes(out)


def _packed(chunk: bytes) -> bytes:
    """Groups of eight tokens, each a byte or a reference (offset back, length), after a byte of flags."""
    out = bytearray()
    seen: dict[bytes, int] = {}  # where three bytes were last met
    at = 0
    while at < len(chunk):
        flags, group = 0, bytearray()
        for bit in range(8):
            if at >= len(chunk):
                break
            offset, length = _match(chunk, at, seen)
            step = length or 1
            if length:
                bits = max((at - 1).bit_length(), 4)
                group += struct.pack("<H", (offset - 1) << (16 - bits) | (length - 3))
                flags |= 1 << bit
            else:
                group.append(chunk[at])
            for place in range(at, at + step):
                seen[chunk[place : place + 3]] = place
            at += step
        out.append(flags)
        out += group
    return bytes(out)


def _match(chunk: bytes, at: int, seen: dict[bytes, int]) -> tuple[int, int]:
    """How far back, and how long, what follows was met before; (0, 0) where it was not."""
    before = seen.get(chunk[at : at + 3])
    if before is None or at + 3 > len(chunk):
        return 0, 0
    longest = min((0xFFFF >> max((at - 1).bit_length(), 4)) + 3, len(chunk) - at)
    length = 3
    while length < longest and chunk[before + length] == chunk[at + length]:
        length += 1
    return at - before, length


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HI", kind, len(content)) + content


def _both(kind: int, other: int, text: str) -> bytes:
    """A text in the code page, and once more in Unicode."""
    return _record(kind, text.encode(ENCODING)) + _record(other, text.encode("utf-16-le"))


def _directory(name: str, modules: Sequence[Module]) -> bytes:
    """The stream `dir`: properties of the project, its references, its modules."""
    number = struct.Struct("<I").pack
    short = struct.Struct("<H").pack
    out = _record(0x01, number(1)) + _record(0x02, number(0x409)) + _record(0x14, number(0x409))
    out += _record(0x03, short(1252)) + _record(0x04, name.encode(ENCODING)) + _both(0x05, 0x40, "")
    out += _record(0x06, b"") + _record(0x3D, b"") + _record(0x07, number(0)) + _record(0x08, number(0))
    out += struct.pack("<HIIH", 0x09, 4, 1, 1) + _both(0x0C, 0x3C, "")
    for reference, library in _REFERENCES.items():
        where = library.encode(ENCODING)
        out += _both(0x16, 0x3E, reference) + _record(0x0D, number(len(where)) + where + bytes(6))
    out += _record(0x0F, short(len(modules))) + _record(0x13, short(0xFFFF))
    for module in modules:
        out += _both(0x19, 0x47, module.name) + _both(0x1A, 0x32, module.name) + _both(0x1C, 0x48, "")
        out += _record(0x31, number(0)) + _record(0x1E, number(0)) + _record(0x2C, short(0xFFFF))
        out += _record(0x21 if module.kind == "code" else 0x22, b"") + _record(0x2B, b"")
    return out + _record(0x10, b"")


def _listing(name: str, identity: str, modules: Sequence[Module]) -> bytes:
    """The stream `PROJECT`: a text that lists the modules and says that nothing is locked."""
    entry = {"code": "Module={}", "workbook": "Document={}/&H00000000"}
    entry["sheet"] = entry["workbook"]
    lines = [f'ID="{identity}"', *(entry[module.kind].format(module.name) for module in modules)]
    lines += [f'Name="{name}"', 'HelpContextID="0"', 'VersionCompatible32="393222000"']
    lines += [f'CMG="{_hidden(identity, bytes(4))}"', f'DPB="{_hidden(identity, bytes(1))}"']
    lines += [f'GC="{_hidden(identity, bytes([0xFF]))}"', "", "[Host Extender Info]"]
    lines += [f"&H00000001={_HOST};VBE;&H00000000", "", "[Workspace]"]
    lines += [f"{module.name}=0, 0, 0, 0, C" for module in modules]
    return "\r\n".join([*lines, ""]).encode(ENCODING)


def _hidden(identity: str, data: bytes) -> str:
    """Data as section 2.4.3.2 obscures it: who may see the project, and its password, which is none."""
    key = sum(identity.encode(ENCODING)) & 0xFF
    out = [_SEED, _SEED ^ 2, _SEED ^ key]
    last, before, plain = out[2], out[1], key
    for byte in bytes((_SEED & 6) // 2) + struct.pack("<I", len(data)) + data:
        hidden = byte ^ ((before + plain) & 0xFF)
        out.append(hidden)
        before, last, plain = last, hidden, byte
    return bytes(out).hex().upper()
