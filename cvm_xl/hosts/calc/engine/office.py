"""A LibreOffice to talk to: one that runs, or one that is started for us and ends with us."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cvm_xl.book.pdf import environment
from cvm_xl.errors import BookError
from cvm_xl.hosts.calc.profile import Profile, program
from cvm_xl.hosts.calc.wire import keep_private

__all__ = ["Office", "uno"]

PATIENCE = 90  # seconds for a start
_FOLDERS = ("/usr/lib/python3/dist-packages", "/usr/lib64/python3/site-packages", "/usr/lib/libreoffice/program")


def uno() -> Any:
    """LibreOffice's module `uno`, wherever it is.

    Raises
    ------
    BookError
        When it is not there, or was made for another Python.
    """
    try:
        import uno as found  # type: ignore[import-not-found]
    except ImportError:
        beside = str(Path(program()).resolve().parent)
        here = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        for folder in (*_FOLDERS, f"/usr/lib64/{here}/site-packages", beside):
            if Path(folder, "uno.py").exists():
                sys.path.append(folder)
                try:
                    import uno as found  # type: ignore[import-not-found]
                except ImportError:
                    sys.path.remove(folder)
                    continue
                import unohelper  # type: ignore[import-not-found]  # noqa: F401  with it, nothing else is needed from there

                sys.path.remove(folder)  # what else lies there is not for this environment
                return found
        raise BookError(
            f"this Python ({sys.version_info[0]}.{sys.version_info[1]}) cannot talk to LibreOffice",
            remedy="Install python3-uno, and make the environment with a Python of LibreOffice's version: on Debian "
            "/usr/bin/python3 -m venv; on Windows and Mac see the folder program of LibreOffice",
        ) from None
    return found


@dataclass
class Office:
    """One LibreOffice.

    `process` and `folder` belong to one that we started: they end with it.
    """

    url: str
    context: Any
    pid: int
    process: subprocess.Popen[bytes] | None = None
    folder: Path | None = None
    visible: bool = True
    ended: bool = field(default=False, init=False)

    @classmethod
    def attached(cls, url: str, pid: int) -> Office:
        """One that runs and listens."""
        # Without its number, something else that stays the same and differs from others' must do.
        return cls(url, _resolved(url, 10), pid or -(hash(url) & 0x7FFFFFFF) - 1)

    @classmethod
    def started(cls, visible: bool, profile: Path | None, add_in: bool) -> Office:
        """A new one."""
        from cvm_xl.hosts.calc.install import install

        uno()
        folder = None if profile else Path(tempfile.mkdtemp(prefix="cvm-xl-"))
        try:
            used = Profile(profile) if profile else Profile.private(folder / "office")  # type: ignore[operator]
            if add_in:
                install(used)
            name = f"cvm_xl_{secrets.token_hex(16)}"
            url = f"pipe,name={name};urp;StarOffice.ComponentContext"
            command = [program(), *used.options, "--norestore", "--nologo", "--nodefault", f"--accept={url}"]
            if not visible:
                command.append("--headless")
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,  # it and what it starts can be ended together
            )
            try:
                context = _resolved(f"uno:{url}", PATIENCE, process)
                keep_private(name)
            except BaseException:
                _kill(process)
                raise
        except BaseException:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        office = cls(f"uno:{url}", context, process.pid, process, folder, visible)
        atexit.register(office.end, gently=False)  # nobody would see one that is left behind
        return office

    def service(self, name: str) -> Any:
        """An instance of a UNO service."""
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    @property
    def alive(self) -> bool:
        """Whether it still answers."""
        if self.ended or (self.process is not None and self.process.poll() is not None):
            return False
        try:
            return self.context.ServiceManager is not None
        except Exception:  # noqa: BLE001  UNO's exceptions are not known where it is not imported
            return False

    def end(self, *, gently: bool) -> None:
        """End it and what belongs to it."""
        if self.ended:
            return
        self.ended = True
        if gently:
            # It drops the connection while it answers.
            with contextlib.suppress(Exception):
                self.service("com.sun.star.frame.Desktop").terminate()
        if self.process is not None:
            try:
                self.process.wait(15 if gently else 0)
            except subprocess.TimeoutExpired:
                _kill(self.process)
        elif not gently and self.pid > 0:
            os.kill(self.pid, signal.SIGTERM)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
    process.wait()


def _resolved(url: str, patience: float, process: subprocess.Popen[bytes] | None = None) -> Any:
    """The context behind a URL, as soon as somebody listens there."""
    local = uno().getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + patience
    while True:
        try:
            context = resolver.resolve(url)
            break
        except Exception as error:
            ended = process is not None and process.poll() not in (None, 0, 81)
            if time.monotonic() > until or ended:
                raise BookError(
                    "LibreOffice does not answer",
                    remedy="Close what hangs; a window needs a screen, or start it with visible=False",
                ) from error
            time.sleep(0.1)
    if process is not None and process.poll() is not None:  # it handed us over to one that was running
        raise BookError(
            "a LibreOffice that is open uses this profile",
            remedy="Close it, or leave the profile out to get a private one",
        )
    return context
