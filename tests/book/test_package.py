"""The zip layer: what is not changed is the same bytes, what is dangerous is refused, saving is all or nothing."""

from __future__ import annotations

import io
import itertools
import os
import random
import stat
import struct
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from cvm_xl.book import files
from cvm_xl.book.files import check_writable, lock_of, working_folder
from cvm_xl.book.markup import parse
from cvm_xl.book.package import Package
from cvm_xl.book.parts import sheets
from cvm_xl.errors import BookError

SAVED_BY_EXCEL = sorted((Path(__file__).parents[3] / "shared/data/saved_by_excel").glob("*.xls[xm]"))
needs_data = pytest.mark.skipif(not SAVED_BY_EXCEL, reason="the workbooks saved by Excel are not here")
each_book = pytest.mark.parametrize("path", SAVED_BY_EXCEL, ids=lambda path: path.name)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in {"[Content_Types].xml": b"<Types/>", **members}.items():
            file.writestr(name, content)
    return buffer.getvalue()


def written(package: Package) -> bytes:
    buffer = io.BytesIO()
    package.write(buffer)
    return buffer.getvalue()


@needs_data
@each_book
def test_unchanged_book_is_the_same_file(path):
    assert written(Package.open(path)) == path.read_bytes()


@needs_data
@each_book
def test_other_members_keep_bytes_order_and_metadata(path):
    package = Package.open(path)
    with zipfile.ZipFile(path) as old:
        infos = {info.filename: info for info in old.infolist()}
        raw = path.read_bytes()
        changed, removed = "xl/workbook.xml", "docProps/app.xml"
        package.put(changed, b"<new/>")
        package.remove(removed)
        package.put("xl/added.xml", b"<added/>")
        result = written(package)
        with zipfile.ZipFile(io.BytesIO(result)) as new:
            assert new.testzip() is None
            assert new.namelist() == [name for name in infos if name != removed] + ["xl/added.xml"]
            assert new.read(changed) == b"<new/>"
            for info in new.infolist():
                if info.filename in (changed, "xl/added.xml"):
                    continue
                before = infos[info.filename]
                assert (info.date_time, info.external_attr, info.compress_type, info.CRC, info.extra) == (
                    before.date_time,
                    before.external_attr,
                    before.compress_type,
                    before.CRC,
                    before.extra,
                )
                assert packed(result, info) == packed(raw, before)


def packed(data: bytes, info: zipfile.ZipInfo) -> bytes:
    """The compressed bytes as they lie in the file."""
    names, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
    start = info.header_offset + 30 + names + extra
    return data[start : start + info.compress_size]


def test_saving_twice_gives_the_same_bytes(tmp_path):
    data = zipped({"xl/a.xml": b"<a/>"})
    first, second = Package(data), Package(data)
    for package in (first, second):
        package.put("xl/b.xml", b"<b/>" * 1000)
    assert written(first) == written(second)


def test_part_names_do_not_distinguish_capitals():
    package = Package(zipped({"xl/SharedStrings.xml": b"<sst/>"}))
    assert package.part("xl/sharedStrings.xml") == b"<sst/>"
    package.put("xl/sharedstrings.xml", b"<new/>")
    assert package.names == ["[Content_Types].xml", "xl/SharedStrings.xml"]
    assert package.part("xl/SharedStrings.xml") == b"<new/>"


def test_what_was_removed_can_be_put_again():
    package = Package(zipped({"xl/a.xml": b"<a/>"}))
    package.remove("xl/a.xml")
    assert "xl/a.xml" not in package
    with pytest.raises(BookError, match=r"lacks its part xl/a\.xml"):
        package.part("xl/a.xml")
    package.put("xl/a.xml", b"<b/>")
    assert Package(written(package)).part("xl/a.xml") == b"<b/>"


def test_zip64_and_streamed_members_are_carried_over():
    class Stream(io.RawIOBase):  # cannot seek: sizes follow the data, as many servers write workbooks
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece) -> int:  # type: ignore[override]
            self.data += piece
            return len(piece)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        with file.open("xl/large.xml", "w", force_zip64=True) as member:
            member.write(b"<large/>" * 100)
        file.writestr("xl/after.xml", "<after/>")
    package = Package(bytes(stream.data))
    package.put("xl/after.xml", b"<changed/>")
    with zipfile.ZipFile(io.BytesIO(written(package))) as new:
        assert new.testzip() is None
        assert new.read("xl/large.xml") == b"<large/>" * 100
        assert new.read("xl/after.xml") == b"<changed/>"


# --- what is refused -------------------------------------------------------------------------------------------


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(BookError, match="there is no file"):
        Package.open(tmp_path / "none.xlsx")
    with pytest.raises(BookError, match="is a folder"):
        Package.open(tmp_path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a zip"),
        (b"Customer,Revenue\n", "not a zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"protected by a password or an old \.xls"),
        (zipped({"xl/workbook.bin": b"x"}), "xlsb"),
        (zipped({"xl/a.xml": b"<a/>"})[:-30], "damaged or was cut off"),
        (zipped({"xl/a.xml": b"<a/>" * 50})[:60], "damaged or was cut off"),
        (zipped({"../evil.xml": b"<a/>"}), "unsafe name"),
        (zipped({"/etc/evil.xml": b"<a/>"}), "unsafe name"),
        (zipped({"xl\\evil.xml": b"<a/>"}), "unsafe name"),
        (zipped({"XL/a.xml": b"<a/>", "xl/A.xml": b"<b/>"}), "twice"),
    ],
    ids=["empty", "csv", "encrypted", "xlsb", "no end", "half", "parent", "absolute", "backslash", "capitals"],
)
def test_files_that_are_no_usable_workbook(data, words):
    with pytest.raises(BookError, match=words) as error:
        Package(data)
    assert error.value.remedy


def test_every_truncation_is_a_clear_error():
    data = zipped({"xl/workbook.xml": b"<workbook/>" * 20, "xl/a.bin": os.urandom(300)})
    for length in range(len(data)):
        with pytest.raises(BookError):
            Package(data[:length])


def test_duplicate_member():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("xl/workbook.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("xl/workbook.xml", "<b/>")
    with pytest.raises(BookError, match=r"contains xl/workbook\.xml twice"):
        Package(buffer.getvalue())


def test_other_kinds_of_zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(BookError, match="OpenDocument"):
        Package(buffer.getvalue())
    rels = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        b'Target="word/document.xml"/></Relationships>'
    )
    word = Package(zipped({"_rels/.rels": rels, "word/document.xml": b"<w:document xmlns:w='urn:w'/>"}))
    with pytest.raises(BookError, match="no Excel workbook"):
        sheets(word)


def test_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = zipped({"xl/worksheets/sheet1.xml": bytes(80 * 2**20)})
    with pytest.raises(BookError, match="would unpack"):
        Package(bomb)


def test_many_members_that_would_unpack_to_too_much_are_refused(monkeypatch):
    monkeypatch.setattr("cvm_xl.book.members.MAX_TOTAL", 20_000)
    content = random.Random(1).randbytes(9_000)
    Package(zipped({"xl/a.xml": content, "xl/b.xml": content}))
    with pytest.raises(BookError, match="would unpack to"):
        Package(zipped({"xl/a.xml": content, "xl/b.xml": content, "xl/c.xml": content}))


def test_members_that_overlap_are_refused():
    data = bytearray(zipped({"xl/a.xml": b"<a/>", "xl/b.xml": b"<b/>"}))
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    (length,) = struct.unpack_from("<L", data, at + 20)
    struct.pack_into("<L", data, at + 20, length + 40)
    with pytest.raises(BookError, match="overlap"):
        Package(bytes(data))


def test_what_is_not_changed_stays_byte_for_byte():
    """Its packed bytes, date, attributes, comment and extra field, however another program packed it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("[Content_Types].xml", b"<Types/>")
        for i, method in enumerate((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)):
            member = zipfile.ZipInfo(f"xl/kept{i}.xml", (2019, 5, 4, 3, 2, 2))
            member.compress_type, member.external_attr, member.comment = method, 0o640 << 16, b"kept"
            member.extra = struct.pack("<HHL", 0xCAFE, 4, 7)
            file.writestr(member, b"<kept/>" * 100, compresslevel=1)
        file.writestr("xl/a.xml", b"<old/>")
    old = buffer.getvalue()
    package = Package(old)
    assert written(package) == old
    package.put("xl/a.xml", b"<new/>")
    new = written(package)
    at = old.index(b"PK\x03\x04", 4), old.index(b"PK\x03\x04", old.index(b"xl/kept1.xml"))
    assert new[at[0] : at[1]] == old[at[0] : at[1]]
    with zipfile.ZipFile(io.BytesIO(new)) as file:
        for info in file.infolist()[1:3]:
            assert (info.date_time, info.external_attr >> 16) == ((2019, 5, 4, 3, 2, 2), 0o640)
            assert (info.comment, info.extra) == (b"kept", struct.pack("<HHL", 0xCAFE, 4, 7))


def test_size_that_lies_is_noticed():
    data = bytearray(zipped({"xl/a.xml": bytes(10_000)}))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)
    with pytest.raises(BookError, match=r"damaged in xl/a\.xml"):
        Package(bytes(data)).part("xl/a.xml")


def test_damaged_content_is_noticed():
    data = bytearray(zipped({"xl/a.bin": b"0123456789" * 10}, zipfile.ZIP_STORED))
    data[data.index(b"0123456789") + 5] ^= 1
    with pytest.raises(BookError, match=r"damaged in xl/a\.bin"):
        Package(bytes(data)).part("xl/a.bin")


def test_a_full_sheet_is_no_bomb():
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>' % (i, i, i) for i in range(1, 1_048_577))
    assert len(rows) > 64 * 2**20
    package = Package(zipped({"xl/worksheets/sheet1.xml": rows}))
    assert package.size("xl/worksheets/sheet1.xml") == len(rows)


def test_entities_are_never_read():
    laughs = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>'
    for content in (laughs, b"\xef\xbb\xbf <!-- hello --> " + laughs[21:], laughs.decode().encode("utf-16")):
        with pytest.raises(BookError, match="DOCTYPE"):
            parse(content, "xl/a.xml")


def test_strict_open_xml_is_named():
    with pytest.raises(BookError, match="Strict Open XML"):
        parse(b'<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>', "xl/workbook.xml")


# --- saving ----------------------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path) -> Path:
    path = tmp_path / "book.xlsx"
    path.write_bytes(zipped({"xl/a.xml": b"<old/>"}))
    return path


def changed(path: Path) -> Package:
    package = Package.open(path)
    package.put("xl/a.xml", b"<new/>")
    return package


def content(path: Path) -> bytes:
    with zipfile.ZipFile(path) as file:
        return file.read("xl/a.xml")


def test_save_keeps_the_mode_and_follows_a_link(book, tmp_path):
    book.chmod(0o640)
    link = tmp_path / "link.xlsx"
    link.symlink_to(book)
    changed(link).save()
    assert link.is_symlink()
    assert stat.S_IMODE(book.stat().st_mode) == 0o640
    assert content(book) == b"<new/>"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["book.xlsx", "link.xlsx"]


def test_new_file_has_the_usual_mode(book, tmp_path):
    old = os.umask(0o027)
    try:
        changed(book).save(tmp_path / "out.xlsx")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "out.xlsx").stat().st_mode) == 0o640
    assert content(book) == b"<old/>"


def test_save_again_after_saving(book):
    package = changed(book)
    package.save()
    package.put("xl/a.xml", b"<newer/>")
    package.save()
    assert content(book) == b"<newer/>"


def test_changes_made_by_others_meanwhile_are_not_overwritten(book):
    package = changed(book)
    book.write_bytes(zipped({"xl/a.xml": b"<theirs/>"}))
    with pytest.raises(BookError, match="changed by another program"):
        package.save()
    assert content(book) == b"<theirs/>"
    package.save(book.with_name("mine.xlsx"))
    assert content(book.with_name("mine.xlsx")) == b"<new/>"


EXCEL_LOCK = (
    bytes([9]) + b"Ann Smith".ljust(54) + struct.pack("<H", 9) + "Ann Smith".encode("utf-16-le").ljust(108, b" ")
)


@pytest.mark.parametrize(
    ("lock", "data", "owner"),
    [
        ("~$book.xlsx", EXCEL_LOCK, "Excel by Ann Smith"),
        ("~$book.xlsx", b"", "Excel"),
        ("~$book.xlsx", bytes([3]) + b"Bob".ljust(54), "Excel by Bob"),
        (".~lock.book.xlsx#", b"Ann Smith,ann,host,01.02.2024 10:00,file:///p;", "LibreOffice by Ann Smith"),
        (".~lock.book.xlsx#", b",ann,host,01.02.2024 10:00,file:///p;", "LibreOffice by ann"),
        (".~lock.book.xlsx#", b"Smith\\, Ann,ann,host,,;", "LibreOffice by Smith, Ann"),
    ],
)
def test_locks(book, lock, data, owner):
    assert lock_of(book) is None
    check_writable(book)
    book.with_name(lock).write_bytes(data)
    assert lock_of(book) == owner
    with pytest.raises(BookError, match=f"open in {owner}"):
        check_writable(book)
    with pytest.raises(BookError, match="is open in"):
        changed(book).save()
    assert content(book) == b"<old/>"


def test_read_only_file_and_folder(book, tmp_path):
    book.chmod(0o444)
    with pytest.raises(BookError, match=r"book\.xlsx is read-only"):
        check_writable(book)
    book.chmod(0o644)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(BookError, match=r"folder .* is read-only"):
            check_writable(book)
    finally:
        tmp_path.chmod(0o755)
    with pytest.raises(BookError, match="no folder"):
        check_writable(tmp_path / "missing" / "book.xlsx")


class Full(OSError):
    def __init__(self) -> None:
        super().__init__(28, "No space left on device")


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
def test_failing_step_leaves_the_old_file_and_no_other(book, monkeypatch, call):
    def fail(*_args):
        raise Full

    package = changed(book)
    monkeypatch.setattr(call, fail)
    with pytest.raises(BookError, match=r"could not be written .No space left on device"):
        package.save()
    assert content(book) == b"<old/>"
    assert [p.name for p in book.parent.iterdir()] == ["book.xlsx"]


def test_failing_write_leaves_the_old_file_and_no_other(book, monkeypatch):
    package = changed(book)

    def fail(file):
        file.write(b"PK half a zip")
        raise Full

    monkeypatch.setattr(package, "write", fail)
    with pytest.raises(BookError, match="the old file is as it was"):
        package.save()
    assert content(book) == b"<old/>"
    assert [p.name for p in book.parent.iterdir()] == ["book.xlsx"]


@pytest.mark.skipif(os.name != "posix", reason="folders are flushed on POSIX")
def test_the_file_is_flushed_before_the_rename_and_the_folder_after_it(book, monkeypatch):
    done = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append(stat.S_ISDIR(os.fstat(fd).st_mode)), fsync(fd)))
    monkeypatch.setattr(Path, "replace", lambda path, target: (done.append("rename"), replace(path, target)))
    changed(book).save()
    assert done == [False, "rename", True]


def test_folders_of_killed_runs_are_removed_after_a_day(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young, another = (tmp_path / f"{name}-0" for name in ("cvm-xl-work-a", "cvm-xl-work-b", "theirs"))
    for path in (old, young, another):
        path.mkdir()
        (path / "report.xlsx").write_bytes(b"")
    for path in (old, another):
        os.utime(path, (0, 0))
    with working_folder() as folder:
        assert sorted(tmp_path.iterdir()) == sorted([young, another, folder])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700 or os.name != "posix"
    assert sorted(tmp_path.iterdir()) == [young, another]


def test_leftovers_of_killed_runs_are_removed_after_a_day(book):
    old, young = book.with_name(".cvm-xl-0.tmp"), book.with_name(".cvm-xl-1.tmp")
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    changed(book).save()
    assert not old.exists()
    assert young.exists()


KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from cvm_xl.book.package import Package

    path, fatal = sys.argv[1], int(sys.argv[2])
    steps = 0

    def hook(event, arguments):
        # Every system call of the save that Python audits or that is wrapped below.
        if event in ("open", "os.rename", "os.chmod", "os.chown", "os.remove") and armed:
            step()

    def step():
        global steps
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    armed = False
    sys.addaudithook(hook)
    fsync, write = os.fsync, os.fdopen

    class Slow:
        def __init__(self, file):
            self.file = file
        def __enter__(self):
            return self
        def __exit__(self, *failure):
            step(); self.file.close(); step()
        def write(self, piece):
            step(); half = len(piece) // 2
            self.file.write(piece[:half]); self.file.flush(); step()
            self.file.write(piece[half:]); self.file.flush(); step()
        def flush(self):
            self.file.flush()
        def fileno(self):
            return self.file.fileno()

    os.fdopen = lambda *a, **k: Slow(write(*a, **k))
    def synced(fd):
        step(); fsync(fd); step()
    os.fsync = synced
    package = Package.open(path)
    package.put("xl/a.xml", b"<new/>")
    package.put("xl/b.xml", os.urandom(50_000))
    armed = True
    package.save()
    armed = False
    print(steps)
    """
)


def test_killed_at_any_step_leaves_a_whole_book(book, tmp_path):
    script = tmp_path / "save.py"
    script.write_text(KILLED)
    folder = tmp_path / "work"
    folder.mkdir()
    target = folder / "book.xlsx"
    original = book.read_bytes()

    def run(fatal: int) -> subprocess.CompletedProcess[str]:
        target.write_bytes(original)
        return subprocess.run([sys.executable, script, target, str(fatal)], capture_output=True, text=True, check=False)

    whole = run(0)
    steps = int(whole.stdout)
    assert steps > 15, whole.stderr
    assert content(target) == b"<new/>"
    seen = set()
    for fatal in range(1, steps + 1):
        killed = run(fatal)
        assert killed.returncode == -9
        seen.add(content(target))
        with zipfile.ZipFile(target) as file:
            assert file.testzip() is None
        left = [p for p in folder.iterdir() if p != target]
        assert all(p.name.startswith(files._TEMPORARY) and p.suffix == ".tmp" for p in left)
        for path in left:
            path.unlink()
    assert seen == {b"<old/>", b"<new/>"}


@pytest.mark.parametrize("size", [0, 10, 2**21 - 1, 2**21, 2**21 + 1, 7 * 2**20])
def test_content_from_pieces_is_what_they_are_together(size):
    content = random.Random(size).randbytes(1_000) * (size // 1_000 + 1)
    content = content[:size]
    cuts = [*range(0, size, 300_001), size]
    package = Package(zipped({"a.xml": b"<a/>"}))
    package.put("A.xml", (content[begin:end] for begin, end in itertools.pairwise(cuts)))
    package.put("b.xml", content)
    for name in ("a.xml", "b.xml"):
        assert package.part(name) == content
        assert b"".join(package.pieces(name, 70_000)) == content
        assert package.size(name) == size
    saved = written(package)
    assert saved == written(package)
    with zipfile.ZipFile(io.BytesIO(saved)) as file:
        assert file.testzip() is None
        assert file.read("a.xml") == file.read("b.xml") == content
    assert Package(saved).part("a.xml") == content


def test_pieces_that_fail_or_are_too_many_change_nothing(monkeypatch):
    package = Package(zipped({"a.xml": b"<a/>"}))

    def pieces():
        yield b"x" * 2**22
        raise BookError("no more")

    with pytest.raises(BookError, match="no more"):
        package.put("a.xml", pieces())
    monkeypatch.setattr("cvm_xl.book.package.MAX_PART", 100)
    for content in (b"x" * 101, iter([b"x" * 60, b"y" * 60])):
        with pytest.raises(BookError, match="larger than 2 GB"):
            package.put("a.xml", content)
    assert package.part("a.xml") == b"<a/>"
