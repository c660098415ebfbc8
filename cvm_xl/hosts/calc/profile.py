"""LibreOffice's programs, and profiles: the user's own, or a private one for a job that no window may disturb."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cvm_xl.book.pdf import environment, find_office
from cvm_xl.errors import BookError

__all__ = ["Profile", "package_manager", "program"]

_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="ODFRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse">
<value>false</value></prop></item>
</oor:items>
"""
PATIENCE = 120  # seconds for an installation


def program() -> str:
    """The LibreOffice program.

    Raises
    ------
    BookError
        When LibreOffice is not installed.
    """
    found = find_office()
    if found is None:
        raise BookError(
            "LibreOffice is not installed",
            remedy="Install it from libreoffice.org (Debian: apt install libreoffice-calc python3-uno)",
        )
    return found


def package_manager() -> str:
    """LibreOffice's program that installs extensions; it stands beside the main one."""
    office = Path(program()).resolve()
    for name in ("unopkg", "unopkg.com", "unopkg.exe"):
        if (office.parent / name).exists():
            return str(office.parent / name)
    raise BookError("unopkg, LibreOffice's program for extensions, is missing", value=str(office.parent))


@dataclass(frozen=True)
class Profile:
    """Where LibreOffice keeps settings and extensions; with no folder the user's own."""

    folder: Path | None = None

    @classmethod
    def private(cls, folder: Path) -> Profile:
        """A new profile in a folder: everything is recalculated on loading, nothing is asked."""
        settings = folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        return cls(folder)

    @property
    def options(self) -> list[str]:
        """What LibreOffice's programs are told so that they use this profile."""
        if self.folder is None:
            return []
        user, shared = (self.folder / "profile").as_uri(), (self.folder / "shared").as_uri()
        return [f"-env:UserInstallation={user}", f"-env:UNO_SHARED_PACKAGES_CACHE={shared}"]

    def manage(self, *arguments: str) -> str:
        """Run the program for extensions; what it printed.

        Raises
        ------
        BookError
            With what it says when it fails.
        """
        # An administrator's extensions are everybody's: LibreOffice takes no others from one.
        shared = ["--shared"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        command = [package_manager(), arguments[0], *shared, *self.options, *arguments[1:]]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment(),
        )
        if done.returncode:
            said = " ".join(line for line in done.stderr.splitlines() if line.strip() and "javaldx" not in line)
            raise BookError(
                f"LibreOffice did not take it: {said or done.stdout.strip()}",
                remedy="Close LibreOffice, its quickstarter too, and try again",
            )
        return done.stdout
