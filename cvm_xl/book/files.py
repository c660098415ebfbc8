"""Workbook files on disk: who has one open, whether it may be written, and replacing it in one step."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from cvm_xl.errors import BookError

__all__ = [
    "check_writable",
    "folder_at",
    "keep_previous",
    "lock_of",
    "previous_of",
    "replacing",
    "restore_previous",
    "stamp_of",
    "working_folder",
]

_TEMPORARY = ".cvm-xl-"
_WORKING = "cvm-xl-work-"
_LEFTOVER_AFTER = 24 * 3600.0


def lock_of(path: str | os.PathLike[str]) -> str | None:
    """Who has the workbook open, as "Excel by Ann Smith"; None when nobody.

    Excel lays a file ``~$book.xlsx`` beside an open workbook, LibreOffice ``.~lock.book.xlsx#``.
    """
    path = Path(os.path.realpath(path))
    for program, lock, owner in (
        ("Excel", path.with_name(f"~${path.name}"), _excel_owner),
        ("LibreOffice", path.with_name(f".~lock.{path.name}#"), _office_owner),
    ):
        try:
            content = lock.read_bytes()
        except FileNotFoundError:
            continue
        except OSError:  # Excel on Windows lets nobody read its lock file
            content = b""
        name = owner(content)
        return f"{program} by {name}" if name else program
    return None


def _excel_owner(content: bytes) -> str:
    """The name as UTF-16 from byte 55 on, with its length before it; older Excel has only the first 54 bytes."""
    length = int.from_bytes(content[55:57], "little") if len(content) >= 57 else 0
    if 0 < length <= 54:
        return content[57 : 57 + 2 * length].decode("utf-16-le", "replace").strip("\0 ")
    short = content[0] if content else 0
    return content[1 : 1 + short].decode("cp1252", "replace").strip("\0 ")


def _office_owner(content: bytes) -> str:
    fields = content.decode("utf-8", "replace").replace("\\,", "\0").split(",")
    names = [field.replace("\0", ",").strip() for field in fields[:2]]
    return next((name for name in names if name), "")


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise `BookError` when the workbook is open in another program, or it or its folder is read-only.

    To be called before the work begins; a file that does not exist yet needs only a folder that can be written.
    """
    path = Path(os.path.realpath(path))
    folder = path.parent
    if not folder.is_dir():
        raise BookError(f"there is no folder {folder}", remedy="Create it, or name another place.")
    if os.name == "posix" and not os.access(folder, os.X_OK):
        raise BookError(f"you may not enter the folder {folder}", remedy="Have it opened to you, or write elsewhere.")
    if path.is_dir():
        raise BookError(f"{path} is a folder", remedy="Name a workbook (.xlsx or .xlsm).")
    owner = lock_of(path)
    if owner:
        raise BookError(
            f"{path.name} is open in {owner}",
            remedy="Close it there and run this again. If it is not open, delete the lock file beside it: "
            f"~${path.name} or .~lock.{path.name}#.",
        )
    if path.exists() and not _may_write(path):
        raise BookError(f"{path.name} is read-only", remedy="Make the file writable, or write to another with -o.")
    if not _may_write(folder):
        raise _read_only(folder)


def _read_only(folder: Path) -> BookError:
    return BookError(f"the folder {folder} is read-only", remedy="Make it writable, or write elsewhere with -o.")


def folder_at(path: Path) -> Path:
    """A folder to write files into, made where there is none. `BookError` where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise BookError(f"{path} is no folder", remedy="Name a folder") from None
    except OSError as error:
        raise BookError(
            f"the folder {path} cannot be made: {error.strerror or error}", remedy="Make it, or name another"
        ) from error
    return path


def _may_write(path: Path) -> bool:
    # root may write anything: the marks a user set are honoured all the same.
    return os.access(path, os.W_OK) and bool(path.stat().st_mode & 0o222)


def stamp_of(path: Path | int) -> tuple[int, int, int]:
    """What changes when somebody saves the file; it may be given by the descriptor of one that is open."""
    status = os.stat(path)  # noqa: PTH116  a Path knows no descriptors
    return status.st_mtime_ns, status.st_size, status.st_ino


def changed_since(path: Path, stamp: tuple[int, int, int]) -> None:
    """Raise `BookError` when the file is no longer the one that was read."""
    if stamp_of(path) != stamp:
        raise BookError(f"{path.name} was changed by another program meanwhile", remedy="Run this again.")


@contextlib.contextmanager
def replacing(
    path: Path, *, keep: bool = False, stamp: tuple[int, int, int] | None = None, private: bool = False
) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` in one step when the block ends, and is removed when it fails.

    With `keep`, what stood there becomes the previous workbook, once the new one is safely on the disk. With its
    `stamp` it is not replaced when somebody saved it meanwhile. A new file that is `private` only its user may read.
    """
    path = Path(os.path.realpath(path))
    _remove_leftovers(path.parent)
    temporary = path.parent / f"{_TEMPORARY}{secrets.token_hex(8)}.tmp"
    try:
        # nobody may read it while it is written who may not read what it will be
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600 if private else 0o666
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(descriptor, "wb", buffering=2**20) as file:
            yield file
            file.flush()
            _keep_mode(path, temporary)
            os.fsync(file.fileno())
        with _at_once():
            if stamp and path.exists():
                changed_since(path, stamp)
            if keep and path.exists():
                keep_previous(path)
            temporary.replace(path)
    except PermissionError as error:
        if path.parent.is_dir() and not _may_write(path.parent):
            raise _read_only(path.parent) from error
        raise BookError(f"{path.name} is open in another program", remedy="Close it and run this again.") from error
    except OSError as error:
        if not path.parent.is_dir():
            raise BookError(
                f"the folder {path.parent} is no longer there; nothing was written",
                remedy="Connect its drive or share again and run this again.",
            ) from error
        raise BookError(
            f"{path.name} could not be written ({error.strerror or error}); the old file is as it was",
            remedy="Free some space, or write elsewhere with -o.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


@contextlib.contextmanager
def _at_once() -> Iterator[None]:
    """Ctrl-C has to wait until the block is through: what it does is done as a whole."""
    if threading.current_thread() is not threading.main_thread():  # no other thread hears of Ctrl-C
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if came and callable(before):
            before(*came[0])


def _keep_mode(path: Path, temporary: Path) -> None:
    if not path.exists():
        return
    status = path.stat()
    temporary.chmod(status.st_mode & 0o7777)
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # only root may give a file back to its owner
            os.chown(temporary, status.st_uid, status.st_gid)


def _flush_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut, where the system and the file system have a call for it."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_leftovers(folder: Path) -> None:
    """Temporary files of runs that were killed, a day old or more."""
    for leftover in folder.glob(f"{_TEMPORARY}*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_AFTER:
                leftover.unlink()


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    """A folder for what is on its way, which only its user may enter; those of runs that were killed go after a day."""
    for leftover in Path(tempfile.gettempdir()).glob(f"{_WORKING}*"):
        with contextlib.suppress(OSError):
            status = leftover.lstat()
            mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if mine and time.time() - status.st_mtime > _LEFTOVER_AFTER:
                shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_WORKING, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def previous_of(path: str | os.PathLike[str]) -> Path:
    """Where the workbook as it was before the last change is kept: beside it, as ``book.xlsx.previous``."""
    path = Path(os.path.realpath(path))
    return path.with_name(f"{path.name}.previous")


def keep_previous(path: str | os.PathLike[str], *, in_place: bool = False) -> None:
    """Keep the workbook as it is, before it is replaced. One previous workbook is kept.

    `in_place` says that a program will write into the file itself, so that a second name for it would not keep it.
    """
    path, kept = Path(os.path.realpath(path)), previous_of(path)
    temporary = path.parent / f"{_TEMPORARY}{secrets.token_hex(8)}.tmp"
    try:
        _copy(path, temporary) if in_place else _double(path, temporary)
        temporary.replace(kept)
    except OSError as error:
        raise BookError(
            f"{path.name} could not be kept as {kept.name} ({error.strerror or error}); nothing was changed",
            remedy="Free some space, or write elsewhere with -o.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _double(path: Path, other: Path) -> None:
    """The same file under another name."""
    try:
        os.link(path, other)  # no copy: the file that takes its place is another one
    except OSError:
        _copy(path, other)


def _copy(path: Path, other: Path) -> None:
    """A copy that is at no time more open to others than the file itself."""
    os.close(os.open(other, os.O_WRONLY | os.O_CREAT | os.O_EXCL, path.stat().st_mode & 0o777 | 0o200))
    shutil.copy2(path, other)


def restore_previous(path: str | os.PathLike[str]) -> Path:
    """Exchange the workbook and its previous one, so that restoring twice undoes it.

    Killed at any moment, both are still there, and restoring again finishes it.
    """
    check_writable(path)
    path, kept = Path(os.path.realpath(path)), previous_of(path)
    aside = kept.with_name(f"{kept.name}.swap")
    if aside.exists() and not kept.exists():  # killed before the last step
        aside.replace(kept)
        return path
    if not kept.exists():
        raise BookError(
            f"there is no previous {path.name}: {kept.name} is not beside it",
            remedy="It is kept by refresh and import when they change a workbook in place.",
        )
    try:
        with _at_once():
            aside.unlink(missing_ok=True)
            _double(path if path.exists() else kept, aside)
            kept.replace(path)
            aside.replace(kept)
    except OSError as error:
        raise BookError(
            f"{path.name} could not be exchanged with {kept.name} ({error.strerror or error})",
            remedy="Close the workbook in other programs, free some space, and run this again.",
        ) from error
    _flush_folder(path.parent)
    return path
