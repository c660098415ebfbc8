"""Whatever happens while a workbook is written, it is whole: the old one or the new one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from company import company, write
from torture import LONG, figure, times

from cvm_xl.book import package as package_module
from cvm_xl.book.key import KEY, key_in
from cvm_xl.book.package import Package
from cvm_xl.book.read import read_book
from cvm_xl.cli import main
from cvm_xl.errors import BookError
from cvm_xl.refresh import refresh

HERE = Path(__file__).parent
OLDER = b"an older workbook"


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """A small workbook that was never refreshed."""
    tables = company()
    pools = tables["CostPools"]
    tables = {"Sales": tables["Sales"][:300], "CostPools": pools[pools["driver"].isin(["lines", "orders"])]}
    return write(tmp_path_factory.mktemp("old") / "book.xlsx", tables, "starter").read_bytes()


@pytest.fixture(scope="module")
def new(old, tmp_path_factory):
    """The same, refreshed."""
    path = tmp_path_factory.mktemp("new") / "book.xlsx"
    path.write_bytes(old)
    refresh(path)
    return path.read_bytes()


@pytest.fixture
def book(old, tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(old)
    return path


def previous(path):
    return path.with_name(f"{path.name}.previous")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# --- killed ------------------------------------------------------------------------------------------------------


def killed(tmp_path, contents, *command):
    """What each moment of the command leaves of the files, and what the command does when nobody kills it."""
    folder = tmp_path / "books"
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    words = [str(folder / word) if word.endswith(".xlsx") else word for word in command]
    report = tmp_path / "report"
    script = [sys.executable, str(HERE / "killed.py"), str(report), str(folder / "book.xlsx")]
    done = subprocess.run([*script, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    moments = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    *moments, last = moments
    assert last["code"] == 0, last
    assert {moment["code"] for moment in moments} == {130 if "--stop" in command else -9}
    return moments, last["files"]


def digests(contents):
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def kept(moments):
    """The different folders that the kills left."""
    return [Path(path) for path in dict.fromkeys(moment["kept"] for moment in moments)]


def assert_whole(moments, before, after, *, swap=(), both=True):
    """Each file is as it was before or as it is after; what else there is bears a name of its own."""
    for moment in moments:
        there = moment["files"]
        for name in {*before, *after}:
            allowed = {before.get(name), after.get(name)}
            assert there.get(name) in allowed, (name, moment)
        others = set(there) - {*before, *after, *swap}
        assert all(name.startswith(".cvm-xl-") and name.endswith(".tmp") for name in others), moment
        # the workbook as it was is lost at no moment
        assert before["book.xlsx"] in {digest for name, digest in there.items() if not name.endswith(".tmp")}, moment
    seen = {moment["files"]["book.xlsx"] for moment in moments}
    assert not both or seen == {before["book.xlsx"], after["book.xlsx"]}


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@needs_fork
@pytest.mark.parametrize("links", [True, False])
def test_a_killed_refresh_leaves_the_old_or_the_new_workbook(old, new, tmp_path, links):
    contents = {"book.xlsx": old, "book.xlsx.previous": OLDER}
    command = ["refresh", "book.xlsx"] if links else ["--without-links", "refresh", "book.xlsx"]
    moments, after = killed(tmp_path, contents, *command)
    assert after == digests({"book.xlsx": new, "book.xlsx.previous": old})
    assert len(moments) > 100  # two for each member of the zip
    assert_whole(moments, digests(contents), after)
    for moment in moments:
        if moment["files"]["book.xlsx"] == after["book.xlsx"]:
            assert moment["files"]["book.xlsx.previous"] == after["book.xlsx.previous"]
    if links:
        for folder in kept(moments):
            found = (folder / "book.xlsx").read_bytes()
            assert main(["refresh", str(folder / "book.xlsx")]) == 0
            assert (folder / "book.xlsx").read_bytes() == new or found == new
            read_book(folder / "book.xlsx", ["Sales", "Checks"])


def assert_as_it_was(moments, before, after):
    """Before the new file took its place nothing has changed, and nothing else was left; the command said so."""
    for moment in moments:
        assert moment["files"] in (before, after), moment
        kept = moment["files"].get("book.xlsx") == before["book.xlsx"]
        what = "the workbook is as it was" if kept else "the workbook had been written already"
        assert moment["said"].endswith(f"cvm-xl: stopped; {what}\n"), moment
    assert any(moment["files"] == before for moment in moments)


@needs_fork
@pytest.mark.parametrize(("command", "more"), [("refresh", ()), ("report", ("-o", "other.xlsx"))])
def test_ctrl_c_leaves_everything_as_it_was(old, tmp_path, command, more):
    contents = {"book.xlsx": old, "book.xlsx.previous": OLDER}
    moments, after = killed(tmp_path, contents, "--times", "4", "--stop", command, "book.xlsx", *more)
    assert_as_it_was(moments, digests(contents), after)


@needs_fork
def test_ctrl_c_at_any_moment_of_writing_leaves_everything_as_it_was(tmp_path, lines):
    """Rows that were rejected lie beside their file if, and only if, the others were imported."""
    assert main(["new", str(tmp_path / "new.xlsx"), "--starter"]) == 0
    contents = {"book.xlsx": (tmp_path / "new.xlsx").read_bytes(), "book.xlsx.previous": OLDER, "lines.csv": lines}
    source = tmp_path / "books" / "lines.csv"
    command = ["import", "book.xlsx", "--table", "Sales", str(source)]
    moments, after = killed(tmp_path, contents, "--stop", *command)
    assert len(after) == len(contents) + 1
    assert_as_it_was(moments, digests(contents), after)


@pytest.fixture
def lines():
    """A sales line, and one of a day that does not exist."""
    return b"Date,Customer,Quantity,List price\n2024-01-31,A,1,2\n2024-02-31,B,1,2\n"


@pytest.mark.parametrize("step", ["Sales", "profit and loss", "save"])
@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C of another process needs signals")
def test_ctrl_c_at_any_step_of_a_refresh(old, book, step):
    script = (
        "import contextlib, os, signal, sys\n"
        "from cvm_xl import cli, console\n"
        "def say(what, done, total):\n"
        "    if what == sys.argv[1]: os.kill(os.getpid(), signal.SIGINT)\n"
        "console.progress = lambda: contextlib.nullcontext(say)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs ignore it
        "sys.exit(cli.main(['refresh', sys.argv[2]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, step, str(book)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "cvm-xl: stopped; the workbook is as it was\n"
    assert book.read_bytes() == old
    assert names(book.parent) == ["book.xlsx"]


@needs_fork
def test_a_killed_refresh_into_another_file_leaves_both(old, new, tmp_path):
    contents = {"book.xlsx": old, "other.xlsx": OLDER}
    moments, after = killed(tmp_path, contents, "refresh", "book.xlsx", "-o", "other.xlsx")
    assert after == digests({"book.xlsx": old, "other.xlsx": new, "other.xlsx.previous": OLDER})
    assert_whole(moments, digests(contents), after)


@needs_fork
def test_a_killed_restore_loses_neither_workbook(old, new, tmp_path):
    contents = {"book.xlsx": new, "book.xlsx.previous": old}
    moments, after = killed(tmp_path, contents, "restore", "book.xlsx")
    assert after == digests({"book.xlsx": old, "book.xlsx.previous": new})
    swap = "book.xlsx.previous.swap"
    for moment in moments:
        there = moment["files"]
        assert there["book.xlsx"] in after.values()
        assert set(there) <= {*after, swap}
        assert {*there.values()} == {*after.values()}, moment
    for folder in kept(moments):
        if names(folder) == names(folder.parent / "books") and (folder / "book.xlsx").read_bytes() == old:
            continue  # it was through
        assert main(["restore", str(folder / "book.xlsx")]) == 0
        assert {name: (folder / name).read_bytes() for name in names(folder)} == {
            "book.xlsx": old,
            "book.xlsx.previous": new,
        }


@needs_fork
def test_a_killed_new_leaves_the_workbook_with_or_without_the_added_sheets(old, tmp_path):
    moments, after = killed(tmp_path, {"book.xlsx": old}, "new", "book.xlsx", "--full")
    assert set(after) == {"book.xlsx", "book.xlsx.previous"}
    assert_whole(moments, digests({"book.xlsx": old}), after)


@needs_fork
def test_a_killed_import_leaves_the_old_or_the_new_workbook(old, tmp_path):
    contents = {"book.xlsx": old, "sales.csv": CSV}
    folder = tmp_path / "books"
    moments, after = killed(tmp_path, contents, "import", "book.xlsx", "--table", "Sales", str(folder / "sales.csv"))
    assert after["book.xlsx"] != digests(contents)["book.xlsx"]
    assert_whole(moments, digests(contents), after)


@needs_fork
def test_a_killed_report_leaves_the_old_or_the_new_report(old, tmp_path):
    (tmp_path / "book.xlsx").write_bytes(old)
    former = tmp_path / "former.xlsx"
    assert main(["report", str(tmp_path / "book.xlsx"), "-o", str(former), "--only", "tiers"]) == 0
    contents = {"book.xlsx": old, "report.xlsx": former.read_bytes()}
    moments, after = killed(tmp_path, contents, "report", "book.xlsx", "-o", "report.xlsx", "--only", "tiers,pnl")
    assert after["report.xlsx.previous"] == digests(contents)["report.xlsx"]
    assert {moment["files"]["report.xlsx"] for moment in moments} == {
        digests(contents)["report.xlsx"],
        after["report.xlsx"],
    }
    assert_whole(moments, digests(contents), after, both=False)


CSV = b"Date,Customer,Net revenue\n2024-05-01,A,12.50\n2024-05-02,B,7.25\n"


@needs_fork
@pytest.mark.parametrize("command", ["refresh", "import", "report"])
def test_killed_whatever_it_does_nothing_is_lost(old, new, tmp_path, command):
    """Kills spread over the whole time of the command; the long form prints over what."""
    contents = {"book.xlsx": new if command == "report" else old}
    if command == "import":
        contents["sales.csv"] = CSV
    if command == "report":
        (tmp_path / "book.xlsx").write_bytes(new)
        words = ["report", str(tmp_path / "book.xlsx"), "--pseudonyms", "-o", str(tmp_path / "report.xlsx")]
        assert main(words) == 0
        contents["report.xlsx"] = (tmp_path / "report.xlsx").read_bytes()
    csv = str(tmp_path / "books" / "sales.csv")
    more = {"import": ["--table", "Sales", csv], "report": ["-o", "report.xlsx"]}.get(command, [])
    moments, after = killed(tmp_path, contents, "--times", str(times(10, 170)), command, "book.xlsx", *more)
    assert len(moments) >= times(8, 167)
    assert_whole(moments, digests(contents), after, both=False)
    done = Counter(moment["said"].split("\n")[-1] for moment in moments)
    assert not LONG or len(done) >= 5, done
    figure(f"{command}: {len(moments)} kills, whole each time, while it did")
    figure("\n".join(f"{n:7}  {what}" for what, n in done.most_common()))


# --- the disk ----------------------------------------------------------------------------------------------------


SMALL_DISK = """
import resource, sys
from cvm_xl.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(main(sys.argv[2:]))
"""


@needs_fork
@pytest.mark.parametrize("room", [0, 30_000])
def test_no_room_on_the_disk(book, old, room):
    previous(book).write_bytes(OLDER)
    done = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, str(room), "refresh", str(book)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "book.xlsx could not be written (File too large); the old file is as it was" in done.stderr
    assert "Traceback" not in done.stderr
    assert book.read_bytes() == old
    assert previous(book).read_bytes() == OLDER
    assert names(book.parent) == ["book.xlsx", "book.xlsx.previous"]


@needs_fork
def test_no_room_for_the_rows_that_are_rejected(book, old, lines):
    """What an earlier import rejected stays, whole."""
    source = book.with_name("lines.csv")
    source.write_bytes(lines + b"2024-02-31,B,1,2\n" * 100)
    rejected = book.with_name("lines.csv.rejected.csv")
    rejected.write_bytes(OLDER)
    command = [sys.executable, "-c", SMALL_DISK, "1000", "import", str(book), "--table", "Sales", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "lines.csv.rejected.csv cannot be written" in done.stderr
    assert (book.read_bytes(), rejected.read_bytes()) == (old, OLDER)
    assert names(book.parent) == ["book.xlsx", "lines.csv", "lines.csv.rejected.csv"]


def refused(capsys, *command):
    """The message of a command that must fail cleanly."""
    capsys.readouterr()
    assert main([str(word) for word in command]) == 1
    said = capsys.readouterr()
    assert "cvm-xl: " in said.err
    return said.err


@pytest.mark.parametrize("command", ["refresh", "restore", "new"])
def test_a_read_only_file_is_not_replaced(book, old, capsys, command):
    previous(book).write_bytes(OLDER)
    book.chmod(0o444)
    message = refused(capsys, command, book)
    assert "book.xlsx is read-only" in message
    assert book.read_bytes() == old
    assert previous(book).read_bytes() == OLDER


def test_a_read_only_file_can_be_refreshed_into_another(book, old, new, capsys):
    book.chmod(0o444)
    out = book.with_name("out.xlsx")
    assert main(["refresh", str(book), "-o", str(out)]) == 0
    assert (book.read_bytes(), out.read_bytes()) == (old, new)
    assert out.stat().st_mode & 0o200


def test_a_read_only_folder_is_said(book, old, capsys):
    book.parent.chmod(0o555)
    try:
        message = refused(capsys, "refresh", book)
    finally:
        book.parent.chmod(0o755)
    assert "read-only" in message
    assert names(book.parent) == ["book.xlsx"]
    assert book.read_bytes() == old


def test_folders_that_are_not_there(book, capsys):
    out = book.parent / "nowhere" / "out.xlsx"
    assert "there is no folder" in refused(capsys, "refresh", book, "-o", out)
    assert "is a folder" in refused(capsys, "refresh", book, "-o", book.parent)
    for name in ("sales.csv", "book.xlsm"):
        assert "would be a workbook all the same" in refused(capsys, "refresh", book, "-o", book.with_name(name))
    assert names(book.parent) == ["book.xlsx"]


# --- others ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lock", "content", "owner"),
    [
        ("~$book.xlsx", b"\x03Ann".ljust(54, b" ") + b"\x00" * 111, "Excel by Ann"),
        (".~lock.book.xlsx#", b",Bert,host,22.11.2025 10:00,file:///profile;", "LibreOffice by Bert"),
    ],
)
@pytest.mark.parametrize("command", ["refresh", "restore", "new"])
def test_a_workbook_that_is_open_is_left_alone(book, old, capsys, lock, content, owner, command):
    previous(book).write_bytes(OLDER)
    book.with_name(lock).write_bytes(content)
    message = refused(capsys, command, book)
    assert f"book.xlsx is open in {owner}" in message
    assert "Close it" in message
    assert (book.read_bytes(), previous(book).read_bytes()) == (old, OLDER)


def test_an_open_workbook_can_be_refreshed_into_another(book, old, new, capsys):
    book.with_name("~$book.xlsx").write_bytes(b"\x03Ann".ljust(165, b" "))
    out = book.with_name("out.xlsx")
    assert main(["refresh", str(book), "-o", str(out)]) == 0
    assert (book.read_bytes(), out.read_bytes()) == (old, new)


@pytest.mark.parametrize("step", ["open", "check", "write Checks", "save"])
def test_a_workbook_saved_by_another_meanwhile_is_not_overwritten(book, step):
    previous(book).write_bytes(OLDER)
    theirs = Package.open(book)
    theirs.put("xl/theirs.xml", b"<theirs/>")

    def say(what, done, total):
        if what == step:
            theirs.save(book)

    if step == "open":  # before it is read: theirs is what is refreshed
        refresh(book, progress=say)
        assert "xl/theirs.xml" in Package.open(book)
        return
    with pytest.raises(BookError, match="changed by another program meanwhile"):
        refresh(book, progress=say)
    assert Package.open(book).part("xl/theirs.xml") == b"<theirs/>"
    assert previous(book).read_bytes() == OLDER
    assert names(book.parent) == ["book.xlsx", "book.xlsx.previous"]


@pytest.mark.parametrize("moment", ["before", "while"])
def test_a_share_that_vanishes(book, old, tmp_path, monkeypatch, moment):
    """The folder goes away while the workbook is computed, or while it is written; it comes back as it was."""
    shared, gone = book.parent / "shared", tmp_path / "gone"
    shared.mkdir()
    mine = shared / "book.xlsx"
    mine.write_bytes(old)
    write = Package.write

    def late(package, file):
        if moment == "while":
            shared.rename(gone)
        write(package, file)

    def vanish(what, done, total):
        if moment == "before" and what == "save":
            shared.rename(gone)

    monkeypatch.setattr(Package, "write", late)
    with pytest.raises(BookError, match=r"no longer there|there is no folder") as caught:
        refresh(mine, progress=vanish)
    assert caught.value.remedy
    assert not shared.exists()
    gone.rename(shared)
    assert mine.read_bytes() == old
    assert all(name == "book.xlsx" or name.endswith(".tmp") for name in names(shared))
    monkeypatch.undo()
    refresh(mine)
    read_book(mine, ["Checks"])


@pytest.mark.parametrize("now", [0.0, 2.0**31 + 1e6])
def test_a_clock_that_jumps_changes_nothing(book, old, new, monkeypatch, now):
    """Before the first day of the zip format, and after the last of 32 bits; the workbook's own date likewise."""
    os.utime(book, (now, now))
    monkeypatch.setattr("time.time", lambda: now)
    refresh(book)
    assert book.read_bytes() == new
    assert previous(book).read_bytes() == old
    assert names(book.parent) == ["book.xlsx", "book.xlsx.previous"]


def test_a_link_stays_a_link(old, new, tmp_path, capsys):
    real, links = tmp_path / "real", tmp_path / "links"
    real.mkdir()
    links.mkdir()
    (real / "book.xlsx").write_bytes(old)
    link = links / "link.xlsx"
    link.symlink_to(real / "book.xlsx")
    assert main(["refresh", str(link)]) == 0
    assert link.is_symlink()
    assert (real / "book.xlsx").read_bytes() == new
    assert names(real) == ["book.xlsx", "book.xlsx.previous"]
    assert main(["restore", str(link)]) == 0
    assert link.is_symlink()
    assert (real / "book.xlsx").read_bytes() == old
    assert names(links) == ["link.xlsx"]


def test_two_refreshes_at_once_end_whole_or_say_so(book, old, new):
    command = [sys.executable, "-m", "cvm_xl.cli", "refresh", str(book)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    ends = [(one.communicate()[1], one.returncode) for one in both]
    assert 0 in [code for _, code in ends]
    for said, code in ends:
        assert code == 0 or "was changed by another program meanwhile" in said
    assert book.read_bytes() == new
    assert previous(book).read_bytes() in (old, new)
    assert names(book.parent) == ["book.xlsx", "book.xlsx.previous"]


# --- restore -----------------------------------------------------------------------------------------------------


def test_restore_and_restore_again(book, old, new, capsys):
    assert "there is no previous book.xlsx" in refused(capsys, "restore", book)
    assert main(["refresh", str(book)]) == 0
    for content in (old, new, old):
        assert main(["restore", str(book)]) == 0
        assert book.read_bytes() == content
        assert {book.read_bytes(), previous(book).read_bytes()} == {old, new}
    assert names(book.parent) == ["book.xlsx", "book.xlsx.previous"]
    assert main(["refresh", str(book)]) == 0
    assert (book.read_bytes(), previous(book).read_bytes()) == (new, old)


def test_restore_brings_back_a_workbook_that_was_deleted(book, old, capsys):
    assert main(["refresh", str(book)]) == 0
    book.unlink()
    assert main(["restore", str(book)]) == 0
    assert book.read_bytes() == old


def test_another_file_that_is_written_to_is_kept_too(book, old, new, capsys):
    out = book.with_name("out.xlsx")
    out.write_bytes(OLDER)
    assert main(["refresh", str(book), "-o", str(out)]) == 0
    assert (book.read_bytes(), out.read_bytes()) == (old, new)
    assert main(["restore", str(out)]) == 0
    assert out.read_bytes() == OLDER
    assert names(book.parent) == ["book.xlsx", "out.xlsx", "out.xlsx.previous"]


# --- found by an audit -------------------------------------------------------------------------------------------


def test_a_workbook_saved_while_the_new_one_is_packed_is_not_overwritten(book, monkeypatch):
    previous(book).write_bytes(OLDER)
    theirs = Package.open(book)
    theirs.put("xl/theirs.xml", b"<theirs/>")
    write = Package.write

    def late(package, file):
        write(package, file)
        if package is not theirs:
            theirs.save(book)

    monkeypatch.setattr(Package, "write", late)
    with pytest.raises(BookError, match="changed by another program meanwhile"):
        refresh(book)
    assert "xl/theirs.xml" in Package.open(book)
    assert previous(book).read_bytes() == OLDER
    assert names(book.parent) == ["book.xlsx", "book.xlsx.previous"]


def test_a_workbook_saved_just_after_it_was_read_is_not_overwritten(book, monkeypatch):
    directory = package_module.directory

    def late(data, called):
        monkeypatch.setattr(package_module, "directory", directory)
        book.write_bytes(OLDER)
        return directory(data, called)

    monkeypatch.setattr(package_module, "directory", late)
    mine = Package.open(book)
    with pytest.raises(BookError, match="changed by another program meanwhile"):
        mine.save()
    assert book.read_bytes() == OLDER


@pytest.mark.skipif(os.name != "posix", reason="needs modes")
def test_what_is_written_is_no_more_open_than_what_it_becomes(book, monkeypatch, capsys):
    """A workbook that only its user may read, and the key of pseudonyms, from their first byte on."""
    modes = {}
    fdopen = os.fdopen

    def opened(descriptor, *args, **options):
        modes[len(modes)] = os.fstat(descriptor).st_mode & 0o777
        return fdopen(descriptor, *args, **options)

    monkeypatch.setattr("os.fdopen", opened)
    book.chmod(0o600)
    Package.open(book).save(keep=True)
    assert (modes, book.stat().st_mode & 0o777) == ({0: 0o600}, 0o600)
    key = book.with_name(KEY)
    assert len(key_in(book.parent)) == 64
    assert (modes[1], key.stat().st_mode & 0o777) == (0o600, 0o600)
    for content in (b"", b"short"):
        key.write_bytes(content)
        assert "names could be guessed" in refused(capsys, "report", book, "--pseudonyms")
    key.unlink()
    key.mkdir()
    assert "cannot be read" in refused(capsys, "report", book, "--pseudonyms")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_no_workbook(book, capsys):
    pipe = book.with_name("pipe.xlsx")
    os.mkfifo(pipe)
    assert "is no file" in refused(capsys, "check", pipe)
    assert "is no file" in refused(capsys, "import", book, "--table", "Sales", pipe)


def test_folders_that_cannot_be_made_or_entered(book, capsys, monkeypatch):
    assert "is no folder" in refused(capsys, "report", book, "--split", "Segment", "-o", book / "out")
    assert "is no folder" in refused(capsys, "report", book, book, "-o", book)
    monkeypatch.setattr("pathlib.Path.mkdir", _refused)
    assert "cannot be made: Permission denied" in refused(capsys, "demo", book.parent / "new")
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.X_OK)
    if os.name == "posix":
        assert "may not enter" in refused(capsys, "refresh", book)


def _refused(*_, **__):
    raise PermissionError(errno.EACCES, "Permission denied")
